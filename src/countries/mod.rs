//! Countries by their codes, and what they are to the General Data Protection
//! Regulation.
//!
//! **In**: a text. **Out**: the country whose code of two letters (ISO 3166-1) it is, and
//! whether it is of the European Economic Area, or one that the Commission found
//! adequate. **Promises**: one list, with its day and its sources. **Does not know**:
//! policies, events, whether a decision still stands today.

use std::sync::LazyLock;

/// The day as of which the list is.
pub const AS_OF: &str = "2026-11-30";

/// A country of the list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// What a country is to who sends personal data from the European Economic Area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Of the European Economic Area: nothing is transferred to a third country.
    Eea,
    /// The Commission decided that it protects adequately (article 45).
    Adequate,
    /// The same, for some recipients there: which one it is, somebody must say.
    AdequateInPart,
    /// None of that: a transfer needs another ground (articles 46, 47, 49).
    Third,
}

static TABLE: LazyLock<Vec<(Country, Standing)>> = LazyLock::new(|| {
    let lines = include_str!("countries.txt").lines();
    let rows = lines.filter(|line| !line.starts_with('#')).map(|line| {
        let mut words = line.split(' ');
        let code = words.next().expect("a line has a code").as_bytes();
        let standing = match words.next() {
            Some("eea") => Standing::Eea,
            Some("adequate") => Standing::Adequate,
            Some("in_part") => Standing::AdequateInPart,
            _ => Standing::Third,
        };
        (Country([code[0], code[1]]), standing)
    });
    rows.collect()
});

/// Every country, by code.
pub fn all() -> impl Iterator<Item = Country> {
    TABLE.iter().map(|(country, _)| *country)
}

/// Those of the European Economic Area.
pub fn eea() -> impl Iterator<Item = Country> {
    all().filter(|country| country.standing() == Standing::Eea)
}

impl Country {
    /// The country of that code, in capitals; `None`: there is none.
    pub fn of(code: &str) -> Option<Country> {
        let country = Country(code.as_bytes().try_into().ok()?);
        let at = TABLE.binary_search_by_key(&country, |(country, _)| *country);
        at.is_ok().then_some(country)
    }

    /// What it is.
    pub fn standing(self) -> Standing {
        let at = TABLE.binary_search_by_key(&self, |(country, _)| *country);
        TABLE[at.expect("a country is one of the list")].1
    }

    /// Its code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("two letters")
    }
}

impl std::fmt::Display for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::fmt::Debug for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// The code that somebody means who writes another one, where that is common.
pub fn meant(written: &str) -> Option<String> {
    let capitals = written.to_ascii_uppercase();
    let code = match capitals.as_str() {
        "UK" => "GB",
        "EL" => "GR",
        "USA" => "US",
        other => Country::of(other).map(|_| other)?,
    };
    Some(code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_every_code_once_and_says_its_day() {
        assert_eq!(all().count(), 249);
        assert!(TABLE.windows(2).all(|w| w[0].0 < w[1].0));
        let of = |standing| all().filter(|c| c.standing() == standing).count();
        // 30 states, and 7 parts of two of them with codes of their own.
        assert_eq!(of(Standing::Eea), 37);
        assert_eq!(of(Standing::Adequate), 14);
        assert_eq!(of(Standing::AdequateInPart), 2);
        assert_eq!(eea().count(), 37);
        assert!(include_str!("countries.txt").contains(&format!("As of {AS_OF}.")));
    }

    #[test]
    fn codes_are_two_capitals_of_the_list_and_nothing_else() {
        for (code, standing) in [
            ("DE", Standing::Eea),
            ("NO", Standing::Eea),
            ("GB", Standing::Adequate),
            ("BR", Standing::Adequate),
            ("US", Standing::AdequateInPart),
            ("IN", Standing::Third),
        ] {
            let country = Country::of(code).expect(code);
            assert_eq!((country.standing(), country.code()), (standing, code));
        }
        for bad in ["", "D", "de", "UK", "XX", "DEU", "eea", "Ü", "D\0", "#A"] {
            assert_eq!(Country::of(bad), None, "{bad:?}");
        }
        for (written, code) in [("uk", "GB"), ("de", "DE"), ("USA", "US")] {
            assert_eq!(meant(written).as_deref(), Some(code));
        }
        assert_eq!(meant("XX"), None);
    }
}
