//! `veil run`: settings, policy, keys, stream, drain.

pub(super) mod harden;
mod live_risk;
mod policies;
mod reload;
mod remembered;
mod summary;
mod watched;

use super::member::{self, stream_config};
use super::release_log::Log;
use super::signals::{self, Signals};
use super::{Exit, Failure, Format, Outcome, cluster, keyring, screen, token};
use live_risk::Looking;
use policies::Policy;
use reload::{InForce, Reloader, Requests};
use remembered::StateDir;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;
use veilstream::admin::{self, Admin, AdminError, Token};
use veilstream::pipeline::UnnamedMembers;
use veilstream::pipeline::condition::Condition;
use veilstream::pipeline::{Onlooker, ReleaseLog};
use veilstream::plan::{IMMEDIATE_GROUP, Plan};
use veilstream::settings::{Delivery, Settings, SettingsError};
use veilstream::stream::{End, Groups, StreamConfig};
use veilstream::telemetry::log::{self, LogFormat, LogLevel};
use veilstream::telemetry::{Families, Readiness, Summary, Watch};
use watched::Watched;

/// Run the sidecar: raw topics in, sanitized topics out, exactly once
///
/// Outputs, quarantine and consumed offsets are committed in one transaction.
/// SIGTERM or SIGINT finishes what is under way and exits 0 within ten seconds.
/// SIGHUP, `veil reload` and `--watch` read the policy again: an invalid one is
/// refused, a weaker one too unless its digest is named; the one before runs on.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil run -p policy.yaml -X bootstrap.servers=broker:9092
  veil run -p policy.yaml -c veil.yaml --instance pod-0
  veil run -p policy.yaml -X bootstrap.servers=broker:9093 \\
      -X security.protocol=SASL_SSL -X sasl.mechanism=SCRAM-SHA-512 \\
      -X sasl.username=veil -X sasl.password=file:/run/secrets/kafka
  veil run -p policy.yaml -c veil.yaml --watch
  veil run -p policy.yaml -c veil.yaml --show-settings

As JSON the settings are a list of {key, value, source}, each a text.

Settings come from the file, then VEIL__… variables, then flags; later ones
win.

Exits 0 after a drain or --once, 1 after a second signal, 69 when the cluster
or the port is not there, another instance took over, a stop could not commit,
or --once was stopped before the end or met a partition whose offset does not
exist, 78 when policy, settings or keys cannot be used, the policy is weaker
than the one remembered under `state_dir`, or another policy or program is in
the group.")]
pub(crate) struct Args {
    /// The policy
    #[arg(short, long, value_name = "FILE")]
    policy: PathBuf,
    #[command(flatten)]
    member: member::MemberFlags,
    /// Process what is there at the start, commit, exit; partitions of other members are named
    #[arg(long)]
    once: bool,
    /// Read the policy again when it, its keyrings or its tables change
    #[arg(long)]
    watch: bool,
    /// Take over a weaker policy with this digest, at the start and by a reload
    #[arg(long, value_name = "DIGEST", value_parser = super::reload::digest)]
    accept_weaker: Option<String>,
    /// The least grave log line: error, warn, info, debug, trace [default: info]
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// How log lines are written: auto, text, json [default: auto]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Print the settings in force and where each comes from, and end
    #[arg(long)]
    show_settings: bool,
    /// How to print the settings
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        requires = "show_settings"
    )]
    format: Format,
    #[command(flatten)]
    keys: keyring::Access,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let refused = harden::undumpable();
        // First of all: a SIGHUP would end the process.
        let signals = Signals::catch(true)
            .map_err(|e| Failure::new(Exit::Software, "cannot listen for signals").why(e))?;
        let families = Arc::new(Families::new());
        let settings = match self.settings() {
            Ok(settings) => settings,
            Err(mistakes) => {
                // Even these are lines of a log, where there is one.
                if !self.show_settings {
                    let (format, color) = (self.log_format_asked(), screen::stderr_has_color());
                    log::start(LogLevel::Info, format, color, &families);
                }
                return Err(cluster::failure(&mistakes));
            }
        };
        if self.show_settings {
            return self.show(&settings);
        }
        log::start(
            settings.log_level,
            settings.log_format,
            screen::stderr_has_color(),
            &families,
        );
        for refused in refused {
            tracing::warn!("{refused}");
        }
        self.run_stream(signals, &settings, &families)
    }

    /// The settings in force; what `run` would refuse is refused.
    fn show(&self, settings: &Settings) -> Outcome {
        let policy = Policy::read(&self.policy, &self.keys, true);
        let policy = policy.map_err(|unusable| unusable.failure(&self.policy))?;
        let config = stream_config(settings, &policy.plan);
        for plan in &policy.groups {
            let own = config.of_group(plan, &policy.groups);
            own.and_then(|own| own.clients(plan))
                .map_err(|e| cannot_start(&e))?;
        }
        match self.format {
            Format::Text => screen::show_folded(&settings.show(&config.group))?,
            Format::Json => {
                let rows = settings.show_json(&config.group);
                let text = serde_json::to_string_pretty(&rows).expect("a JSON value is JSON");
                screen::put_json(&format!("{text}\n"))?;
            }
        }
        Ok(Exit::Ok)
    }

    /// How log lines are written as far as that is known without the settings.
    fn log_format_asked(&self) -> LogFormat {
        match self.log_format.as_deref() {
            Some("json") => LogFormat::Json,
            Some("text") => LogFormat::Text,
            _ => LogFormat::Auto,
        }
    }

    fn run_stream(
        &self,
        signals: Signals,
        settings: &Settings,
        families: &Arc<Families>,
    ) -> Outcome {
        // From here on a signal drains, also one that comes while keys are unwrapped.
        let drain = Arc::new(Drain::default());
        let requests = Arc::new(Requests::new());
        let (at_end, at_hangup) = (Arc::clone(&drain), Arc::clone(&requests));
        let draining = move |signal| {
            tracing::info!(signal, "draining: what is under way is committed first");
            at_end.ask();
        };
        let hangup = move |drains| match drains {
            true => tracing::info!("SIGHUP is ignored: it drains; the next start reads the policy"),
            false => at_hangup.signal(),
        };
        signals
            .heed(draining, hangup, signals::UNCOMMITTED)
            .map_err(|e| Failure::new(Exit::Software, "cannot listen for signals").why(e))?;
        let state = settings.state_dir.as_deref().map(StateDir::open);
        let state = state.transpose()?;
        // Before the first thread of the stream, of its client or of the pages:
        // what is started later is confined too.
        let log = settings.release_audit.as_deref();
        let of_log = log.map(|log| match log.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        });
        let writable: Vec<&Path> = (settings.state_dir.as_deref().into_iter())
            .chain(of_log)
            .collect();
        harden::confine(settings.sandbox, &writable)?;
        let token = settings.admin_token_file.as_deref().map(token::read);
        let token = token.transpose()?.map(|t| Token::new(t.as_bytes()));
        // Without a token nobody may ask for them.
        let asked_for = settings.unnamed && token.is_some();
        let unnamed: Option<Arc<UnnamedMembers>> = asked_for.then(Arc::default);
        let listed = unnamed.clone();
        // Before it is read: a change that comes meanwhile is seen as one.
        let mut watched = Watched::default();
        watched.look(std::slice::from_ref(&self.policy));
        let policy = self.policy(state.as_ref())?;
        let changed = watched.look(&policy.files);
        let log = log.map(|log| Log::begin(log, &policy.plan, &policy.said).map(Arc::new));
        let log = log.transpose()?;
        let readiness = Arc::new(Readiness::default());
        let parts = policy.groups.iter().map(|plan| part(plan));
        let expected: Vec<_> = parts.map(|part| readiness.expect(part)).collect();
        let by_http = Arc::clone(&requests);
        let routes = vec![
            admin::metrics(Arc::clone(families), Arc::clone(&readiness)),
            admin::health(Arc::clone(&readiness)),
            admin::version(),
            admin::unnamed(token.clone(), move || {
                let found = listed.as_ref()?.paths();
                Some(serde_json::to_string(&found).expect("paths and counts are JSON"))
            }),
            admin::reload(token, move |accepted| by_http.http(accepted.as_deref())),
        ];
        let admin = Admin::start(settings.http, routes).map_err(|e| admin_failure(&e))?;
        tracing::info!(address = %admin.address(), "metrics and health at http://{}", admin.address());
        let begun = Instant::now();
        let started = self.stream(settings, &policy, families, (unnamed, log.clone()))?;
        let stream = Arc::new(started.stream);
        let watches = started.watches.iter().cloned();
        for ((expected, probe), watch) in expected.into_iter().zip(stream.probes()).zip(watches) {
            let own = probe.clone();
            readiness.ask_for_note("group", move || own.note());
            let own = probe.clone();
            readiness.ask_for_note("schemas", move || own.note_of_schemas());
            expected.answer(move || {
                let conditions = probe.conditions();
                watch.ready(conditions.iter().all(Condition::is_met));
                conditions
            });
        }
        drain.watch(&stream);
        let reloader = Reloader {
            policy: self.policy.clone(),
            keys: self.keys.clone(),
            accepted: self.accept_weaker.clone(),
            state,
            families: Arc::clone(families),
            readiness,
            stream: Arc::clone(&stream),
            looking: started.looking,
            in_force: Mutex::new(InForce {
                digest: policy.digest(),
                said: policy.said,
                files: policy.files,
            }),
        };
        requests
            .begin(Arc::new(reloader), self.watch.then_some((watched, changed)))
            .map_err(|e| Failure::new(Exit::Software, "no thread to reload on").why(e))?;
        let waits = policy.groups.iter().any(|plan| plan.waiting().is_some());
        let end = stream.wait();
        let mut all = Summary::default();
        started
            .watches
            .iter()
            .for_each(|watch| all.add_group(&watch.summary()));
        summary::tell(&all, begun.elapsed());
        if let Some(log) = &log {
            log.end(end == End::Done, 0)?;
        }
        ended(end, waits)
    }

    fn settings(&self) -> Result<Settings, Vec<SettingsError>> {
        self.member.read(&[
            ("--log-level", "log.level", &self.log_level),
            ("--log-format", "log.format", &self.log_format),
        ])
    }

    /// The policy, not weaker than the one that is remembered.
    fn policy(&self, state: Option<&StateDir>) -> Result<Policy, Failure> {
        let policy = Policy::read(&self.policy, &self.keys, true);
        let policy = policy.map_err(|unusable| unusable.failure(&self.policy))?;
        if let Some(state) = state {
            let accepted = self.accept_weaker.as_deref();
            policy.accept(&self.policy, &self.keys, state, accepted)?;
        }
        let plan = &policy.plan;
        tracing::info!(
            policy = plan.name,
            policy_version = plan.version,
            digest = %plan.digest,
            version = veilstream::build_info().version,
            "starting"
        );
        Ok(policy)
    }

    fn stream(
        &self,
        settings: &Settings,
        policy: &Policy,
        families: &Families,
        (unnamed, log): (Option<Arc<UnnamedMembers>>, Option<Arc<Log>>),
    ) -> Result<Started, Failure> {
        let plan = &policy.plan;
        if unnamed.is_some() && policy.groups.len() > 1 {
            tracing::warn!(
                "`unnamed` is not listed: records wait for a release, and what one group of outputs does not name another may"
            );
        }
        let mut config = StreamConfig {
            once: self.once,
            unnamed,
            release_log: log.map(|log| log as Arc<dyn ReleaseLog>),
            ..stream_config(settings, plan)
        };
        tracing::info!(
            group = config.group,
            instance = settings.instance.as_deref().unwrap_or("(random)"),
            brokers = settings.brokers.join(","),
            "joining"
        );
        if settings.delivery == Delivery::AtLeastOnce {
            tracing::warn!(
                "`delivery: at_least_once`: after a crash or a rebalance some records are written again"
            );
        }
        let mut watches = Vec::new();
        for plan in &policy.groups {
            let figures = match (plan.waiting(), policy.groups.len()) {
                (None, 1) => families.only_group(),
                (None, _) => families.group(IMMEDIATE_GROUP),
                (Some(output), _) => families.group(&output.topic),
            };
            let own = config.of_group(plan, &policy.groups);
            let own = own.map_err(|e| cannot_start(&e))?;
            watches.push(Arc::new(Watch::new(
                figures.map_err(|e| cannot_start(&e))?,
                plan,
                own.memory_bytes.unwrap_or(settings.memory_bytes),
                settings.delivery.as_str(),
            )));
        }
        let looking = match (settings.risk_window, &watches[..], plan.waiting()) {
            (Some(window), [watch], None) => {
                let at = (plan, &policy.said);
                Some(Arc::new(Looking::new(window, Arc::clone(watch), at)))
            }
            (Some(_), ..) => {
                tracing::warn!(
                    "`risk.window`: nothing is measured where records wait for a release; `veil risk` measures a sample"
                );
                None
            }
            (None, ..) => None,
        };
        config.onlooker = looking.clone().map(|looking| looking as Arc<dyn Onlooker>);
        let stream = Groups::start(&config, &policy.groups, &watches);
        Ok(Started {
            stream: stream.map_err(|e| cannot_start(&e))?,
            watches,
            looking,
        })
    }
}

/// Streams that were started, and who watches them.
struct Started {
    stream: Groups,
    watches: Vec<Arc<Watch>>,
    looking: Option<Arc<Looking>>,
}

/// How the stream of a release group is called.
fn part(plan: &Plan) -> String {
    match plan.waiting() {
        None => "stream".to_owned(),
        Some(output) => format!("stream of {}", output.topic),
    }
}

/// Passes a signal on to the stream, whichever of the two comes first.
#[derive(Default)]
struct Drain {
    asked: AtomicBool,
    stream: OnceLock<Arc<Groups>>,
}

impl Drain {
    fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
        if let Some(stream) = self.stream.get() {
            stream.stop();
        }
    }

    fn watch(&self, stream: &Arc<Groups>) {
        let stream = self.stream.get_or_init(|| Arc::clone(stream));
        if self.asked.load(Ordering::SeqCst) {
            stream.stop();
        }
    }
}

fn cannot_start(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Config, "the stream cannot start")
        .why(error)
        .help("`veil doctor` with the same flags says what is missing")
}

fn admin_failure(error: &AdminError) -> Failure {
    Failure::new(Exit::Unavailable, "metrics and health cannot be served")
        .why(error)
        .help("pass another address with --http ADDR:PORT; port 0 takes any free port")
}

/// `waits`: of a group of the policy records may still be waiting for a release.
fn ended(end: End, waits: bool) -> Outcome {
    match end {
        End::Done => {
            match waits {
                true => tracing::info!("ended: everything that left is committed"),
                false => tracing::info!("ended: everything read is committed"),
            }
            Ok(Exit::Ok)
        }
        End::Misplaced { what, help } | End::Unusable { what, help } => {
            Err(Failure::new(Exit::Config, what).help(help))
        }
        other => Err(Failure::new(Exit::Unavailable, other.to_string())),
    }
}
