//! What Debezium writes in place of a value that it does not know, under a code.

use super::Use;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Output};
use crate::record::path::{Selector, Step};

/// The word, by Debezium's own setting (`unavailable.value.placeholder`).
const WORD: &str = "__debezium_unavailable_value";
/// The members of an envelope that hold a row.
const ROWS: [&str; 2] = ["before", "after"];
/// Those that stand beside it.
const BESIDE: [&str; 4] = ["op", "source", "ts_ms", "transaction"];

/// Notes, once an output, that rows whose value is not known get one code.
pub(super) fn check(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    if !is_envelope(policy) || policy.nothing.is(WORD.as_bytes()) {
        return;
    }
    let mut told: Vec<&str> = Vec::new();
    for u in uses.iter().filter(|u| u.facts.joins_records()) {
        let is_of_row = |path: &Selector| path.steps.len() > 1 && starts_with(path, &ROWS);
        if !u.inputs.iter().any(is_of_row) || told.contains(&u.topic()) {
            continue;
        }
        told.push(u.topic());
        findings
            .note(
                codes::UNAVAILABLE_VALUE,
                u.at(),
                format!(
                    "where Debezium does not know a value, `{}` gets the code of one word, as all such rows do",
                    u.path
                ),
            )
            .why(format!(
                "of a large column that an update did not touch (PostgreSQL's TOAST, LOBs of Oracle) the event says `{WORD}`: those rows would count as one person"
            ))
            .help(format!("`nothing: [{WORD}]`, beside `source`: nothing leaves of it then"))
            .output(u.topic())
            .field(&u.path);
    }
}

/// True when the policy names a row and something beside it, as Debezium's envelopes have
/// them.
fn is_envelope(policy: &Checked) -> bool {
    let of_output = |output: &Output| -> Vec<Selector> {
        let types = output.types.iter().flatten();
        let lists = std::iter::once(&output.fields).chain(types.map(|t| &t.fields));
        lists
            .flatten()
            .map(|field| field.selector.clone())
            .collect()
    };
    let paths: Vec<Selector> = policy.outputs.iter().flat_map(of_output).collect();
    let has = |names: &[&str]| paths.iter().any(|path| starts_with(path, names));
    has(&["after"]) && (has(&["before"]) || has(&BESIDE))
}

fn starts_with(path: &Selector, names: &[&str]) -> bool {
    matches!(path.steps.first(), Some(Step::Name(first)) if names.contains(&first.as_str()))
}
