//! Where a class of numbers or times begins and ends, and how that is written.

use crate::record::time::civil;

/// One end of a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// A number: that many units of 10^−`places`.
    Number {
        /// The units.
        units: i128,
        /// Digits behind the point.
        places: u8,
    },
    /// Seconds since the beginning of 1970, UTC.
    Instant(i64),
}

/// A half-open range; an end that is not there is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Bounds {
    /// The least value in it.
    pub from: Option<End>,
    /// The least value beyond it.
    pub to: Option<End>,
}

impl Bounds {
    /// As analysts read it: `25-39` for whole numbers, `[2.5,5)` otherwise,
    /// `[2026-03-01,2026-03-08)` for times, `<15` and `>=90` with one end open, `*` with
    /// both.
    pub(crate) fn label(self) -> String {
        match (self.from, self.to) {
            (None, None) => "*".to_owned(),
            (None, Some(to)) => format!("<{to}"),
            (Some(from), None) => format!(">={from}"),
            (Some(from), Some(to)) => match (from, to) {
                (
                    End::Number { units, places: 0 },
                    End::Number {
                        units: beyond,
                        places: 0,
                    },
                ) if units >= 0 => match beyond - 1 {
                    last if last == units => units.to_string(),
                    last => format!("{units}-{last}"),
                },
                _ => format!("[{from},{to})"),
            },
        }
    }
}

/// A number in plain digits; a day of UTC, with its time if it is not midnight.
impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            End::Number { units, places: 0 } => write!(f, "{units}"),
            End::Number { units, places } => {
                let unit = 10_i128.pow(places.into());
                let sign = if units < 0 { "-" } else { "" };
                let (whole, rest) = (units.abs() / unit, units.abs() % unit);
                let rest = format!("{rest:0width$}", width = places.into());
                match rest.trim_end_matches('0') {
                    "" => write!(f, "{sign}{whole}"),
                    rest => write!(f, "{sign}{whole}.{rest}"),
                }
            }
            End::Instant(seconds) => {
                let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
                let (year, month, day) = civil(day).unwrap_or_default();
                write!(f, "{year:04}-{month:02}-{day:02}")?;
                match (second / 3_600, second / 60 % 60, second % 60) {
                    (0, 0, 0) => Ok(()),
                    (hour, minute, second) => write!(f, "T{hour:02}:{minute:02}:{second:02}Z"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(from: Option<i128>, to: Option<i128>, places: u8) -> String {
        let end = |units| End::Number { units, places };
        let (from, to) = (from.map(end), to.map(end));
        Bounds { from, to }.label()
    }

    #[test]
    fn numbers_are_written_plainly() {
        for (from, to, places, label) in [
            (Some(25), Some(40), 0, "25-39"),
            (Some(25), Some(26), 0, "25"),
            (Some(-5), Some(5), 0, "[-5,5)"),
            (Some(25), Some(50), 1, "[2.5,5)"),
            (Some(-5), Some(0), 2, "[-0.05,0)"),
            (None, Some(15), 0, "<15"),
            (Some(90), None, 0, ">=90"),
            (None, None, 0, "*"),
        ] {
            assert_eq!(number(from, to, places), label);
        }
    }

    #[test]
    fn times_are_written_as_days_where_they_are_days() {
        let of = |from, to| {
            let (from, to) = (Some(End::Instant(from)), Some(End::Instant(to)));
            Bounds { from, to }.label()
        };
        assert_eq!(of(1_772_323_200, 1_772_928_000), "[2026-03-01,2026-03-08)");
        assert_eq!(
            of(1_772_323_200, 1_772_326_800),
            "[2026-03-01,2026-03-01T01:00:00Z)"
        );
    }
}
