//! Golden folders: `tests/golden/CASE/{policy.yaml,input.ndjson,expected.ndjson}`.
//! Each line of the input is one record; each line expected is one record that
//! left, with its key where it has one, or where it went instead. `VEIL_UPDATE=1` writes what came out; read
//! the difference before committing it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use veilstream::action::ACTIONS;
use veilstream::consent::state::{Snapshot, Table};
use veilstream::consent::told::Told;
use veilstream::crypto::entropy::Entropy;
use veilstream::crypto::noise::Draws;
use veilstream::keys::TestKeys;
use veilstream::language::finding::Severity;
use veilstream::pipeline::{Destination, InBatch, OutBatch};
use veilstream::pipeline::{Worker, sanitize};
use veilstream::plan::Plan;
use veilstream::policy::{PolicyFile, compile};
use veilstream::record::lane::Lane;
use veilstream::record::timestamp::Timestamp;
use veilstream::release::{Arrived, Waiting};

use crate::tables::Beside;

/// 2026-03-01T12:00:00Z.
const NOW_MS: i64 = 1_772_366_400_000;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the tests, not of the program"
)]
fn every_golden_folder_gives_what_it_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let actual = run(&case);
        let path = case.join("expected.ndjson");
        if std::env::var_os("VEIL_UPDATE").is_some() {
            fs::write(&path, &actual).expect("the folder can be written");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if actual != expected {
            wrong.push(difference(&case, &expected, &actual));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_action_has_a_golden_folder() {
    let names: Vec<String> = cases()
        .iter()
        .map(|case| case.file_name().expect("a folder").to_string_lossy().into())
        .collect();
    for def in ACTIONS {
        assert!(
            names.iter().any(|n| n.split('-').next() == Some(def.name)),
            "`{}` has no folder in tests/golden",
            def.name
        );
    }
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut cases: Vec<PathBuf> = fs::read_dir(root)
        .expect("tests/golden exists")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.is_dir() && !path.ends_with("schemas"))
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

fn run(case: &Path) -> String {
    let plan = plan(case);
    let input = fs::read_to_string(case.join("input.ndjson")).expect("the case has input");
    let lines: Vec<&str> = input.lines().collect();
    let mut worker = Worker::new(FixedSalt, || NOW_MS).with_consent(Box::new(decided(case, &plan)));
    let out = sanitize(batch(&plan, &lines), &mut worker).unwrap();
    // Of a record that is taken apart its elements are received.
    if plan.split.is_none() {
        assert_eq!(
            out.counts.received,
            lines.len() as u64,
            "{}",
            case.display()
        );
    }
    assert!(out.counts.balances(), "{}", case.display());
    rendered(&plan, &out) + &released(&plan, &out)
}

/// What people decided elsewhere, where the case says it (`consent.ndjson`).
fn decided(case: &Path, plan: &Plan) -> Arc<Snapshot> {
    let mut table = Table::default();
    let lines = fs::read_to_string(case.join("consent.ndjson")).unwrap_or_default();
    for line in lines.lines() {
        let told = Told::read(line.as_bytes(), 0).expect("a decision");
        told.put(&mut table, plan, NOW_MS)
            .expect("one of the policy");
    }
    table.publish(NOW_MS)
}

fn plan(case: &Path) -> Arc<Plan> {
    let path = case.join("policy.yaml");
    let file = PolicyFile {
        text: fs::read_to_string(&path).expect("the case has a policy"),
        path,
    };
    let now = jiff::Timestamp::from_millisecond(NOW_MS).expect("a time");
    let compiled = compile(&file, &TestKeys, &Beside(case.to_owned()), now);
    let errors: Vec<&str> = compiled
        .findings
        .list()
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .map(|f| f.message.as_str())
        .collect();
    match compiled.plan {
        Some(plan) => Arc::new(plan),
        None => panic!("{}: {errors:?}", file.path.display()),
    }
}

fn batch(plan: &Arc<Plan>, lines: &[&str]) -> InBatch {
    let lane = Lane {
        topic: Arc::clone(&plan.source.topics[0]),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    for (line, offset) in lines.iter().zip(0..) {
        let at = Timestamp::Create(NOW_MS);
        batch.raw.push(offset, at, None, Some(line.as_bytes()), []);
    }
    batch
}

fn rendered(plan: &Plan, out: &OutBatch) -> String {
    let mut text = String::new();
    for record in out.records() {
        let line = record.source_offset + 1;
        match record.destination {
            Destination::Quarantine(reason) => {
                writeln!(text, r#"{{"line":{line},"quarantined":"{reason}"}}"#)
            }
            // Below, as they leave.
            Destination::Held(_) => Ok(()),
            Destination::Output(output) => {
                let topic = &plan.outputs[usize::from(output)].topic;
                let value = record.value.map_or("null".into(), |span| {
                    String::from_utf8_lossy(out.bytes(span)).into_owned()
                });
                let key = record.key.map_or(String::new(), |span| {
                    let key = String::from_utf8_lossy(out.bytes(span));
                    format!(r#""key":{},"#, serde_json::json!(key))
                });
                writeln!(
                    text,
                    r#"{{"line":{line},"to":"{topic}",{key}"value":{value}}}"#
                )
            }
        }
        .expect("a string takes it");
    }
    text
}

/// What leaves of records that wait, once the input has ended: in an order that is none.
fn released(plan: &Arc<Plan>, out: &OutBatch) -> String {
    let mut text = String::new();
    let mut words = Draws::fresh(&mut FixedSalt).expect("it gives bytes");
    for output in 0..plan.outputs.len() {
        let Some(mut waiting) = Waiting::new(plan, output, &mut words) else {
            continue;
        };
        let topic = &plan.outputs[output].topic;
        Arrived::of(out, output).for_each(|record| waiting.take(record));
        let mut lines: Vec<String> = Vec::new();
        match waiting.release(&mut words) {
            Ok(released) => lines.extend(released.records.iter().map(|record| {
                let value = String::from_utf8_lossy(&record.value);
                format!(r#"{{"released":"{topic}","value":{value}}}"#)
            })),
            Err(_) => waiting.leave_out(),
        }
        lines.sort_unstable();
        for line in lines {
            writeln!(text, "{line}").expect("a string takes it");
        }
        for (why, records) in waiting.left_out().each() {
            let why = why.as_str();
            writeln!(text, r#"{{"left_out":"{topic}","{why}":{records}}}"#)
                .expect("a string takes it");
        }
    }
    text
}

fn difference(case: &Path, expected: &str, actual: &str) -> String {
    let mut text = format!("{}:\n", case.display());
    let (mut left, mut right) = (expected.lines(), actual.lines());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return text,
            (e, a) if e == a => {}
            (e, a) => {
                let (e, a) = (e.unwrap_or("nothing"), a.unwrap_or("nothing"));
                writeln!(text, "  - {e}\n  + {a}").expect("a string takes it");
            }
        }
    }
}

/// The same salt for every batch, so that envelopes can be written down.
#[derive(Clone, Copy)]
struct FixedSalt;

impl Entropy for FixedSalt {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(0xa5);
    }
}
