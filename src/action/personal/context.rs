//! Words before a number that say what it is.

use super::text::{Word, is_word, is_word_at, looked, word};

/// Bytes before a number in which its word may stand.
const WINDOW: usize = 40;

/// Words for a telephone.
pub(super) const PHONE: &[&str] = &[
    "phone",
    "tel$",
    "telephone",
    "call",
    "mobile",
    "cell",
    "fax",
    "handy",
    "anruf",
    "ruf",
    "mobil",
    "telefon",
    "teléfon",
    "móvil",
    "movil",
    "portable",
    "numéro",
    "celular",
    "cellulare",
    "telefoon",
    "mobiel",
    "whatsapp",
    "sms",
    "appel",
    "rappel",
    "llam",
    "chiam",
    "bel$",
    "bellen",
    "téléphone",
];
/// Words for a birthday.
pub(super) const BIRTH: &[&str] = &[
    "born",
    "birth",
    "dob$",
    "geboren",
    "geburt",
    "geb$",
    "né$",
    "née$",
    "naissance",
    "nacid",
    "nacimiento",
    "nato$",
    "nata$",
    "nascita",
    "geboorte",
    "nascimento",
    "nascid",
];
/// Words for the number of social security.
pub(super) const SSN: &[&str] = &["ssn", "social"];
/// Words for a burgerservicenummer.
pub(super) const BSN: &[&str] = &["bsn", "burgerservice", "sofi"];
/// Words for a CPF.
pub(super) const CPF: &[&str] = &["cpf"];
/// Words for an Aadhaar number.
pub(super) const AADHAAR: &[&str] = &["aadhaar", "aadhar", "uidai"];
/// Words for a version, that count directly before it.
pub(super) const VERSION: &[&str] = &["version$", "v$", "release$", "build$"];

/// True when one of the words before it begins with one of `known` (is one, where that
/// ends in `$`), case ignored. What was found ends what is said, and so does the label
/// of what was found before: a second look sees what the first one saw.
pub(super) fn says(word: &Word<'_>, known: &[&str]) -> bool {
    let (text, at) = (word.text, word.start);
    let bytes = text.as_bytes();
    let mut from = at.saturating_sub(WINDOW).max(word.floor);
    looked(at - from);
    if let Some(label) = bytes[from..at].iter().rposition(|b| *b == b']') {
        from += label + 1;
    }
    // Not within a word.
    while from > word.floor && from < at && is_word(bytes[from - 1]) {
        from += 1;
    }
    while from < at {
        if !is_word_at(text, from) {
            from += 1;
            continue;
        }
        let (end, _) = self::word(text, from);
        let said = &text[from..end.min(at)];
        if known.iter().any(|known| is_so(said, known)) {
            return true;
        }
        from = end;
    }
    false
}

/// True when the word directly before it, with one blank between at most, is so.
pub(super) fn says_directly(word: &Word<'_>, known: &[&str]) -> bool {
    let text = word.text.get(word.floor..word.start).unwrap_or_default();
    let blank = [' ', '\u{a0}', '\u{202f}'];
    let text = text.strip_suffix(blank).unwrap_or(text);
    // As long as the longest of them.
    let said = text.bytes().rev().take(WINDOW).position(|b| !is_word(b));
    let said = said.unwrap_or(text.len().min(WINDOW));
    looked(said + 1);
    let said = text.get(text.len() - said..).unwrap_or_default();
    known.iter().any(|known| is_so(said, known))
}

fn is_so(said: &str, known: &str) -> bool {
    let (known, whole) = match known.strip_suffix('$') {
        Some(known) => (known, true),
        None => (known, false),
    };
    let begins = said
        .get(..known.len())
        .is_some_and(|said| said.eq_ignore_ascii_case(known));
    begins && (!whole || said.len() == known.len())
}
