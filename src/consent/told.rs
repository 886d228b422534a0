//! Decisions of named people, as a file or a policy's test tells them: what stands in for
//! the topic where there is none.

use std::sync::Arc;

use serde::Deserialize;

use super::state::{By, ConsentSource, Decision, Full, Snapshot, Table, Unwritable, instant};
use crate::plan::Plan;
use crate::record::{Reason, SubjectId};

/// Longest line that is read, in bytes.
pub const LINE_MAX: usize = 64 << 10;

/// A decision of a person, by an identifier of theirs.
#[derive(Clone, PartialEq, Eq)]
pub struct Told {
    /// The kind of the identifier, of those of `source.subject`.
    pub kind: String,
    /// The identifier itself.
    pub id: String,
    /// The category.
    pub category: String,
    /// What they decided.
    pub decision: Decision,
    /// When, in milliseconds since 1970; `None`: nobody said.
    pub at_ms: Option<i64>,
    /// What else is known of it; it decides nothing.
    pub beside: Beside,
}

/// The evidence of a decision, as a line tells it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// Where it was made.
    pub by: Option<By>,
    /// The digest of what the person was shown.
    pub text: Option<String>,
    /// A reference to the proof.
    pub proof: Option<String>,
}

/// Why a line tells no decision. Says nothing of what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    /// It is no such object.
    #[error(
        "expected {{\"kind\", \"id\", \"category\", \"is\"}}, each a text; beside them may stand \"at\", \"until\", \"had\", \"by\", \"text\" and \"proof\""
    )]
    Form,
    /// It is longer than any decision.
    #[error("longer than {LINE_MAX} bytes")]
    TooLong,
    /// What was decided.
    #[error("\"is\" must be \"granted\" or \"denied\"")]
    Is,
    /// When.
    #[error(
        "\"at\" and \"until\" must be times such as 2026-03-01T10:42:07Z; \"until\" may be a day, 2026-03-01"
    )]
    Time,
    /// A denial that ends.
    #[error("a denial has no \"until\"")]
    Until,
    /// A grant whose end is over: nothing is granted.
    #[error("\"until\" is over: nothing is granted by it")]
    Over,
    /// Where it was made.
    #[error("\"by\" must be page, api, import, cmp or other")]
    By,
    /// The evidence is more than is kept.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// The policy has no such kind.
    #[error("\"kind\" is none of `source.subject`")]
    Kind,
    /// The policy has no such category.
    #[error("\"category\" is none of the policy")]
    Category,
    /// The identifier is none of its kind.
    #[error("\"id\" is no identifier of its kind ({0})")]
    Id(Reason),
    /// The identifier stands for nobody.
    #[error("\"id\" stands for nobody: it is empty, or a word for nothing")]
    Nobody,
    /// The policy keeps no names of people.
    #[error("the policy names no key of people (`rights.key`)")]
    NoKey,
    /// Too much is told.
    #[error(transparent)]
    Full(#[from] Full),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: String,
    id: String,
    category: String,
    is: String,
    at: Option<String>,
    until: Option<String>,
    #[serde(default)]
    had: bool,
    by: Option<String>,
    text: Option<String>,
    proof: Option<String>,
}

impl Told {
    /// Reads a line of JSON: `{"kind","id","category","is"}`, with `at`, `until` and the
    /// evidence. One that names no time is of `now_ms`, in milliseconds since 1970.
    ///
    /// # Errors
    /// Why it tells no decision.
    pub fn read(line: &[u8], now_ms: i64) -> Result<Told, NotTold> {
        if line.len() > LINE_MAX {
            return Err(NotTold::TooLong);
        }
        // What serde would say of a broken line is never looked at: it may hold it.
        let line: Line = serde_json::from_slice(line).map_err(|_| NotTold::Form)?;
        let at_ms = match line.at.as_deref() {
            None => now_ms,
            Some(text) => {
                let at = text.parse::<jiff::Timestamp>();
                at.map_err(|_| NotTold::Time)?.as_millisecond()
            }
        };
        let until_ms = match line.until.as_deref() {
            Some(_) if line.is == "denied" => return Err(NotTold::Until),
            until => until
                .map(|text| instant(text).ok_or(NotTold::Time))
                .transpose()?,
        };
        let decision = match (&*line.is, line.had) {
            ("granted", _) => Decision::Granted { until_ms },
            ("denied", true) => Decision::Withdrawn,
            ("denied", false) => Decision::Denied,
            _ => return Err(NotTold::Is),
        };
        let by = line.by.as_deref().map(|word| {
            let mut all = By::ALL.into_iter();
            all.find(|by| by.as_str() == word).ok_or(NotTold::By)
        });
        Ok(Told {
            kind: line.kind,
            id: line.id,
            category: line.category,
            decision,
            at_ms: Some(at_ms),
            beside: Beside {
                by: by.transpose()?,
                text: line.text,
                proof: line.proof,
            },
        })
    }

    /// Whose decision it is under that plan.
    ///
    /// # Errors
    /// Why it is nobody's that the policy knows.
    pub fn who(&self, plan: &Plan) -> Result<SubjectId, NotTold> {
        let mut kinds = plan.subjects.iter();
        let kind = kinds.find(|kind| *kind.name == *self.kind);
        let kind = kind.ok_or(NotTold::Kind)?;
        if kind.index.is_none() {
            return Err(NotTold::NoKey);
        }
        kind.named(&self.id)
            .map_err(NotTold::Id)?
            .ok_or(NotTold::Nobody)
    }

    /// That the policy asks people for its category.
    ///
    /// # Errors
    /// When it does not.
    pub fn is_asked(&self, plan: &Plan) -> Result<(), NotTold> {
        match plan.asked.iter().any(|known| known.name == self.category) {
            true => Ok(()),
            false => Err(NotTold::Category),
        }
    }

    /// Takes the decision over; the last one of a person in a category counts. A grant
    /// without an end ends as the policy says; one that names a time after `now_ms`, in
    /// milliseconds since 1970, as if it were of that.
    ///
    /// # Errors
    /// Why it is no decision under that plan.
    pub fn put(&self, table: &mut Table, plan: &Plan, now_ms: i64) -> Result<(), NotTold> {
        let who = self.who(plan)?;
        self.is_asked(plan)?;
        let expires = plan.live.as_ref().and_then(|live| live.expires_ms);
        let ends = |at: i64| expires.map(|expires| at.min(now_ms).saturating_add(expires));
        let decision = match self.decision {
            Decision::Granted { until_ms: None } => Decision::Granted {
                until_ms: self.at_ms.and_then(ends),
            },
            decision => decision,
        };
        table.decide(who, &self.category, Some(decision))?;
        Ok(())
    }
}

/// The identifier is a person's: it is not shown.
impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (category, decision) = (&self.category, self.decision);
        write!(f, "Told({category}: {decision:?})")
    }
}

/// One version that does not change: nobody decides meanwhile.
impl ConsentSource for Arc<Snapshot> {
    fn now(&self) -> Arc<Snapshot> {
        Arc::clone(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_a_decision_or_why_not() {
        let line = r#"{"kind":"customer","id":"u-1","category":"Ads","is":"granted","at":"2026-03-01T00:00:00Z"}"#;
        let told = Told::read(line.as_bytes(), 7).unwrap();
        let granted = Decision::Granted { until_ms: None };
        assert_eq!((&*told.id, told.decision), ("u-1", granted));
        assert_eq!(told.at_ms, Some(1_772_323_200_000));
        assert!(!format!("{told:?}").contains("u-1"));
        let with = |a: &str, b: &str| Told::read(line.replace(a, b).as_bytes(), 7);
        let had = with("\"granted\"", "\"denied\",\"had\":true,\"by\":\"page\"").unwrap();
        assert_eq!(had.decision, Decision::Withdrawn);
        // Without a time of its own it is of now, and an end may be a day.
        let now = with(",\"at\":\"2026-03-01T00:00:00Z\"", "").unwrap();
        assert_eq!(now.at_ms, Some(7));
        let ends = with("}", ",\"until\":\"2026-03-01\",\"proof\":\"form 7\"}").unwrap();
        let until_ms = Some(1_772_323_200_000);
        assert_eq!(ends.decision, Decision::Granted { until_ms });
        assert_eq!(ends.beside.proof.as_deref(), Some("form 7"));
        let far = with("}", ",\"until\":\"9999-12-31T23:59:59Z\"}").unwrap();
        assert!(
            matches!(far.decision, Decision::Granted { until_ms: Some(ms) } if ms > 253e12 as i64)
        );
        let denied = with("\"granted\"", "\"denied\",\"until\":\"2026-03-01\"");
        assert_eq!(denied.unwrap_err(), NotTold::Until);
        for (a, b, wrong) in [
            ("}", ",\"by\":\"a person\"}", NotTold::By),
            ("\"u-1\"", "42", NotTold::Form),
            ("\"kind\"", "\"knd\"", NotTold::Form),
            ("\"kind\"", "\"id\"", NotTold::Form),
            ("}", ",\"untl\":1}", NotTold::Form),
            ("}", "", NotTold::Form),
            ("\"granted\"", "\"Granted\"", NotTold::Is),
            ("2026-03-01T", "yesterday ", NotTold::Time),
            ("}", ",\"until\":\"soon\"}", NotTold::Time),
        ] {
            assert_eq!(with(a, b).unwrap_err(), wrong, "{a} {b}");
        }
        let long = with("u-1", &"x".repeat(LINE_MAX)).unwrap_err();
        assert_eq!(long, NotTold::TooLong);
        assert_eq!(Told::read(b"\xff", 7).unwrap_err(), NotTold::Form);
    }
}
