//! Sign-ups in JSON under a schema registry, through `veil run`: a newer schema in
//! mid-stream, and one under which what leaves may not follow what left before, until it may
//! and its records are replayed. What left is held against the schemas that the registry has of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::kafka::registry::{self, Registry};
use crate::kafka::{self, Isolation, Outgoing, free_port, read_all};
use crate::traffic::MARK;
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

const NAME: &str = "signups-js";

const POLICY: &str = r#"apiVersion: veil/v1
kind: Policy
metadata: { name: signups, version: 1, owner: tests }
source: { topic: signups-js.raw, value: json_schema }
keys:
  people: { ref: "file:keyring.json#people" }
  quarantine: { ref: "file:keyring.json#quarantine" }
outputs:
  - topic: signups-js.clean
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    basis: contract
    schema: { namespace: clean }
    fields:
      n: keep
      person.mail: { pseudonymize: { key: people, normalize: email, epoch: none } }
      plan: { keep: { max_chars: 8 } }
quarantine: { topic: signups-js.quarantine, key: quarantine, retention: 7d }
"#;

/// A schema of sign-ups with those members more.
fn schema(n: &str, more: &str) -> String {
    format!(
        r##"{{"$schema":"http://json-schema.org/draft-07/schema#","title":"shop.Signup","type":"object","additionalProperties":false,"properties":{{"n":{{"type":"{n}"}},"person":{{"$ref":"person.json#/definitions/person"}}{more}}}}}"##
    )
}

const PERSON: &str = r#"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","definitions":{"person":{"type":"object","additionalProperties":false,"properties":{"mail":{"type":"string"},"name":{"type":"string"}}}}}"#;

/// Registers a schema; its id.
fn register(registry: &Registry, subject: &str, text: &str, refers: bool) -> u32 {
    let references = match refers {
        true => json!([{"name": "person.json", "subject": "person", "version": 1}]),
        false => json!([]),
    };
    let body = json!({"schemaType": "JSON", "schema": text, "references": references});
    let path = format!("/subjects/{subject}/versions");
    let (status, said) = (registry.ask("POST", &path, &body.to_string())).expect("it answers");
    assert_eq!(status, 200, "{said}");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    u32::try_from(said["id"].as_u64().expect("an id")).expect("ids are small")
}

/// A number, or what a text says.
fn number(n: &Value) -> i64 {
    let spelled = n.as_str().and_then(|text| text.parse().ok());
    n.as_i64().or(spelled).expect("a number")
}

/// Records of the third schema, of which one half has its id in front and the other in a
/// header.
fn is_refused(n: i64) -> bool {
    n >= 60 && matches!(n % 10, 3 | 5)
}

fn record(id: u32, n: &Value, plan: Option<&str>) -> Outgoing {
    let number = number(n);
    let mut value = json!({"n": n, "person": {"mail": format!("{MARK}{}@example.com", number % 7), "name": MARK}});
    if let Some(plan) = plan {
        value["plan"] = json!(plan);
    }
    let (body, id) = (
        value.to_string().into_bytes(),
        [&[0], &id.to_be_bytes()[..]].concat(),
    );
    // Every fifth says its schema in a header instead.
    let (value, headers) = match number % 5 {
        0 => (body, vec![("__value_schema_id".to_owned(), id)]),
        _ => ([id, body].concat(), Vec::new()),
    };
    Outgoing {
        value: Some(value),
        headers,
        ..Outgoing::default()
    }
}

#[test]
fn signups_leave_in_order_under_schemas_of_their_own() {
    let (Some(cluster), Some(program)) = (kafka::shared(), registry::program()) else {
        return;
    };
    let registry = Registry::start(&program, free_port());
    let [raw, clean, quarantine] = ["raw", "clean", "quarantine"].map(|t| format!("{NAME}.{t}"));
    for topic in [&raw, &clean, &quarantine] {
        kafka::create(cluster, topic, 1, &[]);
    }
    register(&registry, "person", PERSON, false);
    let subject = format!("{raw}-value");
    let first = register(&registry, &subject, &schema("integer", ""), true);
    let home = Home::new(POLICY);
    let settings = format!("registry: {{ urls: [\"{}\"] }}\n", registry.url());
    std::fs::write(home.path().join("veil.yaml"), settings).expect("written");
    let check = || {
        let mut command = home.command();
        let output = command.args(["check", "policy.yaml", "--registry", &registry.url()]);
        let output = output.output().expect("veil runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        // Lines are folded wherever they are long.
        let words: Vec<&str> = said.split_whitespace().collect();
        (output.status.code(), words.join(" "))
    };
    let (code, said) = check();
    let unnamed = "not named, so not in what leaves: person.name";
    assert!(code == Some(1) && said.contains(unnamed), "{said}");
    let looked_at = |settings: &str| {
        let mut command = home.command();
        command.args(["doctor", "-p", "policy.yaml", "-c", settings]);
        command.args(["-X", &format!("bootstrap.servers={}", cluster.bootstrap())]);
        command.args(["--http", "127.0.0.1:0", "--format", "json"]);
        let output = command.output().expect("veil runs");
        let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
        let of_registry = rows.into_iter().filter(|row| row["check"] == "registry");
        let told = of_registry.map(|row| {
            let text = |member: &str| row[member].as_str().unwrap_or_default().to_owned();
            (text("status"), text("subject"), text("what"))
        });
        told.collect::<Vec<_>>()
    };
    let readable = (
        "ok".to_owned(),
        format!("newest of {subject}"),
        "can be read under the policy".to_owned(),
    );
    // The field of a later version is a warning, as for `check`.
    let told = looked_at("veil.yaml");
    let [newest, (warning, _, why)] = &told[..] else {
        panic!("the newest schema, and `plan` which it lacks: {told:?}")
    };
    assert!(
        *newest == readable && warning == "warning" && why.contains("`plan`"),
        "{told:?}"
    );
    let lookup = format!(
        "registry: {{ urls: [\"{}\"], register: \"false\" }}\n",
        registry.url()
    );
    std::fs::write(home.path().join("lookup.yaml"), lookup).expect("written");
    let missing = looked_at("lookup.yaml");
    assert!(
        matches!(&missing[..], [first, .., (status, subject, _)]
            if *first == readable && status == "failed" && *subject == format!("{clean}-value")),
        "{missing:?}"
    );
    kafka::produce(
        cluster,
        &raw,
        (0..60).map(|n| record(first, &json!(n), None)),
    );
    // No frame, and one of no schema's.
    let bare = Outgoing {
        value: Some(b"{\"n\":1}".to_vec()),
        ..Outgoing::default()
    };
    kafka::produce(cluster, &raw, [bare]);
    let veil = Veil::start(&home, cluster, NAME, &["-c", "veil.yaml"]);
    kafka::settled(cluster, NAME, &raw, SETTLE);

    let rule = r#"{"compatibility":"BACKWARD"}"#;
    let set = registry.ask("PUT", &format!("/config/{clean}-value"), rule);
    assert_eq!(set.map(|(status, _)| status), Some(200));
    let plan = r#","plan":{"type":"string"}"#;
    let second = register(&registry, &subject, &schema("integer", plan), true);
    let third = register(&registry, &subject, &schema("string", plan), true);
    kafka::produce(
        cluster,
        &raw,
        (60..120).map(|n| match is_refused(n) {
            true => record(third, &json!(n.to_string()), None),
            false => record(second, &json!(n), Some("team")),
        }),
    );
    kafka::settled(cluster, NAME, &raw, SETTLE);
    assert_eq!(veil.terminate().code, Some(0));
    let (code, said) = check();
    assert!(
        code == Some(78) && said.contains("may not follow"),
        "{said}"
    );

    let refused = read_all(cluster, &quarantine, Isolation::Committed);
    let reasons = refused.iter().map(|row| row.header("veil-reason"));
    let mut expected = vec![Some("bad_frame")];
    expected.extend([Some("schema_incompatible"); 12]);
    assert_eq!(reasons.collect::<Vec<_>>(), expected);

    // Once it may follow, what was refused is replayed under the ids that it names. What only
    // looks registers nothing.
    let rule = r#"{"compatibility":"NONE"}"#;
    let set = registry.ask("PUT", &format!("/config/{clean}-value"), rule);
    assert_eq!(set.map(|(status, _)| status), Some(200));
    let versions = || registry.ask("GET", &format!("/subjects/{clean}-value/versions"), "");
    let before = versions();
    for flags in [&["--dry-run"][..], &[]] {
        assert_eq!(versions(), before);
        let mut command = home.command();
        let bootstrap = format!("bootstrap.servers={}", cluster.bootstrap());
        command
            .args(["quarantine", "replay", "-p", "policy.yaml"])
            .args(["-c", "veil.yaml", "-X", &bootstrap, "--format", "json"])
            .args(flags);
        let output = command.output().expect("veil runs");
        let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said["outputs"][&clean]["written"], 12, "{said}{error}");
        // What has no frame has none.
        assert_eq!(said["refused_again"], json!({"bad_frame": 1}), "{said}");
        assert_eq!(output.status.code(), Some(2), "{said}{error}");
    }
    assert_ne!(versions(), before);

    let mut known: BTreeMap<u32, (String, jsonschema::Validator)> = BTreeMap::new();
    let mut left = Vec::new();
    for row in read_all(cluster, &clean, Isolation::Committed) {
        let value = row.value.expect("no tombstones here");
        let clear = MARK.as_bytes();
        let holds = value.windows(clear.len()).any(|window| window == clear);
        assert!(!holds && row.headers.is_empty(), "a clear value left");
        let (head, body) = value.split_at(5);
        assert_eq!(head[0], 0, "the frame begins so");
        let id = u32::from_be_bytes(head[1..].try_into().expect("four bytes"));
        let (_, judge) = known.entry(id).or_insert_with(|| {
            let answer = registry.ask("GET", &format!("/schemas/ids/{id}"), "");
            let (status, said) = answer.expect("it answers");
            assert_eq!(status, 200, "{said}");
            let said: Value = serde_json::from_str(&said).expect("JSON");
            assert_eq!(said["schemaType"], "JSON");
            let text = said["schema"].as_str().expect("text");
            let schema: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(schema["title"], "clean.Signup");
            let judge = jsonschema::validator_for(&schema).expect("a schema");
            (text.to_owned(), judge)
        });
        let value: Value = serde_json::from_slice(body).expect("JSON");
        assert!(judge.is_valid(&value), "{value}");
        let n = number(&value["n"]);
        assert_eq!(value.get("plan").is_some(), n >= 60 && !is_refused(n));
        assert_eq!(value["n"].is_string(), is_refused(n));
        assert!(value["person"]["mail"].is_string());
        left.push(n);
    }
    // What was replayed comes behind the others.
    let (refused, others): (Vec<i64>, Vec<i64>) = (0..120).partition(|n| is_refused(*n));
    let all = [others, refused].concat();
    assert_eq!(left, all, "lost, doubled or reordered");
    assert_eq!(
        known.len(),
        3,
        "one schema of what leaves for each of the writer's"
    );
    let registered = known
        .iter()
        .map(|(id, (text, _))| format!("{id}: {text}\n"));
    crate::say(&format!(
        "120 sign-ups in JSON under 3 schemas: 0 lost, 0 doubled, 0 reordered, 13 quarantined, 12 of them replayed; what left was registered as\n{}",
        registered.collect::<String>()
    ));
}
