//! Which types of record something leaves for, and which entries hold for them.

use crate::policy::check::model::Output;
use crate::policy::selector::TypePattern;

static EVERY: TypePattern = TypePattern::Other;

/// The records that one entry of an output's `types:` takes; without `types:`
/// those of every type.
pub(crate) struct Taken<'p> {
    pattern: &'p TypePattern,
    /// More exact entries of the same output: their records are not taken here.
    others: Vec<&'p TypePattern>,
}

impl<'p> Taken<'p> {
    /// One for each entry of `types:`, in its order; one without `types:`.
    pub(crate) fn by(output: &'p Output) -> Vec<Taken<'p>> {
        let Some(types) = &output.types else {
            return vec![Taken {
                pattern: &EVERY,
                others: Vec::new(),
            }];
        };
        let others = |pattern| types.iter().map(|t| &t.pattern).filter(inside(pattern));
        types
            .iter()
            .map(|t| Taken {
                pattern: &t.pattern,
                others: others(&t.pattern).collect(),
            })
            .collect()
    }

    /// True when an entry of that pattern holds for all of them; `None` is what
    /// stands above all types.
    pub(crate) fn is_covered_by(&self, pattern: Option<&TypePattern>) -> bool {
        covers(pattern, self.pattern)
    }

    /// True when an entry of that pattern holds for some of them, and not for all.
    pub(crate) fn is_divided_by(&self, pattern: &TypePattern) -> bool {
        inside(self.pattern)(&pattern)
            && !self.others.iter().any(|other| covers(Some(other), pattern))
    }

    /// Each kind of record among them that `patterns` tell apart.
    pub(crate) fn kinds<'a>(
        &'a self,
        patterns: impl Iterator<Item = &'a TypePattern>,
    ) -> impl Iterator<Item = &'a TypePattern> {
        std::iter::once(self.pattern).chain(patterns.filter(|p| self.is_divided_by(p)))
    }
}

/// True when every record of type `other` is one of `pattern`.
pub(crate) fn covers(pattern: Option<&TypePattern>, other: &TypePattern) -> bool {
    match (pattern, other) {
        (None | Some(TypePattern::Other), _) => true,
        (
            Some(TypePattern::Prefix(start)),
            TypePattern::Exact(name) | TypePattern::Prefix(name),
        ) => name.starts_with(start),
        (Some(a), b) => a == b,
    }
}

fn inside(outer: &TypePattern) -> impl Fn(&&TypePattern) -> bool {
    move |inner| *inner != outer && covers(Some(outer), inner)
}

/// How exact an entry is, to be compared with others that hold for the same type.
pub(crate) fn exactness(pattern: Option<&TypePattern>) -> (u8, usize) {
    match pattern {
        None => (0, 0),
        Some(TypePattern::Other) => (1, 0),
        Some(TypePattern::Prefix(start)) => (2, start.len()),
        Some(TypePattern::Exact(_)) => (3, 0),
    }
}
