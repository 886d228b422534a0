//! What leaves of one record, and where the values of a column stand in it.

use serde_json::Value;

use super::values::collect;
use crate::pipeline::{OutBatch, OutRecord};
use crate::record::path::Selector;
use crate::record::span::Span;
use crate::record::timestamp::OutTimestamp;

/// What leaves of a record.
pub(super) struct Left<'a> {
    pub(super) key: Option<&'a [u8]>,
    pub(super) headers: Vec<(&'a [u8], Option<&'a [u8]>)>,
    /// `None`: no time of the event.
    pub(super) at_ms: Option<i64>,
    pub(super) value: Value,
}

/// Where the values of a column stand.
pub(super) enum Place {
    Value(Selector),
    Key,
    Header(String),
    /// The record's timestamp.
    Timestamp,
}

impl<'a> Left<'a> {
    /// Of a record that leaves by itself, whose value stands there.
    pub(super) fn of(batch: &'a OutBatch, record: &'a OutRecord, value: Span) -> Left<'a> {
        Left {
            key: record.key.map(|key| batch.bytes(key)),
            headers: batch.headers(record).collect(),
            at_ms: match record.timestamp {
                OutTimestamp::Millis(ms) => Some(ms),
                OutTimestamp::Now => None,
            },
            value: serde_json::from_slice(batch.bytes(value)).unwrap_or(Value::Null),
        }
    }
}

impl Place {
    /// What stands there, as JSON spells it.
    pub(super) fn values(&self, left: &Left<'_>) -> Vec<String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut found = Vec::new();
        match self {
            Place::Value(path) => collect(&left.value, &path.steps, &mut found),
            Place::Key => found.extend(left.key.map(text)),
            Place::Header(name) => {
                let headers = left.headers.iter();
                let own = headers.filter(|(n, _)| *n == name.as_bytes());
                found.extend(own.filter_map(|(_, value)| value.map(text)));
            }
            Place::Timestamp => found.extend(left.at_ms.map(|ms| ms.to_string())),
        }
        found
    }
}

/// Whose a value is: what stands at the first of the paths where something does.
pub(super) fn person(subject: &[Selector], value: &Value) -> Option<String> {
    let mut found = Vec::new();
    for path in subject {
        collect(value, &path.steps, &mut found);
        found.retain(|text| text != "null" && text != "\"\"");
        if let Some(first) = found.first() {
            // The number 42 and the text are one person, as for the gate.
            return Some(first.trim_matches('"').trim().to_owned());
        }
    }
    None
}
