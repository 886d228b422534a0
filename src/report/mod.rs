//! What a company shows of what it lets out: to its privacy officer, to an
//! authority.
//!
//! **In**: contracts and, where there is one, a sample of the events that come in.
//! **Out**: what leaves in clear; how much less leaves than comes in; drafts of a
//! record of processing and of an assessment; who gets it, and how much that asks of them. **Promises**: facts of policy and
//! sample only; what a person must say is marked so; no value of an event.
//! **Does not know**: where policies and samples come from, who reads the report.

mod assessment;
mod clear;
mod minimisation;
mod record_of_processing;
mod samples;
mod score;
#[cfg(test)]
mod tests;
mod vendors;
mod words;

pub use assessment::assessment;
pub use clear::clear;
pub use minimisation::minimisation;
pub use record_of_processing::record_of_processing;
pub use samples::Samples;
pub use vendors::{scores, vendors};

use crate::contract::Tree;
use crate::document::Document;

/// A report: as a page, and as JSON with stable names.
pub struct Report {
    /// For people.
    pub page: Document,
    /// For programs.
    pub json: Tree,
}
