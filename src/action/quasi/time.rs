//! Times in spans of UTC that lie in one another.

use std::sync::Arc;

use super::kind::{Ends, Kind, no_domain};
use super::number::write_code;
use crate::action::{Cx, Dial, NotBuilt, Setting, Site, TimeUnit, Type, param};
use crate::anonymity::quasi::{Domain, EndSpelling, Scale, TimeStep, Times};
use crate::language::codes;
use crate::language::duration;
use crate::language::mapping::Mapping;
use crate::record::Reason;
use crate::record::value::{Applied, Out, Text, TextForm, View};

/// How a span is written in the policy.
pub(super) const STEP: &str = "^[1-9][0-9]{0,8}(s|m|h|d|w|mo|y)$";

/// Which spans of time there are.
#[derive(Clone)]
pub(super) struct Rule {
    domain: Arc<Domain>,
    times: Arc<Times>,
    steps: String,
    ends: [String; 2],
    unit: TimeUnit,
    unit_word: &'static str,
    /// Every span begins and ends with a day.
    is_of_days: bool,
}

impl Rule {
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Rule> {
        let items = mapping.items("time");
        if items.is_empty() {
            return None;
        }
        let mut steps = Vec::new();
        for item in items {
            match step(item.scalar().unwrap_or_default()) {
                Some(step) => steps.push(step),
                None => {
                    mapping
                        .findings
                        .error(
                            codes::DURATION,
                            item.span,
                            "each of `time` must be a length of time",
                        )
                        .help("write a whole number and `s`, `m`, `h`, `d`, `w`, `mo` or `y`: `1d`, `1mo`, `5y`");
                }
            }
        }
        let unit_word = mapping.one_of("unit").unwrap_or("iso");
        let ends = [end("bottom", mapping), end("top", mapping)];
        let [Some(bottom), Some(top)] = ends else {
            return None;
        };
        if steps.len() != items.len() {
            return None;
        }
        match Times::new(&steps, bottom.1, top.1) {
            Ok((times, tree)) => Some(Rule {
                domain: Arc::new(Domain::Closed(Scale::Tree(tree))),
                times: Arc::new(times),
                steps: items
                    .iter()
                    .filter_map(|item| item.scalar())
                    .collect::<Vec<_>>()
                    .join(", "),
                ends: [bottom.0, top.0],
                unit: TimeUnit::of(unit_word)?,
                unit_word,
                is_of_days: match steps[0] {
                    TimeStep::Months(_) => true,
                    TimeStep::Seconds(n) => n % 86_400 == 0,
                },
            }),
            Err(why) => {
                let span = mapping.place("time");
                no_domain(
                    why,
                    span,
                    mapping,
                    "write the shortest span first: `time: [1d, 1mo, 1y], bottom: \"1930-01-01\", top: \"2010-01-01\"`",
                );
                None
            }
        }
    }
}

fn step(text: &str) -> Option<TimeStep> {
    let months = |suffix: &str, each: u32| {
        let number: u32 = text.strip_suffix(suffix)?.parse().ok()?;
        let is_plain = text.starts_with(|c: char| c.is_ascii_digit());
        let months = number.checked_mul(each).filter(|n| *n > 0 && is_plain)?;
        Some(TimeStep::Months(months))
    };
    let seconds = || {
        let ms = duration::millis(text).filter(|ms| ms % 1_000 == 0)?;
        Some(TimeStep::Seconds(u32::try_from(ms / 1_000).ok()?))
    };
    months("mo", 1).or_else(|| months("y", 12)).or_else(seconds)
}

/// A time of the policy, and its second.
fn end(name: &'static str, mapping: &mut Mapping<'_, '_>) -> Option<(String, i64)> {
    if !mapping.has(name) {
        mapping
            .findings
            .error(
                codes::MISSING_WORD,
                mapping.span,
                format!("`quasi` of a time lacks `{name}`"),
            )
            .why("the earliest and the latest of an open range are somebody's own")
            .help(format!("add `{name}: \"1930-01-01\"`"));
        return None;
    }
    let text = mapping.text(name)?;
    let view = View::Text(Text::new(text, TextForm::Plain));
    let second = TimeUnit::ISO.seconds(view, &mut String::new()).ok();
    if second.is_none() {
        let span = mapping.place(name);
        mapping
            .findings
            .error(
                codes::OUT_OF_RANGE,
                span,
                format!("`{name}` must be a day or a time"),
            )
            .help("write it as `\"1930-01-01\"`");
    }
    second.map(|second| (text.to_owned(), second))
}

impl Kind for Rule {
    fn dials(&self) -> Vec<Dial> {
        let choice = |word, at: &str| Dial::new(word, Setting::Choice(at.to_owned()));
        vec![
            choice("time", &self.steps),
            choice("bottom", &self.ends[0]),
            choice("top", &self.ends[1]),
            choice("unit", self.unit_word),
        ]
    }

    fn takes(&self, from: Type) -> bool {
        match from {
            Type::Text | Type::Date | Type::Timestamp => true,
            Type::Integer | Type::Number => self.unit_word != "iso",
            _ => false,
        }
    }

    fn says(&self) -> String {
        let [bottom, top] = &self.ends;
        format!("spans of {} of UTC from {bottom} to {top}", self.steps)
    }

    fn ends(&self) -> Option<Ends> {
        let spelling = match self.unit_word {
            "s" => EndSpelling::Since1970(0),
            "ms" => EndSpelling::Since1970(3),
            "us" => EndSpelling::Since1970(6),
            "ns" => EndSpelling::Since1970(9),
            "d" => EndSpelling::Days,
            "basic" => EndSpelling::BasicDay,
            _ if self.is_of_days => EndSpelling::Day,
            _ => EndSpelling::Instant,
        };
        // Part of a day has no spelling there.
        (self.is_of_days || !spelling.is_of_days()).then_some(Ends {
            spelling,
            of: match spelling.is_number() {
                true => Type::Integer,
                false => Type::Text,
            },
        })
    }

    fn for_site(&self, _site: &Site<'_>) -> Result<(Rule, Arc<Domain>), NotBuilt> {
        Ok((self.clone(), Arc::clone(&self.domain)))
    }

    fn leaf(&self, scalar: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        if matches!(scalar, View::Bool(_) | View::Bytes(_)) {
            return Err(Reason::WrongType);
        }
        let second = self.unit.seconds(scalar, cx.text)?;
        write_code(self.times.code(second), out, cx);
        Ok(())
    }
}

/// For the shape of the action.
pub(super) const UNITS: &[&str] = &["iso", "s", "ms", "us", "ns", "d", "basic"];

/// Reports `bottom` and `top` beside what they say nothing of.
pub(super) fn not_beside(word: &str, mapping: &mut Mapping<'_, '_>) {
    for other in ["bottom", "top", "unit"] {
        param::not_together(mapping, word, other, "it is of times");
    }
}
