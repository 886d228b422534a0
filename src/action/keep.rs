//! `keep`: the value leaves as it is, within stated bounds.

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Hir, Look};

mod typed;

use self::typed::Typed;
use super::Cx;
use super::probes::admitted;
use super::{
    Action, ActionDef, Copies, Degree, Example, Facts, Gives, Growth, IsoClass, Kinds, Narrow,
    NotBuilt, Passing, Reveals, Says, Setting, Site, Spec, Type, Types, param,
};
use crate::language::codes;
use crate::language::mapping::Mapping;
use crate::language::shape::{Shape, Takes, word};
use crate::record::Literal;
use crate::record::Reason;
use crate::record::decimal::Decimal;
use crate::record::value::{Applied, Out, TextForm, View};

/// The definition.
pub(crate) const KEEP: ActionDef = ActionDef {
    name: "keep",
    summary: "Lets the value leave as it is, within the bounds that are written.",
    doc: "Takes scalars and arrays of scalars; a value that is an object, or holds one, is refused with `wrong_type` unless `subtree: true` is written: otherwise whatever grows inside tomorrow would leave unnamed. `null` stays `null`. Bounds hold for one scalar, all that are written together: an array under a bound is refused with `wrong_type`, so name its elements with `[*]`. Nothing is cut to fit: text longer than `max_chars` is refused with `too_large`, and a value outside `one_of` or `matches` with `not_foreseen`. A number of `one_of` leaves as the policy spells it, and a text under a bound with those escapes alone that JSON demands, since data could travel in how a producer spells either. With `type` (or `min`, `max`, `decimals`, which mean `type: number`) any other kind is `wrong_type`, a number outside the bounds, with more digits behind the point, or with more than 64 before or behind it is `number_out_of_range`, and what leaves is in plain digits (`39.80` as `39.8`).",
    iso: IsoClass::None,
    leaks: "Everything: the value leaves in clear. A text without bounds carries whatever the producer puts there, also in how it is escaped, and a subtree whatever grows inside it.",
    reversible: "not protected, so nothing to reverse",
    examples: &[
        Example {
            policy: "{ keep: { one_of: [card, invoice] } }",
            input: r#""card""#,
            output: Some(r#""card""#),
        },
        Example {
            policy: r#"{ keep: { matches: "[a-z/-]{1,80}" } }"#,
            input: r#""/pricing""#,
            output: Some(r#""/pricing""#),
        },
        Example {
            policy: "{ keep: { type: number, min: 0, max: 1000, decimals: 2 } }",
            input: "39.80",
            output: Some("39.8"),
        },
        Example {
            policy: "keep",
            input: "39.80",
            output: Some("39.80"),
        },
    ],
    shape: &Shape {
        name: "keep",
        words: &[
            word(
                "max_chars",
                Takes::Integer(1, 1_048_576),
                "Longest text, in Unicode characters after unescaping, and longest number, in characters as written; longer is refused, never cut.",
            ),
            word(
                "one_of",
                Takes::List(&Takes::Scalar),
                "The values that may leave; numbers are compared by value, texts exactly.",
            ),
            word(
                "matches",
                Takes::Prose,
                "A regular expression that the whole text must match; takes text only. Linear time: no look-around, no back-references.",
            ),
            word(
                "subtree",
                Takes::Boolean,
                "Takes arrays and objects whole, whatever grows inside them.",
            )
            .default("false"),
            typed::TYPE,
            typed::MIN,
            typed::MAX,
            typed::DECIMALS,
        ],
    },
    parse,
    bare: Some(|| Box::new(Keep::default())),
};

#[derive(Clone, Default)]
struct Keep {
    max_chars: Option<usize>,
    one_of: Option<Vec<Choice>>,
    matches: Option<Regex>,
    /// As the policy spells it.
    pattern: Option<String>,
    subtree: bool,
    typed: Option<Typed>,
}

#[derive(Clone)]
enum Choice {
    Bool(bool),
    /// By value, and as the policy spells it.
    Number(Decimal, String),
    Text(String),
}

impl Choice {
    /// With its type, so that no two are alike.
    fn said(&self) -> String {
        match self {
            Choice::Bool(value) => format!("{value}"),
            Choice::Number(_, spelled) => format!("number {spelled}"),
            Choice::Text(text) => format!("text {text}"),
        }
    }
}

fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Box<dyn Spec>> {
    let before = mapping.findings.errors();
    let max_chars = mapping
        .integer("max_chars")
        .map(|n| usize::try_from(n).expect("the range of `max_chars` is positive"));
    let one_of = choices(mapping);
    let matches = mapping
        .text("matches")
        .and_then(|pattern| match compile(pattern) {
            Ok(regex) => Some(regex),
            Err(cause) => {
                let span = mapping.place("matches");
                mapping.findings
                    .error(codes::PATTERN, span, format!("`matches` {cause}"))
                    .help("the syntax is that of the regex crate: linear time, no look-around, no back-references");
                None
            }
        });
    let subtree = mapping.boolean("subtree").unwrap_or(false);
    if subtree {
        for bound in ["max_chars", "one_of", "matches"] {
            param::not_together(
                mapping,
                "subtree",
                bound,
                "a bound holds for one scalar; a subtree is taken whole",
            );
        }
    }
    let typed = typed::parse(mapping);
    (mapping.findings.errors() == before).then(|| {
        Box::new(Keep {
            max_chars,
            one_of,
            matches,
            pattern: mapping.text("matches").map(str::to_owned),
            subtree,
            typed,
        }) as Box<dyn Spec>
    })
}

fn choices(mapping: &mut Mapping<'_, '_>) -> Option<Vec<Choice>> {
    let items = param::items(mapping, "one_of")?;
    let mut choices = Vec::with_capacity(items.len());
    for node in items {
        match param::literal(node) {
            Some(Literal::Bool(b)) => choices.push(Choice::Bool(b)),
            Some(Literal::Number(spelled)) => {
                let number = param::decimal(node, "one_of", mapping.findings);
                choices.extend(number.map(|n| Choice::Number(n, spelled)));
            }
            Some(Literal::Text(text)) => choices.push(Choice::Text(text)),
            None => {
                mapping
                    .findings
                    .error(
                        codes::WRONG_KIND,
                        node.span,
                        format!(
                            "`one_of` takes text, numbers and booleans, found {}",
                            node.kind_name()
                        ),
                    )
                    .help("`null` stays `null` without being named");
            }
        }
    }
    Some(choices)
}

/// Anchors are added to the parsed expression, not to its text, so that no
/// pattern can reach outside them.
///
/// # Errors
/// What is wrong with the pattern, to follow its name.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let hir = param::expression(pattern)?;
    let whole = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
    param::regex(&whole)
}

impl Keep {
    fn is_bounded(&self) -> bool {
        self.max_chars.is_some()
            || self.one_of.is_some()
            || self.matches.is_some()
            || self.typed.is_some()
    }

    #[inline]
    fn permits(&self, text: &str) -> Applied {
        if let Some(max) = self.max_chars
            && text.len() > max
            && text.chars().nth(max).is_some()
        {
            return Err(Reason::TooLarge);
        }
        if let Some(choices) = &self.one_of
            && !choices
                .iter()
                .any(|c| matches!(c, Choice::Text(t) if t == text))
        {
            return Err(Reason::NotForeseen);
        }
        if let Some(regex) = &self.matches
            && !regex.is_match(Input::new(text).anchored(Anchored::Yes))
        {
            return Err(Reason::NotForeseen);
        }
        Ok(())
    }

    /// What of the probes a bound of texts lets out.
    fn admits(&self) -> Vec<&'static str> {
        match &self.typed {
            Some(typed) => admitted(|probe| typed.permits(probe)),
            None if self.is_bounded() => admitted(|probe| self.permits(probe).is_ok()),
            None => Vec::new(),
        }
    }

    /// The number's text as it may leave: under `one_of` the policy's own, so
    /// that nothing travels in how a producer spells a listed value.
    fn permitted_number<'a>(&'a self, text: &'a str) -> Result<&'a str, Reason> {
        if self.matches.is_some() {
            return Err(Reason::WrongType);
        }
        if self.max_chars.is_some_and(|max| text.len() > max) {
            return Err(Reason::TooLarge);
        }
        let Some(choices) = &self.one_of else {
            return Ok(text);
        };
        let number = Decimal::read(text).ok_or(Reason::NumberOutOfRange)?;
        let spelled = choices.iter().find_map(|c| match c {
            Choice::Number(n, spelled) if *n == number => Some(spelled.as_str()),
            _ => None,
        });
        spelled.ok_or(Reason::NotForeseen)
    }

    fn permits_bool(&self, value: bool) -> Applied {
        if self.matches.is_some() {
            return Err(Reason::WrongType);
        }
        match &self.one_of {
            Some(choices)
                if !choices
                    .iter()
                    .any(|c| matches!(c, Choice::Bool(b) if *b == value)) =>
            {
                Err(Reason::NotForeseen)
            }
            _ => Ok(()),
        }
    }
}

impl Spec for Keep {
    fn facts(&self) -> Facts {
        Facts {
            clear: true,
            unbounded_text: !self.is_bounded(),
            admits: self.admits(),
            takes_whole: self.subtree,
            open_end: self.typed.as_ref().and_then(Typed::open_end),
            ..Facts::default()
        }
    }

    fn reveals(&self) -> Reveals {
        let degree = match (self.is_bounded(), self.subtree) {
            (true, false) => Degree::Foreseen,
            _ => Degree::Everything,
        };
        let max = self.max_chars.map(|n| n.to_string());
        let choices = |list: &Vec<Choice>| list.iter().map(Choice::said).collect();
        let passing = match (self.is_bounded(), self.subtree) {
            (true, _) => Passing {
                bounded: true,
                ..Passing::some_of(Kinds::Flat)
            },
            (false, false) => Passing::exactly(Kinds::Flat),
            (false, true) => Passing::exactly(Kinds::All),
        };
        let mut reveals = Reveals::of(degree).of_values(passing);
        for (word, setting) in Typed::settings(self.typed.as_ref()) {
            reveals = reveals.with(word, setting);
        }
        reveals
            .with(
                "max_chars",
                Setting::Cap(max.and_then(|n| Decimal::read(&n))),
            )
            .with("one_of", Setting::Only(self.one_of.as_ref().map(choices)))
            .with("matches", Setting::Limit(self.pattern.clone()))
            .with("subtree", Setting::Switch(self.subtree))
    }

    fn grows(&self) -> Growth {
        if self.typed.is_some() {
            // An exponent becomes zeros.
            return Growth::by(Typed::MOST);
        }
        // A number of `one_of` leaves as the policy spells it.
        let spelled = self.one_of.iter().flatten().map(|choice| match choice {
            Choice::Number(_, spelled) => spelled.len(),
            _ => 0,
        });
        Growth::by(spelled.max().unwrap_or(0).saturating_sub(1))
    }

    fn narrow(&self) -> Narrow {
        match &self.typed {
            Some(Typed::Number(_)) => Narrow::no_words(),
            _ => Narrow::default(),
        }
    }

    fn gives(&self, from: Type) -> Option<Gives> {
        let chosen = |is: fn(&Choice) -> bool| match &self.one_of {
            Some(choices) => choices.iter().any(is),
            None => true,
        };
        let bounded = self.is_bounded();
        let numbers = || match (&self.one_of, self.matches.is_some()) {
            (_, true) => None,
            (None, false) => Gives::kept(from),
            (Some(choices), false) => {
                let types = choices.iter().filter_map(|choice| match choice {
                    Choice::Number(number, _) => Some(param::number_type(Some(number))),
                    _ => None,
                });
                let types = types.fold(Types::NONE, Types::with);
                let gives = Gives::always(types).filter(|_| !types.is_empty());
                gives.map(Gives::keeping_type)
            }
        };
        if let Some(typed) = self.typed.as_ref().filter(|_| from != Type::Null) {
            return typed.gives(from).map(Gives::keeping_type);
        }
        match from {
            Type::Null => Gives::kept(from),
            Type::Bool if self.matches.is_some() => None,
            Type::Bool if !chosen(|c| matches!(c, Choice::Bool(_))) => None,
            Type::Integer | Type::Number => numbers(),
            Type::Text if !chosen(|c| matches!(c, Choice::Text(_))) => None,
            Type::Bool | Type::Text => Gives::kept(from),
            Type::ArrayOfObjects | Type::Object if !self.subtree => None,
            _ if bounded => None,
            _ => Gives::kept(from),
        }
    }

    fn says(&self, _domain: &str) -> Says {
        let mut what = "the value as it is".to_owned();
        if self.subtree {
            what.push_str(", with whatever is inside it");
        }
        if let Some(typed) = &self.typed {
            what.push_str(&typed.says());
        }
        if let Some(max) = self.max_chars {
            what.push_str(&format!(", of at most {max} characters"));
        }
        if let Some(pattern) = &self.pattern {
            what.push_str(&format!(", where all of it matches `{pattern}`"));
        }
        let values = self.one_of.as_ref().map(|choices| {
            let values = choices.iter().map(|choice| match choice {
                Choice::Bool(value) => value.to_string(),
                Choice::Number(_, text) | Choice::Text(text) => text.clone(),
            });
            values.collect::<Vec<_>>().join(", ")
        });
        if let Some(values) = &values {
            what.push_str(&format!(", one of: {values}"));
        }
        Says {
            what,
            bins: values,
            ..Says::default()
        }
    }

    fn build(&self, _site: &Site<'_>) -> Result<Box<dyn Action>, NotBuilt> {
        Ok(Box::new(self.clone()))
    }
}

impl Action for Keep {
    fn copies(&self) -> Copies {
        match (self.is_bounded(), self.subtree) {
            (true, _) => Copies::Nothing,
            (false, false) => Copies::Flat,
            (false, true) => Copies::Everything,
        }
    }

    fn apply(&self, view: View<'_>, out: &mut dyn Out, cx: &mut Cx<'_>) -> Applied {
        if let Some(typed) = self.typed.as_ref().filter(|_| !matches!(view, View::Null)) {
            return typed.apply(view, out, cx);
        }
        match view {
            View::Null => {}
            View::Bool(value) => self.permits_bool(value)?,
            View::Number(number) => {
                match number.as_text() {
                    Some(text) => out.number(self.permitted_number(text)?),
                    None if self.is_bounded() => {
                        out.number(self.permitted_number(number.text_in(cx.text)?)?);
                    }
                    None => out.copy(view),
                }
                return Ok(());
            }
            View::Text(text) if self.is_bounded() => {
                let chars = text.chars_in(cx.text);
                self.permits(chars)?;
                // Data could travel in which characters the producer escapes.
                if text.form() == TextForm::JsonEscaped {
                    out.text(chars);
                    return Ok(());
                }
            }
            View::Text(_) => {}
            View::Time(_) | View::Bytes(_) => {
                if self.is_bounded() {
                    return Err(Reason::WrongType);
                }
            }
            View::Whole(whole) => {
                if !self.subtree && (whole.holds_object() || self.is_bounded()) {
                    return Err(Reason::WrongType);
                }
            }
        }
        out.copy(view);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{findings, run};
    use crate::record::Reason;

    #[test]
    fn bare_keep_takes_scalars_and_arrays_of_scalars_byte_for_byte() {
        for json in [
            "null",
            "true",
            "39.80",
            "18446744073709551616",
            r#""a\u0062\n""#,
            r#"[1, "x" ,null]"#,
            "[[1],[2.50]]",
        ] {
            assert_eq!(run("keep", json), Ok(Some(json.to_owned())));
        }
        for json in ["{}", r#"{"a":1}"#, r#"[1,{"a":1}]"#] {
            assert_eq!(run("keep", json), Err(Reason::WrongType));
            assert_eq!(
                run("{ keep: { subtree: true } }", json),
                Ok(Some(json.to_owned()))
            );
        }
    }

    #[test]
    fn max_chars_counts_characters_after_unescaping_and_never_cuts() {
        let three = "{ keep: { max_chars: 3 } }";
        assert!(run(three, r#""äöü""#).is_ok());
        assert!(run(three, r#""\u00e4\ud83d\ude00b""#).is_ok());
        assert_eq!(run(three, r#""abcd""#), Err(Reason::TooLarge));
        assert_eq!(run(three, "1234"), Err(Reason::TooLarge));
        assert!(run(three, "123").is_ok());
        assert!(run(three, "true").is_ok());
        assert!(run(three, "null").is_ok());
        assert_eq!(run(three, r#"["a"]"#), Err(Reason::WrongType));
    }

    #[test]
    fn one_of_compares_by_type_and_value() {
        let policy = r#"{ keep: { one_of: [card, "1", 2.50, true] } }"#;
        for json in [r#""card""#, r#""1""#, "2.50", "true"] {
            assert_eq!(run(policy, json), Ok(Some(json.to_owned())), "{json}");
        }
        // What is listed leaves as the policy spells it: digits could travel in the
        // exponent of a zero, and bits in which characters are escaped.
        for json in [r#""c\u0061rd""#, r#""\u0063\u0061r\u0064""#] {
            assert_eq!(
                run(policy, json),
                Ok(Some(r#""card""#.to_owned())),
                "{json}"
            );
        }
        for json in ["2.5", "25e-1"] {
            assert_eq!(run(policy, json), Ok(Some("2.50".to_owned())), "{json}");
        }
        let zero = "{ keep: { one_of: [0] } }";
        assert_eq!(run(zero, "0e4111111111111111"), Ok(Some("0".to_owned())));
        for json in ["1", r#""2.50""#, "false", r#""Card""#, r#""""#] {
            assert_eq!(run(policy, json), Err(Reason::NotForeseen), "{json}");
        }
        let long = "1".repeat(65);
        assert_eq!(run(policy, &long), Err(Reason::NumberOutOfRange));
    }

    #[test]
    fn a_bounded_text_has_one_spelling() {
        for (policy, json, out) in [
            (
                "{ keep: { max_chars: 9 } }",
                r#""\u0061\/\u00e4\n\u000A""#,
                r#""a/ä\n\n""#,
            ),
            (
                r#"{ keep: { matches: ".*" } }"#,
                r#""\u0022\ud83d\ude00\u0001""#,
                r#""\"😀\u0001""#,
            ),
        ] {
            assert_eq!(run(policy, json), Ok(Some(out.to_owned())), "{json}");
            assert_eq!(run(policy, out), Ok(Some(out.to_owned())), "{json}");
        }
    }

    #[test]
    fn matches_is_about_the_whole_text() {
        let policy = r#"{ keep: { matches: "a|ab" } }"#;
        assert!(run(policy, r#""ab""#).is_ok());
        for json in [r#""abc""#, r#""xa""#, r#""a\n""#, r#""\na""#, r#""""#] {
            assert_eq!(run(policy, json), Err(Reason::NotForeseen), "{json}");
        }
        assert_eq!(run(policy, "1"), Err(Reason::WrongType));
        assert_eq!(run(policy, "true"), Err(Reason::WrongType));
        // Multi-line mode and alternation cannot reach around the anchors.
        for pattern in ["(?m)^a$", "a$|^a"] {
            let policy = format!("{{ keep: {{ matches: '{pattern}' }} }}");
            assert_eq!(
                run(&policy, r#""a\nb""#),
                Err(Reason::NotForeseen),
                "{pattern}"
            );
        }
    }

    #[test]
    fn wrong_parameters_are_findings() {
        assert_eq!(findings("{ keep: { matches: '(' } }"), ["V0303"]);
        assert_eq!(findings("{ keep: { matches: 'a)|(b' } }"), ["V0303"]);
        assert_eq!(findings("{ keep: { matches: '(?=a)' } }"), ["V0303"]);
        assert_eq!(
            findings("{ keep: { matches: '(\\w{1000}){1000}' } }"),
            ["V0303"]
        );
        assert_eq!(
            findings("{ keep: { subtree: true, max_chars: 3 } }"),
            ["V0302"]
        );
        assert_eq!(findings("{ keep: { one_of: [] } }"), ["V0007"]);
        assert_eq!(findings("{ keep: { one_of: [null] } }"), ["V0006"]);
        assert_eq!(findings("{ keep: { max_chars: 0 } }"), ["V0007"]);
    }
}
