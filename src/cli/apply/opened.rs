//! A record that `veil decrypt` opened, read again.

use data_encoding::BASE64;
use serde::Deserialize;
use veilstream::record::timestamp::Timestamp;

/// A quarantined record as it was read from its topic.
pub(crate) struct Read {
    /// Which element of a record it is, where the policy took records apart.
    pub(crate) element: Option<u32>,
    /// Its key.
    pub(crate) key: Option<Vec<u8>>,
    /// Its value; `None` is a tombstone.
    pub(crate) value: Option<Vec<u8>>,
    /// Milliseconds, or none.
    pub(crate) timestamp: Timestamp,
    /// Name and value, in their order.
    pub(crate) headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// The form of `cli::opened`. Where a record lay and under which policy is only
/// looked for: an envelope has none of it, and an event must not be taken for one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "topic")]
    _topic: String,
    #[serde(rename = "partition")]
    _partition: u32,
    #[serde(rename = "offset")]
    _offset: u64,
    #[serde(rename = "policy")]
    _policy: String,
    #[serde(default)]
    element: Option<u32>,
    timestamp: Option<i64>,
    key: Option<Part>,
    headers: Vec<Header>,
    value: Option<Part>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    name: Part,
    value: Option<Part>,
}

/// Text, or bytes that are none.
#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Text(String),
    Bytes { base64: String },
}

impl Part {
    fn bytes(self) -> Option<Vec<u8>> {
        match self {
            Part::Text(text) => Some(text.into_bytes()),
            Part::Bytes { base64 } => BASE64.decode(base64.as_bytes()).ok(),
        }
    }
}

/// Reads one line; `None` when it is no opened record.
pub(crate) fn read(line: &[u8]) -> Option<Read> {
    let written: Written = serde_json::from_slice(line).ok()?;
    let part = |part: Option<Part>| part.map_or(Some(None), |p| p.bytes().map(Some));
    let headers = written.headers.into_iter();
    Some(Read {
        element: written.element,
        key: part(written.key)?,
        value: part(written.value)?,
        timestamp: written.timestamp.map_or(Timestamp::None, Timestamp::Create),
        headers: headers
            .map(|header| Some((header.name.bytes()?, part(header.value)?)))
            .collect::<Option<_>>()?,
    })
}
