//! Whether a set of records may be a class.

use super::demand::{Demand, Floor, Logs, Tally, Totals};
use super::ground::Ground;

/// Decides for sets of rows of one release. What it counts with is kept, and marked
/// instead of cleared.
pub(super) struct Law<'g> {
    ground: &'g Ground<'g>,
    demand: &'g Demand,
    /// Of each person, when it was last counted.
    marks: Vec<u32>,
    mark: u32,
    /// Of each person, the row that counts.
    chosen: Vec<u32>,
    tally: Vec<Tally>,
    totals: Vec<Totals>,
    logs: Logs,
}

impl<'g> Law<'g> {
    pub(super) fn new(ground: &'g Ground<'g>, demand: &'g Demand) -> Law<'g> {
        let mut law = Law {
            ground,
            demand,
            marks: vec![0; ground.people as usize],
            mark: 0,
            chosen: vec![0; ground.people as usize],
            tally: Vec::new(),
            totals: Vec::new(),
            logs: Logs::default(),
        };
        let all: Vec<u32> = (0..ground.persons.len() as u32).collect();
        for floor in &demand.floors {
            let values = &ground.sensitive[floor.column];
            let most = values.iter().max().map_or(0, |v| *v as usize + 1);
            law.tally.push(Tally {
                counts: vec![0; most],
                seen: Vec::new(),
                all: 0,
            });
            law.totals.push(Totals {
                of: vec![0; most],
                all: ground.people,
            });
        }
        law.choose(&all);
        for (totals, floor) in law.totals.iter_mut().zip(&demand.floors) {
            for row in &law.chosen {
                totals.of[ground.sensitive[floor.column][*row as usize] as usize] += 1;
            }
        }
        law
    }

    pub(super) fn k(&self) -> u32 {
        self.demand.k
    }

    /// True if nothing but k decides.
    pub(super) fn is_k_alone(&self) -> bool {
        self.demand.floors.is_empty()
    }

    /// How many persons the rows are of.
    pub(super) fn people(&mut self, rows: &[u32]) -> u32 {
        if self.ground.is_single {
            return rows.len() as u32;
        }
        self.begin();
        let mut count = 0;
        for row in rows {
            count += u32::from(self.see(*row));
        }
        count
    }

    /// True if they may be a class.
    pub(super) fn allows(&mut self, rows: &[u32]) -> bool {
        if (rows.len() as u64) < self.demand.k.into() || self.people(rows) < self.demand.k {
            return false;
        }
        let mut logs = std::mem::take(&mut self.logs);
        let holds = self.each_floor(rows, |floor, tally, totals| {
            floor.must.holds(tally, totals, &mut logs)
        });
        self.logs = logs;
        holds
    }

    /// What the rows reach of each floor, as [`Must::reached`] says it.
    ///
    /// [`Must::reached`]: super::Must
    pub(super) fn reached(&mut self, rows: &[u32]) -> Vec<f64> {
        let mut reached = Vec::with_capacity(self.demand.floors.len());
        self.each_floor(rows, |floor, tally, totals| {
            reached.push(floor.must.reached(tally, totals));
            true
        });
        reached
    }

    /// Counts the values of these rows, floor by floor, until `asks` says `false`; returns
    /// what it said last.
    fn each_floor(
        &mut self,
        rows: &[u32],
        mut asks: impl FnMut(&Floor, &Tally, &Totals) -> bool,
    ) -> bool {
        if self.demand.floors.is_empty() {
            return true;
        }
        let many = !self.ground.is_single;
        if many {
            self.choose(rows);
        }
        let (ground, chosen) = (self.ground, &self.chosen);
        let each = self
            .demand
            .floors
            .iter()
            .zip(&mut self.tally)
            .zip(&self.totals);
        for ((floor, tally), totals) in each {
            let values = &ground.sensitive[floor.column];
            for row in rows {
                let counts = !many || chosen[ground.persons[*row as usize] as usize] == *row;
                if counts {
                    let value = values[*row as usize];
                    if tally.counts[value as usize] == 0 {
                        tally.seen.push(value);
                    }
                    tally.counts[value as usize] += 1;
                    tally.all += 1;
                }
            }
            let holds = asks(floor, tally, totals);
            for value in tally.seen.drain(..) {
                tally.counts[value as usize] = 0;
            }
            tally.all = 0;
            if !holds {
                return false;
            }
        }
        true
    }

    /// Forgets who was seen.
    pub(super) fn begin(&mut self) {
        if self.mark == u32::MAX {
            self.marks.fill(0);
            self.mark = 0;
        }
        self.mark += 1;
    }

    /// True if the person of a row is seen for the first time.
    #[inline]
    pub(super) fn see(&mut self, row: u32) -> bool {
        let mark = &mut self.marks[self.ground.persons[row as usize] as usize];
        let is_new = *mark != self.mark;
        *mark = self.mark;
        is_new
    }

    /// Of each person in these rows, the row of the lowest rank.
    fn choose(&mut self, rows: &[u32]) {
        self.begin();
        for row in rows {
            let is_new = self.see(*row);
            let chosen = &mut self.chosen[self.ground.persons[*row as usize] as usize];
            let rank = |row: u32| self.ground.ranks[row as usize];
            if is_new || rank(*row) < rank(*chosen) {
                *chosen = *row;
            }
        }
    }
}
