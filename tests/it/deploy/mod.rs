//! What `deploy/` asks of the program exists in it: every figure and label that
//! a dashboard or an alert names, every runbook that an alert names, and back.

#[cfg(feature = "kafka")]
mod figures;
mod promql;
mod rules;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(folder(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Where an expression stands, and the expression.
type Placed = (String, String);

/// Every expression of the dashboards: panels, variables, annotations.
fn of_dashboards() -> Vec<Placed> {
    let mut all = Vec::new();
    for file in ["ops.json", "privacy.json"] {
        let board: serde_json::Value =
            serde_json::from_str(&text(&format!("deploy/grafana/{file}"))).expect("it is JSON");
        for panel in board["panels"].as_array().expect("panels") {
            let title = panel["title"].as_str().expect("panels have titles");
            for target in panel["targets"].as_array().into_iter().flatten() {
                let expr = target["expr"].as_str().expect("targets have expressions");
                all.push((format!("{file}: {title}"), expr.to_owned()));
            }
        }
        for variable in board["templating"]["list"].as_array().expect("variables") {
            let name = variable["name"].as_str().expect("variables have names");
            // `label_values(SELECTOR, LABEL)` asks for series, as an expression does.
            if let Some(query) = variable["definition"].as_str() {
                let selector = query.strip_prefix("label_values(").expect("the only form");
                let (selector, label) = selector.rsplit_once(',').expect("and the label");
                let label = label.trim_end_matches(')').trim();
                let expr = format!("count by ({label}) ({selector})");
                all.push((format!("{file}: ${name}"), expr));
            }
        }
        for note in board["annotations"]["list"].as_array().expect("a list") {
            let expr = note["expr"].as_str().expect("an expression");
            all.push((format!("{file}: annotation"), expr.to_owned()));
        }
    }
    all
}

#[test]
fn every_dashboard_can_be_pointed_at_any_source_job_and_topic() {
    for file in ["ops.json", "privacy.json"] {
        let text = text(&format!("deploy/grafana/{file}"));
        let board: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let variables: Vec<&str> = board["templating"]["list"]
            .as_array()
            .expect("variables")
            .iter()
            .filter_map(|v| v["name"].as_str())
            .collect();
        assert_eq!(variables, ["datasource", "job", "topic"], "{file}");
        assert_eq!(
            text.matches("\"uid\": \"${datasource}\"").count() + 1,
            text.matches("\"uid\":").count(),
            "{file}: all sources but the board's own name are the variable"
        );
    }
    for (at, expr) in of_dashboards() {
        let series = promql::read(&expr).series;
        let by_job = |s: &promql::Series| s.labels.contains("job") || at.ends_with("$job");
        assert!(series.iter().all(by_job), "{at} does not obey $job: {expr}");
    }
}

#[test]
fn every_alert_has_its_runbook_and_every_runbook_its_alert() {
    let alerts = rules::of_alerts(&text("deploy/prometheus/alerts.yaml"));
    let named: BTreeSet<&str> = alerts.iter().map(|a| &*a.name).collect();
    assert!(alerts.len() >= 10, "{named:?}");
    assert_eq!(named.len(), alerts.len(), "each alert has its own name");
    let tests = text("deploy/prometheus/alerts_test.yaml")
        + &text("deploy/prometheus/alerts_days_test.yaml");
    let index = text("docs/runbooks/README.md");
    for alert in &alerts {
        let name = &alert.name;
        assert!(!promql::read(&alert.expr).series.is_empty(), "{name}");
        for key in ["summary", "description"] {
            assert!(
                alert.says(key).is_some_and(|s| s.len() > 10),
                "{name}: {key}"
            );
        }
        let severity = alert.says("severity").expect("a severity");
        assert!(
            ["critical", "warning", "info"].contains(&&*severity),
            "{name}"
        );
        let page = format!("docs/runbooks/{name}.md");
        assert_eq!(alert.says("runbook_url").as_deref(), Some(&*page));
        let page = text(&page);
        assert!(page.starts_with(&format!("# {name}\n\nSeverity `{severity}`")));
        for part in ["What it means", "Look at", "Do", "Never do"] {
            assert!(page.contains(&format!("\n## {part}\n\n")), "{name}: {part}");
        }
        assert!(index.contains(&format!("| [{name}]({name}.md) | {severity} |")));
        let tested = |silent| {
            let asked = format!(
                "alertname: {name}{}",
                if silent { ", exp_alerts: [] }" } else { "\n" }
            );
            assert!(
                tests.contains(&asked),
                "{name} is tested both ways: {asked}"
            );
        };
        tested(false);
        tested(true);
    }
    let pages: BTreeSet<String> = fs::read_dir(folder("docs/runbooks"))
        .expect("a folder")
        .map(|e| {
            e.expect("it can be listed")
                .file_name()
                .into_string()
                .expect("text")
        })
        .filter(|n| n != "README.md")
        .collect();
    let expected = named.iter().map(|n| format!("{n}.md")).collect();
    assert_eq!(pages, expected);
}

#[test]
fn every_link_between_runbooks_leads_somewhere() {
    for entry in fs::read_dir(folder("docs/runbooks")).expect("a folder") {
        let path = entry.expect("it can be listed").path();
        let page = fs::read_to_string(&path).expect("text");
        for link in page.split("](").skip(1) {
            let link = link.split(')').next().expect("a split has a part");
            let file = folder("docs/runbooks").join(link);
            assert!(file.exists(), "{}: {link}", path.display());
        }
    }
}

/// The example's policy is in the folder where its keys are; in a container
/// they are in a volume.
#[test]
fn the_policy_of_the_compose_file_is_the_example_with_its_keys_elsewhere() {
    let policy = text("deploy/compose/policy.yaml");
    let (_, policy) = policy.split_once('\n').expect("a line says what it is");
    let example = text("config/web-events.yaml");
    let elsewhere = example.replace("\"file:keyring", "\"file:/var/lib/veil/keyring");
    assert_ne!(example, elsewhere);
    assert_eq!(policy, elsewhere);
}

/// A drain must end before the platform loses patience.
#[test]
fn every_platform_waits_longer_than_a_drain_takes() {
    // The longest that a stop takes, in seconds (`veil run --help`).
    const DRAIN: u64 = 10;
    for (file, key) in [
        ("deploy/systemd/veil.service", "\nTimeoutStopSec="),
        ("deploy/compose.yaml", "\n    stop_grace_period: "),
        (
            "deploy/helm/veilstream/values.yaml",
            "\nterminationGracePeriodSeconds: ",
        ),
        (
            "deploy/kubernetes/deployment.yaml",
            "\n      terminationGracePeriodSeconds: ",
        ),
        (
            "deploy/kubernetes/sidecar.yaml",
            "\n      terminationGracePeriodSeconds: ",
        ),
    ] {
        let text = text(file);
        let (_, rest) = text
            .split_once(key)
            .unwrap_or_else(|| panic!("{file}: {key}"));
        let number = rest
            .split(|c: char| !c.is_ascii_digit())
            .next()
            .expect("a part");
        let seconds: u64 = number.parse().unwrap_or_else(|_| panic!("{file}: {key}"));
        assert!(seconds > DRAIN, "{file} waits {seconds} s");
    }
}

/// Each place that `run` reads from is where the others say it is.
#[test]
fn the_image_tells_health_and_run_the_same_address() {
    let container = text("deploy/container/Containerfile");
    assert!(container.contains("\nENV VEIL__HTTP=0.0.0.0:9464\n"));
    assert!(container.contains("\nUSER 65532:65532\n"));
    let (_, last) = container.rsplit_once("\nFROM ").expect("stages");
    assert!(last.starts_with("scratch\n"), "the last stage has no shell");
    assert!(!last.contains("\nRUN "));
    assert!(last.contains("CMD [\"/usr/bin/veil\", \"health\"]"));
}
