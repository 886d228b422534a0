//! One decision as it is written down: what who writes it knows of it.

use serde::Serialize;

use super::decision::Key;
use crate::record::SubjectId;

/// Where a decision was made: a closed list, so that it may be counted by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// The preference page or a link in a message.
    Page,
    /// The consent API.
    Api,
    /// A file that was imported.
    Import,
    /// A consent management platform.
    Cmp,
    /// Somewhere else, or nobody said.
    #[default]
    Other,
}

impl By {
    /// Every one.
    pub const ALL: [By; 5] = [By::Page, By::Api, By::Import, By::Cmp, By::Other];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            By::Page => "page",
            By::Api => "api",
            By::Import => "import",
            By::Cmp => "cmp",
            By::Other => "other",
        }
    }

    /// What a record value says of it.
    pub fn stated(value: &[u8]) -> By {
        #[derive(serde::Deserialize)]
        struct Stated<'a> {
            #[serde(borrow)]
            by: std::borrow::Cow<'a, str>,
        }
        let stated = serde_json::from_slice::<Stated<'_>>(value);
        stated.map_or(By::Other, |stated| By::of(&stated.by))
    }

    /// Reads the word; whatever is none of ours is [`By::Other`].
    pub fn of(word: &str) -> By {
        let found = By::ALL.into_iter().find(|by| by.as_str() == word);
        found.unwrap_or_default()
    }
}

/// A decision with its evidence. Identifies nobody: whose it is says the record key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Granted, or denied.
    pub granted: bool,
    /// When it was made, in milliseconds since 1970.
    pub at_ms: i64,
    /// When a grant ends, in milliseconds since 1970.
    pub until_ms: Option<i64>,
    /// Where it was made.
    pub by: By,
    /// The digest of the text that the person was shown, `sha256:…`.
    pub text: Option<String>,
    /// A reference of who wrote it: where the proof is kept.
    pub proof: Option<String>,
    /// It ends a grant: a record that was permitted may have left.
    pub had: bool,
}

/// Why a decision cannot be written. Says nothing of what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The name of the category.
    #[error("a category has 1 to 256 bytes and no control character")]
    Category,
    /// The reference to the proof.
    #[error("`proof` has at most 256 characters")]
    Proof,
    /// The digest of the text.
    #[error("`text` is `sha256:` and 64 hexadecimal digits")]
    Text,
    /// A time.
    #[error("a time lies between the years 1970 and 9999")]
    Time,
}

#[derive(Serialize)]
struct Spelled<'a> {
    v: u8,
    is: &'static str,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    had: bool,
}

/// Longest `proof`, in characters.
const PROOF_MAX: usize = 256;

impl Statement {
    /// A decision of now and of which no more is known.
    pub fn new(granted: bool, at_ms: i64, by: By) -> Statement {
        Statement {
            granted,
            at_ms,
            until_ms: None,
            by,
            text: None,
            proof: None,
            had: false,
        }
    }

    /// The record key that it is written under.
    ///
    /// # Errors
    /// No category has that name.
    pub fn key(who: SubjectId, category: &str) -> Result<String, Unwritable> {
        let key = format!("{}/{category}", who.text());
        match Key::read(key.as_bytes()) {
            Some(read) if read.category == category => Ok(key),
            _ => Err(Unwritable::Category),
        }
    }

    /// The record value, as [`Value::read`](super::Value::read) takes it.
    ///
    /// # Errors
    /// Something in it is longer or later than a decision may say.
    pub fn value(&self) -> Result<String, Unwritable> {
        if self
            .proof
            .as_ref()
            .is_some_and(|p| p.chars().count() > PROOF_MAX)
        {
            return Err(Unwritable::Proof);
        }
        if self.text.as_deref().is_some_and(|text| !is_digest(text)) {
            return Err(Unwritable::Text);
        }
        let spelled = Spelled {
            v: 1,
            is: if self.granted { "granted" } else { "denied" },
            at: instant(self.at_ms)?,
            until: self.until_ms.map(instant).transpose()?,
            by: self.by.as_str(),
            text: self.text.as_deref(),
            proof: self.proof.as_deref(),
            had: self.had,
        };
        Ok(serde_json::to_string(&spelled).expect("texts and numbers are spelled as JSON"))
    }
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64
        && digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// RFC 3339, in UTC.
fn instant(ms: i64) -> Result<String, Unwritable> {
    let instant = jiff::Timestamp::from_millisecond(ms).map_err(|_| Unwritable::Time)?;
    match ms >= 0 {
        true => Ok(instant.to_string()),
        false => Err(Unwritable::Time),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Decision, Value};
    use super::*;

    const AT_MS: i64 = 1_772_323_200_123;

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        let mut grant = Statement::new(true, AT_MS, By::Page);
        grant.until_ms = Some(AT_MS + 1);
        grant.text = Some(format!("sha256:{}", "0f".repeat(32)));
        grant.proof = Some("form \"7\"\n\u{1f600}".to_owned());
        let value = grant.value().unwrap();
        let granted = Decision::Granted {
            until_ms: grant.until_ms,
        };
        assert_eq!(
            Value::read(Some(value.as_bytes()), Some(1)),
            Value::Decided(granted)
        );
        let mut denial = Statement::new(false, AT_MS, By::Cmp);
        denial.had = true;
        let value = denial.value().unwrap();
        assert_eq!(
            value,
            r#"{"v":1,"is":"denied","at":"2026-03-01T00:00:00.123Z","by":"cmp","had":true}"#
        );
        assert_eq!(
            Value::read(Some(value.as_bytes()), None),
            Value::Decided(Decision::Withdrawn)
        );
    }

    #[test]
    fn what_nobody_could_read_is_not_written() {
        let who = SubjectId([7; 16]);
        assert!(Statement::key(who, "a/b").is_ok_and(|key| key.ends_with("/a/b")));
        for category in ["", "a\0", &"x".repeat(257)] {
            assert_eq!(Statement::key(who, category), Err(Unwritable::Category));
        }
        let plain = Statement::new(true, AT_MS, By::Api);
        let with = |change: fn(&mut Statement)| {
            let mut statement = plain.clone();
            change(&mut statement);
            statement.value()
        };
        let too_long = with(|s| s.proof = Some("\u{e9}".repeat(257)));
        assert_eq!(too_long, Err(Unwritable::Proof));
        assert!(with(|s| s.proof = Some("\u{e9}".repeat(256))).is_ok());
        assert_eq!(
            with(|s| s.text = Some("sha256:".into())),
            Err(Unwritable::Text)
        );
        assert_eq!(with(|s| s.at_ms = i64::MAX), Err(Unwritable::Time));
        assert_eq!(with(|s| s.until_ms = Some(-1)), Err(Unwritable::Time));
    }

    #[test]
    fn where_it_was_made_is_of_a_closed_list() {
        for by in By::ALL {
            assert_eq!(By::of(by.as_str()), by);
        }
        assert_eq!(By::of("a person's name"), By::Other);
        let value = Statement::new(true, AT_MS, By::Import).value().unwrap();
        assert_eq!(By::stated(value.as_bytes()), By::Import);
        assert_eq!(By::stated(b"{}"), By::Other);
        assert_eq!(By::stated(b"\xff"), By::Other);
    }
}
