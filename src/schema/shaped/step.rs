//! Where a step of a path leads in a schema.

use std::collections::{BTreeSet, HashSet};

use crate::record::path::Step;

use super::{Inside, Shaped};

/// The places that a step leads to, from those.
pub(crate) fn step_on<W: Shaped>(schema: &W, from: &[W::At], step: &Step) -> Vec<W::At> {
    let mut found = BTreeSet::new();
    let mut open: Vec<W::At> = from.to_vec();
    let mut seen: HashSet<W::At> = HashSet::new();
    while let Some(at) = open.pop() {
        if !seen.insert(at) {
            continue;
        }
        match (schema.inside(at), step) {
            (Inside::Either(branches), _) => open.extend(branches),
            (Inside::Anything, _) => {
                found.insert(at);
            }
            // Something at any depth, or nothing of it: whatever is there.
            (Inside::Fields(fields), Step::AnyDepth) => {
                found.insert(at);
                open.extend(fields.into_iter().map(|(_, field)| field));
            }
            (Inside::Elements(inner) | Inside::Members(inner), Step::AnyDepth) => {
                found.insert(at);
                open.push(inner);
            }
            (_, Step::AnyDepth) => {
                found.insert(at);
            }
            (Inside::Fields(fields), Step::Name(name)) => {
                let is_it = |(names, _): &(Vec<String>, W::At)| names.contains(name);
                found.extend(fields.into_iter().filter(is_it).map(|(_, field)| field));
            }
            (Inside::Fields(fields), Step::AnyName) => {
                let named = fields.into_iter().map(|(_, field)| field);
                found.extend(named.filter(|field| !schema.is_open(*field)));
            }
            (Inside::Members(values), Step::Name(_) | Step::AnyName) => {
                found.insert(values);
            }
            (Inside::Elements(items), Step::AnyElement | Step::Element(_) | Step::Filter(_)) => {
                found.insert(items);
            }
            _ => {}
        }
    }
    found.into_iter().collect()
}
