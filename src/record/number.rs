//! A number of an event, whatever its format spells it in.

use super::Reason;

/// A number as an action sees it: by its text in JSON's grammar (RFC 8259
/// section 6), whatever the format holds.
#[derive(Clone, Copy)]
pub struct Number<'a>(Digits<'a>);

/// The forms that formats hold numbers in.
#[derive(Clone, Copy)]
pub(crate) enum Digits<'a> {
    /// In JSON's grammar.
    Text(&'a str),
    /// Of 64 bits.
    Integer(i64),
    /// Of 64 bits, never negative.
    Unsigned(u64),
    /// Binary, of 32 bits.
    Single(f32),
    /// Binary, of 64 bits.
    Double(f64),
    /// Big-endian two's complement, and how many of its digits stand behind the
    /// point.
    Decimal(&'a [u8], u32),
}

/// Most digits of a decimal: what 128 bits hold for certain.
const DECIMAL_DIGITS_MAX: u32 = 38;

impl<'a> Number<'a> {
    /// A number by its text, which must follow JSON's grammar.
    pub const fn of_text(text: &'a str) -> Self {
        Number(Digits::Text(text))
    }

    /// An integer.
    pub const fn of_integer(value: i64) -> Self {
        Number(Digits::Integer(value))
    }

    /// An integer that is never negative.
    pub const fn of_unsigned(value: u64) -> Self {
        Number(Digits::Unsigned(value))
    }

    /// A binary number of 32 bits, IEEE 754.
    pub const fn of_single(value: f32) -> Self {
        Number(Digits::Single(value))
    }

    /// A binary number of 64 bits, IEEE 754.
    pub const fn of_double(value: f64) -> Self {
        Number(Digits::Double(value))
    }

    /// `unscaled`, big-endian two's complement, times ten to the minus `scale`.
    pub const fn of_decimal(unscaled: &'a [u8], scale: u32) -> Self {
        Number(Digits::Decimal(unscaled, scale))
    }

    /// The form that its format holds it in.
    pub(crate) fn digits(self) -> Digits<'a> {
        self.0
    }

    /// Its text, if the format holds just that.
    #[inline]
    pub(crate) fn as_text(self) -> Option<&'a str> {
        match self.0 {
            Digits::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its text. `scratch` is cleared and used only when the format holds
    /// another form. A binary number has the fewest digits that tell it from
    /// its neighbours; a decimal keeps its scale (`39.80`).
    ///
    /// # Errors
    /// `wrong_type` for what is no number (NaN, infinity); `number_out_of_range`
    /// for a decimal of more than 38 digits.
    #[inline]
    pub(crate) fn text_in<'s>(self, scratch: &'s mut String) -> Result<&'s str, Reason>
    where
        'a: 's,
    {
        match self.0 {
            Digits::Text(text) => Ok(text),
            _ => self.spelled_in(scratch),
        }
    }

    #[inline(never)]
    fn spelled_in(self, scratch: &mut String) -> Result<&str, Reason> {
        use std::fmt::Write as _;
        scratch.clear();
        let wrote = match self.0 {
            Digits::Text(text) => scratch.write_str(text),
            Digits::Integer(value) => write!(scratch, "{value}"),
            Digits::Unsigned(value) => write!(scratch, "{value}"),
            Digits::Single(value) if value.is_finite() => write!(scratch, "{value:?}"),
            // As JSON of the same number is written; half the time of the standard library.
            Digits::Double(value) if value.is_finite() => {
                scratch.write_str(zmij::Buffer::new().format_finite(value))
            }
            Digits::Single(_) | Digits::Double(_) => return Err(Reason::WrongType),
            Digits::Decimal(unscaled, scale) => {
                spell_decimal(unscaled, scale, scratch)?;
                Ok(())
            }
        };
        wrote.expect("a text takes all");
        Ok(scratch)
    }
}

fn spell_decimal(unscaled: &[u8], scale: u32, out: &mut String) -> Result<(), Reason> {
    let negative = unscaled.first().is_some_and(|byte| byte & 0x80 != 0);
    if unscaled.len() > 16 || scale > DECIMAL_DIGITS_MAX {
        return Err(Reason::NumberOutOfRange);
    }
    let filled = if negative { 0xff } else { 0 };
    let mut wide = [filled; 16];
    wide[16 - unscaled.len()..].copy_from_slice(unscaled);
    let value = i128::from_be_bytes(wide);
    let digits = value.unsigned_abs().to_string();
    let scale = scale as usize;
    if digits.len() > DECIMAL_DIGITS_MAX as usize {
        return Err(Reason::NumberOutOfRange);
    }
    if negative {
        out.push('-');
    }
    let whole = digits.len().saturating_sub(scale);
    out.push_str(if whole == 0 { "0" } else { &digits[..whole] });
    if scale > 0 {
        out.push('.');
        out.extend(std::iter::repeat_n('0', scale.saturating_sub(digits.len())));
        out.push_str(&digits[whole..]);
    }
    Ok(())
}

/// Clear values never print themselves.
impl std::fmt::Debug for Number<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Number(..)")
    }
}

/// True when `text` is one number in JSON's grammar (RFC 8259 section 6).
pub fn is_json_number(text: &str) -> bool {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('-').unwrap_or(text);
    let int = digits(rest);
    if int == 0 || (int > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = &rest[int..];
    if let Some(frac) = rest.strip_prefix('.') {
        let n = digits(frac);
        if n == 0 {
            return false;
        }
        rest = &frac[n..];
    }
    if let Some(exp) = rest.strip_prefix(['e', 'E']) {
        let exp = exp.strip_prefix(['+', '-']).unwrap_or(exp);
        let n = digits(exp);
        if n == 0 {
            return false;
        }
        rest = &exp[n..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(number: Number<'_>) -> Result<String, Reason> {
        number.text_in(&mut String::new()).map(str::to_owned)
    }

    #[test]
    fn each_form_has_the_text_of_its_value() {
        for (number, expected) in [
            (Number::of_text("-1.50E+2"), "-1.50E+2"),
            (Number::of_integer(i64::MIN), "-9223372036854775808"),
            (Number::of_unsigned(u64::MAX), "18446744073709551615"),
            (Number::of_single(0.1), "0.1"),
            (Number::of_double(-0.0), "-0.0"),
            (Number::of_double(1e300), "1e+300"),
            (Number::of_decimal(&[0x0f, 0x8c], 2), "39.80"),
            (Number::of_decimal(&[0xff], 3), "-0.001"),
            (Number::of_decimal(&[], 0), "0"),
            (Number::of_decimal(&[0], 2), "0.00"),
            (Number::of_decimal(&[5], 0), "5"),
        ] {
            let text = text(number).unwrap();
            assert_eq!(text, expected);
            assert!(is_json_number(&text), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_and_what_is_too_long_is_refused() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(text(Number::of_double(bad)), Err(Reason::WrongType));
            assert_eq!(text(Number::of_single(bad as f32)), Err(Reason::WrongType));
        }
        let longest = (10i128.pow(38) - 1).to_be_bytes();
        assert_eq!(text(Number::of_decimal(&longest, 0)).unwrap().len(), 38);
        let longer = 10i128.pow(38).to_be_bytes();
        let least = i128::MIN.to_be_bytes();
        for (bytes, scale) in [
            (&longer[..], 0),
            (&least[..], 0),
            (&[0; 17][..], 0),
            (&[1][..], 39),
        ] {
            let refused = text(Number::of_decimal(bytes, scale));
            assert_eq!(refused, Err(Reason::NumberOutOfRange));
        }
    }

    proptest! {
        #[test]
        fn texts_read_back_as_what_they_were_made_from(bits: u64, small: u32) {
            let (double, single) = (f64::from_bits(bits), f32::from_bits(small));
            if let Ok(text) = text(Number::of_double(double)) {
                prop_assert!(is_json_number(&text), "{text}");
                prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits);
            }
            if let Ok(text) = text(Number::of_single(single)) {
                prop_assert!(is_json_number(&text), "{text}");
                prop_assert_eq!(text.parse::<f32>().unwrap().to_bits(), small);
            }
        }

        #[test]
        fn a_decimal_is_its_digits_with_a_point(value in -(10i128.pow(30))..10i128.pow(30), scale in 0u32..38) {
            let text = text(Number::of_decimal(&value.to_be_bytes(), scale)).unwrap();
            prop_assert!(is_json_number(&text), "{text}");
            let digits: String = text.chars().filter(|c| *c != '.').collect();
            prop_assert_eq!(digits.parse::<i128>().unwrap(), value);
            prop_assert_eq!(text.split('.').nth(1).map_or(0, str::len), scale as usize);
        }
    }
}
