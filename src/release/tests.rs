use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::testing::planned;
use super::{Arrived, Released, TooFew, Waiting, WhyLeftOut};
use crate::crypto::entropy::Entropy;
use crate::crypto::noise::Draws;
use crate::pipeline::{Destination, InBatch, OutBatch, Worker, sanitize};
use crate::plan::Plan;
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;

/// A source of draws that differs from seed to seed.
struct Seed(u8);

impl Entropy for Seed {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(self.0);
    }
}

fn words(seed: u8) -> Draws {
    Draws::fresh(&mut Seed(seed)).unwrap()
}

fn plan(output: &str) -> Arc<Plan> {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
         source: {{ topic: raw, subject: who }}\noutputs:\n  - topic: out\n    purpose: sales\n    \
         domain: d\n{output}"
    );
    planned(text)
}

fn sanitized(plan: &Arc<Plan>, values: &[String]) -> OutBatch {
    let lane = Lane {
        topic: "raw".into(),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    for (offset, value) in (0..).zip(values) {
        let at = Timestamp::Create(1_772_361_727_123);
        batch.raw.push(offset, at, None, Some(value.as_bytes()), []);
    }
    sanitize(batch, &mut Worker::of_the_system()).unwrap_or_else(|_| panic!("nothing is asked"))
}

fn waiting(plan: &Arc<Plan>, values: &[String], seed: u8) -> (Waiting, Draws) {
    let out = sanitized(plan, values);
    assert!(out.counts.balances());
    let mut words = words(seed);
    let mut waiting = Waiting::new(plan, 0, &mut words).unwrap();
    Arrived::of(&out, 0).for_each(|record| waiting.take(record));
    (waiting, words)
}

fn texts(released: &Released) -> Vec<String> {
    let text = |value: &Vec<u8>| String::from_utf8(value.clone()).unwrap();
    released.records.iter().map(|r| text(&r.value)).collect()
}

const K: &str = "    k_anonymous: { k: 5, max_records: 1000, l: [{ field: paid, distinct: 2 }], free: [n] }\n    \
    once_per: 30d\n    fields:\n      age: { quasi: { number: { step: 5, bottom: 15, top: 90 } } }\n      \
    zip: { quasi: { prefix: [3, 1] } }\n      paid: keep\n      n: keep\n";

/// Records of as many persons, of whom everything is drawn.
fn people(count: u64) -> Vec<String> {
    let mut state = 7_u64;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    (0..count)
        .map(|n| {
            let (age, zip, paid) = (draw(100), draw(40), draw(3));
            match n % 17 {
                0 => format!(r#"{{"who":{n},"n":{n},"paid":{paid}}}"#),
                1 => {
                    format!(r#"{{"paid":{paid},"n":{n},"zip":"1{zip:02}15","age":null,"who":{n}}}"#)
                }
                _ => format!(
                    r#"{{"n":{n},"who":{n},"age":{age},"zip":"1{zip:02}15","paid":{paid}}}"#
                ),
            }
        })
        .collect()
}

fn sorted(numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn nobody_stands_alone_and_everybody_leaves_once() {
    let plan = plan(K);
    for count in [5, 6, 40, 700] {
        let (mut waiting, mut words) = waiting(&plan, &people(count), 1);
        let released = waiting.release(&mut words).unwrap();
        // Judged by what left alone.
        let mut classes: BTreeMap<(String, String), (u64, BTreeSet<String>)> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for text in texts(&released) {
            let row: serde_json::Value = serde_json::from_str(&text).unwrap();
            let names: Vec<&String> = row.as_object().unwrap().keys().collect();
            assert_eq!(names.len(), 4, "{text}");
            assert!(text.starts_with(r#"{"age":"#), "{text}");
            assert!(seen.insert(row["n"].as_u64().unwrap()));
            let class = (row["age"].to_string(), row["zip"].to_string());
            let class = classes.entry(class).or_default();
            class.0 += 1;
            class.1.insert(row["paid"].to_string());
        }
        assert_eq!(seen.len() as u64, count);
        assert!(classes.values().all(|(n, paid)| *n >= 5 && paid.len() >= 2));
        let figures = released.classes.unwrap();
        assert!((0.0..=1.0).contains(&figures.loss) && figures.penalty == figures.loss);
        let sizes = classes.values().map(|(n, _)| *n as u32);
        assert_eq!(figures.people, sorted(sizes));
        let paid = classes.values().map(|(_, paid)| paid.len()).min().unwrap();
        assert_eq!(figures.reached, [paid as f64]);
        assert_eq!(waiting.left_out().total(), 0);
        assert!(waiting.is_empty());
    }
}

#[test]
fn what_comes_out_is_the_set_and_not_the_order() {
    let plan = plan(K);
    let mut values = people(300);
    let sorted = |released: &Released| {
        let mut texts = texts(released);
        texts.sort();
        texts
    };
    let (mut first, mut draws) = waiting(&plan, &values, 1);
    let first = first.release(&mut draws).unwrap();
    let (mut again, mut draws) = waiting(&plan, &values, 2);
    let again = again.release(&mut draws).unwrap();
    assert_eq!(sorted(&first), sorted(&again));
    // In another order, neither of which is that of the source.
    assert_ne!(texts(&first), texts(&again));
    let numbers = |released: &Released| -> Vec<u64> {
        let each = texts(released).into_iter();
        each.map(|t| {
            serde_json::from_str::<serde_json::Value>(&t).unwrap()["n"]
                .as_u64()
                .unwrap()
        })
        .collect()
    };
    let rising = numbers(&first).windows(2).filter(|p| p[0] < p[1]).count();
    assert!((110..190).contains(&rising), "{rising}");
    // A release of the same records says nothing of which came first but by its ties.
    values.reverse();
    let (mut other, mut draws) = waiting(&plan, &values, 1);
    let other = other.release(&mut draws).unwrap();
    assert_eq!(sorted(&other).len(), 300);
}

#[test]
fn too_few_leave_nothing_and_wait_on() {
    let plan = plan(K);
    let (mut waiting, mut words) = waiting(&plan, &people(4), 1);
    assert_eq!(waiting.release(&mut words).err(), Some(TooFew::People));
    assert_eq!(waiting.len(), 4);
    waiting.leave_out();
    assert_eq!(waiting.left_out().of(WhyLeftOut::Short), 4);
    assert!(waiting.is_empty());
    // Enough persons of whom all have paid the same.
    let same: Vec<String> = (0..9)
        .map(|n| format!(r#"{{"who":{n},"n":1,"age":30,"paid":1}}"#))
        .collect();
    let (mut waiting, mut words) = self::waiting(&plan, &same, 1);
    assert_eq!(waiting.release(&mut words).err(), Some(TooFew::NoClass));
    assert_eq!(waiting.len(), 9);
}

#[test]
fn persons_are_counted_and_not_records() {
    let plan = plan(K);
    // Ten records of two persons, one of nobody.
    let mut values: Vec<String> = (0..10)
        .map(|n| format!(r#"{{"who":{},"n":{n},"age":30,"paid":{n}}}"#, n % 2))
        .collect();
    values.push(r#"{"n":10,"age":30,"paid":1}"#.to_owned());
    let (mut waiting, mut words) = waiting(&plan, &values, 1);
    assert_eq!((waiting.len(), waiting.people()), (2, 2));
    assert_eq!(waiting.left_out().of(WhyLeftOut::OverCap), 8);
    assert_eq!(waiting.left_out().of(WhyLeftOut::NoSubject), 1);
    assert_eq!(waiting.release(&mut words).err(), Some(TooFew::People));
}

#[test]
fn which_record_of_a_person_leaves_says_chance() {
    let plan = plan(K);
    let mut values = people(30);
    values.push(r#"{"who":7,"n":1000,"age":30,"zip":"10115","paid":1}"#.to_owned());
    let last = |seed| {
        let (mut waiting, mut words) = waiting(&plan, &values, seed);
        let released = waiting.release(&mut words).unwrap();
        texts(&released).iter().any(|t| t.contains("\"n\":1000"))
    };
    let times = (0..32).filter(|seed| last(*seed)).count();
    assert!((4..=28).contains(&times), "{times}");
}

#[test]
fn who_was_in_a_release_is_in_no_other() {
    let plan = plan(K);
    let out = sanitized(&plan, &people(30));
    let mut words = words(1);
    let mut waiting = Waiting::new(&plan, 0, &mut words).unwrap();
    for _ in 0..2 {
        Arrived::of(&out, 0).for_each(|record| waiting.take(record));
        let _ = waiting.release(&mut words);
    }
    assert_eq!(waiting.left_out().of(WhyLeftOut::AlreadyReleased), 30);
}

#[test]
fn outliers_are_left_out_or_say_nothing() {
    let output = |then| {
        K.replace(
            "free: [n]",
            &format!("free: [n], remainder: {{ then: {then}, share: 0.05 }}"),
        )
    };
    let mut values: Vec<String> = (0..200)
        .map(|n| {
            format!(
                r#"{{"who":{n},"n":{n},"age":30,"zip":"10115","paid":{}}}"#,
                n % 2
            )
        })
        .collect();
    for n in 200..206 {
        let age = 16 + 12 * (n - 200);
        values.push(format!(
            r#"{{"who":{n},"n":{n},"age":{age},"zip":"{}","paid":{}}}"#,
            n % 7,
            n % 2
        ));
    }
    let (mut left_out, mut words) = waiting(&plan(&output("suppress")), &values, 1);
    let released = left_out.release(&mut words).unwrap();
    let gone = left_out.left_out().of(WhyLeftOut::Remainder);
    assert_eq!(released.records.len() as u64 + gone, 206);
    let (mut starred, mut words) = waiting(&plan(&output("star")), &values, 1);
    let released = starred.release(&mut words).unwrap();
    assert_eq!(released.records.len(), 206);
    let stars = texts(&released)
        .iter()
        .filter(|t| t.contains(r#""age":"*","zip":"*""#))
        .count();
    assert!(stars as u64 >= gone && gone >= 5, "{stars} {gone}");
    // What was set aside is a class, and what it has lost is lost.
    let figures = released.classes.unwrap();
    let people: u32 = figures.people.iter().sum();
    assert_eq!(people, 206);
    assert!(figures.people.contains(&(stars as u32)), "{figures:?}");
    assert!(figures.penalty > figures.loss, "{figures:?}");
}

#[test]
fn shuffled_records_leave_together_and_keep_their_keys() {
    let plan = plan(
        "    order: { shuffled: { pool: 1000, subjects: 100, max_delay: 1h } }\n    \
         key: { like: n }\n    fields:\n      b: keep\n      n: keep\n",
    );
    let values: Vec<String> = (0..1_000)
        .map(|n| format!(r#"{{"n":"k{n}","who":{},"b":1.50}}"#, n % 150))
        .collect();
    let (mut waiting, mut words) = waiting(&plan, &values, 1);
    assert!(!waiting.is_full());
    let released = waiting.release(&mut words).unwrap();
    assert_eq!((released.records.len(), released.people), (1_000, 150));
    for record in &released.records {
        let key = String::from_utf8(record.key.clone().unwrap()).unwrap();
        let value = format!(r#"{{"b":1.5,"n":"{key}"}}"#);
        assert_eq!(String::from_utf8(record.value.clone()).unwrap(), value);
        // That of its release.
        assert_eq!(record.at_ms, None);
    }
    let (mut short, mut words) = self::waiting(&plan, &values[..999], 1);
    assert_eq!(short.release(&mut words).err(), Some(TooFew::People));
    let few: Vec<String> = (0..1_000)
        .map(|n| format!(r#"{{"n":"{n}","who":{}}}"#, n % 99))
        .collect();
    let (mut short, mut words) = self::waiting(&plan, &few, 1);
    assert_eq!(short.release(&mut words).err(), Some(TooFew::People));
}

#[test]
fn what_waits_is_no_record_of_the_output() {
    let plan = plan(K);
    let out = sanitized(&plan, &people(3));
    let held = |r: &crate::pipeline::OutRecord| r.destination == Destination::Held(0);
    assert!(out.records().iter().all(held) && out.records().len() == 3);
    assert_eq!(plan.waiting().map(|o| &*o.topic), Some("out"));
}

/// Lanes come and go: with one go its records, and what was counted of it.
#[test]
fn a_lane_that_goes_takes_its_records_along_and_what_was_counted_of_it() {
    let plan = plan(K);
    let mut values = people(40);
    values.push(r#"{"n":40}"#.to_owned());
    let out = sanitized(&plan, &values);
    let mut words = words(1);
    let mut waiting = Waiting::new(&plan, 0, &mut words).unwrap();
    for mut record in Arrived::of(&out, 0) {
        record.place.0 = u16::try_from(record.place.1 % 4).unwrap();
        waiting.take(record);
    }
    assert_eq!(waiting.left_out().of(WhyLeftOut::NoSubject), 1);
    let before = waiting.bytes();
    // The last one of these frees what the others left behind.
    let gone = [0, 1, 2].map(|lane| waiting.drop_lane(lane));
    assert_eq!((gone, waiting.drop_lane(0)), ([10; 3], 0));
    assert_eq!((waiting.len(), waiting.people()), (10, 10));
    assert!(waiting.bytes() < before / 2);
    assert_eq!(waiting.left_out().total(), 0);
    assert!(waiting.holds(3) && !waiting.holds(0));
    let released = waiting.release(&mut words).unwrap();
    let mut left: Vec<u64> = texts(&released)
        .iter()
        .map(|text| {
            let row: serde_json::Value = serde_json::from_str(text).unwrap();
            row["n"].as_u64().unwrap()
        })
        .collect();
    left.sort_unstable();
    assert_eq!(left, (0..10).map(|n| 4 * n + 3).collect::<Vec<_>>());
    assert_eq!((waiting.drop_lane(3), waiting.bytes()), (0, 0));
}

/// Different sensitive values take memory, until the last record that has one is gone.
#[test]
fn memory_of_different_values_is_counted_and_freed() {
    let plan = plan(K);
    let paid = |distinct: bool| {
        let each = (0..40).map(|n| {
            let paid = if distinct { n } else { 0 };
            format!(r#"{{"n":1,"who":{n},"age":30,"zip":"10115","paid":"{paid:030}"}}"#)
        });
        each.collect::<Vec<_>>()
    };
    let (same, _) = waiting(&plan, &paid(false), 1);
    let mut words = words(1);
    let mut many = Waiting::new(&plan, 0, &mut words).unwrap();
    for mut record in Arrived::of(&sanitized(&plan, &paid(true)), 0) {
        record.place.0 = u16::from(record.place.1 >= 10);
        many.take(record);
    }
    // Quotes belong to it; each of them stands in a list and in a table.
    assert_eq!(many.bytes() - same.bytes(), 39 * 2 * (32 + 16));
    let (few, _) = waiting(&plan, &paid(true)[..10], 1);
    assert_eq!(many.drop_lane(1), 30);
    assert_eq!(many.bytes(), few.bytes());
    assert_eq!(many.release(&mut words).unwrap().records.len(), 10);
}

/// The same classes, by their ends.
#[test]
fn a_class_leaves_as_its_ends() {
    let bounds = K.replace("top: 90 } }", "top: 90 }, form: bounds }");
    let values = people(300);
    let released = |output: &str| {
        let (mut waiting, mut words) = waiting(&plan(output), &values, 1);
        let released = waiting.release(&mut words).unwrap();
        let row = |text: &String| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let rows = texts(&released);
        let rows = rows
            .iter()
            .map(row)
            .map(|row| (row["n"].as_u64().unwrap(), row));
        rows.collect::<BTreeMap<_, _>>()
    };
    let (labels, ends) = (released(K), released(&bounds));
    assert_eq!((labels.len(), ends.len()), (300, 300));
    let mut open = 0;
    for (n, row) in &ends {
        let names: Vec<&String> = row.as_object().unwrap().keys().collect();
        assert_eq!(names, ["age_from", "age_to", "n", "paid", "zip"], "{row}");
        let (from, to) = (row["age_from"].as_i64(), row["age_to"].as_i64());
        open += u64::from(from.is_none() || to.is_none());
        let label = match (from, to) {
            (Some(from), Some(to)) => format!("{from}-{}", to - 1),
            (Some(from), None) => format!(">={from}"),
            (None, Some(to)) => format!("<{to}"),
            (None, None) => "*".to_owned(),
        };
        match labels[n]["age"].as_str() {
            Some(text) => assert_eq!(text, label),
            None => assert_eq!((from, to), (None, None)),
        }
    }
    assert!(open > 0 && open < 300, "{open}");
}

#[test]
fn what_says_nothing_has_no_ends() {
    let output = K
        .replace("top: 90 } }", "top: 90 }, form: bounds }")
        .replace(
            "free: [n]",
            "free: [n], remainder: { then: star, share: 0.05 }",
        );
    let mut values: Vec<String> = (0..200)
        .map(|n| {
            format!(
                r#"{{"who":{n},"n":{n},"age":30,"zip":"10115","paid":{}}}"#,
                n % 2
            )
        })
        .collect();
    for n in 200..206 {
        let (age, zip) = (16 + 12 * (n - 200), n % 7);
        values.push(format!(
            r#"{{"who":{n},"n":{n},"age":{age},"zip":"{zip}","paid":{}}}"#,
            n % 2
        ));
    }
    let (mut waiting, mut words) = waiting(&plan(&output), &values, 1);
    let texts = texts(&waiting.release(&mut words).unwrap());
    let stars = r#"{"age_from":null,"age_to":null,"zip":"*","#;
    let stars = texts.iter().filter(|text| text.starts_with(stars)).count();
    assert!(stars >= 5, "{stars}");
    let others = r#"{"age_from":30,"age_to":35,"zip":"101*","#;
    assert!(
        texts.iter().any(|text| text.starts_with(others)),
        "{texts:?}"
    );
}

#[test]
fn which_records_are_in_it_is_one_set_whatever_their_order() {
    let plan = plan(K);
    let values: Vec<String> = (0..6)
        .map(|n| format!(r#"{{"who":{n},"n":{n},"age":30,"zip":"10115","paid":{n}}}"#))
        .collect();
    let key = crate::crypto::release_set::SetKey::new(&crate::keys::KeyHandle {
        id: "state:1".parse().unwrap(),
        root: Arc::new(crate::crypto::kdf::Root::new(&[7; 32])),
    });
    let set = |seed| {
        let (mut waiting, mut words) = waiting(&plan, &values, seed);
        let released = waiting.release(&mut words).unwrap();
        released.set(&key, |_| ("raw", 3))
    };
    assert_eq!(set(1), set(2));
    let text =
        "raw\t3\t0\t0\nraw\t3\t1\t0\nraw\t3\t2\t0\nraw\t3\t3\t0\nraw\t3\t4\t0\nraw\t3\t5\t0\n";
    assert_eq!(set(1), key.mark(text.as_bytes()));
}
