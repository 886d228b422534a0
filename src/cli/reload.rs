//! `veil reload`: asks a running sidecar to read its policy again.

use super::http::{Request, ask, reachable};
use super::screen::{self, Format};
use super::{Exit, Failure, Outcome, cluster, token};
use std::time::Duration;

/// The sidecar waits some seconds for each answer of the cluster.
const PATIENCE: Duration = Duration::from_secs(120);

/// Ask the sidecar on this machine to read its policy again
///
/// It reads, checks and compiles the policy, compares it with the one in force,
/// asks the cluster about its topics, and puts it in force between two
/// transactions. SIGHUP does the same; here the answer is told.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil reload -c veil.yaml
  veil reload -c veil.yaml --accept-weaker 5f4e…
  veil reload -c veil.yaml --http 127.0.0.1:9464 --format json

The settings are those of `veil run`: `admin.token_file` names the token,
`http` the address. Exits 0 when the policy is in force, 2 when it is weaker
and was refused, 66 and 77 when the token cannot be read or is another one, 69
when nobody answers, the cluster does not agree or a restart is needed, 78
when the policy or the settings cannot be used.")]
pub(crate) struct Args {
    #[command(flatten)]
    cluster: cluster::ClusterFlags,
    /// Where `veil run` serves its pages
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<String>,
    /// Take over a weaker policy with this digest
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    accept_weaker: Option<String>,
    /// How to print the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// Reads `--accept-weaker`.
///
/// # Errors
/// It is no SHA-256.
pub(crate) fn digest(text: &str) -> Result<String, String> {
    match text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("expected the digest of the new policy, 64 hexadecimal digits".to_owned()),
    }
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        // Which brokers there are does not matter here.
        let settings = self
            .cluster
            .settings_beside(&[("--http", "http", &self.http)])?;
        let Some(path) = &settings.admin_token_file else {
            return Err(Failure::new(Exit::Config, "no admin token is configured")
                .why("whoever may reload decides what leaves")
                .help("name a file that holds one by `admin.token_file` in the settings, of `veil run` too; or send SIGHUP"));
        };
        let token = token::read(path)?;
        if settings.http.port() == 0 {
            return Err(
                Failure::new(Exit::Config, "the settings leave the port to the system")
                    .help("pass --http ADDR:PORT: the log of the sidecar names it"),
            );
        }
        let address = reachable(settings.http);
        let mut path = "/reload".to_owned();
        if let Some(digest) = &self.accept_weaker {
            path.push_str(&format!("?accept_weaker={digest}"));
        }
        let request = Request {
            method: "POST",
            path: &path,
            token: Some(&token),
        };
        let answer = ask(address, &request, PATIENCE).map_err(|e| {
            Failure::new(
                Exit::Unavailable,
                format!("no sidecar answers at {address}"),
            )
            .why(e)
            .help("look whether `veil run` runs there, or pass --http ADDR:PORT")
        })?;
        match serde_json::from_str(&answer.text) {
            Ok(told) if answer.status != 401 && answer.status != 403 => {
                self.told(&told, &answer.text)
            }
            _ => {
                let exit = match answer.status {
                    401 | 403 => Exit::NotPermitted,
                    _ => Exit::Unavailable,
                };
                let what = format!("{address} answers {}", answer.status);
                Err(Failure::new(exit, what).why(answer.text.trim_end()))
            }
        }
    }

    fn told(&self, told: &serde_json::Value, text: &str) -> Outcome {
        let word = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
        let exit = match word("outcome").as_str() {
            "applied" => Exit::Ok,
            "weaker" => Exit::Partly,
            "invalid" => Exit::Config,
            _ => Exit::Unavailable,
        };
        if self.format == Format::Json {
            screen::put_json(text)?;
            return match exit {
                Exit::Ok => Ok(Exit::Ok),
                exit => Err(Failure::said(exit)),
            };
        }
        let list = |key: &str| told[key].as_array().cloned().unwrap_or_default();
        let mut shown = String::new();
        for mistake in list("mistakes") {
            shown.push_str(&format!(
                "error: {}\n",
                screen::one_line(mistake.as_str().unwrap_or_default())
            ));
        }
        for one in list("differences") {
            let part = |key: &str| screen::one_line(one[key].as_str().unwrap_or_default());
            let place = match (&*part("output"), &*part("type")) {
                ("", "") => part("field"),
                (output, "") => format!("{output}: {}", part("field")),
                (output, of_type) => format!("{output}: {} (type {of_type})", part("field")),
            };
            shown.push_str(&format!(
                "{}: {place}\n  - {}\n  + {}\n  = why:  {}\n\n",
                part("verdict"),
                part("was"),
                part("is"),
                part("why")
            ));
        }
        let said = |key: &str| screen::one_line(word(key));
        let (outcome, message, digest) = (said("outcome"), said("message"), said("digest"));
        shown.push_str(&match exit {
            Exit::Ok => format!("{outcome}: {message} ({digest})\n"),
            _ => format!("{outcome}: {message}\n"),
        });
        screen::show(&shown)?;
        match exit {
            Exit::Ok => Ok(Exit::Ok),
            exit => Err(Failure::said(exit)),
        }
    }
}
