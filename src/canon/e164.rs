//! The table `e164@1`: country codes, trunk and international prefixes.

use std::sync::LazyLock;

/// How one region dials.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Region {
    /// ISO 3166, upper case; `-` for a code of no single country.
    pub(crate) name: &'static str,
    /// Country code, 1 to 3 digits.
    pub(crate) code: &'static str,
    /// The same as a number, below 1,000.
    pub(crate) number: usize,
    /// Trunk prefix; empty when there is none.
    pub(crate) trunk: &'static str,
    /// International prefix; empty for a code of no country.
    pub(crate) international: &'static str,
}

static TABLE: LazyLock<Box<[Region]>> = LazyLock::new(|| {
    include_str!("tables/e164.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut words = line.split(' ').map(|w| if w == "-" { "" } else { w });
            let mut word = || words.next().expect("the table has four columns");
            let (name, code) = (word(), word());
            Region {
                name,
                code,
                number: code.parse().expect("a country code is a number"),
                trunk: word(),
                international: word(),
            }
        })
        .collect()
});

/// For each number below 1,000: the row of a region with that country code.
static BY_CODE: LazyLock<Box<[Option<&'static Region>]>> = LazyLock::new(|| {
    let mut by_code = vec![None; 1_000].into_boxed_slice();
    for region in TABLE.iter() {
        by_code[region.number].get_or_insert(region);
    }
    by_code
});

/// The row of a region by its ISO 3166 name in upper case.
pub(super) fn region(name: &str) -> Option<&'static Region> {
    TABLE.iter().find(|r| !r.name.is_empty() && r.name == name)
}

/// The country code that `digits` begin with. No code begins with another.
pub(crate) fn code_of(digits: &[u8]) -> Option<&'static Region> {
    let mut code = 0;
    for digit in digits.iter().take(3) {
        code = code * 10 + usize::from(digit - b'0');
        // A code never begins with 0, so `049` is not `49`.
        if code == 0 {
            return None;
        }
        if let Some(region) = BY_CODE[code] {
            return Some(region);
        }
    }
    None
}

/// Every country code, once.
pub(crate) fn codes() -> impl Iterator<Item = &'static Region> {
    BY_CODE.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The country codes that ITU-T has assigned, as ranges, written down apart
    /// from the table. 379 is left out of both: it is the Vatican's, which
    /// answers under 39.
    const ASSIGNED: &str = "1 7 20 27 30-34 36 39-41 43-49 51-58 60-66 81-82 84 86 90-95 98 \
        211-213 216 218 220-258 260-269 290-291 297-299 350-359 370-378 380-383 385-387 389 \
        420-421 423 500-509 590-599 670 672-683 685-692 800 808 850 852-853 855-856 870 878 \
        880-883 886 888 960-968 970-977 979 992-996 998";

    #[test]
    fn the_table_holds_the_assigned_codes() {
        let assigned: Vec<usize> = ASSIGNED
            .split(' ')
            .filter(|range| !range.is_empty())
            .flat_map(|range| {
                let (from, to) = range.split_once('-').unwrap_or((range, range));
                from.parse().unwrap()..=to.parse().unwrap()
            })
            .collect();
        let held: Vec<usize> = codes().map(|r| r.number).collect();
        assert_eq!(held, assigned);
    }

    #[test]
    fn codes_are_prefix_free_and_agree_on_their_trunk_prefix() {
        for a in codes() {
            assert!(matches!(a.code.len(), 1..=3) && !a.code.starts_with('0'));
            for b in codes() {
                assert!(
                    a.code == b.code || !b.code.starts_with(a.code),
                    "{a:?} {b:?}"
                );
            }
        }
        for r in TABLE.iter() {
            assert_eq!(r.trunk, code_of(r.code.as_bytes()).unwrap().trunk, "{r:?}");
            assert_eq!(r.name.is_empty(), r.international.is_empty(), "{r:?}");
        }
        assert_eq!(
            region("DE").map(|r| (r.code, r.trunk, r.international)),
            Some(("49", "0", "00"))
        );
        assert_eq!(region("-"), None);
        assert_eq!(code_of(b"0491"), None);
        assert!(codes().count() > 200);
    }
}
