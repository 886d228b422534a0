//! What a policy asks outside of the value.

use super::condition::Condition;
use super::model::Checked;
use crate::policy::selector::PlaceName;
use crate::record::path::Selector;

/// Places outside of the value, as `classes` name them: the type, where somebody is, who is
/// a minor, and what `conditions` ask, which are those of all outputs.
pub(crate) fn reads_outside<'p>(
    policy: &'p Checked,
    conditions: impl Iterator<Item = &'p Condition>,
) -> Vec<Selector> {
    let places = policy.regions.iter().map(|r| &r.from.value);
    let places = places.chain(policy.minors.iter().map(|m| &m.from.value));
    let mut all: Vec<Selector> = places.filter_map(PlaceName::outside).collect();
    let tests = conditions.flat_map(Condition::tests);
    all.extend(tests.filter_map(|test| test.of.outside()));
    let header = policy.source.type_header.as_ref();
    let header = header.map(|of| PlaceName::Header(of.value.clone()));
    all.extend(header.and_then(|of| of.outside()));
    all
}
