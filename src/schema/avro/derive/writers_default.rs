//! What becomes of the default that the writer gave a field: no action is applied to it.

use crate::schema::derived::Leaf;
use crate::schema::json::Json;

/// What becomes of the default of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WritersDefault {
    /// It has none.
    None,
    /// It stays where the type does.
    Stays,
    /// It says what may not leave: null takes its place.
    Goes,
}

impl WritersDefault {
    /// Of a field with that default. `leaf`: `None` where only something inside is named.
    pub(super) fn of(default: Option<&Json>, leaf: Option<&Leaf<'_>>) -> WritersDefault {
        match default {
            None => WritersDefault::None,
            Some(default) if says(default) && !leaf.is_some_and(keeps_all) => WritersDefault::Goes,
            Some(_) => WritersDefault::Stays,
        }
    }
}

/// True of `keep` without a bound.
fn keeps_all(leaf: &Leaf<'_>) -> bool {
    *leaf.said == Json::Object(vec![("action".into(), Json::text("keep"))])
}

/// True of a default that is more than nothing, none, or zero.
fn says(default: &Json) -> bool {
    match default {
        Json::Null | Json::Bool(_) => false,
        Json::Number(number) => number.chars().any(|c| ('1'..='9').contains(&c)),
        Json::Text(text) => !text.is_empty(),
        Json::List(list) => !list.is_empty(),
        Json::Object(members) => !members.is_empty(),
    }
}
