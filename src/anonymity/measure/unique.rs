//! Which few columns single people out: the minimal sets of columns in which a row
//! stands alone.
//!
//! The idea is that of SUDA (Elliot, Manning and Ford, "A computational algorithm for
//! handling the special uniques problem", 2002): a row that is alone in few columns is
//! found by whoever knows little. A set is minimal for a row if the row
//! is alone in it and in none of its parts.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::classes::Classes;

/// Most columns of which all sets are looked at.
pub const COLUMNS_MAX: usize = 20;
/// Most rows of which all sets are looked at.
pub const ROWS_MAX: usize = 200_000;
/// Most columns of a set: of 20 columns that makes 6,195 sets.
pub const SIZE_MAX: usize = 4;

/// A set of columns, and whom it singles out.
#[derive(Clone, Debug, PartialEq)]
pub struct UniqueSet {
    /// Which columns, rising.
    pub columns: Vec<usize>,
    /// The share of rows that are alone in it.
    pub unique: f64,
    /// By how much that is more than in the best of its parts.
    pub gain: f64,
    /// The share of rows for which it is minimal.
    pub minimal: f64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Uniques {
    /// Sets that are minimal for some row, those that single out most first; where not all
    /// were looked at, a way from none to ever more columns, each time by that one which
    /// singles out most.
    pub sets: Vec<UniqueSet>,
    /// Every set of up to [`SIZE_MAX`] columns was looked at.
    pub is_whole: bool,
    /// Of each column, its share in what is minimal: how often a row is singled out by a
    /// set that it is in, among all. Zero for all where not all were looked at.
    pub share_of: Vec<f64>,
}

/// Looks at all sets of 1 to [`SIZE_MAX`] of these columns, which are equally long. Where
/// there are too many columns or rows, or `goes_on`, asked before each set, says no: a way
/// by one column more at a time, by the first [`ROWS_MAX`] rows.
pub fn uniques(columns: &[&[u32]], mut goes_on: impl FnMut() -> bool) -> Uniques {
    let rows = columns.first().map_or(0, |column| column.len());
    if columns.len() <= COLUMNS_MAX
        && rows <= ROWS_MAX
        && let Some(found) = Search::new(columns, rows).whole(&mut goes_on)
    {
        return found;
    }
    step_by_step(columns)
}

/// Rows that are alone, a bit each.
type Alone = Vec<u64>;

struct Search<'c> {
    columns: &'c [&'c [u32]],
    rows: usize,
    /// Of each set of the last size, who is alone in it.
    before: HashMap<Vec<usize>, Alone, RandomState>,
    found: Vec<UniqueSet>,
    share_of: Vec<f64>,
}

impl<'c> Search<'c> {
    fn new(columns: &'c [&'c [u32]], rows: usize) -> Search<'c> {
        Search {
            columns,
            rows,
            before: HashMap::default(),
            found: Vec::new(),
            share_of: vec![0.0; columns.len()],
        }
    }

    fn whole(mut self, goes_on: &mut impl FnMut() -> bool) -> Option<Uniques> {
        let all: Vec<(u32, u32)> = (0..self.rows as u32).map(|row| (row, 0)).collect();
        self.before
            .insert(Vec::new(), vec![0; self.rows.div_ceil(64)]);
        for size in 1..=SIZE_MAX.min(self.columns.len()) {
            let mut here = HashMap::default();
            let mut set = Vec::new();
            self.sets(size, &mut set, &all, &mut here, goes_on)?;
            self.before = here;
        }
        self.found.sort_by(|a, b| {
            let most = b.minimal.total_cmp(&a.minimal);
            let fewest = a.columns.len().cmp(&b.columns.len());
            most.then(fewest).then(a.columns.cmp(&b.columns))
        });
        let all: f64 = self.found.iter().map(|set| set.minimal).sum();
        for share in &mut self.share_of {
            *share /= if all > 0.0 { all } else { 1.0 };
        }
        Some(Uniques {
            sets: self.found,
            is_whole: true,
            share_of: self.share_of,
        })
    }

    /// All sets that begin with `set`; `open` are the rows that are not alone in it, with
    /// their classes: who is alone stays so.
    fn sets(
        &mut self,
        size: usize,
        set: &mut Vec<usize>,
        open: &[(u32, u32)],
        here: &mut HashMap<Vec<usize>, Alone, RandomState>,
        goes_on: &mut impl FnMut() -> bool,
    ) -> Option<()> {
        let from = set.last().map_or(0, |last| last + 1);
        for column in from..self.columns.len() {
            if !goes_on() {
                return None;
            }
            let apart = refined(open, self.columns[column]);
            set.push(column);
            if set.len() < size {
                self.sets(size, set, &apart, here, goes_on)?;
            } else {
                let alone = self.alone(&apart);
                self.judge(set, &alone);
                here.insert(set.clone(), alone);
            }
            set.pop();
        }
        Some(())
    }

    fn alone(&self, open: &[(u32, u32)]) -> Alone {
        let mut alone = vec![u64::MAX; self.rows.div_ceil(64)];
        if let Some(last) = alone.last_mut() {
            *last >>= (64 - self.rows % 64) % 64;
        }
        for (row, _) in open {
            alone[*row as usize / 64] &= !(1 << (row % 64));
        }
        alone
    }

    fn judge(&mut self, set: &[usize], alone: &Alone) {
        let mut minimal = alone.clone();
        let mut best = 0;
        for leave_out in 0..set.len() {
            let mut part = set.to_vec();
            part.remove(leave_out);
            if let Some(there) = self.before.get(&part) {
                best = best.max(count(there));
                minimal
                    .iter_mut()
                    .zip(there)
                    .for_each(|(m, there)| *m &= !there);
            }
        }
        let share = |rows: u32| f64::from(rows) / self.rows.max(1) as f64;
        let (unique, minimal) = (count(alone), count(&minimal));
        if minimal > 0 {
            for column in set {
                self.share_of[*column] += share(minimal);
            }
            self.found.push(UniqueSet {
                columns: set.to_vec(),
                unique: share(unique),
                gain: share(unique - best),
                minimal: share(minimal),
            });
        }
    }
}

/// Who is still not alone with a column more, with new classes.
fn refined(open: &[(u32, u32)], column: &[u32]) -> Vec<(u32, u32)> {
    let mut number: HashMap<(u32, u32), u32, RandomState> = HashMap::default();
    let mut sizes: Vec<u32> = Vec::new();
    let mut apart: Vec<(u32, u32)> = Vec::with_capacity(open.len());
    for (row, class) in open {
        let at = *number
            .entry((*class, column[*row as usize]))
            .or_insert_with(|| {
                sizes.push(0);
                sizes.len() as u32 - 1
            });
        sizes[at as usize] += 1;
        apart.push((*row, at));
    }
    apart.retain(|(_, class)| sizes[*class as usize] > 1);
    apart
}

fn count(alone: &Alone) -> u32 {
    alone.iter().map(|word| word.count_ones()).sum()
}

fn step_by_step(columns: &[&[u32]]) -> Uniques {
    let rows = columns.first().map_or(0, |c| c.len()).min(ROWS_MAX);
    let columns: Vec<&[u32]> = columns.iter().map(|column| &column[..rows]).collect();
    let mut sets: Vec<UniqueSet> = Vec::new();
    let mut classes = Classes::of_all(rows as u32);
    let mut set: Vec<usize> = Vec::new();
    let mut unique = 0.0;
    while set.len() < SIZE_MAX.min(columns.len()) {
        let rest = (0..columns.len()).filter(|column| !set.contains(column));
        let next = rest.map(|column| (column, classes.with(columns[column])));
        // Of equal ones the first.
        let best = next.reduce(|a, b| match b.1.share_below(2) > a.1.share_below(2) {
            true => b,
            false => a,
        });
        let Some((column, apart)) = best else {
            break;
        };
        set.push(column);
        let share = apart.share_below(2);
        let mut own = set.clone();
        own.sort_unstable();
        sets.push(UniqueSet {
            columns: own,
            unique: share,
            gain: share - unique,
            minimal: share - unique,
        });
        (classes, unique) = (apart, share);
    }
    Uniques {
        sets,
        is_whole: false,
        share_of: vec![0.0; columns.len()],
    }
}
