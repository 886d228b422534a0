//! Times moved by whole days, by the same for all times of one data subject.

use std::io::Write as _;
use std::sync::Arc;

use super::moment::{self, Moment, Unit};
use crate::action::{KeyUse, NotBuilt, Site, param};
use crate::crypto::shift::DayShift;
use crate::keys::Pick;
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::record::Reason;
use crate::record::decimal::Decimal;
use crate::record::value::View;

/// Most days that times are moved by: ten years.
const DAYS_MAX: u16 = 3650;
/// Digits of a fraction of a second, or of a day, that stay: more could carry
/// anything.
const FRACTION_MAX: usize = 9;

/// By how much, as the policy says it; with its key once the place is known.
#[derive(Clone)]
pub(super) struct Shift {
    key: param::Key,
    space: String,
    days_max: u16,
    made: Option<Arc<DayShift>>,
}

impl std::fmt::Debug for Shift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shift({} days, space `{}`)", self.days_max, self.space)
    }
}

impl Shift {
    /// `shift: Nd` with `key` and `space`; none where none of them is written,
    /// and, with a finding, where they cannot be read.
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Shift> {
        if !mapping.has("shift") {
            for word in ["key", "space"] {
                if let Some(member) = mapping.member(word) {
                    mapping
                        .findings
                        .error(
                            codes::MISSING_WORD,
                            member.name_span,
                            format!("`{word}` belongs to `shift`, which is not written"),
                        )
                        .help(format!("add `shift: 30d`, or remove `{word}`"));
                }
            }
            return None;
        }
        let days_max = days_max(mapping);
        if !mapping.has("key") {
            let span = mapping.place("shift");
            mapping
                .findings
                .error(codes::MISSING_WORD, span, "`shift` needs a `key`")
                .why("whoever could compute by how much would move the times back")
                .help("add `key: NAME`, a name under `keys:`");
        }
        let key = param::key(mapping, Pick::First);
        let space = param::space(mapping);
        Some(Shift {
            key: key?,
            space,
            days_max: days_max?,
            made: None,
        })
    }

    /// Most days that a time is moved by.
    pub(super) fn days_max(&self) -> u16 {
        self.days_max
    }

    /// Which shifts are the same.
    pub(super) fn space(&self) -> &str {
        &self.space
    }

    /// The key that it asks for.
    pub(super) fn key(&self) -> KeyUse<'_> {
        self.key.as_use()
    }

    /// With the key of that place.
    pub(super) fn for_site(&self, site: &Site<'_>) -> Result<Shift, NotBuilt> {
        let root = &param::handle(site).root;
        let made = DayShift::new(root, site.domain, &self.space, self.days_max)?;
        Ok(Shift {
            made: Some(Arc::new(made)),
            ..self.clone()
        })
    }

    /// By how many days the times of that subject are moved.
    pub(super) fn days(&self, subject: Option<&str>) -> Result<i64, Reason> {
        let made = self.made.as_ref().expect("made for its place");
        Ok(made.days(subject.ok_or(Reason::NoSubject)?))
    }
}

/// The number of days of `shift: Nd`.
fn days_max(mapping: &mut Mapping<'_, '_>) -> Option<u16> {
    let text = mapping.text("shift")?;
    let days = text
        .strip_suffix('d')
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0'));
    let days = days.and_then(|digits| digits.parse().ok());
    let days = days.filter(|days| (1..=DAYS_MAX).contains(days));
    if days.is_none() {
        let span = mapping.place("shift");
        mapping
            .findings
            .error(
                codes::DURATION,
                span,
                format!("`shift` must be 1 to {DAYS_MAX} whole days"),
            )
            .help("write for instance `shift: 30d`");
    }
    days
}

/// Writes a time that `moment` was read from, moved by so many days: in the form
/// it came in, with its time of day.
pub(super) fn write(
    view: View<'_>,
    unit: Unit,
    (mut moment, by): (Moment, i64),
    scratch: &mut String,
    moved: &mut Vec<u8>,
) -> Result<(), Reason> {
    moment.move_by(by)?;
    moved.clear();
    match unit {
        Unit::Iso if !moment.is_date_only() => {
            let View::Text(text) = view else {
                return Err(Reason::WrongType);
            };
            clock(text.chars_in(scratch), by, moved)
        }
        Unit::Since1970(_) | Unit::Days => {
            moment.civil().ok_or(Reason::NumberOutOfRange)?;
            let text = match view {
                View::Text(text) => text.chars_in(scratch),
                View::Number(number) => number.text_in(scratch)?,
                _ => return Err(Reason::WrongType),
            };
            count(text, unit, by, moved)
        }
        Unit::Iso | Unit::Basic => {
            moment.write(scratch)?;
            moved.extend_from_slice(scratch.as_bytes());
            Ok(())
        }
    }
}

/// The day moves; the hour, the minute, the second and the zone stay. A leap second
/// would say on which day it was: it is the second before it.
fn clock(text: &str, by: i64, moved: &mut Vec<u8>) -> Result<(), Reason> {
    let text = text.as_bytes();
    let (day, rest) = text.split_at_checked(10).ok_or(Reason::BadTime)?;
    let day = moment::calendar(&day[..4], &day[5..7], &day[8..]).ok_or(Reason::BadTime)?;
    let day = moment::date(moment::days(day) + by).ok_or(Reason::NumberOutOfRange)?;
    let mut date = String::with_capacity(10);
    moment::push_date(&mut date, day);
    moved.extend_from_slice(date.as_bytes());
    let (clock, rest) = rest.split_at_checked(6).ok_or(Reason::BadTime)?;
    moved.extend_from_slice(clock);
    let mut rest = rest;
    if let [b':', tens, ones, after @ ..] = rest {
        let second = if *tens == b'6' {
            *b"59"
        } else {
            [*tens, *ones]
        };
        moved.push(b':');
        moved.extend_from_slice(&second);
        rest = after;
        if let [point @ (b'.' | b','), after @ ..] = rest {
            let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
            moved.push(*point);
            moved.extend_from_slice(&after[..digits.min(FRACTION_MAX)]);
            rest = &after[digits..];
        }
    }
    moved.extend_from_slice(rest);
    Ok(())
}

/// The sum of a count and so many days, to the nanosecond; of a count of days to nine
/// places.
fn count(text: &str, unit: Unit, by: i64, moved: &mut Vec<u8>) -> Result<(), Reason> {
    let number = Decimal::read(text).ok_or(Reason::NumberOutOfRange)?;
    let (power, a_day) = match unit {
        Unit::Since1970(power) => (u32::from(power), 86_400 * 10_i128.pow(power.into())),
        _ => (0, 1),
    };
    let places = 9 - power;
    let one = 10_i128.pow(places);
    let count = number.floored(places.into());
    let sum = count.ok_or(Reason::NumberOutOfRange)? + i128::from(by) * a_day * one;
    let (whole, fraction) = (sum.abs() / one, sum.abs() % one);
    let sign = if sum < 0 { "-" } else { "" };
    write!(moved, "{sign}{whole}").expect("writing to memory cannot fail");
    if fraction > 0 {
        let width = places as usize;
        write!(moved, ".{fraction:0width$}").expect("writing to memory cannot fail");
        while moved.last() == Some(&b'0') {
            moved.pop();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Bench, build, findings, run, view};
    use crate::record::Reason;
    use proptest::prelude::*;

    fn moved(parameters: &str, json: &str) -> Result<String, Reason> {
        let policy = format!("{{ generalize: {{ shift: 300d, key: people, {parameters} }} }}");
        run(&policy, json).map(|out| out.expect("a time leaves something"))
    }

    #[test]
    fn the_form_and_the_time_of_day_stay() {
        for (parameters, json, expected) in [
            ("", r#""2026-03-01""#, r#""2025-05-21""#),
            (
                "",
                r#""2026-03-01T10:42:07.5+01:00""#,
                r#""2025-05-21T10:42:07.5+01:00""#,
            ),
            ("", r#""2026-03-01 10:42""#, r#""2025-05-21 10:42""#),
            (
                "",
                r#""2026-03-01t10:42:07,1234567891234z""#,
                r#""2025-05-21t10:42:07,123456789z""#,
            ),
            ("", r#""2016-12-31T23:59:60Z""#, r#""2016-03-22T23:59:59Z""#),
            ("unit: basic", r#""20260301""#, r#""20250521""#),
            ("unit: basic", "20260301", "20250521"),
            ("unit: s", "1772361727", "1747824127"),
            ("unit: s", "1772361727.25", "1747824127.25"),
            ("unit: ms", r#""1772361727123""#, r#""1747824127123""#),
            ("unit: ns", "1772361727123456789", "1747824127123456789"),
            ("unit: ms", "-1", "-24537600001"),
            ("unit: d", "20513", "20229"),
            ("unit: d", "20513.75", "20229.75"),
            ("unit: d", "-0", "-284"),
            ("unit: s", "1e-999999999", "-24537600"),
            ("date: month", r#""2026-03-01T10:42:07Z""#, r#""2025-05""#),
            ("date: year", r#""2026-01-01""#, "2025"),
            (
                "time: 1d",
                r#""2026-03-01T10:42:07Z""#,
                r#""2025-05-21T00:00:00Z""#,
            ),
            ("space: visits", r#""2026-03-01""#, r#""2026-05-16""#),
            ("", "null", "null"),
        ] {
            assert_eq!(
                moved(parameters, json).as_deref(),
                Ok(expected),
                "{parameters} {json}"
            );
        }
    }

    #[test]
    fn without_a_subject_nothing_is_moved() {
        let action = build("{ generalize: { shift: 30d, key: people } }");
        let mut bench = Bench::default();
        bench.subject = None;
        let refused = bench.apply(action.as_ref(), view(r#""2026-03-01""#));
        assert_eq!(refused, Err(Reason::NoSubject));
        assert!(bench.out.0.is_empty());
    }

    #[test]
    fn what_is_no_time_or_leaves_the_calendar_is_refused() {
        let long = format!(r#""{}""#, "9".repeat(1 << 20));
        for (parameters, json, reason) in [
            ("", "true", Reason::WrongType),
            ("", "1772361727", Reason::WrongType),
            ("", "[]", Reason::WrongType),
            ("", r#"" ""#, Reason::BadTime),
            ("", r#""2026-02-30""#, Reason::BadTime),
            ("", r#""٢٠٢٦-٠٣-٠١""#, Reason::BadTime),
            ("", r#""\u200f2026-03-01""#, Reason::BadTime),
            ("", r#""😀""#, Reason::BadTime),
            ("", &long, Reason::BadTime),
            ("unit: s", r#""２０５１３""#, Reason::BadTime),
            ("", r#""0000-01-01""#, Reason::NumberOutOfRange),
            ("", r#""0000-01-01T00:00:00Z""#, Reason::NumberOutOfRange),
            ("unit: d", "-719528", Reason::NumberOutOfRange),
            ("unit: s", "-62167219200", Reason::NumberOutOfRange),
            ("unit: s", "1e999999999", Reason::NumberOutOfRange),
            ("unit: basic", r#""00000101""#, Reason::NumberOutOfRange),
            ("date: month", r#""0000-01-01""#, Reason::NumberOutOfRange),
        ] {
            assert_eq!(moved(parameters, json), Err(reason), "{parameters} {json}");
        }
        for word in [r#""""#, r#""unknown""#] {
            let policy = "{ generalize: { shift: 30d, key: people } }";
            assert_eq!(run(policy, word), Ok(None));
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        for (parameters, codes) in [
            ("shift: 30d", &["V0005"][..]),
            ("key: people, time: 1h", &["V0005"]),
            ("space: a, date: month", &["V0005"]),
            ("key: people", &["V0005"]),
            ("shift: 0d, key: people", &["V0304"]),
            ("shift: 3651d, key: people", &["V0304"]),
            ("shift: 4w, key: people", &["V0304"]),
            ("shift: 030d, key: people", &["V0304"]),
            ("shift: 99999d, key: people", &["V0304"]),
            ("shift: d, key: people", &["V0304"]),
            ("shift: 30, key: people", &["V0304"]),
            ("shift: 30d, key: people@1", &["V0306"]),
            ("shift: 30d, key: people, space: Å", &["V0007"]),
            ("shift: 30d, key: people, zone: UTC", &["V0302"]),
            ("shift: 30d, key: people, date: weekday", &["V0302"]),
            ("shift: 30d, key: people, date: hour_of_day", &["V0302"]),
            ("shift: 30d, key: people, bucket: 5", &["V0301"]),
        ] {
            let policy = format!("{{ generalize: {{ {parameters} }} }}");
            assert_eq!(findings(&policy), codes, "{parameters}");
        }
    }

    /// Days of a text that is a date.
    fn day(json: &str) -> i64 {
        let date: jiff::civil::Date = json.trim_matches('"').parse().unwrap();
        let first = jiff::civil::Date::constant(1970, 1, 1);
        i64::from(first.until(date).unwrap().get_days())
    }

    proptest! {
        #[test]
        fn intervals_hold_across_fields_and_forms(
            subject in "[a-z0-9]{1,12}", from in -20_000_i64..40_000, gap in 0_i64..4000, n in 1_u16..3651,
        ) {
            let subject: &'static str = Box::leak(subject.into_boxed_str());
            let made = |parameters: &str, json: &str| {
                let policy = format!("{{ generalize: {{ shift: {n}d, key: people{parameters} }} }}");
                let action = build(&policy);
                let mut bench = Bench::default();
                bench.subject = Some(subject);
                bench.apply(action.as_ref(), view(json)).unwrap();
                bench.take(action.as_ref()).unwrap()
            };
            let date = |n| super::moment::date(n).unwrap().to_string();
            let first = day(&made("", &format!("\"{}\"", date(from))));
            let later: i64 = made(", unit: d", &(from + gap).to_string()).parse().unwrap();
            let ms: i64 = made(", unit: ms", &((from + gap) * 86_400_000 + 5).to_string()).parse().unwrap();
            prop_assert_eq!(later - first, gap);
            prop_assert_eq!(ms, later * 86_400_000 + 5);
            prop_assert!((first - from).abs() <= i64::from(n));
        }
    }
}
