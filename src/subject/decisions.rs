//! Where decisions are kept, as whoever asks for them sees it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use crate::consent::state::{Decision, Statement, Value};
use crate::record::SubjectId;

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
        let mut all = [Is::Granted, Is::Denied].into_iter();
        all.find(|is| is.as_str() == word)
    }

    /// What a statement says.
    pub fn of(statement: &Statement) -> Is {
        match statement.granted {
            true => Is::Granted,
            false => Is::Denied,
        }
    }
}

/// How a person stands in one category, by their last decision.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    /// What they decided.
    pub is: Is,
    /// When they did.
    pub at: Timestamp,
    /// When a grant ends, in milliseconds since 1970.
    pub until_ms: Option<i64>,
}

#[derive(Deserialize)]
struct When {
    at: String,
}

impl Stand {
    /// Reads the value of a decision's record, which was appended then. `None`: the person
    /// is silent again. What cannot be read is a denial of that time, and what names a later
    /// one is of that time too.
    pub fn read(value: Option<&[u8]>, appended: Timestamp) -> Option<Stand> {
        let (is, until_ms) = match Value::read(value, None) {
            Value::Silent => return None,
            Value::Unreadable | Value::Decided(Decision::Denied | Decision::Withdrawn) => {
                (Is::Denied, None)
            }
            Value::Decided(Decision::Granted { until_ms }) => (Is::Granted, until_ms),
        };
        let when = value.and_then(|v| serde_json::from_slice::<When>(v).ok());
        let at = when.and_then(|when| when.at.parse().ok());
        Some(Stand {
            is,
            at: at.map_or(appended, |at: Timestamp| at.min(appended)),
            until_ms,
        })
    }

    /// What a statement makes of it.
    pub fn of(statement: &Statement) -> Stand {
        Stand {
            is: Is::of(statement),
            at: Timestamp::from_millisecond(statement.at_ms).unwrap_or_default(),
            until_ms: statement.until_ms,
        }
    }

    /// True when it is a grant that has not ended; `expires_ms`: how long one without an
    /// end of its own lasts, in milliseconds.
    pub fn is_granted(&self, now: Timestamp, expires_ms: Option<i64>) -> bool {
        let expires = expires_ms.map(|ms| self.at.as_millisecond().saturating_add(ms));
        let ends = self.until_ms.or(expires);
        self.is == Is::Granted && ends.is_none_or(|ends| now.as_millisecond() < ends)
    }
}

/// Not printed: with a name it is personal data.
impl fmt::Debug for Stand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stand(..)")
    }
}

/// How a person stands in each category that they decided in.
pub type Standings = BTreeMap<String, Stand>;

/// Where a decision lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The topic of decisions.
    pub topic: Arc<str>,
    /// Its partition.
    pub partition: i32,
    /// The place there.
    pub offset: i64,
}

/// A decision that was not written, or of which that is not known. Holds no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the decision is not known to be written: {why}")]
pub struct NotWritten {
    /// What the store says, for the log.
    pub why: String,
}

/// The store of decisions.
pub trait Decisions: Send + Sync {
    /// The topic of decisions.
    fn topic(&self) -> Arc<str>;

    /// How the person stands by what is known now; `None`: that is not known to be
    /// current. Asks nobody, and waits for nothing.
    fn standing(&self, who: SubjectId) -> Option<Standings>;

    /// Writes a decision, and its evidence before it; returns when both cannot be lost
    /// any more. May wait some seconds.
    ///
    /// # Errors
    /// When that is not known; it may have been written then.
    fn write(
        &self,
        who: SubjectId,
        category: &str,
        statement: &Statement,
    ) -> Result<Place, NotWritten>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::state::{By, instant};

    #[test]
    fn a_grant_ends_as_it_says_or_as_the_policy_does() {
        let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let stand = |is, until: Option<&str>| Stand {
            is,
            at,
            until_ms: until.map(|u| instant(u).unwrap()),
        };
        let day = 86_400_000;
        let later = |ms: i64| Timestamp::from_millisecond(at.as_millisecond() + ms).unwrap();
        let granted = stand(Is::Granted, None);
        assert!(granted.is_granted(later(1_000 * day), None));
        assert!(granted.is_granted(later(day - 1), Some(day)));
        assert!(!granted.is_granted(later(day), Some(day)));
        let until = stand(Is::Granted, Some("2026-03-03"));
        assert!(until.is_granted(later(2 * day - 1), Some(1)));
        assert!(!until.is_granted(later(2 * day), None));
        assert!(!stand(Is::Denied, None).is_granted(at, None));
    }

    #[test]
    fn what_was_written_is_read_and_the_rest_is_a_denial() {
        let appended: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        let mut statement = Statement::new(true, 1_772_323_200_000, By::Page);
        statement.until_ms = Some(1_800_000_000_000);
        let value = statement.value().unwrap();
        let read = |value| Stand::read(value, appended);
        assert_eq!(read(Some(value.as_bytes())), Some(Stand::of(&statement)));
        assert_eq!(read(None), None);
        let unreadable = read(Some(b"{")).unwrap();
        assert_eq!((unreadable.is, unreadable.at), (Is::Denied, appended));
        // A time that is still to come puts no end off.
        statement.at_ms = 4_070_908_800_000;
        let value = statement.value().unwrap();
        assert_eq!(read(Some(value.as_bytes())).unwrap().at, appended);
        for word in ["", "Granted", "true", "denied "] {
            assert_eq!(Is::read(word), None, "{word}");
        }
        assert_eq!(Is::read("granted"), Some(Is::Granted));
    }
}
