//! What chooses an element leaves with it: `[?key=='x']` writes the `key` of the
//! elements that it chooses, as the policy spells it, unless the policy says what
//! becomes of it.

use super::Cx;
use super::model::{Field, TypeFields, Written};
use super::value::{Named, Site, one};
use crate::language::finding::{Findings, Span};
use crate::language::written::{Kind, Member, Node};
use crate::policy::selector::place_inside;
use crate::record::Literal;
use crate::record::path::{Filter, Selector, Step};

/// Adds to an allowlist the fields that its filters imply.
pub(crate) fn add(list: &mut Vec<Field>, cx: &Cx<'_>, findings: &mut Findings) {
    let mut implied: Vec<Field> = Vec::new();
    for field in list.iter() {
        for (at, step) in field.selector.steps.iter().enumerate() {
            let Step::Filter(filter) = step else { continue };
            let goes_on = at + 1 < field.selector.steps.len();
            let Some(literal) = filter.is.literal().filter(|_| goes_on) else {
                continue;
            };
            let selector = deciding(&field.selector.steps[..=at], filter);
            let is_dropped = field.writes.iter().all(|w| w.value.spec.facts().drops);
            let known = implied.iter().any(|f| f.selector == selector);
            if is_dropped || known || list.iter().any(|f| says(f, &selector)) {
                continue;
            }
            let Some(value) = constant(&literal, field, filter, cx, findings) else {
                continue;
            };
            if !cx.take(1, field.span, findings) {
                return;
            }
            implied.push(Field {
                selector,
                span: field.span,
                implied: true,
                writes: vec![Written { name: None, value }],
                lifted: None,
            });
        }
    }
    list.extend(implied);
}

/// Takes from the lists for single types what the list for all says already.
pub(crate) fn once(base: &[Field], types: &mut [TypeFields]) {
    for of_type in types {
        let implied = |f: &Field| f.implied && base.iter().any(|b| says(b, &f.selector));
        of_type.fields.retain(|f| !implied(f));
    }
}

/// The value that a filter looks at, in the elements that `above` leads to.
fn deciding(above: &[Step], filter: &Filter) -> Selector {
    let names = filter.path.iter().cloned().map(Step::Name);
    Selector {
        steps: above.iter().cloned().chain(names).collect(),
    }
}

/// True when a field says what becomes of the value at `path`, or of all around it,
/// or leaves under its name.
fn says(field: &Field, path: &Selector) -> bool {
    let own = &field.selector;
    let leaves_there = |w: &Written| field.output_path(w).leads_to(path);
    own.leads_to(path)
        || own.covers(path) && field.writes.iter().any(|w| w.value.is_whole())
        || field.writes.iter().any(leaves_there)
}

/// `{ replace: { with: LITERAL } }`, as if it stood where the filter does.
fn constant(
    literal: &Literal,
    field: &Field,
    filter: &Filter,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<super::model::Value> {
    cx.actions.iter().find(|a| a.name == "replace")?;
    let written = cx.text.get(field.span.start..field.span.end)?;
    let spelled = format!("[?{filter}]");
    let at = written.find(&spelled).map(|at| at..at + spelled.len());
    let span = at.map_or(field.span, |at| {
        let inside = place_inside(cx.text, field.span, written, &at);
        Span { ..inside }
    });
    let (text, quoted) = match literal {
        Literal::Text(text) => (text.clone(), true),
        Literal::Number(text) => (text.clone(), false),
        Literal::Bool(value) => (value.to_string(), false),
    };
    let of = |name: &str, kind: Kind| Node {
        span,
        kind: Kind::Map(vec![Member {
            name: name.to_owned(),
            name_span: span,
            value: Node { span, kind },
        }]),
    };
    let with = of("with", Kind::Scalar { text, quoted });
    let node = of("replace", with.kind);
    one(&node, Site::Field, &Named::new(), cx, findings)
}
