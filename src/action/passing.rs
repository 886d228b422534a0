//! Of which values something leaves, and which are refused: a record that was held
//! back is let out by an action that refuses less.

/// Values, by kind; each kind has those before it, and `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kinds {
    /// None for certain.
    Nothing,
    /// Texts.
    Texts,
    /// Scalars, and arrays that hold no object.
    Flat,
    /// Whatever an event can hold.
    All,
}

/// Of which values something leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passing {
    /// Of each value of these kinds.
    pub always: Kinds,
    /// Of no value of other kinds than these.
    pub ever: Kinds,
    /// What is refused is refused by a bound that the policy writes: such a record
    /// is held back on purpose.
    pub bounded: bool,
}

impl Passing {
    /// Nothing is known: it may refuse any, and take any.
    pub const UNKNOWN: Passing = Passing {
        always: Kinds::Nothing,
        ever: Kinds::All,
        bounded: false,
    };

    /// Every value of these kinds, and no other.
    pub const fn exactly(kinds: Kinds) -> Passing {
        Passing {
            always: kinds,
            ever: kinds,
            bounded: false,
        }
    }

    /// Some values of these kinds, and no other.
    pub const fn some_of(kinds: Kinds) -> Passing {
        Passing {
            always: Kinds::Nothing,
            ever: kinds,
            bounded: false,
        }
    }

    /// True when no value is refused.
    pub fn refuses_nothing(self) -> bool {
        self.always == Kinds::All
    }
}
