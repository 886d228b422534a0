//! `veil run`: settings, policy, keys, stream, drain.

mod harden;
pub(super) mod signals;

use super::{Exit, Failure, Outcome, cluster, keyring, policy, screen};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use veilstream::admin::{self, Admin, AdminError};
use veilstream::keys::FileKeys;
use veilstream::language::finding::Severity;
use veilstream::language::{codes, report};
use veilstream::plan::Plan;
use veilstream::settings::{Delivery, Settings};
use veilstream::stream::{Cluster, End, Handle, Stream, StreamConfig};
use veilstream::telemetry::{Families, Readiness, Watch, log};

/// Run the sidecar: raw topics in, sanitized topics out, exactly once
///
/// Outputs, quarantine and consumed offsets are committed in one transaction.
/// SIGTERM or SIGINT finishes what is under way and exits 0 within ten seconds.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil run -p policy.yaml -X bootstrap.servers=broker:9092
  veil run -p policy.yaml -c veil.yaml --instance pod-0
  veil run -p policy.yaml -X bootstrap.servers=broker:9093 -X security.protocol=SASL_SSL \\
      -X sasl.mechanism=SCRAM-SHA-512 -X sasl.username=veil -X sasl.password=file:/run/secrets/kafka
  veil run -p policy.yaml -c veil.yaml --show-settings

Settings come from the file, then VEIL__… variables, then flags; later ones win.
Exits 0 after a drain or --once, 1 after a second signal, 69 when the cluster or
the port is not there, another instance took over, a stop could not commit, or
--once was stopped before the end or met a partition whose offset does not exist,
78 when policy, settings or keys cannot be used.")]
pub(crate) struct Args {
    /// The policy
    #[arg(short, long, value_name = "FILE")]
    policy: PathBuf,
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
    /// Process what is there at the start, commit, exit; partitions of other members are named
    #[arg(long)]
    once: bool,
    /// The least grave log line: error, warn, info, debug, trace [default: info]
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// How log lines are written: auto, text, json [default: auto]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Print the settings in force and where each comes from, and end
    #[arg(long)]
    show_settings: bool,
    #[command(flatten)]
    keys: keyring::Access,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let refused = harden::this_process();
        let settings = self.settings()?;
        if self.show_settings {
            screen::show(&settings.show())?;
            return Ok(Exit::Ok);
        }
        let families = Arc::new(Families::new());
        let json = log::start(
            settings.log_level,
            settings.log_format,
            screen::stderr_has_color(),
            &families,
        );
        for refused in refused {
            tracing::warn!("{refused}");
        }
        let ended = self.run_stream(&settings, &families);
        if json {
            ended.map_err(Failure::logged)
        } else {
            ended
        }
    }

    fn run_stream(&self, settings: &Settings, families: &Arc<Families>) -> Outcome {
        // From here on a signal drains, also one that comes while keys are unwrapped.
        let drain = Arc::new(Drain::default());
        let at_signal = Arc::clone(&drain);
        signals::listen(move |signal| {
            tracing::info!(signal, "draining: what is under way is committed first");
            at_signal.ask();
        })
        .map_err(|e| Failure::new(Exit::Software, "cannot listen for signals").why(e))?;
        let plan = Arc::new(self.plan()?);
        let readiness = Arc::new(Readiness::default());
        let expected = readiness.expect("stream");
        let routes = vec![
            admin::metrics(Arc::clone(families), Arc::clone(&readiness)),
            admin::health(readiness),
            admin::version(),
        ];
        let admin = Admin::start(settings.http, routes).map_err(|e| admin_failure(&e))?;
        tracing::info!(address = %admin.address(), "metrics and health at http://{}", admin.address());
        let stream = Arc::new(self.stream(settings, &plan, families)?);
        let probe = stream.probe();
        expected.answer(move || probe.conditions());
        drain.watch(&stream);
        ended(stream.wait())
    }

    fn settings(&self) -> Result<Settings, Failure> {
        self.cluster.settings(&[
            ("--group", "kafka.group", &self.group),
            ("--instance", "kafka.instance", &self.instance),
            ("--http", "http", &self.http),
            ("--log-level", "log.level", &self.log_level),
            ("--log-format", "log.format", &self.log_format),
        ])
    }

    /// The policy. Every finding is shown, and
    /// every entry under `dangerously:` is logged.
    fn plan(&self) -> Result<Plan, Failure> {
        let file = policy::read(&self.policy)?;
        let mut compiled = policy::compile_with(&file, &FileKeys::new(self.keys.open(false)));
        let Some(plan) = compiled.plan.take() else {
            return Err(policy::refuse(&file, &compiled));
        };
        if plan.quarantine.is_none() {
            return Err(Failure::new(
                Exit::Config,
                format!("the policy `{}` has no quarantine", self.policy.display()),
            )
            .why("a record that cannot be protected must have a place to go")
            .help("add `quarantine: { topic: …, key: … }`"));
        }
        for finding in compiled.findings.list() {
            match finding.severity {
                // Listed with its reason below.
                _ if finding.code == codes::ALLOWED => {}
                Severity::Note => {
                    tracing::info!(code = finding.code, "policy: {}", report::message(finding))
                }
                _ => tracing::warn!(code = finding.code, "policy: {}", report::message(finding)),
            }
        }
        for allowed in &compiled.allowed {
            tracing::warn!("dangerously: {allowed}");
        }
        tracing::info!(
            policy = plan.name,
            policy_version = plan.version,
            digest = %plan.digest,
            version = veilstream::build_info().version,
            "starting"
        );
        Ok(plan)
    }

    fn stream(
        &self,
        settings: &Settings,
        plan: &Arc<Plan>,
        families: &Families,
    ) -> Result<Handle, Failure> {
        let group = settings
            .group
            .clone()
            .unwrap_or_else(|| format!("veil-{}", plan.name));
        tracing::info!(
            group,
            instance = settings.instance.as_deref().unwrap_or("(random)"),
            brokers = settings.brokers.join(","),
            "joining"
        );
        let config = StreamConfig {
            instance: settings.instance.clone(),
            limits: settings.limits,
            workers: settings.workers,
            memory_bytes: Some(settings.memory_bytes),
            commit_interval: settings.commit_interval,
            commit_records: u64::from(settings.commit_records),
            drain_deadline: settings.drain_deadline,
            once: self.once,
            cluster: Cluster::Kafka,
            delivery: settings.delivery,
            ..StreamConfig::new(group, settings.properties.clone())
        };
        let refused = |error: &dyn std::fmt::Display| {
            Failure::new(Exit::Config, "the stream cannot start").why(error)
        };
        let figures = families.only_group().map_err(|e| refused(&e))?;
        if settings.delivery == Delivery::AtLeastOnce {
            tracing::warn!(
                "`delivery: at_least_once`: after a crash or a rebalance some records are written again"
            );
        }
        let watch = Watch::new(
            figures,
            plan,
            settings.memory_bytes,
            settings.delivery.as_str(),
        );
        Stream::start(config, Arc::clone(plan), Arc::new(watch)).map_err(|e| refused(&e))
    }
}

/// Passes a signal on to the stream, whichever of the two comes first.
#[derive(Default)]
struct Drain {
    asked: AtomicBool,
    stream: OnceLock<Arc<Handle>>,
}

impl Drain {
    fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
        if let Some(stream) = self.stream.get() {
            stream.stop();
        }
    }

    fn watch(&self, stream: &Arc<Handle>) {
        let stream = self.stream.get_or_init(|| Arc::clone(stream));
        if self.asked.load(Ordering::SeqCst) {
            stream.stop();
        }
    }
}

fn admin_failure(error: &AdminError) -> Failure {
    Failure::new(Exit::Unavailable, "metrics and health cannot be served")
        .why(error)
        .help("pass another address with --http ADDR:PORT; port 0 takes any free port")
}

fn ended(end: End) -> Outcome {
    match end {
        End::Done => {
            tracing::info!("ended: everything read is committed");
            Ok(Exit::Ok)
        }
        other => Err(Failure::new(Exit::Unavailable, other.to_string())),
    }
}
