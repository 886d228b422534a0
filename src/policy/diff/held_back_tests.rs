//! Changes that look like less and let out what did not leave before.

use super::tests::{BASE, changed, said};
use super::*;

const FIELDS: &str = "      traits.email: drop\n      traits.*: { keep: { subtree: true } }\n";

fn with(fields: &str) -> String {
    changed(FIELDS, &format!("      {fields}\n"))
}

fn verdicts(was: &str, is: &str) -> Vec<(Verdict, String)> {
    let all = diff(&said(was), &said(is));
    all.into_iter().map(|d| (d.verdict, d.field)).collect()
}

fn is_gated(was: &str, is: &str) {
    let all = diff(&said(was), &said(is));
    assert!(is_weaker(&all), "{all:#?}\n--- {was}\n+++ {is}");
}

fn passes(was: &str, is: &str) {
    let all = diff(&said(was), &said(is));
    assert!(!is_weaker(&all), "{all:#?}\n--- {was}\n+++ {is}");
}

/// Of what was permitted for none, the key leaves.
#[test]
fn forwarded_tombstones_let_keys_out() {
    let mended = BASE.replacen(
        "    on_withheld: { tombstone: { when: before, at: before } }\n    tombstones: forward\n",
        "    on_withheld: skip\n",
        1,
    );
    for key in [
        "{ from: record_key, keep: {} }",
        "{ from: record_key, pseudonymize: { key: people, epoch: none } }",
    ] {
        let base = mended.replacen(
            "{ from: record_key, pseudonymize: { key: people, epoch: none } }",
            key,
            1,
        );
        let forwards = base.replacen("    key: {", "    tombstones: forward\n    key: {", 1);
        assert_eq!(
            verdicts(&base, &forwards),
            [(Verdict::Changed, "tombstones".to_owned())]
        );
    }
}

/// What an action is made of beside its own path.
#[test]
fn other_fields_that_go_into_a_code_are_more() {
    let code = "{ pseudonymize: { key: people, epoch: none, from: [email, ssn] } }";
    is_gated(&with("id: keep"), &with(&format!("id: {code}")));
    is_gated(
        &with("id: keep"),
        &with(&format!("id: {{ as: {{ id: keep, c: {code} }} }}")),
    );
    is_gated(
        &with("id: { tokenize: { key: people@2, format: digits } }"),
        &with(&format!("id: {code}")),
    );
    is_gated(&with(&format!("id: {code}")), &with("id: { mask: {} }"));
    passes(&with(&format!("id: {code}")), &with("id: drop"));
}

/// A code beside the value that it is made of turns back the same code elsewhere.
#[test]
fn a_code_beside_its_value_is_more() {
    let code = "{ pseudonymize: { key: people, epoch: none } }";
    is_gated(
        &with("id: keep"),
        &with(&format!("id: {{ as: {{ id: keep, c: {code} }} }}")),
    );
    passes(&with("id: keep"), &with(&format!("id: {code}")));
}

/// What was held back leaves when the place refuses no more, or refuses its field
/// alone.
#[test]
fn a_record_that_was_held_back_is_more() {
    let bounded = "{ keep: { one_of: [a, b] } }";
    let drop_field = |action: &str| format!("{{ {action}, on_error: drop_field }}");
    let pairs = [
        ("keep", drop_field("keep: {}")),
        ("keep", drop_field("generalize: { date: year }")),
        (
            "keep",
            drop_field("tokenize: { key: people@2, format: digits }"),
        ),
        (bounded, drop_field("keep: { one_of: [a, b] }")),
        (bounded, "drop".to_owned()),
        (bounded, "{ mask: {} }".to_owned()),
        (
            bounded,
            "{ pseudonymize: { key: people, epoch: none } }".to_owned(),
        ),
        (bounded, "{ encrypt: { key: people } }".to_owned()),
        ("{ keep: { matches: \"[a-z]\" } }", "drop".to_owned()),
        (
            "{ keep: { max_chars: 3 } }",
            "{ replace: { with: x } }".to_owned(),
        ),
        ("{ generalize: { ranges: [18, 65] } }", "drop".to_owned()),
        (
            "{ tokenize: { key: people@2, format: digits } }",
            "{ encrypt: { key: people } }".to_owned(),
        ),
        ("{ generalize: { date: year } }", "{ mask: {} }".to_owned()),
    ];
    for (was, is) in &pairs {
        is_gated(&with(&format!("id: {was}")), &with(&format!("id: {is}")));
        let header = |action: &str| changed("{ trace: keep }", &format!("{{ trace: {action} }}"));
        if !was.contains("matches") {
            is_gated(&header(was), &header(is));
        }
    }
    is_gated(&with(&format!("id: {bounded}")), &with("other: drop"));
    is_gated(
        &with(&format!("id: {{ as: {{ a: {bounded}, b: keep }} }}")),
        &with("id: { as: { b: keep } }"),
    );
    let header = changed("{ trace: keep }", &format!("{{ trace: {bounded} }}"));
    is_gated(&header, &changed("    headers: { trace: keep }\n", ""));
    let key = |action: &str| {
        changed(
            "key: { from: record_key, pseudonymize: { key: people, epoch: none } }",
            &format!("key: {{ from: record_key, {action} }}"),
        )
    };
    is_gated(&key("keep: {}"), &key("keep: {}, on_error: drop_field"));
    is_gated(&key("keep: { one_of: [a] }"), &key("drop: {}"));
    // What the action could not take is no bound that the policy has written.
    passes(&with("id: keep"), &with("id: drop"));
    passes(&with("id: keep"), &with("other: drop"));
    passes(
        &with(&format!("id: {bounded}")),
        &with("id: { keep: { one_of: [a] } }"),
    );
    // Where it left without the field, nothing is let go.
    let (was, is) = (drop_field("keep: { one_of: [a, b] }"), "drop");
    passes(&with(&format!("id: {was}")), &with(&format!("id: {is}")));
    // What takes everything refuses nothing.
    passes(
        &with("id: { keep: { subtree: true } }"),
        &with("id: { keep: { subtree: true }, on_error: drop_field }"),
    );
}

/// A record that one output refuses leaves to none.
#[test]
fn what_one_output_held_back_from_the_others_is_more() {
    let clean_gone = {
        let from = BASE.find("  - topic: clean").expect("there");
        let to = BASE.find("  - topic: second").expect("there");
        let allowed = BASE.find("dangerously:").expect("there");
        format!("{}{}", &BASE[..from], &BASE[to..allowed])
    };
    is_gated(BASE, &clean_gone);
    is_gated(
        &changed(
            "needs_consent: [Analytics, Mail]",
            "needs_consent: [Analytics]",
        ),
        BASE,
    );
    let page = "      page: { path: { keep: { max_chars: 40 } } }\n";
    is_gated(BASE, &changed(page, ""));
}

/// Less that is not less of the same.
#[test]
fn what_does_not_follow_from_what_left_is_more() {
    for (was, is) in [
        ("{ replace: { with: x } }", "{ mask: {} }"),
        (
            "{ encrypt: { key: people, null: encrypt } }",
            "{ mask: {} }",
        ),
        (
            "{ generalize: { round: 10 } }",
            "{ generalize: { round: 20 } }",
        ),
        (
            "{ generalize: { ranges: [18, 65] } }",
            "{ generalize: { ranges: [18, 65], bottom: 20 } }",
        ),
        (
            "{ pseudonymize: { key: people, epoch: none } }",
            "{ pseudonymize: { key: people, epoch: none, scope: subject } }",
        ),
        (
            "{ mask: { keep_last: 4, skip: [punctuation] } }",
            "{ mask: { skip: [punctuation] } }",
        ),
        (
            "{ mask: { skip: [punctuation] } }",
            "{ mask: { skip: [\"-\"] } }",
        ),
    ] {
        is_gated(&with(&format!("id: {was}")), &with(&format!("id: {is}")));
    }
}

/// It is a group of its own, which nobody has committed for.
#[test]
fn an_output_whose_records_wait_from_now_on_says_that_it_leaves_once_more() {
    let waits = changed(
        "    fields: { plan: keep }",
        "    order: { shuffled: { pool: 1000, max_delay: 1m } }\n    fields: { plan: keep }",
    );
    let all = diff(&said(BASE), &said(&waits));
    let order = all.iter().find(|d| d.field == "order").expect("it is told");
    assert_eq!(order.output.as_deref(), Some("second"));
    let why = &order.why;
    assert!(
        why.contains("republishes") && why.contains("`release.start: end`"),
        "{why}"
    );
    assert!(
        !diff(&said(&waits), &said(&waits))
            .iter()
            .any(|d| d.field == "order")
    );
}
