//! What a policy says, kept to be compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::difference::NOT_WRITTEN;
use super::keys::{self, KeyInForce};
use crate::keys::{KeyIdentity, KeySource};
use crate::language::finding::{Findings, Span};
use crate::language::report;
use crate::plan::{Format, Plan};
use crate::policy::allowed;
use crate::policy::check::model::{Checked, Spelled, Value};
use crate::policy::compile::Shelf;
use crate::policy::leaving::Leaving;

/// What a policy says, kept so that another can be held against it.
pub struct Said {
    pub(in crate::policy) policy: Checked,
    text: String,
    /// Its folder: key references are compared as they are written.
    base: PathBuf,
    pub(super) keys: Vec<KeyInForce>,
    /// Which key each of its aliases is.
    identities: BTreeMap<String, KeyIdentity>,
    /// SHA-256 of each table that it names.
    pub(super) tables: BTreeMap<String, [u8; 32]>,
    /// What leaves under the schemas that it names.
    leaving: Leaving,
}

impl Said {
    pub(in crate::policy) fn new(
        policy: Checked,
        text: &str,
        base: &Path,
        keys: &dyn KeySource,
        shelf: &Shelf,
        now: Timestamp,
    ) -> Said {
        Said {
            identities: identities(&policy, keys),
            keys: keys::of(&policy, base, keys, now),
            tables: shelf.digests(),
            leaving: Leaving::default(),
            policy,
            text: text.to_owned(),
            base: base.to_owned(),
        }
    }

    /// The same, of which that leaves under the schemas that it names.
    #[must_use]
    pub(in crate::policy) fn with_leaving(self, leaving: Leaving) -> Said {
        Said { leaving, ..self }
    }

    /// The same, of records that are written under that schema in place of the policy's
    /// own: its plan is `plan`.
    ///
    /// # Errors
    /// Why nothing can be made of it: names of the schema, no data.
    pub fn under(self, plan: &Plan, format: &Format) -> Result<Said, String> {
        Ok(self.with_leaving(Leaving::under(plan, format)?))
    }

    pub(in crate::policy) fn leaving(&self) -> &Leaving {
        &self.leaving
    }

    /// The policy's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The versions of its keys, as its keyrings had them.
    pub fn keys(&self) -> &[KeyInForce] {
        &self.keys
    }

    /// True when the check values of its keys are known: whether a key is still the
    /// same can be told.
    pub fn remembers_keys(&self) -> bool {
        self.keys.iter().all(|key| key.checks.is_some())
    }

    /// The tables that it reads, with the SHA-256 of each.
    pub fn tables(&self) -> &BTreeMap<String, [u8; 32]> {
        &self.tables
    }

    /// The same, as if keyrings and tables had been so: as they were when it was
    /// accepted.
    #[must_use]
    pub fn beside(self, keys: Vec<KeyInForce>, tables: BTreeMap<String, [u8; 32]>) -> Said {
        Said {
            keys,
            tables,
            ..self
        }
    }

    /// Leaves out what was found beyond the policy's text and is allowed at `now`.
    pub(crate) fn leave_out_allowed(&self, findings: &mut Findings, now: Timestamp) {
        allowed::apply_to_more(&self.policy, now, findings);
    }

    /// An action as it is written, on one line; of a case of `when` with its condition.
    pub(in crate::policy) fn written(&self, value: &Value) -> String {
        let action = self.at(value.home);
        match &value.guard {
            Some(guard) => format!("{action} {}", report::shown(&guard.says())),
            None => action,
        }
    }

    pub(super) fn at(&self, span: Span) -> String {
        const CHARS_MAX: usize = 160;
        let text = self.text.get(span.start..span.end).unwrap_or_default();
        let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((at, _)) = line.char_indices().nth(CHARS_MAX) {
            line.truncate(at);
            line.push('…');
        }
        report::shown(&line)
    }

    /// Which key the alias stands for.
    pub(in crate::policy) fn identity(&self, alias: &str) -> Option<&KeyIdentity> {
        self.identities.get(alias)
    }

    /// The kind of person that is counted: the first one, where none is named.
    pub(super) fn subject_kind(&self, named: Option<&Spelled>) -> String {
        let first = || self.policy.source.subject.kinds.first();
        named
            .map(|kind| kind.value.clone())
            .or_else(|| Some(first()?.name.to_string()))
            .unwrap_or_default()
    }

    /// Where the key of that name is, as the policy writes it.
    pub(in crate::policy) fn key_ref(&self, alias: &str) -> Option<String> {
        let key = self.policy.keys.iter().find(|k| k.alias == alias)?;
        Some(keys::written(&key.reference.as_ref()?.value, &self.base))
    }

    /// The same, or that there is none.
    pub(super) fn key_written(&self, alias: &str) -> String {
        let reference = self.key_ref(alias);
        reference.unwrap_or_else(|| NOT_WRITTEN.to_owned())
    }
}

fn identities(policy: &Checked, keys: &dyn KeySource) -> BTreeMap<String, KeyIdentity> {
    let named = policy.keys.iter().filter_map(|key| {
        let reference = &key.reference.as_ref()?.value;
        Some((key.alias.to_string(), keys.identity(reference)))
    });
    named.collect()
}
