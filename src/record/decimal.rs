//! A number by its decimal digits: exact and bounded, never a float.

use std::cmp::Ordering;

/// Most significant digits a [`Decimal`] holds.
pub(crate) const DIGITS_MAX: usize = 64;

/// `±D × 10^exponent`, D without leading or trailing zeros; so equal values
/// are equal structures, however they were written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    len: u8,
    exponent: i64,
    digits: [u8; DIGITS_MAX],
}

impl Decimal {
    /// Reads `text`, which must follow JSON's number grammar (RFC 8259 section 6).
    /// `None`: more than `DIGITS_MAX` significant digits. An exponent beyond
    /// `i64` saturates: such a number still compares correctly with any that is not.
    pub(crate) fn read(text: &str) -> Option<Decimal> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut number = Decimal {
            negative,
            len: 0,
            exponent: 0,
            digits: [0; DIGITS_MAX],
        };
        let mut fraction: i64 = 0;
        let mut in_fraction = false;
        let mut zeros: usize = 0;
        let mut written = 0;
        for (i, b) in unsigned.bytes().enumerate() {
            match b {
                b'.' => in_fraction = true,
                b'e' | b'E' => {
                    written = exponent(&unsigned[i + 1..]);
                    break;
                }
                _ => {
                    fraction += i64::from(in_fraction);
                    let digit = b - b'0';
                    if digit == 0 {
                        zeros += usize::from(number.len > 0);
                        continue;
                    }
                    let at = usize::from(number.len) + zeros;
                    *number.digits.get_mut(at)? = digit;
                    number.len = u8::try_from(at + 1).ok()?;
                    zeros = 0;
                }
            }
        }
        if number.len == 0 {
            number.negative = false;
            return Some(number);
        }
        let trimmed = i64::try_from(zeros).unwrap_or(i64::MAX);
        number.exponent = written.saturating_sub(fraction).saturating_add(trimmed);
        Some(number)
    }

    /// The same digits, the point so many places further right.
    #[must_use]
    pub(crate) fn times_ten_to(mut self, places: i64) -> Decimal {
        if !self.is_zero() {
            self.exponent = self.exponent.saturating_add(places);
        }
        self
    }

    /// True for zero, `-0` included.
    pub(crate) const fn is_zero(&self) -> bool {
        self.len == 0
    }

    /// True below zero.
    pub(crate) const fn is_negative(&self) -> bool {
        self.negative
    }

    /// The significant digits D, each 0 to 9, the most significant first.
    pub(crate) fn digits(&self) -> &[u8] {
        &self.digits[..usize::from(self.len)]
    }

    /// The power of ten that D is multiplied with.
    pub(crate) const fn exponent(&self) -> i64 {
        self.exponent
    }

    /// How many digits stand before the point; negative when zeros follow it.
    pub(crate) fn magnitude(&self) -> i64 {
        self.exponent.saturating_add(i64::from(self.len))
    }

    /// The whole part of it times 10^`places`, towards −∞. `None`: it has more than
    /// 37 digits.
    pub(crate) fn floored(&self, places: i64) -> Option<i128> {
        if self.is_zero() {
            return Some(0);
        }
        let before_point = self.magnitude().saturating_add(places);
        if before_point > 37 {
            return None;
        }
        let count = usize::try_from(before_point).unwrap_or(0);
        let digits = self.digits();
        let whole = (0..count).fold(0_i128, |n, i| {
            n * 10 + i128::from(digits.get(i).copied().unwrap_or(0))
        });
        let cut = digits.len() > count;
        Some(match self.is_negative() {
            false => whole,
            true => -whole - i128::from(cut),
        })
    }

    /// Appends it in plain digits, without exponent and without zeros at the end:
    /// equal values give equal texts. As long as its exponent says.
    pub(crate) fn plain_in(&self, text: &mut String) {
        let zeros = |n: i64, text: &mut String| (0..n).for_each(|_| text.push('0'));
        let push = |digits: &[u8], text: &mut String| {
            text.extend(digits.iter().map(|d| char::from(b'0' + d)));
        };
        if self.is_zero() {
            text.push('0');
            return;
        }
        if self.is_negative() {
            text.push('-');
        }
        let digits = self.digits();
        let magnitude = self.magnitude();
        let before = usize::try_from(magnitude).unwrap_or(0).min(digits.len());
        if before == 0 {
            text.push('0');
        }
        push(&digits[..before], text);
        zeros(self.exponent(), text);
        if before < digits.len() {
            text.push('.');
            zeros(-magnitude, text);
            push(&digits[before..], text);
        }
    }

    fn cmp_magnitude(&self, other: &Decimal) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // No trailing zeros: a proper prefix is the smaller number.
            (false, false) => self
                .magnitude()
                .cmp(&other.magnitude())
                .then_with(|| self.digits().cmp(other.digits())),
        }
    }
}

/// Not a JSON number, or one of more than `DIGITS_MAX` significant digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number as JSON writes it, of at most 64 significant digits")]
pub struct NoDecimal;

impl std::str::FromStr for Decimal {
    type Err = NoDecimal;

    fn from_str(text: &str) -> Result<Decimal, NoDecimal> {
        let number = super::is_json_number(text).then(|| Decimal::read(text));
        number.flatten().ok_or(NoDecimal)
    }
}

/// By value.
impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.cmp_magnitude(other),
            (true, true) => other.cmp_magnitude(self),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// It may be a clear value: only its size is shown.
impl std::fmt::Debug for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decimal(.. {} digits)", self.len)
    }
}

fn exponent(text: &str) -> i64 {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let size = digits.bytes().fold(0_i64, |n, b| {
        n.saturating_mul(10).saturating_add(i64::from(b - b'0'))
    });
    if negative { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Decimal {
        Decimal::read(text).unwrap()
    }

    #[test]
    fn equal_values_are_equal_however_written() {
        for (a, b) in [
            ("42", "42.0"),
            ("42", "4.2e1"),
            ("4200", "42E+2"),
            ("0.00420", "42e-4"),
            ("-0", "0e999999999999999999999"),
            ("100000", "1e5"),
        ] {
            assert_eq!(read(a), read(b), "{a} {b}");
            assert_eq!(read(a).cmp(&read(b)), Ordering::Equal);
        }
        assert_ne!(read("-1"), read("1"));
    }

    #[test]
    fn order_is_by_value() {
        let ascending = [
            "-1e99999999999999999999",
            "-20",
            "-10.5",
            "-10",
            "-1e-999",
            "0",
            "1e-99999999999999999999",
            "0.1",
            "9.99",
            "10",
            "10.01",
            "1e999",
        ];
        for pair in ascending.windows(2) {
            assert!(read(pair[0]) < read(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", "1.", ".5", "01", "1e", "0x1", "NaN", "1 ", "½"] {
            assert_eq!(text.parse::<Decimal>(), Err(NoDecimal), "{text}");
        }
        assert_eq!("1".repeat(65).parse::<Decimal>(), Err(NoDecimal));
        assert_eq!("-2.50e1".parse(), Ok(read("-25")));
    }

    #[test]
    fn more_than_64_digits_are_refused_and_zeros_do_not_count() {
        assert!(Decimal::read(&"1".repeat(64)).is_some());
        assert!(Decimal::read(&"1".repeat(65)).is_none());
        let padded = format!("{}{}", "1".repeat(64), "0".repeat(500));
        assert_eq!(read(&padded).exponent(), 500);
        assert!(Decimal::read(&format!("1{}1", "0".repeat(63))).is_none());
    }
}
