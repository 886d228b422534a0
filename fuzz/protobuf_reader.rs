//! Protobuf by another library: prost-reflect, which takes what is there twice and keeps
//! what the schema does not have; as JSON in the spelling that ours has.

use std::fmt::Debug;

use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MapKey, ReflectMessage as _, Value};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use serde_json::json;

/// What the bytes are as the first message of that `.proto` file; `None`: something in
/// them has no text.
///
/// # Errors
/// What the library says of them.
pub fn read(text: &str, bytes: &[u8]) -> Result<Option<serde_json::Value>, impl Debug> {
    // It knows less of other people's files.
    let Some(pool) = pool(text) else {
        return Ok(None);
    };
    let file = pool.get_file_by_name("t.proto").expect("it was read");
    let first = file.messages().next().expect("it has a message");
    DynamicMessage::decode(first, bytes).map(|message| json_of(&message))
}

/// What the text declares; `None`: it is no `.proto` file.
pub fn pool(text: &str) -> Option<DescriptorPool> {
    struct One(String);
    impl FileResolver for One {
        fn open_file(&self, name: &str) -> Result<File, protox::Error> {
            match name {
                "t.proto" => File::from_source(name, &self.0),
                _ => Err(protox::Error::file_not_found(name)),
            }
        }
    }
    let mut resolver = ChainFileResolver::new();
    resolver.add(GoogleFileResolver::new());
    resolver.add(One(text.into()));
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).open_file("t.proto").ok()?;
    Some(compiler.descriptor_pool())
}

/// A message as JSON, times by another library's calendar; `None`: something in it has no
/// text.
pub fn json_of(message: &DynamicMessage) -> Option<serde_json::Value> {
    let of = message.descriptor();
    let get = |name: &str| {
        message
            .get_field_by_name(name)
            .expect("of the type")
            .into_owned()
    };
    match of.full_name() {
        "google.protobuf.Timestamp" => {
            let (Value::I64(seconds), Value::I32(nanos)) = (get("seconds"), get("nanos")) else {
                unreachable!()
            };
            let at = jiff::Timestamp::new(seconds, nanos).ok()?;
            return Some(json!(at.to_string()));
        }
        "google.protobuf.Struct" => return json_of_value(&get("fields"), None),
        "google.protobuf.ListValue" => return json_of_value(&get("values"), None),
        "google.protobuf.Value" => {
            let (field, value) = message.fields().next()?;
            return match field.number() {
                1 => Some(json!(null)),
                _ => json_of_value(value, Some(&field.kind())),
            };
        }
        name if name.starts_with("google.protobuf.") && name.ends_with("Value") => {
            let field = of.get_field_by_name("value").expect("of the type");
            return json_of_value(&get("value"), Some(&field.kind()));
        }
        _ => {}
    }
    let mut all = serde_json::Map::new();
    for field in of.fields() {
        let value = message.get_field(&field);
        // To the library negative zero is the default, which it is not on the wire.
        let is_negative_zero = match &*value {
            Value::F32(v) => v.to_bits() == (-0.0f32).to_bits(),
            Value::F64(v) => v.to_bits() == (-0.0f64).to_bits(),
            _ => false,
        };
        if message.has_field(&field) || is_negative_zero {
            let json = json_of_value(&value, Some(&field.kind()))?;
            all.insert(field.name().into(), json);
        }
    }
    Some(all.into())
}

fn json_of_value(value: &Value, kind: Option<&Kind>) -> Option<serde_json::Value> {
    Some(match value {
        Value::Bool(v) => json!(v),
        Value::I32(v) => json!(v),
        Value::I64(v) => json!(v),
        Value::U32(v) => json!(v),
        Value::U64(v) => json!(v),
        // Both are spelled with the fewest digits that tell them apart.
        Value::F32(v) => serde_json::from_str(&format!("{v:?}")).ok()?,
        Value::F64(v) => serde_json::from_str(&format!("{v:?}")).ok()?,
        Value::String(v) => json!(v),
        Value::Bytes(v) => json!(data_encoding::BASE64.encode(v)),
        Value::EnumNumber(number) => match kind {
            Some(Kind::Enum(symbols)) => match symbols.values().find(|v| v.number() == *number) {
                Some(symbol) => json!(symbol.name()),
                None => json!(number),
            },
            _ => json!(number),
        },
        Value::Message(message) => json_of(message)?,
        Value::List(items) => {
            let items = items.iter().map(|item| json_of_value(item, kind));
            items.collect::<Option<Vec<_>>>()?.into()
        }
        Value::Map(items) => {
            let kind = match kind {
                Some(Kind::Message(entry)) if entry.is_map_entry() => {
                    Some(entry.map_entry_value_field().kind())
                }
                _ => None,
            };
            let items = items.iter().map(|(key, item)| {
                let key = match key {
                    MapKey::Bool(v) => v.to_string(),
                    MapKey::I32(v) => v.to_string(),
                    MapKey::I64(v) => v.to_string(),
                    MapKey::U32(v) => v.to_string(),
                    MapKey::U64(v) => v.to_string(),
                    MapKey::String(v) => v.clone(),
                };
                Some((key, json_of_value(item, kind.as_ref())?))
            });
            items.collect::<Option<serde_json::Map<_, _>>>()?.into()
        }
    })
}
