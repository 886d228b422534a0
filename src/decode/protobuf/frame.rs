//! An open message, and the list or map that is open in it.

use crate::schema::protobuf::program::NodeAt;

/// No node, no tape entry.
pub(super) const NONE: u32 = u32::MAX;

/// An open message, group, object or array of JSON.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Its node.
    pub(super) node: NodeAt,
    /// Its place on the tape, or [`NONE`].
    pub(super) entry: u32,
    /// Where it ends; of a group where it must have ended.
    pub(super) end: usize,
    /// Where is gone on behind it; of a group that is found.
    pub(super) after: usize,
    /// Number of the group that it is; 0: it is none.
    pub(super) group: u32,
    /// Its first word among the bits.
    pub(super) bits_at: u32,
    /// Flags of its entry that what is inside brings: see [`super::reading`].
    pub(super) flags: u8,
    /// Of an array of JSON, how many elements were read.
    pub(super) read: u32,
    /// Which container of the record it is.
    pub(super) number: u64,
    /// What is open in it.
    pub(super) run: Run,
}

/// Elements of one list, or entries of one map, that stand together.
#[derive(Clone, Copy)]
pub(super) struct Run {
    /// Its node, or [`NONE`].
    pub(super) node: NodeAt,
    /// Its place on the tape, or [`NONE`].
    pub(super) entry: u32,
    /// How many elements were read.
    pub(super) read: u32,
    /// As those of a frame.
    pub(super) flags: u8,
    /// Which container of the record it is.
    pub(super) number: u64,
}

impl Run {
    /// None is open.
    pub(super) const NONE: Run = Run {
        node: NONE,
        entry: NONE,
        read: 0,
        flags: 0,
        number: 0,
    };
}
