//! The fields of a schema of JSON Schema.

use std::collections::HashSet;

use super::kind::Kind;
use super::listing::Listing;
use crate::draft::yaml;
use crate::schema::jsonschema::Types;
use crate::schema::jsonschema::node::{NodeId, Schema};
use crate::schema::tagged::DEPTH_MAX;

/// Lists them.
pub(super) fn list(schema: &Schema, listing: &mut Listing) {
    let mut walk = Walk {
        schema,
        around: HashSet::new(),
        listing,
    };
    walk.value(schema.root(), &[]);
}

struct Walk<'s> {
    schema: &'s Schema,
    /// Parts that are gone through now.
    around: HashSet<NodeId>,
    listing: &'s mut Listing,
}

impl Walk<'_> {
    fn value(&mut self, id: NodeId, tags: &[String]) {
        let schema = self.schema;
        let steps = schema.steps(id);
        if steps.is_empty() {
            return self.listing.scalar(&kind_of(schema, id), tags);
        }
        // What is inside itself is listed once.
        let id = schema.meant(id);
        let is_too_deep = self.listing.path.len() >= DEPTH_MAX;
        if is_too_deep || !self.listing.goes_on_to(steps.len()) || !self.around.insert(id) {
            return;
        }
        for (step, part) in steps {
            let mut tags = tags.to_vec();
            tags.extend(schema.tags_of(part));
            self.listing.path.push(step);
            self.value(part, &tags);
            self.listing.path.pop();
        }
        self.around.remove(&id);
    }
}

fn kind_of(schema: &Schema, id: NodeId) -> Kind {
    let types = schema.types(id).without(Types::NULL);
    let (format, symbols) = schema.text_of(id);
    match types {
        Types::BOOL => Kind::Bool,
        Types::INTEGER => Kind::Integer,
        Types::NUMBER => Kind::Number,
        Types::TEXT => match format {
            Some("date") => Kind::Date,
            Some("time") => Kind::OfDay,
            Some("date-time") => Kind::Instant,
            Some("uuid") => Kind::Uuid,
            _ if !symbols.is_empty() => {
                Kind::Symbol(symbols.iter().map(|word| yaml::scalar(word)).collect())
            }
            _ => Kind::Text,
        },
        _ => Kind::Several,
    }
}
