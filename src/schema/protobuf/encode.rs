//! A made-up record, written as JSON, to Protobuf: for the tests of a policy.
//!
//! Values are written as messages are spelled as JSON here: members by the names of the
//! schema's text, times as text after ISO 8601, bytes as Base64 (RFC 4648, section 4),
//! symbols by their names. A field that is null is left out; a scalar without presence
//! that is its default is not written, as no writer writes it.

use data_encoding::BASE64;

use super::bare::Bare;
use super::node::{Field, Known, Label, MessageId, Scalar, Schema, Shape, Syntax, WireType};
use super::scalar::write_varint;
use super::typed::Tag;
use crate::schema::json::Json;

/// The value does not fit the schema. Names of the schema and of the test's author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", match path.is_empty() { true => "the record", false => path.as_str() })]
pub struct DoesNotFit {
    path: String,
    what: String,
}

/// Appends the record.
///
/// # Errors
/// [`DoesNotFit`], the first place; what was appended means nothing then.
pub fn encode(schema: &Schema, value: &Json, out: &mut Vec<u8>) -> Result<(), DoesNotFit> {
    let mut encoding = Encoding {
        schema,
        path: Vec::new(),
    };
    encoding.inside(schema.root(), value, out)
}

struct Encoding<'e> {
    schema: &'e Schema,
    path: Vec<String>,
}

type Encoded = Result<(), DoesNotFit>;

const OTHER_TYPE: &str = "a value of another type than the schema says";

impl Encoding<'_> {
    fn fails<T>(&self, what: impl Into<String>) -> Result<T, DoesNotFit> {
        Err(DoesNotFit {
            path: self.path.join("."),
            what: what.into(),
        })
    }

    /// What is inside of a message.
    fn inside(&mut self, id: MessageId, value: &Json, out: &mut Vec<u8>) -> Encoded {
        let message = self.schema.message(id);
        match (message.known, value) {
            (Some(Known::Timestamp), Json::Text(text)) => return self.time(text, out),
            (Some(Known::Wrapper), value) => {
                return match &message.fields[0].shape {
                    Shape::Scalar(scalar) => self.implicit(1, *scalar, value, out),
                    _ => self.fails(OTHER_TYPE),
                };
            }
            (Some(Known::Value), value) => return self.json(value, out),
            (Some(Known::Struct), Json::Object(members)) => {
                return members.iter().try_for_each(|(name, value)| {
                    self.nested(1, out, |this, out| {
                        write(1, Bare::Sized(name.as_bytes()), out);
                        this.nested(2, out, |this, out| this.json(value, out))
                    })
                });
            }
            (Some(Known::List), Json::List(items)) => {
                return items
                    .iter()
                    .try_for_each(|value| self.nested(1, out, |this, out| this.json(value, out)));
            }
            _ => {}
        }
        let Json::Object(members) = value else {
            return self.fails(OTHER_TYPE);
        };
        for (name, value) in members {
            let found = message.fields.iter().find(|field| field.name == *name);
            let Some(field) = found else {
                return self.fails(format!("the schema has no field `{name}`"));
            };
            self.path.push(name.to_string());
            self.field(field, value, out)?;
            self.path.pop();
        }
        let is_missing = |field: &&Field| {
            let is_there = members.iter().any(|(name, _)| *name == field.name);
            field.label == Label::Required && !is_there
        };
        match message.fields.iter().find(is_missing) {
            Some(field) => self.fails(format!("the field `{}` is required", field.name)),
            None => Ok(()),
        }
    }

    fn field(&mut self, field: &Field, value: &Json, out: &mut Vec<u8>) -> Encoded {
        let number = field.number;
        match (&field.shape, field.label, value) {
            (Shape::Map(key, of), _, Json::Object(members)) => {
                members.iter().try_for_each(|(name, value)| {
                    self.nested(number, out, |this, out| {
                        this.key(*key, name, out)?;
                        this.value(2, of, value, out)
                    })
                })
            }
            (Shape::Map(..), ..) => self.fails(OTHER_TYPE),
            (shape, Label::Repeated, Json::List(items)) => {
                let is_packed = self.schema.syntax == Syntax::Proto3 && shape.is_packable();
                if !is_packed || items.is_empty() {
                    return items
                        .iter()
                        .try_for_each(|value| self.value(number, shape, value, out));
                }
                self.nested(number, out, |this, out| {
                    items.iter().try_for_each(|value| {
                        this.bare(shape, value)?.write(out);
                        Ok(())
                    })
                })
            }
            (_, Label::Repeated, _) => self.fails(OTHER_TYPE),
            (shape, _, Json::Null) if !self.is_json(shape) => Ok(()),
            (Shape::Scalar(scalar), Label::Implicit, value) => {
                self.implicit(number, *scalar, value, out)
            }
            (shape, label, value) => {
                let at = out.len();
                self.value(number, shape, value, out)?;
                // The first symbol of an enum has the number 0.
                let is_symbol = matches!(shape, Shape::Enum(_)) && label == Label::Implicit;
                if is_symbol && out.last() == Some(&0) {
                    out.truncate(at);
                }
                Ok(())
            }
        }
    }

    fn is_json(&self, shape: &Shape) -> bool {
        let message = shape.message();
        message.is_some_and(|id| self.schema.message(id).known == Some(Known::Value))
    }

    /// A field of one value.
    fn value(&mut self, number: u32, shape: &Shape, value: &Json, out: &mut Vec<u8>) -> Encoded {
        match shape {
            Shape::Message(id) => {
                self.nested(number, out, |this, out| this.inside(*id, value, out))
            }
            Shape::Group(id) => {
                write_tag(number, WireType::Group, out);
                self.inside(*id, value, out)?;
                write_tag(number, WireType::GroupEnd, out);
                Ok(())
            }
            shape => match (shape, value) {
                (Shape::Scalar(Scalar::Text), Json::Text(text)) => {
                    write(number, Bare::Sized(text.as_bytes()), out);
                    Ok(())
                }
                (Shape::Scalar(Scalar::Bytes), Json::Text(text)) => {
                    match BASE64.decode(text.as_bytes()) {
                        Ok(bytes) => {
                            write(number, Bare::Sized(&bytes), out);
                            Ok(())
                        }
                        Err(_) => self.fails("no bytes in Base64"),
                    }
                }
                _ => {
                    write(number, self.bare(shape, value)?, out);
                    Ok(())
                }
            },
        }
    }

    /// A number, a boolean or a symbol.
    fn bare(&self, shape: &Shape, value: &Json) -> Result<Bare<'static>, DoesNotFit> {
        match (shape, value) {
            (Shape::Scalar(Scalar::Bool), Json::Bool(value)) => Ok(Bare::Varint(u64::from(*value))),
            (Shape::Scalar(scalar), Json::Number(text)) => match Bare::number(*scalar, text) {
                Some(bare) => Ok(bare),
                None => self.fails(format!("no {}", scalar.word())),
            },
            (Shape::Enum(id), Json::Text(name)) => {
                let symbols = &self.schema.symbols(*id).symbols;
                match symbols.iter().find(|(known, _)| known == name) {
                    Some((_, number)) => Ok(Bare::Varint(i64::from(*number).cast_unsigned())),
                    None => self.fails("no symbol of the enum"),
                }
            }
            (Shape::Enum(_), Json::Number(text)) => match Bare::number(Scalar::Int32, text) {
                Some(bare) => Ok(bare),
                None => self.fails("no symbol of the enum"),
            },
            _ => self.fails(OTHER_TYPE),
        }
    }

    /// A scalar that is not written where it is its default.
    fn implicit(
        &mut self,
        number: u32,
        scalar: Scalar,
        value: &Json,
        out: &mut Vec<u8>,
    ) -> Encoded {
        let is_default = match (scalar, value) {
            (Scalar::Text | Scalar::Bytes, Json::Text(text)) => text.is_empty(),
            (_, Json::Number(_) | Json::Bool(_)) => {
                self.bare(&Shape::Scalar(scalar), value)?.is_default()
            }
            _ => false,
        };
        match is_default {
            true => Ok(()),
            false => self.value(number, &Shape::Scalar(scalar), value, out),
        }
    }

    fn key(&mut self, key: Scalar, name: &str, out: &mut Vec<u8>) -> Encoded {
        match Bare::key(key, name) {
            Some(bare) => {
                write(1, bare, out);
                Ok(())
            }
            None => self.fails(format!("the key `{name}` is no {}", key.word())),
        }
    }

    fn time(&mut self, text: &str, out: &mut Vec<u8>) -> Encoded {
        let Ok(at) = text.parse::<jiff::Timestamp>() else {
            return self.fails("no time as it is spelled here (ISO 8601)");
        };
        let nanos = at.as_nanosecond();
        let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or(i64::MAX);
        let behind = u64::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or(0);
        for (number, value) in [(1, seconds.cast_unsigned()), (2, behind)] {
            if value != 0 {
                write(number, Bare::Varint(value), out);
            }
        }
        Ok(())
    }

    /// What is inside of a `google.protobuf.Value`.
    fn json(&mut self, value: &Json, out: &mut Vec<u8>) -> Encoded {
        match value {
            Json::Null => write(1, Bare::Varint(0), out),
            Json::Number(text) => match Bare::number(Scalar::Double, text) {
                Some(bare) => write(2, bare, out),
                None => return self.fails("no double"),
            },
            Json::Text(text) => write(3, Bare::Sized(text.as_bytes()), out),
            Json::Bool(value) => write(4, Bare::Varint(u64::from(*value)), out),
            Json::Object(members) => {
                return self.nested(5, out, |this, out| {
                    members.iter().try_for_each(|(name, value)| {
                        this.nested(1, out, |this, out| {
                            write(1, Bare::Sized(name.as_bytes()), out);
                            this.nested(2, out, |this, out| this.json(value, out))
                        })
                    })
                });
            }
            Json::List(items) => {
                return self.nested(6, out, |this, out| {
                    items.iter().try_for_each(|value| {
                        this.nested(1, out, |this, out| this.json(value, out))
                    })
                });
            }
        }
        Ok(())
    }

    /// A message in a field of that number.
    fn nested(
        &mut self,
        number: u32,
        out: &mut Vec<u8>,
        inside: impl FnOnce(&mut Self, &mut Vec<u8>) -> Encoded,
    ) -> Encoded {
        let mut bytes = Vec::new();
        inside(self, &mut bytes)?;
        write(number, Bare::Sized(&bytes), out);
        Ok(())
    }
}

fn write_tag(number: u32, wire: WireType, out: &mut Vec<u8>) {
    write_varint(Tag::new(number, wire).raw().into(), out);
}

fn write(number: u32, bare: Bare<'_>, out: &mut Vec<u8>) {
    write_tag(number, bare.wire(), out);
    bare.write(out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::protobuf::testing::compiled;

    fn encoded(fields: &str, value: &str) -> Result<Vec<u8>, String> {
        let schema = compiled(&format!(
            "syntax = \"proto3\"; package t; import \"google/protobuf/timestamp.proto\";\n\
             import \"google/protobuf/wrappers.proto\"; import \"google/protobuf/struct.proto\";\n\
             message R1 {{ {fields} }} message M {{ int32 n = 1; }} enum E {{ NONE = 0; ONE = 1; }}"
        ));
        let value = Json::read(value, 1 << 20).expect("JSON");
        let mut out = Vec::new();
        encode(&schema, &value, &mut out)
            .map(|()| out)
            .map_err(|wrong| wrong.to_string())
    }

    /// Some are the examples of the encoding guide.
    #[test]
    fn values_are_those_of_the_guide() {
        for (fields, value, bytes) in [
            ("int32 a = 1;", r#"{"a":150}"#, &[0x08, 0x96, 0x01][..]),
            (
                "string b = 2;",
                r#"{"b":"testing"}"#,
                &[0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67],
            ),
            (
                "M c = 3;",
                r#"{"c":{"n":150}}"#,
                &[0x1a, 0x03, 0x08, 0x96, 0x01],
            ),
            (
                "repeated int32 f = 6;",
                r#"{"f":[3,270,86942]}"#,
                &[0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05],
            ),
            ("sint32 z = 1;", r#"{"z":-2}"#, &[0x08, 0x03]),
            (
                "int32 a = 1;",
                r#"{"a":-2}"#,
                &[
                    0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
                ],
            ),
            (
                "int32 a = 1; bool b = 2; E e = 3;",
                r#"{"a":0,"b":false,"e":"NONE"}"#,
                &[],
            ),
            ("optional int32 a = 1;", r#"{"a":0}"#, &[0x08, 0x00]),
            (
                "map<int32, string> m = 1;",
                r#"{"m":{"7":"x"}}"#,
                &[0x0a, 0x05, 0x08, 0x07, 0x12, 0x01, b'x'],
            ),
            (
                "google.protobuf.Timestamp t = 1;",
                r#"{"t":"1970-01-01T00:00:01.000000002Z"}"#,
                &[0x0a, 0x04, 0x08, 0x01, 0x10, 0x02],
            ),
            (
                "google.protobuf.StringValue w = 1;",
                r#"{"w":""}"#,
                &[0x0a, 0x00],
            ),
            (
                "google.protobuf.Value v = 1;",
                r#"{"v":[true]}"#,
                &[0x0a, 0x06, 0x32, 0x04, 0x0a, 0x02, 0x20, 0x01],
            ),
            ("bytes b = 1;", r#"{"b":"/w=="}"#, &[0x0a, 0x01, 0xff]),
        ] {
            assert_eq!(encoded(fields, value).as_deref(), Ok(bytes), "{fields}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_place() {
        for (value, said) in [
            (
                r#"{"m":{"n":"x"}}"#,
                "m.n: a value of another type than the schema says",
            ),
            (r#"{"m":{"n":2147483648}}"#, "m.n: no int32"),
            (r#"{"m":{"o":1}}"#, "m: the schema has no field `o`"),
            (r#"{"e":"TWO"}"#, "e: no symbol of the enum"),
            (
                "[]",
                "the record: a value of another type than the schema says",
            ),
        ] {
            let found = encoded("M m = 1; E e = 2;", value);
            assert_eq!(found, Err(said.to_owned()));
        }
    }
}
