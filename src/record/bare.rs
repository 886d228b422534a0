//! Values that have no parts.

use data_encoding::BASE64;

use super::escape::escape_into;

/// What a value is that has no parts: all of it is one leaf, whose path is `.`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bare {
    /// One text, in UTF-8.
    Text,
    /// Any bytes.
    Bytes,
}

impl Bare {
    /// The policy's word.
    pub const fn word(self) -> &'static str {
        match self {
            Bare::Text => "text",
            Bare::Bytes => "bytes",
        }
    }

    /// That of this word.
    pub fn from_word(word: &str) -> Option<Bare> {
        [Bare::Text, Bare::Bytes]
            .into_iter()
            .find(|bare| bare.word() == word)
    }

    /// A value as JSON, as it is looked at: a text as a text, bytes as their Base64 (RFC
    /// 4648, section 4). `None`: it is no text.
    pub fn shown(self, bytes: &[u8]) -> Option<String> {
        let encoded;
        let text = match self {
            Bare::Text => std::str::from_utf8(bytes).ok()?,
            Bare::Bytes => {
                encoded = BASE64.encode(bytes);
                &encoded
            }
        };
        let mut json = vec![b'"'];
        escape_into(text, &mut json);
        json.push(b'"');
        String::from_utf8(json).ok()
    }

    /// The value that a text of JSON shows; `None`: none is shown so.
    pub fn of_shown(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Bare::Text => Some(text.as_bytes().to_vec()),
            Bare::Bytes => BASE64.decode(text.as_bytes()).ok(),
        }
    }
}
