//! `veil quarantine show`: one record, opened.

use super::connection::{self, evidence};
use super::refused::refused;
use crate::cli::{Exit, Failure, Outcome, audited, clock, opened, screen};
use std::ops::ControlFlow;
use std::path::PathBuf;
use veilstream::audit::Batch;
use veilstream::repair::{Entry, Found, OffsetRange, open};

/// Open one quarantined record
///
/// Prints one JSON object: where it was read, key, headers and value in clear.
/// Needs the keyring with the private half of the quarantine key, and --why: both
/// what was opened and why stand in the audit log before anything is shown.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil quarantine show 0:17 -p policy.yaml -c veil.yaml --why 'ticket 4711'
  veil quarantine show 0:17 -p policy.yaml -c veil.yaml --why 'ticket 4711' \\
      --keyring /secure/quarantine.json")]
pub struct Args {
    /// Where it lies in the quarantine topic
    #[arg(value_name = "PARTITION:OFFSET")]
    at: OffsetRange,
    #[command(flatten)]
    connection: connection::Where,
    /// The keyring with the private half; the policy's own unless set
    #[arg(long, value_name = "FILE")]
    keyring: Option<PathBuf>,
    #[command(flatten)]
    audit: audited::Flags,
}

impl Args {
    pub fn run(self) -> Outcome {
        let OffsetRange {
            partition,
            first,
            last,
        } = self.at;
        if first != last {
            return Err(Failure::new(Exit::Usage, "one record is shown at a time")
                .help("write PARTITION:OFFSET"));
        }
        let connection = self.connection.open()?;
        let keys = connection.private_keys(self.keyring.as_ref())?;
        let place = [("place", format!("{partition}:{first}"))];
        let intent = connection.intent("quarantine show", &place);
        let mut audit = self.audit.with_reason().begin(keys.keyring(), intent)?;
        let topic = &connection.topic;
        let absent = || {
            let name = topic.name();
            Failure::new(
                Exit::NoInput,
                format!("there is no quarantined record at {partition}:{first} of `{name}`"),
            )
            .help("`veil quarantine ls` counts what is there; `--at` narrows it to a place")
        };
        if !topic.partitions().contains(&partition) {
            return Err(absent());
        }
        let bounds = topic.bounds(partition).map_err(|e| refused(&e))?;
        if !(bounds.first..bounds.end).contains(&first) {
            return Err(absent());
        }
        let mut found: Option<(Entry, Vec<u8>)> = None;
        topic
            .read(partition, (first, first + 1), &|| false, |record| {
                let read = Found::read(record.headers(), record.at_ms, record.value.len());
                if let (Ok(Found::Entry(entry)), true) = (read, record.offset == first) {
                    found = Some((entry, record.value.to_vec()));
                }
                Ok(ControlFlow::Continue(()))
            })
            .map_err(|e| refused(&e))?;
        let (entry, value) = found.ok_or_else(absent)?;
        let (clear, key) = open(&value, &keys).map_err(|e| {
            Failure::new(Exit::Config, format!("the record at {partition}:{first} does not open"))
                .why(e)
                .help(format!(
                    "the original lies in `{}`, partition {}, offset {}, as long as that topic keeps it",
                    entry.topic.escape_debug(),
                    entry.partition,
                    entry.offset
                ))
        })?;
        let mut batch = Batch::default();
        batch.add(&key, evidence(&clear));
        audit
            .values(&mut batch, clock::now())
            .map_err(|e| audited::failure(&e))?;
        let mut line = opened::json(&clear);
        line.push('\n');
        screen::put_values(line.as_bytes())?;
        audited::end(audit, true, 0)?;
        Ok(Exit::Ok)
    }
}
