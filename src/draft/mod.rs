//! A sample to a policy draft.
//!
//! **In**: the profile of a sample, or a writer's schema, and what the streams are to be called. **Out**:
//! the text of a policy that a person reads and finishes, and a row for each field.
//! **Promises**: what is not known is commented out, so it is dropped; no value of
//! the sample stands in the draft but the words that name kinds of event; the draft
//! can be read whatever members are called, and its tests pass. **Does not know**:
//! files, keys, how a policy is compiled.

mod consent;
mod event;
mod invented;
mod named;
mod of_schema;
mod proposal;
mod subject;
mod text;
mod yaml;

pub use named::Named;
pub use of_schema::{SchemaDraft, SchemaFiles, of_schema};
pub use proposal::Proposal;
pub(crate) use yaml::{KEY_CHARS_MAX, path};

use crate::record::path::{Selector, Step};
use crate::sample::Profile;
use proposal::{Act, propose};

/// A draft, and what to tell of it.
pub struct Draft {
    /// The policy.
    pub text: String,
    /// Each field of the sample, as far as they are listed.
    pub fields: Vec<Proposal>,
    /// Fields beyond what a person can read.
    pub unlisted: usize,
    /// Keys that the policy names, quarantine last.
    pub keys: Vec<&'static str>,
}

/// Nothing can be proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoDraft {
    /// No record of the sample could be read.
    #[error("no record of the sample could be read")]
    NoRecord,
    /// Nothing in them has a value.
    #[error("the records of the sample hold no value")]
    NoField,
}

/// Most fields that are listed: more is nothing that a person reads.
const FIELDS_MAX: usize = 2_000;
/// Most bytes of all their paths, as written.
const PATH_BYTES_MAX: usize = 150_000;

/// The draft for a sample.
///
/// # Errors
/// [`NoDraft`] when there is nothing to make one from.
pub fn draft(profile: &Profile, named: &Named) -> Result<Draft, NoDraft> {
    if profile.records() == 0 {
        return Err(NoDraft::NoRecord);
    }
    let consent = consent::find(profile);
    let (mut fields, mut unlisted, mut bytes) = (Vec::new(), 0, 0);
    for found in profile.leaves() {
        if consent.reads(&found.path) || is_key_of_a_pair(&found.path) {
            continue;
        }
        let mut proposal = propose(&found);
        if is_of_another_kind_above(profile, &found.path) {
            proposal.lenient();
        }
        bytes += proposal.written.len();
        let fits = fields.len() < FIELDS_MAX && bytes < PATH_BYTES_MAX;
        match fits && proposal.written.len() <= KEY_CHARS_MAX {
            true => fields.push(proposal),
            false => unlisted += 1,
        }
    }
    // Every code of a draft stays the same for as long as its key.
    if fields.iter().any(Proposal::needs_key) {
        fields.iter_mut().for_each(Proposal::without_network);
    }
    if !fields.iter().any(Proposal::leaves) {
        // An output without a field is no output: that there was one may be told.
        let first = fields.iter_mut().find(|f| f.can_be_named());
        first.ok_or(NoDraft::NoField)?.act = Act::presence();
    }
    let mut keys = Vec::new();
    if fields.iter().any(Proposal::needs_key) {
        keys.push("people");
    }
    keys.push("quarantine");
    let text = text::write(profile, named, &fields, unlisted, &consent, &keys);
    Ok(Draft {
        text,
        fields,
        unlisted,
        keys,
    })
}

/// True of the member by which a pair is chosen: it leaves beside what is chosen, as the
/// policy spells it.
fn is_key_of_a_pair(path: &Selector) -> bool {
    match &path.steps[..] {
        [.., Step::Filter(filter), Step::Name(name)] => filter.path == [name.as_str()],
        _ => false,
    }
}

/// True where something on the way to `path` is, in some records, of a kind that it does
/// not go through: what is read below it is refused there.
fn is_of_another_kind_above(profile: &Profile, path: &Selector) -> bool {
    (1..path.steps.len()).any(|len| {
        let above = Selector {
            steps: path.steps[..len].to_vec(),
        };
        let Some(found) = profile.find(&above) else {
            return false;
        };
        let stats = found.stats;
        let others = match path.steps[len].is_element() {
            true => stats.objects(),
            false => stats.arrays(),
        };
        stats.scalars() + others > 0
    })
}

#[cfg(test)]
mod tests;
