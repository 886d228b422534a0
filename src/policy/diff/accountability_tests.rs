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

#[test]
fn reasons_for_sensitive_data_that_are_more_are_weaker() {
    let one = "{ class: user.genetic, condition: research, because: b }";
    let of = |list: &str| format!("sensitive: [{list}]");
    differs("", &of(""), Verdict::Stronger, "sensitive");
    differs(&of(""), &of(one), Verdict::Weaker, "sensitive");
    // Who accepted a reason has not accepted another one.
    differs(
        &of(one),
        &of(&one.replace("because: b", "because: c")),
        Verdict::Changed,
        "sensitive: user.genetic",
    );
}

#[test]
fn children_that_are_fewer_are_weaker() {
    let of = |from: &str, under: u8| {
        format!("minors: {{ from: value.{from}, under: {under}, then: withhold }}")
    };
    differs(&of("born", 16), &of("born", 13), Verdict::Weaker, "minors");
    differs(&of("born", 16), &of("age", 16), Verdict::Changed, "minors");
    let weaker = found(&of("born", 16), "");
    assert_eq!(weaker, [(Verdict::Weaker, "minors".to_owned())]);
}

/// Of the output `second`, of whose fields none holds a record back.
#[test]
fn regions_that_are_more_are_weaker() {
    let of = |clauses: &str, region: &str| {
        let output = "domain: shops\n";
        let text = BASE.replacen(output, &format!("{output}    {region}\n"), 1);
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text: format!("{text}{clauses}\n"),
        };
        let now = "2026-11-30T00:00:00Z".parse().expect("a time");
        let compiled = compile(&file, &TestKeys, &NoTables, now);
        compiled.said.expect("it can be read")
    };
    let names = "regions: { from: value.c, names: { eea: eea, us: [US] }, unknown: eea }";
    let verdicts = |was: &Said, is: &Said| -> Vec<(Verdict, String)> {
        let all = diff(was, is).into_iter();
        all.map(|d| (d.verdict, d.field)).collect()
    };
    let of_eea = of(names, "region: eea");
    let of_both = of(names, "region: [eea, us]");
    let region = |verdict| vec![(verdict, "region".to_owned())];
    assert_eq!(verdicts(&of_eea, &of_both), region(Verdict::Weaker));
    assert_eq!(
        verdicts(&of_eea, &of(names, "basis: contract")),
        region(Verdict::Weaker)
    );
    for (word, other) in [
        (
            "regions.unknown",
            names.replace("unknown: eea", "unknown: none"),
        ),
        ("regions.names.us", names.replace("[US]", "[US, CA]")),
        ("regions.from", names.replace("value.c", "header.c")),
    ] {
        let found = verdicts(&of_eea, &of(&other, "region: eea"));
        assert_eq!(found, [(Verdict::Changed, word.to_owned())]);
    }
}
