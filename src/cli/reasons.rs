//! Counts by reason, as summaries show them.

use veilstream::record::Reason;

fn counted(counts: &[u64; Reason::COUNT]) -> impl Iterator<Item = (Reason, u64)> {
    let all = Reason::ALL.into_iter().zip(counts.iter().copied());
    all.filter(|(_, n)| *n > 0)
}

/// `3 not_json, 1 wrong_type`; empty when nothing was counted.
pub fn text(counts: &[u64; Reason::COUNT]) -> String {
    let words: Vec<String> = counted(counts).map(|(r, n)| format!("{n} {r}")).collect();
    words.join(", ")
}

/// An object of the reasons that were counted.
pub fn json(counts: &[u64; Reason::COUNT]) -> serde_json::Value {
    let words = counted(counts).map(|(r, n)| (r.to_string(), n.into()));
    serde_json::Value::Object(words.collect())
}
