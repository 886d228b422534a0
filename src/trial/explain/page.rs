//! The same for people, as a report.

use std::collections::BTreeSet;

use super::facts::{Explained, FieldShown, NeverMatched, OutputShown, UNNAMED_MAX, Unnamed, Waits};
use super::gather::{FIRST, ONE_OF};
use crate::document::{Document, Line, Look, Table, joined};
use crate::plan::POLICY_HEADER;
use crate::record::Reason;
use crate::record::counts::FieldCounts;
use crate::sample::{LOOKS_ENVELOPED, NearBy};

/// Characters of a path that are shown: a member's name may be 64 KiB long.
const PATH_CHARS_MAX: usize = 100;

impl Explained {
    /// As a report.
    pub fn page(&self) -> Document {
        let title = Line::from("what ").and(Look::Code, &*self.policy);
        let title = title.and(Look::Plain, " makes of the sample");
        let mut page = Document::new(title);
        self.records(&mut page);
        if self.received == 0 {
            return page;
        }
        for output in &self.outputs {
            self.output(output, &mut page);
        }
        self.never_matched(&mut page);
        self.unnamed(&mut page);
        page
    }

    fn records(&self, page: &mut Document) {
        if self.received == 0 {
            page.say("The sample holds no record: nothing can be said of the policy.");
            return;
        }
        page.part("records");
        let mut table = Table::new(&["fate", "#records", "why"]);
        table.row([Line::from("read"), count(self.received)]);
        for output in &self.outputs {
            let to = Line::from(match output.waits {
                None => "written to ",
                Some(Waits::Release) => "wait for a release of ",
                Some(Waits::Counts) => "counted for ",
            });
            let to = to.and(Look::Code, &*output.topic);
            table.row([to, count(output.written)]);
            for (why, n) in output.left_out.each() {
                let of = Line::from("left out of ").and(Look::Code, &*output.topic);
                table.row([of, count(n), Line::code(why.as_str())]);
            }
            for (reason, n) in &output.withheld {
                let from = Line::from("withheld from ").and(Look::Code, &*output.topic);
                table.row([from, count(*n), why(*reason)]);
            }
            if output.cleared > 0 {
                let of = Line::from("of these cleared in ").and(Look::Code, &*output.topic);
                table.row([of, count(output.cleared), "by a tombstone".into()]);
            }
        }
        for refused in &self.refused {
            let mut line = why(refused.reason);
            if let [output, Some(field), action] = &refused.by {
                line = line.and(Look::Plain, ": ").and(Look::Code, &**field);
                if let Some(action) = action {
                    line = line.and(Look::Plain, format!(" ({action})"));
                }
                if let Some(output) = output {
                    line = line.and(Look::Plain, " of ").and(Look::Code, &**output);
                }
            }
            let fate = Line::of(Look::Bad, "quarantined");
            table.row([fate, count(refused.records), line]);
        }
        page.table(table);
        if self.looks_enveloped {
            page.say(Line::of(Look::Warning, format!("{LOOKS_ENVELOPED}.")));
        }
        if self.is_cut {
            page.say(Line::of(
                Look::Faint,
                format!(
                    "What became of records and of fields is counted exactly. Nulls, distinct \
                     values, examples, and which paths there are, are those of {} of the {} \
                     records, which were looked into: the first {FIRST}, then about one in {ONE_OF}.",
                    self.looked_at, self.received
                ),
            ));
        }
    }

    fn output(&self, output: &OutputShown, page: &mut Document) {
        page.part(Line::code(&*output.topic));
        if output.written == 0 && output.left_out.total() == 0 {
            page.say(Line::of(Look::Warning, "Nothing was written here."));
            return;
        }
        if let Some(needs) = &output.needs {
            page.say(Line::with_codes(needs));
        }
        if output.fields.is_empty() {
            return;
        }
        page.table(fields(output));
        for field in &output.fields {
            self.noted(field, page);
        }
        let paths: BTreeSet<&str> = output.fields.iter().map(|f| &*f.path).collect();
        if paths.len() < output.fields.len() {
            page.say(Line::of(
                Look::Faint,
                "Where several fields leave under one path, for several types of record, nulls \
                 and examples are those of the path and not of the one field.",
            ));
        }
        if let Some(stamp) = &output.policy_header {
            let header = format!("{POLICY_HEADER}: {stamp}");
            page.say(Line::from("Every record carries the header ").and(Look::Code, header));
        }
    }

    /// What the action of a field said of its values.
    fn noted(&self, field: &FieldShown, page: &mut Document) {
        let written = field.counts.written;
        for (values, what) in [
            (
                field.counts.other,
                "stand in no list or table of the policy, and left as its constant for all others.",
            ),
            (
                field.counts.accepted_hashed,
                "were a hash already, and left as it: nobody here knows what of.",
            ),
        ] {
            if values > 0 {
                let said = format!(": {values} of {written} values {what}");
                page.say(path(&field.path).and(Look::Plain, said));
            }
        }
    }

    fn never_matched(&self, page: &mut Document) {
        page.part("selectors that never matched");
        if self.never_matched.is_empty() {
            page.say("None: each selector met something.");
            return;
        }
        let mut table = Table::new(&["output", "field", "from", "what is there instead"]);
        for never in &self.never_matched {
            table.row([
                Line::code(&*never.topic),
                path(&never.path),
                path(&never.from),
                instead(never, self.is_cut),
            ]);
        }
        page.table(table);
    }

    fn unnamed(&self, page: &mut Document) {
        page.part("paths that the policy does not name");
        let is_cut = self.is_cut;
        let looked_at = self.looked_at;
        if self.unnamed.is_empty() && self.overflow == 0 {
            page.say(match is_cut {
                false => "None: every path is named somewhere.".to_owned(),
                true => format!(
                    "None in the {looked_at} records that were looked into; others may have some."
                ),
            });
            return;
        }
        let mut said = "They leave nowhere. Their values are not shown.".to_owned();
        if is_cut {
            said.push_str(
                " A path that stands only in records which were not looked into is not told.",
            );
        }
        page.say(said);
        let records = match is_cut {
            false => "#records".to_owned(),
            true => format!("#of {looked_at}"),
        };
        let mut table = Table::new(&["path", &records, "kind", "looks like", "may hold"]);
        for unnamed in &self.unnamed {
            table.row(unnamed_row(unnamed));
        }
        page.table(table);
        if self.unnamed_more > 0 {
            page.say(format!(
                "{} more paths are not listed: the {UNNAMED_MAX} most frequent are.",
                self.unnamed_more
            ));
        }
        if self.overflow > 0 {
            page.say(format!(
                "{} values stand at paths beyond those that are kept apart; names that differ \
                 from record to record are data.",
                self.overflow
            ));
        }
    }
}

/// What became of the fields of an output. A column in which every field has 0 is left out,
/// but for those that everybody asks for; of records that wait nothing has left, so that
/// nothing is null, and there are no examples.
fn fields(output: &OutputShown) -> Table {
    let all = &output.fields;
    let waits = output.waits.is_some();
    let some = |of: fn(&FieldCounts) -> u64| all.iter().any(|field| of(&field.counts) > 0);
    let written = if waits { "#values" } else { "#written" };
    let counted: [(&str, Shows, bool); 7] = [
        (written, |f| count(f.counts.written), true),
        ("#missing", |f| known(f.missing), true),
        (
            "#nothing",
            |f| faint_zero(f.counts.absent),
            some(|c| c.absent),
        ),
        ("#null", |f| known(f.nulls), !waits),
        (
            "#dropped",
            |f| warn(f.counts.dropped_on_error, Look::Warning),
            some(|c| c.dropped_on_error),
        ),
        (
            "#replaced",
            |f| warn(f.counts.replaced_on_error, Look::Warning),
            some(|c| c.replaced_on_error),
        ),
        (
            "#refused",
            |f| warn(f.counts.refused, Look::Bad),
            some(|c| c.refused),
        ),
    ];
    let shown = || counted.iter().filter(|(_, _, is_shown)| *is_shown);
    let examples = (!waits).then_some("examples");
    let columns = ["field", "from", "action"].into_iter();
    let columns = columns
        .chain(shown().map(|(name, ..)| *name))
        .chain(examples);
    let mut table = Table::new(&columns.collect::<Vec<_>>());
    for field in all {
        let from = match field.from == field.path {
            true => Line::of(Look::Faint, "same"),
            false => path(&field.from),
        };
        let mut row = vec![path(&field.path), from, Line::from(field.action)];
        row.extend(shown().map(|(_, of, _)| of(field)));
        if !waits {
            row.push(joined(
                field.examples.iter().map(|e| Line::code(&**e)),
                ", ",
            ));
        }
        table.row(row);
    }
    table
}

/// What a column shows of a field.
type Shows = fn(&FieldShown) -> Line;

fn known(n: Option<u64>) -> Line {
    n.map_or_else(Line::default, faint_zero)
}

fn unnamed_row(unnamed: &Unnamed) -> Vec<Line> {
    let kinds = unnamed.kinds.iter().map(|(kind, _)| Line::from(*kind));
    let holds = match unnamed.category {
        Some(category) => {
            Line::code(category).and(Look::Faint, format!(" {} %", unnamed.confidence))
        }
        None => Line::default(),
    };
    vec![
        path(&unnamed.path.to_string()),
        count(unnamed.records),
        joined(kinds, ", "),
        Line::from(unnamed.looks_like.unwrap_or("")),
        holds,
    ]
}

/// What is there in its place; `is_cut`: not every record was looked into.
fn instead(never: &NeverMatched, is_cut: bool) -> Line {
    let looked_into = if is_cut { " that was looked into" } else { "" };
    if never.needs_envelope {
        return Line::of(
            Look::Faint,
            "no record has a key or headers: see --envelope",
        );
    }
    if let Some(instead) = &never.instead {
        return Line::with_codes(&instead.why);
    }
    if never.there > 0 {
        return Line::from(format!(
            "it is in {} record(s){looked_into}, none of which left here",
            never.there
        ));
    }
    let Some(near) = &never.nearest else {
        if never.folded {
            return Line::of(Look::Faint, FOLDED);
        }
        return match never.inputs.is_empty() {
            true => Line::of(Look::Faint, format!("no record{looked_into} has it")),
            false if is_cut => Line::of(Look::Faint, "nothing near it in what was looked into"),
            false => Line::of(Look::Faint, "nothing near it"),
        };
    };
    let meant = path(&near.path.to_string());
    meant.and(Look::Plain, format!(" ({})", difference(near.by)))
}

/// Why it is not said whether some record has a path.
pub(super) const FOLDED: &str =
    "names there are data and count as one: which records have it is not known";

/// In what two paths differ, in words.
pub(super) fn difference(by: NearBy) -> &'static str {
    match by {
        NearBy::Case => "capitals differ",
        NearBy::Spaces => "spaces, `_` or `-` differ",
        NearBy::LookAlike => "a letter only looks the same",
        NearBy::Elements => "there is an array on the way",
        NearBy::Steps => "one name there, and a path here, or the other way round",
        NearBy::Spelling => "a letter or two differ",
        NearBy::Place => "the same name, elsewhere",
    }
}

fn why(reason: Reason) -> Line {
    Line::code(reason.as_str())
}

/// A path, cut where it is too long for a report.
pub(super) fn path(text: &str) -> Line {
    match text.char_indices().nth(PATH_CHARS_MAX) {
        Some((at, _)) => Line::code(format!("{}…", &text[..at])),
        None => Line::code(text),
    }
}

fn count(n: u64) -> Line {
    Line::from(n.to_string())
}

fn faint_zero(n: u64) -> Line {
    warn(n, Look::Plain)
}

fn warn(n: u64, look: Look) -> Line {
    match n {
        0 => Line::of(Look::Faint, "0"),
        n => Line::of(look, n.to_string()),
    }
}
