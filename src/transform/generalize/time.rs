//! Times to the start of their hour, and dates to a part of them.

use std::fmt::Write as _;

use crate::policy::codes;
use crate::policy::finding::{Findings, Span};
use crate::policy::form::Form;
use crate::record::Reason;
use crate::record::decimal::Decimal;
use crate::record::value::{Applied, Cx, Out, View};

use super::super::param;
use super::moment::{Moment, Unit};
use super::number;

const DAY_S: i64 = 86_400;

/// What happens to a time.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    unit: Unit,
    coarsen: Coarsen,
}

#[derive(Clone, Debug)]
enum Coarsen {
    /// The start of the step of that many seconds, counted from 1970.
    Step(i64),
    /// The year, and what happens to it.
    Year(Option<number::Rule>),
    Quarter,
    Month,
    Week,
    Weekday,
    HourOfDay,
}

impl Rule {
    /// Reads the words of this row.
    pub(super) fn parse(form: &mut Form<'_, '_>) -> Option<Rule> {
        let before = form.findings.errors();
        let unit = match form.one_of("unit") {
            None | Some("iso") => Unit::Iso,
            Some("s") => Unit::Since1970(0),
            Some("ms") => Unit::Since1970(3),
            Some("us") => Unit::Since1970(6),
            Some("ns") => Unit::Since1970(9),
            Some(_) => Unit::Basic,
        };
        if !form.has("time") && !form.has("date") {
            form.findings
                .error(
                    codes::CHOOSE_ONE,
                    form.span,
                    "`unit` says how a time is written, not what happens to it",
                )
                .help("add `time: 1h` or `date: month`");
            return None;
        }
        param::not_together(form, "time", "date", "a time is coarsened in one way");
        let coarsen = match form.one_of("date") {
            Some("year") => year(form).map(Coarsen::Year),
            Some("quarter") => Some(Coarsen::Quarter),
            Some("month") => Some(Coarsen::Month),
            Some("week") => Some(Coarsen::Week),
            Some("weekday") => Some(Coarsen::Weekday),
            Some(_) => Some(Coarsen::HourOfDay),
            None => form.text("time").and_then(|text| {
                let span = form.node("time").expect("just read").span;
                step_ms(text, span, form.findings).map(|ms| Coarsen::Step(ms / 1000))
            }),
        };
        let coarsen = coarsen.filter(|_| form.findings.errors() == before)?;
        Some(Rule { unit, coarsen })
    }

    /// Writes the start of the step, in the form the time came in, or the part
    /// of the date.
    pub(super) fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let mut moment = Moment::read(view, self.unit, cx.text)?;
        let text = &mut *cx.text;
        if let Coarsen::Step(step) = self.coarsen {
            moment.seconds -= moment.seconds.rem_euclid(step);
            moment.write(text)?;
            if moment.is_text() {
                out.text(text);
            } else {
                out.number(text);
            }
            return Ok(());
        }
        let at = moment.civil().ok_or(Reason::NumberOutOfRange)?;
        let date = at.date();
        text.clear();
        let is_number = match &self.coarsen {
            Coarsen::Year(coarser) => {
                write!(text, "{}", date.year()).expect("writing to a string cannot fail");
                if let Some(coarser) = coarser {
                    let year = Decimal::read(text).expect("a year has four digits");
                    coarser.write(&year, text)?;
                }
                true
            }
            Coarsen::Quarter => {
                let quarter = (date.month() + 2) / 3;
                write!(text, "{:04}-Q{quarter}", date.year())
                    .expect("writing to a string cannot fail");
                false
            }
            Coarsen::Month => {
                write!(text, "{:04}-{:02}", date.year(), date.month())
                    .expect("writing to a string cannot fail");
                false
            }
            Coarsen::Week => {
                let week = date.iso_week_date();
                if !(0..=9999).contains(&week.year()) {
                    return Err(Reason::NumberOutOfRange);
                }
                write!(text, "{:04}-W{:02}", week.year(), week.week())
                    .expect("writing to a string cannot fail");
                false
            }
            Coarsen::Weekday => {
                write!(text, "{}", date.weekday().to_monday_one_offset())
                    .expect("writing to a string cannot fail");
                true
            }
            Coarsen::HourOfDay if moment.is_date_only() => return Err(Reason::WrongType),
            Coarsen::HourOfDay | Coarsen::Step(_) => {
                write!(text, "{}", at.hour()).expect("writing to a string cannot fail");
                true
            }
        };
        if is_number {
            out.number(text);
        } else {
            out.text(text);
        }
        Ok(())
    }
}

/// `bucket` and `bottom` after `date: year`.
fn year(form: &mut Form<'_, '_>) -> Option<Option<number::Rule>> {
    if form.has("bucket") || form.has("bottom") {
        return number::Rule::parse(form).map(Some);
    }
    Some(None)
}

/// Reads the step of `time:`, in milliseconds: a number and `s`, `m`, `h` or
/// `d`, at least a second, that divides a day or is whole days, so that a date
/// without a time of day lies on the grid. A finding when it is anything else.
pub fn step_ms(text: &str, span: Span, findings: &mut Findings) -> Option<i64> {
    let step = duration_ms(text);
    if step.is_none() {
        findings
            .error(
                codes::DURATION,
                span,
                format!("`{text}` is not a length of time"),
            )
            .help("write a number and `s`, `m`, `h` or `d`: `15m`, `1h`, `1d`");
        return None;
    }
    let step = step.filter(|ms| (DAY_S * 1000) % ms == 0 || ms % (DAY_S * 1000) == 0);
    if step.is_none() {
        findings
            .error(
                codes::DURATION,
                span,
                format!("`{text}` neither divides a day nor is whole days"),
            )
            .help("write for instance `15m`, `1h`, `6h`, `1d` or `7d`");
    }
    step
}

/// A length of time in milliseconds: a whole number from 1 and `s`, `m`, `h`
/// or `d`, at most 36,500 days. `None` when it is anything else.
pub fn duration_ms(text: &str) -> Option<i64> {
    let (number, unit_ms) = match text.as_bytes().last()? {
        b's' => (text.strip_suffix('s')?, 1000),
        b'm' => (text.strip_suffix('m')?, 60_000),
        b'h' => (text.strip_suffix('h')?, 3_600_000),
        b'd' => (text.strip_suffix('d')?, DAY_S * 1000),
        _ => return None,
    };
    if number.starts_with('0') || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ms = number.parse::<i64>().ok()?.checked_mul(unit_ms)?;
    (ms <= 36_500 * DAY_S * 1000).then_some(ms)
}
