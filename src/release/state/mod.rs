//! The state of counts as rows of a topic: what is counted, how far each partition was read
//! for it, which windows are cut, and what they spend.
//!
//! | key | value |
//! |---|---|
//! | `h/TOPIC` | [`Head`]: which windows are open, and how far the source is read |
//! | `s/TOPIC/FROM-TO/N` | a part of what is counted in one window |
//! | `c/TOPIC/FROM-TO` | [`Cut`]: the window takes no more, and this is the digest of it |
//! | `b/BUDGET/TOPIC/FROM-TO` | what the window spends of its budget |
//!
//! Rows that are written together are read together: each head says which parts are its.

mod bytes;
mod cut;
mod head;
mod parts;
mod saved;
#[cfg(test)]
mod tests;

pub use bytes::Unreadable;
pub use cut::Cut;
pub use head::{Head, Kept, KeptAs, LaneAt, Parts};
pub use parts::{PART_BYTES_MAX, join, split};

/// From when to when a window is, milliseconds since 1970, the end exclusive.
type Window = (i64, i64);

/// What the keys of all rows of what is spent begin with.
pub const SPENT: &[u8] = b"b/";

/// True of the keys of rows that the counts of an output are restored from: its own, and
/// what all outputs have spent.
pub fn counted_rows(topic: &str) -> impl Fn(&[u8]) -> bool + Send + 'static {
    let head = head_key(topic);
    let own = ["s", "c"].map(|kind| format!("{kind}/{topic}/").into_bytes());
    move |key| {
        let is_own = own.iter().any(|prefix| key.starts_with(prefix));
        key == head || is_own || key.starts_with(SPENT)
    }
}

/// The key of the head of an output.
pub fn head_key(topic: &str) -> Vec<u8> {
    format!("h/{topic}").into_bytes()
}

/// The key of one part of a window.
pub fn part_key(topic: &str, (from, to): Window, nth: u32) -> Vec<u8> {
    format!("s/{topic}/{from}-{to}/{nth}").into_bytes()
}

/// The key of the cut of a window.
pub fn cut_key(topic: &str, (from, to): Window) -> Vec<u8> {
    format!("c/{topic}/{from}-{to}").into_bytes()
}

/// The key of what a window spends of a budget.
pub fn spent_key(budget: &str, topic: &str, (from, to): Window) -> Vec<u8> {
    format!("b/{budget}/{topic}/{from}-{to}").into_bytes()
}
