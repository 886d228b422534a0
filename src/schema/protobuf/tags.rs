//! What the owners of a schema say of its fields, beside their types
//! (`confluent.field_meta` of `confluent/meta.proto`).

use std::collections::HashSet;

use super::node::{Label, MessageId, Schema, Shape};
use crate::record::path::Step;
use crate::schema::avro::tags::PATHS_MAX;

/// Each path at which a field has tags, with those of what it stands in; a message inside itself is gone through once.
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
    /// Messages that are gone through now.
    around: HashSet<MessageId>,
    found: Vec<(Vec<Step>, Vec<String>)>,
    /// Of all that is around: what is inside has them too.
    tags: Vec<String>,
    /// So many paths more are gone through.
    left: usize,
}

impl Walk<'_> {
    fn inside(&mut self, id: MessageId) {
        if !self.around.insert(id) {
            return;
        }
        let schema = self.schema;
        for field in &schema.message(id).fields {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return;
            }
            let from = self.path.len();
            self.path.push(Step::Name(field.name.to_string()));
            let outer = self.tags.len();
            if !field.tags.is_empty() {
                let own = field.tags.iter().map(ToString::to_string);
                self.tags.extend(own);
                self.found.push((self.path.clone(), self.tags.clone()));
            }
            let inner = match (&field.shape, field.label) {
                (Shape::Map(_, value), _) => {
                    self.path.push(Step::AnyName);
                    value
                }
                (shape, Label::Repeated) => {
                    self.path.push(Step::AnyElement);
                    shape
                }
                (shape, _) => shape,
            };
            if let Some(id) = inner.message() {
                self.inside(id);
            }
            self.tags.truncate(outer);
            self.path.truncate(from);
        }
        self.around.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::path::Selector;
    use crate::schema::protobuf::testing::compiled;

    #[test]
    fn tags_are_found_wherever_a_field_stands() {
        let schema = compiled(
            "syntax = \"proto3\"; package t; import \"confluent/meta.proto\";
            message R1 {
              string mail = 1 [(confluent.field_meta) = { tags: [\"PII\", \"EMAIL\"] }];
              int32 n = 2;
              repeated I items = 3;
              map<string, I> by = 4;
            }
            message I {
              string zip = 1 [(confluent.field_meta) = { tags: \"PLACE\" }];
              R1 again = 2;
            }",
        );
        let found: Vec<(String, String)> = tagged(&schema)
            .expect("few paths")
            .into_iter()
            .map(|(steps, tags)| (Selector { steps }.to_string(), tags.join(" ")))
            .collect();
        let expected = [
            ("mail", "PII EMAIL"),
            ("items[*].zip", "PLACE"),
            ("by.*.zip", "PLACE"),
        ];
        assert_eq!(found, expected.map(|(p, t)| (p.to_owned(), t.to_owned())));
    }
}
