//! What several actions read from the policy: scalars, exact numbers.

use crate::policy::codes;
use crate::policy::finding::Findings;
use crate::policy::form::Form;
use crate::policy::is_json_number;
use crate::policy::plan::Literal;
use crate::policy::written::{Kind, Node};
use crate::record::decimal::Decimal;

/// The scalar that a node spells: quoted is text, `true`, `false` and JSON
/// numbers are themselves, any other word is text. `None` for lists, mappings
/// and nothing (`null`, `~`, empty).
pub(super) fn literal(node: &Node) -> Option<Literal> {
    let Kind::Scalar { text, quoted } = &node.kind else {
        return None;
    };
    if *quoted {
        return Some(Literal::Text(text.clone()));
    }
    match text.as_str() {
        "" | "~" | "null" => None,
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        number if is_json_number(number) => Some(Literal::Number(number.to_owned())),
        word => Some(Literal::Text(word.to_owned())),
    }
}

/// An exact number of the policy; a finding when it is none or has more
/// digits than are computed with.
pub(super) fn decimal(node: &Node, what: &str, findings: &mut Findings) -> Option<Decimal> {
    let Some(Literal::Number(text)) = literal(node) else {
        findings.error(
            codes::WRONG_KIND,
            node.span,
            format!("`{what}` must be a number, found {}", node.kind_name()),
        );
        return None;
    };
    let number = Decimal::read(&text).filter(|n| n.is_zero() || (-64..=64).contains(&n.exponent()));
    if number.is_none() {
        findings
            .error(
                codes::OUT_OF_RANGE,
                node.span,
                format!("`{what}` has too many digits or too large an exponent"),
            )
            .help("write a number of at most 64 digits between 1e-64 and 1e64");
    }
    number
}

/// The items of a list word; a finding when it is no list, or an empty one.
pub(super) fn items<'n>(form: &mut Form<'n, '_>, name: &str) -> Option<&'n [Node]> {
    let node = form.node(name)?;
    match node.items() {
        Some([]) => {
            form.findings
                .error(
                    codes::OUT_OF_RANGE,
                    node.span,
                    format!("`{name}` is an empty list"),
                )
                .help("name at least one, or remove the word");
            None
        }
        Some(items) => Some(items),
        None => {
            form.findings.error(
                codes::WRONG_KIND,
                node.span,
                format!("`{name}` must be a list, found {}", node.kind_name()),
            );
            None
        }
    }
}

/// Reports two words that do not go together, at the second.
pub(super) fn not_together(form: &mut Form<'_, '_>, first: &str, second: &str, why: &str) {
    if !form.has(first) {
        return;
    }
    if let Some(member) = form.member(second) {
        form.findings
            .error(
                codes::NOT_TOGETHER,
                member.name_span,
                format!("`{second}` does not go with `{first}`"),
            )
            .why(why)
            .help(format!("remove `{second}` or `{first}`"));
    }
}
