//! Points in time: read strictly, written in the form they came in.

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime};

use crate::record::Reason;
use crate::record::decimal::Decimal;
use crate::record::is_json_number;
use crate::record::time::{Time, TimeKind, civil, day_of};
use crate::record::value::View;

use super::zone::Zone;

const DAY_S: i64 = 86_400;

/// How a policy says that times are written (`unit:`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// ISO 8601 text, of the profile RFC 3339 and a little around it.
    Iso,
    /// A count since 1970-01-01T00:00:00Z; the power of ten a second has of it.
    Since1970(u8),
    /// `20260301`, text or number.
    Basic,
    /// A count of days since 1970-01-01.
    Days,
}

impl Unit {
    /// As the policy writes it; `None`: it is the one that stands for all that name none.
    pub(super) const fn spelled(self) -> Option<&'static str> {
        Some(match self {
            Unit::Iso => return None,
            Unit::Since1970(3) => "ms",
            Unit::Since1970(6) => "us",
            Unit::Since1970(9) => "ns",
            Unit::Since1970(_) => "s",
            Unit::Basic => "basic",
            Unit::Days => "d",
        })
    }
}

/// A second of UTC and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Seconds since 1970-01-01T00:00:00Z, cut towards −∞.
    seconds: i64,
    /// The day that they are the beginning of, where it was written.
    day: Option<Date>,
    /// Seconds that the zone it was written in is ahead of UTC.
    ahead: i64,
    shape: Shape,
    as_text: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `2026-03-01`.
    Date,
    /// `2026-03-01T10:42:07`, taken as UTC, given back without zone.
    Local,
    /// `2026-03-01T10:42:07Z`, any offset; given back in UTC.
    Zoned,
    /// `20260301`.
    Basic,
    /// A count since 1970.
    Since1970(u8),
    /// A count of days since 1970.
    Days,
}

impl Moment {
    /// Reads a value. A number without a unit is `wrong_type`, what is no time
    /// in the form the unit names `bad_time`.
    pub(super) fn read(view: View<'_>, unit: Unit, scratch: &mut String) -> Result<Moment, Reason> {
        let (text, as_text) = match view {
            View::Text(text) => (text.chars_in(scratch), true),
            View::Number(number) if unit != Unit::Iso => (number.text_in(scratch)?, false),
            _ => return Err(Reason::WrongType),
        };
        let mut moment = match unit {
            Unit::Iso => iso(text.as_bytes()).ok_or(Reason::BadTime)?,
            Unit::Basic => basic(text.as_bytes()).ok_or(Reason::BadTime)?,
            Unit::Since1970(power) if is_json_number(text) => Moment {
                shape: Shape::Since1970(power),
                ..Moment::at(since_1970(text, power)?)
            },
            Unit::Days if is_json_number(text) => Moment {
                shape: Shape::Days,
                ..Moment::at(since_1970(text, 0)? * DAY_S)
            },
            Unit::Since1970(_) | Unit::Days => return Err(Reason::BadTime),
        };
        moment.as_text = as_text;
        Ok(moment)
    }

    /// A time of a format that has a type for it; of a time of day, on the first day
    /// of 1970.
    pub(super) fn of(time: Time) -> Result<Moment, Reason> {
        let is_of_a_day = (0..DAY_S).contains(&time.seconds);
        match time.kind {
            TimeKind::Date => {
                let day = date(time.seconds.div_euclid(DAY_S));
                Ok(Moment::day(
                    day.ok_or(Reason::NumberOutOfRange)?,
                    Shape::Date,
                ))
            }
            TimeKind::OfDay(_) if !is_of_a_day => Err(Reason::BadTime),
            TimeKind::OfDay(_) | TimeKind::Local(_) => Ok(Moment::at(time.seconds)),
            TimeKind::Instant(_) => Ok(Moment {
                shape: Shape::Zoned,
                ..Moment::at(time.seconds)
            }),
        }
    }

    /// So many seconds after the beginning of 1970.
    fn at(seconds: i64) -> Moment {
        Moment {
            seconds,
            day: None,
            ahead: 0,
            shape: Shape::Local,
            as_text: false,
        }
    }

    /// The beginning of a day.
    fn day(day: Date, shape: Shape) -> Moment {
        Moment {
            day: Some(day),
            shape,
            ..Moment::at(days(day) * DAY_S)
        }
    }

    /// Seconds since the beginning of 1970, UTC, cut towards −∞.
    pub(super) fn seconds(&self) -> i64 {
        self.seconds
    }

    /// Goes back to the start of the step of that many seconds, counted from 1970.
    pub(super) fn cut(&mut self, step: i64) {
        self.seconds -= self.seconds.rem_euclid(step);
        self.day = None;
    }

    /// Goes so many days on, to the same time of day.
    pub(super) fn move_by(&mut self, by: i64) -> Result<(), Reason> {
        self.seconds += by * DAY_S;
        if let Some(day) = self.day {
            self.day = Some(date(days(day) + by).ok_or(Reason::NumberOutOfRange)?);
        }
        Ok(())
    }

    /// True when it is a day and says nothing about the time of day.
    pub(super) fn is_date_only(&self) -> bool {
        matches!(self.shape, Shape::Date | Shape::Basic | Shape::Days)
    }

    /// True when it came as a text and goes as one.
    pub(super) fn is_text(&self) -> bool {
        self.as_text
    }

    /// The day and time by the clock of that zone; a day is what it is everywhere.
    /// `None` outside the years 0000 to 9999.
    pub(super) fn civil_in(&self, zone: &Zone) -> Option<DateTime> {
        if self.is_date_only() {
            return self.civil();
        }
        let ahead = zone.ahead(self.seconds, self.ahead)?;
        let there = Moment {
            seconds: self.seconds.checked_add(ahead)?,
            ..*self
        };
        there.civil()
    }

    /// The day and time in UTC. `None` outside the years 0000 to 9999.
    pub(super) fn civil(&self) -> Option<DateTime> {
        if let Some(day) = self.day {
            return Some(day.at(0, 0, 0, 0));
        }
        let date = date(self.seconds.div_euclid(DAY_S))?;
        let second = self.seconds.rem_euclid(DAY_S);
        let part = |n: i64| i8::try_from(n).expect("a day has 24 hours of 60 minutes");
        let (hour, minute, second) = (
            part(second / 3600),
            part(second / 60 % 60),
            part(second % 60),
        );
        Some(date.at(hour, minute, second, 0))
    }

    /// Writes it in the form it came in.
    pub(super) fn write(&self, text: &mut String) -> Result<(), Reason> {
        text.clear();
        let at = self.civil().ok_or(Reason::NumberOutOfRange)?;
        let (year, month, day) = (at.year(), at.month(), at.day());
        // A number has no zero at its start.
        if self.shape == Shape::Basic && year < 1000 && !self.as_text {
            return Err(Reason::NumberOutOfRange);
        }
        match self.shape {
            Shape::Since1970(power) => {
                let count = i128::from(self.seconds) * 10_i128.pow(power.into());
                write!(text, "{count}").expect("writing to a string cannot fail");
            }
            Shape::Days => {
                write!(text, "{}", self.seconds.div_euclid(DAY_S))
                    .expect("writing to a string cannot fail");
            }
            Shape::Basic => {
                push_number(text, year, 4);
                push_number(text, month, 2);
                push_number(text, day, 2);
            }
            Shape::Date => push_date(text, at.date()),
            Shape::Local | Shape::Zoned => {
                push_date(text, at.date());
                for (before, part) in [('T', at.hour()), (':', at.minute()), (':', at.second())] {
                    text.push(before);
                    push_number(text, part, 2);
                }
                if self.shape == Shape::Zoned {
                    text.push('Z');
                }
            }
        }
        Ok(())
    }
}

/// Appends `2026-03-01`.
pub(super) fn push_date(text: &mut String, date: Date) {
    push_number(text, date.year(), 4);
    text.push('-');
    push_number(text, date.month(), 2);
    text.push('-');
    push_number(text, date.day(), 2);
}

/// Appends a number from 0 to 9999 in at least `width` digits.
pub(super) fn push_number(text: &mut String, number: impl Into<i16>, width: usize) {
    let number = number.into().unsigned_abs();
    let digit = |n: u16| char::from(b'0' + (n % 10) as u8);
    for (place, power) in [(4, 1000), (3, 100), (2, 10)] {
        if number >= power || width >= place {
            text.push(digit(number / power));
        }
    }
    text.push(digit(number));
}

/// `YYYY-MM-DD`, then, if more follows, `T`, `t` or one space, `hh:mm`,
/// optional `:ss` and fraction, and optional zone `Z`, `z`, `±hh:mm`, `±hhmm`
/// or `±hh`. A leap second counts as the second before it.
fn iso(text: &[u8]) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let day = calendar(&date[..4], &date[5..7], &date[8..])?;
    let [b'T' | b't' | b' ', rest @ ..] = rest else {
        return rest.is_empty().then(|| Moment::day(day, Shape::Date));
    };
    let (clock, mut rest) = rest.split_at_checked(5)?;
    if clock[2] != b':' {
        return None;
    }
    let (hour, minute) = (digits(&clock[..2])?, digits(&clock[3..])?);
    let mut second = 0;
    if let [b':', tens, ones, after @ ..] = rest {
        second = digits(&[*tens, *ones])?;
        rest = after;
        if let [b'.' | b',', after @ ..] = rest {
            let fraction = after.iter().take_while(|b| b.is_ascii_digit()).count();
            if fraction == 0 {
                return None;
            }
            rest = &after[fraction..];
        }
    }
    if second == 60 && minute == 59 {
        second = 59;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let local = days(day) * DAY_S + hour * 3600 + minute * 60 + second;
    if rest.is_empty() {
        return Some(Moment::at(local));
    }
    let ahead = offset(rest)?;
    Some(Moment {
        shape: Shape::Zoned,
        ahead,
        ..Moment::at(local - ahead)
    })
}

fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, hours, minutes): (_, _, &[u8]) = match zone {
        [b'Z' | b'z'] => return Some(0),
        [sign, h0, h1] => (sign, [*h0, *h1], b"00"),
        [sign, h0, h1, minutes @ ..] if minutes.len() == 2 => (sign, [*h0, *h1], minutes),
        [sign, h0, h1, b':', minutes @ ..] if minutes.len() == 2 => (sign, [*h0, *h1], minutes),
        _ => return None,
    };
    let (hours, minutes) = (digits(&hours)?, digits(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn basic(text: &[u8]) -> Option<Moment> {
    if text.len() != 8 {
        return None;
    }
    let day = calendar(&text[..4], &text[4..6], &text[6..])?;
    Some(Moment::day(day, Shape::Basic))
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |n, b| {
        b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0'))
    })
}

/// The day of that year, month and day, in digits; `None` for a day that no
/// calendar has.
pub(super) fn calendar(year: &[u8], month: &[u8], day: &[u8]) -> Option<Date> {
    let (month, day) = (digits(month)?, digits(day)?);
    Date::new(digits(year)?.try_into().ok()?, month as i8, day as i8).ok()
}

/// Days since 1970-01-01.
pub(super) fn days(date: Date) -> i64 {
    day_of(date.year().into(), date.month().into()) + i64::from(date.day()) - 1
}

/// The day that is so many days after 1970-01-01, in the years 0000 to 9999.
pub(super) fn date(days: i64) -> Option<Date> {
    let (year, month, day) = civil(days)?;
    Date::new(year as i16, month as i8, day as i8).ok()
}

/// Whole seconds of a count of 10^-`power` seconds, towards −∞.
fn since_1970(text: &str, power: u8) -> Result<i64, Reason> {
    let number = Decimal::read(text).ok_or(Reason::NumberOutOfRange)?;
    // The year 9999 ends within 12 digits of seconds.
    number
        .floored(-i64::from(power))
        .and_then(|seconds| i64::try_from(seconds).ok())
        .filter(|seconds| seconds.unsigned_abs() <= 1_000_000_000_000)
        .ok_or(Reason::NumberOutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<i64> {
        iso(text.as_bytes()).map(|moment| moment.seconds)
    }

    #[test]
    fn iso_texts_are_read_strictly() {
        let ten = Some(1_772_361_727);
        for text in [
            "2026-03-01T10:42:07Z",
            "2026-03-01t10:42:07z",
            "2026-03-01 10:42:07Z",
            "2026-03-01T10:42:07.999999999999Z",
            "2026-03-01T10:42:07,5Z",
            "2026-03-01T12:42:07+02:00",
            "2026-03-01T12:42:07+0200",
            "2026-03-01T05:12:07-05:30",
            "2026-03-01T12:42:07+02",
            "2026-03-01T10:42:07",
        ] {
            assert_eq!(seconds(text), ten, "{text}");
        }
        assert_eq!(seconds("2026-03-01T10:42Z"), Some(1_772_361_720));
        assert_eq!(seconds("2016-12-31T23:59:60Z"), Some(1_483_228_799));
        assert_eq!(seconds("1969-12-31"), Some(-DAY_S));
        assert_eq!(seconds("2024-02-29"), Some(1_709_164_800));
        for text in [
            "",
            "6.5.1980",
            "1980-5-6",
            "80-05-06",
            "2023-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-03-01T",
            "2026-03-01T10",
            "2026-03-01T24:00:00Z",
            "2026-03-01T10:60:00Z",
            "2026-03-01T10:42:61Z",
            "2026-03-01T10:42:60Z",
            "2026-03-01T10:42:07.Z",
            "2026-03-01T10:42:07 Z",
            "2026-03-01T10:42:07+24:00",
            "2026-03-01T10:42:07+2:00",
            "2026-03-01Z",
            "2026-03-01T10:42:07ZZ",
            "2026/03/01",
            "20260301",
            "٢٠٢٦-٠٣-٠١",
            "+02026-03-01",
            "1772361727",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn days_agree_with_the_calendar() {
        let epoch = Date::constant(1970, 1, 1);
        for n in (-719_528..=2_932_896).step_by(17).chain([2_932_896]) {
            let at = date(n).unwrap();
            assert_eq!(epoch.until(at).unwrap().get_days(), n as i32);
            assert_eq!(days(at), n);
        }
        assert_eq!(date(-719_528), Some(Date::constant(0, 1, 1)));
        assert_eq!(date(2_932_896), Some(Date::constant(9999, 12, 31)));
        for out in [-719_529, 2_932_897, i64::MIN, i64::MAX] {
            assert_eq!(date(out), None);
        }
    }

    #[test]
    fn counts_are_cut_towards_the_past() {
        for (text, power, expected) in [
            ("1772361727", 0, Some(1_772_361_727)),
            ("1772361727.9", 0, Some(1_772_361_727)),
            ("1772361727999", 3, Some(1_772_361_727)),
            ("1.772361727999e12", 3, Some(1_772_361_727)),
            ("1772361727999999", 6, Some(1_772_361_727)),
            ("1772361727999999999", 9, Some(1_772_361_727)),
            ("-1", 3, Some(-1)),
            ("-1000", 3, Some(-1)),
            ("-1001", 3, Some(-2)),
            ("-1e-999999999", 0, Some(-1)),
            ("1e-999999999", 0, Some(0)),
            ("-0.0", 0, Some(0)),
            ("1e13", 0, None),
            ("1e999999999999999999999", 9, None),
        ] {
            let read = since_1970(text, power);
            assert_eq!(read.ok(), expected, "{text}");
        }
    }
}
