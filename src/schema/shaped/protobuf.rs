//! Schemas of Protobuf, as far as paths go through them.

use super::{Inside, Shaped};
use crate::schema::protobuf::node::{Known, Label, MessageId, Scalar, Schema, Shape};

/// A place in a schema of Protobuf.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// A message.
    Message(MessageId),
    /// A field that repeats, or a map, by its message and its place in it.
    Many(MessageId, u32),
    /// A value that nothing is inside of.
    Leaf,
    /// The same, a boolean or a word of an enum.
    Few,
}

impl Shaped for Schema {
    type At = At;

    fn root(&self) -> At {
        At::Message(Schema::root(self))
    }

    fn inside(&self, at: At) -> Inside<At> {
        let one = |shape: &Shape| match shape {
            Shape::Enum(_) | Shape::Scalar(Scalar::Bool) => At::Few,
            shape => shape.message().map_or(At::Leaf, At::Message),
        };
        match at {
            At::Leaf => Inside::Nothing,
            At::Few => Inside::Few,
            At::Many(message, nth) => match &self.message(message).fields[nth as usize].shape {
                Shape::Map(_, value) => Inside::Members(one(value)),
                shape => Inside::Elements(one(shape)),
            },
            At::Message(id) => match self.message(id).known {
                Some(Known::Struct | Known::Value | Known::List) => Inside::Anything,
                // Nothing in these is named.
                Some(Known::Any | Known::Timestamp) => Inside::Nothing,
                Some(Known::Wrapper) | None => {
                    let fields = (0..).zip(&self.message(id).fields);
                    let known = fields.map(|(nth, field)| {
                        let is_many =
                            field.label == Label::Repeated || matches!(field.shape, Shape::Map(..));
                        let at = match is_many {
                            true => At::Many(id, nth),
                            false => one(&field.shape),
                        };
                        (vec![field.name.to_string()], at)
                    });
                    Inside::Fields(known.collect())
                }
            },
        }
    }

    fn is_open(&self, at: At) -> bool {
        match at {
            At::Leaf | At::Few => false,
            At::Many(message, nth) => {
                Schema::is_open(self, &self.message(message).fields[nth as usize].shape)
            }
            At::Message(id) => Schema::is_open(self, &Shape::Message(id)),
        }
    }
}

impl Schema {
    /// The tags of the fields there, in their order.
    pub(in crate::schema) fn tags_at(&self, at: At) -> Vec<Vec<String>> {
        let At::Message(id) = at else {
            return Vec::new();
        };
        let fields = self.message(id).fields.iter();
        let fields = fields.map(|field| field.tags.iter().map(ToString::to_string).collect());
        fields.collect()
    }
}
