//! Clicks in Avro and orders in Protobuf that Confluent's own Python clients wrote, and that
//! they read again when they left.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::kafka::registry::{self, Registry};
use crate::kafka::{self, Cluster, Isolation, free_port, read_all};
use crate::veil::Home;

const CLIENTS: &str = include_str!("../python/clients.py");
const COUNT: usize = 500;

fn policy(format: &str, who: &str, more: &str) -> String {
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: python-{format}, version: 1, owner: tests }}
source: {{ topic: python.{format}.raw, value: {format} }}
keys:
  people: {{ ref: "file:keyring.json#people" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
outputs:
  - topic: python.{format}.clean
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    basis: contract
    schema: {{ namespace: clean }}
    fields:
      n: keep
      {who}: {{ pseudonymize: {{ key: people, epoch: none }} }}
      prices[*]: {{ generalize: {{ bucket: 10 }}, gaps: remove }}
{more}quarantine: {{ topic: python.{format}.quarantine, key: quarantine, retention: 7d }}
"#
    )
}

fn ran(command: &mut Command) -> Output {
    let output = command.output().expect("it can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    output
}

/// `just python-clients`: takes packages from the network.
#[test]
#[ignore = "fetches Python packages: just python-clients"]
fn python_reads_what_left_of_what_python_wrote() {
    let (Some(cluster), Some(program)) = (Cluster::start(), registry::program()) else {
        return;
    };
    let registry = Registry::start(&program, free_port());
    let home = Home::new(&policy(
        "avro",
        "user",
        "      at: { generalize: { time: 1h } }\n",
    ));
    let put = |name: &str, text: &str| {
        std::fs::write(home.path().join(name), text).expect("written");
    };
    put("protobuf.yaml", &policy("protobuf", "customer", ""));
    put("clients.py", CLIENTS);
    put(
        "veil.yaml",
        &format!("registry: {{ urls: [\"{}\"] }}\n", registry.url()),
    );
    let python = home.path().join("venv/bin/python");
    ran(Command::new("python3")
        .args(["-m", "venv"])
        .arg(home.path().join("venv")));
    ran(Command::new(&python)
        .args(["-m", "pip", "install", "-q"])
        .arg("confluent-kafka[avro,protobuf,schemaregistry]==2.16.1"));
    let topics = |kind: &str| ["avro", "protobuf"].map(|format| format!("python.{format}.{kind}"));
    for topic in ["raw", "clean", "quarantine"].into_iter().flat_map(topics) {
        kafka::create(&cluster, &topic, 1, &[]);
    }
    let clients = |what: &str, topics: [String; 2]| {
        let mut command = Command::new(&python);
        command.arg(home.path().join("clients.py")).arg(what);
        command.args([cluster.bootstrap(), registry.url()]);
        ran(command.args(topics).arg(COUNT.to_string()))
    };
    clients("write", topics("raw"));
    for (policy, group) in [("policy.yaml", "python-a"), ("protobuf.yaml", "python-p")] {
        let bootstrap = format!("bootstrap.servers={}", cluster.bootstrap());
        let mut command = home.command();
        command.args(["run", "-p", policy, "-c", "veil.yaml", "-X", &bootstrap]);
        ran(command.args(["--once", "--group", group, "--http", "127.0.0.1:0"]));
    }
    for topic in topics("quarantine") {
        let refused = read_all(&cluster, &topic, Isolation::Committed);
        let reasons: BTreeSet<_> = refused
            .iter()
            .map(|row| row.header("veil-reason"))
            .collect();
        assert!(
            refused.is_empty(),
            "{} of {topic}: {reasons:?}",
            refused.len()
        );
    }
    let read = clients("read", topics("clean"));
    let printed = String::from_utf8_lossy(&read.stdout);
    assert!(!printed.contains("canary"), "a clear value left");
    let [avro, protobuf] = topics("clean").map(|topic| {
        let rows = printed
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let rows = rows.filter(|row| row["topic"] == *topic);
        rows.map(|row| row["value"].clone()).collect::<Vec<_>>()
    });
    let prices = |n: usize| (0..n % 150).map(|k| k / 10 * 10).collect::<Vec<_>>();
    let mut codes = [BTreeSet::new(), BTreeSet::new()];
    for n in 0..COUNT {
        let (click, order) = (&avro[n], &protobuf[n]);
        assert_eq!(click["n"], json!(n));
        assert_eq!(click["prices"], json!(prices(n)));
        assert_eq!(click["at"], "2026-03-01T10:00:00+00:00");
        assert_eq!(click["user"].is_null(), n % 5 == 0, "{click}");
        codes[0].extend(click["user"].as_str().map(str::to_owned));
        // What is nothing in Protobuf is not told by its reader; int64 is a text in its JSON.
        let told = order.get("n").and_then(Value::as_str).unwrap_or("0");
        assert_eq!(told, n.to_string());
        let told = order.get("prices").cloned().unwrap_or(json!([]));
        assert_eq!(told, json!(prices(n)));
        assert!(order.get("note").is_none(), "{order}");
        codes[1].extend(order["customer"].as_str().map(str::to_owned));
    }
    assert_eq!(codes.map(|codes| codes.len()), [17, 17]);
    assert_eq!((avro.len(), protobuf.len()), (COUNT, COUNT));
    crate::say(&format!(
        "python: {COUNT} clicks in Avro and {COUNT} orders in Protobuf, written and read by Confluent's clients: none lost, doubled, reordered or clear"
    ));
}
