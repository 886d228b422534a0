//! Numbers that digits begin: cards, persons, telephones, birthdays, places.

use jiff::civil::Date;

use super::best::{Best, Region};
use super::chain::{Groups, Prefix};
use super::context;
use super::kind::Kind;
use super::text::{Word, is_ascii_word, looked, run};
use crate::canon::{self, Canon, check};
use crate::record::value::{Text, TextForm, View};

/// Offers what begins at the word.
pub(super) fn offer(word: &Word<'_>, best: &mut Best<'_>) {
    if best.wants(Kind::Coordinates) && !best.sure() {
        let (start, end) = coordinates(word);
        best.offer(Kind::Coordinates, start, end);
    }
    let groups = Groups::of(word);
    let dated = date(&groups);
    if let Some(end) = dated
        && best.wants(Kind::BirthDate)
        && !best.sure()
        && context::says(word, context::BIRTH)
    {
        best.offer(Kind::BirthDate, word.start, Some(end));
    }
    best.offer(Kind::Ipv4, word.start, ipv4(word, &groups, best.sure()));
    for prefix in groups.prefixes() {
        let Prefix {
            end, digits, text, ..
        } = prefix;
        if is_ascii_word(word.byte(end)) {
            continue;
        }
        looked(text.len());
        let marks = |marks: &[u8]| {
            text.bytes()
                .all(|b| b.is_ascii_digit() || marks.contains(&b))
        };
        let is_card = (13..=19).contains(&digits.len()) && check::is_card(digits);
        if is_card && marks(b" -") && !is_dialled(word, digits) {
            // With the `+`, or a telephone number of its first digits would begin earlier.
            let start = word.start - usize::from(word.before() == b'+');
            best.offer(Kind::Card, start, Some(end));
        }
        national(word, prefix, best);
    }
    if dated.is_none() {
        phone(word, &groups, best);
    }
}

fn national(word: &Word<'_>, prefix: Prefix<'_>, best: &mut Best<'_>) {
    let Prefix {
        end,
        digits,
        count,
        text,
    } = prefix;
    let says = |known| context::says(word, known);
    let marks = |marks: &[u8]| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || marks.contains(&b))
    };
    let mut plain = [0; 12];
    let plain = match digits.len() {
        len @ 9..=12 => {
            plain[..len].copy_from_slice(digits);
            plain.iter_mut().for_each(|d| *d += b'0');
            std::str::from_utf8(&plain[..len]).unwrap_or_default()
        }
        _ => return,
    };
    let found = match digits.len() {
        9 if best.wants(Kind::Ssn) => {
            let dashed = [&plain[..3], "-", &plain[3..5], "-", &plain[5..]].concat();
            let apart = count == 3 && text.len() == 11;
            let sure = text == dashed;
            let told = (apart || count == 1) && !best.sure() && says(context::SSN);
            let is = check::is_american(&dashed) && (sure || told);
            is.then_some(Kind::Ssn)
        }
        11 if best.wants(Kind::Steuerid) && marks(b" /") && check::is_german(plain) => {
            Some(Kind::Steuerid)
        }
        11 if best.wants(Kind::Cpf) => {
            let dotted = [
                &plain[..3],
                ".",
                &plain[3..6],
                ".",
                &plain[6..9],
                "-",
                &plain[9..],
            ]
            .concat();
            let sure = text == dotted || (count == 1 && says(context::CPF));
            (sure && check::is_brazilian(&dotted)).then_some(Kind::Cpf)
        }
        12 if best.wants(Kind::Aadhaar) => {
            let is_mark = |at| matches!(text.as_bytes().get(at), Some(b' ' | b'-'));
            let grouped = count == 3 && text.len() == 14 && is_mark(4) && is_mark(9);
            let sure = grouped || (count == 1 && says(context::AADHAAR));
            (sure && check::is_indian(plain)).then_some(Kind::Aadhaar)
        }
        _ => None,
    };
    if let Some(kind) = found {
        best.offer(kind, word.start, Some(end));
    }
    // One number of eleven passes: a word must say it.
    if digits.len() == 9 && best.wants(Kind::Bsn) && check::is_dutch(plain) && says(context::BSN) {
        best.offer(Kind::Bsn, word.start, Some(end));
    }
}

/// True when these digits are a telephone number with `+`.
fn is_dialled(word: &Word<'_>, digits: &[u8]) -> bool {
    word.before() == b'+' && is_international(digits)
}

/// The end of four octets; not of a longer number, nor, unless that is not `sure`
/// enough, of a version.
fn ipv4(word: &Word<'_>, groups: &Groups, sure: bool) -> Option<usize> {
    if groups.count() < 4 || word.before() == b'.' {
        return None;
    }
    let end = run(word.bytes(), word.start, 16, |b| {
        b.is_ascii_digit() || b == b'.'
    });
    let end = end - usize::from(word.byte(end - 1) == b'.');
    let text = &word.text[word.start..end];
    let is = text.parse::<std::net::Ipv4Addr>().is_ok() && !is_ascii_word(word.byte(end));
    let is_version = || !sure && context::says_directly(word, context::VERSION);
    (is && !is_version()).then_some(end)
}

/// The end of a day from 1900 to 2099, in one of its usual forms.
fn date(groups: &Groups) -> Option<usize> {
    let widths = [groups.width(0), groups.width(1), groups.width(2)];
    let Prefix {
        end, digits, text, ..
    } = groups.prefixes().nth(2)?;
    let mark = text.bytes().find(|b| !b.is_ascii_digit())?;
    if !b"-./".contains(&mark) || text.bytes().filter(|b| *b == mark).count() != 2 {
        return None;
    }
    if !matches!(widths, [4, 2, 2] | [1 | 2, 1 | 2, 4]) {
        return None;
    }
    let number = |digits: &[u8]| digits.iter().fold(0i16, |n, d| n * 10 + i16::from(*d));
    let (a, b) = (widths[0], widths[0] + widths[1]);
    let parts = [
        number(&digits[..a]),
        number(&digits[a..b]),
        number(&digits[b..]),
    ];
    let is_day = |year: i16, month: i16, day: i16| {
        let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else {
            return false;
        };
        (1900..=2099).contains(&year) && Date::new(year, month, day).is_ok()
    };
    let [x, y, z] = parts;
    let is = match widths {
        [4, 2, 2] => is_day(x, y, z),
        [1 | 2, 1 | 2, 4] => is_day(z, y, x) || is_day(z, x, y),
        _ => false,
    };
    (is && text.len() == b + widths[2] + 2).then_some(end)
}

/// Two decimals with four digits or more behind the point, as degrees.
fn coordinates(word: &Word<'_>) -> (usize, Option<usize>) {
    let start = word.start - usize::from(word.before() == b'-');
    let bytes = word.bytes();
    let degrees = |at: usize, most: f64| {
        let at = at + usize::from(word.byte(at) == b'-');
        let whole = run(bytes, at, 4, |b| b.is_ascii_digit());
        let end = run(bytes, whole + 1, 16, |b| b.is_ascii_digit());
        let fits = (1..=3).contains(&(whole - at)) && word.byte(whole) == b'.' && end > whole + 4;
        let value = fits
            .then(|| word.text[at..end].parse::<f64>().ok())
            .flatten()?;
        (value <= most && !is_ascii_word(word.byte(end))).then_some(end)
    };
    let end = degrees(start, 90.0).and_then(|end| {
        let next = run(bytes, end, 3, |b| b",; ".contains(&b));
        (next > end).then(|| degrees(next, 180.0)).flatten()
    });
    (start, end)
}

/// As many digits as a telephone number has at most and at least (ITU-T E.164), behind
/// the code of a country.
fn is_international(digits: &[u8]) -> bool {
    let mut text = [0; 3];
    for (to, digit) in text.iter_mut().zip(digits) {
        *to = digit + b'0';
    }
    let code = &text[..digits.len().min(3)];
    (8..=15).contains(&digits.len()) && canon::code_of(code).is_some()
}

/// Offers a telephone number: with `+`, as a region of the policy dials, or where a word
/// says so.
fn phone(word: &Word<'_>, groups: &Groups, best: &mut Best<'_>) {
    if !best.wants(Kind::Phone) {
        return;
    }
    let (before, before_len) = word.mark_before();
    let start = word.start - usize::from(matches!(before, b'+' | b'('));
    let outer = word.byte_before(start);
    if before == b'+' {
        let all = groups.prefixes().filter(|p| is_international(p.digits));
        let end = all.map(|p| p.end).last();
        if !is_ascii_word(outer) {
            best.offer(Kind::Phone, start, end);
        }
        return;
    }
    // Groups of digits before it make it a part of another number.
    let continues =
        b" .-/".contains(&before) && word.byte_before(word.start - before_len).is_ascii_digit();
    if best.sure() || is_ascii_word(outer) || b".-/".contains(&before) || continues {
        return;
    }
    let told = context::says(word, context::PHONE);
    let all = groups.prefixes().filter(|prefix| {
        let by_word = told && (7..=15).contains(&prefix.digits.len());
        let mut regions = best.regions().iter();
        by_word || regions.any(|region| is_of_region(region, *prefix, groups))
    });
    let end = all.map(|p| p.end).last();
    // The bracket belongs to it when it closes within.
    let closes = end.is_some_and(|end| word.text[word.start..end].contains(')'));
    let start = if closes { start } else { word.start };
    best.offer(Kind::Phone, start, end);
}

/// A number that is dialled within that region.
fn is_of_region(region: &Region, prefix: Prefix<'_>, groups: &Groups) -> bool {
    let Prefix { digits, count, .. } = prefix;
    let first = groups.width(0);
    // As a number of social security is written.
    if [first, groups.width(1), groups.width(2)] == [3, 2, 4] {
        return false;
    }
    let is_shaped = match region.name.as_str() {
        "US" | "CA" => {
            let from = usize::from(groups.width(0) == 1 && digits[0] == 1);
            let widths = [
                groups.width(from),
                groups.width(from + 1),
                groups.width(from + 2),
            ];
            widths == [3, 3, 4] && count == from + 3 && digits[from] > 1
        }
        "ES" => {
            digits.len() == 9
                && matches!(digits[0], 6..=9)
                && matches!(first, 2 | 3 | 9)
                && count <= 5
        }
        // Elsewhere a number within the country begins with its trunk digit.
        _ => first > 1 && (9..=12).contains(&digits.len()) && digits[0] == 0 && digits[1] != 0,
    };
    is_shaped && is_read(&region.canon, prefix.text)
}

fn is_read(canon: &Canon, text: &str) -> bool {
    let view = View::Text(Text::new(text, TextForm::Plain));
    matches!(
        canon.value(view, &mut String::new(), &mut Vec::new()),
        Ok(true)
    )
}
