//! A raw record: the first of the state types.

use super::lane::Lane;
use super::raw::{Raw, RawRecord};
use super::timestamp::Timestamp;

/// A record as it came, nothing of it looked at. Made by
/// [`Raw::fetched`] only.
#[derive(Clone, Copy)]
pub struct Fetched<'a> {
    raw: &'a Raw,
    at: &'a RawRecord,
    /// What stands for its key.
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
    /// What the schema that it was written under calls records like it.
    schema_name: Option<&'a str>,
}

impl Raw {
    /// The raw records, in order.
    pub fn fetched(&self) -> impl Iterator<Item = Fetched<'_>> {
        self.vectors.records.iter().map(|at| Fetched {
            raw: self,
            at,
            key: at.key.map(|span| span.of(&self.vectors.bytes)),
            value: at.value.map(|span| span.of(&self.vectors.bytes)),
            schema_name: None,
        })
    }
}

impl<'a> Fetched<'a> {
    /// Whose it is.
    pub fn lane(&self) -> &'a Lane {
        &self.raw.lane
    }

    /// Its offset (`apply`: line number from 0).
    pub fn offset(&self) -> i64 {
        self.at.offset
    }

    /// Which element it is of the record at its offset, counted from 0, when it comes
    /// as one: out of the quarantine.
    pub fn element(&self) -> Option<u32> {
        self.at.element
    }

    /// Its timestamp.
    pub fn timestamp(&self) -> Timestamp {
        self.at.timestamp
    }

    /// Its key; `None` is Kafka's null.
    pub fn key(&self) -> Option<&'a [u8]> {
        self.key
    }

    /// The same record, of which the key is said in other bytes.
    pub(crate) fn with_key(self, key: &'a [u8]) -> Fetched<'a> {
        let key = Some(key);
        Fetched { key, ..self }
    }

    /// The same record, of which the value is only that part.
    pub(crate) fn with_value(self, value: &'a [u8]) -> Fetched<'a> {
        Fetched {
            value: Some(value),
            ..self
        }
    }

    /// The same record, written under a schema that has that full name for it.
    pub(crate) fn of_schema(self, name: Option<&'a str>) -> Fetched<'a> {
        Fetched {
            schema_name: name,
            ..self
        }
    }

    /// The full name that the schema of its writer has for it; `None`: it was written under
    /// none, or one without a name.
    pub(crate) fn schema_name(&self) -> Option<&'a str> {
        self.schema_name
    }

    /// Its value; `None` is a tombstone.
    pub fn value(&self) -> Option<&'a [u8]> {
        self.value
    }

    /// Its headers, in order.
    pub fn headers(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&'a [u8], Option<&'a [u8]>)> + use<'a> {
        let (from, to) = self.at.headers;
        let bytes = &self.raw.vectors.bytes;
        self.raw.vectors.headers[from as usize..to as usize]
            .iter()
            .map(|h| (h.name.of(bytes), h.value.map(|v| v.of(bytes))))
    }

    /// Bytes of value, key and headers.
    pub fn bytes_len(&self) -> usize {
        let key = self.at.key.map_or(0, |s| s.len as usize);
        let value = self.at.value.map_or(0, |s| s.len as usize);
        let headers = self
            .headers()
            .map(|(n, v)| n.len() + v.map_or(0, <[u8]>::len));
        key + value + headers.sum::<usize>()
    }
}
