//! Types of record become columns: which entry of `types:` applies to which.

use std::collections::HashMap;

use crate::plan::TypeIndex;
use crate::policy::check::model::Output as Said;
use crate::policy::selector::TypePattern;

/// The columns of a policy, exact types first, then `…/*`, then all others.
pub(crate) struct Columns {
    /// Finds the column of a record.
    pub(crate) index: TypeIndex,
    /// What each column stands for.
    patterns: Vec<TypePattern>,
}

impl Columns {
    /// Every type that some output names, and one column for all others.
    pub(crate) fn of(outputs: &[Said]) -> Columns {
        let named = outputs.iter().filter_map(|o| o.types.as_ref()).flatten();
        let mut patterns: Vec<TypePattern> = named
            .map(|t| t.pattern.clone())
            .filter(|p| *p != TypePattern::Other)
            .collect();
        patterns.sort();
        patterns.dedup();
        patterns.push(TypePattern::Other);
        let number = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        let mut exact = HashMap::new();
        let mut prefixes: Vec<(Box<str>, u16)> = Vec::new();
        for (at, pattern) in patterns.iter().enumerate() {
            match pattern {
                TypePattern::Exact(name) => drop(exact.insert(name.as_str().into(), number(at))),
                TypePattern::Prefix(start) => prefixes.push((start.as_str().into(), number(at))),
                TypePattern::Other => {}
            }
        }
        prefixes.sort_by_key(|(start, _)| std::cmp::Reverse(start.len()));
        Columns {
            index: TypeIndex {
                exact,
                prefixes,
                other: number(patterns.len() - 1),
                columns: number(patterns.len()),
            },
            patterns,
        }
    }

    /// For each column: `None` when the output does not take that type, else
    /// the entry of its `types:` that applies, if it has any.
    pub(crate) fn of_output(&self, said: &Said) -> Vec<Option<Option<usize>>> {
        let Some(types) = &said.types else {
            return vec![Some(None); self.patterns.len()];
        };
        let entries: HashMap<&TypePattern, usize> =
            (0..).zip(types).map(|(at, t)| (&t.pattern, at)).collect();
        let find = |wanted: &TypePattern| entries.get(wanted).copied();
        let by_prefix = |name: &str| {
            types
                .iter()
                .enumerate()
                .filter_map(|(at, t)| match &t.pattern {
                    TypePattern::Prefix(start) if name.starts_with(start) => {
                        Some((start.len(), at))
                    }
                    _ => None,
                })
                .max()
                .map(|(_, at)| at)
        };
        self.patterns
            .iter()
            .map(|pattern| {
                let exact = find(pattern);
                let prefix = match pattern {
                    TypePattern::Exact(name) | TypePattern::Prefix(name) => by_prefix(name),
                    TypePattern::Other => None,
                };
                exact
                    .or(prefix)
                    .or_else(|| find(&TypePattern::Other))
                    .map(Some)
            })
            .collect()
    }
}
