//! Hashes without a key: for one platform, with consent, and nobody else.

use super::Use;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Output};
use crate::record::Note;

/// The purpose that they are for, and those below it.
const PURPOSE: &str = "marketing.advertising";

/// Refuses outputs with such a hash that lack what holds it back.
pub(crate) fn ungated(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    for output in &policy.outputs {
        let mut of_output = uses.iter().filter(|u| std::ptr::eq(u.output, output));
        let Some(first) = of_output.find(|u| u.facts.unkeyed) else {
            continue;
        };
        let lacking = lacking(policy, output);
        if lacking.is_empty() {
            continue;
        }
        let help = lacking.iter().map(|(_, help)| *help).collect::<Vec<_>>();
        let what = lacking.iter().map(|(what, _)| *what).collect::<Vec<_>>();
        findings
            .error(
                codes::MATCH_HASH_UNGATED,
                first.at(),
                format!("`{}` leaves as a hash without a key, and {}", first.path, what.join(", ")),
            )
            .label("whoever tries a list of values has the value")
            .why("only the platform that it is meant for may have it, of who agreed, and nothing beside it may lead elsewhere")
            .help(help.join("; "))
            .output(first.topic())
            .field(&first.path);
    }
}

/// Says where what the event calls a hash leaves as one: no class can be held against
/// it, since nobody here knows what it is of.
pub(crate) fn accepted(uses: &[Use<'_>], findings: &mut Findings) {
    let accepts = |u: &&Use<'_>| u.facts.unkeyed && u.facts.notes.has(Note::AcceptedHash);
    for u in uses.iter().filter(accepts) {
        findings
            .note(
                codes::HASHES_ACCEPTED,
                u.at(),
                format!("`{}` lets hashes out that the event has", u.path),
            )
            .label("64 hexadecimal digits are taken for a hash")
            .why("what it is a hash of nobody here knows: another value, another spelling, or an id of 64 digits that is none")
            .help("where the event has the value itself, remove `accept_hashed`; otherwise look at `veil_accepted_hashes_total`")
            .output(u.topic())
            .field(&u.path);
    }
}

/// What the output does not say, and the way out of each.
fn lacking(policy: &Checked, output: &Output) -> Vec<(&'static str, &'static str)> {
    let purpose = &output.purpose.value;
    let below = purpose.strip_prefix(PURPOSE);
    let is_advertising = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let domain = &output.domain.value;
    let mut others = policy.outputs.iter().filter(|o| !std::ptr::eq(*o, output));
    let is_shared = others.any(|o| o.domain.value == *domain);
    [
        (
            !is_advertising,
            "the purpose is not advertising",
            "a `purpose` under `marketing.advertising`",
        ),
        (
            output.needs.is_empty(),
            "no consent is asked for",
            "`needs_consent`",
        ),
        (
            output.recipient.is_none(),
            "nobody is named who gets it",
            "`recipient`",
        ),
        (
            is_shared,
            "another output has its domain",
            "a `domain` of its own",
        ),
    ]
    .into_iter()
    .filter(|(lacks, ..)| *lacks)
    .map(|(_, what, help)| (what, help))
    .collect()
}
