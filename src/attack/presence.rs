//! D: whoever knows everybody else tells by noisy counts whether a person is in them.

use super::{Attack, Bounds, Found, Ground, Score, Try};
use crate::anonymity::counts::Mechanism;
use crate::exposure::{OfCounts, share};

pub(super) const ATTACK: Attack = Attack {
    id: "D",
    name: "presence in counts",
    has: "the noisy counts of all windows, and of all other persons exactly what was counted",
    means: "it is told rightly whether the person was counted, or not at all",
    run,
};

/// How often it is tried.
const TRIALS: u32 = 10_000;

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let counts = ground.tables.counts.iter();
    counts
        .filter(|of| !of.people.is_empty())
        .map(|of| tried(of, bounds))
        .collect()
}

fn tried(of: &OfCounts, bounds: &mut Bounds<'_>) -> Found {
    let mut tries = Vec::new();
    let mut is_cut = false;
    for n in 0..TRIALS {
        if n % 64 == 0 && !(bounds.goes_on)() {
            is_cut = true;
            break;
        }
        let person = bounds.words.below(of.people.len() as u32) as usize;
        let is_there = bounds.words.below(2) == 1;
        let windows = &of.people[person];
        let odds: f64 = windows
            .iter()
            .flatten()
            .map(|adds| {
                let counted = odds(of.noise.0, *adds, is_there, bounds);
                let people = of.noise.1.map(|noise| odds(noise, 1, is_there, bounds));
                counted + people.unwrap_or(0.0)
            })
            .sum();
        // The likelihood ratio is the best of all tests (Neyman and Pearson, 1933).
        let success = match odds {
            0.0 => 0.5,
            odds => f64::from(u8::from((odds > 0.0) == is_there)),
        };
        tries.push(Try {
            person: n,
            success,
            is_certain: false,
        });
    }
    let most = of.people.iter().map(Vec::len).max().unwrap_or(0);
    let spent = most as f64 * of.epsilon;
    let mut score = Score::of(&tries, 0.5, &mut bounds.words);
    score.persons = of.people.len();
    Found {
        attack: "D".to_owned(),
        topics: vec![of.topic.clone()],
        what: format!(
            "persons who are in up to {most} windows; by its ε of {} each no test is right in more than {}",
            of.epsilon,
            share(1.0 / (1.0 + (-spent).exp()))
        ),
        score,
        is_cut,
    }
}

/// The logarithm of how much likelier a noisy value is if the person adds to it: the noise
/// is drawn, and the person is there or not.
fn odds(noise: Mechanism, adds: i64, is_there: bool, bounds: &mut Bounds<'_>) -> f64 {
    let adds = adds as f64;
    let drawn = noise.draw(&mut bounds.words) as f64;
    let seen = if is_there { drawn + adds } else { drawn };
    match noise {
        Mechanism::Laplace { t, s } => (seen.abs() - (seen - adds).abs()) * s as f64 / t as f64,
        Mechanism::Gaussian { a, b } => {
            (2.0 * seen * adds - adds * adds) * b as f64 / (2.0 * a as f64)
        }
    }
}
