//! How a consent signal is written.

/// How a consent signal is written: the word of the policy, and the metric label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalShape {
    /// An object of category → value, or one value for one category.
    Plain,
    /// Arrays of what is granted and what is denied.
    Lists,
    /// `C0001:1,C0002:0`.
    Pairs,
    /// A TC string of IAB Europe's framework.
    Tcf,
    /// A string of IAB's Global Privacy Platform.
    Gpp,
    /// Global Privacy Control.
    Gpc,
    /// Google's Consent Mode.
    ConsentMode,
}

impl SignalShape {
    /// Every shape, in the order of its discriminant.
    pub const ALL: [SignalShape; 7] = [
        SignalShape::Plain,
        SignalShape::Lists,
        SignalShape::Pairs,
        SignalShape::Tcf,
        SignalShape::Gpp,
        SignalShape::Gpc,
        SignalShape::ConsentMode,
    ];

    /// How many there are: the length of a table indexed by [`SignalShape::index`].
    pub const COUNT: usize = Self::ALL.len();

    /// Its place in [`SignalShape::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word of the policy and of the metric label; `plain` is not written in a
    /// policy.
    pub const fn as_str(self) -> &'static str {
        match self {
            SignalShape::Plain => "plain",
            SignalShape::Lists => "lists",
            SignalShape::Pairs => "pairs",
            SignalShape::Tcf => "tcf",
            SignalShape::Gpp => "gpp",
            SignalShape::Gpc => "gpc",
            SignalShape::ConsentMode => "consent_mode",
        }
    }

    /// The shape of that word.
    pub(crate) fn from_word(word: &str) -> Option<SignalShape> {
        Self::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

/// Signals that were there and could not be read, by [`SignalShape::index`].
pub type BadSignals = [u64; SignalShape::COUNT];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_is_the_place_in_all_and_words_are_distinct() {
        for (i, shape) in SignalShape::ALL.into_iter().enumerate() {
            assert_eq!(shape.index(), i);
            assert_eq!(SignalShape::from_word(shape.as_str()), Some(shape));
        }
    }
}
