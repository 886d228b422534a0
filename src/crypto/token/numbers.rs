//! Tokens of digits and of telephone numbers: several values at a time, each as one
//! number.

use zeroize::Zeroize;

use super::super::ff1::{Ff1, Lane, NUMERALS_MAX, Shape, Start};
use super::super::kdf::{Root, TooLong, Use, first_bytes};
use super::digits::{self, Digits, Separated};
use super::format::Format;
use super::spelled::tweak;
use super::turn::{Begun, Direction};
use crate::canon;
use crate::record::Reason;
use crate::record::append::append;
use crate::record::jobs::Job;
use crate::record::value::{Text, TextForm, View};

/// The characters that are enciphered are the digits.
const RADIX: u32 = 10;

/// Values that are enciphered in one call: several times what the cipher takes
/// at once (9 by AES-NI, 30 by VAES).
const ABREAST: usize = 90;

/// Most digits behind a country code.
const NATIONAL_MAX: usize = 14;

/// Makes the tokens of one place, and reads them.
pub(super) struct Numbers {
    format: Format,
    ff1: Ff1,
    /// By number of enciphered characters.
    shapes: Box<[Option<Shape>]>,
    /// The least number that has a shape.
    numerals_min: usize,
    /// By country code (`digits`: at 0), then by number of enciphered characters.
    starts: Box<[Option<Box<[Start]>>]>,
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

/// A value between [`Numbers::begin`] and [`Numbers::finish`]: how many
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

impl Numbers {
    /// Derives the key and everything that does not depend on the value.
    ///
    /// # Errors
    /// When domain or space is longer than 65,535 bytes.
    pub(super) fn new(
        root: &Root,
        domain: &str,
        space: &str,
        format: Format,
    ) -> Result<Numbers, TooLong> {
        let key = root.key::<32>(
            Use::Ff1,
            &[domain.as_bytes(), space.as_bytes(), format.id().as_bytes()],
        )?;
        let ff1 = Ff1::new(&key, RADIX);
        let n_max = match format {
            Format::Phone(_) => NATIONAL_MAX,
            _ => NUMERALS_MAX,
        };
        let shapes: Box<[_]> = (0..=n_max).map(|n| Shape::new(RADIX, n)).collect();
        let starts_of = |kept: &str| -> Result<Box<[Start]>, TooLong> {
            let tweak = tweak(format.id(), kept, "")?;
            let shapes = shapes.iter().flatten();
            Ok(shapes.map(|shape| ff1.start(shape, &tweak)).collect())
        };
        let mut starts: Box<[Option<Box<[Start]>>]> =
            std::iter::repeat_with(|| None).take(1_000).collect();
        if let Format::Phone(_) = format {
            for country in canon::codes() {
                starts[country.number] = Some(starts_of(&format!("+{}", country.code))?);
            }
        } else {
            starts[0] = Some(starts_of("")?);
        }
        Ok(Numbers {
            format,
            ff1,
            numerals_min: shapes.iter().take_while(|shape| shape.is_none()).count(),
            shapes,
            starts,
        })
    }

    /// As [`Numbers::transform`], but leaves the ciphering of most values to
    /// [`Numbers::finish`]: appends what that needs to `input`.
    ///
    /// # Errors
    /// As [`Numbers::transform`]; `input` is as before then.
    pub(super) fn begin(
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

    /// Writes the tokens of values that [`Numbers::begin`] prepared, each as
    /// long as it said: several are enciphered at a time.
    pub(super) fn finish(&self, jobs: &[Job], inputs: &[u8], out: &mut [u8]) {
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

    /// Appends the token of `text`, or what the token `text` stands for, to `out`.
    /// False when the value is absent (`phone` only: empty or a sentinel).
    ///
    /// # Errors
    /// [`Reason::FormatDomain`], [`Reason::BadIdentifier`]; `out` is as before then.
    pub(super) fn transform(
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
