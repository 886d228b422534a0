//! One decision of one person, as the consent topic holds it.
//!
//! Key: the person in 22 characters of base64url, `/`, the category. Value: JSON with
//! `v` 1, `is` `granted` or `denied`, `at` and, where a grant ends, `until`. No value: the
//! person is silent again, which is no withdrawal.

use serde::Deserialize;

use crate::record::SubjectId;

/// Longest name of a category, in bytes.
const CATEGORY_MAX: usize = 256;
/// Longest value that is read, in bytes.
const VALUE_MAX: usize = 64 << 10;

/// Whose decision it is, and in what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    /// The person.
    pub who: SubjectId,
    /// The category.
    pub category: &'a str,
}

impl<'a> Key<'a> {
    /// Reads a record key. `None`: nobody knows whose it was.
    pub fn read(key: &'a [u8]) -> Option<Key<'a>> {
        let (who, category) = std::str::from_utf8(key).ok()?.split_once('/')?;
        let legal = (1..=CATEGORY_MAX).contains(&category.len());
        let legal = legal && !category.contains(char::is_control);
        Some(Key {
            who: SubjectId::read(who)?,
            category: Some(category).filter(|_| legal)?,
        })
    }
}

/// What a person decided in one category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Granted; until then, in milliseconds since 1970, or for as long as it is not
    /// withdrawn.
    Granted {
        /// When it ends.
        until_ms: Option<i64>,
    },
    /// Denied.
    Denied,
    /// Denied where it was granted before: something that was permitted may have left.
    Withdrawn,
}

/// What a record value says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// The person is silent again.
    Silent,
    /// A decision.
    Decided(Decision),
    /// It cannot be read: the person counts as having denied.
    Unreadable,
}

#[derive(Deserialize)]
struct Written {
    v: u64,
    is: String,
    at: String,
    until: Option<String>,
    #[serde(default)]
    had: bool,
}

impl Value {
    /// Reads a record value; a grant without `until` ends `expires_ms` after its `at`.
    /// What else stands in it (`by`, `text`, `proof`) is evidence, and decides nothing.
    pub fn read(value: Option<&[u8]>, expires_ms: Option<i64>) -> Value {
        Value::read_known(value, expires_ms, i64::MAX)
    }

    /// As [`Value::read`], of a record that was there at `known_ms`, in milliseconds since
    /// 1970: an `at` after that (seconds taken for milliseconds, a wrong zone) counts as
    /// that, so that it does not put the end of a grant off.
    pub fn read_known(value: Option<&[u8]>, expires_ms: Option<i64>, known_ms: i64) -> Value {
        let Some(value) = value else {
            return Value::Silent;
        };
        // What serde would say of a broken value is never looked at: it may hold it.
        let written = Some(value).filter(|v| v.len() <= VALUE_MAX);
        let written = written.and_then(|v| serde_json::from_slice::<Written>(v).ok());
        match written.and_then(|w| w.decision(expires_ms, known_ms)) {
            Some(decision) => Value::Decided(decision),
            None => Value::Unreadable,
        }
    }

    /// True when somebody who it is of counts as having denied.
    pub fn denies(self) -> bool {
        match self {
            Value::Decided(Decision::Denied | Decision::Withdrawn) | Value::Unreadable => true,
            Value::Decided(Decision::Granted { .. }) | Value::Silent => false,
        }
    }
}

impl Written {
    fn decision(&self, expires_ms: Option<i64>, known_ms: i64) -> Option<Decision> {
        let at = self.at.parse::<jiff::Timestamp>().ok()?;
        if self.v != 1 {
            return None;
        }
        let until = match &self.until {
            Some(text) => Some(instant(text)?),
            None => None,
        };
        match self.is.as_str() {
            "granted" => {
                let given_ms = at.as_millisecond().min(known_ms);
                let expires = expires_ms.map(|ms| given_ms.saturating_add(ms));
                Some(Decision::Granted {
                    until_ms: until.or(expires),
                })
            }
            "denied" if self.had => Some(Decision::Withdrawn),
            "denied" => Some(Decision::Denied),
            _ => None,
        }
    }
}

/// The time at which a grant ends, in milliseconds since 1970: a day, at whose beginning
/// in UTC it ends, or an instant (RFC 3339). The last day of the year 9999, by which many
/// write "never", is its last instant that can be told. `None` for any other text.
pub fn instant(text: &str) -> Option<i64> {
    let instant = text.parse::<jiff::Timestamp>().ok();
    let never = || {
        let last = text.starts_with("9999-12-3");
        let time = text.strip_suffix('Z')?.parse::<jiff::civil::DateTime>();
        time.ok().filter(|_| last).map(|_| jiff::Timestamp::MAX)
    };
    let day = || {
        let day = text.parse::<jiff::civil::Date>().ok()?;
        let zoned = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(zoned.timestamp())
    };
    Some(instant.or_else(day).or_else(never)?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_MS: i64 = 1_772_323_200_000;

    fn read(text: &str) -> Value {
        Value::read(Some(text.as_bytes()), None)
    }

    #[test]
    fn decisions_are_read() {
        let granted = |until_ms| Value::Decided(Decision::Granted { until_ms });
        let plain = r#"{"v":1,"is":"granted","at":"2026-03-01T00:00:00Z","by":"page","proof":"p"}"#;
        assert_eq!(read(plain), granted(None));
        let day = 86_400_000;
        assert_eq!(
            Value::read(Some(plain.as_bytes()), Some(day)),
            granted(Some(AT_MS + day))
        );
        let until = r#"{"v":1,"is":"granted","at":"2026-03-01T00:00:00Z","until":"2026-03-08"}"#;
        assert_eq!(read(until), granted(Some(AT_MS + 7 * day)));
        // What it says itself stands before what the policy says.
        assert_eq!(
            Value::read(Some(until.as_bytes()), Some(1)),
            granted(Some(AT_MS + 7 * day))
        );
        // A time that is still to come puts no end off.
        let future = plain.replace("2026", "2099");
        let known = |text: &str, expires| Value::read_known(Some(text.as_bytes()), expires, AT_MS);
        assert_eq!(known(&future, Some(day)), granted(Some(AT_MS + day)));
        assert_eq!(known(&future, None), granted(None));
        assert_eq!(known(until, Some(1)), granted(Some(AT_MS + 7 * day)));
        let past = plain.replace("2026-03-01", "2026-02-28");
        assert_eq!(known(&past, Some(day)), granted(Some(AT_MS)));
        let denied = r#"{"v":1,"is":"denied","at":"9999-12-30T00:00:00Z","had":true}"#;
        assert_eq!(read(denied), Value::Decided(Decision::Withdrawn));
        let denied = r#"{"v":1,"is":"denied","at":"9999-12-30T00:00:00Z"}"#;
        assert_eq!(read(denied), Value::Decided(Decision::Denied));
        assert_eq!(Value::read(None, None), Value::Silent);
    }

    #[test]
    fn what_cannot_be_read_is_no_grant() {
        let long = format!(
            r#"{{"v":1,"is":"granted","at":"2026-03-01T00:00:00Z","proof":"{}"}}"#,
            "x".repeat(1 << 20)
        );
        for text in [
            "",
            "null",
            "true",
            "granted",
            "{",
            r#"{"v":2,"is":"granted","at":"2026-03-01T00:00:00Z"}"#,
            r#"{"v":"1","is":"granted","at":"2026-03-01T00:00:00Z"}"#,
            r#"{"is":"granted","at":"2026-03-01T00:00:00Z"}"#,
            r#"{"v":1,"is":"Granted","at":"2026-03-01T00:00:00Z"}"#,
            r#"{"v":1,"is":"granted"}"#,
            r#"{"v":1,"is":"granted","at":"yesterday"}"#,
            r#"{"v":1,"is":"granted","at":"2026-03-01T00:00:00Z","until":"soon"}"#,
            r#"{"v":1,"is":"denied","is":"granted","at":"2026-03-01T00:00:00Z"}"#,
            r#"{"v":1,"is":"granted","at":"2026-03-01T00:00:00Z"} x"#,
            r#"{"v":1,"is":"denied","at":"2026-03-01T00:00:00Z","had":"yes"}"#,
            &long,
        ] {
            assert_eq!(read(text), Value::Unreadable, "{:.60}", text);
        }
        assert_eq!(Value::read(Some(b"\xff"), None), Value::Unreadable);
    }

    #[test]
    fn keys_name_a_person_and_a_category() {
        let who = SubjectId([7; 16]);
        let key = |rest: &str| format!("{}{rest}", who.text());
        let read = |text: &str| Key::read(text.as_bytes()).map(|k| (k.who, k.category.to_owned()));
        assert_eq!(read(&key("/Ads")), Some((who, "Ads".into())));
        assert_eq!(
            read(&key("/a/b \u{1f600}")),
            Some((who, "a/b \u{1f600}".into()))
        );
        for text in [
            "",
            "/",
            "/Ads",
            &key(""),
            &key("/"),
            &key("/a\0"),
            &key("x/Ads"),
            &key("/Ads")[1..],
            &key(&format!("/{}", "x".repeat(257))),
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(Key::read(b"\xff/Ads").is_none());
    }
}
