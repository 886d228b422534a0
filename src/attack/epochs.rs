//! A8: whoever sees codes end and others begin joins them by what stays.

use std::collections::{BTreeMap, HashMap};

use foldhash::quality::RandomState;

use super::ground::{by_code, person_of, topics};
use super::{Attack, Bounds, Found, Ground, Score, Try};
use crate::exposure::{Column, Table};

pub(super) const ATTACK: Attack = Attack {
    id: "A8",
    name: "epochs",
    has: "the output over several epochs of its codes",
    means: "the codes of one person in two epochs are found to be one person's",
    run,
};

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for table in &ground.tables.outputs {
        let Some(column) = table.person_code() else {
            continue;
        };
        let all: Vec<usize> = (0..table.rows.len()).collect();
        let codes = by_code(column, &all);
        let whose = person_of(table, &codes);
        let spans = spans(table, &codes);
        let profiles = profiles(table, &codes);
        // Of each person the codes in the order of time.
        let mut own: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for code in codes.keys() {
            if let Some(person) = whose.get(code) {
                own.entry(*person).or_default().push(*code);
            }
        }
        let several = own.values_mut().filter(|codes| codes.len() > 1);
        let mut steps: Vec<(u32, u32, u32)> = Vec::new();
        for codes in several {
            codes.sort_by_key(|code| spans[code].0);
            steps.extend(
                codes
                    .windows(2)
                    .map(|pair| (whose[&pair[0]], pair[0], pair[1])),
            );
        }
        if steps.is_empty() {
            continue;
        }
        let mut later: Vec<(i64, u32)> = codes.keys().map(|code| (spans[code].0, *code)).collect();
        later.sort_unstable();
        let (mut tries, mut guesses, mut is_cut) = (Vec::new(), 0.0, false);
        for (n, (person, from, to)) in steps.iter().enumerate() {
            if n % 16 == 0 && !(bounds.goes_on)() {
                is_cut = true;
                break;
            }
            // What begins after it ended, in the next epoch or a later one.
            let begin = later.partition_point(|(first, _)| *first <= spans[from].1);
            let open = &later[begin..];
            let like = open
                .iter()
                .filter(|(_, code)| profiles[code] == profiles[from]);
            let like: Vec<u32> = like.map(|(_, code)| *code).collect();
            tries.push(Try::among(*person, like.len(), like.contains(to)));
            guesses += 1.0 / open.len().max(1) as f64;
        }
        let guess = guesses / tries.len().max(1) as f64;
        found.push(Found {
            attack: "A8".to_owned(),
            topics: topics(&[table]),
            what: "codes that begin after another ended, with the same of all that is no time"
                .to_owned(),
            score: Score::of(&tries, guess, &mut bounds.words),
            is_cut,
        });
    }
    found
}

/// First and last time of each code; where no column is a time, by the rows.
fn spans(
    table: &Table,
    codes: &BTreeMap<u32, Vec<usize>>,
) -> HashMap<u32, (i64, i64), RandomState> {
    let timed = table.quasi(None).into_iter().find_map(|at| {
        let column = &table.columns[at];
        Some((column, column.times()?))
    });
    let at = |row: usize| match &timed {
        Some((column, times)) => times[column.codes[row] as usize].unwrap_or(i64::MIN),
        None => row as i64,
    };
    codes
        .iter()
        .map(|(code, rows)| {
            let times = rows.iter().map(|row| at(*row));
            let first = times.clone().min().unwrap_or(0);
            (*code, (first, times.max().unwrap_or(0)))
        })
        .collect()
}

/// What most records of each code say, of all that is no time.
fn profiles(
    table: &Table,
    codes: &BTreeMap<u32, Vec<usize>>,
) -> HashMap<u32, Vec<u32>, RandomState> {
    let columns = table.quasi(None).into_iter().map(|at| &table.columns[at]);
    let columns: Vec<&Column> = columns.filter(|c| c.times().is_none()).collect();
    let mode = |column: &Column, rows: &[usize]| {
        let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
        for row in rows {
            *counts.entry(column.codes[*row]).or_default() += 1;
        }
        // That a field is missing in most records says nothing of the person.
        let there = counts.into_iter().filter(|(code, _)| *code > 0);
        let most = there.max_by_key(|(code, n)| (*n, std::cmp::Reverse(*code)));
        most.map_or(0, |(code, _)| code)
    };
    codes
        .iter()
        .map(|(code, rows)| (*code, columns.iter().map(|c| mode(c, rows)).collect()))
        .collect()
}
