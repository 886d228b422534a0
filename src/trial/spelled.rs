//! A value as a policy test spells it.

use crate::document::yaml::scalar;
use crate::policy::check::json::Json;

/// On one line, as a policy is written by hand.
pub(super) fn spelled(value: &Json) -> String {
    match value {
        Json::Text(text) => scalar(text),
        Json::List(items) => {
            let items: Vec<String> = items.iter().map(spelled).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(members) if members.is_empty() => "{}".to_owned(),
        Json::Object(members) => {
            let one =
                |(name, value): &(String, Json)| format!("{}: {}", scalar(name), spelled(value));
            let members: Vec<String> = members.iter().map(one).collect();
            format!("{{ {} }}", members.join(", "))
        }
        other => other.to_string(),
    }
}
