//! What is known of people's consent apart from the event: plain data.
//!
//! **In**: decisions, each of one person in one category, in the order of their topic.
//! **Out**: a [`Snapshot`], which does not change, and says how a person stands.
//! **Promises**: the last decision counts, whatever time it names; one that cannot be
//! read is a denial; a grant ends no later than it says. Looking up takes no lock and no
//! memory. **Does not know**: topics, files, clocks, identifiers: a person is a
//! [`SubjectId`](crate::record::SubjectId) here.

mod decided;
mod decision;
mod memo;
mod narrowings;
mod profile;
mod standing;
mod statement;
mod table;
mod theirs;
mod visible;

pub use decided::Decided;
pub use decision::{Decision, Key, Value};
pub(super) use memo::Memo;
pub use memo::Said;
pub use narrowings::Narrowings;
pub use profile::{Full, PROFILES_MAX};
pub use standing::{Mark, Standing};
pub use statement::{By, Statement, Unwritable};
pub use table::{Applied, Is, NoImage, Snapshot, Table};
pub use theirs::TheirValues;
pub use visible::{ConsentSource, Visible};
