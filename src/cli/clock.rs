//! The time of day, read at the edge of the program and passed in from here.

/// Now.
#[expect(clippy::disallowed_methods, reason = "this is the binary's edge")]
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// A time that somebody passed, in RFC 3339.
///
/// # Errors
/// How it is written.
pub(crate) fn time(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse()
        .map_err(|_| "a time is written as 2027-01-01T00:00:00Z (RFC 3339)".to_owned())
}
