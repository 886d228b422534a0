//! What is wanted, and the best of what begins at one place.

use super::kind::Kind;
use crate::canon::Canon;

/// What is looked for.
#[derive(Clone)]
pub(super) struct Wanted {
    /// A bit for each kind.
    pub(super) kinds: u32,
    /// What only its surroundings tell is no hit.
    pub(super) sure: bool,
    /// By which telephone numbers without `+` are read.
    pub(super) regions: Box<[Region]>,
}

/// A region whose telephone numbers are known without `+`.
#[derive(Clone)]
pub(in crate::action) struct Region {
    pub(super) name: String,
    pub(super) canon: Canon,
}

impl Region {
    /// Its ISO 3166 name.
    pub(in crate::action) fn name(&self) -> &str {
        &self.name
    }

    /// By its ISO 3166 name, in any case; `None`: it has no numbers of its own.
    pub(in crate::action) fn of(name: &str) -> Option<Region> {
        let name = name.to_ascii_uppercase();
        let canon = Canon::from_words([format!("phone({name})").as_str()]).ok()?;
        Some(Region { name, canon })
    }
}

/// Where something was found, in bytes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::action) struct Hit {
    pub(in crate::action) start: usize,
    pub(in crate::action) end: usize,
    pub(in crate::action) kind: Kind,
}

/// The best of what begins at one place.
pub(super) struct Best<'f> {
    wanted: &'f Wanted,
    floor: usize,
    pub(super) hit: Option<Hit>,
}

impl<'f> Best<'f> {
    pub(super) fn new(wanted: &'f Wanted, floor: usize) -> Best<'f> {
        Best {
            wanted,
            floor,
            hit: None,
        }
    }

    pub(super) fn wants(&self, kind: Kind) -> bool {
        self.wanted.kinds & kind.bit() != 0
    }

    pub(super) fn sure(&self) -> bool {
        self.wanted.sure
    }

    pub(super) fn regions(&self) -> &'f [Region] {
        &self.wanted.regions
    }

    pub(super) fn offer(&mut self, kind: Kind, start: usize, end: Option<usize>) {
        if let Some(end) = end
            && self.wants(kind)
        {
            self.offer_always(kind, start, end);
        }
    }

    /// Also of a kind that was not asked for by name.
    pub(super) fn offer_always(&mut self, kind: Kind, start: usize, end: usize) {
        let start = start.max(self.floor);
        let is_better = self.hit.is_none_or(|hit| {
            let (a, b) = ((start, usize::MAX - end), (hit.start, usize::MAX - hit.end));
            a < b || (a == b && kind < hit.kind)
        });
        if is_better {
            self.hit = Some(Hit { start, end, kind });
        }
    }
}
