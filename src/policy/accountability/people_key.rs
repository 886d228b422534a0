//! The key by which people are named, in a keyring of its own.

use super::super::check::consent::state::Format;
use super::super::check::model::Checked;
use crate::language::codes;
use crate::language::finding::Findings;

/// Notes that it lies beside others, where this program serves the pages on which people
/// decide.
pub(super) fn check(policy: &Checked, findings: &mut Findings) {
    let state = policy.state.as_ref();
    let ours = state.is_some_and(|state| matches!(state.format, Format::Veil));
    let key = policy
        .rights
        .as_ref()
        .and_then(|rights| rights.key.as_ref());
    let (true, Some(key)) = (ours, key) else {
        return;
    };
    let of = |alias: &str| policy.keys.iter().find(|k| k.alias == alias);
    let Some(people) = of(&key.value).and_then(|k| k.reference.as_ref()) else {
        return;
    };
    let others = policy.keys.iter().filter(|k| k.alias != key.value);
    let mut others = others.filter_map(|k| k.reference.as_ref());
    let Some(other) = others.find(|other| {
        other.value.file == people.value.file && other.value.entry != people.value.entry
    }) else {
        return;
    };
    findings
        .note(
            codes::PEOPLE_KEY_SHARED,
            people.span,
            format!("the keyring of `{}` holds other keys too", key.value),
        )
        .also(other.span, "one of them")
        .why("`veil serve`, which strangers reach, must not hold what makes or undoes a pseudonym: it does not start with this keyring")
        .help("a keyring of its own: `veil keys new --keyring subjects.json subjects`, and name that here; or nothing, where people decide elsewhere alone");
}
