//! One difference, and where it is.

use std::collections::BTreeSet;

use crate::action::Order;

/// What a difference comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// More leaves, or to more readers, or somebody more can go back.
    Weaker,
    /// It cannot be shown that no more leaves: counts as weaker.
    Changed,
    /// Less leaves.
    Stronger,
}

impl Verdict {
    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Weaker => "weaker",
            Verdict::Changed => "changed",
            Verdict::Stronger => "stronger",
        }
    }

    fn of(order: Order) -> Option<Verdict> {
        match order {
            Order::Same => None,
            Order::Stronger => Some(Verdict::Stronger),
            Order::Weaker => Some(Verdict::Weaker),
            Order::Unknown => Some(Verdict::Changed),
        }
    }
}

/// One difference. Holds words of the two policies and none of an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// What it comes to.
    pub verdict: Verdict,
    /// Topic of the output; `None`: the policy as a whole.
    pub output: Option<String>,
    /// The type of record, where the field is one of `types:`.
    pub record_type: Option<String>,
    /// The field's path, or the word of the clause.
    pub field: String,
    /// As it was written.
    pub was: String,
    /// As it is written.
    pub is: String,
    /// Why the verdict.
    pub why: String,
}

/// The differences found so far, each once.
#[derive(Default)]
pub struct Found(pub BTreeSet<Difference>);

/// Where a difference is.
#[derive(Clone, Default)]
pub struct At<'a> {
    pub output: Option<&'a str>,
    pub record_type: Option<String>,
    pub field: String,
}

impl<'a> At<'a> {
    pub fn policy(word: &str) -> At<'static> {
        At {
            field: word.to_owned(),
            ..At::default()
        }
    }

    pub fn output(topic: &'a str, word: &str) -> At<'a> {
        At {
            output: Some(topic),
            field: word.to_owned(),
            ..At::default()
        }
    }
}

impl Found {
    pub fn add(
        &mut self,
        order: Order,
        at: At<'_>,
        was: impl Into<String>,
        is: impl Into<String>,
        why: impl Into<String>,
    ) {
        if let Some(verdict) = Verdict::of(order) {
            self.0.insert(Difference {
                verdict,
                output: at.output.map(str::to_owned),
                record_type: at.record_type,
                field: at.field,
                was: was.into(),
                is: is.into(),
                why: why.into(),
            });
        }
    }
}

/// What stands for a clause that is not written.
pub const NOT_WRITTEN: &str = "(not written)";

/// What becomes of an output that remembers, under another `state` key.
pub const STATE_FORGOTTEN: &str =
    "what was kept under the key before cannot be read: who has left, or was counted, is not known";

pub fn or_not_written(text: Option<&str>) -> String {
    text.unwrap_or(NOT_WRITTEN).to_owned()
}
