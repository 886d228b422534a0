//! The value of an output as JSON Schema, draft 2020-12.

use super::shape::Shape;
use super::{Contract, Tree};
use crate::action::Type;

impl Contract<'_> {
    /// The JSON Schema of the output's value: nothing is required, since what an
    /// event lacks is absent; and what is not named is not there.
    pub fn json_schema(&self) -> Tree {
        let output = self.output;
        let shape = Shape::of(&self.columns);
        // A value without parts is no object: bytes are shown as Base64.
        let is_bare = !shape.columns.is_empty();
        let described = format!(
            "What leaves for {} in `{}`, under the policy {}.{}",
            output.purpose,
            output.topic,
            self.policy.stamp(),
            match is_bare {
                true => "",
                false => " Every member is absent when the event lacks it.",
            }
        );
        let head = Tree::map()
            .with("$schema", "https://json-schema.org/draft/2020-12/schema")
            .with("title", output.topic.as_str())
            .with("description", described);
        let head = head.with("type", if is_bare { "string" } else { "object" });
        inside(&shape, head)
    }
}

fn of(shape: &Shape<'_, '_>) -> Tree {
    let mut words: Vec<&str> = Vec::new();
    for ty in shape.types().each() {
        let word = match ty {
            Type::Null => "null",
            Type::Bool => "boolean",
            Type::Integer => "integer",
            Type::Number => "number",
            Type::Array | Type::ArrayOfObjects => "array",
            Type::Object => "object",
            Type::Text | Type::Date | Type::TimeOfDay | Type::Timestamp | Type::Bytes => "string",
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let types = match &words[..] {
        [one] => Tree::from(*one),
        several => several.iter().copied().collect(),
    };
    let head = Tree::map().with("type", types);
    inside(shape, head.with_some("description", shape.says()))
}

fn inside(shape: &Shape<'_, '_>, mut schema: Tree) -> Tree {
    if !shape.members.is_empty() {
        let members = shape.members.iter();
        let members = members.fold(Tree::map(), |all, (name, of_it)| all.with(*name, of(of_it)));
        schema = schema.with("properties", members);
    }
    match &shape.any_member {
        Some(any) => schema = schema.with("additionalProperties", of(any)),
        None if shape.is_object() && !shape.is_open() => {
            schema = schema.with("additionalProperties", false);
        }
        None => {}
    }
    if let Some(elements) = &shape.elements
        && !shape.columns.iter().any(|c| c.types.has(Type::Array))
    {
        schema = schema.with("items", of(elements));
    }
    schema
}
