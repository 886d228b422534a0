//! What data was collected for.

use super::accountability::{Compatible, Purposes};
use super::day::day;
use super::names;
use super::spelled::Spelled;
use crate::categories;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::policy::grammar;

/// Reads `purposes`. What is wrong in it is reported and missing.
pub(crate) fn purposes(node: &Node, findings: &mut Findings) -> Option<Purposes> {
    let mut mapping = Mapping::open(node, &grammar::COLLECTED, findings)?;
    let mut collected_for = Vec::new();
    for (text, span) in mapping.texts("collected_for") {
        collected_for.extend(purpose(text, span, mapping.findings));
    }
    let mut compatible = Vec::new();
    for node in mapping.items("compatible") {
        compatible.extend(entry(node, mapping.findings));
    }
    let mut own = Vec::new();
    for (prefix, span) in mapping.texts("own") {
        own.extend(own_prefix(prefix, span, mapping.findings));
    }
    Some(Purposes {
        collected_for,
        compatible,
        own,
    })
}

fn entry(node: &Node, findings: &mut Findings) -> Option<Compatible> {
    let mut mapping = Mapping::open(node, &grammar::COMPATIBLE, findings)?;
    let named = mapping.text("use");
    let span = mapping.place("use");
    let named = named.and_then(|text| purpose(text, span, mapping.findings));
    let because = mapping.text("because").map(str::trim).map(str::to_owned);
    if because.as_deref().is_some_and(names::is_blank) {
        let span = mapping.place("because");
        mapping
            .findings
            .error(codes::WRONG_KIND, span, "a compatible use needs its reason")
            .why("article 6(4) asks for the link between the purposes, the context, the kind of data, the consequences and the safeguards")
            .help("say why this use is compatible with what the data was collected for");
    }
    let until = day(&mut mapping, "until");
    Some(Compatible {
        purpose: named?,
        because: because?,
        until: until?.value,
    })
}

fn purpose(text: &str, span: Span, findings: &mut Findings) -> Option<Spelled> {
    if names::is_space_name(text) {
        return Some(Spelled {
            value: text.to_owned(),
            span,
        });
    }
    findings
        .error(codes::BAD_NAME, span, "this cannot be a purpose")
        .help("write a data use of the list, as in `analytics.reporting`: docs/reference/policy.md has it");
    None
}

/// What purposes of somebody's own begin with.
fn own_prefix(prefix: &str, span: Span, findings: &mut Findings) -> Option<String> {
    let taken = |known: &str| categories::is_at_or_below(known, prefix);
    if !names::is_class(prefix) {
        findings
            .error(codes::BAD_NAME, span, "no purpose can begin with this")
            .help("write words joined by `.`: `acme`, or `analytics.acme`");
    } else if categories::uses().any(taken) {
        findings
            .error(
                codes::BAD_NAME,
                span,
                format!("purposes of the list stand at or below `{prefix}`"),
            )
            .why("every misspelt purpose there would count as one of your own")
            .help("begin your own purposes with a word of your own: `acme`, or `analytics.acme`");
    } else {
        return Some(prefix.to_owned());
    }
    None
}
