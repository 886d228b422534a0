//! How large the records of an output can become.

use super::named::{Named, NamedField};
use crate::record::path::Step;
use std::collections::BTreeMap;

/// What a record of an output is at most, by what it is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputGrowth {
    /// Bytes written for each three that are read, wherever they stand.
    of_three: u64,
    /// Bytes that come to that, however long what is read is.
    besides: u64,
    /// Bytes that come to it with every element of a list, and every member whose
    /// name is copied.
    pub for_each_element: u64,
}

impl OutputGrowth {
    /// Of that output; values in lists are in [`Self::for_each_element`] alone.
    pub fn of(named: &Named, topic: &str) -> OutputGrowth {
        let fields = named.fields.iter().filter(|f| f.topic == topic);
        let fields: Vec<_> = fields.filter(|f| !f.drops()).collect();
        let grows = |f: &&NamedField| f.spec.grows();
        let for_three = fields.iter().map(|f| u64::from(grows(f).for_three)).max();
        let mut copies: BTreeMap<_, u64> = BTreeMap::new();
        for input in fields.iter().flat_map(|f| &f.inputs) {
            *copies.entry(input).or_default() += 1;
        }
        let copies = copies.into_values().max().unwrap_or(1);
        let (within, alone): (Vec<_>, Vec<_>) = fields.iter().partition(|f| is_repeated(f));
        // A name that the policy writes, with quotes, colon and comma.
        let written = |f: &&&NamedField| u64::from(grows(f).for_each) + f.path.len() as u64 + 4;
        OutputGrowth {
            of_three: copies * (3 + for_three.unwrap_or(0)),
            besides: alone.iter().map(written).sum(),
            for_each_element: within.iter().map(written).max().unwrap_or(0),
        }
    }

    /// The longest record read, in bytes, that is written in so many at most.
    pub fn longest(&self, written_max: u64) -> u64 {
        let room = u128::from(written_max.saturating_sub(self.besides));
        u64::try_from(room * 3 / u128::from(self.of_three)).unwrap_or(u64::MAX)
    }
}

fn is_repeated(field: &NamedField) -> bool {
    let mut steps = field.inputs.iter().flat_map(|input| &input.steps);
    steps.any(|step| matches!(step, Step::AnyElement | Step::AnyName))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::{NoTables, PolicyFile, compile, named};

    fn growth(fields: &str) -> OutputGrowth {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: p, version: 1, owner: o }}\nsource: {{ topic: raw }}\nkeys:\n  people: {{ ref: \"file:k.json#people\" }}\noutputs:\n  - topic: clean\n    purpose: analytics.reporting\n    domain: d\n    fields: {{ {fields} }}\n"
        );
        let file = PolicyFile {
            path: "p.yaml".into(),
            text,
        };
        let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        let said = compiled.said.expect("it can be read");
        OutputGrowth::of(&named(&said), "clean")
    }

    #[test]
    fn a_record_that_is_only_kept_is_as_long_as_it_was() {
        let kept = growth("a: keep");
        assert_eq!(kept.longest(1_000), 1_000 - 5);
        assert_eq!(kept.for_each_element, 0);
        assert_eq!(kept.longest(0), 0);
        assert_eq!(growth("a: drop").longest(1_000), 1_000);
    }

    #[test]
    fn what_is_sealed_written_twice_or_named_anew_takes_room() {
        let kept = growth("a: keep").longest(100_000);
        let sealed = growth("a: { encrypt: { key: people } }");
        assert!(
            (70_000..71_000).contains(&sealed.longest(100_000)),
            "{sealed:?}"
        );
        let twice = growth("a: { as: { a: keep, b: keep } }").longest(100_000);
        assert!(twice < kept / 2 + 1, "{twice}");
    }

    #[test]
    fn lists_are_said_apart() {
        let codes = growth("'a[*]': { pseudonymize: { key: people, epoch: none } }, b: keep");
        assert!(codes.for_each_element >= 66, "{codes:?}");
        assert!(codes.longest(1_000) > 900);
    }
}
