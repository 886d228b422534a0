//! A2: whoever knows how often somebody came finds the code that comes as often.

use std::collections::{BTreeMap, HashMap};

use foldhash::quality::RandomState;

use super::ground::{by_code, person_of, topics};
use super::{Attack, Bounds, Found, Ground, Score, Try};
use crate::exposure::NOBODY;

pub(super) const ATTACK: Attack = Attack {
    id: "A2",
    name: "frequency",
    has: "of each person how many of their records left: exactly (a), or wrong by up to a fifth (b); c is b on the 100 most active alone",
    means: "a code is turned back into the person",
    run,
};

/// So many of the most active are looked at apart.
const ACTIVE: usize = 100;

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for table in &ground.tables.outputs {
        let Some(column) = table.person_code() else {
            continue;
        };
        let rows: Vec<usize> = (0..table.rows.len()).collect();
        let codes = by_code(column, &rows);
        let whose = person_of(table, &codes);
        // What is known of people is how many records they have, whatever their codes.
        let mut known: BTreeMap<u32, usize> = BTreeMap::new();
        for row in table.rows.iter().filter(|row| row.person != NOBODY) {
            *known.entry(row.person).or_default() += 1;
        }
        let people = known.len().max(1) as f64;
        let mut of_count: HashMap<usize, usize, RandomState> = HashMap::default();
        known
            .values()
            .for_each(|n| *of_count.entry(*n).or_default() += 1);
        let exact = codes.iter().filter_map(|(code, rows)| {
            let person = *whose.get(code)?;
            let candidates = of_count.get(&rows.len()).copied().unwrap_or(0);
            let is_in = known.get(&person) == Some(&rows.len());
            Some(Try::among(person, candidates, is_in))
        });
        let exact: Vec<Try> = exact.collect();
        let noisy = sorted(&codes, &whose, &known, bounds);
        let mut active: Vec<(usize, u32)> = known.iter().map(|(p, n)| (*n, *p)).collect();
        active.sort_unstable_by(|a, b| b.cmp(a));
        let active: Vec<u32> = active.iter().take(ACTIVE).map(|(_, p)| *p).collect();
        let of_active = noisy.iter().filter(|one| active.contains(&one.person));
        let of_active: Vec<Try> = of_active.copied().collect();
        let percent = bounds.error * 100.0;
        for (attack, what, tries) in [
            ("A2a", "totals known exactly".to_owned(), exact),
            ("A2b", format!("totals wrong by up to {percent} %"), noisy),
            (
                "A2c",
                format!("the same, of the {ACTIVE} most active"),
                of_active,
            ),
        ] {
            found.push(Found {
                attack: attack.to_owned(),
                topics: topics(&[table]),
                what,
                score: Score::of(&tries, 1.0 / people, &mut bounds.words),
                is_cut: false,
            });
        }
    }
    found
}

/// Codes by how often they come beside people by how often they are thought to: n-th to
/// n-th. Ties among codes are drawn.
fn sorted(
    codes: &BTreeMap<u32, Vec<usize>>,
    whose: &HashMap<u32, u32, RandomState>,
    known: &BTreeMap<u32, usize>,
    bounds: &mut Bounds<'_>,
) -> Vec<Try> {
    let (error, words) = (bounds.error, &mut bounds.words);
    let mut thought: Vec<(f64, u32)> = known
        .iter()
        .map(|(person, n)| {
            let drawn = f64::from(words.below(1 << 24)) / f64::from(1 << 24);
            (*n as f64 * (1.0 + error * (2.0 * drawn - 1.0)), *person)
        })
        .collect();
    thought.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut seen: Vec<(usize, u32, u32)> = codes
        .iter()
        .map(|(code, rows)| (rows.len(), words.below(u32::MAX), *code))
        .collect();
    seen.sort_unstable_by(|a, b| b.cmp(a));
    let pairs = seen.iter().zip(&thought);
    let told = pairs.filter_map(|((.., code), (_, person))| {
        let truth = *whose.get(code)?;
        Some(Try::among(truth, 1, truth == *person))
    });
    told.collect()
}
