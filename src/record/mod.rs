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
pub mod bare;
pub mod counts;
pub mod decimal;
pub mod escape;
pub mod event_time;
mod fetched;
pub mod format;
pub mod ids;
pub mod jobs;
pub mod lane;
pub(crate) mod literal;
pub mod lookups;
mod note;
pub(crate) mod nothing;
pub mod number;
pub(crate) mod overwrite;
pub mod path;
pub(crate) mod plain;
pub mod raw;
mod reason;
mod refusal;
mod remedy;
mod signal_shape;
pub mod span;
pub mod state_row;
mod subject_id;
pub mod tape;
pub mod time;
pub mod timestamp;
pub mod types;
pub mod value;
mod verdict;

pub use fetched::Fetched;
pub use literal::Literal;
pub use note::{Note, Notes};
pub use nothing::Nothing;
pub use number::is_json_number;
pub use reason::Reason;
pub use refusal::Refusal;
pub use signal_shape::{BadSignals, SignalShape};
pub use subject_id::SubjectId;
pub use verdict::Verdict;
