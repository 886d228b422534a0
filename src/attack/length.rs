//! A3: whoever has the list of customers knows how long each of their values is.

use std::collections::{HashMap, HashSet};

use foldhash::quality::RandomState;

use super::ground::topics;
use super::{Attack, Bounds, Found, Ground, Score, Try};
use crate::exposure::{Column, NOBODY, Sort, Table};

pub(super) const ATTACK: Attack = Attack {
    id: "A3",
    name: "length",
    has: "the list of customers: how long each value is, and how it would be masked",
    means: "a record without a code is turned back into the person",
    run,
};

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for table in &ground.tables.outputs {
        let told: Vec<&Column> = table
            .columns
            .iter()
            .filter(|c| c.sort == Sort::Sealed || is_masked(c))
            .collect();
        if told.is_empty() {
            continue;
        }
        let names: Vec<String> = told.iter().map(|c| format!("`{}`", c.path)).collect();
        let tries = tries(table, &told);
        let guess = 1.0 / table.persons().len().max(1) as f64;
        found.push(Found {
            attack: "A3".to_owned(),
            topics: topics(&[table]),
            what: format!("how long {} are", names.join(", ")),
            score: Score::of(&tries, guess, &mut bounds.words),
            is_cut: false,
        });
    }
    found
}

/// Most of its values hold the character that masks.
fn is_masked(column: &Column) -> bool {
    let codes = 1..=column.distinct() as u32;
    let masked = codes
        .filter(|code| column.text(*code).contains('*'))
        .count();
    column.sort == Sort::Quasi && masked * 2 > column.distinct()
}

fn tries<'t>(table: &Table, told: &[&'t Column]) -> Vec<Try> {
    let tell = |at: usize| -> Vec<(usize, &'t str)> {
        let of = |column: &'t Column| match column.sort {
            // Of sealed values, the length alone.
            Sort::Sealed => (column.length(column.codes[at]), ""),
            _ => (0, column.text(column.codes[at])),
        };
        told.iter().map(|column| of(column)).collect()
    };
    let mut with: HashMap<Vec<(usize, &str)>, HashSet<u32>, RandomState> = HashMap::default();
    for (at, row) in table.rows.iter().enumerate() {
        if row.person != NOBODY {
            with.entry(tell(at)).or_default().insert(row.person);
        }
    }
    let rows = table.rows.iter().enumerate();
    rows.map(|(at, row)| {
        let people = with.get(&tell(at)).map_or(0, HashSet::len);
        Try::among(row.person, people, row.person != NOBODY)
    })
    .collect()
}
