//! Why data of special categories may leave.

use super::accountability::{Condition, Sensitive};
use super::names;
use super::spelled::Spelled;
use crate::categories;
use crate::language::codes;
use crate::language::finding::{Findings, Note, Span};
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::policy::grammar;

/// Reads `sensitive`. An entry with a mistake is reported and missing.
pub(crate) fn sensitive(nodes: &[Node], findings: &mut Findings) -> Vec<Sensitive> {
    let read = nodes.iter().filter_map(|node| entry(node, findings));
    read.collect()
}

fn entry(node: &Node, findings: &mut Findings) -> Option<Sensitive> {
    let before = findings.errors();
    let mut mapping = Mapping::open(node, &grammar::SENSITIVE, findings)?;
    let spelled = |mapping: &mut Mapping<'_, '_>, word: &str| {
        let value = mapping.text(word)?.to_owned();
        let span = mapping.place(word);
        Some(Spelled { value, span })
    };
    let class = spelled(&mut mapping, "class");
    if let Some(class) = &class {
        is_special(class, mapping.findings);
    }
    let condition = match mapping.has("condition") {
        false => None,
        true => mapping.one_of("condition").and_then(Condition::of_word),
    };
    let condition_span = mapping.place("condition");
    let category = spelled(&mut mapping, "category");
    let because = mapping
        .text("because")
        .unwrap_or_default()
        .trim()
        .to_owned();
    let because_span = mapping.place("because");
    if mapping.has("because") && names::is_blank(&because) {
        wrong(mapping.findings, because_span, "an entry needs its reason")
            .help("say why this data is needed, so that whoever reads the policy can judge it");
    }
    let needs = class.as_ref().is_some_and(|class| {
        let not_of_nine = ["user.location", "user.childrens"];
        !not_of_nine
            .iter()
            .any(|above| categories::is_at_or_below(&class.value, above))
    });
    if needs && !mapping.has("condition") {
        wrong(mapping.findings, node.span, "this class needs a `condition`")
            .why("article 9(2) of the GDPR lists when such data may be processed at all, article 10 for offences")
            .help("name the one that holds: `condition: explicit_consent`, `health_or_social_care`, `research`, …");
    }
    let by_consent = condition == Some(Condition::ExplicitConsent);
    match (by_consent, &category) {
        (true, None) => {
            wrong(
                mapping.findings,
                condition_span,
                "`explicit_consent` needs the category that people are asked for",
            )
            .help("add `category: NAME`, one of `consent.categories` with `explicit: true`");
        }
        (false, Some(category)) => {
            wrong(
                mapping.findings,
                category.span,
                "`category` says nothing without `condition: explicit_consent`",
            )
            .why("a word that is read but not obeyed would promise what does not happen")
            .help("remove `category`, or write `condition: explicit_consent`");
        }
        _ => {}
    }
    (findings.errors() == before).then_some(Sensitive {
        span: node.span,
        class: class?,
        condition,
        category,
        because,
    })
}

fn wrong<'f>(findings: &'f mut Findings, span: Span, message: &str) -> Note<'f> {
    findings.error(codes::SENSITIVE_ENTRY, span, message)
}

fn is_special(class: &Spelled, findings: &mut Findings) {
    if !names::is_class(&class.value) {
        findings
            .error(codes::BAD_NAME, class.span, "this is not a class")
            .help("a class is words joined by `.`: `user.health_and_medical`");
    } else if !categories::is_special(&class.value) {
        wrong(
            findings,
            class.span,
            "data of this class needs no entry under `sensitive`",
        )
        .why("an entry is for special categories, offences, children and precise locations, and for what lies below one of them")
        .help("remove the entry, or name the class that it is about");
    }
}
