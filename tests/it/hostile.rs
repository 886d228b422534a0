//! Hostile events through a real policy: each goes to quarantine for its
//! reason, sealed so that only the key's holder reads it again, or leaves as
//! the policy says. No clear byte of a refused record is anywhere else.

use std::sync::Arc;

use veilstream::crypto::envelope::Envelope;
use veilstream::crypto::quarantine;
use veilstream::keys::{KeyHandle, KeyRef, KeySource, TestKeys};
use veilstream::pipeline::{Destination, InBatch, OutBatch};
use veilstream::pipeline::{Worker, sanitize};
use veilstream::plan::Plan;
use veilstream::policy::{NoTables, PolicyFile, compile};
use veilstream::record::Reason;
use veilstream::record::lane::Lane;
use veilstream::record::timestamp::Timestamp;

const POLICY: &str = r#"
apiVersion: veil/v1
kind: Policy
metadata: { name: hostile, version: 1, owner: tests }
source: { topic: raw, type: type }
keys:
  people:     { ref: "file:k.json#people" }
  quarantine: { ref: "file:k.json#quarantine" }
consent: { signals: [ { from: value, path: consent } ] }
outputs:
  - topic: analytics
    purpose: analytics.reporting
    domain: analytics
    needs_consent: Analytics
    key: { from: record_key, pseudonymize: { key: people, epoch: none } }
    headers: { trace: { keep: { max_chars: 64 } } }
    fields:
      email: { pseudonymize: { key: people, normalize: email, epoch: none } }
      amount: keep
      day: { generalize: { date: year } }
      items[*].sku: keep
      geo.place: { pseudonymize: { key: people, from: [lat, lon], epoch: none } }
      o: { encrypt: { key: people, fields: { a: keep } } }
  - topic: open
    purpose: essential.service
    domain: service
    fields: { amount: keep, day: { generalize: { date: year }, on_error: drop_field } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
"#;

/// Stands in every hostile record; must not leave.
const CANARY: &str = "canary-5521";

fn plan() -> Arc<Plan> {
    let file = PolicyFile {
        path: "hostile.yaml".into(),
        text: POLICY.into(),
    };
    let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
    Arc::new(
        compiled
            .plan
            .unwrap_or_else(|| panic!("{:#?}", compiled.findings.list())),
    )
}

fn batch(plan: &Arc<Plan>, values: &[Vec<u8>]) -> InBatch {
    let lane = Lane {
        topic: Arc::clone(&plan.source.topics[0]),
        partition: 4,
        claim: 1,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    let canary = Some(CANARY.as_bytes());
    for (offset, value) in (0..).zip(values) {
        let at = Timestamp::Create(1_772_366_400_000);
        batch
            .raw
            .push(offset, at, canary, Some(value), [(&b"other"[..], canary)]);
    }
    batch
}

fn run(plan: &Arc<Plan>, values: &[Vec<u8>]) -> OutBatch {
    let out = sanitize(batch(plan, values), &mut Worker::of_the_system()).unwrap();
    assert!(out.counts.balances());
    for record in out.records() {
        let spans = record.key.into_iter().chain(record.value);
        let headers = out.headers(record).flat_map(|(n, v)| [Some(n), v]);
        for bytes in spans.map(|s| out.bytes(s)).chain(headers.flatten()) {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains(CANARY), "{text}");
        }
    }
    out
}

/// A record that is permitted everywhere, with these members more.
fn event(members: &str) -> Vec<u8> {
    format!(r#"{{"type":"t","consent":{{"Analytics":true}},"note":"{CANARY}",{members}}}"#)
        .into_bytes()
}

fn key(name: &str) -> KeyHandle {
    let key_ref = KeyRef {
        file: "k.json".into(),
        entry: name.parse().expect("a name"),
    };
    let entry = TestKeys.entry(&key_ref).expect("test keys are there");
    entry.oldest().expect("with a version")
}

#[test]
fn each_refusal_has_its_reason_and_opens_again() {
    let deep = format!("\"x\":{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let cases: Vec<(Vec<u8>, Reason)> = vec![
        (Vec::new(), Reason::NotJson),
        (CANARY.into(), Reason::NotJson),
        (b"\xef\xbb\xbf{}".to_vec(), Reason::NotJson),
        (b"{\"type\":\"t\0\"}".to_vec(), Reason::NotJson),
        (b"{\"type\":\"\xc3\"}".to_vec(), Reason::NotUtf8),
        (format!("[\"{CANARY}\"]").into(), Reason::NotAnObject),
        (
            [event("\"a\":1"), event("\"a\":1")].concat(),
            Reason::NotJson,
        ),
        (
            event(r#""email":"a@b.de","em\u0061il":"c@d.de""#),
            Reason::DuplicateKey,
        ),
        (event(r#""x":{"y":[{"z":1,"z":2}]}"#), Reason::DuplicateKey),
        (event(r#""items":[{"sku":1},3,{}]"#), Reason::WrongType),
        (event(r#""x":"\ud83d""#), Reason::BadText),
        (event(&deep), Reason::TooDeep),
        (
            event(&format!("\"{}\":1", "n".repeat(65_536))),
            Reason::TooLarge,
        ),
        (event(r#""email":"no at sign""#), Reason::BadIdentifier),
        (event(r#""email":["a@b.de"]"#), Reason::WrongType),
        (
            event(r#""amount":{"ssn":"078-05-1120"}"#),
            Reason::WrongType,
        ),
        (event(r#""items":[{"sku":{"ssn":1}}]"#), Reason::WrongType),
        (event(r#""o":"text""#), Reason::WrongType),
        (event(r#""o":{"a":{"new":1}}"#), Reason::WrongType),
        (
            format!(r#"{{"type":7,"x":"{CANARY}"}}"#).into(),
            Reason::WrongType,
        ),
    ];
    let plan = plan();
    let values: Vec<_> = cases.iter().map(|c| c.0.clone()).collect();
    let out = run(&plan, &values);
    assert_eq!(out.records().len(), cases.len());
    for (record, (value, reason)) in out.records().iter().zip(&cases) {
        let shown = String::from_utf8_lossy(&value[..value.len().min(80)]);
        assert_eq!(
            record.destination,
            Destination::Quarantine(*reason),
            "{shown}"
        );
        let sealed = Envelope::from_binary(out.bytes(record.value.expect("sealed")));
        let opened = quarantine::open(&sealed.expect("an envelope"), &key("quarantine"));
        let opened = opened.expect("the holder of the key reads it");
        assert_eq!(opened.value.as_deref(), Some(value));
        assert_eq!(opened.offset, record.source_offset as u64);
        assert_eq!(
            opened.key.as_deref().map(Vec::as_slice),
            Some(CANARY.as_bytes())
        );
    }
}

#[test]
fn odd_but_right_events_leave_as_the_policy_says() {
    let plan = plan();
    for (members, expected) in [
        (
            r#""amount":18446744073709551616"#,
            r#"{"amount":18446744073709551616}"#,
        ),
        (r#""amount":1e999999999"#, r#"{"amount":1e999999999}"#),
        (r#""\u0061mount":39.80"#, r#"{"amount":39.80}"#),
        (r#""amount":"\ud83d\ude00""#, r#"{"amount":"\ud83d\ude00"}"#),
        (r#""amount":[1,"x",null]"#, r#"{"amount":[1,"x",null]}"#),
        (r#""email":null,"geo":{}"#, "{}"),
        (r#""email":"","items":[]"#, "{}"),
        (
            r#""items":[{"sku":1,"new":2},null,{}]"#,
            r#"{"items":[{"sku":1},null,{}]}"#,
        ),
    ] {
        let out = run(&plan, &[event(members)]);
        let record = out.records()[0];
        assert_eq!(record.destination, Destination::Output(0), "{members}");
        let value = out.bytes(record.value.expect("a value"));
        assert_eq!(String::from_utf8_lossy(value), expected);
        assert_eq!(out.counts.outputs[1].written, 1);
    }
}

#[test]
fn one_output_that_fails_takes_the_others_along() {
    let plan = plan();
    let out = run(
        &plan,
        &[
            event(r#""day":"6.5.1980","amount":1"#),
            event(r#""day":"1980-05-06","amount":1"#),
            b"{\"type\":\"t\",\"day\":\"6.5.1980\",\"amount\":2}".to_vec(),
        ],
    );
    let [first, second, third, fourth] = out.records() else {
        panic!(
            "one refused, one for both, one for one: {}",
            out.records().len()
        );
    };
    assert_eq!(first.destination, Destination::Quarantine(Reason::BadTime));
    assert_eq!(second.destination, Destination::Output(0));
    assert_eq!(third.destination, Destination::Output(1));
    let value = |r: &veilstream::pipeline::OutRecord| {
        String::from_utf8_lossy(out.bytes(r.value.expect("a value"))).into_owned()
    };
    assert_eq!(value(second), r#"{"day":1980,"amount":1}"#);
    assert_eq!(fourth.destination, Destination::Output(1));
    assert_eq!(
        value(fourth),
        r#"{"amount":2}"#,
        "withheld there, so no failure there"
    );
    let withheld = out.counts.outputs[0].withheld[Reason::NoConsent.index()];
    assert_eq!(withheld, 1);
}
