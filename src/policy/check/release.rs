//! What records that wait for a release may have: nothing that tells them apart again.

use super::model::OnError;
use super::model::{Checked, Field, Held, KAnonymous, Output, STATE_ALIAS, Spelled, Value};
use super::values;
use crate::action::Degree;
use crate::anonymity::quasi::{ClassEnd, ClassForm};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::TimestampRule;
use crate::record::path::{Selector, Step};

/// Fewest records and persons that are shuffled: among 100 a person is found again in 0.6
/// of all cases, among 1,000 in 0.2 (behaviour of stable codes, measured).
const POOL_MIN: u32 = 1_000;
const SUBJECTS_MIN: u32 = 100;
/// A release of fewer times `k` loses more than 0.3 of what a record says (measured).
const RECORDS_MIN_BY_K: u32 = 20;
/// A guess among fewer is right too often.
const K_MIN: u32 = 5;

/// Checks the outputs whose records wait, and that no other needs a release.
pub(super) fn check(policy: &Checked, output: &Output, findings: &mut Findings) {
    let classes = output.held.as_ref().and_then(|held| held.classes.as_ref());
    quasi_alone(output, classes.is_some(), findings);
    let Some(held) = &output.held else {
        return release_of_none(output, findings);
    };
    subject(policy, output, held.span, held.subject.as_ref(), findings);
    around(output, held, findings);
    lengths(output, classes.is_some(), findings);
    small(output, held, findings);
    if let Some(classes) = classes {
        fields(output, classes, findings);
        floors(output, held, classes, findings);
    }
    files_only(policy, output, held.span, findings);
}

/// What `veil run` cannot do, or not without a key.
pub(super) fn files_only(policy: &Checked, output: &Output, span: Span, findings: &mut Findings) {
    let has_key = policy.keys.iter().any(|key| key.alias == STATE_ALIAS);
    let apart =
        "keep this output in a policy of its own, and run `veil apply` on files of the source";
    let (why, help) = match output.remembers() && !has_key {
        true => (
            "`veil run` keeps whom it released or counted, sealed with the key that a policy calls `state`, and this one has none",
            "make a key with `veil keys new`, and add `state: { ref: \"file:keyring.json#state\" }` to `keys`",
        ),
        false if output.counts.is_some() && policy.state.is_some() => (
            "`veil run` cannot take those out of what is counted yet who withdraw by `consent.state`, and refuses a policy that wants it",
            apart,
        ),
        false => return,
    };
    findings
        .note(
            codes::FILES_ONLY,
            span,
            format!("`{}` leaves by `veil apply` alone", output.topic.value),
        )
        .why(why)
        .help(help)
        .output(&output.topic.value);
}

fn release_of_none(output: &Output, findings: &mut Findings) {
    if output.timestamp != TimestampRule::Release || output.counts.is_some() {
        return;
    }
    findings
        .error(
            codes::NOT_IN_A_RELEASE,
            output.timestamp_span.unwrap_or(output.span),
            "`timestamp: release`, and the records of this output wait for none",
        )
        .help("write `{ generalize: { time: 1h } }`, or add `k_anonymous` or `order: { shuffled: … }`")
        .output(&output.topic.value);
}

/// Somebody must be there to be counted, of that kind if one is said.
pub(super) fn subject(
    policy: &Checked,
    output: &Output,
    span: Span,
    said: Option<&Spelled>,
    findings: &mut Findings,
) {
    let kinds = &policy.source.subject;
    if kinds.is_empty() {
        findings
            .error(
                codes::MISSING_WORD,
                span,
                match output.counts {
                    Some(_) => "noise hides persons, and no subject is named",
                    None => "a release counts persons, and no subject is named",
                },
            )
            .help("add `subject: PATH` to `source`")
            .output(&output.topic.value);
        return;
    }
    let Some(said) = said else { return };
    if kinds.kind(&said.value).is_none() {
        let known = kinds.kinds.iter().map(|kind| kind.name.as_str());
        codes::unknown_word(findings, said.span, "subject", &said.value, known);
    }
}

/// What stands around the value.
fn around(output: &Output, held: &Held, findings: &mut Findings) {
    let topic = &output.topic.value;
    let mut refuse = |span: Span, what: &str, why: &str, help: &str| {
        findings
            .error(codes::NOT_IN_A_RELEASE, span, what)
            .also(held.span, "its records wait for a release")
            .why(why)
            .help(help)
            .output(topic);
    };
    if let Some(span) = output.forward_tombstones {
        refuse(
            span,
            "`tombstones: forward` in an output whose records wait",
            "a tombstone says which record of the release was whose",
            "remove the word: they are dropped",
        );
    }
    if output.clears() {
        refuse(
            output.topic.span,
            "`on_withheld: tombstone` in an output whose records wait",
            "a tombstone says which record of the release was whose",
            "write `on_withheld: skip`",
        );
    }
    if held.classes.is_some() {
        if let Some(key) = &output.key {
            refuse(
                key.span,
                "a record key in a `k_anonymous` output",
                "records of one key are told apart from all others, whatever class they are in",
                "remove `key`",
            );
        }
        if let Some(header) = output.headers.first() {
            refuse(
                header.span,
                "headers in a `k_anonymous` output",
                "what stands in a header is in no class",
                "remove `headers`, or name what they say as a field",
            );
        }
    }
    let fine = match output.timestamp {
        TimestampRule::Release => None,
        // However long the step: records of several steps leave together, those of a file
        // of a year in one release.
        TimestampRule::Truncate(_) => Some("a timestamp of each record"),
        TimestampRule::Keep => Some("`timestamp: keep`"),
        TimestampRule::Now => Some("`timestamp: now`"),
    };
    if let Some(what) = fine {
        findings
            .error(
                codes::HELD_TIME,
                output.timestamp_span.unwrap_or(output.span),
                format!("{what} in an output whose records wait"),
            )
            .also(held.span, "they wait here")
            .why("the timestamps would tell one record of the release from another, and in which order they came")
            .help("remove `timestamp`: all records of a release have one; a time to group by is a field, with `quasi: { time: … }` where classes are made")
            .output(topic);
    }
}

fn lengths(output: &Output, is_k: bool, findings: &mut Findings) {
    for value in values(output) {
        let facts = value.spec.facts();
        let degree = value.spec.reveals().degree;
        let is_code = facts.linkable
            || matches!(
                degree,
                Degree::Sealed | Degree::Code | Degree::ReversibleCode
            );
        if is_k && is_code && facts.quasi.is_none() {
            findings
                .error(
                    codes::HELD_CODE,
                    value.span,
                    format!("`{}` in a `k_anonymous` output", value.def.name),
                )
                .why("who knows one code, or the length of what is sealed, tells its record from all others of the class")
                .help("remove the field, or coarsen it with `quasi`; an output with codes is pseudonymous, and stands beside this one")
                .output(&output.topic.value);
        } else if let (false, Some(fix)) = (is_k, facts.length_shows) {
            findings
                .error(
                    codes::HELD_LENGTH,
                    value.span,
                    format!("`{}` shows the length of its value, and the order of the records is hidden", value.def.name),
                )
                .why("a length is the same in every copy of a record: it tells which of the source it was")
                .help(format!("write {fix}"))
                .output(&output.topic.value);
        }
    }
}

fn small(output: &Output, held: &Held, findings: &mut Findings) {
    let mut refuse = |span: Span, what: String, help: String| {
        findings
            .error(codes::SMALL_POOL, span, what)
            .why("the fewer leave together, the more often one is told from the others")
            .help(help)
            .output(&output.topic.value);
    };
    if let Some((pool, subjects)) = held.pool {
        if held.records_min < POOL_MIN {
            let what = format!("a pool of {} records", held.records_min);
            refuse(pool, what, format!("write `pool: {POOL_MIN}` or more"));
        } else if held.people_min < SUBJECTS_MIN {
            let what = format!("a pool of {} persons", held.people_min);
            refuse(
                subjects,
                what,
                format!("write `subjects: {SUBJECTS_MIN}` or more"),
            );
        } else if held.records_max.value < held.records_min {
            let what = format!(
                "`max_records` is below `pool`: {} of {}",
                held.records_max.value, held.records_min
            );
            refuse(
                held.records_max.span,
                what,
                "raise it: four times `pool` is the default".to_owned(),
            );
        }
    }
    if let Some(classes) = &held.classes {
        let k = classes.k.value;
        let least = k.saturating_mul(RECORDS_MIN_BY_K);
        if held.records_max.value < least {
            let what = format!(
                "releases of {} records are too small for classes of {k} persons",
                held.records_max.value
            );
            refuse(
                held.records_max.span,
                what,
                format!("write `max_records: {least}` or more, at most 100000, or lower `k`"),
            );
        }
    }
}

/// `quasi` elsewhere than as the whole of a field that a release decides.
fn quasi_alone(output: &Output, is_k: bool, findings: &mut Findings) {
    let whole: Vec<&Value> = output
        .fields
        .iter()
        .flat_map(|f| f.writes.iter().map(|w| &w.value))
        .collect();
    for value in values(output) {
        // Of two ends the first speaks for both.
        match value.spec.facts().quasi {
            None => continue,
            Some(of) if matches!(of.form, ClassForm::End(ClassEnd::To, _)) => continue,
            Some(_) => {}
        }
        let is_whole = whole.iter().any(|v| std::ptr::eq(*v, value));
        let (why, help) = match (is_k, is_whole) {
            (true, true) => continue,
            (true, false) => (
                "a release decides of a whole field of every record",
                "name it under `fields`, as the one action of a field",
            ),
            (false, _) => (
                "which class leaves is decided among the records of a release, and these wait for none",
                "add `k_anonymous: { k: 10 }` to the output, or write `generalize`",
            ),
        };
        findings
            .error(
                codes::QUASI_ALONE,
                value.span,
                "`quasi` where no release decides",
            )
            .why(why)
            .help(help)
            .output(&output.topic.value);
    }
}

/// True when only names lead there.
pub(crate) fn is_plain(path: &Selector) -> bool {
    path.steps.iter().all(|step| matches!(step, Step::Name(_)))
}

/// Every field has its place: known to others, sensitive, neither, or hidden.
fn fields(output: &Output, classes: &KAnonymous, findings: &mut Findings) {
    let topic = &output.topic.value;
    let by_type = output.types.iter().flatten().flat_map(|t| &t.fields);
    let mut has_quasi = false;
    for field in output.fields.iter().chain(by_type) {
        for write in &field.writes {
            let path = field.output_path(write);
            if let Some(of) = write.value.spec.facts().quasi {
                has_quasi = true;
                // Of two ends the first speaks for both.
                if matches!(of.form, ClassForm::End(ClassEnd::To, _)) {
                    continue;
                }
                quasi(topic, field, &path, &write.value, findings);
                continue;
            }
            // A constant is not hidden: it says that a value was there, or which case of
            // a `when` held.
            let is_hidden = write.value.spec.reveals().degree == Degree::Nothing;
            let is_named = classes.floors.iter().any(|(of, _)| of.value == path)
                || classes.free.iter().any(|of| of.value == path);
            if !is_hidden && !is_named {
                findings
                    .error(
                        codes::UNPLACED_FIELD,
                        field.span,
                        format!("nobody has said whether others know `{path}`"),
                    )
                    .why("a field that others know tells members of a class apart; one that they would like to know must differ within a class")
                    .help(format!("make it `quasi`; or name it in `l` or `t` if it is sensitive, or in `free: [{path}]` if it is neither"))
                    .output(topic)
                    .field(path.to_string());
            }
        }
    }
    if !has_quasi {
        findings
            .error(
                codes::UNPLACED_FIELD,
                classes.k.span,
                "no field of this output is `quasi`",
            )
            .why("classes are of equal `quasi` fields: without any, the release is one class")
            .help("name what others know of a person: `birth_year: { quasi: { number: { step: 5, bottom: 1935, top: 2010 } } }`")
            .output(topic);
    }
}

fn quasi(topic: &str, field: &Field, path: &Selector, value: &Value, findings: &mut Findings) {
    let mut refuse = |what: String, help: &str| {
        findings
            .error(codes::NOT_IN_A_RELEASE, field.span, what)
            .why("each record of a release has one value of it, or none, for the release to decide")
            .help(help)
            .output(topic)
            .field(path.to_string());
    };
    if !is_plain(path) {
        refuse(
            format!("`quasi` at `{path}`, where there can be several values"),
            "name one value by its members, without `[…]`, `*` and `|json`",
        );
    } else if matches!(value.on_error, OnError::Replace(_)) {
        refuse(
            format!("`on_error: {{ replace: … }}` beside the `quasi` of `{path}`"),
            "write `on_error: drop_field`: a missing value is a value of its own",
        );
    } else if value.guard.is_some() {
        refuse(
            format!("`quasi` in a case of `when`, at `{path}`"),
            "let it hold for every record",
        );
    }
}

fn floors(output: &Output, held: &Held, classes: &KAnonymous, findings: &mut Findings) {
    let topic = &output.topic.value;
    let by_type = output.types.iter().flatten().flat_map(|t| &t.fields);
    let all: Vec<(Selector, bool)> = output
        .fields
        .iter()
        .chain(by_type)
        .flat_map(|f| f.writes.iter().map(move |w| (f, w)))
        .map(|(f, w)| (f.output_path(w), w.value.spec.facts().quasi.is_some()))
        .collect();
    let floors = classes.floors.iter().map(|(of, _)| (of, true));
    for (of, is_floor) in floors.chain(classes.free.iter().map(|of| (of, false))) {
        let known = all.iter().find(|(path, _)| *path == of.value);
        let complaint = match known {
            None => Some(("is no output path of this output", {
                let names: Vec<String> = all.iter().map(|(p, _)| p.to_string()).collect();
                let wanted = of.value.to_string();
                codes::nearest(&wanted, names.iter().map(String::as_str)).map_or_else(
                    || format!("fields here: {}", names.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                )
            })),
            Some((_, true)) => Some((
                "is `quasi`, and so neither sensitive nor free",
                "remove it here".to_owned(),
            )),
            Some((path, false)) if is_floor && !is_plain(path) => Some((
                "can stand for several values",
                "name one value by its members, without `[…]` and `*`".to_owned(),
            )),
            Some(_) => None,
        };
        if let Some((what, help)) = complaint {
            findings
                .error(
                    codes::NOT_IN_A_RELEASE,
                    of.span,
                    format!("`{}` {what}", of.value),
                )
                .help(help)
                .output(topic);
        }
    }
    if let (Some((of, _)), None) = (classes.floors.first(), &held.once_per) {
        findings
            .error(
                codes::REPEATS,
                of.span,
                format!("`{}` is sensitive, and a person can be in many releases", of.value),
            )
            .why("of somebody in four releases at k = 5 a value that stays is known for certain in 0.76 of all cases, at k = 10 in 0.13 (simulated)")
            .help("add `once_per: 365d`; or allow it where no person comes twice: `dangerously: [{ allow: repeats, output: …, because: … }]`")
            .output(topic);
    }
    if classes.k.value < K_MIN {
        findings
            .warning(
                codes::SMALL_K,
                classes.k.span,
                format!("classes of {} persons", classes.k.value),
            )
            .why("a guess among so few is right too often")
            .help("write `k: 10`, or at least 5")
            .output(topic);
    }
    if classes.tightest {
        findings
            .warning(codes::ENDS_ARE_VALUES, held.span, "`mode: box`")
            .why("where a class begins and where it ends is the value of somebody in it")
            .help("write `mode: grid`, the default")
            .output(topic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::language::finding::Severity;
    use crate::policy::{NoTables, PolicyFile, compile};

    /// What is refused of an output of classes with that field beside `age`.
    fn refused(field: &str) -> Vec<&'static str> {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw, writers: own, type: kind, subject: id }}\n\
             keys: {{ quarantine: {{ ref: \"file:k.json#quarantine\" }} }}\n\
             outputs:\n  - topic: public\n    purpose: analytics.reporting\n    domain: d\n    basis: contract\n    \
             k_anonymous: {{ k: 10 }}\n    fields: {{ age: {{ quasi: {{ prefix: [2, 1] }} }}, {field} }}\n\
             quarantine: {{ topic: refused, key: quarantine, retention: 7d }}\n"
        );
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text,
        };
        let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        let list = compiled.findings.list().iter();
        let errors = list.filter(|f| f.severity == Severity::Error);
        errors.map(|f| f.code).collect()
    }

    #[test]
    fn two_ends_have_names_of_their_own() {
        let born = |more: &str| {
            format!(
                "born: {{ quasi: {{ number: {{ step: 5, bottom: 0, top: 90 }}, form: bounds }} }}, {more}"
            )
        };
        assert_eq!(refused(&born("x: drop")), [""; 0]);
        let clash = born("x: { as: { born_from: { quasi: { prefix: [2, 1] } } } }");
        let found = refused(&clash);
        assert!(found.contains(&codes::SAME_OUTPUT_PATH), "{found:?}");
        // Reported once, and not for each end.
        let list = refused(
            "\"ages[*].n\": { quasi: { number: { step: 5, bottom: 0, top: 90 }, form: bounds } }",
        );
        assert_eq!(list, [codes::NOT_IN_A_RELEASE]);
    }

    /// Each says of a record what others of its class do not.
    #[test]
    fn a_constant_is_a_value_that_nobody_placed() {
        assert_eq!(refused("x: drop"), [""; 0]);
        for field in [
            "hiv: { replace: { with: 1 } }",
            "hiv: { when: [{ if: { hiv: pos }, then: { replace: { with: 1 } } }, { else: { replace: { with: 0 } } }] }",
            "\"diag.*\": { names: { keep: { one_of: [hiv, flu] } }, replace: { with: 1 } }",
            "\"ps[?key=='hiv'].v\": { replace: { with: 1 } }",
            "\"tags[*]\": { replace: { with: 1 } }",
            "\"p|json.a\": { replace: { with: 1 } }",
        ] {
            let found = refused(field);
            assert!(found.contains(&codes::UNPLACED_FIELD), "{field}: {found:?}");
        }
    }
}
