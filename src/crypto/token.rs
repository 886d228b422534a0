//! Reversible tokens that look like what they stand for, by FF1.
//!
//! FF1 has no integrity: under a wrong version, domain, space or format a token
//! deciphers to a plausible wrong value. All four come from the policy, and
//! nothing here guesses.

use sha2::{Digest, Sha256};

use super::canon::{self, Canon};
use super::ff1::{Ff1, NUMERALS_MAX, Shape, Start};
use super::kdf::{Lp, Root, TooLong, Use, first_bytes};
use crate::record::Reason;
use crate::record::value::{Text, TextForm, View};

/// The characters that are enciphered, in the order of their numerals.
#[derive(Debug)]
struct Alphabet {
    radix: u32,
    numeral: fn(char) -> Option<u16>,
    character: fn(u16) -> char,
}

const DIGITS: Alphabet = Alphabet {
    radix: 10,
    numeral: |c| c.is_ascii_digit().then(|| c as u16 - u16::from(b'0')),
    character: |numeral| char::from(b'0' + numeral as u8),
};

/// Most digits behind a country code.
const NATIONAL_MAX: usize = 14;

/// What is enciphered and what stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// `digits@1`: the digits 0–9, 6 to 37 of them; other characters stay in place.
    Digits,
    /// `phone@1`: `+` and country code stay, the rest is enciphered. How a
    /// number without `+` is read is no part of the key.
    Phone(Canon),
}

impl Format {
    /// The format that `format:` of a policy names: `digits`, `phone` (numbers
    /// without `+` are refused) or `phone(DE)`. `None` for any other word.
    pub fn from_word(word: &str) -> Option<Format> {
        match word {
            "digits" => Some(Format::Digits),
            "phone" => Format::from_word("phone(-)"),
            _ if word.starts_with("phone(") => Canon::from_words([word]).ok().map(Format::Phone),
            _ => None,
        }
    }

    /// The id that enters key and tweak.
    pub const fn id(&self) -> &'static str {
        match self {
            Format::Digits => "digits@1",
            Format::Phone(_) => "phone@1",
        }
    }
}

/// Makes the tokens of one place, and reads them.
pub struct Tokenizer {
    format: Format,
    alphabet: &'static Alphabet,
    ff1: Ff1,
    /// By number of enciphered characters.
    shapes: Box<[Option<Shape>]>,
    /// By country code (`digits`: at 0), then by number of enciphered characters.
    starts: Box<[Option<Box<[Start]>>]>,
}

#[derive(Clone, Copy)]
enum Direction {
    Encipher,
    Decipher,
}

impl Tokenizer {
    /// Derives the key and everything that does not depend on the value.
    ///
    /// # Errors
    /// When domain or space is longer than 65,535 bytes.
    pub fn new(
        root: &Root,
        domain: &str,
        space: &str,
        format: Format,
    ) -> Result<Tokenizer, TooLong> {
        let alphabet = &DIGITS;
        let key = root.key::<32>(
            Use::Ff1,
            &[domain.as_bytes(), space.as_bytes(), format.id().as_bytes()],
        )?;
        let ff1 = Ff1::new(&key, alphabet.radix);
        let n_max = match format {
            Format::Digits => NUMERALS_MAX,
            Format::Phone(_) => NATIONAL_MAX,
        };
        let shapes: Box<[_]> = (0..=n_max).map(|n| Shape::new(ff1.radix(), n)).collect();
        let starts_of = |kept: &str| -> Result<Box<[Start]>, TooLong> {
            let tweak = tweak(format.id(), kept)?;
            let shapes = shapes.iter().flatten();
            Ok(shapes.map(|shape| ff1.start(shape, &tweak)).collect())
        };
        let mut starts: Box<[Option<Box<[Start]>>]> =
            std::iter::repeat_with(|| None).take(1_000).collect();
        match format {
            Format::Digits => starts[0] = Some(starts_of("")?),
            Format::Phone(_) => {
                for country in canon::codes() {
                    starts[number_of(country.code)] =
                        Some(starts_of(&format!("+{}", country.code))?);
                }
            }
        }
        Ok(Tokenizer {
            format,
            alphabet,
            ff1,
            shapes,
            starts,
        })
    }

    /// Appends the token of `text` to `out`. False when the value is absent
    /// (`phone` only: empty or a sentinel). `scratch` is overwritten.
    ///
    /// # Errors
    /// [`Reason::FormatDomain`] when the text does not fit the format or its
    /// domain is below 10^6; [`Reason::BadIdentifier`] when it is no number for
    /// `phone`. `out` is as before then.
    pub fn encipher(
        &self,
        text: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<bool, Reason> {
        self.transform(Direction::Encipher, text, scratch, out)
    }

    /// Appends the text that `token` stands for.
    ///
    /// # Errors
    /// As [`Tokenizer::encipher`]. A token of another key, version, domain,
    /// space or format is *not* an error: a plausible wrong value comes out.
    pub fn decipher(
        &self,
        token: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<bool, Reason> {
        self.transform(Direction::Decipher, token, scratch, out)
    }

    fn transform(
        &self,
        direction: Direction,
        text: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<bool, Reason> {
        match &self.format {
            Format::Digits => self.permute(direction, "", 0, text, out)?,
            Format::Phone(canon) => {
                if is_short_number(text) {
                    return Err(Reason::FormatDomain);
                }
                scratch.clear();
                let view = View::Text(Text::new(text, TextForm::Plain));
                if !canon.value(view, &mut String::new(), scratch)? {
                    return Ok(false);
                }
                let number = std::str::from_utf8(&scratch[1..]).expect("a number is ASCII");
                let country = canon::code_of(&scratch[2..]).expect("a canonical number has a code");
                let (kept, rest) = number.split_at(1 + country.code.len());
                self.permute(direction, kept, number_of(country.code), rest, out)?;
            }
        }
        Ok(true)
    }

    /// Permutes the alphabet's characters of `text`; the others are separators.
    fn permute(
        &self,
        direction: Direction,
        kept: &str,
        code: usize,
        text: &str,
        out: &mut String,
    ) -> Result<(), Reason> {
        let mut buffer = [0u16; NUMERALS_MAX];
        let mut n = 0;
        for c in text.chars() {
            if let Some(numeral) = (self.alphabet.numeral)(c) {
                *buffer.get_mut(n).ok_or(Reason::FormatDomain)? = numeral;
                n += 1;
            } else if canon::is_letter_or_number(c) {
                return Err(Reason::FormatDomain);
            }
        }
        let numerals = &mut buffer[..n];
        let shape = self.shapes.get(n).and_then(Option::as_ref);
        let shape = shape.ok_or(Reason::FormatDomain)?;
        let first = self
            .shapes
            .iter()
            .take_while(|shape| shape.is_none())
            .count();
        let starts = self.starts[code]
            .as_ref()
            .expect("every country code has its starts");
        let start = &starts[n - first];
        match direction {
            Direction::Encipher => self.ff1.encipher(shape, start, numerals),
            Direction::Decipher => self.ff1.decipher(shape, start, numerals),
        }
        out.push_str(kept);
        let mut numerals = numerals.iter();
        for c in text.chars() {
            if (self.alphabet.numeral)(c).is_some() {
                let numeral = numerals.next().expect("one numeral for each character");
                out.push((self.alphabet.character)(*numeral));
            } else {
                out.push(c);
            }
        }
        buffer.fill(0);
        Ok(())
    }
}

/// True for `+`, a country code and too few digits for a domain of 10^6:
/// nothing else that may be wrong with it matters more.
fn is_short_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else {
        return false;
    };
    digits.bytes().all(|b| b.is_ascii_digit())
        && canon::code_of(digits.as_bytes())
            .is_some_and(|country| digits.len() < country.code.len() + 6)
}

fn number_of(code: &str) -> usize {
    code.parse().expect("a country code is a number")
}

/// The 16 bytes that bind a token to its format and to what stays clear of it.
pub(super) fn tweak(format: &str, kept: &str) -> Result<[u8; 16], TooLong> {
    let list = Lp::of(&[b"veil/1 ff1", format.as_bytes(), kept.as_bytes(), b""])?;
    Ok(first_bytes(&Sha256::digest(list.bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokenizer(word: &str) -> Tokenizer {
        let format = Format::from_word(word).unwrap();
        Tokenizer::new(&Root::new(&[3; 32]), "d", "", format).unwrap()
    }

    fn both(of: &Tokenizer, text: &str) -> Result<(String, String), Reason> {
        let (mut scratch, mut token, mut back) = (Vec::new(), String::new(), String::new());
        of.encipher(text, &mut scratch, &mut token)?;
        of.decipher(&token, &mut scratch, &mut back)?;
        Ok((token, back))
    }

    #[test]
    fn separators_stay_and_digits_come_back() {
        let digits = tokenizer("digits");
        let (token, back) = both(&digits, "№ (078)-05–1120\u{a0}").unwrap();
        assert_eq!(back, "№ (078)-05–1120\u{a0}");
        assert!(token.starts_with("№ (") && token.ends_with('\u{a0}') && token != back);
        for n in 6..=37 {
            let text = "1".repeat(n);
            let (token, back) = both(&digits, &text).unwrap();
            assert!(back == text && token != text && token.len() == n);
        }
    }

    #[test]
    fn what_would_stay_clear_is_refused() {
        let digits = tokenizer("digits");
        for text in [
            "",
            "12345",
            "1234567x",
            "123456é",
            "1234567٣",
            "123456½",
            "1234567①",
            "12345678\u{378}",
            &"1".repeat(38),
            &"1".repeat(1_000),
        ] {
            assert_eq!(both(&digits, text), Err(Reason::FormatDomain), "{text}");
        }
    }

    #[test]
    fn phone_numbers_keep_their_country() {
        let german = tokenizer("phone(DE)");
        let (token, back) = both(&german, "0151 123 456 78").unwrap();
        assert_eq!(back, "+4915112345678");
        assert!(token.starts_with("+49") && token.len() == back.len() && token != back);
        // The region reads the number and is no part of the key.
        assert_eq!(
            both(&tokenizer("phone"), "+49 151 12345678").unwrap().0,
            token
        );
        assert_eq!(
            both(&tokenizer("phone"), "0151 12345678"),
            Err(Reason::BadIdentifier)
        );
        assert_eq!(both(&german, "+4912345"), Err(Reason::FormatDomain));
        assert_eq!(both(&german, "49151 x"), Err(Reason::BadIdentifier));
        let mut out = "kept".to_owned();
        assert_eq!(
            german.encipher("unknown", &mut Vec::new(), &mut out),
            Ok(false)
        );
        assert_eq!(
            german.encipher("0151x", &mut Vec::new(), &mut out),
            Err(Reason::BadIdentifier)
        );
        assert_eq!(out, "kept");
        assert_eq!(Format::from_word("phone(XX)"), None);
        assert_eq!(Format::from_word("hex"), None);
    }
}
