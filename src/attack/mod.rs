//! Attacks on what leaves of a sample, scored by who knows the truth.
//!
//! **In**: tables of what leaves, with whose each row is; how outputs can be joined; of
//! outputs that count, what each person adds.
//! **Out**: of each attack how often it succeeds, how often a guess without the output
//! would, and the interval of the difference; a report. **Promises**: an attack uses what
//! its line says that it sees, and the truth only to score; the same seed gives the same
//! figures; a bound that was reached is said; no report holds a value. **Does not know**:
//! policies, files, clocks, keys. An attack that fails here says nothing of a better one.

mod behaviour;
mod composition;
mod content;
mod dictionary;
mod epochs;
mod frequency;
mod ground;
mod infer;
mod length;
mod link;
mod order;
mod page;
mod points;
mod presence;
mod score;
mod single_out;
#[cfg(test)]
mod tests;

pub use ground::Ground;
pub use page::AttackReport;
pub use score::{Control, Score, Try, wilson};

use crate::anonymity::seeded::Seeded;

/// One way of attacking.
pub struct Attack {
    /// By which it is known: `A1` to `A8`, `S`, `L`, `I`, `K`, `D`.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What it has besides the outputs, in words for a privacy officer.
    pub has: &'static str,
    /// What its success means.
    pub means: &'static str,
    run: fn(&Ground<'_>, &mut Bounds<'_>) -> Vec<Found>,
}

/// How far an attack may go.
pub struct Bounds<'b> {
    /// Chooses whatever is chosen at random.
    pub words: Seeded,
    /// How wrong the totals are that somebody knows: 0.2 is a fifth.
    pub error: f64,
    /// Asked again and again; once it says no, the attack ends with what it has.
    pub goes_on: &'b mut dyn FnMut() -> bool,
}

/// What an attack came to on one output, or on two.
pub struct Found {
    /// The attack, with a letter for its variant: `A1b`.
    pub attack: String,
    /// The outputs.
    pub topics: Vec<String>,
    /// What exactly was tried, in words.
    pub what: String,
    /// How well it went.
    pub score: Score,
    /// It ended at a bound before all was tried.
    pub is_cut: bool,
}

/// All attacks, in the order in which they are tried and told.
pub const ATTACKS: &[Attack] = &[
    dictionary::ATTACK,
    frequency::ATTACK,
    length::ATTACK,
    order::ATTACK,
    content::ATTACK,
    behaviour::ATTACK,
    points::ATTACK,
    epochs::ATTACK,
    single_out::ATTACK,
    link::ATTACK,
    infer::ATTACK,
    composition::ATTACK,
    presence::ATTACK,
];

/// Tries all attacks, or those of these ids. `bounded` hands each its bounds.
pub fn all(
    ground: &Ground<'_>,
    only: &[String],
    mut bounded: impl FnMut(&mut dyn FnMut(&mut Bounds<'_>)),
) -> AttackReport {
    let asked = |attack: &&Attack| only.is_empty() || only.iter().any(|id| id == attack.id);
    let mut tried = Vec::new();
    for attack in ATTACKS.iter().filter(asked) {
        let mut found = Vec::new();
        bounded(&mut |bounds| found = (attack.run)(ground, bounds));
        tried.push((attack, found));
    }
    AttackReport {
        tried,
        persons: ground.tables.persons(),
        records: ground.tables.person_of.len(),
        passed_over: ground.tables.passed_over,
        knows_persons: ground.tables.knows_persons,
    }
}
