//! `veil consent history`: what one person decided, one after the other.

use super::connection::Where;
use super::get::time;
use super::person::Person;
use crate::cli::screen::{self, Format};
use crate::cli::{Exit, Failure, Outcome, audited};
use serde_json::{Value as Json, json};
use veilstream::kafka::client::Clients;
use veilstream::kafka::decision_history::{Past, of};

/// Show what one person decided, one after the other: the proof of consent
///
/// As the history topic holds it (GDPR article 7(1)), for as long as `rights.proof`
/// says. That it was asked stands in the audit log.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil consent history -p policy.yaml -c veil.yaml --kind customer --id 42
  veil consent history -p policy.yaml -X bootstrap.servers=broker:9092 \\
      --kind email --id - --format json < address

JSON is a list, the oldest first, of category, appended, partition, offset and
decision, which is what was written: v, is, at, until, by, text (SHA-256 of
what the person was told), proof, had.

Exits 0 when it is known, 64 for a kind or an identifier that is none of the
policy's, 69 when the cluster does not say.")]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,
    #[command(flatten)]
    person: Person,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    audit: audited::Flags,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let connection = self.at.open()?;
        let people = &connection.people;
        let who = self.person.who(people)?;
        let mut audit = connection.begin(&self.audit, "consent history", &[])?;
        connection.record(&mut audit, [who])?;
        let clients = Clients::of_decisions(&connection.settings.properties)
            .map_err(|e| Failure::new(Exit::Config, e.to_string()))?;
        let past = of(&clients, &people.live()?.history, who, &|| false);
        audited::end(audit, past.is_ok(), 0)?;
        let past =
            past.map_err(|e| Failure::new(Exit::Unavailable, "the history cannot be read").why(e))?;
        match self.format {
            Format::Json => {
                let told: Vec<Json> = past.iter().map(row).collect();
                screen::put_json(&format!("{}\n", Json::from(told)))?;
            }
            Format::Text if past.is_empty() => {
                screen::show("nothing was decided, as far as the history goes back\n")?;
            }
            Format::Text => screen::show(&past.iter().map(line).collect::<String>())?,
        }
        Ok(Exit::Ok)
    }
}

/// What was written; null: it is no decision.
fn decision(past: &Past) -> Json {
    // What serde would say of it is never shown: it may hold some of it.
    serde_json::from_slice(&past.value).unwrap_or_default()
}

fn row(past: &Past) -> Json {
    json!({
        "category": past.category,
        "appended": past.appended_ms.and_then(time),
        "partition": past.partition,
        "offset": past.offset,
        "decision": decision(past),
    })
}

fn line(past: &Past) -> String {
    let decision = decision(past);
    let word = |name: &str| decision[name].as_str().map(screen::one_line);
    let (Some(is), Some(at)) = (word("is"), word("at")) else {
        let category = screen::one_line(&past.category);
        return format!("{category}: a record that cannot be read, which counts as denied\n");
    };
    let more = [("until", "until"), ("by", "by"), ("proof", "proof")];
    let more = more.iter().filter_map(|(name, word_before)| {
        let text = word(name)?;
        Some(format!(", {word_before} {text}"))
    });
    format!(
        "{at}  {}: {is}{}\n",
        screen::one_line(&past.category),
        more.collect::<String>()
    )
}
