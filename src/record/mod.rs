//! What an event is on its way through the house.
//!
//! **In**: nothing; this room is the vocabulary the stages share.
//! **Out**: coordinates, paths, values, the tape, batches, the state types and
//! the closed list of [`Reason`]s.
//! **Promises**: a state type can only be made by its own stage, and a clear
//! value never prints itself.
//! **Does not know**: policies, formats, Kafka.

pub(crate) mod append;
pub mod counts;
pub mod decimal;
pub mod escape;
mod fetched;
pub mod format;
pub mod ids;
pub mod jobs;
pub mod lane;
mod literal;
pub mod number;
pub mod path;
pub mod raw;
mod reason;
pub mod span;
pub mod tape;
pub mod time;
pub mod timestamp;
pub mod value;
mod verdict;

pub use fetched::Fetched;
pub use literal::Literal;
pub use number::is_json_number;
pub use reason::Reason;
pub use verdict::Verdict;
