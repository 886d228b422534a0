//! Data of special categories leaves coarser, or for a reason that is said.

use super::super::check::accountability::{Condition, Sensitive};
use super::super::check::model::{Checked, Output, Spelled};
use super::super::lint::{Use, everything};
use super::categories::{declared, state_alone_grants};
use crate::action::{Degree, Grade, IsoClass};
use crate::categories;
use crate::language::codes;
use crate::language::finding::Findings;

/// Checks what leaves against `sensitive`, and what its entries rest on.
pub(super) fn check(policy: &Checked, findings: &mut Findings) {
    let Some(entries) = &policy.sensitive else {
        return;
    };
    for entry in entries {
        if let (Some(Condition::ExplicitConsent), Some(category)) =
            (entry.condition, &entry.category)
        {
            explicit(policy, category, findings);
        }
    }
    for u in everything(policy).iter().filter(|u| !is_coarse(u)) {
        let mut special = u.known.classes.iter().filter(|c| categories::is_special(c));
        // One finding a field: the first class that nothing explains.
        let lacking = special.find_map(|class| {
            let covering = entries.iter().filter(|e| e.covers(class));
            let covering: Vec<&Sensitive> = covering.collect();
            let explained = covering.iter().any(|e| e.holds_for(u.output));
            (!explained).then_some((class, covering))
        });
        match lacking {
            Some((class, covering)) if covering.is_empty() => unexplained(u, class, findings),
            Some((class, covering)) => unasked(u, class, covering[0], findings),
            None => {}
        }
    }
}

impl Sensitive {
    fn covers(&self, class: &str) -> bool {
        categories::is_at_or_below(class, &self.class.value)
    }

    /// What it rests on holds for who is in that output.
    fn holds_for(&self, output: &Output) -> bool {
        let needed = |category: &Spelled| output.needs.iter().any(|n| n.value == category.value);
        self.category.as_ref().is_none_or(needed)
    }
}

/// The entries that explain what of special categories leaves in that output.
pub(in super::super) fn of<'p>(
    policy: &'p Checked,
    output: &Output,
    classes: &[&str],
) -> Vec<&'p Sensitive> {
    let all = policy.sensitive.iter().flatten();
    let of = all.filter(|e| e.holds_for(output) && classes.iter().any(|class| e.covers(class)));
    of.collect()
}

/// Nothing of it leaves, or less than the value in steps that many share.
fn is_coarse(u: &Use<'_>) -> bool {
    let degree = u.value.spec.reveals().degree;
    if u.facts.drops || degree.tells_nothing() {
        return true;
    }
    let is_coarser = match degree {
        Degree::Portion => u.value.maker().def.iso == IsoClass::Generalization && !u.facts.clear,
        Degree::Noised => true,
        _ => false,
    };
    let is_place = u.known.classes.iter();
    let mut is_place = is_place.filter(|c| categories::is_at_or_below(c, "user.location.precise"));
    is_coarser
        && (is_place.next().is_none()
            || match u.facts.grade {
                // A cell of some 40 km or more.
                None => true,
                Some(Grade::Decimals(digits)) => digits <= 1,
                Some(Grade::Characters(of_geohash)) => of_geohash <= 4,
                Some(_) => false,
            })
}

fn unexplained(u: &Use<'_>, class: &str, findings: &mut Findings) {
    let help = match categories::is_at_or_below(class, "user.location.precise") {
        true => {
            "`generalize: { decimals: 1 }` or `{ geohash: 4 }`, `drop` it, or say why it may leave: `sensitive: [{ class: user.location.precise, because: … }]`"
        }
        false => {
            "`drop` or `generalize` it, or say why it may leave: `sensitive: [{ class: …, condition: …, because: … }]`"
        }
    };
    findings
        .error(
            codes::SENSITIVE_UNEXPLAINED,
            u.at(),
            format!("`{}` is classified {class}, and nothing says why it may leave", u.path),
        )
        .why("such data is forbidden to process unless a condition holds (GDPR articles 9 and 10), or shows where somebody is")
        .help(help)
        .output(u.topic())
        .field(&u.path);
}

/// The entry rests on a consent that this output does not ask for.
fn unasked(u: &Use<'_>, class: &str, entry: &Sensitive, findings: &mut Findings) {
    let category = entry.category.as_ref().map_or("", |c| c.value.as_str());
    findings
        .error(
            codes::EXPLICIT_CONSENT,
            u.at(),
            format!(
                "`{}` is classified {class}, and the consent that it needs is not asked for here",
                u.path
            ),
        )
        .also(entry.span, "explicit consent")
        .why("without it whoever never agreed, or has withdrawn, leaves as everybody else")
        .help(format!(
            "add `needs_consent: {category}`, or drop the field"
        ))
        .output(u.topic())
        .field(&u.path);
}

/// People are asked for that category, explicitly, and nothing but their answer grants.
fn explicit(policy: &Checked, category: &Spelled, findings: &mut Findings) {
    let (message, also, help) = match declared(policy, &category.value) {
        None => (
            format!("nothing says what people are asked with `{}`", category.value),
            None,
            format!("add `{}: {{ title: …, text: …, explicit: true }}` under `consent.categories`", category.value),
        ),
        Some(of) if of.explicit.is_none() => (
            format!("`{}` is not declared an explicit consent", category.value),
            Some(of.name.span),
            "add `explicit: true` to it, once people say yes to this alone, in words of their own".to_owned(),
        ),
        Some(_) if !state_alone_grants(policy) => (
            format!("a signal of an event can grant `{}`", category.value),
            policy.state.as_ref().map(|state| state.span),
            "write `consent: { state: { grants: state, … } }`: then the topic of decisions alone grants".to_owned(),
        ),
        Some(_) => return,
    };
    let finding = findings.error(codes::EXPLICIT_CONSENT, category.span, message);
    let finding = match also {
        Some(span) => finding.also(span, "said here"),
        None => finding,
    };
    finding
        .why("an explicit consent (GDPR article 9(2)(a)) is a statement of the person, with a record of it; a flag in an event is neither")
        .help(help);
}
