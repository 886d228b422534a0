//! What comes of an attempt to take another policy over.

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// The new policy is in force.
    Applied,
    /// It has errors, or cannot be read.
    Invalid,
    /// It is weaker, and nobody named its digest.
    Weaker,
    /// The stream or the cluster does not agree with it.
    Refused,
    /// The stream is ending.
    Ignored,
}

impl Reload {
    /// All of them.
    pub const ALL: [Reload; 5] = [
        Reload::Applied,
        Reload::Invalid,
        Reload::Weaker,
        Reload::Refused,
        Reload::Ignored,
    ];

    /// The metric label, and the word in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reload::Applied => "applied",
            Reload::Invalid => "invalid",
            Reload::Weaker => "weaker",
            Reload::Refused => "refused",
            Reload::Ignored => "ignored",
        }
    }
}
