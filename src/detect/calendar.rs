//! Days and times.

use super::detector::{Detector, Scalar};

/// A day: `2026-03-01`.
pub(super) const DATE: Detector = Detector {
    name: "date",
    title: "date",
    category: None,
    confidence: 0,
    matches: |value| matches!(value, Scalar::Text(text) if text.len() == 10 && is_date(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["2026-03-01", "1984-12-31"],
        refuses: &[
            "2026-13-01",
            "2026-02-31",
            "01.03.2026",
            "2026-03-01T10:42:07Z",
        ],
    },
};

/// A time of RFC 3339, or that without a zone.
pub(super) const TIME: Detector = Detector {
    name: "time",
    title: "time (RFC 3339)",
    category: None,
    confidence: 0,
    matches: |value| matches!(value, Scalar::Text(text) if is_time(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "2026-03-01T10:42:07Z",
            "2026-03-01T10:42:07.551+02:00",
            "2026-03-01T10:42:07",
        ],
        refuses: &[
            "2026-03-01",
            "2026-03-01T25:42:07Z",
            "2026-03-01X10:42:07Z",
            "10:42:07",
        ],
    },
};

/// Seconds since 1970.
pub(super) const EPOCH_S: Detector = Detector {
    name: "epoch_s",
    title: "seconds since 1970",
    category: None,
    confidence: 0,
    matches: |value| is_epoch(value, 1),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["#1772361727", "1772361727"],
        refuses: &["#17723", "#1772361727000", "#-1772361727", "x1772361727"],
    },
};

/// Milliseconds since 1970.
pub(super) const EPOCH_MS: Detector = Detector {
    name: "epoch_ms",
    title: "milliseconds since 1970",
    category: None,
    confidence: 0,
    matches: |value| is_epoch(value, 1_000),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["#1772361727551", "1772361727551"],
        refuses: &["#1772361727", "#1772361727551000"],
    },
};

/// Microseconds since 1970.
pub(super) const EPOCH_US: Detector = Detector {
    name: "epoch_us",
    title: "microseconds since 1970",
    category: None,
    confidence: 0,
    matches: |value| is_epoch(value, 1_000_000),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["#1772361727551000", "1772361727551000"],
        refuses: &["#1772361727", "#1772361727551"],
    },
};

/// Nanoseconds since 1970.
pub(super) const EPOCH_NS: Detector = Detector {
    name: "epoch_ns",
    title: "nanoseconds since 1970",
    category: None,
    confidence: 0,
    matches: |value| is_epoch(value, 1_000_000_000),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["#1772361727551000000", "1772361727551000000"],
        refuses: &["#1772361727551000", "#17723617275510000000000"],
    },
};

/// From the beginning of 2000 to the end of 2099, in seconds: smaller numbers are
/// counts and amounts, larger ones ids.
const PLAUSIBLE: std::ops::Range<u64> = 946_684_800..4_102_444_800;

fn is_epoch(value: Scalar<'_>, per_second: u64) -> bool {
    let (Scalar::Text(text) | Scalar::Number(text)) = value;
    text.bytes().all(|b| b.is_ascii_digit())
        && text
            .parse::<u64>()
            .is_ok_and(|n| PLAUSIBLE.contains(&(n / per_second)))
}

fn is_date(text: &str) -> bool {
    text.as_bytes().get(4) == Some(&b'-') && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_time(text: &str) -> bool {
    let Some((day, rest)) = text.split_at_checked(10) else {
        return false;
    };
    let zoned = || text.parse::<jiff::Timestamp>().is_ok();
    text.len() <= 40
        && is_date(day)
        && rest.starts_with(['T', 't', ' '])
        && (zoned() || text.parse::<jiff::civil::DateTime>().is_ok())
}
