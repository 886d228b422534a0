//! Amounts that can be computed again from what leaves beside them.

use super::{Use, WrittenTo};
use crate::action::{Dial, Grade, Setting, Type};
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Output};
use crate::record::path::{Selector, Step};

/// Checks every output.
pub(crate) fn check(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    for output in &policy.outputs {
        let fields: Vec<_> = uses
            .iter()
            .filter(|u| u.place == WrittenTo::Field && std::ptr::eq(u.output, output))
            .filter_map(|u| Some((u, u.leaves.as_ref()?)))
            .collect();
        factors(output, &fields, findings);
    }
}

fn factors(output: &Output, fields: &[(&Use<'_>, &Selector)], findings: &mut Findings) {
    for (article, path) in fields.iter().filter(|(u, _)| is_article(u)) {
        let Some(item) = item(path) else {
            continue;
        };
        let beside =
            |(u, other): &&(&Use<'_>, &Selector)| is_number(u) && self::item(other) == Some(item);
        let sum = |(u, other): &&(&Use<'_>, &Selector)| is_cut(u) && !other.steps.starts_with(item);
        let (Some((number, _)), Some((amount, _))) =
            (fields.iter().find(beside), fields.iter().find(sum))
        else {
            continue;
        };
        findings
            .warning(
                codes::FACTORS,
                amount.at(),
                format!("`{}` can be computed again", amount.path),
            )
            .also(article.at(), format!("which article, says `{}`", article.path))
            .also(number.at(), format!("how many or for how much, `{}`", number.path))
            .why("prices are no secret: the articles and their number give the exact sum")
            .help(format!(
                "`generalize: {{ hierarchy: {{ file: …, level: 1 }} }}` of `{}`, or drop one of the three",
                article.path
            ))
            .output(&output.topic.value)
            .field(&amount.path);
        return;
    }
}

/// The element that a path lies in directly.
fn item(path: &Selector) -> Option<&[Step]> {
    let (_, above) = path.steps.split_last()?;
    above.last().is_some_and(Step::is_element).then_some(above)
}

/// So few words tell kinds of an item apart, not articles.
const KINDS_MAX: usize = 5;

/// True when one article is told from another by it.
fn is_article(u: &Use<'_>) -> bool {
    let few =
        |dial: &Dial| matches!(&dial.at, Setting::Only(Some(words)) if words.len() <= KINDS_MAX);
    is_clear_text(u) && !u.value.spec.reveals().dials.iter().any(few)
}

fn is_clear_text(u: &Use<'_>) -> bool {
    u.facts.clear
        && u.facts.grade.is_none()
        && u.facts.open_end.is_none()
        && u.value.spec.gives(Type::Text).is_some()
        && !is_typed_number(u)
}

/// What is bounded as a number takes numbers that are written as texts, too.
fn is_typed_number(u: &Use<'_>) -> bool {
    u.value.spec.gives(Type::Number).is_some() && u.value.spec.gives(Type::Bool).is_none()
}

fn is_number(u: &Use<'_>) -> bool {
    is_cut(u) || (u.facts.clear && u.value.spec.gives(Type::Number).is_some())
}

fn is_cut(u: &Use<'_>) -> bool {
    matches!(u.facts.grade, Some(Grade::Amount | Grade::Decimals(_)))
}
