//! How a person is called where their consent is kept.

/// A person, by 16 bytes that only who holds the index key can make of an identifier. A
/// pseudonym across all outputs: personal data, so it prints itself nowhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(pub [u8; 16]);

impl SubjectId {
    /// As the keys of the consent topics spell it: base64url, 22 characters (RFC 4648
    /// section 5, without padding).
    pub fn text(self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.0)
    }

    /// Reads that text. `None` for anything else, other spellings of the same bytes
    /// among it.
    pub fn read(text: &str) -> Option<SubjectId> {
        if text.len() != 22 {
            return None;
        }
        let bytes = data_encoding::BASE64URL_NOPAD
            .decode(text.as_bytes())
            .ok()?;
        bytes.try_into().ok().map(SubjectId)
    }
}

impl std::fmt::Debug for SubjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectId(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_stands_for_one_person() {
        let who = SubjectId([0xa5; 16]);
        assert_eq!(SubjectId::read(&who.text()), Some(who));
        let text = who.text();
        for other in [
            "",
            &text[..21],
            &format!("{text}="),
            &format!("{text}A"),
            &text.replace('p', "+"),
            // The last character has four bits that must be zero.
            &format!("{}R", &text[..21]),
        ] {
            assert_eq!(SubjectId::read(other), None, "{other}");
        }
        assert_eq!(format!("{who:?}"), "SubjectId(..)");
    }
}
