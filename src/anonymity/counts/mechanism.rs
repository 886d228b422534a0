//! How much noise a count needs, and drawing it.

use crate::anonymity::ratio::Ratio;
use crate::crypto::sampler::{self, RandomWords};

/// What one person can change in one window, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Cells that a person counts in.
    pub cells: u32,
    /// How often in each.
    pub per_cell: u32,
    /// By how much a single record changes its cell: 1 for counts, the larger of |bottom|
    /// and |top| in steps for sums.
    pub each: u32,
}

/// Which noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// Discrete Laplace: ε-differentially private.
    Laplace,
    /// Discrete Gaussian: (ε, δ)-differentially private, by zCDP.
    Gaussian,
    /// Whichever of the two has the smaller standard deviation.
    Auto,
}

/// The noise of one cell, exact.
///
/// Neighbours differ by one person, added or taken out, in one window. Ghosh,
/// Roughgarden and Sundararajan (STOC 2009) for the Laplace, Canonne, Kamath and Steinke
/// (2020) for the Gaussian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// n with a probability proportional to exp(−|n| s/t), scale t/s.
    Laplace {
        /// The scale, above the line.
        t: u64,
        /// Below it.
        s: u64,
    },
    /// n with a probability proportional to exp(−n² b/2a), variance parameter a/b.
    Gaussian {
        /// The variance, above the line.
        a: u64,
        /// Below it.
        b: u64,
    },
}

/// Why there is no noise for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMechanism {
    /// ε of zero: nothing may be said.
    #[error("`epsilon` must be above 0")]
    NoEpsilon,
    /// δ that makes no sense.
    #[error("`delta` must be above 0 and below 1 for Gaussian noise")]
    NoDelta,
    /// Nobody counts anywhere.
    #[error("`cells`, `per_cell` and the range of what is summed must be above 0")]
    NoContribution,
    /// More than fits.
    #[error(
        "the noise would be wider than there is room for: raise `epsilon`, or lower `cells`, `per_cell` or the range"
    )]
    TooWide,
}

/// The units in which ρ is rounded down.
const RHO: u64 = 1 << 20;

impl Contribution {
    /// The most that one person changes in all cells together: Δ₁.
    pub fn sum(self) -> Option<u64> {
        let per_cell = u64::from(self.per_cell) * u64::from(self.each);
        u64::from(self.cells)
            .checked_mul(per_cell)
            .filter(|sum| *sum > 0)
    }

    /// The square of the most that one person changes, as a distance: Δ₂².
    pub fn square(self) -> Option<u64> {
        let per_cell = u64::from(self.per_cell) * u64::from(self.each);
        let squared = per_cell.checked_mul(per_cell)?;
        squared
            .checked_mul(self.cells.into())
            .filter(|sum| *sum > 0)
    }
}

impl Mechanism {
    /// The noise that hides one person's `contribution` by ε, and δ if it is Gaussian.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(
        noise: Noise,
        contribution: Contribution,
        epsilon: Ratio,
        delta: Ratio,
    ) -> Result<Mechanism, NoMechanism> {
        if epsilon.is_zero() {
            return Err(NoMechanism::NoEpsilon);
        }
        let laplace = || Mechanism::laplace(contribution, epsilon);
        let gaussian = || Mechanism::gaussian(contribution, epsilon, delta);
        match noise {
            Noise::Laplace => laplace(),
            Noise::Gaussian => gaussian(),
            Noise::Auto => match (laplace(), gaussian()) {
                (Ok(one), Ok(other)) if other.deviation() < one.deviation() => Ok(other),
                (Ok(one), _) => Ok(one),
                (Err(why), other) => other.map_err(|_| why),
            },
        }
    }

    fn laplace(contribution: Contribution, epsilon: Ratio) -> Result<Mechanism, NoMechanism> {
        let sum = contribution.sum().ok_or(NoMechanism::NoContribution)?;
        let inverse = epsilon.over(sum).ok_or(NoMechanism::TooWide)?;
        let (s, t) = (inverse.n(), inverse.d());
        // A sum of noise must stay within 64 bits with room for the count.
        match t / s < 1 << 40 {
            true => Ok(Mechanism::Laplace { t, s }),
            false => Err(NoMechanism::TooWide),
        }
    }

    fn gaussian(
        contribution: Contribution,
        epsilon: Ratio,
        delta: Ratio,
    ) -> Result<Mechanism, NoMechanism> {
        let square = contribution.square().ok_or(NoMechanism::NoContribution)?;
        if delta.is_zero() || delta.n() >= delta.d() {
            return Err(NoMechanism::NoDelta);
        }
        let rho = rho(epsilon, delta).ok_or(NoMechanism::TooWide)?;
        // Δ₂²/2ρ with ρ = rho/2^20.
        let above = square.checked_mul(RHO / 2).ok_or(NoMechanism::TooWide)?;
        let variance = Ratio::new(above, rho).ok_or(NoMechanism::TooWide)?;
        let (a, b) = (variance.n(), variance.d());
        match a >> 52 == 0 && b <= 1 << 21 {
            true => Ok(Mechanism::Gaussian { a, b }),
            false => Err(NoMechanism::TooWide),
        }
    }

    /// The noise of one cell, from words that nobody else has used.
    pub fn draw<W: RandomWords + ?Sized>(self, words: &mut W) -> i128 {
        match self {
            Mechanism::Laplace { t, s } => sampler::laplace(words, t, s),
            Mechanism::Gaussian { a, b } => sampler::gaussian(words, a, b),
        }
    }

    /// The standard deviation of the noise, for error bars: of a Laplace exactly √(2q)/(1−q)
    /// with q = exp(−s/t); of a Gaussian at most √(a/b).
    pub fn deviation(self) -> f64 {
        match self {
            Mechanism::Laplace { t, s } => {
                let inverse = s as f64 / t as f64;
                (2.0 * (-inverse).exp()).sqrt() / -(-inverse).exp_m1()
            }
            Mechanism::Gaussian { a, b } => (a as f64 / b as f64).sqrt(),
        }
    }

    /// Of 20 draws 19 are so far off or less: of a Laplace ln 20 scales, of a Gaussian 1.96
    /// deviations.
    pub fn within(self) -> f64 {
        match self {
            Mechanism::Laplace { t, s } => t as f64 / s as f64 * 20_f64.ln(),
            Mechanism::Gaussian { .. } => 1.96 * self.deviation(),
        }
    }

    /// The probability that the noise is `least` or more, and never less than it is: of a
    /// Laplace q^n/(1+q), of a Gaussian the sum of its terms. For `least` of 1 or more.
    pub(super) fn tail(self, least: u64) -> f64 {
        // Floats are off by less than this.
        const ROUNDED_UP: f64 = 1.0 + 1e-9;
        let n = least as f64;
        let tail = match self {
            Mechanism::Laplace { t, s } => {
                let inverse = s as f64 / t as f64;
                (-inverse * n).exp() / (1.0 + (-inverse).exp())
            }
            Mechanism::Gaussian { a, b } => {
                let variance = a as f64 / b as f64;
                // Each term is at most exp(−(2n+1)/2σ²) of the one before it.
                let first = (-n * n / (2.0 * variance)).exp();
                let fall = -(-(2.0 * n + 1.0) / (2.0 * variance)).exp_m1();
                // The sum of all terms is at least √(2πσ²) (Poisson summation), and 1.
                first / fall / (std::f64::consts::TAU * variance).sqrt().max(1.0)
            }
        };
        tail * ROUNDED_UP
    }
}

/// The largest ρ of zCDP that gives (ε, δ), in units of 2^-20, rounded down: ε = ρ +
/// 2√(ρ ln 1/δ) (Bun and Steinke, TCC 2016, proposition 1.3).
fn rho(epsilon: Ratio, delta: Ratio) -> Option<u64> {
    let (epsilon, log) = (epsilon.about(), -delta.about().ln());
    let root = (log + epsilon).sqrt() - log.sqrt();
    let mut units = (root * root * RHO as f64).floor() as u64;
    let costs = |units: u64| {
        let rho = units as f64 / RHO as f64;
        (rho + 2.0 * (rho * log).sqrt()) * (1.0 + 1e-12)
    };
    while units > 0 && costs(units) > epsilon {
        units -= 1;
    }
    (units > 0).then_some(units)
}
