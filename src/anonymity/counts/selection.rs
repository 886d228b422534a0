//! Which cells are published at all, where their names are not known beforehand: that a
//! cell is there already says that somebody is in it.

use super::mechanism::Mechanism;
use crate::anonymity::ratio::Ratio;

/// The least noisy count at which a cell is published, so that a cell in which only one
/// person counts is published with a probability of at most δ over all of that person's
/// `cells`: the least whole τ with Pr[noise ≥ τ − 1] ≤ 1 − (1 − δ)^(1/cells) (Desfontaines,
/// Voss, Gipson and Mandayam, "Differentially private partition selection", PoPETs 2022).
///
/// It holds where a person adds 1 to a cell, so for counts with one a cell; sums and more
/// a cell are selected by a count of persons of its own, with a part of ε. With Gaussian
/// noise, which spends a δ itself, `delta` is what is left for the selection.
///
/// `None`: a δ of 0, or of 1 and more, or no cell.
pub fn threshold(mechanism: Mechanism, cells: u32, delta: Ratio) -> Option<u64> {
    if delta.is_zero() || delta.n() >= delta.d() || cells == 0 {
        return None;
    }
    // −expm1(ln(1 − δ)/cells), and never more than it is.
    let most = -((-delta.about()).ln_1p() / f64::from(cells)).exp_m1() * (1.0 - 1e-9);
    let (mut low, mut high) = (0, 1);
    while mechanism.tail(high) > most {
        low = high;
        high = high.checked_mul(2).filter(|high| *high < 1 << 62)?;
    }
    // The tail at `low` is too large, at `high` it is not.
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match mechanism.tail(middle) > most {
            true => low = middle,
            false => high = middle,
        }
    }
    Some(high + 1)
}
