//! What shows of values that leave hidden: their length, how often each comes.

use super::Use;
use crate::categories;
use crate::language::codes;
use crate::language::finding::Findings;

/// Checks one action at one place.
pub(crate) fn check(u: &Use<'_>, findings: &mut Findings) {
    length_shows(u, findings);
    few_values(u, findings);
}

fn length_shows(u: &Use<'_>, findings: &mut Findings) {
    let Some(fix) = u.facts.length_shows else {
        return;
    };
    // What is sealed is meant to show nothing; of a mask the length may be the point,
    // unless it is that of a name or an address.
    if !u.facts.reversible && !u.is(categories::tells_by_length) {
        return;
    }
    findings
        .warning(
            codes::LENGTH_SHOWS,
            u.at(),
            format!("`{}` is hidden, and how long it is shows", u.path),
        )
        .why("of names and addresses, the length alone tells many persons apart; of a value with few possibilities it can be the value")
        .help(fix)
        .output(u.topic())
        .field(&u.path);
}

fn few_values(u: &Use<'_>, findings: &mut Findings) {
    if !u.facts.joins_records() {
        return;
    }
    let known = &u.known.classes;
    let Some(class) = known.iter().find(|c| categories::takes_few_values(c)) else {
        return;
    };
    let help = match u.facts.reversible {
        true => "`encrypt` without `mode: deterministic`; or a coarser value that may be seen",
        false => "a coarser value that may be seen; or `encrypt`",
    };
    findings
        .warning(
            codes::FEW_VALUES,
            u.at(),
            format!(
                "`{}` is classified {class}, which has few values, and equal ones leave equal",
                u.path
            ),
        )
        .why("how often each code comes tells which value it stands for")
        .help(help)
        .output(u.topic())
        .field(&u.path);
}
