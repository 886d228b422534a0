//! Following a compacted topic: all of it, by every instance, as one state.
//!
//! **In**: the topics' names, and where an earlier run got to. **Out**: their rows in
//! order, and when all of them that were there at some moment are known. **Promises**:
//! aborted rows are never shown; an end is one that the cluster named after it was asked;
//! nothing is committed, and no group joined. **Does not know**: what a row means.

pub(crate) mod ends;
pub(crate) mod follower;
pub(crate) mod following;
pub(crate) mod progress;
pub(crate) mod topics;
