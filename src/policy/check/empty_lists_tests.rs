//! A list that is written and empty is never taken for one that is not
//! written: where nothing is meant by it, it is refused.

use std::collections::BTreeSet;

use crate::action::ACTIONS;
use crate::language::codes;
use crate::language::finding::Severity;
use crate::language::shape::{Shape, Takes};
use crate::policy::{Compiled, PolicyFile, compile, grammar};

fn compiled(text: &str) -> Compiled {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    compile(&file, &crate::keys::TestKeys, &crate::policy::NoTables, now)
}

/// A whole policy; `part` stands in place of the line that begins with the
/// same word, or at the end.
fn policy(part: &str) -> String {
    let lines = [
        "apiVersion: veil/v1",
        "kind: Policy",
        "metadata: { name: t, version: 1, owner: o }",
        "source: { topic: raw }",
        "keys: { people: { ref: \"file:k.json#people\" }, quarantine: { ref: \"file:k.json#quarantine\" } }",
        "outputs: [{ topic: out, purpose: sales, domain: d, basis: contract, fields: { a: { generalize: { prefix: 1 } } } }]",
        "quarantine: { topic: q, key: quarantine, retention: 7d }",
    ];
    let word = part.split(':').next().expect("a word");
    let mut text = String::new();
    for line in lines {
        if !line.starts_with(&format!("{word}:")) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text + part + "\n"
}

fn output(rest: &str) -> String {
    policy(&format!(
        "outputs: [{{ topic: out, purpose: sales, domain: d, {rest} }}]"
    ))
}

/// A policy whose records wait for a release.
fn released(rest: &str) -> String {
    let quasi = "{ a: { quasi: { prefix: [3, 1] } } }";
    let waits = format!("k_anonymous: {{ k: 10, {rest} }}, basis: contract, fields: {quasi}");
    output(&waits).replace("topic: raw }", "topic: raw, subject: u }")
}

fn field(value: &str) -> String {
    output(&format!("fields: {{ a: {value} }}"))
}

fn policy_test(rest: &str) -> String {
    policy(&format!(
        "tests: [{{ name: n, given: {{ a: x }}, {rest} }}]"
    ))
}

fn signal_means(shape: &str, words: &str) -> String {
    policy(&format!(
        "consent: {{ signals: [{{ from: value, path: o, shape: {shape}, means: {{ C: {{ {words} }} }} }}] }}"
    ))
}

fn with_state(words: &str) -> String {
    let text = policy(&format!("consent: {{ state: {{ {words} }} }}"));
    let text = text.replace("topic: raw }", "topic: raw, subject: { customer: a } }");
    let key = "keys: { subjects: { ref: \"file:k.json#subjects\" }, ";
    text.replace("keys: { ", key) + "rights: { key: subjects }\n"
}

/// Every word of the language that takes a list, with the list empty. `None`:
/// an empty list means what it says, so the policy is as before.
fn written_empty() -> Vec<(&'static str, &'static str, String, Option<&'static str>)> {
    let refused = Some(codes::OUT_OF_RANGE);
    vec![
        (
            "policy",
            "outputs",
            policy("outputs: []"),
            Some(codes::MISSING_WORD),
        ),
        ("policy", "dangerously", policy("dangerously: []"), None),
        ("policy", "tests", policy("tests: []"), None),
        (
            "source",
            "topics",
            policy("source: { topics: [] }"),
            refused,
        ),
        (
            "source.schema",
            "files",
            policy("source: { topic: raw, value: avro, schema: { files: [] } }"),
            refused,
        ),
        (
            "source.schema",
            "imports",
            policy(
                "source: { topic: raw, value: protobuf, schema: { file: a.proto, imports: [] } }",
            ),
            refused,
        ),
        (
            "subject",
            "path",
            policy("source: { topic: raw, subject: { customer: { path: [] } } }"),
            refused,
        ),
        (
            "subject",
            "normalize",
            policy("source: { topic: raw, subject: { customer: { path: a, normalize: [] } } }"),
            refused,
        ),
        (
            "category",
            "purposes",
            policy("consent: { signals: [], categories: { C: { purposes: [] } } }"),
            refused,
        ),
        (
            "consent.state",
            "signals",
            with_state("format: json, signals: []"),
            refused,
        ),
        (
            "consent",
            "signals",
            policy("consent: { signals: [] }"),
            None,
        ),
        (
            "signal",
            "grants",
            policy("consent: { signals: [{ from: value, path: o, category: C, grants: [] }] }"),
            None,
        ),
        (
            "means",
            "purposes",
            signal_means("tcf", "purposes: []"),
            refused,
        ),
        (
            "means",
            "special_features",
            signal_means("tcf", "purposes: 1, special_features: []"),
            refused,
        ),
        (
            "means",
            "opt_out",
            signal_means("gpp", "opt_out: []"),
            refused,
        ),
        ("nothing", "only", policy("nothing: { only: [] }"), None),
        ("classes", "own", policy("classes: { own: [] }"), refused),
        (
            "purposes",
            "collected_for",
            policy("purposes: { collected_for: [], own: sales.mine }")
                .replace("purpose: sales", "purpose: sales.mine"),
            refused,
        ),
        (
            "purposes",
            "compatible",
            policy("purposes: { collected_for: sales, compatible: [] }"),
            refused,
        ),
        ("policy", "sensitive", policy("sensitive: []"), None),
        (
            "output",
            "region",
            output("region: [], fields: { a: drop }"),
            refused,
        ),
        (
            "purposes",
            "own",
            policy("purposes: { collected_for: sales, own: [] }"),
            refused,
        ),
        (
            "output",
            "needs_consent",
            output("needs_consent: [], fields: { a: drop }"),
            refused,
        ),
        (
            "dangerously",
            "output",
            policy("dangerously: [{ allow: unbounded_keep, output: [], because: b }]"),
            refused,
        ),
        ("test", "withheld", policy_test("withheld: []"), refused),
        ("test", "absent", policy_test("absent: []"), refused),
        (
            "test",
            "never_contains",
            policy_test("never_contains: []"),
            refused,
        ),
        ("field value", "when", field("{ when: [] }"), refused),
        ("keep", "one_of", field("{ keep: { one_of: [] } }"), refused),
        ("mask", "skip", field("{ mask: { skip: [] } }"), None),
        (
            "pseudonymize",
            "normalize",
            field("{ pseudonymize: { key: people, normalize: [] } }"),
            None,
        ),
        (
            "pseudonymize",
            "from",
            field("{ pseudonymize: { key: people, from: [] } }"),
            refused,
        ),
        (
            "record key",
            "from",
            output("key: { from: [], keep: {} }, fields: { a: drop }"),
            refused,
        ),
        (
            "generalize",
            "from",
            field("{ generalize: { geohash: 4, from: [] } }"),
            refused,
        ),
        (
            "generalize",
            "ranges",
            field("{ generalize: { ranges: [] } }"),
            refused,
        ),
        ("redact", "find", field("{ redact: { find: [] } }"), refused),
        (
            "redact",
            "locale",
            field("{ redact: { locale: [] } }"),
            refused,
        ),
        ("url", "routes", field("{ url: { routes: [] } }"), refused),
        (
            "field value",
            "names",
            field("{ names: [], keep: {} }"),
            refused,
        ),
        (
            "quasi",
            "time",
            field("{ quasi: { time: [], bottom: \"1930-01-01\", top: \"2010-01-01\" } }"),
            refused,
        ),
        (
            "quasi",
            "prefix",
            field("{ quasi: { prefix: [] } }"),
            refused,
        ),
        (
            "quasi",
            "geohash",
            field("{ quasi: { geohash: [] } }"),
            refused,
        ),
        (
            "quasi",
            "from",
            field("{ quasi: { geohash: [3], from: [] } }"),
            refused,
        ),
        (
            "keys",
            "list",
            output("aggregate: { window: 1d, by: { a: { keep: { one_of: [x] } } }, count: records, contribution: { cells: 1 }, epsilon: 0.5, key: people, keys: { list: [] }, budget: { name: b, epsilon: 15, per: 30d } }, basis: contract")
                .replace("topic: raw }", "topic: raw, subject: u }"),
            refused,
        ),
        ("k_anonymous", "l", released("l: []"), refused),
        ("k_anonymous", "t", released("t: []"), refused),
        ("k_anonymous", "free", released("free: []"), refused),
        (
            "l",
            "recursive",
            released("l: [{ field: a, recursive: [] }]"),
            refused,
        ),
        (
            "test",
            "stream",
            policy("tests: [{ name: n, stream: [], released: { out: [] } }]"),
            refused,
        ),
        ("test", "held", policy_test("held: []"), refused),
    ]
}

#[test]
fn a_list_that_is_written_and_empty_is_no_default() {
    for (shape, word, text, wanted) in written_empty() {
        let found = compiled(&text);
        let errors: Vec<_> = found
            .findings
            .list()
            .iter()
            .filter(|f| f.severity == Severity::Error)
            .collect();
        let codes: Vec<&str> = errors.iter().map(|f| f.code).collect();
        assert_eq!(codes, Vec::from_iter(wanted), "{shape} {word}");
        assert_eq!(found.plan.is_some(), wanted.is_none(), "{shape} {word}");
        for error in errors {
            let at = error.span.expect("a place");
            assert_eq!(text[at.start..at.end].trim(), "[]", "{shape} {word}");
            assert!(!error.help.is_empty(), "{shape} {word}");
        }
    }
}

#[test]
fn no_list_of_the_language_is_forgotten() {
    let mut lists: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut may_be_empty: BTreeSet<(&str, &str)> = BTreeSet::new();
    let shapes = grammar::ALL.iter().map(|(_, shape)| *shape);
    let of_actions = ACTIONS.iter().map(|a| a.shape);
    for shape in shapes.chain(of_actions) {
        let Shape { name, words } = shape;
        for w in words.iter().filter(|w| w.built) {
            if matches!(w.takes, Takes::List(_) | Takes::OneOrMany(_)) {
                lists.insert((name, w.name));
                if w.may_be_empty {
                    may_be_empty.insert((name, w.name));
                }
            }
        }
    }
    let tried = written_empty();
    assert_eq!(lists, tried.iter().map(|t| (t.0, t.1)).collect());
    let kept = tried.iter().filter(|t| t.3.is_none());
    assert_eq!(may_be_empty, kept.map(|t| (t.0, t.1)).collect());
}

#[test]
fn lists_under_free_names_are_no_default_either() {
    for (text, code) in [
        (
            policy("classes: { fields: { a.b: [] } }"),
            codes::OUT_OF_RANGE,
        ),
        (policy("nothing: []"), codes::OUT_OF_RANGE),
        (
            policy("classes: { types: { t: { a: [] } } }")
                .replace("topic: raw", "topic: raw, type: t"),
            codes::OUT_OF_RANGE,
        ),
        (policy_test("expect: {}"), codes::BAD_TEST),
        (policy_test("expect: "), codes::BAD_TEST),
        (policy_test("exactly: {}"), codes::BAD_TEST),
        (policy_test("never_contains: [\"\"]"), codes::BAD_TEST),
        (
            policy(
                "tests: [{ name: n, record: { value: {}, headers: { h: [] } }, withheld: out }]",
            ),
            codes::OUT_OF_RANGE,
        ),
    ] {
        let found = compiled(&text);
        let errors = found.findings.list().iter();
        let errors: Vec<&str> = errors
            .filter(|f| f.severity == Severity::Error)
            .map(|f| f.code)
            .collect();
        assert_eq!(errors, [code], "{text}");
    }
}

#[test]
fn a_signal_that_grants_nothing_can_only_deny() {
    let gated = |grants: &str| {
        policy(&format!(
            "consent: {{ signals: [{{ from: value, path: opted_out, category: C, grants: {grants} }}] }}"
        ))
        .replace("domain: d,", "domain: d, needs_consent: C,")
    };
    let codes_of = |text: &str| -> Vec<&'static str> {
        let found = compiled(text);
        let list = found.findings.list().iter().map(|f| f.code);
        list.filter(|c| ![codes::KEY_UNUSED, codes::NO_CLASSES].contains(c))
            .collect()
    };
    assert_eq!(codes_of(&gated("[]")), [codes::NOBODY_SIGNALS]);
    assert_eq!(codes_of(&gated("[true]")), [""; 0]);
    let both = gated("[]").replace(
        "signals: [",
        "signals: [{ from: value, path: opted_in, category: C }, ",
    );
    let plan = compiled(&both).plan.expect("a plan");
    let grants: Vec<usize> = plan
        .signals
        .iter()
        .map(|s| match s {
            crate::plan::signal::Signal::Scalar { grants, .. } => grants.len(),
            _ => panic!("a scalar"),
        })
        .collect();
    assert_eq!(grants, [1, 0]);
}
