//! Outputs: who they are for, which records they get, and everything beside the
//! fields of the value.

use std::collections::BTreeSet;

use super::counts;
use super::difference::{At, Found, NOT_WRITTEN, or_not_written};
use super::fields::{Allowlist, allowlists, bodies};
use super::held;
use super::said::Said;
use super::values::{HELD_BACK, Judged, holds_back, values};
use crate::action::Order;
use crate::language::duration;
use crate::language::report;
use crate::plan::TimestampRule;
use crate::policy::check;
use crate::policy::check::condition::Condition;
use crate::policy::check::model::{Field, KeyMake, Output, Spelled, TypeFields, Value};
use crate::policy::selector::{PlaceName, TypePattern};

/// An output with the policy it stands in.
#[derive(Clone, Copy)]
struct One<'p> {
    said: &'p Said,
    output: &'p Output,
}

/// Compares the outputs, each with the one of its topic.
pub fn outputs(was: &Said, is: &Said, found: &mut Found) {
    let one = |said: &'_ Said, topic: &str| {
        let mut all = said.policy.outputs.iter();
        all.position(|o| o.topic.value == topic)
    };
    for output in &is.policy.outputs {
        let topic = output.topic.value.as_str();
        match one(was, topic) {
            Some(at) => {
                let was = One {
                    said: was,
                    output: &was.policy.outputs[at],
                };
                let is = One { said: is, output };
                compare(was, is, found);
            }
            None => {
                let why = "an output that there was not";
                found.add(
                    Order::Weaker,
                    At::output(topic, "topic"),
                    NOT_WRITTEN,
                    topic,
                    why,
                );
            }
        }
    }
    for output in &was.policy.outputs {
        let topic = output.topic.value.as_str();
        if one(is, topic).is_none() {
            let gone = One { said: was, output };
            let (order, why) = fewer(gone, is, "the output is gone");
            found.add(order, At::output(topic, "topic"), topic, NOT_WRITTEN, why);
        }
    }
}

/// Of fewer records that go to an output: a record that it refused left to no other
/// either.
fn fewer(was: One<'_>, is: &Said, why: &'static str) -> (Order, &'static str) {
    let mut others = is.policy.outputs.iter();
    let leaves = others.any(|o| o.topic.value != was.output.topic.value);
    match leaves && holds_back_from_all(was.output) {
        true => (Order::Unknown, HELD_BACK_FROM_ALL),
        false => (Order::Stronger, why),
    }
}

/// Some value of it can hold a record back, and with it from every output.
pub fn holds_back_from_all(output: &Output) -> bool {
    check::values(output).into_iter().any(holds_back)
}

/// Why fewer records for one output can be more for the others.
pub const HELD_BACK_FROM_ALL: &str = "a record that was held back there, for a value that the policy did not foresee, may leave to the other outputs";

fn compare(was: One<'_>, is: One<'_>, found: &mut Found) {
    readers(was, is, found);
    gate(was, is, found);
    regions(was, is, found);
    where_of(was, is, found);
    tombstones(was, is, found);
    timestamp(was, is, found);
    held::compare(was.output, is.output, (was.said, is.said), found);
    counts::compare(was.output, is.output, (was.said, is.said), found);
    key(was, is, found);
    headers(was, is, found);
    types(was, is, found);
}

fn readers(was: One<'_>, is: One<'_>, found: &mut Found) {
    let topic = is.output.topic.value.as_str();
    let text = |s: &Option<Spelled>| s.as_ref().map(|s| s.value.clone());
    let clauses = [
        (
            "purpose",
            Some(was.output.purpose.value.clone()),
            Some(is.output.purpose.value.clone()),
            "what it may be used for is another thing",
        ),
        (
            "domain",
            Some(was.output.domain.value.clone()),
            Some(is.output.domain.value.clone()),
            "it joins with whatever is in the other domain",
        ),
        (
            "recipient",
            text(&was.output.recipient),
            text(&is.output.recipient),
            "somebody else reads it",
        ),
    ];
    for (word, was, is, why) in clauses {
        if was != is {
            let (was, is) = (
                or_not_written(was.as_deref()),
                or_not_written(is.as_deref()),
            );
            found.add(Order::Unknown, At::output(topic, word), was, is, why);
        }
    }
}

fn gate(was: One<'_>, is: One<'_>, found: &mut Found) {
    let topic = is.output.topic.value.as_str();
    let set =
        |o: &Output| -> BTreeSet<String> { o.needs.iter().map(|n| n.value.clone()).collect() };
    let (before, now) = (set(was.output), set(is.output));
    // More that is needed lets out less.
    let (order, why) = match Order::of_sets(&before, &now).reversed() {
        Order::Stronger => fewer(was, is.said, "consent is needed for more"),
        Order::Weaker => (Order::Weaker, "consent is needed for less"),
        order => (order, "consent is needed for something else"),
    };
    let list = |set: &BTreeSet<String>| match set.is_empty() {
        true => NOT_WRITTEN.to_owned(),
        false => set.iter().cloned().collect::<Vec<_>>().join(", "),
    };
    found.add(
        order,
        At::output(topic, "needs_consent"),
        list(&before),
        list(&now),
        why,
    );
}

/// Of people where its records are.
fn regions(was: One<'_>, is: One<'_>, found: &mut Found) {
    let topic = is.output.topic.value.as_str();
    let set =
        |o: &Output| -> BTreeSet<String> { o.regions.iter().map(|r| r.value.clone()).collect() };
    let (before, now) = (set(was.output), set(is.output));
    let (order, why) = match (before.is_empty(), now.is_empty()) {
        (true, true) => (Order::Same, ""),
        (true, false) => fewer(was, is.said, "only records of some regions leave"),
        (false, true) => (Order::Weaker, "records of every region leave"),
        (false, false) => match Order::of_sets(&before, &now) {
            Order::Stronger => fewer(was, is.said, "records of fewer regions leave"),
            Order::Weaker => (Order::Weaker, "records of more regions leave"),
            order => (order, "records of other regions leave"),
        },
    };
    let list = |set: &BTreeSet<String>| match set.is_empty() {
        true => NOT_WRITTEN.to_owned(),
        false => set.iter().cloned().collect::<Vec<_>>().join(", "),
    };
    found.add(
        order,
        At::output(topic, "region"),
        list(&before),
        list(&now),
        why,
    );
}

/// Which records leave (`where`).
fn where_of(was: One<'_>, is: One<'_>, found: &mut Found) {
    let topic = is.output.topic.value.as_str();
    let asked = |o: &Output| o.selects.as_ref().map(|s| s.value.clone());
    let all = |condition: &Option<Condition>| -> BTreeSet<String> {
        let each = condition.iter().flat_map(Condition::all_of);
        each.map(Condition::says).collect()
    };
    let (before, now) = (asked(was.output), asked(is.output));
    let (these, those) = (all(&before), all(&now));
    let (order, why) = if these == those {
        (Order::Same, "")
    } else if these.is_subset(&those) {
        fewer(was, is.said, "more must hold of a record that leaves")
    } else if those.is_empty() {
        (
            Order::Weaker,
            "records leave that did not, whatever they say",
        )
    } else {
        (
            Order::Weaker,
            "another condition: records may leave that did not",
        )
    };
    let said = |condition: Option<Condition>| match condition {
        Some(condition) => report::shown(&condition.says()),
        None => NOT_WRITTEN.to_owned(),
    };
    found.add(
        order,
        At::output(topic, "where"),
        said(before),
        said(now),
        why,
    );
}

fn tombstones(was: One<'_>, is: One<'_>, found: &mut Found) {
    let topic = is.output.topic.value.as_str();
    let word = |on: bool| if on { "forward" } else { "drop" };
    let forwards = |o: &Output| o.forward_tombstones.is_some();
    let (before, now) = (forwards(was.output), forwards(is.output));
    let (order, why) = match (before, now) {
        (true, false) => (Order::Weaker, "what is deleted at the source stays"),
        // A tombstone holds no consent: whoever granted nothing has one, too.
        (false, true) => (
            Order::Unknown,
            "keys of records that did not leave may leave with their tombstones",
        ),
        _ => (Order::Same, ""),
    };
    found.add(
        order,
        At::output(topic, "tombstones"),
        word(before),
        word(now),
        why,
    );
    let word = |clears: Option<&str>| {
        clears.map_or_else(
            || "skip".to_owned(),
            |when| format!("{{ tombstone: {{ when: {when} }} }}"),
        )
    };
    let clears = |o: &Output| match (o.cleared_by(), o.clears_withdrawn()) {
        (Some(at), _) => Some(format!("before, at: {}", at.value)),
        (None, Some(_)) => Some("state".to_owned()),
        (None, None) => None,
    };
    let (before, now) = (clears(was.output), clears(is.output));
    let (order, why) = match (&before, &now) {
        (before, now) if before == now => (Order::Same, ""),
        (Some(_), Some(_)) => (Order::Unknown, "something else says what was permitted"),
        (Some(_), None) => (
            Order::Weaker,
            "what was permitted once stays after a denial",
        ),
        _ => (
            Order::Unknown,
            "the key of a record that is withheld leaves",
        ),
    };
    found.add(
        order,
        At::output(topic, "on_withheld"),
        word(before.as_deref()),
        word(now.as_deref()),
        why,
    );
}

fn timestamp(was: One<'_>, is: One<'_>, found: &mut Found) {
    use TimestampRule::{Keep, Now, Release, Truncate};
    let topic = is.output.topic.value.as_str();
    let (order, why) = match (was.output.timestamp, is.output.timestamp) {
        (a, b) if a == b => (Order::Same, ""),
        (_, Keep) => (Order::Weaker, "the time of the event leaves as it is"),
        (Keep, _) => (
            Order::Stronger,
            "the time of the event leaves no more as it is",
        ),
        (Truncate(was), Truncate(is)) if was > 0 && is % was == 0 => (Order::Stronger, "coarser"),
        (Truncate(was), Truncate(is)) if is > 0 && was % is == 0 => (Order::Weaker, "finer"),
        (Truncate(_), Truncate(_)) => (Order::Unknown, "neither step is a multiple of the other"),
        (Now, Truncate(_)) | (Truncate(_), Now) => (
            Order::Unknown,
            "the time of writing and a coarse time of the event cannot be compared",
        ),
        (Now, Now) | (Release, Release) => (Order::Same, ""),
        (_, Release) => (Order::Stronger, "all records of a release have one"),
        (Release, _) => (Order::Weaker, "each record has its own"),
    };
    let said = |of: One<'_>| match (of.output.timestamp, of.output.timestamp_span) {
        (Keep, _) => "keep".to_owned(),
        (Now, _) => "now".to_owned(),
        (Release, _) => "release".to_owned(),
        (Truncate(_), Some(span)) => of.said.at(span),
        (Truncate(ms), None) => format!("{{ generalize: {{ time: {} }} }}", duration::spell(ms)),
    };
    found.add(
        order,
        At::output(topic, "timestamp"),
        said(was),
        said(is),
        why,
    );
}

/// What makes a record key: from which place, and by which action.
fn made<'p>(of: One<'p>) -> Option<(String, Option<&'p Value>)> {
    let key = of.output.key.as_ref()?;
    let (from, value) = match &key.make {
        KeyMake::Action(value) => (None, Some(value)),
        KeyMake::Fields(_) => return Some(("`fields` of the record key".to_owned(), None)),
        KeyMake::Like(path) => {
            let fields = of.output.fields.iter();
            let mut writes = fields.flat_map(|f| f.writes.iter().map(move |w| (f, w)));
            let found = writes.find(|(f, w)| f.output_path(w) == path.value);
            (
                found.map(|(f, _)| &f.selector),
                found.map(|(_, w)| &w.value),
            )
        }
    };
    let places: Vec<String> = key.places().map(PlaceName::to_string).collect();
    let from = match (&places[..], from) {
        ([], Some(path)) => format!("value.{path}"),
        _ => places.join(", "),
    };
    Some((from, value))
}

fn key(was: One<'_>, is: One<'_>, found: &mut Found) {
    let topic = is.output.topic.value.as_str();
    let at = At::output(topic, "key");
    let said = |of: One<'_>| {
        let span = of.output.key.as_ref().map(|k| k.span);
        span.map_or_else(|| "null".to_owned(), |span| of.said.at(span))
    };
    let drops =
        |(_, value): &(String, Option<&Value>)| value.is_some_and(|value| value.spec.facts().drops);
    let fields = [was.output.key_fields(), is.output.key_fields()];
    if fields.iter().all(|fields| !fields.is_empty()) {
        let (order, why) = bodies((was.said, fields[0]), (is.said, fields[1]));
        found.add(order, at, said(was), said(is), why);
        return;
    }
    let judged = match (made(was), made(is)) {
        (Some((_, before)), now) if now.as_ref().is_none_or(drops) => {
            match before.is_some_and(holds_back) {
                true => (Order::Unknown, HELD_BACK.to_owned()),
                false if before.is_some_and(|b| b.spec.facts().drops) => return,
                false => (Order::Stronger, "the key leaves no more".to_owned()),
            }
        }
        (None, now) if now.as_ref().is_none_or(drops) => return,
        (None, Some(_)) => (Order::Weaker, "a key that did not leave".to_owned()),
        (Some((a, _)), Some((b, _))) if a != b => (
            Order::Unknown,
            format!("it is made of `{b}` instead of `{a}`"),
        ),
        (Some((_, Some(a))), Some((_, Some(b)))) => {
            let Judged { order, why } = values((was.said, a), (is.said, b));
            (order, why.join("; "))
        }
        _ => (
            Order::Unknown,
            "what makes the key cannot be compared".to_owned(),
        ),
    };
    found.add(judged.0, at, said(was), said(is), judged.1);
}

fn headers(was: One<'_>, is: One<'_>, found: &mut Found) {
    let topic = is.output.topic.value.as_str();
    let of = |one: One<'_>, name: &str| {
        let mut all = one.output.headers.iter();
        all.position(|h| h.name == name && !h.value.spec.facts().drops)
    };
    let names: BTreeSet<&str> = was
        .output
        .headers
        .iter()
        .chain(&is.output.headers)
        .map(|h| h.name.as_str())
        .collect();
    for name in names {
        let at = At::output(topic, &format!("header.{name}"));
        let value = |one: One<'_>, at: usize| one.said.written(&one.output.headers[at].value);
        match (of(was, name), of(is, name)) {
            (None, None) => {}
            (None, Some(n)) => {
                let why = "a header that did not leave";
                found.add(Order::Weaker, at, NOT_WRITTEN, value(is, n), why);
            }
            (Some(n), None) => {
                let (order, why) = match holds_back(&was.output.headers[n].value) {
                    true => (Order::Unknown, HELD_BACK),
                    false => (Order::Stronger, "the header leaves no more"),
                };
                found.add(order, at, value(was, n), NOT_WRITTEN, why);
            }
            (Some(a), Some(b)) => {
                let before = &was.output.headers[a].value;
                let now = &is.output.headers[b].value;
                let judged = values((was.said, before), (is.said, now));
                let why = judged.why.join("; ");
                found.add(judged.order, at, value(was, a), value(is, b), why);
            }
        }
    }
}

fn types(was: One<'_>, is: One<'_>, found: &mut Found) {
    let topic = is.output.topic.value.as_str();
    let (before, now) = (was.output.types.as_deref(), is.output.types.as_deref());
    let (every, order, why) = match (before, now) {
        (Some(_), None) => (
            (NOT_EVERY, EVERY),
            Order::Weaker,
            "every type of record leaves",
        ),
        (None, Some(_)) => {
            let (order, why) = fewer(was, is.said, "only some types of record leave");
            ((EVERY, NOT_EVERY), order, why)
        }
        _ => ((EVERY, EVERY), Order::Same, ""),
    };
    found.add(order, At::output(topic, "types"), every.0, every.1, why);
    let all = |t: Option<&[TypeFields]>| -> BTreeSet<TypePattern> {
        t.into_iter().flatten().map(|t| t.pattern.clone()).collect()
    };
    let patterns: BTreeSet<TypePattern> = &all(before) | &all(now);
    if before.is_none() || now.is_none() {
        // Records of types that none of the two names.
        under(was, is, None, found);
    }
    for pattern in &patterns {
        under(was, is, Some(pattern), found);
    }
}

const EVERY: &str = "every type";
const NOT_EVERY: &str = "those named";

/// Records of one type.
fn under(was: One<'_>, is: One<'_>, pattern: Option<&TypePattern>, found: &mut Found) {
    let topic = is.output.topic.value.as_str();
    let at = || At {
        record_type: pattern.map(ToString::to_string),
        ..At::output(topic, "types")
    };
    let said =
        |t: Option<&TypePattern>| t.map_or_else(|| NOT_EVERY.to_owned(), ToString::to_string);
    match (selected(was, pattern), selected(is, pattern)) {
        (None, None) => {}
        (None, Some(_)) if pattern.is_none() => {
            // Said of `types` as a whole; the fields of all are compared with
            // those of any.
            let before = Allowlist::new(was.said, was.output.fields.iter().map(|f| (f, None)));
            let now = Allowlist::new(is.said, is.output.fields.iter().map(|f| (f, None)));
            allowlists(&before, &now, Some(topic), found);
        }
        (None, Some(_)) => {
            let why = "a type of record that did not leave";
            found.add(Order::Weaker, at(), "(not selected)", said(pattern), why);
        }
        (Some(_), None) => {
            let (order, why) = match pattern {
                Some(_) => fewer(was, is.said, "the type of record leaves no more"),
                None => (Order::Same, ""),
            };
            found.add(order, at(), said(pattern), "(not selected)", why);
        }
        (Some(before), Some(now)) => {
            let before = Allowlist::new(was.said, before.into_iter());
            let now = Allowlist::new(is.said, now.into_iter());
            allowlists(&before, &now, Some(topic), found);
        }
    }
}

/// The fields of records of a type (`None`: of one that no policy names); `None`
/// when they are not selected.
fn selected<'p>(
    of: One<'p>,
    pattern: Option<&TypePattern>,
) -> Option<Vec<(&'p Field, Option<String>)>> {
    let mut list: Vec<(&Field, Option<String>)> =
        of.output.fields.iter().map(|f| (f, None)).collect();
    if let Some(types) = &of.output.types {
        let entry = entry(types, pattern)?;
        let name = pattern.map(ToString::to_string).unwrap_or_default();
        list.extend(entry.fields.iter().map(|f| (f, Some(name.clone()))));
    }
    Some(list)
}

/// The entry that applies to every type that `pattern` stands for: the most
/// exact.
fn entry<'p>(types: &'p [TypeFields], pattern: Option<&TypePattern>) -> Option<&'p TypeFields> {
    let find = |wanted: &TypePattern| types.iter().find(|t| t.pattern == *wanted);
    let pattern = pattern?;
    if let Some(entry) = find(pattern) {
        return Some(entry);
    }
    let text = match pattern {
        TypePattern::Exact(name) => name.as_str(),
        TypePattern::Prefix(start) => start.as_str(),
        TypePattern::Other => return None,
    };
    let prefixes = types.iter().filter_map(|t| match &t.pattern {
        TypePattern::Prefix(start) if text.starts_with(start.as_str()) => Some((start.len(), t)),
        _ => None,
    });
    let longest = prefixes.max_by_key(|(len, _)| *len).map(|(_, t)| t);
    longest.or_else(|| find(&TypePattern::Other))
}
