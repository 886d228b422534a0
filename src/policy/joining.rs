//! Whether two columns can be joined by who reads both, and why: by key, by row,
//! by content, by behaviour, or not.
//!
//! The answer is what the policies show. What they cannot show (what else a reader
//! has, who a source speaks of) is said as a condition, never left out.

use std::collections::BTreeSet;

use super::join_key::{JoinKey, Keys};
use super::joins_by::JoinsBy;
use super::meaning::{Column, Meaning, OutputMeaning};
use super::parts::PartAt;
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
    /// What leaves of one record is the same in both, and of few other records.
    ByContent,
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
            Level::ByContent => "by content",
            Level::ByBehaviour => "by behaviour",
            Level::Not => "not",
        }
    }

    /// One word, for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Level::ByKey => "key",
            Level::ByRow => "row",
            Level::ByContent => "content",
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
    /// Each of the ways: whether it is open, and why.
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
    let ways = vec![
        by_key(a, b),
        by_row(a, b, all),
        by_content(a, b, all),
        by_behaviour(a, b, all),
    ];
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
    let pairs: Vec<[CodeAt<'_>; 2]> = CodeAt::all(a)
        .flat_map(|code| CodeAt::all(b).map(move |other| [code, other]))
        .collect();
    let of = |joins: fn(&JoinsBy, &JoinsBy) -> bool| {
        let mut pairs = pairs.iter();
        pairs.find(|[code, other]| joins(code.by, other.by))
    };
    if let Some(pair) = of(|code, other| code == other) {
        return way(true, alike(pair));
    }
    if let Some(pair) = of(can_both_be_tried) {
        let mut why = vec![
            "neither has a key, and both are of the same kind of value: whoever tries a list of values finds it in both".to_owned(),
        ];
        why.extend(pair.iter().filter_map(CodeAt::place));
        return way(true, why);
    }
    // Nothing else keeps them apart: that it does not is not known.
    if let Some([code, other]) = of(only_unknown) {
        let mut why = apart(code.by, other.by);
        why.extend([code, other].into_iter().filter_map(CodeAt::place));
        return way(true, why);
    }
    if let (Some(by), Some(other)) = (&a.column.joins_by, &b.column.joins_by) {
        return way(false, apart(by, other));
    }
    let topic = |at: At<'_>| format!("`{}`", at.output.topic);
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
    for (one, other) in [(a, b), (b, a)] {
        let mut codes = CodeAt::all(other);
        let without_key = codes.find(|code| code.by.key.is_none());
        if let Some(code) = without_key.filter(|_| clear(one) && (identifies(a) || identifies(b))) {
            let mut why = vec![format!(
                "in {} it leaves in clear, and what stands in {} has no key: whoever reads both makes the one of the other",
                topic(one),
                topic(other)
            )];
            why.extend(code.place());
            return way(true, why);
        }
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
            Degree::Foreseen | Degree::Everything if at.column.joins_by.is_some() => {
                why.push(format!("in {} it is a hash without a key", topic(at)));
            }
            Degree::Foreseen | Degree::Everything => {
                why.push(format!("in {} it leaves in clear", topic(at)));
            }
        }
    }
    why.dedup();
    // Codes that stand inside of one of them, and what keeps those apart.
    for [code, other] in &pairs {
        let places = [code, other].into_iter().filter_map(|code| code.place());
        why.extend(places.chain(apart(code.by, other.by)));
    }
    let mut told = Vec::new();
    why.retain(|clause| {
        !told.contains(clause) && {
            told.push(clause.clone());
            true
        }
    });
    way(false, why)
}

/// A code where it stands.
#[derive(Clone, Copy)]
struct CodeAt<'m> {
    topic: &'m str,
    /// Inside of its column; `None`: it is the value.
    at: Option<&'m PartAt>,
    by: &'m JoinsBy,
}

impl<'m> CodeAt<'m> {
    /// Every code of a column.
    fn all(at: At<'m>) -> impl Iterator<Item = CodeAt<'m>> {
        let topic = at.output.topic.as_str();
        let codes = at.column.codes();
        codes.map(move |(at, by)| CodeAt { topic, at, by })
    }

    /// Where it stands, if it is not the value.
    fn place(&self) -> Option<String> {
        let at = self.at?;
        Some(format!("in `{}` the code stands {at}", self.topic))
    }
}

/// Why two codes meet.
fn alike([code, other]: &[CodeAt<'_>; 2]) -> Vec<String> {
    let by = code.by;
    let domain = match &by.domain {
        Some(domain) => format!("of one domain (`{domain}`), "),
        None => "of no domain, of ".to_owned(),
    };
    let mut why = vec![match &by.key {
        Some(key) => format!(
            "both are codes {domain}one key (`{}`) and one way ({})",
            key.entry, by.how
        ),
        None => format!(
            "both are one hash without a key ({}): equal values are equal here and everywhere else",
            by.how
        ),
    }];
    if let Some(length) = by.lasts {
        why.push(format!(
            "they meet within one epoch (`{length}`): in the next one every value has another code"
        ));
    }
    if by.by_type || other.by.by_type {
        why.push("the type counts: the number 42 and the text \"42\" have two codes".to_owned());
    }
    why.extend([code, other].into_iter().filter_map(|code| code.place()));
    why
}

/// True where neither has a key, and both are of values of one kind: they are written in
/// two ways before they are hashed.
fn can_both_be_tried(a: &JoinsBy, b: &JoinsBy) -> bool {
    let what = |by: &JoinsBy| by.how.word("what").map(str::to_owned);
    a.key.is_none() && b.key.is_none() && what(a).is_some() && what(a) == what(b)
}

/// True where two codes may be made alike: all that is known of them is the same, and
/// whether they have one key cannot be told.
pub(crate) fn only_unknown(a: &JoinsBy, b: &JoinsBy) -> bool {
    let (Some(key), Some(other)) = (&a.key, &b.key) else {
        return false;
    };
    key.beside(other) == Keys::Unknown
        && JoinsBy {
            key: b.key.clone(),
            ..a.clone()
        } == *b
}

/// What keeps two codes apart, or may.
pub(crate) fn apart(a: &JoinsBy, b: &JoinsBy) -> Vec<String> {
    let mut why = Vec::new();
    match (&a.domain, &b.domain) {
        (Some(a), Some(b)) if a != b => {
            why.push(format!("the domains differ: `{a}` and `{b}`"));
        }
        (Some(of), None) | (None, Some(of)) => {
            why.push(format!("one is of the domain `{of}`, the other of none"));
        }
        _ => {}
    }
    match (&a.key, &b.key) {
        (Some(a), Some(b)) => keys_apart(a, b, &mut why),
        (Some(key), None) | (None, Some(key)) => {
            let key = &key.written;
            why.push(format!(
                "one is made with the key `{key}`, the other without one"
            ));
        }
        (None, None) => {}
    }
    if a.action != b.action {
        let (a, b) = (a.action, b.action);
        why.push(format!("the actions differ: `{a}` and `{b}`"));
    } else {
        let set = |set: Option<&str>| set.map_or("none".to_owned(), |set| format!("`{set}`"));
        let words = a.how.beside(&b.how).into_iter();
        why.extend(
            words.map(|(word, [a, b])| format!("`{word}` differs: {} and {}", set(a), set(b))),
        );
    }
    if a.how != b.how && a.lasts != b.lasts {
        why.push("two lengths of epochs never meet, nor an epoch and codes that stay".to_owned());
    }
    if a.output != b.output {
        why.push("the codes are of one output alone (`scope: output`)".to_owned());
    }
    why
}

fn keys_apart(a: &JoinKey, b: &JoinKey, why: &mut Vec<String>) {
    // Two keyrings in two folders can be written alike.
    let (key, other) = match a.written == b.written {
        true => (&a.whole, &b.whole),
        false => (&a.written, &b.written),
    };
    match a.beside(b) {
        Keys::Same => {}
        Keys::Differ => why.push(format!("the keys differ: `{key}` and `{other}`")),
        Keys::Versions => {
            why.push("they are made with different versions of the key".to_owned());
        }
        Keys::Unknown => why.push(format!(
            "if `{key}` and `{other}` are one key they meet, which cannot be told: their keyrings could not be compared"
        )),
    }
}

fn by_row(a: At<'_>, b: At<'_>, all: &[&Meaning]) -> Way {
    let way = |is_open, why| way(Level::ByRow, is_open, why);
    let (here, there) = (&a.output.topic, &b.output.topic);
    if std::ptr::eq(a.output, b.output) {
        return way(true, vec![format!("both stand in the records of `{here}`")]);
    }
    if let Some(why) = released(a, b) {
        return way(false, vec![why]);
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
    let source = match one_source(a, b, all) {
        Ok(source) => source,
        Err(why) => return way(false, vec![why]),
    };
    let mut why = vec![format!(
        "both get the records of `{source}` in its order: the n-th here is the n-th there, as far as the same records leave"
    )];
    let exact = |o: &OutputMeaning| o.timestamp == TimestampRule::Keep;
    if exact(a.output) && exact(b.output) {
        why.push("both keep the record's timestamp".to_owned());
    }
    why.extend(in_both(a, b).map(|shared| format!("{shared} ({here}, {there})")));
    way(true, why)
}

/// The source from which records of one type leave to both; or why there is none.
fn one_source<'m>(a: At<'m>, b: At<'m>, all: &[&'m Meaning]) -> Result<&'m str, String> {
    let (from_a, from_b) = (above(&a.output.topic, all), above(&b.output.topic, all));
    let mut shared = from_a.intersection(&from_b);
    let Some(source) = shared.next() else {
        return Err("they have no source in common, as far as these policies show".to_owned());
    };
    match types_meet(&a.output.types, &b.output.types) {
        true => Ok(source),
        false => Err(format!(
            "both come from `{source}`, but no type of record leaves to both"
        )),
    }
}

/// What of a record stands in both as it came, by its order in the policy's paths.
fn in_both(a: At<'_>, b: At<'_>) -> Option<String> {
    let mut shared: Vec<Selector> = in_clear(a.output)
        .intersection(&in_clear(b.output))
        .cloned()
        .collect();
    shared.sort();
    let (first, rest) = shared.split_first()?;
    let more = match rest.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    Some(format!("`{first}`{more} leaves in clear to both"))
}

fn by_content(a: At<'_>, b: At<'_>, all: &[&Meaning]) -> Way {
    let way = |is_open, why| way(Level::ByContent, is_open, why);
    if std::ptr::eq(a.output, b.output) {
        let here = &a.output.topic;
        return way(true, vec![format!("both stand in the records of `{here}`")]);
    }
    let in_classes = |at: &At<'_>| {
        let release = at.output.release.as_ref();
        release.is_some_and(|r| r.k.is_some() || r.counts.is_some())
    };
    if let Some(at) = [a, b].into_iter().find(in_classes) {
        let topic = &at.output.topic;
        return way(
            false,
            vec![format!(
                "no record of `{topic}` is told from others of its class or cell"
            )],
        );
    }
    if let Err(why) = one_source(a, b, all) {
        return way(false, vec![why]);
    }
    let exact = |at: At<'_>| at.output.timestamp == TimestampRule::Keep;
    let mut why: Vec<String> = in_both(a, b).into_iter().collect();
    if exact(a) && exact(b) {
        why.push("both keep the record's timestamp".to_owned());
    }
    if why.is_empty() {
        why.push("nothing of a record leaves as it came to both".to_owned());
        return way(false, why);
    }
    why.push(
        "a record whose values are rare is the one that has them there (`--on SAMPLE` measures how many are)"
            .to_owned(),
    );
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

/// Why records of which one waits for a release do not stand beside their copies.
fn released(a: At<'_>, b: At<'_>) -> Option<String> {
    let at = [a, b].into_iter().find(|at| at.output.release.is_some())?;
    let topic = &at.output.topic;
    let release = at.output.release.as_ref()?;
    if release.counts.is_some() {
        return Some(format!(
            "no record leaves to `{topic}`: they are counted, with noise"
        ));
    }
    Some(match release.k {
        Some(k) => format!(
            "the records of `{topic}` leave in another order, in classes of at least {k} persons"
        ),
        None => format!("the records of `{topic}` leave in another order"),
    })
}

fn by_behaviour(a: At<'_>, b: At<'_>, all: &[&Meaning]) -> Way {
    let way = |is_open, why| way(Level::ByBehaviour, is_open, why);
    let is_counted = |at: &At<'_>| {
        at.output
            .release
            .as_ref()
            .is_some_and(|r| r.counts.is_some())
    };
    if let Some(at) = [a, b].into_iter().find(is_counted) {
        let why = format!(
            "no record leaves to `{}`: they are counted, with noise",
            at.output.topic
        );
        return way(false, vec![why]);
    }
    let in_classes = |at: &At<'_>| at.output.release.as_ref().is_some_and(|r| r.k.is_some());
    if let Some(at) = [a, b].into_iter().find(in_classes) {
        let why = format!(
            "no record of `{}` is told from others of its class, and none carries what stays for a person",
            at.output.topic
        );
        return way(false, vec![why]);
    }
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
            TimestampRule::Now | TimestampRule::Release => "",
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
    histories(column).next().is_some()
}

/// What of a column stays the same from record to record of a person, and for how long;
/// `None`: for ever.
fn histories(column: &Column) -> impl Iterator<Item = Option<EpochLength>> {
    let in_clear = column.facts.clear && column.direct;
    let codes = column.codes().map(|(_, by)| by.lasts);
    codes.chain(in_clear.then_some(None))
}

/// How long a history can be at the most; `None`: without an end.
fn lasts(output: &OutputMeaning) -> Option<EpochLength> {
    let lengths = output.columns.iter().flat_map(histories);
    let lengths = lengths.collect::<Option<Vec<_>>>()?;
    lengths.into_iter().max_by_key(|length| length.longest_ms())
}

#[cfg(test)]
#[path = "joining_tests.rs"]
mod tests;
