//! What an action does to each part of a text, by definition.

use super::policies::Each;
use super::product::{Actions, Made};

/// What becomes of a value.
pub fn apply(each: &Each, value: &str, actions: &mut Actions) -> Made {
    let Ok(json) = serde_json::from_str::<serde_json::Value>(value) else {
        panic!("{value}");
    };
    let text = match json {
        serde_json::Value::Null => return actions.apply(each.inner, value),
        serde_json::Value::String(text) => text,
        _ => return Made::Refused("wrong_type".to_owned()),
    };
    let parts = text.split(each.split).map(str::trim);
    let words = ["", "null", "undefined", "none", "nan", "n/a", "unknown"];
    let left = parts.filter(|part| !words.contains(&&*part.to_ascii_lowercase()));
    let mut left: Vec<&str> = left.collect();
    match (each.take, left.len()) {
        ("first", 1..) => left.truncate(1),
        ("last", 1..) => drop(left.drain(..left.len() - 1)),
        _ => {}
    }
    let mut made = Vec::new();
    for part in left {
        let json = serde_json::to_string(part).expect("a text has JSON");
        match actions.apply(each.inner, &json) {
            Made::Value(json) => made.push(match serde_json::from_str(&json) {
                Ok(serde_json::Value::String(text)) => text,
                _ => json,
            }),
            Made::Nothing => {}
            Made::Refused(_) if each.drops_refused => {}
            refused => return refused,
        }
    }
    match made.is_empty() {
        true => Made::Nothing,
        false => {
            let text = made.join(each.split);
            Made::Value(serde_json::to_string(&text).expect("a text has JSON"))
        }
    }
}
