//! Partitions that were assigned before their group has begun.

use std::time::Instant;

/// A partition of the source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) topic: String,
    pub(super) partition: i32,
}

/// They are taken over once it has.
#[derive(Default)]
pub(super) struct Unbegun {
    pub(super) places: Vec<Place>,
    /// They came with the lease of the group.
    pub(super) is_lease: bool,
    /// When it was looked last whether it has.
    pub(super) looked: Option<Instant>,
    /// Since when another member is waited for.
    pub(super) waits_since: Option<Instant>,
}
