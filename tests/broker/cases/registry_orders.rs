//! Orders in Protobuf through `veil run` and a schema registry: two producers' schemas in
//! one partition, one that imports another, a newer one in mid-stream and one that the
//! policy can make nothing of. What is written and what left is encoded and read here by
//! prost-reflect, by the schemas that the registry has.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, Value};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use serde_json::json;

use crate::kafka::registry::{self, Registry};
use crate::kafka::{self, Isolation, Outgoing, free_port, read_all};
use crate::traffic::MARK;
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

const NAME: &str = "orders-pb";

const POLICY: &str = r#"apiVersion: veil/v1
kind: Policy
metadata: { name: orders, version: 1, owner: tests }
source: { topic: orders-pb.raw, value: protobuf, schema: { message: shop.Order } }
keys:
  people: { ref: "file:keyring.json#people" }
  quarantine: { ref: "file:keyring.json#quarantine" }
outputs:
  - topic: orders-pb.clean
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    basis: contract
    schema: { namespace: clean, subject: TopicRecordNameStrategy }
    fields:
      n: keep
      customer: { pseudonymize: { key: people, normalize: text, epoch: none } }
      at: { generalize: { time: 1h } }
      total.cents: { generalize: { bucket: 1000 } }
      coupon: { keep: { max_chars: 16 } }
quarantine: { topic: orders-pb.quarantine, key: quarantine, retention: 7d }
"#;

const MONEY: &str = "syntax = \"proto3\"; package shop;
message Money { int64 cents = 1; string currency = 2; }";

/// A schema of two messages, with that in the order.
fn shop(more: &str) -> String {
    format!(
        "syntax = \"proto3\"; package shop;
import \"google/protobuf/timestamp.proto\"; import \"money.proto\";
message Returned {{ string reason = 1; }}
message Order {{
  int64 n = 1; string customer = 2; google.protobuf.Timestamp at = 3; Money total = 4; {more}
}}"
    )
}

/// Another producer's: other numbers, and the message is inside of another.
const APP: &str = "syntax = \"proto3\"; package app;
message Till { string id = 1; message Order { string customer = 7; int64 n = 9; } }";

/// The types of a text that may import `money.proto`.
fn types(text: &str) -> DescriptorPool {
    struct Given(HashMap<&'static str, String>);
    impl FileResolver for Given {
        fn open_file(&self, name: &str) -> Result<File, protox::Error> {
            match self.0.get(name) {
                Some(text) => File::from_source(name, text),
                None => Err(protox::Error::file_not_found(name)),
            }
        }
    }
    let given = [("main.proto", text), ("money.proto", MONEY)];
    let mut resolver = ChainFileResolver::new();
    resolver.add(GoogleFileResolver::new());
    resolver.add(Given(
        given.map(|(name, text)| (name, text.to_owned())).into(),
    ));
    let mut compiler = Compiler::with_file_resolver(resolver);
    let read = compiler.include_imports(true).open_file("main.proto");
    assert!(read.is_ok(), "{:?}: {text}", read.err());
    compiler.descriptor_pool()
}

fn message(text: &str, name: &str) -> MessageDescriptor {
    types(text).get_message_by_name(name).expect("it has it")
}

/// Registers a schema; its id.
fn register(registry: &Registry, subject: &str, text: &str, imports_money: bool) -> u32 {
    let references = match imports_money {
        true => json!([{"name": "money.proto", "subject": "money", "version": 1}]),
        false => json!([]),
    };
    let body = json!({"schemaType": "PROTOBUF", "schema": text, "references": references});
    let path = format!("/subjects/{subject}/versions");
    let answer = registry.ask("POST", &path, &body.to_string());
    let (status, said) = answer.expect("it answers");
    assert_eq!(status, 200, "{said}");
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    said["id"].as_u64().expect("an id") as u32
}

/// A producer's schema.
struct Writer {
    id: u32,
    /// The place of the message, as Confluent's wire format writes it.
    indexes: &'static [u8],
    of: MessageDescriptor,
}

impl Writer {
    fn record(&self, n: i64) -> Outgoing {
        let mut order = DynamicMessage::new(self.of.clone());
        let customer = format!("{MARK}{}", n % 17);
        order.set_field_by_name("n", Value::I64(n));
        order.set_field_by_name("customer", Value::String(customer));
        let inside = |name: &str, fields: &[(&str, Value)]| {
            let field = self.of.get_field_by_name(name)?;
            let mut made = DynamicMessage::new(field.kind().as_message()?.clone());
            for (name, value) in fields {
                made.set_field_by_name(name, value.clone());
            }
            Some(Value::Message(made))
        };
        let at = inside("at", &[("seconds", Value::I64(1_772_366_400 + n * 60))]);
        let cents = Value::I64(n * 137);
        let total = inside(
            "total",
            &[("cents", cents), ("currency", Value::String(MARK.into()))],
        );
        for (name, value) in [("at", at), ("total", total)] {
            if let Some(value) = value {
                order.set_field_by_name(name, value);
            }
        }
        if let Some(coupon) = self.of.get_field_by_name("coupon") {
            let value = match coupon.kind().as_message() {
                None => Value::String("SPRING".into()),
                Some(message) => Value::Message(DynamicMessage::new(message.clone())),
            };
            order.set_field(&coupon, value);
        }
        if self.of.get_field_by_name("note").is_some() {
            order.set_field_by_name("note", Value::String(MARK.into()));
        }
        let body = order.encode_to_vec();
        let id = [&[0][..], &self.id.to_be_bytes(), self.indexes].concat();
        // Every seventh says its schema in a header instead.
        let (value, headers) = match n % 7 {
            0 => (body, vec![("__value_schema_id".to_owned(), id)]),
            _ => ([id, body].concat(), Vec::new()),
        };
        Outgoing {
            value: Some(value),
            headers,
            ..Outgoing::default()
        }
    }
}

/// The message that a value is, by the schema that stands in the registry by the id in
/// front of it.
fn read(registry: &Registry, known: &mut BTreeMap<u32, String>, value: &[u8]) -> DynamicMessage {
    let (head, rest) = value.split_at(5);
    assert_eq!(head[0], 0, "the frame begins so");
    let id = u32::from_be_bytes(head[1..].try_into().expect("four bytes"));
    let text = known.entry(id).or_insert_with(|| {
        let answer = registry.ask("GET", &format!("/schemas/ids/{id}"), "");
        let (status, said) = answer.expect("it answers");
        assert_eq!(status, 200, "{said}");
        let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(said["schemaType"], "PROTOBUF");
        said["schema"].as_str().expect("text").to_owned()
    });
    // What a count of 0, or 2 and two places in zigzag, leads to.
    let (name, body) = match rest {
        [0, body @ ..] => ("clean.Order", body),
        [4, 0, 0, body @ ..] => ("clean.Till.Order", body),
        _ => panic!("another message left"),
    };
    DynamicMessage::decode(message(text, name), body).expect("a message of it")
}

#[test]
fn orders_leave_once_and_in_order_under_the_messages_that_they_are() {
    let (Some(cluster), Some(program)) = (kafka::shared(), registry::program()) else {
        return;
    };
    let registry = Registry::start(&program, free_port());
    let [raw, clean, quarantine] = ["raw", "clean", "quarantine"].map(|t| format!("{NAME}.{t}"));
    for topic in [&raw, &clean, &quarantine] {
        kafka::create(cluster, topic, 1, &[]);
    }
    register(&registry, "money", MONEY, false);
    let subject = format!("{raw}-value");
    let writer = |text: &str, subject: &str, name: &str, indexes, imports_money| Writer {
        id: register(&registry, subject, text, imports_money),
        indexes,
        of: message(text, name),
    };
    let of_shop = |more: &str| writer(&shop(more), &subject, "shop.Order", &[2, 2], true);
    let first = of_shop("");
    let other = writer(APP, "tills", "app.Till.Order", &[4, 0, 0], false);

    let home = Home::new(POLICY);
    let settings = format!("registry: {{ urls: [\"{}\"] }}\n", registry.url());
    std::fs::write(home.path().join("veil.yaml"), settings).expect("written");
    let check = || {
        let mut command = home.command();
        let output = command.args(["check", "policy.yaml", "--registry", &registry.url()]);
        let output = output.output().expect("veil runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = check();
    assert!(code == Some(1) && !said.contains("error"), "{said}");
    let produce = |from: i64, to: i64, of: &dyn Fn(i64) -> Outgoing| {
        kafka::produce(cluster, &raw, (from..to).map(of));
    };
    produce(0, 150, &|n| match n % 5 {
        0 => other.record(n),
        _ => first.record(n),
    });
    let veil = Veil::start(&home, cluster, NAME, &["-c", "veil.yaml"]);
    kafka::settled(cluster, NAME, &raw, SETTLE);

    // A field more that is named, one that nobody names, and one that is a message.
    let coupon = of_shop("string coupon = 5; string note = 6;");
    let bad = of_shop("Money coupon = 7;");
    let is_refused = |n: i64| n >= 150 && n % 10 == 3;
    let (code, said) = check();
    assert!(
        code == Some(78) && said.contains("coupon"),
        "{code:?} {said}"
    );
    produce(150, 300, &|n| match is_refused(n) {
        true => bad.record(n),
        false => coupon.record(n),
    });
    kafka::settled(cluster, NAME, &raw, SETTLE);
    assert_eq!(veil.terminate().code, Some(0));

    let refused = read_all(cluster, &quarantine, Isolation::Committed);
    let reasons = refused.iter().map(|row| row.header("veil-reason"));
    let reasons: Vec<_> = reasons.collect();
    let expected = (0..300).filter(|n| is_refused(*n)).count();
    assert_eq!(reasons, vec![Some("schema_unusable"); expected]);

    let mut known = BTreeMap::new();
    let (mut left, mut customers) = (Vec::new(), BTreeSet::new());
    for row in read_all(cluster, &clean, Isolation::Committed) {
        let value = row.value.expect("no tombstones here");
        let clear = MARK.as_bytes();
        let holds = value.windows(clear.len()).any(|window| window == clear);
        assert!(!holds && row.headers.is_empty(), "a clear value left");
        let order = read(&registry, &mut known, &value);
        assert_eq!(order.unknown_fields().count(), 0, "all is in the schema");
        let get = |name: &str| {
            order
                .get_field_by_name(name)
                .map(|value| value.into_owned())
        };
        let Some(Value::I64(n)) = get("n") else {
            panic!("n is kept")
        };
        let is_of_the_shop = n >= 150 || n % 5 != 0;
        assert_eq!(get("total").is_some(), is_of_the_shop);
        if let Some(Value::Message(total)) = get("total") {
            let cents = total.get_field_by_name("cents").expect("it has it");
            assert_eq!(*cents, Value::I64(n * 137 / 1000 * 1000));
            assert!(total.get_field_by_name("currency").is_none());
        }
        let coupon = (n >= 150).then(|| Value::String("SPRING".into()));
        assert_eq!(get("coupon"), coupon);
        assert!(get("note").is_none());
        let Some(Value::String(customer)) = get("customer") else {
            panic!("a pseudonym")
        };
        customers.insert(customer);
        left.push(n);
    }
    let all: Vec<i64> = (0..300).filter(|n| !is_refused(*n)).collect();
    assert_eq!(left, all, "lost, doubled or reordered");
    assert_eq!(
        customers.len(),
        17,
        "one person has one pseudonym in all schemas"
    );
    let registered = known.iter().map(|(id, text)| format!("{id}:\n{text}\n"));
    crate::say(&format!(
        "300 orders in Protobuf under 4 schemas: 0 lost, 0 doubled, 0 reordered, {expected} quarantined; \
         what left was registered as\n{}",
        registered.collect::<String>()
    ));
}
