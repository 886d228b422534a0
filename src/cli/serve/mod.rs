//! `veil serve`: the pages on which people decide.

mod evidence;
mod links;
mod pages;
mod store;
mod tried;

pub(crate) use evidence::AuditLog;
pub(crate) use store::Store;

use super::people::{Keys, People};
use super::run::harden;
use super::signals::Signals;
use super::{Outcome, audited, cluster, keyring, screen, token};
use links::Links;
use pages::{centre, drain, ended, no_signals, no_thread, not_served, serve};
use std::path::PathBuf;
use std::sync::Arc;
use veilstream::admin::{self, Admin, Token};
use veilstream::pipeline::condition::Condition;
use veilstream::preferences::Done;
use veilstream::telemetry::{Families, Readiness, log};

/// Serve the pages on which people decide, and the calls by which programs do
///
/// A process of its own, reached by everybody: it holds the key of `rights.key` and no
/// other, and refuses a keyring with more in it. A person comes by a link that a program
/// made (`POST /v1/links`), sees how they stand in each category, and decides; a mail
/// program withdraws by one click (RFC 8058). Decisions go to the topics that the
/// sidecars follow, and are recorded in the audit log before. Looking changes nothing.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil serve -p policy.yaml -c veil.yaml
  veil serve -p policy.yaml -X bootstrap.servers=broker:9092 \\
      --http 127.0.0.1:9465
  veil serve -p policy.yaml --try

  curl -d '{\"kind\":\"customer\",\"id\":\"42\",\"scope\":\"prefs\"}' \\
      -H 'content-type: application/json' \\
      -H \"authorization: Bearer $(cat token)\" localhost:9465/v1/links

The settings are those of `veil run`; `serve.http` is where the pages are,
`serve.url` what stands before them in links, `serve.token_file` the token of
programs, `serve.proxies` whose word is taken on where a request comes from.
Metrics and health are served at `http`, which nobody else need reach. TLS is
the affair of a proxy before it, which must not log addresses below /p, /u
and /v1.

A link to decide lasts 15 minutes, one to withdraw 30 days; consent is given
with links of at most a day. All links end within seconds of `veil keys rotate`
on the key of `rights.key`: they are sealed and opened by its newest version
alone, whether or not it has begun. A keyring that is wrapped under a passphrase
is read again where that is in a file; else at the next start, as another
policy is.

Exits 0 after a signal, 1 after a second one, 69 when the cluster, a topic or
the port is not there, 66 and 77 when key or token cannot be read, 78 when
policy, settings or keyring cannot be used.")]
pub(crate) struct Args {
    /// The policy
    #[arg(short, long, value_name = "FILE")]
    policy: PathBuf,
    #[command(flatten)]
    cluster: cluster::ClusterFlags,
    /// Where the pages are served [default: 127.0.0.1:9465; with --try a free port]
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<String>,
    /// Look at the pages: with public keys, decisions in memory, for this machine alone
    #[arg(long = "try", conflicts_with_all = ["config", "properties"])]
    tried: bool,
    #[command(flatten)]
    keys: keyring::Access,
    #[command(flatten)]
    audit: audited::Flags,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        if self.tried {
            return tried::run(&self.policy, self.http.as_deref());
        }
        let refused = harden::undumpable();
        let signals = Signals::catch(false).map_err(no_signals)?;
        let settings = self
            .cluster
            .settings(&[("--http", "serve.http", &self.http)])?;
        let families = Arc::new(Families::new());
        let has_color = screen::stderr_has_color();
        log::start(
            settings.log_level,
            settings.log_format,
            has_color,
            &families,
        );
        for refused in refused {
            tracing::warn!("{refused}");
        }
        let ended = ended(signals)?;
        let people = People::open(&self.policy, &Keys::FilesAlone(&self.keys))?;
        let log = AuditLog::new(&people, &self.audit)?;
        let token = settings.serve.token_file.as_deref().map(token::read);
        let token = token.transpose()?.map(|t| Token::new(t.as_bytes()));
        // Before the first thread of a client or of the pages.
        let folder = log.folder();
        harden::confine(settings.sandbox, &[&folder])?;
        let store = Arc::new(Store::open(&people, &settings)?);
        let readiness = Arc::new(Readiness::default());
        let looked_at = Arc::clone(&store);
        readiness
            .expect("preferences")
            .answer(move || vec![Condition::unless("decisions", looked_at.trouble())]);
        families.serve_preferences(people.plan.asked.iter().map(|c| c.name.as_str()));
        let counted = Arc::clone(&families);
        let links = Links::followed(&people.sealing, people.sealer(&self.keys));
        let links = links.map_err(no_thread)?;
        let centre = centre(
            people,
            (links, token),
            &settings,
            (store, Arc::new(log)),
            move |done| count(&counted, done),
        );
        let routes = vec![
            admin::metrics(families, Arc::clone(&readiness)),
            admin::health(readiness),
            admin::version(),
        ];
        let watched = Admin::start(settings.http, routes).map_err(|e| not_served(&e, "http"))?;
        let served = serve(settings.serve.http, &centre)?;
        tracing::info!(
            pages = %served.address(),
            metrics = %watched.address(),
            version = veilstream::build_info().version,
            "serving"
        );
        if settings.serve.token_file.is_none() {
            tracing::warn!(
                "no `serve.token_file`: nobody can make links, so nobody can reach a page"
            );
        }
        // Its sender lives as long as the process.
        let _ = ended.recv();
        drain(&centre, served);
        Ok(super::Exit::Ok)
    }
}

fn count(families: &Families, done: Done<'_>) {
    match done {
        Done::Decision { category, is, by } => {
            families.count_decision(category, is.as_str(), by.as_str());
        }
        Done::LookedUp => families.count_look_up(),
        Done::Failed => families.count_failed_preference(),
        Done::Refused => families.count_refused_preference(),
    }
}
