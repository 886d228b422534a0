//! Codes of values that others than the own house can send.

use super::Use;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Writers};

/// Checks what leaves of what outsiders write, or might.
pub(crate) fn check(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    if policy.source.writers == Some(Writers::Own) {
        return;
    }
    made_up(policy, findings);
    let codes = uses.iter().filter(|u| is_looked_up(policy, u));
    let mut codes: Vec<&Use<'_>> = codes.collect();
    codes.sort_by_key(|u| (u.topic(), u.at().start));
    read_off(policy, &codes, findings);
    if policy.source.writers.is_some() {
        codes.retain(|u| !u.facts.read_off);
    }
    let Some(first) = codes.first() else {
        return;
    };
    if policy.source.writers.is_none() {
        findings
            .note(
                codes::OUTSIDER_DICTIONARY,
                first.at(),
                "nothing says who can write an event",
            )
            .label("a code that stays")
            .why("behind a public tracker or a form anybody can send any value, and look up its code in the output")
            .help("`source: { writers: own }` where only own services write; `outsiders` otherwise");
        return;
    }
    // Each of them, so that whoever mends one sees the others too; what a `when` makes in
    // several ways is one.
    codes.dedup_by_key(|u| (u.topic(), u.at()));
    for u in codes {
        findings
            .warning(
                codes::OUTSIDER_DICTIONARY,
                u.at(),
                format!(
                    "outsiders can look up the codes of `{}` in `{}`",
                    u.path,
                    u.topic()
                ),
            )
            .label("a code that stays")
            .why("who sends an event with a value of their choice, and reads the output or asks its reader, has the code of that value")
            .help(match is_subject(policy, u) {
                true => HELP_OF_SUBJECTS,
                false => HELP,
            })
            .output(u.topic())
            .field(&u.path);
    }
}

const HELP: &str = "`pseudonymize: { scope: subject }` with `source.subject`, whose codes are of one person's values only; or `scope: record`; or let own services write ids that outsiders cannot choose (`writers: own`); or say who is kept from reading it: `dangerously: outsider_dictionary`";
const HELP_OF_SUBJECTS: &str = "`pseudonymize: { scope: record }`; or let own services write ids that outsiders cannot choose (`writers: own`); or say who is kept from reading it: `dangerously: outsider_dictionary`";

/// True when whoever sends a value finds the code of that value in the output. In which
/// output a code stands is no hindrance: the event that is sent leaves to the same one.
fn is_looked_up(policy: &Checked, u: &Use<'_>) -> bool {
    // Who sends the name of a person sends the subject as well.
    u.facts.joins_records() || (u.facts.linkable && is_subject(policy, u))
}

/// Classes of so many persons, of whom who sends events can be all but one.
fn made_up(policy: &Checked, findings: &mut Findings) {
    for output in &policy.outputs {
        let Some(held) = output.held.as_ref().filter(|held| held.classes.is_some()) else {
            continue;
        };
        let what = match policy.source.writers {
            Some(_) => "outsiders can make up the persons of a class",
            None => "nothing says who can write an event, and so who can make up persons",
        };
        findings
            .warning(codes::MADE_UP_PERSONS, held.span, what)
            .label("all of these are counted")
            .why("whoever sends events as people of their own making, who look like somebody, fills the class of that person: the one record in it that is not theirs is told, whatever `k`, `l` and `t` are")
            .help("release what own services write of people who signed in (`source: { writers: own }`); or say who is kept from sending or from reading: `dangerously: made_up_persons`")
            .output(&output.topic.value);
    }
}

fn is_subject(policy: &Checked, u: &Use<'_>) -> bool {
    let mut subjects = policy.source.subject.paths();
    subjects.any(|s| u.inputs.contains(&s.value))
}

/// Addresses whose networks stay together are refused where outsiders write: they can
/// be read off one by one, all of them.
fn read_off(policy: &Checked, codes: &[&Use<'_>], findings: &mut Findings) {
    if policy.source.writers != Some(Writers::Outsiders) {
        return;
    }
    for u in codes.iter().filter(|u| u.facts.read_off) {
        findings
            .error(
                codes::OUTSIDER_DICTIONARY,
                u.at(),
                format!("outsiders can read the addresses of `{}` off `{}`", u.path, u.topic()),
            )
            .label("networks stay together")
            .why("some 32 addresses of their choice, sent as events, show every bit of an address that lies near them")
            .help("`generalize: { ipv4: 24, ipv6: 48 }`, or a code without `ip`; or say who is kept from reading it: `dangerously: outsider_dictionary`")
            .output(u.topic())
            .field(&u.path);
    }
}
