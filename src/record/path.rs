//! Paths into a value: what a selector of the policy names.

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
}

/// A path into a value, alternatives already written out: `a.(b|c)[*]` is two
/// selectors.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector {
    /// From the top of the value; never empty.
    pub steps: Vec<Step>,
}

impl Selector {
    /// True when no step is `*` or `[*]`: the selector names one place.
    pub(crate) fn is_single(&self) -> bool {
        !self
            .steps
            .iter()
            .any(|s| matches!(s, Step::AnyName | Step::AnyElement))
    }

    /// Which of two selectors that match one path is more specific, segment by
    /// segment from the left: name before `*`, `[n]` before `[*]`.
    pub(crate) fn specificity(&self, other: &Selector) -> std::cmp::Ordering {
        let rank = |s: &Step| match s {
            Step::Name(_) | Step::Element(_) => 1,
            Step::AnyName | Step::AnyElement => 0,
        };
        self.steps
            .iter()
            .map(rank)
            .cmp(other.steps.iter().map(rank))
    }
}

/// As the policy writes it, names quoted where they must be.
impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            match step {
                Step::Element(n) => write!(f, "[{n}]")?,
                Step::AnyElement => f.write_str("[*]")?,
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
    let plain = !name.is_empty()
        && name.trim() == name
        && !name.contains(['.', '[', ']', '(', ')', '|', '*', '\'']);
    if plain {
        return name.into();
    }
    format!("'{}'", name.replace('\'', "''")).into()
}
