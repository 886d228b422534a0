//! What is asked of the people of a record: where they are, and how old.

use super::{Paths, read_at};
use crate::countries;
use crate::plan::{Minors, Regions};
use crate::policy::check::model::{Checked, Output};

/// What the gate asks of each record.
pub(super) fn people(
    policy: &Checked,
    paths: &mut Paths,
    key_paths: &mut Paths,
) -> (Option<Regions>, Option<Minors>) {
    // What no output asks decides nothing.
    let asked = policy.outputs.iter().any(|o| !o.regions.is_empty());
    let regions = policy.regions.as_ref().filter(|_| asked).map(|said| {
        let from = read_at(&said.from.value, paths, key_paths);
        let of = countries::all().map(|country| {
            let all = said.list.iter().enumerate();
            let of = all.filter(|(_, region)| region.countries.contains(&country));
            let bits = of.fold(0, |bits, (at, _)| bits | 1 << at);
            (country.to_string(), bits)
        });
        Regions::new(from, said.bit(&said.unknown.value), of)
    });
    let minors = policy.minors.as_ref().map(|said| Minors {
        from: read_at(&said.from.value, paths, key_paths),
        under: said.under,
    });
    (regions, minors)
}

/// The regions whose records leave to that output, as bits; 0: every one's.
pub(super) fn regions_of(policy: &Checked, output: &Output) -> u64 {
    let Some(said) = &policy.regions else {
        return 0;
    };
    let bits = output.regions.iter().map(|named| said.bit(&named.value));
    bits.fold(0, |all, bit| all | bit)
}
