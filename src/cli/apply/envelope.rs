//! A whole record as one line: `{"key", "headers", "timestamp", "value"}`.

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;
use veilstream::record::timestamp::Timestamp;

/// The line is no envelope. What it holds is not said: it could be a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoEnvelope;

/// A record read from an envelope.
pub(crate) struct Read<'a> {
    /// The key: a text's characters, any other value's own JSON text.
    pub(crate) key: Option<String>,
    /// The value's own text; `None` is a tombstone.
    pub(crate) value: Option<&'a str>,
    /// Milliseconds, or none.
    pub(crate) timestamp: Timestamp,
    /// Name and value, in the order of the line.
    pub(crate) headers: Vec<(String, Option<String>)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    #[serde(borrow, default)]
    key: Option<&'a RawValue>,
    #[serde(default)]
    headers: Headers,
    #[serde(default)]
    timestamp: Option<i64>,
    /// Must be there: a line without it is an event, not an envelope.
    #[serde(borrow, deserialize_with = "present")]
    value: Option<&'a RawValue>,
}

fn present<'de, D: Deserializer<'de>>(d: D) -> Result<Option<&'de RawValue>, D::Error> {
    Option::<&RawValue>::deserialize(d)
}

#[derive(Default)]
struct Headers(Vec<(String, Option<String>)>);

#[derive(Deserialize)]
#[serde(untagged)]
enum HeaderValue {
    One(Option<String>),
    Many(Vec<Option<String>>),
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of header names")
            }

            fn visit_unit<E: Error>(self) -> Result<Headers, E> {
                Ok(Headers::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut list: Vec<(String, Option<String>)> = Vec::new();
                let mut seen = HashSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    if !seen.insert(name.clone()) {
                        return Err(A::Error::custom("a header name stands twice"));
                    }
                    match map.next_value()? {
                        HeaderValue::One(value) => list.push((name, value)),
                        HeaderValue::Many(values) => {
                            list.extend(values.into_iter().map(|v| (name.clone(), v)));
                        }
                    }
                }
                Ok(Headers(list))
            }
        }
        d.deserialize_any(Reader)
    }
}

/// Reads one line. The value's bytes are found as they stand and copied
/// unchanged, so that numbers stay exact and nesting is judged later.
///
/// `key_is_json`: a key may be any JSON, where a broker's text key is none.
///
/// # Errors
/// [`NoEnvelope`].
pub(crate) fn read(line: &[u8], key_is_json: bool) -> Result<Read<'_>, NoEnvelope> {
    let written: Written<'_> = serde_json::from_slice(line).map_err(|_| NoEnvelope)?;
    let key = match written.key {
        None => None,
        Some(raw) if raw.get().starts_with('"') => {
            Some(serde_json::from_str::<String>(raw.get()).map_err(|_| NoEnvelope)?)
        }
        Some(raw) if key_is_json => Some(raw.get().to_owned()),
        Some(_) => return Err(NoEnvelope),
    };
    Ok(Read {
        key,
        value: written.value.map(RawValue::get),
        timestamp: written.timestamp.map_or(Timestamp::None, Timestamp::Create),
        headers: written.headers.0,
    })
}

/// Appends one record as an envelope, without a line break. Keys and headers
/// that are no UTF-8 do not leave a policy, so text holds them all.
pub(crate) fn write<'a>(
    out: &mut Vec<u8>,
    key: Option<&[u8]>,
    headers: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
    timestamp_ms: i64,
    value: Option<&[u8]>,
) {
    out.extend_from_slice(b"{\"key\":");
    text_or_null(out, key);
    out.extend_from_slice(b",\"headers\":{");
    let mut named: Vec<(&[u8], Occurrences<'_>)> = Vec::new();
    for (name, value) in headers {
        match named.iter_mut().find(|(n, _)| *n == name) {
            Some((_, values)) => values.push(value),
            None => named.push((name, vec![value])),
        }
    }
    for (i, (name, values)) in named.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        text_or_null(out, Some(name));
        out.push(b':');
        if let [one] = values.as_slice() {
            text_or_null(out, *one);
            continue;
        }
        out.push(b'[');
        for (j, value) in values.iter().enumerate() {
            if j > 0 {
                out.push(b',');
            }
            text_or_null(out, *value);
        }
        out.push(b']');
    }
    out.extend_from_slice(format!("}},\"timestamp\":{timestamp_ms},\"value\":").as_bytes());
    out.extend_from_slice(value.unwrap_or(b"null"));
    out.push(b'}');
}

/// The values of one header name, in order.
type Occurrences<'a> = Vec<Option<&'a [u8]>>;

fn text_or_null(out: &mut Vec<u8>, text: Option<&[u8]>) {
    let Some(text) = text else {
        out.extend_from_slice(b"null");
        return;
    };
    out.push(b'"');
    veilstream::record::escape::escape_into(&String::from_utf8_lossy(text), out);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parts = (
        Option<String>,
        Option<String>,
        Vec<(String, Option<String>)>,
    );

    fn parts(line: &str) -> Option<Parts> {
        parts_of(line, true)
    }

    fn parts_of(line: &str, key_is_json: bool) -> Option<Parts> {
        let read = read(line.as_bytes(), key_is_json).ok()?;
        Some((read.key, read.value.map(str::to_owned), read.headers))
    }

    #[test]
    fn the_value_keeps_its_bytes() {
        let (key, value, headers) =
            parts(r#" {"value": {"a" : 39.80, "b":1e999, "c":"\u0061"} , "key":"k\n"} "#).unwrap();
        assert_eq!(value.unwrap(), r#"{"a" : 39.80, "b":1e999, "c":"\u0061"}"#);
        assert_eq!(key.unwrap(), "k\n");
        assert!(headers.is_empty());
    }

    #[test]
    fn tombstones_json_keys_and_repeated_headers() {
        let (key, value, headers) =
            parts(r#"{"key":{"id":1.0},"headers":{"a":"1","b":null,"c":["x",null]},"value":null}"#)
                .unwrap();
        assert_eq!(key.unwrap(), r#"{"id":1.0}"#);
        assert_eq!(value, None);
        let some = |s: &str| Some(s.to_owned());
        assert_eq!(
            headers,
            [
                ("a".to_owned(), some("1")),
                ("b".to_owned(), None),
                ("c".to_owned(), some("x")),
                ("c".to_owned(), None)
            ]
        );
    }

    #[test]
    fn many_headers_are_read_in_time() {
        let name = |n: u32| format!("\"a long name of a header, number {n}\":null");
        let names: Vec<String> = (0..100_000).map(name).collect();
        let line = format!("{{\"headers\":{{{}}},\"value\":1}}", names.join(","));
        let start = std::time::Instant::now();
        assert_eq!(parts(&line).unwrap().2.len(), names.len());
        assert!(start.elapsed() < std::time::Duration::from_secs(5));
    }

    #[test]
    fn a_text_key_is_text() {
        for key in ["42", "true", "{}", "[\"k\"]"] {
            let line = format!("{{\"key\":{key},\"value\":1}}");
            assert!(parts_of(&line, false).is_none(), "{line}");
            assert_eq!(parts_of(&line, true).unwrap().0.unwrap(), key);
        }
        for (key, read) in [("null", None), ("\"42\"", Some("42"))] {
            let line = format!("{{\"key\":{key},\"value\":1}}");
            assert_eq!(parts_of(&line, false).unwrap().0.as_deref(), read);
        }
    }

    #[test]
    fn deep_values_are_found_without_recursion() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let (_, value, _) = parts(&format!("{{\"value\":{deep}}}")).unwrap();
        assert_eq!(value.unwrap(), deep);
    }

    #[test]
    fn what_is_no_envelope_is_refused() {
        for line in [
            "",
            "7",
            "{}",
            r#"{"type":"page"}"#,
            r#"{"value":1,"extra":2}"#,
            r#"{"value":1,"value":2}"#,
            r#"{"value":1,"headers":{"a":"1","a":"2"}}"#,
            r#"{"value":1,"headers":{"a":1}}"#,
            r#"{"value":1,"timestamp":"now"}"#,
            r#"{"value":1} {"value":2}"#,
            r#"{"value":tru}"#,
        ] {
            assert!(parts(line).is_none(), "{line}");
        }
        assert!(read(b"{\"value\":\"\xff\"}", true).is_err());
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut line = Vec::new();
        let headers: Vec<(&[u8], Option<&[u8]>)> =
            vec![(b"a", Some(b"1\"")), (b"b", None), (b"a", Some(b"2"))];
        write(
            &mut line,
            Some(b"k"),
            headers.into_iter(),
            5,
            Some(b"{\"x\":1.0}"),
        );
        assert_eq!(
            String::from_utf8(line.clone()).unwrap(),
            r#"{"key":"k","headers":{"a":["1\"","2"],"b":null},"timestamp":5,"value":{"x":1.0}}"#
        );
        assert!(parts(std::str::from_utf8(&line).unwrap()).is_some());
        line.clear();
        write(&mut line, None, std::iter::empty(), 0, None);
        assert_eq!(
            line,
            br#"{"key":null,"headers":{},"timestamp":0,"value":null}"#
        );
    }
}
