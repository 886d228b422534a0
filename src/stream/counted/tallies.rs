//! The batches of a stream as a counter takes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::consent::state::Decided;
use crate::kafka::outlet::leaving::Plain;
use crate::pipeline::OutBatch;
use crate::pipeline::observer::CountFigures;
use crate::plan::Plan;
use crate::record::state_row::StateRow;
use crate::release::{LeftOut, ToCount, WhyLeftOut, Windows};
use crate::stream::beside::{Beside, Content};
use crate::stream::counting::{Leaves, Taken, Tally};

/// The one output of a release group.
const OUTPUT: usize = 0;

/// What leaves beside what is counted.
pub(super) struct Tallies {
    plan: Arc<Plan>,
    /// By lane, with what was left out of it.
    beside: BTreeMap<u16, (Beside, LeftOut)>,
}

impl Tallies {
    /// Nothing yet.
    pub(super) fn new(plan: &Arc<Plan>) -> Tallies {
        Tallies {
            plan: Arc::clone(plan),
            beside: BTreeMap::new(),
        }
    }
}

impl Tally for Tallies {
    type Batch = Box<OutBatch>;
    type Content = Content;

    fn take(
        &mut self,
        lane: u16,
        batch: &Box<OutBatch>,
        windows: &mut Windows,
        now_ms: i64,
    ) -> Taken {
        let own = self.beside.entry(lane);
        let new = || (Beside::new(batch, &self.plan), LeftOut::default());
        let (beside, left_out) = own.or_insert_with(new);
        beside.take(batch);
        let mut taken = Taken::default();
        for record in ToCount::of(batch, OUTPUT) {
            taken.records += 1;
            taken.latest_ms = taken.latest_ms.max(record.at_ms);
            windows.take(record, Some(now_ms));
        }
        left_out.add_all(&windows.take_left_out());
        taken
    }

    fn bytes(&self) -> u64 {
        self.beside.values().map(|(beside, _)| beside.bytes()).sum()
    }

    fn content(&mut self, leaves: Leaves, beside: bool) -> Content {
        let mut figures = CountFigures {
            windows: leaves.figures.windows,
            rows: leaves.figures.rows,
            ..CountFigures::default()
        };
        let records = leaves.rows.into_iter().map(|row| Plain {
            at_ms: row.at_ms,
            key: row.key,
            value: row.value,
            headers: row.headers,
        });
        let mut content = Content {
            records: records.collect(),
            refused: Vec::new(),
            is_void: false,
            decided: Decided::default(),
            rows: leaves.state,
            counts: Vec::new(),
            held: 0,
            figures: None,
            counted: None,
        };
        let own = match beside {
            true => std::mem::take(&mut self.beside),
            false => BTreeMap::new(),
        };
        for (mut own, left_out) in own.into_values() {
            content.held += own.bytes();
            // Those that the stage wrote are counted, and never leave.
            let output = &mut own.counts.outputs[OUTPUT];
            output.left_out = left_out.total();
            output.counted = output.written.saturating_sub(output.left_out);
            (output.written, output.bytes) = (0, 0);
            debug_assert!(own.counts.balances(), "a record that was counted is lost");
            for (sum, why) in figures.left_out.iter_mut().zip(WHY) {
                *sum += left_out.of(why);
            }
            content.refused.append(&mut own.refused);
            content.add(own);
        }
        content.held += content.records.iter().map(Plain::len).sum::<u64>();
        content.held += content.rows.iter().map(StateRow::len).sum::<u64>();
        content.counted = Some(figures);
        content
    }

    fn drop_lane(&mut self, lane: u16) {
        self.beside.remove(&lane);
    }
}

/// By [`CountFigures::WHY`].
const WHY: [WhyLeftOut; CountFigures::WHY.len()] = [
    WhyLeftOut::NoSubject,
    WhyLeftOut::TimeOutOfRange,
    WhyLeftOut::NoValue,
    WhyLeftOut::OtherCell,
    WhyLeftOut::Late,
    WhyLeftOut::StateLost,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Outcome;

    #[test]
    fn figures_say_what_records_are_left_out_for() {
        assert_eq!(WHY.map(WhyLeftOut::as_str), CountFigures::WHY);
        assert_eq!(Outcome::ALL.map(Outcome::as_str), CountFigures::OUTCOMES);
    }
}
