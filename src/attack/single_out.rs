//! S, singling out (Article 29 Working Party, Opinion 05/2014): what isolates one person.

use super::link::Split;
use super::{Attack, Bounds, Control, Found, Ground, Score, Try};
use crate::anonymity::permutation::shuffle;

pub(super) const ATTACK: Attack = Attack {
    id: "S",
    name: "singling out",
    has: "the output, of two persons of three; the others are those to compare with",
    means: "a sentence such as \"born in the eighties, from Chur, plan team\" is true of exactly one person",
    run,
};

/// How many sentences are tried.
const TRIES: usize = 2_000;
/// Most things that a sentence says.
const SAYS_MAX: usize = 4;

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for table in &ground.tables.outputs {
        let Some(split) = Split::of(table, bounds) else {
            continue;
        };
        let holds = |rows: &[usize], says: &[(usize, u32)]| {
            let is_true = |row: &&usize| {
                says.iter()
                    .all(|(c, code)| split.columns[*c][**row] == *code)
            };
            rows.iter().filter(is_true).take(2).count()
        };
        let mut tries = Vec::new();
        let (mut main, mut control, mut is_cut) = (0, 0, false);
        for n in 0..TRIES {
            if n % 16 == 0 && !(bounds.goes_on)() {
                is_cut = true;
                break;
            }
            let at = split.main[bounds.words.below(split.main.len() as u32) as usize];
            let mut columns: Vec<usize> = (0..split.columns.len()).collect();
            shuffle(&mut columns, &mut bounds.words);
            let says = 1 + bounds.words.below(columns.len().min(SAYS_MAX) as u32) as usize;
            let says = columns
                .iter()
                .take(says)
                .map(|c| (*c, split.columns[*c][at]));
            let says: Vec<(usize, u32)> = says.collect();
            let is_one = holds(&split.main, &says) == 1;
            let by_chance = is_one && holds(&split.control, &says) == 1;
            main += usize::from(is_one);
            control += usize::from(by_chance);
            tries.push(Try::among(n as u32, 1, is_one));
        }
        let control = Control::of((main as f64, tries.len()), (control as f64, tries.len()));
        let mut score = Score::of(&tries, control.control, &mut bounds.words);
        score.control = Some(control);
        score.persons = split.main.len();
        found.push(Found {
            attack: "S".to_owned(),
            topics: super::ground::topics(&[table]),
            what: format!(
                "{} sentences of one to {SAYS_MAX} things that the output says of somebody",
                tries.len()
            ),
            score,
            is_cut,
        });
    }
    found
}
