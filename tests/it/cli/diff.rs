//! `veil diff`: what another policy changes.

use super::{Home, TWO};

const POLICY: &str = include_str!("../../../config/minimal.yaml");
const WHAT_LEAVES: &str = "{ keep: { one_of: [free, team, business] } }";

fn home(from: &str, to: &str) -> Home {
    assert!(POLICY.contains(from), "{from} in {POLICY}");
    let home = Home::empty();
    home.write("old.yaml", POLICY);
    home.write("new.yaml", POLICY.replacen(from, to, 1));
    home
}

#[test]
fn the_same_policy_differs_in_nothing() {
    let home = home("apiVersion", "apiVersion");
    let ran = home.veil(&["diff", "old.yaml", "new.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert_eq!(
        ran.out,
        "new.yaml protects what old.yaml protects, in the same way\n"
    );
}

#[test]
fn a_weaker_policy_is_told_with_its_cause_and_exits_2() {
    let weaker = home(WHAT_LEAVES, "keep");
    let ran = weaker.veil(&["diff", "old.yaml", "new.yaml"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.starts_with("weaker: "), "{ran:?}");
    assert!(
        ran.out
            .contains("\n  + keep\n  = why:  `one_of` lets out more\n"),
        "{ran:?}"
    );
    assert!(
        ran.out
            .contains("new.yaml is weaker than old.yaml: 1 weaker, 0 changed, 0 stronger")
    );
    assert!(!ran.out.contains('\u{1b}'), "no colour in a pipe");
    let colored = weaker.veil(&["--color", "always", "diff", "old.yaml", "new.yaml"]);
    assert!(colored.out.contains('\u{1b}'), "{colored:?}");
    let back = weaker.veil(&["diff", "new.yaml", "old.yaml"]);
    assert_eq!(back.code, 0, "{back:?}");
    assert!(back.out.starts_with("stronger: "), "{back:?}");

    let ran = weaker.veil(&["diff", "old.yaml", "new.yaml", "--format", "json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(json["weaker"], true);
    assert_eq!(json["is"].as_str().map(str::len), Some(64));
    assert_eq!(json["differences"][0]["verdict"], "weaker");
    assert_eq!(json["differences"][0]["is"], "keep");
}

#[test]
fn a_policy_that_cannot_be_used_is_78_and_a_missing_one_66() {
    let home = home("fields:", "felds:");
    let ran = home.veil(&["diff", "old.yaml", "new.yaml"]);
    assert_eq!((ran.code, ran.out.as_str()), (78, ""), "{ran:?}");
    assert!(
        ran.err.contains("felds") && ran.err.contains("new.yaml"),
        "{ran:?}"
    );
    let ran = home.veil(&["diff", "gone.yaml", "old.yaml"]);
    assert_eq!((ran.code, ran.out.as_str()), (66, ""), "{ran:?}");
    let ran = home.veil(&["diff", "old.yaml"]);
    assert_eq!(ran.code, 64, "{ran:?}");
}

#[test]
fn what_breaks_for_readers_is_told_and_counted_on_a_sample() {
    let home = home("email:     {", "mail:      {");
    home.write(
        "sample.ndjson",
        "{\"email\":\"a@example.com\"}\n{\"email\":\"b@example.com\"}\n",
    );
    let args = [
        "diff",
        "old.yaml",
        "new.yaml",
        "--on",
        "sample.ndjson",
        "--format",
    ];
    let ran = home.veil(&[&args[..], &["json"]].concat());
    assert_eq!(ran.code, 2, "{ran:?}");
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let readers = &json["consumers"][0];
    assert_eq!(
        (&readers["topic"], &readers["breaks"]),
        (&"signups.clean".into(), &true.into())
    );
    assert_eq!(readers["changes"][0]["change"], "gone");
    let counted = json["sample"].as_array().expect("a list");
    assert!(
        counted
            .iter()
            .any(|c| c["what"] == "`email` written" && c["was"] == 2 && c["is"] == 0),
        "{counted:?}"
    );
    let md = home.veil(&[&args[..], &["md"]].concat());
    assert!(
        md.out.starts_with("# What the new policy changes\n"),
        "{md:?}"
    );
    assert!(
        md.out.contains("| verdict | where |") && md.out.contains("`email` is gone"),
        "{md:?}"
    );
    let text = home.veil(&["diff", "old.yaml", "new.yaml"]);
    assert!(text.out.contains("for who reads the outputs"), "{text:?}");
}

#[test]
fn values_that_differ_are_counted_where_the_counts_are_the_same() {
    let home = Home::with(TWO);
    let policy = TWO.replace("      n: keep", "      n: { generalize: { bucket: 10 } }");
    home.write("was.yaml", &policy);
    home.write("is.yaml", policy.replace("bucket: 10", "bucket: 100"));
    home.write(
        "sample.ndjson",
        "{\"n\":150,\"user\":\"u1\",\"email\":\"SECRET\"}\n{\"n\":7,\"user\":\"u2\",\"email\":\"SECRET\"}\n{\"user\":\"u3\"}\n",
    );
    let on = |old: &str, new: &str, format: &str| {
        home.veil(&[
            "diff",
            old,
            new,
            "--on",
            "sample.ndjson",
            "--format",
            format,
        ])
    };
    let ran = on("was.yaml", "is.yaml", "json");
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(json["sample"], serde_json::json!([]));
    assert_eq!(
        json["values"],
        serde_json::json!([{"output": "coarse", "field": "n", "records": 2, "differ": 1}])
    );
    let text = on("was.yaml", "is.yaml", "text").out;
    assert!(text.contains("another value"), "{text}");
    assert!(!text.contains("SECRET"), "{text}");
    // Codes are the same under both, and what is sealed anew is not called another.
    let same = on("was.yaml", "was.yaml", "json");
    let json: serde_json::Value = serde_json::from_str(&same.out).expect("JSON");
    assert_eq!(json["values"], serde_json::json!([]));
    let text = on("was.yaml", "was.yaml", "text").out;
    assert!(text.contains("No value differs"), "{text}");
}

#[test]
fn another_schema_of_the_writer_is_told_by_what_leaves_under_it() {
    let home = Home::empty();
    let schema = |fields: &str| {
        format!(
            r#"{{"type":"record","name":"Click","fields":[{{"name":"n","type":"long"}}{fields}]}}"#
        )
    };
    let page = r#",{"name":"page","type":"string"}"#;
    home.write("a.avsc", schema(""));
    home.write("b.avsc", schema(page).replace("long", "int"));
    home.write(
        "c.avsc",
        schema("")
            .replace("Click", "Tap")
            .replace("name\":\"n\"", "name\":\"n\",\"doc\":\"more\""),
    );
    for name in ["a", "b", "c"] {
        let policy = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: clicks, version: 1, owner: web }}\n\
             source: {{ topic: raw, value: avro, schema: {{ file: {name}.avsc }} }}\noutputs:\n  \
             - {{ topic: clean, purpose: tests, domain: web, basis: contract, fields: {{ n: keep, page: {{ keep: {{ max_chars: 8 }} }} }} }}\n"
        );
        home.write(&format!("{name}.yaml"), policy);
    }
    let more = home.veil(&["diff", "a.yaml", "b.yaml"]);
    assert_eq!(more.code, 2, "{more:?}");
    for part in [
        "weaker: clean: page\n  - (not written)\n  + string\n",
        "changed: clean: n\n  - long\n  + int\n",
        "page is new\n",
        "n is int and was long\n",
    ] {
        assert!(more.out.contains(part), "{more:?}");
    }
    let back = home.veil(&["diff", "b.yaml", "a.yaml", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&back.out).expect("JSON");
    let page = json["differences"].as_array().into_iter().flatten();
    let page: Vec<_> = page.filter(|d| d["field"] == "page").collect();
    assert_eq!(page.len(), 1, "{json}");
    assert_eq!(
        (&page[0]["verdict"], &page[0]["was"]),
        (&"stronger".into(), &"string".into())
    );
    // What leaves is the same: so is what is protected. Readers who go by the name of the
    // record have to change.
    let same = home.veil(&["diff", "a.yaml", "c.yaml"]);
    assert_eq!(same.code, 0, "{same:?}");
    let renamed = "records are called `Tap` and were called `Click`".to_owned();
    assert_eq!(told(&home, &["a.yaml", "c.yaml"]), (vec![], vec![renamed]));
    assert!(same.out.contains("readers have to change"), "{same:?}");
}

#[test]
fn types_that_are_called_otherwise_are_told_to_who_reads_by_their_names() {
    let home = Home::empty();
    let avro = r#"{"type":"record","name":"R","namespace":"a","fields":[
        {"name":"by","type":{"type":"record","name":"Card","fields":[{"name":"n","type":"long"}]}},
        {"name":"or","type":["null","Card"]},
        {"name":"also","type":{"type":"array","items":"Card"}},
        {"name":"kind","type":{"type":"enum","name":"Kind","symbols":["A"]}},
        {"name":"mark","type":["null",{"type":"fixed","name":"Mark","size":4}]}]}"#;
    home.write("was.avsc", avro);
    let is = avro
        .replace("Card", "Paid")
        .replace("Kind", "Sort")
        .replace("\"Mark\"", "\"b.Mark\"");
    home.write("is.avsc", is);
    home.write(
        "avro.yaml",
        of_schemas("avro", "", "by: { keep: { subtree: true } }, or: { keep: { subtree: true } }, also: { keep: { subtree: true } }, kind: keep, mark: keep"),
    );
    let of = |policy: &str, kind: &str| {
        let (was, is) = (format!("was.{kind}"), format!("is.{kind}"));
        told(
            &home,
            &[policy, policy, "--schema", &was, "--new-schema", &is],
        )
    };
    let (differences, consumers) = of("avro.yaml", "avsc");
    assert_eq!(differences, [""; 0]);
    assert_eq!(
        consumers,
        [
            "the type of `also[*]`, and at 2 more, is called `a.Paid` and was called `a.Card`",
            "the type of `kind` is called `a.Sort` and was called `a.Kind`",
            "the type of `mark` is called `b.Mark` and was called `a.Mark`",
        ]
    );
    let proto = "syntax = \"proto3\"; package p; message Order { Card by = 1; Kind kind = 2; message Card { int64 n = 1; } enum Kind { A = 0; } }";
    home.write("was.proto", proto);
    home.write(
        "is.proto",
        proto.replace("Order", "Sale").replace("Card", "Paid"),
    );
    home.write(
        "proto.yaml",
        of_schemas("protobuf", "", "by.n: keep, kind: keep"),
    );
    let (differences, consumers) = of("proto.yaml", "proto");
    assert_eq!(differences, [""; 0]);
    assert_eq!(
        consumers,
        [
            "records are called `p.Sale` and were called `p.Order`",
            "the type of `by` is called `p.Sale.Paid` and was called `p.Order.Card`",
            "the type of `kind` is called `p.Sale.Kind` and was called `p.Order.Kind`",
        ]
    );
    let json = r#"{"title":"Click","type":"object","properties":{"n":{"type":"integer"}}}"#;
    home.write("was.json", json);
    home.write("is.json", json.replace(r#""title":"Click","#, ""));
    home.write("json.yaml", of_schemas("json_schema", "", "n: keep"));
    let (_, consumers) = of("json.yaml", "json");
    assert_eq!(
        consumers,
        ["records are called nothing and were called `Click`"]
    );
    // Another namespace gives every type another name, also where no schema is known.
    let policy = of_schemas("avro", "", "kind: keep");
    home.write("none.yaml", &policy);
    let named = policy.replace("topic: clean,", "topic: clean, schema: { namespace: c },");
    home.write("named.yaml", named);
    let (_, consumers) = told(&home, &["none.yaml", "named.yaml"]);
    assert_eq!(
        consumers,
        ["the namespace of the schema of what leaves is `c` and was that of the writer's schema"]
    );
    let both = ["none.yaml", "named.yaml", "--schema", "was.avsc"];
    let (_, consumers) = told(&home, &both);
    assert_eq!(
        consumers,
        [
            "records are called `c.R` and were called `a.R`",
            "the type of `kind` is called `c.Kind` and was called `a.Kind`",
        ]
    );
}

/// A policy whose records name their schemas by id, or that names a file.
fn of_schemas(value: &str, schema: &str, fields: &str) -> String {
    format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: p, version: 1, owner: web }}\n\
         source: {{ topic: raw, value: {value}{schema} }}\noutputs:\n  \
         - {{ topic: clean, purpose: tests, domain: web, basis: contract, fields: {{ {fields} }} }}\n"
    )
}

/// The differences and what consumers meet, in a few words each.
fn told(home: &Home, args: &[&str]) -> (Vec<String>, Vec<String>) {
    let ran = home.veil(&[&["diff"], args, &["--format", "json"]].concat());
    let json: serde_json::Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
    let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
    assert!(json.is_object(), "{ran:?}");
    let differences = json["differences"].as_array().into_iter().flatten();
    let differences = differences.map(|d| {
        let [verdict, field, was, is] =
            ["verdict", "field", "was", "is"].map(|word| text(&d[word]));
        format!("{verdict} {field}: {was} > {is}")
    });
    let consumers = json["consumers"].as_array().into_iter().flatten();
    let changes = consumers.flat_map(|c| c["changes"].as_array().into_iter().flatten());
    (
        differences.collect(),
        changes.map(|c| text(&c["says"])).collect(),
    )
}

#[test]
fn another_schema_of_json_is_told_by_its_members() {
    let home = Home::empty();
    let schema = |members: &str| format!(r#"{{"type":"object","properties":{{{members}}}}}"#);
    let o = |members: &str| {
        format!(
            r#""o":{{"type":"object","properties":{{{members}}},"additionalProperties":false}}"#
        )
    };
    let x = r#""x":{"type":"string"}"#;
    home.write(
        "a.json",
        schema(&format!(
            r#""id":{{"type":"integer"}},{},"old":{{"type":"string"}}"#,
            o(x)
        )),
    );
    let y = format!(r#"{x},"y":{{"type":"string"}}"#);
    home.write(
        "b.json",
        schema(&format!(
            r#""id":{{"type":["null","integer"]}},{},"old":false"#,
            o(&y)
        )),
    );
    for name in ["a", "b"] {
        let schema = format!(", schema: {{ file: {name}.json }}");
        let fields = "id: keep, o.x: keep, o.y: keep, old: keep";
        home.write(
            &format!("{name}.yaml"),
            of_schemas("json_schema", &schema, fields),
        );
    }
    let (differences, consumers) = told(&home, &["a.yaml", "b.yaml"]);
    assert_eq!(
        differences,
        [
            "weaker o.y: (not written) > string",
            "changed id: integer > null or integer",
            "stronger old: string > (not written)",
        ]
    );
    assert_eq!(
        consumers,
        [
            "`id` is null or integer and was integer",
            "`o.y` is new",
            "`old` is gone",
        ]
    );
    assert_eq!(told(&home, &["a.yaml", "a.yaml"]), (vec![], vec![]));
}

#[test]
fn what_a_new_schema_of_the_writer_changes_is_told_where_records_name_theirs_by_id() {
    let home = Home::empty();
    let record = |n: &str, more: &str| {
        format!(r#"{{"type":"record","name":"R","fields":[{{"name":"n","type":{n}}}{more}]}}"#)
    };
    home.write("1.avsc", record("\"long\"", ""));
    home.write(
        "2.avsc",
        record(r#"["null","long"]"#, r#",{"name":"m","type":"string"}"#),
    );
    home.write(
        "by-id.yaml",
        of_schemas("avro", "", "n: keep, m: { keep: { max_chars: 8 } }"),
    );
    home.write(
        "one.yaml",
        of_schemas("avro", ", schema: { file: 1.avsc }", "n: keep"),
    );
    home.write("json.yaml", of_schemas("json", "", "n: keep"));
    let schemas = ["--schema", "1.avsc", "--new-schema", "2.avsc"];
    let (differences, consumers) = told(
        &home,
        &[&["by-id.yaml", "by-id.yaml"], &schemas[..]].concat(),
    );
    assert_eq!(
        differences,
        [
            "weaker m: (not written) > string",
            "changed n: long > null or long",
        ]
    );
    assert_eq!(
        consumers,
        ["`m` is new", "`n` is null or long and was long"]
    );
    // Without schemas nothing can be known of them.
    assert_eq!(told(&home, &["by-id.yaml", "by-id.yaml"]), (vec![], vec![]));
    // What an action may make of any type is not told where the type is known.
    home.write(
        "masked.yaml",
        of_schemas("avro", "", "n: { replace: { with: 1 } }, m: { mask: {} }"),
    );
    let both = ["by-id.yaml", "masked.yaml", "--schema", "2.avsc"];
    let (_, consumers) = told(&home, &both);
    assert_eq!(consumers, ["`n` is long and was null or long"]);
    // Another form breaks every reader.
    let (_, consumers) = told(&home, &["one.yaml", "json.yaml"]);
    assert_eq!(consumers, ["values are JSON and were Avro"]);
    let (_, consumers) = told(&home, &["one.yaml", "by-id.yaml"]);
    assert_eq!(
        consumers,
        [
            "values are Avro behind the id of a schema and were Avro",
            "`m` is new"
        ]
    );
    // A schema beside JSON is refused, with the way out.
    let ran = home.veil(&["diff", "json.yaml", "json.yaml", "--schema", "1.avsc"]);
    assert!(ran.code == 64 && ran.err.contains("value: avro"), "{ran:?}");
    home.write("bad.avsc", "{");
    let ran = home.veil(&["diff", "by-id.yaml", "by-id.yaml", "--schema", "bad.avsc"]);
    assert!(
        ran.code == 65 && ran.err.contains("`bad.avsc` cannot be used"),
        "{ran:?}"
    );
}
