//! What is recorded before it happens.

use super::decisions::Is;
use super::link::May;
use crate::consent::state::By;
use crate::record::SubjectId;

/// Something that is about to happen.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A decision is written.
    Decision {
        /// Whose.
        who: SubjectId,
        /// In which category.
        category: &'a str,
        /// Which.
        is: Is,
        /// By which way it came.
        by: By,
    },
    /// A link is made.
    Link {
        /// To whose page.
        who: SubjectId,
        /// What may be done with it.
        may: May,
    },
}

/// It could not be recorded: then it must not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it cannot be recorded: {why}")]
pub struct Unrecorded {
    /// What the log says of it.
    pub why: String,
}

/// Keeps what happens.
pub trait Evidence: Send + Sync {
    /// Records what is about to happen; it is on disk when this returns.
    ///
    /// # Errors
    /// When that is not so.
    fn before(&self, event: &Event<'_>) -> Result<(), Unrecorded>;
}
