//! Avro in the commands: files in and out, schemas held against a policy.

use super::Home;
use std::fs;
use std::path::Path;
use veilstream::decode::avro::json_of;
use veilstream::schema::avro::container::{Codec, ContainerReader, ContainerWriter};
use veilstream::schema::avro::encode::encode;
use veilstream::schema::avro::node::Schema;
use veilstream::schema::json::Json;

const WRITER: &str = r#"{"type":"record","name":"Click","fields":[{"name":"id","type":"long"},{"name":"mail","type":["null","string"],"default":null},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"secret","type":"string"}]}"#;
const POLICY: &str = "apiVersion: veil/v1
kind: Policy
metadata: { name: clicks, version: 1, owner: web }
source: { topic: clicks, value: avro, schema: { file: writer.avsc } }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    basis: contract
    fields:
      id: keep
      mail: { mask: { email: {} } }
      at: { generalize: { time: 1h } }
";

fn home() -> Home {
    let home = Home::with(POLICY);
    home.write("writer.avsc", WRITER);
    home
}

/// A container file of those records, a block for each two.
fn container(records: &[&str], codec: Codec) -> Vec<u8> {
    let schema = Schema::parse(WRITER).expect("a schema");
    let mut file = Vec::new();
    let writer = ContainerWriter::new(WRITER, codec, *b"0123456789abcdef", &mut file);
    for two in records.chunks(2) {
        let mut block = Vec::new();
        for record in two {
            let value = Json::read(record, 1 << 20).expect("JSON");
            encode(&schema, &value, &mut block).expect("it fits");
        }
        writer
            .block(two.len() as u64, &block, &mut file)
            .expect("a small block");
    }
    file
}

/// The records of a container file, as JSON, and its schema.
fn records(file: &[u8]) -> (Vec<String>, String) {
    let mut reader = ContainerReader::open(file).expect("it is a file");
    let schema = Schema::parse(reader.schema()).expect("it has a schema");
    let (mut all, mut block) = (Vec::new(), Vec::new());
    while let Some(count) = reader.block(&mut block).expect("a block") {
        // Those of the tests are told apart by trying: each is short.
        let mut rest = &block[..];
        for _ in 0..count {
            let len = (1..=rest.len()).find(|len| json_of(&schema, &rest[..*len]).is_ok());
            let (record, behind) = rest.split_at(len.expect("a record"));
            all.push(json_of(&schema, record).expect("it was read"));
            rest = behind;
        }
        assert!(rest.is_empty());
    }
    (all, reader.schema().to_owned())
}

const GIVEN: [&str; 3] = [
    r#"{"id":1,"mail":"jane@example.com","at":"2026-03-01T10:42:07.5Z","secret":"CANARY"}"#,
    r#"{"id":-2,"at":"1969-12-31T23:59:59Z","secret":"CANARY"}"#,
    r#"{"id":3,"mail":"no mail","at":"2026-03-01T10:42:07Z","secret":"CANARY"}"#,
];

#[test]
fn a_container_file_goes_in_and_one_under_the_derived_schema_comes_out() {
    for codec in [Codec::Null, Codec::Deflate, Codec::Zstandard] {
        let home = home();
        fs::write(home.path().join("in.avro"), container(&GIVEN, codec)).unwrap();
        let args = [
            "apply",
            "-p",
            "policy.yaml",
            "in.avro",
            "--output-dir",
            "out",
            "--quarantine",
            "q.ndjson",
        ];
        let ran = home.veil(&args);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(
            ran.err.contains("2 written") && !ran.err.contains("CANARY"),
            "{}",
            ran.err
        );
        let file = fs::read(home.path().join("out/clean.avro")).unwrap();
        assert!(!file.windows(6).any(|w| w == b"CANARY"));
        let (written, schema) = records(&file);
        assert_eq!(
            written,
            [
                r#"{"id":1,"mail":"j***@example.com","at":"2026-03-01T10:00:00Z"}"#,
                r#"{"id":-2,"mail":null,"at":"1969-12-31T23:00:00Z"}"#,
            ]
        );
        let derived = home.veil(&[
            "schema",
            "derive",
            "-p",
            "policy.yaml",
            "--schema",
            "writer.avsc",
        ]);
        assert_eq!((derived.code, derived.out.trim_end()), (0, &*schema));
        let refused = fs::read_to_string(home.path().join("q.ndjson")).unwrap();
        assert!(
            refused.contains("bad_identifier") && refused.contains("\"line\":3"),
            "{refused}"
        );
        // The same again is the same file.
        home.veil(&args);
        assert_eq!(fs::read(home.path().join("out/clean.avro")).unwrap(), file);
    }
}

#[test]
fn what_is_no_such_file_or_a_damaged_one_ends_with_65() {
    let home = home();
    let whole = container(&GIVEN[..2], Codec::Null);
    let run = |bytes: &[u8]| {
        fs::write(home.path().join("in.avro"), bytes).unwrap();
        home.veil(&[
            "apply",
            "-p",
            "policy.yaml",
            "in.avro",
            "--output-dir",
            "out",
        ])
    };
    assert_eq!(run(&whole).code, 0);
    let head = whole
        .windows(16)
        .position(|w| w == b"0123456789abcdef")
        .unwrap()
        + 16;
    for cut in (0..whole.len()).step_by(9).filter(|cut| *cut != head) {
        let ran = run(&whole[..cut]);
        assert_eq!(ran.code, 65, "{cut}: {}", ran.err);
    }
    let ran = run(b"{\"id\":1}\n");
    assert_eq!(ran.code, 65);
    assert!(ran.err.contains("object container file"), "{}", ran.err);
}

#[test]
fn check_holds_a_schema_against_a_policy() {
    let home = home();
    let well = home.veil(&[
        "check",
        "policy.yaml",
        "--schema",
        "writer.avsc",
        "--show-derived",
    ]);
    assert!(
        well.out
            .contains("not named, so not in what leaves: secret"),
        "{}",
        well.out
    );
    assert!(
        well.out.contains("clean: {\"type\":\"record\""),
        "{}",
        well.out
    );
    home.write(
        "other.avsc",
        WRITER
            .replace("\"mail\"", "\"email\"")
            .replace("\"id\",\"type\":\"long\"", "\"id\",\"type\":\"bytes\""),
    );
    let other = home.veil(&["check", "policy.yaml", "--schema", "other.avsc"]);
    assert!(
        other.out.contains("V0140") && other.out.contains("did you mean `email`"),
        "{}",
        other.out
    );
    home.write(
        "typed.avsc",
        WRITER.replace("[\"null\",\"string\"],\"default\":null", "\"boolean\""),
    );
    let typed = home.veil(&["check", "policy.yaml", "--schema", "typed.avsc"]);
    assert_eq!(typed.code, 78, "{}", typed.out);
    assert!(
        typed.out.contains("V0139") && typed.out.contains("`mail` is a boolean"),
        "{}",
        typed.out
    );
    let derive = home.veil(&[
        "schema",
        "derive",
        "-p",
        "policy.yaml",
        "--schema",
        "typed.avsc",
    ]);
    assert_eq!(derive.code, 65, "{}", derive.err);
    let out = home.veil(&[
        "schema",
        "derive",
        "-p",
        "policy.yaml",
        "--schema",
        "writer.avsc",
        "--out",
        "schemas",
    ]);
    assert_eq!(out.code, 0, "{}", out.err);
    assert!(Path::new(&home.path().join("schemas/clean.avsc")).is_file());
}

/// What looks at a sample reads the container file, and shows values as JSON; nothing of
/// what is not named is in what it prints.
#[test]
fn samples_are_container_files() {
    let home = home();
    fs::write(
        home.path().join("in.avro"),
        container(&GIVEN, Codec::Deflate),
    )
    .unwrap();
    fs::write(home.path().join("next.yaml"), POLICY.replace("1h", "1d")).unwrap();
    let explained = home.veil(&["explain", "-p", "policy.yaml", "--on", "in.avro"]);
    assert_eq!(explained.code, 0, "{}", explained.err);
    assert!(
        explained.out.contains("***@example.com") && explained.out.contains("bad_identifier"),
        "{}",
        explained.out
    );
    assert!(explained.out.contains("secret"), "{}", explained.out);
    let checked = home.veil(&["check", "policy.yaml", "--on", "in.avro"]);
    // Warnings that it would have without a sample too.
    assert_eq!(checked.code, 1, "{}{}", checked.out, checked.err);
    let differ = home.veil(&["diff", "policy.yaml", "next.yaml", "--on", "in.avro"]);
    assert!(
        differ.out.contains("another value") && differ.out.contains("clean   at"),
        "{} {}",
        differ.out,
        differ.err
    );
    let risk = home.veil(&["risk", "-p", "policy.yaml", "--on", "in.avro"]);
    assert!(risk.out.contains("clean"), "{} {}", risk.out, risk.err);
    let args = [
        "apply",
        "-p",
        "policy.yaml",
        "in.avro",
        "--output-dir",
        "out",
        "--explain",
    ];
    let applied = home.veil(&args);
    assert!(applied.err.contains("secret"), "{}", applied.err);
    let ran = [explained, checked, differ, risk, applied];
    for ran in ran {
        assert!(
            !ran.out.contains("CANARY") && !ran.err.contains("CANARY"),
            "{ran:?}"
        );
    }
    // Lines of JSON are no container file.
    home.write("in.ndjson", GIVEN[0]);
    let lines = home.veil(&["explain", "-p", "policy.yaml", "--on", "in.ndjson"]);
    assert_eq!(lines.code, 65, "{}", lines.err);
}

#[test]
fn init_drafts_a_policy_from_a_schema() {
    let home = home();
    home.write(
        "shop.avsc",
        r#"{"type":"record","name":"Order","fields":[
        {"name":"email","type":["null","string"],"default":null},
        {"name":"paid","type":"boolean"},
        {"name":"progress","type":{"type":"enum","name":"S","symbols":["open","shipped"]}},
        {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"remark","type":"string","confluent:tags":["PII"]},
        {"name":"lines","type":{"type":"array","items":{"type":"record","name":"L","fields":[{"name":"weight","type":"double"},{"name":"gift","type":"boolean"}]}}},
        {"name":"labels","type":{"type":"map","values":"string"}}]}"#,
    );
    let made = home.veil(&["init", "--from-schema", "shop.avsc", "-o", "draft.yaml"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let draft = fs::read_to_string(home.path().join("draft.yaml")).unwrap();
    for line in [
        "      email: { pseudonymize: { key: people, normalize: email, space: email, epoch: none } }",
        "      paid: { keep: { one_of: [true, false] } }",
        "      progress: { keep: { one_of: [open, shipped] } }",
        "      at: { generalize: { time: 1h } }",
        "      # remark: drop",
        "tagged PII",
        "      \"lines[*].gift\": { keep: { one_of: [true, false] } }",
        "      # \"lines[*].weight\": { generalize: { bucket: 10, bottom: 0, top: 100 } }",
        "      # \"labels.*\": drop",
    ] {
        assert!(draft.contains(line), "{line}\n{draft}");
    }
    let checked = home.veil(&[
        "check",
        "draft.yaml",
        "--schema",
        "shop.avsc",
        "--show-derived",
    ]);
    // A person has yet to say why anything may leave.
    assert_eq!(checked.code, 1, "{}{}", checked.out, checked.err);
    assert!(checked.out.contains("\"name\":\"gift\""), "{}", checked.out);
    home.write("broken.avsc", "{");
    assert_eq!(
        home.veil(&["init", "--from-schema", "broken.avsc"]).code,
        65
    );
}

#[test]
fn minimisation_reads_what_the_policy_reads_and_says_where_it_cannot() {
    let home = home();
    let records = [
        r#"{"id":1,"mail":"jane@example.com","at":1772361727551,"secret":"hush"}"#,
        r#"{"id":2,"mail":null,"at":1772361727552,"secret":"hush"}"#,
    ];
    home.write("in.avro", container(&records, Codec::Null));
    let report = |sample: &str| {
        let args = [
            "report",
            "minimisation",
            "-p",
            "policy.yaml",
            "--on",
            sample,
            "--format",
            "json",
        ];
        home.veil(&args)
    };
    let ran = report("in.avro");
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((ran.code, &json["records"]), (0, &2.into()), "{ran:?}");
    assert_eq!(json["outputs"][0]["fields_in"], 4, "{json}");
    assert_eq!(json["outputs"][0]["fields_empty"], 0, "{json}");
    // What nobody ever fills does not come in.
    home.write("in.avro", container(&records[1..], Codec::Null));
    let json: serde_json::Value = serde_json::from_str(&report("in.avro").out).expect("JSON");
    assert_eq!(json["outputs"][0]["fields_in"], 3, "{json}");
    assert_eq!(json["outputs"][0]["fields_empty"], 1, "{json}");
    home.write("in.ndjson", records.join("\n"));
    let ran = report("in.ndjson");
    assert_eq!(ran.code, 65, "{ran:?}");
    // Lines that are no events are told too.
    home.write(
        "policy.yaml",
        POLICY.replace(", value: avro, schema: { file: writer.avsc }", ""),
    );
    home.write("in.ndjson", "oops\n[1]\n");
    let ran = report("in.ndjson");
    assert_eq!(ran.code, 65, "{ran:?}");
    assert!(
        ran.err.contains("not_json") && !ran.err.contains("oops"),
        "{ran:?}"
    );
}

#[test]
fn each_schema_of_a_writer_has_a_derived_one_of_its_own() {
    let home = home();
    let other = WRITER.replace(
        r#",{"name":"secret","type":"string"}"#,
        r#",{"name":"page","type":"string"}"#,
    );
    home.write("other.avsc", &other);
    let policy = POLICY
        .replace(
            "schema: { file: writer.avsc }",
            "schema: { files: [writer.avsc, other.avsc], framing: single_object }",
        )
        .replace(
            "      id: keep\n",
            "      id: keep\n      page: { keep: { max_chars: 8 } }\n      secret: drop\n",
        );
    home.write("policy.yaml", policy);
    // What only some have is there; what none has is told.
    let ran = home.veil(&["check", "policy.yaml"]);
    assert!(!ran.out.contains("V0140"), "{ran:?}");
    let ran = home.veil(&["schema", "derive", "-p", "policy.yaml", "--out", "derived"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let read =
        |name: &str| fs::read_to_string(home.path().join("derived").join(name)).expect("there");
    assert!(
        !read("clean.writer.avsc").contains("page") && read("clean.other.avsc").contains("page")
    );
    // A schema says nothing where values are JSON.
    home.write(
        "json.yaml",
        POLICY.replace(", value: avro, schema: { file: writer.avsc }", ""),
    );
    let ran = home.veil(&["check", "json.yaml", "--schema", "writer.avsc"]);
    assert!(
        ran.out.contains("JSON says itself what it holds"),
        "{ran:?}"
    );
}

#[test]
fn a_draft_names_its_schema_from_where_it_goes() {
    let home = Home::empty();
    fs::create_dir_all(home.path().join("schemas")).expect("a folder");
    fs::create_dir_all(home.path().join("elsewhere")).expect("a folder");
    home.write("schemas/writer.avsc", WRITER);
    let init =
        |output: &str| home.veil(&["init", "--from-schema", "schemas/writer.avsc", "-o", output]);
    let ran = init("policy.yaml");
    assert_eq!(ran.code, 0, "{ran:?}");
    let draft = fs::read_to_string(home.path().join("policy.yaml")).expect("a draft");
    assert!(draft.contains("schemas/writer.avsc"), "{draft}");
    assert!(!home.veil(&["check", "policy.yaml"]).out.contains("V0139"));
    let ran = init("elsewhere/policy.yaml");
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(
        ran.err
            .contains("cp schemas/writer.avsc elsewhere/writer.avsc"),
        "{ran:?}"
    );
}

#[test]
fn a_time_of_a_bare_number_is_refused_with_the_word_that_it_lacks() {
    let home = home();
    let (bare, text) = (
        r#"{"type":"long","logicalType":"timestamp-millis"}"#,
        "\"long\"",
    );
    home.write("writer.avsc", WRITER.replace(bare, text));
    for action in [
        "generalize: { time: 1h }",
        "generalize: { date: year }",
        "generalize: { time: 1h, unit: basic }",
    ] {
        home.write(
            "policy.yaml",
            POLICY.replace("generalize: { time: 1h }", action),
        );
        let ran = home.veil(&["check", "policy.yaml", "--format", "json"]);
        let is_refused = !action.contains("unit");
        assert_eq!(ran.out.contains("V0139"), is_refused, "{action}: {ran:?}");
        assert_eq!(
            ran.out.contains("`unit: ms`"),
            is_refused,
            "{action}: {ran:?}"
        );
    }
    // Of a number that no time is asked of nothing is said of units.
    home.write(
        "policy.yaml",
        POLICY.replace("id: keep", "id: { mask: { email: {} } }"),
    );
    let ran = home.veil(&["check", "policy.yaml", "--format", "json"]);
    assert!(
        ran.out.contains("V0139") && !ran.out.contains("unit"),
        "{ran:?}"
    );
}

#[test]
fn a_schema_of_records_without_fields_is_held_against_a_policy() {
    let home = home();
    home.write(
        "empty.avsc",
        r#"{"type":"record","name":"Beat","fields":[]}"#,
    );
    let args = [
        "schema",
        "derive",
        "-p",
        "policy.yaml",
        "--schema",
        "empty.avsc",
    ];
    let ran = home.veil(&args);
    let derived = r#"{"type":"record","name":"Beat","fields":[],"veil":{"policy":"clicks"}}"#;
    assert_eq!((ran.code, ran.out.trim_end()), (0, derived), "{ran:?}");
}

/// A writer whose types lie in other files, and what declares them.
const SPLIT: [(&str, &str); 3] = [
    (
        "shop/Order.avsc",
        r#"{"type":"record","name":"Order","namespace":"shop","fields":[
        {"name":"paid","type":"boolean"},{"name":"to","type":["null","geo.Address"],"default":null}]}"#,
    ),
    (
        "geo/Address.avsc",
        r#"{"type":"record","name":"geo.Address","fields":[
        {"name":"street","type":"string"},{"name":"in","type":"Country"}]}"#,
    ),
    (
        "shop/geo.Country.avsc",
        r#"{"type":"enum","name":"geo.Country","symbols":["DE","FR"]}"#,
    ),
];

fn split() -> Home {
    let home = Home::empty();
    home.make_keys();
    for (name, text) in SPLIT {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    home
}

#[test]
fn types_of_other_files_are_read_where_the_policy_imports_them() {
    let home = split();
    let policy = POLICY
        .replace("file: writer.avsc", "file: shop/Order.avsc, imports: [geo/Address.avsc, shop/geo.Country.avsc]")
        .replace(
            "      id: keep\n      mail: { mask: { email: {} } }\n      at: { generalize: { time: 1h } }\n",
            "      paid: keep\n      to.in: keep\ntests:\n  - name: it leaves\n    given: { paid: true, to: { street: CANARY, in: FR } }\n    exactly: { clean: { paid: true, to: { in: FR } } }\n",
        );
    home.write("policy.yaml", &policy);
    let derived = r#"{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"paid","type":"boolean","veil":{"action":"keep"}},{"name":"to","type":["null",{"type":"record","name":"Address","namespace":"geo","fields":[{"name":"in","type":{"type":"enum","name":"Country","symbols":["DE","FR"]},"veil":{"action":"keep"}}]}],"default":null}],"veil":{"policy":"clicks"}}"#;
    let derive = ["schema", "derive", "-p", "policy.yaml"];
    let ran = home.veil(&derive);
    assert_eq!((ran.code, ran.out.trim_end()), (0, derived), "{ran:?}");
    let ran = home.veil(&["test", "policy.yaml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    // They hold of another version of the schema too, and of each of several.
    let wider = SPLIT[0].1.replace("\"boolean\"", "[\"null\",\"boolean\"]");
    home.write("next.avsc", wider);
    let ran = home.veil(&["check", "policy.yaml", "--schema", "next.avsc"]);
    assert!(!ran.out.contains("V0139"), "{ran:?}");
    let several = policy.replace(
        "file: shop/Order.avsc",
        "files: [shop/Order.avsc, next.avsc], framing: single_object",
    );
    let several = several.split("tests:").next().expect("a part");
    home.write("several.yaml", several);
    let out = ["schema", "derive", "-p", "several.yaml", "--out", "derived"];
    let ran = home.veil(&out);
    assert_eq!(ran.code, 0, "{ran:?}");
    let one = fs::read_to_string(home.path().join("derived/clean.Order.avsc")).expect("there");
    assert_eq!(one.trim_end(), derived);
    // What no file declares is refused by its name, with the way out.
    home.write("lacks.yaml", policy.replace(", shop/geo.Country.avsc", ""));
    let ran = home.veil(&["check", "lacks.yaml", "--format", "json"]);
    assert_eq!(ran.code, 78, "{ran:?}");
    for said in [
        "in `geo/Address.avsc`: the type `geo.Country` is declared nowhere",
        "under `imports`",
    ] {
        assert!(ran.out.contains(said), "{said}: {ran:?}");
    }
}

#[test]
fn a_draft_finds_the_types_of_other_files_or_names_what_is_lacking() {
    let home = split();
    let init = |more: &[&str]| {
        let args = [
            "init",
            "--from-schema",
            "shop/Order.avsc",
            "-o",
            "draft.yaml",
        ];
        home.veil(&[&args, more].concat())
    };
    let ran = init(&[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let draft = fs::read_to_string(home.path().join("draft.yaml")).expect("a draft");
    for line in [
        r#"schema: { file: "shop/Order.avsc", imports: ["geo/Address.avsc", "shop/geo.Country.avsc"] }"#,
        "      to.in: { keep: { one_of: [DE, FR] } }",
    ] {
        assert!(draft.contains(line), "{line}\n{draft}");
    }
    assert!(!home.veil(&["check", "draft.yaml"]).out.contains("V0139"));
    fs::remove_file(home.path().join("draft.yaml")).expect("it is there");
    fs::rename(
        home.path().join("geo/Address.avsc"),
        home.path().join("a.avsc"),
    )
    .expect("moved");
    let ran = init(&[]);
    assert_eq!(ran.code, 65, "{ran:?}");
    for said in [
        "`geo.Address`, which is nowhere",
        "`shop/geo/Address.avsc`",
        "--import FILE",
    ] {
        assert!(ran.err.contains(said), "{said}: {ran:?}");
    }
    // A file that is called so and declares another type helps nobody, and is read once.
    home.write(
        "geo/Address.avsc",
        SPLIT[2].1.replace("geo.Country", "geo.Street"),
    );
    let ran = init(&[]);
    assert!(
        ran.code == 65 && ran.err.contains("`geo.Address`, which"),
        "{ran:?}"
    );
    let ran = init(&["--import", "a.avsc"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let draft = fs::read_to_string(home.path().join("draft.yaml")).expect("a draft");
    assert!(
        draft.contains(r#"imports: ["a.avsc", "shop/geo.Country.avsc"]"#),
        "{draft}"
    );
}
