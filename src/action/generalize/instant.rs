//! Points in time to compare with: exact, where a coarser time keeps whole seconds.

use std::cmp::Ordering;

use super::moment::{Moment, Unit};
use crate::record::Reason;
use crate::record::decimal::Decimal;
use crate::record::is_json_number;
use crate::record::time::TimeKind;
use crate::record::value::{Text, TextForm, View};

/// How values that are compared with a time are written: the words of `unit:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeUnit(Unit);

impl TimeUnit {
    /// ISO 8601.
    pub const ISO: TimeUnit = TimeUnit(Unit::Iso);

    /// By its word; `None`: there is no such.
    pub fn of(word: &str) -> Option<TimeUnit> {
        Some(TimeUnit(match word {
            "iso" => Unit::Iso,
            "s" => Unit::Since1970(0),
            "ms" => Unit::Since1970(3),
            "us" => Unit::Since1970(6),
            "ns" => Unit::Since1970(9),
            "d" => Unit::Days,
            "basic" => Unit::Basic,
            _ => return None,
        }))
    }

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self.0 {
            Unit::Iso => "iso",
            Unit::Since1970(0) => "s",
            Unit::Since1970(3) => "ms",
            Unit::Since1970(6) => "us",
            Unit::Since1970(_) => "ns",
            Unit::Days => "d",
            Unit::Basic => "basic",
        }
    }
}

impl TimeUnit {
    /// The second that a value names, counted from 1970, cut towards −∞.
    ///
    /// # Errors
    /// `wrong_type` of what is neither text nor time, or a number without a unit;
    /// `bad_time` of what is no time in that unit; `number_out_of_range`.
    pub fn seconds(self, view: View<'_>, scratch: &mut String) -> Result<i64, Reason> {
        match view {
            View::Time(time) if matches!(time.kind, TimeKind::OfDay(_)) => Err(Reason::BadTime),
            View::Time(time) => Ok(time.seconds),
            _ => Ok(Moment::read(view, self.0, scratch)?.seconds()),
        }
    }
}

/// A point in time that a policy writes.
#[derive(Clone, Debug)]
pub struct Instant {
    seconds: i64,
    /// Digits behind the second, without zeros at the end.
    fraction: String,
    /// Nanoseconds and less, as one number: seconds, to compare counts with.
    exact: Decimal,
}

/// Most digits behind the second of a time in a policy.
const FRACTION_DIGITS_MAX: usize = 9;

impl Instant {
    /// A time in the form that `unit: iso` reads; `None`: it is none.
    pub fn read(text: &str) -> Option<Instant> {
        let view = View::Text(Text::new(text, TextForm::Plain));
        let moment = Moment::read(view, Unit::Iso, &mut String::new()).ok()?;
        let fraction = fraction(text);
        if fraction.len() > FRACTION_DIGITS_MAX {
            return None;
        }
        let nanos: i128 = format!("{fraction:0<9}").parse().ok()?;
        let nanos = i128::from(moment.seconds()) * 1_000_000_000 + nanos;
        Some(Instant {
            seconds: moment.seconds(),
            fraction: fraction.to_owned(),
            exact: Decimal::read(&format!("{nanos}e-9"))?,
        })
    }

    /// How the time of a value stands to it; `None`: the value is no time in that
    /// unit.
    pub fn compare(
        &self,
        view: View<'_>,
        unit: TimeUnit,
        scratch: &mut String,
    ) -> Option<Ordering> {
        if let View::Time(time) = view {
            if matches!(time.kind, TimeKind::OfDay(_)) {
                return None;
            }
            let nanos = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos);
            return Some(Decimal::read(&format!("{nanos}e-9"))?.cmp(&self.exact));
        }
        if let Unit::Since1970(power) = unit.0 {
            let text = match view {
                View::Number(number) => number.text_in(scratch).ok()?,
                View::Text(text) => text.chars_in(scratch),
                _ => return None,
            };
            let count = is_json_number(text).then(|| Decimal::read(text))??;
            return Some(count.times_ten_to(-i64::from(power)).cmp(&self.exact));
        }
        let moment = Moment::read(view, unit.0, scratch).ok()?;
        let behind = match (view, unit.0) {
            (View::Text(text), Unit::Iso) => fraction(text.chars_in(scratch)),
            _ => "",
        };
        let whole = moment.seconds().cmp(&self.seconds);
        Some(whole.then_with(|| behind.cmp(self.fraction.as_str())))
    }
}

/// By the time.
impl Ord for Instant {
    fn cmp(&self, other: &Instant) -> Ordering {
        self.exact.cmp(&other.exact)
    }
}

impl PartialOrd for Instant {
    fn partial_cmp(&self, other: &Instant) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Instant {
    fn eq(&self, other: &Instant) -> bool {
        self.exact == other.exact
    }
}

impl Eq for Instant {}

/// The digits behind the second of an ISO 8601 text that was read as one, without
/// zeros at the end: of two such texts the greater is the later one.
fn fraction(text: &str) -> &str {
    let Some((_, behind)) = text.split_once(['.', ',']) else {
        return "";
    };
    let end = behind.find(|c: char| !c.is_ascii_digit());
    behind[..end.unwrap_or(behind.len())].trim_end_matches('0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::number::Number;

    fn order(bound: &str, value: &str, unit: &str) -> Option<Ordering> {
        let bound = Instant::read(bound).expect("a time");
        let view = match value.strip_prefix('#') {
            Some(number) => View::Number(Number::of_text(number)),
            None => View::Text(Text::new(value, TextForm::Json)),
        };
        let unit = TimeUnit::of(unit).expect("a unit");
        bound.compare(view, unit, &mut String::new())
    }

    #[test]
    fn instants_are_compared_whatever_they_are_written_in() {
        use Ordering::*;
        for (bound, value, unit, expected) in [
            ("2026-03-01", "2026-03-01T00:00:00Z", "iso", Some(Equal)),
            ("2026-03-01", "2026-03-01T01:00:00+02:00", "iso", Some(Less)),
            (
                "2026-03-01T00:00:00Z",
                "2026-03-01T00:00:00.000001",
                "iso",
                Some(Greater),
            ),
            (
                "2026-03-01T00:00:00.50Z",
                "2026-03-01T00:00:00.5Z",
                "iso",
                Some(Equal),
            ),
            (
                "2026-03-01T00:00:00.5Z",
                "2026-03-01T00:00:00.49Z",
                "iso",
                Some(Less),
            ),
            ("1969-12-31T23:59:59.5Z", "#-500", "ms", Some(Equal)),
            ("1970-01-01", "#-0.0001", "s", Some(Less)),
            ("2026-03-01", "#1772323200", "s", Some(Equal)),
            ("2026-03-01", "1772323200000", "ms", Some(Equal)),
            ("2026-03-01", "#1772323200000001", "us", Some(Greater)),
            ("2026-03-01", "20260301", "basic", Some(Equal)),
            ("2026-03-01", "#20512", "d", Some(Less)),
            ("2026-03-01", "#1772323200", "iso", None),
            ("2026-03-01", "soon", "iso", None),
            ("2026-03-01", "2026-02-30", "iso", None),
            ("2026-03-01", "soon", "ms", None),
            ("2026-03-01", "", "iso", None),
        ] {
            assert_eq!(order(bound, value, unit), expected, "{value} at {bound}");
        }
        assert!(Instant::read("2026-03-01T00:00:00.0000000001Z").is_none());
        assert!(Instant::read("tomorrow").is_none());
    }
}
