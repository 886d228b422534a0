//! All variants do the same work, or the comparison is worth nothing: their
//! results are compared as JSON values, ciphertexts by their plaintext.

use serde_json::Value;

use crate::house::House;
use crate::naive::Naive;
use crate::ours::{Keys, Ours};
use crate::workload::Workload;

/// Compares the first `n` events.
///
/// # Panics
/// When two variants differ on one of them.
pub fn check(
    workload: &Workload,
    n: usize,
    keys: &Keys,
    ours: &mut Ours,
    naive: &mut Naive,
    house: &mut House,
) {
    let results = ours.results();
    assert_eq!(results.len(), workload.events.len(), "an event was lost");
    for (index, (event, result)) in workload.iter().zip(&results).take(n).enumerate() {
        let mine = opened(result, |sealed| keys.open(sealed));
        let baseline = opened(&crate::dom::sanitize(event, naive), |s| naive.open(s));
        let own_crypto = opened(&crate::dom::sanitize(event, house), |s| keys.open(s));
        assert!(
            same(&mine, &baseline),
            "event {index} differs from the baseline"
        );
        assert!(
            same(&mine, &own_crypto),
            "event {index} differs under our crypto"
        );
    }
    println!("agreement: {n} events, results equal as JSON values, ciphertexts as plaintexts\n");
}

/// A result with its address in clear again.
fn opened(result: &[u8], open: impl Fn(&str) -> Vec<u8>) -> Value {
    let mut value: Value = serde_json::from_slice(result).expect("a result is JSON");
    let sealed = value["address"].as_str().expect("the address is sealed");
    value["address"] = serde_json::from_slice(&open(sealed)).expect("JSON was sealed");
    value
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
