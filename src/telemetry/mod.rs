//! Figures and log lines.
//!
//! **In**: counts of committed transactions, states, events of the process.
//! **Out**: the metrics page, log lines. **Promises**: a count is published
//! only when its transaction committed; label values come from closed sets; no
//! line and no label holds a value from an event. **Does not know**: who
//! scrapes, Kafka's client, how records are sanitized.
#![expect(
    clippy::disallowed_types,
    reason = "the one room that knows prometheus"
)]

mod families;
pub mod log;
mod metric;
mod records;
mod watch;

pub use families::Families;
pub use metric::{Kind, Label, Metric, reference};
pub use records::RecordFigures;
pub use watch::Watch;
