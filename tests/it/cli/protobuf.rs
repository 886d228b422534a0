//! Protobuf in the commands: streams of messages in and out, schemas held against a policy.

use super::Home;
use std::fs;
use std::path::Path;
use veilstream::decode::protobuf::json_of;
use veilstream::schema::json::Json;
use veilstream::schema::protobuf::compile::{Source, Which};
use veilstream::schema::protobuf::encode::encode;
use veilstream::schema::protobuf::node::Schema;

const WRITER: &str = "syntax = \"proto3\";
package t;
import \"google/protobuf/timestamp.proto\";
message Click {
  int64 id = 1;
  optional string mail = 2;
  google.protobuf.Timestamp at = 3;
  string secret = 4;
}
";

const POLICY: &str = "apiVersion: veil/v1
kind: Policy
metadata: { name: clicks, version: 1, owner: web }
source: { topic: clicks, value: protobuf, schema: { file: writer.proto } }
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
    home.write("writer.proto", WRITER);
    home
}

fn schema(text: &str) -> Schema {
    let main = Source {
        name: "main.proto",
        text,
    };
    Schema::compile(main, &[], Which::Only).expect("a schema")
}

/// A stream of those records, each shorter than 128 bytes, and of those bytes.
fn stream(records: &[&str], others: &[&[u8]]) -> Vec<u8> {
    let schema = schema(WRITER);
    let encoded = records.iter().map(|record| {
        let value = Json::read(record, 1 << 20).expect("JSON");
        let mut message = Vec::new();
        encode(&schema, &value, &mut message).expect("it fits");
        message
    });
    let all = encoded.chain(others.iter().map(|bytes| bytes.to_vec()));
    all.flat_map(|message| {
        let len = u8::try_from(message.len()).expect("a short message");
        [vec![len], message].concat()
    })
    .collect()
}

/// The records of a stream, as JSON.
fn records(mut stream: &[u8], schema: &Schema) -> Vec<String> {
    let mut all = Vec::new();
    while let Some((len, rest)) = stream.split_first() {
        let (message, behind) = rest.split_at(usize::from(*len));
        all.push(json_of(schema, message).expect("a message of it"));
        stream = behind;
    }
    all
}

const GIVEN: [&str; 3] = [
    r#"{"id":1,"mail":"jane@example.com","at":"2026-03-01T10:42:07.5Z","secret":"CANARY"}"#,
    r#"{"id":-2,"at":"1969-12-31T23:59:59Z","secret":"CANARY"}"#,
    r#"{"id":3,"mail":"no mail","at":"2026-03-01T10:42:07Z","secret":"CANARY"}"#,
];

/// An identifier, and fields that the schema does not have: number 9 with a text, number 10
/// in a group.
const UNKNOWN: &[u8] = b"\x08\x05\x4a\x06CANARY\x53\x0a\x06CANARY\x54";
/// No message: it ends inside a text.
const CUT: &[u8] = b"\x08\x06\x22\x7fCANARY";

#[test]
fn a_stream_goes_in_and_one_under_the_derived_schema_comes_out() {
    let home = home();
    let bytes = stream(&GIVEN, &[UNKNOWN, CUT]);
    fs::write(home.path().join("in.pb"), bytes).unwrap();
    let args = [
        "apply",
        "-p",
        "policy.yaml",
        "in.pb",
        "--output-dir",
        "out",
        "--quarantine",
        "q.ndjson",
    ];
    let ran = home.veil(&args);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(
        ran.err.contains("3 written") && !ran.err.contains("CANARY"),
        "{}",
        ran.err
    );
    let file = fs::read(home.path().join("out/clean.pb")).unwrap();
    assert!(!file.windows(6).any(|w| w == b"CANARY"));
    let derive = [
        "schema",
        "derive",
        "-p",
        "policy.yaml",
        "--schema",
        "writer.proto",
    ];
    let derived = home.veil(&derive);
    assert_eq!(derived.code, 0, "{}", derived.err);
    assert!(
        derived.out.contains("reserved 4;")
            && derived
                .out
                .contains("google.protobuf.Timestamp at = 3; // veil: generalize time=1h"),
        "{}",
        derived.out
    );
    assert_eq!(
        records(&file, &schema(&derived.out)),
        [
            r#"{"id":1,"mail":"j***@example.com","at":"2026-03-01T10:00:00Z"}"#,
            r#"{"id":-2,"at":"1969-12-31T23:00:00Z"}"#,
            r#"{"id":5}"#,
        ]
    );
    let refused = fs::read_to_string(home.path().join("q.ndjson")).unwrap();
    for said in ["bad_identifier", "\"line\":3", "not_protobuf", "\"line\":5"] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
    // The same again is the same file.
    home.veil(&args);
    assert_eq!(fs::read(home.path().join("out/clean.pb")).unwrap(), file);
}

#[test]
fn a_stream_that_ends_inside_a_message_ends_with_65() {
    let home = home();
    let whole = stream(&GIVEN[..2], &[]);
    let run = |bytes: &[u8]| {
        fs::write(home.path().join("in.pb"), bytes).unwrap();
        home.veil(&["apply", "-p", "policy.yaml", "in.pb", "--output-dir", "out"])
    };
    assert_eq!(run(&whole).code, 0);
    let border = usize::from(whole[0]) + 1;
    for cut in (1..whole.len()).step_by(11).filter(|cut| *cut != border) {
        let ran = run(&whole[..cut]);
        assert_eq!(ran.code, 65, "{cut}: {}", ran.err);
        // What stands before it was written.
        let written = fs::read(home.path().join("out/clean.pb")).unwrap();
        assert_eq!(written.is_empty(), cut < border, "{cut}");
    }
    let ran = run(b"{\"id\":1}\n");
    assert_eq!(ran.code, 65);
    assert!(ran.err.contains("it ends inside a message"), "{}", ran.err);
}

#[test]
fn check_holds_a_schema_against_a_policy() {
    let home = home();
    let well = home.veil(&[
        "check",
        "policy.yaml",
        "--schema",
        "writer.proto",
        "--show-derived",
    ]);
    assert!(
        well.out
            .contains("not named, so not in what leaves: secret"),
        "{}",
        well.out
    );
    assert!(well.out.contains("message Click {"), "{}", well.out);
    home.write("other.proto", WRITER.replace("string mail", "string email"));
    let other = home.veil(&["check", "policy.yaml", "--schema", "other.proto"]);
    assert!(
        other.out.contains("V0140") && other.out.contains("did you mean `email`"),
        "{}",
        other.out
    );
    home.write("typed.proto", WRITER.replace("string mail", "bool mail"));
    let typed = home.veil(&["check", "policy.yaml", "--schema", "typed.proto"]);
    assert_eq!(typed.code, 78, "{}", typed.out);
    assert!(
        typed.out.contains("V0139") && typed.out.contains("`mail` is a boolean"),
        "{}",
        typed.out
    );
    home.write("broken.proto", "message {");
    let broken = home.veil(&["check", "policy.yaml", "--schema", "broken.proto"]);
    assert_eq!(broken.code, 78, "{}", broken.out);
    assert!(broken.out.contains("broken.proto:1:9:"), "{}", broken.out);
    let derived = |schema: &str| {
        let args = [
            "schema",
            "derive",
            "-p",
            "policy.yaml",
            "--schema",
            schema,
            "--out",
            "s",
        ];
        home.veil(&args)
    };
    let broken = derived("broken.proto");
    assert_eq!(broken.code, 65, "{}", broken.err);
    let once = broken.err.matches("cannot be used").count();
    assert!(
        once == 1 && broken.err.contains("broken.proto:1:9:"),
        "{}",
        broken.err
    );
    let derive = |schema: &str| derived(schema).code;
    assert_eq!((derive("typed.proto"), derive("writer.proto")), (65, 0));
    assert!(Path::new(&home.path().join("s/clean.proto")).is_file());
}

#[test]
fn a_schema_may_be_several_files_or_descriptors() {
    let home = home();
    let policy = POLICY.replace(
        "{ file: writer.proto }",
        "{ file: writer.proto, message: t.Click, imports: [common/when.proto] }",
    );
    home.write("policy.yaml", &policy);
    let main = WRITER
        .replace("google.protobuf.Timestamp at", "When at")
        .replace("google/protobuf/timestamp", "common/when");
    home.write("writer.proto", &main);
    let ran = home.veil(&["check", "policy.yaml"]);
    assert_eq!(ran.code, 78, "{}", ran.out);
    let when = "syntax = \"proto3\"; package t; message When { int64 s = 1; }";
    fs::create_dir_all(home.path().join("common")).unwrap();
    home.write("common/when.proto", when);
    // `at` is a message now, which has no hour.
    let ran = home.veil(&["check", "policy.yaml"]);
    assert!(ran.out.contains("`at` is an object"), "{}", ran.out);
    home.write(
        "policy.yaml",
        policy.replace("at: { generalize: { time: 1h } }", "at.s: keep"),
    );
    let ran = home.veil(&["check", "policy.yaml"]);
    assert!(!ran.out.contains("V0139"), "{}", ran.out);
}

/// Of a policy whose records name their schemas nothing but the flag says where imports begin.
#[test]
fn imports_of_a_named_schema_are_found_beside_it_or_where_they_begin() {
    let home = home();
    let policy = POLICY.replace(", schema: { file: writer.proto }", ", key: protobuf");
    home.write("policy.yaml", &policy);
    for folder in ["proto/shop", "others"] {
        fs::create_dir_all(home.path().join(folder)).unwrap();
    }
    let main = WRITER
        .replace("google.protobuf.Timestamp at", "When at")
        .replace("google/protobuf/timestamp", "shop/when");
    home.write("proto/shop/click.proto", &main);
    let when =
        "syntax = \"proto3\"; package t; import \"then.proto\"; message When { Then s = 1; }";
    home.write("proto/shop/when.proto", when);
    let then = "syntax = \"proto3\"; package t; message Then { int64 s = 1; }";
    home.write("others/then.proto", then);
    home.write(
        "policy.yaml",
        policy.replace("at: { generalize: { time: 1h } }", "at.s.s: keep"),
    );
    let derive = ["schema", "derive", "-p", "policy.yaml", "--schema"];
    let run = |args: &[&str], file: &str, more: &[&str]| {
        let ran = home.veil(&[args, &[file], more].concat());
        // As it stands in lines that are not folded.
        let said = ran.out + &ran.err;
        (
            ran.code,
            said.split_whitespace().collect::<Vec<_>>().join(" "),
        )
    };
    let click = "proto/shop/click.proto";
    let (code, said) = run(&derive, click, &[]);
    assert_eq!(code, 65, "{said}");
    let place = "click.proto:3:1: the import";
    assert!(
        said.contains(place) && said.contains("--import DIR"),
        "{said}"
    );
    let (code, said) = run(&derive, click, &["--import", "proto"]);
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("shop/when.proto:1:31: the import"), "{said}");
    let both = ["--import", "proto", "others"];
    let (code, said) = run(&derive, click, &both);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("message Then {"), "{said}");
    let check = ["check", "policy.yaml", "--schema"];
    let (_, checked) = run(&check, click, &[&both[..], &["--show-derived"]].concat());
    assert!(checked.contains("message Then {"), "{checked}");
    let (_, checked) = run(&check, click, &[]);
    assert!(checked.contains("V0139"), "{checked}");
    // Beside the file nothing need be named; the same of the schema of keys.
    home.write("flat.proto", main.replace("shop/when", "when"));
    home.write(
        "when.proto",
        when.replace("import \"then.proto\"; ", "")
            .replace("Then", "int64"),
    );
    let flat = policy.replace("at: { generalize: { time: 1h } }", "at.s: keep");
    home.write("policy.yaml", &flat);
    assert_eq!(run(&derive, "flat.proto", &[]).0, 0);
    let keyed = flat.replace(
        "    fields:",
        "    key: { fields: { at.s: keep } }\n    fields:",
    );
    home.write("policy.yaml", keyed);
    let of_keys = ["schema", "derive", "-p", "policy.yaml", "--key-schema"];
    let (code, said) = run(&of_keys, "flat.proto", &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("message When {"), "{said}");
    // The flag says nothing without a schema, and a file is no folder.
    for (more, said) in [
        (&["--import", "proto"][..], "goes with"),
        (
            &["--schema", "flat.proto", "--import", "flat.proto"],
            "is no folder",
        ),
    ] {
        let ran = home.veil(&[&["check", "policy.yaml"], more].concat());
        assert!(ran.code == 64 && ran.err.contains(said), "{}", ran.err);
    }
}

#[test]
fn a_draft_is_made_of_a_schema() {
    let home = Home::empty();
    home.make_keys();
    home.write(
        "shop.proto",
        "syntax = \"proto3\"; package shop; import \"confluent/meta.proto\";
import \"google/protobuf/timestamp.proto\"; import \"google/protobuf/wrappers.proto\";
message Returned { string reason = 1; }
message Order {
  string email = 1; bool paid = 2; Progress progress = 3; google.protobuf.Timestamp at = 4;
  string remark = 5 [(confluent.field_meta) = { tags: \"PII\" }];
  repeated Line lines = 6; map<string, string> labels = 7; google.protobuf.BoolValue gift = 8; Order before = 9;
  message Line { double weight = 1; bool gift = 2; }
  enum Progress { OPEN = 0; SHIPPED = 1; }
}",
    );
    let several = home.veil(&["init", "--from-schema", "shop.proto"]);
    assert_eq!(several.code, 65);
    assert!(several.err.contains("2 messages"), "{}", several.err);
    let flags = ["--message", "shop.Order", "-o", "draft.yaml"];
    let made = home.veil(&[&["init", "--from-schema", "shop.proto"][..], &flags].concat());
    assert_eq!(made.code, 0, "{}", made.err);
    let draft = fs::read_to_string(home.path().join("draft.yaml")).unwrap();
    for line in [
        "  value: protobuf\n",
        "      email: { pseudonymize: { key: people, normalize: email, space: email, epoch: none } }",
        "      paid: { keep: { one_of: [true, false] } }",
        "      progress: { keep: { one_of: [OPEN, SHIPPED] } }",
        "      at: { generalize: { time: 1h } }",
        "      # remark: drop",
        "tagged PII",
        "      \"lines[*].gift\": { keep: { one_of: [true, false] } }",
        "      # \"lines[*].weight\": { generalize: { bucket: 10, bottom: 0, top: 100 } }",
        "      # \"labels.*\": drop",
        "      gift: { keep: { one_of: [true, false] } }",
    ] {
        assert!(draft.contains(line), "{line}\n{draft}");
    }
    let args = [
        "check",
        "draft.yaml",
        "--schema",
        "shop.proto",
        "--show-derived",
    ];
    let checked = home.veil(&args);
    // A person has yet to say why anything may leave.
    assert_eq!(checked.code, 1, "{}{}", checked.out, checked.err);
    assert!(checked.out.contains("message Order {"), "{}", checked.out);
    home.write("broken.proto", "{");
    let broken = home.veil(&["init", "--from-schema", "broken.proto"]);
    assert_eq!(broken.code, 65);
}

#[test]
fn a_draft_follows_imports_of_files_beside_it_or_is_none() {
    let home = Home::empty();
    home.make_keys();
    fs::create_dir_all(home.path().join("common")).unwrap();
    home.write(
        "shop.proto",
        "syntax = \"proto3\"; package shop; import \"common/person.proto\";
message Order { bool paid = 1; common.Person buyer = 2; }",
    );
    let init =
        |more: &[&str]| home.veil(&[&["init", "--from-schema", "shop.proto"], more].concat());
    let lacks = init(&[]);
    assert_eq!(lacks.code, 65, "{}", lacks.err);
    assert!(
        lacks
            .err
            .contains("`common/person.proto`, which is nowhere"),
        "{}",
        lacks.err
    );
    home.write(
        "common/person.proto",
        "syntax = \"proto3\"; package common; import \"common/mail.proto\"; message Person { Mail email = 1; }",
    );
    home.write(
        "common/mail.proto",
        "syntax = \"proto3\"; package common; message Mail { string email = 1; }",
    );
    let made = init(&["-o", "draft.yaml"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let draft = fs::read_to_string(home.path().join("draft.yaml")).unwrap();
    for line in [
        r#"  schema: { file: "shop.proto", message: "shop.Order", imports: ["common/person.proto", "common/mail.proto"] }"#,
        "      buyer.email.email: { pseudonymize: { key: people, normalize: email,",
    ] {
        assert!(draft.contains(line), "{line}\n{draft}");
    }
    let checked = home.veil(&["check", "draft.yaml"]);
    assert_eq!(checked.code, 1, "{}{}", checked.out, checked.err);
    // Imports have the names of the folder where the policy lies.
    fs::create_dir_all(home.path().join("policies")).unwrap();
    let other = init(&["-o", "policies/draft.yaml"]);
    assert!(
        other.code == 64 && other.err.contains("cp shop.proto policies/shop.proto"),
        "{}",
        other.err
    );
}

#[test]
fn minimisation_counts_what_is_filled_and_says_why_a_message_is_none() {
    let home = home();
    let given = [r#"{"id":1,"secret":"hush"}"#, r#"{"id":2}"#];
    fs::write(home.path().join("in.pb"), stream(&given, &[b"{}", b"\xff"])).unwrap();
    let args = [
        "report",
        "minimisation",
        "-p",
        "policy.yaml",
        "--on",
        "in.pb",
    ];
    let ran = home.veil(&args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("2 (not_protobuf)"), "{}", ran.out);
    assert!(!ran.out.contains("not_json"), "{}", ran.out);
    assert!(
        ran.out.contains("fields in: 2, of which 1 make a column"),
        "{}",
        ran.out
    );
    fs::write(home.path().join("in.pb"), stream(&[], &[b"{}"])).unwrap();
    let none = home.veil(&args);
    assert!(
        none.code == 65 && none.err.contains("1 (not_protobuf)"),
        "{}",
        none.err
    );
}
