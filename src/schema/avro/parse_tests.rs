use super::super::testing::{Dice, schema};
use super::*;
use crate::record::time::{Precision, TimeKind};
use proptest::prelude::*;

fn printed(text: &str) -> Result<String, String> {
    let schema = Schema::parse(text).map_err(|e| e.to_string())?;
    Ok(schema.print())
}

/// A record with one field of that type.
fn of(field: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{{"name":"a","type":{field}}}]}}"#)
}

fn means(node: &str) -> Option<Means> {
    let schema = Schema::parse(node).unwrap();
    schema.node(schema.root()).means
}

#[test]
fn what_is_printed_has_one_order_and_loses_nothing() {
    let text = r#"
    { "fields": [
        { "type": { "connect.name": "io.debezium.time.Date", "type": "int", "a": 1.0 },
          "confluent:tags": ["PII"], "doc": "when", "name": "born", "default": 0, "order": "ignore",
          "veil": {}, "aliases": ["birth"] },
        { "name": "sex", "type": ["null", { "symbols": ["F", "M"], "name": "Sex", "type": "enum",
          "default": "F", "namespace": "other", "aliases": ["a.Gender"] }] },
        { "name": "id", "type": { "logicalType": "decimal", "scale": 2, "type": "fixed", "size": 8,
          "precision": 9, "name": "Id" } },
        { "name": "more", "type": { "items": { "values": ["null", "Person", "other.Sex"],
          "type": "map", "b": 1 }, "type": "array", "x": null } } ],
      "doc": "one\nperson", "namespace": "people", "name": "Person", "type": "record" }"#;
    let expected = concat!(
        r#"{"type":"record","name":"Person","namespace":"people","doc":"one\nperson","fields":["#,
        r#"{"name":"born","type":{"type":"int","a":1.0,"connect.name":"io.debezium.time.Date"},"#,
        r#""doc":"when","default":0,"aliases":["birth"],"confluent:tags":["PII"],"order":"ignore","#,
        r#""veil":{}},"#,
        r#"{"name":"sex","type":["null",{"type":"enum","name":"Sex","namespace":"other","#,
        r#""aliases":["a.Gender"],"symbols":["F","M"],"default":"F"}]},"#,
        r#"{"name":"id","type":{"type":"fixed","name":"Id","size":8,"logicalType":"decimal","#,
        r#""precision":9,"scale":2}},"#,
        r#"{"name":"more","type":{"type":"array","items":{"type":"map","values":["null","Person","#,
        r#""other.Sex"],"b":1},"x":null}}]}"#
    );
    assert_eq!(printed(text).unwrap(), expected);
    assert_eq!(printed(expected).unwrap(), expected);
}

#[test]
fn names_are_found_where_the_specification_looks() {
    let inner = r#"{"name":"b","type":"Inner"}"#;
    let declared = |space: &str| {
        format!(
            r#"{{"type":"record","name":"R","namespace":"x","fields":[
            {{"name":"a","type":{{"type":"fixed","size":1,"name":"Inner"{space}}}}},{inner}]}}"#
        )
    };
    assert!(printed(&declared("")).is_ok());
    assert!(printed(&declared(r#","namespace":"y""#)).is_err());
    // Of no namespace: found as Java's reader finds it, and printed so that it is again.
    let lone = printed(&declared(r#","namespace":"""#)).unwrap();
    assert_eq!(printed(&lone).unwrap(), lone);
    // A dot in a name is its namespace.
    let dotted = of(r#"{"type":"fixed","size":1,"name":"p.q.F","namespace":"z"}"#);
    assert!(
        printed(&dotted)
            .unwrap()
            .contains(r#""name":"F","namespace":"p.q""#)
    );
}

#[test]
fn what_is_no_schema_is_refused_with_the_place() {
    let nested = format!(
        "{}{}{}",
        r#"{"type":"array","items":"#.repeat(65),
        "\"int\"",
        "}".repeat(65)
    );
    let branches = vec![r#"{"type":"map","values":"int"}"#; 300].join(",");
    let many = vec!["\"int\""; 20_000];
    let fields = |types: &[&str]| {
        let each = types.iter().enumerate();
        let each = each.map(|(n, t)| format!(r#"{{"name":"f{n}","type":{t}}}"#));
        let all = each.collect::<Vec<_>>().join(",");
        format!(r#"{{"type":"record","name":"R","fields":[{all}]}}"#)
    };
    for (text, expected) in [
        (
            "{",
            "the schema is not JSON: expected a name at byte 1".to_owned(),
        ),
        (
            "17",
            "expected a type: a name, a list of branches or an object (at `` of the schema)".into(),
        ),
        (
            "\"strin\"",
            "the type `strin` is declared nowhere before it (at `` of the schema)".into(),
        ),
        (
            &of("\"S\""),
            "the type `S` is declared nowhere before it (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"["null",["int"]]"#),
            "a union inside a union (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"["int",{"type":"int","logicalType":"date"}]"#),
            "a union with two branches of one type (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"["R","R"]"#),
            "a union with two branches of one type (at `R.a` of the schema)".into(),
        ),
        (
            &of(&format!("[{branches}]")),
            "a union of more than 256 branches (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"{"type":"R","x":1}"#),
            "a reference to a type with attributes beside it (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"{"type":{"type":"int"},"x":1}"#),
            "`type` holds a type, and attributes stand beside it (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"{"x":1}"#),
            "a type without `type` (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"{"type":"array"}"#),
            "an array without `items`, or a map without `values` (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"{"type":"fixed","name":"F","size":-1}"#),
            "a fixed without a `size` in bytes (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"{"type":"fixed","name":"int","size":1}"#),
            "a type with the name of a primitive one (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"{"type":"fixed","name":"R","size":1}"#),
            "the type `R` is declared twice (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"{"type":"enum","name":"E","symbols":["A","A"]}"#),
            "an enum with one symbol twice (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"{"type":"enum","name":"E","symbols":["A"],"default":"B"}"#),
            "an enum whose default is none of its symbols (at `R.a` of the schema)".into(),
        ),
        (
            &of(r#"{"type":"fixed","name":"a-b","size":1}"#),
            format!("{NO_NAME} (at `R.a` of the schema)"),
        ),
        (
            &of(r#"{"type":"fixed","name":"a..b","size":1}"#),
            format!("{NO_NAME} (at `R.a` of the schema)"),
        ),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"1","type":"int"}]}"#,
            format!("{NO_NAME} (at `R` of the schema)"),
        ),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}"#,
            "a record with two fields of one name (at `R` of the schema)".into(),
        ),
        (
            r#"{"type":"record","name":"R"}"#,
            "a record without a list of `fields` (at `` of the schema)".into(),
        ),
        (
            &nested,
            format!(
                "the schema nests objects and arrays deeper than 64, first at byte {}",
                24 * 64
            ),
        ),
        (
            &fields(&many),
            "more than 16,384 types (at `R.f16383` of the schema)".into(),
        ),
        (
            &"x".repeat(TEXT_BYTES_MAX + 1),
            format!(
                "the schema has {} bytes, and at most {TEXT_BYTES_MAX} are read",
                TEXT_BYTES_MAX + 1
            ),
        ),
    ] {
        assert_eq!(
            printed(text),
            Err(expected),
            "{}",
            &text[..text.len().min(200)]
        );
    }
}

#[test]
fn what_values_mean_is_what_the_specification_and_debezium_say() {
    use Precision::{Micro, Milli, Nano};
    use TimeKind::{Date, Instant, Local, OfDay};
    let logical =
        |of: &str, name: &str| means(&format!(r#"{{"type":"{of}","logicalType":"{name}"}}"#));
    let connect =
        |of: &str, name: &str| means(&format!(r#"{{"type":"{of}","connect.name":"{name}"}}"#));
    let debezium = |of: &str, name: &str| connect(of, &format!("io.debezium.time.{name}"));
    let time = |kind| Some(Means::Time(kind));
    for (found, expected) in [
        (logical("int", "date"), time(Date)),
        (logical("long", "date"), None),
        (logical("int", "time-millis"), time(OfDay(Milli))),
        (logical("long", "time-millis"), None),
        (logical("long", "time-micros"), time(OfDay(Micro))),
        (logical("long", "timestamp-millis"), time(Instant(Milli))),
        (logical("long", "timestamp-micros"), time(Instant(Micro))),
        (logical("long", "timestamp-nanos"), time(Instant(Nano))),
        (
            logical("long", "local-timestamp-millis"),
            time(Local(Milli)),
        ),
        (
            logical("long", "local-timestamp-micros"),
            time(Local(Micro)),
        ),
        (logical("long", "local-timestamp-nanos"), time(Local(Nano))),
        (logical("string", "uuid"), Some(Means::Uuid)),
        (logical("bytes", "uuid"), None),
        (logical("bytes", "big-decimal"), None),
        (logical("long", "anything"), None),
        (debezium("int", "Date"), time(Date)),
        (debezium("int", "Time"), time(OfDay(Milli))),
        (debezium("long", "MicroTime"), time(OfDay(Micro))),
        (debezium("long", "NanoTime"), time(OfDay(Nano))),
        (debezium("long", "Timestamp"), time(Local(Milli))),
        (debezium("long", "MicroTimestamp"), time(Local(Micro))),
        (debezium("long", "NanoTimestamp"), time(Local(Nano))),
        (debezium("string", "ZonedTimestamp"), None),
        (debezium("long", "Date"), None),
        (
            connect("string", "io.debezium.data.Uuid"),
            Some(Means::Uuid),
        ),
        (
            connect("int", "org.apache.kafka.connect.data.Date"),
            time(Date),
        ),
        (
            connect("long", "org.apache.kafka.connect.data.Timestamp"),
            time(Instant(Milli)),
        ),
    ] {
        assert_eq!(found, expected);
    }
    let fixed = |size: u32, rest: &str| {
        means(&format!(
            r#"{{"type":"fixed","name":"F","size":{size},{rest}}}"#
        ))
    };
    assert_eq!(fixed(16, r#""logicalType":"uuid""#), Some(Means::Uuid));
    assert_eq!(fixed(15, r#""logicalType":"uuid""#), None);
    assert_eq!(fixed(12, r#""logicalType":"duration""#), None);
    let decimal = |rest: &str| format!(r#""logicalType":"decimal",{rest}"#);
    let said = |precision, scale| Some(Means::Decimal { precision, scale });
    // The most that 8 and 9 bytes hold: 18 and 21 digits.
    assert_eq!(fixed(8, &decimal(r#""precision":18"#)), said(18, 0));
    assert_eq!(fixed(8, &decimal(r#""precision":19"#)), None);
    assert_eq!(
        fixed(9, &decimal(r#""precision":21,"scale":21"#)),
        said(21, 21)
    );
    assert_eq!(fixed(0, &decimal(r#""precision":1"#)), None);
    for (rest, expected) in [
        (r#""precision":9,"scale":2"#, said(9, 2)),
        (r#""precision":2,"scale":9"#, None),
        (r#""precision":0"#, None),
        (r#""precision":9,"scale":-1"#, None),
        (r#""scale":1"#, None),
    ] {
        assert_eq!(
            means(&format!(r#"{{"type":"bytes",{}}}"#, decimal(rest))),
            expected
        );
    }
    let name = r#""connect.name":"org.apache.kafka.connect.data.Decimal""#;
    let connect = |rest: &str| means(&format!(r#"{{"type":"bytes",{name}{rest}}}"#));
    assert_eq!(
        connect(r#","connect.parameters":{"scale":"2"}"#),
        said(64, 2)
    );
    assert_eq!(connect(""), None);
}

proptest! {
    #[test]
    fn a_printed_schema_reads_as_what_was_printed(seed: u64) {
        let text = schema(&mut Dice::new(seed));
        let first = Schema::parse(&text).unwrap();
        let print = first.print();
        let second = Schema::parse(&print).unwrap();
        prop_assert_eq!(second.print(), print);
        prop_assert_eq!(first.fingerprint(), second.fingerprint());
        prop_assert_eq!(first.nodes().len(), second.nodes().len());
    }

    #[test]
    fn a_damaged_schema_is_refused_or_prints_what_reads_back(seed: u64, at: usize, byte: u8) {
        let mut text = schema(&mut Dice::new(seed)).into_bytes();
        let at = at % text.len();
        text[at] = byte & 0x7f;
        if let Ok(schema) = Schema::parse(std::str::from_utf8(&text).unwrap()) {
            let print = schema.print();
            prop_assert_eq!(Schema::parse(&print).unwrap().print(), print);
        }
    }
}
