//! Bank account numbers by ISO 13616: country, two check digits, and what the
//! country's banks write behind them (BBAN).

use std::sync::LazyLock;

use crate::record::Reason;

/// A country of the table `iban@1`.
struct Row {
    country: [u8; 2],
    /// Characters behind the check digits.
    len: usize,
    has_letters: bool,
}

static TABLE: LazyLock<Box<[Row]>> = LazyLock::new(|| {
    let lines = include_str!("iban.txt").lines();
    let rows = lines.filter(|line| !line.starts_with('#')).map(|line| {
        let mut words = line.split(' ');
        let mut word = || words.next().expect("the table has three columns");
        Row {
            country: word()
                .as_bytes()
                .try_into()
                .expect("a country has two letters"),
            len: word().parse().expect("a length is a number"),
            has_letters: word() == "c",
        }
    });
    rows.collect()
});

/// Most characters of one, blanks left out.
const LEN_MAX: usize = 34;

/// One that was read.
pub(super) struct Iban<'t> {
    pub(super) country: &'t str,
    pub(super) bban: &'t str,
    pub(super) has_letters: bool,
}

/// The parts of `text`; blanks are left out, small letters are capitals. `squeezed`
/// is overwritten and holds what is given back.
///
/// # Errors
/// [`Reason::BadIdentifier`] for what is none: another country or length than the
/// table has, wrong check digits, any other character.
pub(super) fn read<'t>(text: &str, squeezed: &'t mut Vec<u8>) -> Result<Iban<'t>, Reason> {
    squeezed.clear();
    for c in text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}')) {
        if !c.is_ascii_alphanumeric() || squeezed.len() == LEN_MAX {
            return Err(Reason::BadIdentifier);
        }
        squeezed.push(c.to_ascii_uppercase() as u8);
    }
    let text = std::str::from_utf8(squeezed).expect("letters and digits are ASCII");
    let (Some(country), Some(check), Some(bban)) = (text.get(..2), text.get(2..4), text.get(4..))
    else {
        return Err(Reason::BadIdentifier);
    };
    let row = TABLE.iter().find(|row| row.country == country.as_bytes());
    let fits = row.is_some_and(|row| {
        let is_of_it = |b: u8| row.has_letters || b.is_ascii_digit();
        row.len == bban.len() && bban.bytes().all(is_of_it)
    });
    let (Some(row), true) = (row, fits) else {
        return Err(Reason::BadIdentifier);
    };
    if check.as_bytes() != check_digits(country, bban) {
        return Err(Reason::BadIdentifier);
    }
    Ok(Iban {
        country,
        bban,
        has_letters: row.has_letters,
    })
}

/// The check digits (ISO 7064 mod 97-10): 02 to 98.
pub(super) fn check_digits(country: &str, bban: &str) -> [u8; 2] {
    let mut rest = 0_u32;
    for b in bban.bytes().chain(country.bytes()).chain(*b"00") {
        rest = match b {
            b'0'..=b'9' => rest * 10 + u32::from(b - b'0'),
            // A is 10 and two digits long.
            _ => rest * 100 + u32::from(b - b'A') + 10,
        } % 97;
    }
    let check = 98 - rest as u8;
    [b'0' + check / 10, b'0' + check % 10]
}

/// The examples of the registry, of each form one.
#[cfg(test)]
pub(crate) const EXAMPLES: [&str; 12] = [
    "AD12 0001 2030 2003 5910 0100",
    "BE68 5390 0754 7034",
    "CH93 0076 2011 6238 5295 7",
    "DE89 3704 0044 0532 0130 00",
    "FR14 2004 1010 0505 0001 3M02 606",
    "GB29 NWBK 6016 1331 9268 19",
    "IT60 X054 2811 1010 0000 0123 456",
    "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
    "NL91 ABNA 0417 1643 00",
    "NO93 8601 1117 947",
    "PL61 1090 1014 0000 0712 1981 2874",
    "XK05 1212 0123 4567 8906",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registrys_examples_are_read() {
        for example in EXAMPLES {
            let mut squeezed = Vec::new();
            let iban = read(example, &mut squeezed).unwrap_or_else(|e| panic!("{example}: {e}"));
            assert_eq!(iban.country, &example[..2]);
            let plain = example.replace(' ', "");
            assert_eq!(iban.bban, &plain[4..]);
            let mut lower = Vec::new();
            assert!(read(&plain.to_lowercase(), &mut lower).is_ok());
        }
    }

    #[test]
    fn every_wrong_digit_and_every_swap_is_seen() {
        let plain = "GB29NWBK60161331926819";
        for at in 0..plain.len() {
            for other in "09AZ".bytes() {
                let mut wrong = plain.as_bytes().to_vec();
                if std::mem::replace(&mut wrong[at], other) == other {
                    continue;
                }
                let wrong = String::from_utf8(wrong).unwrap();
                let seen = read(&wrong, &mut Vec::new()).is_err();
                assert!(seen, "{wrong}");
            }
        }
        for text in [
            "",
            "D",
            "DE",
            "DE8",
            "DE89",
            " ",
            "DE89😀",
            "DE89\u{200e}370400440532013000",
            &"A".repeat(1_000_000),
        ] {
            assert!(read(text, &mut Vec::new()).is_err());
        }
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(TABLE.windows(2).all(|w| w[0].country < w[1].country));
        assert!(
            TABLE
                .iter()
                .all(|row| (10..=LEN_MAX - 4).contains(&row.len))
        );
        assert_eq!(TABLE.len(), 87);
    }
}
