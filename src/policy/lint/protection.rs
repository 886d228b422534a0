//! What the policy as a whole does: that it protects anything, and says what and why.

use super::Use;
use crate::action::Degree;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::policy::check::model::Checked;

/// Checks all that leaves together.
pub(crate) fn check(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    empty_outputs(policy, uses, findings);
    // By their names, so that what is said does not depend on the order.
    let Some(first) = policy.outputs.iter().min_by_key(|o| &o.topic.value) else {
        return;
    };
    // Of a part that is clear, nobody can say that the field is.
    let clear = uses.iter().filter(|u| u.facts.clear && !u.is_part);
    let clear = clear.min_by_key(|u| (u.topic(), &u.path));
    if let Some(clear) = clear
        && uses.iter().all(protects_nothing)
    {
        protection(first.topic.span, clear, findings);
    }
    // How coarse is coarse enough is asked by what a field is.
    let coarser = uses
        .iter()
        .filter(|u| u.facts.grade.is_some() && !u.is_part);
    let coarser = coarser.min_by_key(|u| (u.topic(), &u.path));
    let judged = clear.map(|u| (u, "in clear"));
    let judged = judged.or(coarser.map(|u| (u, "coarser")));
    if let Some((clear, how)) = judged.filter(|_| policy.classes.is_none()) {
        findings
            .warning(
                codes::NO_CLASSES,
                clear.at(),
                format!(
                    "`{}` leaves {how}, and no `classes` say what it is",
                    clear.path
                ),
            )
            .why("nothing can be held against what a field is: a misplaced e-mail address looks like any other text")
            .help(format!(
                "`classes: {{ fields: {{ {}: user.contact.email, … }} }}`, `none` for what is not personal",
                clear.outside.first().map_or_else(|| "PATH".to_owned(), ToString::to_string)
            ))
            .output(clear.topic())
            .field(&clear.path);
    }
    if !policy.gates && policy.outputs.iter().all(|o| o.basis.is_none()) {
        findings
            .warning(
                codes::NO_CONSENT_NO_BASIS,
                first.topic.span,
                "nothing says why anything may leave",
            )
            .why("processing needs a basis (GDPR Article 6), and a report has none to name")
            .help(
                "`basis: contract` (or another) at each output; or `consent`, with `needs_consent`",
            )
            .output(&first.topic.value);
    }
}

/// An output all of whose records are alike: it tells when, and no more.
fn empty_outputs(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    for output in &policy.outputs {
        let mut of_it = uses.iter().filter(|u| u.topic() == output.topic.value);
        if output.counts.is_none() && of_it.all(|u| u.facts.drops) {
            findings
                .warning(
                    codes::NOTHING_LEAVES,
                    output.topic.span,
                    "each record leaves as an empty object",
                )
                .why("every field is dropped, and there is neither a key nor a header: the output says when something happened, and no more")
                .help("name what is to leave, with its action; or remove the output")
                .output(&output.topic.value);
        }
    }
}

/// Nothing of the person is hidden by it: the value leaves in clear, or not at all, or
/// the policy's own stands there.
fn protects_nothing(u: &Use<'_>) -> bool {
    if u.output.counts.is_some() {
        return false;
    }
    let is_own = |degree| {
        matches!(
            degree,
            Degree::Nothing | Degree::Presence | Degree::Nullness
        )
    };
    u.facts.clear || u.facts.drops || is_own(u.value.spec.reveals().degree)
}

fn protection(topic: Span, clear: &Use<'_>, findings: &mut Findings) {
    findings
        .warning(
            codes::PROTECTS_NOTHING,
            topic,
            "the policy leaves fields out, and protects none",
        )
        .also(clear.at(), "this leaves in clear, as all that leaves does")
        .why("what singles a person out stays in the copy: leaving fields out is minimisation, and no pseudonymisation")
        .help("`pseudonymize` what names a person, `generalize` what singles one out")
        .output(clear.topic());
}
