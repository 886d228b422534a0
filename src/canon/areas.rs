//! The table `e164-areas@1`: countries that share one country code.

use std::sync::LazyLock;

use super::e164;

/// One row: what numbers of a region begin with behind a country code.
struct Area {
    code: &'static str,
    region: &'static str,
    /// None: it has the rest of the numbers of that code.
    beginnings: Vec<&'static [u8]>,
}

static TABLE: LazyLock<Box<[Area]>> = LazyLock::new(|| {
    include_str!("tables/e164-areas.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut words = line.split(' ');
            let mut word = || words.next().expect("a code and a region");
            let (code, region) = (word(), word());
            Area {
                code,
                region,
                beginnings: words.map(str::as_bytes).collect(),
            }
        })
        .collect()
});

/// Where the rows of each code below 1,000 stand in the table; empty for a code
/// of one country.
static ROWS: LazyLock<Box<[(u8, u8)]>> = LazyLock::new(|| {
    let mut rows = vec![(0, 0); 1_000].into_boxed_slice();
    for (at, area) in (0..).zip(TABLE.iter()) {
        let code: usize = area.code.parse().expect("a country code is a number");
        let (from, to) = &mut rows[code];
        if *to == 0 {
            *from = at;
        }
        *to = at + 1;
    }
    rows
});

/// The country of a number in canonical form (`+` and digits) by its ISO 3166
/// name; `ZZ` where the number names none. `None` where no code begins it.
pub(crate) fn country(canonical: &[u8]) -> Option<(&'static str, &'static str)> {
    let digits = canonical.strip_prefix(b"+")?;
    let code = e164::code_of(digits)?;
    let (from, to) = ROWS[code.number];
    let rows = &TABLE[usize::from(from)..usize::from(to)];
    if rows.is_empty() {
        let name = if code.name.is_empty() {
            "ZZ"
        } else {
            code.name
        };
        return Some((code.code, name));
    }
    let number = &digits[code.code.len()..];
    let begins = |area: &&Area| area.beginnings.iter().any(|b| number.starts_with(b));
    let rest = || rows.iter().find(|area| area.beginnings.is_empty());
    let area = rows.iter().find(begins).or_else(rest);
    Some((code.code, area.map_or("ZZ", |area| area.region)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A code that the table of codes gives to several regions has rows here,
    /// and no other has.
    #[test]
    fn shared_codes_have_areas() {
        let mut shared = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for line in include_str!("tables/e164.txt").lines() {
            let mut words = line.split(' ').skip(1);
            if line.starts_with('#') {
                continue;
            }
            let code = words.next().unwrap();
            if !seen.insert(code) {
                shared.insert(code);
            }
        }
        let areas: BTreeSet<&str> = TABLE.iter().map(|area| area.code).collect();
        assert_eq!(areas, shared);
    }

    #[test]
    fn no_beginning_is_that_of_two_regions() {
        let mut rests = BTreeSet::new();
        for (n, area) in TABLE.iter().enumerate() {
            let name = area.region;
            if area.beginnings.is_empty() {
                assert!(rests.insert(area.code), "two rests of {}", area.code);
            }
            for (begin, other) in area.beginnings.iter().flat_map(|b| {
                let others = TABLE[n + 1..].iter().filter(|o| o.code == area.code);
                others.flat_map(|o| &o.beginnings).map(move |o| (b, o))
            }) {
                assert!(
                    !begin.starts_with(other) && !other.starts_with(begin),
                    "{name}"
                );
            }
        }
        assert!(!rests.contains("1"));
    }
}
