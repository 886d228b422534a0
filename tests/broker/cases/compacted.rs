//! An output that drops tombstones, into a topic that is compacted: what was
//! deleted at the source would stay there for ever, so nothing is read.

use std::time::Duration;

use crate::kafka::{self, Cluster, Isolation, Outgoing, ends};
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

const SOON: Duration = Duration::from_secs(45);
const SOURCE: &str = "compacted.raw";
const OUTPUT: &str = "compacted.out";
const QUARANTINE: &str = "compacted.quarantine";

#[test]
fn tombstones_are_not_dropped_on_the_way_into_a_compacted_topic() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    kafka::create(cluster, SOURCE, 1, &[]);
    kafka::create(cluster, OUTPUT, 1, &[("cleanup.policy", "compact")]);
    kafka::create(cluster, QUARANTINE, 1, &[]);
    // A value, then its deletion.
    kafka::produce(cluster, SOURCE, [Some("{\"n\":1}"), None].map(record));

    // Dropping is also what a policy says that says nothing.
    let mut waiting = Vec::new();
    for (group, line) in [("drop", "    tombstones: drop\n"), ("silent", "")] {
        let home = Home::new(&policy(line));
        let mut veil = start(&home, cluster, group);
        let said = veil.await_unready(SOON, &[OUTPUT, "compacted", "tombstones"]);
        assert!(
            said.contains("`tombstones: forward`") && said.contains("`cleanup.policy=delete`"),
            "both ways out are named: {said}"
        );
        assert_eq!(kafka::committed(cluster, group, SOURCE, 1), [None]);
        waiting.push((group, home, veil));
    }
    assert_eq!(ends(cluster, OUTPUT, Isolation::Uncommitted), [0]);

    // The first way out: the deletion arrives.
    let home = Home::new(&policy("    tombstones: forward\n"));
    through(cluster, "forward", start(&home, cluster, "forward"));
    assert_eq!(values(cluster), [true, false]);

    // The second: the topic is not compacted any more, and those that waited
    // go on, each without a tombstone.
    kafka::reconfigure(cluster, OUTPUT, &[("cleanup.policy", "delete")]);
    for (group, _home, veil) in waiting {
        through(cluster, group, veil);
    }
    assert_eq!(values(cluster), [true, false, true, true]);
}

fn start(home: &Home, cluster: &Cluster, group: &str) -> Veil {
    Veil::start(home, cluster, group, &[])
}

/// Does everything that is there, and ends well.
fn through(cluster: &Cluster, group: &str, mut veil: Veil) {
    veil.await_ready(SOON);
    kafka::settled(cluster, group, SOURCE, SETTLE);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
}

/// Whether each record of the output has a value.
fn values(cluster: &Cluster) -> Vec<bool> {
    let rows = kafka::read_all(cluster, OUTPUT, Isolation::Committed);
    rows.iter().map(|r| r.value.is_some()).collect()
}

fn record(value: Option<&str>) -> Outgoing {
    Outgoing {
        key: Some(b"one".to_vec()),
        value: value.map(|v| v.as_bytes().to_vec()),
        ..Outgoing::default()
    }
}

fn policy(tombstones: &str) -> String {
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: compacted, version: 1, owner: tests }}
source: {{ topic: {SOURCE} }}
keys:
  people: {{ ref: "file:keyring.json#people" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
outputs:
  - topic: {OUTPUT}
    purpose: analytics.reporting
    domain: analytics
    key: {{ from: record_key, pseudonymize: {{ key: people, epoch: none }} }}
{tombstones}    fields:
      n: keep
quarantine: {{ topic: {QUARANTINE}, key: quarantine, retention: 7d }}
"#
    )
}
