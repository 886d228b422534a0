//! Values that another library wrote in single-object encoding, and reads again.

use std::sync::Arc;

use apache_avro::types::Value;
use apache_avro::{GenericSingleObjectReader, GenericSingleObjectWriter};

use super::bindings;
use crate::action::{TableError, TableName, TableSource};
use crate::keys::TestKeys;
use crate::pipeline::testing::{Raw, batch, raw, worker};
use crate::pipeline::{Destination, sanitize};
use crate::plan::{AvroSchema, Format, Plan};
use crate::policy::{PolicyFile, compile};
use crate::record::Reason;

const CLICK: &str = r#"{"type":"record","name":"shop.Click","fields":[{"name":"n","type":"long"},{"name":"email","type":"string"}]}"#;
const TAP: &str = r#"{"type":"record","name":"app.Tap","fields":[{"name":"email","type":["null","string"]},{"name":"n","type":"int"}]}"#;
/// No file of the policy.
const OTHER: &str = r#"{"type":"record","name":"Other","fields":[{"name":"n","type":"long"}]}"#;

struct Files;

impl TableSource for Files {
    fn read(&self, name: &TableName) -> Result<Vec<u8>, TableError> {
        match name.as_str() {
            "click.avsc" => Ok(CLICK.into()),
            "tap.avsc" => Ok(TAP.into()),
            _ => Err(TableError::Missing),
        }
    }
}

fn plan() -> Arc<Plan> {
    let text = "apiVersion: veil/v1
kind: Policy
metadata: { name: clicks, version: 1, owner: tests }
source: { topic: raw, value: avro, schema: { files: [click.avsc, tap.avsc], framing: single_object } }
keys: { quarantine: { ref: \"file:keyring.json#quarantine\" } }
outputs:
  - { topic: clean, purpose: tests, domain: tests, fields: { n: keep } }
quarantine: { topic: quarantine, key: quarantine, retention: 7d }
";
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.into(),
    };
    let compiled = compile(&file, &TestKeys, &Files, jiff::Timestamp::UNIX_EPOCH);
    let errors = compiled.findings.list().iter();
    let errors: Vec<_> = errors.map(|f| (f.code, &f.message)).collect();
    Arc::new(compiled.plan.unwrap_or_else(|| panic!("{errors:?}")))
}

fn schema(text: &str) -> apache_avro::Schema {
    apache_avro::Schema::parse_str(text).expect("it is one")
}

/// As the other library writes it.
fn written(text: &str, fields: Vec<(&str, Value)>) -> Vec<u8> {
    let fields = fields.into_iter().map(|(name, v)| (name.to_owned(), v));
    let value = Value::Record(fields.collect());
    let mut out = Vec::new();
    GenericSingleObjectWriter::new_with_capacity(&schema(text), 64)
        .and_then(|mut writer| writer.write_value_ref(&value, &mut out))
        .expect("it is of that schema");
    out
}

#[test]
fn each_value_is_read_under_the_schema_of_its_fingerprint_and_leaves_with_its_own() {
    let plan = plan();
    assert!(matches!(&plan.source.format, Format::AvroByFingerprint(all) if all.len() == 2));
    let email = |text: &str| Value::String(text.to_owned());
    let click = written(CLICK, vec![("n", Value::Long(7)), ("email", email("a@b"))]);
    let some = Value::Union(1, Box::new(email("c@d")));
    let tap = written(TAP, vec![("email", some), ("n", Value::Int(8))]);
    let other = written(OTHER, vec![("n", Value::Long(9))]);
    let mut trailing = click.clone();
    trailing.push(0);
    let values = [
        click.clone(),
        tap,
        other,
        click[..9].to_vec(),
        click[2..].to_vec(),
        trailing,
    ];
    let records: Vec<Raw> = values.iter().map(raw).collect();
    let out = sanitize(batch(&plan, &records), &mut worker()).expect("nothing is looked up");
    assert!(out.counts.balances(), "{:?}", out.counts);
    let came: Vec<Result<i64, Reason>> = out
        .records()
        .iter()
        .map(|record| match record.destination {
            Destination::Quarantine(reason) => Err(reason),
            Destination::Held(_) => unreachable!("its outputs wait for nothing"),
            Destination::Output(_) => Ok(read(out.bytes(record.value.expect("it has one")))),
        })
        .collect();
    let unreadable = Err(Reason::BadFrame);
    assert_eq!(
        came,
        [
            Ok(7),
            Ok(8),
            Err(Reason::SchemaUnknown),
            unreadable,
            unreadable,
            Err(Reason::NotAvro)
        ]
    );
}

#[test]
fn the_types_of_other_files_are_those_of_the_schema() {
    let file = |text: &str| AvroSchema {
        file: "writer.avsc".to_owned(),
        text: text.into(),
        others: vec![(
            "mail.avsc".to_owned(),
            r#"{"type":"fixed","name":"app.Mail","size":2}"#.into(),
        )],
    };
    let text = r#"{"type":"record","name":"app.Tap","fields":[{"name":"m","type":"Mail"},{"name":"n","type":"int"}]}"#;
    let whole = text.replace("\"Mail\"", r#"{"type":"fixed","name":"Mail","size":2}"#);
    let mark = Value::Fixed(2, b"xy".to_vec());
    let value = written(&whole, vec![("m", mark), ("n", Value::Int(5))]);
    let plan = plan();
    let known = bindings(&[file(text)], &plan);
    let read = known.read(&value, std::iter::empty());
    assert_eq!(read.map(|(_, body)| body), Ok(&b"xy\x0a"[..]));
    let lacking = AvroSchema {
        others: Vec::new(),
        ..file(text)
    };
    let read = bindings(&[lacking], &plan)
        .read(&value, std::iter::empty())
        .err();
    assert_eq!(read, Some(Reason::SchemaUnknown));
}

/// What left: of two schemas the one that its fingerprint names reads it.
fn read(value: &[u8]) -> i64 {
    let derived = [
        r#"{"type":"record","name":"shop.Click","fields":[{"name":"n","type":"long"}]}"#,
        r#"{"type":"record","name":"app.Tap","fields":[{"name":"n","type":"int"}]}"#,
    ];
    let mut read = derived.iter().filter_map(|text| {
        let reader = GenericSingleObjectReader::builder()
            .schema(schema(text))
            .build();
        let reader = reader.expect("it takes it");
        let mut rest = value;
        let value = reader.read_value(&mut rest).ok()?;
        assert!(rest.is_empty(), "all of it is read");
        let Value::Record(fields) = value else {
            panic!("it is a record");
        };
        match fields.as_slice() {
            [(name, Value::Long(n))] if name == "n" => Some(*n),
            [(name, Value::Int(n))] if name == "n" => Some(i64::from(*n)),
            other => panic!("{} fields", other.len()),
        }
    });
    read.next().expect("one of them reads it")
}
