//! What decides which code a value gets, as far as a policy and its keyrings tell.

use super::check::model::{Output, Value};
use super::diff::Said;
use super::join_key::JoinKey;
use super::lint::{Use, WrittenTo};
use crate::action::{CodedBy, EpochLength, Facts};

/// Everything that decides which code a value gets: columns of equal ones join.
#[derive(Clone, Debug)]
pub struct JoinsBy {
    /// The word of the action.
    pub(crate) action: &'static str,
    /// The pseudonymisation domain; `None`: the code is the same in all of them.
    pub(crate) domain: Option<String>,
    /// The output, where the code differs from output to output.
    pub(crate) output: Option<String>,
    /// The key, and which of its versions; `None`: it has none, so whoever tries a list
    /// of values has the value.
    pub(crate) key: Option<JoinKey>,
    /// Space, canonicaliser or format, scope, epoch.
    pub(crate) how: CodedBy,
    /// For how long; `None`: for ever.
    pub(crate) lasts: Option<EpochLength>,
    /// The type is part of the value: a number and its text have two codes. Two columns
    /// join all the same, where both hold texts.
    pub by_type: bool,
}

impl PartialEq for JoinsBy {
    fn eq(&self, other: &JoinsBy) -> bool {
        let of = |by: &JoinsBy| (by.action, by.lasts);
        of(self) == of(other)
            && self.domain == other.domain
            && self.output == other.output
            && self.key == other.key
            && self.how == other.how
    }
}

impl Eq for JoinsBy {}

/// Of what leaves in one place, and is the value there.
pub(super) fn joins_by(said: &Said, u: &Use<'_>) -> Option<JoinsBy> {
    let made = code(said, u.output, u.value, &u.facts)?;
    // A key that is another field's code again is made of as many values as it is.
    let is_record = !u.output.key_fields().is_empty();
    let key = u.output.key.as_ref().filter(|_| !is_record);
    let places = key.map_or(0, |key| key.from.len());
    Some(match u.place {
        WrittenTo::Key if places > 1 => made.of_parts(places),
        _ => made,
    })
}

impl JoinsBy {
    /// The same of so many values together: their number is in what is coded, so one of
    /// several values never meets one of a single value.
    fn of_parts(self, parts: usize) -> JoinsBy {
        JoinsBy {
            how: self.how.with("values together", parts.to_string()),
            ..self
        }
    }
}

/// What decides the code that a value gets there; `None`: it gets none, or its key is
/// not known.
pub(super) fn code(said: &Said, output: &Output, value: &Value, facts: &Facts) -> Option<JoinsBy> {
    let how = facts.join_key.clone()?;
    let maker = value.maker();
    let key = match maker.spec.key() {
        None => None,
        Some(key) => {
            let mut named = said.policy.keys.iter().filter(|k| k.alias == key.alias);
            let reference = &named.next()?.reference.as_ref()?.value;
            let (written, identity) = (said.key_ref(key.alias)?, said.identity(key.alias)?);
            let names = (written, reference.to_string());
            let entry = reference.entry.as_str();
            Some(JoinKey::new(names, entry, identity, key.pick))
        }
    };
    // What another tool made, or could, knows nothing of domains.
    let is_everywhere = facts.unkeyed || facts.salted;
    let parts = maker.spec.from().map_or(0, <[_]>::len);
    let code = JoinsBy {
        action: maker.def.name,
        domain: (!is_everywhere).then(|| output.domain.value.clone()),
        output: facts.per_output.then(|| output.topic.value.clone()),
        key,
        how,
        lasts: facts.epochs.as_ref().map(|e| e.length),
        by_type: facts.type_sensitive,
    };
    Some(match parts > 1 {
        true => code.of_parts(parts),
        false => code,
    })
}
