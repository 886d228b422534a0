//! The people of a policy: by which key they are named, what they are asked, and nothing
//! else of it. No other key of the policy is read.

use super::{Exit, Failure, keyring, policy};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::audit::PolicyUsed;
use veilstream::crypto::salted::Salt;
use veilstream::keys::{
    Access, FileKeys, KeyEntry, KeyError, KeyHandle, KeyRef, KeySource, TestKeys, list,
};
use veilstream::plan::Plan;
use veilstream::plan::live::{LiveConsent, StateFormat};
use veilstream::policy::{KeyPlace, KeyUse, PolicyFile};
use veilstream::preferences::Named;
use veilstream::record::SubjectId;

/// What a policy says of people.
pub(crate) struct People {
    /// Its words alone: what it makes of records is made with keys of tests.
    pub(crate) plan: Plan,
    /// Hashes people in the audit log, by the version in force.
    pub(crate) links: KeyHandle,
    /// Seals links: the newest version, begun or not; names of people are made with the
    /// lowest of the same key.
    pub(crate) sealing: KeyHandle,
    key: KeyRef,
    /// The keyring that holds it.
    pub(crate) keyring: PathBuf,
    digest: String,
}

/// Which keys are read.
pub(crate) enum Keys<'a> {
    /// The one that `rights.key` names, reached so.
    Files(&'a keyring::Access),
    /// The same, and its keyring must hold no other.
    FilesAlone(&'a keyring::Access),
    /// Those of policy tests: public, so for looking only.
    OfTests,
}

impl People {
    /// Reads the policy, and one key.
    ///
    /// # Errors
    /// 78 when the policy cannot be used, keeps no decisions of its own, or the keyring
    /// holds more than it may; 66 and 77 when it cannot be read.
    pub(crate) fn open(path: &Path, keys: &Keys<'_>) -> Result<People, Failure> {
        let file = policy::read(path)?;
        let key = people_key(&file)?;
        let source = match keys {
            Keys::OfTests => One {
                key: key.clone(),
                files: None,
            },
            Keys::Files(access) => One {
                key: key.clone(),
                files: Some(FileKeys::new(access.open(false))),
            },
            Keys::FilesAlone(access) => {
                alone(&key, access.open(false))?;
                One {
                    key: key.clone(),
                    files: Some(FileKeys::new(access.open(false))),
                }
            }
        };
        let mut compiled = policy::compile_with(&file, &source);
        let plan = compiled.plan.take();
        let plan = plan.ok_or_else(|| policy::refuse(&file, &compiled))?;
        let entry = source.entry(&key).map_err(|e| keyring::failure(&e))?;
        let links = entry.newest_active(super::clock::now());
        let links = links.map_err(|e| keyring::failure(&e))?;
        let sealing = entry.newest_even_to_come();
        let sealing = sealing.map_err(|e| keyring::failure(&e))?;
        let people = People {
            sealing,
            key: key.clone(),
            digest: compiled.digest.to_string(),
            plan,
            links,
            keyring: key.file,
        };
        people.live().map(|_| ())?;
        Ok(people)
    }

    /// The topic of decisions.
    ///
    /// # Errors
    /// 78 when there is none that this program writes.
    pub(crate) fn live(&self) -> Result<&LiveConsent, Failure> {
        let refuse = |what: &str| Failure::new(Exit::Config, what);
        let Some(live) = &self.plan.live else {
            return Err(
                refuse("the policy follows no topic of decisions: nobody could heed them")
                    .help("write `consent: { state: {} }` and `source: { subject: … }`"),
            );
        };
        match live.format {
            StateFormat::Veil => Ok(live),
            StateFormat::Json(_) => Err(refuse(
                "the topic of decisions is somebody else's (`consent.state.format: json`)",
            )
            .help("let people decide where that topic is written")),
        }
    }

    /// What reads the key of links again.
    pub(crate) fn sealer(&self, access: &keyring::Access) -> Sealer {
        Sealer {
            keyring: self.key.file.clone(),
            key: self.key.clone(),
            access: access.clone(),
        }
    }

    /// Whom a kind and an identifier name.
    pub(crate) fn named(&self, kind: &str, id: &str) -> Named {
        named(&self.plan, kind, id)
    }

    /// The person, or why there is none; in words that hold nothing of it.
    ///
    /// # Errors
    /// 64 when it is no identifier.
    pub(crate) fn who(&self, kind: &str, id: &str) -> Result<SubjectId, Failure> {
        let refuse = |what: String| Failure::new(Exit::Usage, what);
        match self.named(kind, id) {
            Named::Who(who) => Ok(who),
            Named::Nobody => Err(refuse("the identifier stands for nobody".to_owned())),
            Named::Bad(reason) => Err(refuse(format!(
                "the identifier is none of this kind: {reason}"
            ))),
            Named::NoKind => Err(refuse("the policy has no such kind".to_owned())
                .help(format!("its kinds are {}", self.kinds()))),
        }
    }

    /// That is a category people are asked.
    ///
    /// # Errors
    /// 64 when it is none.
    pub(crate) fn category(&self, name: &str) -> Result<(), Failure> {
        let names: Vec<&str> = self.plan.asked.iter().map(|c| c.name.as_str()).collect();
        match names.contains(&name) {
            true => Ok(()),
            false => Err(Failure::new(Exit::Usage, "the policy has no such category")
                .help(format!("its categories are {}", names.join(", ")))),
        }
    }

    /// The policy as the audit log names it.
    pub(crate) fn used(&self) -> PolicyUsed<'_> {
        PolicyUsed {
            name: &self.plan.name,
            digest: &self.digest,
        }
    }

    fn kinds(&self) -> String {
        let kinds: Vec<&str> = self.plan.subjects.iter().map(|k| &*k.name).collect();
        kinds.join(", ")
    }
}

/// Reads the key of links again, while nobody is there to be asked for a passphrase.
pub(crate) struct Sealer {
    /// The file that it is in.
    pub(crate) keyring: PathBuf,
    key: KeyRef,
    access: keyring::Access,
}

impl Sealer {
    /// The newest version that is there now.
    ///
    /// # Errors
    /// The keyring cannot be read, holds more than this key, or no version of it.
    pub(crate) fn newest(&self) -> Result<KeyHandle, Failure> {
        alone(&self.key, self.access.open_at_once())?;
        let keys = FileKeys::new(self.access.open_at_once());
        let entry = keys.entry(&self.key);
        let newest = entry.and_then(|entry| entry.newest_even_to_come());
        newest.map_err(|e| keyring::failure(&e))
    }
}

/// Whom a kind and an identifier name under a plan.
pub(crate) fn named(plan: &Plan, kind: &str, id: &str) -> Named {
    let Some(kind) = plan.subjects.iter().find(|k| &*k.name == kind) else {
        return Named::NoKind;
    };
    match kind.named(id) {
        Ok(Some(who)) => Named::Who(who),
        Ok(None) => Named::Nobody,
        Err(reason) => Named::Bad(reason),
    }
}

/// The key that `rights.key` names.
fn people_key(file: &PolicyFile) -> Result<KeyRef, Failure> {
    let uses = policy::key_uses(file)?;
    let is_people = |used: &&KeyUse| used.place == KeyPlace::People;
    let key = uses
        .uses
        .iter()
        .find(is_people)
        .map(|used| used.key.clone());
    key.ok_or_else(|| {
        let what = format!("the policy `{}` names nobody", file.path.display());
        Failure::new(Exit::Config, what)
            .why("decisions are kept under names that `rights.key` makes")
            .help("write `rights: { key: subjects }`, and `subjects` under `keys`")
    })
}

/// A process that strangers reach must not hold what makes or undoes a pseudonym.
fn alone(key: &KeyRef, access: Access) -> Result<(), Failure> {
    let listing = list(&key.file, &access).map_err(|e| keyring::failure(&e))?;
    let others = listing.iter().map(|listed| listed.id.name());
    let mut others: Vec<String> = others
        .filter(|name| **name != key.entry)
        .map(ToString::to_string)
        .collect();
    others.dedup();
    if others.is_empty() {
        return Ok(());
    }
    let what = format!(
        "the keyring `{}` holds more than `{}`: {}",
        key.file.display(),
        key.entry,
        others.join(", ")
    );
    Err(Failure::new(Exit::Config, what)
        .why("whoever took this process over would have those keys too")
        .help(
            "keep the entry of `rights.key` in a keyring of its own, and name that in the policy",
        ))
}

/// One key of files, and for all others those of tests: what they would make is not
/// made here.
struct One {
    key: KeyRef,
    files: Option<FileKeys>,
}

impl KeySource for One {
    fn entry(&self, key_ref: &KeyRef) -> Result<Arc<KeyEntry>, KeyError> {
        match &self.files {
            Some(files) if *key_ref == self.key => files.entry(key_ref),
            _ => TestKeys.entry(key_ref),
        }
    }

    fn salt(&self, key_ref: &KeyRef) -> Result<Salt, KeyError> {
        TestKeys.salt(key_ref)
    }
}
