use std::time::Duration;

use super::*;
use crate::decode::protobuf::json_of;
use crate::pipeline::testing::{Raw, batch, raw, worker};
use crate::pipeline::{Destination, OutBatch, sanitize};
use crate::record::Reason;
use crate::schema::Bindings;
use crate::schema::protobuf::node::Schema;
use crate::schema::registry::Rules;
use crate::schema::registry::testing::{Registry, Scene, plan_of};

const SHOP: u32 = 1;
const EDITION: u32 = 2;
const AVRO: u32 = 3;

/// `Money` is of another schema.
const TEXT: &str = "syntax = \"proto3\"; package shop; import \"money.proto\";
message Other { string x = 1; }
message Click { int64 n = 1; string email = 2; Money price = 3; message Inner { int64 n = 1; } }";
const MONEY: &str = "syntax = \"proto3\"; package shop; message Money { int64 cents = 1; }";

const FRAMING: Framing = Framing::Confluent { indexes: true };

fn plan() -> Arc<Plan> {
    plan_of(
        "value: protobuf",
        "n: keep, email: { mask: { keep_first: 1 } }, price.cents: { generalize: { bucket: 100 } }",
        "",
    )
}

fn key(id: u32, message: &[u32]) -> Key {
    Key {
        part: Part::Value,
        id: SchemaId::Number(id),
        message: MessagePath::new(message).expect("a path"),
    }
}

/// A value with its id and the place of its message in front.
fn framed(id: u32, message: &[u32], body: &[u8]) -> Vec<u8> {
    let mut value = Vec::new();
    let Key { id, message, .. } = key(id, message);
    assert!(FRAMING.write(id, message, &mut value));
    [&value, body].concat()
}

/// What the desk of that plan knows, and the registry then.
fn known(plan: &Arc<Plan>, keys: &[Key]) -> (Arc<Bindings>, Registry) {
    let mut scene = Scene::of(PlanBinder(plan.clone()), Rules::default());
    let registry = &mut scene.registry;
    registry.has_of(Kind::Protobuf, SHOP, TEXT);
    registry.has_of(Kind::Protobuf, 90, MONEY);
    let money = vec![(90, MONEY.to_owned())];
    registry.subjects.insert("money.proto".to_owned(), money);
    registry.refers(SHOP, "money.proto");
    let edition = "edition = \"2023\"; message Click { int64 n = 1; }";
    registry.has_of(Kind::Protobuf, EDITION, edition);
    registry.has(AVRO, "\"long\"");
    (0..)
        .zip(keys)
        .for_each(|(lane, key)| scene.ask_of(lane, *key));
    let told = scene.run(Duration::from_secs(5), false);
    assert_eq!(told.len(), keys.len());
    let known = scene.desk.bindings().clone();
    (
        Arc::new(Bindings::by_id(Framings::both(FRAMING), known)),
        scene.registry,
    )
}

fn sanitized(plan: &Arc<Plan>, bindings: &Arc<Bindings>, records: &[Raw]) -> OutBatch {
    let mut batch = batch(plan, records);
    batch.bindings = Some(bindings.clone());
    let out = sanitize(batch, &mut worker()).expect("nothing is looked up");
    assert!(out.counts.balances(), "{:?}", out.counts);
    out
}

/// What left of each record, read as the message that stands in front of it; or the reason.
fn came(out: &OutBatch, registry: &Registry) -> Vec<Result<(Vec<u32>, String), Reason>> {
    let one = |record: &crate::pipeline::OutRecord| match record.destination {
        Destination::Quarantine(reason) => Err(reason),
        Destination::Held(_) => unreachable!("its outputs wait for nothing"),
        Destination::Output(_) => {
            let value = out.bytes(record.value.expect("it has one"));
            let framed = FRAMING.read(Part::Value, value, std::iter::empty());
            let framed = framed.expect("it is framed");
            let SchemaId::Number(id) = framed.id else {
                panic!("{:?}", framed.id);
            };
            let registered = &registry.schemas[&id];
            assert_eq!(registered.kind, Kind::Protobuf);
            let main = Source {
                name: "derived.proto",
                text: &registered.text,
            };
            let schema = Schema::compile(main, &[], Which::At(framed.message));
            let schema = schema.expect("it has the message");
            let json = json_of(&schema, framed.body).expect("it is one of that schema");
            Ok((framed.message.steps().to_vec(), json))
        }
    };
    out.records().iter().map(one).collect()
}

#[test]
fn each_record_is_the_message_that_it_names_and_leaves_as_its_own() {
    let plan = plan();
    let wanted = [
        key(SHOP, &[1]),
        key(SHOP, &[1, 0]),
        key(SHOP, &[0]),
        key(SHOP, &[9]),
        key(EDITION, &[0]),
        key(AVRO, &[0]),
    ];
    let (bindings, registry) = known(&plan, &wanted);
    let click = b"\x08\x07\x12\x03a@b\x1a\x03\x08\xff\x01";
    let in_header = Raw {
        value: Some(click.to_vec()),
        headers: vec![("__value_schema_id", Some(framed(SHOP, &[1], b"")))],
        ..Raw::default()
    };
    let records = [
        raw(framed(SHOP, &[1], click)),
        in_header,
        raw(framed(SHOP, &[1, 0], b"\x08\x05")),
        raw(framed(SHOP, &[0], b"\x0a\x06CANARY")),
        raw(framed(SHOP, &[9], click)),
        raw(framed(EDITION, &[0], b"\x08\x05")),
        raw(framed(AVRO, &[0], b"\x08")),
        raw(framed(77, &[0], click)),
        raw(click),
        raw(b"\0\0\0\0\x01\x20"),
        raw(framed(SHOP, &[1], &click[..5])),
    ];
    let out = sanitized(&plan, &bindings, &records);
    let leaves = |path: &[u32], json: &str| Ok((path.to_vec(), json.to_owned()));
    let click = r#"{"n":7,"email":"a********","price":{"cents":200}}"#;
    let expected = [
        leaves(&[0], click),
        leaves(&[0], click),
        leaves(&[0, 0], r#"{"n":5}"#),
        leaves(&[0], "{}"),
        Err(Reason::SchemaUnusable),
        Err(Reason::SchemaUnusable),
        Err(Reason::SchemaUnusable),
        Err(Reason::SchemaUnknown),
        Err(Reason::BadFrame),
        Err(Reason::BadFrame),
        Err(Reason::NotProtobuf),
    ];
    assert_eq!(came(&out, &registry), expected);
    // What leaves refers to nothing: the type of the other schema stands in it.
    let registered = registry.subjects["clean-value"].last().expect("a version");
    assert!(!registered.1.contains("money.proto"), "{}", registered.1);
}

#[test]
fn subjects_go_by_the_topic_the_message_or_both() {
    let subject = |more: &str| {
        let binder = PlanBinder(plan_of("value: protobuf", "n: keep", more));
        let text = Text {
            kind: Kind::Protobuf,
            text: "syntax = \"proto3\"; package shop; message Click { int64 n = 1; }".into(),
            references: Vec::new(),
        };
        let drafted = binder.bind(&key(1, &[0]), &text)?;
        let [derived] = &drafted.derived[..] else {
            panic!("one output has one");
        };
        assert_eq!(derived.kind, Kind::Protobuf);
        Ok::<_, String>(derived.subject.to_string())
    };
    for (more, expected) in [
        ("", "clean-value"),
        (
            "schema: { subject: TopicRecordNameStrategy },",
            "clean-shop.Click",
        ),
        (
            "schema: { subject: RecordNameStrategy, namespace: shop.clean },",
            "shop.clean.Click",
        ),
    ] {
        assert_eq!(subject(more).as_deref(), Ok(expected), "{more}");
    }
    let same = subject("schema: { subject: RecordNameStrategy, namespace: shop },");
    assert!(same.is_err_and(|why| why.contains("`shop.Click`")));
}
