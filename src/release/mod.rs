//! Records that wait for a release of their output, and what leaves with it.
//!
//! **In**: sanitized records of one output with `k_anonymous` or `shuffled`, each with the
//! place that it came from and the person that it is of; words of a random source. **Out**:
//! releases: records spelled anew, in an order that says nothing of the one they came in,
//! each in its class; how many were left out, and why. **Promises**: nothing leaves but in a
//! release that is what the output demands; every record leaves once or is counted as left
//! out; equal records leave as equal bytes, whatever the bytes they came in. **Does not
//! know**: lanes, transactions, clocks, files, whose turn it is.

mod canonical;
mod compose;
mod left_out;
#[cfg(test)]
mod tests;
mod waiting;

pub use compose::{ClassFigures, Released, ReleasedRecord, TooFew};
pub use left_out::{LeftOut, WhyLeftOut};
pub use waiting::{Arrived, Waiting};
