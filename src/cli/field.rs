//! One field of one output, its actions and the keys it is made with: what
//! commands on single values begin with.

use super::{Exit, Failure, audited, clock, keyring, policy};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use veilstream::audit::{Audit, Intent, PolicyUsed};
use veilstream::keys::{FileKeys, KeyHandle, KeySource};
use veilstream::plan::{Given, Output, Plan, RecordKey};
use veilstream::policy::{KeyPlace, key_uses};
use veilstream::record::ids::{ActionId, FieldId};

/// The flags that name a field.
#[derive(clap::Args)]
pub struct Named {
    /// The policy
    #[arg(short, long, value_name = "FILE")]
    pub policy: PathBuf,
    /// The output
    #[arg(long, value_name = "TOPIC")]
    pub output: String,
    /// The field of that output
    #[arg(long, value_name = "PATH")]
    pub field: String,
    #[command(flatten)]
    keys: keyring::Access,
}

/// A policy whose keys are open.
pub struct Opened {
    pub plan: Plan,
    /// The keys that the field is made with, each in the version it takes.
    pub keys: Vec<KeyHandle>,
    keyring: PathBuf,
}

impl Named {
    /// Compiles the policy and opens the keys of the field, of those that change with
    /// every epoch the version of that time.
    ///
    /// # Errors
    /// When the policy cannot be used.
    pub fn open(&self, at: Option<Timestamp>) -> Result<Opened, Failure> {
        let file = policy::read(&self.policy)?;
        let keys = FileKeys::new(self.keys.open(false));
        let mut compiled = policy::compile_with(&file, &keys);
        let (Some(plan), Ok(used)) = (compiled.plan.take(), key_uses(&file)) else {
            return Err(policy::refuse(&file, &compiled));
        };
        let mut opened = Opened {
            plan,
            keys: Vec::new(),
            keyring: PathBuf::new(),
        };
        for used in used.uses.iter().filter(|u| u.topic == self.output) {
            if !matches!(&used.place, KeyPlace::Field { path, .. } if *path == self.field) {
                continue;
            }
            let handle = keys
                .entry(&used.key)
                .and_then(|entry| entry.pick(used.pick, at.unwrap_or_else(clock::now)))
                .map_err(|e| keyring::failure(&e))?;
            if !opened.keys.iter().any(|k| k.id == handle.id) {
                opened.keyring.clone_from(&used.key.file);
                opened.keys.push(handle);
            }
        }
        Ok(opened)
    }

    /// Begins to record a command on values of the field, of events at that time.
    ///
    /// # Errors
    /// When that cannot be recorded.
    pub fn record(
        &self,
        command: &'static str,
        (opened, at): (&Opened, Option<Timestamp>),
        flags: &audited::Flags,
    ) -> Result<Audit, Failure> {
        let mut about = vec![
            ("output", self.output.clone()),
            ("field", self.field.clone()),
        ];
        about.extend(at.map(|at| ("at", at.to_string())));
        let intent = Intent {
            command,
            key: opened.keys.first().map(|k| &k.id),
            policy: Some(PolicyUsed {
                name: &opened.plan.name,
                digest: &opened.plan.digest.to_string(),
            }),
            about: &about,
            ..Intent::default()
        };
        // A hash without a key has no keyring to stand beside.
        let beside = match opened.keys.is_empty() {
            true => &self.policy,
            false => &opened.keyring,
        };
        flags.begin(Path::new(beside), intent)
    }

    /// The output of that topic.
    ///
    /// # Errors
    /// When there is none.
    pub fn output<'p>(&self, plan: &'p Plan) -> Result<&'p Output, Failure> {
        let found = plan.outputs.iter().find(|o| *o.topic == *self.output);
        found.ok_or_else(|| {
            let topics: Vec<&str> = plan.outputs.iter().map(|o| &*o.topic).collect();
            Failure::new(
                Exit::Usage,
                format!("the policy has no output `{}`", self.output),
            )
            .why(format!("its outputs are {}", topics.join(", ")))
        })
    }
}

/// Something that an output writes.
pub struct Written {
    pub field: FieldId,
    pub action: ActionId,
    /// How many values it is made of, when it is made of several.
    pub parts: Option<usize>,
}

/// Everything that an output writes.
pub fn writes<'p>(plan: &'p Plan, output: &'p Output) -> impl Iterator<Item = Written> + 'p {
    let one = |field, action| Written {
        field,
        action,
        parts: None,
    };
    let (made, record) = match &output.key {
        Some(RecordKey::Made(key)) => (Some(key), None),
        Some(RecordKey::Fields(id)) => (None, plan.key_records.as_ref().map(|r| (r, *id))),
        None => (None, None),
    };
    let record = record.map(|(records, id)| &records.outputs[usize::from(id.0)]);
    let leaves = output.leaves.iter();
    let leaves = leaves.chain(record.into_iter().flat_map(|record| &record.leaves));
    let leaves = leaves.flat_map(|leaf| {
        leaf.writes.iter().map(|w| Written {
            field: w.field,
            action: w.action,
            parts: match &w.given {
                Given::Parts(parts) => Some(parts.len()),
                Given::Value | Given::Body(_) | Given::Opened => None,
            },
        })
    });
    let key = made.into_iter().map(move |k| Written {
        parts: k.parts(),
        ..one(k.field, k.action)
    });
    let headers = output.headers.iter().map(move |h| one(h.field, h.action));
    leaves.chain(key).chain(headers)
}
