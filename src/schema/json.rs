//! JSON of schemas: a small tree that keeps what a printed schema must keep, the
//! order of members and the text of numbers (RFC 8259).

use std::collections::HashSet;

use crate::record::escape::escape_into;
use crate::record::is_json_number;

/// Deepest nesting of a schema's JSON.
pub const DEPTH_MAX: usize = 64;

/// A JSON value of a schema.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was spelled.
    Number(Box<str>),
    /// A text, its escapes undone.
    Text(Box<str>),
    /// An array.
    List(Vec<Json>),
    /// An object, its members in order; no name twice.
    Object(Vec<(Box<str>, Json)>),
}

/// Why a text is not the JSON of a schema. In a sentence about the text: "the schema …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJson {
    /// It breaks the grammar.
    #[error("is not JSON: {what} at byte {at}")]
    Broken {
        /// What is wrong.
        what: &'static str,
        /// Where, counted from 0.
        at: usize,
    },
    /// It is longer than is read.
    #[error("has {bytes} bytes, and at most {most} are read")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// Objects and arrays nest deeper than [`DEPTH_MAX`].
    #[error("nests objects and arrays deeper than {DEPTH_MAX}, first at byte {at}")]
    TooDeep {
        /// Where, counted from 0.
        at: usize,
    },
}

impl Json {
    /// Reads a text that is at most `bytes_max` bytes long.
    ///
    /// # Errors
    /// [`NotJson`] when it is longer, no JSON text, nests deeper than
    /// [`DEPTH_MAX`], or holds an object with one name twice.
    pub fn read(text: &str, bytes_max: usize) -> Result<Json, NotJson> {
        if text.len() > bytes_max {
            return Err(NotJson::TooLong {
                bytes: text.len(),
                most: bytes_max,
            });
        }
        let mut reader = Reader { text, at: 0 };
        let json = reader.value(0)?;
        reader.blank();
        match reader.peek() {
            None => Ok(json),
            Some(_) => Err(reader.wrong("more behind the end of the text")),
        }
    }

    /// The member of that name, if it is an object and has one.
    pub fn member(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().find(|(n, _)| &**n == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The characters, if it is a text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a whole one that fits.
    pub fn as_count(&self) -> Option<u32> {
        match self {
            Json::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A text.
    pub fn text(text: &str) -> Json {
        Json::Text(text.into())
    }

    /// Appends it without blanks; numbers as they were spelled.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Json::Null => out.extend_from_slice(b"null"),
            Json::Bool(true) => out.extend_from_slice(b"true"),
            Json::Bool(false) => out.extend_from_slice(b"false"),
            Json::Number(text) => out.extend_from_slice(text.as_bytes()),
            Json::Text(text) => write_text(text, out),
            Json::List(items) => write_list(items, out, Json::write),
            Json::Object(members) => {
                out.push(b'{');
                for (n, (name, value)) in members.iter().enumerate() {
                    if n > 0 {
                        out.push(b',');
                    }
                    write_text(name, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

/// Appends a text between quotes, with no more escapes than it must have.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escape_into(text, out);
    out.push(b'"');
}

/// Appends an array, each item as `write` writes it.
pub fn write_list<T>(items: &[T], out: &mut Vec<u8>, mut write: impl FnMut(&T, &mut Vec<u8>)) {
    out.push(b'[');
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn wrong(&self, what: &'static str) -> NotJson {
        NotJson::Broken { what, at: self.at }
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Recursion ends at [`DEPTH_MAX`].
    fn value(&mut self, depth: usize) -> Result<Json, NotJson> {
        self.blank();
        match self.peek() {
            Some(b'{' | b'[') if depth >= DEPTH_MAX => Err(NotJson::TooDeep { at: self.at }),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                for (word, json) in [
                    ("null", Json::Null),
                    ("true", Json::Bool(true)),
                    ("false", Json::Bool(false)),
                ] {
                    if self.text[self.at..].starts_with(word) {
                        self.at += word.len();
                        return Ok(json);
                    }
                }
                Err(self.wrong("expected a value"))
            }
        }
    }

    fn number(&mut self) -> Result<Json, NotJson> {
        let rest = &self.text[self.at..];
        let of_number = |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let len = rest.bytes().take_while(|b| of_number(b)).count();
        let text = &rest[..len];
        if !is_json_number(text) {
            return Err(self.wrong("a number that is none"));
        }
        self.at += len;
        Ok(Json::Number(text.into()))
    }

    fn list(&mut self, depth: usize) -> Result<Json, NotJson> {
        let mut items = Vec::new();
        self.at += 1;
        self.blank();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.goes_on(b']')? {
                continue;
            }
            return Ok(Json::List(items));
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, NotJson> {
        let mut members: Vec<(Box<str>, Json)> = Vec::new();
        let mut names: HashSet<Box<str>> = HashSet::new();
        self.at += 1;
        self.blank();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.blank();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("expected a name"));
            }
            let at = self.at;
            let name = self.string()?;
            if !names.insert(name.clone()) {
                let what = "an object holds one name twice";
                return Err(NotJson::Broken { what, at });
            }
            self.blank();
            if self.peek() != Some(b':') {
                return Err(self.wrong("expected `:`"));
            }
            self.at += 1;
            let value = self.value(depth)?;
            members.push((name, value));
            if !self.goes_on(b'}')? {
                return Ok(Json::Object(members));
            }
        }
    }

    /// Passes over what stands behind an item: true behind a comma, false behind
    /// the bracket that ends the container.
    fn goes_on(&mut self, bracket: u8) -> Result<bool, NotJson> {
        self.blank();
        let found = self.peek();
        if found != Some(b',') && found != Some(bracket) {
            return Err(self.wrong("expected `,` or the end of the array or object"));
        }
        self.at += 1;
        Ok(found == Some(b','))
    }

    fn string(&mut self) -> Result<Box<str>, NotJson> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest
                .bytes()
                .position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f));
            let Some(len) = plain else {
                return Err(self.wrong("a text that does not end"));
            };
            out.push_str(&rest[..len]);
            self.at += len;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out.into());
                }
                Some(b'\\') => out.push(self.escape()?),
                _ => return Err(self.wrong("a control character in a text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, NotJson> {
        let broken = self.wrong("an escape that is none");
        let letter = self.text.as_bytes().get(self.at + 1).ok_or(broken)?;
        self.at += 2;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(*letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit().ok_or(broken)?;
                if !(0xd800..0xe000).contains(&first) {
                    return char::from_u32(first).ok_or(broken);
                }
                let is_pair = first < 0xdc00 && self.text[self.at..].starts_with("\\u");
                self.at += 2;
                let second = self.unit().filter(|unit| (0xdc00..0xe000).contains(unit));
                let second = second.filter(|_| is_pair).ok_or(broken)?;
                let wide = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(wide).ok_or(broken);
            }
            _ => return Err(broken),
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let are_digits = digits.bytes().all(|b| b.is_ascii_hexdigit());
        self.at += 4;
        u32::from_str_radix(digits, 16).ok().filter(|_| are_digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn again(text: &str) -> Result<String, NotJson> {
        let mut out = Vec::new();
        Json::read(text, 1 << 20)?.write(&mut out);
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn order_and_numbers_stay_as_they_were_spelled() {
        let text = r#" { "b" : 1.00 , "a":[ -0,1e400,12345678901234567890123 ],"c":{"":null} } "#;
        let same = r#"{"b":1.00,"a":[-0,1e400,12345678901234567890123],"c":{"":null}}"#;
        assert_eq!(again(text).unwrap(), same);
        let text = r#""\u00e9\ud83d\ude00\/\"\\\b\f\n\r\t\u0001\u007f""#;
        let said = "\"é😀/\\\"\\\\\\b\\f\\n\\r\\t\\u0001\u{7f}\"";
        assert_eq!(again(text).unwrap(), said);
    }

    #[test]
    fn what_is_no_json_is_refused_where_it_is_wrong() {
        for (text, at) in [
            ("", 0),
            ("{", 1),
            ("[1,]", 3),
            ("[1 2]", 3),
            ("{\"a\":1,}", 7),
            ("{\"a\" 1}", 5),
            ("{\"a\":1,\"\\u0061\":2}", 7),
            ("01", 0),
            ("1.", 0),
            ("nul", 0),
            ("null x", 5),
            ("\"a", 1),
            ("\"a\n\"", 2),
            ("\"\\x\"", 1),
            ("\"\\ud83d\"", 1),
            ("\"\\ud83dx\\ude00\"", 1),
            ("\"\\u+123\"", 1),
            ("\"\\ud83d\\uf", 1),
            ("\u{feff}{}", 0),
        ] {
            let found = match again(text) {
                Err(NotJson::Broken { at, .. }) => Some(at),
                _ => None,
            };
            assert_eq!(found, Some(at), "{text}");
        }
        let deepest = format!("{}{}", "[".repeat(64), "]".repeat(64));
        assert!(again(&deepest).is_ok());
        let deeper = again(&format!("[{deepest}]")).map_err(|why| why.to_string());
        let said = "nests objects and arrays deeper than 64, first at byte 64";
        assert_eq!(deeper, Err(said.to_owned()));
        let long = Json::read("[1,2]", 4).map_err(|why| why.to_string());
        assert_eq!(long, Err("has 5 bytes, and at most 4 are read".to_owned()));
        assert!(again(&"[".repeat(1 << 20)).is_err());
    }

    proptest! {
        #[test]
        fn it_takes_what_another_reader_takes(text in "[\\[\\]{},:\"a\\\\u0-9dDe.+ -]{0,24}") {
            let ours = Json::read(&text, 1 << 20);
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            // Numbers beyond its range and names that stand twice are ours to judge.
            let is_range = theirs.as_ref().is_err_and(|e| e.to_string().contains("out of range"));
            let is_twice = ours.as_ref().is_err_and(|e| e.to_string().contains("twice"));
            if !is_range && !is_twice {
                prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}", text);
            }
        }

        #[test]
        fn what_is_written_reads_back(name in "\\PC*", text in any::<String>()) {
            let json = Json::Object(vec![(name.as_str().into(), Json::text(&text))]);
            let mut out = Vec::new();
            json.write(&mut out);
            let out = String::from_utf8(out).unwrap();
            prop_assert_eq!(Json::read(&out, 1 << 20).unwrap(), json);
            let theirs: serde_json::Value = serde_json::from_str(&out).unwrap();
            prop_assert_eq!(theirs[&name].as_str(), Some(&*text));
        }
    }
}
