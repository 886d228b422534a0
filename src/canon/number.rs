//! Numbers by their decimal text: never expanded, never through a float.

use crate::record::Reason;
use crate::record::decimal::Decimal;

/// Most digits of a canonical number, zeros at both ends not counted.
const DIGITS_MAX: usize = 64;
/// Largest exponent of a canonical number, either way.
const EXPONENT_MAX: i64 = 9_999;
/// Most digits an integer may have to become text under `text@1`.
const TEXT_DIGITS_MAX: i64 = 38;
/// Most bytes of such a text: a sign and the digits.
pub(super) const PLAIN_MAX: usize = 1 + TEXT_DIGITS_MAX as usize;

/// A number as ±D × 10^E, D without zeros at either end.
struct Parts<'a> {
    negative: bool,
    /// Where D's digits stand: integer and fraction digits, the zeros cut off.
    int: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

/// Appends the canonical form: `0`, or `-`? D (`e` E when E ≠ 0). `text` is a
/// number in JSON's grammar (RFC 8259 section 6).
///
/// # Errors
/// [`Reason::NumberOutOfRange`] for more than 64 digits or an exponent beyond ±9,999.
pub(super) fn canonical(text: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    let Some(n) = parts(text.as_bytes()) else {
        out.push(b'0');
        return Ok(());
    };
    if n.digits() > DIGITS_MAX || n.exponent.abs() > EXPONENT_MAX {
        return Err(Reason::NumberOutOfRange);
    }
    n.write(out);
    Ok(())
}

/// The canonical form of a number that was read; without bounds, which it has passed.
pub(crate) fn of_decimal(number: &Decimal) -> String {
    if number.is_zero() {
        return "0".to_owned();
    }
    let digits: Vec<u8> = number.digits().iter().map(|d| b'0' + d).collect();
    let mut out = Vec::with_capacity(digits.len() + 8);
    let parts = Parts {
        negative: number.is_negative(),
        int: &digits,
        fraction: &[],
        exponent: number.exponent(),
    };
    parts.write(&mut out);
    String::from_utf8(out).expect("digits are ASCII")
}

/// Appends an integer (by value: `42.0` and `1e3` are integers) of at most 38
/// digits as its plain decimal text; false when `text` is no such number.
pub(super) fn plain_integer(text: &str, out: &mut Vec<u8>) -> bool {
    let Some(n) = parts(text.as_bytes()) else {
        out.push(b'0');
        return true;
    };
    let digits = i64::try_from(n.digits()).unwrap_or(i64::MAX);
    if n.exponent < 0 || digits.saturating_add(n.exponent) > TEXT_DIGITS_MAX {
        return false;
    }
    n.sign_and_digits(out);
    out.extend((0..n.exponent).map(|_| b'0'));
    true
}

impl Parts<'_> {
    fn digits(&self) -> usize {
        self.int.len() + self.fraction.len()
    }

    /// The canonical form.
    fn write(&self, out: &mut Vec<u8>) {
        self.sign_and_digits(out);
        if self.exponent != 0 {
            out.push(b'e');
            if self.exponent < 0 {
                out.push(b'-');
            }
            push_decimal(self.exponent.unsigned_abs(), out);
        }
    }

    fn sign_and_digits(&self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        out.extend_from_slice(self.int);
        out.extend_from_slice(self.fraction);
    }
}

/// Takes a JSON number apart; `None` for zero.
fn parts(text: &[u8]) -> Option<Parts<'_>> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let is_digit = |b: &u8| b.is_ascii_digit();
    let int_len = text.iter().take_while(|b| is_digit(b)).count();
    let (mut int, rest) = text.split_at(int_len);
    let (mut fraction, rest) = match rest {
        [b'.', rest @ ..] => rest.split_at(rest.iter().take_while(|b| is_digit(b)).count()),
        _ => (&rest[..0], rest),
    };
    let written = match rest {
        [b'e' | b'E', exponent @ ..] => saturating_exponent(exponent),
        _ => 0,
    };
    let fraction_len = fraction.len();

    int = &int[zeros(int.iter())..];
    if int.is_empty() {
        fraction = &fraction[zeros(fraction.iter())..];
    }
    let mut cut = zeros(fraction.iter().rev());
    fraction = &fraction[..fraction.len() - cut];
    if fraction.is_empty() {
        let more = zeros(int.iter().rev());
        int = &int[..int.len() - more];
        cut += more;
    }
    if int.is_empty() && fraction.is_empty() {
        return None;
    }
    let exponent = written
        .saturating_sub(fraction_len as i64)
        .saturating_add(cut as i64);
    Some(Parts {
        negative,
        int,
        fraction,
        exponent,
    })
}

fn zeros<'a>(digits: impl Iterator<Item = &'a u8>) -> usize {
    digits.take_while(|&&b| b == b'0').count()
}

fn saturating_exponent(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let value = digits.iter().fold(0i64, |value, b| {
        value.saturating_mul(10).saturating_add(i64::from(b - b'0'))
    });
    if negative { -value } else { value }
}

fn push_decimal(mut value: u64, out: &mut Vec<u8>) {
    let start = out.len();
    loop {
        out.push(b'0' + (value % 10) as u8);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out[start..].reverse();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canon(text: &str) -> Result<String, Reason> {
        let mut out = Vec::new();
        canonical(text, &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn zeros_move_into_the_exponent() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0e5", "0"),
            ("0e999999999999999999999", "0"),
            ("42", "42"),
            ("4200", "42e2"),
            ("39.80", "398e-1"),
            ("100.00", "1e2"),
            ("0.00120", "12e-4"),
            ("10.01", "1001e-2"),
            ("-12.50e3", "-125e2"),
            ("1E+2", "1e2"),
        ] {
            assert_eq!(canon(text).as_deref(), Ok(expected), "{text}");
            let read = Decimal::read(text).expect("few digits");
            assert_eq!(of_decimal(&read), expected, "{text}");
        }
        assert_eq!(
            canon("1e999999999999999999999"),
            Err(Reason::NumberOutOfRange)
        );
        assert_eq!(
            canon("1e-999999999999999999999"),
            Err(Reason::NumberOutOfRange)
        );
    }

    proptest! {
        /// Any two spellings of one value have one canonical form, and two
        /// values never share one.
        #[test]
        fn one_value_one_form(digits in 1u64.., shift in 0usize..30, extra in 0usize..6, negative: bool) {
            let sign = if negative { "-" } else { "" };
            let plain = canon(&format!("{sign}{digits}")).unwrap();
            let zeros = "0".repeat(extra);
            let text = digits.to_string();
            let moved = if shift < text.len() && shift > 0 {
                let (a, b) = text.split_at(text.len() - shift);
                format!("{sign}{a}.{b}{zeros}e{shift}")
            } else {
                format!("{sign}0.{}{text}{zeros}e{}", "0".repeat(shift), shift + text.len())
            };
            prop_assert_eq!(canon(&moved).unwrap(), plain.clone());
            prop_assert_ne!(canon(&format!("{sign}{}", digits.wrapping_add(1).max(1))).unwrap(), plain);
        }
    }
}
