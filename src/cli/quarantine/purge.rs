//! `veil quarantine purge`: chosen records are done with.

use super::refused::refused;
use super::{connection, narrow};
use crate::cli::{Exit, Failure, Format, Outcome, confirm, screen};
use veilstream::repair::{purge, survey};

/// Mark chosen records as done with, and delete what can be deleted
///
/// Kafka deletes from the front of a partition only: each is cut up to its first
/// record that is not done with. What lies behind stays, sealed, until that one is,
/// or until the topic's retention.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil quarantine purge -p policy.yaml -c veil.yaml --until 2026-01-01T00:00:00Z
  veil quarantine purge -p policy.yaml -c veil.yaml --reason not_json --yes
  veil quarantine purge -p policy.yaml -c veil.yaml --all

Asks before anything is deleted.")]
pub struct Args {
    #[command(flatten)]
    connection: connection::Where,
    #[command(flatten)]
    narrow: narrow::Which,
    /// Everything that lies in the topic
    #[arg(long)]
    all: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// How to print what was done
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

impl Args {
    pub fn run(self) -> Outcome {
        let choice = self.narrow.choice()?;
        if choice.is_everything() != self.all {
            let what = match self.all {
                true => "--all and a choice contradict each other",
                false => "what is to be purged?",
            };
            return Err(Failure::new(Exit::Usage, what)
                .help("choose with --reason, --field, --at, --until, …, or write --all"));
        }
        let connection = self.connection.open()?;
        let topic = &connection.topic;
        let never = || false;
        let mut writer = connection.writer()?;
        // A replay that runs is fenced: what it has done is known then.
        writer.open(&never).map_err(|e| refused(&e))?;
        let found = survey(topic, &choice, &never).map_err(|e| refused(&e))?;
        let found = found.ok_or_else(|| Failure::said(Exit::Unavailable))?;
        let question = format!(
            "{} records of `{}` will be deleted or marked as done with. They cannot be replayed then.",
            found.chosen(),
            topic.name()
        );
        if !self.yes && found.chosen() > 0 {
            confirm::ask(&question, "purge")?;
        }
        let purged = purge(topic, &found, &mut writer, &never).map_err(|e| refused(&e))?;
        screen::show(&match self.format {
            Format::Json => {
                let cut: Vec<_> = purged
                    .cut
                    .iter()
                    .map(|(partition, before)| {
                        serde_json::json!({ "partition": partition, "before": before })
                    })
                    .collect();
                let done = serde_json::json!({ "purged": purged.marked, "deleted": cut });
                format!("{done}\n")
            }
            Format::Text => {
                let mut text = format!("{} records are done with\n", purged.marked);
                for (partition, before) in &purged.cut {
                    text.push_str(&format!(
                        "partition {partition}: everything before offset {before} is deleted\n"
                    ));
                }
                text
            }
        })?;
        Ok(Exit::Ok)
    }
}
