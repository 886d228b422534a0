//! In the browser: the page asks, and is answered one question after the other.

use super::super::{Exit, Failure, Outcome, screen, signals};
use super::page;
use super::session::Session;
use serde::Deserialize;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use veilstream::admin::{Admin, AdminError, Answer};
use veilstream::playground::{Asked, Question, Secrets, playground};

/// Questions that wait at most; whoever comes later is told to ask again.
const WAITING_MAX: usize = 4;
/// What a second signal says and ends with.
const AT_ONCE: (Exit, &str) = (Exit::Ok, "stopped by a second signal");

/// What the page tries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tried {
    /// The policy's text.
    policy: String,
    /// The place of the record that is shown, from 0; behind the last: the last.
    #[serde(default)]
    record: usize,
    /// The place of the output that is shown, from 0.
    #[serde(default)]
    output: usize,
}

enum Event {
    Asked(Asked),
    End,
}

/// Where the page is served.
///
/// # Errors
/// 64 when that is no address, or not this machine's own.
pub(super) fn address(text: &str) -> Result<SocketAddr, Failure> {
    let local = text
        .strip_prefix("localhost:")
        .map(|port| format!("127.0.0.1:{port}"));
    let address: SocketAddr = local.as_deref().unwrap_or(text).parse().map_err(|_| {
        Failure::new(Exit::Usage, format!("`{text}` is no address and port"))
            .help("--serve 127.0.0.1:4195, or --serve alone for a free port")
    })?;
    if !address.ip().is_loopback() {
        return Err(Failure::new(
            Exit::Usage,
            format!("`{text}` could be reached from other machines"),
        )
        .why("the page shows the sample in clear, so it is served to this machine alone")
        .help(
            "serve at 127.0.0.1:4195 and forward the port: `ssh -L 4195:127.0.0.1:4195 HOST` on the other machine",
        ));
    }
    Ok(address)
}

/// Serves until a signal ends it. `sample`: its file; `None`: standard input.
pub(super) fn serve(address: SocketAddr, session: &Session, sample: Option<&Path>) -> Outcome {
    let secrets = Secrets::draw()
        .map_err(|_| Failure::new(Exit::Software, "the system gives no random bytes"))?;
    let (give, events) = sync_channel(WAITING_MAX);
    let end = give.clone();
    let waiting = move |asked| give.try_send(Event::Asked(asked)).ok();
    let admin = Admin::start_for_one(address, vec![playground(&secrets, waiting)])
        .map_err(|e| not_served(&e))?;
    // The main thread may be done already.
    signals::listen(move |_| drop(end.send(Event::End)), AT_ONCE)
        .map_err(|e| Failure::new(Exit::Software, "cannot listen for signals").why(e))?;
    let fragment = secrets.fragment();
    screen::tell_folded(
        "The sample is shown in clear to whoever has this address; ctrl-C ends it.\n",
    );
    screen::show(&format!("http://{}/#{fragment}\n", admin.address()))?;
    answer(session, sample, &events);
    Ok(Exit::Ok)
}

fn answer(session: &Session, sample: Option<&Path>, events: &Receiver<Event>) {
    while let Ok(Event::Asked(asked)) = events.recv() {
        // Somebody who types on has asked anew.
        if asked.is_awaited() {
            let answer = answered(session, sample, &asked.question);
            asked.answer(answer);
        }
    }
}

fn answered(session: &Session, sample: Option<&Path>, question: &Question) -> Answer {
    let with = |status, json: serde_json::Value| Answer {
        status,
        json: json.to_string(),
    };
    match question {
        Question::Start => with(200, page::start(session, sample)),
        Question::Try(body) => match serde_json::from_slice::<Tried>(body) {
            Err(_) => with(
                400,
                json!({ "error": "a question is {\"policy\": TEXT, \"record\": N, \"output\": N}" }),
            ),
            Ok(tried) => match page::answer(session, &tried.policy, tried.record, tried.output) {
                Ok(answer) => with(200, answer),
                Err(failure) => with(503, json!({ "error": failure.line() })),
            },
        },
    }
}

fn not_served(error: &AdminError) -> Failure {
    Failure::new(Exit::Unavailable, "the page cannot be served")
        .why(error)
        .help("pass another port, or --serve alone for a free one")
}
