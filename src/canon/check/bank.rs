//! Payment cards and bank accounts.

use super::luhn;

/// A payment card: a known prefix, its length, and the Luhn digit. `digits` are
/// values, 0 to 9.
pub(crate) fn is_card(digits: &[u8]) -> bool {
    let len = digits.len();
    if !(13..=19).contains(&len) {
        return false;
    }
    let is_of = |prefix: u32| digits[..4].iter().fold(0, |n, d| n * 10 + u32::from(*d)) / prefix;
    let (four, three, two, one) = (is_of(1), is_of(10), is_of(100), is_of(1_000));
    let is_diners = (300..=305).contains(&three) || matches!(two, 36 | 38 | 39);
    // Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay, Maestro.
    let known = match len {
        13 => one == 4,
        14 => is_diners,
        15 => matches!(two, 34 | 37),
        16 | 19 => {
            one == 4
                || (51..=55).contains(&two)
                || (2221..=2720).contains(&four)
                || (3528..=3589).contains(&four)
                || matches!(two, 62 | 65)
                || four == 6011
                || is_diners
                || (644..=649).contains(&three)
                || matches!(four, 5018 | 5020 | 5038 | 6304 | 6759 | 6761..=6763)
        }
        _ => two == 62 || matches!(four, 5018 | 5020 | 5038 | 6304 | 6759 | 6761..=6763),
    };
    known && luhn(digits)
}

/// An international bank account number (ISO 13616, ISO 7064 mod 97-10): capitals and
/// digits, with blanks or without.
pub(crate) fn is_iban(text: &str) -> bool {
    let plain = || text.bytes().filter(|b| *b != b' ');
    let len = plain().count();
    let head = text.as_bytes().first_chunk::<4>();
    let headed = head.is_some_and(|[a, b, c, d]| {
        a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit()
    });
    let upper = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase();
    if !headed || !(15..=34).contains(&len) || text.len() > 45 || !plain().all(upper) {
        return false;
    }
    let rest = plain().skip(4).chain(plain().take(4));
    rest.fold(0u32, |n, b| match b {
        b'0'..=b'9' => (n * 10 + u32::from(b - b'0')) % 97,
        _ => (n * 100 + u32::from(b - b'A') + 10) % 97,
    }) == 1
}

/// Characters of an account number of that country (the IBAN registry); `None`: it
/// has none.
pub(crate) fn iban_length(country: [u8; 2]) -> Option<usize> {
    let mut rows = IBAN_LENGTHS.split(' ');
    rows.find_map(|row| {
        let length = row.as_bytes().strip_prefix(&country)?;
        std::str::from_utf8(length).ok()?.parse().ok()
    })
}

const IBAN_LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";
