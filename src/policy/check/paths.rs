//! Paths, places and type names: read, what is wrong with them reported, and how
//! those of another language are written here.

use super::Cx;
use super::bare;
use super::spelled::Spelled;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::written::Node;
use crate::policy::notation;
use crate::policy::selector::{self, PlaceName, TypePattern, Unreadable};
use crate::record::bare::Bare;
use crate::record::path::Selector;

/// A path with its `(a|b)` written out.
pub(crate) fn paths(
    text: &str,
    span: Span,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Vec<Selector>> {
    let paths = selector::selectors(text);
    let paths = readable(paths, codes::BAD_SELECTOR, text, span, cx, findings)?;
    let fit = paths.iter().all(|path| fits(path, span, cx, findings));
    notation::check(findings, cx.text, span, text);
    fit.then_some(paths)
}

/// A path that names one place.
pub(crate) fn single(
    text: &str,
    span: Span,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Selector> {
    let path = selector::single(text);
    let path = readable(path, codes::BAD_SELECTOR, text, span, cx, findings)?;
    let fits = fits(&path, span, cx, findings) && is_readable(span, cx, findings);
    notation::check(findings, cx.text, span, text);
    fits.then_some(path)
}

/// Most paths of `type`, and of a kind of `subject`.
const PATHS_MAX: usize = 16;

/// Paths of one place each, none of them twice.
pub(super) fn several(
    texts: Vec<(&str, Span)>,
    name: &str,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Vec<Spelled<Selector>> {
    let mut paths: Vec<Spelled<Selector>> = Vec::new();
    if let Some((_, span)) = texts.get(PATHS_MAX) {
        findings
            .error(
                codes::TOO_LARGE,
                *span,
                format!("`{name}` names more than {PATHS_MAX} paths"),
            )
            .help("name fewer");
    }
    for (text, span) in texts.into_iter().take(PATHS_MAX) {
        let Some(path) = single(text, span, cx, findings) else {
            continue;
        };
        if let Some(first) = paths.iter().find(|p| p.value == path) {
            findings
                .error(
                    codes::SAME_PATH,
                    span,
                    format!("`{path}` is named twice in `{name}`"),
                )
                .also(first.span, "the first time")
                .help("name it once");
            continue;
        }
        paths.push(Spelled { value: path, span });
    }
    paths
}

/// A place that `from` names.
pub(crate) fn place(
    text: &str,
    span: Span,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<PlaceName> {
    let place = selector::place(text);
    let place = readable(place, codes::BAD_PLACE, text, span, cx, findings)?;
    let path = place.in_value();
    let fits =
        path.is_none_or(|path| fits(path, span, cx, findings) && is_readable(span, cx, findings));
    notation::check_place(findings, span, text);
    fits.then_some(place)
}

/// Reports what is to be read of a value that is bytes. True: it is none.
pub(crate) fn is_readable(span: Span, cx: &Cx<'_>, findings: &mut Findings) -> bool {
    let is_bytes = cx.bare.get() == Some(Bare::Bytes);
    if is_bytes {
        bare::lacks(findings, span, "what is read of the value", Bare::Bytes)
            .help("read the record key, or a header: `record_key`, `header.NAME`");
    }
    !is_bytes
}

/// Reports a path of members where values have no parts, and the path of such a value
/// where they have. True: it is neither.
fn fits(path: &Selector, span: Span, cx: &Cx<'_>, findings: &mut Findings) -> bool {
    match (cx.bare.get(), path.is_itself()) {
        (None, false) | (Some(_), true) => true,
        (Some(of), false) => {
            bare::lacks(findings, span, &format!("the path `{path}`"), of)
                .help("name all of the value: `\".\"`, and in a place `value`; where values are JSON, write `value: json`");
            false
        }
        (None, true) => {
            findings
                .error(codes::BAD_SELECTOR, span, "values have parts here, and this path is of one that has none")
                .help("name a member of the record: `context.page`; or, where the value is one text, or bytes, write `value: text`, or `value: bytes`, into `source`");
            false
        }
    }
}

/// A name under `types`, its `(a|b)` written out.
pub(crate) fn types(
    text: &str,
    span: Span,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<Vec<TypePattern>> {
    let patterns = selector::type_patterns(text);
    readable(patterns, codes::BAD_TYPE_NAME, text, span, cx, findings)
}

fn readable<T>(
    read: Result<T, Unreadable>,
    code: &'static str,
    text: &str,
    span: Span,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<T> {
    read.map_err(|e| selector::report(findings, code, cx.text, span, text, &e))
        .ok()
}

/// Reports a type that two entries name equally exactly. `fix` says what to do.
pub(crate) fn same_type(
    pattern: &TypePattern,
    span: Span,
    first: Span,
    fix: &str,
    findings: &mut Findings,
) {
    findings
        .error(
            codes::SAME_TYPE,
            span,
            format!("two entries are equally exact for the type `{pattern}`"),
        )
        .label("the second one")
        .also(first, "the first one")
        .help(format!("name each type once{fix}"));
}

/// Reports a node of another kind than `wanted`.
pub(crate) fn wrong_kind(node: &Node, wanted: &str, findings: &mut Findings) {
    findings
        .error(
            codes::WRONG_KIND,
            node.span,
            format!("expected {wanted}, found {}", node.kind_name()),
        )
        .help(format!("write {wanted} here"));
}
