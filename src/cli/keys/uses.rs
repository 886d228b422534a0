//! What policies do with the keys of one keyring.

use super::super::{Failure, clock, policy};
use std::path::{Path, PathBuf};
use veilstream::keys::{KeyId, KeyName, Listed, Pick};
use veilstream::policy::{KeyPlace, KeyUse};

/// The uses that some policies have for a keyring.
pub struct UsedBy {
    pub uses: Vec<Used>,
    pub policies: Vec<Policy>,
}

/// A policy that was looked at.
pub struct Policy {
    /// Its file, as it was named.
    pub name: String,
    /// It takes some key of the keyring.
    takes_some: bool,
    /// The keyrings that it names, this one left out.
    others: Vec<PathBuf>,
}

impl Policy {
    /// That it has no need of the version, and where its keys are.
    pub fn needs_nothing(&self, id: &KeyId) -> String {
        match self.elsewhere() {
            Some(said) => said,
            None => format!("{}: does not take {id}", self.name),
        }
    }

    /// That it takes no key of this keyring, where that is so.
    fn elsewhere(&self) -> Option<String> {
        let others: Vec<String> = self
            .others
            .iter()
            .map(|file| format!("`{}`", file.display()))
            .collect();
        match (self.takes_some, &others[..]) {
            (true, _) => None,
            (false, []) => Some(format!("{}: takes no key", self.name)),
            (false, others) => Some(format!(
                "{}: takes no key of this keyring: its keys are in {}",
                self.name,
                others.join(", ")
            )),
        }
    }
}

/// One of them.
pub struct Used {
    /// The policy's file, as it was named.
    pub policy: String,
    pub of: KeyUse,
    /// The version that it takes now.
    pub version: Option<KeyId>,
}

impl UsedBy {
    /// Reads the policies. A policy that has no use for the keyring is no mistake.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn of(policies: &[PathBuf], keyring: &Path, listed: &[Listed]) -> Result<UsedBy, Failure> {
        let mut uses = Vec::new();
        let mut looked_at: Vec<Policy> = Vec::new();
        for path in policies {
            let file = policy::read(path)?;
            let found = policy::key_uses(&file)?;
            let (here, elsewhere): (Vec<KeyUse>, Vec<KeyUse>) = found
                .uses
                .into_iter()
                .partition(|u| same_file(&u.key.file, keyring));
            let mut others: Vec<PathBuf> = elsewhere.into_iter().map(|u| u.key.file).collect();
            others.sort_unstable();
            others.dedup();
            looked_at.push(Policy {
                name: path.display().to_string(),
                takes_some: !here.is_empty(),
                others,
            });
            for of in here {
                let version = picked(listed, &of.key.entry, of.pick);
                let used = Used {
                    policy: path.display().to_string(),
                    version,
                    of,
                };
                let again = uses
                    .iter()
                    .any(|u: &Used| u.policy == used.policy && u.of == used.of);
                if !again {
                    uses.push(used);
                }
            }
        }
        Ok(UsedBy {
            uses,
            policies: looked_at,
        })
    }

    /// The lines below the table.
    pub fn text(&self) -> String {
        let mut text = String::from("\nused by\n");
        let shown = |u: &Used| {
            u.version
                .as_ref()
                .map_or_else(|| u.of.key.entry.to_string(), KeyId::to_string)
        };
        let width = self.uses.iter().map(|u| shown(u).len()).max().unwrap_or(0);
        for used in &self.uses {
            text.push_str(&format!("{:width$}  {}\n", shown(used), used.place()));
        }
        for said in self.policies.iter().filter_map(Policy::elsewhere) {
            text.push_str(&format!("{said}\n"));
        }
        text
    }

    /// Says of each use that has no version which it can take.
    pub fn missing(&self) -> String {
        let missing = self.uses.iter().filter(|u| u.version.is_none());
        let lines = missing.map(|u| {
            format!(
                "{}: `{}` has no version that this can take: the policy cannot be used\n",
                u.place(),
                u.of.key.entry
            )
        });
        lines.collect()
    }

    /// The uses that take that version now.
    pub fn json(&self, id: &KeyId) -> serde_json::Value {
        let here = self.uses.iter().filter(|u| u.version.as_ref() == Some(id));
        here.map(|u| {
            let (field, action) = match &u.of.place {
                KeyPlace::Field { path, action } => (Some(path), *action),
                KeyPlace::People => (None, "rights"),
                KeyPlace::State => (None, "state"),
                KeyPlace::Quarantine { .. } => (None, "quarantine"),
            };
            serde_json::json!({
                "policy": u.policy,
                "output": u.of.topic,
                "field": field,
                "action": action,
            })
        })
        .collect()
    }
}

impl Used {
    /// Policy, output, field and action.
    pub fn place(&self) -> String {
        let topic = &self.of.topic;
        match &self.of.place {
            KeyPlace::Field { path, action } => {
                format!("{}: {topic}: {path} ({action})", self.policy)
            }
            KeyPlace::People => format!("{}: names of people (rights)", self.policy),
            KeyPlace::State => {
                format!("{}: what {topic} remembers of people (state)", self.policy)
            }
            KeyPlace::Quarantine { .. } => format!("{}: {topic} (quarantine)", self.policy),
        }
    }
}

/// The version that would be taken now, if it is there and not destroyed.
fn picked(listed: &[Listed], name: &KeyName, pick: Pick) -> Option<KeyId> {
    let versions = listed.iter().filter(|l| l.id.name() == name);
    let numbers = versions.map(|l| (l.id.version(), l.state, l.begins()));
    let number = pick.among(numbers, clock::now())?;
    let id = KeyId::new(name.clone(), number)?;
    let there = listed.iter().find(|l| l.id == id)?;
    (there.state != veilstream::keys::KeyState::Destroyed).then_some(id)
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
