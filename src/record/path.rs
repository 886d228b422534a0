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
    /// `**`: any number of members and elements inside each other, none too.
    AnyDepth,
    /// `[n]`: one element of an array, counted from 0.
    Element(u32),
    /// `[*]`: every element of an array.
    AnyElement,
    /// `[?PATH==LITERAL]`: the elements of an array that hold that.
    Filter(Box<Filter>),
    /// `|json`: what a text holds, read as JSON.
    Json,
    /// `.`: the value itself, of records whose value has no parts; always alone.
    Itself,
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

    /// True when it copies the names of members, whatever they are.
    pub(crate) const fn is_star(&self) -> bool {
        matches!(self, Step::AnyName | Step::AnyDepth)
    }

    /// True when it is one of the members and elements that `**` stands for.
    const fn is_in_depth(&self) -> bool {
        !matches!(self, Step::Json | Step::Itself)
    }

    /// How exact it is beside other steps to one place.
    fn rank(&self) -> (u8, usize) {
        match self {
            Step::Name(_) | Step::Element(_) | Step::Json | Step::Itself => (3, 0),
            Step::Filter(filter) => match &filter.is {
                Is::Prefix(start) => (2, start.len()),
                Is::Text(_) | Is::Number(_) | Is::Bool(_) => (2, usize::MAX),
            },
            Step::AnyName | Step::AnyElement => (1, 0),
            Step::AnyDepth => (0, 0),
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
    /// The path of a value that has no parts: `.`.
    pub fn itself() -> Selector {
        Selector {
            steps: vec![Step::Itself],
        }
    }

    /// True of that path.
    pub(crate) fn is_itself(&self) -> bool {
        self.steps == [Step::Itself]
    }

    /// True when no step is `*`, `[*]` or `[?…]`: the selector names one place, and
    /// none in a text.
    pub(crate) fn is_single(&self) -> bool {
        let single = |s: &Step| matches!(s, Step::Name(_) | Step::Element(_) | Step::Itself);
        self.steps.iter().all(single)
    }

    /// True for a path that may be read by itself: of one place, or of the elements that
    /// hold one literal, also in texts.
    pub(crate) fn is_read(&self) -> bool {
        let is_one = |s: &Step| match s {
            Step::Name(_) | Step::Element(_) | Step::Json | Step::Itself => true,
            Step::Filter(filter) => !matches!(filter.is, Is::Prefix(_)),
            Step::AnyName | Step::AnyDepth | Step::AnyElement => false,
        };
        self.steps.iter().all(is_one)
    }

    /// Which of two selectors that match one path is more specific, segment by
    /// segment from the left: name before `*` before `**`, `[n]` before `[?…]` before
    /// `[*]`, a literal before a start of it, the longer start before the shorter; and
    /// what says more behind a `**` before what says less.
    pub(crate) fn specificity(&self, other: &Selector) -> std::cmp::Ordering {
        let ranks = self.steps.iter().map(Step::rank);
        ranks.cmp(other.steps.iter().map(Step::rank))
    }

    /// True when it leads to what stands at `path`, or to something around it.
    pub(crate) fn covers(&self, path: &Selector) -> bool {
        covers(&self.steps, &path.steps)
    }

    /// True when it leads to whatever stands at `path`, and not only to what is around.
    pub fn leads_to(&self, path: &Selector) -> bool {
        leads(&self.steps, &path.steps, Step::covers, Ends::Together)
    }

    /// True when one of both can lead to the other, or to something inside of it.
    pub(crate) fn meets(&self, other: &Selector) -> bool {
        meet(&self.steps, &other.steps, [true, true])
    }

    /// True when `other` can lead to where this leads, or to something inside of it.
    pub(crate) fn reaches(&self, other: &Selector) -> bool {
        meet(&self.steps, &other.steps, [true, false])
    }

    /// True when it has a step that copies the names of members.
    pub(crate) fn is_starred(&self) -> bool {
        self.steps.iter().any(Step::is_star)
    }

    /// Where its `**` stands, if it has one.
    pub(crate) fn any_depth(&self) -> Option<usize> {
        self.steps.iter().position(|s| *s == Step::AnyDepth)
    }

    /// The filters among its steps.
    pub(crate) fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.steps.iter().filter_map(|step| match step {
            Step::Filter(filter) => Some(&**filter),
            _ => None,
        })
    }
}

/// Where the outer one of two paths may end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Where the inner one does, or above.
    Above,
    /// Where the inner one does.
    Together,
}

/// True when the first path leads to whatever the second one does, or to something
/// around it.
pub(crate) fn covers(outer: &[Step], inner: &[Step]) -> bool {
    leads(outer, inner, Step::covers, Ends::Above)
}

/// True when the first path leads to where the second one does, `same` telling single
/// steps alike.
pub fn leads(
    outer: &[Step],
    inner: &[Step],
    same: impl Fn(&Step, &Step) -> bool + Copy,
    ends: Ends,
) -> bool {
    match (outer, inner) {
        ([], rest) => rest.is_empty() || ends == Ends::Above,
        ([Step::AnyDepth, behind @ ..], rest) => {
            let goes_on = |(next, rest): (&Step, &[Step])| {
                next.is_in_depth() && leads(outer, rest, same, ends)
            };
            leads(behind, rest, same, ends) || rest.split_first().is_some_and(goes_on)
        }
        ([_, ..], []) => false,
        ([a, outer @ ..], [b, inner @ ..]) => same(a, b) && leads(outer, inner, same, ends),
    }
}

/// What is left of a path behind the place that `path` leads to, `same` telling single
/// steps alike: nothing where it ends there, several where a `**` may end or go on, and
/// none where it leads elsewhere.
pub fn rests<'s>(
    steps: &'s [Step],
    path: &[Step],
    same: impl Fn(&Step, &Step) -> bool + Copy,
) -> Vec<&'s [Step]> {
    let mut found = Vec::new();
    add_rests(steps, path, same, &mut found);
    found
}

fn add_rests<'s>(
    steps: &'s [Step],
    path: &[Step],
    same: impl Fn(&Step, &Step) -> bool + Copy,
    found: &mut Vec<&'s [Step]>,
) {
    match (steps, path) {
        ([Step::AnyDepth, behind @ ..], _) => {
            add_rests(behind, path, same, found);
            match path {
                [] => found.push(steps),
                [next, path @ ..] if next.is_in_depth() => add_rests(steps, path, same, found),
                _ => {}
            }
        }
        (_, []) => found.push(steps),
        ([a, steps @ ..], [b, path @ ..]) if same(a, b) => add_rests(steps, path, same, found),
        _ => {}
    }
}

/// True when both can lead to one place; `may_end`: or the first, the second, to
/// something around where the other leads.
fn meet(a: &[Step], b: &[Step], may_end: [bool; 2]) -> bool {
    let one = |long: &[Step], other: &[Step], turned: bool| {
        let both = |x: &[Step], y: &[Step]| match turned {
            false => meet(x, y, may_end),
            true => meet(y, x, may_end),
        };
        let inside = |(next, rest): (&Step, &[Step])| next.is_in_depth() && both(long, rest);
        both(&long[1..], other) || other.split_first().is_some_and(inside)
    };
    match (a, b) {
        ([], []) => true,
        ([Step::AnyDepth, ..], _) => one(a, b, false),
        (_, [Step::AnyDepth, ..]) => one(b, a, true),
        ([], _) => may_end[0],
        (_, []) => may_end[1],
        ([x, a @ ..], [y, b @ ..]) => x.meets(y) && meet(a, b, may_end),
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
                Step::Itself => f.write_str(".")?,
                Step::AnyName | Step::AnyDepth | Step::Name(_) => {
                    if i > 0 {
                        f.write_str(".")?;
                    }
                    match step {
                        Step::Name(name) => f.write_str(&quoted_name(name))?,
                        Step::AnyDepth => f.write_str("**")?,
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

/// A step that a later version has: as a name it stands in quotes.
pub(crate) const RESERVED: &str = "@case";

fn quoted<'n>(name: &'n str, more: &[char]) -> std::borrow::Cow<'n, str> {
    let plain = !name.is_empty()
        && name.trim() == name
        && name != RESERVED
        && !name.contains(['.', '[', ']', '(', ')', '|', '*', '\''])
        && !name.contains(more);
    if plain {
        return name.into();
    }
    format!("'{}'", name.replace('\'', "''")).into()
}
