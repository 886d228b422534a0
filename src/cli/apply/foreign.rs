//! What is no lines of JSON, recognized by its beginning, so that it is named once
//! instead of being quarantined line for line.

use std::fmt;
use veilstream::schema::avro::container::MAGIC;

/// The byte order mark of UTF-8, which some programs write; it is skipped.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// Something else than lines of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// Two bytes a character.
    Utf16,
    /// One array of all events.
    Array,
    /// Events over several lines.
    Pretty,
    /// A table.
    Csv,
    /// Confluent's wire format: a zero byte, then the id of a schema.
    Framed,
    /// An object container file of Avro.
    Container,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Foreign::Utf16 => "is UTF-16, not UTF-8",
            Foreign::Array => "is one JSON array, not one object a line",
            Foreign::Pretty => "is JSON over several lines, not one object a line",
            Foreign::Csv => "looks like CSV",
            Foreign::Framed => "looks like messages framed for a schema registry",
            Foreign::Container => "is an object container file of Avro",
        })
    }
}

impl Foreign {
    /// What makes lines of JSON of it.
    pub const fn help(self) -> &'static str {
        match self {
            Foreign::Utf16 => "iconv -f UTF-16 -t UTF-8 FILE | veil apply …",
            Foreign::Array => "jq -c '.[]' FILE | veil apply …",
            Foreign::Pretty => "jq -c . FILE | veil apply …",
            Foreign::Csv => {
                "turn each row into a JSON object first: mlr --icsv --ojsonl cat FILE | veil apply …"
            }
            Foreign::Framed => "read the topic with a consumer that decodes it to JSON",
            Foreign::Container => {
                "let the policy read Avro: `source: { value: avro, schema: { file: FILE.avsc } }`"
            }
        }
    }

    /// True where no line of it is a text either: read as one, what `redact` looks for would
    /// pass unseen between the zero bytes of UTF-16.
    pub const fn is_no_text(self) -> bool {
        matches!(self, Foreign::Utf16 | Foreign::Container)
    }
}

/// What a file is that begins so, if it is certainly no lines of JSON. One broken
/// line names nothing: it is quarantined, and the others go on.
pub fn named(start: &[u8], enveloped: bool) -> Option<Foreign> {
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Some(Foreign::Utf16);
    }
    if start.starts_with(&MAGIC) {
        return Some(Foreign::Container);
    }
    let start = start.strip_prefix(BOM).unwrap_or(start);
    if start.len() > 5 && start[0] == 0 && start[5] != 0 {
        return Some(Foreign::Framed);
    }
    let text = start.trim_ascii_start();
    let end = text.iter().position(|b| *b == b'\n');
    let line = text[..end.unwrap_or(text.len())].trim_ascii_end();
    let rest = end.map_or(&b""[..], |end| &text[end + 1..]);
    match line {
        b"[" => Some(Foreign::Array),
        b"{" => Some(Foreign::Pretty),
        [b'[', b'{', ..] if !enveloped => Some(Foreign::Array),
        _ => csv(line, rest).then_some(Foreign::Csv),
    }
}

/// A head of plain words, and a next line of as many cells.
fn csv(head: &[u8], rest: &[u8]) -> bool {
    let next = rest.split(|b| *b == b'\n').next().unwrap_or_default();
    let word = |cell: &[u8]| {
        let cell = cell.trim_ascii();
        let named = |b: &u8| b.is_ascii_alphanumeric() || b"_-. \"".contains(b);
        !cell.is_empty() && cell.iter().all(named)
    };
    b",;\t".iter().any(|separator| {
        let cells = |line: &[u8]| line.split(|b| b == separator).count();
        let named = head.split(|b| b == separator).all(word);
        named && cells(head) >= 2 && cells(next) == cells(head)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_lines_of_json_is_named() {
        for (start, foreign) in [
            (&b"\xff\xfe{\0\"\0"[..], Some(Foreign::Utf16)),
            (b"\xfe\xff\0{", Some(Foreign::Utf16)),
            (b"[{\"a\":1},{\"a\":2}]", Some(Foreign::Array)),
            (b"\xef\xbb\xbf [\n  {\"a\":1}\n]", Some(Foreign::Array)),
            (b"{\n  \"a\": 1\n}\n", Some(Foreign::Pretty)),
            (b"id,user_email\n1,a@example.com\n", Some(Foreign::Csv)),
            (b"\"id\";\"name\"\r\n1;x\r\n", Some(Foreign::Csv)),
            (b"\0\0\0\0\x07{\"a\":1}", Some(Foreign::Framed)),
            (b"Obj\x01\x04\x14avro.codec", Some(Foreign::Container)),
            (b"Objection, your honour\n", None),
            // One broken line among others is for the quarantine.
            (b"", None),
            (b"{\"a\":1}\n", None),
            (b"[]\n{\"a\":1}\n", None),
            (b"[1,2]\n{\"a\":1}\n", None),
            (b"hello, world\n{\"a\":1}\n", None),
            (b"not json\n", None),
            (b"{\"a\":\n", None),
            (b"\xff\xff\n", None),
        ] {
            assert_eq!(named(start, false), foreign, "{start:?}");
        }
    }
}
