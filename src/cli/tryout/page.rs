//! What the page is told.

use super::super::Failure;
use super::keys::Keys;
use super::session::{Made, Session};
use serde_json::{Value, json};
use std::path::Path;
use veilstream::language::report;
use veilstream::trial::beside::Each;

/// At its start. `sample`: its file; `None`: standard input.
pub fn start(session: &Session, sample: Option<&Path>) -> Value {
    let path = |path: &Path| path.display().to_string();
    let held = &session.sample;
    json!({
        "policy": session.policy.text,
        "policy_path": path(&session.policy.path),
        "sample_path": sample.map(path),
        "enveloped": held.enveloped,
        "test_keys": matches!(session.keys, Keys::OfTests),
        "records": held.records,
        "has_more": held.has_more,
        "too_long": held.too_long,
    })
}

/// What the policy comes to as that text has it, with one record beside what left of
/// it to one output.
///
/// # Errors
/// 69 when a record cannot be sanitized now.
pub fn answer(
    session: &Session,
    text: &str,
    record: usize,
    output: usize,
) -> Result<Value, Failure> {
    let tried = session.tried(text, &session.sample)?;
    let path = session.policy.path.display().to_string();
    let findings = report::json(&tried.compiled.findings, &path, text);
    let findings: Value = serde_json::from_str(&findings).expect("findings are JSON");
    let made = tried.made.map(|made| told(&made, record, output));
    Ok(json!({ "findings": findings, "made": made }))
}

fn told(made: &Made, record: usize, output: usize) -> Value {
    let explained = made.evidence.explained().to_json();
    let each = |one| Each::of(one, &made.record_type).to_json();
    let record = made.records.get(record).or(made.records.last());
    let beside = record.and_then(|one| made.beside(one, output));
    json!({
        "policy": explained["policy"],
        "records": made.records.iter().map(each).collect::<Vec<_>>(),
        "beside": beside.map(|b| b.to_json()),
        "explained": explained,
    })
}
