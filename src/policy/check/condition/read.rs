//! COND: tests of values, and what joins them.

use std::sync::Arc;

use super::super::{Cx, paths};
use super::value_test::{bad, empty, value_test};
use super::{Condition, Test, WRITTEN_MAX};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::written::{Kind, Member, Node};
use crate::policy::selector::PlaceName;
use crate::record::path::{Selector, Step};

/// Deepest that `any`, `all` and `not` stand in each other.
const DEPTH_MAX: usize = 16;

/// Reads a condition. `None`: reported.
pub(in super::super) fn condition(
    node: &Node,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Condition> {
    let condition = read(node, 1, cx, findings)?;
    let tests = condition.tests().len();
    if tests > WRITTEN_MAX {
        findings
            .error(
                codes::TOO_LARGE,
                node.span,
                format!("a condition of {tests} tests"),
            )
            .help("say several values as a list: `PATH: [a, b, c]`");
        return None;
    }
    Some(condition)
}

fn read(node: &Node, depth: usize, cx: &Cx<'_>, findings: &mut Findings) -> Option<Condition> {
    if depth > DEPTH_MAX {
        findings
            .error(
                codes::NESTED_TOO_DEEP,
                node.span,
                format!("a condition of more than {DEPTH_MAX} levels"),
            )
            .help("write the inner conditions side by side");
        return None;
    }
    let Some(members) = node.members().filter(|members| !members.is_empty()) else {
        let found = match node.kind {
            Kind::Map(_) => "an empty mapping",
            _ => node.kind_name(),
        };
        bad(
            findings,
            node.span,
            format!("a condition asks something of a value, found {found}"),
        )
        .help("write `{ PATH: VALUE }`, for example `{ contact.country: [DE, AT] }`");
        return None;
    };
    let mut all = Vec::with_capacity(members.len());
    let mut broken = false;
    let has = |name: &str| members.iter().any(|m| m.name == name);
    for m in members {
        let one = match m.name.as_str() {
            "any" => several(m, depth, cx, findings).map(Condition::Any),
            "all" => several(m, depth, cx, findings).map(Condition::All),
            "not" => read(&m.value, depth + 1, cx, findings).map(|of| Condition::Not(Box::new(of))),
            "from" => from(node, m, members, cx, findings),
            "is" if has("from") => continue,
            "is" => {
                bad(
                    findings,
                    m.name_span,
                    "`is` asks what a value is, and which value is not said",
                )
                .help("write `{ PATH: { is: … } }`; a field of that name is written `\"'is'\"`");
                None
            }
            _ => of_path(m, cx, findings),
        };
        match one {
            Some(one) => all.push(one),
            None => broken = true,
        }
    }
    if broken {
        return None;
    }
    Some(match <[Condition; 1]>::try_from(all) {
        Ok([one]) => one,
        Err(all) => Condition::All(all),
    })
}

fn several(
    m: &Member,
    depth: usize,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Vec<Condition>> {
    let help = format!(
        "write `{0}: [{{ PATH: VALUE }}, …]`; a field of that name is written `\"'{0}'\"`",
        m.name
    );
    let items = match m.value.items() {
        Some([]) => {
            empty(findings, m.value.span, &format!("`{}`", m.name)).help(help);
            return None;
        }
        Some(items) => items,
        None => {
            let message = format!("`{}` joins a list of conditions", m.name);
            bad(findings, m.value.span, message).help(help);
            return None;
        }
    };
    let each = items.iter().map(|item| read(item, depth + 1, cx, findings));
    let each: Vec<Option<Condition>> = each.collect();
    each.into_iter().collect()
}

/// `from: PLACE` with its `is: TEST`.
fn from(
    node: &Node,
    m: &Member,
    members: &[Member],
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Condition> {
    let is = members.iter().find(|m| m.name == "is");
    let Some(is) = is else {
        bad(findings, node.span, "`from` names a place, and nothing is asked of it")
            .help("add `is: TEST`: `{ from: record_key, is: … }`; a field of that name is written `\"'from'\"`");
        return None;
    };
    let Some(text) = m.value.scalar() else {
        bad(
            findings,
            m.value.span,
            format!("a place must be text, found {}", m.value.kind_name()),
        )
        .help("write `record_key`, `record_key.PATH` or `header.NAME`");
        return None;
    };
    let place = paths::place(text, m.value.span, cx, findings)?;
    if let PlaceName::Value(path) = &place {
        bad(
            findings,
            m.value.span,
            "a value of the event is named by its path alone",
        )
        .help(format!("write `{{ {path}: TEST }}`"));
        return None;
    }
    if let PlaceName::RecordKeyPath(path) = &place
        && path.filters().next().is_some()
    {
        bad(
            findings,
            m.value.span,
            format!("`{path}` goes through a list of keys and values"),
        )
        .why("in this version a condition asks of none")
        .help("ask a value outside of it, or one element: `[0]`");
        return None;
    }
    test(place, m.value.span, &is.value, cx, findings)
}

fn of_path(m: &Member, cx: &Cx<'_>, findings: &mut Findings) -> Option<Condition> {
    let named = paths::paths(&m.name, m.name_span, cx, findings)?;
    if !paths::is_readable(m.name_span, cx, findings) {
        return None;
    }
    let one = <[Selector; 1]>::try_from(named);
    let path = one.ok().filter(|[path]| !path.is_starred());
    let Some([path]) = path else {
        bad(
            findings,
            m.name_span,
            format!("`{}` can mean several values", m.name),
        )
        .why("a condition asks one value")
        .help("ask each by its path, under `any:` or `all:`");
        return None;
    };
    let goes_through = |step: fn(&Step) -> bool| path.steps.iter().any(step);
    let filters = goes_through(|s| matches!(s, Step::Filter(_)));
    let lists = goes_through(|s| matches!(s, Step::AnyElement));
    if filters || (lists && goes_through(|s| matches!(s, Step::Json))) {
        bad(
            findings,
            m.name_span,
            format!("`{path}` goes through a list of keys and values, or a list in a text"),
        )
        .why("in this version a condition asks of neither")
        .help("ask a value outside of it, or one element: `[0]`");
        return None;
    }
    test(PlaceName::Value(path), m.name_span, &m.value, cx, findings)
}

fn test(
    of: PlaceName,
    span: Span,
    node: &Node,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Condition> {
    let (asks, says) = value_test(node, cx, findings)?;
    Some(Condition::Test(Arc::new(Test {
        of,
        span,
        asks,
        says,
    })))
}
