//! What a condition asks of one value: true or false, of every value there is.

use std::cmp::Ordering;

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use crate::action::{Instant, TimeUnit};
use crate::record::Literal;
use crate::record::decimal::Decimal;
use crate::record::value::{Text, View};

/// What is asked of a value. Of what is absent, `null` or of another kind than is
/// asked for it is false; only [`ValueTest::Is`] sees such values.
#[derive(Clone)]
pub(crate) enum ValueTest {
    /// It is one of these.
    OneOf(Choices),
    /// It is of that kind.
    Is(Is),
    /// A number within these bounds, by its value.
    Numbers(Vec<(Side, Decimal)>),
    /// A time within these bounds, written in that unit.
    Times(Vec<(Side, Instant)>, TimeUnit),
    /// A text, all of which the pattern matches.
    Matches(Regex),
    /// The other way round.
    Not(Box<ValueTest>),
}

/// The words of `is:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Is {
    /// It is not there.
    Absent,
    /// It is there, `null` too.
    Present,
    /// `null`.
    Null,
    /// Text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An object.
    Object,
    /// An array.
    Array,
}

/// A bound, and which side of it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Not below.
    Min,
    /// Not above.
    Max,
    /// Greater.
    Above,
    /// Less.
    Below,
}

impl Side {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Side::Min => order.is_ge(),
            Side::Max => order.is_le(),
            Side::Above => order.is_gt(),
            Side::Below => order.is_lt(),
        }
    }
}

/// Scalars to be equal to, by kind.
#[derive(Clone, Default)]
pub(crate) struct Choices {
    /// In order.
    texts: Box<[Box<str>]>,
    numbers: Box<[Decimal]>,
    bools: [bool; 2],
}

impl Choices {
    /// Equal to one of these; numbers by value.
    pub(crate) fn of(literals: &[Literal]) -> Choices {
        let mut choices = Choices::default();
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for literal in literals {
            match literal {
                Literal::Text(text) => texts.push(text.as_str().into()),
                Literal::Number(text) => numbers.extend(Decimal::read(text)),
                Literal::Bool(value) => choices.bools[usize::from(*value)] = true,
            }
        }
        texts.sort_unstable();
        choices.texts = texts.into();
        choices.numbers = numbers.into();
        choices
    }

    fn has(&self, view: View<'_>, scratch: &mut String) -> bool {
        match view {
            View::Bool(value) => self.bools[usize::from(value)],
            View::Text(text) if !self.texts.is_empty() => {
                let text = text.chars_in(scratch);
                match &*self.texts {
                    [one] => **one == *text,
                    several => several.binary_search_by(|t| (**t).cmp(text)).is_ok(),
                }
            }
            View::Number(number) if !self.numbers.is_empty() => {
                let value = number.text_in(scratch).ok().and_then(Decimal::read);
                value.is_some_and(|value| self.numbers.contains(&value))
            }
            _ => false,
        }
    }
}

impl ValueTest {
    /// True when it holds; `None` is a value that is not there.
    pub(crate) fn holds(&self, view: Option<View<'_>>, scratch: &mut String) -> bool {
        match (self, view) {
            (ValueTest::Not(test), view) => !test.holds(view, scratch),
            (ValueTest::Is(is), view) => is.holds(view),
            (_, None) => false,
            (ValueTest::OneOf(choices), Some(view)) => choices.has(view, scratch),
            (ValueTest::Numbers(bounds), Some(View::Number(number))) => {
                let value = number.text_in(scratch).ok().and_then(Decimal::read);
                value.is_some_and(|value| {
                    let mut each = bounds.iter();
                    each.all(|(side, bound)| side.holds(value.cmp(bound)))
                })
            }
            (ValueTest::Times(bounds, unit), Some(view)) => bounds.iter().all(|(side, bound)| {
                let order = bound.compare(view, *unit, scratch);
                order.is_some_and(|order| side.holds(order))
            }),
            (ValueTest::Matches(regex), Some(View::Text(text))) => matches(regex, text, scratch),
            (ValueTest::Numbers(_) | ValueTest::Matches(_), Some(_)) => false,
        }
    }

    /// What it comes to of a value that is not there.
    pub(crate) fn holds_of_nothing(&self) -> bool {
        self.holds(None, &mut String::new())
    }
}

impl Is {
    /// Every one, with its word.
    pub(crate) const ALL: [(&'static str, Is); 8] = [
        ("present", Is::Present),
        ("absent", Is::Absent),
        ("null", Is::Null),
        ("text", Is::Text),
        ("number", Is::Number),
        ("boolean", Is::Boolean),
        ("object", Is::Object),
        ("array", Is::Array),
    ];

    fn holds(self, view: Option<View<'_>>) -> bool {
        let Some(view) = view else {
            return self == Is::Absent;
        };
        match self {
            Is::Absent => false,
            Is::Present => true,
            Is::Null => matches!(view, View::Null),
            Is::Text => matches!(view, View::Text(_)),
            Is::Number => matches!(view, View::Number(_)),
            Is::Boolean => matches!(view, View::Bool(_)),
            Is::Object => matches!(view, View::Whole(whole) if whole.is_object()),
            Is::Array => matches!(view, View::Whole(whole) if !whole.is_object()),
        }
    }
}

/// The pattern is anchored at both ends.
fn matches(regex: &Regex, text: Text<'_>, scratch: &mut String) -> bool {
    regex.is_match(Input::new(text.chars_in(scratch)).anchored(Anchored::Yes))
}

#[cfg(test)]
#[path = "value_test_tests.rs"]
mod tests;
