//! The record keys of what leaves, against those that a test expects.

use super::compare;
use super::leaving::tree;
use super::verdict::{Fate, fate, kept_from, topic_of, waits_at, written};
use crate::pipeline::OutBatch;
use crate::plan::{Plan, RecordKey};
use crate::policy::check::PolicyTest;
use crate::policy::check::json::Json;

/// What differs, each one sentence.
pub(super) fn differ(test: &PolicyTest, plan: &Plan, out: &OutBatch) -> Vec<String> {
    let mut differences = Vec::new();
    for (topic, wanted) in &test.record_keys {
        let found = match found(topic, plan, out) {
            Ok(found) => found,
            Err(why) => {
                differences.extend(why);
                continue;
            }
        };
        if let (Json::List(wanted), Json::List(found)) = (wanted, &found)
            && wanted.len() != found.len()
        {
            differences.push(format!(
                "`{topic}`: {} of the record's elements left, {} keys expected",
                found.len(),
                wanted.len()
            ));
            continue;
        }
        let all = compare::differences(wanted, &found, true).into_iter();
        differences.extend(all.map(|said| format!("`{topic}`, record key: {said}")));
    }
    differences
}

/// The key of what left to that topic, as text or, where it left as a record, as JSON; of a
/// record that was taken apart those of its elements.
///
/// # Errors
/// Why nothing left there; `None`: it is said elsewhere.
pub(super) fn found(topic: &str, plan: &Plan, out: &OutBatch) -> Result<Json, Option<String>> {
    let output = plan.outputs.iter().find(|output| *output.topic == *topic);
    let is_record = output.is_some_and(|o| matches!(o.key, Some(RecordKey::Fields(_))));
    let here = written(out).filter(|record| topic_of(record.destination, plan) == topic);
    let mut keys = here.map(|record| match record.key {
        None => Json::Null,
        Some(key) if is_record => tree(out.bytes(key)),
        Some(key) => Json::Text(String::from_utf8_lossy(out.bytes(key)).into_owned()),
    });
    match fate(topic, plan, out) {
        Fate::Apart(_) => Ok(Json::List(keys.collect())),
        // What clears has the key of what it clears.
        Fate::Written(_) | Fate::Cleared(_) => Ok(keys.next().unwrap_or(Json::Null)),
        Fate::Withheld(reason) => Err(Some(kept_from(topic, reason))),
        Fate::Waits => Err(Some(waits_at(topic))),
        Fate::Quarantined(_) => Err(None),
    }
}
