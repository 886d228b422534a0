//! The pages, for looking at: words, colours, languages. Nothing is read but the policy,
//! nothing leaves this process.

use super::evidence::NoEvidence;
use super::links::Links;
use super::pages::{drain, ended, made, no_signals, serve};
use crate::cli::people::{Keys, People};
use crate::cli::signals::Signals;
use crate::cli::{Exit, Failure, Outcome, clock, screen};
use jiff::SignedDuration;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use veilstream::crypto::entropy::OsEntropy;
use veilstream::preferences::Proxies;
use veilstream::record::SubjectId;
use veilstream::subject::{Claims, GRANT_LIFE_MAX, May, Memory, WITHDRAW_LIFE};

/// Whose page is shown: nobody's.
const WHO: SubjectId = SubjectId([0; 16]);

/// Serves until a signal ends it.
pub(super) fn run(policy: &Path, http: Option<&str>) -> Outcome {
    let address = address(http.unwrap_or("127.0.0.1:0"))?;
    let signals = Signals::catch(false).map_err(no_signals)?;
    let ended = ended(signals)?;
    let people = People::open(policy, &Keys::OfTests)?;
    let topic = people.live()?.topic.to_string();
    let memory = Arc::new(Memory::new(&topic));
    let beside = (String::new(), Proxies::default());
    let links = Links::fixed(&people.sealing);
    let centre = made(
        people,
        (links, None),
        beside,
        (memory, Arc::new(NoEvidence)),
        |_| (),
    );
    let served = serve(address, &centre)?;
    let now = clock::now();
    let link = |may, life: SignedDuration| {
        let claims = Claims {
            who: WHO,
            may,
            categories: Vec::new(),
            made: now,
            until: now + life,
        };
        claims.seal(&(centre.links)(), &mut OsEntropy)
    };
    let too_much = |_| Failure::new(Exit::Software, "a link does not hold its claims");
    let decide = link(May::Prefs, GRANT_LIFE_MAX).map_err(too_much)?;
    let withdraw = link(May::Withdraw, WITHDRAW_LIFE).map_err(too_much)?;
    screen::tell_folded(
        "Decisions are kept in memory, under a public key; nothing is written. ctrl-C ends it.\n",
    );
    let at = served.address();
    screen::show(&format!(
        "decide    http://{at}/p/{decide}\nwithdraw  http://{at}/u/{withdraw}\n"
    ))?;
    let _ = ended.recv();
    drain(&centre, served);
    Ok(Exit::Ok)
}

/// This machine's own: the keys are public.
fn address(text: &str) -> Result<SocketAddr, Failure> {
    let address: SocketAddr = text.parse().map_err(|_| {
        Failure::new(Exit::Usage, "--http takes an address and a port")
            .help("--http 127.0.0.1:9465, or nothing for a free port")
    })?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err(Failure::new(
            Exit::Usage,
            "with --try the pages are served to this machine alone",
        )
        .why("their links are made with a public key")
        .help("--http 127.0.0.1:9465")),
    }
}
