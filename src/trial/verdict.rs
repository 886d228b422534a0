//! A policy's own tests, run through the record path.

use super::compare;
use super::fate::{Fate, as_json, fate, kept_from, list, reasons_of, topic_of, waits_at, written};
use super::json;
use super::leaving::{contains, tree};
use super::record_keys;
use super::situation::{worker, worker_for};
use super::streamed;
use crate::pipeline::sanitize;
use crate::pipeline::{Destination, InBatch, OutBatch};
use crate::plan::{Format, POLICY_HEADER, Plan};
use crate::policy::check::PolicyTest;
use crate::policy::check::json::Json;
use crate::record::Reason;
use crate::record::bare::Bare;
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;
use crate::schema::json::Json as SchemaJson;
use crate::schema::writer::Writer;
use crate::schema::{Bindings, Bound};
use std::borrow::Cow;
use std::sync::Arc;

/// How one test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The test's name.
    pub name: String,
    /// What differs, each one sentence; empty: passed. Holds the author's own
    /// test data and what became of it under the test keys.
    pub differences: Vec<String>,
}

/// Runs every test.
pub fn run(plan: &Arc<Plan>, tests: &[PolicyTest]) -> Vec<Verdict> {
    let mut common = worker(None);
    tests
        .iter()
        .map(|test| {
            if !test.stream.is_empty() {
                return Verdict {
                    name: test.name.clone(),
                    differences: streamed::judge(test, plan),
                };
            }
            let run = batch(test, plan).and_then(|batch| {
                let run = match (test.now_ms, &test.consent[..]) {
                    (None, []) => sanitize(batch, &mut common),
                    _ => sanitize(batch, &mut worker_for(test, plan)),
                };
                run.map_err(|held| held.outage.to_string())
            });
            Verdict {
                name: test.name.clone(),
                differences: match run {
                    Ok(out) => judge(test, plan, &out),
                    Err(why) => vec![format!("it was not run: {why}")],
                },
            }
        })
        .collect()
}

/// The record of a test.
///
/// # Errors
/// Why there is none: it cannot be written under the schema that it is to be under.
pub(super) fn batch(test: &PolicyTest, plan: &Arc<Plan>) -> Result<InBatch, String> {
    let lane = Lane {
        topic: plan
            .source
            .topics
            .first()
            .cloned()
            .unwrap_or_else(|| Arc::from("")),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    let record = &test.record;
    let mut value = record.value.as_deref().map(Cow::Borrowed);
    let format = match (&test.schema, &test.schema_bytes) {
        (Some(name), Some(bytes)) => plan.source.format.under(&name.value, bytes),
        _ => Some(plan.source.format.clone()),
    };
    let format = format.ok_or("the schema is no UTF-8 text")?;
    if let (Format::Bare(bare), false) = (&format, record.is_raw) {
        let given = value.as_deref().map(|given| bare_of(*bare, given));
        value = given.transpose()?.map(Cow::Owned);
    }
    if let Some(writer) = Writer::of(&format).transpose()? {
        let binding = writer.bind(plan).map_err(|c| c.to_string())?;
        let bound = Bound::Ready(Arc::new(binding));
        batch.bindings = Some(Arc::new(Bindings::of_file(bound)));
        let given = value.as_deref().filter(|_| !record.is_raw);
        if let Some(encoded) = given.map(|given| encoded(&writer, given)).transpose()? {
            value = Some(Cow::Owned(encoded));
        }
    }
    batch.raw.push(
        0,
        record.timestamp.map_or(Timestamp::None, Timestamp::Create),
        record.key.as_deref(),
        value.as_deref(),
        record
            .headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), Some(value.as_bytes()))),
    );
    Ok(batch)
}

/// A value without parts, as a test writes it.
fn bare_of(bare: Bare, given: &[u8]) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(given).ok().and_then(json::parse);
    let value = match text {
        Some(Json::Text(text)) => bare.of_shown(&text),
        _ => None,
    };
    value.ok_or_else(|| {
        let wanted = match bare {
            Bare::Text => "a text in quotes",
            Bare::Bytes => "their Base64 in quotes, or `raw`",
        };
        format!("values are {} here: write {wanted}", bare.word())
    })
}

/// A value as a test writes it, under a schema.
fn encoded(writer: &Writer, given: &[u8]) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(given).map_err(|_| "no text".to_owned())?;
    let value = SchemaJson::read(text, text.len()).map_err(|bad| bad.to_string())?;
    let mut bytes = Vec::new();
    match writer.encode(&value, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(wrong) => Err(format!("it cannot be written under the schema: {wrong}")),
    }
}

fn judge(test: &PolicyTest, plan: &Plan, out: &OutBatch) -> Vec<String> {
    let mut differences = refusal_differs(test, out);
    differences.extend(outputs_differ(test, plan, out));
    for said in record_keys::differ(test, plan, out) {
        // That nothing left there may be said already.
        if !differences.contains(&said) {
            differences.push(said);
        }
    }
    differences.extend(not_withheld(test, plan, out));
    differences.extend(not_held(test, plan, out));
    differences.extend(must_not_leave(test, plan, out));
    differences
}

/// What differs of what the test says but of the outputs that it expects: whether the
/// record leaves, and what must not.
pub(super) fn promises_broken(test: &PolicyTest, plan: &Plan, out: &OutBatch) -> Vec<String> {
    let mut broken = refusal_differs(test, out);
    let expected = test.expect.iter().chain(&test.exactly);
    broken.extend(
        expected.filter_map(|(topic, wanted)| match fate(topic, plan, out) {
            Fate::Cleared(_) if matches!(wanted, Json::Null) => None,
            Fate::Withheld(reason) | Fate::Cleared(reason) => Some(kept_from(topic, reason)),
            Fate::Waits => Some(waits_at(topic)),
            Fate::Written(_) | Fate::Apart(_) | Fate::Quarantined(_) => None,
        }),
    );
    let keys = test.record_keys.iter();
    let none = keys.filter_map(|(topic, _)| record_keys::found(topic, plan, out).err()?);
    broken.extend(none);
    broken.extend(not_withheld(test, plan, out));
    broken.extend(not_held(test, plan, out));
    broken.extend(must_not_leave(test, plan, out));
    broken
}

fn refusal_differs(test: &PolicyTest, out: &OutBatch) -> Vec<String> {
    let found: Vec<Reason> = reasons_of(&out.counts.quarantined).collect();
    let unexpected = |found: &Reason| match test.quarantined {
        None => Some(format!(
            "quarantined `{found}`, which the test does not expect"
        )),
        Some(wanted) if wanted == *found => None,
        Some(wanted) => Some(format!("quarantined `{found}`, expected `{wanted}`")),
    };
    match test.quarantined {
        Some(wanted) if found.is_empty() => vec![format!("not quarantined, expected `{wanted}`")],
        // Of one that was taken apart only some elements may be.
        Some(wanted) if found.contains(&wanted) => found
            .iter()
            .filter(|reason| **reason != wanted)
            .map(|reason| format!("quarantined `{reason}` too, expected `{wanted}` alone"))
            .collect(),
        _ => found.iter().filter_map(unexpected).collect(),
    }
}

/// What differs of the outputs that leave.
pub(super) fn outputs_differ(test: &PolicyTest, plan: &Plan, out: &OutBatch) -> Vec<String> {
    let mut differences = Vec::new();
    for (topic, wanted) in &test.expect {
        expect(topic, wanted, false, plan, out, &mut differences);
    }
    for (topic, wanted) in &test.exactly {
        expect(topic, wanted, true, plan, out, &mut differences);
    }
    differences
}

fn not_withheld(test: &PolicyTest, plan: &Plan, out: &OutBatch) -> Vec<String> {
    let mut differences = Vec::new();
    for topic in &test.withheld {
        match fate(topic, plan, out) {
            Fate::Withheld(_) | Fate::Cleared(_) => {}
            Fate::Apart(left) if left.is_empty() => {}
            Fate::Apart(left) => differences.push(format!(
                "`{topic}` got {} elements of the record, expected all withheld",
                left.len()
            )),
            Fate::Written(_) | Fate::Waits => {
                differences.push(format!("`{topic}` got the record, expected it withheld"))
            }
            Fate::Quarantined(reason) => {
                differences.push(format!(
                    "`{topic}`: quarantined `{reason}`, expected it withheld"
                ));
            }
        }
    }
    differences
}

/// What waits nowhere and should.
fn not_held(test: &PolicyTest, plan: &Plan, out: &OutBatch) -> Vec<String> {
    let held = test.held.iter();
    let missing = held.filter(|topic| !streamed::waits(topic, plan, out));
    missing
        .map(|topic| format!("`{topic}`: the record does not wait for its release"))
        .collect()
}

/// What no output may hold and some does.
fn must_not_leave(test: &PolicyTest, plan: &Plan, out: &OutBatch) -> Vec<String> {
    let mut differences: Vec<String> = Vec::new();
    differences.extend(searched_nothing(test, out).map(str::to_owned));
    for record in written(out) {
        let topic = topic_of(record.destination, plan);
        let value = record.value.map(|v| out.bytes(v));
        // Of what is no text it is spelled out what it says.
        let spelled = value.map(|value| as_json(out, record.destination, value));
        let tree = spelled.as_deref().filter(|_| !test.absent.is_empty());
        let tree = tree.map(self::tree);
        for path in &test.absent {
            if tree.as_ref().is_some_and(|t| compare::exists(t, path)) {
                differences.push(format!("`{topic}` holds `{path}`, which must be absent"));
            }
        }
        for text in &test.never_contains {
            let key = record.key.map(|k| out.bytes(k));
            // The header of the policy holds nothing of the record.
            let own = has_stamp(record.destination, plan);
            let headers = out
                .headers(record)
                .filter(|(n, _)| !(own && *n == POLICY_HEADER.as_bytes()))
                .flat_map(|(n, v)| [Some(n), v]);
            let found = [value, spelled.as_deref(), key].into_iter();
            let found = found.chain(headers).flatten();
            if found.into_iter().any(|bytes| contains(bytes, text)) {
                differences.push(format!(
                    "`{topic}` contains {text:?}, which must never leave"
                ));
            }
        }
    }
    differences
}

/// Why `absent` or `never_contains` had nothing to look through, unless the test
/// itself says that.
fn searched_nothing(test: &PolicyTest, out: &OutBatch) -> Option<&'static str> {
    let looks_into_values = !test.absent.is_empty();
    let searches = looks_into_values || !test.never_contains.is_empty();
    if !searches || test.says_what_becomes_of_it() {
        return None;
    }
    if written(out).next().is_none() {
        return Some(
            "no output got the record, so nothing was searched; write `withheld` where that is meant",
        );
    }
    (looks_into_values && written(out).all(|r| r.value.is_none())).then_some(
        "only tombstones left, so `absent` searched nothing; write `withheld` or `exactly: { TOPIC: null }` where that is meant",
    )
}

fn expect(
    topic: &str,
    wanted: &Json,
    whole: bool,
    plan: &Plan,
    out: &OutBatch,
    differences: &mut Vec<String>,
) {
    let found = match fate(topic, plan, out) {
        Fate::Written(value) => value.map_or(Json::Null, |value| tree(&value)),
        Fate::Apart(left) => {
            if let Json::List(wanted) = wanted
                && wanted.len() != left.len()
            {
                differences.push(format!(
                    "`{topic}`: {} of the record's elements left, expected {}",
                    left.len(),
                    wanted.len()
                ));
                return;
            }
            list(left)
        }
        Fate::Cleared(_) if matches!(wanted, Json::Null) => return,
        Fate::Withheld(reason) | Fate::Cleared(reason) => {
            differences.push(kept_from(topic, reason));
            return;
        }
        Fate::Waits => {
            differences.push(waits_at(topic));
            return;
        }
        // Said once for the record as a whole.
        Fate::Quarantined(_) => return,
    };
    differences.extend(
        compare::differences(wanted, &found, whole)
            .into_iter()
            .map(|d| format!("`{topic}`: {d}")),
    );
}

fn has_stamp(destination: Destination, plan: &Plan) -> bool {
    match destination {
        Destination::Output(at) | Destination::Held(at) => {
            plan.outputs[usize::from(at)].stamp.is_some()
        }
        Destination::Quarantine(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::{PolicyFile, compile};

    /// What the only test of a policy says of a person without consent, whose
    /// record is cleared by a tombstone.
    fn differences(test: &str) -> Vec<String> {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw }}\nkeys: {{ k: {{ ref: \"file:k.json#k\" }} }}\n\
             consent: {{ signals: [{{ from: value, path: is.ok, category: c }}] }}\n\
             outputs:\n  - {{ topic: out, purpose: sales, domain: d, needs_consent: c, on_withheld: {{ tombstone: {{ when: before, at: was }} }}, key: {{ like: user }},\n      \
             fields: {{ user: {{ pseudonymize: {{ key: k, normalize: text, epoch: none }} }} }} }}\n\
             tests: [{{ name: n, given: {{ user: u, mail: m, is: {{ ok: false }}, was: {{ ok: true }} }}, {test} }}]\n"
        );
        verdict(text)
    }

    /// What differs in the only test of a policy.
    fn verdict(text: String) -> Vec<String> {
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text,
        };
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        let compiled = compile(&file, &TestKeys, &crate::policy::NoTables, now);
        let findings = compiled.findings.list();
        let plan = compiled.plan.unwrap_or_else(|| panic!("{findings:?}"));
        let [verdict] = &run(&Arc::new(plan), &compiled.tests)[..] else {
            panic!("one test");
        };
        verdict.differences.clone()
    }

    #[test]
    fn a_tombstone_in_place_of_the_record_is_expected_as_null() {
        assert_eq!(differences("exactly: { out: null }"), Vec::<String>::new());
        assert_eq!(differences("withheld: [out]"), Vec::<String>::new());
        let [difference] = &differences("expect: { out: { user: x } }")[..] else {
            panic!("not one difference");
        };
        assert!(difference.contains("withheld `no_consent`"), "{difference}");
    }

    #[test]
    fn in_tombstones_nothing_is_searched() {
        for test in ["absent: mail", "absent: mail, never_contains: jane"] {
            let [difference] = &differences(test)[..] else {
                panic!("{test}: not one difference");
            };
            assert!(difference.contains("only tombstones left"), "{difference}");
        }
        for test in ["absent: mail, withheld: out", "never_contains: jane"] {
            assert_eq!(differences(test), [""; 0], "{test}");
        }
    }

    /// The policy's name and digest are no part of a record, whatever is looked for.
    #[test]
    fn the_header_of_the_policy_is_not_searched() {
        let of = |header: &str| {
            let text = format!(
                "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: jane, version: 1, owner: o }}\n\
                 source: {{ topic: raw }}\noutputs:\n  - {{ topic: out, purpose: sales, domain: d, {header}, fields: {{ a: keep }} }}\n\
                 tests: [{{ name: n, record: {{ headers: {{ veil-policy: jane }}, value: {{ a: 1 }} }}, never_contains: jane }}]\n"
            );
            verdict(text)
        };
        assert_eq!(of("policy_header: true"), [""; 0]);
        assert_eq!(
            of("headers: { veil-policy: keep }"),
            ["`out` contains \"jane\", which must never leave"]
        );
    }
}
