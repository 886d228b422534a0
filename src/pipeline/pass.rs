//! What a batch is gone through for.

/// What a batch is gone through for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// What its actions look up is asked for; nothing is written or counted.
    Asks,
    /// It is written.
    Writes,
}
