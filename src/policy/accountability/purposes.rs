//! Every output serves what the data was collected for.

use jiff::civil::Date;

use super::super::check::accountability::Purposes;
use super::super::check::model::{Checked, Output, Spelled};
use crate::categories;
use crate::language::codes;
use crate::language::finding::Findings;

/// Checks each purpose that is named, and each output against `purposes`.
pub(super) fn check(policy: &Checked, today: Date, findings: &mut Findings) {
    let said = policy.purposes.as_ref();
    if let Some(said) = said {
        let compatible = said.compatible.iter().map(|c| &c.purpose);
        let asked = policy.categories.iter().flatten();
        let asked = asked.flat_map(|category| &category.purposes);
        for purpose in said.collected_for.iter().chain(compatible).chain(asked) {
            unknown(purpose, Some(said), None, findings);
        }
    }
    for output in &policy.outputs {
        if output.purpose.value.is_empty() {
            continue;
        }
        unknown(&output.purpose, said, Some(output), findings);
        without_gate(policy, output, findings);
        if let Some(said) = said {
            secondary(policy, said, output, today, findings);
        }
    }
}

/// A purpose that nobody knows: it lies under nothing, and is below nothing that a
/// reader could look up.
fn unknown(
    purpose: &Spelled,
    said: Option<&Purposes>,
    output: Option<&Output>,
    findings: &mut Findings,
) {
    let word = &purpose.value;
    let mut own = said.into_iter().flat_map(|s| &s.own);
    if categories::is_use(word) || own.any(|prefix| categories::is_at_or_below(word, prefix)) {
        return;
    }
    let message = format!(
        "`{word}` is no data use of the list (fideslang {})",
        categories::VERSION
    );
    let finding = match said {
        Some(_) => findings.error(codes::UNKNOWN_PURPOSE, purpose.span, message),
        None => findings.warning(codes::UNKNOWN_PURPOSE, purpose.span, message),
    };
    let finding = finding
        .why("what a purpose is, and what it is part of, the list says: of another word nobody can look it up")
        .help(format!(
            "{} a purpose of your own stands below a prefix: `purposes: {{ own: acme, … }}`",
            instead(word)
        ));
    if let Some(output) = output {
        finding.output(&output.topic.value);
    }
}

/// What to write instead: a use that is written almost so, one that ends so, or the one
/// above it.
fn instead(word: &str) -> String {
    let part = format!(".{word}");
    let last = word.rsplit_once('.').map_or(word, |(_, last)| last);
    let ending: Vec<String> = categories::uses()
        .filter(|known| {
            let end = known.rsplit_once('.').map(|(_, end)| end);
            known.ends_with(&part) || end == Some(last)
        })
        .map(|known| format!("`{known}`"))
        .collect();
    if let 1..=3 = ending.len() {
        return format!("did you mean {}?", ending.join(" or "));
    }
    if let Some(near) = codes::nearest(word, categories::uses()) {
        return format!("did you mean `{near}`?");
    }
    let above = categories::uses().filter(|known| categories::is_at_or_below(word, known));
    match above.max_by_key(|known| known.len()) {
        Some(above) => format!("the list has `{above}`, which is above it;"),
        None => "docs/reference/policy.md has the list;".to_owned(),
    }
}

/// Consent as the reason, and none that is asked for.
fn without_gate(policy: &Checked, output: &Output, findings: &mut Findings) {
    if output.basis.as_deref() != Some("consent") || !output.needs.is_empty() {
        return;
    }
    let message = format!(
        "`{}` rests on consent and asks for none",
        output.topic.value
    );
    let finding = match policy.purposes {
        Some(_) => findings.error(codes::CONSENT_WITHOUT_GATE, output.topic.span, message),
        None => findings.warning(codes::CONSENT_WITHOUT_GATE, output.topic.span, message),
    };
    finding
        .why("who never agreed, or has withdrawn, leaves as everybody else")
        .help("add `needs_consent: CATEGORY`, or name the basis that it has; where consent is asked for before the topic, say so: `dangerously: [{ allow: consent_without_gate, because: … }]`")
        .output(&output.topic.value);
}

/// Why the output may use the data for its purpose, in words that hold code between
/// backticks. `None`: the policy does not say what it was collected for, or not for this.
pub(in super::super) fn serves(policy: &Checked, output: &Output) -> Option<String> {
    let said = policy.purposes.as_ref()?;
    let purpose = &output.purpose.value;
    if let Some(collected) = said.collected(purpose) {
        return Some(format!("collected for `{}`", collected.value));
    }
    if every_category(policy, output) {
        let needs = output.needs.iter().map(|n| format!("`{}`", n.value));
        let needs: Vec<String> = needs.collect();
        return Some(format!("asked for with {}", needs.join(", ")));
    }
    let compatible = said.compatible(purpose)?;
    Some(format!(
        "compatible with what the data was collected for until {}, because {}",
        compatible.until, compatible.because
    ))
}

fn secondary(
    policy: &Checked,
    said: &Purposes,
    output: &Output,
    today: Date,
    findings: &mut Findings,
) {
    let purpose = &output.purpose.value;
    // Of one that could not be read, nobody knows what lies under it.
    let unread = said.collected_for.is_empty();
    if unread || said.collected(purpose).is_some() || every_category(policy, output) {
        return;
    }
    let compatible = said.compatible(purpose);
    if compatible.is_some_and(|c| c.until >= today) {
        return;
    }
    let topic = &output.topic.value;
    let list = said.collected_for.iter().map(|c| format!("`{}`", c.value));
    let list: Vec<String> = list.collect();
    let help = match compatible {
        Some(_) => "assess it anew and write another day, or stop the output",
        None => {
            "collect the data for it: `collected_for`; ask for it: `needs_consent` of a category with such `purposes`; or say why it is compatible, and until when: `compatible: [{ use: …, because: …, until: … }]`"
        }
    };
    let message = match compatible {
        Some(c) => format!(
            "`{purpose}` was compatible with what the data was collected for until {}",
            c.until
        ),
        None => format!("`{topic}` is for `{purpose}`, and the data was not collected for that"),
    };
    let finding = findings.error(codes::SECONDARY_USE, output.purpose.span, message);
    let finding = match (compatible, said.collected_for.first()) {
        (Some(c), _) => finding.also(c.purpose.span, "compatible no more"),
        (None, Some(first)) => finding.also(first.span, "collected for this"),
        (None, None) => finding,
    };
    finding
        .why(format!(
            "people were told of {}; what else their data is used for needs a reason that somebody answers for (GDPR articles 5(1)(b), 6(4))",
            list.join(", ")
        ))
        .help(help)
        .output(topic);
}

/// Every category that the output needs was asked for with such a purpose.
fn every_category(policy: &Checked, output: &Output) -> bool {
    let purpose = &output.purpose.value;
    let asked = |need: &Spelled| {
        let mut of = super::categories::purposes(policy, &need.value).iter();
        of.any(|p| categories::is_at_or_below(purpose, &p.value))
    };
    !output.needs.is_empty() && output.needs.iter().all(asked)
}
