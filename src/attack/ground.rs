//! What attacks are tried on.

use std::collections::{BTreeMap, HashMap};

use foldhash::quality::RandomState;

use crate::anonymity::measure::Classes;
use crate::exposure::{Column, Table, Tables};

/// What leaves of a sample, with the truth beside it.
pub struct Ground<'t> {
    /// The outputs.
    pub tables: &'t Tables,
    /// The same sample under other keys, which everybody has: row for row the same.
    pub public: Option<&'t Tables>,
}

impl<'t> Ground<'t> {
    /// Every two outputs of which some record leaves to both, as far as the sample shows.
    pub(super) fn pairs(&self) -> Vec<[&'t Table; 2]> {
        let tables = &self.tables.outputs;
        let mut pairs = Vec::new();
        for (n, a) in tables.iter().enumerate() {
            for b in &tables[n + 1..] {
                // What many find in fewer is the easier way.
                let pair = match a.rows.len() >= b.rows.len() {
                    true => [a, b],
                    false => [b, a],
                };
                if !crate::exposure::both(pair).is_empty() {
                    pairs.push(pair);
                }
            }
        }
        pairs
    }

    /// Of a row, the kind of its record: who knows the policy knows which leave where.
    pub(super) fn kind(&self, table: &Table, row: usize) -> u32 {
        self.tables.kind_of[table.rows[row].record as usize]
    }

    /// Rows of `a` of a kind that `b` has.
    pub(super) fn rows_like(&self, a: &Table, b: &Table) -> Vec<usize> {
        let mut kinds: Vec<u32> = (0..b.rows.len()).map(|row| self.kind(b, row)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let rows = 0..a.rows.len();
        rows.filter(|row| kinds.binary_search(&self.kind(a, *row)).is_ok())
            .collect()
    }
}

/// The topics of tables, for [`Found`](super::Found).
pub(super) fn topics(tables: &[&Table]) -> Vec<String> {
    tables.iter().map(|table| table.topic.clone()).collect()
}

/// Of each row of two tables, a number of all that both say; equal ones say the same.
/// `None`: they share no column.
pub(super) fn tuples([a, b]: [&Table; 2]) -> Option<[Vec<u32>; 2]> {
    let shared = crate::exposure::shared(a, b, None);
    if shared.is_empty() {
        return None;
    }
    let columns = shared.iter().map(|(_, [a, b])| [a.as_slice(), b].concat());
    let columns: Vec<Vec<u32>> = columns.collect();
    let views: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
    let of = Classes::of_columns(&views).of_rows().to_vec();
    let (here, there) = of.split_at(a.rows.len());
    Some([here.to_vec(), there.to_vec()])
}

/// Of each row, the number of all that others may know of it.
pub(super) fn points(table: &Table) -> Vec<u32> {
    let columns = table.known();
    let all = Classes::of_all(u32::try_from(table.rows.len()).unwrap_or(u32::MAX));
    let of = columns
        .iter()
        .fold(all, |classes, at| classes.with(&table.columns[*at].codes));
    of.of_rows().to_vec()
}

/// The rows of each code, in the order of codes; rows without one left out.
pub(super) fn by_code(column: &Column, rows: &[usize]) -> BTreeMap<u32, Vec<usize>> {
    let mut own: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for row in rows {
        match column.codes[*row] {
            0 => {}
            code => own.entry(code).or_default().push(*row),
        }
    }
    own
}

/// Whose each code is: the person most of its rows are of. Known to who scores alone.
pub(super) fn person_of(
    table: &Table,
    own: &BTreeMap<u32, Vec<usize>>,
) -> HashMap<u32, u32, RandomState> {
    let most = |rows: &Vec<usize>| {
        let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
        for row in rows {
            *counts.entry(table.rows[*row].person).or_default() += 1;
        }
        let most = counts
            .into_iter()
            .max_by_key(|(person, n)| (*n, std::cmp::Reverse(*person)));
        most.map(|(person, _)| person)
    };
    own.iter()
        .filter_map(|(code, rows)| Some((*code, most(rows)?)))
        .collect()
}
