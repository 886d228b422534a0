//! What policies do with the keys of one keyring.

use super::super::{Exit, Failure, clock, policy, screen};
use std::path::{Path, PathBuf};
use veilstream::keys::{KeyId, KeyName, Listed, Pick};
use veilstream::language::report;
use veilstream::policy::{KeyPlace, KeyUse, key_uses};

/// The uses that some policies have for a keyring.
pub struct UsedBy {
    pub uses: Vec<Used>,
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
        for path in policies {
            let file = policy::read(path)?;
            let found = key_uses(&file).map_err(|findings| {
                let shown = screen::one_line(path.display());
                let color = screen::stderr_has_color();
                screen::tell(&report::text(
                    &findings,
                    &shown,
                    &file.text,
                    color,
                    screen::stderr_columns(),
                ));
                Failure::said(Exit::Config)
            })?;
            let here = found
                .uses
                .into_iter()
                .filter(|u| same_file(&u.key.file, keyring));
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
        Ok(UsedBy { uses })
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
        if self.uses.is_empty() {
            text.push_str("none of these policies\n");
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
