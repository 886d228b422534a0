//! What leaves of a sample, laid out as tables of codes, and how alone that makes people.
//!
//! **In**: batches as the pipeline made them, and what the policy names. **Out**: a table
//! for each output, of rows whose records and persons are known; classes, risks, sets of
//! columns that single out, what one step coarser would give; a report; of a stream the same
//! of records that pass, in windows. **Promises**: rows
//! and columns are bounded; columns are called as the policy calls them; no report holds
//! a value. **Does not know**: files, clocks, keys; what anybody knows who is not in the
//! sample, so no figure of it says that somebody is safe.

mod alone;
mod coarser;
mod column;
mod counted;
mod gather;
mod left;
pub(crate) mod limits;
mod live;
mod page;
mod pairs;
mod report;
mod spelled;
mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod values;
mod waited;
mod warned;

pub use alone::{Alone, FieldAlone, SetAlone, Settings};
pub use column::{Column, Sort};
pub use counted::OfCounts;
pub use gather::{RECORDS_MAX, Tables};
pub use live::LiveRisk;
pub use pairs::{Level, Pair};
pub(crate) use pairs::{both, shared};
pub use report::{OutputRisk, RiskReport};
pub(crate) use spelled::{counted, rounded, share};
pub use table::{InClasses, NOBODY, Row, Table};
pub use waited::OfReleases;
