//! The flags that choose among quarantined records.

use crate::cli::{Exit, Failure, clock};
use veilstream::language::duration;
use veilstream::record::Reason;
use veilstream::repair::{Choice, OffsetRange};

/// Which records are meant: those that fit every flag.
#[derive(clap::Args)]
pub struct Which {
    /// Refused for this reason (repeatable)
    #[arg(long, value_name = "REASON", value_parser = reason)]
    reason: Vec<Reason>,
    /// Refused by this field, as the policy writes it (repeatable)
    #[arg(long, value_name = "PATH")]
    field: Vec<String>,
    /// Refused by this output (repeatable)
    #[arg(long, value_name = "TOPIC")]
    output: Vec<String>,
    /// Read from this topic (repeatable)
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
    /// At these places of the quarantine topic: PARTITION:OFFSET or
    /// PARTITION:FIRST-LAST (repeatable)
    #[arg(long, value_name = "PLACE")]
    at: Vec<OffsetRange>,
    /// Quarantined since then: a time in RFC 3339, or a length of time ago (`2h`)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Quarantined before then
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

fn reason(text: &str) -> Result<Reason, String> {
    let quarantines = |r: &Reason| !r.is_withheld();
    Reason::from_word(text).filter(quarantines).ok_or_else(|| {
        let words = Reason::ALL.into_iter().filter(quarantines);
        let words: Vec<&str> = words.map(Reason::as_str).collect();
        format!("the reasons are {}", words.join(", "))
    })
}

impl Which {
    /// The choice.
    ///
    /// # Errors
    /// 64 when a time is none.
    pub fn choice(self) -> Result<Choice, Failure> {
        Ok(Choice {
            reasons: self.reason,
            fields: self.field,
            outputs: self.output,
            topics: self.topic,
            places: self.at,
            since_ms: self.since.map(|t| time("--since", &t)).transpose()?,
            until_ms: self.until.map(|t| time("--until", &t)).transpose()?,
        })
    }
}

/// Milliseconds since 1970.
fn time(flag: &str, text: &str) -> Result<i64, Failure> {
    if let Some(ago) = duration::millis(text) {
        return Ok(clock::now().as_millisecond() - ago);
    }
    let time = text.parse::<jiff::Timestamp>();
    time.map(jiff::Timestamp::as_millisecond).map_err(|_| {
        Failure::new(Exit::Usage, format!("{flag} `{text}` is no time"))
            .help("write 2026-01-31T12:00:00Z, or a length of time ago: 90m, 2h, 7d")
    })
}
