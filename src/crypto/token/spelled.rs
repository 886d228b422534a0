//! Tokens over any alphabet, one value at a time.

use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use super::super::ff1::{Ff1, NUMERALS_MAX, Shape};
use super::super::kdf::{Lp, Root, TooLong, Use, first_bytes};
use super::alphabet::Alphabet;
use super::format::Format;
use super::iban::{check_digits, read};
use super::turn::Direction;
use crate::record::Reason;
use crate::record::value::{Text, TextForm, View};

/// Digits of a social security number of the United States.
const SSN_DIGITS: usize = 9;

/// Makes the tokens of one place, and reads them.
pub(super) struct Spelled {
    format: Format,
    cipher: Cipher,
    /// Of account numbers, those with letters.
    with_letters: Option<Cipher>,
    /// Of formats that keep nothing.
    tweak: [u8; 16],
}

/// FF1 over one alphabet.
struct Cipher {
    alphabet: Alphabet,
    ff1: Ff1,
    /// By number of enciphered characters.
    shapes: Box<[Option<Shape>]>,
}

impl Spelled {
    /// # Errors
    /// When domain, space or the id of the format is longer than 65,535 bytes.
    pub(super) fn new(
        root: &Root,
        domain: &str,
        space: &str,
        format: Format,
    ) -> Result<Spelled, TooLong> {
        let names = [domain, space, format.id()].map(str::as_bytes);
        let key = root.key::<32>(Use::Ff1, &names)?;
        let cipher = |alphabet: Alphabet| Cipher {
            ff1: Ff1::new(&key, alphabet.len()),
            shapes: (0..=NUMERALS_MAX)
                .map(|n| Shape::new(alphabet.len(), n))
                .collect(),
            alphabet,
        };
        let alphabet = match &format {
            Format::Spelled(spelling) => spelling.alphabet.clone(),
            Format::EmailLocal(_) => Alphabet::alnum36(),
            _ => Alphabet::digits(),
        };
        Ok(Spelled {
            tweak: tweak(format.id(), "", "")?,
            cipher: cipher(alphabet),
            with_letters: (format == Format::Iban).then(|| cipher(Alphabet::capitals36())),
            format,
        })
    }

    /// Appends the token of `text`, or what the token `text` stands for, to `out`.
    /// False when the value is absent.
    ///
    /// # Errors
    /// [`Reason::FormatDomain`], [`Reason::BadIdentifier`]; `out` is as before then.
    pub(super) fn turn(
        &self,
        direction: Direction,
        text: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<bool, Reason> {
        let from = out.len();
        let turned = match &self.format {
            Format::Iban => self.turn_iban(direction, text, scratch, out),
            Format::EmailLocal(canon) => {
                scratch.clear();
                let view = View::Text(Text::new(text, TextForm::Plain));
                if !canon.value(view, &mut String::new(), scratch)? {
                    return Ok(false);
                }
                let address = std::str::from_utf8(&scratch[1..]).expect("an address is text");
                let (local, domain) = address.rsplit_once('@').ok_or(Reason::BadIdentifier)?;
                let tweak = tweak(self.format.id(), "", domain);
                let tweak = tweak.map_err(|_| Reason::FormatDomain)?;
                self.cipher.turn(direction, &tweak, local, out).map(|()| {
                    out.push('@');
                    out.push_str(domain);
                })
            }
            _ => self.turn_in_place(direction, text, out),
        };
        if turned.is_err() {
            out.truncate(from);
        }
        turned.map(|()| true)
    }

    fn turn_iban(
        &self,
        direction: Direction,
        text: &str,
        scratch: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<(), Reason> {
        let iban = read(text, scratch)?;
        let cipher = self.with_letters.as_ref().filter(|_| iban.has_letters);
        let tweak = tweak(self.format.id(), iban.country, "");
        let tweak = tweak.map_err(|_| Reason::FormatDomain)?;
        out.push_str(iban.country);
        let check_at = out.len();
        out.push_str("00");
        let cipher = cipher.unwrap_or(&self.cipher);
        cipher.turn(direction, &tweak, iban.bban, out)?;
        let check = check_digits(iban.country, &out[check_at + 2..]).map(char::from);
        out.replace_range(check_at..check_at + 2, &String::from_iter(check));
        Ok(())
    }

    fn turn_in_place(
        &self,
        direction: Direction,
        text: &str,
        out: &mut String,
    ) -> Result<(), Reason> {
        let mut buffer = [0; NUMERALS_MAX];
        let count = self.cipher.alphabet.read(text, &mut buffer)?;
        let numerals = &mut buffer[..count];
        match &self.format {
            Format::Ssn if count != SSN_DIGITS => return Err(Reason::FormatDomain),
            Format::Card(card) => {
                let (enciphered, front, behind) = card.parts(numerals)?;
                let tweak = tweak(card.id(), &front, &behind);
                let tweak = tweak.map_err(|_| Reason::FormatDomain)?;
                let part = &mut numerals[enciphered];
                self.cipher.permute(direction, &tweak, part)?;
                card.mend(numerals);
            }
            _ => self.cipher.permute(direction, &self.tweak, numerals)?,
        }
        self.cipher.alphabet.write(text, numerals, out);
        buffer.zeroize();
        Ok(())
    }
}

impl Cipher {
    fn turn(
        &self,
        direction: Direction,
        tweak: &[u8; 16],
        text: &str,
        out: &mut String,
    ) -> Result<(), Reason> {
        let mut buffer = [0; NUMERALS_MAX];
        let count = self.alphabet.read(text, &mut buffer)?;
        self.permute(direction, tweak, &mut buffer[..count])?;
        self.alphabet.write(text, &buffer[..count], out);
        buffer.zeroize();
        Ok(())
    }

    fn permute(
        &self,
        direction: Direction,
        tweak: &[u8; 16],
        numerals: &mut [u16],
    ) -> Result<(), Reason> {
        let shape = self.shapes.get(numerals.len()).and_then(Option::as_ref);
        let shape = shape.ok_or(Reason::FormatDomain)?;
        let start = self.ff1.start(shape, tweak);
        match direction {
            Direction::Encipher => self.ff1.encipher(shape, &start, numerals),
            Direction::Decipher => self.ff1.decipher(shape, &start, numerals),
        }
        Ok(())
    }
}

/// The 16 bytes that bind a token to its format and to what stays clear of it, in
/// front and behind.
pub(in super::super) fn tweak(
    format: &str,
    front: &str,
    behind: &str,
) -> Result<[u8; 16], TooLong> {
    let parts = [format, front, behind].map(str::as_bytes);
    let list = Lp::of(&[b"veil/1 ff1", parts[0], parts[1], parts[2]])?;
    Ok(first_bytes(&Sha256::digest(list.bytes())))
}
