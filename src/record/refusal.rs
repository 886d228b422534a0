//! Why a record was refused, and where.

use super::Reason;
use super::ids::FieldId;

/// Why a record goes to quarantine, and which place of the policy refused it.
/// It names places of the plan, never a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The output that refused; `None`: the record was refused before any output
    /// was looked at.
    pub output: Option<u16>,
    /// The field of that output; `None`: the record as a whole was refused.
    pub field: Option<FieldId>,
}

impl Refusal {
    /// The same reason, as that output's.
    pub fn at(reason: Reason, output: usize, field: Option<FieldId>) -> Refusal {
        Refusal {
            reason,
            output: Some(u16::try_from(output).expect("at most 64 outputs")),
            field,
        }
    }
}

impl From<Reason> for Refusal {
    /// The record as a whole was refused.
    fn from(reason: Reason) -> Refusal {
        Refusal {
            reason,
            output: None,
            field: None,
        }
    }
}
