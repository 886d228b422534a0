//! What is told of a release, once it has left.

use std::time::Duration;

use super::compose::Released;
use super::left_out::{LeftOut, WhyLeftOut};
use crate::crypto::release_set::SetKey;
use crate::pipeline::{ReleaseFigures, ReleasedClasses};

impl Released {
    /// Figures of it, but for what its composer alone knows: how long its records waited, how
    /// long it took, and what was left out. `lane` says which partition of which topic a lane
    /// is; `marks` is the key that marks which records are in it.
    pub fn figures<'l>(
        &self,
        marks: Option<&SetKey>,
        lane: impl Fn(u16) -> (&'l str, i32),
    ) -> ReleaseFigures {
        let classes = self.classes.as_ref();
        ReleaseFigures {
            records: self.records.len() as u64,
            people: self.people as u64,
            classes: classes.map(|classes| ReleasedClasses {
                people: classes.people.clone(),
                loss: classes.loss,
                penalty: classes.penalty,
                reached: classes.reached.clone(),
            }),
            waited: Duration::ZERO,
            composed_in: Duration::ZERO,
            left_out: [0; ReleaseFigures::WHY.len()],
            set: marks.map(|key| self.set(key, lane)),
        }
    }
}

impl LeftOut {
    /// Of records that waited, by [`ReleaseFigures::WHY`].
    pub fn of_release(&self) -> [u64; ReleaseFigures::WHY.len()] {
        [
            WhyLeftOut::Short,
            WhyLeftOut::NoSubject,
            WhyLeftOut::OverCap,
            WhyLeftOut::Remainder,
            WhyLeftOut::AlreadyReleased,
        ]
        .map(|why| self.of(why))
    }
}
