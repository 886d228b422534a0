//! What is known of people's consent apart from the event: plain data.
//!
//! **In**: decisions, each of one person in one category, in the order of their topic.
//! **Out**: a [`Snapshot`], which does not change, and says how a person stands.
//! **Promises**: the last decision counts, whatever time it names; one that cannot be
//! read is a denial; a grant ends no later than it says. Looking up takes no lock and no
//! memory. **Does not know**: topics, files, clocks, identifiers: a person is a
//! [`SubjectId`](crate::record::SubjectId) here.

mod decision;
mod narrowings;
mod profile;
mod standing;
mod statement;
mod table;
mod visible;

pub use decision::{Decision, Key, Value, instant};
pub use narrowings::Narrowings;
pub use profile::{Full, PROFILES_MAX};
pub use standing::{Mark, Standing};
pub use statement::{By, Statement, Unwritable};
pub use table::{Snapshot, Table};
pub use visible::Visible;

use std::sync::Arc;

/// Where a worker takes the state of consent from, once for each batch.
pub trait ConsentSource: Send {
    /// The newest version that is published.
    fn now(&self) -> Arc<Snapshot>;
}
