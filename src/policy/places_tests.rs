//! What may stand beside an action, and where: `gaps`, `on_error: { replace }`,
//! `nothing`.

use std::sync::Arc;

use crate::keys::TestKeys;
use crate::pipeline::{Destination, InBatch, Worker, sanitize};
use crate::policy::{Compiled, NoTables, PolicyFile, compile, diff};
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;

fn compiled(rest: &str, fields: &str) -> Compiled {
    compiled_of("subject: who", rest, fields)
}

/// The same of a source of which that is said.
fn compiled_of(source: &str, rest: &str, fields: &str) -> Compiled {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: p, version: 1, owner: o }}\nsource: {{ topic: raw, key: json, {source} }}\nkeys: {{ k: {{ ref: \"file:k.json#people\" }} }}\n{rest}outputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    {fields}\n"
    );
    let file = PolicyFile {
        path: "p.yaml".into(),
        text,
    };
    compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH)
}

fn codes(fields: &str) -> Vec<&'static str> {
    let found = compiled("", fields);
    let errors = found.findings.list().iter();
    errors
        .filter(|f| f.severity == crate::language::finding::Severity::Error)
        .map(|f| f.code)
        .collect()
}

/// What leaves of one record, or the reason why it does not.
fn left(rest: &str, fields: &str, value: &str) -> String {
    left_of(compiled(rest, fields), value)
}

fn left_of(found: Compiled, value: &str) -> String {
    let plan = Arc::new(found.plan.unwrap_or_else(|| panic!("{:?}", found.findings)));
    let lane = Lane {
        topic: Arc::clone(&plan.source.topics[0]),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, plan);
    let header: [(&str, Option<&[u8]>); 1] = [("h", Some(b"12345678901"))];
    let header = header.map(|(n, v)| (n.as_bytes(), v));
    batch.raw.push(
        0,
        Timestamp::Create(0),
        None,
        Some(value.as_bytes()),
        header,
    );
    let out = sanitize(batch, &mut Worker::of_the_system()).expect("nothing is asked for");
    let record = out.records()[0];
    let text = |span| String::from_utf8_lossy(out.bytes(span)).into_owned();
    match record.destination {
        Destination::Quarantine(reason) => reason.to_string(),
        Destination::Held(_) => unreachable!("its outputs wait for nothing"),
        Destination::Output(_) => {
            let headers = out.headers(&record);
            let headers: String = headers
                .map(|(_, v)| format!(" {}", String::from_utf8_lossy(v.unwrap_or(b"null"))))
                .collect();
            text(record.value.expect("a value")) + &headers
        }
    }
}

#[test]
fn a_constant_stands_where_a_value_is_refused() {
    let bounded = |constant: &str| {
        format!(
            "fields: {{ n: {{ keep: {{ one_of: [a] }}, on_error: {{ replace: {constant} }} }}, z: keep }}"
        )
    };
    for (constant, json) in [
        ("other", r#""other""#),
        ("10", "10"),
        ("\"10\"", r#""10""#),
        ("true", "true"),
        ("null", "null"),
        ("'a\"b'", r#""a\"b""#),
    ] {
        let of = |value: &str| left("", &bounded(constant), value);
        assert_eq!(of(r#"{"n":"x","z":1}"#), format!(r#"{{"n":{json},"z":1}}"#));
        assert_eq!(
            of(r#"{"n":{"a":1},"z":1}"#),
            format!(r#"{{"n":{json},"z":1}}"#)
        );
        assert_eq!(of(r#"{"n":"a","z":1}"#), r#"{"n":"a","z":1}"#);
        assert_eq!(
            of(r#"{"z":1}"#),
            r#"{"z":1}"#,
            "what is not there is not refused"
        );
    }
    let header = "headers: { h: { keep: { max_chars: 3 }, on_error: { replace: cut } } }\n    fields: { z: keep }";
    assert_eq!(left("", header, r#"{"z":1}"#), r#"{"z":1} cut"#);
    // Below a value of another shape no constant is made up.
    let inside = "fields: { u.n: { keep: { one_of: [a] }, on_error: { replace: x } }, z: keep }";
    assert_eq!(left("", inside, r#"{"u":"text","z":1}"#), r#"{"z":1}"#);
}

#[test]
fn words_beside_an_action_stand_where_they_mean_something() {
    let keep = "keep: { max_chars: 3 }";
    for (fields, wanted) in [
        (
            format!("fields: {{ a: {{ {keep}, on_error: {{ replace: 1 }} }} }}"),
            &[][..],
        ),
        (
            format!("fields: {{ a: {{ {keep}, on_error: replace }} }}"),
            &["V0006"],
        ),
        (
            format!("fields: {{ a: {{ {keep}, on_error: {{ replace: [1] }} }} }}"),
            &["V0006"],
        ),
        (
            format!("fields: {{ a: {{ {keep}, on_error: {{ with: 1 }} }} }}"),
            &["V0005", "V0004"],
        ),
        (
            format!("fields: {{ a: {{ {keep}, on_error: {{}} }} }}"),
            &["V0005"],
        ),
        (
            "fields: { a: { keep: { subtree: true }, on_error: { replace: 1 } } }".into(),
            &["V0110"],
        ),
        (
            "fields: { a: { encrypt: { key: k, fields: { b: keep } }, on_error: { replace: 1 } } }"
                .into(),
            &["V0110"],
        ),
        (
            format!(
                "fields: {{ z: drop }}\n    key: {{ from: record_key, {keep}, on_error: {{ replace: 1 }} }}"
            ),
            &["V0110"],
        ),
        (
            format!(
                "fields: {{ a: {{ {keep}, on_error: {{ replace: 1 }} }} }}\n    key: {{ like: a }}"
            ),
            &["V0110"],
        ),
        (
            format!("fields: {{ 'a[*]': {{ {keep}, gaps: remove }} }}"),
            &[],
        ),
        (
            format!("fields: {{ 'a[*]': {{ {keep}, gaps: \"null\" }} }}"),
            &[],
        ),
        (
            format!("fields: {{ 'a[*]': {{ {keep}, gaps: close }} }}"),
            &["V0004"],
        ),
        (
            format!("fields: {{ 'a[0]': {{ {keep}, gaps: remove }} }}"),
            &["V0110"],
        ),
        (
            format!("fields: {{ 'a[*].b': {{ {keep}, gaps: remove }} }}"),
            &["V0110"],
        ),
        (
            format!("headers: {{ h: {{ {keep}, gaps: remove }} }}\n    fields: {{ z: drop }}"),
            &["V0110"],
        ),
    ] {
        assert_eq!(codes(&fields), wanted, "{fields}");
    }
}

#[test]
fn a_scalar_or_a_list_is_said_side_by_side() {
    let both = "fields: { to: { keep: { one_of: [a] } }, 'to[*]': { keep: { one_of: [a] }, on_error: drop_field }, to.x: keep }";
    for (value, wanted) in [
        (r#"{"to":"a"}"#, r#"{"to":"a"}"#),
        (r#"{"to":["b","a"]}"#, r#"{"to":[null,"a"]}"#),
        (r#"{"to":{"x":1}}"#, r#"{"to":{"x":1}}"#),
        (r#"{"to":"b"}"#, "not_foreseen"),
    ] {
        assert_eq!(left("", both, value), wanted);
    }
    let foreseen = "fields: { user: drop, user.email: keep, z: keep }";
    for user in ["\"jane\"", "7", "[1]", "null", "{}"] {
        let value = format!(r#"{{"user":{user},"z":1}}"#);
        assert_eq!(left("", foreseen, &value), r#"{"z":1}"#);
    }
    let unforeseen = "fields: { user.email: keep, z: keep }";
    let of = |user: &str| left("", unforeseen, &format!(r#"{{"user":{user},"z":1}}"#));
    assert_eq!(of("null"), r#"{"z":1}"#);
    for user in ["\"jane\"", "7", "[1]", "[]"] {
        assert_eq!(of(user), "wrong_type", "{user}");
    }
}

#[test]
fn the_policys_words_for_nothing_hold_for_fields_and_subjects() {
    let code = "fields: { a: { pseudonymize: { key: k, normalize: text, epoch: none } }, b: { keep: { max_chars: 99 } } }";
    let more = "nothing: [anonymous, \"0\"]\n";
    for value in [
        r#""anonymous""#,
        r#""ANONYMOUS""#,
        "0",
        "-0",
        "0.0",
        r#""0""#,
        r#""Null""#,
        r#""""#,
    ] {
        let event = format!(r#"{{"a":{value},"b":"anonymous"}}"#);
        assert_eq!(left(more, code, &event), r#"{"b":"anonymous"}"#, "{value}");
    }
    // The surname Null.
    let none = left("nothing: { only: [] }\n", code, r#"{"a":"Null"}"#);
    assert!(none.starts_with(r#"{"a":""#), "{none}");
    assert_eq!(left("nothing: { only: [] }\n", code, r#"{"a":""}"#), "{}");
    // What it is part of no key of.
    let jane = r#"{"a":"jane"}"#;
    assert_eq!(left(more, code, jane), left("", code, jane));
    let person = "fields: { a: { pseudonymize: { key: k, scope: subject, epoch: none } } }";
    let of = |rest: &str| left(rest, person, r#"{"who":"anonymous","a":"x"}"#);
    assert_eq!(of(more), "no_subject");
    assert!(of("").starts_with(r#"{"a":""#));
    let kinds = "fields: { n: { generalize: { bucket: 10 } }, p: { generalize: { prefix: 4 } }, t: { tokenize: { key: k@1, format: digits } } }";
    let event = r#"{"n":"anonymous","p":"anonymous","t":"anonymous"}"#;
    assert_eq!(left(more, kinds, event), r#"{"p":"anon"}"#);
    assert_eq!(left("", kinds, event), "wrong_type");
}

#[test]
fn a_comparison_says_what_is_weaker() {
    let keep =
        |beside: &str| format!("fields: {{ 'a[*]': {{ keep: {{ one_of: [x] }}{beside} }} }}");
    let weaker = |was: (&str, &str), is: (&str, &str)| -> Vec<&'static str> {
        let said = |(rest, fields): (&str, &str)| compiled(rest, fields).said.expect("it is read");
        let found = diff::diff(&said(was), &said(is));
        found.iter().map(|d| d.verdict.as_str()).collect()
    };
    let (quarantine, drop, replace) = (
        keep(""),
        keep(", on_error: drop_field"),
        keep(", on_error: { replace: y }"),
    );
    let removed = keep(", gaps: remove");
    for (was, is, wanted) in [
        (&quarantine, &replace, "weaker"),
        (&replace, &quarantine, "stronger"),
        (&drop, &replace, "weaker"),
        (&replace, &drop, "stronger"),
        (&removed, &quarantine, "weaker"),
        (&quarantine, &removed, "stronger"),
    ] {
        assert_eq!(weaker(("", was), ("", is)), [wanted], "{was} {is}");
    }
    let words = |rest: &'static str| (rest, &*quarantine);
    assert_eq!(weaker(words(""), words("nothing: [guest]\n")), ["stronger"]);
    assert_eq!(weaker(words("nothing: [guest]\n"), words("")), ["weaker"]);
    let only = "nothing: { only: [guest] }\n";
    assert_eq!(weaker(words(""), words(only)), ["weaker", "stronger"]);
}

#[test]
fn a_header_says_the_type_or_a_path_under_the_same_word() {
    let types = "fields: {}\n    types: { \"12345678901\": { a: keep }, x: { b: keep } }";
    let left = |from: &str| {
        let source = format!("type: {{ from: {from} }}");
        left_of(compiled_of(&source, "", types), r#"{"a":1,"b":"x"}"#)
    };
    assert_eq!(left("header.h"), r#"{"a":1}"#);
    assert_eq!(left("value.b"), r#"{"b":"x"}"#);
    assert_eq!(left("header.none"), "wrong_type");
    let refused = [
        ("type: { from: record_key.id }", "V0103"),
        ("type: {}", "V0005"),
        ("type: []", crate::language::codes::OUT_OF_RANGE),
    ];
    for (source, code) in refused {
        let found = compiled_of(source, "", types);
        let codes: Vec<_> = found.findings.list().iter().map(|f| f.code).collect();
        assert!(found.plan.is_none() && codes.contains(&code), "{codes:?}");
    }
}
