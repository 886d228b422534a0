//! Releases of a sample that is looked at: as a file has them, and none of it leaves.

use std::sync::Arc;

use super::compose::ReleasedRecord;
use super::waiting::{Arrived, Waiting};
use crate::anonymity::seeded::Seeded;
use crate::pipeline::OutBatch;
use crate::plan::Plan;

/// What waits of a sample, output by output.
pub struct OfSample {
    waiting: Vec<(usize, Waiting)>,
    /// Which of a person's records leave, and in which order, is no secret here.
    words: Seeded,
}

/// Where a record was read: its offset, and the element there if the sample was taken
/// apart.
pub type Source = (i64, Option<u32>);

impl OfSample {
    /// Nothing waits yet, of the outputs of that plan whose records do.
    pub fn new(plan: &Arc<Plan>) -> OfSample {
        let mut words = Seeded::new(1);
        let waiting = (0..plan.outputs.len()).filter_map(|output| {
            let waiting = Waiting::new(plan, output, &mut words)?;
            Some((output, waiting))
        });
        OfSample {
            waiting: waiting.collect(),
            words,
        }
    }

    /// Adds what a batch became. `number` names a record, or leaves it out; `each` gets
    /// the output of what leaves, that name, and the record.
    pub fn add(
        &mut self,
        batch: &OutBatch,
        number: &dyn Fn(Source) -> Option<i64>,
        each: &mut dyn FnMut(usize, i64, &ReleasedRecord),
    ) {
        for (output, waiting) in &mut self.waiting {
            for (record, source) in Arrived::with_source(batch, *output) {
                let Some(number) = number(source) else {
                    continue;
                };
                let (_, _, nth) = record.place;
                waiting.take(Arrived {
                    place: (0, number, nth),
                    ..record
                });
                if waiting.is_full() {
                    release(*output, waiting, &mut self.words, each);
                }
            }
        }
    }

    /// The sample has ended. What is too little for a release does not leave.
    pub fn end(&mut self, each: &mut dyn FnMut(usize, i64, &ReleasedRecord)) {
        for (output, waiting) in &mut self.waiting {
            release(*output, waiting, &mut self.words, each);
        }
    }
}

fn release(
    output: usize,
    waiting: &mut Waiting,
    words: &mut Seeded,
    each: &mut dyn FnMut(usize, i64, &ReleasedRecord),
) {
    if let Ok(released) = waiting.release(words) {
        for record in &released.records {
            each(output, record.place.1, record);
        }
    }
}
