//! What must hold for records to flow: plain words between whoever knows it and
//! whoever is asked.

use std::sync::Arc;

/// One thing that must hold, by name, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Of a closed list: `outlet`, `connection`.
    pub(crate) name: &'static str,
    /// How it stands.
    pub(crate) standing: Standing,
}

impl Condition {
    /// What holds as long as nothing is awaited: a sentence that says what is.
    pub fn unless(name: &'static str, awaited: Option<String>) -> Condition {
        let standing = match awaited {
            None => Standing::Met,
            Some(what) => Standing::Awaited(what.into()),
        };
        Condition { name, standing }
    }

    /// It holds.
    pub fn is_met(&self) -> bool {
        self.standing == Standing::Met
    }
}

/// How a condition stands. A text is a sentence that an operator can act on,
/// never a value from an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It holds.
    Met,
    /// It does not hold yet, and nothing is wrong: what is waited for.
    Awaited(Arc<str>),
    /// It does not hold: what is wrong, and the next step.
    Failed(Arc<str>),
}
