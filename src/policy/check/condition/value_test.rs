//! TEST: what is asked of one value.

use super::super::Cx;
use crate::action::{self, Instant, TimeUnit};
use crate::language::codes;
use crate::language::finding::{Findings, Note, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Node};
use crate::plan::value_test::{Choices, Is, Side, ValueTest};
use crate::policy::grammar;
use crate::record::Literal;
use crate::record::decimal::Decimal;

/// Reads a test, and what it says of a value. `None`: reported.
pub(super) fn value_test(
    node: &Node,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Option<(ValueTest, String)> {
    match &node.kind {
        Kind::Scalar { .. } => one_of(std::slice::from_ref(node), findings),
        Kind::List(items) if items.is_empty() => {
            empty(findings, node.span, "this test").help("name at least one value");
            None
        }
        Kind::List(items) => one_of(items, findings),
        Kind::Map(_) => {
            let mapping = Mapping::open(node, &grammar::VALUE_TEST, findings)?;
            form(mapping, cx)
        }
    }
}

/// Reports a condition that cannot be one.
pub(super) fn bad<'f>(
    findings: &'f mut Findings,
    span: Span,
    message: impl Into<String>,
) -> Note<'f> {
    findings.error(codes::BAD_CONDITION, span, message)
}

/// Reports a list that is written and empty.
pub(super) fn empty<'f>(findings: &'f mut Findings, span: Span, what: &str) -> Note<'f> {
    findings.error(
        codes::OUT_OF_RANGE,
        span,
        format!("{what} is an empty list"),
    )
}

fn one_of(items: &[Node], findings: &mut Findings) -> Option<(ValueTest, String)> {
    let mut literals = Vec::with_capacity(items.len());
    for item in items {
        let literal = action::literal(item);
        let is_readable = match &literal {
            Some(Literal::Number(text)) => Decimal::read(text).is_some(),
            literal => literal.is_some(),
        };
        if let (Some(literal), true) = (literal, is_readable) {
            literals.push(literal);
            continue;
        }
        let message = match item.scalar() {
            Some("null" | "~" | "") => "nothing is equal to `null`".to_owned(),
            Some(_) => "a number of more than 64 digits cannot be compared".to_owned(),
            None => format!(
                "a value is compared with text, a number or a boolean, found {}",
                item.kind_name()
            ),
        };
        bad(findings, item.span, message)
            .help("write `{ is: null }` for `null`, `{ is: absent }` for what is not there, `\"\"` for the empty text");
    }
    if literals.len() < items.len() {
        return None;
    }
    let shown: Vec<String> = literals.iter().map(spelled).collect();
    let says = match &shown[..] {
        [one] => format!("is {one}"),
        several => format!("is one of {}", several.join(", ")),
    };
    Some((ValueTest::OneOf(Choices::of(&literals)), says))
}

/// Text in quotes, so that `"5"` is not 5.
fn spelled(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Number(text) => text.clone(),
        Literal::Text(text) => format!("{text:?}"),
    }
}

const BOUNDS: [(&str, Side, &str, &str); 4] = [
    ("min", Side::Min, "at least", "at or after"),
    ("max", Side::Max, "at most", "at or before"),
    ("above", Side::Above, "above", "after"),
    ("below", Side::Below, "below", "before"),
];

fn form(mut mapping: Mapping<'_, '_>, cx: &Cx<'_>) -> Option<(ValueTest, String)> {
    let is_bounded = BOUNDS.iter().any(|(word, ..)| mapping.has(word));
    let forms = ["is", "matches", "not"].into_iter();
    let forms = forms.filter(|word| mapping.has(word)).count() + usize::from(is_bounded);
    if forms != 1 {
        let span = mapping.span;
        let message = match (forms, mapping.has("unit")) {
            (0, true) => "`unit` says how a time is read, not what is asked of it",
            (0, false) => "this asks nothing",
            _ => "two questions about one value",
        };
        // What is misspelt has its own finding.
        if forms > 0 || mapping.is_empty() || mapping.has("unit") {
            bad(mapping.findings, span, message).help(
                "write one of `{ is: … }`, `{ min: …, max: … }`, `{ matches: … }`, `{ not: … }`; two questions stand under `all:`",
            );
        }
        return None;
    }
    if mapping.has("unit") && !is_bounded {
        let span = mapping.place("unit");
        bad(
            mapping.findings,
            span,
            "`unit` stands beside a bound that is a time",
        )
        .help("remove `unit`");
        return None;
    }
    if is_bounded {
        return bounds(&mut mapping);
    }
    if mapping.has("is") {
        let word = mapping.one_of("is")?;
        let (_, is) = Is::ALL.into_iter().find(|(name, _)| *name == word)?;
        let says = match is {
            Is::Present => "is there",
            Is::Absent => "is not there",
            Is::Null => "is null",
            Is::Text => "is a text",
            Is::Number => "is a number",
            Is::Boolean => "is true or false",
            Is::Object => "is an object",
            Is::Array => "is an array",
        };
        return Some((ValueTest::Is(is), says.to_owned()));
    }
    if mapping.has("matches") {
        let pattern = mapping.text("matches")?;
        return match action::whole_pattern(pattern) {
            Ok(regex) => Some((ValueTest::Matches(regex), format!("matches `{pattern}`"))),
            Err(cause) => {
                let span = mapping.place("matches");
                mapping.findings
                    .error(codes::PATTERN, span, format!("`matches` {cause}"))
                    .help("the syntax is that of the regex crate: linear time, no look-around, no back-references");
                None
            }
        };
    }
    let (test, says) = value_test(mapping.node("not")?, cx, mapping.findings)?;
    Some((ValueTest::Not(Box::new(test)), format!("not: {says}")))
}

fn bounds(mapping: &mut Mapping<'_, '_>) -> Option<(ValueTest, String)> {
    let mut numbers = Vec::new();
    let mut times = Vec::new();
    let mut says = Vec::new();
    let mut whole = true;
    for (word, side, of_number, of_time) in BOUNDS {
        let Some(node) = mapping.node(word) else {
            continue;
        };
        match action::literal(node) {
            Some(Literal::Number(text)) if Decimal::read(&text).is_some() => {
                numbers.extend(Decimal::read(&text).map(|n| (side, n)));
                says.push(format!("{of_number} {text}"));
            }
            Some(Literal::Text(text)) if Instant::read(&text).is_some() => {
                times.extend(Instant::read(&text).map(|t| (side, t)));
                says.push(format!("{of_time} {text}"));
            }
            _ => {
                whole = false;
                bad(
                    mapping.findings,
                    node.span,
                    format!("`{word}` must be a number or a time such as `2026-03-01T00:00:00Z`"),
                )
                .help("numbers have at most 64 digits, times at most 9 behind the second");
            }
        }
    }
    let unit = match mapping.has("unit") {
        true => TimeUnit::of(mapping.one_of("unit")?),
        false => None,
    };
    let (span, at) = (mapping.span, mapping.place("unit"));
    let message = match (numbers.is_empty(), times.is_empty()) {
        _ if !whole => return None,
        (false, false) => Some((span, "one bound is a number and another a time")),
        (false, true) if unit.is_some() => {
            Some((at, "`unit` stands beside a bound that is a time"))
        }
        _ if crossed(&numbers, Decimal::cmp) || crossed(&times, Instant::cmp) => {
            Some((span, "nothing lies within these bounds"))
        }
        _ => None,
    };
    if let Some((span, message)) = message {
        bad(mapping.findings, span, message)
            .help("write two numbers, or two times with the earlier one first");
        return None;
    }
    let says = says.join(" and ");
    Some(match times.is_empty() {
        true => (ValueTest::Numbers(numbers), format!("is a number {says}")),
        false => {
            let in_unit = match unit {
                Some(_) => format!(" (`{}`)", mapping.one_of("unit")?),
                None => String::new(),
            };
            let unit = unit.unwrap_or(TimeUnit::ISO);
            (
                ValueTest::Times(times, unit),
                format!("is a time{in_unit} {says}"),
            )
        }
    })
}

/// True when what must not be below lies above what must not be above.
fn crossed<T>(bounds: &[(Side, T)], order: impl Fn(&T, &T) -> std::cmp::Ordering) -> bool {
    let is_low = |side: Side| matches!(side, Side::Min | Side::Above);
    let lows = bounds.iter().filter(|(side, _)| is_low(*side));
    let mut pairs = lows.flat_map(|low| {
        let highs = bounds.iter().filter(|(side, _)| !is_low(*side));
        highs.map(move |high| (low, high))
    });
    pairs.any(|((low_side, low), (high_side, high))| {
        let both = *low_side == Side::Min && *high_side == Side::Max;
        match order(low, high) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => !both,
            std::cmp::Ordering::Less => false,
        }
    })
}
