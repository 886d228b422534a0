//! L, linkability (Article 29 Working Party, Opinion 05/2014): who has two lists of the
//! same people, each with other columns, joins them through the output.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::ground::topics;
use super::{Attack, Bounds, Found, Ground, Score, Try};
use crate::anonymity::measure::Of;
use crate::anonymity::permutation::shuffle;
use crate::exposure::Table;

pub(super) const ATTACK: Attack = Attack {
    id: "L",
    name: "linkability",
    has: "the output, of two persons of three, and two lists of people with half of its columns each, and none of one thing in both",
    means: "two entries of the lists are found to be one person's",
    run,
};

/// Most persons that are attacked.
pub(super) const TARGETS: usize = 2_000;
/// Fewer persons on one side say nothing.
const PERSONS_MIN: usize = 30;

/// A table of persons, of whom some are taken to be in the output and the others not.
pub(super) struct Split {
    /// Names of the quasi-identifiers.
    pub(super) names: Vec<String>,
    /// Of each column, which thing of a person it tells: columns that are made of the same
    /// places of the event tell one.
    pub(super) thing: Vec<usize>,
    /// What most records of each person say, column by column.
    pub(super) columns: Vec<Vec<u32>>,
    /// Of each column, the numbers of its codes if they are such.
    pub(super) numbers: Vec<Option<Vec<Option<f64>>>>,
    /// Two of three.
    pub(super) main: Vec<usize>,
    /// The others.
    pub(super) control: Vec<usize>,
    /// Whose each row is.
    pub(super) persons: Vec<u32>,
}

impl Split {
    /// `None`: there are too few persons, or nothing is said of them.
    pub(super) fn of(table: &Table, bounds: &mut Bounds<'_>) -> Option<Split> {
        let at = table.quasi(None);
        let persons = table.persons();
        if at.is_empty() || persons.len() < 3 * PERSONS_MIN {
            return None;
        }
        let mut rows: Vec<usize> = (0..persons.len()).collect();
        shuffle(&mut rows, &mut bounds.words);
        let control = rows.split_off(rows.len() * 2 / 3);
        let numbers = at.iter().map(|at| {
            // A table of persons has codes one higher, and 0 for what is not there.
            let own = table.columns[*at].numbers()?;
            Some(std::iter::once(None).chain(own).collect())
        });
        Some(Split {
            names: at
                .iter()
                .map(|at| table.columns[*at].path.clone())
                .collect(),
            thing: things(table, &at),
            numbers: numbers.collect(),
            columns: table.of_persons(&at, Of::Mode),
            main: rows,
            control,
            persons,
        })
    }

    /// The same of a table that tells at least two things: one is known, another is sought.
    pub(super) fn of_several(table: &Table, bounds: &mut Bounds<'_>) -> Option<Split> {
        Split::of(table, bounds).filter(|split| split.thing.iter().any(|thing| *thing > 0))
    }

    /// The columns of each thing that is told.
    fn things(&self) -> Vec<Vec<usize>> {
        let last = self.thing.iter().max().map_or(0, |last| last + 1);
        let mut all = vec![Vec::new(); last];
        for (column, thing) in self.thing.iter().enumerate() {
            all[*thing].push(column);
        }
        all
    }

    /// Of what a row says in these columns, the rows of the output that are nearest, in a
    /// number of differing columns (Gower's distance on values of which one is as far as
    /// another): those that say all of it, else those that say most.
    pub(super) fn nearest(&self, row: usize, columns: &[usize], index: &Index) -> Vec<usize> {
        let key: Vec<u32> = columns.iter().map(|c| self.columns[*c][row]).collect();
        if let Some(equal) = index.get(&key) {
            return equal.clone();
        }
        let mut best = (0, Vec::new());
        for (other, rows) in index {
            let alike = key.iter().zip(other).filter(|(a, b)| a == b).count();
            match alike.cmp(&best.0) {
                std::cmp::Ordering::Greater => best = (alike, rows.clone()),
                std::cmp::Ordering::Equal => best.1.extend(rows),
                std::cmp::Ordering::Less => {}
            }
        }
        best.1
    }

    /// The rows of the output by what they say in these columns.
    pub(super) fn index(&self, columns: &[usize]) -> Index {
        let mut index: Index = HashMap::default();
        for row in &self.main {
            let key = columns.iter().map(|c| self.columns[*c][*row]).collect();
            index.entry(key).or_default().push(*row);
        }
        index
    }
}

/// Numbers from 0 for the things that these columns tell.
fn things(table: &Table, at: &[usize]) -> Vec<usize> {
    let mut things: Vec<Vec<&str>> = Vec::new();
    let mut of = Vec::new();
    for at in at {
        let sources = table.columns[*at].sources.iter().map(String::as_str);
        let sources: Vec<&str> = sources.collect();
        let same = |thing: &Vec<&str>| sources.iter().any(|source| thing.contains(source));
        let known = things.iter().position(same);
        let thing = known.unwrap_or_else(|| {
            things.push(Vec::new());
            things.len() - 1
        });
        things[thing].extend(sources);
        of.push(thing);
    }
    of
}

/// Rows by what they say.
pub(super) type Index = HashMap<Vec<u32>, Vec<usize>, RandomState>;

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for table in &ground.tables.outputs {
        let Some(split) = Split::of_several(table, bounds) else {
            continue;
        };
        let mut things = split.things();
        shuffle(&mut things, &mut bounds.words);
        let (one, other) = things.split_at(things.len() / 2);
        let (one, other) = (&one.concat(), &other.concat());
        let indexes = [split.index(one), split.index(other)];
        let mut is_cut = false;
        // That the two nearest, each drawn among equals, are one row.
        let mut tried = |targets: &[usize], bounds: &mut Bounds<'_>| {
            let mut tries = Vec::new();
            for (n, row) in targets.iter().take(TARGETS).enumerate() {
                if n % 16 == 0 && !(bounds.goes_on)() {
                    is_cut = true;
                    break;
                }
                let a = split.nearest(*row, one, &indexes[0]);
                let mut b = split.nearest(*row, other, &indexes[1]);
                b.sort_unstable();
                let both = a.iter().filter(|row| b.binary_search(row).is_ok()).count();
                let pairs = (a.len() * b.len()).max(1);
                tries.push(Try {
                    person: split.persons[*row],
                    success: both as f64 / pairs as f64,
                    is_certain: both == 1 && pairs == 1,
                });
            }
            tries
        };
        let main = tried(&split.main, bounds);
        let control = tried(&split.control, bounds);
        let score = Score::beside(&main, &control, &mut bounds.words);
        let half = |of: &[usize]| {
            let names = of.iter().map(|c| format!("`{}`", split.names[*c]));
            names.collect::<Vec<_>>().join(", ")
        };
        found.push(Found {
            attack: "L".to_owned(),
            topics: topics(&[table]),
            what: format!("one list has {}; the other {}", half(one), half(other)),
            score,
            is_cut,
        });
    }
    found
}
