//! A second reader of Avro, as plain as it can be: it walks the JSON of the schema and
//! the bytes, recursively, and makes a tree. What it shares with the decoder is the
//! specification. Schemas are those that the library takes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// What a record says, as JSON, or a word for why it is none. Numbers that JSON has not,
/// and times outside of four digits, are null.
pub fn read(schema: &Value, bytes: &[u8]) -> Result<Value, &'static str> {
    let mut reader = Reader {
        bytes,
        names: BTreeMap::new(),
    };
    reader.learn(schema, "");
    let value = reader.value(schema, "")?;
    match reader.bytes {
        [] => Ok(value),
        _ => Err("more behind it"),
    }
}

struct Reader<'r> {
    bytes: &'r [u8],
    /// Named types by their full names, each with its namespace.
    names: BTreeMap<String, (Value, String)>,
}

/// Namespace and full name of a type.
fn full(schema: &Value, around: &str) -> (String, String) {
    let name = schema["name"].as_str().expect("it has a name");
    let space = schema["namespace"].as_str().unwrap_or(around);
    match name.rsplit_once('.') {
        Some((space, _)) => (space.to_owned(), name.to_owned()),
        None if space.is_empty() => (String::new(), name.to_owned()),
        None => (space.to_owned(), format!("{space}.{name}")),
    }
}

impl<'r> Reader<'r> {
    fn learn(&mut self, schema: &Value, around: &str) {
        match schema {
            Value::Array(branches) => branches.iter().for_each(|b| self.learn(b, around)),
            Value::Object(members) => match members["type"].as_str() {
                Some("record" | "error") => {
                    let (space, name) = full(schema, around);
                    self.names.insert(name, (schema.clone(), space.clone()));
                    let fields = members["fields"].as_array().expect("it has fields");
                    fields.iter().for_each(|f| self.learn(&f["type"], &space));
                }
                Some("enum" | "fixed") => {
                    let (space, name) = full(schema, around);
                    self.names.insert(name, (schema.clone(), space));
                }
                Some("array") => self.learn(&members["items"], around),
                Some("map") => self.learn(&members["values"], around),
                Some(_) => {}
                None => self.learn(&members["type"], around),
            },
            _ => {}
        }
    }

    fn take(&mut self, len: u64) -> Result<&'r [u8], &'static str> {
        let len = usize::try_from(len).map_err(|_| "cut")?;
        if len > self.bytes.len() {
            return Err("cut");
        }
        let (taken, rest) = self.bytes.split_at(len);
        self.bytes = rest;
        Ok(taken)
    }

    fn long(&mut self) -> Result<i64, &'static str> {
        let mut value: u128 = 0;
        let mut shift = 0;
        loop {
            let byte = self.take(1)?[0];
            value |= u128::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                if byte == 0 && shift > 7 {
                    return Err("longer than it need be");
                }
                break;
            }
            if shift == 70 {
                return Err("too long");
            }
        }
        let value = u64::try_from(value).map_err(|_| "too large")?;
        // Even: not negative. Odd: counted down from -1.
        let half = (value / 2) as i64;
        Ok(if value % 2 == 0 { half } else { -1 - half })
    }

    fn len(&mut self) -> Result<u64, &'static str> {
        u64::try_from(self.long()?).map_err(|_| "below nothing")
    }

    fn text(&mut self) -> Result<String, &'static str> {
        let len = self.len()?;
        let bytes = self.take(len)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| "not UTF-8")
    }

    fn blocks(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        loop {
            let count = self.long()?;
            let mut size = None;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                size = Some(self.len()?);
            }
            let before = self.bytes.len();
            // More of them than there are bytes take none, and say nothing.
            for _ in 0..count.unsigned_abs().min(300_000) {
                one(self)?;
            }
            if count.unsigned_abs() > 300_000 {
                return Err("too many");
            }
            if size.is_some_and(|size| size != (before - self.bytes.len()) as u64) {
                return Err("another size");
            }
        }
    }

    fn value(&mut self, schema: &Value, around: &str) -> Result<Value, &'static str> {
        let word = match schema {
            Value::Array(branches) => {
                let branch = usize::try_from(self.long()?).map_err(|_| "no branch")?;
                return self.value(branches.get(branch).ok_or("no branch")?, around);
            }
            Value::String(word) => word,
            _ => match &schema["type"] {
                Value::String(word) => word,
                inner => return self.value(inner, around),
            },
        };
        let (scale, logical) = meaning(schema, word);
        Ok(match word.as_str() {
            "null" => Value::Null,
            "boolean" => match self.take(1)? {
                [0] => json!(false),
                [1] => json!(true),
                _ => return Err("no boolean"),
            },
            "int" => {
                let value = self.long()?;
                i32::try_from(value).map_err(|_| "no int")?;
                number(value, logical)
            }
            "long" => number(self.long()?, logical),
            "float" => {
                let value = f32::from_le_bytes(self.take(4)?.try_into().expect("4 bytes"));
                serde_json::from_str(&format!("{value:?}")).unwrap_or(Value::Null)
            }
            "double" => {
                let value = f64::from_le_bytes(self.take(8)?.try_into().expect("8 bytes"));
                serde_json::from_str(&format!("{value:?}")).unwrap_or(Value::Null)
            }
            "string" => json!(self.text()?),
            "bytes" => {
                let len = self.len()?;
                bytes(self.take(len)?, scale)
            }
            "fixed" => {
                let size = schema["size"].as_u64().expect("it has a size");
                bytes(self.take(size)?, scale)
            }
            "enum" => {
                let at = usize::try_from(self.long()?).map_err(|_| "no symbol")?;
                schema["symbols"].get(at).ok_or("no symbol")?.clone()
            }
            "array" => {
                let mut all = Vec::new();
                self.blocks(|reader| {
                    all.push(reader.value(&schema["items"], around)?);
                    Ok(())
                })?;
                json!(all)
            }
            "map" => {
                let mut all = Map::new();
                self.blocks(|reader| {
                    let key = reader.text()?;
                    let value = reader.value(&schema["values"], around)?;
                    match all.insert(key, value) {
                        None => Ok(()),
                        Some(_) => Err("one key twice"),
                    }
                })?;
                json!(all)
            }
            "record" | "error" => {
                let (space, _) = full(schema, around);
                let mut all = Map::new();
                for field in schema["fields"].as_array().expect("it has fields") {
                    let name = field["name"].as_str().expect("a name").to_owned();
                    all.insert(name, self.value(&field["type"], &space)?);
                }
                json!(all)
            }
            name => {
                let spaced = format!("{around}.{name}");
                let known = self.names.get(&spaced).or(self.names.get(name));
                let (schema, space) = known.expect("it is declared").clone();
                // Its own name decides its namespace, not where it is named.
                self.value(&schema, &space)?
            }
        })
    }
}

/// Scale of a decimal, and the word of another logical type. Those that are not valid
/// say nothing ("Logical Types").
fn meaning<'s>(schema: &'s Value, of: &str) -> (Option<u32>, &'s str) {
    let word = schema["logicalType"].as_str().unwrap_or("");
    let count = |name: &str| match &schema[name] {
        Value::Null if schema.get(name).is_none() => Some(0),
        said => said.as_u64().and_then(|n| u32::try_from(n).ok()),
    };
    let is_right = match word {
        "date" | "time-millis" => of == "int",
        _ => of == "long",
    };
    match (word, count("precision"), count("scale")) {
        ("decimal", Some(precision @ 1..), Some(scale)) if scale <= precision => {
            let fits = match of {
                "bytes" => true,
                // 10 to the precision is no more than half of what so many bits hold.
                "fixed" => {
                    let bits = 8 * schema["size"].as_u64().expect("it has a size");
                    bits > 0 && f64::from(precision) * 10f64.log2() < bits as f64 - 1.0
                }
                _ => false,
            };
            (fits.then_some(scale), "")
        }
        _ => (None, if is_right { word } else { "" }),
    }
}

fn bytes(bytes: &[u8], scale: Option<u32>) -> Value {
    let Some(scale) = scale else {
        return json!(base64(bytes));
    };
    if bytes.len() > 16 {
        return Value::Null;
    }
    let negative = bytes.first().is_some_and(|b| *b > 127);
    let start = if negative { -1 } else { 0 };
    let unscaled = bytes
        .iter()
        .fold(start, |sum: i128, b| (sum << 8) | i128::from(*b));
    let digits = format!("{:0>1$}", unscaled.unsigned_abs(), scale as usize + 1);
    if digits.trim_start_matches('0').len() > 38 {
        return Value::Null;
    }
    let (whole, rest) = digits.split_at(digits.len() - scale as usize);
    let sign = if negative { "-" } else { "" };
    let point = if rest.is_empty() { "" } else { "." };
    serde_json::from_str(&format!("{sign}{whole}{point}{rest}")).expect("digits")
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let at = |n: usize| u32::from(three.get(n).copied().unwrap_or(0));
        let bits = (at(0) << 16) | (at(1) << 8) | at(2);
        for n in 0..4 {
            out.push(match n <= three.len() {
                true => char::from(LETTERS[(bits >> (18 - 6 * n)) as usize & 63]),
                false => '=',
            });
        }
    }
    out
}

fn number(value: i64, logical: &str) -> Value {
    let (per_second, is_local) = match logical {
        "date" => {
            let at = jiff::Timestamp::from_second(value * 86_400);
            return at.map_or(Value::Null, |at| dated(&at, 10));
        }
        "time-millis" if !(0..86_400_000).contains(&value) => return Value::Null,
        "time-micros" if !(0..86_400_000_000).contains(&value) => return Value::Null,
        "time-millis" => (1_000, true),
        "time-micros" => (1_000_000, true),
        "timestamp-millis" => (1_000, false),
        "timestamp-micros" => (1_000_000, false),
        "timestamp-nanos" => (1_000_000_000, false),
        "local-timestamp-millis" => (1_000, true),
        "local-timestamp-micros" => (1_000_000, true),
        "local-timestamp-nanos" => (1_000_000_000, true),
        _ => return json!(value),
    };
    let nanos = i128::from(value) * (1_000_000_000 / per_second);
    let Ok(at) = jiff::Timestamp::from_nanosecond(nanos) else {
        return Value::Null;
    };
    let text = at.to_string();
    match dated(&at, text.len()) {
        Value::String(text) if is_local && logical.starts_with("time-") => {
            json!(text[11..].trim_end_matches('Z'))
        }
        Value::String(text) if is_local => json!(text.trim_end_matches('Z')),
        other => other,
    }
}

/// The first characters of a time, in years of four digits.
fn dated(at: &jiff::Timestamp, len: usize) -> Value {
    let text = at.to_string();
    match text.starts_with(['-', '+']) {
        true => Value::Null,
        false => json!(text[..len]),
    }
}
