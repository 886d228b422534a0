//! What `diff` says of purposes, recipients, regions and what else is answered for.

use super::tests::BASE;
use super::*;
use crate::keys::TestKeys;
use crate::policy::{NoTables, PolicyFile, compile};

fn said(clauses: &str) -> Said {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: format!("{BASE}{clauses}\n"),
    };
    let now = "2026-11-30T00:00:00Z".parse().expect("a time");
    let compiled = compile(&file, &TestKeys, &NoTables, now);
    compiled.said.expect("it can be read")
}

/// Verdict and clause of each difference.
fn found(was: &str, is: &str) -> Vec<(Verdict, String)> {
    let all = diff(&said(was), &said(is)).into_iter();
    all.map(|d| (d.verdict, d.field)).collect()
}

/// One difference from the first to the second, of that clause; the other way round the
/// other verdict.
fn differs(was: &str, is: &str, verdict: Verdict, clause: &str) {
    let back = match verdict {
        Verdict::Weaker => Verdict::Stronger,
        Verdict::Stronger => Verdict::Weaker,
        Verdict::Changed => Verdict::Changed,
    };
    assert_eq!(
        found(was, is),
        [(verdict, clause.to_owned())],
        "{was} → {is}"
    );
    assert_eq!(found(is, was), [(back, clause.to_owned())], "{is} → {was}");
    assert_eq!(found(was, was), []);
}

#[test]
fn purposes_that_are_more_are_weaker() {
    let collected = "purposes.collected_for";
    let of = |list: &str| format!("purposes: {{ collected_for: {list} }}");
    differs("", &of("analytics"), Verdict::Stronger, "purposes");
    differs(
        &of("analytics"),
        &of("[analytics, sales]"),
        Verdict::Weaker,
        collected,
    );
    // What lies under one of them is nothing more.
    assert_eq!(
        found(&of("analytics"), &of("[analytics, analytics.reporting]")),
        []
    );
    let with = |until: &str| {
        format!(
            "purposes: {{ collected_for: analytics, compatible: [{{ use: sales, because: b, until: {until} }}] }}"
        )
    };
    let compatible = "purposes.compatible";
    differs(
        &of("analytics"),
        &with("2027-01-31"),
        Verdict::Weaker,
        compatible,
    );
    differs(
        &with("2027-02-28"),
        &with("2027-01-31"),
        Verdict::Stronger,
        compatible,
    );
}

#[test]
fn recipients_elsewhere_are_something_else_and_contracts_longer_are_weaker() {
    let of = |words: &str| format!("recipients: {{ a: {{ name: A, role: processor, {words} }} }}");
    let de = of("country: DE");
    differs("", &de, Verdict::Stronger, "recipients");
    differs(
        &de,
        &of("country: US, mechanism: scc").replace(", mechanism: scc", ""),
        Verdict::Changed,
        "recipients.a.country",
    );
    differs(
        &de,
        &de.replace("processor", "controller"),
        Verdict::Changed,
        "recipients.a.role",
    );
    differs(
        &de,
        &of("country: DE, mechanism: scc"),
        Verdict::Changed,
        "recipients.a.mechanism",
    );
    differs(
        &de,
        &of("country: DE, tcf_vendor: 7"),
        Verdict::Changed,
        "recipients.a.tcf_vendor",
    );
    let until = |day: &str| of(&format!("country: DE, contract_until: {day}"));
    let clause = "recipients.a.contract_until";
    differs(&de, &until("2027-01-31"), Verdict::Stronger, clause);
    differs(
        &until("2027-01-31"),
        &until("2028-01-31"),
        Verdict::Weaker,
        clause,
    );
    // One more that nobody gets anything by.
    let two = de.replace("} }", "}, b: { name: B, role: joint, country: FR } }");
    assert_eq!(found(&de, &two), []);
}
