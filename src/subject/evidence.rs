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

/// Told whether what was recorded did happen.
pub type Ended = Box<dyn FnOnce(bool) + Send>;

/// Keeps what happens.
pub trait Evidence: Send + Sync {
    /// Records what is about to happen; it is on disk when this returns. What is returned
    /// is told whether it did happen.
    ///
    /// # Errors
    /// When it is not recorded.
    fn before(&self, event: &Event<'_>) -> Result<Ended, Unrecorded>;
}
