//! Epochs: for how long a pseudonym stays the same, and which version of a key makes
//! those of one epoch.
//!
//! An epoch is decided by the time of the event alone, never by a clock: whenever an
//! event is worked on, again too, it falls into the same one.

use std::sync::{Arc, RwLock};

use super::kdf::Root;
use crate::record::Reason;
use crate::record::time::{civil, day_of};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// 1970 began on a Thursday, three days into its week.
const WEEK_BEGINS_MS: i64 = 4 * DAY_MS;

/// What a calendar has, in milliseconds.
const YEARS_0_TO_9999: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// The length of epochs, all of them in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EpochLength {
    /// So many milliseconds, counted from the beginning of 1970. Made by
    /// [`EpochLength::fixed`].
    Fixed(i64),
    /// From Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
    /// Three of them, from January on.
    Quarter,
    /// A year of the calendar.
    Year,
}

/// One epoch: from its start to before its end, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Its first millisecond.
    pub start_ms: i64,
    /// The first millisecond of the next one.
    pub end_ms: i64,
}

impl Epoch {
    /// The two ends, big-endian: what enters the derivation of a key. Start and end
    /// and no number of it, so that an epoch of another length is never the same.
    pub fn parameter(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.start_ms.to_be_bytes());
        bytes[8..].copy_from_slice(&self.end_ms.to_be_bytes());
        bytes
    }
}

impl EpochLength {
    /// The shortest fixed length, in milliseconds: an hour.
    pub const FIXED_MIN_MS: i64 = 3_600_000;
    /// The longest: 3,650 days.
    pub const FIXED_MAX_MS: i64 = 3_650 * DAY_MS;

    /// A fixed length; `None` outside an hour to 3,650 days, or when it is not of
    /// whole seconds.
    pub fn fixed(ms: i64) -> Option<EpochLength> {
        let fits = (Self::FIXED_MIN_MS..=Self::FIXED_MAX_MS).contains(&ms) && ms % 1_000 == 0;
        fits.then_some(EpochLength::Fixed(ms))
    }

    /// A length of the calendar, by its word.
    pub fn of_calendar(word: &str) -> Option<EpochLength> {
        match word {
            "week" => Some(EpochLength::Week),
            "month" => Some(EpochLength::Month),
            "quarter" => Some(EpochLength::Quarter),
            "year" => Some(EpochLength::Year),
            _ => None,
        }
    }

    /// The epoch that a time lies in, milliseconds since 1970. `None` when it does not
    /// lie within the years 0 to 9999.
    #[inline]
    pub fn of(self, ms: i64) -> Option<Epoch> {
        if !YEARS_0_TO_9999.contains(&ms) {
            return None;
        }
        let (start_ms, end_ms) = match self {
            EpochLength::Fixed(length) => fixed(ms, length),
            EpochLength::Week => {
                let (start, end) = fixed(ms - WEEK_BEGINS_MS, 7 * DAY_MS);
                (start + WEEK_BEGINS_MS, end + WEEK_BEGINS_MS)
            }
            EpochLength::Month => months(ms, 1)?,
            EpochLength::Quarter => months(ms, 3)?,
            EpochLength::Year => months(ms, 12)?,
        };
        Some(Epoch { start_ms, end_ms })
    }

    /// True when every epoch of this length lies within one of the other.
    pub fn lies_within(self, other: EpochLength) -> bool {
        use EpochLength::{Fixed, Month, Quarter, Week, Year};
        match (self, other) {
            (a, b) if a == b => true,
            (Fixed(a), Fixed(b)) => b % a == 0,
            // Both begin where a day does, and no two on the same one.
            (Fixed(a), _) => DAY_MS % a == 0,
            (Month, Quarter | Year) | (Quarter, Year) => true,
            (Week | Month | Quarter | Year, _) => false,
        }
    }

    /// The longest epoch of this length, in milliseconds.
    pub const fn longest_ms(self) -> i64 {
        match self {
            EpochLength::Fixed(ms) => ms,
            EpochLength::Week => 7 * DAY_MS,
            EpochLength::Month => 31 * DAY_MS,
            EpochLength::Quarter => 92 * DAY_MS,
            EpochLength::Year => 366 * DAY_MS,
        }
    }

    const fn shortest_ms(self) -> i64 {
        match self {
            EpochLength::Fixed(ms) => ms,
            EpochLength::Week => 7 * DAY_MS,
            EpochLength::Month => 28 * DAY_MS,
            EpochLength::Quarter => 90 * DAY_MS,
            EpochLength::Year => 365 * DAY_MS,
        }
    }
}

/// As a policy writes it: `30d`, `month`.
impl std::fmt::Display for EpochLength {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = match self {
            EpochLength::Fixed(ms) => *ms,
            EpochLength::Week => return f.write_str("week"),
            EpochLength::Month => return f.write_str("month"),
            EpochLength::Quarter => return f.write_str("quarter"),
            EpochLength::Year => return f.write_str("year"),
        };
        let units = [(DAY_MS, "d"), (3_600_000, "h"), (60_000, "m")];
        let whole = units.into_iter().find(|(unit, _)| ms % unit == 0);
        let (unit, name) = whole.unwrap_or((1_000, "s"));
        write!(f, "{}{name}", ms / unit)
    }
}

fn fixed(ms: i64, length: i64) -> (i64, i64) {
    let start = ms.div_euclid(length) * length;
    (start, start + length)
}

/// The step of so many months, from January on, that a time lies in.
fn months(ms: i64, step: i64) -> Option<(i64, i64)> {
    let (year, month, _) = civil(ms.div_euclid(DAY_MS))?;
    let first = year * 12 + (month - 1) / step * step;
    let begins = |month: i64| day_of(month.div_euclid(12), month.rem_euclid(12) + 1) * DAY_MS;
    Some((begins(first), begins(first + step)))
}

/// The versions of a key by the time from which each is used. `None`: it was
/// destroyed.
#[derive(Clone)]
pub struct Versions(Box<[(i64, Option<Arc<Root>>)]>);

impl Versions {
    /// In the order of their numbers; each is used from that millisecond on.
    ///
    /// # Panics
    /// When there is none.
    pub fn new(versions: impl IntoIterator<Item = (i64, Option<Arc<Root>>)>) -> Versions {
        let versions: Box<[_]> = versions.into_iter().collect();
        assert!(!versions.is_empty(), "a key has a version");
        Versions(versions)
    }

    /// The version of an epoch that starts then: the highest that is used by then; of
    /// what lies before them all the lowest.
    ///
    /// # Errors
    /// `key_destroyed` when it was.
    #[inline]
    pub fn at(&self, start_ms: i64) -> Result<&Arc<Root>, Reason> {
        let mut versions = self.0.iter().rev();
        let taken = versions.find(|(from, _)| *from <= start_ms);
        let (_, root) = taken.unwrap_or(&self.0[0]);
        root.as_ref().ok_or(Reason::KeyDestroyed)
    }
}

/// What is derived for one epoch, kept for those that come again: as many as there
/// are cells, in the cell of the epoch's number.
///
/// Nobody waits for a cell: where it is being written, or holds another epoch, what
/// is wanted is derived once more.
pub struct EpochKeys<K> {
    length: EpochLength,
    versions: Versions,
    cells: Box<[Cell<K>]>,
}

/// The start of an epoch, and what is kept for it.
type Cell<K> = RwLock<Option<(i64, K)>>;

/// How many epochs are kept.
const CELLS: usize = 64;

impl<K> EpochKeys<K> {
    /// Keeps nothing yet.
    pub fn new(length: EpochLength, versions: Versions) -> EpochKeys<K> {
        EpochKeys {
            length,
            versions,
            cells: (0..CELLS).map(|_| RwLock::new(None)).collect(),
        }
    }

    /// The epoch that a time lies in.
    ///
    /// # Errors
    /// `epoch_out_of_window` when there is none, `key_destroyed` when its version of
    /// the key is gone.
    #[inline]
    pub fn epoch(&self, event_ms: i64) -> Result<Epoch, Reason> {
        let epoch = self.length.of(event_ms).ok_or(Reason::EpochOutOfWindow)?;
        self.versions.at(epoch.start_ms)?;
        Ok(epoch)
    }

    /// Does something with the key of an epoch, which `derive` makes where it is not
    /// kept.
    ///
    /// # Panics
    /// When `start_ms` is not the start of an epoch that [`EpochKeys::epoch`] gave.
    pub fn with<R>(
        &self,
        start_ms: i64,
        derive: impl FnOnce(&Root, &[u8; 16]) -> K,
        done: impl FnOnce(&K) -> R,
    ) -> R {
        let number = start_ms.div_euclid(self.length.shortest_ms());
        let number = usize::try_from(number.rem_euclid(CELLS as i64)).expect("a small number");
        let cell = &self.cells[number];
        if let Ok(kept) = cell.try_read()
            && let Some((of, key)) = &*kept
            && *of == start_ms
        {
            return done(key);
        }
        let given = "an epoch is what the same list of versions gave";
        let epoch = self.length.of(start_ms).expect(given);
        let root = self.versions.at(start_ms).expect(given);
        let key = derive(root, &epoch.parameter());
        let made = done(&key);
        if let Ok(mut cell) = cell.try_write() {
            *cell = Some((start_ms, key));
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn epochs_follow_each_other_without_a_gap() {
        use EpochLength::{Fixed, Month, Quarter, Week, Year};
        for length in [
            Fixed(3_600_000),
            Fixed(90 * DAY_MS),
            Week,
            Month,
            Quarter,
            Year,
        ] {
            let mut at = ms("1968-01-01T00:00:00Z");
            while at < ms("2033-01-01T00:00:00Z") {
                let epoch = length.of(at).unwrap();
                assert!(epoch.start_ms <= at && at < epoch.end_ms, "{length}");
                assert_eq!(length.of(epoch.start_ms), Some(epoch));
                assert_eq!(length.of(epoch.end_ms - 1), Some(epoch));
                let next = length.of(epoch.end_ms).unwrap();
                assert_eq!(next.start_ms, epoch.end_ms, "{length}");
                let long = epoch.end_ms - epoch.start_ms;
                assert!((length.shortest_ms()..=length.longest_ms()).contains(&long));
                at = epoch.end_ms.max(at + 20 * DAY_MS);
            }
        }
        assert_eq!(
            YEARS_0_TO_9999,
            ms("0000-01-01T00:00:00Z")..=ms("9999-12-30T00:00:00Z") + 2 * DAY_MS - 1
        );
        assert_eq!(Week.of(0).unwrap().start_ms, ms("1969-12-29T00:00:00Z"));
        let monday = ms("2026-03-02T00:00:00Z");
        assert_eq!(Week.of(monday).unwrap().start_ms, monday);
        let of = |at| Quarter.of(ms(at)).unwrap().start_ms;
        assert_eq!(of("2026-06-30T23:59:59.999Z"), ms("2026-04-01T00:00:00Z"));
    }

    #[test]
    fn a_time_that_no_calendar_has_lies_in_no_epoch() {
        for length in [
            EpochLength::Fixed(3_600_000),
            EpochLength::Week,
            EpochLength::Year,
        ] {
            for at in [i64::MIN, i64::MAX, ms("9999-12-30T00:00:00Z") + 9 * DAY_MS] {
                assert_eq!(length.of(at), None, "{length} {at}");
            }
        }
        for ms in [0, -1, 3_599_000, 3_600_001, 3_651 * DAY_MS, i64::MAX] {
            assert_eq!(EpochLength::fixed(ms), None, "{ms}");
        }
    }

    #[test]
    fn lengths_have_one_spelling_and_an_order() {
        let days = |n| EpochLength::fixed(n * DAY_MS).unwrap();
        assert_eq!(days(30).to_string(), "30d");
        assert_eq!(EpochLength::fixed(90 * 60_000).unwrap().to_string(), "90m");
        assert_eq!(EpochLength::fixed(3_601_000).unwrap().to_string(), "3601s");
        use EpochLength::{Month, Quarter, Week, Year};
        for (one, other, within) in [
            (days(1), days(30), true),
            (days(30), days(90), true),
            (days(30), days(45), false),
            (days(1), Month, true),
            (days(7), Week, false),
            (Week, Month, false),
            (Month, Year, true),
            (Quarter, Month, false),
            (Year, days(3_650), false),
        ] {
            assert_eq!(one.lies_within(other), within, "{one} {other}");
            // As the epochs themselves say.
            let mut at = ms("2023-12-31T12:00:00Z");
            let mut found = true;
            for _ in 0..1_000 {
                let epoch = one.of(at).unwrap();
                found &= other.of(epoch.start_ms) == other.of(epoch.end_ms - 1);
                at = epoch.end_ms;
            }
            assert_eq!(found, within, "{one} {other}");
        }
    }

    #[test]
    fn a_version_is_taken_from_the_first_epoch_that_starts_with_it() {
        let root = |n| Some(Arc::new(Root::new(&[n; 32])));
        let versions = Versions::new([(0, root(1)), (100, None), (200, root(3))]);
        let kcv = |at| versions.at(at).map(|root| root.kcv());
        let of = |n: u8| Ok(Root::new(&[n; 32]).kcv());
        for (at, taken) in [(-5, of(1)), (0, of(1)), (99, of(1)), (200, of(3))] {
            assert_eq!(kcv(at), taken, "{at}");
        }
        assert_eq!(kcv(100), Err(Reason::KeyDestroyed));
        assert_eq!(kcv(199), Err(Reason::KeyDestroyed));
    }

    #[test]
    fn a_key_is_derived_once_and_its_cell_given_to_another_epoch() {
        let root = Some(Arc::new(Root::new(&[7; 32])));
        let day = EpochLength::fixed(DAY_MS).unwrap();
        let keys = EpochKeys::new(day, Versions::new([(0, root)]));
        let derived = std::cell::Cell::new(0);
        let of = |n: i64| {
            let start = keys.epoch(n * DAY_MS + 5).unwrap().start_ms;
            keys.with(
                start,
                |_, parameter| {
                    derived.set(derived.get() + 1);
                    *parameter
                },
                |made| assert_eq!(*made, day.of(start).unwrap().parameter()),
            );
            derived.replace(0)
        };
        assert_eq!([of(1), of(1), of(2), of(1)], [1, 0, 1, 0]);
        // 64 later: the same cell.
        assert_eq!([of(65), of(65), of(1)], [1, 0, 1]);
        assert_eq!(of(-1), 1);
    }
}
