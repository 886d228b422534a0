//! Records that wait for a release of their output, or are counted, and what leaves then.
//!
//! **In**: sanitized records of one output with `k_anonymous`, `shuffled` or `aggregate`,
//! each with the place that it came from and the person that it is of; words of a random
//! source. **Out**: releases: records spelled anew, in an order that says nothing of the one
//! they came in, each in its class; rows of windows, with noise, and the line that says what
//! they spend; what is counted, as rows by which somebody else goes on; how many were left
//! out, and why. **Promises**: nothing leaves but in a release
//! that is what the output demands; every record leaves or is counted once, or is counted as
//! left out; equal records leave as equal bytes, whatever the bytes they came in; the same
//! set of records gives the same rows. **Does not know**: lanes, transactions, clocks, files,
//! whose turn it is.

mod canonical;
mod compose;
#[cfg(test)]
mod counting_tests;
mod earlier;
mod entry;
#[cfg(feature = "kafka")]
mod figures;
mod folding;
mod instant;
mod ledger;
#[cfg(test)]
mod ledger_tests;
mod left_out;
mod look;
mod names;
mod not_granted;
mod outcome;
mod rows;
mod sample;
mod set;
mod spending;
#[cfg(test)]
mod spending_tests;
pub mod state;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod waiting;
mod windows;

pub use compose::{ClassFigures, Released, ReleasedRecord, TooFew};
pub use earlier::{Earlier, NoRow};
pub use ledger::{Ledger, NoLedger};
pub use left_out::{LeftOut, WhyLeftOut};
pub use look::Look;
pub use not_granted::{NotGranted, Smaller};
pub use outcome::Outcome;
pub use rows::NOISE_HEADER;
pub use sample::{Leaves, OfSample, Source};
pub use spending::{Answer, Note, OfRow, Spending};
pub use waiting::{Arrived, Waiting};
#[cfg(feature = "kafka")]
pub(crate) use windows::AHEAD_MAX_MS;
pub use windows::{Closed, ToCount, Windows};
