//! Invented values for the tests of a draft: nobody's, and never the sample's.

/// A value for one field, what becomes of it, and what must not leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invented {
    /// As it stands in the event, spelled for YAML.
    pub(super) given: String,
    /// What leaves, where that does not hang on a key.
    pub(super) expected: Option<String>,
    /// What no output may contain.
    pub(super) never: Option<String>,
}

impl Invented {
    /// A value that must not leave, though something made from it may.
    pub(super) fn hidden(given: &str, never: &str) -> Invented {
        Invented {
            given: given.to_owned(),
            expected: None,
            never: Some(never.to_owned()),
        }
    }

    /// A value and what is made of it.
    pub(super) fn becomes(given: &str, expected: &str) -> Invented {
        Invented {
            given: given.to_owned(),
            expected: Some(expected.to_owned()),
            never: None,
        }
    }

    /// The same, with a part of it that must not leave.
    pub(super) fn never(self, never: &str) -> Invented {
        Invented {
            never: Some(never.to_owned()),
            ..self
        }
    }
}
