//! Conditions beyond what golden folders show: key and headers, sealed objects, what
//! an output can hold, what is refused.

use std::sync::Arc;

use crate::pipeline::testing::{Raw, outcome, raw, run};
use crate::pipeline::{Destination, OutBatch};
use crate::plan::Plan;
use crate::policy::Compiled;
use crate::policy::compile::testing;

fn compiled(source: &str, members: &str) -> Compiled {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw, {source} }}\nkeys: {{ k: {{ ref: \"file:keyring.json#people\" }}, c: {{ ref: \"file:keyring.json#contact\" }} }}\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    {members}\n"
    );
    testing::compiled(text)
}

fn plan(source: &str, members: &str) -> Arc<Plan> {
    testing::plan_of(compiled(source, members))
}

/// The codes of the errors.
fn errors(source: &str, members: &str) -> Vec<&'static str> {
    testing::errors_of(&compiled(source, members))
}

/// For each record whether the output has it, and that it went nowhere else.
fn selected(out: &OutBatch, records: usize) -> Vec<bool> {
    let gone = |n: usize| {
        let mut of = out
            .records()
            .iter()
            .filter(|r| r.source_offset == 10 + n as i64);
        of.any(|r| matches!(r.destination, Destination::Output(_)))
    };
    (0..records).map(gone).collect()
}

#[test]
fn record_key_and_headers_are_asked_as_they_came() {
    let asks = |of: &str| {
        let plan = plan(
            "key: text",
            &format!("where: {{ {of} }}\n    fields: {{ a: keep }}"),
        );
        let with = |key: Option<&[u8]>, header: Option<Option<&[u8]>>| Raw {
            key: key.map(<[u8]>::to_vec),
            headers: header
                .map(|h| ("h", h.map(<[u8]>::to_vec)))
                .into_iter()
                .collect(),
            ..raw(r#"{"a":1}"#)
        };
        let records = [
            with(Some(b"eu-1"), Some(Some(b"beta"))),
            with(Some(b"\xff"), Some(Some(b"\xff"))),
            with(None, Some(None)),
            with(Some(b""), None),
        ];
        selected(&run(&plan, &records), records.len())
    };
    assert_eq!(
        asks("from: record_key, is: { matches: \"eu-.*\" }"),
        [true, false, false, false]
    );
    assert_eq!(
        asks("from: header.h, is: beta"),
        [true, false, false, false]
    );
    assert_eq!(
        asks("from: header.h, is: { is: absent }"),
        [false, false, false, true]
    );
    assert_eq!(
        asks("from: header.h, is: { is: \"null\" }"),
        [false, false, true, false]
    );
    assert_eq!(
        asks("from: record_key, is: { is: text }"),
        [true, false, false, true]
    );
    assert_eq!(asks("from: record_key, is: { is: present }"), [true; 4]);
    assert_eq!(
        asks("from: record_key, is: { not: \"\" }"),
        [true, true, true, false]
    );
}

#[test]
fn a_json_record_key_is_asked_by_its_paths() {
    let members = "where: { from: record_key.region, is: eu }\n    fields: { a: keep }";
    let plan = plan("key: json", members);
    let with = |key: &str| Raw {
        key: Some(key.into()),
        ..raw(r#"{"a":1}"#)
    };
    let records = [
        with(r#"{"region":"eu"}"#),
        with(r#"{"region":"us"}"#),
        with("{}"),
    ];
    assert_eq!(selected(&run(&plan, &records), 3), [true, false, false]);
    assert_eq!(errors("key: text", members), ["V0103"]);
}

#[test]
fn a_tombstone_is_not_asked() {
    let members = "where: { status: paid }\n    tombstones: forward\n    key: { from: record_key, keep: {} }\n    fields: { a: keep }";
    let plan = plan("key: text", members);
    let tombstone = Raw {
        key: Some(b"k".to_vec()),
        ..Raw::default()
    };
    assert_eq!(selected(&run(&plan, &[tombstone]), 1), [true]);
}

#[test]
fn each_list_that_is_shared_means_the_same_element() {
    let members = "fields:\n      orders[*].to.lines[*].name: { when: [{ if: { \"orders[*].gift\": true, \"orders[*].to.lines[*].kind\": book }, then: keep }, { else: { replace: { with: \"-\" } } }] }";
    let plan = plan("key: text", members);
    let left = |gift: &str, kind: &str| {
        let text = format!(
            r#"{{"orders":[{{"gift":false}},{{"to":{{"lines":[{{}},{{"name":"n","kind":"{kind}"}}]}},"gift":{gift}}}]}}"#
        );
        outcome(&plan, text).expect("it leaves")
    };
    let written = |name: &str| {
        format!(r#"{{"orders":[{{}},{{"to":{{"lines":[{{}},{{"name":"{name}"}}]}}}}]}}"#)
    };
    assert_eq!(left("true", "book"), written("n"));
    assert_eq!(left("true", "film"), written("-"));
    assert_eq!(left("false", "book"), written("-"));
}

#[test]
fn an_output_holds_64_questions_each_once() {
    let field = |n: usize, first: usize, last: usize| {
        let tests: Vec<String> = (first..last).map(|t| format!("{{ t: {t} }}")).collect();
        format!(
            "f{n}: {{ when: [{{ if: {{ any: [{}] }}, then: keep }}] }}",
            tests.join(", ")
        )
    };
    let members = |last: usize| {
        let fields = [field(0, 0, 40), field(1, 20, last)].join("\n      ");
        format!(
            "where: {{ any: [{{ t: 0 }}, {{ t: 1 }}, {{ t: 63 }}, {{ f0: {{ is: absent }} }}] }}\n    fields:\n      {fields}"
        )
    };
    assert_eq!(errors("key: text", &members(63)), ["V0008"]);
    let plan = plan("key: text", &members(62));
    assert_eq!(outcome(&plan, r#"{"f0":1,"f1":2,"t":63}"#).unwrap(), "{}");
    assert_eq!(outcome(&plan, r#"{"f1":2,"t":61}"#).unwrap(), r#"{"f1":2}"#);
}

#[test]
fn what_a_when_may_not_be_is_refused() {
    let when = "{ when: [{ if: { b: 1 }, then: keep }] }";
    let other = "{ if: { b: 1 }, then: keep }";
    for (members, code) in [
        (
            format!("key: {{ from: record_key, when: [{other}] }}\n    fields: {{ a: keep }}"),
            "V0110",
        ),
        (
            format!("headers: {{ h: {when} }}\n    fields: {{ a: keep }}"),
            "V0110",
        ),
        (
            format!("key: {{ like: a }}\n    fields: {{ a: {when} }}"),
            "V0113",
        ),
        (
            format!("fields: {{ a: {{ when: [{other}], keep: {{}} }} }}"),
            "V0108",
        ),
        (
            "fields: { a: { when: [{ if: { b: 1 }, then: { as: { c: keep } } }] } }".to_owned(),
            "V0110",
        ),
        (
            "fields: { a: { when: [{ if: { b: 1 }, then: keep, otherwise: drop }] } }".to_owned(),
            "V0004",
        ),
        (
            "fields: { a: { when: [{ if: { b: 1 }, then: kep }] } }".to_owned(),
            "V0109",
        ),
        (
            "fields: { a: { when: [{ if: { b: { smaller: 1 } }, then: keep }] } }".to_owned(),
            "V0004",
        ),
        (
            "fields: { a: { when: [{ if: { \"b.\": 1 }, then: keep }] } }".to_owned(),
            "V0101",
        ),
        (
            "fields: { a: { when: [{ if: { b: 1 }, then: keep }], gaps: remove } }".to_owned(),
            "V0110",
        ),
    ] {
        assert_eq!(
            errors("key: text", &members).first(),
            Some(&code),
            "{members}"
        );
    }
    let nested = (0..17).fold("{ b: 1 }".to_owned(), |inner, _| {
        format!("{{ not: {inner} }}")
    });
    let members = format!("where: {nested}\n    fields: {{ a: keep }}");
    assert_eq!(errors("key: text", &members), ["V0128"]);
}

#[test]
fn names_that_join_conditions_are_fields_in_quotes() {
    let members =
        "where: { \"'any'\": 1, \"'is'\": 2, \"'from'.not\": 3 }\n    fields: { a: keep }";
    let plan = plan("key: text", members);
    let out = run(
        &plan,
        &[
            raw(r#"{"any":1,"is":2,"from":{"not":3}}"#),
            raw(r#"{"any":1,"is":2}"#),
        ],
    );
    assert_eq!(selected(&out, 2), [true, false]);
}

/// `on_error` and `gaps` beside `when` hold for the cases that do not say them.
#[test]
fn what_stands_beside_is_for_cases_that_say_nothing_of_it() {
    let members = "fields:\n      a: { when: [{ if: { b: 1 }, then: { keep: { one_of: [x] }, on_error: quarantine } }, { else: { keep: { one_of: [x] } } }], on_error: drop_field }";
    let plan = plan("key: text", members);
    assert!(outcome(&plan, r#"{"a":"y","b":1}"#).is_err());
    assert_eq!(outcome(&plan, r#"{"a":"y","b":2}"#).unwrap(), "{}");
}
