//! I, inference (Article 29 Working Party, Opinion 05/2014): who knows all but one thing of
//! a person reads that off whoever is most like them.

use super::ground::topics;
use super::link::{Split, TARGETS};
use super::{Attack, Bounds, Found, Ground, Score, Try};

pub(super) const ATTACK: Attack = Attack {
    id: "I",
    name: "inference",
    has: "the output, of two persons of three, and of each person all but one thing: no column that is made of it either",
    means: "the value of that column is told, to a twentieth where it is a number",
    run,
};

/// Most columns that are told, a table.
const SECRETS: usize = 12;
/// Numbers that differ by at most that share are told.
const NEAR: f64 = 0.05;

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for table in &ground.tables.outputs {
        let Some(split) = Split::of_several(table, bounds) else {
            continue;
        };
        for secret in 0..split.columns.len().min(SECRETS) {
            // Who knows one end of somebody's class knows the other.
            let is_known = |c: &usize| split.thing[*c] != split.thing[secret];
            let known: Vec<usize> = (0..split.columns.len()).filter(is_known).collect();
            let index = split.index(&known);
            let mut is_cut = false;
            let mut tried = |targets: &[usize], bounds: &mut Bounds<'_>| {
                let mut tries = Vec::new();
                for (n, row) in targets.iter().take(TARGETS).enumerate() {
                    if n % 16 == 0 && !(bounds.goes_on)() {
                        is_cut = true;
                        break;
                    }
                    let near = split.nearest(*row, &known, &index);
                    let truth = split.columns[secret][*row];
                    let right = near
                        .iter()
                        .filter(|other| {
                            is_near(&split, secret, split.columns[secret][**other], truth)
                        })
                        .count();
                    tries.push(Try {
                        person: split.persons[*row],
                        success: right as f64 / near.len().max(1) as f64,
                        is_certain: right > 0 && right == near.len(),
                    });
                }
                tries
            };
            let main = tried(&split.main, bounds);
            let control = tried(&split.control, bounds);
            let score = Score::beside(&main, &control, &mut bounds.words);
            found.push(Found {
                attack: "I".to_owned(),
                topics: topics(&[table]),
                what: format!("`{}` told by all others", split.names[secret]),
                score,
                is_cut,
            });
        }
    }
    found
}

fn is_near(split: &Split, column: usize, told: u32, truth: u32) -> bool {
    if told == truth {
        return true;
    }
    let Some(numbers) = &split.numbers[column] else {
        return false;
    };
    match (numbers[told as usize], numbers[truth as usize]) {
        (Some(told), Some(truth)) => (told - truth).abs() <= NEAR * truth.abs(),
        _ => false,
    }
}
