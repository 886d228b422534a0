//! A7: whoever knows a few records of a person finds the code that has them all.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::ground::{by_code, person_of, points, topics};
use super::{Attack, Bounds, Found, Ground, Score, Try};
use crate::anonymity::permutation::shuffle;

pub(super) const ATTACK: Attack = Attack {
    id: "A7",
    name: "known points",
    has: "of each person a few records as the output shows them: when, where, what; one (a), two (b), four (c); where records leave in classes, what `quasi` fields say of them and nothing else",
    means: "the code of the person is found, and with it all of their records; where there is no code, the record",
    run,
};

/// How many records are known.
const KNOWN: [(&str, usize); 3] = [("A7a", 1), ("A7b", 2), ("A7c", 4)];

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for table in &ground.tables.outputs {
        let said = points(table);
        let all: Vec<usize> = (0..table.rows.len()).collect();
        // Without a code a row stands for itself.
        let traces = match table.person_code() {
            Some(column) => by_code(column, &all),
            None => all.iter().map(|row| (*row as u32, vec![*row])).collect(),
        };
        let whose = person_of(table, &traces);
        let mut holders: HashMap<u32, Vec<u32>, RandomState> = HashMap::default();
        for (code, rows) in &traces {
            for row in rows {
                let own = holders.entry(said[*row]).or_default();
                if own.last() != Some(code) {
                    own.push(*code);
                }
            }
        }
        for (attack, known) in KNOWN {
            let mut tries = Vec::new();
            let mut is_cut = false;
            for (n, (code, rows)) in traces.iter().enumerate() {
                if n % 256 == 0 && !(bounds.goes_on)() {
                    is_cut = true;
                    break;
                }
                let mut own: Vec<u32> = rows.iter().map(|row| said[*row]).collect();
                own.sort_unstable();
                own.dedup();
                if own.len() < known {
                    continue;
                }
                shuffle(&mut own, &mut bounds.words);
                let mut left = holders[&own[0]].clone();
                for point in &own[1..known] {
                    left.retain(|code| holders[point].binary_search(code).is_ok());
                }
                if let Some(person) = whose.get(code) {
                    tries.push(Try::among(*person, left.len(), true));
                }
            }
            if tries.is_empty() {
                continue;
            }
            let guess = 1.0 / traces.len().max(1) as f64;
            found.push(Found {
                attack: attack.to_owned(),
                topics: topics(&[table]),
                what: match known {
                    1 => "one record known".to_owned(),
                    n => format!("{n} different records known"),
                },
                score: Score::of(&tries, guess, &mut bounds.words),
                is_cut,
            });
        }
    }
    found
}
