//! Where envelopes that are to be opened may belong: what `veil decrypt` is told.

use super::{Exit, Failure, policy};
use std::path::{Path, PathBuf};
use veilstream::action::Sealed;
use veilstream::crypto::envelope::{Envelope, OpenError, Suite};
use veilstream::crypto::kdf::{ContextId, TooLong};
use veilstream::keys::KeyRef;
use veilstream::plan::PolicyDigest;
use veilstream::policy::{KeyPlace, KeyUse};

/// The flags that say it, in one of three ways.
#[derive(clap::Args)]
pub struct Named {
    /// The policy that the envelopes were made under: those of its encrypted fields
    /// open, and its quarantined records
    #[arg(short, long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Of the policy, this output alone
    #[arg(long, value_name = "TOPIC", requires = "policy")]
    output: Option<String>,
    /// Of that output, this field alone
    #[arg(long, value_name = "PATH", requires = "output")]
    field: Option<String>,
    /// Without a policy: the output's `domain`
    #[arg(long, value_name = "DOMAIN", conflicts_with = "policy")]
    domain: Option<String>,
    /// The output's `purpose`
    #[arg(long, value_name = "PURPOSE", requires = "domain", requires = "label")]
    purpose: Option<String>,
    /// The field's `label`, or its output path, array positions as `[*]`
    #[arg(long, value_name = "LABEL", requires = "domain", requires = "purpose")]
    label: Option<String>,
    /// Of deterministic envelopes, instead of purpose and label: their `space`, empty
    /// where the policy says none
    #[arg(long, value_name = "SPACE", requires = "domain")]
    space: Option<String>,
    /// Open whatever field and purpose an envelope was made for: one that was put
    /// where it does not belong is not noticed
    #[arg(long, conflicts_with_all = ["policy", "domain"])]
    any_context: bool,
}

/// Where envelopes may belong.
pub enum Contexts {
    /// Anywhere.
    Any,
    /// To one of these; nobody says of which key.
    These(Vec<Sealed>),
    /// To what a policy makes.
    OfPolicy(OfPolicy),
}

/// What a policy makes with keys.
pub struct OfPolicy {
    /// `metadata.name`.
    pub name: String,
    pub digest: PolicyDigest,
    uses: Vec<KeyUse>,
    /// One field was named: it need not be said again.
    is_one: bool,
}

/// An envelope belongs there.
pub struct Belongs {
    /// The keyrings to open it with; none: the one that was named.
    pub keys: Vec<KeyRef>,
    /// The fields that make such envelopes, if that is worth saying.
    pub fields: Option<String>,
}

impl Named {
    /// Reads what was said.
    ///
    /// # Errors
    /// 64 when nothing or half of it was; when the policy cannot be used.
    pub fn read(&self) -> Result<Contexts, Failure> {
        if self.any_context {
            return Ok(Contexts::Any);
        }
        if let Some(path) = &self.policy {
            return self.of_policy(path).map(Contexts::OfPolicy);
        }
        let Some(domain) = &self.domain else {
            return Err(nothing_said("nothing says which envelopes may be opened"));
        };
        let mut these = Vec::new();
        if let (Some(purpose), Some(label)) = (&self.purpose, &self.label) {
            let context = ContextId::of(domain, purpose, label).map_err(|e| too_long(&e))?;
            let suite = Suite::Randomized;
            these.push(Sealed { suite, context });
        }
        if let Some(space) = &self.space {
            let context = ContextId::of_space(domain, space).map_err(|e| too_long(&e))?;
            let suite = Suite::Deterministic;
            these.push(Sealed { suite, context });
        }
        match these.is_empty() {
            true => Err(nothing_said("a domain alone says no context")),
            false => Ok(Contexts::These(these)),
        }
    }

    fn of_policy(&self, path: &Path) -> Result<OfPolicy, Failure> {
        let used = policy::key_uses(&policy::read(path)?)?;
        let named = |all: &mut dyn Iterator<Item = &KeyUse>| {
            let mut names: Vec<String> = all.map(name).collect();
            names.sort();
            names.dedup();
            names.join(", ")
        };
        let sealing = || used.uses.iter().filter(|u| u.sealed.is_some());
        let all = named(&mut sealing());
        let is_meant = |u: &KeyUse| {
            let at = match &u.place {
                KeyPlace::Field { path, .. } => Some(path),
                KeyPlace::People | KeyPlace::State | KeyPlace::Quarantine { .. } => None,
            };
            self.output.as_ref().is_none_or(|topic| *topic == u.topic)
                && self.field.as_ref().is_none_or(|path| at == Some(path))
                && (u.sealed.is_some() || matches!(u.place, KeyPlace::Quarantine { .. }))
        };
        let uses: Vec<KeyUse> = used.uses.iter().filter(|u| is_meant(u)).cloned().collect();
        if uses.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                match self.output {
                    Some(_) => "the policy encrypts no such field",
                    None => "the policy encrypts no field and seals no record",
                },
            )
            .why(match all.as_str() {
                "" => "it has no action that makes envelopes".to_owned(),
                fields => format!("fields that it encrypts: {fields}"),
            })
            .help("a token is turned back by `veil detokenize`; a pseudonym by nobody"));
        }
        Ok(OfPolicy {
            name: used.policy,
            digest: used.digest,
            uses,
            is_one: self.field.is_some(),
        })
    }

    /// For the audit log, as it was said.
    pub fn about(&self) -> Vec<(&'static str, String)> {
        let said = |name, value: &Option<String>| value.clone().map(|value| (name, value));
        let any = self.any_context.then(|| "any".to_owned());
        [
            said("context", &any),
            said("output", &self.output),
            said("field", &self.field),
            said("domain", &self.domain),
            said("purpose", &self.purpose),
            said("label", &self.label),
            said("space", &self.space),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Contexts {
    /// The keyring that a policy names first.
    pub fn keyring(&self) -> Option<&Path> {
        match self {
            Contexts::OfPolicy(policy) => policy.uses.first().map(|u| u.key.file.as_path()),
            Contexts::Any | Contexts::These(_) => None,
        }
    }

    /// Whether an envelope may be opened, before it is.
    ///
    /// # Errors
    /// Why it may not.
    pub fn of(&self, envelope: &Envelope) -> Result<Belongs, String> {
        let anywhere = || Belongs {
            keys: Vec::new(),
            fields: None,
        };
        match self {
            Contexts::Any => Ok(anywhere()),
            Contexts::These(these) => {
                let fits = |sealed: &&Sealed| is_of(envelope, **sealed);
                let found = these.iter().find(fits).map(|_| anywhere());
                found.ok_or_else(|| OpenError::WrongContext.to_string())
            }
            Contexts::OfPolicy(policy) => policy.of(envelope),
        }
    }
}

impl OfPolicy {
    fn of(&self, envelope: &Envelope) -> Result<Belongs, String> {
        let makes = |u: &&KeyUse| {
            let fits = match (&u.place, u.sealed) {
                (KeyPlace::Quarantine { .. }, _) => envelope.suite() == Suite::Quarantine,
                (KeyPlace::People | KeyPlace::State, _) => false,
                (KeyPlace::Field { .. }, sealed) => sealed.is_some_and(|s| is_of(envelope, s)),
            };
            fits && u.key.entry == *envelope.key_id().name()
        };
        let made: Vec<&KeyUse> = self.uses.iter().filter(makes).collect();
        if made.is_empty() {
            return Err(format!(
                "{}: what was named of the policy makes none such",
                OpenError::WrongContext
            ));
        }
        let mut keys: Vec<KeyRef> = Vec::new();
        let mut fields: Vec<String> = Vec::new();
        for of in made {
            if !keys.contains(&of.key) {
                keys.push(of.key.clone());
            }
            if of.sealed.is_some() && !fields.contains(&name(of)) {
                fields.push(name(of));
            }
        }
        let worth_saying = !self.is_one && !fields.is_empty();
        Ok(Belongs {
            keys,
            fields: worth_saying.then(|| fields.join(", ")),
        })
    }
}

fn is_of(envelope: &Envelope, sealed: Sealed) -> bool {
    envelope.suite() == sealed.suite && envelope.context() == Some(sealed.context)
}

fn name(of: &KeyUse) -> String {
    match &of.place {
        KeyPlace::Field { path, .. } => format!("{} {path}", of.topic),
        KeyPlace::People | KeyPlace::State | KeyPlace::Quarantine { .. } => of.topic.clone(),
    }
}

fn nothing_said(what: &str) -> Failure {
    Failure::new(Exit::Usage, what)
        .why("an envelope that was put where it does not belong opens too; only who says where it belongs notices")
        .help("say the policy, `-p POLICY [--output TOPIC --field PATH]`; or the context, `--domain D --purpose P --label L` (deterministic: `--domain D --space S`); or `--any-context`")
}

fn too_long(error: &TooLong) -> Failure {
    Failure::new(Exit::Usage, error.to_string())
}
