//! What an event is on its way through the house.
//!
//! **In**: nothing; this room is the vocabulary the stages share.
//! **Out**: coordinates, paths, values, the tape, raw batches, counts, decimals,
//! what a format must offer, and the closed list of [`Reason`]s.
//! **Promises**: a clear value never prints itself; why a record is refused or
//! withheld is one word of that list.
//! **Does not know**: the policy, actions, keys, Kafka's client: a lane is a topic
//! and a number here.

pub(crate) mod append;
pub mod counts;
pub(crate) mod decimal;
pub mod escape;
mod fetched;
pub(crate) mod format;
pub mod ids;
pub(crate) mod jobs;
pub mod lane;
mod literal;
pub mod number;
pub mod path;
pub mod raw;
mod reason;
pub(crate) mod span;
pub mod tape;
pub mod time;
pub mod timestamp;
pub mod value;
mod verdict;

pub(crate) use fetched::Fetched;
pub(crate) use literal::Literal;
pub(crate) use number::is_json_number;
pub use reason::Reason;
pub(crate) use verdict::Verdict;
