//! What actions are said to take and give of types that schemas tell apart, held against what
//! they do with values of each of them.

use super::*;
use crate::action::ACTIONS;
use crate::action::testing::{Bench, build, parse};
use crate::action::types_tests::MORE;
use crate::language::finding::Findings;
use crate::record::decimal::Decimal;
use crate::record::number::Number;
use crate::record::time::{Precision, Time};
use crate::record::types::Type as Exact;
use crate::record::value::{Out, Target, Text, TextForm, View};

/// A value, owned.
#[derive(Debug)]
enum Value {
    Bool(bool),
    Integer(i64),
    Single(f32),
    Double(f64),
    Decimal([u8; 8], u32),
    Word(&'static str),
    Uuid([u8; 16]),
    Bytes(&'static [u8]),
    Time(i64, TimeKind),
}

impl Value {
    fn view(&self) -> View<'_> {
        match self {
            Value::Bool(value) => View::Bool(*value),
            Value::Integer(value) => View::Number(Number::of_integer(*value)),
            Value::Single(value) => View::Number(Number::of_single(*value)),
            Value::Double(value) => View::Number(Number::of_double(*value)),
            Value::Decimal(unscaled, scale) => View::Number(Number::of_decimal(unscaled, *scale)),
            Value::Word(word) => View::Text(Text::new(word, TextForm::Plain)),
            Value::Uuid(bytes) => View::Text(Text::of_uuid(bytes)),
            Value::Bytes(bytes) => View::Bytes(bytes),
            Value::Time(seconds, kind) => View::Time(Time {
                seconds: *seconds,
                nanos: 0,
                kind: *kind,
            }),
        }
    }
}

const INTEGERS: &[i64] = &[
    0,
    1,
    2,
    5,
    7,
    18,
    41,
    -3,
    1_000,
    1_234_567,
    10_115,
    20_260_301,
    301_234_567,
    1_772_361_727,
];

/// Values of that type, of each kind that an action may be made for.
fn values(ty: Exact) -> Vec<Value> {
    let words = [
        "card", "a", "x1", "unknown", "_b", "ABC", "q", "DE", "page", "A1B2C3",
    ];
    match ty {
        Exact::Bool => vec![Value::Bool(true), Value::Bool(false)],
        Exact::Int => INTEGERS.iter().copied().map(Value::Integer).collect(),
        Exact::Long => {
            let more = [1_772_361_727_000, 4_915_123_456_789, 4_111_111_111_111_111];
            let all = INTEGERS.iter().copied().chain(more);
            all.map(Value::Integer).collect()
        }
        Exact::Float => {
            let all = INTEGERS.iter().map(|n| Value::Single(*n as f32));
            all.chain([1.5, 39.75, -0.25].map(Value::Single)).collect()
        }
        Exact::Double => {
            let all = INTEGERS.iter().map(|n| Value::Double(*n as f64));
            all.chain([1.5, 39.75, -0.25].map(Value::Double)).collect()
        }
        Exact::Decimal { scale, .. } => {
            let whole = INTEGERS.iter().filter(|n| **n < 2_000_000);
            let unit = 10_i64.pow(scale);
            let all = whole.map(|n| n * unit).chain([150, 3_975, 7]);
            all.map(|n| Value::Decimal(n.to_be_bytes(), scale))
                .collect()
        }
        Exact::Symbol => words.into_iter().map(Value::Word).collect(),
        Exact::Uuid => {
            let texts = ["0191f0a0-0000-7000-8000-00000000a001"].map(Value::Word);
            let bytes = [Value::Uuid([0; 16]), Value::Uuid([0xab; 16])];
            texts.into_iter().chain(bytes).collect()
        }
        Exact::Bytes => vec![
            Value::Bytes(b""),
            Value::Bytes(b"abc"),
            Value::Bytes(&[0xff, 0]),
        ],
        Exact::Time(kind) => {
            let all = [0, 3_600, 86_399].map(|seconds| match kind {
                TimeKind::Date => Value::Time(seconds * 24 / 86_400 * 86_400, kind),
                _ => Value::Time(seconds, kind),
            });
            all.into()
        }
        _ => Vec::new(),
    }
}

const TYPES: &[Exact] = &[
    Exact::Bool,
    Exact::Int,
    Exact::Long,
    Exact::Float,
    Exact::Double,
    Exact::Decimal {
        precision: 9,
        scale: 2,
    },
    Exact::Decimal {
        precision: 18,
        scale: 0,
    },
    Exact::Symbol,
    Exact::Uuid,
    Exact::Bytes,
    Exact::Time(TimeKind::Date),
    Exact::Time(TimeKind::OfDay(Precision::Micro)),
    Exact::Time(TimeKind::Instant(Precision::Milli)),
    Exact::Time(TimeKind::Local(Precision::Nano)),
];

/// What was written.
#[derive(Debug)]
enum Wrote {
    Null,
    Bool,
    Number(String),
    Text,
    Time(TimeKind),
    Bytes,
}

#[derive(Default)]
struct Told(Vec<Wrote>);

impl Out for Told {
    fn null(&mut self) {
        self.0.push(Wrote::Null);
    }

    fn bool(&mut self, _: bool) {
        self.0.push(Wrote::Bool);
    }

    fn number(&mut self, text: &str) {
        self.0.push(Wrote::Number(text.to_owned()));
    }

    fn text(&mut self, _: &str) {
        self.0.push(Wrote::Text);
    }

    fn ascii(&mut self, _: &[u8]) {
        self.0.push(Wrote::Text);
    }

    fn time(&mut self, time: Time) {
        self.0.push(Wrote::Time(time.kind));
    }

    fn bytes(&mut self, _: &[u8]) {
        self.0.push(Wrote::Bytes);
    }

    fn copy(&mut self, view: View<'_>) {
        match view {
            View::Null => self.null(),
            View::Bool(value) => self.bool(value),
            View::Number(number) => {
                let mut scratch = String::new();
                self.number(number.text_in(&mut scratch).expect("a number"));
            }
            View::Text(_) => self.text(""),
            View::Time(time) => self.time(time),
            View::Bytes(bytes) => self.bytes(bytes),
            View::Whole(_) => unreachable!("none is given"),
        }
    }

    fn reserve_text(&mut self, len: usize) -> Target {
        self.0.push(Wrote::Text);
        let len = u32::try_from(len).expect("a short text");
        Target { at: 0, len }
    }
}

/// True when a value of that type can hold what was written.
fn holds(ty: Exact, wrote: &Wrote) -> bool {
    let number = |text: &str| Decimal::read(text).expect("a number of few digits");
    let is_whole = |text: &str, scale: i64| {
        let number = number(text);
        number.is_zero() || number.exponent() >= -scale
    };
    let is_within = |text: &str, least: i64, most: i64| {
        let of = |n: i64| number(&n.to_string());
        is_whole(text, 0) && (of(least)..=of(most)).contains(&number(text))
    };
    match (ty, wrote) {
        (Exact::Int, Wrote::Number(text)) => is_within(text, i32::MIN.into(), i32::MAX.into()),
        (Exact::Long, Wrote::Number(text)) => is_within(text, i64::MIN, i64::MAX),
        (Exact::Float | Exact::Double, Wrote::Number(_)) => true,
        (Exact::Decimal { precision, scale }, Wrote::Number(text)) => {
            let digits = i64::from(precision - scale);
            is_whole(text, scale.into()) && number(text).magnitude() <= digits
        }
        (Exact::Text | Exact::Symbol | Exact::Uuid, Wrote::Text) => true,
        (Exact::Bool, Wrote::Bool) | (Exact::Bytes, Wrote::Bytes) => true,
        (Exact::Time(of), Wrote::Time(kind)) => of == *kind,
        (Exact::Null, Wrote::Null) => true,
        _ => false,
    }
}

fn is_given(ty: Exact, given: Given, wrote: &Wrote) -> bool {
    match given {
        Given::Same => holds(ty, wrote),
        Given::Null => holds(Exact::Null, wrote),
        Given::Bool => holds(Exact::Bool, wrote),
        Given::Int => holds(Exact::Int, wrote),
        Given::Long => holds(Exact::Long, wrote),
        Given::Double => holds(Exact::Double, wrote),
        Given::Text => holds(Exact::Text, wrote),
    }
}

/// Where a schema is refused although values would be taken: what leaves would be of another
/// type than what came, a number is none to know something by, or the words of a list and the
/// digits of a UUID are taken for something that they are not.
fn is_stricter(why: NotTaken, ty: Exact) -> bool {
    match why {
        NotTaken::Numbers | NotTaken::Unit => true,
        NotTaken::Type => matches!(
            ty,
            Exact::Float | Exact::Double | Exact::Symbol | Exact::Uuid
        ),
    }
}

/// True where it is the value that decides, not its type: what is listed, or how long it is.
fn is_of_values(policy: &str) -> bool {
    [
        "one_of",
        "hierarchy",
        "max_chars",
        "tokenize",
        "unit: basic",
    ]
    .iter()
    .any(|word| policy.contains(word))
}

#[test]
fn of_every_type_of_a_schema_an_action_takes_and_writes_what_it_says() {
    let examples = ACTIONS
        .iter()
        .flat_map(|def| def.examples.iter().map(|e| e.policy));
    let (mut wrong, mut taken) = (Vec::new(), 0);
    for policy in examples.chain(MORE.iter().copied()) {
        let spec = parse(policy, &mut Findings::default()).expect("it is a field value");
        let action = build(policy);
        if action.quasi().is_some() {
            continue;
        }
        let makes = Makes::of("test", Arc::default(), &*spec);
        let mut bench = Bench::default();
        for ty in TYPES.iter().copied() {
            let gives = makes.gives(ty);
            let mut takes_some = false;
            for value in values(ty) {
                let mut told = Told::default();
                if bench
                    .apply_to(action.as_ref(), value.view(), &mut told)
                    .is_err()
                {
                    continue;
                }
                takes_some = true;
                let is_right = match (&gives, &told.0[..]) {
                    (Err(why), _) => is_stricter(*why, ty),
                    (Ok(gives), [one]) => gives.each().any(|given| is_given(ty, given, one)),
                    (Ok(gives), []) => gives.may_be_absent,
                    _ => false,
                };
                if !is_right {
                    wrong.push(format!(
                        "{policy} of {ty}, {value:?}: {told:?}, {gives:?}",
                        told = told.0
                    ));
                }
            }
            taken += usize::from(takes_some);
            if gives.is_ok() && !takes_some && !is_of_values(policy) {
                wrong.push(format!("{policy} takes nothing of {ty}, and says it does"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(taken > 400, "{taken} taken");
}
