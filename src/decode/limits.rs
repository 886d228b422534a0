//! How much of an event is read.

/// Caps on hostile input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Deepest nesting, the top-level object counted as 1.
    pub depth_max: u32,
    /// Longest value in bytes.
    pub value_bytes_max: u32,
    /// Most entries of a tape.
    pub tape_entries_max: u32,
    /// Most elements of a record that is taken apart (`source.split`).
    pub split_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth_max: 64,
            value_bytes_max: 16 << 20,
            tape_entries_max: 262_144,
            split_max: 10_000,
        }
    }
}
