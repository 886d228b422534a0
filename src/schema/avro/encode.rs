//! A made-up record, written as JSON, to Avro: for the tests of a policy.
//!
//! Values are written as records of Avro are spelled as JSON here: times as text after
//! ISO 8601, bytes and fixed ones as Base64 (RFC 4648, section 4), symbols by their
//! names, decimals as numbers. Of a union the first branch counts that takes the value.
//! A field that is left out is null, where it can be.

use data_encoding::BASE64;

use super::node::{Means, NodeId, Schema, Shape};
use crate::record::decimal::Decimal;
use crate::record::time::{Precision, TimeKind};
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
        out,
    };
    encoding.value(schema.root(), value)
}

struct Encoding<'e> {
    schema: &'e Schema,
    path: Vec<String>,
    out: &'e mut Vec<u8>,
}

impl Encoding<'_> {
    fn fails<T>(&self, what: impl Into<String>) -> Result<T, DoesNotFit> {
        Err(DoesNotFit {
            path: self.path.join("."),
            what: what.into(),
        })
    }

    fn value(&mut self, node: NodeId, value: &Json) -> Result<(), DoesNotFit> {
        let written = self.schema.node(node);
        match (&written.shape, written.means, value) {
            (Shape::Union(branches), _, _) => self.union(branches, value),
            (Shape::Null, _, Json::Null) => Ok(()),
            (Shape::Boolean, _, Json::Bool(value)) => {
                self.out.push(u8::from(*value));
                Ok(())
            }
            (Shape::Int | Shape::Long, Some(Means::Time(kind)), Json::Text(text)) => {
                match count(kind, text) {
                    Some(count) => self.integer(&written.shape, count),
                    None => self.fails("no time as it is spelled here (ISO 8601)"),
                }
            }
            (Shape::Int | Shape::Long, _, Json::Number(text)) => {
                let number = Decimal::read(text).filter(|n| n.is_zero() || n.exponent() >= 0);
                let number = number.and_then(|n| n.floored(0));
                match number.and_then(|n| i64::try_from(n).ok()) {
                    Some(number) => self.integer(&written.shape, number),
                    None => self.fails("no integer of 64 bits"),
                }
            }
            (Shape::Float, _, Json::Number(text)) => match text.parse::<f32>() {
                Ok(value) => {
                    self.out.extend_from_slice(&value.to_bits().to_le_bytes());
                    Ok(())
                }
                Err(_) => self.fails("no number"),
            },
            (Shape::Double, _, Json::Number(text)) => match text.parse::<f64>() {
                Ok(value) => {
                    self.out.extend_from_slice(&value.to_bits().to_le_bytes());
                    Ok(())
                }
                Err(_) => self.fails("no number"),
            },
            (
                Shape::Bytes | Shape::Fixed(..),
                Some(Means::Decimal { scale, .. }),
                Json::Number(text),
            ) => self.decimal(&written.shape, scale, text),
            (Shape::Fixed(..), Some(Means::Uuid), Json::Text(text)) => {
                let digits: String = text.chars().filter(|c| *c != '-').collect();
                let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
                match bytes {
                    Ok(bytes) if bytes.len() == 16 => {
                        self.out.extend_from_slice(&bytes);
                        Ok(())
                    }
                    _ => self.fails("no UUID"),
                }
            }
            (Shape::Bytes, _, Json::Text(text)) => match BASE64.decode(text.as_bytes()) {
                Ok(bytes) => {
                    self.bytes(&bytes);
                    Ok(())
                }
                Err(_) => self.fails("no bytes in Base64"),
            },
            (Shape::Fixed(_, size), _, Json::Text(text)) => match BASE64.decode(text.as_bytes()) {
                Ok(bytes) if bytes.len() == *size as usize => {
                    self.out.extend_from_slice(&bytes);
                    Ok(())
                }
                _ => self.fails(format!("no {size} bytes in Base64")),
            },
            (Shape::Text, _, Json::Text(text)) => {
                self.bytes(text.as_bytes());
                Ok(())
            }
            (Shape::Enum(_, symbols), _, Json::Text(text)) => {
                match symbols.names.iter().position(|symbol| symbol == text) {
                    Some(at) => self.len(at),
                    None => return self.fails("none of the symbols"),
                }
                Ok(())
            }
            (Shape::Array(items), _, Json::List(list)) => {
                if !list.is_empty() {
                    self.len(list.len());
                }
                for (n, item) in list.iter().enumerate() {
                    self.path.push(format!("[{n}]"));
                    self.value(*items, item)?;
                    self.path.pop();
                }
                self.out.push(0);
                Ok(())
            }
            (Shape::Map(values), _, Json::Object(members)) => {
                if !members.is_empty() {
                    self.len(members.len());
                }
                for (name, value) in members {
                    self.bytes(name.as_bytes());
                    self.path.push(name.to_string());
                    self.value(*values, value)?;
                    self.path.pop();
                }
                self.out.push(0);
                Ok(())
            }
            (Shape::Record(_, fields), _, Json::Object(members)) => {
                let known = |name: &str| fields.iter().any(|field| *field.name == *name);
                if let Some((name, _)) = members.iter().find(|(name, _)| !known(name)) {
                    return self.fails(format!("the schema has no field `{name}`"));
                }
                for field in fields {
                    let value = members.iter().find(|(name, _)| *name == field.name);
                    self.path.push(field.name.to_string());
                    self.value(field.node, value.map_or(&Json::Null, |(_, value)| value))?;
                    self.path.pop();
                }
                Ok(())
            }
            _ => self.fails("a value of another type than the schema says"),
        }
    }

    fn union(&mut self, branches: &[NodeId], value: &Json) -> Result<(), DoesNotFit> {
        let (before, depth) = (self.out.len(), self.path.len());
        for (n, branch) in branches.iter().enumerate() {
            self.len(n);
            if self.value(*branch, value).is_ok() {
                return Ok(());
            }
            self.out.truncate(before);
            self.path.truncate(depth);
        }
        self.fails("a value of none of the union's types")
    }

    fn integer(&mut self, shape: &Shape, value: i64) -> Result<(), DoesNotFit> {
        if *shape == Shape::Int && i32::try_from(value).is_err() {
            return self.fails("no integer of 32 bits");
        }
        self.long(value);
        Ok(())
    }

    fn decimal(&mut self, shape: &Shape, scale: u32, text: &str) -> Result<(), DoesNotFit> {
        let unscaled = Decimal::read(text).map(|n| n.times_ten_to(scale.into()));
        let unscaled = unscaled.filter(|n| n.is_zero() || n.exponent() >= 0);
        let Some(unscaled) = unscaled.and_then(|n| n.floored(0)) else {
            return self.fails("more digits than the schema has");
        };
        let bytes = unscaled.to_be_bytes();
        match shape {
            Shape::Fixed(_, size) if *size as usize <= bytes.len() => {
                self.out
                    .extend_from_slice(&bytes[bytes.len() - *size as usize..]);
            }
            Shape::Fixed(_, size) => {
                let sign = if unscaled < 0 { 0xff } else { 0 };
                let more = *size as usize - bytes.len();
                self.out.extend(std::iter::repeat_n(sign, more));
                self.out.extend_from_slice(&bytes);
            }
            _ => self.bytes(&bytes),
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.len(bytes.len());
        self.out.extend_from_slice(bytes);
    }

    fn len(&mut self, len: usize) {
        self.long(i64::try_from(len).expect("no memory is as long"));
    }

    /// In zigzag, 7 bits a byte.
    fn long(&mut self, value: i64) {
        let mut left = (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned();
        while left >= 0x80 {
            self.out.push((left & 0x7f) as u8 | 0x80);
            left >>= 7;
        }
        self.out.push(left as u8);
    }
}

/// What a type counts of the time that is spelled so.
fn count(kind: TimeKind, text: &str) -> Option<i64> {
    let (nanos, precision) = match kind {
        TimeKind::Date => {
            let date: jiff::civil::Date = text.parse().ok()?;
            let first = jiff::civil::date(1970, 1, 1);
            return Some(first.until(date).ok()?.get_days().into());
        }
        TimeKind::OfDay(precision) => {
            let time: jiff::civil::Time = text.parse().ok()?;
            let midnight = jiff::civil::Time::midnight();
            let since = time.duration_since(midnight).as_nanos();
            (since, precision)
        }
        TimeKind::Instant(precision) => {
            let at: jiff::Timestamp = text.parse().ok()?;
            (at.as_nanosecond(), precision)
        }
        TimeKind::Local(precision) => {
            let at: jiff::civil::DateTime = text.parse().ok()?;
            let at = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            (at.timestamp().as_nanosecond(), precision)
        }
    };
    let of = match precision {
        Precision::Milli => 1_000_000,
        Precision::Micro => 1_000,
        Precision::Nano => 1,
    };
    i64::try_from(nanos.div_euclid(of)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(schema: &str, value: &str) -> Result<Vec<u8>, String> {
        let schema = Schema::parse(schema).expect("a schema");
        let value = Json::read(value, 1 << 20).expect("JSON");
        let mut out = Vec::new();
        encode(&schema, &value, &mut out)
            .map(|()| out)
            .map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn values_are_those_of_the_specification() {
        // "Binary Encoding", the examples of records, arrays and unions.
        let record = r#"{"type":"record","name":"test","fields":[{"name":"a","type":"long"},{"name":"b","type":"string"}]}"#;
        assert_eq!(
            encoded(record, r#"{"a":27,"b":"foo"}"#),
            Ok(vec![0x36, 0x06, 0x66, 0x6f, 0x6f])
        );
        let array = r#"{"type":"record","name":"t","fields":[{"name":"l","type":{"type":"array","items":"long"}}]}"#;
        assert_eq!(encoded(array, r#"{"l":[3,27]}"#), Ok(vec![4, 6, 0x36, 0]));
        let union =
            r#"{"type":"record","name":"t","fields":[{"name":"u","type":["null","string"]}]}"#;
        assert_eq!(encoded(union, "{}"), Ok(vec![0]));
        assert_eq!(encoded(union, r#"{"u":"a"}"#), Ok(vec![2, 2, 0x61]));
    }

    #[test]
    fn times_decimals_and_symbols_are_written_as_they_are_shown() {
        let of = |ty: &str| {
            format!(r#"{{"type":"record","name":"t","fields":[{{"name":"v","type":{ty}}}]}}"#)
        };
        for (ty, value, bytes) in [
            (
                r#"{"type":"int","logicalType":"date"}"#,
                r#""1970-01-02""#,
                vec![2],
            ),
            (
                r#"{"type":"long","logicalType":"timestamp-millis"}"#,
                r#""1969-12-31T23:59:59.999Z""#,
                vec![1],
            ),
            (
                r#"{"type":"int","logicalType":"time-millis"}"#,
                r#""00:00:00.032""#,
                vec![0x40],
            ),
            (
                r#"{"type":"fixed","name":"d","size":2,"logicalType":"decimal","precision":4,"scale":2}"#,
                "-0.01",
                vec![0xff, 0xff],
            ),
            (
                r#"{"type":"enum","name":"e","symbols":["A","B"]}"#,
                r#""B""#,
                vec![2],
            ),
            (r#""bytes""#, r#""/w==""#, vec![2, 0xff]),
        ] {
            let value = format!("{{\"v\":{value}}}");
            assert_eq!(encoded(&of(ty), &value), Ok(bytes), "{ty}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_place() {
        let schema = r#"{"type":"record","name":"t","fields":[{"name":"a","type":{"type":"record","name":"i","fields":[{"name":"n","type":"int"}]}}]}"#;
        for (value, said) in [
            (
                r#"{"a":{"n":"x"}}"#,
                "a.n: a value of another type than the schema says",
            ),
            (r#"{"a":{"n":2147483648}}"#, "a.n: no integer of 32 bits"),
            (r#"{"a":{"m":1}}"#, "a: the schema has no field `m`"),
            (
                "[]",
                "the record: a value of another type than the schema says",
            ),
        ] {
            assert_eq!(encoded(schema, value), Err(said.to_owned()));
        }
    }
}
