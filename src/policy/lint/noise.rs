//! Noise whose stated budget is not all that is said of one person.

use super::Use;
use crate::action::NoiseSpent;
use crate::language::codes;
use crate::language::finding::Findings;

/// Warns of noise of which one person gets any number of draws, that can be put
/// together.
pub(crate) fn repeats(uses: &[Use<'_>], findings: &mut Findings) {
    for u in uses {
        let (message, why, help) = match u.facts.noise {
            Some(NoiseSpent::PerRecord) => (
                format!("`{}` has other noise in every record", u.path),
                "what is said of one person is the stated budget times its records, and the mean of its answers is its value",
                "`memo: subject`, with `source.subject`: equal values of one person have one answer",
            ),
            Some(NoiseSpent::PerValue) if is_followed(u, uses) => (
                format!(
                    "`{}` has other noise for every value, and a code says whose they are",
                    u.path
                ),
                "what is said of one person is the stated budget times its distinct values: one that changes daily spends daily",
                "a larger `step`, or `randomized_response` over a few ranges; or no stable code in this output",
            ),
            _ => continue,
        };
        findings
            .warning(codes::NOISE_REPEATS, u.at(), message)
            .why(why)
            .help(help)
            .output(u.topic())
            .field(&u.path);
    }
}

/// True where the records of one person are known to be of one person.
fn is_followed(u: &Use<'_>, uses: &[Use<'_>]) -> bool {
    let mut beside = uses.iter().filter(|other| other.topic() == u.topic());
    beside.any(|other| other.facts.linkable)
}
