//! Findings for what shows them beside the code: SARIF and GitHub's workflow
//! commands. Both are made of the rows of `check --format json`.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use veilstream::document::visible;

/// One line for each finding, `::error file=…,line=…,col=…,title=…::…`, as a
/// workflow of GitHub reads them from its output.
pub fn github(rows: &[Value]) -> String {
    let line = |row: &Value| {
        let command = match word(row, "severity") {
            "error" => "error",
            "warning" => "warning",
            _ => "notice",
        };
        format!(
            "::{command} file={},line={},col={},title={}::{}\n",
            property(word(row, "file")),
            row["line"],
            row["column"],
            property(word(row, "code")),
            data(&sentence(row)),
        )
    };
    rows.iter().map(line).collect()
}

/// A log in the Static Analysis Results Interchange Format, version 2.1.0 (OASIS).
pub fn sarif(rows: &[Value]) -> String {
    let codes: BTreeSet<&str> = rows.iter().map(|row| word(row, "code")).collect();
    let rules: Vec<Value> = codes.into_iter().map(|code| json!({"id": code})).collect();
    let results: Vec<Value> = rows.iter().map(result).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "veil",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let text = serde_json::to_string_pretty(&log).expect("a JSON value is JSON");
    text + "\n"
}

fn result(row: &Value) -> Value {
    let level = match word(row, "severity") {
        "error" => "error",
        "warning" => "warning",
        _ => "note",
    };
    json!({
        "ruleId": row["code"],
        "level": level,
        "message": {"text": sentence(row)},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(word(row, "file"))},
            "region": {"startLine": row["line"], "startColumn": row["column"]},
        }}],
    })
}

fn word<'r>(row: &'r Value, name: &str) -> &'r str {
    row[name].as_str().unwrap_or_default()
}

/// What is wrong, and what to do.
fn sentence(row: &Value) -> String {
    match word(row, "help") {
        "" => word(row, "message").to_owned(),
        help => format!("{}; {help}", word(row, "message")),
    }
}

/// A path as a reference by RFC 3986, relative where the path is.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// As the runner decodes it; what else a terminal would obey is spelled out.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25");
    let text = text.replace('\r', "%0D").replace('\n', "%0A");
    visible(&text, true).into_owned()
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(file: &str, severity: &str, message: &str, help: &str) -> Value {
        json!({
            "code": "V0109", "severity": severity, "file": file, "line": 17, "column": 20,
            "message": message, "help": help,
        })
    }

    #[test]
    fn no_text_ends_a_command_of_a_workflow_or_begins_another() {
        let rows = [
            row("a,b:c\n.yaml", "error", "100 %\r\n::error::mine", "do"),
            row("p.yaml", "note", "x: y, z", ""),
            row("\u{1b}[2K\u{9b}", "note", "\u{202e}", ""),
        ];
        assert_eq!(
            github(&rows),
            "::error file=a%2Cb%3Ac%0A.yaml,line=17,col=20,title=V0109::100 %25%0D%0A::error::mine; do\n\
             ::notice file=p.yaml,line=17,col=20,title=V0109::x: y, z\n\
             ::notice file=\\u{1b}[2K\\u{9b},line=17,col=20,title=V0109::\\u{202e}\n"
        );
    }

    #[test]
    fn a_log_has_what_its_schema_requires() {
        let rows = [
            row("ä b/p.yaml", "warning", "m", ""),
            row("/p.yaml", "note", "m", "h"),
        ];
        let log: Value = serde_json::from_str(&sarif(&rows)).unwrap();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["name"], "veil");
        assert_eq!(run["tool"]["driver"]["rules"], json!([{"id": "V0109"}]));
        let results = run["results"].as_array().unwrap();
        assert_eq!(results[0]["level"], "warning");
        assert_eq!(results[1]["level"], "note");
        assert_eq!(results[1]["message"]["text"], "m; h");
        let place = |n: usize| &results[n]["locations"][0]["physicalLocation"];
        assert_eq!(place(0)["artifactLocation"]["uri"], "%C3%A4%20b/p.yaml");
        assert_eq!(place(1)["artifactLocation"]["uri"], "file:///p.yaml");
        assert_eq!(
            place(0)["region"],
            json!({"startLine": 17, "startColumn": 20})
        );
        // A run without results is one that found nothing, and says so.
        let none: Value = serde_json::from_str(&sarif(&[])).unwrap();
        assert_eq!(none["runs"][0]["results"], json!([]));
    }
}
