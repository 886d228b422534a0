//! Canonical values: what is one value for a pseudonym, and what is another.
//!
//! **In**: the view of a value. **Out**: its canonical bytes V = tag ‖ content,
//! or that it is absent, or why it is refused.
//! **Promises**: which bytes a value gives never changes under one id; no
//! library's tables have a say; ASCII costs no allocation.
//! **Does not know**: keys, formats, policies.
//!
//! Tags: `s` text, `n` number, `b` boolean (00 or 01), `t` composite. A value is
//! *absent* when it is `null`, empty, or one of the words of [`Nothing`]: nothing is
//! written for it, so that all the unknown users do not become one user.

mod areas;
pub(crate) mod check;
mod e164;
mod email;
pub(crate) mod idna;
mod mailbox;
pub(crate) mod network;
mod number;
mod phone;
mod phone2;
pub(crate) mod raw;
mod strip;
mod unicode;
mod words;

use unicode_normalization::{IsNormalized, UnicodeNormalization};

pub(crate) use areas::country;
pub(crate) use e164::{code_of, codes};
pub(crate) use number::of_decimal as canonical_number;
pub(crate) use phone::country_of_canonical;
pub(crate) use unicode::is_letter_or_number;
pub use words::BadCanon;

use crate::record::append::append;
use crate::record::time::TimeKind;
use crate::record::value::{Text, TextForm, View};
use crate::record::{Nothing, Reason, overwrite};

/// Parts of a composite value.
pub(crate) const PARTS: std::ops::RangeInclusive<usize> = 2..=16;

/// How a value becomes canonical. Part of the pseudonym's key: columns made
/// canonical in different ways never join, rather than joining on most rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canon {
    kind: Kind,
    /// `strip@1` stands before it.
    strip: bool,
    id: Box<str>,
    /// What stands for no value; no part of the key.
    nothing: Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Raw,
    Chain(Chain),
    Email(mailbox::Mailbox),
    Phone(Option<&'static e164::Region>),
    /// `phone@2`; `text` before it takes integers as their digits.
    Phone2 {
        home: phone2::Home,
        text: bool,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Chain {
    text: bool,
    trim: bool,
    nfc: bool,
    fold: bool,
}

impl Canon {
    /// The same canonicaliser under the policy's words for nothing.
    pub fn with_nothing(self, nothing: &Nothing) -> Canon {
        Canon {
            nothing: nothing.clone(),
            ..self
        }
    }

    /// The id that enters the key: `trim@1+fold@1`, `phone@1:DE`, `raw@1`.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// True when type is part of the value, so that the number 42 and the text
    /// `42` differ: `raw`.
    pub(crate) fn is_type_sensitive(&self) -> bool {
        self.kind == Kind::Raw
    }

    /// True when a number can be its text: `text`.
    pub(crate) fn takes_integers(&self) -> bool {
        match self.kind {
            Kind::Chain(chain) => chain.text,
            Kind::Phone2 { text, .. } => text,
            _ => false,
        }
    }

    /// True when a time of that kind can be a value: a day under every canonicaliser
    /// that takes any text, more under `raw` alone. A time of day says who nobody is.
    pub(crate) fn takes_time(&self, kind: TimeKind) -> bool {
        match (self.kind, kind) {
            (_, TimeKind::OfDay(_)) => false,
            (Kind::Raw, _) => true,
            (Kind::Chain(_), TimeKind::Date) => true,
            _ => false,
        }
    }

    /// Where a number without `+` that begins with its country code is read as
    /// another one: the word that reads both. Under the country code 1, the trunk
    /// prefix is the same digit, and no number is read wrong.
    pub(crate) fn reads_both(&self) -> Option<String> {
        match self.kind {
            Kind::Phone(Some(home)) if home.code != "1" => Some(format!("phone@2({})", home.name)),
            _ => None,
        }
    }

    /// Appends V of `view` to `out`. False when the value is absent; then, and
    /// on an error, `out` is as before. `scratch` holds unescaped text.
    ///
    /// # Errors
    /// [`Reason::WrongType`] for arrays, objects, and types this canonicaliser
    /// does not take; [`Reason::BadIdentifier`] for text that breaks its rules;
    /// [`Reason::NumberOutOfRange`].
    pub fn value(
        &self,
        view: View<'_>,
        scratch: &mut String,
        out: &mut Vec<u8>,
    ) -> Result<bool, Reason> {
        let start = out.len();
        let result = self.append(view, scratch, out);
        if result != Ok(true) {
            overwrite::cut(out, start);
        }
        result
    }

    /// Appends V of several values taken as one (`from: [a, b]`), 2 to 16; an
    /// absent part has length 0. False when all are absent; then, and on an
    /// error, `out` is as before.
    ///
    /// # Errors
    /// As [`Canon::value`]: one part refused, all refused.
    pub(crate) fn composite(
        &self,
        parts: &[Option<View<'_>>],
        scratch: &mut String,
        out: &mut Vec<u8>,
    ) -> Result<bool, Reason> {
        debug_assert!(
            PARTS.contains(&parts.len()),
            "the policy checks the number of parts"
        );
        let start = out.len();
        out.extend_from_slice(&[b't', parts.len() as u8]);
        let mut any = false;
        for part in parts {
            let len_at = out.len();
            out.extend_from_slice(&[0; 4]);
            let present = match part {
                None => false,
                Some(view) => match self.value(*view, scratch, out) {
                    Ok(present) => present,
                    Err(reason) => {
                        overwrite::cut(out, start);
                        return Err(reason);
                    }
                },
            };
            any |= present;
            let len = u32::try_from(out.len() - len_at - 4).map_err(|_| Reason::TooLarge)?;
            out[len_at..len_at + 4].copy_from_slice(&len.to_be_bytes());
        }
        if !any {
            overwrite::cut(out, start);
        }
        Ok(any)
    }

    fn append(
        &self,
        view: View<'_>,
        scratch: &mut String,
        out: &mut Vec<u8>,
    ) -> Result<bool, Reason> {
        let text = match view {
            View::Null => return Ok(false),
            View::Whole(_) | View::Bytes(_) => return Err(Reason::WrongType),
            // By its text, so that a day joins with the same day in JSON.
            View::Time(time) if self.takes_time(time.kind) => time.text_in(scratch)?,
            View::Time(_) => return Err(Reason::WrongType),
            View::Text(text) => text.chars_in(scratch),
            View::Bool(value) if self.kind == Kind::Raw => {
                raw::bool(value, out);
                return Ok(true);
            }
            View::Number(number) => return self.number(number.text_in(scratch)?, out),
            View::Bool(_) => return Err(Reason::WrongType),
        };
        let text = if self.strip { strip::strip(text) } else { text };
        out.push(b's');
        let content_at = out.len();
        match self.kind {
            Kind::Raw => append(text.as_bytes(), out),
            Kind::Chain(chain) => chain.append(text, out)?,
            Kind::Email(_) | Kind::Phone(_) | Kind::Phone2 { .. } => {
                let trimmed = trim(text);
                if self.nothing.is(trimmed.as_bytes()) {
                    return Ok(false);
                }
                match self.kind {
                    Kind::Phone(region) => phone::canonical(text, region, out)?,
                    Kind::Phone2 { home, .. } => phone2::canonical(text, home, out)?,
                    Kind::Email(mailbox) => {
                        // Of ASCII, the address itself refuses what is none of it.
                        if !trimmed.is_ascii() {
                            refuse_code_points(trimmed)?;
                        }
                        email::canonical(trimmed, out)?;
                        mailbox.reduce(content_at, out)?;
                    }
                    Kind::Raw | Kind::Chain(_) => {}
                }
            }
        }
        Ok(!self.nothing.is(&out[content_at..]))
    }

    fn number(&self, text: &str, out: &mut Vec<u8>) -> Result<bool, Reason> {
        match self.kind {
            Kind::Raw => {
                raw::number(text, out)?;
                Ok(true)
            }
            Kind::Chain(Chain { text: true, .. }) => {
                out.push(b's');
                let content_at = out.len();
                if number::plain_integer(text, out) {
                    Ok(!self.nothing.is(&out[content_at..]))
                } else {
                    Err(Reason::WrongType)
                }
            }
            Kind::Phone2 { home, text: true } => {
                out.push(b's');
                let content_at = out.len();
                if !number::plain_integer(text, out) || out[content_at] == b'-' {
                    return Err(Reason::WrongType);
                }
                let mut digits = [0; number::PLAIN_MAX];
                let len = out.len() - content_at;
                digits[..len].copy_from_slice(&out[content_at..]);
                overwrite::cut(out, content_at);
                let digits = std::str::from_utf8(&digits[..len]).expect("digits are ASCII");
                if self.nothing.is(digits.as_bytes()) {
                    return Ok(false);
                }
                phone2::canonical(digits, home, out)?;
                Ok(!self.nothing.is(&out[content_at..]))
            }
            _ => Err(Reason::WrongType),
        }
    }
}

impl Chain {
    fn append(self, text: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
        let text = if self.trim { trim(text) } else { text };
        refuse_code_points(text)?;
        if text.is_ascii() {
            let at = out.len();
            out.extend_from_slice(text.as_bytes());
            if self.fold {
                out[at..].make_ascii_lowercase();
            }
            return Ok(());
        }
        let mut utf8 = [0; 4];
        let mut push = |c: char| out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
        if self.fold {
            text.nfc().map(unicode::fold).nfc().for_each(push);
        } else if self.nfc && unicode_normalization::is_nfc_quick(text.chars()) != IsNormalized::Yes
        {
            text.nfc().for_each(&mut push);
        } else {
            out.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }
}

/// The ASCII form of a host name in lower case (UTS 46); `None`: it is none.
pub(crate) fn domain_to_ascii(domain: &str) -> Option<String> {
    idna::to_ascii(domain)
}

/// True for a text that `normalize: email` takes.
pub fn is_email(text: &str) -> bool {
    is_taken(&Canon::of(Kind::Email(mailbox::Mailbox::AsWritten)), text)
}

/// True for a text that `normalize: phone` takes: a number with `+` and its
/// country code.
pub fn is_international_phone(text: &str) -> bool {
    is_taken(&Canon::of(Kind::Phone(None)), text)
}

fn is_taken(canon: &Canon, text: &str) -> bool {
    // Longer than any address; nothing is allocated for most texts.
    if text.len() > 400 || !text.contains(['@', '+']) {
        return false;
    }
    let view = View::Text(Text::new(text, TextForm::Plain));
    matches!(
        canon.value(view, &mut String::new(), &mut Vec::new()),
        Ok(true)
    )
}

/// Without the blanks around it, as `trim@1` reads a text.
pub(crate) fn trim(text: &str) -> &str {
    // Most texts have nothing to trim.
    if let [first, .., last] = text.as_bytes()
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        return text;
    }
    text.trim_matches(unicode::is_white_space)
}

fn refuse_code_points(text: &str) -> Result<(), Reason> {
    let refused = if text.is_ascii() {
        // Without an early end the compiler looks at many bytes at once.
        text.bytes()
            .fold(false, |any, b| any | b.is_ascii_control())
    } else {
        text.chars().any(unicode::is_refused)
    };
    if refused {
        return Err(Reason::BadIdentifier);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
