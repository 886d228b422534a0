//! The batches of a stream as a counter takes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::consent::state::{Decided, Visible};
use crate::kafka::outlet::leaving::Plain;
use crate::pipeline::OutBatch;
use crate::pipeline::observer::CountFigures;
use crate::plan::Plan;
use crate::record::Reason;
use crate::record::state_row::StateRow;
use crate::release::{LeftOut, ToCount, WhyLeftOut, Windows};
use crate::stream::beside::{Beside, Content};
use crate::stream::counting::{Event, Leaves, Stays, Taken, Tally};
use crate::stream::standing::Standing;

/// The one output of a release group.
const OUTPUT: usize = 0;

/// What leaves beside what is counted.
pub(super) struct Tallies {
    plan: Arc<Plan>,
    /// By lane, with what was left out of it.
    beside: BTreeMap<u16, (Beside, LeftOut)>,
    /// Who may withdraw, where people's decisions are followed.
    visible: Option<Arc<Visible>>,
    /// Of what became visible up to that version nobody is counted whom it took back.
    version: u64,
}

impl Tallies {
    /// Nothing yet. Whoever withdraws is told by `visible`.
    pub(super) fn new(plan: &Arc<Plan>, visible: Option<Arc<Visible>>) -> Tallies {
        Tallies {
            plan: Arc::clone(plan),
            beside: BTreeMap::new(),
            version: visible.as_ref().map_or(0, |visible| visible.version()),
            visible,
        }
    }

    /// The people who withdrew since it was asked last; `None`: nobody did, or not all of
    /// them are known, and they are looked up before a window is cut.
    pub(super) fn narrowed(&mut self) -> Option<Event<Tallies>> {
        let visible = self.visible.as_ref()?;
        if visible.version() == self.version {
            return None;
        }
        let (version, people) = visible.narrowed_since(self.version);
        self.version = version;
        let people = people.filter(|people| !people.is_empty());
        people.map(Event::Narrowed)
    }

    /// True when somebody of a record withdrew since its batch was decided by that version.
    fn is_withdrawn(&self, record: &ToCount<'_>, version: u64, now_ms: i64) -> bool {
        let visible = self.visible.as_ref();
        visible.is_some_and(|visible| {
            visible.is_narrowed(version, record.named)
                && !record
                    .person
                    .is_some_and(|who| Standing::of(&self.plan, visible, now_ms).grants(who))
        })
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
        let mut taken = Taken::default();
        let mut withdrawn = 0;
        for record in ToCount::of(batch, OUTPUT) {
            taken.records += 1;
            taken.latest_ms = taken.latest_ms.max(record.tells_ms(now_ms));
            // Decided before they withdrew, and taken after that was looked at.
            match self.is_withdrawn(&record, batch.decided.version, now_ms) {
                true => withdrawn += 1,
                false => windows.take(record, Some(now_ms)),
            }
        }
        let own = self.beside.entry(lane);
        let new = || (Beside::new(batch, &self.plan), LeftOut::default());
        let (beside, left_out) = own.or_insert_with(new);
        beside.take(batch);
        beside.withdrawn += withdrawn;
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
            // Of nobody in particular: whoever withdraws from here on is in what is cut.
            decided: Decided {
                version: self.version,
                who: Vec::new(),
            },
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
            output.withheld[Reason::NoConsent.index()] += own.withdrawn;
            let aside = output.left_out + own.withdrawn;
            output.counted = output.written.saturating_sub(aside);
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

    fn stays(&self, now_ms: i64) -> Stays<'_> {
        let Some(visible) = &self.visible else {
            return Stays::Everybody;
        };
        let standing = Standing::of(&self.plan, visible, now_ms);
        match standing.is_known() {
            true => Stays::Of(Box::new(move |who, is_narrower| match is_narrower {
                true => standing.grants(who),
                false => standing.bears(who),
            })),
            false => Stays::Unknown,
        }
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
