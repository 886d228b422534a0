//! What the owners of a schema say of its fields, beside their types.

use std::collections::HashSet;

use super::node::{Field, NodeId, Schema, Shape};
use crate::record::path::Step;
use crate::schema::json::Json;

/// The attribute in which Confluent's catalogue writes the tags of a field.
const TAGS: &str = "confluent:tags";

/// Most paths of a schema that are gone through: types that are used in many places have
/// more of them than a file has fields.
pub(in crate::schema) const PATHS_MAX: usize = 1 << 13;

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

/// Each path at which a field has tags, with those of what it stands in, under its name and under each older one; a record
/// inside itself is gone through once.
///
/// `None`: there are more paths than are gone through.
pub fn tagged(schema: &Schema) -> Option<Vec<(Vec<Step>, Vec<String>)>> {
    let mut walk = Walk {
        schema,
        path: Vec::new(),
        around: HashSet::new(),
        found: Vec::new(),
        tags: Vec::new(),
        left: PATHS_MAX,
    };
    walk.inside(schema.root());
    (walk.left > 0).then_some(walk.found)
}

struct Walk<'s> {
    schema: &'s Schema,
    path: Vec<Step>,
    /// Records that are gone through now.
    around: HashSet<NodeId>,
    found: Vec<(Vec<Step>, Vec<String>)>,
    /// Of all that is around: what is inside has them too.
    tags: Vec<String>,
    /// So many paths more are gone through.
    left: usize,
}

impl Walk<'_> {
    fn inside(&mut self, node: NodeId) {
        match &self.schema.node(node).shape {
            Shape::Record(_, fields) if self.around.insert(node) => {
                for field in fields {
                    for name in std::iter::once(&field.name).chain(&field.aliases) {
                        self.left = self.left.saturating_sub(1);
                        if self.left == 0 {
                            return;
                        }
                        self.path.push(Step::Name(name.to_string()));
                        let outer = self.tags.len();
                        let own = tags_of(field);
                        if !own.is_empty() {
                            self.tags.extend(own);
                            self.found.push((self.path.clone(), self.tags.clone()));
                        }
                        self.inside(field.node);
                        self.tags.truncate(outer);
                        self.path.pop();
                    }
                }
                self.around.remove(&node);
            }
            Shape::Array(items) => self.step(Step::AnyElement, *items),
            Shape::Map(values) => self.step(Step::AnyName, *values),
            Shape::Union(branches) => branches.iter().for_each(|branch| self.inside(*branch)),
            _ => {}
        }
    }

    fn step(&mut self, step: Step, node: NodeId) {
        self.path.push(step);
        self.inside(node);
        self.path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::path::Selector;

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
        let found: Vec<(String, String)> = tagged(&schema)
            .expect("few paths")
            .into_iter()
            .map(|(steps, tags)| (Selector { steps }.to_string(), tags.join(" ")))
            .collect();
        let expected = [
            ("mail", "PII EMAIL"),
            ("email", "PII EMAIL"),
            ("items[*].zip", "PLACE"),
            ("by.*.zip", "PLACE"),
        ];
        assert_eq!(found, expected.map(|(p, t)| (p.to_owned(), t.to_owned())));
    }
}
