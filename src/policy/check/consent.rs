//! Where consent stands in a record, and what grants it.

use super::Cx;
use super::model::{Signal, Spelled};
use super::paths;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Node};
use crate::policy::grammar;
use crate::record::Literal;
use crate::record::is_json_number;

/// Most consent signals.
const SIGNALS_MAX: usize = 256;

/// Reads `consent`.
pub(crate) fn signals(node: &Node, cx: &Cx<'_>, findings: &mut Findings) -> Vec<Signal> {
    let Some(mut mapping) = Mapping::open(node, &grammar::CONSENT, findings) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    let nodes = mapping.items("signals");
    if let Some(extra) = nodes.get(SIGNALS_MAX) {
        mapping
            .findings
            .error(
                codes::TOO_LARGE,
                extra.span,
                format!("more than {SIGNALS_MAX} consent signals"),
            )
            .help("read an object of categories instead of single values");
    }
    for node in nodes.iter().take(SIGNALS_MAX) {
        let Some(mut mapping) = Mapping::open(node, &grammar::SIGNAL, mapping.findings) else {
            continue;
        };
        if mapping.has("from") {
            mapping.one_of("from");
        }
        let category = mapping
            .text("category")
            .map(str::to_owned)
            .zip(mapping.node("category"));
        if let (Some(grants), None) = (mapping.member("grants"), mapping.member("category")) {
            mapping.findings
                .error(
                    codes::MISSING_WORD,
                    grants.name_span,
                    "`grants` needs `category`",
                )
                .why("without `category` the signal is an object of category → boolean, and only `true` permits")
                .help("add `category: NAME`, or remove `grants`");
        }
        // Written and empty is not "not written": such a signal can only deny.
        let mut grants = Vec::new();
        if mapping.has("grants") {
            for n in mapping.items("grants") {
                grants.extend(literal(n, mapping.findings));
            }
        } else {
            grants.push(Literal::Bool(true));
        }
        let path = mapping.text("path").and_then(|text| {
            let span = mapping.place("path");
            let value = paths::single(text, span, cx, mapping.findings)?;
            Some(Spelled { value, span })
        });
        if let Some(path) = path {
            list.push(Signal {
                path,
                category: category.map(|(value, node)| Spelled {
                    value,
                    span: node.span,
                }),
                grants,
            });
        }
    }
    list
}

fn literal(node: &Node, findings: &mut Findings) -> Option<Literal> {
    match &node.kind {
        Kind::Scalar { text, quoted: true } => Some(Literal::Text(text.clone())),
        Kind::Scalar { text, .. } => match text.as_str() {
            "" | "~" | "null" => {
                findings
                    .error(codes::WRONG_KIND, node.span, "null cannot grant consent")
                    .why("null and absent are silent: they neither permit nor deny")
                    .help("name the value that the producer writes for yes");
                None
            }
            "true" => Some(Literal::Bool(true)),
            "false" => Some(Literal::Bool(false)),
            t if is_json_number(t) => Some(Literal::Number(t.to_owned())),
            t => Some(Literal::Text(t.to_owned())),
        },
        _ => {
            paths::wrong_kind(node, "a single value", findings);
            None
        }
    }
}
