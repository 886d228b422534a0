//! Lists and maps leave in blocks of 63; Avro's own Java library reads what was written.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use veilstream::schema::avro::container::{Codec, ContainerReader, ContainerWriter};
use veilstream::schema::avro::encode::encode;
use veilstream::schema::avro::node::Schema;
use veilstream::schema::json::Json;

use crate::kafka::{jars, registry};
use crate::veil::Home;

const READER: &str = include_str!("../java/ReadContainer.java");

const POLICY: &str = r#"apiVersion: veil/v1
kind: Policy
metadata: { name: baskets, version: 1, owner: tests }
source: { topic: raw, value: avro, schema: { file: writer.avsc } }
keys: { quarantine: { ref: "file:keyring.json#quarantine" } }
outputs:
  - topic: clean
    purpose: essential.service
    domain: service
    fields:
      n: keep
      prices[*]: keep
      items[*].sku: { keep: { max_chars: 8 } }
      items[*].amount: { generalize: { bucket: 10 } }
      counts: { keep: { subtree: true } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
"#;

/// A basket of `of` items.
fn basket(of: usize) -> Value {
    let items = (0..of).map(|n| json!({"sku": format!("s{n}"), "amount": n, "name": "gone"}));
    let counts = (0..of).map(|n| (format!("k{n}"), json!(n)));
    json!({
        "n": of,
        "prices": (0..of).map(|n| n * 1_000).collect::<Vec<_>>(),
        "items": items.collect::<Vec<_>>(),
        "counts": counts.collect::<serde_json::Map<_, _>>(),
    })
}

/// What becomes of it.
fn left(of: usize) -> Value {
    let mut basket = basket(of);
    for item in basket["items"].as_array_mut().expect("a list") {
        let item = item.as_object_mut().expect("an object");
        item.remove("name");
        let amount = item["amount"].as_i64().expect("a number") / 10 * 10;
        item.insert("amount".to_owned(), json!(amount));
    }
    basket
}

#[test]
fn java_reads_lists_and_maps_of_several_blocks() {
    let Some(program) = registry::program() else {
        return;
    };
    let compiler = Command::new("javac").arg("-version").output();
    if !compiler.is_ok_and(|ran| ran.status.success()) {
        jars::skip("what Java reads", "no `javac` on the path (a JDK has it)");
        return;
    }
    let schema = json!({"type": "record", "name": "Basket", "fields": [
        {"name": "n", "type": "long"},
        {"name": "prices", "type": {"type": "array", "items": "long"}},
        {"name": "items", "type": {"type": "array", "items": {"type": "record", "name": "Item",
            "fields": [{"name": "sku", "type": "string"}, {"name": "amount", "type": "int"},
                {"name": "name", "type": "string"}]}}},
        {"name": "counts", "type": {"type": "map", "values": "int"}},
    ]})
    .to_string();
    let home = Home::new(POLICY);
    let put = |name: &str, bytes: &[u8]| {
        fs::write(home.path().join(name), bytes).expect("written");
    };
    put("writer.avsc", schema.as_bytes());
    put("ReadContainer.java", READER.as_bytes());
    // None, one, a full block, one more, and so on up to several.
    let sizes = [0, 1, 62, 63, 64, 126, 127, 200, 1_000];
    let writer = Schema::parse(&schema).expect("a schema");
    let (mut block, mut file) = (Vec::new(), Vec::new());
    for of in sizes {
        let value = Json::read(&basket(of).to_string(), 1 << 24).expect("JSON");
        encode(&writer, &value, &mut block).expect("it fits");
    }
    ContainerWriter::new(&schema, Codec::Deflate, *b"0123456789abcdef", &mut file)
        .block(sizes.len() as u64, &block, &mut file)
        .expect("a block");
    put("in.avro", &file);

    let mut apply = home.command();
    apply.args([
        "apply",
        "-p",
        "policy.yaml",
        "in.avro",
        "--output-dir",
        "out",
    ]);
    let applied = apply.output().expect("veil runs");
    let said = String::from_utf8_lossy(&applied.stderr);
    assert_eq!(applied.status.code(), Some(0), "{said}");
    let clean = home.path().join("out/clean.avro");
    let written = fs::read(&clean).expect("it is there");
    let mut reader = ContainerReader::open(&written[..]).expect("a file");
    let mut block = Vec::new();
    let mut blocks = 0;
    while reader.block(&mut block).expect("a block").is_some() {
        // Zigzag of 63, then 0, 2000, 4000: a block of 63 prices begins.
        let begins = [126, 0, 0xd0, 0x0f, 0xa0, 0x1f];
        blocks += block.windows(6).filter(|bytes| *bytes == begins).count();
    }
    let full = sizes.iter().filter(|of| **of >= 63).count();
    assert_eq!(blocks, full, "each long list begins with a block of 63");

    let java = Command::new("java")
        .args(["-XX:TieredStopAtLevel=1", "-cp"])
        .arg(program.join("lib/*"))
        .arg(home.path().join("ReadContainer.java"))
        .arg(&clean)
        .output()
        .expect("java was there");
    let printed = String::from_utf8_lossy(&java.stdout);
    let complaint = String::from_utf8_lossy(&java.stderr);
    assert!(java.status.success(), "{complaint}");
    let read: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(read, sizes.map(left), "{complaint}");
}
