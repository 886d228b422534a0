//! Numbers that states give to persons, where a check digit or a form of their
//! own tells them from other numbers.

use super::detector::{Detector, Scalar};
use super::money::{digits_of, luhn};

/// A national identification number.
pub(super) const NATIONAL_ID: Detector = Detector {
    name: "national_id",
    title: "national identification number",
    category: Some("user.government_id.national_identification_number"),
    confidence: 90,
    matches: |value| matches!(value, Scalar::Text(text) if is_national_id(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "078-05-1120",
            "12345678Z",
            "X1234567L",
            "RSSMRA85T10A562S",
            "529.982.247-25",
            "255081416802538",
            "811228-9874",
            "131052-308T",
        ],
        refuses: &[
            "000-05-1120",
            "666-05-1120",
            "078051120",
            "12345678A",
            "X1234567A",
            "RSSMRA85T10A562T",
            "529.982.247-26",
            "255081416802539",
            "811228-9875",
            "131052-308U",
        ],
    },
};

fn is_national_id(text: &str) -> bool {
    text.is_ascii()
        && match text.len() {
            9 => is_spanish(text),
            11 => is_american(text) || is_swedish(text) || is_finnish(text),
            14 => is_brazilian(text),
            15 => is_french(text),
            16 => is_italian(text),
            _ => false,
        }
}

/// True when `text` has a digit for each `0` of `form`, a capital for each `A`,
/// and the same character elsewhere.
fn is_like(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(b, f)| match f {
            b'0' => b.is_ascii_digit(),
            b'A' => b.is_ascii_uppercase(),
            _ => b == f,
        })
}

/// Social security number of the United States: no check digit, so only as it is
/// written there, and without the numbers that are never given.
fn is_american(text: &str) -> bool {
    is_like(text, "000-00-0000")
        && !matches!(&text[..3], "000" | "666")
        && !text.starts_with('9')
        && &text[4..6] != "00"
        && &text[7..] != "0000"
}

/// DNI and NIE: the letter is the number modulo 23.
fn is_spanish(text: &str) -> bool {
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
fn is_swedish(text: &str) -> bool {
    let mut digits = [0; 10];
    (is_like(text, "000000-0000") || is_like(text, "000000+0000"))
        && is_month_and_day(&text[2..4], &text[4..6])
        && digits_of(text, b"-+", &mut digits).is_some()
        && luhn(&digits)
}

/// Henkilötunnus: the last character is the number modulo 31.
fn is_finnish(text: &str) -> bool {
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
fn is_brazilian(text: &str) -> bool {
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
fn is_french(text: &str) -> bool {
    let Ok(number) = text[..13].parse::<u64>() else {
        return false;
    };
    let month = text[3..5].parse().unwrap_or(0u8);
    is_like(text, "000000000000000")
        && matches!(text.as_bytes()[0], b'1' | b'2')
        && (matches!(month, 1..=12 | 20..=42 | 50..=99))
        && text[13..]
            .parse::<u64>()
            .is_ok_and(|key| key == 97 - number % 97)
}

/// Codice fiscale: a letter modulo 26, odd places worth more.
fn is_italian(text: &str) -> bool {
    const ODD: [usize; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let sum: usize = text.as_bytes()[..15]
        .iter()
        .enumerate()
        .map(|(at, b)| {
            let n = match b {
                b'0'..=b'9' => usize::from(b - b'0'),
                b'A'..=b'Z' => usize::from(b - b'A'),
                _ => return 1_000_000,
            };
            if at % 2 == 0 { ODD[n] } else { n }
        })
        .sum();
    is_like(text, "AAAAAA00A00A000A")
        && sum < 1_000_000
        && usize::from(text.as_bytes()[15] - b'A') == sum % 26
}
