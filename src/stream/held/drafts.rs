//! The records of an output that wait, kept as its pool asks: composed by the same code
//! that composes them of files.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::consent::state::{Decided, Visible};
use crate::crypto::noise::Draws;
use crate::kafka::outlet::leaving::Plain;
use crate::pipeline::OutBatch;
use crate::pipeline::observer::ReleaseFigures;
use crate::plan::Plan;
use crate::record::Reason;
use crate::record::state_row::StateRow;
use crate::release::{Arrived, Earlier, NoRow, Released, ReleasedRecord, TooFew, Waiting};
use crate::stream::beside::{Beside, Content};
use crate::stream::pool::{Event, Keeper};
use crate::stream::standing::Standing;

/// The one output of a release group.
const OUTPUT: usize = 0;

/// What waits.
pub(super) struct Drafts {
    plan: Arc<Plan>,
    waiting: Waiting,
    words: Draws,
    /// By lane: what leaves with its records, or without any.
    beside: BTreeMap<u16, Beside>,
    is_at_fault: bool,
    /// Bytes that may be taken by what is remembered.
    memory_max: u64,
    /// Who may withdraw, where people's decisions are followed.
    visible: Option<Arc<Visible>>,
    /// Of what became visible up to that version nothing waits that it took back.
    version: u64,
    now_ms: i64,
}

impl Drafts {
    /// Nothing waits; `None`: the one output of the plan waits for nothing.
    /// What is remembered of everybody who left takes at most `memory_max` bytes.
    /// Whoever withdraws is told by `visible`.
    pub(super) fn new(
        plan: &Arc<Plan>,
        mut words: Draws,
        memory_max: u64,
        visible: Option<Arc<Visible>>,
    ) -> Option<Drafts> {
        Some(Drafts {
            plan: Arc::clone(plan),
            waiting: Waiting::new(plan, OUTPUT, &mut words)?,
            words,
            beside: BTreeMap::new(),
            is_at_fault: false,
            memory_max,
            version: visible.as_ref().map_or(0, |visible| visible.version()),
            visible,
            now_ms: 0,
        })
    }

    /// Time goes on: milliseconds since 1970.
    pub(super) fn is_now(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
        if let Some(earlier) = self.waiting.earlier() {
            earlier.is_now(now_ms);
        }
    }

    /// What became visible since it was asked last: the people who withdrew, or that this is
    /// not known; `None`: nobody did.
    pub(super) fn narrowed(&mut self) -> Option<Event<Drafts>> {
        let visible = self.visible.as_ref()?;
        if visible.version() == self.version {
            return None;
        }
        match visible.narrowed_since(self.version) {
            (version, None) if !self.waiting.is_empty() => {
                self.version = version;
                Some(Event::Doubted)
            }
            (version, people) => {
                self.version = version;
                let people = people.filter(|people| !people.is_empty());
                people.map(Event::Narrowed)
            }
        }
    }

    /// How many persons are remembered, and the bytes that they take; `None`: nobody is.
    pub(super) fn remembered(&self) -> Option<(usize, u64)> {
        let earlier = self.waiting.remembered()?;
        Some((earlier.len(), earlier.bytes()))
    }

    /// Bytes that may be taken by them.
    pub(super) fn memory_max(&self) -> u64 {
        self.memory_max
    }

    /// How many persons the records are of that wait.
    pub(super) fn people(&self) -> usize {
        self.waiting.people()
    }

    /// Everything leaves that was kept beside, with these records or none.
    fn content(&mut self, records: Vec<ReleasedRecord>, held: u64) -> Content {
        let lanes: Vec<u16> = self.beside.keys().copied().collect();
        self.content_of(&lanes, records, held)
    }

    fn content_of(&mut self, lanes: &[u16], records: Vec<ReleasedRecord>, held: u64) -> Content {
        let decided = Decided {
            version: self.version,
            who: Vec::new(),
        };
        let mut left: BTreeMap<u16, (u64, u64)> = BTreeMap::new();
        let mut plain = Vec::with_capacity(records.len());
        for record in records {
            let lane = record.place.0;
            let record = Plain {
                at_ms: record.at_ms,
                key: record.key,
                value: record.value,
                headers: record.headers,
            };
            let own = left.entry(lane).or_default();
            own.0 += 1;
            own.1 += record.len();
            plain.push(record);
        }
        let mut content = Content {
            records: plain,
            refused: Vec::new(),
            is_void: false,
            decided,
            rows: Vec::new(),
            counts: Vec::new(),
            held,
            figures: None,
            counted: None,
        };
        let mut out = [0; ReleaseFigures::WHY.len()];
        for lane in lanes {
            let left_out = self.waiting.take_left_out(*lane);
            for (sum, more) in out.iter_mut().zip(left_out.of_release()) {
                *sum += more;
            }
            let Some(mut own) = self.beside.remove(lane) else {
                continue;
            };
            // Those that the stage wrote have left now, or never will.
            let (records, bytes) = left.remove(lane).unwrap_or_default();
            let output = &mut own.counts.outputs[OUTPUT];
            output.written = records;
            output.bytes = bytes;
            output.left_out = left_out.total();
            output.withheld[Reason::NoConsent.index()] += own.withdrawn;
            debug_assert!(own.counts.balances(), "a record that waited is lost");
            content.refused.append(&mut own.refused);
            content.add(own);
        }
        if out.iter().any(|n| *n > 0) {
            content.figures = Some(ReleaseFigures {
                records: 0,
                people: 0,
                classes: None,
                waited: Duration::ZERO,
                composed_in: Duration::ZERO,
                left_out: out,
                set: None,
            });
        }
        content
    }

    fn released(&mut self, released: Released, held: u64, composed_in: Duration) -> Content {
        let partition = |lane| self.beside.get(&lane).map_or(("", 0), Beside::partition);
        let output = self.plan.outputs[0].held.as_ref();
        let marks = output.and_then(|output| output.marks.as_ref());
        let figures = released.figures(marks, partition);
        let mut content = self.content(released.records, held);
        content.held += released.rows.iter().map(StateRow::len).sum::<u64>();
        content.rows = released.rows;
        content.figures = Some(ReleaseFigures {
            composed_in,
            left_out: content
                .figures
                .map_or_else(Default::default, |f| f.left_out),
            ..figures
        });
        content
    }
}

impl Keeper for Drafts {
    type Batch = Box<OutBatch>;
    type Content = Content;
    type Person = u64;

    fn resume(&mut self, rows: &[StateRow]) -> Result<(), NoRow> {
        match self.waiting.earlier() {
            Some(earlier) => earlier.resume(rows),
            None => Ok(()),
        }
    }

    fn is_full(&self) -> bool {
        let more = Earlier::bytes_of(self.waiting.people());
        let remembered = self.waiting.remembered();
        remembered.is_some_and(|earlier| earlier.bytes() + more > self.memory_max)
    }

    fn take(&mut self, lane: u16, batch: &Box<OutBatch>) -> usize {
        let beside = self.beside.entry(lane);
        let beside = beside.or_insert_with(|| Beside::new(batch, &self.plan));
        beside.take(batch);
        let version = batch.decided.version;
        for mut record in Arrived::of(batch, OUTPUT) {
            record.place.0 = lane;
            // Decided before they withdrew, and come after that was looked at.
            let visible = self.visible.as_ref();
            if visible.is_some_and(|visible| visible.is_narrowed(version, record.named)) {
                beside.withdrawn += 1;
                continue;
            }
            self.waiting.take(record);
        }
        usize::from(self.waiting.holds(lane))
    }

    fn len(&self) -> usize {
        self.waiting.len()
    }

    fn bytes(&self) -> u64 {
        let beside = self.beside.values().map(Beside::bytes);
        self.waiting.bytes() + beside.sum::<u64>()
    }

    fn release(&mut self) -> Option<Content> {
        if self.is_full() {
            return None;
        }
        let (held, begun) = (self.bytes(), Instant::now());
        let who = match self.visible {
            Some(_) => self.waiting.named(),
            None => Vec::new(),
        };
        match self.waiting.release(&mut self.words) {
            Ok(released) => {
                let mut content = self.released(released, held, begun.elapsed());
                content.decided.who = who;
                Some(content)
            }
            Err(TooFew::Fault) => {
                self.is_at_fault = true;
                None
            }
            Err(TooFew::People | TooFew::NoClass) => None,
        }
    }

    fn leave_out(&mut self) -> Content {
        let held = self.bytes();
        self.waiting.leave_out();
        self.content(Vec::new(), held)
    }

    fn beside(&mut self, lanes: &[u16]) -> Content {
        let own = lanes.iter().filter_map(|lane| self.beside.get(lane));
        let refused = own.flat_map(|own| &own.refused);
        let held = refused.map(|refused| refused.record.len()).sum();
        self.content_of(lanes, Vec::new(), held)
    }

    fn drop_lane(&mut self, lane: u16) -> usize {
        self.beside.remove(&lane);
        self.waiting.drop_lane(lane)
    }

    fn forget(&mut self, people: &[u64]) {
        let visible = self.visible.as_ref();
        let standing = visible.map(|visible| Standing::of(&self.plan, visible, self.now_ms));
        let may = |who| (standing.as_ref()).is_some_and(|standing| standing.grants(who));
        for (lane, records) in self.waiting.withdraw(people, &may) {
            if let Some(beside) = self.beside.get_mut(&lane) {
                beside.withdrawn += records as u64;
            }
        }
    }

    fn void(&mut self) -> Content {
        let held = self.bytes();
        self.waiting.leave_out();
        let mut content = self.content(Vec::new(), held);
        content.is_void = true;
        content
    }

    fn is_at_fault(&self) -> bool {
        self.is_at_fault
    }

    fn has(&self, lane: u16) -> bool {
        self.waiting.holds(lane)
    }
}
