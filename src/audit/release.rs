//! Records that left together, as the log says it: figures, and no value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A release of an output whose records wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// The output's topic.
    pub topic: String,
    /// `NAME@VERSION` of the policy that made it.
    pub policy: String,
    /// Digest of the policy: of its text, and of the tables that it names.
    pub digest: String,
    /// The mark of which records are in it, 64 hexadecimal digits; `None`: none is, or no key
    /// marks them.
    pub set: Option<String>,
    /// The version of the key that the mark is under. `None` beside a `set`: an earlier
    /// version of the program wrote SHA-256 of the list, which whoever has the log can try out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_key: Option<String>,
    /// How far the source was read for it.
    pub read: Vec<Read>,
    /// Records in it; 0: those that waited were too few, and are left out.
    pub records: u64,
    /// Persons they are of.
    pub persons: u64,
    /// Its classes; `None`: it was shuffled, and no more, or is empty.
    pub classes: Option<Classes>,
    /// Records that were left out since the release before, by the word of why.
    pub left_out: BTreeMap<String, u64>,
}

/// What of a source partition one release or the other has covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Source topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Offset of the first record.
    pub from: i64,
    /// Offset behind the last one.
    pub to: i64,
}

/// The classes of a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classes {
    /// Least persons of a class that the policy demands.
    pub k: u32,
    /// How many classes there are.
    pub count: u64,
    /// Persons of the smallest.
    pub persons_min: u32,
    /// Mean normalised certainty penalty of a record that is in a class, 0 to 1.
    pub ncp: f64,
    /// The same of all that were put together: what was set aside loses all.
    pub gcp: f64,
    /// What else the policy demands of each class.
    pub floors: Vec<Floor>,
}

/// What must hold of a value in every class, and what the class nearest to it reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    /// The field.
    pub field: String,
    /// What is demanded, in words of the policy: `distinct: 2`.
    pub demands: String,
    /// What was reached, in the same unit.
    pub reached: f64,
}

/// A release that the log holds.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedRelease {
    /// When it was composed, as the log says.
    pub time: String,
    /// Its number within its command, from 0.
    pub number: u64,
    /// The log says that it has left.
    pub has_left: bool,
    /// What it is.
    pub release: Release,
}
