//! Record keys of several places, beyond what golden folders show: record key and
//! headers, tombstones, and what is refused.

use std::sync::Arc;

use crate::language::finding::Severity;
use crate::pipeline::{Destination, InBatch, OutRecord, Worker, sanitize};
use crate::policy::Compiled;
use crate::policy::compile::testing;
use crate::record::Reason;
use crate::record::lane::Lane;
use crate::record::span::Span;
use crate::record::timestamp::Timestamp;

fn compiled(output: &str) -> Compiled {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw, key: json }}\nkeys: {{ k: {{ ref: \"file:keyring.json#people\" }} }}\noutputs:\n  - topic: out\n    purpose: sales\n    domain: analytics\n    {output}\n"
    );
    testing::compiled(text)
}

/// The codes of the errors, and what they say to do.
fn errors(output: &str) -> Vec<(&'static str, String)> {
    let compiled = compiled(output);
    let list = compiled.findings.list().iter();
    let errors = list.filter(|f| f.severity == Severity::Error);
    errors.map(|f| (f.code, f.help.clone())).collect()
}

/// What leaves of a record of that key, header `h` and value.
fn left(
    output: &str,
    (record_key, header, value): (Option<&str>, Option<&str>, Option<&str>),
    of: impl Fn(&OutRecord) -> Option<Span>,
) -> Result<Option<String>, Reason> {
    let compiled = compiled(output);
    let findings = format!("{:#?}", compiled.findings.list());
    let plan = Arc::new(compiled.plan.expect(&findings));
    let lane = Lane {
        topic: Arc::clone(&plan.source.topics[0]),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, plan);
    let headers = header.map(|h| (&b"h"[..], Some(h.as_bytes())));
    let [record_key, value] = [record_key, value].map(|text| text.map(str::as_bytes));
    let at = Timestamp::Create(0);
    batch.raw.push(0, at, record_key, value, headers);
    let out = sanitize(batch, &mut Worker::of_the_system()).expect("nothing is asked for");
    let record = out.records()[0];
    match record.destination {
        Destination::Quarantine(reason) => Err(reason),
        Destination::Held(_) => unreachable!("its outputs wait for nothing"),
        Destination::Output(_) => {
            Ok(of(&record).map(|span| String::from_utf8_lossy(out.bytes(span)).into_owned()))
        }
    }
}

/// The record key that leaves.
fn key(
    output: &str,
    record_key: Option<&str>,
    header: Option<&str>,
    value: Option<&str>,
) -> Result<Option<String>, Reason> {
    left(output, (record_key, header, value), |out| out.key)
}

/// The code in the value that leaves: its only member.
fn code_of(output: &str, value: &str) -> Result<Option<String>, Reason> {
    let text = left(output, (None, None, Some(value)), |out| out.value)?;
    Ok(text.map(|json| json[r#"{"both":""#.len()..json.len() - 2].to_owned()))
}

const CODE: &str = "pseudonymize: { key: k, encoding: hex, epoch: none }";

#[test]
fn a_part_may_stand_anywhere_in_the_record() {
    let from =
        |places: &str| format!("key: {{ from: [{places}], {CODE} }}\n    fields: {{ id: keep }}");
    // What a field of siblings has, of which there are frozen vectors.
    let both = format!(
        "fields: {{ both: {{ {} }} }}",
        CODE.replace("key: k", "key: k, from: [n, a]")
    );
    let (frozen, half) = (
        code_of(&both, r#"{"n":42,"a":"A"}"#),
        code_of(&both, r#"{"a":"A"}"#),
    );
    let value = Some(r#"{"id":1,"n":42,"a":"A"}"#);
    let json_key = Some(r#"{"n":42,"a":"A"}"#);
    for (places, record_key, header, value, expected) in [
        ("value.n, value.a", None, None, value, &frozen),
        ("record_key.n, record_key.a", json_key, None, value, &frozen),
        (
            "record_key.n, header.h",
            json_key,
            Some("A"),
            value,
            &frozen,
        ),
        ("value.n, header.h", None, Some("A"), value, &frozen),
        ("header.h, value.a", None, None, value, &half),
        ("record_key.n, value.a", None, None, value, &half),
        ("value.none, header.h", None, Some("A"), value, &half),
        ("value.none, header.h", None, None, value, &Ok(None)),
        ("value.none, header.h", None, Some(""), value, &Ok(None)),
    ] {
        let made = key(&from(places), record_key, header, value);
        assert_eq!(&made, expected, "{places} {record_key:?} {header:?}");
    }
    // The order is part of the value.
    let turned = key(&from("value.a, value.n"), None, None, value);
    assert_ne!(turned, frozen);
    assert!(matches!(turned, Ok(Some(_))));
    let unreadable = key(&from("record_key.n, value.a"), Some("no json"), None, value);
    assert_eq!(unreadable, Err(Reason::KeyUnreadable));
}

#[test]
fn a_tombstone_has_the_key_of_its_record() {
    let output = format!(
        "tombstones: forward\n    key: {{ from: [record_key.n, record_key.a], {CODE} }}\n    fields: {{ id: keep }}"
    );
    let of = |record_key, value| key(&output, Some(record_key), None, value);
    let whole = of(r#"{"n":42,"a":"A"}"#, Some(r#"{"id":1}"#));
    assert_eq!(whole, of(r#"{"a":"A","n":42}"#, None));
    assert!(matches!(whole, Ok(Some(_))));
    let half = of(r#"{"a":"A"}"#, None);
    assert!(matches!(half, Ok(Some(_))) && half != whole);
    for none in ["{}", r#"{"n":null}"#] {
        assert_eq!(of(none, None), Err(Reason::KeyUnreadable), "{none}");
    }
    for not_of_the_key in ["[record_key.n, value.a]", "[header.h, record_key]"] {
        let output = output.replace("[record_key.n, record_key.a]", not_of_the_key);
        assert_eq!(errors(&output)[0].0, "V0114", "{not_of_the_key}");
    }
}

#[test]
fn what_cannot_be_one_key_is_refused_with_the_way_out() {
    let fields = "fields: { id: keep, one: { pseudonymize: { key: k, epoch: none } }, two: { pseudonymize: { key: k, from: [a, b], epoch: none } } }";
    let long: Vec<String> = (0..17).map(|n| format!("value.f{n}")).collect();
    let long = format!("{{ from: [{}], {CODE} }}", long.join(", "));
    for (key, code, help) in [
        ("{ from: [value.a], keep: {} }", "V0007", "2 to 16"),
        ("{ from: [], keep: {} }", "V0007", "2 to 16"),
        (&long, "V0007", "2 to 16"),
        ("{ from: [value.a, value.a], keep: {} }", "V0003", ""),
        ("{ from: [value.a, b], keep: {} }", "V0103", "value.b"),
        ("{ from: [value.a, [b]], keep: {} }", "V0103", "value.PATH"),
        (
            "{ from: [value.a, value.b], keep: {} }",
            "V0118",
            "name one place",
        ),
        (
            "{ from: [value.a, value.b], each: { do: { pseudonymize: { key: k, epoch: none } } } }",
            "V0118",
            "name one place",
        ),
        (
            "{ from: [value.a, value.b, value.c], generalize: { geohash: 4 } }",
            "V0118",
            "as many",
        ),
        (
            "{ from: value.a, pseudonymize: { key: k, from: [a, b], epoch: none } }",
            "V0110",
            "key: { from: [value.PATH, …]",
        ),
        (
            "{ from: [value.a, value.b], like: one }",
            "V0113",
            "name one place",
        ),
        (
            "{ like: two }",
            "V0113",
            "from: [value.a, value.b], like: two",
        ),
        (
            "{ from: value.a, like: two }",
            "V0113",
            "from: [value.a, value.b]",
        ),
    ] {
        let found = errors(&format!("key: {key}\n    {fields}"));
        let [(found, says)] = &found[..] else {
            panic!("{key}: {found:?}");
        };
        assert_eq!(*found, code, "{key}");
        assert!(says.contains(help), "{key}: {says}");
    }
    let like = "key: { from: [value.a, value.b], like: two }";
    assert_eq!(errors(&format!("{like}\n    {fields}")), []);
}

/// A key that is a record, of a policy whose record key is JSON.
const RECORD: &str = "basis: contract\n    tombstones: forward\n    key: { fields: { id: { mask: { keep_first: 1 } }, of.shop: { keep: { max_chars: 4 } } } }\n    fields: { n: keep }";

#[test]
fn a_record_key_can_leave_as_a_record_of_its_members() {
    let value = Some(r#"{"n":1}"#);
    let of = |record_key, value| key(RECORD, record_key, None, value);
    let whole = Some(r#"{"secret":"hush","of":{"shop":"west","no":7},"id":"jane"}"#);
    for value in [value, None] {
        let expected = Some(r#"{"of":{"shop":"west"},"id":"j********"}"#.to_owned());
        assert_eq!(of(whole, value), Ok(expected));
    }
    // Without a member that tells records apart there is no key.
    for none in [
        Some(r#"{"secret":"hush"}"#),
        Some(r#"{"of":{"shop":"west"}}"#),
        Some(r#"{"id":"jane"}"#),
        Some(r#"{"id":"jane","of":null}"#),
        Some("7"),
        None,
    ] {
        assert_eq!(of(none, value), Err(Reason::KeyUnreadable), "{none:?}");
        assert_eq!(of(none, None), Err(Reason::KeyUnreadable), "{none:?}");
    }
    let refused = Some(r#"{"id":"jane","of":{"shop":"far too long"}}"#);
    assert_eq!(of(refused, value), Err(Reason::TooLarge));
    // Where nothing must be cleared by it, a record without a key has none.
    let plain = RECORD.replace("tombstones: forward", "timestamp: keep");
    assert_eq!(key(&plain, None, None, value), Ok(None));
}

#[test]
fn records_of_several_persons_never_share_a_key_for_want_of_a_member() {
    let output = format!(
        "basis: contract\n    tombstones: forward\n    key: {{ fields: {{ id: {{ {} }}, '(n|m)': keep, a.b: {{ keep: {{ one_of: [x] }}, on_error: drop_field }} }} }}\n    fields: {{ n: keep }}",
        CODE.replace("key: k", "key: k, normalize: text")
    );
    let of = |record_key, value| key(&output, Some(record_key), None, value);
    for value in [Some(r#"{"n":1}"#), None] {
        for one in [
            r#"{"id":"jane","n":1,"m":2,"a":{"b":"x"}}"#,
            // Only what `on_error: drop_field` says may be left out.
            r#"{"id":"jane","n":1,"m":2,"a":{"b":"z"}}"#,
            r#"{"id":"jane","n":1,"m":2}"#,
        ] {
            let made = of(one, value);
            assert!(
                matches!(&made, Ok(Some(key)) if key.contains("id")),
                "{one}: {made:?}"
            );
        }
        for none in [
            r#"{"id":null,"n":1,"m":2,"a":{"b":"x"}}"#,
            r#"{"id":"","n":1,"m":2,"a":{"b":"x"}}"#,
            r#"{"id":"n/a","n":1,"m":2,"a":{"b":"x"}}"#,
            r#"{"n":1,"m":2,"a":{"b":"x"}}"#,
            r#"{"id":"jane","n":1,"a":{"b":"x"}}"#,
        ] {
            assert_eq!(of(none, value), Err(Reason::KeyUnreadable), "{none}");
        }
    }
}

#[test]
fn a_key_that_is_a_record_is_made_of_members_that_stay() {
    let errors = |fields: &str| {
        let output =
            format!("basis: contract\n    key: {{ fields: {fields} }}\n    fields: {{ n: keep }}");
        errors(&output)
            .into_iter()
            .map(|(code, _)| code)
            .collect::<Vec<_>>()
    };
    let code = "{ pseudonymize: { key: k, normalize: text, epoch: 30d } }";
    for (fields, code) in [
        ("{ id: drop }", "V0145"),
        (
            "{ id: { keep: { max_chars: 4 }, on_error: drop_field } }",
            "V0145",
        ),
        (&*format!("{{ id: {code} }}"), "V0135"),
        (
            "{ id: { keep: { max_chars: 4 }, on_error: { replace: x } } }",
            "V0110",
        ),
        ("{ \"id[*]\": keep }", "V0001"),
        ("{ id: keep, \"*.a\": drop }", "V0001"),
        ("{ id: keep }, from: record_key", "V0108"),
    ] {
        assert_eq!(errors(fields), [code], "{fields}");
    }
    assert_eq!(errors("{ id: { as: { a: keep, b: keep } } }"), [""; 0]);
}
