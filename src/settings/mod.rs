//! Runtime knobs: everything that is not policy.
//!
//! **In**: `veil.yaml` (or TOML, JSON), environment variables `VEIL__…`, flags;
//! later ones win. **Out**: typed [`Settings`], or every mistake at once, each
//! with its key and the source that wrote it. **Promises**: a key nobody knows
//! is refused; a secret comes from a file and is never shown; no message holds
//! a value. **Does not know**: the policy, and which client properties may be set:
//! `kafka` says that.

mod keys;
mod layers;
mod memory;
mod property;
mod reader;
mod registry;
mod release;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[cfg(test)]
pub(crate) use keys::reference;
pub use keys::{KEYS, Key};
pub use layers::{Layer, Source};
pub use memory::{CgroupLimit, show_size};
pub use registry::Registry;

use crate::decode::Limits;
use crate::kafka::properties::Properties;

pub use crate::kafka::delivery::Delivery;
pub use crate::telemetry::log::{LogFormat, LogLevel};

/// The settings of one process, typed and in range.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bootstrap servers, `HOST:PORT`.
    pub brokers: Vec<String>,
    /// Consumer group; `None`: `veil-<policy name>`.
    pub group: Option<String>,
    /// Stable name of this instance; `None`: random per start.
    pub instance: Option<String>,
    /// Client properties handed to librdkafka as they are.
    pub properties: Properties,
    /// The delivery promise.
    pub delivery: Delivery,
    /// From a record's arrival to its sanitized form being committed.
    pub latency: Duration,
    /// Most records of a transaction.
    pub commit_records: u32,
    /// Longest wait for work in flight when partitions leave or the process stops.
    pub drain_deadline: Duration,
    /// Threads that sanitize; `None`: as many as cores and memory allow.
    pub workers: Option<usize>,
    /// Memory for queues, batches and tapes.
    pub memory_bytes: u64,
    /// Percent of that memory for single release groups, by output topic or `main`.
    pub release_share: BTreeMap<String, u8>,
    /// Outputs whose group begins at the end of the source when it starts for the first time.
    pub release_from_end: BTreeSet<String>,
    /// Caps on hostile input.
    pub limits: Limits,
    /// Where metrics and health are served.
    pub http: SocketAddr,
    /// File with the token of the pages for those who keep the policy; `None`: they
    /// are closed.
    pub admin_token_file: Option<PathBuf>,
    /// Whether the members that nobody names are listed, for those with the token.
    pub unnamed: bool,
    /// Where the policy accepted last is remembered.
    pub state_dir: Option<PathBuf>,
    /// Most memory of the table of what people decided.
    pub state_memory_bytes: u64,
    /// Whether the process gives up what it never needs.
    pub sandbox: Sandbox,
    /// The pages on which people decide.
    pub serve: Serve,
    /// The schema registry, if there is one.
    pub registry: Option<Registry>,
    /// How long the windows are in which it is measured how alone people are in what
    /// leaves; `None`: it is not measured.
    pub risk_window: Option<Duration>,
    /// The audit log in which releases are written down before they leave.
    pub release_audit: Option<PathBuf>,
    /// How long members may run under different texts of the policy.
    pub rollout_max: Duration,
    /// The least grave log line.
    pub log_level: LogLevel,
    /// How log lines are written.
    pub log_format: LogFormat,
    shown: Vec<Shown>,
}

/// The pages on which people decide.
#[derive(Clone, Debug)]
pub struct Serve {
    /// Where they are served.
    pub http: SocketAddr,
    /// Under which address people reach them, without `/` at its end.
    pub url: Option<String>,
    /// File with the token of programs; `None`: their calls are closed.
    pub token_file: Option<PathBuf>,
    /// Proxies whose word is taken on where a request comes from.
    pub proxies: Vec<IpAddr>,
}

/// Whether the process gives up what it never needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sandbox {
    /// All that the system offers.
    Auto,
    /// All, or it does not start.
    Required,
    /// Nothing.
    Off,
}

#[derive(Clone, Debug)]
struct Shown {
    key: String,
    value: String,
    source: String,
}

/// One mistake in the settings. Holds no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}: {message}")]
pub struct SettingsError {
    /// Which file, variable or flag.
    pub source_name: String,
    /// What is wrong, the key in backticks.
    pub message: String,
    /// What to do; may be empty.
    pub help: String,
}

/// The source of what is written nowhere.
pub const NOWHERE: &str = "settings";

/// What the environment of the process says.
pub struct Surroundings {
    /// Environment variables; those that do not start with `VEIL__` are ignored.
    pub(crate) environment: Vec<(String, String)>,
    /// The tightest memory limit of the process's control groups.
    pub(crate) cgroup: Option<CgroupLimit>,
}

impl Surroundings {
    /// Asks the operating system.
    pub fn of_this_process() -> Self {
        // A name or value that is not UTF-8 is none of ours.
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Surroundings {
            environment,
            cgroup: CgroupLimit::of_this_process(),
        }
    }
}

impl Settings {
    /// Merges file, environment and flags, in that order.
    ///
    /// A relative `file:` reference is taken from the folder of the file that
    /// holds it, else from the current one.
    ///
    /// # Errors
    /// Every mistake found.
    pub fn load(
        file: Option<&Path>,
        flags: Vec<Layer>,
        surroundings: &Surroundings,
    ) -> Result<Settings, Vec<SettingsError>> {
        let mut errors = Vec::new();
        let mut layers = Vec::new();
        if let Some(path) = file {
            match layers::from_file(path) {
                Ok(layer) => layers.push(layer),
                Err(error) => errors.push(error),
            }
        }
        match layers::from_environment(&surroundings.environment) {
            Ok(layer) => layers.push(layer),
            Err(error) => errors.push(error),
        }
        layers.extend(flags);
        errors.extend(layers::misspelt(&surroundings.environment));
        let unread = !errors.is_empty();
        let settings = reader::read(&layers, surroundings, &mut errors);
        // What is missing may stand in what could not be read.
        if unread {
            errors.retain(|e| e.source_name != NOWHERE);
        }
        match settings {
            Some(settings) if errors.is_empty() => Ok(settings),
            _ => Err(errors),
        }
    }

    /// One line a setting: key, value, where it comes from. Secrets are redacted.
    /// `group`: the group that is joined, by these settings and the policy.
    pub fn show(&self, group: &str) -> String {
        let shown = self.rows(group);
        let key = shown.iter().map(|s| s.key.len()).max().unwrap_or(0);
        let value = shown.iter().map(|s| s.value.len()).max().unwrap_or(0);
        shown
            .iter()
            .map(|s| format!("{:key$}  {:value$}  # {}\n", s.key, s.value, s.source))
            .collect()
    }

    /// The same for programs: a list of `key`, `value` and `source`, each a text.
    pub fn show_json(&self, group: &str) -> serde_json::Value {
        let row =
            |s: Shown| serde_json::json!({ "key": s.key, "value": s.value, "source": s.source });
        self.rows(group).into_iter().map(row).collect()
    }

    fn rows(&self, group: &str) -> Vec<Shown> {
        let mut shown = self.shown.clone();
        for row in &mut shown {
            if row.key == "kafka.group" && row.value == reader::GROUP_BY_POLICY {
                group.clone_into(&mut row.value);
                "the policy's name".clone_into(&mut row.source);
            }
        }
        shown
    }
}

/// Where `file:` references of a source are relative to.
fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}
