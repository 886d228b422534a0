//! Where decisions are kept, as whoever asks for them sees it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::consent::state::{Is, Until, Written};
use crate::record::SubjectId;

/// How a person stands in one category, by their last decision.
#[derive(Clone, PartialEq, Eq)]
pub struct Stand {
    /// What they decided.
    pub is: Is,
    /// When they did.
    pub at: Timestamp,
    /// When a grant ends.
    pub until: Option<Until>,
}

impl Stand {
    /// True when it is a grant that has not ended; `expires_ms`: how long one without an
    /// end of its own lasts, in milliseconds.
    pub fn is_granted(&self, now: Timestamp, expires_ms: Option<i64>) -> bool {
        let expires = expires_ms.map(|ms| self.at.as_millisecond().saturating_add(ms));
        let ends = self.until.as_ref().map(Until::ms).or(expires);
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
        decision: &Written,
    ) -> Result<Place, NotWritten>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_ends_as_it_says_or_as_the_policy_does() {
        let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let stand = |is, until: Option<&str>| Stand {
            is,
            at,
            until: until.map(|u| Until::read(u).unwrap()),
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
}
