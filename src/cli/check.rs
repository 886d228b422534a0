//! `veil check`: everything that is wrong with a policy, at once.

use super::{Exit, Failure, Outcome, annotations, keyring, policies, policy, screen};
use std::path::PathBuf;
use veilstream::keys::FileKeys;
use veilstream::language::finding::Severity;
use veilstream::language::report;

/// Check policies: every mistake at once, with place, cause and fix
///
/// Keys are looked up as `veil run` would, so a missing keyring is found here.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil check policy.yaml
  veil check policies/ --deny-warnings
  sed s/analytics/reporting/ policy.yaml | veil check -
  veil check policy.yaml --format json
  veil check policies/ --format sarif > findings.sarif

Exits 0 when there is nothing to say, 1 when there are warnings only, 78 when
there is an error: `veil run` would refuse to start. It also refuses a policy
without a quarantine, which is a warning: `veil apply` needs none.")]
pub struct Args {
    /// The policies: files, folders, or `-` for standard input
    #[arg(required = true, value_name = "POLICY")]
    policies: Vec<PathBuf>,
    /// Exit 78 when there are warnings
    #[arg(long)]
    deny_warnings: bool,
    /// How to print findings
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    keys: keyring::Access,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one list of all findings
    Json,
    /// SARIF 2.1.0, for what shows findings beside the code
    Sarif,
    /// Workflow commands of GitHub, one a line
    Github,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let keys = FileKeys::new(self.keys.open(false));
        let mut worst = None;
        let mut rows: Vec<serde_json::Value> = Vec::new();
        let mut text = String::new();
        for file in policies::read(&self.policies)? {
            let path = &file.path;
            let compiled = policy::compile_with(&file, &keys);
            worst = worst.max(compiled.findings.worst());
            match self.format {
                Format::Json | Format::Sarif | Format::Github => {
                    let json =
                        report::json(&compiled.findings, &path.display().to_string(), &file.text);
                    let list: Vec<serde_json::Value> =
                        serde_json::from_str(&json).expect("findings are a JSON list");
                    rows.extend(list);
                }
                Format::Text => {
                    text.push_str(&policy::report(
                        &file,
                        &compiled,
                        screen::stdout_has_color(),
                        screen::stdout_columns(),
                    ));
                    if compiled.findings.list().is_empty() {
                        text.push_str(&format!("{}: no findings\n", path.display()));
                    }
                }
            }
        }
        match self.format {
            Format::Text => screen::show(&text)?,
            Format::Json => {
                let list = serde_json::to_string_pretty(&rows).expect("a JSON value is JSON");
                screen::show(&format!("{list}\n"))?;
            }
            Format::Sarif => screen::put(annotations::sarif(&rows).as_bytes())?,
            Format::Github => screen::put(annotations::github(&rows).as_bytes())?,
        }
        match worst {
            Some(Severity::Error) => Err(Failure::said(Exit::Config)),
            Some(Severity::Warning) if self.deny_warnings => Err(Failure::said(Exit::Config)),
            Some(Severity::Warning) => Ok(Exit::Warnings),
            Some(Severity::Note) | None => Ok(Exit::Ok),
        }
    }
}
