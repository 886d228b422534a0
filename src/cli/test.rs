//! `veil test`: a policy's own tests.

mod update;

use super::junit::Suites;
use super::screen::{Tone, paint};
use super::{Exit, Failure, Outcome, policies, policy, screen};
use std::sync::Arc;
use veilstream::keys::TestKeys;
use veilstream::trial::{self, Verdict};

/// Run the tests that policies carry, through the code of the stream
///
/// They run under fixed test keys, never under a keyring, so that pseudonyms
/// can be written down in the policy.
///
/// With `--update` the outputs that tests expect (`expect`, `exactly`) are written
/// anew where something else leaves; values that match, comments and layout stay, and
/// a part of an output stays that part. A list of another length is written on one
/// line. What a test says besides (that a record is withheld or refused, what no output
/// may hold) is never changed, and a test that breaks it stays as it is and fails.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil test policy.yaml
  veil test policies/ --format json
  veil test policies/ --format junit > results.xml
  veil test policy.yaml --update --dry-run
  veil test policy.yaml --update

Exits 0 when all tests pass, 2 when some fail (with --dry-run, also when some
would be updated), 78 when a policy cannot be used: then --update writes none.")]
pub struct Args {
    #[command(flatten)]
    policies: policies::Given,
    /// How to print results
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Write the expected outputs anew, as they leave now
    #[arg(long, conflicts_with = "format")]
    update: bool,
    /// With --update: show what would change, and change nothing
    #[arg(long, requires = "update")]
    dry_run: bool,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one list of all tests
    Json,
    /// XML in the form of JUnit's, for build servers
    Junit,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        if self.update {
            if self.policies.has_stdin() {
                let failure = Failure::new(Exit::Usage, "standard input is no file to update");
                return Err(failure.help("name the policy's file"));
            }
            return update::update(&policies::read(&self.policies.paths())?, !self.dry_run);
        }
        let mut passed = 0;
        let mut failed = 0;
        let mut rows = Vec::new();
        let mut suites = Suites::default();
        let (mut refused, mut unread) = (None, 0);
        for file in policies::read(&self.policies.paths())? {
            let path = &file.path;
            let mut compiled = policy::compile_with(&file, &TestKeys);
            let Some(plan) = compiled.plan.take() else {
                refused = Some(policy::refuse(&file, &compiled));
                unread += 1;
                suites.refused(&path.display().to_string());
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
                Format::Junit => suites.add(&name, &verdicts),
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
        match self.format {
            Format::Text => screen::show(&summary(passed, failed, unread))?,
            Format::Junit => screen::put(suites.into_text().as_bytes())?,
            Format::Json => {
                let text = serde_json::to_string_pretty(&rows).expect("a JSON value is JSON");
                screen::put_json(&format!("{text}\n"))?;
            }
        }
        match refused {
            Some(refused) => Err(refused),
            None if failed == 0 => Ok(Exit::Ok),
            None => Ok(Exit::Partly),
        }
    }
}

/// The sums. Where no test ran, there is nothing that passed or failed.
fn summary(passed: usize, failed: usize, unread: usize) -> String {
    let not_run = match unread {
        0 => String::new(),
        1 => "the tests of 1 policy did not run: it has errors\n".to_owned(),
        n => format!("the tests of {n} policies did not run: they have errors\n"),
    };
    match (passed + failed, unread) {
        (0, 1..) => not_run,
        (0, 0) => "no test ran\n".to_owned(),
        _ => format!("{passed} passed, {failed} failed\n{not_run}"),
    }
}

fn text(file: &str, verdicts: &[Verdict]) -> String {
    let mut text = format!("{}\n", paint(Tone::Strong, &screen::one_line(file)));
    if verdicts.is_empty() {
        text.push_str("  no tests\n");
    }
    for verdict in verdicts {
        let mark = if verdict.differences.is_empty() {
            paint(Tone::Good, "ok")
        } else {
            paint(Tone::Error, "FAILED")
        };
        text.push_str(&format!("  {mark}  {}\n", screen::one_line(&verdict.name)));
        for difference in &verdict.differences {
            text.push_str(&format!("      {}\n", screen::one_line(difference)));
        }
    }
    text
}
