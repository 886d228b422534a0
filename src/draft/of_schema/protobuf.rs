//! The fields of a message of Protobuf.

use std::collections::HashSet;

use super::kind::Kind;
use super::listing::Listing;
use crate::draft::yaml;
use crate::record::path::Step;
use crate::schema::protobuf::node::{Field, Known, Label, MessageId, Scalar, Schema, Shape};

/// Lists them.
pub(super) fn list(schema: &Schema, listing: &mut Listing) {
    let mut walk = Walk {
        schema,
        around: HashSet::new(),
        listing,
    };
    walk.message(schema.root(), &[]);
}

struct Walk<'s> {
    schema: &'s Schema,
    /// Messages that are gone through now.
    around: HashSet<MessageId>,
    listing: &'s mut Listing,
}

impl Walk<'_> {
    fn message(&mut self, id: MessageId, tags: &[String]) {
        // What is inside itself is listed once.
        if !self.listing.goes_on() || !self.around.insert(id) {
            return;
        }
        let schema = self.schema;
        for field in &schema.message(id).fields {
            let mut tags = tags.to_vec();
            tags.extend(field.tags.iter().map(ToString::to_string));
            self.listing.path.push(Step::Name(field.name.to_string()));
            self.field(field, &tags);
            self.listing.path.pop();
        }
        self.around.remove(&id);
    }

    fn field(&mut self, field: &Field, tags: &[String]) {
        let (around, inner) = match (&field.shape, field.label) {
            (Shape::Map(_, value), _) => (Some(Step::AnyName), &**value),
            (shape, Label::Repeated) => (Some(Step::AnyElement), shape),
            (shape, _) => (None, shape),
        };
        let is_deeper = around.is_some();
        self.listing.path.extend(around);
        self.value(inner, tags);
        if is_deeper {
            self.listing.path.pop();
        }
    }

    fn value(&mut self, shape: &Shape, tags: &[String]) {
        let schema = self.schema;
        let kind = match shape {
            Shape::Scalar(scalar) => kind_of(*scalar),
            Shape::Enum(id) => {
                let names = schema.symbols(*id).symbols.iter();
                Kind::Symbol(names.map(|(name, _)| yaml::scalar(name)).collect())
            }
            Shape::Message(id) | Shape::Group(id) => {
                let message = schema.message(*id);
                match (message.known, message.fields.first().map(|f| &f.shape)) {
                    (None, _) => return self.message(*id, tags),
                    (Some(Known::Timestamp), _) => Kind::Instant,
                    (Some(Known::Wrapper), Some(Shape::Scalar(inner))) => kind_of(*inner),
                    // What JSON holds, and of what type a message is, the record says.
                    (Some(_), _) => Kind::Several,
                }
            }
            Shape::Map(..) => Kind::Several,
        };
        self.listing.scalar(&kind, tags);
    }
}

fn kind_of(scalar: Scalar) -> Kind {
    match scalar {
        Scalar::Bool => Kind::Bool,
        Scalar::Float | Scalar::Double => Kind::Number,
        Scalar::Text => Kind::Text,
        Scalar::Bytes => Kind::Bytes,
        _ => Kind::Integer,
    }
}
