//! How a class is written in a record: as a label, or as its two ends.

use super::bounds::End;
use super::{Reach, Scale};
use crate::record::escape::escape_into;
use crate::record::time::civil;

/// What one member of a record says of the class that the record is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassForm {
    /// All of it, as a text.
    Label,
    /// Where it begins, or where it ends.
    End(ClassEnd, EndSpelling),
}

/// One side of a class, which holds its beginning and not its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassEnd {
    /// The least value in it.
    From,
    /// The least value beyond it.
    To,
}

/// How an end is spelled: as the values of the event are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndSpelling {
    /// A number.
    Number,
    /// `2026-03-01`.
    Day,
    /// `2026-03-01T10:00:00Z`.
    Instant,
    /// `20260301`, as a text.
    BasicDay,
    /// Days since the beginning of 1970.
    Days,
    /// Since the beginning of 1970; the power of ten a second has of it.
    Since1970(u8),
}

impl EndSpelling {
    /// True of what is a number in JSON.
    pub fn is_number(self) -> bool {
        match self {
            EndSpelling::Number | EndSpelling::Days | EndSpelling::Since1970(_) => true,
            EndSpelling::Day | EndSpelling::Instant | EndSpelling::BasicDay => false,
        }
    }

    /// True when it says the day and no more.
    pub fn is_of_days(self) -> bool {
        matches!(
            self,
            EndSpelling::Day | EndSpelling::BasicDay | EndSpelling::Days
        )
    }

    /// `None`: there is no such day in the calendar.
    fn json(self, end: End) -> Option<String> {
        let End::Instant(seconds) = end else {
            return Some(end.to_string());
        };
        let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, of_month) = civil(day)?;
        Some(match self {
            EndSpelling::Days => day.to_string(),
            EndSpelling::Since1970(power) => {
                (i128::from(seconds) * 10_i128.pow(power.into())).to_string()
            }
            EndSpelling::BasicDay => format!("\"{year:04}{month:02}{of_month:02}\""),
            EndSpelling::Number | EndSpelling::Day => {
                format!("\"{year:04}-{month:02}-{of_month:02}\"")
            }
            EndSpelling::Instant => {
                let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
                format!("\"{year:04}-{month:02}-{of_month:02}T{hour:02}:{minute:02}:{second:02}Z\"")
            }
        })
    }
}

impl ClassForm {
    /// What every member of a class gets, as JSON.
    pub fn json(self, scale: &Scale, reach: Reach) -> Vec<u8> {
        match self {
            ClassForm::Label => text(scale.label(reach).as_deref()),
            ClassForm::End(side, spelling) => {
                let bounds = scale.bounds(reach);
                let end = match side {
                    ClassEnd::From => bounds.from,
                    ClassEnd::To => bounds.to,
                };
                let json = end.and_then(|end| spelling.json(end));
                json.unwrap_or_else(|| "null".to_owned()).into_bytes()
            }
        }
    }

    /// The same of a class that says nothing.
    pub fn json_of_nothing(self) -> Vec<u8> {
        match self {
            ClassForm::Label => text(Some("*")),
            ClassForm::End(..) => b"null".to_vec(),
        }
    }
}

fn text(text: Option<&str>) -> Vec<u8> {
    let Some(text) = text else {
        return b"null".to_vec();
    };
    let mut json = vec![b'"'];
    escape_into(text, &mut json);
    json.push(b'"');
    json
}

#[cfg(test)]
mod tests {
    use super::super::line::Line;
    use super::super::{MISSING, TimeStep, Times};
    use super::*;
    use crate::record::decimal::Decimal;

    fn ends(scale: &Scale, low: u32, high: u32, spelling: EndSpelling) -> [String; 2] {
        [ClassEnd::From, ClassEnd::To].map(|side| {
            let json = ClassForm::End(side, spelling).json(scale, Reach { low, high });
            String::from_utf8(json).unwrap()
        })
    }

    fn line(step: &str, bottom: &str, top: &str) -> Scale {
        let [step, bottom, top] = [step, bottom, top].map(|n| Decimal::read(n).unwrap());
        Scale::Line(Line::of_steps(&step, &bottom, &top).unwrap())
    }

    #[test]
    fn numbers_are_numbers_and_what_is_open_or_missing_is_null() {
        let ages = line("5", "15", "90");
        for (low, high, from, to) in [
            (4, 6, "25", "40"),
            (1, 4, "null", "30"),
            (16, 17, "85", "null"),
            (1, 17, "null", "null"),
            (MISSING, MISSING, "null", "null"),
            (MISSING, 6, "null", "null"),
        ] {
            assert_eq!(ends(&ages, low, high, EndSpelling::Number), [from, to]);
        }
        let parts = line("0.05", "-0.1", "0.1");
        assert_eq!(ends(&parts, 2, 4, EndSpelling::Number), ["-0.1", "0.05"]);
    }

    #[test]
    fn times_are_what_they_came_as() {
        let day = 86_400;
        let (first, end) = (20_513 * day, 20_515 * day);
        let (_, tree) = Times::new(&[TimeStep::Seconds(86_400)], first, end).unwrap();
        let days = Scale::Tree(tree);
        for (spelling, from, to) in [
            (EndSpelling::Day, "\"2026-03-01\"", "\"2026-03-02\""),
            (
                EndSpelling::Instant,
                "\"2026-03-01T00:00:00Z\"",
                "\"2026-03-02T00:00:00Z\"",
            ),
            (EndSpelling::BasicDay, "\"20260301\"", "\"20260302\""),
            (EndSpelling::Days, "20513", "20514"),
            (EndSpelling::Since1970(3), "1772323200000", "1772409600000"),
        ] {
            let reach = days.of(2);
            assert_eq!(ends(&days, reach.low, reach.high, spelling), [from, to]);
        }
        let before = days.of(1);
        let open = ends(&days, before.low, before.high, EndSpelling::Since1970(9));
        assert_eq!(open, ["null", "1772323200000000000"]);
    }
}
