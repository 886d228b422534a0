//! JSON text into a tree that keeps order and digits: for tests and previews,
//! never for the record path.

use crate::policy::check::json::Json;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Deepest nesting that is read, twice what a trial lets out: a tree is walked by
/// calls within calls.
const DEPTH_MAX: usize = 128;

/// Reads one JSON text; `None` when it is none, or nests deeper than 128.
pub fn parse(text: &str) -> Option<Json> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    read(raw.get(), DEPTH_MAX)
}

/// `text` is one valid JSON value without space around it; `depth`: how deep it may
/// nest.
fn read(text: &str, depth: usize) -> Option<Json> {
    let inside = |text| read(text, depth.checked_sub(1)?);
    Some(match text.as_bytes().first()? {
        b'{' => Json::Object(
            serde_json::from_str::<Members<'_>>(text)
                .ok()?
                .0
                .into_iter()
                .map(|(name, raw)| Some((name, inside(raw.get())?)))
                .collect::<Option<_>>()?,
        ),
        b'[' => Json::List(
            serde_json::from_str::<Items<'_>>(text)
                .ok()?
                .0
                .into_iter()
                .map(|raw| inside(raw.get()))
                .collect::<Option<_>>()?,
        ),
        b'"' => Json::Text(serde_json::from_str(text).ok()?),
        b't' => Json::Bool(true),
        b'f' => Json::Bool(false),
        b'n' => Json::Null,
        _ => Json::Number(text.to_owned()),
    })
}

struct Members<'a>(Vec<(String, &'a RawValue)>);
struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        d.deserialize_map(Reader)
    }
}

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        d.deserialize_seq(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_digits_stay() {
        let text = r#"{"b":1.50,"a":[true,null,"x\n",{"z":1e999}]}"#;
        assert_eq!(parse(text).unwrap().to_string(), text);
        assert_eq!(parse(" 7 ").unwrap(), Json::Number("7".to_owned()));
        for bad in ["", "{", "[1,]", "{\"a\":1} 2", "nul"] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_nests_too_deep_for_calls_within_calls_is_not_read() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(DEPTH_MAX)).is_some());
        for depth in [DEPTH_MAX + 1, 100_000] {
            assert!(parse(&nested(depth)).is_none());
            assert!(parse(&format!("{{\"a\":{}}}", nested(depth))).is_none());
        }
    }
}
