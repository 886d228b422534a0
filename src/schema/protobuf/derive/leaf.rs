//! What an action makes of a field.

use super::Unfit;
use super::numbers::{new_number, said};
use super::pruned::{Found, Pruning};
use crate::record::tape::Slot;
use crate::record::time::{Precision, TimeKind};
use crate::record::types::{Given, Type};
use crate::schema::derived::Leaf;
use crate::schema::protobuf::node::{Field, Known, Label, Message, Scalar, Shape};

/// What a value of JSON can be.
const OF_JSON: [Type; 7] = [
    Type::Null,
    Type::Bool,
    Type::Number,
    Type::Text,
    Type::Scalars,
    Type::Objects,
    Type::Object,
];

impl Pruning<'_> {
    /// The fields that are made of one of a message. `before`: the states of those in
    /// front of it.
    pub(super) fn leaves(
        &mut self,
        (message, field): (&Message, &Field),
        leaves: &[Leaf<'_>],
        before: &[Slot],
    ) -> Result<Vec<Field>, Unfit> {
        let is_one = leaves.len() == 1;
        let is_here = |leaf: &&Leaf<'_>| !leaf.parts.iter().any(|part| before.contains(part));
        let here = leaves.iter().filter(is_here);
        here.map(|leaf| self.leaf((message, field), leaf, is_one))
            .collect()
    }

    /// A field that a leaf makes. `is_one`: of this field it makes no other.
    pub(super) fn leaf(
        &mut self,
        (message, field): (&Message, &Field),
        leaf: &Leaf<'_>,
        is_one: bool,
    ) -> Result<Field, Unfit> {
        let is_many = field.label == Label::Repeated;
        let found = match is_many {
            false => self.made(&field.shape, leaf)?,
            true => {
                let of = match &field.shape {
                    Shape::Map(..) => Type::Object,
                    shape => match self.type_of(shape) {
                        Type::Object => Type::Objects,
                        _ => Type::Scalars,
                    },
                };
                self.made_of(&field.shape, of, leaf)?
            }
        };
        let label = match (field.label, found.is_same) {
            (Label::Repeated, true) => Label::Repeated,
            (Label::Implicit | Label::Required, true) if !found.may_be_absent => field.label,
            _ => Label::Optional,
        };
        let mut made = self.field(field, (found.shape, label), Some(leaf));
        let is_composite = !leaf.parts.is_empty();
        if !is_one || is_composite {
            // Two members of a oneof are never both there.
            made.oneof = None;
            if made.label == Label::Implicit && field.oneof.is_some() {
                made.label = Label::Optional;
            }
        }
        if is_composite {
            // Whichever of its parts comes first.
            let own = message.fields.iter().find(|own| own.name == made.name);
            made.number = own.map_or_else(|| new_number(&made.name), |own| own.number);
        } else if !is_one && let Some(name) = leaf.name {
            made.number = new_number(name);
        }
        Ok(made)
    }

    /// What an action makes of one value.
    pub(super) fn made(&mut self, shape: &Shape, leaf: &Leaf<'_>) -> Result<Found, Unfit> {
        if self.known(shape) == Some(Known::Value) {
            // Whatever it is made to, it is a value of JSON.
            let gives = OF_JSON.into_iter().map(|ty| (leaf.gives)(ty));
            let may_be_absent = gives.flatten().any(|gives| gives.may_be_absent);
            return Ok(Found {
                shape: self.copied(shape)?,
                is_same: true,
                may_be_absent,
                veil: said(leaf.said),
            });
        }
        self.made_of(shape, self.type_of(shape), leaf)
    }

    fn made_of(&mut self, shape: &Shape, ty: Type, leaf: &Leaf<'_>) -> Result<Found, Unfit> {
        let gives = (leaf.gives)(ty).map_err(|why| {
            let path = self.path();
            Unfit::NotTaken { path, ty, why }
        })?;
        let mut made = None;
        for given in gives.each() {
            let scalar = match given {
                Given::Same => None,
                Given::Null => return Err(Unfit::Null { path: self.path() }),
                Given::Bool => Some(Scalar::Bool),
                Given::Int => Some(Scalar::Int32),
                Given::Long => Some(Scalar::Int64),
                Given::Double => Some(Scalar::Double),
                Given::Text => Some(Scalar::Text),
            };
            // Of a type that is the value's own it is the same.
            let is_own = |own: &Scalar| matches!(shape, Shape::Scalar(of) if of == own);
            let scalar = scalar.filter(|own| ty == Type::Scalars || !is_own(own));
            if made.is_some_and(|other| other != scalar) {
                return Err(Unfit::SeveralTypes { path: self.path() });
            }
            made = Some(scalar);
        }
        let scalar = made.flatten();
        Ok(Found {
            is_same: scalar.is_none(),
            shape: match scalar {
                Some(scalar) => Shape::Scalar(scalar),
                None => self.copied(shape)?,
            },
            may_be_absent: gives.may_be_absent,
            veil: said(leaf.said),
        })
    }

    /// What is known of one value of a type.
    fn type_of(&self, shape: &Shape) -> Type {
        let scalar = match shape {
            Shape::Enum(_) => return Type::Symbol,
            Shape::Scalar(scalar) => *scalar,
            Shape::Map(..) | Shape::Group(_) => return Type::Object,
            Shape::Message(id) => {
                let message = self.schema.message(*id);
                match (message.known, message.fields.first().map(|f| &f.shape)) {
                    (Some(Known::Timestamp), _) => {
                        return Type::Time(TimeKind::Instant(Precision::Nano));
                    }
                    (Some(Known::Wrapper), Some(Shape::Scalar(inner))) => *inner,
                    _ => return Type::Object,
                }
            }
        };
        match scalar {
            Scalar::Bool => Type::Bool,
            Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => Type::Int,
            Scalar::Float => Type::Float,
            Scalar::Double => Type::Double,
            Scalar::Text => Type::Text,
            Scalar::Bytes => Type::Bytes,
            _ => Type::Long,
        }
    }
}
