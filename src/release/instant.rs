//! The times at which windows begin and end, as text.

/// True of a time that has a text.
pub(super) fn spells(ms: i64) -> bool {
    jiff::Timestamp::from_millisecond(ms).is_ok()
}

/// The text of a time that [`spells`], `2026-03-01T00:00:00Z`.
pub(super) fn spelled(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |at| at.to_string())
}
