//! Schemas of Avro, as far as paths go through them.

use super::{Inside, Shaped};
use crate::schema::avro::node::{NodeId, Schema, Shape};

impl Shaped for Schema {
    type At = NodeId;

    fn root(&self) -> NodeId {
        Schema::root(self)
    }

    fn inside(&self, at: NodeId) -> Inside<NodeId> {
        match &self.node(at).shape {
            Shape::Union(branches) => Inside::Either(branches.clone()),
            Shape::Array(items) => Inside::Elements(*items),
            Shape::Map(values) => Inside::Members(*values),
            Shape::Record(_, fields) => {
                let known = fields.iter().map(|field| {
                    let names = std::iter::once(&field.name).chain(&field.aliases);
                    (names.map(|name| name.to_string()).collect(), field.node)
                });
                Inside::Fields(known.collect())
            }
            Shape::Text => Inside::Text,
            Shape::Null => Inside::Null,
            Shape::Boolean | Shape::Enum(..) => Inside::Few,
            _ => Inside::Nothing,
        }
    }

    fn unites(&self) -> bool {
        true
    }
}
