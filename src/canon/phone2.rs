//! `phone@2:RR` and `phone@2:+`: as `phone@1`, but a number without `+` is read
//! as a national and as an international one, and the numbers of digits that a
//! country has (`e164@2`) say which of the two it is.

use std::sync::LazyLock;

use super::e164::Region;
use super::phone::{self, Digits};
use crate::record::Reason;

/// How a number without `+` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// As somebody in that region would dial it, or with that region's code in front.
    Region(&'static Region),
    /// It begins with a country code.
    Code,
}

/// For each number below 1,000 the lengths behind that country code: bit n for n
/// digits.
static BEHIND: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    let mut behind = vec![0; 1_000].into_boxed_slice();
    let lines = include_str!("tables/e164-lengths.txt").lines();
    for line in lines.filter(|line| !line.starts_with('#')) {
        let mut numbers = line.split(' ').map(|word| word.parse::<usize>());
        let mut next = || numbers.next().map(|n| n.expect("the table holds numbers"));
        let code = next().expect("a line begins with a country code");
        while let Some(length) = next() {
            behind[code] |= 1 << length;
        }
    }
    behind
});

/// Appends the canonical form of `text`.
///
/// # Errors
/// [`Reason::BadIdentifier`], also for a number that could be two.
pub(super) fn canonical(text: &str, home: Home, out: &mut Vec<u8>) -> Result<(), Reason> {
    append(text, home, out).ok_or(Reason::BadIdentifier)
}

fn append(text: &str, home: Home, out: &mut Vec<u8>) -> Option<()> {
    let (plus, number) = phone::read(text)?;
    let home = match home {
        Home::Region(home) if !plus => home,
        _ => return international(&number, 0)?.write(out),
    };
    let digits = number.as_slice();
    if digits.starts_with(home.international.as_bytes()) {
        return international(&number, home.international.len())?.write(out);
    }
    let behind_trunk = digits
        .strip_prefix(home.trunk.as_bytes())
        .filter(|_| !home.trunk.is_empty());
    let national = Reading {
        country: home,
        number: behind_trunk.unwrap_or(digits),
    };
    // Somebody else's `00` before a country code, not a trunk prefix twice.
    let dials_abroad = home.trunk == "0" && national.number.starts_with(b"0");
    let dials_abroad = dials_abroad && behind_trunk.is_some();
    let national = (national.can_be_meant() && !dials_abroad).then_some(national);
    let with_code = behind_trunk.is_none() && digits.starts_with(home.code.as_bytes());
    let with_code = with_code.then(|| behind_code(&number, 0)).flatten();
    let with_code = with_code.filter(Reading::can_be_meant);
    match (national, with_code) {
        (Some(only), None) | (None, Some(only)) if only.fits() => only.write(out),
        _ => None,
    }
}

/// A number as one of those of a country.
struct Reading<'n> {
    country: &'static Region,
    number: &'n [u8],
}

/// The reading that begins with a country code at digit `from`, if it can be a number.
fn international<'n>(number: &'n Digits<'_>, from: usize) -> Option<Reading<'n>> {
    behind_code(number, from).filter(Reading::fits)
}

/// The reading that begins with a country code at digit `from`, however long.
fn behind_code<'n>(number: &'n Digits<'_>, from: usize) -> Option<Reading<'n>> {
    let (country, rest) = number.behind_code(from)?;
    Some(Reading {
        country,
        // Mexico's mobile numbers had a 1 behind the code until 2019.
        number: match rest {
            [b'1', of_today @ ..] if country.code == "52" && of_today.len() == 10 => of_today,
            _ => rest,
        },
    })
}

impl Reading<'_> {
    /// True when that country has fixed or mobile numbers of that length. One that is too
    /// short to be canonical can be meant all the same.
    fn can_be_meant(&self) -> bool {
        self.len() <= *phone::LENGTHS.end()
            && BEHIND[self.country.number] & (1 << self.number.len()) != 0
    }

    /// The same of one that can be canonical.
    fn fits(&self) -> bool {
        phone::LENGTHS.contains(&self.len()) && self.can_be_meant()
    }

    /// Its digits, those of the country code too.
    fn len(&self) -> usize {
        self.country.code.len() + self.number.len()
    }

    fn write(&self, out: &mut Vec<u8>) -> Option<()> {
        phone::finish(self.country.code, self.number, out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::e164;
    use super::*;
    use proptest::prelude::*;

    fn canon(home: Home, text: &str) -> Option<String> {
        let mut out = Vec::new();
        append(text, home, &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_table_has_a_row_for_each_code() {
        let rows = include_str!("tables/e164-lengths.txt").lines();
        let rows = rows.filter(|row| !row.starts_with('#'));
        let mut held: Vec<&str> = rows.map(|row| row.split(' ').next().unwrap()).collect();
        held.sort_unstable_by_key(|code| code.parse::<u32>().unwrap());
        assert_eq!(held, e164::codes().map(|r| r.code).collect::<Vec<_>>());
        // Toll-free and other numbers of nobody's own telephone.
        let none: Vec<&str> = e164::codes()
            .filter(|r| BEHIND[r.number] == 0)
            .map(|r| r.code)
            .collect();
        assert_eq!(none, ["800", "808", "878", "883", "888", "979"]);
    }

    /// The numbers of Niue and Tokelau are so short that seven digits can be one of four
    /// behind the country code; and in Indonesia `00` is nobody's prefix.
    #[test]
    fn what_could_be_another_number_is_refused() {
        let home = |name| Home::Region(e164::region(name).expect("a region"));
        for (region, text, canonical) in [
            ("NU", "6834365", None),
            ("NU", "8884365", Some("+6838884365")),
            ("NU", "+6838884365", Some("+6838884365")),
            ("TK", "6903042", None),
            ("ID", "0062218350124", None),
            ("ID", "00162218350124", Some("+62218350124")),
            ("ID", "0218350124", Some("+62218350124")),
            ("ID", "62218350124", None),
            ("RU", "88005550100", Some("+78005550100")),
            ("DE", "491511234567812345", None),
        ] {
            assert_eq!(canon(home(region), text).as_deref(), canonical, "{text}");
        }
    }

    /// One number in eight spellings is one number, or refused where it could be
    /// another: never two.
    fn spellings_agree(region: &'static Region, number: &str) -> Result<(), TestCaseError> {
        let canonical = format!("+{}{number}", region.code);
        let home = Home::Region(region);
        let Some(found) = canon(home, &canonical) else {
            return Ok(());
        };
        let (code, trunk) = (region.code, region.trunk);
        let spaced: Vec<String> = number.chars().map(String::from).collect();
        for (spelling, home) in [
            (format!("{}{code}{number}", region.international), home),
            (format!("+{code} {}", spaced.join("-")), home),
            (format!("(+{code}) {number}"), home),
            (format!("{code}{number}"), home),
            (format!("{code}{number}"), Home::Code),
            (format!("{trunk}{number}"), home),
            (number.to_owned(), home),
        ] {
            let other = canon(home, &spelling);
            prop_assert!(
                other.is_none() || other == Some(found.clone()),
                "{spelling}"
            );
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn no_spelling_is_another_person(at in 0..1_000_usize, number in "[2-9][0-9]{4,13}") {
            let regions: Vec<&'static Region> = e164::codes().filter(|r| !r.name.is_empty()).collect();
            let region = regions[at % regions.len()];
            // A number that begins as another prefix does is dialled otherwise.
            prop_assume!(region.trunk.is_empty() || !number.starts_with(region.trunk));
            prop_assume!(!number.starts_with(region.international));
            spellings_agree(region, &number)?;
        }

        #[test]
        fn whatever_comes_out_stays(text in "[+]?[0-9 ()-]{0,20}", at in 0..1_000_usize) {
            let regions: Vec<&'static Region> = e164::codes().filter(|r| !r.name.is_empty()).collect();
            let home = Home::Region(regions[at % regions.len()]);
            for home in [home, Home::Code] {
                if let Some(number) = canon(home, &text) {
                    prop_assert_eq!(canon(home, &number), Some(number.clone()));
                }
            }
        }
    }
}
