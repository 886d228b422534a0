//! What was found, for people and for programs.

use crate::cli::screen::{Tone, one_line, paint};
use serde_json::json;
use veilstream::kafka::examination::{Finding, Status};
use veilstream::language::fold::fold;

pub fn json(findings: &[Finding]) -> String {
    let rows: Vec<serde_json::Value> = findings
        .iter()
        .map(|f| {
            json!({
                "check": f.check,
                "subject": f.subject,
                "status": f.status.as_str(),
                "what": f.what,
                "help": f.help,
            })
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&rows).expect("a JSON value is JSON");
    text.push('\n');
    text
}

/// A line a finding, folded at `columns`, what to do beneath it, and a count.
pub fn text(findings: &[Finding], columns: usize) -> String {
    let mut out = String::new();
    for finding in findings {
        let (tone, word) = match finding.status {
            Status::Ok => (Tone::Good, "ok        "),
            Status::NotTried => (Tone::Faint, "not tried "),
            Status::Warning => (Tone::Warning, "warning   "),
            Status::Failed => (Tone::Error, "failed    "),
        };
        let mut line = finding.check.to_owned();
        if !finding.subject.is_empty() {
            line.push_str(&format!(" {}", finding.subject));
        }
        line.push_str(&format!(": {}", finding.what));
        out.push_str(&paint(tone, word));
        out.push_str(&format!("{}\n", fold(&one_line(line), columns, word.len())));
        if !finding.help.is_empty() {
            let help = fold(&one_line(&finding.help), columns, word.len() + 2);
            out.push_str(&format!("          → {help}\n"));
        }
    }
    let count = |status| findings.iter().filter(|f| f.status == status).count();
    out.push_str(&format!(
        "{} ok, {} not tried, {} warnings, {} failed\n",
        count(Status::Ok),
        count(Status::NotTried),
        count(Status::Warning),
        count(Status::Failed)
    ));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_stands_in_both_forms_with_what_to_do() {
        let findings = [
            Finding::new("topic", "raw", Status::Failed, "is missing").help("make it"),
            Finding::new("clock", "", Status::NotTried, "unknown"),
        ];
        let text = anstream::adapter::strip_str(&text(&findings, 80)).to_string();
        assert_eq!(
            text,
            "failed    topic raw: is missing\n          → make it\nnot tried clock: unknown\n0 ok, 1 not tried, 0 warnings, 1 failed\n"
        );
        let rows: serde_json::Value = serde_json::from_str(&json(&findings)).unwrap();
        assert_eq!(
            rows[0],
            json!({"check": "topic", "subject": "raw", "status": "failed", "what": "is missing", "help": "make it"})
        );
        assert_eq!(rows[1]["status"], "not_tried");
    }
}
