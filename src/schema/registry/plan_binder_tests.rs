use std::time::Duration;

use super::*;
use crate::decode::avro::json_of;
use crate::pipeline::testing::{Raw, batch, raw, worker};
use crate::pipeline::{Destination, OutBatch, sanitize};
use crate::record::Reason;
use crate::schema::Bindings;
use crate::schema::avro::node::Schema;
use crate::schema::registry::testing::{
    FRAMING, Registry, Scene, framed, lane, long, numbered, plan_by_id, plan_of,
};
use crate::schema::registry::{Bound, Named, Refusal, Rules};

const PLAIN: u32 = 1;
const MORE: u32 = 2;
const WRONG: u32 = 3;
const REFERS: u32 = 4;

const EMAIL: &str = r#",{"name":"email","type":["null","string"],"default":null}"#;

fn key(id: u32) -> Key {
    crate::schema::registry::testing::key(id)
}

/// What the desk of that plan knows, and the registry then.
fn known(plan: &Arc<Plan>, ids: &[u32]) -> (Arc<Bindings>, Registry) {
    let mut scene = Scene::of(PlanBinder(plan.clone()), Rules::default());
    scene.registry.has(PLAIN, &numbered(""));
    scene.registry.has(MORE, &numbered(EMAIL));
    let wrong = numbered(r#",{"name":"email","type":"long"}"#);
    scene.registry.has(WRONG, &wrong);
    let refers = numbered(r#",{"name":"at","type":"shop.Place"}"#);
    scene.registry.has(REFERS, &refers);
    let place = r#"{"type":"record","name":"shop.Place","fields":[{"name":"n","type":"long"}]}"#;
    scene.registry.has(90, place);
    let place = vec![(90, place.to_owned())];
    scene.registry.subjects.insert("place".to_owned(), place);
    scene.registry.refers(REFERS, "place");
    (0..).zip(ids).for_each(|(lane, id)| scene.ask(lane, *id));
    let told = scene.run(Duration::from_secs(5), false);
    assert_eq!(told.len(), ids.len());
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

/// What left of each record: JSON read under the schema that its id names, or the reason.
fn came(out: &OutBatch, registry: &Registry) -> Vec<Result<String, Reason>> {
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
            let schema = Schema::parse(&registry.schemas[&id].text).expect("it was registered");
            Ok(json_of(&schema, framed.body).expect("it is one of that schema"))
        }
    };
    out.records().iter().map(one).collect()
}

#[test]
fn each_record_is_read_under_the_schema_that_it_names_and_leaves_under_its_own() {
    let plan = plan_by_id("n: keep, email: { mask: { keep_first: 1 } }", "");
    let (bindings, registry) = known(&plan, &[PLAIN, MORE, WRONG, REFERS]);
    let with_email = [long(7), vec![2, 6], b"a@b".to_vec()].concat();
    let in_header = Raw {
        value: Some(with_email.clone()),
        headers: vec![("__value_schema_id", Some(framed(MORE, b"")))],
        ..Raw::default()
    };
    let null_header = Raw {
        headers: vec![("__value_schema_id", None)],
        ..raw(framed(PLAIN, &long(1)))
    };
    let records = [
        raw(framed(PLAIN, &long(5))),
        raw(framed(MORE, &with_email)),
        in_header,
        raw(framed(REFERS, &[long(8), long(9)].concat())),
        Raw::default(),
        null_header,
        raw(framed(WRONG, &[0])),
        raw(framed(77, &long(5))),
        raw(long(5)),
        raw(framed(PLAIN, &with_email)),
    ];
    let out = sanitized(&plan, &bindings, &records);
    let leaves = |json: &str| Ok(json.to_owned());
    let expected = [
        leaves(r#"{"n":5}"#),
        leaves(r#"{"n":7,"email":"a********"}"#),
        leaves(r#"{"n":7,"email":"a********"}"#),
        leaves(r#"{"n":8}"#),
        Err(Reason::BadFrame),
        Err(Reason::SchemaUnusable),
        Err(Reason::SchemaUnknown),
        Err(Reason::BadFrame),
        Err(Reason::NotAvro),
    ];
    assert_eq!(came(&out, &registry), expected);
    let reason = Reason::TombstoneDropped;
    assert_eq!(out.counts.outputs[0].withheld[reason.index()], 1);
    let headers = out
        .records()
        .iter()
        .filter(|r| matches!(r.destination, Destination::Output(_)));
    assert_eq!(headers.flat_map(|r| out.headers(r)).count(), 0);
}

/// A line of the policy for a former name would do nothing where another one names the field
/// by its name: what the first protects would leave under the second.
#[test]
fn a_field_that_is_named_by_two_names_and_not_alike_lets_no_record_out() {
    let renamed = r#",{"name":"user","type":"string","aliases":["uid"]}"#;
    let came_of = |fields: &str| {
        let plan = plan_by_id(fields, "");
        let mut scene = Scene::of(PlanBinder(plan.clone()), Rules::default());
        scene.registry.has(PLAIN, &numbered(renamed));
        scene.ask(0, PLAIN);
        assert_eq!(scene.run(Duration::from_secs(5), false).len(), 1);
        let bindings = Bindings::by_id(Framings::both(FRAMING), scene.desk.bindings().clone());
        let record = framed(PLAIN, &[long(7), vec![8], b"jane".to_vec()].concat());
        let out = sanitized(&plan, &Arc::new(bindings), &[raw(record)]);
        came(&out, &scene.registry).remove(0)
    };
    let masked = Ok(r#"{"n":7,"user":"********"}"#.to_owned());
    let mask = "{ mask: {} }";
    assert_eq!(came_of(&format!("n: keep, user: {mask}")), masked);
    let both = format!("n: keep, (user|uid): {mask}");
    assert_eq!(came_of(&both), masked);
    let apart = format!("n: keep, user: {mask}, uid: {mask}");
    assert_eq!(came_of(&apart), masked);
    let refused = Err(Reason::SchemaUnusable);
    for other in ["keep", "drop", "{ mask: { keep_first: 1 } }"] {
        let said = format!("n: keep, user: {other}, uid: {mask}");
        let expected = match other {
            // Nothing leaves of it, whatever is said of the former name.
            "drop" => Ok(r#"{"n":7}"#.to_owned()),
            _ => refused.clone(),
        };
        assert_eq!(came_of(&said), expected, "{other}");
    }
    assert_eq!(came_of("n: keep, user: keep, uid: drop"), refused);
    // Where the former name alone is named, it is the name that leaves.
    let former = Ok(r#"{"n":7,"uid":"********"}"#.to_owned());
    assert_eq!(came_of(&format!("n: keep, uid: {mask}")), former);
}

/// Topics of several types name each record by its schema (`RecordNameStrategy`).
#[test]
fn the_schema_of_a_record_says_its_type() {
    let plan = plan_of(
        "value: avro, type: { from: schema }",
        "n: keep",
        "types: { shop.Click: { email: { mask: {} } }, \"*\": {} },",
    );
    let mut scene = Scene::of(PlanBinder(plan.clone()), Rules::default());
    let click = numbered(EMAIL);
    scene.registry.has(1, &click);
    scene
        .registry
        .has(2, &click.replace("shop.Click", "shop.Tap"));
    let two = format!("[{click},{}]", click.replace("shop.Click", "shop.Tap"));
    scene.registry.has(3, &two);
    (0..)
        .zip([1, 2, 3])
        .for_each(|(lane, id)| scene.ask(lane, id));
    assert_eq!(scene.run(Duration::from_secs(5), false).len(), 3);
    let bindings = Bindings::by_id(Framings::both(FRAMING), scene.desk.bindings().clone());
    let body = [long(7), vec![2, 6], b"a@b".to_vec()].concat();
    let records = [1, 2, 3].map(|id| raw(framed(id, &body)));
    let out = sanitized(&plan, &Arc::new(bindings), &records);
    let leaves = |json: &str| Ok(json.to_owned());
    let expected = [
        leaves(r#"{"n":7,"email":"********"}"#),
        leaves(r#"{"n":7,"email":null}"#),
        // Of a union there is no one name.
        Err(Reason::SchemaUnusable),
    ];
    assert_eq!(came(&out, &scene.registry), expected);
}

#[test]
fn fields_that_a_schema_lacks_are_counted_and_said_once() {
    let plan = plan_by_id(
        "n: keep, email: { mask: {} }, \"list[*].x\": { mask: {} }, gone: drop",
        "",
    );
    let mut scene = Scene::of(PlanBinder(plan), Rules::default());
    scene.registry.has(PLAIN, &numbered(""));
    scene.registry.has(MORE, &numbered(EMAIL));
    scene.ask(0, MORE);
    scene.run(Duration::from_secs(5), false);
    assert_eq!(scene.desk.fields_missing(), [1]);
    scene.ask(0, PLAIN);
    scene.run(Duration::from_secs(5), false);
    assert_eq!(scene.desk.fields_missing(), [2]);
    let complaints: Vec<String> = std::iter::from_fn(|| scene.desk.complaint()).collect();
    let lacks = "it does not have fields that the policy names, and nothing leaves of them";
    let expected = [
        format!("schema {MORE}: {lacks}: `list[*].x` of `clean`"),
        format!("schema {PLAIN}: {lacks}: `email`, `list[*].x` of `clean`"),
    ];
    assert_eq!(complaints, expected);
    scene.ask(1, PLAIN);
    scene.run(Duration::from_secs(5), false);
    assert_eq!(scene.desk.complaint(), None);
}

#[test]
fn without_anything_known_every_record_is_refused_and_none_is_read_as_json() {
    let plan = plan_by_id("n: keep", "");
    let records = [raw(r#"{"n":5}"#), raw(framed(PLAIN, &long(5)))];
    let refused = [Err(Reason::BadFrame), Err(Reason::SchemaUnknown)];
    let (bindings, registry) = known(&plan, &[]);
    assert_eq!(
        came(&sanitized(&plan, &bindings, &records), &registry),
        refused
    );
    let nobody_asked = sanitize(batch(&plan, &records), &mut worker()).expect("now");
    assert_eq!(came(&nobody_asked, &registry), refused);
}

fn text(text: &str) -> Text {
    Text {
        kind: Kind::Avro,
        text: text.into(),
        references: Vec::new(),
    }
}

#[test]
fn subjects_go_by_the_topic_the_record_or_both() {
    let subject = |more: &str, schema: &str| {
        let binder = PlanBinder(plan_by_id("n: keep", more));
        let drafted = binder.bind(&key(1), &text(schema))?;
        let [derived] = &drafted.derived[..] else {
            panic!("one output has one");
        };
        Ok::<_, String>(derived.subject.to_string())
    };
    let schema = numbered("");
    for (more, expected) in [
        ("", "clean-value"),
        ("schema: { subject: TopicNameStrategy },", "clean-value"),
        (
            "schema: { subject: TopicRecordNameStrategy },",
            "clean-shop.Click",
        ),
        (
            "schema: { subject: RecordNameStrategy, namespace: shop.clean },",
            "shop.clean.Click",
        ),
    ] {
        assert_eq!(subject(more, &schema).as_deref(), Ok(expected), "{more}");
    }
    let same = subject(
        "schema: { subject: RecordNameStrategy, namespace: shop },",
        &schema,
    );
    let why = same.expect_err("it would follow what comes in");
    assert!(
        why.contains("`shop.Click`") && why.contains("namespace"),
        "{why}"
    );
    let map = r#"{"type":"map","values":"long"}"#;
    let why = subject("schema: { subject: TopicRecordNameStrategy },", map);
    assert!(why.expect_err("a map has no name").contains("no name"));
}

#[test]
fn a_record_without_fields_is_bound_as_any_other() {
    let binder = PlanBinder(plan_by_id("n: keep", ""));
    let bound = |schema: &str| {
        let drafted = binder.bind(&key(1), &text(schema))?;
        Ok::<_, String>(drafted.derived.len())
    };
    let empty = r#"{"type":"record","name":"Beat","fields":[]}"#;
    assert_eq!(bound(empty), Ok(1));
    // Where another has some.
    let inside = numbered(&format!(r#",{{"name":"m","type":{empty}}}"#));
    assert_eq!(bound(&inside), Ok(1));
}

#[test]
fn what_cannot_be_bound_or_written_is_said() {
    let binder = PlanBinder(plan_by_id("n: keep", ""));
    let why = |text: &Text| {
        binder
            .bind(&key(1), text)
            .err()
            .expect("it cannot be bound")
    };
    assert!(why(&text("{oops")).contains("JSON"));
    let unknown = numbered(r#",{"name":"at","type":"shop.Place"}"#);
    assert!(why(&text(&unknown)).contains("`shop.Place` is declared nowhere"));
    let twice = Text {
        references: ["a", "b"]
            .map(|name| Named {
                name: name.into(),
                text: r#"{"type":"fixed","name":"F","size":2}"#.into(),
            })
            .into(),
        ..text(&numbered(""))
    };
    assert!(why(&twice).contains("declared twice"));
    let drafted = binder
        .bind(&key(1), &text(&numbered("")))
        .expect("it is bound");
    let bound = binder.finish(drafted.draft, &[u64::from(u32::MAX)]);
    let bound = bound.expect("it fits");
    assert_eq!(&*bound.prefixes[0], b"\0\xff\xff\xff\xff");
    assert!(binder.weight(&bound) > 100);
    let drafted = binder
        .bind(&key(1), &text(&numbered("")))
        .expect("it is bound");
    let wide = binder.finish(drafted.draft, &[1 << 32]);
    assert!(wide.is_err_and(|why| why.contains("32 bits")));
}

#[test]
fn another_policy_is_tried_on_what_is_in_use_before_it_takes_over() {
    let mut scene = Scene::of(PlanBinder(plan_by_id("n: keep", "")), Rules::default());
    scene.registry.has(PLAIN, &numbered(""));
    scene.ask(0, PLAIN);
    scene.run(Duration::from_secs(1), false);
    let tried = |fields| {
        let binder = PlanBinder(plan_by_id(fields, ""));
        scene.desk.complaint_under(&binder)
    };
    assert_eq!(tried("email: { mask: { keep_first: 1 } }, n: drop"), None);
    let why = tried("n: { mask: { keep_first: 1 } }").expect("a number is not masked");
    assert!(
        why.contains("`n`") && why.contains("schema_unusable"),
        "{why}"
    );
    let bindings = scene.desk.bindings().clone();
    assert!(matches!(bindings.get(&key(PLAIN)), Some(Bound::Ready(_))));
    assert_eq!(Refusal::Unusable.reason(), Reason::SchemaUnusable);
}

#[test]
fn keys_in_avro_are_read_under_the_schema_that_they_name() {
    let more = "key: { from: record_key.id, keep: { max_chars: 8 } }, ";
    let plan = plan_of("value: avro, key: avro", "n: keep", more);
    let mut scene = Scene::of(PlanBinder(plan.clone()), Rules::default());
    scene.registry.has(PLAIN, &numbered(""));
    let keys = r#"{"type":"record","name":"K","fields":[{"name":"id","type":"string"},{"name":"x","type":"double"}]}"#;
    scene.registry.has(50, keys);
    scene.registry.has(51, r#""string""#);
    scene.ask(0, PLAIN);
    for (partition, id) in [(1, 50), (2, 51)] {
        let part = Part::Key;
        let key = Key { part, ..key(id) };
        scene.desk.ask(lane(partition), key, scene.now);
    }
    assert_eq!(scene.run(Duration::from_secs(5), false).len(), 3);
    let known = scene.desk.bindings().clone();
    let bindings = Arc::new(Bindings::by_id(Framings::both(FRAMING), known));
    assert!(
        !scene.registry.subjects.keys().any(|s| s.ends_with("-key")),
        "nothing leaves as a key in Avro"
    );

    let value = framed(PLAIN, &long(5));
    let body = |x: f64| [&[4], &b"k1"[..], &x.to_le_bytes()].concat();
    let keyed = |key: Vec<u8>| Raw {
        key: Some(key),
        ..raw(&value)
    };
    let in_header = Raw {
        headers: vec![("__key_schema_id", Some(framed(50, b"")))],
        ..keyed(body(0.5))
    };
    let tombstone = Raw {
        value: None,
        ..keyed(framed(50, &body(0.5)))
    };
    let records = [
        keyed(framed(50, &body(0.5))),
        in_header,
        tombstone,
        keyed(body(0.5)),
        keyed(framed(51, &[2, b'x'])),
        keyed(framed(77, &body(0.5))),
        keyed(framed(50, &body(0.5)[..9])),
        // Of what has no text in JSON there is no key.
        keyed(framed(50, &body(f64::NAN))),
    ];
    let out = sanitized(&plan, &bindings, &records);
    let leaves = || Ok(r#"{"n":5}"#.to_owned());
    let expected = [
        leaves(),
        leaves(),
        Err(Reason::BadFrame),
        Err(Reason::SchemaUnusable),
        Err(Reason::SchemaUnknown),
        Err(Reason::KeyUnreadable),
        Err(Reason::KeyUnreadable),
    ];
    assert_eq!(came(&out, &scene.registry), expected);
    let reason = Reason::TombstoneDropped;
    assert_eq!(out.counts.outputs[0].withheld[reason.index()], 1);
    for record in &out.records()[..2] {
        assert_eq!(out.bytes(record.key.expect("it has one")), b"k1");
    }
}

#[test]
fn keys_leave_as_records_under_a_schema_of_their_own() {
    let more = "tombstones: forward, key: { fields: { id: { mask: { keep_first: 1 } }, no.a: keep, zone: { keep: { max_chars: 8 }, on_error: drop_field } } }, ";
    let plan = plan_of("value: avro, key: avro", "n: keep", more);
    let mut scene = Scene::of(PlanBinder(plan.clone()), Rules::default());
    scene.registry.has(PLAIN, &numbered(""));
    let keys = r#"{"type":"record","name":"k.K","fields":[{"name":"id","type":"string","default":""},{"name":"secret","type":"string"},{"name":"no","type":["null",{"type":"record","name":"N","fields":[{"name":"a","type":"long"},{"name":"b","type":"long"}]}]},{"name":"zone","type":"string"}]}"#;
    scene.registry.has(50, keys);
    // Of this one no member that leaves is always there.
    scene.registry.has(
        51,
        &keys.replace(
            r#""type":"string","default":"""#,
            r#""type":["null","string"]"#,
        ),
    );
    scene.ask(0, PLAIN);
    for (partition, id) in [(1, 50), (2, 51)] {
        let part = Part::Key;
        let key = Key { part, ..key(id) };
        scene.desk.ask(lane(partition), key, scene.now);
    }
    assert_eq!(scene.run(Duration::from_secs(5), false).len(), 3);
    let subjects: Vec<&String> = scene.registry.subjects.keys().collect();
    assert!(subjects.iter().any(|s| *s == "clean-key"), "{subjects:?}");
    let known = scene.desk.bindings().clone();
    let bindings = Arc::new(Bindings::by_id(Framings::both(FRAMING), known));

    let value = framed(PLAIN, &long(5));
    let text = |text: &str| [long(text.len() as i64), text.as_bytes().to_vec()].concat();
    let body = |id: &str, no: &[u8]| [text(id), text("hush"), no.to_vec(), text("west")].concat();
    let inner = [long(1), long(7), long(8)].concat();
    let keyed = |key: Vec<u8>| Raw {
        key: Some(key),
        ..raw(&value)
    };
    let tombstone = Raw {
        value: None,
        ..keyed(framed(50, &body("jane", &inner)))
    };
    let records = [
        keyed(framed(50, &body("jane", &inner))),
        tombstone,
        keyed(framed(51, &[long(1), body("jane", &inner)].concat())),
        keyed(framed(50, b"")),
        raw(&value),
        keyed(framed(50, &body("jane", &long(0)))),
    ];
    let out = sanitized(&plan, &bindings, &records);
    let left = out.records().iter().map(|record| match record.destination {
        Destination::Output(_) => {
            let key = out.bytes(record.key.expect("it has one"));
            let framed = FRAMING.read(Part::Key, key, std::iter::empty());
            let framed = framed.expect("it is framed");
            let SchemaId::Number(id) = framed.id else {
                panic!("{:?}", framed.id);
            };
            let schema = Schema::parse(&scene.registry.schemas[&id].text).expect("a schema");
            Ok(json_of(&schema, framed.body).expect("it is of that schema"))
        }
        Destination::Quarantine(reason) => Err(reason),
        Destination::Held(_) => unreachable!("its outputs wait for nothing"),
    });
    let left: Vec<Result<String, Reason>> = left.collect();
    let expected = [
        Ok(r#"{"id":"j********","no":{"a":7},"zone":"west"}"#.to_owned()),
        Ok(r#"{"id":"j********","no":{"a":7},"zone":"west"}"#.to_owned()),
        Err(Reason::SchemaUnusable),
        Err(Reason::KeyUnreadable),
        // Without a key there is no row that a sink could find, and without a member another.
        Err(Reason::KeyUnreadable),
        Err(Reason::KeyUnreadable),
    ];
    assert_eq!(left, expected);
    let derived = &scene.registry.subjects["clean-key"][0].1;
    assert!(
        derived.contains(r#"{"name":"id","type":"string","veil""#) && !derived.contains("secret"),
        "{derived}"
    );
}
