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
}

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
                cells.truncate(usize::from(self.bound.cells) - 1);
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

    /// Takes a person out, who withdrew.
    pub fn forget(&mut self, person: SubjectId) {
        self.people.remove(&person);
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
