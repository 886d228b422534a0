//! Which member says what kind of record it is, and whose.

use super::proposal::Proposal;
use crate::record::path::Step;
use crate::sample::{Found, Profile};

/// Members at the top that say what kind of record it is, in order; none where
/// some record has none, because that record would be refused.
pub(super) fn record_type(profile: &Profile) -> Vec<Found<'_>> {
    const FIRST: &[&str] = &[
        "type",
        "event_name",
        "event",
        "eventName",
        "event_type",
        "eventType",
        "op",
        "action",
    ];
    let paths = profile.paths();
    let at_top = |name: &str| {
        let is_it = |f: &&Found<'_>| matches!(&f.path.steps[..], [Step::Name(n)] if n == name);
        paths
            .iter()
            .find(is_it)
            .filter(|f| f.stats.words().is_some())
            .cloned()
    };
    let always = |found: &Found<'_>| found.stats.kinds().texts == profile.records();
    let Some((at, first)) = FIRST
        .iter()
        .enumerate()
        .find_map(|(at, name)| Some((at, at_top(name).filter(always)?)))
    else {
        return Vec::new();
    };
    let second = FIRST[at + 1..].iter().find_map(|name| at_top(name));
    let texts = |found: &Found<'_>| found.stats.kinds().texts == found.stats.values();
    std::iter::once(first).chain(second.filter(texts)).collect()
}

/// Fields that name the person a record is about, the surest first: at most two.
pub(super) fn persons(fields: &[Proposal]) -> Vec<&Proposal> {
    let is_single = |f: &&Proposal| {
        let steps = &f.path.steps;
        f.leaves() && steps.iter().all(|s| matches!(s, Step::Name(_)))
    };
    let of = |category: &str| {
        let found = fields.iter().filter(is_single);
        let found = found.filter(|f| f.judgement.category == Some(category));
        found.min_by_key(|f| (f.path.steps.len(), 100 - f.judgement.confidence))
    };
    let named = [of("user.unique_id"), of("user.device.cookie_id")];
    named.into_iter().flatten().collect()
}
