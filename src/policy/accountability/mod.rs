//! What somebody must answer for: purposes that data was collected for, and what else a
//! policy says of why, to whom and of whom.
//!
//! **In**: the checked policy, the tables it names, and the day. **Out**: findings, each with why and fix.
//! **Promises**: nothing is held against a policy that does not use these words but
//! warnings; a day that is over is over in UTC. **Does not know**: records, keys.

mod categories;
mod decides;
mod people_key;
mod purposes;
mod recipients;
mod regions;
mod sensitive;

pub(super) use purposes::serves;
pub(super) use recipients::of as recipient;
pub(super) use sensitive::of as sensitive;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::check::model::Checked;
use crate::action::Tables;
use crate::language::finding::Findings;

/// Looks at all of it, as of `now`, by the tables that could be read.
pub(super) fn check(policy: &Checked, read: &Tables, now: Timestamp, findings: &mut Findings) {
    let today = today(now);
    purposes::check(policy, today, findings);
    recipients::check(policy, today, findings);
    sensitive::check(policy, read, findings);
    regions::check(policy, findings);
    people_key::check(policy, findings);
}

/// The day in UTC.
fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests;
