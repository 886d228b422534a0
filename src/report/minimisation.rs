//! How much less leaves than comes in.

use super::words::{about, codes, counts, each_once, of_counts, of_value};
use super::{Report, Samples};
use crate::action::Degree;
use crate::contract::{Contract, Tree};
use crate::document::{Document, Line, Look, Table};
use crate::policy::{Column, Inside};
use crate::record::path::{Ends, Selector, Step, leads};
use crate::sample::{Found, LOOKS_ENVELOPED, Profile};

/// How many bits tell the values of a field apart, at most: the base-2 logarithm
/// of how many distinct ones the sample has.
fn bits(distinct: u64) -> f64 {
    let distinct = distinct.max(1) as f64;
    distinct.log2()
}

/// Fields in against columns out; with a sample, bits as well.
pub fn minimisation(contracts: &[Contract<'_>], samples: Option<&Samples>) -> Report {
    let mut page = Document::new(about("Minimisation", contracts));
    page.say("Fields that come in against columns that leave, for each output and purpose. A column counts by what its action lets out.");
    let mut counts = Table::new(&[
        "output",
        "#clear",
        "#coarser",
        "#coded",
        "#sealed",
        "#constant",
        "#dropped by name",
        "#out",
    ]);
    let mut outputs = Vec::new();
    let mut profiles = samples.iter().flat_map(|s| s.each()).map(|(_, p)| p);
    let wrapped = profiles.any(Profile::looks_enveloped) && !reaches_into(contracts, "value");
    for contract in contracts {
        let sample = samples.and_then(|samples| samples.under(contract));
        let out = Counts::of(contract);
        let cell = |n: usize| Line::from(n.to_string());
        counts.row([
            Line::code(&*contract.output.topic),
            cell(out.clear),
            cell(out.coarser),
            cell(out.coded),
            cell(out.sealed),
            cell(out.constant),
            cell(contract.output.dropped.len()),
            cell(out.all()),
        ]);
        let json = Tree::map()
            .with("policy", contract.policy.stamp())
            .with("topic", contract.output.topic.as_str())
            .with("purpose", contract.output.purpose.as_str())
            .with("clear", out.clear)
            .with("coarser", out.coarser)
            .with("coded", out.coded)
            .with("sealed", out.sealed)
            .with("constant", out.constant)
            .with("dropped", contract.output.dropped.len())
            .with("out", out.all());
        outputs.push(match sample {
            Some(sample) if fits(contract, contracts, sample) => {
                against(contract, sample, json, &mut page)
            }
            Some(_) => against_nothing(contract, json, &mut page),
            None => json,
        });
    }
    page.part("What leaves").table(counts);
    if contracts.iter().any(super::words::counts) {
        page.say("Where records are counted the columns are those that name cells; a row has its window and a noisy value beside.");
    }
    if wrapped {
        page.say(Line::of(Look::Warning, format!("{LOOKS_ENVELOPED}.")));
    }
    match samples {
        None => {
            page.say("Without a sample nobody can say how many fields come in: give one with --on for the ratio and the bits.");
        }
        Some(samples) => {
            let counted = samples.each().flat_map(|(split, sample)| {
                [holds_of(split, sample), Line::from(not_read(sample))]
            });
            page.part("How it is counted").list(counted.chain([
                Line::from("Ratio: 1 − (fields in that a column is made from) ÷ (fields in). 1 means that nothing leaves."),
                Line::from("Fields in: those that hold a value in some record of the sample. A field that is null or empty in all of them brings nothing in, so that leaving it behind is no merit: it is told, and counted nowhere."),
                Line::from("Bits: for each field the base-2 logarithm of its distinct values in the sample; added up as if fields were independent. Of what is coarser the bits that stay are not known from a sample of what comes in and are counted as if all stayed; of a constant or a sealed value none stay; a code keeps all, for whoever holds the key or counts how often it appears."),
                Line::from("So the bits removed are an estimate, and a low one of what coarsening removes; a larger sample shows more distinct values. They measure minimisation and not the risk that somebody is found."),
            ]));
        }
    }
    let mut all = samples.iter().flat_map(|s| s.each());
    // Of policies that take records apart in several ways each has its own number.
    let one = all.next().filter(|_| all.next().is_none());
    let json = Tree::map()
        .with("report", "minimisation")
        .with_some("records", one.map(|(_, sample)| records(sample)))
        .with_some("looks_enveloped", samples.map(|_| wrapped))
        .with("outputs", Tree::List(outputs));
    Report { page, json }
}

/// The fields of a sample that hold a value in some record, and how many others there are.
fn filled(sample: &Profile) -> (Vec<Found<'_>>, usize) {
    let mut leaves = sample.leaves();
    let all = leaves.len();
    leaves.retain(|leaf| leaf.stats.scalars() > 0);
    let empty = all - leaves.len();
    (leaves, empty)
}

/// How many records it has, for programs.
fn records(sample: &Profile) -> i64 {
    i64::try_from(sample.records()).unwrap_or(i64::MAX)
}

/// What the sample holds, taken apart at that list.
fn holds_of(split: Option<&str>, sample: &Profile) -> Line {
    let (records, fields) = (sample.records(), filled(sample).0.len());
    let (are, is) = match records {
        1 => ("record", "is"),
        _ => ("records", "are"),
    };
    let apart = match split {
        None => Line::default(),
        Some("[]") => Line::from(format!(", which {is} the elements of its lists,")),
        Some(path) => Line::from(format!(", which {is} elements of "))
            .and(Look::Code, path)
            .and(Look::Plain, ","),
    };
    Line::from(format!("The sample has {records} {are}"))
        .then(apart)
        .then(format!(" and {fields} fields that hold values."))
}

/// Some column of the policy is made from something in a member of that name.
fn reaches_into(contracts: &[Contract<'_>], name: &str) -> bool {
    let columns = contracts.iter().flat_map(|c| &c.columns);
    let mut inputs = columns.flat_map(|c| &c.column.inputs);
    inputs.any(|path| match path.steps.first() {
        Some(Step::Name(first)) => first == name,
        Some(Step::AnyName | Step::AnyDepth) => true,
        _ => false,
    })
}

/// Some field of the sample makes a column of that policy. A sample without fields
/// fits all of them.
fn fits(contract: &Contract<'_>, contracts: &[Contract<'_>], sample: &Profile) -> bool {
    let leaves = sample.leaves();
    let policy = contract.policy;
    let of = contracts.iter().filter(|c| std::ptr::eq(c.policy, policy));
    let mut columns = of.flat_map(|c| &c.columns);
    leaves.is_empty()
        || columns.any(|c| leaves.iter().any(|leaf| is_made_from(c.column, &leaf.path)))
}

/// An output of a policy that the sample is not for.
fn against_nothing(contract: &Contract<'_>, json: Tree, page: &mut Document) -> Tree {
    page.part(Line::code(&*contract.output.topic));
    page.say(
        Line::from("No field of the sample makes a column of ")
            .then(Line::code(contract.policy.stamp()))
            .then(": it is a sample of other events, and tells nothing of this output."),
    );
    json.with("fits", false)
}

/// The columns of an output by what they let out.
#[derive(Default)]
struct Counts {
    clear: usize,
    coarser: usize,
    coded: usize,
    sealed: usize,
    constant: usize,
}

impl Counts {
    fn of(contract: &Contract<'_>) -> Counts {
        let mut counts = Counts::default();
        for column in of_value(contract) {
            let count = match column.column.spec.reveals().degree {
                _ if column.column.facts.clear => &mut counts.clear,
                degree if degree.tells_nothing() => &mut counts.constant,
                Degree::Everything | Degree::Foreseen => &mut counts.clear,
                Degree::Portion | Degree::Noised => &mut counts.coarser,
                Degree::StandIn | Degree::Code | Degree::ReversibleCode => &mut counts.coded,
                Degree::Sealed => &mut counts.sealed,
                Degree::Presence | Degree::Nothing | Degree::Nullness => &mut counts.constant,
            };
            *count += 1;
        }
        counts
    }

    fn all(&self) -> usize {
        self.clear + self.coarser + self.coded + self.sealed + self.constant
    }
}

/// What of the sample is counted nowhere, by reason.
fn not_read(sample: &Profile) -> String {
    let refused: Vec<String> = sample
        .refused()
        .map(|(reason, n)| format!("{n} ({reason})"))
        .collect();
    match refused.is_empty() {
        true => "All of its records could be read.".to_owned(),
        false => format!(
            "Records that could not be read and are counted nowhere: {}.",
            refused.join(", ")
        ),
    }
}

/// An output against what the sample has.
fn against(contract: &Contract<'_>, sample: &Profile, json: Tree, page: &mut Document) -> Tree {
    let (leaves, empty) = filled(sample);
    let (mut used, mut bits_in, mut bits_out) = (0_usize, 0.0, 0.0);
    // Of what is summed, and of when records were, rows are made of all who count.
    let of_all = of_counts(contract).map_or(&[][..], |counts| &counts.reads);
    let is_of_all = |leaf: &Selector| of_all.iter().any(|p| holds(&p.steps, false, &leaf.steps));
    let mut left_behind = Vec::new();
    let mut exact = true;
    for leaf in &leaves {
        let distinct = leaf.stats.distinct();
        exact &= distinct.is_exact;
        let all = bits(distinct.count);
        bits_in += all;
        // The record key leaves too.
        let made: Vec<&Column> = contract
            .columns
            .iter()
            .map(|c| c.column)
            .filter(|c| is_made_from(c, &leaf.path))
            .collect();
        if made.is_empty() && is_of_all(&leaf.path) {
            used += 1;
            continue;
        }
        if made.is_empty() {
            left_behind.push(leaf.path.to_string());
            continue;
        }
        used += 1;
        let hides = |c: &&Column| {
            let degree = c.spec.reveals().degree;
            degree == Degree::Sealed || degree.tells_nothing()
        };
        if !made.iter().all(hides) {
            bits_out += all;
        }
    }
    let total = leaves.len();
    let ratio = (total > 0).then(|| 1.0 - used as f64 / total as f64);
    page.part(Line::code(&*contract.output.topic));
    let never = match empty {
        0 => String::new(),
        1 => "; 1 more is null or empty in all records, and is not counted".to_owned(),
        n => format!("; {n} more are null or empty in all records, and are not counted"),
    };
    page.list([
        Line::from(format!(
            "fields in: {total}, of which {used} make a column{never}"
        )),
        Line::from(match ratio {
            Some(ratio) => format!("ratio: {ratio:.2}"),
            None => "ratio: none, the sample holds no field".to_owned(),
        }),
        Line::from(format!(
            "bits: {bits_in:.1} in, of which at least {:.1} are removed, by estimate{}",
            bits_in - bits_out,
            if exact {
                ""
            } else {
                "; distinct values were counted by estimate too"
            }
        )),
    ]);
    if !left_behind.is_empty() {
        const SHOWN: usize = 40;
        let more = left_behind.len().saturating_sub(SHOWN);
        let shown = codes(each_once(left_behind.into_iter().take(SHOWN)));
        let rest = if more > 0 {
            format!(", and {more} more")
        } else {
            String::new()
        };
        page.say(
            Line::from("Fields that stay behind: ")
                .then(shown)
                .then(rest)
                .then("."),
        );
    }
    if counts(contract) {
        let read = match of_all.is_empty() {
            true => Line::from("Of all who count noisy figures leave"),
            false => Line::from("Of ")
                .then(codes(each_once(of_all.iter().map(ToString::to_string))))
                .then(", and of all who count, figures of windows leave, with noise"),
        };
        page.say(read.then(": what those say of one person ε bounds, and it is in no bits here."));
    }
    let rounded = |n: f64| (n * 1000.0).round() / 1000.0;
    json.with("fits", true)
        .with("records", records(sample))
        .with("fields_in", total)
        .with("fields_used", used)
        .with("fields_empty", empty)
        .with_some("ratio", ratio.map(|r| Tree::Number(rounded(r))))
        .with("bits_in", Tree::Number(rounded(bits_in)))
        .with("bits_removed", Tree::Number(rounded(bits_in - bits_out)))
}

/// The column holds something of what lies at that path.
fn is_made_from(column: &Column, leaf: &Selector) -> bool {
    let whole = column.facts.takes_whole;
    // What a text holds is made from the text.
    let opened = |input: &Selector| {
        let text = input.steps.iter().position(|s| *s == Step::Json);
        text.is_some_and(|at| holds(&input.steps[..at], false, &leaf.steps))
    };
    if column.inputs.iter().any(opened) {
        return true;
    }
    column.inputs.iter().any(|input| match &column.inside[..] {
        [] => holds(&input.steps, whole, &leaf.steps),
        // Of an object that names its fields those alone are kept.
        inside => inside.iter().any(|field| {
            let steps = [&*input.steps, &*field.from.steps].concat();
            let is_around = |other: &Inside| {
                let (inner, outer) = (&other.from.steps, &field.from.steps);
                inner.len() > outer.len() && inner.starts_with(outer)
            };
            let whole = field.spec.facts().takes_whole && !inside.iter().any(is_around);
            holds(&steps, whole, &leaf.steps)
        }),
    })
}

/// What is made from the value at `input` holds something of the value at `leaf`;
/// `whole`: of everything below it.
fn holds(input: &[Step], whole: bool, leaf: &[Step]) -> bool {
    let same = |a: &Step, b: &Step| a == b || meets(a, b);
    let ends = if whole { Ends::Above } else { Ends::Together };
    // An array of scalars is one value to an action, and elements to a sample.
    let array = match leaf {
        [array @ .., Step::AnyElement] => leads(input, array, same, Ends::Together),
        _ => false,
    };
    array || leads(input, leaf, same, ends)
}

fn meets(a: &Step, b: &Step) -> bool {
    let names = matches!(
        (a, b),
        (Step::AnyName, Step::Name(_)) | (Step::Name(_), Step::AnyName)
    );
    // A sample does not keep elements apart.
    names || a.is_element() && b.is_element()
}
