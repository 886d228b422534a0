//! One place of a record, and what became of it.

/// Most rows that are shown of a record.
pub const ROWS_MAX: usize = 500;

/// One place of the record, and one field that is made of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The place in the input.
    pub from: String,
    /// What stands there, as JSON spells it; `None`: nothing.
    pub before: Option<String>,
    /// The place in the output.
    pub to: Option<String>,
    /// What left there.
    pub after: Option<String>,
    /// One word: `written`, `waits`, `counted`, `sealed`, `dropped`, `unnamed`, `read`, `within`,
    /// `left out`, `nothing`, `refused`, `not written`, `not told`.
    pub fate: &'static str,
    /// The action as the policy writes it.
    pub action: Option<String>,
    /// Why, in words.
    pub why: String,
}
