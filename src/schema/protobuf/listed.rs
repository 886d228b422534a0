//! The places of a schema of Protobuf, each with its type in words.

use super::node::{Label, MessageId, Schema, Shape};
use crate::schema::listed::{Place, RECORD};

/// Most places that are told: a few messages that hold each other twice have very many.
const PLACES_MAX: usize = 8_192;

impl Schema {
    /// Each field, the whole message first. What lies in a message inside of itself is told
    /// once.
    ///
    /// `None`: there are more than are told.
    pub fn listed(&self) -> Option<Vec<Place>> {
        let mut all = vec![Place {
            path: RECORD.to_owned(),
            said: "message".to_owned(),
            called: Some(self.message(self.root()).name.to_string()),
        }];
        self.list(self.root(), "", &mut Vec::new(), &mut all)?;
        Some(all)
    }

    fn list(
        &self,
        at: MessageId,
        path: &str,
        around: &mut Vec<MessageId>,
        all: &mut Vec<Place>,
    ) -> Option<()> {
        if around.contains(&at) {
            return Some(());
        }
        around.push(at);
        for field in &self.message(at).fields {
            let mut inner = match path {
                "" => field.name.to_string(),
                path => format!("{path}.{}", field.name),
            };
            let said = self.said(&field.shape);
            let said = match field.label {
                _ if field.oneof.is_some() => format!("oneof {said}"),
                Label::Implicit => said,
                Label::Optional => format!("optional {said}"),
                Label::Required => format!("required {said}"),
                Label::Repeated => format!("repeated {said}"),
            };
            if all.len() >= PLACES_MAX {
                return None;
            }
            all.push(Place {
                path: inner.clone(),
                said: format!("{said} = {}", field.number),
                called: self.called(&field.shape),
            });
            let value = match &field.shape {
                Shape::Map(_, value) => {
                    inner.push_str(".*");
                    value
                }
                shape => {
                    if field.label == Label::Repeated {
                        inner.push_str("[*]");
                    }
                    shape
                }
            };
            if let Some(id) = value.message() {
                self.list(id, &inner, around, all)?;
            }
        }
        around.pop();
        Some(())
    }

    /// How the type is called, of a message or an enum.
    fn called(&self, shape: &Shape) -> Option<String> {
        match shape {
            Shape::Scalar(_) => None,
            Shape::Enum(id) => Some(self.symbols(*id).name.to_string()),
            Shape::Message(id) | Shape::Group(id) => Some(self.message(*id).name.to_string()),
            Shape::Map(_, value) => self.called(value),
        }
    }

    fn said(&self, shape: &Shape) -> String {
        match shape {
            Shape::Scalar(scalar) => scalar.word().to_owned(),
            Shape::Enum(id) => {
                let symbols = self.symbols(*id).symbols.iter();
                // Readers know them by their numbers.
                let names: Vec<String> = symbols.map(|(name, n)| format!("{name} = {n}")).collect();
                format!("enum of {}", names.join(", "))
            }
            Shape::Message(id) | Shape::Group(id) => {
                let known = self.message(*id).known;
                known.map_or_else(
                    || "message".to_owned(),
                    |known| format!("{known:?}").to_lowercase(),
                )
            }
            Shape::Map(key, value) => format!("map from {} to {}", key.word(), self.said(value)),
        }
    }
}
