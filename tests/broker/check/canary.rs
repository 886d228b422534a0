//! Finding clear values in bytes, in whatever plain encoding they hide.

use std::collections::HashMap;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};

/// The shortest needle that says anything, and the width of the index.
const WINDOW: usize = 7;

/// A set of clear values, searched for as they are, whatever the case of their
/// ASCII letters, as base64 (both alphabets, at each of the three byte
/// phases), and as hex in either case.
pub struct Canaries {
    values: Vec<String>,
    /// By the first bytes of the needle; folded needles are matched against the
    /// folded text, exact ones (base64) against the text as it is.
    folded: HashMap<[u8; WINDOW], Vec<Needle>>,
    exact: HashMap<[u8; WINDOW], Vec<Needle>>,
}

struct Needle {
    value: usize,
    form: &'static str,
    bytes: Vec<u8>,
}

/// A clear value that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Which value, by its place in the list.
    pub value: usize,
    /// In which form.
    pub form: &'static str,
    /// Where in the bytes.
    pub at: usize,
}

impl Canaries {
    /// # Panics
    /// When a value is too short to be searched for without false alarms.
    pub fn new(values: impl IntoIterator<Item = String>) -> Canaries {
        let mut canaries = Canaries {
            values: values.into_iter().collect(),
            folded: HashMap::new(),
            exact: HashMap::new(),
        };
        for value in 0..canaries.values.len() {
            canaries.add(value);
        }
        canaries
    }

    fn add(&mut self, value: usize) {
        let clear = self.values[value].as_bytes().to_vec();
        let mut folded = |form, bytes: Vec<u8>| {
            let bytes = bytes.to_ascii_lowercase();
            insert(&mut self.folded, Needle { value, form, bytes });
        };
        folded("raw or case-folded", clear.clone());
        folded("hex", HEXLOWER.encode(&clear).into_bytes());
        for (form, encoding) in [("base64", BASE64_NOPAD), ("base64url", BASE64URL_NOPAD)] {
            for phase in 0..3 {
                let bytes = stable_base64(&encoding, &clear, phase);
                insert(&mut self.exact, Needle { value, form, bytes });
            }
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Every occurrence of every value in `text`.
    pub fn find(&self, text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        search(&self.folded, &text.to_ascii_lowercase(), &mut hits);
        search(&self.exact, text, &mut hits);
        hits.sort();
        hits
    }
}

fn insert(index: &mut HashMap<[u8; WINDOW], Vec<Needle>>, needle: Needle) {
    let head = needle
        .bytes
        .first_chunk()
        .expect("a canary is long enough to be told from chance");
    index.entry(*head).or_default().push(needle);
}

fn search(index: &HashMap<[u8; WINDOW], Vec<Needle>>, text: &[u8], hits: &mut Vec<Hit>) {
    for (at, window) in text.windows(WINDOW).enumerate() {
        let head: &[u8; WINDOW] = window.try_into().expect("windows have that length");
        for needle in index.get(head).into_iter().flatten() {
            if text[at..].starts_with(&needle.bytes) {
                hits.push(Hit {
                    value: needle.value,
                    form: needle.form,
                    at,
                });
            }
        }
    }
}

/// The characters of a base64 text that depend on `clear` alone when `phase`
/// unknown bytes stand before it and unknown ones behind it.
fn stable_base64(encoding: &data_encoding::Encoding, clear: &[u8], phase: usize) -> Vec<u8> {
    let mut padded = vec![0; phase];
    padded.extend_from_slice(clear);
    let text = encoding.encode(&padded).into_bytes();
    // Character i covers bits 6i..6i+6.
    let first = (phase * 8).div_ceil(6);
    let last = (padded.len() * 8) / 6;
    text[first..last].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAR: &str = "Zoë.Quillfeather+41@Example.org";

    fn canaries() -> Canaries {
        Canaries::new([CLEAR.to_owned(), "+4915123456789".to_owned()])
    }

    fn forms(text: &[u8]) -> Vec<&'static str> {
        let mut forms: Vec<_> = canaries().find(text).iter().map(|h| h.form).collect();
        forms.dedup();
        forms
    }

    #[test]
    fn every_form_is_found_at_every_phase() {
        assert_eq!(
            forms(format!("x{CLEAR}y").as_bytes()),
            ["raw or case-folded"]
        );
        assert_eq!(
            forms(CLEAR.to_ascii_uppercase().as_bytes()),
            ["raw or case-folded"]
        );
        let hex = HEXLOWER.encode(CLEAR.as_bytes());
        assert_eq!(forms(hex.as_bytes()), ["hex"]);
        assert_eq!(forms(hex.to_uppercase().as_bytes()), ["hex"]);
        for before in 0..7 {
            for after in 0..7 {
                let mut inner = vec![0xa7; before];
                inner.extend_from_slice(CLEAR.as_bytes());
                inner.extend(vec![0x5c; after]);
                for encoded in [BASE64_NOPAD.encode(&inner), BASE64URL_NOPAD.encode(&inner)] {
                    let hits = canaries().find(format!("\"{encoded}\"").as_bytes());
                    assert!(hits.iter().any(|h| h.value == 0), "{before} {after}");
                }
            }
        }
    }

    #[test]
    fn both_alphabets_are_searched() {
        // Bytes whose base64 holds the characters in which the alphabets differ.
        let value = "~~~???~~~???".to_owned();
        let canaries = Canaries::new([value.clone()]);
        for text in [
            BASE64_NOPAD.encode(value.as_bytes()),
            BASE64URL_NOPAD.encode(value.as_bytes()),
        ] {
            assert_eq!(canaries.find(text.as_bytes()).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let text = "Zoë.Quillfeather+42@Example.org +4915123456788 c29tZXRoaW5nIGVsc2U";
        assert_eq!(canaries().find(text.as_bytes()), []);
    }
}
