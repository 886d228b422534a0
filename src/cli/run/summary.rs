//! What a run did, when it ends: a few lines for people, one line of JSON for a log.

use super::super::{clock, reasons, screen};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;
use veilstream::telemetry::{Summary, log};

/// Says it on standard error, as the log is written.
pub(super) fn tell(summary: &Summary, took: Duration) {
    match log::is_json() {
        true if tracing::enabled!(tracing::Level::INFO) => {
            // To the microsecond, as in every other line.
            let now = format!("{:.6}", clock::now());
            screen::tell(&json(summary, took, &now));
        }
        true => {}
        false => screen::tell(&text(summary, took)),
    }
}

fn text(summary: &Summary, took: Duration) -> String {
    let widths = summary.outputs.keys().map(|topic| topic.chars().count());
    let width = widths.max().unwrap_or(0).max(11);
    let mut text = format!("{:width$}  {}\n", "records in", summary.received);
    for (topic, output) in &summary.outputs {
        let _ = write!(text, "{topic:width$}  {} written", output.written);
        if output.counted > 0 {
            let _ = write!(text, ", {} counted", output.counted);
        }
        if output.left_out > 0 {
            let _ = write!(text, ", {} left out", output.left_out);
        }
        let withheld: u64 = output.withheld.iter().sum();
        if withheld > 0 {
            let by_reason = reasons::text(&output.withheld);
            let _ = write!(text, ", {withheld} withheld ({by_reason})");
        }
        if output.clearing_tombstones > 0 {
            let cleared = output.clearing_tombstones;
            let _ = write!(text, ", {cleared} cleared by tombstone");
        }
        text.push('\n');
    }
    let quarantined: u64 = summary.quarantined.iter().sum();
    let _ = write!(text, "{:width$}  {quarantined}", "quarantined");
    if quarantined > 0 {
        let _ = write!(text, " ({})", reasons::text(&summary.quarantined));
    }
    let _ = writeln!(text, "\n{:width$}  {:.1} s", "took", took.as_secs_f64());
    text
}

/// A log line like the others, and in their order, with objects in it.
#[derive(Serialize)]
struct Line<'s> {
    timestamp: &'s str,
    level: &'static str,
    message: &'static str,
    received: u64,
    outputs: BTreeMap<&'s str, Output>,
    quarantined: serde_json::Value,
    seconds: f64,
    target: &'static str,
}

#[derive(Serialize)]
struct Output {
    written: u64,
    #[serde(skip_serializing_if = "is_none")]
    left_out: u64,
    #[serde(skip_serializing_if = "is_none")]
    counted: u64,
    withheld: serde_json::Value,
    clearing_tombstones: u64,
}

/// True where nothing is left out, or counted: most outputs leave nothing out, ever.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_none(records: &u64) -> bool {
    *records == 0
}

fn json(summary: &Summary, took: Duration, now: &str) -> String {
    let outputs = summary.outputs.iter().map(|(topic, o)| {
        let output = Output {
            written: o.written,
            left_out: o.left_out,
            counted: o.counted,
            withheld: reasons::json(&o.withheld),
            clearing_tombstones: o.clearing_tombstones,
        };
        (&**topic, output)
    });
    let line = Line {
        timestamp: now,
        level: "INFO",
        message: "summary",
        received: summary.received,
        outputs: outputs.collect(),
        quarantined: reasons::json(&summary.quarantined),
        seconds: (took.as_secs_f64() * 1_000.0).round() / 1_000.0,
        target: module_path!(),
    };
    let line = serde_json::to_string(&line).expect("counts are JSON");
    format!("{line}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use veilstream::record::Reason;
    use veilstream::telemetry::OutputSummary;

    fn summary() -> Summary {
        let mut one = OutputSummary {
            written: 7,
            ..OutputSummary::default()
        };
        one.withheld[Reason::NoConsent.index()] = 2;
        let mut summary = Summary {
            received: 10,
            ..Summary::default()
        };
        summary.outputs.insert("shop.analytics".into(), one);
        summary
            .outputs
            .insert("mail".into(), OutputSummary::default());
        summary.quarantined[Reason::NotJson.index()] = 1;
        summary
    }

    #[test]
    fn people_read_lines_that_add_up() {
        assert_eq!(
            text(&summary(), Duration::from_millis(2_340)),
            "records in      10\n\
             mail            0 written\n\
             shop.analytics  7 written, 2 withheld (2 no_consent)\n\
             quarantined     1 (1 not_json)\n\
             took            2.3 s\n"
        );
    }

    #[test]
    fn a_log_gets_one_line_of_json() {
        let line = json(
            &summary(),
            Duration::from_millis(2_340),
            "2026-01-01T00:00:00Z",
        );
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.starts_with("{\"timestamp\":"), "{line}");
        let line: serde_json::Value = serde_json::from_str(&line).expect("it is JSON");
        assert_eq!(line["message"], "summary");
        assert_eq!(line["received"], 10);
        assert_eq!(
            line["outputs"]["shop.analytics"]["withheld"]["no_consent"],
            2
        );
        assert_eq!(line["outputs"]["mail"]["written"], 0);
        assert_eq!(line["quarantined"]["not_json"], 1);
        assert_eq!(line["seconds"], 2.34);
    }
}
