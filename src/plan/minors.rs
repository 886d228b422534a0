//! Whether a record is of a child, by one value of it.

use super::RecordKeyFrom;
use crate::record::time::civil;
use crate::record::value::View;

/// Who counts as a child.
pub(crate) struct Minors {
    /// The value that says the day of birth, or the age in years.
    pub(crate) from: RecordKeyFrom,
    /// Who is younger is one.
    pub(crate) under: i64,
}

/// Nobody is older, in years: what says so says no age.
const AGE_MAX: i64 = 150;
const DAY_MS: i64 = 86_400_000;
/// The last place on earth where a day begins is so far behind UTC.
const LATEST_ZONE_MS: i64 = 12 * 3_600_000;

/// What is known of somebody's age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// Old enough.
    Grown,
    /// A child: and has been one before.
    Child,
    /// Nothing says how old: counts as a child.
    Unknown,
}

impl Minors {
    /// How old the record says that somebody is, beside the age that is asked for.
    ///
    /// A day of birth is a text `YYYY-MM-DD`. The birthday counts once it is that day
    /// everywhere on earth; of the 29th of February on the 1st of March in years without
    /// one. An age is a number of years, of which what is begun of a year is none.
    #[inline]
    pub(crate) fn age(&self, view: Option<View<'_>>, now_ms: i64, text: &mut String) -> Age {
        let age = match view {
            Some(View::Text(day)) => age_on(day.chars_in(text), now_ms),
            Some(View::Number(years)) => years.text_in(text).ok().and_then(whole_years),
            _ => None,
        };
        match age {
            Some(age) if age < self.under => Age::Child,
            Some(_) => Age::Grown,
            None => Age::Unknown,
        }
    }
}

/// The whole years of a number of JSON, by its digits: as a floating number 15.999… with
/// twenty nines would be 16. `None`: nobody is so old, or not born.
fn whole_years(number: &str) -> Option<i64> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = whole.bytes().chain(fraction.bytes());
    let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
    // Nobody writes an age with so many.
    if point > 64 {
        return None;
    }
    let mut years = 0_i64;
    for _ in 0..point {
        // A sign is none of the digits.
        let digit = char::from(digits.next().unwrap_or(b'0')).to_digit(10)?;
        years = Some(10 * years + i64::from(digit)).filter(|years| *years <= AGE_MAX)?;
    }
    Some(years)
}

/// How old in whole years somebody is who was born that day. `None`: it is no day, not
/// yet, or too long ago.
fn age_on(day: &str, now_ms: i64) -> Option<i64> {
    let (year, month, day) = read(day)?;
    let today = now_ms.checked_sub(LATEST_ZONE_MS)?.div_euclid(DAY_MS);
    let (this_year, this_month, today) = civil(today)?;
    let before_birthday = (this_month, today) < (month, day);
    let age = this_year - year - i64::from(before_birthday);
    (0..=AGE_MAX).contains(&age).then_some(age)
}

/// Year, month and day of `YYYY-MM-DD`.
fn read(text: &str) -> Option<(i64, i64, i64)> {
    let &[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = text.as_bytes() else {
        return None;
    };
    let number = |digits: &[u8]| {
        let all = digits.iter().all(u8::is_ascii_digit);
        all.then(|| digits.iter().fold(0, |n, d| 10 * n + i64::from(d - b'0')))
    };
    let (year, month) = (number(&[y0, y1, y2, y3])?, number(&[m0, m1])?);
    let day = number(&[d0, d1])?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::number::Number;
    use crate::record::value::{Text, TextForm};

    fn ms(time: &str) -> i64 {
        let time: jiff::Timestamp = time.parse().expect("a time");
        time.as_millisecond()
    }

    fn of_sixteen() -> Minors {
        Minors {
            from: RecordKeyFrom::RecordKey,
            under: 16,
        }
    }

    fn is_minor(day: &str, now: &str) -> bool {
        let text = Text::new(day, TextForm::Json);
        let age = of_sixteen().age(Some(View::Text(text)), ms(now), &mut String::new());
        age != Age::Grown
    }

    #[test]
    fn a_birthday_counts_once_it_is_that_day_everywhere() {
        for (day, now, minor) in [
            ("2010-03-01", "2026-03-01T11:59:59Z", true),
            ("2010-03-01", "2026-03-01T12:00:00Z", false),
            ("2010-03-02", "2026-03-01T23:59:59Z", true),
            ("2008-02-29", "2024-02-29T12:00:00Z", false),
            ("2008-02-29", "2024-02-28T23:00:00Z", true),
            ("2012-02-29", "2028-02-29T12:00:00Z", false),
            ("1984-05-17", "2026-03-01T12:00:00Z", false),
            // In a year without that day, on the first of March.
            ("2000-02-29", "2015-03-01T12:00:00Z", true),
            ("2000-02-29", "2016-02-28T12:00:00Z", true),
            ("2000-02-29", "2016-02-29T12:00:00Z", false),
        ] {
            assert_eq!(is_minor(day, now), minor, "{day} at {now}");
        }
    }

    #[test]
    fn what_says_no_age_is_a_child() {
        let now = "2026-03-01T12:00:00Z";
        for day in [
            "",
            "0000-00-00",
            "0000-01-01",
            "1800-01-01",
            "2027-01-01",
            "1984-13-01",
            "1984-02-30",
            "1983-02-29",
            "1984-5-17",
            "1984-05-17T00:00:00Z",
            "17.05.1984",
            "19840517",
            "1984",
            "forty",
            "1984-05-1\u{663}",
            "+984-05-17",
            "-984-05-17",
        ] {
            let text = View::Text(Text::new(day, TextForm::Json));
            let age = of_sixteen().age(Some(text), ms(now), &mut String::new());
            assert_eq!(age, Age::Unknown, "{day:?}");
        }
        let mut scratch = String::new();
        for view in [None, Some(View::Null), Some(View::Bool(true))] {
            assert_eq!(of_sixteen().age(view, ms(now), &mut scratch), Age::Unknown);
        }
    }

    #[test]
    fn an_age_is_a_number_of_years() {
        let mut scratch = String::new();
        use Age::{Child, Grown, Unknown};
        for (years, age) in [
            ("0", Child),
            ("15", Child),
            ("15.99", Child),
            // As a floating number it is 16.
            ("15.99999999999999999999", Child),
            ("1.599999999999999999999e1", Child),
            ("16", Grown),
            ("16.0", Grown),
            ("1.6e1", Grown),
            ("160e-1", Grown),
            ("0.016E+3", Grown),
            ("150", Grown),
            ("150.9", Grown),
            ("1600e-3", Child),
            ("16e-400", Child),
            ("0e99", Child),
            ("151", Unknown),
            ("1984", Unknown),
            ("-1", Unknown),
            ("-0", Unknown),
            ("1e400", Unknown),
            ("1e999999999999999999", Unknown),
            ("0e999999999999999999", Unknown),
        ] {
            let view = View::Number(Number::of_text(years));
            let is = of_sixteen().age(Some(view), 0, &mut scratch);
            // What is no number that is kept says nothing either.
            assert!(
                is == age || (age == Child && years == "0e99" && is == Unknown),
                "{years}: {is:?}"
            );
        }
    }

    /// Beside a calendar that is not ours.
    #[test]
    fn ages_agree_with_another_calendar() {
        use jiff::civil::Date;
        let mut at: Date = "1999-12-20".parse().expect("a day");
        let now = "2016-03-01T12:00:00Z";
        let today: Date = "2016-03-01".parse().expect("a day");
        for _ in 0..120 {
            let years = at.until((jiff::Unit::Year, today)).expect("in range");
            let minor = years.get_years() < 16;
            assert_eq!(is_minor(&at.to_string(), now), minor, "{at}");
            at = at.tomorrow().expect("in range");
        }
    }
}
