//! By what people are found again, and how long evidence is kept.

use super::spelled::Spelled;
use crate::language::duration;
use crate::language::finding::Findings;
use crate::language::mapping::Mapping;
use crate::language::written::Node;
use crate::policy::grammar;

/// Three years, in milliseconds.
const YEARS_MS: i64 = 1_095 * 86_400_000;

/// `rights`.
pub(crate) struct Rights {
    /// The name under `keys:`; `None`: missing, and reported.
    pub(crate) key: Option<Spelled>,
    /// How long the mark of an erased person is kept, in milliseconds.
    pub(crate) retain_ms: i64,
    /// How long the history of decisions is kept, in milliseconds.
    pub(crate) proof_ms: i64,
}

/// Reads `rights`.
pub(super) fn read(node: &Node, findings: &mut Findings) -> Option<Rights> {
    let mut mapping = Mapping::open(node, &grammar::RIGHTS, findings)?;
    let key = mapping.text("key").map(str::to_owned);
    let key = key.map(|value| Spelled {
        value,
        span: mapping.place("key"),
    });
    let proof_ms = length(&mut mapping, "proof").unwrap_or(YEARS_MS);
    let erased = mapping.node("erased");
    let retain_ms = erased.and_then(|node| {
        let mut mapping = Mapping::open(node, &grammar::ERASED, mapping.findings)?;
        length(&mut mapping, "retain")
    });
    Some(Rights {
        key,
        retain_ms: retain_ms.unwrap_or(YEARS_MS),
        proof_ms,
    })
}

/// A length of time, in milliseconds; `None`: not written, or reported.
pub(super) fn length(mapping: &mut Mapping<'_, '_>, word: &str) -> Option<i64> {
    let text = mapping.text(word)?;
    duration::read(text, mapping.place(word), word, mapping.findings)
}
