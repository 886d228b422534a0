//! Log lines: text for a terminal, JSON for a collector, never a value.

use super::families::Families;
use super::metric::Metric;
use prometheus::IntCounter;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// One line of text each.
    Text,
    /// One JSON object each.
    Json,
}

/// The least grave log line that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What stopped.
    Error,
    /// What needs attention.
    Warn,
    /// What happened.
    Info,
    /// What happened inside.
    Debug,
    /// Everything.
    Trace,
}

static IS_JSON: AtomicBool = AtomicBool::new(false);

/// True once the log was started as lines of JSON: nothing else may then be
/// written to standard error.
pub fn is_json() -> bool {
    IS_JSON.load(Ordering::Relaxed)
}

/// Starts logging to standard error, for the rest of the process.
///
/// Our own rooms and librdkafka's messages obey `level`. The client library's
/// own chatter below `warn` is left out whatever the level: it could print
/// what we did not look through. `color` is for text only. Returns true when
/// lines are JSON.
pub fn start(level: LogLevel, format: LogFormat, color: bool, families: &Arc<Families>) -> bool {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let targets = Targets::new()
        .with_target("veil", level)
        .with_target("veilstream", level)
        .with_target("librdkafka", level)
        .with_target("rdkafka", level.min(LevelFilter::WARN))
        .with_default(LevelFilter::ERROR.min(level));
    let json = match format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    // When standard error is gone there is nobody to tell, least of all there.
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    let lines: Box<dyn Layer<_> + Send + Sync> = if json {
        lines
            .json()
            .flatten_event(true)
            .with_filter(targets)
            .boxed()
    } else {
        lines.with_ansi(color).with_filter(targets).boxed()
    };
    let counted = Counted {
        error: families.counter(Metric::LogLines, &["error"]),
        warn: families.counter(Metric::LogLines, &["warn"]),
    };
    // A second start (tests in one process) keeps the first subscriber.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(counted.with_filter(LevelFilter::WARN))
        .try_init();
    IS_JSON.store(json, Ordering::Relaxed);
    json
}

struct Counted {
    error: IntCounter,
    warn: IntCounter,
}

impl<S: Subscriber> Layer<S> for Counted {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        match *event.metadata().level() {
            Level::ERROR => self.error.inc(),
            Level::WARN => self.warn.inc(),
            _ => {}
        }
    }
}
