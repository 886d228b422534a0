//! `phone@1:RR`: a telephone number as `+` and 8 to 15 digits.

use super::e164::{self, Region};
use crate::record::Reason;

/// More digits than any prefix and number have together.
const DIGITS_MAX: usize = 32;

/// Digits of a number with its country code.
pub(super) const LENGTHS: std::ops::RangeInclusive<usize> = 8..=15;

/// Digits of a number and where each stood in the text.
pub(super) struct Digits<'a> {
    text: &'a str,
    digits: [u8; DIGITS_MAX],
    ends: [usize; DIGITS_MAX],
    len: usize,
}

/// Appends the canonical form of `text`. `home` is the region whose prefixes a
/// number without `+` is read by; `None` refuses those numbers.
///
/// # Errors
/// [`Reason::BadIdentifier`].
pub(super) fn canonical(
    text: &str,
    home: Option<&Region>,
    out: &mut Vec<u8>,
) -> Result<(), Reason> {
    if country_of_canonical(text).is_some() {
        out.extend_from_slice(text.as_bytes());
        return Ok(());
    }
    append(text, home, out).ok_or(Reason::BadIdentifier)
}

/// The country of a number that is canonical as it stands, in whatever region.
pub(crate) fn country_of_canonical(text: &str) -> Option<&'static Region> {
    let digits = text.strip_prefix('+')?.as_bytes();
    let is_number = LENGTHS.contains(&digits.len())
        && digits.iter().fold(true, |all, b| all & b.is_ascii_digit());
    if is_number {
        e164::code_of(digits)
    } else {
        None
    }
}

fn append(text: &str, home: Option<&Region>, out: &mut Vec<u8>) -> Option<()> {
    let (plus, number) = read(text)?;
    let digits = number.as_slice();
    if plus {
        return international(&number, 0, out);
    }
    let home = home?;
    if digits.starts_with(home.international.as_bytes()) {
        return international(&number, home.international.len(), out);
    }
    let national = digits.strip_prefix(home.trunk.as_bytes()).unwrap_or(digits);
    finish(home.code, national, out)
}

/// A number that begins with a country code at digit `from`.
fn international(number: &Digits<'_>, from: usize, out: &mut Vec<u8>) -> Option<()> {
    let (country, rest) = number.behind_code(from)?;
    finish(country.code, rest, out)
}

impl Digits<'_> {
    /// All of them.
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.digits[..self.len]
    }

    /// The country whose code stands at digit `from`, and the digits behind it.
    pub(super) fn behind_code(&self, from: usize) -> Option<(&'static Region, &[u8])> {
        let digits = &self.as_slice()[from..];
        let country = e164::code_of(digits)?;
        let code_len = country.code.len();
        let behind = self.ends[from + code_len - 1];
        let rest = &digits[code_len..];
        // `(0)` is the trunk prefix of that country, written for readers at home.
        let written = country.trunk == "0" && zero_in_brackets(&self.text[behind..]);
        Some((country, &rest[usize::from(written)..]))
    }
}

/// Appends `+`, country code and number, if those are 8 to 15 digits.
pub(super) fn finish(code: &str, number: &[u8], out: &mut Vec<u8>) -> Option<()> {
    if !LENGTHS.contains(&(code.len() + number.len())) {
        return None;
    }
    out.push(b'+');
    out.extend_from_slice(code.as_bytes());
    out.extend_from_slice(number);
    Some(())
}

/// The digits, and whether a `+` stands before them.
pub(super) fn read(text: &str) -> Option<(bool, Digits<'_>)> {
    let mut plus = false;
    let mut number = Digits {
        text,
        digits: [0; DIGITS_MAX],
        ends: [0; DIGITS_MAX],
        len: 0,
    };
    for (at, c) in text.char_indices() {
        match c {
            '0'..='9' => {
                *number.digits.get_mut(number.len)? = c as u8;
                number.ends[number.len] = at + 1;
                number.len += 1;
            }
            '+' if !plus && number.len == 0 => plus = true,
            _ if is_separator(c) => {}
            _ => return None,
        }
    }
    Some((plus, number))
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')')
}

/// True when the literal `(0)` comes next, only separators before it.
fn zero_in_brackets(mut text: &str) -> bool {
    loop {
        if text.starts_with("(0)") {
            return true;
        }
        let mut chars = text.chars();
        if !chars.next().is_some_and(is_separator) {
            return false;
        }
        text = chars.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canon(home: &str, text: &str) -> Result<String, Reason> {
        let mut out = Vec::new();
        canonical(text, e164::region(home), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    /// What is canonical as it stands is what reading it digit by digit gives.
    #[test]
    fn canonical_numbers_stay() {
        for country in e164::codes() {
            for len in 0..20 {
                let mut text = format!("+{}{}", country.code, "0123456789".repeat(2));
                text.truncate(1 + len);
                let mut read = Vec::new();
                let read = append(&text, None, &mut read).map(|()| read);
                let expected = LENGTHS.contains(&len).then(|| text.clone().into_bytes());
                assert_eq!(read, expected, "{text}");
                let found = country_of_canonical(&text).map(|found| found.code);
                assert_eq!(found, expected.map(|_| country.code), "{text}");
            }
        }
        for text in [
            "",
            "+",
            "49151123456",
            "+0151123456",
            "+4915112345x",
            "+49(0)15112345",
        ] {
            assert_eq!(country_of_canonical(text), None, "{text}");
        }
    }

    #[test]
    fn prefixes_follow_the_region() {
        assert_eq!(
            canon("DE", "+49(0)15112345678").as_deref(),
            Ok("+4915112345678")
        );
        assert_eq!(
            canon("DE", "+(49)(0)15112345678").as_deref(),
            Ok("+4915112345678")
        );
        assert_eq!(
            canon("DE", "+4(9(0)15112345678").as_deref(),
            Ok("+4915112345678")
        );
        // Only the literal `(0)` right behind the country code.
        assert_eq!(
            canon("DE", "+49(0 )15112345678").as_deref(),
            Ok("+49015112345678")
        );
        assert_eq!(
            canon("DE", "+491(0)5112345678").as_deref(),
            Ok("+49105112345678")
        );
        assert_eq!(canon("HU", "06 1 234 5678").as_deref(), Ok("+3612345678"));
        assert_eq!(
            canon("RU", "8 495 123-45-67").as_deref(),
            Ok("+74951234567")
        );
        assert_eq!(canon("DE", ""), Err(Reason::BadIdentifier));
        assert_eq!(canon("DE", "+"), Err(Reason::BadIdentifier));
        assert_eq!(canon("DE", "+0123456789"), Err(Reason::BadIdentifier));
        assert_eq!(canon("DE", "+999123456789"), Err(Reason::BadIdentifier));
        assert_eq!(
            canon("DE", "0".repeat(40).as_str()),
            Err(Reason::BadIdentifier)
        );
        assert_eq!(canon("DE", "٠١٥١ ١٢٣٤٥٦٧٨"), Err(Reason::BadIdentifier));
    }
}
