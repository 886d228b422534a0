//! Consent signals of every shape, from the policy to what leaves: headers, the age of a
//! choice, and what is counted.

use std::path::Path;
use std::sync::Arc;

use veilstream::crypto::entropy::OsEntropy;
use veilstream::keys::TestKeys;
use veilstream::pipeline::{InBatch, OutBatch, Worker, sanitize};
use veilstream::plan::Plan;
use veilstream::policy::{PolicyFile, compile};
use veilstream::record::SignalShape;
use veilstream::record::lane::Lane;
use veilstream::record::timestamp::Timestamp;

use crate::tables::Beside;

const DAY_MS: i64 = 86_400_000;

fn plan(signals: &[&str]) -> Arc<Plan> {
    let signals: String = signals.iter().map(|s| format!("    - {s}\n")).collect();
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\n\
         metadata: {{ name: signals, version: 1, owner: tests }}\n\
         source: {{ topic: raw }}\n\
         consent:\n  signals:\n{signals}\
         outputs:\n  - {{ topic: out, purpose: sales, domain: d, needs_consent: Ads, fields: {{ n: keep }} }}\n"
    );
    let file = PolicyFile {
        path: "signals.yaml".into(),
        text,
    };
    let beside = Beside(Path::new(".").to_owned());
    let compiled = compile(&file, &TestKeys, &beside, jiff::Timestamp::UNIX_EPOCH);
    match compiled.plan {
        Some(plan) => Arc::new(plan),
        None => panic!("{:?}", compiled.findings.list()),
    }
}

type Headers<'a> = &'a [(&'a str, Option<&'a [u8]>)];

fn sanitized(plan: &Arc<Plan>, now_ms: i64, records: &[(&str, Headers<'_>)]) -> OutBatch {
    let lane = Lane {
        topic: Arc::clone(&plan.source.topics[0]),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    for ((value, headers), offset) in records.iter().zip(0..) {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), *value));
        let at = Timestamp::Create(0);
        batch
            .raw
            .push(offset, at, None, Some(value.as_bytes()), headers);
    }
    let mut worker = Worker::new(OsEntropy, move || now_ms);
    sanitize(batch, &mut worker).unwrap()
}

/// The offsets of the records that left.
fn left(out: &OutBatch) -> Vec<i64> {
    out.records().iter().map(|r| r.source_offset).collect()
}

fn bad(out: &OutBatch, shape: SignalShape) -> u64 {
    out.counts.bad_signals[shape.index()]
}

#[test]
fn a_header_is_a_signal_whatever_the_case_of_its_name() {
    let plan = plan(&[
        "{ from: value, path: yes, category: Ads }",
        "{ from: header, path: Sec-GPC, shape: gpc, means: [Ads] }",
        "{ from: header, path: opt-in, category: Ads, grants: [yes, 1, true] }",
    ]);
    let out = sanitized(
        &plan,
        0,
        &[
            (r#"{"n":0,"yes":true}"#, &[]),
            (r#"{"n":1,"yes":true}"#, &[("sec-gpc", Some(b"1"))]),
            (
                r#"{"n":2,"yes":true}"#,
                &[("Sec-GPC", Some(b"0")), ("SEC-GPC", Some(b"1"))],
            ),
            (
                r#"{"n":3,"yes":true}"#,
                &[("Sec-GPC", None), ("Sec-GPC", Some(b"0"))],
            ),
            (r#"{"n":4,"yes":true}"#, &[("Sec-GPC", Some(b"\xff"))]),
            (r#"{"n":5}"#, &[("Opt-In", Some(b"yes"))]),
            (r#"{"n":6}"#, &[("opt-in", Some(b"1"))]),
            (r#"{"n":7}"#, &[("opt-in", Some(b"true"))]),
            (r#"{"n":8}"#, &[("opt-in", Some(b"no"))]),
            (r#"{"n":9,"yes":true}"#, &[("opt-in", Some(b"no"))]),
            (r#"{"n":10}"#, &[("opt-in-2", Some(b"yes"))]),
        ],
    );
    assert_eq!(left(&out), [0, 3, 5, 6, 7]);
    assert_eq!(bad(&out, SignalShape::Gpc), 1);
    assert_eq!(out.counts.bad_signals.iter().sum::<u64>(), 1);
    assert_eq!(out.counts.quarantined_total(), 0);
}

/// All purposes for everybody, on 1 March 2026.
const GRANTED: &str =
    "CQdWToAQgYw8AAfACBENAqEsAP_gAEPgAAYgHCQAYAAgcIBwkAGAAIHCAAAA.IHCQAYAAgcIA.YAAAAAAAAAAA";

#[test]
fn a_choice_that_is_too_old_is_silent_and_one_from_tomorrow_too() {
    let made: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    let made = made.as_millisecond();
    let tcf =
        "{ from: value, path: tcf, shape: tcf, max_age: 30d, means: { Ads: { purposes: 1 } } }";
    let gpp =
        "{ from: value, path: tcf, shape: gpp, max_age: 30d, means: { Ads: { purposes: 1 } } }";
    let of_gpp = format!("DBABM~{GRANTED}");
    for (signal, string) in [(tcf, GRANTED), (gpp, &*of_gpp)] {
        let event = format!(r#"{{"n":1,"tcf":"{string}"}}"#);
        let at = |now_ms| left(&sanitized(&plan(&[signal]), now_ms, &[(&event, &[])]));
        assert_eq!(at(made + 30 * DAY_MS), [0]);
        assert_eq!(at(made + 30 * DAY_MS + 1), [0; 0]);
        assert_eq!(at(made - DAY_MS), [0]);
        assert_eq!(at(made - DAY_MS - 1), [0; 0]);
        let always = signal.replace("max_age: 30d, ", "");
        let forever = sanitized(&plan(&[&always]), i64::MAX, &[(&event, &[])]);
        assert_eq!(left(&forever), [0]);
    }
}

#[test]
fn what_cannot_be_read_denies_what_another_signal_grants_and_is_counted() {
    let plan = plan(&[
        "{ from: value, path: yes, category: Ads }",
        "{ from: value, path: object, means: { Ads: x, Other: y } }",
        "{ from: value, path: lists, shape: lists, granted: yes, means: { Ads: x } }",
        "{ from: value, path: pairs, shape: pairs, means: { Ads: x } }",
        "{ from: value, path: tcf, shape: tcf, means: { Ads: { purposes: 1 } } }",
        "{ from: value, path: gpp, shape: gpp, means: { Ads: { opt_out: sale } } }",
        "{ from: value, path: gpc, shape: gpc, means: [Ads] }",
        "{ from: value, path: mode, shape: consent_mode, means: { Ads: ad_storage } }",
        "{ from: value, path: text|json.mode, shape: consent_mode, means: { Ads: ad_storage } }",
    ]);
    let events: Vec<String> = [
        "object", "lists", "pairs", "tcf", "gpp", "gpc", "mode", "text",
    ]
    .iter()
    .flat_map(|name| {
        let value = match *name {
            "text" => "\"{\"",
            "object" | "gpc" => "[1]",
            _ => "\"?\"",
        };
        [
            format!(r#"{{"n":1,"yes":true,"{name}":{value}}}"#),
            format!(r#"{{"n":1,"yes":true,"{name}":null}}"#),
        ]
    })
    .collect();
    let events: Vec<(&str, Headers<'_>)> = events.iter().map(|e| (e.as_str(), &[][..])).collect();
    let out = sanitized(&plan, 0, &events);
    assert_eq!(left(&out), [1, 3, 5, 7, 9, 11, 13, 15]);
    assert_eq!(out.counts.bad_signals, [1, 1, 1, 1, 1, 1, 2]);
    assert_eq!(out.counts.quarantined_total(), 0);
    // The next batch begins at zero.
    let again = sanitized(&plan, 0, &events[1..2]);
    assert_eq!(again.counts.bad_signals, [0; SignalShape::COUNT]);
}
