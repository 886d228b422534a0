//! `when`: a list of cases, each with a field value of its own.

use std::sync::Arc;

use super::super::Cx;
use super::super::model::Value;
use super::super::value::{Named, Site, several};
use super::value_test::{bad, empty};
use super::{Condition, Guard, condition};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Member, Node};
use crate::policy::grammar;

/// Deepest that field values stand in each other: cases of `when`, what `each`, `url` and
/// `redact` do to parts and `names` to names, fields of a body.
pub(in super::super) const NESTING_MAX: u8 = 4;

/// Most cases of one `when`, those of a `when` inside it included.
const CASES_MAX: usize = 256;

/// Reads the cases of a `when`: one field value for each, in order; the last one is
/// that of none. `None`: reported.
pub(in super::super) fn when(
    member: &Member,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Vec<Value>> {
    let help = "write `when: [{ if: { PATH: VALUE }, then: ACTION }, { else: ACTION }]`";
    let items = match member.value.items() {
        Some([]) => {
            empty(findings, member.value.span, "`when`").help(help);
            return None;
        }
        Some(items) => items,
        None => {
            bad(findings, member.value.span, "`when` takes a list of cases").help(help);
            return None;
        }
    };
    let flat = "write the inner cases into the outer list: `if: { A, B }` asks both";
    let _level = cx.nested(member.name_span, flat, findings)?;
    let mut cases: Vec<(Condition, Value)> = Vec::new();
    let mut broken = false;
    let mut has_else: Option<Span> = None;
    for item in items {
        if let Some(first) = has_else {
            bad(findings, item.span, "a case behind `else` is never reached")
                .also(first, "this holds for all that is left")
                .help("write `else` last, and once");
            broken = true;
            continue;
        }
        match case(item, named, cx, findings) {
            Some(Case::Of(condition, values)) => add(&condition, values, &mut cases),
            Some(Case::Else(values)) => {
                has_else = Some(item.span);
                add(&Condition::always(), values, &mut cases);
            }
            None => broken = true,
        }
    }
    if broken {
        return None;
    }
    if cases.len() > CASES_MAX {
        findings
            .error(
                codes::TOO_LARGE,
                member.name_span,
                format!("{} cases, those of inner ones included", cases.len()),
            )
            .help("join cases that do the same: `PATH: [a, b, c]`, or `any:`");
        return None;
    }
    if has_else.is_none() {
        cases.push((Condition::always(), Value::drop(cx, member.name_span)?));
    }
    let (conditions, values): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
    let conditions: Arc<[Condition]> = conditions.into();
    let guarded = (0..).zip(values).map(|(case, mut value)| {
        value.guard = Some(Guard {
            cases: Arc::clone(&conditions),
            case,
            span: member.name_span,
        });
        value
    });
    Some(guarded.collect())
}

/// Of a `when` inside, each case holds where its own and the outer one do: they come
/// before what follows the outer one, and one of them always holds there.
fn add(condition: &Condition, values: Vec<Value>, cases: &mut Vec<(Condition, Value)>) {
    for value in values {
        let own = match &value.guard {
            Some(guard) => condition.and(&guard.cases[guard.case]),
            None => condition.clone(),
        };
        cases.push((own, value));
    }
}

enum Case {
    Of(Condition, Vec<Value>),
    Else(Vec<Value>),
}

fn case(item: &Node, named: &Named, cx: &Cx<'_>, findings: &mut Findings) -> Option<Case> {
    let mapping = Mapping::open(item, &grammar::CASE, findings)?;
    let (of, then, other) = (
        mapping.node("if"),
        mapping.node("then"),
        mapping.node("else"),
    );
    let findings = mapping.findings;
    let value =
        |node: &Node, findings: &mut Findings| several(node, Site::Case, named, cx, findings);
    match (of, then, other) {
        (Some(of), Some(then), None) => {
            let condition = condition(of, cx, findings);
            let values = value(then, findings);
            Some(Case::Of(condition?, values?))
        }
        (None, None, Some(other)) => Some(Case::Else(value(other, findings)?)),
        _ => {
            bad(
                findings,
                item.span,
                "a case has `if` and `then`, or `else` alone",
            )
            .help("write `{ if: { PATH: VALUE }, then: ACTION }` or `{ else: ACTION }`");
            None
        }
    }
}
