//! `veil test`: a policy's own tests.

use super::screen::{Tone, paint};
use super::{Exit, Format, Outcome, policies, policy, screen};
use std::path::PathBuf;
use std::sync::Arc;
use veilstream::keys::TestKeys;
use veilstream::trial::{self, Verdict};

/// Run the tests that policies carry, through the code of the stream
///
/// They run under fixed test keys, never under a keyring, so that pseudonyms
/// can be written down in the policy.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil test policy.yaml
  veil test policies/ --format json

Exits 0 when all tests pass, 2 when some fail, 78 when a policy cannot be used.")]
pub struct Args {
    /// The policies: files, folders, or `-` for standard input
    #[arg(required = true, value_name = "POLICY")]
    policies: Vec<PathBuf>,
    /// How to print results
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let mut passed = 0;
        let mut failed = 0;
        let mut rows = Vec::new();
        let mut refused = None;
        for file in policies::read(&self.policies)? {
            let path = &file.path;
            let mut compiled = policy::compile_with(&file, &TestKeys);
            let Some(plan) = compiled.plan.take() else {
                refused = Some(policy::refuse(&file, &compiled));
                continue;
            };
            let verdicts = trial::run(&Arc::new(plan), &compiled.tests);
            let bad = verdicts
                .iter()
                .filter(|v| !v.differences.is_empty())
                .count();
            failed += bad;
            passed += verdicts.len() - bad;
            let name = path.display().to_string();
            match self.format {
                Format::Text => screen::show(&text(&name, &verdicts))?,
                Format::Json => rows.extend(verdicts.iter().map(|v| {
                    serde_json::json!({
                        "file": name,
                        "test": v.name,
                        "passed": v.differences.is_empty(),
                        "differences": v.differences,
                    })
                })),
            }
        }
        if self.format == Format::Json {
            let text = serde_json::to_string_pretty(&rows).expect("a JSON value is JSON");
            screen::put(format!("{text}\n").as_bytes())?;
        } else {
            screen::show(&format!("{passed} passed, {failed} failed\n"))?;
        }
        match refused {
            Some(refused) => Err(refused),
            None if failed == 0 => Ok(Exit::Ok),
            None => Ok(Exit::Partly),
        }
    }
}

fn text(file: &str, verdicts: &[Verdict]) -> String {
    let mut text = format!("{}\n", paint(Tone::Strong, file));
    if verdicts.is_empty() {
        text.push_str("  no tests\n");
    }
    for verdict in verdicts {
        let mark = if verdict.differences.is_empty() {
            paint(Tone::Good, "ok")
        } else {
            paint(Tone::Error, "FAILED")
        };
        text.push_str(&format!("  {mark}  {}\n", verdict.name));
        for difference in &verdict.differences {
            text.push_str(&format!("      {difference}\n"));
        }
    }
    text
}
