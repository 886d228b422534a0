//! Figures and log lines.
//!
//! **In**: counts of committed transactions, conditions, events of the process.
//! **Out**: the metrics page, log lines, whether it is ready. **Promises**: a
//! count is published only when its transaction committed; what nobody answered
//! for is not ready; label values come from closed sets; no line and no label
//! holds a value from an event. **Does not know**: who scrapes, how records are
//! sanitized.
#![expect(
    clippy::disallowed_types,
    reason = "the one room that knows prometheus"
)]

mod consent;
mod counts;
mod families;
pub mod log;
mod metric;
pub mod openmetrics;
mod preferences;
mod readiness;
mod records;
mod releases;
mod reload;
mod risk;
mod schemas;
mod summary;
mod watch;

pub use families::{Families, GroupError, GroupFamilies};
pub use metric::{Kind, Label, Metric, PROCESS, Scope, reference};
pub use readiness::{Expected, Readiness, Unmet};
pub use reload::Reload;
pub use risk::RiskFigures;
pub use summary::{OutputSummary, Summary};
pub use watch::Watch;
