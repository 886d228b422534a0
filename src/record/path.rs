//! Paths into a value: what a selector of the policy names.

use super::Literal;
use super::decimal::Decimal;

/// One step of a [`Selector`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The member of that name, compared after unescaping, exactly.
    Name(String),
    /// `*`: any member.
    AnyName,
    /// `[n]`: one element of an array, counted from 0.
    Element(u32),
    /// `[*]`: every element of an array.
    AnyElement,
    /// `[?PATH==LITERAL]`: the elements of an array that hold that.
    Filter(Box<Filter>),
    /// `|json`: what a text holds, read as JSON.
    Json,
}

impl Step {
    /// True of a step into an array.
    pub(crate) const fn is_element(&self) -> bool {
        matches!(self, Step::Element(_) | Step::AnyElement | Step::Filter(_))
    }

    /// True when it leads to whatever `other` leads to.
    pub(crate) fn covers(&self, other: &Step) -> bool {
        match (self, other) {
            (Step::AnyName, Step::Name(_)) | (Step::AnyElement, Step::Element(_)) => true,
            (Step::AnyElement, Step::Filter(_)) => true,
            (Step::Filter(a), Step::Filter(b)) => a.path == b.path && a.is.covers(&b.is),
            (a, b) => a == b,
        }
    }

    /// True when one value can stand where both lead to.
    pub(crate) fn meets(&self, other: &Step) -> bool {
        match (self, other) {
            (Step::Name(a), Step::Name(b)) => a == b,
            (Step::Element(a), Step::Element(b)) => a == b,
            (Step::Filter(a), Step::Filter(b)) => {
                a.path != b.path || a.is.covers(&b.is) || b.is.covers(&a.is)
            }
            (Step::AnyName, b) => matches!(b, Step::Name(_) | Step::AnyName),
            (a, Step::AnyName) => matches!(a, Step::Name(_)),
            (a, b) => a == b || a.is_element() && b.is_element(),
        }
    }

    /// How exact it is beside other steps to one place.
    fn rank(&self) -> (u8, usize) {
        match self {
            Step::Name(_) | Step::Element(_) | Step::Json => (2, 0),
            Step::Filter(filter) => match &filter.is {
                Is::Prefix(start) => (1, start.len()),
                Is::Text(_) | Is::Number(_) | Is::Bool(_) => (1, usize::MAX),
            },
            Step::AnyName | Step::AnyElement => (0, 0),
        }
    }
}

/// What an element must hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Filter {
    /// Names of members, from the element on; never empty.
    pub path: Vec<String>,
    /// What the value there must be.
    pub is: Is,
}

/// What a value must be. Anything else, absent and `null` included, is it not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Is {
    /// That text, character by character.
    Text(String),
    /// A text that starts so.
    Prefix(String),
    /// That number, by value; in its shortest spelling without an exponent.
    Number(String),
    /// That boolean.
    Bool(bool),
}

impl Is {
    /// True when whatever is `other` is this, too.
    fn covers(&self, other: &Is) -> bool {
        match (self, other) {
            (Is::Prefix(start), Is::Text(text) | Is::Prefix(text)) => text.starts_with(&**start),
            (a, b) => a == b,
        }
    }

    /// True of that text, its escapes undone.
    pub fn is_text(&self, characters: &str) -> bool {
        match self {
            Is::Text(text) => text == characters,
            Is::Prefix(start) => characters.starts_with(&**start),
            Is::Number(_) | Is::Bool(_) => false,
        }
    }

    /// True of that number, in JSON's grammar.
    pub fn is_number(&self, spelled: &str) -> bool {
        let Is::Number(number) = self else {
            return false;
        };
        let value = Decimal::read(spelled);
        value.is_some() && value == Decimal::read(number)
    }

    /// True of that boolean.
    pub fn is_bool(&self, value: bool) -> bool {
        *self == Is::Bool(value)
    }

    /// The one value that it is; `None` of a start, which many texts have.
    pub(crate) fn literal(&self) -> Option<Literal> {
        match self {
            Is::Text(text) => Some(Literal::Text(text.clone())),
            Is::Number(text) => Some(Literal::Number(text.clone())),
            Is::Bool(value) => Some(Literal::Bool(*value)),
            Is::Prefix(_) => None,
        }
    }
}

impl std::fmt::Display for Is {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Is::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Is::Prefix(start) => write!(f, "'{}'*", start.replace('\'', "''")),
            Is::Number(text) => f.write_str(text),
            Is::Bool(value) => write!(f, "{value}"),
        }
    }
}

/// As the policy writes it between `[?` and `]`.
impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, name) in self.path.iter().enumerate() {
            let dot = if i > 0 { "." } else { "" };
            write!(f, "{dot}{}", quoted(name, &['='][..]))?;
        }
        write!(f, "=={}", self.is)
    }
}

/// A path into a value, alternatives already written out: `a.(b|c)[*]` is two
/// selectors.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector {
    /// From the top of the value; never empty.
    pub steps: Vec<Step>,
}

impl Selector {
    /// True when no step is `*`, `[*]` or `[?…]`: the selector names one place, and
    /// none in a text.
    pub(crate) fn is_single(&self) -> bool {
        let single = |s: &Step| matches!(s, Step::Name(_) | Step::Element(_));
        self.steps.iter().all(single)
    }

    /// Which of two selectors that match one path is more specific, segment by
    /// segment from the left: name before `*`, `[n]` before `[?…]` before `[*]`, a
    /// literal before a start of it, the longer start before the shorter.
    pub(crate) fn specificity(&self, other: &Selector) -> std::cmp::Ordering {
        let ranks = self.steps.iter().map(Step::rank);
        ranks.cmp(other.steps.iter().map(Step::rank))
    }

    /// True when it leads to what stands at `path`, or to something around it.
    pub(crate) fn covers(&self, path: &Selector) -> bool {
        let mut steps = self.steps.iter().zip(&path.steps);
        self.steps.len() <= path.steps.len() && steps.all(|(a, b)| a.covers(b))
    }

    /// The filters among its steps.
    pub(crate) fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.steps.iter().filter_map(|step| match step {
            Step::Filter(filter) => Some(&**filter),
            _ => None,
        })
    }
}

/// As the policy writes it, names quoted where they must be.
impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            match step {
                Step::Element(n) => write!(f, "[{n}]")?,
                Step::AnyElement => f.write_str("[*]")?,
                Step::Filter(filter) => write!(f, "[?{filter}]")?,
                Step::Json => f.write_str("|json")?,
                Step::AnyName | Step::Name(_) => {
                    if i > 0 {
                        f.write_str(".")?;
                    }
                    match step {
                        Step::Name(name) => f.write_str(&quoted_name(name))?,
                        _ => f.write_str("*")?,
                    }
                }
            }
        }
        Ok(())
    }
}

/// A name as a selector writes it: in `'…'` when it holds a character that
/// means something there, or starts or ends with a space.
pub(crate) fn quoted_name(name: &str) -> std::borrow::Cow<'_, str> {
    quoted(name, &[])
}

fn quoted<'n>(name: &'n str, more: &[char]) -> std::borrow::Cow<'n, str> {
    let plain = !name.is_empty()
        && name.trim() == name
        && !name.contains(['.', '[', ']', '(', ')', '|', '*', '\''])
        && !name.contains(more);
    if plain {
        return name.into();
    }
    format!("'{}'", name.replace('\'', "''")).into()
}
