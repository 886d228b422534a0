//! The quarantine topic of a policy, on the cluster of the settings.

use super::refused::refused;
use crate::cli::tables::FileTables;
use crate::cli::{Exit, Failure, cluster, keyring, policy, released};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::audit::{Intent, PolicyUsed, Value};
use veilstream::crypto::kdf::KeyHandle;
use veilstream::crypto::key_id::KeyId;
use veilstream::crypto::quarantine::Opened;
use veilstream::kafka::client::Clients;
use veilstream::kafka::quarantine_writer::QuarantineWriter;
use veilstream::kafka::stored_topic::StoredTopic;
use veilstream::keys::{FileKeys, KeyRef, KeySource};
use veilstream::plan::Plan;
use veilstream::policy::{KeyPlace, KeyUse, key_uses};
use veilstream::repair::Keys;
use veilstream::settings::Settings;

/// Flags of every command on a quarantine topic.
#[derive(clap::Args)]
pub struct Where {
    /// The policy; its quarantine topic is meant
    #[arg(short, long, value_name = "FILE")]
    policy: PathBuf,
    #[command(flatten)]
    cluster: cluster::ClusterFlags,
    #[command(flatten)]
    keys: keyring::Access,
}

/// What such a command works with.
pub struct Connection {
    pub plan: Arc<Plan>,
    /// Its release groups, each as a plan of its own; where no records wait, the plan.
    pub groups: Vec<Arc<Plan>>,
    /// The tables that it was made with, in words.
    pub tables: String,
    pub settings: Settings,
    pub clients: Clients,
    pub topic: StoredTopic,
    name: Arc<str>,
    /// Of the policy, in words.
    digest: String,
    keyring: PathBuf,
    /// What was read for the policy is not unlocked again.
    keys: FileKeys,
    access: keyring::Access,
}

impl Where {
    /// Reads policy and settings, and finds the topic.
    ///
    /// # Errors
    /// 78 when policy or settings cannot be used, 69 when the cluster or the topic
    /// is not there.
    pub fn open(&self) -> Result<Connection, Failure> {
        let settings = self.cluster.settings(&[])?;
        let file = policy::read(&self.policy)?;
        let keys = FileKeys::new(self.keys.open(false));
        let tables = FileTables::beside(&file.path);
        let mut compiled = policy::compile_groups_beside(&file, &keys, &tables);
        let plan = compiled.plan.take();
        let plan = plan.ok_or_else(|| policy::refuse(&file, &compiled))?;
        let none = || {
            let what = format!("the policy `{}` has no quarantine", self.policy.display());
            Failure::new(Exit::Config, what).help("add `quarantine: { topic: …, key: … }`")
        };
        let quarantine = plan.quarantine.as_ref().ok_or_else(none)?;
        let name = Arc::clone(&quarantine.topic);
        let is_quarantine = |used: &&KeyUse| matches!(used.place, KeyPlace::Quarantine { .. });
        let uses = key_uses(&file).map_or_else(|_| Vec::new(), |read| read.uses);
        let keyring = uses
            .iter()
            .find(is_quarantine)
            .map(|used| used.key.file.clone());
        let keyring = keyring.ok_or_else(none)?;
        let clients = Clients::of_quarantine(&settings.properties, &name)
            .map_err(|e| Failure::new(Exit::Config, e.to_string()))?;
        let clients = match plan.waiting() {
            Some(_) => clients.with_releases(),
            None => clients,
        };
        let topic = StoredTopic::open(&clients, &name).map_err(|e| refused(&e))?;
        let plan = Arc::new(plan);
        let groups = match plan.waiting() {
            // One, which is the whole.
            None => vec![Arc::clone(&plan)],
            Some(_) => {
                let own = std::mem::take(&mut compiled.groups).into_iter();
                own.map(Arc::new).collect()
            }
        };
        if groups.is_empty() {
            let what = "the release groups of the policy do not compile alone";
            return Err(Failure::new(Exit::Software, what)
                .why("this is a fault of the program: a part of a policy that compiles does"));
        }
        Ok(Connection {
            digest: plan.digest.to_string(),
            groups,
            plan,
            tables: compiled
                .said
                .as_ref()
                .map_or_else(String::new, released::tables),
            settings,
            clients,
            topic,
            name,
            keyring,
            keys,
            access: self.keys.clone(),
        })
    }
}

impl Connection {
    /// What a command on the topic says of itself to the audit log.
    pub fn intent<'i>(
        &'i self,
        command: &'i str,
        about: &'i [(&'static str, String)],
    ) -> Intent<'i> {
        Intent {
            command,
            key: self.plan.quarantine.as_ref().map(|q| q.key.id()),
            policy: Some(PolicyUsed {
                name: &self.plan.name,
                digest: &self.digest,
            }),
            about,
            ..Intent::default()
        }
    }

    /// The writer of the topic, not open yet.
    ///
    /// # Errors
    /// 69 when the topics of the policy are not as they must be.
    pub fn writer(&self) -> Result<QuarantineWriter, Failure> {
        QuarantineWriter::new(&self.clients, &self.plan, &self.name)
            .map_err(|e| Failure::new(Exit::Unavailable, e.to_string()))
    }

    /// The private halves of quarantine keys: of that keyring, else of the one
    /// that the policy names.
    ///
    /// # Errors
    /// When the keyring cannot be used.
    pub fn private_keys(&self, keyring: Option<&PathBuf>) -> Result<PrivateKeys<'_>, Failure> {
        let keyring = keyring.unwrap_or(&self.keyring).clone();
        veilstream::keys::list(&keyring, &self.access.open(false))
            .map_err(|e| keyring::failure(&e))?;
        Ok(PrivateKeys {
            keys: &self.keys,
            keyring,
        })
    }
}

/// Private halves out of a keyring.
pub struct PrivateKeys<'k> {
    keys: &'k FileKeys,
    keyring: PathBuf,
}

impl PrivateKeys<'_> {
    /// The keyring they are in.
    pub fn keyring(&self) -> &Path {
        &self.keyring
    }
}

/// An opened record as the audit log knows it: by its coordinates.
pub fn evidence(opened: &Opened) -> Value<'_> {
    Value::Record {
        topic: &opened.topic,
        partition: opened.partition,
        offset: opened.offset,
    }
}

impl Keys for PrivateKeys<'_> {
    fn key(&self, id: &KeyId) -> Result<KeyHandle, String> {
        let entry = KeyRef {
            file: self.keyring.clone(),
            entry: id.name().clone(),
        };
        let entry = self.keys.entry(&entry).map_err(|e| e.to_string())?;
        entry.pinned(id.version()).map_err(|e| e.to_string())
    }
}
