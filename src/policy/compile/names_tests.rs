//! `names`, `*` and `**` beyond what golden folders show: what is refused, and names
//! in objects of many members.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::keys::TestKeys;
use crate::language::finding::Severity;
use crate::pipeline::testing::outcome;
use crate::plan::Plan;
use crate::policy::{Compiled, NoTables, PolicyFile, compile};
use crate::record::Reason;

fn compiled(fields: &str) -> Compiled {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw }}\nkeys: {{ k: {{ ref: \"file:keyring.json#people\" }} }}\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    fields: {{ {fields} }}\n"
        ),
    };
    compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH)
}

fn plan(fields: &str) -> Arc<Plan> {
    let compiled = compiled(fields);
    let findings = format!("{:#?}", compiled.findings.list());
    Arc::new(compiled.plan.expect(&findings))
}

/// The codes of the errors.
fn errors(fields: &str) -> Vec<&'static str> {
    let compiled = compiled(fields);
    let list = compiled.findings.list().iter();
    let errors = list.filter(|f| f.severity == Severity::Error);
    errors.map(|f| f.code).collect()
}

const WORD: &str = "{ keep: { matches: '[a-z]+' } }";

#[test]
fn what_names_cannot_be_is_refused() {
    let on = |path: &str, names: &str| format!("'{path}': {{ names: {names}, keep: {{}} }}");
    for (fields, codes) in [
        (on("m.*", WORD), &[][..]),
        (on("m.*.*", WORD), &[]),
        (on("m.*.*", &format!("[{WORD}, keep]")), &[]),
        (on("m.**.x", WORD), &[]),
        ("'m.*': keep".to_owned(), &["V0107"]),
        ("'m.**.x': keep".to_owned(), &["V0107"]),
        (on("m.a", WORD), &["V0110"]),
        (on("m.*", &format!("[{WORD}, keep]")), &["V0110"]),
        (on("m.*", "drop"), &["V0110"]),
        (on("m.*", "{ keep: {}, on_error: drop_field }"), &["V0110"]),
        (on("m.*", "{ keep: { subtree: true } }"), &["V0110"]),
        (on("m.*", "{ as: { a: keep } }"), &["V0110"]),
        (
            on("m.*", "{ when: [{ if: { a: 1 }, then: keep }] }"),
            &["V0110"],
        ),
        (
            on("m.*", "{ pseudonymize: { key: other, epoch: none } }"),
            &["V0401"],
        ),
        (
            format!("'m.*': {{ names: {WORD}, drop: {{}} }}"),
            &["V0110"],
        ),
        (
            format!("'m.*': {{ names: {WORD}, generalize: {{ geohash: 3, from: [a, b] }} }}"),
            &["V0110"],
        ),
        (
            format!("'m.*': {{ names: {WORD}, encrypt: {{ key: k, fields: {{ a: keep }} }} }}"),
            &["V0110"],
        ),
        (
            format!("m: {{ as: {{ a: {{ names: {WORD}, keep: {{}} }} }} }}"),
            &["V0110"],
        ),
        // One member, two names.
        (
            format!(
                "'m.*.a': {{ names: {WORD}, keep: {{}} }}, 'm.*.b': {{ names: keep, keep: {{}} }}"
            ),
            &["V0107"],
        ),
        (
            format!(
                "'m.*.a': {{ names: {WORD}, keep: {{}} }}, 'm.*.b': {{ keep: {{ subtree: true }} }}"
            ),
            &["V0107"],
        ),
        (
            format!("'m.*.a': {{ names: {WORD}, keep: {{}} }}, 'm.*.b': drop"),
            &[],
        ),
        // What is taken whole holds what `**` looks for.
        (
            format!("'**.x': {{ names: {WORD}, keep: {{}} }}, a: {{ keep: {{ subtree: true }} }}"),
            &["V0106"],
        ),
        (
            format!("'**.x': {{ names: {WORD}, keep: {{}} }}, a: drop"),
            &[],
        ),
        (
            format!("'**.x': {{ names: {WORD}, keep: {{}} }}, 'a.**.x': drop"),
            &[],
        ),
        // What is left out of one path with `**` is left out of all.
        (
            format!(
                "'**.x': {{ names: {WORD}, keep: {{}} }}, 'a.**.x': {{ names: {WORD}, keep: {{}} }}, '**.y': drop"
            ),
            &["V0106"],
        ),
        (
            format!("'**.x': {{ names: {WORD}, keep: {{}} }}, a: drop, 'a.b.x': keep"),
            &["V0106"],
        ),
        (
            format!("'**.x': {{ names: {WORD}, keep: {{}} }}, a: drop, 'a.b.x': drop"),
            &[],
        ),
        (
            "'**.x': { keep: { subtree: true } }, '**.y': drop".to_owned(),
            &["V0106"],
        ),
    ] {
        assert_eq!(errors(&fields), codes, "{fields}");
    }
}

#[test]
fn names_of_large_objects_are_compared() {
    let plan =
        plan("'m.*': { names: { generalize: { prefix: 6 } }, keep: { type: integer, min: 0 } }");
    let object = |names: &mut dyn Iterator<Item = String>| {
        let mut text = String::new();
        for name in names {
            let comma = if text.is_empty() { "" } else { "," };
            write!(text, "{comma}\"{name}\":1").expect("a string takes it");
        }
        format!("{{\"m\":{{{text}}}}}")
    };
    for n in [2, 31, 32, 33, 34, 300] {
        let apart = object(&mut (0..n).map(|i| format!("{i:06}-{i}")));
        let left = outcome(&plan, apart).expect("all differ");
        assert_eq!(left.matches(':').count(), n + 1, "{n}");
        for twice in [0, (n - 1) / 2, n - 2] {
            let names = (0..n).map(|i| format!("{:06}-{i}", if i == n - 1 { twice } else { i }));
            let alike = object(&mut names.into_iter());
            assert_eq!(
                outcome(&plan, alike),
                Err(Reason::DuplicateKey),
                "{n} {twice}"
            );
        }
    }
}

#[test]
fn a_name_that_is_not_written_is_free() {
    let plan = plan(
        "'m.*': { names: { generalize: { prefix: 1 } }, pseudonymize: { key: k, normalize: text, epoch: none } }, 'm.*.x': { names: { generalize: { prefix: 1 } }, keep: { type: integer, min: 0 } }",
    );
    let left = outcome(&plan, r#"{"m":{"aa":"","ab":{"y":1},"ac":{"x":7}}}"#);
    assert_eq!(left, Ok(r#"{"m":{"a":{"x":7}}}"#.to_owned()));
    let twice = outcome(&plan, r#"{"m":{"aa":{"x":7},"ab":{"x":7}}}"#);
    assert_eq!(twice, Err(Reason::DuplicateKey));
    // In two objects they may be alike.
    let apart = outcome(&plan, r#"{"m":{"aa":{"x":7},"b":{"x":7}}}"#);
    assert_eq!(apart, Ok(r#"{"m":{"a":{"x":7},"b":{"x":7}}}"#.to_owned()));
}

#[test]
fn names_are_written_escaped() {
    let plan = plan("'m.*': { names: keep, keep: { type: integer, min: 0 } }");
    let left = outcome(&plan, r#"{"m":{"a\"b":1,"\u00e9\n":2}}"#);
    assert_eq!(left, Ok(r#"{"m":{"a\"b":1,"é\n":2}}"#.to_owned()));
}
