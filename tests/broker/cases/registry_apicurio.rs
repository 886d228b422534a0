//! Records that name their schemas by Apicurio's own ids, of 64 bits: in front of the value,
//! or in a header by the id of a version or by that of a text. What leaves has the global id
//! of its own schema.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kafka::registry::{self, Registry};
use crate::kafka::{self, Isolation, Outgoing, free_port, read_all};
use crate::traffic::MARK;
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

const NAME: &str = "apicurio-ids";

const POLICY: &str = r#"apiVersion: veil/v1
kind: Policy
metadata: { name: ids, version: 1, owner: tests }
source: { topic: apicurio-ids.raw, value: avro, schema: { framing: apicurio } }
keys:
  people: { ref: "file:keyring.json#people" }
  quarantine: { ref: "file:keyring.json#quarantine" }
outputs:
  - topic: apicurio-ids.clean
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    basis: contract
    fields:
      n: keep
      mail: { pseudonymize: { key: people, normalize: email, epoch: none } }
quarantine: { topic: apicurio-ids.quarantine, key: quarantine, retention: 7d }
"#;

const WRITER: &str = r#"{"type":"record","name":"R","fields":[{"name":"n","type":"long"},{"name":"mail","type":"string"}]}"#;

/// A long as Avro writes it.
fn long(value: i64) -> Vec<u8> {
    let mut rest = (value << 1 ^ value >> 63) as u64;
    let mut bytes = Vec::new();
    while rest > 0x7f {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

/// The first long of a record.
fn first_long(bytes: &[u8]) -> i64 {
    let mut value = 0;
    for (n, byte) in bytes.iter().enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            break;
        }
    }
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Ids of a schema under that subject, which is registered: of the version and of its text.
fn register(registry: &Registry, subject: &str) -> (u64, u64) {
    let body = json!({"schema": WRITER}).to_string();
    let made = registry.ask("POST", &format!("/subjects/{subject}/versions"), &body);
    assert_eq!(made.map(|(status, _)| status), Some(200));
    let version = format!("/apis/registry/v3/groups/default/artifacts/{subject}/versions/1");
    let (status, said) = registry.ask("GET", &version, "").expect("it answers");
    assert_eq!(status, 200, "{said}");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let id = |word: &str| said[word].as_u64().expect("an id");
    (id("globalId"), id("contentId"))
}

fn record(n: i64, (global, content): (u64, u64)) -> Outgoing {
    let mail = format!("{MARK}{}@example.com", n % 7);
    let len = i64::try_from(mail.len()).expect("it is short");
    let body = [long(n), long(len), mail.into_bytes()].concat();
    let header = |name: &str, id: u64| vec![(name.to_owned(), id.to_be_bytes().to_vec())];
    let (value, headers) = match n % 3 {
        0 => (
            [&[0], &global.to_be_bytes()[..], &body].concat(),
            Vec::new(),
        ),
        1 => (body, header("apicurio.value.globalId", global)),
        _ => (body, header("apicurio.value.contentId", content)),
    };
    Outgoing {
        value: Some(value),
        headers,
        ..Outgoing::default()
    }
}

#[test]
fn records_name_their_schemas_by_apicurios_own_ids() {
    let (Some(cluster), Some(program)) = (kafka::shared(), registry::program()) else {
        return;
    };
    let registry = Registry::start(&program, free_port());
    let [raw, clean, quarantine] = ["raw", "clean", "quarantine"].map(|t| format!("{NAME}.{t}"));
    for topic in [&raw, &clean, &quarantine] {
        kafka::create(cluster, topic, 1, &[]);
    }
    // One text under two subjects is two versions, so the ids of both kinds differ.
    register(&registry, "other-value");
    let ids = register(&registry, &format!("{raw}-value"));
    assert_ne!(ids.0, ids.1);
    let home = Home::new(POLICY);
    let url = registry.url();
    let settings = format!("registry: {{ urls: [\"{url}\"], unknown_wait_ms: 500 }}\n");
    std::fs::write(home.path().join("veil.yaml"), settings).expect("written");
    kafka::produce(cluster, &raw, (0..60).map(|n| record(n, ids)));
    // Ids that no version has, and an id of 32 bits.
    let unknown = record(0, (999, 999));
    let short = Outgoing {
        value: Some(vec![0, 0, 0, 0, 1, 2, 2]),
        ..Outgoing::default()
    };
    kafka::produce(cluster, &raw, [unknown, short, record(60, ids)]);
    let veil = Veil::start(&home, cluster, NAME, &["-c", "veil.yaml"]);
    kafka::settled(cluster, NAME, &raw, SETTLE);
    assert_eq!(veil.terminate().code, Some(0));

    let refused = read_all(cluster, &quarantine, Isolation::Committed);
    let reasons = refused.iter().map(|row| row.header("veil-reason"));
    let expected = [Some("schema_unknown"), Some("bad_frame")];
    assert_eq!(reasons.collect::<Vec<_>>(), expected);

    let (mut left, mut known) = (Vec::new(), BTreeSet::new());
    for row in read_all(cluster, &clean, Isolation::Committed) {
        let value = row.value.expect("no tombstones here");
        let clear = MARK.as_bytes();
        let holds = value.windows(clear.len()).any(|window| window == clear);
        assert!(!holds && row.headers.is_empty(), "a clear value left");
        let (head, body) = value.split_at(9);
        assert_eq!(head[0], 0, "the frame begins so");
        known.insert(u64::from_be_bytes(
            head[1..].try_into().expect("eight bytes"),
        ));
        left.push(first_long(body));
    }
    assert_eq!(
        left,
        (0..61).collect::<Vec<i64>>(),
        "lost, doubled or reordered"
    );
    let [id] = known.into_iter().collect::<Vec<_>>()[..] else {
        panic!("one schema of what leaves");
    };
    let path = format!("/apis/registry/v3/ids/globalIds/{id}");
    let (status, text) = registry.ask("GET", &path, "").expect("it answers");
    assert!(status == 200 && text.contains("\"veil\""), "{text}");
}
