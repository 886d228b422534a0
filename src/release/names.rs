//! Names of cells that the policy does not have, in one window.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use crate::anonymity::counts::Window;

/// Bytes that a name takes beside its own.
const NAME_BYTES: usize = 64;

/// Names of cells, numbered.
#[derive(Default)]
pub(super) struct Names {
    pub(super) places: HashMap<Box<[u8]>, u32, RandomState>,
    /// More than so many, and those are dropped in which nobody counts.
    most: usize,
    /// Bytes of the names.
    bytes: usize,
}

impl Names {
    pub(super) fn place(&mut self, name: &[u8], window: &mut Window) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        if self.places.len() >= self.most.max(1_024) {
            self.drop_unused(window);
        }
        let next = u32::try_from(self.places.len()).expect("cells are bounded by persons");
        self.places.insert(name.into(), next);
        self.bytes += name.len();
        next
    }

    /// Names as they were numbered before; `None`: one is there twice.
    pub(super) fn of(names: Vec<Box<[u8]>>) -> Option<Names> {
        let count = names.len();
        let bytes = names.iter().map(|name| name.len()).sum();
        let places: HashMap<_, _, _> = names.into_iter().zip(0..).collect();
        (places.len() == count).then_some(Names {
            most: 2 * count,
            places,
            bytes,
        })
    }

    pub(super) fn held(&self) -> u64 {
        (self.bytes + NAME_BYTES * self.places.len()) as u64
    }

    /// Drops the names that nobody counts in: whoever sends a new name with each record
    /// takes no memory by it.
    fn drop_unused(&mut self, window: &mut Window) {
        let used = window.used();
        let mut kept: Vec<(Box<[u8]>, u32)> = self.places.drain().collect();
        kept.retain(|(_, place)| used.contains(place));
        kept.sort_unstable_by_key(|(_, place)| *place);
        let anew: HashMap<u32, u32, RandomState> =
            kept.iter().map(|(_, place)| *place).zip(0..).collect();
        window.renumber(&|cell| anew[&cell]);
        self.bytes = kept.iter().map(|(name, _)| name.len()).sum();
        self.places = kept.into_iter().map(|(name, _)| name).zip(0..).collect();
        self.most = 2 * self.places.len();
    }

    pub(super) fn by_place(self) -> Vec<Box<[u8]>> {
        let mut all: Vec<(Box<[u8]>, u32)> = self.places.into_iter().collect();
        all.sort_unstable_by_key(|(_, place)| *place);
        all.into_iter().map(|(name, _)| name).collect()
    }

    /// The names by their numbers.
    pub(super) fn listed(&self) -> Vec<&[u8]> {
        let mut all: Vec<(&[u8], u32)> = self.places.iter().map(|(n, at)| (&**n, *at)).collect();
        all.sort_unstable_by_key(|(_, place)| *place);
        all.into_iter().map(|(name, _)| name).collect()
    }
}
