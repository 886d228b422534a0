//! All variants do the same work, or the comparison is worth nothing: their
//! results are compared as JSON values, ciphertexts by their plaintext.

use serde_json::Value;

use crate::fates::{Fates, MARKETING};
use crate::house::House;
use crate::naive::Naive;
use crate::ours::{DOMAIN, Keys, Ours};
use crate::workload::Workload;
use crate::{dom, lazy};

/// What the library without crypto writes constants for.
const ENCIPHERED: [&str; 4] = ["user_id", "email", "phone", "address"];

/// Compares the first `n` events of workload A in every variant.
///
/// # Panics
/// When two variants differ on one of them.
pub fn on_marketing(workload: &Workload, n: usize, ours: &mut Ours, null: &mut Ours) {
    let keys = Keys::of_the_tests();
    let (mut naive, mut house) = (Naive::derive(DOMAIN), House::new(&keys));
    let (results, constants) = (ours.results(), null.results());
    assert_eq!(results.len(), workload.events.len(), "an event was lost");
    assert_eq!(constants.len(), workload.events.len(), "an event was lost");
    let mut sonic = Vec::new();
    for (index, event) in workload.iter().take(n).enumerate() {
        let event = event.as_bytes();
        let ours = opened(json(&results[index]), &|sealed| keys.open(sealed));
        let same_as = |other: Value, whose: &str| {
            assert!(same(&ours, &other), "event {index} differs from {whose}");
        };
        same_as(
            opened(json(&dom::sanitize(event, MARKETING, &mut naive)), &|s| {
                naive.open(s)
            }),
            "serde_json with naive crypto",
        );
        same_as(
            opened(json(&dom::sanitize(event, MARKETING, &mut house)), &|s| {
                keys.open(s)
            }),
            "serde_json with our crypto",
        );
        lazy::sanitize(event, &mut house, &mut sonic);
        same_as(opened(json(&sonic), &|s| keys.open(s)), "sonic-rs");

        let mut constants: Value = json(&constants[index]);
        for name in ENCIPHERED {
            assert!(constants[name].is_string(), "{name} has its constant");
            constants[name] = ours[name].clone();
        }
        same_as(constants, "the library without crypto");
    }
    println!("agreement on A: {n} events, every variant equal");
}

/// Compares every event of a workload with the document baseline.
///
/// # Panics
/// When they differ on one of them.
pub fn with_the_document(name: &str, workload: &Workload, fates: Fates, ours: &mut Ours) {
    let keys = Keys::of_the_tests();
    let mut house = House::new(&keys);
    let results = ours.results();
    assert_eq!(results.len(), workload.events.len(), "an event was lost");
    for (index, (event, result)) in workload.iter().zip(&results).enumerate() {
        let document = dom::sanitize(event.as_bytes(), fates, &mut house);
        let [ours, document] =
            [result, &document].map(|text| opened(json(text), &|sealed| keys.open(sealed)));
        assert!(
            same(&ours, &document),
            "{name}: event {index} differs from the document"
        );
    }
    println!(
        "agreement on {name}: {} events, equal to the document",
        results.len()
    );
}

/// A result with its address in clear again, wherever it stands.
fn opened(mut value: Value, open: &impl Fn(&str) -> Vec<u8>) -> Value {
    if let Some(members) = value.as_object_mut() {
        for (name, value) in members {
            *value = match (name.as_str(), value.take()) {
                ("address", Value::String(sealed)) => json(&open(&sealed)),
                (_, value) => opened(value, open),
            };
        }
    }
    value
}

fn json(text: &[u8]) -> Value {
    serde_json::from_slice(text).expect("a result is JSON")
}

/// Equal as JSON values: 22.00 and 22 are one number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}
