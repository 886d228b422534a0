//! What the owners of a schema say of its fields, beside their types
//! (`confluent.field_meta` of `confluent/meta.proto`).

use super::node::Schema;
use crate::record::path::Step;
use crate::schema::shaped::{Inside, Shaped};
use crate::schema::tagged::{Tag, Tagged};

impl Tagged for Schema {
    type At = <Schema as Shaped>::At;

    fn root(&self) -> Self::At {
        Shaped::root(self)
    }

    fn inside(&self, at: Self::At) -> Vec<Tag<Self::At>> {
        let plain = |step, to| {
            let tags = Vec::new();
            vec![Tag {
                step,
                tags,
                to: vec![to],
            }]
        };
        match Shaped::inside(self, at) {
            Inside::Fields(fields) => {
                let named = fields.into_iter().zip(self.tags_at(at));
                let named = named.map(|((names, to), tags)| Tag {
                    step: Step::Name(names.into_iter().next().unwrap_or_default()),
                    tags,
                    to: vec![to],
                });
                named.collect()
            }
            Inside::Elements(to) => plain(Step::AnyElement, to),
            Inside::Members(to) => plain(Step::AnyName, to),
            Inside::Null
            | Inside::Few
            | Inside::Nothing
            | Inside::Text
            | Inside::Anything
            | Inside::Either(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::protobuf::testing::compiled;
    use crate::schema::tagged::said;

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
        let found = said(&schema);
        let expected = [
            ("mail", "PII EMAIL"),
            ("items[*].zip", "PLACE"),
            ("by.*.zip", "PLACE"),
        ];
        assert_eq!(found, expected.map(|(p, t)| (p.to_owned(), t.to_owned())));
    }
}
