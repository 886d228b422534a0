//! What of a person's records counts: a few cells, and so much in each. Which ones is
//! decided by a keyed hash, so that neither the order of records nor how they lie over
//! partitions changes anything.

use std::collections::{HashMap, HashSet};

use foldhash::quality::RandomState;

use crate::record::SubjectId;

/// What is counted of one record.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// Whose it is.
    pub person: SubjectId,
    /// In which cell.
    pub cell: u32,
    /// A keyed hash of window, person and cell: the cells with the smallest stay.
    pub draw: u64,
    /// 1 for counts, the value in steps for sums, cut to what a record may be.
    pub value: i32,
}

/// The most that is counted of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// In so many cells; at least 1.
    pub cells: u16,
    /// The least and the most of one cell.
    pub cell: (i64, i64),
}

/// What was counted in one cell: to be made noisy, and never shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InCell {
    /// Which one.
    pub cell: u32,
    /// All that persons count there.
    pub sum: i64,
    /// How many of them do.
    pub people: u64,
}

/// One window as far as it was counted.
pub struct Window {
    bound: Bound,
    /// Of each person, a few cells, those with the smallest draw first.
    people: HashMap<SubjectId, Vec<Cell>, RandomState>,
    /// How many cells that is, of all of them.
    cells: usize,
}

/// Bytes that a person takes beside their cells, with what the allocator adds: measured
/// tables are between half and wholly full.
const PERSON_BYTES: usize = 96;

#[derive(Clone, Copy)]
struct Cell {
    draw: u64,
    cell: u32,
    sum: i64,
}

impl Window {
    /// Nothing counted yet.
    pub fn new(bound: Bound) -> Window {
        Window {
            bound,
            people: HashMap::default(),
            cells: 0,
        }
    }

    /// Counts a record. A cell that was put out never comes back, since what put it out
    /// stays; so its records need not be known.
    pub fn count(&mut self, record: Counted) {
        let cells = self.people.entry(record.person).or_default();
        let key = (record.draw, record.cell);
        match cells.binary_search_by_key(&key, |cell| (cell.draw, cell.cell)) {
            // Records of 32 bits would have to be 2^32 to reach the end of 64, beyond
            // which the order would show.
            Ok(at) => cells[at].sum = cells[at].sum.saturating_add(record.value.into()),
            Err(at) if at < self.bound.cells.into() => {
                let before = cells.len();
                cells.truncate(usize::from(self.bound.cells) - 1);
                cells.reserve_exact(1);
                self.cells += cells.len() + 1 - before;
                cells.insert(
                    at,
                    Cell {
                        draw: record.draw,
                        cell: record.cell,
                        sum: record.value.into(),
                    },
                );
            }
            Err(_) => {}
        }
    }

    /// Takes everybody out who may not stay, with all that they count; false: all do.
    pub fn keep(&mut self, mut stays: impl FnMut(SubjectId) -> bool) -> bool {
        let (before, mut gone) = (self.people.len(), 0);
        self.people.retain(|person, cells| {
            let stays = stays(*person);
            gone += if stays { 0 } else { cells.len() };
            stays
        });
        self.cells -= gone;
        self.people.len() < before
    }

    /// Bytes of memory that it takes, about.
    pub fn bytes(&self) -> u64 {
        (self.people.len() * PERSON_BYTES + self.cells * size_of::<Cell>()) as u64
    }

    /// Each person who counts, rising, with the numbers and sums of their cells: what
    /// [`Window::put_back`] takes.
    pub fn kept(
        &self,
    ) -> impl ExactSizeIterator<Item = (SubjectId, impl ExactSizeIterator<Item = (u32, i64)> + '_)> + '_
    {
        let mut people: Vec<(SubjectId, &Vec<Cell>)> =
            self.people.iter().map(|(who, of)| (*who, of)).collect();
        people.sort_unstable_by_key(|(person, _)| *person);
        let each = people.into_iter();
        each.map(|(person, cells)| (person, cells.iter().map(|c| (c.cell, c.sum))))
    }

    /// A person as they counted before: each cell with its draw and its sum, in any order.
    /// False: there are more of them than count, or one twice; then nothing is changed.
    pub fn put_back(&mut self, person: SubjectId, cells: &[(u64, u32, i64)]) -> bool {
        let mut cells: Vec<Cell> = cells
            .iter()
            .map(|(draw, cell, sum)| Cell {
                draw: *draw,
                cell: *cell,
                sum: *sum,
            })
            .collect();
        cells.sort_unstable_by_key(|cell| (cell.draw, cell.cell));
        let is_twice = cells.windows(2).any(|two| two[0].cell == two[1].cell);
        let is_known = self.people.contains_key(&person);
        if is_twice || is_known || cells.len() > self.bound.cells.into() || cells.is_empty() {
            return false;
        }
        self.cells += cells.len();
        self.people.insert(person, cells);
        true
    }

    /// How many persons count.
    pub fn people(&self) -> usize {
        self.people.len()
    }

    /// The cells in which somebody counts, rising.
    pub fn cells(&self) -> Vec<InCell> {
        let (least, most) = self.bound.cell;
        let mut sums: HashMap<u32, (i64, u64), RandomState> = HashMap::default();
        for cell in self.people.values().flatten() {
            let (sum, people) = sums.entry(cell.cell).or_default();
            *sum += cell.sum.clamp(least, most);
            *people += 1;
        }
        let cells = sums.into_iter();
        let mut cells: Vec<InCell> = cells
            .map(|(cell, (sum, people))| InCell { cell, sum, people })
            .collect();
        cells.sort_unstable_by_key(|of| of.cell);
        cells
    }

    /// Of each person who counts, how much they add to each of their cells.
    pub fn of_people(&self) -> impl Iterator<Item = (SubjectId, Vec<i64>)> + '_ {
        let (least, most) = self.bound.cell;
        let adds = move |cells: &Vec<Cell>| -> Vec<i64> {
            let cells = cells.iter();
            cells.map(|cell| cell.sum.clamp(least, most)).collect()
        };
        let people = self.people.iter();
        people.map(move |(person, cells)| (*person, adds(cells)))
    }

    /// The cells in which somebody counts.
    pub fn used(&self) -> HashSet<u32, RandomState> {
        let cells = self.people.values().flatten();
        cells.map(|cell| cell.cell).collect()
    }

    /// Gives the cells other numbers, in the same order.
    pub fn renumber(&mut self, anew: &dyn Fn(u32) -> u32) {
        for cell in self.people.values_mut().flatten() {
            cell.cell = anew(cell.cell);
        }
    }
}
