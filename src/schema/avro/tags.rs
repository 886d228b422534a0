//! What the owners of a schema say of its fields, beside their types.

use super::node::{Field, NodeId, Schema, Shape};
use crate::record::path::Step;
use crate::schema::json::Json;
use crate::schema::tagged::{Tag, Tagged};

/// The attribute in which Confluent's catalogue writes the tags of a field.
const TAGS: &str = "confluent:tags";

/// The tags of a field, in their order.
pub fn tags_of(field: &Field) -> Vec<String> {
    let found = field.others.iter().find(|(name, _)| &**name == TAGS);
    match found.map(|(_, tags)| tags) {
        Some(Json::List(tags)) => tags
            .iter()
            .filter_map(Json::as_text)
            .map(str::to_owned)
            .collect(),
        Some(Json::Text(tag)) => vec![tag.to_string()],
        _ => Vec::new(),
    }
}

impl Tagged for Schema {
    type At = NodeId;

    fn root(&self) -> NodeId {
        Schema::root(self)
    }

    /// A field stands under its name, and under each older one.
    fn inside(&self, at: NodeId) -> Vec<Tag<NodeId>> {
        let one = |step, tags, node: NodeId| {
            let to = match &self.node(node).shape {
                Shape::Union(branches) => branches.clone(),
                _ => vec![node],
            };
            Tag { step, tags, to }
        };
        match &self.node(at).shape {
            Shape::Record(_, fields) => {
                let named = fields.iter().flat_map(|field| {
                    let names = std::iter::once(&field.name).chain(&field.aliases);
                    names.map(move |name| (field, name))
                });
                let named = named.map(|(field, name)| {
                    one(Step::Name(name.to_string()), tags_of(field), field.node)
                });
                named.collect()
            }
            Shape::Array(items) => vec![one(Step::AnyElement, Vec::new(), *items)],
            Shape::Map(values) => vec![one(Step::AnyName, Vec::new(), *values)],
            // Whole values that are of several records.
            Shape::Union(branches) => {
                let each = branches.iter();
                each.flat_map(|branch| Tagged::inside(self, *branch))
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::tagged::said;

    #[test]
    fn tags_are_found_wherever_a_field_stands() {
        let text = r#"{"type":"record","name":"R","fields":[
            {"name":"mail","aliases":["email"],"type":"string","confluent:tags":["PII","EMAIL"]},
            {"name":"n","type":"int"},
            {"name":"items","type":{"type":"array","items":["null",{"type":"record","name":"I","fields":[
                {"name":"zip","type":"string","confluent:tags":"PLACE"},
                {"name":"again","type":["null","R"]}]}]}},
            {"name":"by","type":{"type":"map","values":"I"},"confluent:tags":[]}]}"#;
        let schema = Schema::parse(text).expect("a schema");
        let found = said(&schema);
        let expected = [
            ("mail", "PII EMAIL"),
            ("email", "PII EMAIL"),
            ("items[*].zip", "PLACE"),
            ("by.*.zip", "PLACE"),
        ];
        assert_eq!(found, expected.map(|(p, t)| (p.to_owned(), t.to_owned())));
    }
}
