//! Reversible tokens that look like what they stand for, by FF1.
//!
//! FF1 has no integrity: under a wrong version, domain, space or format a token
//! deciphers to a plausible wrong value. All four come from the policy, and
//! nothing here guesses.

mod digits;

use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use self::digits::{Digits, Separated};
use super::ff1::{Ff1, Lane, NUMERALS_MAX, Shape, Start};
use super::kdf::{Lp, Root, TooLong, Use, first_bytes};
use crate::canon::{self, Canon};
use crate::record::append::append;
use crate::record::jobs::Job;
use crate::record::value::{Text, TextForm, View};
use crate::record::{Nothing, Reason};

/// The characters that are enciphered are the digits.
const RADIX: u32 = 10;

/// Values that are enciphered in one call: several times what the cipher takes
/// at once (9 by AES-NI, 30 by VAES).
const ABREAST: usize = 90;

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
    pub(crate) fn from_word(word: &str) -> Option<Format> {
        match word {
            "digits" => Some(Format::Digits),
            "phone" => Format::from_word("phone(-)"),
            _ if word.starts_with("phone(") => Canon::from_words([word]).ok().map(Format::Phone),
            _ => None,
        }
    }

    /// The same format under the policy's words for nothing.
    pub(crate) fn with_nothing(self, nothing: &Nothing) -> Format {
        match self {
            Format::Digits => Format::Digits,
            Format::Phone(canon) => Format::Phone(canon.with_nothing(nothing)),
        }
    }

    /// The id that enters key and tweak.
    pub(crate) const fn id(&self) -> &'static str {
        match self {
            Format::Digits => "digits@1",
            Format::Phone(_) => "phone@1",
        }
    }
}

/// Makes the tokens of one place, and reads them.
pub struct Tokenizer {
    format: Format,
    ff1: Ff1,
    /// By number of enciphered characters.
    shapes: Box<[Option<Shape>]>,
    /// The least number that has a shape.
    numerals_min: usize,
    /// By country code (`digits`: at 0), then by number of enciphered characters.
    starts: Box<[Option<Box<[Start]>>]>,
}

/// How far [`Tokenizer::begin`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    /// The value is absent (`phone` only: empty or a sentinel).
    Absent,
    /// The token is made.
    Made,
    /// The token, all of it ASCII without `"`, `\` and control characters, is
    /// made by [`Tokenizer::finish`].
    Waits {
        /// Bytes of the token.
        len: usize,
        /// How many of them are enciphered digits.
        digits: usize,
    },
}

/// A value taken apart.
struct Parts<'t> {
    /// What stays, in front.
    kept: &'t str,
    /// The country code as a number (`digits`: 0).
    code: usize,
    /// What is enciphered, with its separators.
    rest: &'t str,
}

/// A value between [`Tokenizer::begin`] and [`Tokenizer::finish`]: how many
/// digits (1 byte), bytes in front in which there are none (1), country code
/// (2), the digits as one number (8), the text.
struct Waiting<'i> {
    digits: Digits,
    front: usize,
    code: usize,
    text: &'i [u8],
}

impl<'i> Waiting<'i> {
    const HEAD: usize = 12;

    fn head(&self) -> [u8; Waiting::HEAD] {
        let mut head = [0; Waiting::HEAD];
        head[0] = self.digits.count as u8;
        head[1] = self.front as u8;
        head[2..4].copy_from_slice(&(self.code as u16).to_ne_bytes());
        head[4..].copy_from_slice(&self.digits.number.to_ne_bytes());
        head
    }

    fn read(input: &'i [u8]) -> Waiting<'i> {
        let (head, text) = input
            .split_first_chunk::<{ Waiting::HEAD }>()
            .expect("begun with a head");
        Waiting {
            digits: Digits {
                count: usize::from(head[0]),
                number: u64::from_ne_bytes(first_bytes(&head[4..])),
            },
            front: usize::from(head[1]),
            code: usize::from(u16::from_ne_bytes([head[2], head[3]])),
            text,
        }
    }

    /// Writes the text with the digits of that number in the place of its own.
    fn write(&self, number: u64, out: &mut [u8]) {
        out.copy_from_slice(self.text);
        let digits = Digits {
            number,
            ..self.digits
        };
        digits.replace(&mut out[self.front..]);
    }
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
        let key = root.key::<32>(
            Use::Ff1,
            &[domain.as_bytes(), space.as_bytes(), format.id().as_bytes()],
        )?;
        let ff1 = Ff1::new(&key, RADIX);
        let n_max = match format {
            Format::Digits => NUMERALS_MAX,
            Format::Phone(_) => NATIONAL_MAX,
        };
        let shapes: Box<[_]> = (0..=n_max).map(|n| Shape::new(RADIX, n)).collect();
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
                    starts[country.number] = Some(starts_of(&format!("+{}", country.code))?);
                }
            }
        }
        Ok(Tokenizer {
            format,
            ff1,
            numerals_min: shapes.iter().take_while(|shape| shape.is_none()).count(),
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
    pub(crate) fn decipher(
        &self,
        token: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<bool, Reason> {
        self.transform(Direction::Decipher, token, scratch, out)
    }

    /// As [`Tokenizer::encipher`], but leaves the ciphering of most values to
    /// [`Tokenizer::finish`]: appends what that needs to `input`.
    ///
    /// # Errors
    /// As [`Tokenizer::encipher`]; `input` is as before then.
    pub(crate) fn begin(
        &self,
        text: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
        input: &mut Vec<u8>,
    ) -> Result<Begun, Reason> {
        let Some(parts) = self.parts(text, scratch)? else {
            return Ok(Begun::Absent);
        };
        let Separated {
            digits,
            front,
            is_plain,
        } = digits::read(parts.rest)?;
        let (shape, start) = self.shape(parts.code, digits.count)?;
        if !is_plain || Lane::new(shape, start, digits.number).is_none() {
            self.permute(Direction::Encipher, &parts, out)?;
            return Ok(Begun::Made);
        }
        let waiting = Waiting {
            digits,
            front: parts.kept.len() + front,
            code: parts.code,
            text: &[],
        };
        input.extend_from_slice(&waiting.head());
        append(parts.kept.as_bytes(), input);
        append(parts.rest.as_bytes(), input);
        Ok(Begun::Waits {
            len: parts.kept.len() + parts.rest.len(),
            digits: digits.count,
        })
    }

    /// Writes the tokens of values that [`Tokenizer::begin`] prepared, each as
    /// long as it said: several are enciphered at a time.
    pub(crate) fn finish(&self, jobs: &[Job], inputs: &[u8], out: &mut [u8]) {
        let mut lanes = [Lane::default(); ABREAST];
        for jobs in jobs.chunks(ABREAST) {
            let lanes = &mut lanes[..jobs.len()];
            for (lane, job) in lanes.iter_mut().zip(jobs) {
                let waiting = Waiting::read(job.input(inputs));
                let shape = self.shape(waiting.code, waiting.digits.count).ok();
                *lane = shape
                    .and_then(|(shape, start)| Lane::new(shape, start, waiting.digits.number))
                    .expect("only what fits a lane waits");
            }
            self.ff1.encipher_lanes(lanes);
            for (lane, job) in lanes.iter().zip(jobs) {
                let waiting = Waiting::read(job.input(inputs));
                waiting.write(lane.number(), job.target.of(out));
            }
        }
        // What lanes hold now are tokens.
    }

    fn transform(
        &self,
        direction: Direction,
        text: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<bool, Reason> {
        let Some(parts) = self.parts(text, scratch)? else {
            return Ok(false);
        };
        self.permute(direction, &parts, out)?;
        Ok(true)
    }

    /// What stays of `text` and what is enciphered; `None` when the value is absent.
    fn parts<'t>(
        &self,
        text: &'t str,
        scratch: &'t mut Vec<u8>,
    ) -> Result<Option<Parts<'t>>, Reason> {
        let Format::Phone(canon) = &self.format else {
            return Ok(Some(Parts {
                kept: "",
                code: 0,
                rest: text,
            }));
        };
        // Most numbers are canonical as they come.
        if let Some(country) = canon::country_of_canonical(text) {
            let (kept, rest) = text.split_at(1 + country.code.len());
            return Ok(Some(Parts {
                kept,
                code: country.number,
                rest,
            }));
        }
        if is_short_number(text) {
            return Err(Reason::FormatDomain);
        }
        scratch.clear();
        let view = View::Text(Text::new(text, TextForm::Plain));
        if !canon.value(view, &mut String::new(), scratch)? {
            return Ok(None);
        }
        let number = std::str::from_utf8(&scratch[1..]).expect("a number is ASCII");
        let country = canon::code_of(&number.as_bytes()[1..]);
        let country = country.expect("a canonical number has a code");
        let (kept, rest) = number.split_at(1 + country.code.len());
        Ok(Some(Parts {
            kept,
            code: country.number,
            rest,
        }))
    }

    /// How that many characters are split, and the state that those behind a
    /// country code begin from.
    fn shape(&self, code: usize, numerals: usize) -> Result<(&Shape, &Start), Reason> {
        let shape = self.shapes.get(numerals).and_then(Option::as_ref);
        let shape = shape.ok_or(Reason::FormatDomain)?;
        let starts = self.starts[code].as_ref();
        let starts = starts.expect("every country code has its starts");
        Ok((shape, &starts[numerals - self.numerals_min]))
    }

    /// Permutes the digits of `rest`; the other characters are separators.
    fn permute(
        &self,
        direction: Direction,
        parts: &Parts<'_>,
        out: &mut String,
    ) -> Result<(), Reason> {
        let digits = digits::read(parts.rest)?.digits;
        let (shape, start) = self.shape(parts.code, digits.count)?;
        let lane = match direction {
            Direction::Encipher => Lane::new(shape, start, digits.number),
            Direction::Decipher => None,
        };
        out.push_str(parts.kept);
        if let Some(mut lane) = lane {
            self.ff1.encipher_lanes(std::slice::from_mut(&mut lane));
            let number = lane.number();
            let token = Digits { number, ..digits };
            token.append(parts.rest, out);
            return Ok(());
        }
        let mut buffer = [0; NUMERALS_MAX];
        let numerals = &mut buffer[..digits.count];
        let clear = parts.rest.bytes().filter(u8::is_ascii_digit);
        for (numeral, digit) in numerals.iter_mut().zip(clear) {
            *numeral = u16::from(digit - b'0');
        }
        match direction {
            Direction::Encipher => self.ff1.encipher(shape, start, numerals),
            Direction::Decipher => self.ff1.decipher(shape, start, numerals),
        }
        let mut made = [0; NUMERALS_MAX];
        for (digit, numeral) in made.iter_mut().zip(&*numerals) {
            *digit = b'0' + *numeral as u8;
        }
        digits::append(parts.rest, &made[..digits.count], out);
        buffer.zeroize();
        made.zeroize();
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
