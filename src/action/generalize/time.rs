//! Times to the start of their hour, and dates to a part of them.

use crate::action::characters::{Characters, DIGITS};
use crate::action::{
    Cx, Dial, Example, Facts, Gives, Grade, Grain, Growth, KeyUse, Narrow, NotBuilt, OpenEnd, Says,
    Setting, Site, TimeStep, Type, param,
};
use crate::language::codes;
use crate::language::duration;
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, word};
use crate::record::Reason;
use crate::record::decimal::Decimal;
use crate::record::time::{Time, TimeKind};
use crate::record::value::{Applied, Out, View};

use super::kind::{self, Coarsening, KindDef};
use super::moment::{Moment, Unit, push_number};
use super::number;
use super::shift::{self, Shift};
use super::zone::Zone;

/// The definition.
pub(super) const TIME: KindDef = KindDef {
    what: "a time",
    decides: &[
        word(
            "time",
            Takes::TextLike("^[1-9][0-9]*[smhdw]$"),
            "Time: the start of the step it lies in, counted from 1970; the step divides a day or is whole days.",
        ),
        word(
            "date",
            Takes::OneOf(&[
                "year",
                "quarter",
                "month",
                "week",
                "weekday",
                "hour_of_day",
                "month_of_year",
                "day_of_month",
                "week_of_year",
            ]),
            "Time: that part of it.",
        ),
    ],
    is_one_of: true,
    further: &[
        word(
            "unit",
            Takes::OneOf(&["iso", "s", "ms", "us", "ns", "d", "basic"]),
            "Time: how it is written: ISO 8601, a count since 1970, or `20260301`.",
        )
        .default("iso"),
        word(
            "zone",
            Takes::Text,
            "Time: by whose clock `date` reads it: `UTC`, `written` (the offset that stands in the value), or a name such as `Europe/Berlin`.",
        )
        .default("UTC"),
        word(
            "shift",
            Takes::TextLike("^[1-9][0-9]{0,3}d$"),
            "Time: moves it by up to so many whole days, by the same for all times of one data subject; alone, or before `time` or a `date` of a week and longer.",
        ),
        word(
            "key",
            Takes::KeyName(""),
            "Time, with `shift`: a name under `keys:`.",
        ),
        word(
            "space",
            Takes::TextLike("^([a-z0-9][a-z0-9._-]{0,127})?$"),
            "Time, with `shift`: times of different spaces are moved by different days.",
        ),
    ],
    borrows: of_the_year,
    doc: "**Time** (`time`, `date`, with `unit`, `zone`): all in UTC unless `zone` says otherwise. `unit: iso` reads `2026-03-01`, or that and `T10:42`, optional seconds and fraction, optional zone; without a zone it is taken as UTC. A number needs a unit; a count before 1970 is negative, a count may be a text and stays one, `unit: d` counts days. `time` gives the start of the step in the form the value came in (a zoned time in UTC with `Z`, fractions dropped, a date alone as a date, a count as a count). `date` gives: `year` a number (`2026`), `quarter` `2026-Q1`, `month` `2026-03`, `week` the ISO 8601 week `2026-W09`, `weekday` a number (Monday 1 to Sunday 7), `hour_of_day` a number (0 to 23; refused for a date alone), `month_of_year` (1 to 12), `day_of_month` (1 to 31) and `week_of_year` (1 to 53, ISO 8601) numbers that say no year. After `date: year`, `bottom`, `top` and `bucket` apply. `zone` says by whose clock a part is read, of the tz database of the build, which `veil describe` names; a date alone is not moved, and `zone` does not go with `time`. `shift: 30d` with `key` moves a time by -30 to 30 whole days that the key, the domain, `space` and the data subject decide (at most 3650d): the same for every field of that subject, so that intervals between its times stay, whatever the fields are called. Alone it leaves the time in the form it came in, its time of day, its fraction (to nine digits) and its offset with it; before `time`, or `date: week`, `month`, `quarter` or `year`, the moved time is what is coarsened. Without a subject it is `no_subject`. Of an empty text, or a word for nothing, nothing leaves. What else is no time in that form (`6.5.1980`) is `bad_time`; a year outside 0000 to 9999 `number_out_of_range`.",
    leaks: "`time` of a second or less leaves times as most clocks write them. `shift` hides the day and nothing else: the time of day, the intervals between the times of one person and the offset (so the season) stay, so whoever knows one day of a person, or a pattern of days, knows all; one person in 2N + 1 is not moved at all; whoever holds the key moves the times back.",
    examples: &[
        Example {
            policy: "{ generalize: { time: 1h } }",
            input: r#""2026-03-01T10:42:07Z""#,
            output: Some(r#""2026-03-01T10:00:00Z""#),
        },
        Example {
            policy: "{ generalize: { time: 15m, unit: ms } }",
            input: "1772361727000",
            output: Some("1772361000000"),
        },
        Example {
            policy: "{ generalize: { date: year, bucket: 5, bottom: 1935 } }",
            input: r#""1983-05-06""#,
            output: Some("1980"),
        },
        Example {
            policy: "{ generalize: { date: week } }",
            input: r#""2026-03-01""#,
            output: Some(r#""2026-W09""#),
        },
        Example {
            policy: "{ generalize: { date: hour_of_day, zone: Europe/Berlin } }",
            input: r#""2026-07-01T22:30:00Z""#,
            output: Some("0"),
        },
        Example {
            policy: "{ generalize: { date: month, unit: d } }",
            input: "20513",
            output: Some(r#""2026-03""#),
        },
        Example {
            policy: "{ generalize: { shift: 300d, key: people } }",
            input: r#""2026-03-01T10:42:07.5+01:00""#,
            output: Some(r#""2025-05-21T10:42:07.5+01:00""#),
        },
    ],
    parse: kind::spec::<Rule>,
};

const DAY_S: i64 = 86_400;

/// What happens to a time.
#[derive(Clone, Debug)]
struct Rule {
    unit: Unit,
    zone: Zone,
    shift: Option<Shift>,
    coarsen: Coarsen,
}

#[derive(Clone, Debug)]
enum Coarsen {
    /// Nothing more than what `shift` does.
    Nothing,
    /// The start of the step of that many seconds, counted from 1970, and how
    /// the policy spells it.
    Step(i64, String),
    /// The year, and what happens to it.
    Year(Option<number::Rule>),
    Quarter,
    Month,
    Week,
    Weekday,
    HourOfDay,
    MonthOfYear,
    DayOfMonth,
    WeekOfYear,
}

impl Coarsening for Rule {
    const LEAKS: &'static str = TIME.leaks;

    fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let before = mapping.findings.errors();
        let unit = match mapping.one_of("unit") {
            None | Some("iso") => Unit::Iso,
            Some("s") => Unit::Since1970(0),
            Some("ms") => Unit::Since1970(3),
            Some("us") => Unit::Since1970(6),
            Some("ns") => Unit::Since1970(9),
            Some("d") => Unit::Days,
            Some(_) => Unit::Basic,
        };
        let shift = Shift::parse(mapping);
        if !["time", "date", "shift", "key", "space"]
            .iter()
            .any(|w| mapping.has(w))
        {
            mapping
                .findings
                .error(
                    codes::CHOOSE_ONE,
                    mapping.span,
                    "`unit` and `zone` say how a time is read, not what happens to it",
                )
                .help("add `time: 1h` or `date: month`");
            return None;
        }
        let coarsen = match mapping.one_of("date") {
            Some("year") => year(mapping).map(Coarsen::Year),
            Some("quarter") => Some(Coarsen::Quarter),
            Some("month") => Some(Coarsen::Month),
            Some("week") => Some(Coarsen::Week),
            Some("weekday") => Some(Coarsen::Weekday),
            Some("month_of_year") => Some(Coarsen::MonthOfYear),
            Some("day_of_month") => Some(Coarsen::DayOfMonth),
            Some("week_of_year") => Some(Coarsen::WeekOfYear),
            Some(_) => Some(Coarsen::HourOfDay),
            None if !mapping.has("time") => Some(Coarsen::Nothing),
            None => step(mapping),
        };
        if let (true, Some(coarsen)) = (mapping.has("shift"), &coarsen) {
            behind_shift(mapping, coarsen);
        }
        let zone = Zone::parse(mapping);
        param::not_together(mapping, "time", "zone", "steps are counted in UTC");
        let coarsen = coarsen.filter(|_| mapping.findings.errors() == before)?;
        Some(Rule {
            unit,
            zone: zone?,
            shift,
            coarsen,
        })
    }

    fn key(&self) -> Option<KeyUse<'_>> {
        self.shift.as_ref().map(Shift::key)
    }

    fn for_site(self, site: &Site<'_>) -> Result<Rule, NotBuilt> {
        let shift = self.shift.as_ref().map(|shift| shift.for_site(site));
        Ok(Rule {
            shift: shift.transpose()?,
            ..self
        })
    }

    fn facts(&self) -> Facts {
        let time_step = match &self.coarsen {
            Coarsen::Step(seconds, written) => Some(TimeStep {
                ms: seconds * 1000,
                written: written.clone(),
            }),
            _ => None,
        };
        Facts {
            // Most clocks write seconds; who is moved by less than a week stays in it.
            clear: match &self.shift {
                None => time_step.as_ref().is_some_and(|step| step.ms <= 1000),
                Some(shift) => shift.days_max() < 7 && matches!(self.coarsen, Coarsen::Nothing),
            },
            needs_subject: self.shift.is_some(),
            time_step,
            // `2026-W09`, `2026-Q1`, `2026-03-01T10:00:00.5+01:00`.
            writes: Characters::of(DIGITS).with("-:.+TZWQ"),
            open_end: match &self.coarsen {
                Coarsen::Year(rule) => {
                    let has_bottom = rule.as_ref().is_some_and(number::Rule::has_bottom);
                    (!has_bottom).then_some(OpenEnd::Missing("`bottom`"))
                }
                _ => None,
            },
            grade: self.years().map(Grade::Years),
            ..Facts::default()
        }
    }

    fn grows(&self) -> Growth {
        // The start of the step, with its offset.
        Growth::by(40)
    }

    fn dials(&self) -> Vec<Dial> {
        let grain = match &self.coarsen {
            Coarsen::Nothing => Grain::Seconds(0),
            Coarsen::Step(seconds, _) => Grain::Seconds(*seconds),
            Coarsen::Year(_) => Grain::Year,
            Coarsen::Quarter => Grain::Quarter,
            Coarsen::Month => Grain::Month,
            Coarsen::Week => Grain::Week,
            Coarsen::Weekday => Grain::Weekday,
            Coarsen::HourOfDay => Grain::HourOfDay,
            Coarsen::MonthOfYear => Grain::MonthOfYear,
            Coarsen::DayOfMonth => Grain::DayOfMonth,
            Coarsen::WeekOfYear => Grain::WeekOfYear,
        };
        let spelled: &[&str] = match &self.coarsen {
            Coarsen::Nothing => &["shift"],
            Coarsen::Step(..) => &["time"],
            _ => &["date"],
        };
        let (moved, space) = match &self.shift {
            Some(shift) => (shift.days_max().into(), shift.space()),
            None => (0, ""),
        };
        let mut dials = vec![
            Dial {
                spelled,
                ..Dial::new("time", Setting::Time(grain))
            },
            Dial::new("unit", Setting::Choice(format!("{:?}", self.unit))),
            Dial::new("zone", Setting::Choice(self.zone.name().to_owned())),
            Dial::new("shift", Setting::Strength(moved)),
            Dial::new("space", Setting::Choice(space.to_owned())),
        ];
        let rule = match &self.coarsen {
            Coarsen::Year(Some(rule)) => rule.clone(),
            _ => number::Rule::nothing(),
        };
        dials.extend(rule.dials());
        dials
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        let is_number = matches!(from, Type::Integer | Type::Number);
        let is_time = matches!(from, Type::Date | Type::TimeOfDay | Type::Timestamp);
        let is_read = match from {
            Type::Text => true,
            Type::TimeOfDay => self.takes_times_of_day(),
            Type::Date => self.takes_days(),
            Type::Timestamp => true,
            _ => is_number && self.unit != Unit::Iso,
        };
        if !is_read {
            return None;
        }
        let gives = Gives::one(match &self.coarsen {
            Coarsen::Nothing => from,
            Coarsen::Step(..) if is_time => from,
            Coarsen::Step(..) if is_number => Type::Integer,
            Coarsen::Step(..) | Coarsen::Quarter | Coarsen::Month | Coarsen::Week => Type::Text,
            Coarsen::Year(Some(rule)) => rule.number_type(Type::Integer),
            Coarsen::Year(None)
            | Coarsen::Weekday
            | Coarsen::HourOfDay
            | Coarsen::MonthOfYear
            | Coarsen::DayOfMonth
            | Coarsen::WeekOfYear => Type::Integer,
        });
        match self.coarsen {
            Coarsen::Nothing | Coarsen::Step(..) => gives.map(Gives::keeping_type),
            // A bound of years may be any number.
            Coarsen::Year(Some(_)) => gives,
            _ => gives.map(Gives::small),
        }
    }

    fn narrow(&self) -> Narrow {
        Narrow {
            words: false,
            binary: false,
            unit: self.unit.spelled(),
            ..Narrow::default()
        }
    }

    fn says(&self) -> Says {
        let said = match &self.coarsen {
            Coarsen::Nothing => Says::of("the time"),
            Coarsen::Step(_, written) => {
                let what = format!("the start of the {written} in which the time lies");
                let bins = Some(format!("{written} long, each by its start"));
                Says {
                    bins,
                    ..Says::of(what)
                }
            }
            Coarsen::Year(None) => Says::of("the year of the time"),
            Coarsen::Year(Some(rule)) => rule.says_of("the year of the time"),
            Coarsen::Quarter => Says::of("the quarter of the time, `2026-Q1`"),
            Coarsen::Month => Says::of("the month of the time, `2026-03`"),
            Coarsen::Week => Says::of("the ISO 8601 week of the time, `2026-W09`"),
            Coarsen::Weekday => Says::of("the weekday of the time, Monday 1 to Sunday 7"),
            Coarsen::HourOfDay => Says::of("the hour of the day, 0 to 23"),
            Coarsen::MonthOfYear => Says::of("the month of the year, 1 to 12"),
            Coarsen::DayOfMonth => Says::of("the day of the month, 1 to 31"),
            Coarsen::WeekOfYear => Says::of("the ISO 8601 week of the year, 1 to 53"),
        };
        let moved = match &self.shift {
            Some(shift) => format!(
                ", after it was moved by up to {} days, by the same for all times of one person",
                shift.days_max()
            ),
            None => String::new(),
        };
        Says {
            what: said.what + &self.zone.says() + &moved,
            in_utc: matches!(self.zone, Zone::Utc) && !matches!(self.coarsen, Coarsen::Nothing),
            ..said
        }
    }

    fn apply_time(&self, time: Time, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let is_taken = match time.kind {
            TimeKind::Date => self.takes_days(),
            TimeKind::OfDay(_) => self.takes_times_of_day(),
            TimeKind::Instant(_) | TimeKind::Local(_) => true,
        };
        if !is_taken {
            return Err(Reason::WrongType);
        }
        let mut moment = Moment::of(time)?;
        let mut behind = time.nanos;
        if let Some(shift) = &self.shift {
            moment.move_by(shift.days(cx.subject)?)?;
        }
        match &self.coarsen {
            Coarsen::Nothing => {}
            Coarsen::Step(seconds, _) => {
                moment.cut(*seconds);
                behind = 0;
            }
            _ => return self.write_part(&moment, out, cx),
        }
        out.time(Time {
            seconds: moment.seconds(),
            nanos: behind,
            kind: time.kind,
        });
        Ok(())
    }

    /// Writes the start of the step, in the form the time came in, or the part
    /// of the date.
    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let mut moment = Moment::read(view, self.unit, cx.text)?;
        if let Some(shift) = &self.shift {
            let by = shift.days(cx.subject)?;
            if matches!(self.coarsen, Coarsen::Nothing) {
                shift::write(view, self.unit, (moment, by), cx.text, cx.bytes)?;
                return leave(moment.is_text(), cx.bytes, out);
            }
            moment.move_by(by)?;
        }
        let text = &mut *cx.text;
        if let Coarsen::Step(seconds, _) = &self.coarsen {
            moment.cut(*seconds);
            moment.write(text)?;
            if moment.is_text() {
                out.ascii(text.as_bytes());
            } else {
                out.number(text);
            }
            return Ok(());
        }
        self.write_part(&moment, out, cx)
    }
}

impl Rule {
    /// True when something is left of a time without a day.
    fn takes_times_of_day(&self) -> bool {
        match &self.coarsen {
            Coarsen::Step(seconds, _) => *seconds < DAY_S && self.shift.is_none(),
            Coarsen::HourOfDay => self.shift.is_none() && matches!(self.zone, Zone::Utc),
            _ => false,
        }
    }

    /// True when something is left of a day without a time of day.
    fn takes_days(&self) -> bool {
        match &self.coarsen {
            Coarsen::Step(seconds, _) => *seconds % DAY_S == 0,
            Coarsen::HourOfDay => false,
            _ => true,
        }
    }

    /// Writes the part of the date.
    fn write_part(&self, moment: &Moment, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        let text = &mut *cx.text;
        let at = moment
            .civil_in(&self.zone)
            .ok_or(Reason::NumberOutOfRange)?;
        let date = at.date();
        text.clear();
        let is_number = match &self.coarsen {
            Coarsen::Year(coarser) => {
                push_number(text, date.year(), 1);
                if let Some(coarser) = coarser {
                    let year = Decimal::read(text).expect("a year has four digits");
                    coarser.write(&year, text)?;
                }
                true
            }
            Coarsen::Quarter => {
                push_number(text, date.year(), 4);
                text.push_str("-Q");
                push_number(text, (date.month() + 2) / 3, 1);
                false
            }
            Coarsen::Month => {
                push_number(text, date.year(), 4);
                text.push('-');
                push_number(text, date.month(), 2);
                false
            }
            Coarsen::Week => {
                let week = date.iso_week_date();
                if !(0..=9999).contains(&week.year()) {
                    return Err(Reason::NumberOutOfRange);
                }
                push_number(text, week.year(), 4);
                text.push_str("-W");
                push_number(text, week.week(), 2);
                false
            }
            Coarsen::Weekday => {
                push_number(text, date.weekday().to_monday_one_offset(), 1);
                true
            }
            Coarsen::MonthOfYear => {
                push_number(text, date.month(), 1);
                true
            }
            Coarsen::DayOfMonth => {
                push_number(text, date.day(), 1);
                true
            }
            Coarsen::WeekOfYear => {
                push_number(text, date.iso_week_date().week(), 1);
                true
            }
            Coarsen::HourOfDay if moment.is_date_only() => return Err(Reason::WrongType),
            Coarsen::HourOfDay | Coarsen::Step(..) | Coarsen::Nothing => {
                push_number(text, at.hour(), 1);
                true
            }
        };
        if is_number {
            out.number(text);
        } else {
            out.ascii(text.as_bytes());
        }
        Ok(())
    }
}

/// Writes a moved time.
fn leave(is_text: bool, moved: &[u8], out: &mut dyn Out) -> Applied {
    if is_text {
        out.ascii(moved);
    } else {
        out.number(str::from_utf8(moved).map_err(|_| Reason::BadTime)?);
    }
    Ok(())
}

/// Reports what a time that was moved by whole days says nothing of.
fn behind_shift(mapping: &mut Mapping<'_, '_>, coarsen: &Coarsen) {
    match coarsen {
        Coarsen::Nothing => {
            let why = "`zone` is that of `date`, and a shift is of whole days";
            param::not_together(mapping, "shift", "zone", why);
        }
        Coarsen::Step(..)
        | Coarsen::Week
        | Coarsen::Month
        | Coarsen::Quarter
        | Coarsen::Year(_) => {}
        _ => {
            let span = mapping.place("date");
            mapping
                .findings
                .error(
                    codes::NOT_TOGETHER,
                    span,
                    "this part of the date does not go with `shift`",
                )
                .why("of a time that was moved it is noise, or what it was before")
                .help("write `date: week`, `month`, `quarter` or `year`, or remove `shift`");
        }
    }
}

/// Behind `date: year` these belong to the year.
fn of_the_year(mapping: &Mapping<'_, '_>) -> &'static [&'static str] {
    match mapping.node("date").and_then(|n| n.scalar()) {
        Some("year") => &["bucket", "bottom", "top"],
        _ => &[],
    }
}

/// `bucket`, `bottom` and `top` after `date: year`.
fn year(mapping: &mut Mapping<'_, '_>) -> Option<Option<number::Rule>> {
    if ["bucket", "bottom", "top"].iter().any(|w| mapping.has(w)) {
        return number::Rule::parse(mapping).map(Some);
    }
    Some(None)
}

impl Rule {
    /// The years of which it leaves one; 0: finer. `None`: it leaves none of the year.
    fn years(&self) -> Option<u32> {
        match &self.coarsen {
            Coarsen::Year(rule) => Some(rule.as_ref().map_or(1, number::Rule::width)),
            Coarsen::Nothing
            | Coarsen::Step(..)
            | Coarsen::Quarter
            | Coarsen::Month
            | Coarsen::Week => Some(0),
            Coarsen::Weekday
            | Coarsen::HourOfDay
            | Coarsen::MonthOfYear
            | Coarsen::DayOfMonth
            | Coarsen::WeekOfYear => None,
        }
    }
}

/// The step of `time:`: whole seconds that divide a day, or whole days, so that
/// a date without a time of day lies on the grid.
fn step(mapping: &mut Mapping<'_, '_>) -> Option<Coarsen> {
    let text = mapping.text("time")?;
    let span = mapping.place("time");
    let ms = duration::read(text, span, "time", mapping.findings)?;
    let is_whole = ms % 1000 == 0 && ((DAY_S * 1000) % ms == 0 || ms % (DAY_S * 1000) == 0);
    if !is_whole {
        mapping
            .findings
            .error(
                codes::DURATION,
                span,
                format!("`{text}` neither divides a day into whole seconds nor is whole days"),
            )
            .help("write for instance `15m`, `1h`, `6h`, `1d` or `7d`");
        return None;
    }
    Some(Coarsen::Step(ms / 1000, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{findings, run};
    use super::*;
    use proptest::prelude::*;

    fn coarse(parameters: &str, json: &str) -> Result<String, Reason> {
        let policy = format!("{{ generalize: {{ {parameters} }} }}");
        run(&policy, json).map(|out| out.expect("a time leaves something"))
    }

    #[test]
    fn time_gives_the_start_of_its_step_in_the_form_it_came() {
        for (parameters, json, expected) in [
            (
                "time: 1h",
                r#""2026-03-01T10:42:07Z""#,
                r#""2026-03-01T10:00:00Z""#,
            ),
            (
                "time: 15m",
                r#""2026-03-01 12:44:59.999+02:00""#,
                r#""2026-03-01T10:30:00Z""#,
            ),
            (
                "time: 1d",
                r#""2026-03-01T23:30:00-01:00""#,
                r#""2026-03-02T00:00:00Z""#,
            ),
            (
                "time: 1h",
                r#""2026-03-01T10:42:07""#,
                r#""2026-03-01T10:00:00""#,
            ),
            ("time: 1h", r#""2026-03-01""#, r#""2026-03-01""#),
            ("time: 7d", r#""2026-03-01""#, r#""2026-02-26""#),
            (
                "time: 1h",
                r#""1969-12-31T23:59:59Z""#,
                r#""1969-12-31T23:00:00Z""#,
            ),
            ("time: 1h, unit: s", "1772361727", "1772359200"),
            ("time: 1h, unit: s", "1772361727.5", "1772359200"),
            ("time: 1h, unit: ms", "1772361727123", "1772359200000"),
            ("time: 1h, unit: us", "1772361727123456", "1772359200000000"),
            (
                "time: 1h, unit: ns",
                "1772361727123456789",
                "1772359200000000000",
            ),
            ("time: 1h, unit: ms", "-1", "-3600000"),
            (
                "time: 1h, unit: ms",
                r#""1772361727123""#,
                r#""1772359200000""#,
            ),
            ("time: 7d, unit: basic", r#""20260301""#, r#""20260226""#),
            ("time: 1d, unit: basic", "20260301", "20260301"),
            ("time: 1h", "null", "null"),
            ("time: 7d, unit: d", "20513", "20510"),
            ("time: 7d, unit: d", r#""20513""#, r#""20510""#),
            ("time: 1h, unit: d", "20513.75", "20513"),
            ("time: 7d, unit: d", "-1", "-7"),
            ("time: 1d, unit: d", "-0", "0"),
            ("time: 1h, unit: ms", r#""-1""#, r#""-3600000""#),
        ] {
            assert_eq!(
                coarse(parameters, json).as_deref(),
                Ok(expected),
                "{parameters} {json}"
            );
        }
    }

    #[test]
    fn date_gives_the_part() {
        let at = r#""2024-12-30T23:30:00-02:00""#;
        for (part, expected) in [
            ("year", "2024"),
            ("quarter", r#""2024-Q4""#),
            ("month", r#""2024-12""#),
            ("week", r#""2025-W01""#),
            ("weekday", "2"),
            ("hour_of_day", "1"),
        ] {
            assert_eq!(
                coarse(&format!("date: {part}"), at).as_deref(),
                Ok(expected)
            );
        }
        assert_eq!(
            coarse("date: week", r#""2021-01-03""#).as_deref(),
            Ok(r#""2020-W53""#)
        );
        assert_eq!(
            coarse("date: weekday", r#""2021-01-03""#).as_deref(),
            Ok("7")
        );
        assert_eq!(
            coarse("date: year, unit: basic", "20260301").as_deref(),
            Ok("2026")
        );
        assert_eq!(
            coarse("date: month, unit: ms", "0").as_deref(),
            Ok(r#""1970-01""#)
        );
        assert_eq!(
            coarse("date: hour_of_day", r#""2026-03-01""#),
            Err(Reason::WrongType)
        );
        assert_eq!(coarse("date: year", r#""0007-03-01""#).as_deref(), Ok("7"));
    }

    #[test]
    fn parts_that_say_no_year_are_numbers() {
        let at = r#""2024-12-30T23:30:00Z""#;
        for (part, expected) in [
            ("month_of_year", "12"),
            ("day_of_month", "30"),
            ("week_of_year", "1"),
        ] {
            assert_eq!(
                coarse(&format!("date: {part}"), at).as_deref(),
                Ok(expected)
            );
        }
        // The day before the year 0000 belongs to no year that is written, its week does.
        let first = coarse("date: week_of_year", r#""0000-01-01""#);
        assert_eq!(first.as_deref(), Ok("52"));
        let days = coarse("date: day_of_month, unit: d", "-1");
        assert_eq!(days.as_deref(), Ok("31"));
    }

    #[test]
    fn a_part_is_read_by_the_clock_of_the_zone() {
        let of = |zone, part, json| coarse(&format!("date: {part}, zone: {zone}"), json);
        for (zone, part, json, expected) in [
            ("UTC", "hour_of_day", r#""2026-07-01T22:30:00-02:00""#, "0"),
            (
                "written",
                "hour_of_day",
                r#""2026-07-01T22:30:00-02:00""#,
                "22",
            ),
            ("written", "hour_of_day", r#""2026-07-01T22:30:00""#, "22"),
            ("written", "weekday", r#""2026-07-01T22:30:00-02:00""#, "3"),
            (
                "Europe/Berlin",
                "hour_of_day",
                r#""2026-07-01T22:30:00Z""#,
                "0",
            ),
            (
                "Europe/Berlin",
                "hour_of_day",
                r#""2026-01-01T22:30:00Z""#,
                "23",
            ),
            ("Europe/Berlin", "year", r#""2026-12-31T23:00:00Z""#, "2027"),
            (
                "Asia/Kolkata",
                "hour_of_day",
                r#""2026-07-01T18:30:00Z""#,
                "0",
            ),
            // The hour that is there twice, and the one that is missing.
            (
                "Europe/Berlin",
                "hour_of_day",
                r#""2026-10-25T00:59:59Z""#,
                "2",
            ),
            (
                "Europe/Berlin",
                "hour_of_day",
                r#""2026-10-25T01:00:00Z""#,
                "2",
            ),
            (
                "Europe/Berlin",
                "hour_of_day",
                r#""2026-03-29T00:59:59Z""#,
                "1",
            ),
            (
                "Europe/Berlin",
                "hour_of_day",
                r#""2026-03-29T01:00:00Z""#,
                "3",
            ),
            // A day is a day everywhere.
            ("America/New_York", "weekday", r#""2021-01-03""#, "7"),
            ("Pacific/Apia", "year", r#""2025-12-31""#, "2025"),
        ] {
            assert_eq!(
                of(zone, part, json).as_deref(),
                Ok(expected),
                "{zone} {json}"
            );
        }
        let day = coarse("date: weekday, unit: d, zone: Pacific/Apia", "18630");
        assert_eq!(day.as_deref(), Ok("7"));
        let count = coarse("date: month, unit: s, zone: Europe/Berlin", "1772319600");
        assert_eq!(count.as_deref(), Ok(r#""2026-03""#));
        let beyond = of("Asia/Kolkata", "year", r#""9999-12-31T23:00:00Z""#);
        assert_eq!(beyond, Err(Reason::NumberOutOfRange));
    }

    #[test]
    fn a_year_may_be_clamped_and_bucketed() {
        for (json, expected) in [(r#""2009-05-06""#, "2000"), (r#""1988-05-06""#, "1980")] {
            let both = "date: year, bucket: 10, bottom: 1940, top: 2005";
            assert_eq!(coarse(both, json).as_deref(), Ok(expected));
        }
        let parameters = "date: year, bucket: 5, bottom: 1935";
        for (json, expected) in [
            (r#""1983-05-06""#, "1980"),
            (r#""1901-05-06""#, "1935"),
            (r#""1935-12-31""#, "1935"),
        ] {
            assert_eq!(coarse(parameters, json).as_deref(), Ok(expected));
        }
        assert_eq!(
            coarse("date: year, bottom: 1935", r#""1901-05-06""#).as_deref(),
            Ok("1935")
        );
    }

    #[test]
    fn of_what_stands_for_no_time_nothing_leaves() {
        for words in ["date: year", "time: 1h, unit: ms"] {
            let policy = format!("{{ generalize: {{ {words} }} }}");
            assert_eq!(run(&policy, r#""""#), Ok(None));
            assert_eq!(run(&policy, r#""None""#), Ok(None));
        }
    }

    #[test]
    fn what_is_no_time_in_that_form_is_refused() {
        for (parameters, json) in [
            ("time: 1h", "1772361727"),
            ("time: 1h", "true"),
            ("time: 1h", "[]"),
            ("date: hour_of_day", r#""2026-03-01""#),
        ] {
            assert_eq!(
                coarse(parameters, json),
                Err(Reason::WrongType),
                "{parameters} {json}"
            );
        }
        for (parameters, json) in [
            ("date: year", r#""6.5.1980""#),
            ("date: year", r#""2026-02-30""#),
            ("time: 1h, unit: ms", r#""2026-03-01T10:42:07Z""#),
            ("time: 1d, unit: d", r#""２０５１３""#),
            ("time: 1d, unit: d", r#""2026-03-01""#),
            ("time: 1h, unit: basic", "2026030"),
            ("time: 1h, unit: basic", "2.0260301e7"),
            ("time: 1h, unit: basic", r#""20260230""#),
        ] {
            assert_eq!(
                coarse(parameters, json),
                Err(Reason::BadTime),
                "{parameters} {json}"
            );
        }
        for (parameters, json) in [
            ("time: 1h, unit: s", "253402300800"),
            ("time: 1h, unit: s", "1e999999999"),
            ("time: 1h, unit: s", "-62167219201"),
            ("time: 1d, unit: d", "2932897"),
            ("time: 1d, unit: d", "-719529"),
            ("time: 1d, unit: d", "1e12"),
            ("time: 1d, unit: d", "1e999999999"),
            ("time: 7d", r#""0000-01-01""#),
            ("time: 1h", r#""9999-12-31T23:59:59-23:00""#),
        ] {
            assert_eq!(
                coarse(parameters, json),
                Err(Reason::NumberOutOfRange),
                "{parameters} {json}"
            );
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        for (parameters, codes) in [
            ("time: 250ms", &["V0304"][..]),
            ("time: 0h", &["V0304"]),
            ("time: 5h", &["V0304"]),
            ("time: 36h", &["V0304"]),
            ("time: 99999d", &["V0304"]),
            ("time: 1h, date: year", &["V0302"]),
            ("date: day", &["V0004"]),
            ("unit: ms", &["V0301"]),
            ("time: 1h, bucket: 5", &["V0301"]),
            ("date: month, bottom: 5", &["V0301"]),
            ("date: month, top: 5", &["V0301"]),
            ("date: year, top: 5, bottom: 6", &["V0305"]),
            ("zone: UTC", &["V0301"]),
            ("date: month, zone: Mars/Base", &["V0312"]),
            ("date: month, zone: europe/berlin", &["V0312"]),
            ("time: 1h, zone: UTC", &["V0302"]),
            ("date: month, zone: [UTC]", &["V0006"]),
        ] {
            let policy = format!("{{ generalize: {{ {parameters} }} }}");
            assert_eq!(findings(&policy), codes, "{parameters}");
        }
    }

    proptest! {
        #[test]
        fn truncating_twice_changes_nothing(ms in -62_135_596_800_000_i64..253_402_300_799_999) {
            for (step, width) in [("1s", 1000), ("15m", 900_000), ("1h", 3_600_000), ("1d", 86_400_000)] {
                let parameters = format!("time: {step}, unit: ms");
                let once = coarse(&parameters, &ms.to_string()).unwrap();
                let start: i64 = once.parse().unwrap();
                prop_assert!(start <= ms && ms < start + width && start % width == 0);
                prop_assert_eq!(coarse(&parameters, &once).unwrap(), once);
            }
        }
    }
}
