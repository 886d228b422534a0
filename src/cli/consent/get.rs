//! `veil consent get`: how one person stands.

use super::connection::Where;
use super::person::Person;
use crate::cli::screen::{self, Format};
use crate::cli::{Exit, Failure, Outcome, audited, clock};
use jiff::Timestamp;
use veilstream::subject::{Decisions, Stand};

/// Show how one person stands in each category
///
/// By the last decision of each. Reads the topic of decisions whole, which for millions
/// of people takes a while; `veil serve` holds it and answers at once. That it was asked
/// stands in the audit log.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil consent get -p policy.yaml -c veil.yaml --kind customer --id 42
  veil consent get -p policy.yaml -X bootstrap.servers=broker:9092 \\
      --kind email --id - --format json < address

JSON is an object of categories; null where the person is silent, otherwise
is, at, until and permits, which is false for a grant that has ended.

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
        let mut audit = connection.begin(&self.audit, "consent get", &[])?;
        connection.record(&mut audit, [who])?;
        let store = connection.store()?;
        let standing = store.standing(who);
        audited::end(audit, standing.is_some(), 0)?;
        let standing =
            standing.ok_or_else(|| Failure::new(Exit::Unavailable, "it is not known"))?;
        let (now, expires_ms) = (clock::now(), people.live()?.expires_ms);
        let asked = people.plan.asked.iter().map(|c| c.name.as_str());
        let rows: Vec<(&str, Option<&Stand>)> =
            asked.map(|name| (name, standing.get(name))).collect();
        match self.format {
            Format::Json => {
                let told = rows.iter().map(|(name, stand)| {
                    let told = stand.map(|stand| {
                        serde_json::json!({
                            "is": stand.is.as_str(),
                            "at": stand.at.to_string(),
                            "until": stand.until_ms.and_then(time),
                            "permits": stand.is_granted(now, expires_ms),
                        })
                    });
                    ((*name).to_owned(), serde_json::json!(told))
                });
                let told: serde_json::Map<_, _> = told.collect();
                let told = serde_json::Value::Object(told);
                screen::put_json(&format!("{told}\n"))?;
            }
            Format::Text => {
                let told = rows.iter().map(|(name, stand)| {
                    let name = screen::one_line(name);
                    let Some(stand) = stand else {
                        return format!("{name}: silent, which counts as denied\n");
                    };
                    let (is, at) = (stand.is.as_str(), stand.at);
                    let until = stand.until_ms.and_then(time);
                    let until = until.map_or(String::new(), |u| format!(", until {u}"));
                    let is_over = is == "granted" && !stand.is_granted(now, expires_ms);
                    let over = if is_over { "; it has ended" } else { "" };
                    format!("{name}: {is}, since {at}{until}{over}\n")
                });
                screen::show(&told.collect::<String>())?;
            }
        }
        Ok(Exit::Ok)
    }
}

/// RFC 3339.
pub(super) fn time(ms: i64) -> Option<String> {
    let time = Timestamp::from_millisecond(ms).ok()?;
    Some(time.to_string())
}
