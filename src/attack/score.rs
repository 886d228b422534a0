//! How well an attack went, and how sure that is.

use std::collections::BTreeMap;

use crate::anonymity::seeded::Seeded;
use crate::exposure::NOBODY;

/// Two-sided 95 % of the normal distribution.
const Z: f64 = 1.959_964;
/// Draws of the bootstrap.
const DRAWS: usize = 1_000;
/// Of more persons the mean is normal to every digit that is told.
const DRAWN_MAX: usize = 5_000;

/// What an attack did to one person, or to one record of theirs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Try {
    /// Whose.
    pub person: u32,
    /// 1 / the candidates if the true one is among them, else 0.
    pub success: f64,
    /// There was one candidate, the true one.
    pub is_certain: bool,
}

impl Try {
    /// One in so many candidates, if the true one is among them.
    pub fn among(person: u32, candidates: usize, has_true: bool) -> Try {
        let hit = has_true && candidates > 0;
        Try {
            person,
            success: if hit { 1.0 / candidates as f64 } else { 0.0 },
            is_certain: hit && candidates == 1,
        }
    }
}

/// How well it went, by persons.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// How many persons were attacked.
    pub persons: usize,
    /// The mean over persons of 1 / candidates.
    pub success: f64,
    /// The same attack without the output.
    pub guess: f64,
    /// 95 % of the advantage lie between these.
    pub between: (f64, f64),
    /// The share of persons that were found for certain, and 95 % of it.
    pub certain: f64,
    /// See [`certain`](Self::certain).
    pub certain_between: (f64, f64),
    /// The same by persons who are in the output and persons who are not.
    pub control: Option<Control>,
}

/// Persons of the output beside persons who are in none of it (M. Giomi and others,
/// "A unified framework for quantifying privacy risk in synthetic data", PoPETs 2023).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Control {
    /// How often it went well with persons of the output.
    pub main: f64,
    /// How often with others.
    pub control: f64,
    /// (main − control) / (1 − control): what the output adds.
    pub risk: f64,
    /// 95 % of the risk.
    pub between: (f64, f64),
}

impl Score {
    /// Of tries, several of one person as their mean; and a guess without the output.
    pub fn of(tries: &[Try], guess: f64, words: &mut Seeded) -> Score {
        let mut own: BTreeMap<u32, (f64, f64, f64)> = BTreeMap::new();
        for one in tries.iter().filter(|one| one.person != NOBODY) {
            let sum = own.entry(one.person).or_default();
            sum.0 += one.success;
            sum.1 += f64::from(u8::from(one.is_certain));
            sum.2 += 1.0;
        }
        let means: Vec<f64> = own.values().map(|sum| sum.0 / sum.2).collect();
        let certain: Vec<f64> = own.values().map(|sum| sum.1 / sum.2).collect();
        let n = means.len();
        let success = mean(&means);
        let (low, high) = between(&means, words);
        let sure = mean(&certain);
        Score {
            persons: n,
            success,
            guess,
            between: (low - guess, high - guess),
            certain: sure,
            certain_between: between(&certain, words),
            control: None,
        }
    }

    /// Of tries on persons of the output, beside the same on persons who are in none of it:
    /// these are the guess.
    pub fn beside(main: &[Try], control: &[Try], words: &mut Seeded) -> Score {
        let sum = |tries: &[Try]| (tries.iter().map(|t| t.success).sum::<f64>(), tries.len());
        let control = Control::of(sum(main), sum(control));
        Score {
            control: Some(control),
            ..Score::of(main, control.control, words)
        }
    }

    /// By how much the output helps.
    pub fn advantage(&self) -> f64 {
        self.success - self.guess
    }
}

impl Control {
    /// Of successes among so many tries on persons of the output, and on others. The sums
    /// may be of parts of successes, where several answers are as good.
    pub fn of(main: (f64, usize), control: (f64, usize)) -> Control {
        let rate = |(sum, n): (f64, usize)| sum / n.max(1) as f64;
        let (m, c) = (rate(main), rate(control));
        // Who is certain of everybody without the output gains nothing by it.
        let rest = (1.0 - c).max(f64::MIN_POSITIVE);
        let risk = ((m - c) / rest).clamp(-1.0, 1.0);
        let half = |(sum, n): (f64, usize)| {
            let (low, high) = wilson(sum, n);
            (high - low) / 2.0
        };
        // To the first order: dr/dm = 1/(1−c), dr/dc = (m−1)/(1−c)².
        let (of_main, of_control) = (half(main) / rest, half(control) * (1.0 - m) / (rest * rest));
        let half = of_main.hypot(of_control).min(1.0);
        Control {
            main: m,
            control: c,
            risk,
            between: ((risk - half).max(-1.0), (risk + half).min(1.0)),
        }
    }
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len().max(1) as f64
}

/// 95 % of a mean: Wilson's interval where all are 0 or 1, else the bootstrap over persons.
fn between(of: &[f64], words: &mut Seeded) -> (f64, f64) {
    let n = of.len();
    if n == 0 {
        return (0.0, 1.0);
    }
    if of.iter().all(|x| *x == 0.0 || *x == 1.0) {
        return wilson(of.iter().sum(), n);
    }
    let own = mean(of);
    if n > DRAWN_MAX {
        let spread = of.iter().map(|x| (x - own) * (x - own)).sum::<f64>() / (n - 1) as f64;
        let half = Z * (spread / n as f64).sqrt();
        return ((own - half).max(0.0), (own + half).min(1.0));
    }
    let mut draw = || {
        let sum: f64 = (0..n).map(|_| of[words.below(n as u32) as usize]).sum();
        sum / n as f64
    };
    let mut means: Vec<f64> = (0..DRAWS).map(|_| draw()).collect();
    means.sort_by(f64::total_cmp);
    (means[DRAWS / 40], means[DRAWS - 1 - DRAWS / 40])
}

/// Wilson's interval of a share (E. B. Wilson, JASA 22, 1927): 95 %.
pub fn wilson(successes: f64, n: usize) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let n = n as f64;
    let p = (successes / n).clamp(0.0, 1.0);
    let z = Z * Z / n;
    let centre = (p + z / 2.0) / (1.0 + z);
    let half = Z / (1.0 + z) * (p * (1.0 - p) / n + z / (4.0 * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}
