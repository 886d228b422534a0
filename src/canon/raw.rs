//! V of a value as it stands, by its type and what it is: `raw@1` (docs/formats.md).

use super::number;
use crate::record::append::append;
use crate::record::{Literal, Reason};

/// Appends V of a text.
pub(crate) fn text(text: &str, out: &mut Vec<u8>) {
    out.push(b's');
    append(text.as_bytes(), out);
}

/// Appends V of a boolean.
pub(crate) fn bool(value: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'b', u8::from(value)]);
}

/// Appends V of a number in JSON's grammar.
///
/// # Errors
/// [`Reason::NumberOutOfRange`] for more than 64 digits or an exponent beyond ±9,999;
/// of `out`, only its tag counts then.
pub(crate) fn number(text: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    out.push(b'n');
    number::canonical(text, out)
}

/// V of a constant of the policy.
///
/// # Errors
/// As [`number`].
pub(crate) fn literal(literal: &Literal) -> Result<Vec<u8>, Reason> {
    let mut v = Vec::new();
    match literal {
        Literal::Text(characters) => text(characters, &mut v),
        Literal::Bool(value) => bool(*value, &mut v),
        Literal::Number(digits) => number(digits, &mut v)?,
    }
    Ok(v)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::Canon;
    use crate::record::number::Number;
    use crate::record::value::{Text, TextForm, View};

    #[test]
    fn a_constant_is_the_value_that_it_spells() {
        let canon = Canon::raw();
        let number = |text: &str| Literal::Number(text.to_owned());
        for (constant, v) in [
            (Literal::Text("größe".to_owned()), "sgröße"),
            (Literal::Text("1".to_owned()), "s1"),
            (Literal::Bool(true), "b\u{1}"),
            (Literal::Bool(false), "b\u{0}"),
            (number("39.80"), "n398e-1"),
            (number("-0"), "n0"),
            (number("1e2"), "n1e2"),
        ] {
            let made = literal(&constant).expect("in range");
            assert_eq!(made, v.as_bytes(), "{v}");
            let view = match &constant {
                Literal::Text(text) => View::Text(Text::new(text, TextForm::Plain)),
                Literal::Bool(value) => View::Bool(*value),
                Literal::Number(text) => View::Number(Number::of_text(text)),
            };
            let mut of_value = Vec::new();
            let found = canon.value(view, &mut String::new(), &mut of_value);
            assert_eq!((found, of_value), (Ok(true), made), "{v}");
        }
        for text in ["1e10000", &"7".repeat(65)] {
            assert_eq!(literal(&number(text)), Err(Reason::NumberOutOfRange));
        }
    }
}
