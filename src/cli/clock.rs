//! The time of day, read at the edge of the program and passed in from here.

/// Now.
#[expect(clippy::disallowed_methods, reason = "this is the binary's edge")]
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
