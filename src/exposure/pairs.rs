//! Outputs side by side: what who reads both has of a person.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::alone::classes;
use super::coarser::step_of;
use super::column::{Column, Sort};
use super::gather::Tables;
use super::table::{NOBODY, Row, Table};
use crate::anonymity::measure::{Classes, Of};
pub use crate::policy::joining::Level;

/// Two outputs.
pub struct Pair {
    /// Their places in the policy.
    pub outputs: [usize; 2],
    /// Their topics.
    pub topics: [String; 2],
    /// How who reads both can join them, as far as the policy shows.
    pub level: Level,
    /// Columns that say the same in both.
    pub shared: Vec<String>,
    /// Records that are in both.
    pub records: usize,
    /// The share of these whose shared columns are like those of no other record, in either.
    pub rows_unique: f64,
    /// The same without one of the shared columns: which leaves the fewest alone.
    pub cheapest: Option<(String, f64)>,
    /// Persons who are in both, by what both say of them.
    pub joined: Classes,
}

/// How alone people are for who has every output.
pub(super) fn union(tables: &Tables, quasi: Option<&[String]>) -> Classes {
    let all: Vec<&Table> = tables.outputs.iter().collect();
    joined(&all, quasi, |rows| rows.iter().any(Option::is_some))
}

impl Pair {
    /// Of two outputs that can be joined on this level.
    pub(super) fn of(
        tables: &Tables,
        outputs: [usize; 2],
        level: Level,
        quasi: Option<&[String]>,
    ) -> Pair {
        let own = outputs.map(|at| &tables.outputs[at]);
        let sides = shared(own[0], own[1], quasi);
        let rows = both(own);
        let names: Vec<&String> = sides.iter().map(|(name, _)| name).collect();
        let unique = |without: Option<usize>| {
            let kept = sides
                .iter()
                .enumerate()
                .filter(|(n, _)| Some(*n) != without);
            let kept: Vec<&[Vec<u32>; 2]> = kept.map(|(_, (_, sides))| sides).collect();
            unique_rows(own, &kept, &rows)
        };
        let rows_unique = unique(None);
        let fewer = (0..sides.len()).map(|n| (names[n].clone(), unique(Some(n))));
        let cheapest = fewer.min_by(|a, b| a.1.total_cmp(&b.1));
        Pair {
            outputs,
            topics: own.map(|table| table.topic.clone()),
            level,
            records: rows.len(),
            rows_unique,
            cheapest: cheapest.filter(|(_, share)| *share < rows_unique),
            joined: joined(&own, quasi, |rows| rows.iter().all(Option::is_some)),
            shared: sides.into_iter().map(|(name, _)| name).collect(),
        }
    }
}

/// Persons that `is_in` takes, by what most records say in each of the tables.
fn joined(
    tables: &[&Table],
    quasi: Option<&[String]>,
    is_in: impl Fn(&[Option<usize>]) -> bool,
) -> Classes {
    let persons: Vec<Vec<u32>> = tables.iter().map(|table| table.persons()).collect();
    let mut all: Vec<u32> = persons.concat();
    all.sort_unstable();
    all.dedup();
    // Where each stands in each table.
    let rows = all.iter().map(|person| {
        let at = persons.iter().map(|own| own.binary_search(person).ok());
        at.collect::<Vec<_>>()
    });
    let rows: Vec<Vec<Option<usize>>> = rows.filter(|rows| is_in(rows)).collect();
    let mut columns = Vec::new();
    for (n, table) in tables.iter().enumerate() {
        for column in table.of_persons(&table.quasi(quasi), Of::Mode) {
            let own = rows.iter().map(|row| row[n].map_or(0, |at| column[at]));
            columns.push(own.collect());
        }
    }
    classes(&columns, rows.len())
}

/// Columns that say the same in both, with the codes of each in common numbers: those of
/// one name, and times of any, by the coarser of both steps.
pub(crate) fn shared(
    a: &Table,
    b: &Table,
    quasi: Option<&[String]>,
) -> Vec<(String, [Vec<u32>; 2])> {
    let is_quasi = |c: &&Column| match quasi {
        Some(named) => named.contains(&c.path),
        None => c.sort == Sort::Quasi,
    };
    let (mut found, mut timed) = (Vec::new(), Vec::new());
    for one in a.columns.iter().filter(is_quasi) {
        let times = one.times();
        for other in b.columns.iter().filter(is_quasi) {
            if let (Some(here), Some(there)) = (&times, other.times()) {
                timed.push((one, other, in_common_steps(one, here, other, &there)));
            } else if one.path == other.path {
                found.push((one.path.clone(), in_common(one, other)));
            }
        }
    }
    // Of several times the two that are finest: others follow from them.
    let finest = timed
        .into_iter()
        .flat_map(|(a, b, made)| Some((a, b, made?)));
    if let Some((one, other, (_, sides))) = finest.min_by_key(|(.., (step, _))| *step) {
        let name = match one.path == other.path {
            true => one.path.clone(),
            false => format!("{} / {}", one.path, other.path),
        };
        found.push((name, sides));
    }
    found
}

fn in_common(a: &Column, b: &Column) -> [Vec<u32>; 2] {
    let mut number: HashMap<&str, u32, RandomState> = HashMap::default();
    number.insert("", 0);
    [a, b].map(|column| {
        let texts = (0..=column.distinct() as u32).map(|code| {
            let next = number.len() as u32;
            *number.entry(column.text(code)).or_insert(next)
        });
        let of: Vec<u32> = texts.collect();
        column.codes.iter().map(|code| of[*code as usize]).collect()
    })
}

fn in_common_steps(
    a: &Column,
    here: &[Option<i64>],
    b: &Column,
    there: &[Option<i64>],
) -> Option<(i64, [Vec<u32>; 2])> {
    let step = |times: &[Option<i64>]| step_of(times.iter().flatten().copied());
    let step = step(here)?.max(step(there)?);
    let mut number: HashMap<i64, u32, RandomState> = HashMap::default();
    let sides = [(a, here), (b, there)].map(|(column, times)| {
        let own = column.codes.iter().map(|code| match times[*code as usize] {
            None => 0,
            Some(time) => {
                let next = number.len() as u32 + 1;
                *number.entry(time.div_euclid(step)).or_insert(next)
            }
        });
        own.collect()
    });
    Some((step, sides))
}

/// The rows of the same record in both.
pub(crate) fn both([a, b]: [&Table; 2]) -> Vec<[usize; 2]> {
    let at = |(at, row): (usize, &Row)| (row.record, at);
    let of: HashMap<u32, usize, RandomState> = b.rows.iter().enumerate().map(at).collect();
    let rows = a.rows.iter().enumerate();
    rows.filter(|(_, row)| row.person != NOBODY)
        .filter_map(|(at, row)| Some([at, *of.get(&row.record)?]))
        .collect()
}

/// The share of records whose tuple stands once on each side.
fn unique_rows(own: [&Table; 2], columns: &[&[Vec<u32>; 2]], rows: &[[usize; 2]]) -> f64 {
    if columns.is_empty() || rows.is_empty() {
        return 0.0;
    }
    let sides = [0, 1].map(|side| {
        let all = Classes::of_all(u32::try_from(own[side].rows.len()).unwrap_or(u32::MAX));
        columns
            .iter()
            .fold(all, |classes, c| classes.with(&c[side]))
    });
    let is_alone = |row: &&[usize; 2]| {
        [0, 1].into_iter().all(|side| {
            let class = sides[side].of_rows()[row[side]];
            sides[side].sizes()[class as usize] == 1
        })
    };
    rows.iter().filter(is_alone).count() as f64 / rows.len() as f64
}
