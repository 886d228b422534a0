//! What records wait for: releases, and what their classes must be.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::{At, Found, NOT_WRITTEN, STATE_FORGOTTEN};
use super::said::Said;
use crate::action::Order;
use crate::anonymity::release::Must;
use crate::language::duration;
use crate::plan::held::Short;
use crate::policy::check::model::{Held, KAnonymous, Output, STATE_ALIAS};

/// Compares what the records of two outputs of one topic wait for.
pub(super) fn compare(was: &Output, is: &Output, said: (&Said, &Said), found: &mut Found) {
    let topic = is.topic.value.as_str();
    let written = |held: &Option<Held>, said: &Said| match held {
        Some(held) => said.at(held.span),
        None => NOT_WRITTEN.to_owned(),
    };
    let mut add = |order, word: &str, was: String, is: String, why| {
        found.add(order, At::output(topic, word), was, is, why);
    };
    let both = (written(&was.held, said.0), written(&is.held, said.1));
    match (&was.held, &is.held) {
        (None, None) => {}
        (None, Some(_)) => {
            let why = "records wait, and leave together in another order, by a group of their own: where the policy runs already it republishes all records that the source holds, unless the settings say `release.start: end` of it";
            add(Order::Stronger, word_of(is), both.0, both.1, why);
        }
        (Some(_), None) => {
            let why = "records leave as they come, each by itself";
            add(Order::Weaker, word_of(was), both.0, both.1, why);
        }
        (Some(was_held), Some(is_held)) => {
            let mut floor = |word: &str, was: u32, is: u32, why| {
                let order = Order::of(was, is).reversed();
                add(order, word, was.to_string(), is.to_string(), why);
            };
            let (a, b) = (was_held, is_held);
            let why = "the fewer leave together, the more often one is told from the others";
            floor("max_records", a.records_max.value, b.records_max.value, why);
            if a.classes.is_none() && b.classes.is_none() {
                let why = "how many records leave together";
                floor("order.shuffled.pool", a.records_min, b.records_min, why);
                let why = "how many persons leave together";
                floor("order.shuffled.subjects", a.people_min, b.people_min, why);
            }
            let mut length = |word: &str, was: Option<i64>, is: Option<i64>, why| {
                let order = Order::of(was, is).reversed();
                let [was, is] =
                    [was, is].map(|ms| ms.map_or(NOT_WRITTEN.to_owned(), duration::spell));
                add(order, word, was, is, why);
            };
            let why = "the longer records wait, the more leave together";
            let delay = |held: &Held| Some(held.delay_max_ms);
            length("max_delay", delay(a), delay(b), why);
            let why = "for how long a person leaves once";
            let once = |held: &Held| held.once_per.as_ref().map(|o| o.value);
            length("once_per", once(a), once(b), why);
            let why = match b.short {
                Short::Hold => "records that are too few leave later",
                Short::Suppress => "records that are too few never leave",
            };
            let waits = |held: &Held| held.short == Short::Hold;
            let word = |held: &Held| match held.short {
                Short::Hold => "hold".to_owned(),
                Short::Suppress => "suppress".to_owned(),
            };
            add(
                Order::of(waits(a), waits(b)),
                "short",
                word(a),
                word(b),
                why,
            );
            let kind = |of: &Held, said: &Said| said.subject_kind(of.subject.as_ref());
            let (counted, counts) = (kind(a, said.0), kind(b, said.1));
            if counted != counts {
                let why = "somebody else is a person, of whom classes hold so many";
                add(Order::Unknown, "subject", counted, counts, why);
            }
            let [before, now] = [said.0, said.1].map(|said| said.key_written(STATE_ALIAS));
            if a.once_per.is_some() && b.once_per.is_some() && before != now {
                add(Order::Unknown, "keys: state", before, now, STATE_FORGOTTEN);
            }
            match (&a.classes, &b.classes) {
                (Some(a), Some(b)) => classes((a, b), topic, found),
                (Some(_), None) => {
                    let why = "records leave in no class";
                    add(Order::Weaker, "k_anonymous", both.0, both.1, why);
                }
                (None, Some(_)) => {
                    let why = "records leave in classes";
                    add(Order::Stronger, "k_anonymous", both.0, both.1, why);
                }
                (None, None) => {}
            }
        }
    }
}

fn word_of(output: &Output) -> &'static str {
    match output.held.as_ref().and_then(|held| held.classes.as_ref()) {
        Some(_) => "k_anonymous",
        None => "order",
    }
}

fn classes((was, is): (&KAnonymous, &KAnonymous), topic: &str, found: &mut Found) {
    let mut add = |order, word: &str, was: String, is: String, why| {
        found.add(order, At::output(topic, word), was, is, why);
    };
    let (a, b) = (was.k.value, is.k.value);
    let why = "the least persons of a class";
    add(
        Order::of(a, b).reversed(),
        "k_anonymous.k",
        a.to_string(),
        b.to_string(),
        why,
    );
    let (a, b) = (was.per_person_max, is.per_person_max);
    let why = "the most records of one person in a release";
    add(
        Order::of(a, b),
        "k_anonymous.per_subject",
        a.to_string(),
        b.to_string(),
        why,
    );
    let mode = |of: &KAnonymous| if of.tightest { "box" } else { "grid" };
    let why = "where classes end";
    add(
        Order::of(was.tightest, is.tightest),
        "k_anonymous.mode",
        mode(was).to_owned(),
        mode(is).to_owned(),
        why,
    );
    let free = |of: &KAnonymous| -> BTreeSet<String> {
        of.free.iter().map(|f| f.value.to_string()).collect()
    };
    let (a, b) = (free(was), free(is));
    let list = |of: &BTreeSet<String>| match of.is_empty() {
        true => NOT_WRITTEN.to_owned(),
        false => of.iter().cloned().collect::<Vec<_>>().join(", "),
    };
    let why = "fields of which nothing is demanded";
    add(
        Order::of_sets(&a, &b),
        "k_anonymous.free",
        list(&a),
        list(&b),
        why,
    );
    let aside = |of: &KAnonymous| {
        format!(
            "{} ({})",
            of.remainder,
            if of.aside_leaves { "star" } else { "suppress" }
        )
    };
    let (a, b) = (aside(was), aside(is));
    let order = if a == b { Order::Same } else { Order::Unknown };
    let why = "who is set aside, and whether that leaves";
    add(order, "k_anonymous.remainder", a, b, why);
    floors((was, is), topic, found);
}

/// What is demanded of sensitive values, field by field.
fn floors((was, is): (&KAnonymous, &KAnonymous), topic: &str, found: &mut Found) {
    let of = |k: &KAnonymous| {
        let mut floors: BTreeMap<String, Vec<Must>> = BTreeMap::new();
        for (field, must) in &k.floors {
            floors
                .entry(field.value.to_string())
                .or_default()
                .push(*must);
        }
        floors
    };
    let (was, is) = (of(was), of(is));
    let fields: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for field in fields {
        let (order, why) = match (was.get(field), is.get(field)) {
            (Some(a), Some(b)) if a == b => continue,
            (Some(a), Some(b)) => (demanded(a, b), "what each class must hold of it"),
            (Some(_), None) => (
                Order::Weaker,
                "nothing is demanded of its values in a class",
            ),
            (None, _) => (Order::Stronger, "its values must differ in a class"),
        };
        let text = |of: Option<&Vec<Must>>| match of {
            Some(musts) => musts
                .iter()
                .map(|m| said(*m))
                .collect::<Vec<_>>()
                .join(", "),
            None => NOT_WRITTEN.to_owned(),
        };
        let at = At::output(topic, &format!("k_anonymous: {field}"));
        found.add(order, at, text(was.get(field)), text(is.get(field)), why);
    }
}

/// As the policy spells it.
fn said(must: Must) -> String {
    match must {
        Must::Distinct(l) => format!("distinct: {l}"),
        Must::Entropy(l) => format!("entropy: {l}"),
        Must::Recursive { c, l } => format!("recursive: [{c}, {l}]"),
        Must::Close {
            max,
            ordered: false,
        } => format!("max: {max}"),
        Must::Close { max, ordered: true } => format!("max: {max}, ordered"),
    }
}

/// Of two lists of demands: the one keeps what each of the other's demands.
fn demanded(was: &[Must], is: &[Must]) -> Order {
    let kept = |by: &[Must], of: &[Must]| {
        of.iter().all(|of| {
            by.iter()
                .any(|by| matches!(compared(*of, *by), Order::Same | Order::Stronger))
        })
    };
    match (kept(is, was), kept(was, is)) {
        (true, true) => Order::Same,
        (true, false) => Order::Stronger,
        (false, true) => Order::Weaker,
        (false, false) => Order::Unknown,
    }
}

fn compared(was: Must, is: Must) -> Order {
    match (was, is) {
        (Must::Distinct(a), Must::Distinct(b)) | (Must::Entropy(a), Must::Entropy(b)) => {
            Order::of(a, b).reversed()
        }
        (Must::Close { max: a, ordered: x }, Must::Close { max: b, ordered: y }) if x == y => {
            Order::of(a, b)
        }
        _ if was == is => Order::Same,
        _ => Order::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::diff;
    use super::super::tests::said;

    const BASE: &str = r#"
apiVersion: veil/v1
kind: Policy
metadata: { name: shop, version: 1, owner: data }
source: { topic: raw, writers: own, subject: { customer: id, purchase: tx } }
keys: { quarantine: { ref: "file:keyring.json#quarantine" } }
classes: { fields: { id: user.unique_id, tx: user.unique_id, age: user.demographic.age_range, plan: none } }
outputs:
  - topic: public
    purpose: analytics.reporting
    domain: public
    basis: contract
    k_anonymous: { k: 10, l: [{ field: plan, distinct: 2 }], max_records: 5000 }
    once_per: 365d
    fields:
      age: { quasi: { prefix: [3, 1] } }
      plan: { keep: { one_of: [free, team] } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
"#;

    fn found(from: &str, to: &str) -> Vec<(String, String)> {
        assert_eq!(BASE.matches(from).count(), 1, "`{from}` stands once");
        let list = diff(&said(BASE), &said(&BASE.replacen(from, to, 1)));
        let each = list.iter();
        each.map(|d| (d.field.clone(), format!("{:?}", d.verdict)))
            .collect()
    }

    fn one(field: &str, verdict: &str) -> Vec<(String, String)> {
        vec![(field.to_owned(), verdict.to_owned())]
    }

    #[test]
    fn classes_of_fewer_are_weaker_and_classes_of_others_cannot_be_compared() {
        assert_eq!(found("k: 10", "k: 5"), one("k_anonymous.k", "Weaker"));
        assert_eq!(
            found("once_per: 365d", "once_per: 30d"),
            one("once_per", "Weaker")
        );
        assert_eq!(
            found("max_records: 5000", "max_records: 500"),
            one("max_records", "Weaker")
        );
        assert_eq!(
            found("max_records: 5000", "max_records: 9000"),
            one("max_records", "Stronger")
        );
        let delay = "max_records: 5000, max_delay: 2h";
        assert_eq!(
            found("max_records: 5000", delay),
            one("max_delay", "Stronger")
        );
        let hold = "max_records: 5000, short: hold";
        assert_eq!(found("max_records: 5000", hold), one("short", "Weaker"));
        let demand = |l: &str, t: &str| format!("{l}, t: [{{ field: plan, max: {t} }}]");
        let l2 = "l: [{ field: plan, distinct: 2 }]";
        let l3 = "l: [{ field: plan, distinct: 3 }]";
        let recursive = "l: [{ field: plan, recursive: [2, 2] }]";
        for (was, is, verdict) in [
            (demand(l2, "0.2"), demand(l2, "0.3"), "Weaker"),
            (demand(l2, "0.2"), demand(l3, "0.2"), "Stronger"),
            (demand(l2, "0.2"), l2.to_owned(), "Weaker"),
            (l2.to_owned(), demand(l3, "0.2"), "Stronger"),
            (demand(l2, "0.2"), demand(l3, "0.3"), "Changed"),
            (
                demand(recursive, "0.2"),
                demand(recursive, "0.1"),
                "Stronger",
            ),
        ] {
            let [was, is] = [was, is].map(|l| said(&BASE.replacen(l2, &l, 1)));
            let found: Vec<_> = diff(&was, &is)
                .iter()
                .map(|d| format!("{:?}", d.verdict))
                .collect();
            assert_eq!(found, [verdict]);
        }
        let other = [
            ("customer: id, purchase: tx", "customer: tx, purchase: id"),
            ("customer: id, purchase: tx", "customer: tx"),
            ("k: 10,", "k: 10, subject: purchase,"),
        ];
        for (from, to) in other {
            let found = found(from, to);
            assert!(found.iter().any(|(_, v)| v == "Changed"), "{to}: {found:?}");
        }
    }
}
