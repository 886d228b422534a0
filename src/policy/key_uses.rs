//! Which field of which output takes which key: read from the policy alone, no
//! keyring is opened.

use super::check::model::{Checked, Field, KeyMake, Output, STATE_ALIAS, Value};
use super::compile::{below, site_path};
use super::entry::{self, PolicyFile};
use crate::action::{ACTIONS, Epochs, Sealed, Spec};
use crate::keys::{KeyRef, Pick};
use crate::language::finding::Findings;
use crate::plan::PolicyDigest;
use crate::record::path::Step;

/// The keys of a policy and what it does with them.
pub struct KeyUses {
    /// `metadata.name`.
    pub policy: String,
    /// Of the policy text.
    pub digest: PolicyDigest,
    /// In the order of outputs, names of people and the quarantine last. A field that several types of
    /// record write stands once for each.
    pub uses: Vec<KeyUse>,
}

/// One field that is made with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The key.
    pub key: KeyRef,
    /// Which of its versions.
    pub pick: Pick,
    /// Topic of the output, of the quarantine, or of people's decisions; empty where
    /// these are kept nowhere.
    pub topic: String,
    /// What the key makes there.
    pub place: KeyPlace,
    /// What its envelopes are opened by, if it makes envelopes.
    pub sealed: Option<Sealed>,
    /// The epochs with which its codes change, if they do.
    pub epochs: Option<Epochs>,
}

/// What a key makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// A field of an output.
    Field {
        /// Its output path as in the policy (`key`, `header.NAME` for those).
        path: String,
        /// The action's word.
        action: &'static str,
    },
    /// Names of people where their consent is kept.
    People,
    /// Whom outputs released, or counted, and names of these people.
    State,
    /// The quarantine.
    Quarantine {
        /// How long the policy says that it is kept, in milliseconds.
        retention_ms: Option<i64>,
    },
}

/// Reads them. The policy need not be one that can be carried out, as far as its
/// keys go: a destroyed one is found here too.
///
/// # Errors
/// What is wrong with the policy's text.
pub fn key_uses(file: &PolicyFile) -> Result<KeyUses, Findings> {
    let (checked, mut findings, digest) = entry::read(file, ACTIONS);
    let Some(policy) = checked.filter(|_| !findings.has_errors()) else {
        findings.finish();
        return Err(findings);
    };
    let mut reader = Reader {
        policy: &policy,
        uses: Vec::new(),
    };
    for output in &policy.outputs {
        reader.output(output);
    }
    reader.people();
    reader.state();
    reader.quarantine();
    Ok(KeyUses {
        policy: policy.name.clone(),
        digest,
        uses: reader.uses,
    })
}

struct Reader<'p> {
    policy: &'p Checked,
    uses: Vec<KeyUse>,
}

impl Reader<'_> {
    fn output(&mut self, output: &Output) {
        let types = output.types.iter().flatten();
        for fields in std::iter::once(&output.fields).chain(types.map(|t| &t.fields)) {
            self.fields(output, fields, &[]);
        }
        match output.key.as_ref().map(|key| &key.make) {
            Some(KeyMake::Action(value)) => self.value(output, value, "key"),
            Some(KeyMake::Like(path)) => {
                let mut writes = output
                    .fields
                    .iter()
                    .flat_map(|f| f.writes.iter().map(move |w| (f, w)));
                let like = writes.find(|(f, w)| f.output_path(w) == path.value);
                if let Some((_, write)) = like {
                    self.value(output, &write.value, "key");
                }
            }
            Some(KeyMake::Fields(fields)) => {
                let key = Step::Name("key".to_owned());
                self.fields(output, fields, &[key]);
            }
            None => {}
        }
        for header in &output.headers {
            self.value(output, &header.value, &format!("header.{}", header.name));
        }
        let counts = output.counts.as_ref();
        if let Some(key) = counts.and_then(|counts| self.reference(&counts.key.value)) {
            self.uses.push(KeyUse {
                key,
                pick: Pick::First,
                topic: output.topic.value.clone(),
                place: KeyPlace::Field {
                    path: "value".to_owned(),
                    action: "aggregate",
                },
                sealed: None,
                epochs: None,
            });
        }
    }

    fn fields(&mut self, output: &Output, fields: &[Field], above: &[Step]) {
        for (field, write) in fields
            .iter()
            .flat_map(|f| f.writes.iter().map(move |w| (f, w)))
        {
            let path = below(above, &field.output_path(write));
            self.value(output, &write.value, &site_path(&path));
            if let Some(body) = &write.value.body {
                self.fields(output, &body.fields, &path.steps);
            }
        }
    }

    fn value(&mut self, output: &Output, value: &Value, path: &str) {
        self.spec(output, (value.def.name, &*value.spec), path);
        for name in value.names.iter().map(|n| &n.value) {
            self.spec(output, (name.def.name, &*name.spec), path);
        }
    }

    /// An action, and those that it holds.
    fn spec(&mut self, output: &Output, (action, one): (&'static str, &dyn Spec), path: &str) {
        let (domain, purpose) = (&output.domain.value, &output.purpose.value);
        if let Some(wanted) = one.key()
            && let Some(key) = self.reference(wanted.alias)
        {
            self.uses.push(KeyUse {
                key,
                pick: wanted.pick,
                topic: output.topic.value.clone(),
                place: KeyPlace::Field {
                    path: path.to_owned(),
                    action,
                },
                // A name that is too long seals nothing: the policy is refused.
                sealed: one.sealed(domain, purpose, path).ok().flatten(),
                epochs: one.facts().epochs,
            });
        }
        for held in one.nested() {
            self.spec(output, (held.word, held.spec), path);
        }
    }

    fn people(&mut self) {
        let rights = self.policy.rights.as_ref();
        let key = rights.and_then(|r| self.reference(&r.key.as_ref()?.value));
        let state = self.policy.state.as_ref();
        if let Some(key) = key {
            self.uses.push(KeyUse {
                key,
                pick: Pick::First,
                topic: state.map_or_else(String::new, |s| s.topic_of(&self.policy.name)),
                place: KeyPlace::People,
                sealed: None,
                epochs: None,
            });
        }
    }

    fn state(&mut self) {
        let uses = |output: &&Output| output.uses_state();
        let Some(key) = self.reference(STATE_ALIAS) else {
            return;
        };
        for output in self.policy.outputs.iter().filter(uses) {
            self.uses.push(KeyUse {
                key: key.clone(),
                pick: Pick::First,
                topic: output.topic.value.clone(),
                place: KeyPlace::State,
                sealed: None,
                epochs: None,
            });
        }
    }

    fn quarantine(&mut self) {
        let Some(said) = &self.policy.quarantine else {
            return;
        };
        let key = said.key.as_ref().and_then(|k| self.reference(&k.value));
        if let Some(key) = key {
            self.uses.push(KeyUse {
                key,
                pick: Pick::Newest,
                topic: said.topic.value.clone(),
                place: KeyPlace::Quarantine {
                    retention_ms: said.retention_ms,
                },
                sealed: None,
                epochs: None,
            });
        }
    }

    fn reference(&self, alias: &str) -> Option<KeyRef> {
        let key = self.policy.keys.iter().find(|k| k.alias == alias)?;
        Some(key.reference.as_ref()?.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r##"
apiVersion: veil/v1
kind: Policy
metadata: { name: p, version: 1, owner: tests }
source: { topic: raw }
keys:
  people: { ref: "file:k.json#persons" }
  phones: { ref: "file:k.json#phones" }
  contact: { ref: "file:/other.json#contact" }
  q: { ref: "file:k.json#q" }
  subjects: { ref: "file:k.json#subjects" }
rights: { key: subjects }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    key: { like: user }
    headers: { who: { pseudonymize: { key: people, epoch: none } } }
    fields:
      user: { pseudonymize: { key: people, epoch: none } }
      plan: keep
      "lines[0].phone": { tokenize: { key: phones@2, format: digits } }
      address:
        encrypt:
          key: contact
          fields:
            street: keep
            note: { encrypt: { key: contact } }
quarantine: { topic: refused, key: q, retention: 7d }
"##;

    #[test]
    fn every_place_of_a_key_is_found_with_its_version() {
        let file = PolicyFile {
            path: "/etc/veil/policy.yaml".into(),
            text: POLICY.to_owned(),
        };
        let found = key_uses(&file)
            .map_err(|f| format!("{:?}", f.list()))
            .unwrap();
        assert_eq!(found.policy, "p");
        let shown: Vec<String> = found
            .uses
            .iter()
            .map(|u| match &u.place {
                KeyPlace::Field { path, action } => {
                    format!("{} {:?} {} {path} {action}", u.key, u.pick, u.topic)
                }
                KeyPlace::People => format!("{} {:?} {} people", u.key, u.pick, u.topic),
                KeyPlace::State => format!("{} {:?} {} state", u.key, u.pick, u.topic),
                KeyPlace::Quarantine { retention_ms } => {
                    format!("{} {:?} {} {retention_ms:?}", u.key, u.pick, u.topic)
                }
            })
            .collect();
        assert_eq!(
            shown,
            [
                "file:/etc/veil/k.json#persons First clean user pseudonymize",
                "file:/etc/veil/k.json#phones Pinned(2) clean lines[*].phone tokenize",
                "file:/other.json#contact Newest clean address encrypt",
                "file:/other.json#contact Newest clean address.note encrypt",
                "file:/etc/veil/k.json#persons First clean key pseudonymize",
                "file:/etc/veil/k.json#persons First clean header.who pseudonymize",
                "file:/etc/veil/k.json#subjects First  people",
                "file:/etc/veil/k.json#q Newest refused Some(604800000)",
            ]
        );
        let broken = PolicyFile {
            text: POLICY.replace("analytics.reporting", "?"),
            ..file
        };
        assert!(key_uses(&broken).is_err());
    }
}
