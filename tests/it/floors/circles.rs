//! Circles among things that use each other.

use std::collections::{BTreeMap, BTreeSet};

/// Who uses whom.
pub type Arrows<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Groups of those that can each be reached from every other of the group, and of
/// more than one.
pub fn groups<'a>(arrows: &Arrows<'a>) -> Vec<BTreeSet<&'a str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = arrows
        .keys()
        .map(|&from| (from, reach(arrows, from)))
        .collect();
    let mut groups: Vec<BTreeSet<&str>> = Vec::new();
    for (&from, to) in &reached {
        if to.contains(from) && !groups.iter().any(|group| group.contains(from)) {
            let group = to
                .iter()
                .copied()
                .filter(|other| reached.get(other).is_some_and(|back| back.contains(from)));
            groups.push(group.collect());
        }
    }
    groups
}

/// All that can be reached from `from`; itself only by a circle.
pub fn reach<'a>(arrows: &Arrows<'a>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = arrows.get(from).into_iter().flatten().copied().collect();
    while let Some(other) = next.pop() {
        if reached.insert(other) {
            next.extend(arrows.get(other).into_iter().flatten());
        }
    }
    reached
}

/// How high each stands: one above the highest it uses. Those of a circle stand
/// together.
pub fn floors<'a>(arrows: &Arrows<'a>) -> BTreeMap<&'a str, usize> {
    let groups = groups(arrows);
    let mut floors = BTreeMap::new();
    let all: BTreeSet<&str> = arrows
        .iter()
        .flat_map(|(from, to)| to.iter().chain([from]))
        .copied()
        .collect();
    let together =
        |one: &str, other: &str| groups.iter().any(|g| g.contains(one) && g.contains(other));
    // As often as there can be floors; then nothing moves any more.
    for _ in 0..=all.len() {
        for &one in &all {
            let mut floor = 0;
            for &other in arrows.get(one).into_iter().flatten() {
                let step = usize::from(!together(one, other));
                floor = floor.max(floors.get(other).copied().unwrap_or(0) + step);
            }
            floors.insert(one, floor);
        }
    }
    floors
}
