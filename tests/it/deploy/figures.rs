//! Every figure and every label that is asked for is one that `veil run` serves.

use std::collections::{BTreeMap, BTreeSet};

use super::{of_dashboards, promql, rules, text};
use veilstream::telemetry::{Kind, Metric, PROCESS};

/// What Prometheus adds to every series, and the release group's name.
const ADDED: &[&str] = &["job", "instance", "group"];

/// The series served, each with its labels.
fn served() -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut all = BTreeMap::new();
    for m in Metric::ALL {
        let labels: BTreeSet<&str> = m.labels().iter().map(|l| l.name).collect();
        if matches!(m.kind(), Kind::Histogram | Kind::Sizes) {
            for end in ["_count", "_sum"] {
                all.insert(format!("{}{end}", m.name()), labels.clone());
            }
            let buckets = labels.iter().copied().chain(["le"]).collect();
            all.insert(format!("{}_bucket", m.name()), buckets);
        } else {
            all.insert(m.name().to_owned(), labels);
        }
    }
    let process = PROCESS.iter().map(|(name, _)| (*name, BTreeSet::new()));
    // `up` is made by Prometheus itself.
    let more = process.chain([("up", BTreeSet::new())]);
    all.extend(more.map(|(name, labels)| (name.to_owned(), labels)));
    all
}

/// Why an expression cannot be answered.
fn mistakes(expr: &str) -> Vec<String> {
    let served = served();
    let named = promql::read(expr);
    let mut wrong = Vec::new();
    let mut known: BTreeSet<&str> = ADDED.iter().copied().collect();
    for series in &named.series {
        let Some(labels) = served.get(&series.name) else {
            // Variables ask for the name itself.
            if !(series.name.is_empty() && series.labels.contains("__name__")) {
                wrong.push(format!("nothing serves {}", series.name));
            }
            known.extend(["topic"]);
            continue;
        };
        known.extend(labels);
        for label in &series.labels {
            if !labels.contains(&**label) && !ADDED.contains(&&**label) {
                wrong.push(format!("{} has no label {label}", series.name));
            }
        }
    }
    let unknown = |label: &&String| !known.contains(&***label);
    let grouped = named.grouped.iter().filter(unknown);
    wrong.extend(grouped.map(|l| format!("it groups by {l}, which none of its series has")));
    wrong
}

#[test]
fn what_dashboards_and_alerts_ask_for_is_served() {
    let mut all = of_dashboards();
    let alerts = rules::of_alerts(&text("deploy/prometheus/alerts.yaml"));
    all.extend(alerts.into_iter().map(|a| (a.name, a.expr)));
    assert!(all.len() > 60, "{}", all.len());
    let wrong: Vec<String> = all
        .iter()
        .flat_map(|(at, expr)| {
            mistakes(expr)
                .into_iter()
                .map(move |m| format!("{at}: {m}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_served_is_found() {
    assert_eq!(
        mistakes("sum by (topic) (veil_records_sent_total)"),
        [""; 0]
    );
    for (expr, mistake) in [
        ("veil_records_send_total", "nothing serves"),
        ("veil_commit_duration_seconds", "nothing serves"),
        ("veil_ready{topic=\"a\"}", "has no label topic"),
        (
            "veil_records_sent_total{reason=\"a\"}",
            "has no label reason",
        ),
        (
            "sum by (partition) (veil_records_sent_total)",
            "groups by partition",
        ),
        ("up and on (digest) veil_ready", "groups by digest"),
    ] {
        let found = mistakes(expr);
        assert!(
            found.iter().any(|f| f.contains(mistake)),
            "{expr}: {found:?}"
        );
    }
}
