//! `veil consent set`: one decision of one person.

use super::connection::{Where, not_written};
use super::person::Person;
use crate::cli::screen::{self, Format};
use crate::cli::{Exit, Failure, Outcome, audited, clock};
use veilstream::consent::state::{By, Statement, instant};
use veilstream::subject::{Decisions, Event, Evidence, Is};

/// Write one decision of one person
///
/// Recorded in the audit log before; answered when all replicas have it, with its place.
#[derive(clap::Args)]
#[command(override_usage = "\
veil consent set [OPTIONS] --policy <FILE> --kind <KIND> --id <ID> \\\n           --category <CATEGORY> --is <DECISION>")]
#[command(after_help = "\
Examples:
  veil consent set -p policy.yaml -c veil.yaml --kind customer --id 42 \\
      --category Ads --is denied
  veil consent set -p policy.yaml -X bootstrap.servers=broker:9092 \\
      --kind email --id - --category Ads --is granted --until 2027-12-28 \\
      --proof 'form 4711' --why 'ticket 12' < address

JSON is an object: topic, partition, offset. The identifier is shown nowhere.

Exits 0 when the decision is written, 64 for a kind, identifier or category
that is none of the policy's, 69 when it is not known to be written: run it
again.")]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,
    #[command(flatten)]
    person: Person,
    /// The category, one of the policy's
    #[arg(long, value_name = "CATEGORY")]
    category: String,
    /// What is decided: granted or denied
    #[arg(long, value_name = "DECISION", value_parser = is)]
    is: Is,
    /// When a grant ends: a day or a time in RFC 3339
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<i64>,
    /// Where the proof is kept, at most 256 characters; no identifier
    #[arg(long, value_name = "TEXT")]
    proof: Option<String>,
    /// How to print the place
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    audit: audited::Flags,
}

/// Reads `granted` or `denied`.
fn is(text: &str) -> Result<Is, String> {
    Is::read(text).ok_or_else(|| "a decision is granted or denied".to_owned())
}

/// Reads when a grant ends.
fn until(text: &str) -> Result<i64, String> {
    instant(text).ok_or_else(|| {
        "an end is a day, 2027-12-28, or a time, 2027-12-28T00:00:00Z (RFC 3339)".to_owned()
    })
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let usage = |what: String| Failure::new(Exit::Usage, what);
        if self.is == Is::Denied && self.until.is_some() {
            return Err(usage("a denial has no end: leave --until out".to_owned()));
        }
        let now = clock::now();
        if self
            .until
            .is_some_and(|until| until <= now.as_millisecond())
        {
            let over = "the end of that grant is over: nothing is granted by it";
            return Err(usage(over.to_owned()).help("a later --until, or --is denied"));
        }
        let mut statement = Statement {
            until_ms: self.until,
            proof: self.proof.clone(),
            ..Statement::new(self.is == Is::Granted, now.as_millisecond(), By::Import)
        };
        statement.value().map_err(|e| usage(e.to_string()))?;
        let connection = self.at.open()?;
        connection.people.category(&self.category)?;
        let who = self.person.who(&connection.people)?;
        let log = connection.log(&self.audit)?;
        let store = connection.store()?;
        let expires_ms = connection.people.live()?.expires_ms;
        let standing = store.standing(who).unwrap_or_default();
        let stand = standing.get(&self.category);
        let granted = stand.is_some_and(|s| s.is_granted(now, expires_ms));
        statement.had = self.is == Is::Denied && granted;
        let event = Event::Decision {
            who,
            category: &self.category,
            is: self.is,
            by: By::Import,
        };
        let refused = |e: &dyn std::fmt::Display| Failure::new(Exit::Io, e.to_string());
        let ended = log.before(&event).map_err(|e| refused(&e))?;
        let written = store.write(who, &self.category, &statement);
        ended(written.is_ok());
        let place = written.map_err(not_written)?;
        match self.format {
            Format::Json => {
                let json = serde_json::json!({
                    "topic": &*place.topic,
                    "partition": place.partition,
                    "offset": place.offset,
                });
                screen::put_json(&format!("{json}\n"))?;
            }
            Format::Text => screen::show(&format!(
                "{} in {} at {}/{}/{}\n",
                self.is.as_str(),
                screen::one_line(&self.category),
                place.topic,
                place.partition,
                place.offset
            ))?,
        }
        Ok(Exit::Ok)
    }
}
