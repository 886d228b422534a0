//! One record under one small policy.

use std::sync::Arc;

use super::{Became, Beside, OneRecord, Row, apart};
use crate::keys::TestKeys;
use crate::pipeline::{InBatch, Worker, sanitize};
use crate::policy::{NoTables, PolicyFile, compile, meaning, named};
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;
use crate::release::WhyLeftOut;
use crate::trial::explain::{Evidence, Waits};

/// The record beside what left of it under an output of those fields.
fn beside(fields: &str, record: &str) -> Beside {
    with_headers(&format!("fields: {{ {fields} }}"), record, &[])
}

/// The same under an output with more than fields, of a record with headers.
fn with_headers(output: &str, record: &str, headers: &[(&str, Option<&str>)]) -> Beside {
    under(
        &format!("outputs:\n  - {{ topic: out, purpose: sales, domain: d, {output} }}\n"),
        record,
        headers,
    )
}

/// The same under a policy that ends with that text.
fn under(rest: &str, record: &str, headers: &[(&str, Option<&str>)]) -> Beside {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
         source: {{ topic: raw, subject: {{ person: id }}, writers: own }}\n\
         keys: {{ k: {{ ref: \"file:k.json#k\" }}, state: {{ ref: \"file:k.json#state\" }} }}\n{rest}"
    );
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text,
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    let compiled = compile(&file, &TestKeys, &NoTables, now);
    let findings = compiled.findings.list();
    let plan = compiled.plan.unwrap_or_else(|| panic!("{findings:?}"));
    let said = compiled.said.expect("it can be read");
    let lane = Lane {
        topic: Arc::from("raw"),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::new(plan));
    let value = Some(record.as_bytes());
    let headers = headers.iter();
    let headers = headers.map(|(name, value)| (name.as_bytes(), value.map(str::as_bytes)));
    batch.raw.push(6, Timestamp::None, None, value, headers);
    let mut worker = Worker::of_the_system();
    let mut all = apart(&batch).map(|one| sanitize(one, &mut worker).expect("now"));
    let out = all.next().expect("one record");
    assert!(all.next().is_none());
    let plan = Arc::clone(&out.plan);
    let mut evidence = Evidence::new(plan, named(&said), 1, now.as_millisecond());
    let one = OneRecord::new(out, &mut evidence);
    Beside::of(&one, &said, &meaning(&said).record_type, 0)
}

fn row<'b>(beside: &'b Beside, from: &str) -> &'b Row {
    let mut own = beside.rows.iter().filter(|r| r.from == from);
    own.next()
        .unwrap_or_else(|| panic!("no {from}: {:?}", beside.rows))
}

#[test]
fn an_element_is_told_only_where_none_is_missing() {
    let keep = "\"l[*].n\": { keep: { one_of: [a, b] }, on_error: drop_field }, \
                \"t[*]\": { keep: { one_of: [a, b] }, on_error: drop_field, gaps: remove }, \
                \"u[*]\": { keep: { one_of: [a, b] }, on_error: drop_field }";
    let whole = beside(keep, r#"{"l":[{"n":"x"},{"n":"b"}],"t":["a","b"]}"#);
    assert_eq!((whole.line, whole.became), (7, Became::Written));
    // An object of an array stays in its place, empty or not.
    assert_eq!(row(&whole, "l[0].n").fate, "left out");
    assert_eq!(row(&whole, "l[1].n").after.as_deref(), Some("\"b\""));
    assert_eq!(row(&whole, "t[1]").after.as_deref(), Some("\"b\""));
    // Of the elements themselves those behind move up.
    let fewer = beside(keep, r#"{"t":["x","b"]}"#);
    for element in ["t[0]", "t[1]"] {
        let row = row(&fewer, element);
        assert_eq!((row.fate, &row.after), ("not told", &None));
    }
    // Unless each keeps its place.
    let holed = beside(keep, r#"{"u":["x","b"]}"#);
    assert_eq!(row(&holed, "u[0]").fate, "left out");
    assert_eq!(row(&holed, "u[1]").after.as_deref(), Some("\"b\""));
}

#[test]
fn elements_that_a_filter_chooses_and_texts_that_are_opened_are_told() {
    let fields = "\"l[?k=='a'].v\": { keep: { one_of: [x] } }, \"l[?k=='b'].v\": drop, \
                  \"p|json.n\": { keep: { one_of: [x] } }, \"q|json.n\": { keep: { one_of: [x] } }";
    let all = beside(
        fields,
        r#"{"l":[{"k":"a","v":"x"},{"k":"b","v":"y"}],"p":"{\"n\":\"x\",\"m\":1}","q":""}"#,
    );
    let chosen = row(&all, "l[0].v");
    assert_eq!(chosen.to.as_deref(), Some("l[?k=='a'].v"));
    assert_eq!(
        (chosen.fate, row(&all, "l[1].v").fate),
        ("written", "dropped")
    );
    assert_eq!(row(&all, "l[0].k").fate, "written");
    let text = row(&all, "p");
    assert_eq!(text.after.as_deref(), Some(r#""{\"n\":\"x\"}""#));
    assert_eq!((text.fate, row(&all, "q").fate), ("written", "nothing"));
    // Of several that left it cannot be told which was which.
    let some = beside(fields, r#"{"l":[{"k":"c","v":"x"},{"k":"a","v":"x"}]}"#);
    assert_eq!(row(&some, "l[1].v").fate, "not told");
    assert_eq!(row(&some, "l[0].v").fate, "unnamed");
}

#[test]
fn the_kind_of_a_value_says_which_field_takes_it() {
    let both = "to: { keep: { one_of: [a] } }, \"to[*]\": { keep: { one_of: [a] } }, \
                u.n: { keep: { one_of: [a] } }, s.n: { keep: { one_of: [a] }, on_error: drop_field }, \
                r: { keep: { one_of: [a] }, on_error: { replace: b } }";
    let list = beside(both, r#"{"to":["a"],"s":"text","r":"x"}"#);
    assert_eq!(row(&list, "to[0]").fate, "written");
    assert!(list.rows.iter().all(|r| r.from != "to"), "{:?}", list.rows);
    assert_eq!(row(&list, "s").fate, "left out");
    let replaced = row(&list, "r");
    assert_eq!(
        (replaced.fate, replaced.after.as_deref()),
        ("replaced", Some("\"b\""))
    );
    assert_eq!(row(&beside(both, r#"{"to":"a"}"#), "to").fate, "written");
    let refused = beside(both, r#"{"u":"text"}"#);
    assert_eq!(row(&refused, "u").fate, "refused");
}

#[test]
fn names_of_any_kind_are_taken_for_themselves() {
    let found = beside(
        "\"m.*\": drop, \"'a.b'\": { keep: { max_chars: 9 } }",
        r#"{"m":{"x":"1","y.z":"2"},"a.b":"3","a":{"b":"4"}}"#,
    );
    assert_eq!(row(&found, "m.x").fate, "dropped");
    assert_eq!(row(&found, "m.'y.z'").fate, "dropped");
    assert_eq!(row(&found, "'a.b'").after.as_deref(), Some("\"3\""));
    assert_eq!(row(&found, "a").fate, "unnamed");
}

#[test]
fn what_is_taken_whole_is_one_row_and_absent_fields_are_told() {
    let found = beside(
        "bag: { keep: { subtree: true } }, gone: { keep: { max_chars: 9 } }, nil: { keep: { max_chars: 9 } }",
        r#"{"bag":{"a":[1,2.50]},"nil":null,"n":1}"#,
    );
    let bag = row(&found, "bag");
    assert_eq!(bag.after.as_deref(), Some("{\"a\":[1,2.50]}"));
    assert_eq!(row(&found, "nil").after.as_deref(), Some("null"));
    assert_eq!(found.absent, ["gone"]);
    assert_eq!(found.rows.len(), 3);
}

#[test]
fn what_is_no_object_is_shown_as_it_came() {
    for record in ["no JSON", "[1]", "7", ""] {
        let found = beside("a: { keep: { max_chars: 9 } }", record);
        assert!(matches!(found.became, Became::Quarantined(_)), "{record}");
        assert_eq!(found.raw.as_deref(), Some(record));
        assert!(found.rows.is_empty() && found.left.is_none());
    }
}

#[test]
fn what_is_cut_is_marked() {
    let long = "x".repeat(30_000);
    let cut = beside("a: keep", &format!("{{\"a\":\"{long}\"}}"));
    let left = cut.left.expect("it is written");
    assert!(left.ends_with("x…") && left.chars().count() == 20_001);
    let raw = beside("a: keep", &format!("\"{long}\""));
    assert!(raw.raw.expect("no object").ends_with("x…"));
    let whole = beside("a: keep", "{\"a\":\"x\"}");
    assert_eq!(whole.left.as_deref(), Some("{\"a\":\"x\"}"));
}

#[test]
fn each_of_several_headers_of_one_name_has_a_row() {
    let output = "headers: { h: { keep: { one_of: [a, b] }, on_error: drop_field }, once: keep }, \
                  fields: { n: keep }";
    let rows = |headers: &[(&str, Option<&str>)]| -> Vec<(Option<String>, Option<String>, &str)> {
        let shown = with_headers(output, "{\"n\":1}", headers);
        let own = shown
            .rows
            .into_iter()
            .filter(|r| r.from.starts_with("header."));
        own.map(|r| (r.before, r.after, r.fate)).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        rows(&[("h", Some("a")), ("once", Some("1")), ("h", Some("b"))]),
        [
            (some("a"), some("a"), "written"),
            (some("b"), some("b"), "written"),
            (some("1"), some("1"), "written"),
        ]
    );
    // Which of them left cannot be told.
    assert_eq!(
        rows(&[("h", Some("x")), ("h", Some("b"))]),
        [(some("x"), None, "not told"), (some("b"), None, "not told"),]
    );
    assert_eq!(rows(&[("h", Some("x"))]), [(some("x"), None, "left out")]);
}

/// The codes that stand for classes are nothing that anybody reads: an analyst sees a range,
/// and what it takes for one.
#[test]
fn of_a_record_that_waits_the_finest_classes_are_shown_and_what_a_release_needs() {
    let output = "outputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    \
         k_anonymous: { k: 7, l: [{ field: plan, distinct: 2 }] }\n    once_per: 365d\n    fields:\n      \
         age: { quasi: { number: { step: 5, bottom: 15, top: 90 } } }\n      \
         at.born: { quasi: { number: { step: 10, bottom: 1940, top: 2010 }, form: bounds } }\n      \
         zip: { quasi: { prefix: [3, 2] } }\n      \
         plan: { keep: { one_of: [free, team] } }\n";
    let of = |record: &str| under(output, record, &[]);
    let all = of(r#"{"id":"a","age":27,"at":{"born":1984},"zip":"10115","plan":"free","other":1}"#);
    assert_eq!(
        (all.became, all.left.is_none()),
        (Became::Waits(Waits::Release), true)
    );
    let needs = all.needs.as_deref().expect("a release");
    assert!(needs.contains("at least 7 persons"), "{needs}");
    let stands = |beside: &Beside, to: &str| {
        let mut rows = beside.rows.iter().filter(|r| r.to.as_deref() == Some(to));
        rows.next()
            .map(|r| (r.after.clone().unwrap_or_default(), r.fate))
    };
    for (to, after) in [
        ("age", "\"25-29\""),
        ("at.born_from", "1980"),
        ("at.born_to", "1990"),
        ("zip", "\"101*\""),
        ("plan", "\"free\""),
    ] {
        assert_eq!(stands(&all, to), Some((after.to_owned(), "waits")), "{to}");
    }
    assert_eq!(row(&all, "other").fate, "unnamed");
    // What is missing is a value of its own, so the record waits like any other.
    let none = of(r#"{"id":"a","age":null,"plan":"free"}"#);
    for to in ["age", "at.born_from", "at.born_to", "zip"] {
        assert_eq!(
            stands(&none, to),
            Some(("null".to_owned(), "waits")),
            "{to}"
        );
    }
    assert!(none.absent.is_empty(), "{:?}", none.absent);
    // Of nobody: it is in no release, and nothing of it would be.
    let nobody = of(r#"{"age":27,"plan":"free"}"#);
    assert_eq!(nobody.became, Became::LeftOut(WhyLeftOut::NoSubject));
    assert_eq!(row(&nobody, "age").fate, "not written");
    assert!(nobody.needs.is_none() && nobody.left.is_none());
}

#[test]
fn of_a_record_that_is_counted_its_cell_is_shown_and_that_it_does_not_leave() {
    let output = "outputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    aggregate:\n      \
         window: 1d\n      time: { from: value.at }\n      \
         by: { kind: { keep: { one_of: [a, b] } }, land: { keep: { one_of: [DE, FR] } } }\n      \
         count: subjects\n      contribution: { cells: 1 }\n      epsilon: 1\n      key: k\n      \
         keys: { list: [[a, DE], [a, null]] }\n      budget: { name: n, epsilon: 30, per: 30d }\n";
    let of = |record: &str| under(output, record, &[]);
    let all = of(r#"{"id":"a","kind":"a","at":"2026-11-01T10:00:00Z"}"#);
    assert_eq!(
        (all.became, all.left.is_none()),
        (Became::Waits(Waits::Counts), true)
    );
    let needs = all.needs.as_deref().expect("a window");
    assert!(
        needs.contains("window of 1d") && needs.contains("noise"),
        "{needs}"
    );
    let kind = row(&all, "kind");
    assert_eq!(
        (kind.after.as_deref(), kind.fate),
        (Some("\"a\""), "counted")
    );
    assert_eq!(row(&all, "land").after.as_deref(), Some("null"));
    for (record, why) in [
        (
            r#"{"id":"a","kind":"b","at":"2026-11-01T10:00:00Z"}"#,
            WhyLeftOut::OtherCell,
        ),
        (r#"{"id":"a","kind":"a"}"#, WhyLeftOut::TimeOutOfRange),
        (
            r#"{"id":"a","kind":"a","at":"2126-11-01T10:00:00Z"}"#,
            WhyLeftOut::TimeOutOfRange,
        ),
        (
            r#"{"kind":"a","at":"2026-11-01T10:00:00Z"}"#,
            WhyLeftOut::NoSubject,
        ),
    ] {
        assert_eq!(of(record).became, Became::LeftOut(why), "{record}");
    }
}
