//! Decisions of named people, as a file or a policy's test tells them: what stands in for
//! the topic where there is none.

use std::sync::Arc;

use serde::Deserialize;

use super::state::{ConsentSource, Decision, Full, Snapshot, Table};
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
}

/// Why a line tells no decision. Says nothing of what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    /// It is no such object.
    #[error(
        "expected {{\"kind\", \"id\", \"category\", \"is\", \"at\"}}, each a text; beside them may stand \"until\", \"had\", \"by\", \"text\" and \"proof\""
    )]
    Form,
    /// It is longer than any decision.
    #[error("longer than {LINE_MAX} bytes")]
    TooLong,
    /// What was decided.
    #[error("\"is\" must be \"granted\" or \"denied\"")]
    Is,
    /// When.
    #[error("\"at\" and \"until\" must be times such as 2026-03-01T10:42:07Z")]
    Time,
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
    at: String,
    until: Option<String>,
    #[serde(default)]
    had: bool,
    #[serde(rename = "by")]
    _by: Option<serde::de::IgnoredAny>,
    #[serde(rename = "text")]
    _text: Option<serde::de::IgnoredAny>,
    #[serde(rename = "proof")]
    _proof: Option<serde::de::IgnoredAny>,
}

impl Told {
    /// Reads a line of JSON: `{"kind","id","category","is","at"}`.
    ///
    /// # Errors
    /// Why it tells no decision.
    pub fn read(line: &[u8]) -> Result<Told, NotTold> {
        if line.len() > LINE_MAX {
            return Err(NotTold::TooLong);
        }
        // What serde would say of a broken line is never looked at: it may hold it.
        let line: Line = serde_json::from_slice(line).map_err(|_| NotTold::Form)?;
        let time = |text: &str| {
            let time = text.parse::<jiff::Timestamp>();
            time.map(|t| t.as_millisecond()).map_err(|_| NotTold::Time)
        };
        let at_ms = time(&line.at)?;
        let until_ms = line.until.as_deref().map(time).transpose()?;
        let decision = match (&*line.is, line.had) {
            ("granted", _) => Decision::Granted { until_ms },
            ("denied", true) => Decision::Withdrawn,
            ("denied", false) => Decision::Denied,
            _ => return Err(NotTold::Is),
        };
        Ok(Told {
            kind: line.kind,
            id: line.id,
            category: line.category,
            decision,
            at_ms: Some(at_ms),
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

    /// Takes the decision over; the last one of a person in a category counts. A grant
    /// without an end ends as the policy says; one that names a time after `now_ms`, in
    /// milliseconds since 1970, as if it were of that.
    ///
    /// # Errors
    /// Why it is no decision under that plan.
    pub fn put(&self, table: &mut Table, plan: &Plan, now_ms: i64) -> Result<(), NotTold> {
        let who = self.who(plan)?;
        if plan.asked.iter().all(|known| known.name != self.category) {
            return Err(NotTold::Category);
        }
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
        let told = Told::read(line.as_bytes()).unwrap();
        let granted = Decision::Granted { until_ms: None };
        assert_eq!((&*told.id, told.decision), ("u-1", granted));
        assert_eq!(told.at_ms, Some(1_772_323_200_000));
        assert!(!format!("{told:?}").contains("u-1"));
        let with = |a: &str, b: &str| Told::read(line.replace(a, b).as_bytes());
        let had = with("\"granted\"", "\"denied\",\"had\":true,\"by\":\"page\"").unwrap();
        assert_eq!(had.decision, Decision::Withdrawn);
        for (a, b, wrong) in [
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
        assert_eq!(Told::read(b"\xff").unwrap_err(), NotTold::Form);
    }
}
