//! JSON Schema in the commands: lines of JSON in and out, schemas held against a policy.

use super::Home;
use std::fs;

const WRITER: &str = r#"{"$schema":"http://json-schema.org/draft-07/schema#","title":"shop.Signup","type":"object",
"properties":{"id":{"type":"integer"},"mail":{"type":["null","string"],"format":"email","confluent:tags":["PII"]},
"at":{"type":"string","format":"date-time"},"secret":{"type":"string"}}}"#;

const POLICY: &str = "apiVersion: veil/v1
kind: Policy
metadata: { name: signups, version: 1, owner: web }
source: { topic: signups, value: json_schema, schema: { file: writer.json } }
classes: { tags: { PII: user.contact.email } }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    basis: contract
    schema: { namespace: clean }
    fields:
      id: keep
      mail: { mask: { email: {} } }
      at: { generalize: { time: 1h } }
tests:
  - name: it leaves
    given: { id: 1, mail: jane@example.com, secret: Jane }
    exactly: { clean: { id: 1, mail: j***@example.com } }
  - name: of another version
    schema: newer.json
    given: { id: 1, mail: 7 }
    quarantined: wrong_type
";

const DERIVED: &str = r#"{"$schema":"http://json-schema.org/draft-07/schema#","title":"clean.Signup","type":"object","properties":{"id":{"type":"integer","veil":{"action":"keep"}},"mail":{"type":["null","string"],"veil":{"action":"mask"}},"at":{"type":"string","veil":{"action":"generalize","time":"1h"}}},"additionalProperties":false,"veil":{"policy":"signups"}}"#;

fn home() -> Home {
    let home = Home::with(POLICY);
    home.write("writer.json", WRITER);
    home.write("newer.json", WRITER.replace("\"integer\"", "\"number\""));
    home
}

#[test]
fn lines_of_json_go_in_and_come_out_as_without_a_schema() {
    let home = home();
    let lines = concat!(
        r#"{"id":1,"mail":"jane@example.com","at":"2026-03-01T10:42:07Z","secret":"CANARY"}"#,
        "\n",
        r#"{"id":"no number, and no record is held against its schema","mail":null}"#,
        "\n{\"id\":\n",
    );
    home.write("in.ndjson", lines);
    let args = [
        "apply",
        "-p",
        "policy.yaml",
        "in.ndjson",
        "--output-dir",
        "out",
    ];
    let args = [&args[..], &["--quarantine", "q.ndjson"]].concat();
    let ran = home.veil(&args);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let left = || fs::read_to_string(home.path().join("out/clean.ndjson")).unwrap();
    let expected = concat!(
        r#"{"id":1,"mail":"j***@example.com","at":"2026-03-01T10:00:00Z"}"#,
        "\n",
        r#"{"id":"no number, and no record is held against its schema","mail":null}"#,
        "\n",
    );
    assert_eq!(left(), expected);
    let refused = fs::read_to_string(home.path().join("q.ndjson")).unwrap();
    assert!(
        refused.contains("not_json") && !refused.contains("CANARY"),
        "{refused}"
    );
    // So are envelopes.
    home.write(
        "in.ndjson",
        "{\"key\":\"k\",\"value\":{\"id\":7,\"more\":1}}\n",
    );
    let ran = home.veil(&[&args[..], &["--envelope"]].concat());
    assert!(
        ran.code == 0 && left().contains(r#""value":{"id":7}"#),
        "{}",
        left()
    );
    home.write("in.ndjson", lines);
    // The same lines under `value: json` are the same bytes.
    let plain = POLICY.replace(
        "value: json_schema, schema: { file: writer.json }",
        "value: json",
    );
    let plain = plain.replace("    schema: { namespace: clean }\n", "");
    let plain = plain.replace("classes: { tags: { PII: user.contact.email } }\n", "");
    let plain = plain.replace("    schema: newer.json\n", "");
    home.write("policy.yaml", plain);
    home.veil(&args);
    assert_eq!(left(), expected);
    // Beside one that names ids no file of lines says them.
    let (by_id, _) = POLICY.split_once("tests:").expect("it has tests");
    home.write(
        "policy.yaml",
        by_id.replace(", schema: { file: writer.json }", ""),
    );
    let by_id = home.veil(&args);
    assert!(
        by_id.code == 64 && by_id.err.contains("schema: { file: FILE.json }"),
        "{}",
        by_id.err
    );
}

#[test]
fn check_holds_a_schema_against_a_policy() {
    let home = home();
    let args = [
        "check",
        "policy.yaml",
        "--schema",
        "writer.json",
        "--show-derived",
    ];
    let well = home.veil(&args);
    assert!(
        well.out
            .contains("not named, so not in what leaves: secret"),
        "{}",
        well.out
    );
    assert!(well.out.contains(DERIVED), "{}", well.out);
    let derive = |schema: &str, more: &[&str]| {
        let args = ["schema", "derive", "-p", "policy.yaml", "--schema", schema];
        home.veil(&[&args[..], more].concat())
    };
    assert_eq!(derive("writer.json", &[]).out, format!("{DERIVED}\n"));
    assert_eq!(derive("writer.json", &["--out", "s"]).code, 0);
    let written = fs::read_to_string(home.path().join("s/clean.json")).unwrap();
    assert_eq!(written, format!("{DERIVED}\n"));
    home.write("other.json", WRITER.replace("\"mail\"", "\"email\""));
    let other = home.veil(&["check", "policy.yaml", "--schema", "other.json"]);
    let said = ["V0140", "did you mean `email`"];
    assert!(
        said.iter().all(|said| other.out.contains(said)),
        "{}",
        other.out
    );
    home.write(
        "typed.json",
        WRITER.replace(r#"["null","string"]"#, r#"["null","boolean"]"#),
    );
    let typed = home.veil(&["check", "policy.yaml", "--schema", "typed.json"]);
    let said = ["V0139", "`mail` is boolean"];
    assert_eq!(typed.code, 78, "{}", typed.out);
    assert!(
        said.iter().all(|said| typed.out.contains(said)),
        "{}",
        typed.out
    );
    home.write("avro.json", r#"{"type":"record","name":"A","fields":[]}"#);
    for (text, said) in [
        ("avro.json", "a schema of Avro"),
        ("broken.json", "at byte"),
    ] {
        if text == "broken.json" {
            home.write(text, "{");
        }
        let broken = home.veil(&["check", "policy.yaml", "--schema", text]);
        assert!(
            broken.code == 78 && broken.out.contains(said),
            "{}",
            broken.out
        );
    }
    assert_eq!(derive("typed.json", &[]).code, 65);
}

#[test]
fn a_schema_may_refer_to_others_beside_it() {
    let home = home();
    let file = "{ file: writer.json, imports: [common/mail.json] }";
    home.write("policy.yaml", POLICY.replace("{ file: writer.json }", file));
    let refers = r#"{"$ref":"common/mail.json#/definitions/mail"}"#;
    let own = r#"{"type":["null","string"],"format":"email","confluent:tags":["PII"]}"#;
    assert!(WRITER.contains(own));
    home.write("writer.json", WRITER.replace(own, refers));
    fs::create_dir_all(home.path().join("common")).unwrap();
    home.write(
        "common/mail.json",
        format!("{{\"definitions\":{{\"mail\":{own}}}}}"),
    );
    let derive = [
        "schema",
        "derive",
        "-p",
        "policy.yaml",
        "--schema",
        "writer.json",
    ];
    let derived = home.veil(&derive);
    assert_eq!(derived.out, format!("{DERIVED}\n"), "{}", derived.err);
    // Of one that is not there nothing is said, and nothing is fetched.
    home.write("policy.yaml", POLICY);
    let derived = home.veil(&derive);
    let said = r#""mail":{"type":["null","string"],"veil""#;
    assert!(
        derived.code == 0 && derived.out.contains(said),
        "{}{}",
        derived.out,
        derived.err
    );
}

#[test]
fn a_draft_is_made_of_a_schema() {
    let home = Home::empty();
    home.make_keys();
    home.write(
        "shop.json",
        r##"{"type":"object","properties":{"email":{"type":"string"},"paid":{"type":"boolean"},
        "progress":{"enum":["OPEN","SHIPPED"]},"at":{"type":"string","format":"date-time"},
        "remark":{"type":"string","confluent:tags":"PII"},
        "lines":{"type":"array","items":{"$ref":"#/definitions/line"}},
        "labels":{"type":"object","additionalProperties":{"type":"string"}},
        "gift":{"oneOf":[{"type":"null"},{"type":"boolean"}]},"before":{"$ref":"#"}},
        "definitions":{"line":{"type":"object","properties":{"weight":{"type":"number"},"gift":{"type":"boolean"}}}}}"##,
    );
    let made = home.veil(&["init", "--from-schema", "shop.json", "-o", "draft.yaml"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let draft = fs::read_to_string(home.path().join("draft.yaml")).unwrap();
    for line in [
        "  value: json_schema\n",
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
        "shop.json",
        "--show-derived",
    ];
    let checked = home.veil(&args);
    // A person has yet to say why anything may leave.
    assert_eq!(checked.code, 1, "{}{}", checked.out, checked.err);
    assert!(checked.out.contains("\"properties\""), "{}", checked.out);
    home.write("broken.json", "{");
    let broken = home.veil(&["init", "--from-schema", "broken.json"]);
    assert_eq!(broken.code, 65);
}

#[test]
fn a_draft_follows_references_to_files_beside_it_or_is_none() {
    let home = Home::empty();
    home.make_keys();
    fs::create_dir_all(home.path().join("common")).unwrap();
    let refers = |to: &str| {
        format!(
            r#"{{"type":"object","properties":{{"paid":{{"type":"boolean"}},"buyer":{{"$ref":"{to}"}}}}}}"#
        )
    };
    home.write(
        "shop.json",
        refers("common/person.json#/definitions/person"),
    );
    let person = r##"{"definitions":{"person":{"type":"object","properties":{"email":{"$ref":"mail.json"}}}}}"##;
    home.write("common/person.json", person);
    let init = |more: &[&str]| home.veil(&[&["init", "--from-schema", "shop.json"], more].concat());
    // What it refers to in its turn is not there.
    let lacks = init(&["-o", "draft.yaml"]);
    assert_eq!(lacks.code, 65, "{}", lacks.err);
    assert!(
        lacks.err.contains("`mail.json`, which is nowhere"),
        "{}",
        lacks.err
    );
    assert!(!home.path().join("draft.yaml").exists());
    home.write("mail.json", r#"{"type":"string"}"#);
    let made = init(&["-o", "draft.yaml"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let draft = fs::read_to_string(home.path().join("draft.yaml")).unwrap();
    for line in [
        r#"imports: ["common/person.json", "mail.json"] }"#,
        "      buyer.email: { pseudonymize: { key: people, normalize: email,",
    ] {
        assert!(draft.contains(line), "{line}\n{draft}");
    }
    let checked = home.veil(&["check", "draft.yaml"]);
    assert!(
        checked.code == 1 && !checked.out.contains("V0140"),
        "{}",
        checked.out
    );
    // By its `$id` a file is known where it is named.
    home.write(
        "shop.json",
        refers("https://example.com/person.json#/definitions/person"),
    );
    assert_eq!(init(&[]).code, 65);
    home.write(
        "common/person.json",
        person.replacen('{', r#"{"$id":"https://example.com/person.json","#, 1),
    );
    let made = init(&["--import", "common/person.json"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(
        made.out.contains("      buyer.email: { pseudonymize:"),
        "{}",
        made.out
    );
    // One that leads nowhere in the schema itself is no less lost.
    home.write("shop.json", refers("#/definitions/nobody"));
    let lacks = init(&[]);
    assert!(
        lacks.code == 65 && lacks.err.contains("`#/definitions/nobody`"),
        "{}",
        lacks.err
    );
    // Nothing is read beside the folder of the policy.
    home.write("shop.json", refers("../person.json"));
    home.write("common/shop.json", refers("../mail.json"));
    let lacks = home.veil(&["init", "--from-schema", "common/shop.json"]);
    assert!(
        lacks.code == 65 && lacks.err.contains("`../mail.json`"),
        "{}",
        lacks.err
    );
}
