//! Check digits and forms of numbers that banks, card networks and states give: one
//! of each in the house. What passes looks like such a number; whose it is nobody says.

mod bank;
mod national;

pub(crate) use bank::{iban_length, is_card, is_iban};
#[cfg(test)]
pub(crate) use national::PUBLISHED_OMOCODIA;
pub(crate) use national::{
    is_american, is_brazilian, is_british, is_dutch, is_finnish, is_french, is_german, is_indian,
    is_italian, is_spanish, is_swedish,
};

/// The check digit of ISO/IEC 7812 is right.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => 2 * digit - 9,
            (_, digit) => 2 * digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The digits of a text that holds nothing else but `separators`.
pub(crate) fn digits_of(text: &str, separators: &[u8], digits: &mut [u8]) -> Option<usize> {
    let mut len = 0;
    for byte in text.bytes() {
        if byte.is_ascii_digit() {
            *digits.get_mut(len)? = byte - b'0';
            len += 1;
        } else if !separators.contains(&byte) {
            return None;
        }
    }
    Some(len)
}

/// True when `text` has a digit for each `0` of `form`, a capital for each `A`,
/// and the same character elsewhere.
fn is_like(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(b, f)| match f {
            b'0' => b.is_ascii_digit(),
            b'A' => b.is_ascii_uppercase(),
            _ => b == f,
        })
}
