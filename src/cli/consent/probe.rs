//! `veil consent probe`: how long a decision takes to be kept, and to be seen.

use super::connection::{Where, not_written};
use crate::cli::screen::{self, Format};
use crate::cli::{Exit, Failure, Outcome, clock};
use std::time::{Duration, Instant};
use veilstream::consent::state::{By, Statement};
use veilstream::crypto::subject_index::SubjectIndex;
use veilstream::record::SubjectId;

/// What is not seen within that time is told as not seen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Measure how long a decision takes to be kept, and to be seen
///
/// Writes denials of somebody who does not exist, one after the other, and waits until
/// each is seen by a reader as the sidecars have. The running sidecars tell what a real
/// withdrawal takes with them: `veil_consent_withdrawal_delay_seconds`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil consent probe -p policy.yaml -c veil.yaml
  veil consent probe -p policy.yaml -X bootstrap.servers=broker:9092 \\
      --count 100 --format json

One record stays in the topic of decisions, and one a probe in its history: of
a name that no identifier has. JSON is an object: count, kept_ms, seen_ms, each
with p50, p99 and max.

Exits 0 when all were seen, 1 when one was not within 30 seconds, 69 when the
cluster did not take one.")]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,
    /// How many decisions
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    count: u16,
    /// How to print the figures
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// Times of all probes, in milliseconds.
#[derive(Default)]
struct Times(Vec<f64>);

impl Times {
    fn push(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1_000.0);
    }

    /// The time that so many of a hundred do not exceed.
    fn percentile(&self, of_hundred: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * of_hundred).div_ceil(100).max(1) - 1;
        sorted.get(rank).copied().unwrap_or_default()
    }

    fn json(&self) -> serde_json::Value {
        let rounded = |of_hundred| (self.percentile(of_hundred) * 10.0).round() / 10.0;
        serde_json::json!({ "p50": rounded(50), "p99": rounded(99), "max": rounded(100) })
    }

    fn text(&self) -> String {
        let [p50, p99, max] = [50, 99, 100].map(|p| self.percentile(p));
        format!("p50 {p50:.1} ms, p99 {p99:.1} ms, longest {max:.1} ms")
    }
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let connection = self.at.open()?;
        let people = &connection.people;
        let category = people.plan.asked.first().map(|c| c.name.clone());
        let category = category
            .ok_or_else(|| Failure::new(Exit::Config, "the policy asks people for nothing"))?;
        let nobody = nobody(&people.links)?;
        let store = connection.store()?;
        let (mut kept, mut seen, mut unseen) = (Times::default(), Times::default(), 0);
        for _ in 0..self.count {
            let at_ms = clock::now().as_millisecond();
            let statement = Statement::new(false, at_ms, By::Other);
            let begun = Instant::now();
            let place = store
                .put(nobody, &category, &statement)
                .map_err(not_written)?;
            kept.push(begun.elapsed());
            let acknowledged = Instant::now();
            match store.wait_for(&place, PATIENCE) {
                true => seen.push(acknowledged.elapsed()),
                false => unseen += 1,
            }
        }
        match self.format {
            Format::Json => {
                let json = serde_json::json!({
                    "count": self.count,
                    "unseen": unseen,
                    "kept_ms": kept.json(),
                    "seen_ms": seen.json(),
                });
                screen::put_json(&format!("{json}\n"))?;
            }
            Format::Text => screen::show(&format!(
                "kept by all replicas, history and decision: {}\nseen after that: {}\n{}",
                kept.text(),
                seen.text(),
                match unseen {
                    0 => String::new(),
                    n => format!("{n} were not seen within 30 s\n"),
                }
            ))?,
        }
        Ok(match unseen {
            0 => Exit::Ok,
            _ => Exit::Warnings,
        })
    }
}

/// A name that no identifier has: canonical values begin with a tag, and this is none.
fn nobody(key: &veilstream::keys::KeyHandle) -> Result<SubjectId, Failure> {
    let index = SubjectIndex::new(&key.root, "veil-probe", "");
    let index = index.map_err(|e| Failure::new(Exit::Software, e.to_string()))?;
    Ok(index.id(b"\0probe"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let mut times = Times::default();
        assert_eq!(times.percentile(50), 0.0);
        for ms in (1..=200).rev() {
            times.push(Duration::from_millis(ms));
        }
        assert_eq!(
            [50, 99, 100].map(|p| times.percentile(p)),
            [100.0, 198.0, 200.0]
        );
        let json = times.json();
        assert_eq!((&json["p50"], &json["max"]), (&100.0.into(), &200.0.into()));
    }
}
