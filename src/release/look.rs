//! What is known of a record that waits, or is counted, before any other comes.

use std::sync::Arc;

use super::left_out::WhyLeftOut;
use super::waiting::Arrived;
use super::windows::{ToCount, Windows};
use crate::pipeline::OutBatch;
use crate::plan::Plan;

/// Looks at records of one output that do not leave as they come; none waits, and none is
/// counted.
pub struct Look {
    /// A place in [`Plan::outputs`].
    pub output: usize,
    /// Where they are counted.
    windows: Option<Windows>,
    now_ms: i64,
}

impl Look {
    /// At those of that output; `None`: they leave as they come. `now_ms`: what time it is,
    /// milliseconds since 1970.
    pub fn new(plan: &Arc<Plan>, output: usize, now_ms: i64) -> Option<Look> {
        let windows = Windows::new(plan, output);
        let waits = windows.is_some() || plan.outputs[output].held.is_some();
        waits.then_some(Look {
            output,
            windows,
            now_ms,
        })
    }

    /// Of each record of a batch that waits here, or is counted, in their order: why it will
    /// be left out whatever else comes; `None`: it will not be for a reason of its own.
    pub fn at(&mut self, batch: &OutBatch) -> Vec<Option<WhyLeftOut>> {
        match &mut self.windows {
            Some(windows) => ToCount::of(batch, self.output)
                .map(|record| windows.refuses(&record, Some(self.now_ms)))
                .collect(),
            None => Arrived::of(batch, self.output)
                .map(|record| match record.person {
                    None => Some(WhyLeftOut::NoSubject),
                    Some(_) => None,
                })
                .collect(),
        }
    }
}
