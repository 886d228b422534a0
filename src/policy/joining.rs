//! Whether two columns can be joined by who reads both, and why: by key, by row,
//! by behaviour, or not.
//!
//! The answer is what the policies show. What they cannot show (what else a reader
//! has, who a source speaks of) is said as a condition, never left out.

use std::collections::BTreeSet;

use super::join_key::Keys;
use super::meaning::{Column, JoinsBy, Meaning, OutputMeaning};
use crate::action::{Degree, EpochLength};
use crate::plan::TimestampRule;
use crate::record::path::Selector;

/// How two columns can be joined, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Equal values meet in equal values.
    ByKey,
    /// The records of both stand for the same records of a source.
    ByRow,
    /// What persons do over time matches them.
    ByBehaviour,
    /// In none of these ways.
    Not,
}

impl Level {
    /// As a sentence ends.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::ByKey => "by key",
            Level::ByRow => "by row",
            Level::ByBehaviour => "by behaviour",
            Level::Not => "not",
        }
    }

    /// One word, for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Level::ByKey => "key",
            Level::ByRow => "row",
            Level::ByBehaviour => "behaviour",
            Level::Not => "not",
        }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joining {
    /// The strongest way.
    pub level: Level,
    /// Each of the three ways: whether it is open, and why.
    pub ways: Vec<Way>,
}

/// One way of joining.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Which.
    pub level: Level,
    /// It is open.
    pub is_open: bool,
    /// Why, each a clause of its own.
    pub why: Vec<String>,
}

/// A column where it stands.
#[derive(Clone, Copy)]
pub struct At<'m> {
    /// Its policy.
    pub policy: &'m Meaning,
    /// Its output.
    pub output: &'m OutputMeaning,
    /// Itself.
    pub column: &'m Column,
}

/// Whether `a` and `b` can be joined. `all`: every policy that is known, for
/// outputs that are the source of another.
pub fn joining(a: At<'_>, b: At<'_>, all: &[&Meaning]) -> Joining {
    let ways = vec![by_key(a, b), by_row(a, b, all), by_behaviour(a, b, all)];
    let open = ways.iter().find(|way| way.is_open);
    Joining {
        level: open.map_or(Level::Not, |way| way.level),
        ways,
    }
}

fn way(level: Level, is_open: bool, why: Vec<String>) -> Way {
    Way {
        level,
        is_open,
        why,
    }
}

fn by_key(a: At<'_>, b: At<'_>) -> Way {
    let way = |is_open, why| way(Level::ByKey, is_open, why);
    let topic = |at: At<'_>| format!("`{}`", at.output.topic);
    match (&a.column.joins_by, &b.column.joins_by) {
        (Some(by), Some(other)) if by == other => {
            let mut why = vec![format!(
                "both are codes of one domain (`{}`), one key (`{}`) and one way ({})",
                by.domain, by.key.entry, by.how
            )];
            if let Some(epochs) = &a.column.facts.epochs {
                why.push(format!(
                    "they meet within one epoch (`{}`): in the next one every value has another code",
                    epochs.length
                ));
            }
            if by.by_type {
                why.push(
                    "the type counts: the number 42 and the text \"42\" have two codes".to_owned(),
                );
            }
            return way(true, why);
        }
        // Nothing else keeps them apart: that it does not is not known.
        (Some(by), Some(other)) => {
            let is_open = only_unknown(by, other);
            return way(is_open, apart(by, other));
        }
        _ => {}
    }
    let degree = |at: At<'_>| at.column.spec.reveals().degree;
    let clear = |at: At<'_>| at.column.facts.clear;
    let identifies = |at: At<'_>| at.column.direct || !at.column.classed;
    if clear(a) && clear(b) {
        let same = "both leave in clear: where they hold the same thing, the values are equal";
        if identifies(a) || identifies(b) {
            return way(true, vec![same.to_owned()]);
        }
        let no_person = "their classes say that they name no person: they meet in groups";
        return way(false, vec![same.to_owned(), no_person.to_owned()]);
    }
    let mut why = Vec::new();
    for at in [a, b] {
        match degree(at) {
            Degree::Sealed => why.push(format!(
                "in {} it is sealed, differently each time: only who may open it can compare",
                topic(at)
            )),
            Degree::Code | Degree::ReversibleCode if at.column.joins_by.is_none() => {
                why.push(format!(
                    "in {} it is another code in every record",
                    topic(at)
                ));
            }
            Degree::Code | Degree::ReversibleCode => why.push(format!(
                "in {} it is a code: only who has its key can compute it from a value",
                topic(at)
            )),
            Degree::StandIn if !at.column.facts.linkable => why.push(format!(
                "in {} it is a word of a list, drawn anew in every record",
                topic(at)
            )),
            Degree::StandIn => why.push(format!(
                "in {} it is a word of a list, which many values share: whose words differ are two, whose words are alike may be one",
                topic(at)
            )),
            Degree::Portion => why.push(format!(
                "in {} it is a coarser value or a part, which many have",
                topic(at)
            )),
            Degree::Noised => why.push(format!(
                "in {} it is under noise: an answer says of nobody what the value was",
                topic(at)
            )),
            Degree::Nothing | Degree::Presence | Degree::Nullness => {
                why.push(format!("in {} it holds nothing of the value", topic(at)));
            }
            Degree::Foreseen | Degree::Everything => {
                why.push(format!("in {} it leaves in clear", topic(at)));
            }
        }
    }
    why.dedup();
    way(false, why)
}

/// True where two codes may be made alike: all that is known of them is the same, and
/// whether they have one key cannot be told.
pub(crate) fn only_unknown(a: &JoinsBy, b: &JoinsBy) -> bool {
    a.key.beside(&b.key) == Keys::Unknown
        && JoinsBy {
            key: b.key.clone(),
            ..a.clone()
        } == *b
}

/// What keeps two codes apart, or may.
pub(crate) fn apart(a: &JoinsBy, b: &JoinsBy) -> Vec<String> {
    let mut why = Vec::new();
    if a.domain != b.domain {
        let (a, b) = (&a.domain, &b.domain);
        why.push(format!("the domains differ: `{a}` and `{b}`"));
    }
    let (key, other) = (&a.key.written, &b.key.written);
    match a.key.beside(&b.key) {
        Keys::Same => {}
        Keys::Differ => why.push(format!("the keys differ: `{key}` and `{other}`")),
        Keys::Versions => {
            why.push("they are made with different versions of the key".to_owned());
        }
        Keys::Unknown => why.push(format!(
            "if `{key}` and `{other}` are one key they meet, which cannot be told: their keyrings could not be compared"
        )),
    }
    if a.action != b.action {
        let (a, b) = (a.action, b.action);
        why.push(format!("the actions differ: `{a}` and `{b}`"));
    } else if a.how != b.how {
        why.push(format!(
            "the codes are made differently: {} and {}",
            a.how, b.how
        ));
    }
    if a.how != b.how && a.lasts != b.lasts {
        why.push("two lengths of epochs never meet, nor an epoch and codes that stay".to_owned());
    }
    if a.output != b.output {
        why.push("the codes are of one output alone (`scope: output`)".to_owned());
    }
    why
}

fn by_row(a: At<'_>, b: At<'_>, all: &[&Meaning]) -> Way {
    let way = |is_open, why| way(Level::ByRow, is_open, why);
    let (here, there) = (&a.output.topic, &b.output.topic);
    if std::ptr::eq(a.output, b.output) {
        return way(true, vec![format!("both stand in the records of `{here}`")]);
    }
    let above = |at: At<'_>| above(&at.output.topic, all);
    for (one, other) in [(a, b), (b, a)] {
        if above(other).contains(one.output.topic.as_str()) {
            let why = format!(
                "`{}` is made from `{}`, record by record",
                other.output.topic, one.output.topic
            );
            return way(true, vec![why]);
        }
    }
    let (from_a, from_b) = (above(a), above(b));
    let mut shared = from_a.intersection(&from_b);
    let Some(source) = shared.next() else {
        let why = "they have no source in common, as far as these policies show";
        return way(false, vec![why.to_owned()]);
    };
    if !types_meet(&a.output.types, &b.output.types) {
        let why = format!("both come from `{source}`, but no type of record leaves to both");
        return way(false, vec![why]);
    }
    let mut why = vec![format!(
        "both get the records of `{source}` in its order: the n-th here is the n-th there, as far as the same records leave"
    )];
    let exact = |o: &OutputMeaning| o.timestamp == TimestampRule::Keep;
    if exact(a.output) && exact(b.output) {
        why.push("both keep the record's timestamp".to_owned());
    }
    let shared = in_clear(a.output);
    let mut shared = shared
        .intersection(&in_clear(b.output))
        .cloned()
        .collect::<Vec<_>>();
    shared.sort();
    if let [first, rest @ ..] = &shared[..] {
        let more = match rest.len() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        why.push(format!(
            "`{first}`{more} leaves in clear to both ({here}, {there})"
        ));
    }
    way(true, why)
}

fn in_clear(output: &OutputMeaning) -> BTreeSet<Selector> {
    let columns = output.columns.iter().filter(|c| c.facts.clear);
    columns.flat_map(|c| c.inputs.iter().cloned()).collect()
}

/// The topics that an output is made from, through the other policies too.
fn above<'m>(topic: &str, all: &[&'m Meaning]) -> BTreeSet<&'m str> {
    let mut found: BTreeSet<&'m str> = BTreeSet::new();
    let mut next: Vec<String> = vec![topic.to_owned()];
    while let Some(topic) = next.pop() {
        for policy in all {
            if policy.outputs.iter().any(|o| o.topic == topic) {
                for source in &policy.sources {
                    if found.insert(source) {
                        next.push(source.clone());
                    }
                }
            }
        }
    }
    found
}

/// True when some type of record may leave to both. Names that cannot be told from
/// a pattern count as one.
fn types_meet(a: &Option<Vec<String>>, b: &Option<Vec<String>>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return true;
    };
    let meet = |a: &str, b: &str| match (a.strip_suffix('*'), b.strip_suffix('*')) {
        (Some(a), Some(b)) => a.starts_with(b) || b.starts_with(a),
        (Some(start), None) => b.starts_with(start),
        (None, Some(start)) => a.starts_with(start),
        (None, None) => a == b,
    };
    a.iter().any(|a| b.iter().any(|b| meet(a, b)))
}

fn by_behaviour(a: At<'_>, b: At<'_>, all: &[&Meaning]) -> Way {
    let way = |is_open, why| way(Level::ByBehaviour, is_open, why);
    let mut why = Vec::new();
    for at in [a, b] {
        if follows(at.output) == 0 {
            why.push(format!(
                "nothing in `{}` stays the same from record to record of a person",
                at.output.topic
            ));
        }
    }
    if !why.is_empty() {
        why.dedup();
        return way(false, why);
    }
    why.push(
        "both carry what stays the same for a person, so a history can be put together in each"
            .to_owned(),
    );
    for at in [a, b] {
        if let Some(length) = lasts(at.output) {
            why.push(format!(
                "in `{}` for no longer than an epoch (`{length}`): each history ends with it",
                at.output.topic
            ));
        }
    }
    for at in [a, b] {
        let others = at.output.columns.len() - follows(at.output).min(at.output.columns.len());
        let time = match at.output.timestamp {
            TimestampRule::Now => "",
            _ => " and the time of the event",
        };
        why.push(format!(
            "`{}` tells {others} more column(s) of each record{time}",
            at.output.topic
        ));
    }
    why.dedup();
    let sources = |at: At<'_>| above(&at.output.topic, all);
    if sources(a).is_disjoint(&sources(b)) {
        why.push(
            "they have no source in common: only where both speak of the same persons, which the policies do not say".to_owned(),
        );
    }
    way(true, why)
}

/// Columns by which the records of a person can be followed.
fn follows(output: &OutputMeaning) -> usize {
    output.columns.iter().filter(|c| stays(c)).count()
}

fn stays(column: &Column) -> bool {
    let facts = &column.facts;
    facts.linkable && column.joins_by.is_some() || facts.clear && column.direct
}

/// How long a history can be at the most; `None`: without an end.
fn lasts(output: &OutputMeaning) -> Option<EpochLength> {
    let followed = output.columns.iter().filter(|c| stays(c));
    let lengths = followed.map(|c| Some(c.facts.epochs.as_ref()?.length));
    let lengths = lengths.collect::<Option<Vec<_>>>()?;
    lengths.into_iter().max_by_key(|length| length.longest_ms())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::{NoTables, PolicyFile, Where, compile, meaning};

    fn meant(name: &str, source: &str, outputs: &str) -> Meaning {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: {name}, version: 1, owner: o }}\n\
             source: {{ topic: {source}, type: t }}\nkeys: {{ k: {{ ref: \"file:k.json#k\" }}, l: {{ ref: \"file:k.json#l\" }} }}\n\
             outputs:\n{outputs}"
        );
        let file = PolicyFile {
            path: format!("{name}.yaml").into(),
            text,
        };
        let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        let said = compiled.said;
        meaning(&said.unwrap_or_else(|| panic!("{:?}", compiled.findings.list())))
    }

    fn output(topic: &str, domain: &str, rest: &str) -> String {
        format!("  - {{ topic: {topic}, purpose: a.b, domain: {domain}, {rest} }}\n")
    }

    fn at<'m>(policy: &'m Meaning, topic: &str, path: &str) -> At<'m> {
        let mut outputs = policy.outputs.iter();
        let output = outputs.find(|o| o.topic == topic).expect("the output");
        let mut columns = output.columns.iter();
        let column = columns
            .find(|c| matches!(&c.to, Where::Value(p) if p.to_string() == path))
            .expect("the column");
        At {
            policy,
            output,
            column,
        }
    }

    const PERSON: &str = "fields: { u: { pseudonymize: { key: k, normalize: text, epoch: none } }, n: { generalize: { bucket: 10 } } }";

    fn level(a: At<'_>, b: At<'_>) -> Level {
        joining(a, b, &[a.policy, b.policy]).level
    }

    #[test]
    fn codes_of_one_domain_key_and_way_join_by_key_across_policies() {
        let one = meant("one", "raw", &output("x", "d", PERSON));
        let other = |from: &str, to: &str| {
            let text = output("y", "d", PERSON).replacen(from, to, 1);
            assert!(from.is_empty() || text.contains(to));
            meant("two", "other", &text)
        };
        let same = other("", "");
        assert_eq!(level(at(&one, "x", "u"), at(&same, "y", "u")), Level::ByKey);
        for (from, to, why) in [
            ("domain: d", "domain: e", "domains differ"),
            ("key: k,", "key: l,", "keys differ"),
            (
                "normalize: text",
                "normalize: text, space: s",
                "made differently",
            ),
            (
                "normalize: text",
                "normalize: text, scope: output",
                "one output alone",
            ),
        ] {
            let apart = other(from, to);
            let (a, b) = (at(&one, "x", "u"), at(&apart, "y", "u"));
            let found = joining(a, b, &[a.policy, b.policy]);
            // Nothing shows that they speak of other persons.
            assert_eq!(found.level, Level::ByBehaviour, "{to}");
            let said = found.ways[0].why.join("; ");
            assert!(said.contains(why), "{said}");
        }
        let raw = other("normalize: text", "normalize: raw");
        let found = joining(at(&raw, "y", "u"), at(&raw, "y", "u"), &[&raw]);
        assert!(found.ways[0].why[1].contains("two codes"), "{found:?}");
    }

    #[test]
    fn records_of_one_source_join_by_row_unless_no_type_leaves_to_both() {
        let two = |a: &str, b: &str| {
            let rest = |types: &str| {
                format!(
                    "types: {types}, fields: {{ u: {{ pseudonymize: {{ key: k, scope: record }} }} }}"
                )
            };
            let list = output("x", "d", &rest(a)) + &output("y", "e", &rest(b));
            meant("one", "raw", &list)
        };
        let met = two("{ track/*: {} }", "{ track/sold: {} }");
        assert_eq!(level(at(&met, "x", "u"), at(&met, "y", "u")), Level::ByRow);
        let apart = two("{ page: {} }", "{ track/sold: {} }");
        assert_eq!(
            level(at(&apart, "x", "u"), at(&apart, "y", "u")),
            Level::Not
        );
    }

    #[test]
    fn an_output_joins_by_row_with_what_is_made_from_it() {
        let record = "fields: { u: { pseudonymize: { key: k, scope: record } } }";
        let first = meant("one", "raw", &output("x", "d", record));
        let next = meant("two", "x", &output("y", "e", record));
        let other = meant("three", "elsewhere", &output("z", "e", record));
        let all = [&first, &next, &other];
        let found = joining(at(&first, "x", "u"), at(&next, "y", "u"), &all);
        assert_eq!(found.level, Level::ByRow, "{found:?}");
        let found = joining(at(&first, "x", "u"), at(&other, "z", "u"), &all);
        assert_eq!(found.level, Level::Not, "{found:?}");
    }
}
