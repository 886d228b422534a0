//! The types that a part says of its values, and those that all that is said leaves open.

use crate::schema::json::Json;
use crate::schema::jsonschema::node::{Node, NodeId};
use crate::schema::jsonschema::types::Types;

/// How often types are passed on: each time they are as narrow or narrower, and never
/// narrower than they are.
const PASSES: usize = 8;

/// The types that a part says by its own words.
pub(super) fn types_said(json: &Json) -> Types {
    let of_words = |words: &[Json]| {
        let mut each = words.iter().map(|word| Types::of_word(word.as_text()?));
        each.try_fold(Types::NONE, |all, one| Some(all.or(one?)))
    };
    let said = match json.member("type") {
        Some(Json::Text(word)) => Types::of_word(word),
        Some(Json::List(words)) => of_words(words),
        _ => None,
    };
    let said = said.unwrap_or(Types::ALL);
    match (json.member("const"), json.member("enum")) {
        (Some(value), _) => said.and(type_of(value)),
        (None, Some(Json::List(values))) => {
            let all = values.iter().map(type_of);
            said.and(all.fold(Types::NONE, Types::or))
        }
        _ => said,
    }
}

fn type_of(value: &Json) -> Types {
    match value {
        Json::Null => Types::NULL,
        Json::Bool(_) => Types::BOOL,
        Json::Number(text) if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
            Types::INTEGER
        }
        Json::Number(_) => Types::NUMBER,
        Json::Text(_) => Types::TEXT,
        Json::List(_) => Types::ARRAY,
        Json::Object(_) => Types::OBJECT,
    }
}

/// The types of each part by all that holds of it. References point forward as often as
/// back, so it is done some times over.
pub(super) fn types(nodes: &[Node]) -> Vec<Types> {
    let mut types: Vec<Types> = nodes.iter().map(|node| node.types).collect();
    for _ in 0..PASSES {
        let mut is_same = true;
        for (at, node) in nodes.iter().enumerate().rev() {
            let of = |id: &NodeId| types[id.0 as usize];
            let mut now = node.all.iter().map(of).fold(node.types, Types::and);
            for any in &node.either {
                now = now.and(any.iter().map(of).fold(Types::NONE, Types::or));
            }
            is_same &= now == types[at];
            types[at] = now;
        }
        if is_same {
            break;
        }
    }
    types
}
