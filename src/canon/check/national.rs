//! Numbers that states give to persons. Each function takes the number as it is
//! written there: other marks and lengths are none. None panics on any text.

use super::{digits_of, is_like, luhn};

/// Social security number of the United States: no check digit, so only as it is
/// written there, and without the numbers that are never given.
pub(crate) fn is_american(text: &str) -> bool {
    is_like(text, "000-00-0000")
        && !matches!(&text[..3], "000" | "666")
        && !text.starts_with('9')
        && &text[4..6] != "00"
        && &text[7..] != "0000"
}

/// DNI and NIE: the letter is the number modulo 23.
pub(crate) fn is_spanish(text: &str) -> bool {
    if !text.is_ascii() || text.len() != 9 {
        return false;
    }
    let (first, rest) = match text.as_bytes()[0] {
        b'X' => ("0", &text[1..]),
        b'Y' => ("1", &text[1..]),
        b'Z' => ("2", &text[1..]),
        _ => ("", text),
    };
    let Some((digits, letter)) = rest.split_at_checked(rest.len() - 1) else {
        return false;
    };
    let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
    let number = format!("{first}{digits}").parse::<usize>();
    all_digits && number.is_ok_and(|n| b"TRWAGMYFPDXBNJZSQVHLCKE"[n % 23] == letter.as_bytes()[0])
}

/// Personnummer: the Luhn digit over ten digits.
pub(crate) fn is_swedish(text: &str) -> bool {
    let mut digits = [0; 10];
    (is_like(text, "000000-0000") || is_like(text, "000000+0000"))
        && is_month_and_day(&text[2..4], &text[4..6])
        && digits_of(text, b"-+", &mut digits).is_some()
        && luhn(&digits)
}

/// Henkilötunnus: the last character is the number modulo 31.
pub(crate) fn is_finnish(text: &str) -> bool {
    if !text.is_ascii() || text.len() != 11 {
        return false;
    }
    let bytes = text.as_bytes();
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(&text[..6]) || !b"+-A".contains(&bytes[6]) || !digits(&text[7..10]) {
        return false;
    }
    let number = format!("{}{}", &text[..6], &text[7..10]).parse::<usize>();
    is_month_and_day(&text[2..4], &text[..2])
        && number.is_ok_and(|n| b"0123456789ABCDEFHJKLMNPRSTUVWXY"[n % 31] == bytes[10])
}

fn is_month_and_day(month: &str, day: &str) -> bool {
    month.parse().is_ok_and(|m: u8| (1..=12).contains(&m))
        && day.parse().is_ok_and(|d: u8| (1..=31).contains(&d))
}

/// CPF, as it is written: two digits modulo 11.
pub(crate) fn is_brazilian(text: &str) -> bool {
    let mut digits = [0; 11];
    if !is_like(text, "000.000.000-00") || digits_of(text, b".-", &mut digits).is_none() {
        return false;
    }
    let check = |count: usize| {
        let weighed = digits[..count].iter().zip((2..=count + 1).rev());
        let sum: usize = weighed.map(|(d, w)| usize::from(*d) * w).sum();
        (sum * 10 % 11 % 10) as u8
    };
    digits.iter().any(|d| *d != digits[0]) && check(9) == digits[9] && check(10) == digits[10]
}

/// NIR: a key of two digits, 97 less the number modulo 97.
pub(crate) fn is_french(text: &str) -> bool {
    // The departments of Corsica are counted as 19 and 18.
    let corsican = text.get(5..7).and_then(|department| match department {
        "2A" => Some("19"),
        "2B" => Some("18"),
        _ => None,
    });
    let plain = corsican.map(|number| [&text[..5], number, &text[7..]].concat());
    let text = plain.as_deref().unwrap_or(text);
    if !is_like(text, "000000000000000") {
        return false;
    }
    let Ok(number) = text[..13].parse::<u64>() else {
        return false;
    };
    let month = text[3..5].parse().unwrap_or(0u8);
    matches!(text.as_bytes()[0], b'1' | b'2')
        && (matches!(month, 1..=12 | 20..=42 | 50..=99))
        && text[13..]
            .parse::<u64>()
            .is_ok_and(|key| key == 97 - number % 97)
}

/// Codice fiscale (decreto ministeriale 23 December 1976): month, day and a letter modulo
/// 26, odd places worth more. Where two persons would have one, letters stand for digits,
/// from the last one on (omocodia); the letter at the end is that of what is written.
pub(crate) fn is_italian(text: &str) -> bool {
    let Some((last, body)) = text.as_bytes().split_last() else {
        return false;
    };
    if body.len() != 15 || !last.is_ascii_uppercase() {
        return false;
    }
    const ODD: [usize; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let (mut sum, mut digits) = (0, [0_u8; 15]);
    for (at, b) in body.iter().enumerate() {
        let is_digit = matches!(at, 6 | 7 | 9 | 10 | 12..=14);
        let worth = match b {
            b'0'..=b'9' if is_digit => b - b'0',
            b'A'..=b'Z' => b - b'A',
            _ => return false,
        };
        let worth = usize::from(worth);
        sum += if at % 2 == 0 { ODD[worth] } else { worth };
        if is_digit {
            let digit = match b {
                b'0'..=b'9' => Some(worth),
                _ => b"LMNPQRSTUV".iter().position(|letter| letter == b),
            };
            let Some(digit) = digit.and_then(|digit| u8::try_from(digit).ok()) else {
                return false;
            };
            digits[at] = digit;
        }
    }
    // Of women 40 is added.
    let day = 10 * digits[9] + digits[10];
    b"ABCDEHLMPRST".contains(&body[8])
        && matches!(day, 1..=31 | 41..=71)
        && usize::from(last - b'A') == sum % 26
}

/// National insurance number of Great Britain, without blanks: prefixes that are
/// never given, and a letter from A to D.
pub(crate) fn is_british(text: &str) -> bool {
    let bytes = text.as_bytes();
    is_like(text, "AA000000A")
        && !b"DFIQUV".contains(&bytes[0])
        && !b"DFIOQUV".contains(&bytes[1])
        && !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(&&text[..2])
        && (b'A'..=b'D').contains(&bytes[8])
}

/// Tax number of Germany, 11 digits: of the first ten one stands twice or three times
/// (three not in a row) and the others once at most; the last is that of ISO 7064
/// mod 11,10.
pub(crate) fn is_german(text: &str) -> bool {
    if !is_like(text, "00000000000") || text.starts_with('0') {
        return false;
    }
    let digits = text.as_bytes();
    let mut counts = [0u8; 10];
    for digit in &digits[..10] {
        counts[usize::from(digit - b'0')] += 1;
    }
    let repeated: Vec<u8> = counts.into_iter().filter(|n| *n > 1).collect();
    let in_a_row = digits[..10]
        .windows(3)
        .any(|w| w[0] == w[1] && w[1] == w[2]);
    if !matches!(repeated[..], [2 | 3]) || in_a_row {
        return false;
    }
    let product = digits[..10].iter().fold(10u32, |product, digit| {
        let sum = match (u32::from(digit - b'0') + product) % 10 {
            0 => 10,
            sum => sum,
        };
        sum * 2 % 11
    });
    (11 - product) % 10 == u32::from(digits[10] - b'0')
}

/// Burgerservicenummer, 9 digits: the sum weighed by 9 to 2 and −1 is a multiple of 11.
pub(crate) fn is_dutch(text: &str) -> bool {
    if !is_like(text, "000000000") || text.bytes().all(|b| b == b'0') {
        return false;
    }
    let digits = text.bytes().map(|b| i32::from(b - b'0'));
    let sum: i32 = digits
        .zip([9, 8, 7, 6, 5, 4, 3, 2, -1])
        .map(|(d, w)| d * w)
        .sum();
    sum % 11 == 0
}

/// Aadhaar, 12 digits: Verhoeff's check digit; none begins with 0 or 1.
pub(crate) fn is_indian(text: &str) -> bool {
    /// The permutation of digits that comes one place further each time.
    const STEP: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    if !is_like(text, "000000000000") || matches!(text.as_bytes()[0], b'0' | b'1') {
        return false;
    }
    let check = text.bytes().rev().enumerate().fold(0u8, |sum, (at, b)| {
        let moved = (0..at % 8).fold(b - b'0', |digit, _| STEP[usize::from(digit)]);
        dihedral(sum, moved)
    });
    check == 0
}

/// The product in the dihedral group of ten: 0 to 4 turn, 5 to 9 turn over.
fn dihedral(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// Published by the readme of python-codicefiscale.
#[cfg(test)]
pub(crate) const PUBLISHED_OMOCODIA: [&str; 8] = [
    "CCCFBA85D03L219P",
    "CCCFBA85D03L21VE",
    "CCCFBA85D03L2MVP",
    "CCCFBA85D03LNMVE",
    "CCCFBA85D0PLNMVA",
    "CCCFBA85DLPLNMVL",
    "CCCFBA8RDLPLNMVX",
    "CCCFBAURDLPLNMVU",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples of the authorities, or of those who explain their rules.
    #[test]
    fn numbers_are_told_from_almost_numbers() {
        type Case = (
            fn(&str) -> bool,
            &'static [&'static str],
            &'static [&'static str],
        );
        let cases: [Case; 11] = [
            (
                is_american,
                &["078-05-1120"],
                &["000-05-1120", "666-05-1120", "900-05-1120"],
            ),
            (
                is_british,
                &["AB123456C", "JG103759A"],
                &["QQ123456C", "BG123456C", "AB123456E", "AO123456C"],
            ),
            (
                is_german,
                &["86095742719", "47036892816", "65929970489"],
                &["86095742718", "00000000000", "12345678901", "11134567890"],
            ),
            (
                is_french,
                &["255081416802538", "188052A12301833"],
                &["255081416802539", "355081416802538"],
            ),
            (
                is_spanish,
                &["12345678Z", "X1234567L"],
                &["12345678A", "x1234567l"],
            ),
            (
                is_italian,
                &["RSSMRA85T10A562S", "CCCFBAURDLPLNMVU"],
                &[
                    "RSSMRA85T10A562T",
                    "CCCFBAURDLPLNMVA",
                    // No month, no day, no letter that stands for a digit.
                    "CCCFBA85X03L219P",
                    "CCCFBA85D00L219P",
                    "CCCFBA8XD03L219S",
                ],
            ),
            (
                is_dutch,
                &["111222333", "123456782"],
                &["111222334", "000000000"],
            ),
            (
                is_brazilian,
                &["529.982.247-25"],
                &["529.982.247-26", "111.111.111-11"],
            ),
            (
                is_indian,
                &["234123412346"],
                &["234123412347", "134123412346"],
            ),
            (is_swedish, &["811228-9874"], &["811228-9875"]),
            (is_finnish, &["131052-308T"], &["131052-308U"]),
        ];
        for (is_one, takes, refuses) in cases {
            for text in takes {
                assert!(is_one(text), "{text}");
            }
            for text in refuses {
                assert!(!is_one(text), "{text}");
            }
            for odd in ["", "ü", "€€€€€", "123456€78", "\u{661}\u{662}\u{663}"] {
                assert!(!is_one(odd), "{odd}");
            }
        }
    }

    /// The readme of python-codicefiscale: one code, and what it becomes when others have it.
    #[test]
    fn published_codes_of_omocodia_are_taken() {
        for text in PUBLISHED_OMOCODIA {
            assert!(is_italian(text), "{text}");
            let mut wrong = text.to_owned();
            let last = wrong.pop().expect("a letter");
            wrong.push(if last == 'A' { 'B' } else { 'A' });
            assert!(!is_italian(&wrong), "{wrong}");
        }
    }
}
