//! Clicks in Avro through `veil run` and a schema registry: two producers' schemas in one
//! partition, newer ones in mid-stream, a registry that is cut off, a kill while a
//! partition waits for a schema. What leaves is read here by the specification, by the
//! schemas that the registry has.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::kafka::registry::{self, Registry};
use crate::kafka::{self, Isolation, Outgoing, Proxy, await_some, free_port, read_all};
use crate::traffic::MARK;
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

const NAME: &str = "clicks";
const PARTITIONS: i32 = 3;
const SOON: Duration = Duration::from_secs(60);

const POLICY: &str = r#"apiVersion: veil/v1
kind: Policy
metadata: { name: clicks, version: 1, owner: tests }
source: { topic: clicks.raw, value: avro }
keys:
  people: { ref: "file:keyring.json#people" }
  quarantine: { ref: "file:keyring.json#quarantine" }
outputs:
  - topic: clicks.clean
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    basis: contract
    fields:
      n: keep
      page: { keep: { max_chars: 64 } }
      user: { pseudonymize: { key: people, normalize: text, epoch: none } }
      campaign: { keep: { max_chars: 64 } }
      size: { generalize: { bucket: 10 } }
quarantine: { topic: clicks.quarantine, key: quarantine, retention: 7d }
"#;

/// A schema with those fields more.
fn click(more: &[Value]) -> Value {
    let mut fields = vec![
        json!({"name": "n", "type": "long"}),
        json!({"name": "page", "type": "string"}),
        json!({"name": "user", "type": ["null", "string"], "default": null}),
    ];
    fields.extend_from_slice(more);
    json!({"type": "record", "name": "shop.Click", "fields": fields})
}

/// Registers a schema; its id.
pub(super) fn register(registry: &Registry, subject: &str, schema: &Value) -> u32 {
    let body = json!({"schema": schema.to_string()}).to_string();
    let path = format!("/subjects/{subject}/versions");
    let (status, said) = registry.ask("POST", &path, &body).expect("it answers");
    assert_eq!(status, 200, "{said}");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    said["id"].as_u64().expect("an id") as u32
}

/// A number as Avro writes it ("Primitive Types").
pub(super) fn long(n: i64) -> Vec<u8> {
    let mut left = ((n << 1) ^ (n >> 63)) as u64;
    let mut out = Vec::new();
    while left >= 0x80 {
        out.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
    out
}

pub(super) fn text(text: &str) -> Vec<u8> {
    [long(text.len() as i64), text.as_bytes().to_vec()].concat()
}

/// Something of a union whose second branch it is.
pub(super) fn some(value: Vec<u8>) -> Vec<u8> {
    [long(1), value].concat()
}

fn take_long(bytes: &mut &[u8]) -> i64 {
    let (mut value, mut shift) = (0u64, 0);
    loop {
        let (byte, rest) = bytes.split_first().expect("it ends behind a number");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if *byte < 0x80 {
            return ((value >> 1) as i64) ^ -((value & 1) as i64);
        }
    }
}

/// One value of that type.
fn take(ty: &Value, bytes: &mut &[u8]) -> Value {
    if let Some(branches) = ty.as_array() {
        let branch = take_long(bytes);
        return take(&branches[usize::try_from(branch).expect("a branch")], bytes);
    }
    match ty["type"].as_str().or(ty.as_str()) {
        Some("null") => Value::Null,
        Some("long") => take_long(bytes).into(),
        Some("string") => {
            let length = usize::try_from(take_long(bytes)).expect("a length");
            let (text, rest) = bytes.split_at(length);
            *bytes = rest;
            std::str::from_utf8(text).expect("text").into()
        }
        other => panic!("{other:?} does not leave"),
    }
}

/// What left, read under the schema that stands in the registry by the id in front of it.
fn read(registry: &Registry, known: &mut BTreeMap<u32, Value>, value: &[u8]) -> Value {
    let (head, mut body) = value.split_at(5);
    assert_eq!(head[0], 0, "the frame begins so");
    let id = u32::from_be_bytes(head[1..].try_into().expect("four bytes"));
    let schema = known.entry(id).or_insert_with(|| {
        let (status, said) = registry
            .ask("GET", &format!("/schemas/ids/{id}"), "")
            .expect("it answers");
        assert_eq!(status, 200, "{said}");
        let said: Value = serde_json::from_str(&said).expect("JSON");
        let schema = said["schema"].as_str().expect("text");
        serde_json::from_str(schema).expect("JSON")
    });
    let mut read = serde_json::Map::new();
    for field in schema["fields"].as_array().expect("fields") {
        let name = field["name"].as_str().expect("a name").to_owned();
        read.insert(name, take(&field["type"], &mut body));
    }
    assert!(body.is_empty(), "nothing stands behind it");
    Value::Object(read)
}

/// Ids by what the schema has.
struct Ids {
    first: u32,
    other: u32,
    campaign: u32,
    size: u32,
    note: u32,
}

fn record(ids: &Ids, n: i64, id: u32) -> Outgoing {
    let user = some(text(&format!("{MARK}{}", n % 17)));
    let page = text("/cart");
    let plain = || [long(n), page.clone(), user.clone()].concat();
    let campaign = || [plain(), some(text("spring"))].concat();
    let body = match id {
        _ if id == ids.other => [user.clone(), long(n), page.clone()].concat(),
        _ if id == ids.campaign => campaign(),
        _ if id == ids.size => [plain(), long(n)].concat(),
        _ if id == ids.note => [campaign(), text(MARK)].concat(),
        _ => plain(),
    };
    // Every seventh says its schema in a header instead.
    let id = [&[0][..], &id.to_be_bytes()].concat();
    let (value, headers) = match n % 7 {
        0 => (body, vec![("__value_schema_id".to_owned(), id)]),
        _ => ([id, body].concat(), Vec::new()),
    };
    Outgoing {
        partition: (n % i64::from(PARTITIONS)) as i32,
        value: Some(value),
        headers,
        ..Outgoing::default()
    }
}

#[test]
fn clicks_leave_once_and_in_order_whatever_becomes_of_schemas_and_the_registry() {
    let (Some(cluster), Some(program)) = (kafka::shared(), registry::program()) else {
        return;
    };
    let behind = free_port();
    let registry = Registry::start(&program, behind);
    let port = free_port();
    let proxy = Proxy::start(port, behind);
    let url = format!("http://127.0.0.1:{port}/apis/ccompat/v7");
    let [raw, clean, quarantine] = ["raw", "clean", "quarantine"].map(|t| format!("{NAME}.{t}"));
    kafka::create(cluster, &raw, PARTITIONS, &[]);
    kafka::create(cluster, &clean, 1, &[]);
    kafka::create(cluster, &quarantine, 1, &[]);

    let campaign = json!({"name": "campaign", "type": ["null", "string"], "default": null});
    let note = json!({"name": "note", "type": "string"});
    let other = json!({"type": "record", "name": "app.Click", "fields": [
        {"name": "user", "type": ["null", "string"], "default": null},
        {"name": "n", "type": "long"},
        {"name": "page", "type": "string"},
    ]});
    let subject = format!("{raw}-value");
    let mut ids = Ids {
        first: register(&registry, &subject, &click(&[])),
        other: register(&registry, "taps", &other),
        campaign: 0,
        size: 0,
        note: 0,
    };
    let rule = r#"{"compatibility":"BACKWARD"}"#;
    let set = registry.ask("PUT", &format!("/config/{clean}-value"), rule);
    assert_eq!(set.map(|(status, _)| status), Some(200));

    let home = Home::new(POLICY);
    let put = |name: &str, text: &str| {
        std::fs::write(home.path().join(name), text).expect("written");
    };
    put("clicks.yaml", POLICY);
    put("veil.yaml", &format!("registry: {{ urls: [\"{url}\"] }}\n"));
    let start = || {
        let flags = ["-c", "veil.yaml", "--instance", "steady"];
        Veil::start(&home, cluster, NAME, &flags)
    };
    let produce = |ids: &Ids, from: i64, to: i64, of: &dyn Fn(i64) -> u32| {
        let records = (from..to).map(|n| record(ids, n, of(n)));
        kafka::produce(cluster, &raw, records);
    };
    let check = || {
        let mut command = home.command();
        let output = command.args(["check", "clicks.yaml", "--registry", &url]);
        let output = output.output().expect("veil runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said)
    };

    // Two producers in each partition; then fields come, one that may and one that may not.
    let (code, said) = check();
    // It warns of some fields, and of nothing that the registry says.
    assert!(code == Some(1) && !said.contains("error"), "{said}");
    produce(&ids, 0, 300, &|n| match n % 5 {
        0 => ids.other,
        _ => ids.first,
    });
    let mut veil = start();
    kafka::settled(cluster, NAME, &raw, SETTLE);
    ids.campaign = register(&registry, &subject, &click(std::slice::from_ref(&campaign)));
    let size = json!({"name": "size", "type": "long"});
    ids.size = register(&registry, &subject, &click(&[size]));
    let (code, said) = check();
    assert_eq!(code, Some(78), "{said}");
    let subject_of_clean = format!("`{clean}-value`");
    let is_said = said.contains("V0139") && said.contains(&subject_of_clean);
    assert!(is_said, "{said}");
    let is_refused = |n: i64| (350..400).contains(&n) && n % 10 == 3;
    produce(&ids, 300, 400, &|n| match is_refused(n) {
        true => ids.size,
        false => ids.campaign,
    });
    kafka::settled(cluster, NAME, &raw, SETTLE);
    let (_, page) = veil.page("/readyz").expect("it answers");
    assert!(page.contains(&format!("{clean}-value")), "{page}");

    // The registry is away: who meets a new schema waits, the others go on; a kill meanwhile.
    ids.note = register(&registry, &subject, &click(&[campaign, note]));
    proxy.cut();
    let waits = |n: i64| n > 420 && n % 3 == 0;
    produce(&ids, 400, 500, &|n| match waits(n) {
        true => ids.note,
        false => ids.campaign,
    });
    veil.await_unready(SOON, &["schemas", &url]);
    await_some("the others", SOON, || {
        let lag = kafka::lag_by_partition(cluster, NAME, &raw);
        (lag[0] > 0 && lag[1] == 0 && lag[2] == 0).then_some(())
    });
    let metrics = veil.metrics();
    let sum = |name: &str, labels: &[(&str, &str)]| metrics.sum(name, labels);
    assert_eq!(sum("veil_schema_parked_lanes", &[]), 1);
    assert_eq!(sum("veil_schema_bindings", &[]), 3);
    let incompatible = [("reason", "schema_incompatible")];
    assert!(sum("veil_schema_refused_total", &incompatible) >= 1);
    assert!(sum("veil_registry_requests_total", &[("outcome", "trouble")]) >= 1);
    veil.kill();
    let mut veil = start();
    veil.await_unready(SOON, &["schemas", &url]);
    proxy.mend();
    veil.await_ready(SOON);
    kafka::settled(cluster, NAME, &raw, SETTLE);
    assert_eq!(veil.terminate().code, Some(0));

    let refused = read_all(cluster, &quarantine, Isolation::Committed);
    let reasons: Vec<_> = refused
        .iter()
        .map(|row| row.header("veil-reason"))
        .collect();
    let expected = (0..500).filter(|n| is_refused(*n)).count();
    assert_eq!(reasons, vec![Some("schema_incompatible"); expected]);

    // What was refused goes once more through the policy, when it may leave; a look at that
    // registers nothing.
    let rule = r#"{"compatibility":"NONE"}"#;
    let set = registry.ask("PUT", &format!("/config/{clean}-value"), rule);
    assert_eq!(set.map(|(status, _)| status), Some(200));
    let versions = || registry.ask("GET", &format!("/subjects/{clean}-value/versions"), "");
    let replay = |flags: &[&str]| {
        let mut command = home.command();
        let bootstrap = format!("bootstrap.servers={}", cluster.bootstrap());
        command
            .args(["quarantine", "replay", "-p", "clicks.yaml"])
            .args(["-c", "veil.yaml", "-X", &bootstrap, "--format", "json"])
            .args(flags);
        let output = command.output().expect("veil runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}{error}");
        serde_json::from_str::<Value>(&said).expect("JSON")
    };
    let before = versions();
    for flags in [&["--dry-run"][..], &[]] {
        assert_eq!(versions(), before);
        let said = replay(flags);
        assert_eq!(said["outputs"][&clean]["written"], expected, "{said}");
    }
    assert_ne!(versions(), before);

    let mut known = BTreeMap::new();
    let mut left: Vec<Vec<i64>> = vec![Vec::new(); PARTITIONS as usize];
    let mut users = BTreeSet::new();
    for row in read_all(cluster, &clean, Isolation::Committed) {
        let value = row.value.expect("no tombstones here");
        let clear = MARK.as_bytes();
        let holds = value.windows(clear.len()).any(|window| window == clear);
        assert!(!holds && row.headers.is_empty(), "a clear value left");
        let click = read(&registry, &mut known, &value);
        let n = click["n"].as_i64().expect("n is kept");
        assert_eq!(click["page"], "/cart");
        assert!(click.get("note").is_none());
        let size = is_refused(n).then(|| json!(n / 10 * 10));
        assert_eq!(click.get("size"), size.as_ref());
        assert_eq!(click.get("campaign").is_some(), n >= 300 && !is_refused(n));
        users.insert(click["user"].as_str().expect("a pseudonym").to_owned());
        left[(n % i64::from(PARTITIONS)) as usize].push(n);
    }
    for (partition, left) in (0..).zip(left) {
        let own = (0..500).filter(|n| n % i64::from(PARTITIONS) == partition);
        // What was replayed comes behind the others.
        let (refused, others): (Vec<i64>, Vec<i64>) = own.partition(|n| is_refused(*n));
        let own = [others, refused].concat();
        assert_eq!(
            left, own,
            "partition {partition}: lost, doubled or reordered"
        );
    }
    assert_eq!(
        users.len(),
        17,
        "one person has one pseudonym in all schemas"
    );
    let registered = known
        .iter()
        .map(|(id, schema)| format!("  {id}: {schema}\n"));
    crate::say(&format!(
        "500 clicks under 5 schemas: 0 lost, 0 doubled, 0 reordered, {expected} quarantined and replayed; \
         what left was registered as\n{}",
        registered.collect::<String>()
    ));
}
