//! What becomes of a writer's schema: `tests/protobuf/derived/CASE/` has its versions
//! (`v1.proto`, …), what is made of which path (`fields`, as in `tests/avro/derived`), and
//! the schema of what leaves of each version (`derived-1.proto`), or why there is none.
//! Other files of the folder are there to be imported.

use std::fs;
use std::path::{Path, PathBuf};

use crate::avro::derived::{Line, Output};
use veilstream::schema::derived::Head;
use veilstream::schema::protobuf::compile::{Source, Which};
use veilstream::schema::protobuf::node::Schema;
use veilstream::schema::protobuf::program::Program;

#[test]
fn schemas_of_what_leaves_are_as_accepted() {
    let update = std::env::var_os("VEIL_UPDATE").is_some();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for folder in cases() {
        let fields = fs::read_to_string(folder.join("fields")).expect("a case has fields");
        for version in 1.. {
            let Ok(text) = fs::read_to_string(folder.join(format!("v{version}.proto"))) else {
                assert!(version > 1, "{} has no schema", folder.display());
                break;
            };
            let derived = derived(&schema(&folder, &text), &fields);
            let file = folder.join(format!("derived-{version}.proto"));
            if update {
                fs::write(&file, &derived).expect("it can be written");
            }
            if fs::read_to_string(&file).ok().as_ref() != Some(&derived) {
                wrong.push(format!("{}: {derived}", file.display()));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 10, "{count}");
}

#[test]
fn what_was_derived_is_derived_again_as_itself() {
    for folder in cases() {
        let first = fs::read_to_string(folder.join("derived-1.proto")).expect("accepted");
        if !first.starts_with("// veil: ") {
            continue;
        }
        let once = derived(&schema(&folder, &first), "* keep\n");
        let twice = derived(&schema(&folder, &once), "* keep\n");
        assert_eq!(once, twice, "{}", folder.display());
    }
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protobuf/derived");
    let all = fs::read_dir(root).expect("there are cases");
    let mut all: Vec<_> = all
        .map(|entry| entry.expect("it is readable").path())
        .collect();
    all.sort();
    all
}

/// The schema of the first message of a text, which may import the files of the folder.
fn schema(folder: &Path, text: &str) -> Schema {
    let others = fs::read_dir(folder).expect("it is readable");
    let others = others.filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        let text = fs::read_to_string(folder.join(&name)).ok()?;
        name.ends_with(".proto").then_some((name, text))
    });
    let others: Vec<_> = others.collect();
    let others: Vec<_> = others
        .iter()
        .map(|(name, text)| Source { name, text })
        .collect();
    let main = Source {
        name: "main.proto",
        text,
    };
    let first = veilstream::schema::frame::MessagePath::FIRST;
    match Schema::compile(main, &others, Which::At(first)) {
        Ok(schema) => schema,
        Err(unusable) => panic!("{}: {unusable}", folder.display()),
    }
}

/// The schema of what leaves, or why there is none.
fn derived(schema: &Schema, fields: &str) -> String {
    let lines: Vec<Line> = fields.lines().map(Line::read).collect();
    let (automaton, output) = Output::of(&lines);
    let head = Head {
        policy: "web-events",
        namespace: None,
    };
    assert!(Program::new(schema, &automaton).is_ok());
    match schema.derive(&automaton, &output, head) {
        Ok(derived) => derived.print(),
        Err(unfit) => format!("{unfit}\n"),
    }
}
