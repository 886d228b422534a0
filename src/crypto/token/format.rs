//! What a token keeps of a value and what it enciphers.

use super::alphabet::{Alphabet, BadAlphabet};
use super::card::Card;
use crate::canon::Canon;
use crate::record::Nothing;

/// What is enciphered and what stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// `digits@1`: the digits 0–9, 6 to 37 of them; other characters stay in place.
    Digits,
    /// `phone@1`: `+` and country code stay, the rest is enciphered. How a
    /// number without `+` is read is no part of the key.
    Phone(Canon),
    /// `hex@1`, `alnum36@1`, `alnum62@1`, `custom@1:…`: the characters of an
    /// alphabet; others stay in place.
    Spelled(Spelling),
    /// `ssn@1`: exactly nine digits; separators stay in place.
    Ssn,
    /// `iban@1`: the country stays, the check digits are computed again.
    Iban,
    /// `email_local@1`: letters and digits before the `@`; the domain stays.
    EmailLocal(Canon),
    /// `card@1:…`: the check digit holds, of some digits their places stay.
    Card(Card),
}

/// An alphabet by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    pub(super) alphabet: Alphabet,
    id: Box<str>,
}

/// The formats that are one word.
pub(crate) const WORDS: [&str; 8] = [
    "digits",
    "phone",
    "phone(DE)",
    "hex",
    "alnum36",
    "alnum62",
    "ssn",
    "iban",
];

impl Format {
    /// The format that `format:` of a policy names by one word: `phone` refuses
    /// numbers without `+`. `None` for any other word.
    pub(crate) fn from_word(word: &str) -> Option<Format> {
        let spelled = |alphabet| Some(Format::spelled(format!("{word}@1"), alphabet));
        match word {
            "digits" => Some(Format::Digits),
            "hex" => spelled(Alphabet::hex()),
            "alnum36" => spelled(Alphabet::alnum36()),
            "alnum62" => spelled(Alphabet::alnum62()),
            "ssn" => Some(Format::Ssn),
            "iban" => Some(Format::Iban),
            "email_local" => Canon::from_words(["email"]).ok().map(Format::EmailLocal),
            "phone" => Format::from_word("phone(-)"),
            _ if word.starts_with("phone(") => Canon::from_words([word]).ok().map(Format::Phone),
            _ => None,
        }
    }

    /// `card: bin6`, `bin8`, `last4`; `None` for any other word.
    pub(crate) fn card(word: &str) -> Option<Format> {
        Card::from_word(word).map(Format::Card)
    }

    /// `custom: TEXT`.
    ///
    /// # Errors
    /// When the text is no alphabet.
    pub(crate) fn custom(text: &str) -> Result<Format, BadAlphabet> {
        let alphabet = Alphabet::custom(text)?;
        Ok(Format::spelled(format!("custom@1:{text}"), alphabet))
    }

    fn spelled(id: String, alphabet: Alphabet) -> Format {
        Format::Spelled(Spelling {
            alphabet,
            id: id.into(),
        })
    }

    /// The same format under the policy's words for nothing.
    pub(crate) fn with_nothing(self, nothing: &Nothing) -> Format {
        match self {
            Format::Phone(canon) => Format::Phone(canon.with_nothing(nothing)),
            Format::EmailLocal(canon) => Format::EmailLocal(canon.with_nothing(nothing)),
            other => other,
        }
    }

    /// The id that enters key and tweak.
    pub(crate) fn id(&self) -> &str {
        match self {
            Format::Digits => "digits@1",
            Format::Phone(_) => "phone@1",
            Format::Spelled(spelling) => &spelling.id,
            Format::Ssn => "ssn@1",
            Format::Iban => "iban@1",
            Format::EmailLocal(_) => "email_local@1",
            Format::Card(card) => card.id(),
        }
    }

    /// What two tokens of one value must share to be the same: the id, and what
    /// else enters the tweak.
    pub(crate) fn meets(&self) -> String {
        match self {
            Format::Card(card) => card.word().to_owned(),
            other => other.id().to_owned(),
        }
    }

    /// The characters that a token can have of a text in which they do not stand.
    pub(crate) fn characters(&self) -> String {
        const DIGITS: &str = "0123456789";
        const SMALL: &str = "abcdefghijklmnopqrstuvwxyz";
        match self {
            Format::Digits | Format::Ssn | Format::Card(_) => DIGITS.to_owned(),
            Format::Phone(_) => format!("+{DIGITS}"),
            Format::Iban => format!("{}{DIGITS}", SMALL.to_uppercase()),
            // A domain in another script is written in ASCII.
            Format::EmailLocal(_) => format!("{SMALL}{DIGITS}-."),
            Format::Spelled(spelling) => spelling.alphabet.characters().iter().collect(),
        }
    }

    /// Most bytes of JSON text that one character of a token takes; `None` where
    /// each takes as many as the character it stands for.
    pub(crate) fn widest(&self) -> Option<usize> {
        let Format::Spelled(spelling) = self else {
            return None;
        };
        let width = |c: &char| match c {
            '"' | '\\' => 2,
            c if c.is_ascii_control() => 6,
            c => c.len_utf8(),
        };
        spelling.alphabet.characters().iter().map(width).max()
    }
}
