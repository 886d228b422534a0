//! `veil schema`: the policy language for editors and other tools.

use super::{Exit, Outcome, screen};

/// Print the JSON Schema of the policy language
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil schema > veil-policy.v1.json

In the first line of a policy, for editors with a YAML language server:
  # yaml-language-server: $schema=veil-policy.v1.json")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let schema = veilstream::policy::schema::json_schema();
        let text = serde_json::to_string_pretty(&schema).expect("a JSON value is JSON");
        screen::put(format!("{text}\n").as_bytes())?;
        Ok(Exit::Ok)
    }
}
