//! Releases and counts of a sample that is looked at: as a file has them, and none of it
//! leaves.

use std::sync::Arc;

use super::compose::ReleasedRecord;
use super::left_out::LeftOut;
use super::waiting::{Arrived, Waiting};
use super::windows::{ToCount, Windows};
use crate::anonymity::seeded::Seeded;
use crate::pipeline::OutBatch;
use crate::plan::Plan;

/// What waits of a sample, output by output.
pub struct OfSample {
    waiting: Vec<Pool>,
    counted: Vec<(usize, Windows)>,
    /// Which of a person's records leave, and in which order, is no secret here.
    words: Seeded,
}

/// What waits for the next release of an output.
struct Pool {
    output: usize,
    waiting: Waiting,
    /// Releases until now.
    releases: u32,
}

/// Takes what leaves: the output, the number of its release, the name of the record, and
/// the record.
pub type Leaves<'e> = dyn FnMut(usize, u32, i64, &ReleasedRecord) + 'e;

/// Where a record was read: its offset, and the element there if the sample was taken
/// apart.
pub type Source = (i64, Option<u32>);

impl OfSample {
    /// Nothing waits yet, of the outputs of that plan whose records do.
    pub fn new(plan: &Arc<Plan>) -> OfSample {
        let mut words = Seeded::new(1);
        let waiting = (0..plan.outputs.len()).filter_map(|output| {
            let waiting = Waiting::new(plan, output, &mut words)?;
            Some(Pool {
                output,
                waiting,
                releases: 0,
            })
        });
        let counted = (0..plan.outputs.len())
            .filter_map(|output| Some((output, Windows::new(plan, output)?)));
        OfSample {
            waiting: waiting.collect(),
            counted: counted.collect(),
            words,
        }
    }

    /// Adds what a batch became. `number` names a record, or leaves it out.
    pub fn add(
        &mut self,
        batch: &OutBatch,
        number: &dyn Fn(Source) -> Option<i64>,
        each: &mut Leaves<'_>,
    ) {
        for (output, windows) in &mut self.counted {
            ToCount::of(batch, *output).for_each(|record| windows.take(record, None));
        }
        for pool in &mut self.waiting {
            for (record, source) in Arrived::with_source(batch, pool.output) {
                let Some(number) = number(source) else {
                    continue;
                };
                let (_, _, nth) = record.place;
                pool.waiting.take(Arrived {
                    place: (0, number, nth),
                    ..record
                });
                if pool.waiting.is_full() {
                    pool.release(&mut self.words, each);
                }
            }
        }
    }

    /// The sample has ended. What is too little for a release does not leave.
    pub fn end(&mut self, each: &mut Leaves<'_>) {
        for pool in &mut self.waiting {
            pool.release(&mut self.words, each);
        }
    }

    /// The outputs whose records wait, with the number of their releases, what still waits, and
    /// what was left out.
    pub fn waited(&self) -> impl Iterator<Item = (usize, u32, usize, LeftOut)> {
        let pools = self.waiting.iter();
        pools.map(|pool| {
            let waiting = &pool.waiting;
            (
                pool.output,
                pool.releases,
                waiting.len(),
                waiting.left_out(),
            )
        })
    }

    /// The outputs that count, with what was counted.
    pub fn counted(&self) -> impl Iterator<Item = (usize, &Windows)> {
        self.counted
            .iter()
            .map(|(output, windows)| (*output, windows))
    }
}

impl Pool {
    fn release(&mut self, words: &mut Seeded, each: &mut Leaves<'_>) {
        if let Ok(released) = self.waiting.release(words) {
            for record in &released.records {
                each(self.output, self.releases, record.place.1, record);
            }
            self.releases += 1;
        }
    }
}
