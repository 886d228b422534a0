//! What becomes of a field when the data that a `when` asks is not there.

use super::Use;
use crate::language::codes;
use crate::language::finding::{Findings, Span};

/// Looks at the cases of each `when`, once where it is written. A case is of a whole
/// field: parts have none.
pub(crate) fn check(uses: &[Use<'_>], findings: &mut Findings) {
    let mut told: Vec<(Span, &str)> = Vec::new();
    for u in uses.iter().filter(|u| u.facts.clear) {
        let Some(guard) = &u.value.guard else {
            continue;
        };
        if guard.of_nothing() != guard.case {
            continue;
        }
        let is_hidden = |other: &&Use<'_>| {
            let mut beside = other.value.guard.iter();
            std::ptr::eq(other.output, u.output)
                && other.path == u.path
                && beside.any(|g| g.is_beside(guard))
                && !other.facts.clear
        };
        let Some(hidden) = uses.iter().find(is_hidden) else {
            continue;
        };
        if told.contains(&(guard.span, u.topic())) {
            continue;
        }
        told.push((guard.span, u.topic()));
        findings
            .warning(
                codes::CLEAR_WHEN_ABSENT,
                u.at(),
                format!("absent data takes this case of `{}`, which leaves in clear", u.path),
            )
            .also(hidden.at(), "another case does not")
            .why("a producer that leaves out what is asked for decides what leaves")
            .help("let the case that may leave in clear ask for a value that is there, and `else` be the one that protects")
            .output(u.topic())
            .field(&u.path);
    }
}
