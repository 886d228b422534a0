//! What becomes of the default that the writer gave a field.

use crate::schema::json::Json;

/// What becomes of the default of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WritersDefault {
    /// It has none.
    None,
    /// It stays where the type does.
    Stays,
    /// It says what the action may not let through: null takes its place.
    Goes,
}

/// What is said of `keep` without a bound.
pub(super) fn keeps_all() -> Json {
    Json::Object(vec![("action".into(), Json::text("keep"))])
}

/// True of a default that is more than nothing, none, or zero.
pub(super) fn says(default: &Json) -> bool {
    match default {
        Json::Null | Json::Bool(_) => false,
        Json::Number(number) => number.chars().any(|c| ('1'..='9').contains(&c)),
        Json::Text(text) => !text.is_empty(),
        Json::List(list) => !list.is_empty(),
        Json::Object(members) => !members.is_empty(),
    }
}
