//! Lists without what is in them already, and names of which each is another.

use std::collections::{BTreeMap, BTreeSet};

/// Each once, in order.
pub(super) fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut list = Vec::new();
    for value in values {
        if !list.contains(&value) {
            list.push(value);
        }
    }
    list
}

/// Each of those names as a word of letters, digits and `_`. Where several would be the
/// same word the one that is it keeps it, and the others are numbered.
pub(super) fn told_apart<'n>(names: impl Iterator<Item = &'n str>) -> BTreeMap<&'n str, String> {
    let names: BTreeSet<&str> = names.collect();
    let word = |name: &str| name.replace(['.', '-'], "_");
    let mut taken: BTreeSet<String> = names.iter().map(|n| (*n).to_owned()).collect();
    let numbered = |name: &str, n: usize| match n {
        1 => word(name),
        n => format!("{}_{n}", word(name)),
    };
    let mut told = BTreeMap::new();
    for name in names {
        let own = match word(name) == name {
            true => Some(name.to_owned()),
            false => (1..)
                .map(|n| numbered(name, n))
                .find(|word| !taken.contains(word)),
        };
        let own = own.unwrap_or_default();
        taken.insert(own.clone());
        told.insert(name, own);
    }
    told
}
