//! Scalars by one text each, as a table or a list has them.

use super::Reason;
use super::decimal::Decimal;
use super::value::View;

/// Most digits before and behind the point of a number that has a plain text.
const DIGITS_MAX: i64 = 64;

/// Most bytes of a number in plain digits: sign, digits, point, digits.
pub(crate) const NUMBER_BYTES_MAX: usize = 2 + 2 * DIGITS_MAX as usize;

/// The text of a scalar other than `null`: that of a text after unescaping, a number in
/// plain digits by its value, `true` or `false`. `None`: a number with more than 64 digits
/// before or behind its point, zeros included. `scratch` is cleared and used where needed.
///
/// # Errors
/// `wrong_type` for what is none of them.
#[inline]
pub(crate) fn plain<'s>(
    view: View<'s>,
    scratch: &'s mut String,
) -> Result<Option<&'s str>, Reason> {
    match view {
        View::Text(text) => Ok(Some(text.chars_in(scratch))),
        View::Bool(true) => Ok(Some("true")),
        View::Bool(false) => Ok(Some("false")),
        View::Number(number) => {
            let number = Decimal::read(number.text_in(scratch)?);
            let Some(number) = number.filter(is_plain) else {
                return Ok(None);
            };
            scratch.clear();
            number.plain_in(scratch);
            Ok(Some(scratch))
        }
        _ => Err(Reason::WrongType),
    }
}

/// True for a number that has a plain text.
pub(crate) fn is_plain(number: &Decimal) -> bool {
    number.is_zero() || number.exponent() >= -DIGITS_MAX && number.magnitude() <= DIGITS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::number::Number;

    #[test]
    fn a_number_has_one_text_by_its_value() {
        let text = |json: &str| {
            let mut scratch = "before".to_owned();
            let view = View::Number(Number::of_text(json));
            plain(view, &mut scratch).map(|t| t.map(str::to_owned))
        };
        for (json, expected) in [
            ("42", "42"),
            ("4.20e1", "42"),
            ("39.80", "39.8"),
            ("-0.0", "0"),
            ("0e999999999", "0"),
            ("-1e-3", "-0.001"),
        ] {
            assert_eq!(text(json), Ok(Some(expected.to_owned())), "{json}");
        }
        let most = text("-1.0e63").unwrap().unwrap();
        assert!(most.len() <= NUMBER_BYTES_MAX);
        for json in ["1e64", "1e-65", "1e999999999", "-1e-999999999"] {
            assert_eq!(text(json), Ok(None), "{json}");
        }
        let long = "9".repeat(100);
        assert_eq!(text(&long), Ok(None));
        assert_eq!(
            plain(View::Null, &mut String::new()),
            Err(Reason::WrongType)
        );
    }
}
