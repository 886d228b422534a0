//! The classes that a field can be of: a closed list, so that a misspelt class is
//! noticed instead of switching the linter off.

use crate::categories::{all, categories, is_at_or_below};
use crate::language::codes;

/// True when classes of the list stand at or below `prefix`: it cannot hold
/// classes of somebody's own.
pub(crate) fn is_taken(prefix: &str) -> bool {
    all().any(|known| is_at_or_below(known, prefix))
}

/// What to write instead of a class that is not in the list and not below
/// `own`: one that is written almost so, or the one above it.
pub(crate) fn help(class: &str, own: &[&str]) -> String {
    match meant(class).or_else(|| misspelt_prefix(class, own)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => match above(class) {
            Some(above) => format!("the list has `{above}`, which is above it;"),
            None => "docs/reference/policy.md has the list;".to_owned(),
        },
    }
}

/// The class that was meant: the whole of which only the end was written, the
/// only one under the same root that ends so, or one whose every word is near.
fn meant(class: &str) -> Option<String> {
    let part = format!(".{class}");
    let last = class.rsplit_once('.').map(|(_, last)| last);
    let rooted = class.starts_with("user.") || class.starts_with("system.");
    let ends_so =
        |k: &&str| k.ends_with(&part) || (rooted && k.rsplit_once('.').map(|(_, end)| end) == last);
    let mut ending = categories().filter(ends_so);
    if let (Some(one), None) = (ending.next(), ending.next()) {
        return Some(one.to_owned());
    }
    all().find(|k| is_near(class, k)).map(str::to_owned)
}

/// The class below the prefix that was meant.
fn misspelt_prefix(class: &str, own: &[&str]) -> Option<String> {
    own.iter().find_map(|prefix| {
        let words = prefix.split('.').count();
        let (start, rest) = match class.match_indices('.').nth(words - 1) {
            Some((at, _)) => class.split_at(at),
            None => (class, ""),
        };
        is_near(start, prefix).then(|| format!("{prefix}{rest}"))
    })
}

/// Word by word: what two classes have in common must not make up for a word
/// in which they differ.
fn is_near(class: &str, known: &str) -> bool {
    let near = |(a, b): (&str, &str)| a == b || codes::nearest(a, std::iter::once(b)).is_some();
    class.split('.').count() == known.split('.').count()
        && class.split('.').zip(known.split('.')).all(near)
}

/// The closest class of the list above `class`; the roots say too little.
fn above(class: &str) -> Option<&'static str> {
    let above = categories().filter(|k| k.contains('.') && is_at_or_below(class, k));
    above.max_by_key(|k| k.len())
}

#[cfg(test)]
#[path = "taxonomy_tests.rs"]
mod tests;
