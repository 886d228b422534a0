//! What a plan rests on that ages: keys, allowances, contracts. Names and times, no key
//! material.

/// As it was when the plan was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The versions of its keys.
    pub keys: Vec<KeyStanding>,
    /// Its allowances that end.
    pub allowances: Vec<AllowanceStanding>,
    /// The contracts with recipients that end.
    pub contracts: Vec<ContractStanding>,
    /// How its recipients score, where somebody has counted.
    pub vendors: Vec<VendorStanding>,
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

/// A contract with who gets an output, which ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractStanding {
    /// The recipient's name in the register.
    pub recipient: String,
    /// The outputs that it gets, joined by commas.
    pub topics: String,
    /// End of its last day in UTC, in seconds since 1970.
    pub ends: i64,
}

/// How who gets an output scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorStanding {
    /// The recipient's name in the policy.
    pub recipient: String,
    /// From 0 to 100; 100 is the best.
    pub score: u32,
}
