//! A1: whoever has a list of all values looks up what code each has.

use std::collections::{HashMap, HashSet};

use foldhash::quality::RandomState;

use super::ground::topics;
use super::{Attack, Bounds, Found, Ground, Score, Try};
use crate::exposure::{Column, NOBODY, Sort, Table};

pub(super) const ATTACK: Attack = Attack {
    id: "A1",
    name: "dictionary",
    has: "a list of all values (customers, addresses), the program, keys that everybody has, and not yours; in the variant b also a way to send events into the source",
    means: "a code is turned back into the person",
    run,
};

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (n, table) in ground.tables.outputs.iter().enumerate() {
        let codes = table.columns.iter();
        let codes = codes.filter(|c| matches!(c.sort, Sort::Code { .. }));
        for column in codes {
            let public = ground.public.and_then(|public| {
                let table = public.outputs.get(n)?;
                table.columns.iter().find(|c| c.path == column.path)
            });
            if let Some(public) = public {
                found.push(Found {
                    attack: "A1a".to_owned(),
                    topics: topics(&[table]),
                    what: format!("`{}`, looked up under keys that everybody has", column.path),
                    score: by_list(table, column, public, bounds),
                    is_cut: false,
                });
            }
            found.push(Found {
                attack: "A1b".to_owned(),
                topics: topics(&[table]),
                what: format!(
                    "`{}`, an event with the person's value sent through the source",
                    column.path
                ),
                score: through_the_source(table, column, bounds),
                is_cut: false,
            });
        }
    }
    found
}

/// The code that a person's value has under public keys is theirs, or it is not.
fn by_list(table: &Table, own: &Column, public: &Column, bounds: &mut Bounds<'_>) -> Score {
    let mut with: HashMap<&str, HashSet<u32>, RandomState> = HashMap::default();
    for (at, row) in table.rows.iter().enumerate() {
        if row.person != NOBODY && public.codes[at] > 0 {
            let text = public.text(public.codes[at]);
            with.entry(text).or_default().insert(row.person);
        }
    }
    let rows = table.rows.iter().enumerate();
    let rows = rows.filter(|(at, _)| own.codes[*at] > 0);
    let tries: Vec<Try> = rows
        .map(|(at, row)| {
            let people = with.get(own.text(own.codes[at]));
            let is_in = people.is_some_and(|people| people.contains(&row.person));
            Try::among(row.person, people.map_or(0, HashSet::len), is_in)
        })
        .collect();
    Score::of(&tries, guess(table), &mut bounds.words)
}

/// Equal values have equal codes: who sends one sees its code.
fn through_the_source(table: &Table, own: &Column, bounds: &mut Bounds<'_>) -> Score {
    let mut with: HashMap<u32, HashSet<u32>, RandomState> = HashMap::default();
    for (at, row) in table.rows.iter().enumerate() {
        if row.person != NOBODY {
            with.entry(own.codes[at]).or_default().insert(row.person);
        }
    }
    let rows = table.rows.iter().enumerate();
    let rows = rows.filter(|(at, _)| own.codes[*at] > 0);
    let tries: Vec<Try> = rows
        .map(|(at, row)| {
            let people = with.get(&own.codes[at]).map_or(0, HashSet::len);
            Try::among(row.person, people, row.person != NOBODY)
        })
        .collect();
    Score::of(&tries, guess(table), &mut bounds.words)
}

/// One person of all.
fn guess(table: &Table) -> f64 {
    1.0 / table.persons().len().max(1) as f64
}
