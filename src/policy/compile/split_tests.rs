//! Records that are taken apart: an element gives what it gives as a record by itself,
//! and nothing of its neighbours.

use std::sync::Arc;

use crate::keys::{KeySource, TestKeys};
use crate::pipeline::testing::{Raw, batch, raw, value_of, worker};
use crate::pipeline::{Destination, OutBatch, sanitize};
use crate::plan::Plan;
use crate::policy::Compiled;
use crate::policy::compile::testing;
use crate::record::Reason;

fn compiled(source: &str, rest: &str) -> Compiled {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw, {source} }}\nkeys: {{ quarantine: {{ ref: \"file:keyring.json#quarantine\" }}, k: {{ ref: \"file:keyring.json#people\" }}, c: {{ ref: \"file:keyring.json#contact\" }} }}\nquarantine: {{ topic: q, key: quarantine, retention: 7d }}\nconsent: {{ signals: [{{ from: value, path: batch.consent }}] }}\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    {rest}\n"
    );
    testing::compiled(text)
}

fn plan(source: &str, rest: &str) -> Arc<Plan> {
    testing::plan_of(compiled(source, rest))
}

/// The codes of the errors.
fn errors(source: &str, rest: &str) -> Vec<&'static str> {
    testing::errors_of(&compiled(source, rest))
}

fn run(plan: &Arc<Plan>, records: &[Raw]) -> OutBatch {
    let out = sanitize(batch(plan, records), &mut worker()).unwrap();
    assert!(out.counts.balances(), "{:?}", out.counts);
    out
}

/// The same elements, each as a record by itself.
fn run_singly(plan: &Arc<Plan>, record: &Raw, (before, elements, behind): Parts<'_>) -> OutBatch {
    let mut singly = batch(plan, &[]);
    for (n, element) in (0..).zip(elements) {
        let value = format!("{before}{element}{behind}");
        let headers = record.headers.iter();
        singly.raw.push_element(
            (10, Some(n)),
            crate::record::timestamp::Timestamp::None,
            record.key.as_deref(),
            Some(value.as_bytes()),
            headers.map(|(name, value)| (name.as_bytes(), value.as_deref())),
        );
    }
    let out = sanitize(singly, &mut worker()).unwrap();
    assert!(out.counts.balances(), "{:?}", out.counts);
    out
}

/// A record: what stands before its list, the elements, and what stands behind it.
type Parts<'p> = (&'p str, &'p [&'p str], &'p str);

fn whole((before, elements, behind): Parts<'_>) -> Raw {
    raw(format!("{before}[{}]{behind}", elements.join(" , ")))
}

/// What left, and where to; of what is quarantined why and what stands in the headers.
fn told(out: &OutBatch) -> Vec<String> {
    let each = out.records().iter().map(|record| {
        let key = record.key.map(|key| out.bytes(key).to_vec());
        let headers: Vec<String> = out
            .headers(record)
            .map(|(n, v)| {
                let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
                format!("{}={}", text(n), v.map(text).unwrap_or_default())
            })
            .collect();
        match record.destination {
            Destination::Output(n) => {
                format!("{n} {key:?} {headers:?} {:?}", value_of(out, record))
            }
            Destination::Quarantine(reason) => format!("{reason} {headers:?}"),
            Destination::Held(_) => unreachable!("its outputs wait for nothing"),
        }
    });
    each.collect()
}

/// Splitting gives what the elements give one by one; what that is.
fn same(plan: &Arc<Plan>, parts: Parts<'_>) -> Vec<String> {
    let record = whole(parts);
    let out = run(plan, std::slice::from_ref(&record));
    let singly = run_singly(plan, &record, parts);
    assert_eq!(told(&out), told(&singly), "{parts:?}");
    let counted = |out: &OutBatch| {
        (
            out.counts.received,
            out.counts.quarantined,
            out.counts.outputs.clone(),
        )
    };
    assert_eq!(counted(&out), counted(&singly), "{parts:?}");
    assert_eq!((out.counts.split, singly.counts.split), (1, 0));
    opened(plan, &out, parts);
    told(&out)
}

/// What was quarantined is the element alone, as the record that it is.
fn opened(plan: &Arc<Plan>, out: &OutBatch, (before, elements, behind): Parts<'_>) {
    let name =
        crate::keys::KeyRef::parse("file:keyring.json#quarantine", std::path::Path::new("."));
    let entry = TestKeys.entry(&name.unwrap()).unwrap();
    for record in out.records() {
        if let Destination::Output(_) = record.destination {
            continue;
        }
        let sealed = out.bytes(record.value.unwrap());
        let envelope = crate::crypto::envelope::Envelope::from_binary(sealed).unwrap();
        let key = entry.pick(crate::keys::Pick::Newest, jiff::Timestamp::UNIX_EPOCH);
        let clear = crate::crypto::quarantine::open(&envelope, &key.unwrap()).unwrap();
        let n = clear.element.expect("an element") as usize;
        let value = format!("{before}{}{behind}", elements[n]);
        assert_eq!(
            clear.value.as_deref().map(Vec::as_slice),
            Some(value.as_bytes())
        );
        assert_eq!((clear.offset, clear.policy_digest), (10, plan.digest.0));
    }
}

const CODE: &str = "{ pseudonymize: { key: k, normalize: text, scope: record, epoch: none } }";

#[test]
fn an_element_is_a_record_by_itself() {
    let plan = plan(
        "split: batch, subject: batch.user, type: batch.type",
        &format!(
            "needs_consent: [ads]\n    key: {{ from: value.batch.user, pseudonymize: {{ key: k, normalize: text, epoch: none }} }}\n    where: {{ batch.test: {{ not: true }} }}\n    fields: {{ sent: keep, batch.user: {CODE}, 'batch.items[*].sku': keep, 'batch.tags[?k==\\'a\\'].v': keep, 'batch.doc|json.n': keep, 'ctx|json.app': keep, batch.age: {{ keep: {{ type: integer, min: 0, max: 99 }} }}, behind: keep, batch.mail: {{ encrypt: {{ key: c, fields: {{ a: keep }} }} }} }}\n    types: {{ view: {{}} }}"
        ).replace("\\'", "''").replace("'batch.tags[?k==''a''].v'", "\"batch.tags[?k=='a'].v\""),
    );
    let told = same(
        &plan,
        (
            r#"{"sent" : 1,"secret":"x","ctx":"{\"app\":\"w\",\"y\":1}","bat\u0063h": "#,
            &[
                r#"{"type":"view","user":"u1","consent":{"ads":true},"items":[{"sku":"s","z":1},{}],"age":7}"#,
                r#"{"type":"view","user":"u1","consent":{"ads":true},"tags":[{"k":"b","v":1},{"k":"a","v":2}],"doc":"{\"n\":1,\"m\":2}"}"#,
                r#"{"type":"other","user":"u2","consent":{"ads":true}}"#,
                r#"{"type":"view","user":"u3","consent":{"ads":false}}"#,
                r#"{"type":"view","user":"u4","consent":{"ads":true},"age":"canary"}"#,
                r#"{"type":"view","user":"u5","consent":{"ads":true},"test":true}"#,
                r#"{"type":"view","user":{},"consent":{"ads":true}}"#,
                r#"{"type":"view","user":"u6","consent":{"ads":true},"mail":{"a":1,"b":2}}"#,
                "\"text\\n\"",
                "17",
                "null",
                "[]",
            ],
            r#","behind":[1 ,2],"last":{}}"#,
        ),
    );
    assert_eq!(told.len(), 3 + 6, "{told:#?}");
    assert!(
        told[0]
            .contains(r#""{\"sent\":1,\"ctx\":\"{\\\"app\\\":\\\"w\\\"}\",\"batch\":{\"user\":"#),
        "{}",
        told[0]
    );
    // Equal values of two elements differ, since each is a record.
    let code = |told: &str| told.split("\\\"user\\\":\\\"").nth(1).unwrap()[..22].to_owned();
    assert_ne!(code(&told[0]), code(&told[1]));
}

#[test]
fn members_of_an_element_can_be_lifted() {
    let fields = format!(
        "fields: {{ sent: keep, data.id: keep, data.batch: drop, data.batch.user: {CODE}, 'data.batch.m.*': {{ names: {{ keep: {{ matches: '[a-z]' }} }}, keep: {{ one_of: [1, 2] }} }}, 'data.batch.l[*].a': {{ when: [{{ if: {{ 'data.batch.l[*].on': true }}, then: keep }}] }}, 'data.batch.doc|json.n': keep, data.batch.who: {{ as: {{ name: keep }} }} }}"
    );
    let lifted = plan("split: { at: data.batch, lift: true }", &fields);
    let parts = (
        r#"{"data":{"id":1,"batch":"#,
        &[
            r#"{"user":"u","m":{"a":1,"b":2},"who":"w"}"#,
            r#"{"m":{"A":1},"user":"u"}"#,
            r#"{"l":[{"a":1,"on":true},{"a":2,"on":false},3],"doc":"{\"n\":\"x\"}"}"#,
            r#"{"l":[{"a":1,"on":true},{"a":2,"on":false}],"doc":"{\"n\":\"x\"}"}"#,
            "{}",
            "null",
            "5",
        ][..],
        r#","z":1},"sent":2}"#,
    );
    let told = same(&lifted, parts);
    let value = |n: usize| told[n].rsplit("Some(\"").next().unwrap().replace('\\', "");
    assert!(
        value(0).starts_with(r#"{"data":{"id":1,"user":""#),
        "{}",
        value(0)
    );
    assert!(
        value(0).ends_with(r#"","m":{"a":1,"b":2},"name":"w"},"sent":2}")"#),
        "{}",
        value(0)
    );
    // A name that is refused, and an element of a wrong kind in a list.
    for n in [1, 2] {
        assert!(!told[n].starts_with('0'), "{}", told[n]);
    }
    assert!(
        value(3).starts_with(r#"{"data":{"id":1,"l":[{"a":1},{}],"doc":"{"n":"x"}"},"sent":2}"#),
        "{}",
        value(3)
    );
    assert!(
        value(4).starts_with(r#"{"data":{"id":1},"sent":2}"#),
        "{}",
        value(4)
    );
    assert!(
        value(5).starts_with(r#"{"data":{"id":1},"sent":2}"#),
        "{}",
        value(5)
    );
    // `data.batch: drop` foresees it.
    assert!(
        value(6).starts_with(r#"{"data":{"id":1},"sent":2}"#),
        "{}",
        value(6)
    );
}

#[test]
fn what_is_lifted_meets_nothing() {
    let lift = "split: { at: data.batch, lift: true }";
    let at = |fields: &str| errors(lift, &format!("fields: {{ {fields} }}"));
    let keep = "keep: { max_chars: 3 }";
    assert_eq!(
        at("data.id: keep, data.batch.x: keep, id: keep"),
        [] as [&str; 0]
    );
    for fields in [
        "data.x: keep, data.batch.x: keep".to_owned(),
        "data.x.y: keep, data.batch.x.z: keep".to_owned(),
        "data.y: { as: { x: keep } }, data.batch.x: keep".to_owned(),
        "data.x: keep, data.batch.y: { as: { x: keep } }".to_owned(),
        format!("data.x: keep, 'data.batch.*': {{ names: {{ {keep} }}, {keep} }}"),
        format!("'data.*': {{ names: {{ {keep} }}, {keep} }}, data.batch.x: keep"),
    ] {
        let codes = at(&fields);
        assert!(
            !codes.is_empty() && codes.iter().all(|c| ["V0105", "V0129"].contains(c)),
            "{fields}: {codes:?}"
        );
    }
    // Without `lift` they stand apart.
    let apart = errors(
        "split: data.batch",
        "fields: { data.x: keep, data.batch.x: keep }",
    );
    assert_eq!(apart, [] as [&str; 0]);
    for fields in [
        "data.batch: keep",
        "'data.batch[0]': keep",
        "'data.batch|json.a': keep",
        "data: { encrypt: { key: c, fields: { batch.x: keep } } }",
    ] {
        assert_eq!(at(fields), ["V0129"], "{fields}");
    }
}

#[test]
fn a_record_can_be_the_list() {
    let plan = plan(
        "split: \"[]\", subject: user",
        &format!("fields: {{ user: {CODE}, n: keep }}"),
    );
    let told = same(
        &plan,
        (
            "",
            &[
                r#"{"user":"u","n":1}"#,
                r#"{"user":"u","n":2}"#,
                "[]",
                "1",
                r#"{"n":{}}"#,
            ],
            "",
        ),
    );
    let is = |n: usize, start: &str| assert!(told[n].starts_with(start), "{told:#?}");
    for (n, start) in [
        "0 None",
        "0 None",
        "not_an_object",
        "not_an_object",
        "wrong_type",
    ]
    .iter()
    .enumerate()
    {
        is(n, start);
    }
    for value in ["{}", "1", "null", "\"x\""] {
        let out = run(&plan, &[raw(value)]);
        assert_eq!(
            out.counts.quarantined[Reason::WrongType.index()],
            1,
            "{value}"
        );
        assert_eq!((out.counts.received, out.counts.split), (1, 0));
    }
}

#[test]
fn a_record_without_its_list_is_refused_whole_and_an_empty_one_is_counted() {
    let plan = plan("split: data.batch", "fields: { data.batch.a: keep }");
    let reason_of = |value: &str| {
        let out = run(&plan, &[raw(value)]);
        assert_eq!(
            (out.counts.received, out.records().len()),
            (1, 1),
            "{value}"
        );
        let Destination::Quarantine(reason) = out.records()[0].destination else {
            panic!("{value} left");
        };
        let mut headers = out.headers(&out.records()[0]);
        assert!(headers.all(|(name, _)| name != b"veil-element"), "{value}");
        reason
    };
    for value in [
        r#"{}"#,
        r#"{"data":{}}"#,
        r#"{"data":null}"#,
        r#"{"data":{"batch":null}}"#,
        r#"{"data":{"batch":{"a":1}}}"#,
        r#"{"data":{"batch":"[]"}}"#,
        r#"{"data":[{"batch":[{"a":1}]}]}"#,
        r#"{"batch":[{"a":1}]}"#,
    ] {
        assert_eq!(reason_of(value), Reason::WrongType, "{value}");
    }
    assert_eq!(
        reason_of(r#"{"data":{"batch":[{"a":1},{"x":1,"x":2}]}}"#),
        Reason::DuplicateKey
    );
    assert_eq!(
        reason_of(r#"{"data":{"batch":[{"a":1},{]}}"#),
        Reason::NotJson
    );
    let many = vec![r#"{"a":1}"#; 10_001].join(",");
    assert_eq!(
        reason_of(&format!(r#"{{"data":{{"batch":[{many}]}}}}"#)),
        Reason::TooComplex
    );
    // What is around comes with each element: 10,000 × 2 KiB is more than 16 MiB.
    let few = vec!["{}"; 10_000].join(",");
    let around = "x".repeat(2_048);
    let large = format!(r#"{{"x":"{around}","data":{{"batch":[{few}]}}}}"#);
    assert_eq!(reason_of(&large), Reason::TooLarge);
    // And so is what is some hundred times its element, from 64 elements on.
    let with = |elements: usize| {
        let few = vec![r#"{"a":1}"#; elements].join(",");
        raw(format!(
            r#"{{"x":"{}","data":{{"batch":[{few}]}}}}"#,
            "x".repeat(800)
        ))
    };
    assert_eq!(run(&plan, &[with(64)]).counts.received, 64);
    let many = run(&plan, &[with(200)]);
    assert_eq!(many.counts.quarantined[Reason::TooLarge.index()], 1);

    let empty = run(
        &plan,
        &[
            raw(r#"{"data":{"batch":[]}}"#),
            raw(r#"{"data":{"batch":[{"a":1}]}}"#),
        ],
    );
    let counts = &empty.counts;
    assert_eq!(
        (counts.received, counts.split, counts.split_empty),
        (1, 2, 1)
    );
    assert_eq!(empty.records().len(), 1);
    // A tombstone is no list, and withheld as ever.
    let gone = run(&plan, &[Raw::default()]);
    assert_eq!((gone.counts.received, gone.counts.split), (1, 0));
    assert_eq!(
        gone.counts.outputs[0].withheld[Reason::TombstoneDropped.index()],
        1
    );
}

#[test]
fn nothing_takes_the_list_along_with_what_is_around_it() {
    let whole = "{ encrypt: { key: c, subtree: true } }";
    let at = |rest: &str| errors("split: data.batch", rest);
    assert_eq!(at(&format!("fields: {{ data: {whole} }}")), ["V0129"]);
    assert_eq!(
        at("fields: { '*': { names: keep, encrypt: { key: c, subtree: true } } }").first(),
        Some(&"V0129")
    );
    assert_eq!(
        at(
            "key: { from: value.data, encrypt: { key: c, subtree: true } }\n    fields: { data.batch.a: keep }"
        ),
        ["V0129"]
    );
    // The element itself may be taken, and what lies beside.
    assert_eq!(
        at(&format!(
            "fields: {{ data.batch: {whole}, data.other: {whole} }}"
        )),
        [] as [&str; 0]
    );
    let plan = plan(
        "split: data.batch",
        &format!("fields: {{ data.batch: {whole} }}"),
    );
    same(
        &plan,
        (r#"{"data":{"batch":"#, &[r#"{"a":1}"#, r#"[2]"#], "}}"),
    );
    assert_eq!(
        errors(
            "split: batch",
            "tombstones: forward\n    key: { from: record_key, pseudonymize: { key: k, normalize: text, epoch: none } }\n    fields: { batch.a: keep }"
        ),
        ["V0129"]
    );
}

#[test]
fn only_names_lead_to_a_list_that_is_taken_apart() {
    for path in [
        "'batch[*]'",
        "'a[0].b'",
        "'*.b'",
        "'**.b'",
        "'(a|b)'",
        "'a|json.b'",
        "\"a[?k=='x'].b\"",
        "{ at: '[]', lift: true }",
    ] {
        assert_eq!(
            errors(&format!("split: {path}"), "fields: { x: keep }"),
            ["V0129"],
            "{path}"
        );
    }
    assert_eq!(
        errors("split: { at: a.b, lift: false }", "fields: { a.b.c: keep }"),
        [] as [&str; 0]
    );
    assert_eq!(
        errors("split: \"'a.b'\"", "fields: { 'x': keep }"),
        [] as [&str; 0]
    );
    assert_eq!(
        errors("split: []", "fields: { 'x': keep }"),
        [] as [&str; 0]
    );
}

#[test]
fn names_and_depth_lead_into_elements_too() {
    let keep = "{ names: { keep: { matches: '[a-z]{1,8}' } }, keep: { one_of: [1, 2] }, on_error: drop_field }";
    for fields in [
        format!("'*.a': {keep}, sent: keep"),
        format!("'**.a': {keep}"),
        "'batch[*].a': keep, batch.b: keep".to_owned(),
    ] {
        let plan = plan("split: batch", &format!("fields: {{ {fields} }}"));
        same(
            &plan,
            (
                r#"{"a":1,"ctx":{"a":1},"batch":"#,
                &[
                    r#"{"a":1,"b":2}"#,
                    r#"[{"a":1},{"a":2}]"#,
                    r#"{"x":{"a":2}}"#,
                    "1",
                ],
                r#","sent":1}"#,
            ),
        );
    }
}

#[test]
fn what_nobody_names_is_counted_once() {
    let plan = plan("split: batch", "fields: { batch.a: keep }");
    let out = run(&plan, &[raw(r#"{"x":1,"batch":[{"a":1,"y":1},{"z":1}]}"#)]);
    assert_eq!(out.counts.unnamed, 3);
}
