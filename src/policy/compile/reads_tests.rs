//! What is read by itself from lists of keys and values and from texts: type, subject,
//! consent, record key.

use std::sync::Arc;

use crate::pipeline::testing::{Raw, key_of, outcome, raw, run};
use crate::plan::Plan;
use crate::policy::Compiled;
use crate::policy::compile::testing;
use crate::record::Reason;

fn compiled(source: &str, rest: &str) -> Compiled {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw, {source} }}\nkeys: {{ k: {{ ref: \"file:keyring.json#people\" }} }}\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    {rest}\n"
    );
    testing::compiled(text)
}

fn plan(source: &str, rest: &str) -> Arc<Plan> {
    testing::plan_of(compiled(source, rest))
}

fn errors(source: &str, rest: &str) -> Vec<&'static str> {
    testing::errors_of(&compiled(source, rest))
}

#[test]
fn a_path_that_is_read_chooses_by_one_whole_literal() {
    for (path, codes) in [
        ("a[?k=='x'].v", &[][..]),
        ("a[?k.l==1].v", &[]),
        ("a[?k==true].v[0].w", &[]),
        ("t|json.v", &[]),
        ("t|json[0].v", &[]),
        ("a[?k=='x'].t|json.l[?k=='y'].v", &[]),
        ("a[?k==('x'|'y')].v", &["V0121"]),
        ("a[?k=='x'*].v", &["V0121"]),
        ("a[?k=='x'].*", &["V0121"]),
        ("a[*].v", &["V0101"]),
        ("**.v", &["V0101"]),
    ] {
        for source in [format!("type: \"{path}\""), format!("subject: \"{path}\"")] {
            assert_eq!(errors(&source, "fields: { a.b: keep }"), codes, "{source}");
        }
        let key =
            format!("key: {{ from: \"value.{path}\", keep: {{}} }}\n    fields: {{ n: keep }}");
        let codes: Vec<&str> = codes
            .iter()
            .map(|c| c.replace("V0101", "V0103").leak() as &str)
            .collect();
        assert_eq!(errors("key: json", &key), codes, "{key}");
    }
}

#[test]
fn a_type_is_refused_where_it_is_not_one_or_cannot_be_read() {
    let plan = plan(
        "type: [\"m[?k=='t'].v\", \"p|json.e\"]",
        "fields: { n: keep }\n    types: { a/b: {}, a: {} }",
    );
    for (value, expected) in [
        (
            r#"{"n":1,"m":[{"k":"t","v":"a"}],"p":"{\"e\":\"b\"}"}"#,
            Ok(r#"{"n":1}"#),
        ),
        (r#"{"n":1,"m":[{"k":"t","v":"a"}]}"#, Ok(r#"{"n":1}"#)),
        (
            r#"{"n":1,"m":[{"k":"t","v":"a"}],"p":""}"#,
            Ok(r#"{"n":1}"#),
        ),
        (
            r#"{"n":1,"m":[{"k":"t","v":"a"}],"p":"{"}"#,
            Err(Reason::NotJson),
        ),
        (
            r#"{"n":1,"m":[{"k":"t","v":"a"}],"p":{"e":"b"}}"#,
            Err(Reason::WrongType),
        ),
        (
            r#"{"n":1,"m":[{"k":"t","v":"a"}],"p":"{\"e\":1,\"e\":2}"}"#,
            Err(Reason::DuplicateKey),
        ),
        (
            r#"{"n":1,"m":[{"k":"t","v":"a"},{"k":"t","v":"a"}]}"#,
            Err(Reason::DuplicateKey),
        ),
        (r#"{"n":1,"m":[{"k":"T","v":"a"}]}"#, Err(Reason::WrongType)),
        (
            r#"{"n":1,"m":[["t"],"t",null,{"v":"a"}]}"#,
            Err(Reason::WrongType),
        ),
    ] {
        assert_eq!(
            outcome(&plan, value),
            expected.map(str::to_owned),
            "{value}"
        );
    }
}

#[test]
fn a_record_key_is_made_of_what_lies_in_lists_and_texts() {
    let rest = "key: { from: \"record_key.ids[?kind=='user'].t|json.id\", pseudonymize: { key: k, normalize: text, epoch: none } }\n    fields: { n: { pseudonymize: { key: k, normalize: text, epoch: none } } }";
    let plan = plan("key: json", rest);
    let with = |key: &str| Raw {
        key: Some(key.into()),
        ..raw(r#"{"n":7}"#)
    };
    let records = [
        with(r#"{"ids":[{"kind":"order","t":"{\"id\":1}"},{"kind":"user","t":"{\"id\":\"7\"}"}]}"#),
        with(r#"{"ids":[{"kind":"order","t":"{\"id\":1}"}]}"#),
        with(r#"{"ids":[{"kind":"user","t":"{\"id\":7}"},{"kind":"user","t":"{\"id\":7}"}]}"#),
        with(r#"{"ids":[{"kind":"user","t":"no"}]}"#),
    ];
    let out = run(&plan, &records);
    let places: Vec<_> = out.records().iter().map(|r| r.destination).collect();
    use crate::pipeline::Destination::Quarantine;
    assert_eq!(places[2], Quarantine(Reason::DuplicateKey));
    assert_eq!(places[3], Quarantine(Reason::NotJson));
    let code = key_of(&out, &out.records()[0]).expect("a key");
    let value = crate::pipeline::testing::value_of(&out, &out.records()[0]);
    assert_eq!(value, Some(format!(r#"{{"n":"{code}"}}"#)));
    assert_eq!(key_of(&out, &out.records()[1]), None);
}

#[test]
fn what_a_text_holds_is_sealed_whole_and_nothing_else_is_done_to_it() {
    let sealed = "fields: { 'p|json': { encrypt: { key: k, subtree: true } } }";
    assert_eq!(errors("key: text", sealed), [""; 0]);
    for (fields, codes) in [
        ("'p|json': keep", &["V0123"][..]),
        ("'p|json': { keep: { subtree: true } }", &["V0123"]),
        ("'p|json': { encrypt: { key: k } }", &["V0123"]),
        (
            "'p|json': { encrypt: { key: k, subtree: true } }, 'p|json.a': keep",
            &["V0106"],
        ),
    ] {
        let fields = format!("fields: {{ {fields} }}");
        assert_eq!(errors("key: text", &fields), codes, "{fields}");
    }
    let plan = plan("key: text", sealed);
    let value = outcome(&plan, r#"{"p":"{\"a\": 1}"}"#).expect("sealed");
    assert!(value.starts_with(r#"{"p":"veil1.people:1."#), "{value}");
    assert_eq!(outcome(&plan, r#"{"p":"x"}"#), Err(Reason::NotJson));
    assert_eq!(outcome(&plan, r#"{"p":{"a":1}}"#), Err(Reason::WrongType));
    assert_eq!(outcome(&plan, r#"{"p":null}"#), Ok("{}".to_owned()));
}
