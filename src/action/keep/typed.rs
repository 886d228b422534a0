//! `keep` with `type`: a bound for what is no text.

use crate::action::{Cx, Gives, OpenEnd, Setting, Type, param};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, Word, word};
use crate::record::Reason;
use crate::record::decimal::Decimal;
use crate::record::is_json_number;
use crate::record::value::{Applied, Out, View};

/// Its words.
pub(super) const TYPE: Word = word(
    "type",
    Takes::OneOf(&["boolean", "integer", "number"]),
    "The only kind of value that may leave. A number leaves in plain digits, since digits could travel in how a producer spells it; a text that is wholly a number is taken and stays text.",
);
pub(super) const MIN: Word = word(
    "min",
    Takes::Number,
    "The least number that may leave, itself included.",
);
pub(super) const MAX: Word = word(
    "max",
    Takes::Number,
    "The greatest number that may leave, itself included.",
);
pub(super) const DECIMALS: Word = word(
    "decimals",
    Takes::Integer(0, 18),
    "Most digits behind the point; more are refused, never cut.",
);

/// Digits before or behind the point that are written; a number with more is
/// refused, so that none becomes as long as its exponent says.
const PLACES_MAX: i64 = 64;

/// What may leave.
#[derive(Clone)]
pub(super) enum Typed {
    /// `true` and `false`.
    Boolean,
    /// Numbers within bounds.
    Number(Range),
}

/// Numbers that may leave.
#[derive(Clone)]
pub(super) struct Range {
    min: Option<Decimal>,
    max: Option<Decimal>,
    /// Most digits behind the point; `None`: as many as there are.
    decimals: Option<u8>,
}

/// Reads `type`, `min`, `max` and `decimals`.
pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Typed> {
    let of_numbers = [MIN.name, MAX.name, DECIMALS.name];
    let kind = match mapping.one_of(TYPE.name) {
        Some(kind) => kind,
        None if of_numbers.iter().any(|word| mapping.has(word)) => "number",
        None => return None,
    };
    for other in ["max_chars", "one_of", "matches", "subtree"] {
        for word in [TYPE.name].iter().chain(&of_numbers) {
            param::not_together(mapping, other, word, "they bound values of other kinds");
        }
    }
    if kind == "boolean" {
        for word in of_numbers {
            let why = "a boolean has no bounds";
            param::not_together(mapping, TYPE.name, word, why);
        }
        return Some(Typed::Boolean);
    }
    if kind == "integer" {
        let why = "an integer has no digits behind the point";
        param::not_together(mapping, TYPE.name, DECIMALS.name, why);
    }
    let mut bound = |name| param::decimal(mapping.node(name)?, name, mapping.findings);
    let (min, max) = (bound(MIN.name), bound(MAX.name));
    if let (Some(least), Some(most)) = (&min, &max)
        && least > most
    {
        let span = mapping.place(MAX.name);
        mapping
            .findings
            .error(codes::NOT_ASCENDING, span, "`max` is below `min`")
            .help("exchange them");
    }
    let decimals = mapping
        .integer(DECIMALS.name)
        .and_then(|n| n.try_into().ok());
    Some(Typed::Number(Range {
        min,
        max,
        decimals: decimals.or((kind == "integer").then_some(0)),
    }))
}

impl Typed {
    /// Most bytes that are written: sign, 64 digits, point, 64 more, and quotes.
    pub(super) const MOST: usize = 2 * PLACES_MAX as usize + 4;

    /// The ends that are not written.
    pub(super) fn open_end(&self) -> Option<OpenEnd> {
        let Typed::Number(range) = self else {
            return None;
        };
        let missing = match (&range.min, &range.max) {
            (Some(_), Some(_)) => return None,
            (Some(_), None) => "`max`",
            (None, Some(_)) => "`min`",
            (None, None) => "`min` and `max`",
        };
        Some(OpenEnd::Missing(missing))
    }

    /// As [`Spec::gives`](crate::action::Spec::gives), of what is not null.
    pub(super) fn gives(&self, from: Type) -> Option<Gives> {
        match (self, from) {
            (Typed::Boolean, Type::Bool) => Gives::one(from),
            (Typed::Boolean, _) => None,
            (Typed::Number(range), Type::Integer | Type::Number) => {
                Gives::one(match range.decimals {
                    Some(0) => Type::Integer,
                    _ => from,
                })
            }
            (Typed::Number(_), Type::Text) => Gives::one(from),
            (Typed::Number(_), _) => None,
        }
    }

    /// By word, for comparisons.
    pub(super) fn settings(of: Option<&Typed>) -> [(&'static str, Setting); 4] {
        let range = match of {
            Some(Typed::Number(range)) => Some(range),
            _ => None,
        };
        let kind = of.map(|of| match of {
            Typed::Boolean => "boolean".to_owned(),
            Typed::Number(_) => "number".to_owned(),
        });
        let step = range.and_then(|r| r.decimals);
        [
            ("type", Setting::Only(kind.map(|kind| [kind].into()))),
            ("min", Setting::Floor(range.and_then(|r| r.min))),
            ("max", Setting::Cap(range.and_then(|r| r.max))),
            ("decimals", Setting::Step(step.map(|n| (1, u32::from(n))))),
        ]
    }

    /// In plain words, behind "the value as it is".
    pub(super) fn says(&self) -> String {
        let Typed::Number(range) = self else {
            return ", `true` or `false`".to_owned();
        };
        let mut said = match range.decimals {
            None => ", a number".to_owned(),
            Some(0) => ", a whole number".to_owned(),
            Some(n) => format!(", a number of at most {n} decimals"),
        };
        if let Some(min) = &range.min {
            said.push_str(&format!(", not below {}", param::digits(min)));
        }
        if let Some(max) = &range.max {
            said.push_str(&format!(", not above {}", param::digits(max)));
        }
        said
    }

    /// True for a text that leaves.
    pub(super) fn permits(&self, text: &str) -> bool {
        let Typed::Number(range) = self else {
            return false;
        };
        is_json_number(text) && range.write(Decimal::read(text), &mut String::new()).is_ok()
    }

    /// Writes what may leave of a value other than null.
    pub(super) fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        match (self, view) {
            (Typed::Boolean, View::Bool(_)) => {
                out.copy(view);
                Ok(())
            }
            (Typed::Number(range), View::Number(number)) => {
                let number = Decimal::read(number.text_in(cx.text)?);
                range.write(number, cx.text)?;
                out.number(cx.text);
                Ok(())
            }
            (Typed::Number(range), View::Text(text)) => {
                let text = text.chars_in(cx.text);
                if !is_json_number(text) {
                    return Err(Reason::WrongType);
                }
                let number = Decimal::read(text);
                range.write(number, cx.text)?;
                out.ascii(cx.text.as_bytes());
                Ok(())
            }
            _ => Err(Reason::WrongType),
        }
    }
}

impl Range {
    fn write(&self, number: Option<Decimal>, text: &mut String) -> Applied {
        let number = number.ok_or(Reason::NumberOutOfRange)?;
        let behind = self.decimals.map_or(PLACES_MAX, i64::from);
        let fits = number.magnitude() <= PLACES_MAX && number.exponent() >= -behind;
        let above = self.min.as_ref().is_none_or(|min| *min <= number);
        let below = self.max.as_ref().is_none_or(|max| number <= *max);
        if !(fits && above && below) {
            return Err(Reason::NumberOutOfRange);
        }
        text.clear();
        number.plain_in(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::action::testing::{findings, run};
    use crate::record::Reason;

    #[test]
    fn a_number_leaves_in_plain_digits_within_its_bounds() {
        let price = "{ keep: { type: number, min: 0, max: 100, decimals: 2 } }";
        for (json, written) in [
            ("39.80", "39.8"),
            ("0", "0"),
            ("-0", "0"),
            ("-0.0e5", "0"),
            ("1e2", "100"),
            ("1E-2", "0.01"),
            (r#""007""#, ""),
            (r#""12.50""#, r#""12.5""#),
            ("null", "null"),
            ("100.00", "100"),
        ] {
            let expected = match written {
                "" => Err(Reason::WrongType),
                written => Ok(Some(written.to_owned())),
            };
            assert_eq!(run(price, json), expected, "{json}");
        }
        for json in [
            "100.01",
            "-1",
            "1e3",
            "0.001",
            "1e999999999999999999999",
            "1e-999",
        ] {
            assert_eq!(run(price, json), Err(Reason::NumberOutOfRange), "{json}");
        }
        let long = "1".repeat(1 << 20);
        assert_eq!(run(price, &long), Err(Reason::NumberOutOfRange));
        for json in [
            "true",
            "[1]",
            "{}",
            r#""""#,
            r#"" 1""#,
            r#""1 ""#,
            r#""\u0661""#,
            r#""\ud83d\ude00""#,
            r#""NaN""#,
            r#""0x1F""#,
            r#""\u200f1""#,
        ] {
            let refused = run(price, json);
            assert_eq!(refused, Err(Reason::WrongType), "{json}");
        }
    }

    #[test]
    fn an_exponent_makes_no_number_long() {
        for (json, written) in [("1e63", 64), ("1e-64", 66)] {
            let text = run("{ keep: { type: number } }", json).unwrap().unwrap();
            assert_eq!(text.len(), written, "{text}");
        }
        for json in ["1e64", "1e-65", "1e4111"] {
            let refused = run("{ keep: { type: number } }", json);
            assert_eq!(refused, Err(Reason::NumberOutOfRange), "{json}");
        }
    }

    #[test]
    fn an_integer_is_one_by_value() {
        let count = "{ keep: { type: integer, min: 0, max: 9 } }";
        for (json, written) in [
            ("3", "3"),
            ("3.0", "3"),
            ("30e-1", "3"),
            (r#""3""#, r#""3""#),
        ] {
            assert_eq!(run(count, json), Ok(Some(written.to_owned())), "{json}");
        }
        for json in ["3.5", "10", "-1"] {
            assert_eq!(run(count, json), Err(Reason::NumberOutOfRange), "{json}");
        }
    }

    #[test]
    fn a_boolean_is_no_text_and_no_number() {
        let flag = "{ keep: { type: boolean } }";
        assert_eq!(run(flag, "true"), Ok(Some("true".to_owned())));
        assert_eq!(run(flag, "null"), Ok(Some("null".to_owned())));
        for json in ["1", r#""true""#, "[true]", "{}"] {
            assert_eq!(run(flag, json), Err(Reason::WrongType), "{json}");
        }
    }

    #[test]
    fn bounds_alone_mean_a_number_and_what_contradicts_is_a_finding() {
        assert_eq!(run("{ keep: { max: 5 } }", "5.0"), Ok(Some("5".to_owned())));
        for (policy, found) in [
            ("{ keep: { min: 2, max: 1 } }", "V0305"),
            ("{ keep: { type: boolean, min: 1 } }", "V0302"),
            ("{ keep: { type: integer, decimals: 2 } }", "V0302"),
            ("{ keep: { type: number, max_chars: 3 } }", "V0302"),
            ("{ keep: { one_of: [1], max: 3 } }", "V0302"),
            ("{ keep: { type: integer, subtree: true } }", "V0302"),
            ("{ keep: { type: text } }", "V0004"),
            ("{ keep: { decimals: 19 } }", "V0007"),
        ] {
            assert_eq!(findings(policy), [found], "{policy}");
        }
    }
}
