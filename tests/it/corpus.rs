//! The corpora of the fuzz targets, replayed: as they are, truncated, and with
//! single bytes changed.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/targets.rs"]
pub mod targets;

/// `places`: in how many places of one file something is changed at most.
fn replay(name: &str, target: fn(&[u8]), places: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let files: Vec<_> = fs::read_dir(&folder)
        .expect("the target has a corpus")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    assert!(!files.is_empty(), "{}", folder.display());
    for file in files {
        let bytes = fs::read(&file).expect("it can be read");
        target(&bytes);
        let step = (bytes.len() / places).max(1);
        for at in (0..bytes.len()).step_by(step) {
            target(&bytes[..at]);
            let mut changed = bytes.clone();
            for byte in [b'"', b'\\', b'}', 0, 0xff, bytes[at] ^ 1] {
                changed[at] = byte;
                target(&changed);
            }
        }
    }
}

#[test]
fn events() {
    replay("events", targets::events, 200);
}

#[test]
fn decode() {
    replay("decode", targets::decode, 200);
}

#[test]
fn envelope() {
    replay("envelope", targets::envelope, 200);
}

#[test]
fn import() {
    replay("import", targets::import, 60);
    replay("import", targets::import_one, 20);
}

#[test]
fn selectors() {
    replay("selectors", targets::selectors, 200);
}

#[test]
fn conditions() {
    replay("conditions", targets::conditions, 24);
}

#[test]
fn values() {
    replay("values", targets::values, 60);
}

#[test]
fn redact() {
    replay("redact", targets::redact, 60);
}

#[test]
fn signals() {
    replay("signals", targets::signals, 200);
}

#[test]
fn split() {
    replay("split", targets::split, 200);
    replay("split", targets::split_one, 20);
}

#[test]
fn url() {
    replay("url", targets::url, 200);
}

#[test]
fn hierarchy() {
    replay("hierarchy", targets::hierarchy, 200);
    replay("hierarchy", targets::hierarchy_of_policy, 20);
}

#[test]
fn policy() {
    replay("policy", targets::policy, 20);
}

#[test]
fn avro_schema() {
    replay("avro_schema", targets::avro_schema, 100);
}

/// Nothing would be said of what leaves where nothing does.
#[test]
fn something_leaves_of_most_seeds_of_schemas() {
    for (name, leaves) in [
        ("avro", targets::avro_leaves as fn(&[u8]) -> bool),
        ("protobuf", targets::protobuf_leaves),
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = folder.join("fuzz/corpus").join(name);
        let files = fs::read_dir(&folder).expect("the target has a corpus");
        let files = files.map(|file| file.expect("it can be listed").path());
        let leave = files.map(|file| leaves(&fs::read(file).expect("it can be read")));
        let leave: Vec<bool> = leave.collect();
        let some = leave.iter().filter(|leaves| **leaves).count();
        assert!(2 * some > leave.len(), "{name}: {some} of {}", leave.len());
    }
}

#[test]
fn avro() {
    replay("avro", targets::avro, 200);
}

#[test]
fn proto_schema() {
    replay("proto_schema", targets::proto_schema, 12);
}

#[test]
fn protobuf() {
    replay("protobuf", targets::protobuf, 30);
}

#[test]
fn json_schema() {
    replay("json_schema", targets::json_schema, 100);
}

#[test]
fn frame() {
    replay("frame", targets::frame, 60);
}

#[test]
fn ocf() {
    replay("ocf", targets::ocf, 100);
}

#[test]
fn registry_body() {
    replay("registry_body", targets::registry_body, 60);
}

#[test]
fn counts() {
    replay("counts", targets::counts, 60);
}
