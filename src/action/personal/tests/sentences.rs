//! Sentences in five languages with made-up personal data, and others that only look
//! like it. What stands in them is made here by the rules of those who give such
//! numbers, none of it by what looks for them.

use super::super::{Finder, KINDS, Kind};
use super::hits;
use crate::synthetic::random::Random;

/// The same sentences each time.
struct Dice(Random);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0.below(n)
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }

    fn digits(&mut self, n: usize) -> String {
        (0..n)
            .map(|_| char::from(b'0' + self.below(10) as u8))
            .collect()
    }

    fn of(&mut self, alphabet: &str, n: usize) -> String {
        let all: Vec<char> = alphabet.chars().collect();
        (0..n)
            .map(|_| all[self.below(all.len() as u64) as usize])
            .collect()
    }
}

const HEX: &str = "0123456789abcdef";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Sentences around one thing: `{}` stands for it.
const FRAMES: [&[&str]; 5] = [
    &[
        "Please write it down: {}.",
        "The customer sent {} yesterday",
        "Is {} still right?",
        "({})",
        "It says {}, and nothing more.",
    ],
    &[
        "Bitte notieren: {}.",
        "Der Kunde schickte gestern {}",
        "Stimmt {} noch?",
        "Er nannte {}, sonst nichts.",
    ],
    &[
        "Merci de noter : {}.",
        "Le client a envoyé {} hier",
        "Est-ce que {} est correct ?",
        "« {} », dit-il",
    ],
    &[
        "Apunte por favor: {}.",
        "El cliente envió {} ayer",
        "¿Es {} correcto?",
        "Dijo {}, y nada más.",
    ],
    &[
        "Si prega di annotare: {}.",
        "Il cliente ha inviato {} ieri",
        "È giusto {} ?",
        "Ha detto {}; nient\u{2019}altro.",
    ],
];

/// The remainder of a number of any length.
fn modulo(digits: &str, by: u64) -> u64 {
    digits
        .bytes()
        .fold(0, |n, d| (n * 10 + u64::from(d - b'0')) % by)
}

fn luhn_digit(digits: &str) -> u64 {
    let doubled = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
    let sum: u64 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, d)| {
            let d = usize::from(d - b'0');
            if at % 2 == 0 { doubled[d] } else { d as u64 }
        })
        .sum();
    (10 - sum % 10) % 10
}

fn grouped(text: &str, sizes: &[usize], mark: &str) -> String {
    let (mut parts, mut at) = (Vec::new(), 0);
    for size in sizes.iter().cycle() {
        if at >= text.len() {
            break;
        }
        let end = (at + size).min(text.len());
        parts.push(&text[at..end]);
        at = end;
    }
    parts.join(mark)
}

fn iban(dice: &mut Dice) -> String {
    let (country, bban) = match dice.below(5) {
        0 => ("DE", dice.digits(18)),
        1 => (
            "GB",
            format!(
                "{}{}",
                dice.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4),
                dice.digits(14)
            ),
        ),
        2 => (
            "FR",
            format!(
                "{}{}{}",
                dice.digits(10),
                dice.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 11),
                dice.digits(2)
            ),
        ),
        3 => ("ES", dice.digits(20)),
        _ => (
            "NL",
            format!(
                "{}{}",
                dice.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4),
                dice.digits(10)
            ),
        ),
    };
    let numbers: String = format!("{bban}{country}00")
        .chars()
        .map(|c| c.to_digit(36).unwrap().to_string())
        .collect();
    let check = 98 - modulo(&numbers, 97);
    let plain = format!("{country}{check:02}{bban}");
    if dice.below(2) == 0 {
        plain
    } else {
        grouped(&plain, &[4], " ")
    }
}

fn card(dice: &mut Dice) -> String {
    let (prefix, len) = [
        ("4", 16),
        ("51", 16),
        ("2221", 16),
        ("34", 15),
        ("6011", 16),
    ][dice.below(5) as usize];
    let body = format!("{prefix}{}", dice.digits(len - 1 - prefix.len()));
    let plain = format!("{body}{}", luhn_digit(&body));
    match dice.below(3) {
        0 => plain,
        1 if len == 16 => grouped(&plain, &[4], "-"),
        _ if len == 16 => grouped(&plain, &[4], " "),
        _ => format!("{} {} {}", &plain[..4], &plain[4..10], &plain[10..]),
    }
}

fn steuerid(dice: &mut Dice) -> String {
    loop {
        // Nine digits of ten once, one of them again somewhere.
        let mut pool: Vec<char> = "0123456789".chars().collect();
        let mut ten = String::new();
        for _ in 0..9 {
            let at = dice.below(pool.len() as u64) as usize;
            ten.push(pool.remove(at));
        }
        let again = ten.chars().nth(dice.below(9) as usize).unwrap();
        ten.insert(dice.below(10) as usize, again);
        if ten.starts_with('0') {
            continue;
        }
        let mut p = 10;
        for d in ten.chars() {
            let mut s = (d.to_digit(10).unwrap() + p) % 10;
            if s == 0 {
                s = 10;
            }
            p = (2 * s) % 11;
        }
        let check = if p == 1 { 0 } else { 11 - p };
        let plain = format!("{ten}{}", check % 10);
        return if dice.below(2) == 0 {
            plain
        } else {
            format!(
                "{} {} {} {}",
                &plain[..2],
                &plain[2..5],
                &plain[5..8],
                &plain[8..]
            )
        };
    }
}

fn nir(dice: &mut Dice) -> String {
    let body = format!(
        "{}{:02}{:02}{:02}{}{}",
        1 + dice.below(2),
        dice.below(100),
        1 + dice.below(12),
        1 + dice.below(95),
        dice.digits(3),
        dice.digits(3)
    );
    let key = 97 - modulo(&body, 97);
    let plain = format!("{body}{key:02}");
    match dice.below(2) {
        0 => plain,
        _ => format!(
            "{} {} {} {} {} {} {}",
            &plain[..1],
            &plain[1..3],
            &plain[3..5],
            &plain[5..7],
            &plain[7..10],
            &plain[10..13],
            &plain[13..]
        ),
    }
}

fn cf(dice: &mut Dice) -> String {
    // The values of digits and letters at odd places, as the decree lists them.
    let odd = |c: char| -> u32 {
        match c {
            '0' | 'A' => 1,
            '1' | 'B' => 0,
            '2' | 'C' => 5,
            '3' | 'D' => 7,
            '4' | 'E' => 9,
            '5' | 'F' => 13,
            '6' | 'G' => 15,
            '7' | 'H' => 17,
            '8' | 'I' => 19,
            '9' | 'J' => 21,
            'K' => 2,
            'L' => 4,
            'M' => 18,
            'N' => 20,
            'O' => 11,
            'P' => 3,
            'Q' => 6,
            'R' => 8,
            'S' => 12,
            'T' => 14,
            'U' => 16,
            'V' => 10,
            'W' => 22,
            'X' => 25,
            'Y' => 24,
            _ => 23,
        }
    };
    let letters = "BCDFGLMNPRSTVZ";
    let body = format!(
        "{}{:02}{}{:02}{}{}",
        dice.of(letters, 6),
        dice.below(100),
        dice.of("ABCDEHLMPRST", 1),
        1 + dice.below(28),
        dice.of("ABCDEFGHL", 1),
        dice.digits(3)
    );
    // Where others have the same, letters stand for digits, from the last one on.
    let places = [14, 13, 12, 10, 9, 7, 6];
    let stand = &places[..dice.below(8) as usize];
    let letters = |(at, c): (usize, char)| match c.to_digit(10) {
        Some(digit) if stand.contains(&at) => char::from(b"LMNPQRSTUV"[digit as usize]),
        _ => c,
    };
    let body: String = body.chars().enumerate().map(letters).collect();
    let sum: u32 = body
        .chars()
        .enumerate()
        .map(|(at, c)| match at % 2 {
            0 => odd(c),
            _ => c.to_digit(10).unwrap_or_else(|| c as u32 - 'A' as u32),
        })
        .sum();
    format!("{body}{}", char::from_u32('A' as u32 + sum % 26).unwrap())
}

fn bsn(dice: &mut Dice) -> String {
    loop {
        let eight = dice.digits(8);
        let sum: u32 = eight
            .chars()
            .zip((2..=9).rev())
            .map(|(d, w)| d.to_digit(10).unwrap() * w)
            .sum();
        if sum % 11 < 10 && sum > 0 {
            return format!(
                "{} {eight}{}",
                dice.pick(&["BSN", "bsn:", "Burgerservicenummer"]),
                sum % 11
            );
        }
    }
}

fn cpf(dice: &mut Dice) -> String {
    let mut all = dice.digits(9);
    for _ in 0..2 {
        let weights = (2..=all.len() as u32 + 1).rev();
        let sum: u32 = all
            .chars()
            .zip(weights)
            .map(|(d, w)| d.to_digit(10).unwrap() * w)
            .sum();
        let check = match sum % 11 {
            0 | 1 => 0,
            r => 11 - r,
        };
        all.push_str(&check.to_string());
    }
    format!("{}.{}.{}-{}", &all[..3], &all[3..6], &all[6..9], &all[9..])
}

fn aadhaar(dice: &mut Dice) -> String {
    // Verhoeff by his tables.
    const D: [&str; 10] = [
        "0123456789",
        "1234067895",
        "2340178956",
        "3401289567",
        "4012395678",
        "5987604321",
        "6598710432",
        "7659821043",
        "8765932104",
        "9876543210",
    ];
    const P: [&str; 8] = [
        "0123456789",
        "1576283094",
        "5803796142",
        "8916043527",
        "9453126870",
        "4286573901",
        "2793806415",
        "7046913258",
    ];
    let look = |row: &str, at: usize| usize::from(row.as_bytes()[at] - b'0');
    let body = format!("{}{}", 2 + dice.below(8), dice.digits(10));
    let c = body.bytes().rev().enumerate().fold(0, |c, (at, d)| {
        look(D[c], look(P[(at + 1) % 8], usize::from(d - b'0')))
    });
    let check = (0..10).find(|n| look(D[c], *n) == 0).unwrap();
    let plain = format!("{body}{check}");
    match dice.below(2) {
        0 => grouped(&plain, &[4], " "),
        _ => format!("Aadhaar {plain}"),
    }
}

fn spanish(dice: &mut Dice, nie: bool) -> String {
    let letters: Vec<char> = "TRWAGMYFPDXBNJZSQVHLCKE".chars().collect();
    if nie {
        let first = dice.below(3);
        let seven = dice.digits(7);
        let letter = letters[modulo(&format!("{first}{seven}"), 23) as usize];
        return format!("{}{seven}{letter}", ["X", "Y", "Z"][first as usize]);
    }
    let eight = dice.digits(8);
    format!("{eight}{}", letters[modulo(&eight, 23) as usize])
}

fn bitcoin(dice: &mut Dice) -> String {
    use crate::crypto::digest::sha256;
    let mut bytes = vec![0u8];
    bytes.extend((0..20).map(|_| dice.below(256) as u8));
    let check = sha256(&sha256(&bytes));
    bytes.extend(&check[..4]);
    let mut digits: Vec<u8> = Vec::new();
    for byte in &bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    let alphabet: Vec<char> = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
        .chars()
        .collect();
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    let body = digits.iter().rev().map(|d| alphabet[usize::from(*d)]);
    "1".repeat(zeros) + &body.collect::<String>()
}

fn phone(dice: &mut Dice) -> String {
    match dice.below(7) {
        0 => format!("+49 151 {}", grouped(&dice.digits(8), &[3, 3, 2], " ")),
        1 => format!("+33 6 {}", grouped(&dice.digits(8), &[2], " ")),
        2 => format!("+1-202-555-{}", dice.digits(4)),
        3 => format!("(415) 555-{}", dice.digits(4)),
        4 => format!("0151/{}", dice.digits(8)),
        5 => format!(
            "{} 6{}",
            dice.pick(&["Tel.", "mobile", "Handy", "móvil", "cellulare", "téléphone"]),
            dice.digits(8)
        ),
        _ => format!("+39 06 {}", dice.digits(8)),
    }
}

fn birth(dice: &mut Dice) -> String {
    let (y, m, d) = (
        1930 + dice.below(80),
        1 + dice.below(12),
        1 + dice.below(28),
    );
    match dice.below(6) {
        0 => format!("born on {y}-{m:02}-{d:02}"),
        1 => format!("date of birth: {m:02}/{d:02}/{y}"),
        2 => format!("geboren am {d}.{m}.{y}"),
        3 => format!("né le {d:02}/{m:02}/{y}"),
        4 => format!("fecha de nacimiento {d:02}-{m:02}-{y}"),
        _ => format!("nata il {d:02}/{m:02}/{y}"),
    }
}

/// One thing of that kind: what is written, and which end of it is to be found.
fn thing(kind: Kind, dice: &mut Dice) -> (String, usize) {
    let at_end = |text: String, of: &str| {
        let from = text.find(of).unwrap_or(0);
        (text, from)
    };
    let text = match kind {
        Kind::Secret => match dice.below(4) {
            0 => format!("AKIA{}", dice.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
            1 => format!("ghp_{}", dice.of(BASE64, 36)),
            2 => format!("sk_live_{}", dice.of(BASE64, 24)),
            _ => format!("xoxb-{}-{}", dice.digits(12), dice.of(BASE64, 24)),
        },
        Kind::Jwt => format!(
            "eyJ{}.eyJ{}.{}",
            dice.of(BASE64, 33),
            dice.of(BASE64, 40),
            dice.of(BASE64, 43)
        ),
        Kind::Iban => iban(dice),
        Kind::Card => card(dice),
        Kind::Ssn => format!(
            "{:03}-{:02}-{:04}",
            1 + dice.below(665),
            1 + dice.below(99),
            1 + dice.below(9999)
        ),
        Kind::Nino => {
            let plain = format!(
                "{}{}{}",
                dice.pick(&["AB", "CE", "JG", "SR", "PW"]),
                dice.digits(6),
                dice.of("ABCD", 1)
            );
            match dice.below(2) {
                0 => plain,
                _ => format!(
                    "{} {} {} {} {}",
                    &plain[..2],
                    &plain[2..4],
                    &plain[4..6],
                    &plain[6..8],
                    &plain[8..]
                ),
            }
        }
        Kind::Steuerid => steuerid(dice),
        Kind::Nir => nir(dice),
        Kind::Dni => spanish(dice, false),
        Kind::Nie => spanish(dice, true),
        Kind::Cf => cf(dice),
        Kind::Bsn => {
            let text = bsn(dice);
            let from = text.rfind(' ').unwrap() + 1;
            return (text, from);
        }
        Kind::Cpf => cpf(dice),
        Kind::Aadhaar => return at_end(aadhaar(dice), "Aadhaar ").pipe_behind("Aadhaar "),
        Kind::Email => format!(
            "{}{}{}@{}.{}",
            dice.pick(&["jane", "j.doe", "Max_M", "anna-lena", "info"]),
            dice.pick(&["", "+news", "99"]),
            dice.pick(&["", ".x"]),
            dice.pick(&["mail", "bücher", "sub.shop", "a-b"]),
            dice.pick(&["example", "com", "co.uk", "de"])
        ),
        Kind::Url => format!(
            "{}{}.example/{}?id={}",
            dice.pick(&["https://", "http://", "www.", "HTTPS://"]),
            dice.pick(&["shop", "a.b"]),
            dice.pick(&["x", "a/b", ""]),
            dice.digits(3)
        ),
        Kind::Ipv6 => match dice.below(3) {
            0 => format!("2001:db8::{}", dice.of(HEX, 4)),
            1 => (0..8)
                .map(|_| format!("{:x}", 1 + dice.below(0xffff)))
                .collect::<Vec<_>>()
                .join(":"),
            _ => format!("fe80::1:{:x}", 1 + dice.below(0xfff)),
        },
        Kind::Ipv4 => format!(
            "{}.{}.{}.{}",
            1 + dice.below(223),
            dice.below(256),
            dice.below(256),
            dice.below(256)
        ),
        Kind::Mac => {
            let mark = dice.pick(&[":", "-"]);
            let hex = dice.of("0123456789ABCDEF", 12);
            grouped(&hex, &[2], mark)
        }
        Kind::Uuid => grouped_uuid(&dice.of(HEX, 32)),
        Kind::Phone => {
            let text = phone(dice);
            let from = text
                .find(|c: char| c == '+' || c == '(' || c.is_ascii_digit())
                .unwrap();
            return (text, from);
        }
        Kind::BirthDate => {
            let text = birth(dice);
            let from = text.find(|c: char| c.is_ascii_digit()).unwrap();
            return (text, from);
        }
        Kind::Coordinates => format!(
            "{}.{}, {}.{}",
            dice.below(89),
            dice.digits(5),
            dice.below(179),
            dice.digits(5)
        ),
        Kind::Btc => bitcoin(dice),
        Kind::Eth => format!("0x{}", dice.of("0123456789abcdefABCDEF", 40)),
        Kind::Own(_) => unreachable!("patterns are the policy's"),
    };
    (text, 0)
}

trait PipeBehind {
    fn pipe_behind(self, word: &str) -> Self;
}

impl PipeBehind for (String, usize) {
    /// Behind that word, where it stands.
    fn pipe_behind(self, word: &str) -> (String, usize) {
        let from = if self.0.starts_with(word) {
            word.len()
        } else {
            0
        };
        (self.0, from)
    }
}

fn grouped_uuid(hex: &str) -> String {
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// What only looks like something.
fn decoy(dice: &mut Dice) -> String {
    match dice.below(16) {
        0 => format!("order {}", dice.digits(8)),
        1 => format!("{}.{} EUR", dice.below(2_000), dice.digits(2)),
        2 => format!(
            "version {}.{}.{}.{}",
            dice.below(9),
            dice.below(20),
            dice.below(9),
            dice.below(9)
        ),
        3 => format!(
            "{:02}:{:02}:{:02}",
            dice.below(24),
            dice.below(60),
            dice.below(60)
        ),
        4 => format!("2026-{:02}-{:02}", 1 + dice.below(12), 1 + dice.below(28)),
        5 => format!("{:02}.{:02}.2026", 1 + dice.below(28), 1 + dice.below(12)),
        6 => format!("A-{}", dice.digits(5)),
        7 => format!("@{}", dice.pick(&["jane", "shop_de", "news"])),
        8 => format!("#{}", dice.digits(6)),
        9 => dice
            .pick(&[
                "iPhone 15 Pro Max",
                "USB-C",
                "COVID-19",
                "A4",
                "3:1",
                "24/7",
                "10-12 kg",
            ])
            .to_owned(),
        10 => {
            // A card with one digit off.
            let body = format!("4{}", dice.digits(14));
            format!("{body}{}", (luhn_digit(&body) + 1) % 10)
        }
        11 => format!("DE{}{}", 10 + dice.below(80), dice.digits(9)),
        12 => format!(
            "{} x {} x {}",
            dice.below(200),
            dice.below(200),
            dice.below(200)
        ),
        13 => format!("000-{:02}-{:04}", 1 + dice.below(99), 1 + dice.below(9999)),
        14 => format!("{}%", dice.below(100)),
        _ => dice.of(HEX, 12),
    }
}

/// What a detector found and what it did not.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) is_checked: bool,
    pub(super) wanted: u32,
    right: u32,
    wrong: u32,
}

impl Row {
    pub(super) fn recall(&self) -> f64 {
        f64::from(self.right) / f64::from(self.wanted)
    }

    pub(super) fn precision(&self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.wrong)
    }
}

/// Of so many sentences one in five holds only what looks like something.
pub(super) fn measured(finder: &Finder, sentences: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = KINDS
        .iter()
        .map(|row| Row {
            name: row.name,
            is_checked: !matches!(row.kind, Kind::Phone | Kind::BirthDate | Kind::Coordinates),
            wanted: 0,
            right: 0,
            wrong: 0,
        })
        .collect();
    for (text, wanted) in written(sentences) {
        if let Some((kind, ..)) = wanted {
            rows[kind].wanted += 1;
        }
        for hit in hits(finder, &text) {
            let of = KINDS.iter().position(|row| row.kind == hit.kind).unwrap();
            if wanted == Some((of, hit.start, hit.end)) {
                rows[of].right += 1;
            } else {
                rows[of].wrong += 1;
            }
        }
    }
    rows
}

/// A sentence, and what is to be found in it, if anything is: the place of its kind in
/// `KINDS`, where it begins and where it ends.
type Written = (String, Option<(usize, usize, usize)>);

/// So many of them, the same each time.
fn written(sentences: usize) -> impl Iterator<Item = Written> {
    let mut dice = Dice(Random::new(7));
    (0..sentences).map(move |nth| {
        let frames = FRAMES[nth % FRAMES.len()];
        let frame = frames[dice.below(frames.len() as u64) as usize];
        let (before, after) = frame.split_once("{}").unwrap();
        let kind = (dice.below(5) > 0).then(|| dice.below(KINDS.len() as u64) as usize);
        let (text, wanted) = match kind {
            Some(kind) => {
                let (text, from) = thing(KINDS[kind].kind, &mut dice);
                let wanted = (kind, before.len() + from, before.len() + text.len());
                (text, Some(wanted))
            }
            None => (decoy(&mut dice), None),
        };
        let text = format!("{before}{text}{after} {}", decoy(&mut dice));
        (text, wanted)
    })
}

/// Each as a line of JSON, with what is found in it, for another tool to try
/// (`tests/oracles/redact.py`): places in characters.
pub(super) fn told(finder: &Finder, sentences: usize) -> String {
    let mut lines = String::new();
    for (text, wanted) in written(sentences) {
        let at = |byte: usize| text[..byte].chars().count();
        let wanted = wanted.map(|(kind, from, to)| (KINDS[kind].name, at(from), at(to)));
        let name = |kind| KINDS.iter().find(|row| row.kind == kind).unwrap().name;
        let hits = hits(finder, &text).into_iter();
        let hits: Vec<_> = hits
            .map(|hit| (name(hit.kind), at(hit.start), at(hit.end)))
            .collect();
        let line = serde_json::json!({ "text": text, "wanted": wanted, "hits": hits });
        lines.push_str(&format!("{line}\n"));
    }
    lines
}

/// As a table for people.
pub(super) fn printed(rows: &[Row]) -> String {
    let mut table = "detector      wanted  recall  precision\n".to_owned();
    for row in rows {
        table.push_str(&format!(
            "{:<13} {:>6}  {:>6.3}  {:>9.3}\n",
            row.name,
            row.wanted,
            row.recall(),
            row.precision()
        ));
    }
    table
}
