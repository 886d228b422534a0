//! K: whoever knows that a person is in several releases keeps what all of their classes
//! can be.

use std::collections::{BTreeMap, BTreeSet};

use super::ground::topics;
use super::{Attack, Bounds, Found, Ground, Score, Try};
use crate::anonymity::measure::Classes;
use crate::exposure::{InClasses, NOBODY, Table};

pub(super) const ATTACK: Attack = Attack {
    id: "K",
    name: "composition",
    has: "releases in classes, of each person their class in one, two, up to five of them",
    means: "the person's sensitive value is told: it is the only one that all of these classes have",
    run,
};

/// Of so many releases the classes of a person are known.
const RELEASES: usize = 5;

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for table in &ground.tables.outputs {
        let Some(classes) = &table.classes else {
            continue;
        };
        let of_rows = classes_of(table, classes);
        for path in &classes.sensitive {
            let column = table.columns.iter().find(|column| column.path == *path);
            let Some(column) = column else {
                continue;
            };
            let mut values: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
            for (row, class) in of_rows.iter().enumerate() {
                let own = values.entry(*class).or_default();
                own.insert(column.codes[row]);
            }
            let all: BTreeSet<u32> = column.codes.iter().copied().collect();
            let guess = 1.0 / all.len().max(1) as f64;
            for known in 1..=RELEASES {
                let mut tries = Vec::new();
                let mut is_cut = false;
                for (n, (person, rows)) in table.rows_of().iter().enumerate() {
                    if n % 256 == 0 && !(bounds.goes_on)() {
                        is_cut = true;
                        break;
                    }
                    let Some(left) = left(table, rows, known, |row| &values[&of_rows[row]]) else {
                        continue;
                    };
                    let truth = column.codes[rows[0]];
                    tries.push(Try::among(*person, left.len(), left.contains(&truth)));
                }
                if tries.is_empty() {
                    continue;
                }
                found.push(Found {
                    attack: format!("K{known}"),
                    topics: topics(&[table]),
                    what: match known {
                        1 => format!("`{path}` by the class of one release"),
                        n => format!("`{path}` by the classes of {n} releases"),
                    },
                    score: Score::of(&tries, guess, &mut bounds.words),
                    is_cut,
                });
            }
        }
    }
    found
}

/// Of each row its class: its release, and all that is the same in one.
fn classes_of(table: &Table, classes: &InClasses) -> Vec<u32> {
    let releases: Vec<u32> = table.rows.iter().map(|row| row.release).collect();
    let quasi = table.columns.iter();
    let quasi = quasi.filter(|column| classes.quasi.contains(&column.path));
    let columns = quasi.map(|column| column.codes.as_slice());
    let columns: Vec<&[u32]> = std::iter::once(releases.as_slice())
        .chain(columns)
        .collect();
    Classes::of_columns(&columns).of_rows().to_vec()
}

/// What a person's sensitive value can be after so many of their releases, the first ones;
/// `None`: they are not in as many. Of a value that changed it may not be theirs, which no
/// class can tell.
fn left<'v>(
    table: &Table,
    rows: &[usize],
    known: usize,
    values: impl Fn(usize) -> &'v BTreeSet<u32>,
) -> Option<BTreeSet<u32>> {
    let mut releases: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for row in rows {
        debug_assert_ne!(table.rows[*row].person, NOBODY);
        let own = values(*row);
        let of_release = releases.entry(table.rows[*row].release);
        of_release
            .and_modify(|left| left.retain(|value| own.contains(value)))
            .or_insert_with(|| own.clone());
    }
    if releases.len() < known {
        return None;
    }
    let mut all = releases.into_values().take(known);
    let first = all.next()?;
    Some(all.fold(first, |left, other| &left & &other))
}
