//! A sample as each policy takes it.

use crate::contract::Contract;
use crate::policy::selector::selectors;
use crate::record::Reason;
use crate::record::path::Step;
use crate::sample::Profile;

/// What a sample holds: whole, and once for each list that a policy takes records
/// apart at (`source.split`), since its paths are those of one element.
pub struct Samples(Vec<(Option<String>, Profile)>);

impl Samples {
    /// Nothing yet, for these policies. `seed`: see [`Profile::new`].
    pub fn of(contracts: &[Contract<'_>], seed: u64) -> Samples {
        let mut all: Vec<(Option<String>, Profile)> = Vec::new();
        for contract in contracts {
            let split = &contract.policy.meaning.split;
            if all.iter().any(|(known, _)| known == split) {
                continue;
            }
            let profile = match split {
                _ if contract.policy.meaning.bare.is_some() => Profile::of_bare(seed),
                None => Profile::new(seed),
                Some(path) => Profile::of_elements(seed, names(path)),
            };
            all.push((split.clone(), profile));
        }
        Samples(all)
    }

    /// Adds the value of one record; what is wrong with it is counted.
    pub fn add(&mut self, value: &[u8]) {
        for (_, profile) in &mut self.0 {
            // What is wrong with it is counted by the profile.
            let _ = profile.add(value);
        }
    }

    /// Counts a record without a value.
    pub fn add_tombstone(&mut self) {
        self.0.iter_mut().for_each(|(_, p)| p.add_tombstone());
    }

    /// Counts a record that could not even be handed over.
    pub fn refuse(&mut self, reason: Reason) {
        self.0.iter_mut().for_each(|(_, p)| p.refuse(reason));
    }

    /// Why no record of it could be read; `None`: some could, or it has none.
    pub fn refused_all(&self) -> Option<String> {
        let of = |(_, profile): &(Option<String>, Profile)| {
            profile.records() == 0 && profile.tombstones() == 0 && profile.refused().count() > 0
        };
        let (_, profile) = self.0.iter().find(|one| of(one))?;
        let reasons = profile
            .refused()
            .map(|(reason, n)| format!("{n} ({reason})"));
        Some(reasons.collect::<Vec<_>>().join(", "))
    }

    /// As that policy takes it.
    pub(super) fn under(&self, contract: &Contract<'_>) -> Option<&Profile> {
        let split = &contract.policy.meaning.split;
        let mut own = self.0.iter().filter(|(known, _)| known == split);
        own.next().map(|(_, profile)| profile)
    }

    /// Each way to take it, with the list that it is taken apart at.
    pub(super) fn each(&self) -> impl Iterator<Item = (Option<&str>, &Profile)> {
        self.0
            .iter()
            .map(|(split, profile)| (split.as_deref(), profile))
    }
}

/// The way to the list of `source.split`; none: the record is the list.
fn names(path: &str) -> Vec<String> {
    let steps = selectors(path).ok().and_then(|mut all| all.pop());
    let name = |step: Step| match step {
        Step::Name(name) => Some(name),
        _ => None,
    };
    let steps = steps.map_or_else(Vec::new, |path| path.steps);
    steps.into_iter().filter_map(name).collect()
}
