//! A decision as it is written down: what decides, and the evidence beside it.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::decision::Decision;

/// Longest `proof`, in characters.
pub const PROOF_CHARS_MAX: usize = 256;

/// Granted or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Is {
    /// The person agrees.
    Granted,
    /// The person does not, or no longer.
    Denied,
}

impl Is {
    /// The word in a decision.
    pub const fn as_str(self) -> &'static str {
        match self {
            Is::Granted => "granted",
            Is::Denied => "denied",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Is> {
        [Is::Granted, Is::Denied]
            .into_iter()
            .find(|is| is.as_str() == word)
    }
}

impl From<Decision> for Is {
    fn from(decision: Decision) -> Is {
        match decision {
            Decision::Granted { .. } => Is::Granted,
            Decision::Denied => Is::Denied,
        }
    }
}

/// By which way a decision came. A closed list: it is a label of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// The person, on their page.
    Page,
    /// A program of the company.
    Api,
    /// A list that was read in, or a command.
    Import,
    /// A consent management platform.
    Cmp,
    /// Something else.
    Other,
}

impl By {
    /// All of them.
    pub const ALL: [By; 5] = [By::Page, By::Api, By::Import, By::Cmp, By::Other];

    /// The word in a decision.
    pub const fn as_str(self) -> &'static str {
        match self {
            By::Page => "page",
            By::Api => "api",
            By::Import => "import",
            By::Cmp => "cmp",
            By::Other => "other",
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A decision of one person in one category, to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// What was decided.
    pub is: Is,
    /// When.
    pub at: Timestamp,
    /// When a grant ends, a day or an instant; `None`: as the policy says.
    pub until: Option<Until>,
    /// By which way it came.
    pub by: By,
    /// SHA-256 of what the person was told, title and text.
    pub text: Option<[u8; 32]>,
    /// Where the evidence lies, in the company's words.
    pub proof: Option<String>,
    /// It ends a grant: what left before may have to be cleared.
    pub had: bool,
}

/// When a grant ends, as it was written: `2027-12-28`, or RFC 3339.
#[derive(Clone, PartialEq, Eq)]
pub struct Until(String);

impl Until {
    /// Reads a day, at whose beginning in UTC it ends, or an instant. `None` for anything
    /// else.
    pub fn read(text: &str) -> Option<Until> {
        super::decision::instant(text).map(|_| Until(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Milliseconds since 1970.
    pub fn ms(&self) -> i64 {
        super::decision::instant(&self.0).unwrap_or(i64::MIN)
    }
}

#[derive(Serialize)]
struct Form<'a> {
    v: u8,
    is: &'a str,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<&'a str>,
    by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    had: bool,
}

impl Written {
    /// The value of its record, JSON.
    ///
    /// # Panics
    /// Never: its members are texts and a boolean.
    pub fn value(&self) -> Vec<u8> {
        let text = self.text.map(|text| {
            let digest = data_encoding::HEXLOWER.encode(&text);
            format!("sha256:{digest}")
        });
        let form = Form {
            v: 1,
            is: self.is.as_str(),
            at: format!("{:.3}", self.at),
            until: self.until.as_ref().map(Until::as_str),
            by: self.by.as_str(),
            text,
            proof: self.proof.as_deref(),
            had: self.had,
        };
        serde_json::to_vec(&form).expect("texts and a boolean are JSON")
    }
}

/// Whose it is, and what the proof names, is not printed.
impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Written({} by {})", self.is.as_str(), self.by)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Value;
    use super::*;

    fn denied() -> Written {
        Written {
            is: Is::Denied,
            at: "2026-03-01T12:00:00.5Z".parse().unwrap(),
            until: None,
            by: By::Page,
            text: None,
            proof: None,
            had: false,
        }
    }

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        let plain = denied();
        assert_eq!(
            String::from_utf8(plain.value()).unwrap(),
            r#"{"v":1,"is":"denied","at":"2026-03-01T12:00:00.500Z","by":"page"}"#
        );
        let denial = Value::Decided(Decision::Denied);
        assert_eq!(Value::read(Some(&plain.value()), None), denial);
        let full = Written {
            is: Is::Granted,
            until: Until::read("2027-12-28"),
            text: Some([0xab; 32]),
            proof: Some("ticket \"7\" \u{1f600}".into()),
            had: true,
            by: By::Api,
            ..denied()
        };
        let value = full.value();
        let json: serde_json::Value = serde_json::from_slice(&value).unwrap();
        assert_eq!(json["text"], format!("sha256:{}", "ab".repeat(32)));
        assert_eq!(json["proof"], "ticket \"7\" \u{1f600}");
        assert_eq!((&json["had"], &json["by"]), (&true.into(), &"api".into()));
        let until_ms = Some(full.until.as_ref().unwrap().ms());
        let granted = Value::Decided(Decision::Granted { until_ms });
        assert_eq!(Value::read(Some(&value), Some(1)), granted);
        assert_eq!(format!("{full:?}"), "Written(granted by api)");
    }

    #[test]
    fn words_are_exact() {
        assert_eq!(Is::read("granted"), Some(Is::Granted));
        for word in ["", "Granted", "true", "denied "] {
            assert_eq!(Is::read(word), None, "{word}");
        }
        for text in ["", "soon", "2027-02-30", "2027-12-28T25:00:00Z"] {
            assert!(Until::read(text).is_none(), "{text}");
        }
        assert!(Until::read("2027-12-28T10:00:00+02:00").is_some());
    }
}
