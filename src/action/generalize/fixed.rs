//! Decimal numbers on a grid, digit by digit: exact at any length that is
//! computed with.

use crate::record::Reason;
use crate::record::decimal::Decimal;

/// Digits before the point that are computed with; more is `number_out_of_range`.
pub(super) const MAGNITUDE_MAX: i64 = 64;
/// Digits behind the point of the finest grid.
const SCALE_MAX: u32 = 18;
/// Room for every digit of a result, and one for a carry.
const ROOM: usize = MAGNITUDE_MAX as usize + SCALE_MAX as usize + 1;

/// Multiples of `unit × 10^-scale`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) unit: u128,
    pub(super) scale: u32,
}

impl Grid {
    /// `None` when it is not above zero, or too fine or coarse to compute with.
    pub(super) fn new(step: &Decimal) -> Option<Grid> {
        let exponent = i32::try_from(step.exponent()).ok()?;
        let scale = u32::try_from(-exponent).unwrap_or(0);
        let zeros = u32::try_from(exponent).unwrap_or(0);
        let fits = step.digits().len() <= 18 && scale <= SCALE_MAX && zeros <= 18;
        if !fits || step.is_zero() || step.is_negative() {
            return None;
        }
        let digits = step
            .digits()
            .iter()
            .fold(0_u128, |n, d| n * 10 + u128::from(*d));
        Some(Grid {
            unit: digits * 10_u128.pow(zeros),
            scale,
        })
    }

    /// What it is made of multiples of.
    pub(super) fn step(&self) -> Option<Decimal> {
        Decimal::read(&format!("{}e-{}", self.unit, self.scale))
    }
}

/// A magnitude cut to a fixed number of digits behind the point.
pub(super) struct Fixed {
    negative: bool,
    scale: u32,
    /// The most significant first; `digits[from..]` count.
    digits: [u8; ROOM],
    from: usize,
    /// The first digit that was cut away.
    pub(super) rest_digit: u8,
    /// Something other than zeros was cut away.
    pub(super) has_rest: bool,
}

impl Fixed {
    /// Cuts a number behind `scale` digits of its fraction.
    ///
    /// # Errors
    /// [`Reason::NumberOutOfRange`] when it has too many digits before the point.
    pub(super) fn cut(number: &Decimal, scale: u32) -> Result<Fixed, Reason> {
        let mut fixed = Fixed {
            negative: number.is_negative(),
            scale,
            digits: [0; ROOM],
            from: ROOM,
            rest_digit: 0,
            has_rest: false,
        };
        if number.is_zero() {
            return Ok(fixed);
        }
        if number.magnitude() > MAGNITUDE_MAX {
            return Err(Reason::NumberOutOfRange);
        }
        // How many digits stay, counted from the first significant one.
        let stay = number.magnitude() + i64::from(scale);
        let digits = number.digits();
        let whole = usize::try_from(stay).unwrap_or(0);
        fixed.from = ROOM - whole;
        for (to, digit) in fixed.digits[fixed.from..].iter_mut().zip(digits) {
            *to = *digit;
        }
        fixed.has_rest = digits.len() > whole;
        if stay >= 0 {
            fixed.rest_digit = digits.get(whole).copied().unwrap_or(0);
        }
        Ok(fixed)
    }

    /// What is left of the digits that stayed when `unit` is taken away as often
    /// as it fits.
    pub(super) fn modulo(&self, unit: u128) -> u128 {
        self.digits[self.from..]
            .iter()
            .fold(0, |rest, digit| (rest * 10 + u128::from(*digit)) % unit)
    }

    /// Takes away what is not more than the number itself.
    pub(super) fn subtract(&mut self, mut less: u128) {
        let mut borrow = 0;
        for digit in self.digits.iter_mut().rev() {
            if less == 0 && borrow == 0 {
                break;
            }
            let take = (less % 10) as u8 + borrow;
            less /= 10;
            borrow = u8::from(*digit < take);
            *digit = *digit + 10 * borrow - take;
        }
    }

    /// Adds to the magnitude.
    pub(super) fn add(&mut self, mut more: u128) {
        let mut carry = 0;
        for (at, digit) in self.digits.iter_mut().enumerate().rev() {
            if more == 0 && carry == 0 {
                break;
            }
            self.from = self.from.min(at);
            let sum = *digit + (more % 10) as u8 + carry;
            more /= 10;
            carry = u8::from(sum >= 10);
            *digit = sum - 10 * carry;
        }
    }

    /// Appends it in plain decimal, without zeros at the end.
    pub(super) fn write(&self, text: &mut String) {
        let point = ROOM - self.scale as usize;
        let (whole, fraction) = self.digits.split_at(point);
        let first = whole.iter().position(|d| *d != 0);
        let last = fraction.iter().rposition(|d| *d != 0);
        if self.negative && (first.is_some() || last.is_some()) {
            text.push('-');
        }
        match first {
            Some(first) => push_digits(&whole[first..], text),
            None => text.push('0'),
        }
        if let Some(last) = last {
            text.push('.');
            push_digits(&fraction[..=last], text);
        }
    }
}

fn push_digits(digits: &[u8], text: &mut String) {
    text.extend(digits.iter().map(|d| char::from(b'0' + d)));
}
