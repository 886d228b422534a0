//! Types that leave as they are.

use super::Unfit;
use super::pruned::Pruning;
use crate::schema::protobuf::node::{Label, Message, MessageId, Shape, Syntax};

impl Pruning<'_> {
    /// A type as it is, with all that is inside.
    pub(super) fn copied(&mut self, shape: &Shape) -> Result<Shape, Unfit> {
        let mut queue = Vec::new();
        let shape = self.copy(shape, &mut queue)?;
        while let Some((from, to)) = queue.pop() {
            let mut fields = self.schema.message(from).fields.clone();
            for field in &mut fields {
                field.shape = self.copy(&field.shape, &mut queue)?;
                field.label = self.spoken(field.label);
                field.veil = None;
            }
            self.out[to.index()].fields = fields;
        }
        Ok(shape)
    }

    fn copy(
        &mut self,
        shape: &Shape,
        queue: &mut Vec<(MessageId, MessageId)>,
    ) -> Result<Shape, Unfit> {
        let mut message = |pruning: &mut Self, id: MessageId| {
            if let Some(known) = pruning.copies.get(&id) {
                return Ok(*known);
            }
            let copy = pruning.push(Message {
                fields: Vec::new(),
                ..pruning.schema.message(id).clone()
            })?;
            pruning.copies.insert(id, copy);
            queue.push((id, copy));
            Ok(copy)
        };
        Ok(match shape {
            Shape::Scalar(_) | Shape::Enum(_) => shape.clone(),
            Shape::Message(id) => Shape::Message(message(self, *id)?),
            Shape::Group(id) => Shape::Group(message(self, *id)?),
            Shape::Map(key, value) => {
                let value = match &**value {
                    Shape::Message(id) => Shape::Message(message(self, *id)?),
                    value => value.clone(),
                };
                Shape::Map(*key, Box::new(value))
            }
        })
    }

    /// What the syntax of the root's file has for a label of another.
    pub(super) fn spoken(&self, label: Label) -> Label {
        match (self.schema.syntax, label) {
            (Syntax::Proto2, Label::Implicit) | (Syntax::Proto3, Label::Required) => {
                Label::Optional
            }
            _ => label,
        }
    }
}
