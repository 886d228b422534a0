//! The values that stand at a path of something that is read as a tree: only what is
//! looked at and never written is, on no record's way.

use serde_json::Value;

use crate::record::path::{Filter, Step};

/// The values that stand at a path, in their order, as JSON spells them.
pub fn collect(value: &Value, steps: &[Step], found: &mut Vec<String>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(value.to_string());
        return;
    };
    match (step, value) {
        (Step::Itself, _) => collect(value, rest, found),
        (Step::Json, Value::String(text)) => {
            if let Ok(value) = serde_json::from_str::<Value>(text) {
                collect(&value, rest, found);
            }
        }
        (Step::Name(name), Value::Object(members)) => {
            if let Some(value) = members.get(name) {
                collect(value, rest, found);
            }
        }
        (Step::AnyName, Value::Object(members)) => {
            members.values().for_each(|v| collect(v, rest, found));
        }
        (Step::AnyDepth, _) => {
            collect(value, rest, found);
            match value {
                Value::Object(members) => members.values().for_each(|v| collect(v, steps, found)),
                Value::Array(items) => items.iter().for_each(|v| collect(v, steps, found)),
                _ => {}
            }
        }
        (Step::Element(_) | Step::AnyElement, Value::Array(items)) => {
            items.iter().for_each(|v| collect(v, rest, found));
        }
        (Step::Filter(filter), Value::Array(items)) => {
            let chosen = items.iter().filter(|v| can_hold(filter, v));
            chosen.for_each(|v| collect(v, rest, found));
        }
        _ => {}
    }
}

/// False of an element that another filter chose. Where what decides did not leave,
/// it cannot be told.
fn can_hold(filter: &Filter, element: &Value) -> bool {
    let mut found = Some(element);
    for name in &filter.path {
        found = found.and_then(|value| value.get(name));
    }
    match found {
        None => true,
        Some(Value::String(text)) => filter.is.is_text(text),
        Some(Value::Number(number)) => filter.is.is_number(&number.to_string()),
        Some(Value::Bool(value)) => filter.is.is_bool(*value),
        Some(_) => false,
    }
}
