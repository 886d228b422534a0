//! Records of one output that are counted, window by window.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::canonical::{Spelled, spell};
use super::instant::spells;
use super::left_out::{LeftOut, WhyLeftOut};
use super::names::Names;
use crate::anonymity::counts::{Counted, Window};
use crate::crypto::counting;
use crate::pipeline::{Destination, OutBatch};
use crate::plan::counting::{Cells, Counting};
use crate::plan::held::Layout;
use crate::plan::{Output, Plan};
use crate::record::SubjectId;

/// How far ahead of the clock the time of a record may lie, in milliseconds.
pub(crate) const AHEAD_MAX_MS: i64 = 5 * 60_000;

/// A record that is to be counted, as the stage wrote it.
pub struct ToCount<'a> {
    /// Whose it is; `None`: nobody that is counted.
    pub person: Option<SubjectId>,
    /// When it was, milliseconds since 1970; `None`: it does not say.
    pub at_ms: Option<i64>,
    /// When it was written, milliseconds since 1970; `None`: nothing says so.
    pub written_ms: Option<i64>,
    /// What is counted of it, in steps; `None`: it says nothing that can be.
    pub amount: Option<i32>,
    /// The parts of its cell, as members of an object.
    pub cell: &'a [u8],
    /// Those of whom its batch was decided by, who are in it.
    pub named: &'a [u64],
}

impl<'a> ToCount<'a> {
    /// The records of a batch that are counted in that output, in their order.
    pub fn of(batch: &'a OutBatch, output: usize) -> impl Iterator<Item = ToCount<'a>> {
        let output = u16::try_from(output).ok();
        let waits = |to: Destination| matches!(to, Destination::Held(_));
        let all = batch.records().iter().filter(move |r| waits(r.destination));
        all.zip(batch.waits()).filter_map(move |(record, waits)| {
            let is_own = Some(record.destination) == output.map(Destination::Held);
            Some(ToCount {
                person: waits.person,
                at_ms: waits.at_ms,
                written_ms: waits.written_ms,
                amount: waits.amount,
                cell: batch.bytes(record.value.filter(|_| is_own)?),
                named: batch
                    .decided
                    .who
                    .get(waits.named.0 as usize..waits.named.1 as usize)
                    .unwrap_or_default(),
            })
        })
    }

    /// What time it is where it was read, as far as it tells, milliseconds since 1970: when
    /// it was, and at the latest when it was written. `None`: it does not tell, since it says
    /// no time, or one that is not yet at `now_ms`.
    ///
    /// A record cannot tell of what comes after it was written: where many were written before
    /// any is read, a false time ahead of its writing is behind the clock of whoever reads it,
    /// and would close windows whose records are still to come.
    pub fn tells_ms(&self, now_ms: i64) -> Option<i64> {
        let at_ms = self.at_ms.filter(|at| !is_ahead(*at, now_ms))?;
        Some(self.written_ms.map_or(at_ms, |written| at_ms.min(written)))
    }
}

/// True of a time that is none yet, by a clock that may be a little off.
fn is_ahead(at_ms: i64, now_ms: i64) -> bool {
    at_ms > now_ms.saturating_add(AHEAD_MAX_MS)
}

/// The windows of one output that are not closed yet. What is in them depends on the set of
/// records, not on their order.
pub struct Windows {
    plan: Arc<Plan>,
    output: usize,
    /// The cells that leave, where the policy names them.
    pub(super) listed: Option<Listed>,
    pub(super) open: BTreeMap<i64, Open>,
    /// Windows that end by then are closed, and take no more.
    closed_by: i64,
    /// Of those, the ones that end by then were closed because what was counted in them is
    /// lost.
    lost_by: i64,
    /// Open windows of which that is so, from when to when: they take no more either.
    lost: BTreeMap<i64, i64>,
    left_out: LeftOut,
    spelled: Spelled,
    /// A value spelled anew, and the name of its cell.
    room: (Vec<u8>, Vec<u8>),
}

/// Cells that the policy names.
pub(super) struct Listed {
    /// Their names, rising.
    pub(super) names: Vec<Box<[u8]>>,
    /// Where each stands.
    places: HashMap<Box<[u8]>, u32, RandomState>,
}

/// One window as far as it was counted.
pub(super) struct Open {
    pub(super) to_ms: i64,
    pub(super) window: Window,
    /// Cells whose names the policy does not have.
    pub(super) names: Names,
    pub(super) records: u64,
    /// It is not as it was when it was saved last.
    pub(super) is_changed: bool,
}

/// A record that counts.
struct Admitted {
    person: SubjectId,
    window: (i64, i64),
    amount: i32,
    /// The place of its cell, where the policy names cells.
    listed: Option<u32>,
}

/// A window that takes no more records, with exact counts: to be made noisy, never shown.
#[derive(Clone)]
pub struct Closed {
    /// From when to when it is, milliseconds since 1970, the end exclusive.
    pub window: (i64, i64),
    /// How many records came into it.
    pub records: u64,
    /// By name, rising: what was counted, in steps, and of how many persons.
    pub(super) cells: Vec<(Box<[u8]>, i64, u64)>,
    /// The digest of all that was counted: other records, another digest.
    pub cut: [u8; 32],
}

impl Windows {
    /// Nothing counted yet for that output of the plan; `None`: it counts nothing.
    pub fn new(plan: &Arc<Plan>, output: usize) -> Option<Windows> {
        let counting = plan.outputs[output].counting.as_ref()?;
        let listed = match &counting.cells {
            Cells::Listed(cells) => Some(Listed::of(cells)),
            Cells::Selected(_) => None,
        };
        Some(Windows {
            listed,
            plan: Arc::clone(plan),
            output,
            open: BTreeMap::new(),
            closed_by: i64::MIN,
            lost_by: i64::MIN,
            lost: BTreeMap::new(),
            left_out: LeftOut::default(),
            spelled: Spelled::default(),
            room: Default::default(),
        })
    }

    /// Why [`Windows::take`] would leave a record out; `None`: it would count.
    ///
    /// # Panics
    /// As that.
    pub(super) fn refuses(
        &mut self,
        record: &ToCount<'_>,
        now_ms: Option<i64>,
    ) -> Option<WhyLeftOut> {
        let plan = Arc::clone(&self.plan);
        let counting = plan.outputs[self.output].counting.as_ref();
        let counting = counting.expect("only of such an output records are counted");
        self.admitted(record, counting, now_ms).err()
    }

    /// What the output counts.
    pub fn counting(&self) -> &Counting {
        let counting = self.plan.outputs[self.output].counting.as_ref();
        counting.expect("only of such an output records are counted")
    }

    /// A record comes. It counts, or is left out and counted as that. `now_ms`: what time
    /// it is; `None`: no record is too early.
    ///
    /// # Panics
    /// When its cell is none that the stage wrote for this output.
    pub fn take(&mut self, record: ToCount<'_>, now_ms: Option<i64>) {
        if let Err(why) = self.counted(&record, now_ms) {
            self.left_out.add(why, 1);
        }
    }

    fn counted(&mut self, record: &ToCount<'_>, now_ms: Option<i64>) -> Result<(), WhyLeftOut> {
        let plan = Arc::clone(&self.plan);
        let counting = plan.outputs[self.output].counting.as_ref();
        let counting = counting.expect("only of such an output records are counted");
        let Admitted {
            person,
            window,
            amount,
            listed,
        } = self.admitted(record, counting, now_ms)?;
        let name = &self.room.1[..];
        let open = self.open.entry(window.0).or_insert_with(|| Open {
            to_ms: window.1,
            window: Window::new(counting.bound),
            names: Names::default(),
            records: 0,
            is_changed: true,
        });
        open.records += 1;
        open.is_changed = true;
        let cell = match listed {
            Some(cell) => cell,
            None => open.names.place(name, &mut open.window),
        };
        open.window.count(Counted {
            person,
            cell,
            draw: counting.ranks.rank(window, person, name),
            value: amount,
        });
        Ok(())
    }

    /// What a record counts as; the name of its cell is in the room for it.
    fn admitted(
        &mut self,
        record: &ToCount<'_>,
        counting: &Counting,
        now_ms: Option<i64>,
    ) -> Result<Admitted, WhyLeftOut> {
        let person = record.person.ok_or(WhyLeftOut::NoSubject)?;
        let is_known = |at: &i64| now_ms.is_none_or(|now| !is_ahead(*at, now));
        let at_ms = record.at_ms.filter(is_known);
        let window = at_ms.and_then(|at| counting.window_of(at));
        // What cannot be written is no time of a row.
        let window = window.filter(|(from, to)| spells(*from) && spells(*to));
        let window = window.ok_or(WhyLeftOut::TimeOutOfRange)?;
        if window.1 <= self.lost_by || self.lost.contains_key(&window.0) {
            return Err(WhyLeftOut::StateLost);
        }
        if window.1 <= self.closed_by || is_older(window.1, counting, now_ms) {
            return Err(WhyLeftOut::Late);
        }
        let amount = record.amount.ok_or(WhyLeftOut::NoValue)?;
        self.name(record.cell, counting);
        let listed = match &self.listed {
            Some(listed) => {
                let place = listed.places.get(&self.room.1[..]);
                Some(*place.ok_or(WhyLeftOut::OtherCell)?)
            }
            None => None,
        };
        Ok(Admitted {
            person,
            window,
            amount,
            listed,
        })
    }

    /// The name of a cell: its parts as a list, `null` for one that is not there.
    fn name(&mut self, cell: &[u8], counting: &Counting) {
        let (json, name) = &mut self.room;
        json.clear();
        name.clear();
        spell(cell, &counting.layout, json, &mut self.spelled).expect("the stage writes JSON");
        name.push(b'[');
        for part in 0..counting.parts {
            if part > 0 {
                name.push(b',');
            }
            let own = self.spelled.sensitive.iter();
            let mut own = own.filter(|(of, ..)| usize::from(*of) == part);
            match own.next() {
                Some((_, from, to)) => {
                    name.extend_from_slice(&json[*from as usize..*to as usize]);
                }
                None => name.extend_from_slice(b"null"),
            }
        }
        name.push(b']');
    }

    /// Takes everybody out of all windows that are open who may not stay: they withdrew.
    pub fn keep(&mut self, stays: &mut dyn FnMut(SubjectId) -> bool) {
        for open in self.open.values_mut() {
            open.is_changed |= open.window.keep(&mut *stays);
        }
    }

    /// What was counted in that window is lost, for whatever reason: nothing more is counted
    /// in it, and it has no rows.
    pub fn lose(&mut self, window: (i64, i64)) {
        self.open.remove(&window.0);
        self.lost.insert(window.0, window.1);
    }

    /// The windows that were lost and are not closed yet, rising.
    pub fn lost(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.lost.iter().map(|(from, to)| (*from, *to))
    }

    /// Windows that end by then are closed.
    pub fn closed_by(&self) -> i64 {
        self.closed_by
    }

    /// Of the closed ones, those that end by then are lost.
    pub fn lost_by(&self) -> i64 {
        self.lost_by
    }

    /// Closes all windows that end by `closed_by`, and loses those that end by `lost_by`, as
    /// they were when the state was saved.
    pub fn close_by(&mut self, closed_by: i64, lost_by: i64) {
        self.lost_by = self.lost_by.max(lost_by);
        self.closed_by = self.closed_by.max(closed_by).max(lost_by);
        let closed_by = self.closed_by;
        self.open.retain(|_, open| open.to_ms > closed_by);
        self.lost.retain(|_, to| *to > closed_by);
    }

    /// Bytes of memory that all open windows take, about.
    pub fn bytes(&self) -> u64 {
        let each = self.open.values();
        each.map(|open| open.window.bytes() + open.names.held())
            .sum()
    }

    /// When each open window begins and ends, rising.
    pub fn open(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.open.iter().map(|(from, open)| (*from, open.to_ms))
    }

    /// True when no record that comes in time can belong to a window that ends then.
    pub fn is_over(&self, to_ms: i64, by_ms: i64) -> bool {
        to_ms.saturating_add(self.counting().late_ms) <= by_ms
    }

    /// Closes a window, which may be empty, and all that end earlier for what comes later:
    /// so windows are closed in their order.
    pub fn close(&mut self, window: (i64, i64)) -> Closed {
        self.closed_by = self.closed_by.max(window.1);
        self.lost.remove(&window.0);
        let open = self.open.remove(&window.0);
        let records = open.as_ref().map_or(0, |open| open.records);
        let mut cells: Vec<(Box<[u8]>, i64, u64)> = Vec::new();
        if let Some(open) = open {
            let names = match &self.listed {
                Some(listed) => listed.names.clone(),
                None => open.names.by_place(),
            };
            let counted = open.window.cells().into_iter();
            cells.extend(counted.map(|c| (names[c.cell as usize].clone(), c.sum, c.people)));
            cells.sort_unstable();
        }
        Closed::of(window, records, cells)
    }

    /// The records of all open windows are left out, since these are not over.
    pub fn leave_open(&mut self) {
        let open = std::mem::take(&mut self.open);
        let records = open.values().map(|open| open.records).sum();
        self.left_out.add(WhyLeftOut::NotOver, records);
    }

    /// A closed window does not leave, and its records are left out.
    pub fn leave_out(&mut self, closed: &Closed) {
        self.left_out.add(WhyLeftOut::NotReleased, closed.records);
    }

    /// Of each person who counts, window by window what they add to their cells, for who
    /// measures what the noise hides; nothing of it leaves.
    pub fn of_people(&self) -> BTreeMap<SubjectId, Vec<Vec<i64>>> {
        let mut people: BTreeMap<SubjectId, Vec<Vec<i64>>> = BTreeMap::new();
        for open in self.open.values() {
            for (person, adds) in open.window.of_people() {
                people.entry(person).or_default().push(adds);
            }
        }
        people
    }

    /// How many names of cells are kept, of all open windows.
    #[cfg(test)]
    pub(super) fn names(&self) -> usize {
        self.open.values().map(|open| open.names.places.len()).sum()
    }

    /// What was left out until now.
    pub fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// The same; it is counted anew from here on.
    pub fn take_left_out(&mut self) -> LeftOut {
        std::mem::take(&mut self.left_out)
    }

    /// Nothing counted yet of the same output.
    pub fn anew(&self) -> Windows {
        Windows::new(&self.plan, self.output).expect("it counts")
    }

    /// The plan by whose output it counts.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The output that counts.
    pub fn output(&self) -> &Output {
        &self.plan.outputs[self.output]
    }
}

/// True when a window that ended then is older than anything that is counted: all records of
/// it are left out, so that it is never counted from some of them.
fn is_older(to_ms: i64, counting: &Counting, now_ms: Option<i64>) -> bool {
    let bound = now_ms.zip(counting.oldest_ms);
    bound.is_some_and(|(now, oldest)| to_ms <= now.saturating_sub(oldest))
}

impl Closed {
    /// How many persons count, in each cell for itself.
    #[cfg(test)]
    pub(crate) fn people(&self) -> u64 {
        self.cells.iter().map(|(_, _, people)| people).sum()
    }

    /// Of cells that rise by their names.
    pub(super) fn of(
        window: (i64, i64),
        records: u64,
        cells: Vec<(Box<[u8]>, i64, u64)>,
    ) -> Closed {
        let each = cells.iter();
        let cut = counting::cut(each.map(|(name, sum, people)| (&**name, *sum, *people)));
        Closed {
            window,
            records,
            cells,
            cut,
        }
    }
}

impl Listed {
    fn of(cells: &[Vec<Box<str>>]) -> Listed {
        let mut spelled = Spelled::default();
        let mut name = |cell: &Vec<Box<str>>| {
            let mut name = vec![b'['];
            for (nth, part) in cell.iter().enumerate() {
                if nth > 0 {
                    name.push(b',');
                }
                spell(part.as_bytes(), &Layout::default(), &mut name, &mut spelled)
                    .expect("the policy has JSON");
            }
            name.push(b']');
            name.into_boxed_slice()
        };
        let mut names: Vec<Box<[u8]>> = cells.iter().map(&mut name).collect();
        names.sort_unstable();
        names.dedup();
        let places = names.iter().cloned().zip(0..).collect();
        Listed { names, places }
    }
}
