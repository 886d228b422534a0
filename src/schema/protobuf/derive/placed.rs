//! Where the values that a program reads stand in the schema of what leaves.

use super::Unfit;
use super::pruned::{Found, Pruning};
use crate::plan::automaton::Automaton;
use crate::schema::derived::{Fields, Leaf, Made};
use crate::schema::protobuf::node::{Field, Known, Label, Schema, Shape, WireType};
use crate::schema::protobuf::program::{NOTED, Node, Op, Place, Program};
use crate::schema::protobuf::typed::{Form, Holder, Symbols, Tag, Typed};

/// The places of the values that one node of a program reads.
pub(in crate::schema) struct Placed {
    /// Each field that is made of such a value; of an element or the value of a map one,
    /// without a name.
    pub(in crate::schema) fields: Vec<PlacedField>,
    /// How a container there is written.
    pub(in crate::schema) holder: Holder,
}

/// A field of the derived schema.
pub(in crate::schema) struct PlacedField {
    pub(in crate::schema) name: Box<str>,
    pub(in crate::schema) typed: Typed,
    /// It is the very field that the writer has: bytes can be copied, tag and all.
    pub(in crate::schema) is_same: bool,
}

/// Finds them, by node. The schema of what leaves must have been derived by the same.
///
/// # Errors
/// [`Unfit`], as [`Schema::derive`].
pub(in crate::schema) fn places(
    writer: &Schema,
    automaton: &Automaton,
    program: &Program,
    fields: &dyn Fields,
) -> Result<Vec<Placed>, Unfit> {
    let mut pruning = Pruning::new(writer, automaton, fields);
    let nodes = program.nodes.iter().zip(&program.places);
    nodes
        .map(|(node, place)| pruning.placed(node, *place, fields))
        .collect()
}

impl Pruning<'_> {
    fn placed(&mut self, node: &Node, place: Place, fields: &dyn Fields) -> Result<Placed, Unfit> {
        let mut placed = Placed {
            fields: Vec::new(),
            holder: Holder::Nothing,
        };
        if node.flags & NOTED == 0 || place == Place::Top {
            return Ok(placed);
        }
        let schema = self.schema;
        let number = match place {
            Place::Top | Place::Item => 1,
            Place::Value(..) | Place::Member => 2,
            Place::Field(message, nth) | Place::Element(message, nth) => {
                schema.message(message).fields[nth as usize].number
            }
        };
        placed.holder = holder(node, number);
        let leaves = match fields.at(node.state) {
            Made::Nothing | Made::Torn => return Ok(placed),
            Made::Inside(leaves) | Made::Leaves(leaves) => leaves,
        };
        // Of a message something inside leaves, whatever is made of other values.
        let is_inside = matches!(fields.at(node.state), Made::Inside(_)) && is_message(node);
        if is_inside {
            return Ok(placed);
        }
        for leaf in leaves {
            placed.fields.push(match place {
                Place::Top | Place::Item | Place::Member => json("".into(), number),
                Place::Field(message, nth) => {
                    let message = schema.message(message);
                    let field = &message.fields[nth as usize];
                    let made = self.leaf((message, field), leaf, leaves.len() == 1)?;
                    self.field_of(field, made, node)
                }
                Place::Element(message, nth) => {
                    let field = &schema.message(message).fields[nth as usize];
                    self.nameless(&field.shape, leaf, number)?
                }
                Place::Value(message, nth, _) => {
                    match &schema.message(message).fields[nth as usize].shape {
                        Shape::Map(_, value) => self.nameless(value, leaf, number)?,
                        shape => self.nameless(shape, leaf, number)?,
                    }
                }
            });
        }
        if place == Place::Item && placed.fields.is_empty() {
            // Where an element keeps its place, null stands there.
            placed.fields.push(json("".into(), number));
        }
        Ok(placed)
    }

    fn field_of(&self, written: &Field, made: Field, node: &Node) -> PlacedField {
        if node.is_in_json {
            return json(made.name, made.number);
        }
        let is_many = made.label == Label::Repeated;
        let form = match is_many {
            true => Form::Whole,
            false => self.form(&made.shape),
        };
        PlacedField {
            typed: Typed {
                tag: Tag::new(made.number, made.shape.wire()),
                form,
                is_implicit: made.label == Label::Implicit,
            },
            // What ends a group is not one of the bytes that a value has.
            is_same: made.number == written.number && !matches!(node.op, Op::Group(_)),
            name: made.name,
        }
    }

    /// An element, or the value of a map.
    fn nameless(
        &mut self,
        shape: &Shape,
        leaf: &Leaf<'_>,
        number: u32,
    ) -> Result<PlacedField, Unfit> {
        let Found { shape, .. } = self.made(shape, leaf)?;
        Ok(PlacedField {
            name: "".into(),
            typed: Typed {
                tag: Tag::new(number, shape.wire()),
                form: self.form(&shape),
                is_implicit: false,
            },
            is_same: false,
        })
    }

    fn form(&self, shape: &Shape) -> Form {
        let id = match shape {
            Shape::Scalar(scalar) => return Form::Scalar(*scalar),
            Shape::Enum(id) => return Form::Symbol(id.0),
            Shape::Map(..) | Shape::Group(_) => return Form::Whole,
            Shape::Message(id) => *id,
        };
        let message = &self.out[id.index()];
        match (message.known, message.fields.first().map(|f| &f.shape)) {
            (Some(Known::Timestamp), _) => Form::Timestamp,
            (Some(Known::Wrapper), Some(Shape::Scalar(inner))) => Form::Wrapper(*inner),
            (Some(Known::Value), _) => Form::Json,
            _ => Form::Whole,
        }
    }
}

fn is_message(node: &Node) -> bool {
    matches!(
        node.op,
        Op::Message(_)
            | Op::Group(_)
            | Op::List { .. }
            | Op::Map(_)
            | Op::Struct(_)
            | Op::Array { .. }
    )
}

fn json(name: Box<str>, number: u32) -> PlacedField {
    PlacedField {
        name,
        typed: Typed {
            tag: Tag::new(number, WireType::Sized),
            form: Form::Json,
            is_implicit: false,
        },
        is_same: false,
    }
}

/// How a container that such a node reads is written, in a field of that number.
fn holder(node: &Node, number: u32) -> Holder {
    let tag = Tag::new(number, WireType::Sized);
    match (node.op, node.is_in_json) {
        (Op::Message(_), _) | (Op::Array { .. }, false) => Holder::Message(tag),
        (Op::Group(_), _) => Holder::Group(number),
        (Op::Map(_), _) => Holder::Map(tag),
        (Op::Struct(_), false) => Holder::Struct(tag),
        (Op::Struct(_), true) => Holder::JsonObject(tag),
        (Op::Array { .. }, true) => Holder::JsonArray(tag),
        _ => Holder::Nothing,
    }
}

/// Names and numbers of the symbols of each enum of a schema, by name.
pub(in crate::schema) fn symbols(writer: &Schema) -> Vec<Symbols> {
    let all = writer.enums.iter().map(|of| {
        let mut symbols = of.symbols.clone();
        symbols.sort();
        symbols.into()
    });
    all.collect()
}
