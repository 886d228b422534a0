//! The fields of a schema of Avro.

use std::collections::HashSet;

use super::kind::Kind;
use super::listing::Listing;
use crate::draft::yaml;
use crate::record::path::Step;
use crate::record::time::TimeKind;
use crate::schema::avro::node::{Means, NodeId, Schema, Shape};
use crate::schema::avro::tags::tags_of;

/// Lists them.
pub(super) fn list(schema: &Schema, listing: &mut Listing) {
    let mut walk = Walk {
        schema,
        around: HashSet::new(),
        listing,
    };
    walk.inside(schema.root(), &[]);
}

struct Walk<'s> {
    schema: &'s Schema,
    /// Records that are gone through now.
    around: HashSet<NodeId>,
    listing: &'s mut Listing,
}

impl Walk<'_> {
    fn inside(&mut self, node: NodeId, tags: &[String]) {
        let schema = self.schema;
        match &schema.node(node).shape {
            Shape::Record(_, fields) if self.listing.goes_on() && self.around.insert(node) => {
                for field in fields {
                    let mut tags = tags.to_vec();
                    tags.extend(tags_of(field));
                    self.listing.path.push(Step::Name(field.name.to_string()));
                    self.inside(field.node, &tags);
                    self.listing.path.pop();
                }
                self.around.remove(&node);
            }
            // What is inside itself is listed once.
            Shape::Record(..) => {}
            Shape::Array(items) => {
                self.listing.path.push(Step::AnyElement);
                self.inside(*items, tags);
                self.listing.path.pop();
            }
            Shape::Map(values) => {
                self.listing.path.push(Step::AnyName);
                self.inside(*values, tags);
                self.listing.path.pop();
            }
            Shape::Union(branches) => {
                let is_container = |node: &&NodeId| {
                    let shape = &schema.node(**node).shape;
                    matches!(shape, Shape::Record(..) | Shape::Array(_) | Shape::Map(_))
                };
                let scalars = branches.iter().filter(|branch| !is_container(branch));
                let scalars = scalars.filter(|b| schema.node(**b).shape != Shape::Null);
                let scalars: Vec<NodeId> = scalars.copied().collect();
                let containers = branches.iter().filter(is_container);
                let containers: Vec<NodeId> = containers.copied().collect();
                match (&scalars[..], containers.is_empty()) {
                    ([], _) => {}
                    ([one], true) => self.scalar(Some(*one), tags),
                    _ => self.scalar(None, tags),
                }
                if scalars.is_empty() {
                    containers
                        .iter()
                        .for_each(|branch| self.inside(*branch, tags));
                }
            }
            _ => self.scalar(Some(node), tags),
        }
    }

    /// `node`: `None` where it may be of several types.
    fn scalar(&mut self, node: Option<NodeId>, tags: &[String]) {
        let kind = node.map_or(Kind::Several, |node| kind_of(self.schema, node));
        self.listing.scalar(&kind, tags);
    }
}

fn kind_of(schema: &Schema, node: NodeId) -> Kind {
    let node = schema.node(node);
    match (&node.shape, node.means) {
        (_, Some(Means::Time(TimeKind::Date))) => Kind::Date,
        (_, Some(Means::Time(TimeKind::OfDay(_)))) => Kind::OfDay,
        (_, Some(Means::Time(TimeKind::Instant(_) | TimeKind::Local(_)))) => Kind::Instant,
        (_, Some(Means::Decimal { .. })) => Kind::Number,
        (Shape::Text | Shape::Fixed(..), Some(Means::Uuid)) => Kind::Uuid,
        (Shape::Boolean, _) => Kind::Bool,
        (Shape::Int | Shape::Long, _) => Kind::Integer,
        (Shape::Float | Shape::Double, _) => Kind::Number,
        (Shape::Text, _) => Kind::Text,
        (Shape::Enum(_, symbols), _) => Kind::Symbol(
            symbols
                .names
                .iter()
                .map(|name| yaml::scalar(name))
                .collect(),
        ),
        (Shape::Bytes | Shape::Fixed(..), _) => Kind::Bytes,
        _ => Kind::Several,
    }
}
