//! Elements that a filter of the policy chooses, in a tree.

use crate::policy::check::json::Json;
use crate::record::path::Filter;

/// True when the element holds what the filter looks for.
pub(super) fn holds(filter: &Filter, element: &Json) -> bool {
    let mut found = element;
    for name in &filter.path {
        let Json::Object(members) = found else {
            return false;
        };
        let Some((_, value)) = members.iter().find(|(n, _)| n == name) else {
            return false;
        };
        found = value;
    }
    match found {
        Json::Text(text) => filter.is.is_text(text),
        Json::Number(number) => filter.is.is_number(number),
        Json::Bool(value) => filter.is.is_bool(*value),
        Json::Null | Json::List(_) | Json::Object(_) => false,
    }
}
