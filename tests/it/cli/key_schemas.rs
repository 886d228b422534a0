//! Schemas of record keys in the commands, in each format that has them.

use super::Home;

const AVRO: &str = r#"{"type":"record","name":"shop.Key","fields":[{"name":"id","type":"string"},{"name":"note","type":"string"}]}"#;
const JSON: &str = r#"{"title":"shop.Key","type":"object","additionalProperties":false,"properties":{"id":{"type":"string"},"note":{}}}"#;
const PROTO: &str =
    "syntax = \"proto3\"; package shop; message Key { string id = 1; string note = 2; }";

/// Values are of another format than the keys.
fn policy(key: &str) -> String {
    format!(
        "apiVersion: veil/v1
kind: Policy
metadata: {{ name: clicks, version: 1, owner: web }}
source: {{ topic: clicks, value: json_schema, key: {key} }}
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    basis: contract
    key: {{ fields: {{ id: {{ mask: {{ keep_first: 1 }} }} }} }}
    fields: {{ n: keep }}
"
    )
}

#[test]
fn a_schema_of_keys_is_held_against_a_policy_and_derived() {
    for (word, file, text, part) in [
        ("avro", "key.avsc", AVRO, r#""name":"id","type":"string""#),
        ("json_schema", "key.json", JSON, r#""id":{"type":"string""#),
        ("protobuf", "key.proto", PROTO, "  string id = 1;"),
    ] {
        let home = Home::with(&policy(word));
        home.write(file, text);
        let check = |file: &str| {
            home.veil(&[
                "check",
                "policy.yaml",
                "--key-schema",
                file,
                "--show-derived",
            ])
        };
        let derive = |more: &[&str]| {
            let args = [
                "schema",
                "derive",
                "-p",
                "policy.yaml",
                "--key-schema",
                file,
            ];
            home.veil(&[&args[..], more].concat())
        };
        let checked = check(file);
        assert!(
            checked.out.contains("clean (keys): ") && checked.out.contains(part),
            "{word}: {}{}",
            checked.out,
            checked.err
        );
        let derived = derive(&[]);
        assert!(
            derived.code == 0 && derived.out.contains(part) && !derived.out.contains("note"),
            "{word}: {}{}",
            derived.out,
            derived.err
        );
        assert_eq!(derive(&["--out", "schemas"]).code, 0);
        let (_, extension) = file.split_once('.').expect("it has one");
        let written = home.read(&format!("schemas/clean-key.{extension}"));
        assert_eq!(written.trim_end(), derived.out.trim_end());

        let other = format!("other.{extension}");
        home.write(&other, text.replace("id", "ident"));
        let lacking = check(&other);
        assert!(
            lacking.out.contains("did you mean `ident`") || lacking.out.contains("there are: "),
            "{word}: {}",
            lacking.out
        );
        let refused = home.veil(&["check", "policy.yaml", "--key-schema", "policy.yaml"]);
        assert!(
            refused.code == 78 && refused.out.contains("V0139"),
            "{word}: {}",
            refused.out
        );
    }
}

#[test]
fn a_key_of_which_nothing_leaves_is_none_and_one_of_several_messages_is_not_guessed() {
    let home = Home::with(&policy("protobuf"));
    let check = |text: &str| {
        home.write("key.proto", text);
        let checked = home.veil(&["check", "policy.yaml", "--key-schema", "key.proto"]);
        assert_eq!(checked.code, 78, "{}", checked.out);
        let words: Vec<&str> = checked.out.split_whitespace().collect();
        words.join(" ")
    };
    let empty = check(&PROTO.replace("id", "other"));
    assert!(
        empty.contains("nothing that `key` names is there"),
        "{empty}"
    );
    let several = check(&format!("{PROTO} message Other {{ string id = 1; }}"));
    assert!(
        several.contains("of which the key is the only message"),
        "{several}"
    );
    // And none is read where keys are text.
    let text = Home::with(&policy("json"));
    text.write("key.proto", PROTO);
    let refused = text.veil(&["check", "policy.yaml", "--key-schema", "key.proto"]);
    assert!(
        refused.code == 78 && refused.out.contains("without one"),
        "{}",
        refused.out
    );
}
