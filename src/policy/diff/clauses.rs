//! Clauses of the policy as a whole.

use std::collections::BTreeSet;

use super::difference::{At, Found, NOT_WRITTEN, or_not_written};
use super::keys::KeyInForce;
use super::said::Said;
use crate::action::Order;
use crate::policy::check::model::{Allowance, Source, Spelled};
use crate::policy::check::values;
use crate::record::Nothing;
use crate::record::path::Selector;

/// Its name, which makes the group, and what it reads.
pub fn source(was: &Said, is: &Said, found: &mut Found) {
    let (a, b) = (&was.policy, &is.policy);
    if a.name != b.name {
        let why = "the name makes the consumer group: everything is read and written again";
        found.add(
            Order::Unknown,
            At::policy("metadata.name"),
            &a.name,
            &b.name,
            why,
        );
    }
    let topics = |s: &Said| -> BTreeSet<String> {
        s.policy
            .source
            .topics
            .iter()
            .map(|t| t.value.clone())
            .collect()
    };
    let (before, now) = (topics(was), topics(is));
    for topic in now.difference(&before) {
        let why = "a topic that was not read";
        found.add(
            Order::Weaker,
            At::policy("source.topics"),
            NOT_WRITTEN,
            topic,
            why,
        );
    }
    for topic in before.difference(&now) {
        let why = "the topic is read no more";
        found.add(
            Order::Stronger,
            At::policy("source.topics"),
            topic,
            NOT_WRITTEN,
            why,
        );
    }
    let apart = |s: &Said| {
        s.policy.source.split.as_ref().map(|split| {
            let lifts = if split.lifts.is_some() {
                ", lift: true"
            } else {
                ""
            };
            format!("{}{lifts}", split.text)
        })
    };
    let (before, now) = (apart(was), apart(is));
    if before != now {
        let why = "other parts of what is read are records, so what leaves of them cannot be held side by side";
        found.add(
            Order::Unknown,
            At::policy("source.split"),
            or_not_written(before.as_deref()),
            or_not_written(now.as_deref()),
            why,
        );
    }
    let key = |source: &Source| match (&source.key_format, source.key_is_json) {
        (Some(of), _) => of.value.word(),
        (None, true) => "json",
        (None, false) => "text",
    };
    let (before, now) = (key(&a.source), key(&b.source));
    if before != now {
        let why = "record keys are read in another way";
        found.add(Order::Unknown, At::policy("source.key"), before, now, why);
    }
    let paths = |list: &[Spelled<Selector>]| {
        let texts = list.iter().map(|s| s.value.to_string());
        texts.collect::<Vec<_>>().join(", ")
    };
    let by_type = |s: &Said| s.policy.outputs.iter().any(|o| o.types.is_some());
    let of = |source: &Source| match &source.type_header {
        Some(header) => format!("header.{}", header.value),
        None if source.type_schema.is_some() => "schema".to_owned(),
        None => paths(&source.types),
    };
    let (before, now) = (of(&a.source), of(&b.source));
    if before != now && by_type(was) && by_type(is) {
        let why = "the types of records are found in another way";
        found.add(Order::Unknown, At::policy("source.type"), before, now, why);
    }
    let by_subject = |s: &Said| {
        let mut all = s.policy.outputs.iter().flat_map(values);
        s.policy.state.is_some()
            || all.any(|v| v.spec.facts().needs_subject)
            || s.policy
                .outputs
                .iter()
                .any(|o| o.held.is_some() || o.counts.is_some())
    };
    let people = |s: &Said| {
        let kinds = s.policy.source.subject.kinds.iter();
        let said = kinds.map(|kind| {
            format!(
                "{}: {} by {}",
                kind.name,
                paths(&kind.paths),
                kind.canon.id()
            )
        });
        said.collect::<Vec<_>>().join("; ")
    };
    let (before, now) = (people(was), people(is));
    if before != now && by_subject(was) && by_subject(is) {
        let why = "the person of a record is found in another way";
        found.add(
            Order::Unknown,
            At::policy("source.subject"),
            before,
            now,
            why,
        );
    }
}

/// Texts that stand for no value.
pub fn nothing(was: &Said, is: &Said, found: &mut Found) {
    let (a, b) = (&was.policy.nothing, &is.policy.nothing);
    let of = |n: &Nothing| n.words().map(str::to_owned).collect::<BTreeSet<_>>();
    let (before, now) = (of(a), of(b));
    let said = |words: &BTreeSet<String>| words.iter().cloned().collect::<Vec<_>>().join(", ");
    for (order, more, why) in [
        (
            Order::Stronger,
            &now - &before,
            "nothing leaves of these texts where an identifier should stand",
        ),
        (
            Order::Weaker,
            &before - &now,
            "these texts are taken for identifiers, and leave as codes or coarser values",
        ),
    ] {
        if more.is_empty() {
            continue;
        }
        let at = At::policy("nothing");
        match order {
            Order::Weaker => found.add(order, at, said(&more), NOT_WRITTEN, why),
            _ => found.add(order, at, NOT_WRITTEN, said(&more), why),
        }
    }
}

/// Where refused records go, to whom they are sealed, and how long they stay.
pub fn quarantine(was: &Said, is: &Said, found: &mut Found) {
    let (before, now) = match (&was.policy.quarantine, &is.policy.quarantine) {
        (None, None) => return,
        (Some(a), None) => {
            let why = "what is refused has no place to go";
            let at = At::policy("quarantine");
            return found.add(Order::Weaker, at, &a.topic.value, NOT_WRITTEN, why);
        }
        (None, Some(b)) => {
            let why = "what is refused leaves, sealed, to a topic of its own";
            let at = At::policy("quarantine");
            return found.add(Order::Unknown, at, NOT_WRITTEN, &b.topic.value, why);
        }
        (Some(a), Some(b)) => (a, b),
    };
    if before.topic.value != now.topic.value {
        let why = "what is refused goes to another topic";
        let (was, is) = (&before.topic.value, &now.topic.value);
        found.add(Order::Unknown, At::policy("quarantine.topic"), was, is, why);
    }
    let key =
        |said: &Said, key: &Option<Spelled>| key.as_ref().and_then(|k| said.key_ref(&k.value));
    let (a, b) = (key(was, &before.key), key(is, &now.key));
    if a != b {
        let why = "what is refused is sealed to somebody else";
        let (was, is) = (or_not_written(a.as_deref()), or_not_written(b.as_deref()));
        found.add(Order::Unknown, At::policy("quarantine.key"), was, is, why);
    }
    let reader = |q: &Option<Spelled>| q.as_ref().map(|r| r.value.clone());
    let (a, b) = (reader(&before.recipient), reader(&now.recipient));
    if a != b {
        let why = "what is refused is said to be opened by somebody else";
        let (was, is) = (or_not_written(a.as_deref()), or_not_written(b.as_deref()));
        let at = At::policy("quarantine.recipient");
        found.add(Order::Unknown, at, was, is, why);
    }
    let order = match (before.retention_ms, now.retention_ms) {
        (None, None) => Order::Same,
        (None, Some(_)) => Order::Stronger,
        (Some(_), None) => Order::Weaker,
        (Some(a), Some(b)) => Order::of(a, b),
    };
    let why = match order {
        Order::Weaker => "what is refused may be kept longer",
        _ => "what is refused is kept no longer",
    };
    let said = |ms: Option<i64>| ms.map_or_else(|| NOT_WRITTEN.to_owned(), |ms| format!("{ms} ms"));
    let (a, b) = (said(before.retention_ms), said(now.retention_ms));
    found.add(order, At::policy("quarantine.retention"), a, b, why);
}

/// What `dangerously:` allows.
pub fn allowances(was: &Said, is: &Said, found: &mut Found) {
    let covers = |wide: &Allowance, narrow: &Allowance| {
        let outputs = wide.outputs.is_empty()
            || !narrow.outputs.is_empty()
                && narrow.outputs.iter().all(|o| wide.outputs.contains(o));
        let field = wide.field.is_none() || wide.field == narrow.field;
        let until = match (wide.until, narrow.until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(wide), Some(narrow)) => narrow <= wide,
        };
        wide.allow.name == narrow.allow.name && outputs && field && until
    };
    let (before, now) = (&was.policy.allowances, &is.policy.allowances);
    for allowed in now {
        if !before.iter().any(|b| covers(b, allowed)) {
            let why = "allowed although it was not, or longer, or for more";
            let at = At::policy("dangerously");
            found.add(Order::Weaker, at, NOT_WRITTEN, is.at(allowed.span), why);
        }
    }
    for allowed in before {
        if !now.iter().any(|n| covers(n, allowed)) {
            let why = "allowed no more, or shorter, or for less";
            let at = At::policy("dangerously");
            found.add(Order::Stronger, at, was.at(allowed.span), NOT_WRITTEN, why);
        }
    }
}

/// Compares the versions that the keyrings had then and have now.
pub fn keys(was: &Said, is: &Said, found: &mut Found) {
    for key in &is.keys {
        for before in was.keys.iter().filter(|k| k.reference == key.reference) {
            let at = || At::policy(&format!("keys: {}", key.reference));
            let said = |version: Option<u32>| {
                version.map_or_else(|| "none".to_owned(), |v| format!("version {v}"))
            };
            let older = matches!((before.seals, key.seals), (Some(a), Some(b)) if b < a);
            if older {
                let why = "an older version of the key seals";
                found.add(
                    Order::Weaker,
                    at(),
                    said(before.seals),
                    said(key.seals),
                    why,
                );
            }
            if let (Some(a), Some(b)) = (before.codes, key.codes)
                && a != b
            {
                let why =
                    "another version of the key makes the codes: they are others, and joins break";
                found.add(Order::Unknown, at(), said(Some(a)), said(Some(b)), why);
            }
            for (version, _) in others(before, key) {
                let why = "another key stands under this version: what it makes joins with nothing \
                           that was made, and somebody else may turn it back";
                found.add(
                    Order::Unknown,
                    at(),
                    said(Some(*version)),
                    format!("version {version}, another key"),
                    why,
                );
            }
            let same_version = before.seals == key.seals;
            if let (Some(a), Some(b), true) = (before.public, key.public, same_version)
                && a != b
            {
                let why = "the public key under this version is another one: somebody else opens what is refused";
                found.add(
                    Order::Unknown,
                    at(),
                    said(before.seals),
                    said(key.seals),
                    why,
                );
            }
        }
    }
}

/// The versions under which another key stands now.
fn others<'k>(
    was: &'k KeyInForce,
    is: &'k KeyInForce,
) -> impl Iterator<Item = (&'k u32, &'k [u8; 8])> {
    let before = was.checks.as_ref();
    let now = is.checks.iter().flatten();
    now.filter(move |(version, check)| {
        let known = before.and_then(|checks| checks.get(version));
        known.is_some_and(|known| known != *check)
    })
}
