//! What an output means to who reads it.
//!
//! **In**: what policies mean. **Out**: for each output its gate, key, time and
//! columns: meaning, type, absence, joins, what it still tells; as a page, as
//! JSON, and in the forms that catalogues, warehouses and lineage tools read.
//! **Promises**: nothing is said that the policies do not show; what a person must
//! say is marked so. **Does not know**: events, keys, who asks.

mod absence;
mod column;
mod dbt;
mod distinct;
mod fides;
mod gate;
mod joins;
mod json;
mod json_schema;
mod odcs;
mod openlineage;
mod page;
mod place;
mod shape;
mod sql;
#[cfg(test)]
mod tests;
mod tree;
mod uniques;

pub use column::{ColumnContract, InsideContract, PartContract};
pub use dbt::dbt;
pub use fides::fides;
pub use gate::Gate;
pub(crate) use gate::lasting;
pub use joins::Join;
pub use json::json;
pub(crate) use json::{reader, sensitive};
pub use openlineage::openlineage;
pub use page::page;
pub(crate) use page::{purpose, with_codes};
pub use sql::sql;
pub use tree::Tree;
pub use uniques::Uniques;

use crate::plan::PolicyDigest;
use crate::policy::{Meaning, OutputMeaning};

/// A policy that is described, and which one it is.
pub struct Described {
    /// What it means.
    pub meaning: Meaning,
    /// Of its text and tables.
    pub digest: PolicyDigest,
}

impl Described {
    /// `NAME@VERSION#digest8`.
    pub fn stamp(&self) -> String {
        self.digest.stamp(&self.meaning.name, self.meaning.version)
    }
}

/// One output as its readers need it.
pub struct Contract<'d> {
    /// Its policy.
    pub policy: &'d Described,
    /// The output.
    pub output: &'d OutputMeaning,
    /// Its columns, key and headers last.
    pub columns: Vec<ColumnContract<'d>>,
}

/// The contracts of each policy together, in the order in which the policies come;
/// none is empty.
fn by_policy<'c, 'd>(contracts: &'c [Contract<'d>]) -> Vec<Vec<&'c Contract<'d>>> {
    let mut groups: Vec<Vec<&Contract<'_>>> = Vec::new();
    for contract in contracts {
        let name = &contract.policy.meaning.name;
        let known = |of: &&mut Vec<&Contract<'_>>| of[0].policy.meaning.name == *name;
        match groups.iter_mut().find(known) {
            Some(of) => of.push(contract),
            None => groups.push(vec![contract]),
        }
    }
    groups
}

/// The contract of every output of those policies; what its columns join with is looked
/// for in all of them.
pub fn contracts<'d>(policies: &'d [Described]) -> Vec<Contract<'d>> {
    let all = policies.iter().flat_map(|policy| {
        let outputs = policy.meaning.outputs.iter();
        outputs.map(move |output| Contract {
            policy,
            output,
            columns: column::columns(output, policies),
        })
    });
    all.collect()
}
