//! A sample to a policy draft.
//!
//! **In**: the profile of a sample, and what the streams are to be called. **Out**:
//! the text of a policy that a person reads and finishes, and a row for each field.
//! **Promises**: what is not known is commented out, so it is dropped; no value of
//! the sample stands in the draft but the words that name kinds of event; the draft
//! can be read whatever members are called, and its tests pass. **Does not know**:
//! files, keys, how a policy is compiled.

mod consent;
mod event;
mod invented;
mod proposal;
mod subject;
mod text;
mod yaml;

pub use proposal::Proposal;

use crate::sample::Profile;
use proposal::{Act, propose};

/// What the streams are to be called.
#[derive(Clone, Debug)]
pub struct Named {
    /// The policy, `[a-z0-9-]{1,63}`.
    pub policy: String,
    /// The topic that is read, if it is known.
    pub topic: Option<String>,
}

impl Named {
    /// By the name of a file or topic: what a policy cannot be called is left out.
    pub fn after(name: &str) -> Named {
        let kept = name.to_lowercase();
        let kept: String = kept
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let words: Vec<&str> = kept.split('-').filter(|w| !w.is_empty()).collect();
        let mut policy = words.join("-");
        policy.truncate(40);
        let policy = policy.trim_end_matches('-').to_owned();
        Named {
            policy: match policy.is_empty() {
                true => "events".to_owned(),
                false => policy,
            },
            topic: None,
        }
    }
}

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
        if consent.reads(&found.path) {
            continue;
        }
        let proposal = propose(&found);
        bytes += proposal.written.len();
        let fits = fields.len() < FIELDS_MAX && bytes < PATH_BYTES_MAX;
        match fits && proposal.written.len() <= yaml::KEY_CHARS_MAX {
            true => fields.push(proposal),
            false => unlisted += 1,
        }
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

#[cfg(test)]
mod tests;
