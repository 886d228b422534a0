//! Which records are looked at, and the look.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use super::path::{Length, Path};
use super::sketch::{Sketch, locked};
use crate::decode::unnamed::{Trail, Under, walk};
use crate::plan::Plan;
use crate::record::Fetched;

/// One record of so many is looked at, of those that have unnamed members and were
/// not quarantined.
pub(super) const SAMPLED: u32 = 256;

/// Most members of one record that are noted: what a record of nothing else may
/// cost.
const MEMBERS_MAX: u32 = 1_024;

/// Chooses records by chance, so that no order of records is hidden from it, and
/// looks at them. The first record that has unnamed members is among the chosen.
pub(in crate::pipeline) struct Sampler {
    /// `None`: nobody wants to know.
    sketch: Option<Arc<Mutex<Sketch>>>,
    /// The record that is looked at is so far ahead.
    left: u32,
    /// Of the generator; it hides nothing, so it need not be a good one.
    state: u64,
    path: Path,
}

impl Sampler {
    /// For records under that plan. `seed` differs from worker to worker.
    pub(in crate::pipeline) fn new(
        sketch: Option<&Arc<Mutex<Sketch>>>,
        plan: &Plan,
        seed: u64,
    ) -> Sampler {
        if let Some(sketch) = sketch {
            locked(sketch).serve(plan.id);
        }
        Sampler {
            sketch: sketch.cloned(),
            left: if sketch.is_some() { 1 } else { u32::MAX },
            state: seed,
            path: Path::default(),
        }
    }

    /// True for a record to be looked at. Asked once for each that has unnamed
    /// members and is not quarantined.
    #[inline]
    pub(in crate::pipeline) fn is_due(&mut self) -> bool {
        self.left -= 1;
        self.left == 0
    }

    /// Looks at a record that was decoded under `plan`.
    #[cold]
    #[inline(never)]
    pub(in crate::pipeline) fn look(&mut self, fetched: Fetched<'_>, plan: &Plan) {
        let Some(sketch) = &self.sketch else {
            self.left = u32::MAX;
            return;
        };
        // From 1 to twice the rate less 1: the rate on average.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ self.state >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let chance = (mixed >> 32) % u64::from(2 * SAMPLED - 1);
        self.left = 1 + u32::try_from(chance).expect("below twice the rate");
        let Some(value) = fetched.value() else { return };
        let mut sketch = locked(sketch);
        sketch.record();
        let mut noting = Noting {
            sketch: &mut sketch,
            path: &mut self.path,
            left: MEMBERS_MAX,
        };
        noting.path.truncate(Path::default().length());
        let under = match &plan.split {
            Some(split) if fetched.element().is_none() => Under::apart(split),
            _ => Under::one(&plan.value),
        };
        walk(value, under, &mut noting);
    }
}

struct Noting<'s> {
    sketch: &'s mut Sketch,
    path: &'s mut Path,
    left: u32,
}

impl Trail for Noting<'_> {
    type Depth = Length;

    fn depth(&self) -> Length {
        self.path.length()
    }

    fn back(&mut self, depth: Length) {
        self.path.truncate(depth);
    }

    fn member(&mut self, name: &str) {
        self.path.member(name);
    }

    fn element(&mut self) {
        self.path.element();
    }

    fn unnamed(&mut self) -> ControlFlow<()> {
        self.sketch.note(self.path.as_str());
        self.left -= 1;
        match self.left {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}
