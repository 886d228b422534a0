//! Codes of values that others than the own house can send.

use super::Use;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Writers};

/// Checks what leaves of what outsiders write, or might.
pub(crate) fn check(policy: &Checked, uses: &[&Use<'_>], findings: &mut Findings) {
    if policy.source.writers == Some(Writers::Own) {
        return;
    }
    let codes = uses
        .iter()
        .copied()
        .filter(|u| u.facts.linkable && !u.facts.per_output);
    let mut codes: Vec<&Use<'_>> = codes.collect();
    codes.sort_by_key(|u| (u.topic(), u.at().start));
    read_off(policy, &codes, findings);
    if policy.source.writers.is_some() {
        codes.retain(|u| !u.facts.read_off);
    }
    codes.dedup_by_key(|u| u.topic());
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
    for u in codes {
        findings
            .warning(
                codes::OUTSIDER_DICTIONARY,
                u.at(),
                format!("outsiders can look up the codes of `{}`", u.topic()),
            )
            .label("a code that stays")
            .why("who sends an event with a value of their choice, and reads the output or asks its reader, has the code of that value")
            .help("`scope: output` or `subject`; or let own services write ids that outsiders cannot choose; or say who is kept from reading it: `dangerously: outsider_dictionary`")
            .output(u.topic());
    }
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
