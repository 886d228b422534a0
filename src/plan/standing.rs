//! What a plan rests on that ages: keys and allowances. Names and times, no key
//! material.

/// As it was when the plan was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The versions of its keys.
    pub keys: Vec<KeyStanding>,
    /// Its allowances that end.
    pub allowances: Vec<AllowanceStanding>,
}

/// A version of a key in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStanding {
    /// The policy's name for the key.
    pub key: String,
    /// `codes`, what pseudonyms are made with; `seals`, what envelopes are.
    pub makes: &'static str,
    /// Which version.
    pub version: u32,
    /// In use from then on, seconds since 1970.
    pub since: i64,
}

/// An allowance under `dangerously:` with a last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowanceStanding {
    /// Its name.
    pub allow: &'static str,
    /// The field it holds for, as written; empty: all.
    pub field: String,
    /// Topics of the outputs it holds for, with commas between; empty: all.
    pub topics: String,
    /// The end of its last day, seconds since 1970.
    pub ends: i64,
}
