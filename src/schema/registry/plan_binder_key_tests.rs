//! Record keys in Protobuf and under JSON Schema, beside values of any format with schemas.

use std::time::Duration;

use super::*;
use crate::pipeline::testing::{Raw, batch, raw, worker};
use crate::pipeline::{Destination, OutBatch, sanitize};
use crate::record::Reason;
use crate::schema::Bindings;
use crate::schema::registry::Rules;
use crate::schema::registry::testing::{Registry, Scene, long, numbered, plan_of};

const VALUE: u32 = 1;
const KEYS: u32 = 50;
/// Nothing of what is named is in it, or it is of another format.
const OTHER: u32 = 51;

const PLAIN: Framing = Framing::Confluent { indexes: false };

fn key_of(part: Part, id: u32, path: &[u32]) -> Key {
    Key {
        part,
        id: SchemaId::Number(id),
        message: MessagePath::new(path).expect("a path"),
    }
}

fn framed(framing: Framing, (id, path): (u32, &[u32]), body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let Key { id, message, .. } = key_of(Part::Key, id, path);
    assert!(framing.write(id, message, &mut out));
    [&out, body].concat()
}

/// What the desk of that plan knows once it is asked for values of Avro and for those keys,
/// whose schemas are of that kind; and the registry then.
fn known(
    plan: &Arc<Plan>,
    (kind, texts): (Kind, &[(u32, &str)]),
    keys: &[Key],
) -> (Arc<Bindings>, Registry) {
    let mut scene = Scene::of(PlanBinder(plan.clone()), Rules::default());
    scene.registry.has(VALUE, &numbered(""));
    for (id, text) in texts {
        scene.registry.has_of(kind, *id, text);
    }
    let value = key_of(Part::Value, VALUE, &[0]);
    for (lane, key) in (0..).zip([value].iter().chain(keys)) {
        scene.ask_of(lane, *key);
    }
    let told = scene.run(Duration::from_secs(5), false);
    assert_eq!(told.len(), 1 + keys.len());
    let known = scene.desk.bindings().clone();
    let framings = framings(&plan.source);
    (Arc::new(Bindings::by_id(framings, known)), scene.registry)
}

fn sanitized(plan: &Arc<Plan>, bindings: &Arc<Bindings>, records: &[Raw]) -> OutBatch {
    let mut batch = batch(plan, records);
    batch.bindings = Some(bindings.clone());
    let out = sanitize(batch, &mut worker()).expect("nothing is looked up");
    assert!(out.counts.balances(), "{:?}", out.counts);
    out
}

/// The keys that left, byte for byte; or the reasons.
fn left(out: &OutBatch) -> Vec<Result<Vec<u8>, Reason>> {
    let one = |record: &crate::pipeline::OutRecord| match record.destination {
        Destination::Quarantine(reason) => Err(reason),
        Destination::Held(_) => unreachable!("its outputs wait for nothing"),
        Destination::Output(_) => Ok(record.key.map_or(Vec::new(), |at| out.bytes(at).to_vec())),
    };
    out.records().iter().map(one).collect()
}

fn keyed(key: Vec<u8>) -> Raw {
    Raw {
        key: Some(key),
        ..raw(framed(PLAIN, (VALUE, &[0]), &long(5)))
    }
}

fn tombstone(key: Vec<u8>) -> Raw {
    Raw {
        value: None,
        ..keyed(key)
    }
}

mod avro {
    use super::*;

    #[test]
    fn a_number_has_one_spelling_or_its_key_is_refused() {
        let text = r#"{"type":"record","name":"K","fields":[{"name":"d","type":"double"},
            {"name":"f","type":["null","float"]},{"name":"s","type":{"type":"record","name":"S","fields":[
            {"name":"l","type":{"type":"array","items":"double"}}]}}]}"#;
        let more = "key: { fields: { d: keep, f: { keep: {}, on_error: drop_field }, s: { keep: { subtree: true } } } }, ";
        let plan = plan_of("value: avro, key: avro", "n: keep", more);
        let keys = [key_of(Part::Key, KEYS, &[0])];
        let (bindings, _) = known(&plan, (Kind::Avro, &[(KEYS, text)]), &keys);
        let of = |d: f64, f: f32, l: f64| {
            let key = [
                &d.to_le_bytes()[..],
                &[2],
                &f.to_le_bytes(),
                &[2],
                &l.to_le_bytes(),
                &[0],
            ];
            keyed(framed(PLAIN, (KEYS, &[0]), &key.concat()))
        };
        let other = f64::from_bits(f64::NAN.to_bits() | 1);
        let records = [
            of(0.0, 0.0, 0.0),
            of(-0.0, -0.0, -0.0),
            of(-1.0, 0.0, 0.0),
            of(f64::NAN, 0.0, 0.0),
            of(other, 0.0, 0.0),
            of(0.0, f32::NAN, 0.0),
            of(0.0, 0.0, other),
        ];
        let left = left(&sanitized(&plan, &bindings, &records));
        assert!(left[0].is_ok() && left[2].is_ok(), "{left:?}");
        assert!(left[0] == left[1] && left[0] != left[2], "{left:?}");
        for refused in &left[3..] {
            assert_eq!(*refused, Err(Reason::KeyUnreadable));
        }
    }
}

mod json {
    use super::*;

    const TEXT: &str = r#"{"title":"k.K","type":"object","properties":{"id":{"type":"string"},"n":{"type":"integer"}}}"#;

    #[test]
    fn keys_under_json_schema_leave_behind_the_id_of_their_own() {
        let more = "tombstones: forward, key: { fields: { id: { mask: { keep_first: 1 } }, n: { keep: { max_chars: 8 }, on_error: drop_field } } }, ";
        let plan = plan_of("value: avro, key: json_schema", "n: keep", more);
        let keys = [KEYS, OTHER].map(|id| key_of(Part::Key, id, &[0]));
        let texts = [(KEYS, TEXT), (OTHER, r#"{"type":"array"}"#)];
        let (bindings, registry) = known(&plan, (Kind::Json, &texts), &keys);
        let (id, derived) = registry.subjects["clean-key"][0].clone();
        assert!(
            derived.contains("k.K") && !derived.contains("secret"),
            "{derived}"
        );
        assert_eq!(registry.schemas[&id].kind, Kind::Json);

        let jane = br#"{"id":"jane","n":7,"secret":"CANARY"}"#;
        let framed = |id, body: &[u8]| framed(PLAIN, (id, &[0]), body);
        let in_header = Raw {
            headers: vec![("__key_schema_id", Some(framed(KEYS, b"")))],
            ..keyed(jane.to_vec())
        };
        let records = [
            keyed(framed(KEYS, jane)),
            tombstone(framed(KEYS, jane)),
            in_header,
            keyed(framed(KEYS, br#"{"id":"jane"}"#)),
            keyed(framed(KEYS, br#"{"n":7}"#)),
            keyed(framed(KEYS, b"no json")),
            keyed(jane.to_vec()),
            keyed(framed(OTHER, b"[]")),
            keyed(framed(77, jane)),
        ];
        let out = sanitized(&plan, &bindings, &records);
        let leaves = |body: &[u8]| Ok(framed(id, body));
        let expected = [
            leaves(br#"{"id":"j********","n":7}"#),
            leaves(br#"{"id":"j********","n":7}"#),
            leaves(br#"{"id":"j********","n":7}"#),
            leaves(br#"{"id":"j********"}"#),
            Err(Reason::KeyUnreadable),
            Err(Reason::KeyUnreadable),
            Err(Reason::BadFrame),
            Err(Reason::SchemaUnusable),
            Err(Reason::SchemaUnknown),
        ];
        assert_eq!(left(&out), expected);
    }

    #[test]
    fn a_place_in_a_key_under_json_schema_is_read_behind_its_id() {
        let more = "key: { from: record_key.id, keep: { max_chars: 8 } }, ";
        let plan = plan_of("value: avro, key: json_schema", "n: keep", more);
        let keys = [key_of(Part::Key, KEYS, &[0])];
        let (bindings, registry) = known(&plan, (Kind::Json, &[(KEYS, TEXT)]), &keys);
        assert!(!registry.subjects.contains_key("clean-key"));
        let jane = framed(PLAIN, (KEYS, &[0]), br#"{"id":"jane"}"#);
        let out = sanitized(&plan, &bindings, &[keyed(jane)]);
        assert_eq!(left(&out), [Ok(b"jane".to_vec())]);
    }
}

#[cfg(feature = "protobuf")]
mod protobuf {
    use super::*;
    use crate::decode::protobuf::json_of;

    const FRAMING: Framing = Framing::Confluent { indexes: true };

    const TEXT: &str = "syntax = \"proto3\"; package k;
message Other { string x = 1; }
message K { string id = 1; string secret = 2; No no = 3; int64 n = 5; map<string, int64> tags = 8;
  message No { int64 a = 1; int64 b = 2; } }";

    fn field(number: u8, wire: u8, body: &[u8]) -> Vec<u8> {
        let len = u8::try_from(body.len()).expect("it is short");
        let len: &[u8] = if wire == 2 { &[len] } else { &[] };
        [&[number << 3 | wire], len, body].concat()
    }

    fn entry(name: &str, value: u8) -> Vec<u8> {
        field(
            8,
            2,
            &[field(1, 2, name.as_bytes()), field(2, 0, &[value])].concat(),
        )
    }

    /// The fields of one key.
    fn jane() -> Vec<Vec<u8>> {
        vec![
            field(1, 2, b"jane"),
            field(2, 2, b"CANARY"),
            field(3, 2, &[field(1, 0, &[7]), field(2, 0, &[8])].concat()),
            field(5, 0, &[9]),
            entry("a", 1),
            entry("b", 2),
        ]
    }

    fn key(fields: &[Vec<u8>]) -> Vec<u8> {
        framed(FRAMING, (KEYS, &[1]), &fields.concat())
    }

    fn plan(fields: &str) -> Arc<Plan> {
        let more = format!("tombstones: forward, key: {{ fields: {{ {fields} }} }}, ");
        plan_of("value: avro, key: protobuf", "n: keep", &more)
    }

    const NAMED: &str = "id: { mask: { keep_first: 1 } }, no: { keep: { subtree: true } }, n: keep, tags: { keep: { subtree: true }, on_error: drop_field }";

    fn asked() -> [Key; 2] {
        [key_of(Part::Key, KEYS, &[1]), key_of(Part::Key, KEYS, &[0])]
    }

    #[test]
    fn keys_in_protobuf_leave_as_messages_of_a_schema_of_their_own() {
        let plan = plan("id: { mask: { keep_first: 1 } }, no.a: keep, n: keep");
        let (bindings, registry) = known(&plan, (Kind::Protobuf, &[(KEYS, TEXT)]), &asked());
        let (id, derived) = registry.subjects["clean-key"][0].clone();
        assert_eq!(registry.schemas[&id].kind, Kind::Protobuf);
        assert!(!derived.contains("secret"), "{derived}");
        let main = Source {
            name: "derived.proto",
            text: &derived,
        };
        let schema = node::Schema::compile(main, &[], Which::Only).expect("it is a schema");

        let all = jane();
        let in_header = Raw {
            headers: vec![("__key_schema_id", Some(framed(FRAMING, (KEYS, &[1]), b"")))],
            ..keyed(all.concat())
        };
        let other = framed(FRAMING, (KEYS, &[0]), b"");
        let records = [
            keyed(key(&all)),
            tombstone(key(&all)),
            in_header,
            // `n` has no presence, so it is 0; `no` has, so it is not there.
            keyed(key(&[all[0].clone(), all[2].clone()])),
            keyed(key(&[all[0].clone(), all[3].clone()])),
            keyed(key(&[vec![0xff]])),
            keyed(other),
            keyed(framed(FRAMING, (KEYS, &[9]), b"")),
            keyed(b"\x00\x00".to_vec()),
        ];
        let out = sanitized(&plan, &bindings, &records);
        let left = left(&out).into_iter().map(|key| {
            key.map(|key| {
                let framed = FRAMING.read(Part::Key, &key, std::iter::empty());
                let framed = framed.expect("it is framed");
                assert_eq!(framed.id, SchemaId::Number(id));
                json_of(&schema, framed.body).expect("it is of that schema")
            })
        });
        let whole = || Ok(r#"{"id":"j********","no":{"a":7},"n":9}"#.to_owned());
        let expected = [
            whole(),
            whole(),
            whole(),
            Ok(r#"{"id":"j********","no":{"a":7}}"#.to_owned()),
            Err(Reason::KeyUnreadable),
            Err(Reason::KeyUnreadable),
            Err(Reason::SchemaUnusable),
            Err(Reason::SchemaUnknown),
            Err(Reason::BadFrame),
        ];
        assert_eq!(left.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn one_key_is_one_row_of_bytes_however_it_came() {
        let plan = plan(NAMED);
        let (bindings, _) = known(&plan, (Kind::Protobuf, &[(KEYS, TEXT)]), &asked()[..1]);
        let all = jane();
        let mut turned = all.clone();
        turned.reverse();
        turned[3] = field(3, 2, &[field(2, 0, &[8]), field(1, 0, &[7])].concat());
        // A field that the schema does not have, and a number longer than it need be.
        let mut longer = all.clone();
        longer.insert(1, field(12, 0, &[1]));
        longer[4] = field(5, 0, &[0x89, 0]);
        let ways = [all.clone(), turned, longer];
        let records = ways.map(|fields| keyed(key(&fields)));
        let left_of = |records: &[Raw]| left(&sanitized(&plan, &bindings, records));
        let left = left_of(&records);
        assert!(left[0].is_ok());
        assert!(left.iter().all(|key| *key == left[0]), "{left:?}");
        // Defaults: said or not, and whatever else stands around them.
        let of = |with: Vec<Vec<u8>>| {
            let no = field(3, 2, &[]);
            keyed(key(&[vec![no], with].concat()))
        };
        let no_zeros = vec![field(3, 2, &[]), field(5, 0, &[9])];
        let zeros = vec![
            field(5, 0, &[9]),
            field(1, 2, b""),
            field(3, 2, &[field(2, 0, &[0]), field(1, 0, &[0])].concat()),
            field(2, 2, b"x"),
        ];
        let left = left_of(&[keyed(key(&no_zeros)), keyed(key(&zeros))]);
        assert!(left[0].is_ok() && left[0] == left[1], "{left:?}");
        let nine_or_none = left_of(&[of(vec![field(5, 0, &[9])]), of(vec![field(5, 0, &[0])])]);
        assert_ne!(nine_or_none[0], nine_or_none[1]);
    }

    #[test]
    fn a_number_has_one_spelling_or_its_key_is_refused() {
        let text = "syntax = \"proto3\"; import \"google/protobuf/wrappers.proto\"; message K {
            double d = 1; optional float f = 2; repeated double l = 3; google.protobuf.DoubleValue w = 4; }";
        let plan = plan("d: keep, f: keep, l: keep, w: keep");
        let asked = [key_of(Part::Key, KEYS, &[0])];
        let (bindings, _) = known(&plan, (Kind::Protobuf, &[(KEYS, text)]), &asked);
        let of = |d: Option<f64>, f: f32, l: f64, w: Option<f64>| {
            let double = |n: u8, value: f64| field(n, 1, &value.to_le_bytes());
            let w = w.map(|w| double(1, w)).unwrap_or_default();
            let fields = [
                d.map(|d| double(1, d)).unwrap_or_default(),
                field(2, 5, &f.to_le_bytes()),
                double(3, l),
                field(4, 2, &w),
            ];
            keyed(framed(FRAMING, (KEYS, &[0]), &fields.concat()))
        };
        let zeros = [
            of(None, 0.0, 0.0, None),
            of(Some(0.0), 0.0, 0.0, Some(0.0)),
            of(Some(-0.0), -0.0, -0.0, Some(-0.0)),
        ];
        let zeros = left(&sanitized(&plan, &bindings, &zeros));
        assert!(zeros[0].is_ok());
        assert!(zeros.iter().all(|key| *key == zeros[0]), "{zeros:?}");
        let others = [
            of(Some(-1.0), 0.0, 0.0, None),
            of(Some(1.0), 0.0, 0.0, None),
        ];
        let others = left(&sanitized(&plan, &bindings, &others));
        assert!(others[0].is_ok() && others[0] != others[1] && others[0] != zeros[0]);
        // What is no number has as many spellings as it has bits, and no text.
        let (one, other) = (f64::NAN, f64::from_bits(f64::NAN.to_bits() | 1));
        let nans = [
            of(Some(one), 0.0, 0.0, None),
            of(Some(other), 0.0, 0.0, None),
            of(None, f32::NAN, 0.0, None),
            of(None, 0.0, other, None),
            of(None, 0.0, 0.0, Some(other)),
            of(Some(f64::INFINITY), 0.0, 0.0, None),
        ];
        for key in left(&sanitized(&plan, &bindings, &nans)) {
            assert_eq!(key, Err(Reason::KeyUnreadable));
        }
    }

    #[test]
    fn of_several_messages_none_is_guessed() {
        let of = |text: &str| Format::ProtobufById(None).under("key.proto", text.as_bytes());
        let is_undecided = |text: &str| Writer::is_undecided(&of(text).expect("it is text"));
        assert!(is_undecided(TEXT));
        assert!(!is_undecided(
            &TEXT.replace("message Other { string x = 1; }", "")
        ));
        assert!(!is_undecided("no schema"));
    }

    #[test]
    fn what_is_not_on_the_wire_is_its_default_to_who_reads_a_place_in_the_key() {
        let more = "key: { from: record_key.n, keep: { max_chars: 8 } }, ";
        let plan = plan_of("value: avro, key: protobuf", "n: keep", more);
        let (bindings, registry) = known(&plan, (Kind::Protobuf, &[(KEYS, TEXT)]), &asked()[..1]);
        assert!(!registry.subjects.contains_key("clean-key"));
        let records = [keyed(key(&jane())), keyed(key(&[]))];
        let expected = [Ok(b"9".to_vec()), Ok(b"0".to_vec())];
        assert_eq!(left(&sanitized(&plan, &bindings, &records)), expected);
    }
}
