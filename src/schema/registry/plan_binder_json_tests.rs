use std::time::Duration;

use super::*;
use crate::pipeline::testing::{Raw, batch, raw, worker};
use crate::pipeline::{Destination, sanitize};
use crate::record::Reason;
use crate::schema::Bindings;
use crate::schema::registry::Rules;
use crate::schema::registry::testing::{Registry, Scene, framed, plan_of};

const SHOP: u32 = 1;
const AVRO: u32 = 2;
const BROKEN: u32 = 3;
const BOOLEAN: u32 = 4;

/// `Person` is of another schema.
const TEXT: &str = r##"{"title":"shop.Click","type":"object","properties":{"n":{"type":"integer"},"by":{"$ref":"person.json"}}}"##;
const PERSON: &str =
    r#"{"type":"object","additionalProperties":false,"properties":{"mail":{"type":"string"}}}"#;

const FRAMING: Framing = Framing::Confluent { indexes: false };

fn plan() -> Arc<Plan> {
    plan_of(
        "value: json_schema",
        "n: keep, by.mail: { mask: { keep_first: 1 } }",
        "schema: { namespace: clean, subject: RecordNameStrategy },",
    )
}

fn key(id: u32) -> Key {
    Key {
        part: Part::Value,
        id: SchemaId::Number(id),
        message: MessagePath::FIRST,
    }
}

/// What the desk of that plan knows, and the registry then.
fn known(plan: &Arc<Plan>) -> (Arc<Bindings>, Registry) {
    let mut scene = Scene::of(PlanBinder(plan.clone()), Rules::default());
    let registry = &mut scene.registry;
    registry.has_of(Kind::Json, SHOP, TEXT);
    registry.has_of(Kind::Json, 90, PERSON);
    let person = vec![(90, PERSON.to_owned())];
    registry.subjects.insert("person.json".to_owned(), person);
    registry.refers(SHOP, "person.json");
    registry.has(AVRO, "\"long\"");
    registry.has_of(Kind::Json, BROKEN, "{");
    let boolean = PERSON.replace("string", "boolean");
    let boolean = format!(r#"{{"type":"object","properties":{{"by":{boolean}}}}}"#);
    registry.has_of(Kind::Json, BOOLEAN, &boolean);
    for (lane, id) in (0..).zip([SHOP, AVRO, BROKEN, BOOLEAN]) {
        scene.ask_of(lane, key(id));
    }
    let told = scene.run(Duration::from_secs(5), false);
    assert_eq!(told.len(), 4);
    let known = scene.desk.bindings().clone();
    (
        Arc::new(Bindings::by_id(Framings::both(FRAMING), known)),
        scene.registry,
    )
}

#[test]
fn each_record_leaves_as_json_under_the_id_of_its_own_schema() {
    let plan = plan();
    let (bindings, registry) = known(&plan);
    let click = br#"{ "n" : 7.50 , "by":{"mail":"a@b","name":"CANARY"}, "more":1}"#;
    let in_header = Raw {
        value: Some(click.to_vec()),
        headers: vec![("__value_schema_id", Some(framed(SHOP, b"")))],
        ..Raw::default()
    };
    let records = [
        raw(framed(SHOP, click)),
        in_header,
        raw(framed(SHOP, b"{}")),
        raw(framed(SHOP, b"{\"n\":")),
        raw(framed(AVRO, click)),
        raw(framed(BROKEN, click)),
        raw(framed(BOOLEAN, click)),
        raw(framed(77, click)),
        raw(click),
        raw(framed(SHOP, b"")),
    ];
    let mut batch = batch(&plan, &records);
    batch.bindings = Some(bindings);
    let out = sanitize(batch, &mut worker()).expect("nothing is looked up");
    assert!(out.counts.balances(), "{:?}", out.counts);
    let (registered, text) = &registry.subjects["clean.Click"][0];
    let derived = r#""by":{"type":"object","properties":{"mail":{"type":"string","veil":{"action":"mask","keep_first":"1"}}},"additionalProperties":false}"#;
    assert!(text.contains(derived), "{text}");
    assert_eq!(registry.schemas[registered].kind, Kind::Json);
    let leaves = |json: &str| Ok(framed(*registered, json.as_bytes()));
    let click = r#"{"n":7.50,"by":{"mail":"a********"}}"#;
    let expected = [
        leaves(click),
        leaves(click),
        leaves("{}"),
        Err(Reason::NotJson),
        Err(Reason::SchemaUnusable),
        Err(Reason::SchemaUnusable),
        Err(Reason::SchemaUnusable),
        Err(Reason::SchemaUnknown),
        Err(Reason::BadFrame),
        Err(Reason::NotJson),
    ];
    let found = out.records().iter().map(|record| match record.destination {
        Destination::Quarantine(reason) => Err(reason),
        Destination::Held(_) => unreachable!("its outputs wait for nothing"),
        Destination::Output(_) => Ok(out.bytes(record.value.expect("it has one")).to_vec()),
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn ids_of_apicurio_stand_in_front_of_what_leaves_with_all_their_bytes() {
    let apicurio = "value: json_schema, schema: { framing: apicurio }";
    for (source, id, prefix) in [
        (apicurio, 1 << 40, Some(vec![0, 0, 0, 1, 0, 0, 0, 0, 0])),
        ("value: json_schema", 7, Some(vec![0, 0, 0, 0, 7])),
        ("value: json_schema", 1 << 40, None),
    ] {
        let plan = plan_of(source, "n: keep", "");
        let binder = PlanBinder(plan);
        let text = Text {
            kind: Kind::Json,
            text: "{}".into(),
            references: Vec::new(),
        };
        let drafted = binder.bind(&key(1), &text).expect("it can be bound");
        let finished = binder.finish(drafted.draft, &[id]).ok();
        let found = finished.map(|binding| binding.prefixes[0].to_vec());
        assert_eq!(found, prefix, "{source} {id}");
    }
}
