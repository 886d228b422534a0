//! A member of a consumer group, as `veil run` is one and `veil doctor` looks ahead to.

use super::cluster;
use veilstream::plan::Plan;
use veilstream::settings::{Settings, SettingsError};
use veilstream::stream::{RegistryConfig, ReleaseSettings, StateConfig, StreamConfig};

/// Flags of every command that is a member, or asks what one needs.
#[derive(clap::Args)]
pub struct MemberFlags {
    #[command(flatten)]
    cluster: cluster::ClusterFlags,
    /// Consumer group; `veil-<policy name>` unless set
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Stable name of this instance: a crash then heals at once
    #[arg(long, value_name = "NAME")]
    instance: Option<String>,
    /// Where metrics and health are served; port 0 takes any [default: 127.0.0.1:9464]
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<String>,
}

impl MemberFlags {
    /// The settings in force, with these flags and `more` last.
    ///
    /// # Errors
    /// Every mistake in them.
    pub fn read(&self, more: &[cluster::Named<'_>]) -> Result<Settings, Vec<SettingsError>> {
        self.cluster.read(&self.named(more))
    }

    fn named<'a>(&'a self, more: &[cluster::Named<'a>]) -> Vec<cluster::Named<'a>> {
        let mut named = vec![
            ("--group", "kafka.group", &self.group),
            ("--instance", "kafka.instance", &self.instance),
            ("--http", "http", &self.http),
        ];
        named.extend_from_slice(more);
        named
    }
}

/// The stream that these settings make of the plan.
pub fn stream_config(settings: &Settings, plan: &Plan) -> StreamConfig {
    let group = settings.group.clone();
    let group = group.unwrap_or_else(|| format!("veil-{}", plan.name));
    StreamConfig {
        instance: settings.instance.clone(),
        limits: settings.limits,
        workers: settings.workers,
        memory_bytes: Some(settings.memory_bytes),
        releases: ReleaseSettings {
            share: settings.release_share.clone(),
            from_end: settings.release_from_end.clone(),
        },
        latency: settings.latency,
        commit_records: u64::from(settings.commit_records),
        drain_deadline: settings.drain_deadline,
        delivery: settings.delivery,
        rollout_max: settings.rollout_max,
        state: StateConfig {
            folder: settings.state_dir.clone(),
            bytes_max: settings.state_memory_bytes,
        },
        registry: settings.registry.clone().map(|registry| RegistryConfig {
            access: registry.access,
            rules: registry.rules,
        }),
        ..StreamConfig::new(group, settings.properties.clone())
    }
}
