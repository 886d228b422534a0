//! The pages, begun and ended.

use super::links::Links;
use crate::cli::people::{self, People};
use crate::cli::signals::Signals;
use crate::cli::{Exit, Failure, clock};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use veilstream::admin::{Admin, AdminError, Token};
use veilstream::preferences::{Centre, Done, Proxies, Remembered, serve as pages};
use veilstream::settings::Settings;
use veilstream::subject::{Decisions, Evidence, Limits};

/// What a second signal says and ends with.
const AT_ONCE: (Exit, &str) = (Exit::Warnings, "stopped by a second signal");
/// What is being written at the end is waited for so long.
const DRAIN: Duration = Duration::from_secs(20);

/// What the pages are served from.
pub(super) fn centre(
    people: People,
    (links, token): (Arc<Links>, Option<Token>),
    settings: &Settings,
    (decisions, evidence): (Arc<dyn Decisions>, Arc<dyn Evidence>),
    counted: impl Fn(Done<'_>) + Send + Sync + 'static,
) -> Arc<Centre> {
    let address = settings.serve.url.clone().unwrap_or_default();
    let proxies = Proxies::new(settings.serve.proxies.clone());
    made(
        people,
        (links, token),
        (address, proxies),
        (decisions, evidence),
        counted,
    )
}

/// The same, under that address and with these proxies.
pub(super) fn made(
    people: People,
    (links, token): (Arc<Links>, Option<Token>),
    (address, proxies): (String, Proxies),
    (decisions, evidence): (Arc<dyn Decisions>, Arc<dyn Evidence>),
    counted: impl Fn(Done<'_>) + Send + Sync + 'static,
) -> Arc<Centre> {
    let plan = people.plan;
    Arc::new(Centre {
        categories: plan.asked.clone(),
        expires_ms: plan.live.as_ref().and_then(|live| live.expires_ms),
        links: Box::new(move || links.now()),
        named: Box::new(move |kind, id| people::named(&plan, kind, id)),
        decisions,
        evidence,
        token,
        address,
        proxies,
        counted: Box::new(counted),
        clock: clock::now,
        limits: Limits::default(),
        remembered: Remembered::default(),
        writes: Centre::writers(),
        turns: Arc::default(),
    })
}

/// Serves them.
pub(super) fn serve(address: std::net::SocketAddr, centre: &Arc<Centre>) -> Result<Admin, Failure> {
    pages(centre, address).map_err(|e| not_served(&e, "serve.http"))
}

/// What is being written is answered first.
pub(super) fn drain(centre: &Centre, served: Admin) {
    tracing::info!("ending: what is being written is answered first");
    let begun = Instant::now();
    while !centre.is_idle() && begun.elapsed() < DRAIN {
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(served);
}

/// Told of the first signal.
pub(super) fn ended(signals: Signals) -> Result<Receiver<()>, Failure> {
    let (end, ended) = channel();
    signals
        // The main thread may have ended.
        .heed(move |_| end.send(()).unwrap_or(()), |_| {}, AT_ONCE)
        .map_err(no_signals)?;
    Ok(ended)
}

/// The system gives no signal handler, or no thread.
pub(super) fn no_signals(error: std::io::Error) -> Failure {
    Failure::new(Exit::Software, "cannot listen for signals").why(error)
}

/// The system gives no thread.
pub(super) fn no_thread(error: std::io::Error) -> Failure {
    Failure::new(Exit::Software, "cannot start a thread").why(error)
}

/// The address cannot be had.
pub(super) fn not_served(error: &AdminError, setting: &str) -> Failure {
    Failure::new(Exit::Unavailable, "the pages cannot be served")
        .why(error)
        .help(format!(
            "another address: `{setting}` in the settings, or --http ADDR:PORT"
        ))
}
