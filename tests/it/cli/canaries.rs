//! Clear values in every place of a format that a policy does not name: members without a
//! name, branches of unions, keys of maps, fields that a schema does not know, defaults,
//! docs, tags and examples of schemas. None is in anything that leaves or is said, whatever
//! becomes of the record; a policy that keeps what it can shows that the same search finds
//! them.

use super::Home;
use std::fs;
use std::path::Path;
use veilstream::schema::avro::container::{Codec, ContainerWriter};
use veilstream::schema::avro::node::Schema;
use veilstream::schema::json::Json;
use veilstream::schema::{avro, protobuf};

const MARK: &str = "canary-";

/// Each canary in those bytes, once.
fn found(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut found: Vec<String> = text
        .match_indices(MARK)
        .map(|(at, _)| {
            let named = text[at + MARK.len()..].chars();
            named.take_while(char::is_ascii_lowercase).collect()
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// What stands in a folder and those below it.
fn all_of(folder: &Path) -> Vec<u8> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let entries = entries.map(|entry| entry.expect("it can be read").path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => all_of(&path),
            false => fs::read(path).expect("the file is there"),
        })
        .collect()
}

struct Case {
    value: &'static str,
    schema: &'static str,
    input: &'static str,
    /// Below `fields`, indented as there.
    fields: &'static str,
    all: &'static str,
    /// What the policy that keeps all finds.
    kept: &'static [&'static str],
}

impl Case {
    fn policy(&self, fields: &str) -> String {
        let (value, schema) = (self.value, self.schema);
        format!(
            "apiVersion: veil/v1
kind: Policy
metadata: {{ name: canaries, version: 1, owner: tests }}
source: {{ topic: raw, value: {value}, schema: {{ file: {schema} }} }}
keys: {{ people: {{ ref: \"file:keyring.json#people\" }} }}
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    basis: contract
    schema: {{ namespace: clean }}
    fields:
{fields}"
        )
    }

    /// Everything that is written and said about it: what leaves, the quarantine, findings,
    /// derived schemas, explanations.
    fn said(&self, fields: &str, schema: &str, input: &[u8]) -> (String, Vec<String>) {
        let home = Home::with(&self.policy(fields));
        home.write(self.schema, schema);
        home.write(self.input, input);
        let mut all = Vec::new();
        let mut errors = String::new();
        let apply = [
            "apply",
            "-p",
            "policy.yaml",
            self.input,
            "--output-dir",
            "out",
            "--quarantine",
            "out/q.ndjson",
        ];
        let schemas = ["--schema", self.schema];
        for args in [
            &apply[..],
            &[&["check", "policy.yaml", "--show-derived"][..], &schemas].concat(),
            &[&["schema", "derive", "-p", "policy.yaml"][..], &schemas].concat(),
            &["describe", "policy.yaml"],
        ] {
            let ran = home.veil(args);
            assert!([0, 1, 2].contains(&ran.code), "{args:?}: {}", ran.err);
            all.extend([ran.out.as_bytes(), ran.err.as_bytes()].concat());
            errors.push_str(&ran.err);
        }
        all.extend(all_of(&home.path().join("out")));
        (errors, found(&all))
    }

    fn holds(&self, schema: &str, input: &[u8]) {
        let (errors, left) = self.said(self.fields, schema, input);
        assert!(
            errors.contains("1 written") && errors.contains("quarantined  1"),
            "{errors}"
        );
        // A doc of what leaves goes with it.
        assert_eq!(left, ["shown"], "canaries left");
        let (errors, kept) = self.said(self.all, schema, input);
        assert!(errors.contains("written"), "{errors}");
        assert_eq!(kept, self.kept, "{errors}");
    }
}

#[test]
fn of_avro_none_leaves() {
    let schema = r#"{"type":"record","name":"Click","fields":[
        {"name":"id","type":"long"},
        {"name":"mail","type":["string","null"],"default":"canary-maskeddefault@example.com"},
        {"name":"person","type":"string","default":"canary-persondefault"},
        {"name":"age","type":"int"},
        {"name":"plan","type":"string","default":"canary-bounded"},
        {"name":"code","type":"string","default":"canary-matched"},
        {"name":"visits","type":"int","default":7},
        {"name":"who","type":["null",
            {"type":"record","name":"Person","doc":"canary-shown","fields":[
                {"name":"plan","type":"string"},{"name":"name","type":"string"}]},
            {"type":"record","name":"Company","fields":[
                {"name":"label","type":"string","default":"canary-otherdefault"}]}]},
        {"name":"tags","type":{"type":"map","values":"string"},"default":{"canary-defaultkey":"canary-defaultvalue"}},
        {"name":"kind","type":{"type":"enum","name":"Kind","symbols":["A"],"doc":"canary-enumdoc"}},
        {"name":"secret","type":"string","doc":"canary-doc","default":"canary-default",
            "aliases":["canaryalias"],"confluent:tags":["canary-tag"]}]}"#;
    let records = [
        r#"{"id":1,"mail":"canary-mail@example.com","person":"canary-person","age":41,"plan":"free","code":"12","visits":41,
            "who":{"plan":"free","name":"canary-member"},
            "tags":{"colour":"red","canary-mapkey":"canary-mapvalue"},
            "kind":"A","secret":"canary-secret"}"#,
        r#"{"id":2,"mail":"canary-nomail","person":"canary-person","age":7,"plan":"free","code":"12","visits":4,
            "who":{"label":"canary-branch"},
            "tags":{"canary-mapkey":"x"},"kind":"A","secret":"canary-secret"}"#,
    ];
    let writer = Schema::parse(schema).expect("a schema");
    let (mut block, mut file) = (Vec::new(), Vec::new());
    for record in records {
        let value = Json::read(record, 1 << 20).expect("JSON");
        avro::encode::encode(&writer, &value, &mut block).expect("it fits");
    }
    let sync = *b"0123456789abcdef";
    let container = ContainerWriter::new(schema, Codec::Null, sync, &mut file);
    container.block(2, &block, &mut file).expect("a block");
    Case {
        value: "avro",
        schema: "writer.avsc",
        input: "in.avro",
        fields: "      id: keep
      mail: { mask: { email: {} } }
      person: { pseudonymize: { key: people, epoch: none } }
      age: { generalize: { bucket: 10 } }
      plan: { keep: { one_of: [free, team] } }
      code: { keep: { matches: \"[0-9]{2}\" } }
      visits: { generalize: { bucket: 10 } }
      who.plan: { keep: { max_chars: 8 } }
      tags.colour: keep
",
        all: "      id: keep
      mail: keep
      who.(plan|name|label): keep
      tags: { keep: { subtree: true } }
      secret: keep
",
        kept: &[
            "branch",
            "default",
            "doc",
            "mail",
            "mapkey",
            "mapvalue",
            "maskeddefault",
            "member",
            "nomail",
            "otherdefault",
            "secret",
            "shown",
            "tag",
        ],
    }
    .holds(schema, &file);
}

#[test]
fn of_protobuf_none_leaves() {
    let schema = "syntax = \"proto2\";
package t;
// canary-shown
message Click {
  optional int64 id = 1;
  optional string mail = 2 [default = \"canary-maskeddefault@example.com\"];
  oneof who { Person person = 3; string company = 4; }
  message Person { optional string plan = 1; optional string name = 2; }
  map<string, string> tags = 5;
  enum Kind { A = 0; CANARY = 1; }
  optional Kind kind = 6;
  // canary-doc
  optional string secret = 7 [default = \"canary-default\"];
  optional group Inner = 8 { optional string text = 1; }
}
";
    let main = protobuf::compile::Source {
        name: "main.proto",
        text: schema,
    };
    let which = protobuf::compile::Which::Only;
    let writer = protobuf::node::Schema::compile(main, &[], which).expect("a schema");
    let records = [
        r#"{"id":1,"mail":"canary-mail@example.com","person":{"plan":"free","name":"canary-member"},
            "tags":{"colour":"red","canary-mapkey":"canary-mapvalue"},"secret":"canary-secret",
            "inner":{"text":"canary-group"}}"#,
        r#"{"id":2,"mail":"canary-nomail","company":"canary-branch","tags":{"canary-mapkey":"x"}}"#,
    ];
    // A text in field 19, a group 20 that holds one, fixed bytes in 21: none is known.
    let unknown = b"\x9a\x01\x0ecanary-unknown\xa3\x01\x0a\x06canary\xa4\x01\xa9\x01canary-f";
    let file: Vec<u8> = records
        .iter()
        .flat_map(|record| {
            let value = Json::read(record, 1 << 20).expect("JSON");
            let mut message = Vec::new();
            protobuf::encode::encode(&writer, &value, &mut message).expect("it fits");
            message.extend(unknown);
            let len = message.len();
            let low = u8::try_from(len % 128).expect("seven bits") | 0x80;
            let high = u8::try_from(len / 128).expect("a short message");
            [vec![low, high], message].concat()
        })
        .collect();
    Case {
        value: "protobuf",
        schema: "writer.proto",
        input: "in.pb",
        fields: "      id: keep
      mail: { mask: { email: {} } }
      person.plan: { keep: { max_chars: 8 } }
      tags.colour: keep
",
        all: "      id: keep
      mail: keep
      person.(plan|name): keep
      company: keep
      tags: { keep: { subtree: true } }
      secret: keep
",
        kept: &[
            "branch", "doc", "mail", "mapkey", "mapvalue", "member", "nomail", "secret", "shown",
        ],
    }
    .holds(schema, &file);
}

#[test]
fn of_json_schema_none_leaves() {
    let schema = r##"{"$schema":"http://json-schema.org/draft-07/schema#","title":"t.Click","type":"object",
        "$comment":"canary-comment","examples":[{"id":"canary-example"}],
        "definitions":{"canary-definition":{"type":"string","const":"canary-const"}},
        "properties":{
            "id":{"type":"integer"},
            "mail":{"type":["null","string"],"default":"canary-maskeddefault@example.com",
                "examples":["canary-mailexample"],"description":"canary-shown","pattern":"canary-pattern"},
            "plan":{"enum":["free","canary-enum"]},
            "tags":{"type":"object","properties":{"colour":{"type":"string"}},
                "patternProperties":{"^canary-member":{"type":"string"}}},
            "secret":{"type":"string","description":"canary-doc","default":"canary-default"}},
        "dependencies":{"canary-dependency":["id"]},"required":["canary-required"]}"##;
    let lines = concat!(
        r#"{"id":1,"mail":"canary-mail@example.com","plan":"free","tags":{"colour":"red","canary-mapkey":"canary-mapvalue"},"secret":"canary-secret","canary-name":1}"#,
        "\n",
        r#"{"id":2,"mail":"canary-nomail","plan":"free","secret":{"canary-deep":["canary-element"]}}"#,
        "\n",
    );
    Case {
        value: "json_schema",
        schema: "writer.json",
        input: "in.ndjson",
        fields: "      id: keep
      mail: { mask: { email: {} } }
      plan: { keep: { max_chars: 8 } }
      tags.colour: keep
",
        all: "      id: keep
      mail: keep
      tags: { keep: { subtree: true } }
      secret: { keep: { subtree: true } }
",
        kept: &[
            "deep", "doc", "element", "mail", "mapkey", "mapvalue", "nomail", "secret", "shown",
        ],
    }
    .holds(schema, lines.as_bytes());
}
