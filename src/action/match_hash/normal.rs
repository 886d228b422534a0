//! A field as its platform hashes it.

use super::platform::Form;
use crate::action::Cx;
use crate::canon::Canon;
use crate::record::Reason;
use crate::record::value::{Text, TextForm, View};

/// How a field becomes what is hashed.
#[derive(Clone, Debug)]
pub(super) struct Normal {
    pub(super) form: Form,
    /// Of a telephone number `phone@2` or, without a region, `phone@1`; of a text `trim@1`
    /// and `nfc@1`, so that two spellings of `é` are one.
    pub(super) canon: Canon,
    /// `email@1`, by which an address is known.
    pub(super) address: Canon,
}

impl Normal {
    /// Leaves in `cx.bytes` what is hashed of a value; false: nothing is.
    ///
    /// # Errors
    /// `wrong_type` for what is no text (an integer too where it is no `external_id`),
    /// `bad_identifier` for what is none of its kind.
    pub(super) fn bytes_of(&self, view: View<'_>, cx: &mut Cx<'_>) -> Result<bool, Reason> {
        cx.bytes.clear();
        if !self.canon.value(view, cx.text, cx.bytes)? {
            return Ok(false);
        }
        // The canonical text has its type before it.
        if let Form::Phone { plus } = self.form {
            cx.bytes.drain(..if plus { 1 } else { 2 });
            return Ok(true);
        }
        cx.bytes.remove(0);
        if matches!(self.form, Form::AsItIs) {
            return Ok(true);
        }
        lower(cx);
        match self.form {
            Form::Email { gmail } => {
                if gmail {
                    keep(cx, |c| !c.is_whitespace());
                }
                self.email(gmail, cx)?;
            }
            Form::Name { bare: true } => keep(cx, |c| !is_punctuation(c)),
            Form::Bare => keep(cx, |c| !is_punctuation(c) && !c.is_whitespace()),
            Form::TwoLetters => {
                let is_code = cx.bytes.len() == 2 && cx.bytes.iter().all(u8::is_ascii_lowercase);
                return is_code.then_some(true).ok_or(Reason::BadIdentifier);
            }
            Form::Zip { digits } => {
                keep(cx, |c| !c.is_whitespace() && c != '-');
                zip(digits, cx.bytes)?;
            }
            Form::Birth => birth(cx.bytes)?,
            Form::Gender { third } => gender(third, cx.bytes)?,
            Form::Name { bare: false } | Form::Phone { .. } | Form::AsItIs => {}
        }
        match cx.bytes.is_empty() {
            false => Ok(true),
            true => Err(Reason::BadIdentifier),
        }
    }

    /// Refuses what is no address, and rewrites Gmail's.
    fn email(&self, gmail: bool, cx: &mut Cx<'_>) -> Result<(), Reason> {
        let text = std::str::from_utf8(cx.bytes).map_err(|_| Reason::BadIdentifier)?;
        let view = View::Text(Text::new(text, TextForm::Plain));
        let start = cx.jobs.scratch.len();
        let is_address = self.address.value(view, cx.text, &mut cx.jobs.scratch);
        cx.jobs.withdraw(start);
        if !is_address? {
            return Err(Reason::BadIdentifier);
        }
        let at = memchr::memchr(b'@', cx.bytes).ok_or(Reason::BadIdentifier)?;
        let is_gmail = matches!(&cx.bytes[at..], b"@gmail.com" | b"@googlemail.com");
        if gmail && is_gmail {
            let local = memchr::memchr(b'+', &cx.bytes[..at]).unwrap_or(at);
            cx.bytes.drain(local..at);
            let mut left = local;
            cx.bytes.retain(|byte| {
                let is_dot = left > 0 && *byte == b'.';
                left = left.saturating_sub(1);
                !is_dot
            });
            if cx.bytes.first() == Some(&b'@') {
                return Err(Reason::BadIdentifier);
            }
        }
        Ok(())
    }
}

/// In lower case, as every language that platforms show examples in has it.
fn lower(cx: &mut Cx<'_>) {
    if cx.bytes.is_ascii() {
        cx.bytes.make_ascii_lowercase();
        return;
    }
    let lower = String::from_utf8_lossy(cx.bytes).to_lowercase();
    cx.bytes.clear();
    cx.bytes.extend_from_slice(lower.as_bytes());
}

/// Leaves the characters for which that holds.
fn keep(cx: &mut Cx<'_>, is_kept: impl Fn(char) -> bool) {
    if cx.bytes.is_ascii() {
        cx.bytes.retain(|byte| is_kept(char::from(*byte)));
        return;
    }
    cx.text.clear();
    let all = String::from_utf8_lossy(cx.bytes);
    cx.text.extend(all.chars().filter(|c| is_kept(*c)));
    cx.bytes.clear();
    cx.bytes.extend_from_slice(cx.text.as_bytes());
}

/// ASCII punctuation, and what stands for it in other scripts: quotes, dashes, brackets,
/// stops.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c,
            '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b4}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}'
            | '\u{2bb}'..='\u{2bd}'
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}'
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{30fb}'
            | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
}

fn zip(digits: bool, code: &mut Vec<u8>) -> Result<(), Reason> {
    let is_digits = code.iter().all(u8::is_ascii_digit);
    let is_code = code.iter().all(u8::is_ascii_alphanumeric) && (3..=10).contains(&code.len());
    if !is_code || digits && !is_digits {
        return Err(Reason::BadIdentifier);
    }
    // The five digits of the United States with the four that may follow.
    if !digits && is_digits && code.len() == 9 {
        code.truncate(5);
    }
    Ok(())
}

fn birth(date: &mut Vec<u8>) -> Result<(), Reason> {
    if let [_, _, _, _, b'-', _, _, b'-', _, _] = date[..] {
        date.retain(|byte| *byte != b'-');
    }
    let number = |digits: &[u8]| {
        let mut number = 0_i16;
        for digit in digits {
            let digit = char::from(*digit).to_digit(10)?;
            number = number * 10 + i16::try_from(digit).ok()?;
        }
        Some(number)
    };
    let is_date = || {
        // Of any other length a part could be a number too large for its type.
        let (year, rest) = date.split_at_checked(4).filter(|_| date.len() == 8)?;
        let (month, day) = rest.split_at(2);
        let day = number(day)?;
        let (month, day) = (i8::try_from(number(month)?).ok()?, i8::try_from(day).ok()?);
        let year = number(year).filter(|year| *year >= 1900)?;
        jiff::civil::Date::new(year, month, day).ok()
    };
    is_date().map(|_| ()).ok_or(Reason::BadIdentifier)
}

fn gender(third: bool, text: &mut Vec<u8>) -> Result<(), Reason> {
    let letter = match &text[..] {
        b"f" | b"female" => b'f',
        b"m" | b"male" => b'm',
        b"n" | b"non-binary" if third => b'n',
        _ => return Err(Reason::BadIdentifier),
    };
    text.clear();
    text.push(letter);
    Ok(())
}
