//! Amounts that are summed, in whole steps.

use std::fmt::Write;

use crate::record::decimal::Decimal;

/// What one step is worth: `units` × 10^−`places`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    units: u64,
    places: u8,
}

/// Most digits of a step behind its point.
const PLACES_MAX: i64 = 12;

impl Step {
    /// One of a count.
    pub const ONE: Step = Step {
        units: 1,
        places: 0,
    };

    /// Of that worth; `None`: it is not above 0, or has too many digits.
    pub fn of(worth: &Decimal) -> Option<Step> {
        let places = (-worth.exponent()).max(0);
        if worth.is_zero() || worth.is_negative() || places > PLACES_MAX {
            return None;
        }
        Some(Step {
            units: u64::try_from(worth.floored(places)?).ok()?,
            places: u8::try_from(places).ok()?,
        })
    }

    /// The nearest whole number of steps, halves up. What is too large for any number of
    /// steps is the largest.
    pub fn count(self, amount: &Decimal) -> i64 {
        let saturated = match amount.is_negative() {
            true => i64::MIN,
            false => i64::MAX,
        };
        let Some(whole) = amount.floored(self.places.into()) else {
            return saturated;
        };
        let units = i128::from(self.units);
        let (steps, rest) = (whole.div_euclid(units), whole.rem_euclid(units));
        // Twice the rest, and what stands behind it, against one step.
        let is_up = match units - 2 * rest {
            ..=0 => true,
            1 => half_follows(amount, self.places),
            _ => false,
        };
        i64::try_from(steps + i128::from(is_up)).unwrap_or(saturated)
    }

    /// So many steps exactly; `None`: it is no whole number of them, or too large.
    pub fn exactly(self, amount: &Decimal) -> Option<i64> {
        let steps = self.count(amount);
        let back = i128::from(steps).checked_mul(self.units.into())?;
        let whole = amount.floored(self.places.into())?;
        let has_rest = -amount.exponent() > i64::from(self.places);
        (back == whole && !has_rest).then_some(steps)
    }

    /// What so many steps are worth, as JSON has it: exact, without zeros at the end.
    pub fn spell(self, steps: i128, out: &mut String) {
        let worth = steps.saturating_mul(self.units.into());
        let one = 10_u128.pow(self.places.into());
        if worth < 0 {
            out.push('-');
        }
        let (whole, fraction) = (worth.unsigned_abs() / one, worth.unsigned_abs() % one);
        let _ = write!(out, "{whole}");
        if fraction > 0 {
            let _ = write!(out, ".{fraction:0width$}", width = self.places.into());
            let kept = out.trim_end_matches('0').len();
            out.truncate(kept);
        }
    }

    /// For error bars.
    pub fn about(self) -> f64 {
        self.units as f64 / 10_f64.powi(self.places.into())
    }
}

/// True when what an amount has behind so many places is at least one half of the last.
fn half_follows(amount: &Decimal, places: u8) -> bool {
    let (own, finer) = (
        amount.floored(places.into()),
        amount.floored(i64::from(places) + 1),
    );
    match own.zip(finer) {
        Some((own, finer)) => finer - own * 10 >= 5,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::read(text).unwrap()
    }

    fn step(text: &str) -> Step {
        Step::of(&decimal(text)).unwrap()
    }

    #[test]
    fn amounts_go_to_the_nearest_step() {
        for (of, amount, steps) in [
            ("1", "0", 0),
            ("1", "0.5", 1),
            ("1", "0.4999999999", 0),
            ("1", "-0.5", 0),
            ("1", "-0.51", -1),
            ("1", "1e3", 1_000),
            ("0.01", "39.804", 3_980),
            ("0.01", "39.805", 3_981),
            ("0.01", "-39.805", -3_980),
            ("0.05", "0.12", 2),
            ("0.05", "0.125", 3),
            ("3", "4.4", 1),
            ("3", "4.5", 2),
            ("500", "-750", -1),
            ("1", "1e400", i64::MAX),
            ("1", "-1e400", i64::MIN),
            ("1", "1e-400", 0),
            ("1e9", "5e8", 1),
        ] {
            assert_eq!(step(of).count(&decimal(amount)), steps, "{amount} in {of}");
        }
    }

    #[test]
    fn only_whole_steps_are_exact() {
        assert_eq!(step("0.05").exactly(&decimal("1.15")), Some(23));
        assert_eq!(step("0.05").exactly(&decimal("1.16")), None);
        assert_eq!(step("1").exactly(&decimal("-500")), Some(-500));
        assert_eq!(step("1").exactly(&decimal("0.5")), None);
        assert_eq!(step("1").exactly(&decimal("1e400")), None);
    }

    #[test]
    fn steps_are_spelled_as_they_are_worth() {
        for (of, steps, text) in [
            ("1", 12, "12"),
            ("0.05", 23, "1.15"),
            ("0.05", -20, "-1"),
            ("0.05", -1, "-0.05"),
            ("0.001", 1_010, "1.01"),
            ("500", 3, "1500"),
            ("0.05", 0, "0"),
        ] {
            let mut out = String::new();
            step(of).spell(steps, &mut out);
            assert_eq!(out, text);
        }
        assert_eq!(Step::of(&decimal("0")), None);
        assert_eq!(Step::of(&decimal("-1")), None);
        assert_eq!(Step::of(&decimal("1e-13")), None);
        assert_eq!(Step::of(&decimal("1e30")), None);
    }
}
