//! When events happen: counted from a fixed day, so that no clock is asked.

use jiff::Timestamp;

use super::random::Random;

/// 2026-03-01T00:00:00Z.
const START_MS: i64 = 1_772_323_200_000;
/// Milliseconds from one event to the next, about.
const STEP_MS: u64 = 7_000;
/// After so many events, some centuries, the calendar begins again.
const EVENTS_MAX: u64 = 1 << 32;

/// When the event of that number happened, milliseconds since 1970.
pub(super) fn of(number: u64, random: &mut Random) -> i64 {
    let step = (number % EVENTS_MAX) * STEP_MS + random.below(STEP_MS);
    START_MS + i64::try_from(step).expect("some centuries of milliseconds")
}

/// As RFC 3339 writes it, in UTC, with milliseconds.
pub(super) fn rfc3339(ms: i64) -> String {
    format!("{:.3}", moment(ms))
}

/// The same with a blank, as databases print it: `2026-03-01 00:00:04.210`.
pub(super) fn database(ms: i64) -> String {
    moment(ms).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// With an offset and without a fraction: `2026-03-01T01:00:04+01:00`.
pub(super) fn in_berlin_winter(ms: i64) -> String {
    moment(ms + 3_600_000)
        .strftime("%Y-%m-%dT%H:%M:%S+01:00")
        .to_string()
}

/// The day as `20260301`.
pub(super) fn day(ms: i64) -> String {
    moment(ms).strftime("%Y%m%d").to_string()
}

fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("the days are within the calendar")
}
