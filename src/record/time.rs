//! A time of an event, in formats that have a type for it.

use super::Reason;

/// A date, a time of day or an instant, by what it counts since 1970.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// Seconds since the beginning of 1970; of a time of day, since midnight.
    pub seconds: i64,
    /// Nanoseconds behind the second, below a thousand million.
    pub nanos: u32,
    /// What kind of time it is.
    pub kind: TimeKind,
}

/// The kinds of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeKind {
    /// A day.
    Date,
    /// A time of day.
    OfDay(Precision),
    /// A place on the time line.
    Instant(Precision),
    /// A day and a time of day, in no zone.
    Local(Precision),
}

/// What a type counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Milliseconds.
    Milli,
    /// Microseconds.
    Micro,
    /// Nanoseconds.
    Nano,
}

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Days from the beginning of year 0 to that of 1970 (proleptic Gregorian).
const DAYS_TO_1970: i64 = 719_528;
/// Days of 400 years.
const DAYS_OF_400_YEARS: i64 = 146_097;

impl Time {
    /// Its text after ISO 8601: `2026-11-28`, `18:24:54.5`,
    /// `2026-11-28T18:24:54Z`, the same without `Z` for a local time. Digits
    /// behind the second are as many as it takes, so that one time has one text
    /// whatever it is counted in. `out` is cleared first.
    ///
    /// # Errors
    /// `number_out_of_range` outside the years 0 to 9999, or the 24 hours of a
    /// day.
    pub(crate) fn text_in(self, out: &mut String) -> Result<&str, Reason> {
        use std::fmt::Write as _;
        out.clear();
        let (day, second) = (self.seconds.div_euclid(DAY), self.seconds.rem_euclid(DAY));
        let mut wrote = Ok(());
        if let TimeKind::OfDay(_) = self.kind {
            if day != 0 {
                return Err(Reason::NumberOutOfRange);
            }
        } else {
            let (year, month, day) = civil(day).ok_or(Reason::NumberOutOfRange)?;
            wrote = write!(out, "{year:04}-{month:02}-{day:02}");
        }
        if self.kind != TimeKind::Date {
            if !matches!(self.kind, TimeKind::OfDay(_)) {
                out.push('T');
            }
            let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
            wrote = wrote.and_then(|()| write!(out, "{hour:02}:{minute:02}:{second:02}"));
            if self.nanos > 0 {
                wrote = wrote.and_then(|()| write!(out, ".{:09}", self.nanos));
                out.truncate(out.trim_end_matches('0').len());
            }
        }
        if matches!(self.kind, TimeKind::Instant(_)) {
            out.push('Z');
        }
        wrote.expect("a text takes all");
        Ok(out)
    }
}

/// Year, month and day of a day counted from 1970; `None` outside the years 0
/// to 9999. Days are counted from the first of March, so that the leap day ends
/// a year (H. Hinnant, "chrono-compatible low-level date algorithms").
pub(crate) fn civil(day: i64) -> Option<(i64, i64, i64)> {
    let since_0 = day.checked_add(DAYS_TO_1970)?;
    if !(0..25 * DAYS_OF_400_YEARS).contains(&since_0) {
        return None;
    }
    let since_march = since_0 - 60;
    let era = since_march.div_euclid(DAYS_OF_400_YEARS);
    let of_era = since_march.rem_euclid(DAYS_OF_400_YEARS);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = 400 * era + year_of_era + i64::from(month <= 2);
    Some((year, month, day))
}

/// The first day of a month, counted from 1970; months are 1 to 12. The other way
/// round from [`civil`].
pub(crate) fn day_of(year: i64, month: i64) -> i64 {
    let (year, from_march) = match month {
        3.. => (year, month - 3),
        _ => (year - 1, month + 9),
    };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * from_march + 2) / 5;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * DAYS_OF_400_YEARS + of_era + 60 - DAYS_TO_1970
}

/// Clear values never print themselves.
impl std::fmt::Debug for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Time(.. {:?})", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seconds: i64, nanos: u32, kind: TimeKind) -> Result<String, Reason> {
        let time = Time {
            seconds,
            nanos,
            kind,
        };
        time.text_in(&mut String::new()).map(str::to_owned)
    }

    #[test]
    fn texts_are_iso_8601() {
        use Precision::*;
        use TimeKind::*;
        for (seconds, nanos, kind, expected) in [
            (0, 0, Date, "1970-01-01"),
            (-DAY, 0, Date, "1969-12-31"),
            (951_782_400, 0, Date, "2000-02-29"),
            (1_795_890_294, 0, Instant(Milli), "2026-11-28T18:24:54Z"),
            (
                1_795_890_294,
                500_000_000,
                Instant(Nano),
                "2026-11-28T18:24:54.5Z",
            ),
            (-1, 1, Local(Nano), "1969-12-31T23:59:59.000000001"),
            (DAY - 1, 999_000_000, OfDay(Micro), "23:59:59.999"),
        ] {
            assert_eq!(text(seconds, nanos, kind).unwrap(), expected);
        }
    }

    #[test]
    fn what_has_no_text_is_refused() {
        let instant = TimeKind::Instant(Precision::Milli);
        let first = -DAYS_TO_1970 * DAY;
        let last = first + 25 * DAYS_OF_400_YEARS * DAY - 1;
        assert_eq!(text(first, 0, instant).unwrap(), "0000-01-01T00:00:00Z");
        assert_eq!(text(last, 0, instant).unwrap(), "9999-12-31T23:59:59Z");
        for out in [first - 1, last + 1, i64::MIN, i64::MAX] {
            assert_eq!(text(out, 0, instant), Err(Reason::NumberOutOfRange));
        }
        let of_day = TimeKind::OfDay(Precision::Milli);
        for out in [-1, DAY] {
            assert_eq!(text(out, 0, of_day), Err(Reason::NumberOutOfRange));
        }
    }

    #[test]
    fn every_day_is_what_a_library_of_dates_says() {
        let first = jiff::civil::date(0, 1, 1);
        let last = jiff::civil::date(9999, 12, 31);
        for (n, day) in (0..).zip(first.series(jiff::Span::new().days(1))) {
            if day > last {
                break;
            }
            let found = text((n - DAYS_TO_1970) * DAY, 0, TimeKind::Date).unwrap();
            assert_eq!(found, day.to_string());
            if day.day() == 1 {
                let first = day_of(day.year().into(), day.month().into());
                assert_eq!(first, n - DAYS_TO_1970, "{day}");
            }
        }
    }
}
