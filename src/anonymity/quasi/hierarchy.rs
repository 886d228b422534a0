//! Values in the classes of a table, level by level.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use foldhash::quality::FixedState;

use super::tree::{Above, Growing, Tree};
use super::{CELLS_MAX, WHOLE};

/// The code of a value that the table does not have.
const OTHER: u32 = 1;
/// Most levels of a table, its values among them.
const LEVELS_MAX: usize = 65;

/// Which leaf each value of a table is.
pub struct Hierarchy {
    /// Looked up with values of events, which never get in, so nobody chooses what
    /// collides.
    leaf_of: HashMap<Box<str>, u32, FixedState>,
}

/// Why a table is no hierarchy. Rows count from 1; no cell is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHierarchy {
    /// Nothing in it.
    #[error("the table has no row")]
    Empty,
    /// More rows than there is room for.
    #[error("there are more than 1,000,000 rows")]
    TooMany,
    /// No level but the values, or more than there is room for.
    #[error("row {0}: a value has 1 to 64 levels above it")]
    Levels(usize),
    /// Another number of cells than the first row has.
    #[error("row {0}: it has another number of cells than the first row")]
    Ragged(usize),
    /// A cell with nothing in it.
    #[error("row {0}: it has an empty cell")]
    EmptyCell(usize),
    /// A value that stands on two rows.
    #[error("row {0}: its value stands on an earlier row too")]
    Twice(usize),
    /// A class that lies in two classes of the next level.
    #[error("row {0}: its class at level {1} lies in another class of the next level before")]
    TwoParents(usize, usize),
    /// One name for two things: whoever reads it cannot tell which is meant.
    #[error(
        "row {0}: what stands at level {1} stands at another level too, for other values (`*` is the last level's alone)"
    )]
    OneName(usize, usize),
    /// More than one class at the last level.
    #[error("row {0}: its last class is not that of the first row; all values have one root")]
    TwoRoots(usize),
}

impl Hierarchy {
    /// Reads rows of a value and its classes, each coarser than the one before, the last
    /// the same for all: the table that ARX writes, its cells taken apart. A node counts
    /// with (its values − 1) / (all values − 1).
    ///
    /// # Errors
    /// The first row that is wrong.
    pub fn new<S: AsRef<str>>(rows: &[Vec<S>]) -> Result<(Hierarchy, Tree), BadHierarchy> {
        let first = rows.first().ok_or(BadHierarchy::Empty)?;
        let levels = first.len();
        if rows.len() > CELLS_MAX as usize {
            return Err(BadHierarchy::TooMany);
        }
        if !(2..=LEVELS_MAX).contains(&levels) {
            return Err(BadHierarchy::Levels(1));
        }
        check(rows, levels)?;
        // Sorted from the root down, so that what lies in one class stands together and
        // codes do not depend on the order of the rows.
        let cell = |row: u32, level: usize| rows[row as usize][level].as_ref();
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_unstable_by(|a, b| {
            let from_root = (0..levels).rev();
            from_root
                .map(|level| cell(*a, level).cmp(cell(*b, level)))
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut growing = Growing::new(levels - 1);
        growing.alone(Above {
            name: "*".into(),
            bounds: None,
            loss: WHOLE,
        });
        let mut leaf_of = HashMap::with_capacity_and_hasher(rows.len(), FixedState::default());
        let mut before: Option<u32> = None;
        for row in order {
            let shares =
                before.and_then(|b| (1..levels - 1).find(|l| cell(b, *l) == cell(row, *l)));
            let leaf = growing.leaf(shares.unwrap_or(levels - 1), |level| Above {
                name: cell(row, level).into(),
                bounds: None,
                loss: 0,
            });
            leaf_of.insert(cell(row, 0).into(), leaf);
            before = Some(row);
        }
        growing.weigh_by_leaves(OTHER + 1);
        Ok((Hierarchy { leaf_of }, growing.done()))
    }

    /// The code of a value; `None`: the table does not have it.
    pub fn code(&self, value: &str) -> Option<u32> {
        self.leaf_of.get(value).copied()
    }

    /// The code for a value that the table does not have, where the policy lets such a
    /// value be the root: its class is always `*`.
    pub fn other(&self) -> u32 {
        OTHER
    }
}

fn check<S: AsRef<str>>(rows: &[Vec<S>], levels: usize) -> Result<(), BadHierarchy> {
    let mut values: HashMap<&str, (), FixedState> = HashMap::default();
    let mut next: Vec<HashMap<&str, &str, FixedState>> = vec![HashMap::default(); levels];
    for (at, row) in rows.iter().enumerate() {
        let row_number = at + 1;
        if row.len() != levels {
            return Err(BadHierarchy::Ragged(row_number));
        }
        if row.iter().any(|cell| cell.as_ref().is_empty()) {
            return Err(BadHierarchy::EmptyCell(row_number));
        }
        if values.insert(row[0].as_ref(), ()).is_some() {
            return Err(BadHierarchy::Twice(row_number));
        }
        for level in 1..levels - 1 {
            let (class, above) = (row[level].as_ref(), row[level + 1].as_ref());
            match next[level].entry(class) {
                Entry::Vacant(new) => _ = new.insert(above),
                Entry::Occupied(known) if *known.get() != above => {
                    return Err(BadHierarchy::TwoParents(row_number, level));
                }
                Entry::Occupied(_) => {}
            }
        }
        if row[levels - 1].as_ref() != rows[0][levels - 1].as_ref() {
            return Err(BadHierarchy::TwoRoots(row_number));
        }
    }
    names(rows, levels)
}

/// Whether each name stands for the same values wherever it does: a class of one value may
/// be called as it is.
fn names<S: AsRef<str>>(rows: &[Vec<S>], levels: usize) -> Result<(), BadHierarchy> {
    let mut held: HashMap<(usize, &str), u32, FixedState> = HashMap::default();
    for row in rows {
        for (level, cell) in row.iter().enumerate() {
            *held.entry((level, cell.as_ref())).or_default() += 1;
        }
    }
    // At which level a name stands first.
    let mut first: HashMap<&str, usize, FixedState> = HashMap::default();
    for (at, row) in rows.iter().enumerate() {
        for (level, cell) in row.iter().map(AsRef::as_ref).enumerate() {
            let known = *first.entry(cell).or_insert(level);
            // The class of each level lies in one of the next, so that as many are the same.
            let is_same =
                row[known].as_ref() == cell && held[&(known, cell)] == held[&(level, cell)];
            if !is_same || (cell == "*" && level != levels - 1) {
                return Err(BadHierarchy::OneName(at + 1, level));
            }
        }
    }
    Ok(())
}
