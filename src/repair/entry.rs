//! What the headers of a record in a quarantine topic say: no key is needed.

use super::done::{Done, MARK};
use crate::pipeline::GROUP_HEADER;
use crate::record::Reason;

/// A record of a quarantine topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A quarantined record.
    Entry(Entry),
    /// A marker: earlier records of its partition are done with.
    Done(Done),
}

/// A quarantined record as its headers tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Why it was refused.
    pub reason: Reason,
    /// Source topic.
    pub topic: String,
    /// Source partition.
    pub partition: i32,
    /// Source offset.
    pub offset: i64,
    /// Which element of the record there it is, counted from 0, where the policy takes
    /// records apart.
    pub element: Option<u32>,
    /// The release group that refused it, where records of any output of the policy waited.
    pub group: Option<String>,
    /// The output that refused it.
    pub output: Option<String>,
    /// The field of that output.
    pub field: Option<String>,
    /// The action of that field.
    pub action: Option<String>,
    /// How often it was refused; at least 1.
    pub tries: u32,
    /// When it was quarantined, milliseconds since 1970.
    pub at_ms: Option<i64>,
    /// It holds the sealed record; otherwise the original lies at its
    /// coordinates alone.
    pub is_sealed: bool,
}

/// The record is neither: somebody else wrote it, or a later version of this
/// program did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a quarantined record of this program: its headers do not say why and where it was refused"
)]
pub struct Unreadable;

impl Found {
    /// Reads the headers of a record; `at_ms` is its timestamp, `value_len` the
    /// length of its value.
    ///
    /// # Errors
    /// When they are none that this program writes.
    pub fn read<'h>(
        headers: impl IntoIterator<Item = (&'h str, Option<&'h [u8]>)>,
        at_ms: Option<i64>,
        value_len: usize,
    ) -> Result<Found, Unreadable> {
        let mut texts: [Option<&str>; HEADERS.len()] = [None; HEADERS.len()];
        for (name, value) in headers {
            if let Some(n) = HEADERS.iter().position(|known| *known == name) {
                texts[n] = value.and_then(|v| std::str::from_utf8(v).ok());
            }
        }
        let [
            reason,
            topic,
            partition,
            offset,
            output,
            field,
            action,
            tries,
            element,
            group,
            done,
        ] = texts;
        if let Some(ranges) = done {
            return Done::parse(ranges).map(Found::Done).ok_or(Unreadable);
        }
        let number = |text: Option<&str>| text.ok_or(Unreadable).map(str::parse::<i64>);
        let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
        let reason = reason.and_then(Reason::from_word).ok_or(Unreadable)?;
        let tries = tries.map_or(Ok(1), str::parse).map_err(|_| Unreadable)?;
        Ok(Found::Entry(Entry {
            reason,
            topic: owned(topic).ok_or(Unreadable)?,
            partition: number(partition)?
                .ok()
                .and_then(|p| i32::try_from(p).ok())
                .ok_or(Unreadable)?,
            offset: number(offset)?.map_err(|_| Unreadable)?,
            element: element
                .map(str::parse)
                .transpose()
                .map_err(|_| Unreadable)?,
            group: owned(group),
            output: owned(output),
            field: owned(field),
            action: owned(action),
            tries: u32::max(tries, 1),
            at_ms,
            is_sealed: value_len > 0,
        }))
    }
}

const HEADERS: [&str; 11] = [
    "veil-reason",
    "veil-topic",
    "veil-partition",
    "veil-offset",
    "veil-output",
    "veil-field",
    "veil-action",
    "veil-tries",
    "veil-element",
    GROUP_HEADER,
    MARK,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&str, &str)]) -> Result<Found, Unreadable> {
        let headers = headers.iter().map(|(n, v)| (*n, Some(v.as_bytes())));
        Found::read(headers, Some(7), 10)
    }

    const WHERE: [(&str, &str); 4] = [
        ("veil-reason", "not_json"),
        ("veil-topic", "raw"),
        ("veil-partition", "3"),
        ("veil-offset", "4294967296"),
    ];

    #[test]
    fn what_the_pipeline_writes_is_read_back() {
        let whole = Entry {
            reason: Reason::NotJson,
            topic: "raw".into(),
            partition: 3,
            offset: 1 << 32,
            element: None,
            group: None,
            output: None,
            field: None,
            action: None,
            tries: 1,
            at_ms: Some(7),
            is_sealed: true,
        };
        assert_eq!(read(&WHERE), Ok(Found::Entry(whole.clone())));
        let mut more = WHERE.to_vec();
        more.extend([
            ("veil-output", "clean"),
            ("veil-field", "a.b"),
            ("veil-action", "mask"),
            ("veil-tries", "4"),
            ("veil-element", "499"),
            ("veil-group", "main"),
            ("other", "x"),
        ]);
        let refused = Entry {
            output: Some("clean".into()),
            field: Some("a.b".into()),
            action: Some("mask".into()),
            tries: 4,
            element: Some(499),
            group: Some("main".into()),
            ..whole
        };
        assert_eq!(read(&more), Ok(Found::Entry(refused)));
    }

    #[test]
    fn what_somebody_else_wrote_is_no_entry() {
        assert_eq!(read(&[]), Err(Unreadable));
        for (n, wrong) in [(0, "no_such_reason"), (2, "x"), (2, "4294967296"), (3, "")] {
            let mut headers = WHERE;
            headers[n].1 = wrong;
            assert_eq!(read(&headers), Err(Unreadable), "{headers:?}");
        }
        for n in 0..WHERE.len() {
            let mut headers = WHERE.to_vec();
            headers.remove(n);
            assert_eq!(read(&headers), Err(Unreadable), "{headers:?}");
        }
        let mut headers = WHERE.to_vec();
        headers.push(("veil-tries", "many"));
        assert_eq!(read(&headers), Err(Unreadable));
        for wrong in ["", "-1", "4294967296", "x"] {
            let mut headers = WHERE.to_vec();
            headers.push(("veil-element", wrong));
            assert_eq!(read(&headers), Err(Unreadable), "{wrong}");
        }
        // A text that is none.
        let not_text = [("veil-reason", Some(&b"\xff"[..]))];
        assert_eq!(Found::read(not_text, None, 0), Err(Unreadable));
    }
}
