//! One event under way.

use super::json::Json;
use super::person::Person;
use super::random::Random;

/// What a shape is written from.
pub(super) struct Event<'a> {
    /// Where it is written.
    pub(super) json: &'a mut Json,
    /// What is by chance in it.
    pub(super) random: Random,
    /// Whose event it is.
    pub(super) person: Person,
    /// When it happened, milliseconds since 1970.
    pub(super) at: i64,
}
