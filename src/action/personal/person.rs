//! Accounts, and numbers of persons that letters begin or end.

use super::best::Best;
use super::chain::gather;
use super::kind::Kind;
use super::text::{Word, mark_at};
use crate::canon::check;

/// Offers what begins at the word.
pub(super) fn offer(word: &Word<'_>, best: &mut Best<'_>) {
    let first = [word.byte(word.start), word.byte(word.start + 1)].map(|b| b.to_ascii_uppercase());
    let letters = first.iter().filter(|b| b.is_ascii_uppercase()).count();
    if letters == 2 && word.len() >= 4 {
        best.offer(Kind::Iban, word.start, iban(word, first));
    }
    if letters == 2 && word.len() == 16 && best.wants(Kind::Cf) {
        let all = gather(word, 16, b"");
        let cf = all.first(16).filter(|(text, _)| check::is_italian(text));
        best.offer(Kind::Cf, word.start, cf.map(|(_, end)| end));
    }
    if letters == 2 && best.wants(Kind::Nino) {
        best.offer(Kind::Nino, word.start, nino(word));
    }
    if best.wants(Kind::Dni) && letters == 0 {
        let all = gather(word, 9, b"-.");
        let dni = all.first(9).filter(|(text, _)| check::is_spanish(text));
        best.offer(Kind::Dni, word.start, dni.map(|(_, end)| end));
    }
    if best.wants(Kind::Nie) && matches!(first[0], b'X'..=b'Z') {
        let all = gather(word, 9, b"-");
        let nie = all.first(9).filter(|(text, _)| check::is_spanish(text));
        best.offer(Kind::Nie, word.start, nie.map(|(_, end)| end));
    }
    if best.wants(Kind::Nir) && matches!(first[0], b'1' | b'2') {
        let all = gather(word, 15, b" ");
        let nir = all.first(15).filter(|(text, _)| check::is_french(text));
        best.offer(Kind::Nir, word.start, nir.map(|(_, end)| end));
    }
}

/// Offers what sixteen capitals are: a codice fiscale in which letters stand for all
/// digits.
pub(super) fn offer_letters(word: &Word<'_>, best: &mut Best<'_>) {
    if best.wants(Kind::Cf) && check::is_italian(word.as_str()) {
        best.offer(Kind::Cf, word.start, Some(word.end));
    }
}

/// Offers a number that two capitals alone begin: `AB 12 34 56 C`.
pub(super) fn offer_short(word: &Word<'_>, best: &mut Best<'_>) {
    let (_, mark) = mark_at(word.bytes(), word.end);
    if best.wants(Kind::Nino) && word.byte(word.end + mark).is_ascii_digit() {
        best.offer(Kind::Nino, word.start, nino(word));
    }
}

fn nino(word: &Word<'_>) -> Option<usize> {
    let capitals = word.bytes()[word.start..].iter().take(2);
    if !capitals.clone().all(u8::is_ascii_uppercase) {
        return None;
    }
    let all = gather(word, 9, b" ");
    let (text, end) = all.first(9)?;
    check::is_british(text).then_some(end)
}

fn iban(word: &Word<'_>, country: [u8; 2]) -> Option<usize> {
    let digits =
        word.byte(word.start + 2).is_ascii_digit() && word.byte(word.start + 3).is_ascii_digit();
    let length = digits.then(|| check::iban_length(country)).flatten()?;
    let all = gather(word, length, b" -");
    let (text, end) = all.first(length)?;
    check::is_iban(text).then_some(end)
}
