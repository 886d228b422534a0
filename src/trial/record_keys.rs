//! The record keys of what leaves, against those that a test expects.

use super::compare;
use super::fate::{Fate, fate, kept_from, topic_of, waits_at, written};
use super::leaving::tree;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::keys::TestKeys;
    use crate::policy::{Compiled, NoTables, PolicyFile, compile};
    use crate::trial::{run, update};

    /// A policy with that source and output, and that test.
    fn policy(source: &str, output: &str, test: &str) -> String {
        format!(
            "apiVersion: veil/v1
kind: Policy
metadata: {{ name: t, version: 1, owner: o }}
source: {{ topic: raw, key: json{source} }}
keys: {{ k: {{ ref: \"file:k.json#k\" }} }}
consent: {{ signals: [{{ from: value, path: ok, category: c }}] }}
outputs:
  - {{ topic: out, purpose: sales, domain: d, needs_consent: c, tombstones: forward, on_withheld: skip, {output}, fields: {{ a: keep }} }}
tests:
  - name: n
    record: {{ key: {{ id: jane, n: 7 }}, value: {{ ok: true, a: 1 }} }}
    {test}
"
        )
    }

    fn compiled(text: &str) -> Compiled {
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text: text.to_owned(),
        };
        compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH)
    }

    fn differences(text: &str) -> Vec<String> {
        let compiled = compiled(text);
        let findings = compiled.findings.list();
        let plan = compiled.plan.unwrap_or_else(|| panic!("{findings:?}"));
        let [verdict] = &run(&Arc::new(plan), &compiled.tests)[..] else {
            panic!("one test");
        };
        verdict.differences.clone()
    }

    const FIELDS: &str =
        "key: { fields: { id: { mask: { keep_first: 1 } }, n: { generalize: { bucket: 10 } } } }";
    const TEXT: &str = "key: { from: record_key.n, generalize: { bucket: 10 } }";

    #[test]
    fn a_key_is_expected_as_it_leaves() {
        for (output, key, said) in [
            (FIELDS, "{ id: \"j********\", n: 0 }", None),
            (FIELDS, "{ n: 0.0, id: \"j********\" }", None),
            (FIELDS, "{ n: 0 }", Some("`id` is there and not expected")),
            (
                FIELDS,
                "{ id: \"j********\", n: 1 }",
                Some("`n` is 0, expected 1"),
            ),
            (FIELDS, "null", Some("expected null")),
            (TEXT, "0", None),
            (TEXT, "\"0\"", None),
            (TEXT, "7", Some("is \"0\", expected \"7\"")),
            (TEXT, "null", Some("expected null")),
        ] {
            let test = format!("record_keys: {{ out: {key} }}");
            let found = differences(&policy("", output, &test));
            let is_so = match (said, &found[..]) {
                (None, []) => true,
                (Some(said), [one]) => one.starts_with("`out`, record key: ") && one.contains(said),
                _ => false,
            };
            assert!(is_so, "{output} {key}: {found:?}");
        }
    }

    #[test]
    fn what_clears_has_a_key_and_what_is_withheld_has_none() {
        let tombstone = policy("", TEXT, "record_keys: { out: 0 }, exactly: { out: null }");
        let tombstone = tombstone.replace("value: { ok: true, a: 1 }", "value: null");
        let tombstone = tombstone.replace(", exactly: {", "\n    exactly: {");
        assert_eq!(differences(&tombstone), [""; 0]);
        let denied = policy("", TEXT, "record_keys: { out: 0 }").replace("ok: true", "ok: false");
        let [one] = &differences(&denied)[..] else {
            panic!("one difference");
        };
        assert!(one.contains("withheld `no_consent`"), "{one}");
    }

    #[test]
    fn of_a_record_that_is_taken_apart_each_element_has_its_key() {
        let source = ", split: { at: list, lift: true }";
        let output = "key: { from: value.list.b, generalize: { bucket: 10 } }";
        let of = |keys: &str| {
            let text = policy(source, output, &format!("record_keys: {{ out: {keys} }}"));
            let text = text.replace("tombstones: forward, on_withheld: skip, ", "");
            let value = "value: { ok: true, list: [{ a: 1, b: 12 }, { a: 2, b: 29 }] }";
            text.replace("value: { ok: true, a: 1 }", value)
        };
        assert_eq!(differences(&of("[10, 20]")), [""; 0]);
        let [one] = &differences(&of("[10]"))[..] else {
            panic!("one difference");
        };
        assert!(
            one.contains("2 of the record's elements left, 1 keys expected"),
            "{one}"
        );
    }

    #[test]
    fn an_expected_key_is_brought_to_what_leaves() {
        let updated = |output: &str, key: &str| {
            let text = policy("", output, &format!("record_keys: {{ out: {key} }}"));
            let compiled = compiled(&text);
            let plan = Arc::new(compiled.plan.expect("it is one"));
            let (next, all) = update(&plan, &compiled.tests, &text).expect("it is written");
            let [one] = &all[..] else {
                panic!("one test");
            };
            let before = text.lines().last().expect("a line");
            let now = next.lines().last().expect("a line").trim().to_owned();
            assert_eq!(
                differences(&next).is_empty(),
                one.left.is_empty(),
                "{before}"
            );
            (now, one.left.clone())
        };
        let written = |key: &str| (format!("record_keys: {{ out: {key} }}"), Vec::new());
        assert_eq!(updated(TEXT, "7"), written("\"0\""));
        assert_eq!(updated(TEXT, "0"), written("0"));
        let fields = updated(FIELDS, "{ id: x, n: 0 }");
        assert_eq!(fields, written("{ id: \"j********\", n: 0 }"));
        // What is drawn anew each time cannot be written down.
        let drawn = "key: { from: record_key.id, encrypt: { key: k } }";
        let (_, left) = updated(drawn, "x");
        assert!(
            matches!(&left[..], [why, ..] if why.starts_with("the record key of `out` comes out otherwise")),
            "{left:?}"
        );
    }
}
