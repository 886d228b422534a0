//! `veil health`: asks a running sidecar how it is, for images without a shell.

use super::http::{Answer, Request, ask, reachable};
use super::{Exit, Format, Outcome, screen};
use std::net::SocketAddr;
use std::time::Duration;

/// Ask the sidecar on this machine whether it is ready: 0 yes, 1 no
///
/// For health checks where there is neither a shell nor curl. It asks `/readyz`,
/// and prints what that says when the sidecar is not ready; an address of all
/// interfaces (0.0.0.0, ::) is asked on the loopback interface.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil health
  veil health --live
  veil health --http 127.0.0.1:9464 --timeout-ms 1000

JSON is an object on standard output, whatever the answer: asked, status, text,
error; null is what there is not.

Exits 0 when the answer is 200, 1 when it is another one or none comes in time.")]
pub struct Args {
    /// Where `veil run` serves metrics and health
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "VEIL__HTTP",
        default_value = "127.0.0.1:9464"
    )]
    http: SocketAddr,
    /// Ask whether the process answers at all (`/livez`), ready or not
    #[arg(long)]
    live: bool,
    /// Longest wait for the whole answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    timeout_ms: u64,
    /// How to print the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

impl Args {
    pub fn run(self) -> Outcome {
        let path = if self.live { "/livez" } else { "/readyz" };
        let address = reachable(self.http);
        let request = Request {
            method: "GET",
            path,
            token: None,
        };
        let answer = ask(address, &request, Duration::from_millis(self.timeout_ms));
        if self.format == Format::Json {
            let json = serde_json::json!({
                "asked": format!("{address}{path}"),
                "status": answer.as_ref().ok().map(|a| a.status),
                "text": answer.as_ref().ok().map(|a| a.text.trim_end()),
                "error": answer.as_ref().err().map(ToString::to_string),
            });
            screen::put_json(&format!("{json}\n"))?;
            return Ok(match answer {
                Ok(Answer { status: 200, .. }) => Exit::Ok,
                _ => Exit::Warnings,
            });
        }
        match answer {
            Ok(Answer { status: 200, .. }) => Ok(Exit::Ok),
            Ok(answer) => {
                screen::tell(&format!(
                    "{address}{path} answers {}\n{}",
                    answer.status, answer.text
                ));
                Ok(Exit::Warnings)
            }
            Err(error) => {
                screen::tell(&format!("{address}{path} does not answer: {error}\n"));
                Ok(Exit::Warnings)
            }
        }
    }
}
