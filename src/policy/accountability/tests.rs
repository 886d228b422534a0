//! What is refused, what is warned of, and what passes.

use crate::action::NoTables;
use crate::keys::TestKeys;
use crate::language::codes;
use crate::language::finding::{Finding, Severity};
use crate::policy::{PolicyFile, compile};

/// What is found in a policy with these clauses, and these words of its only output.
fn found(clauses: &str, output: &str) -> Vec<Finding> {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
         source: {{ topic: raw, writers: own }}\n{clauses}\n\
         quarantine: {{ topic: refused, key: quarantine, retention: 7d }}\n\
         keys: {{ people: {{ ref: \"file:k.json#people\" }}, quarantine: {{ ref: \"file:k.json#quarantine\" }} }}\n\
         classes: {{ fields: {{ id: user.unique_id }} }}\noutputs:\n  - topic: clean\n    domain: d\n    {output}\n    \
         fields: {{ id: {{ pseudonymize: {{ key: people, normalize: text, epoch: 30d }} }} }}\n"
    );
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text,
    };
    let now = "2026-11-30T23:59:59Z".parse().expect("a time");
    let compiled = compile(&file, &TestKeys, &NoTables, now);
    compiled.findings.list().to_vec()
}

fn codes_of(clauses: &str, output: &str) -> Vec<(&'static str, Severity)> {
    let list = found(clauses, output);
    list.iter().map(|f| (f.code, f.severity)).collect()
}

const BASIS: &str = "basis: contract\n    purpose:";

#[test]
fn a_purpose_lies_under_one_that_was_collected_for_or_is_refused() {
    let of = |collected: &str, purpose: &str| {
        codes_of(
            &format!("purposes: {{ collected_for: {collected} }}"),
            &format!("{BASIS} {purpose}"),
        )
    };
    assert_eq!(of("analytics", "analytics"), []);
    assert_eq!(of("[sales, analytics]", "analytics.reporting.system"), []);
    let refused = [(codes::SECONDARY_USE, Severity::Error)];
    // Neither what is above nor what is called alike.
    assert_eq!(of("analytics.reporting", "analytics"), refused);
    assert_eq!(of("sales", "marketing"), refused);
}

#[test]
fn a_compatible_use_lasts_through_its_day() {
    let of = |until: &str| {
        let clauses = format!(
            "purposes: {{ collected_for: sales, compatible: [{{ use: analytics, because: told in the notice, until: {until} }}] }}"
        );
        codes_of(&clauses, &format!("{BASIS} analytics.reporting"))
    };
    assert_eq!(of("2026-11-30"), []);
    assert_eq!(of("2026-11-29"), [(codes::SECONDARY_USE, Severity::Error)]);
    for bad in [
        "2026-02-30",
        "tomorrow",
        "20261130",
        "2026-11-30T00:00",
        "''",
    ] {
        let list = of(bad);
        assert!(
            list.iter().any(|f| f.0 == codes::WRONG_KIND),
            "{bad}: {list:?}"
        );
    }
}

#[test]
fn unknown_purposes_are_warned_of_and_refused_once_purposes_are_written() {
    let unknown = |severity| [(codes::UNKNOWN_PURPOSE, severity)];
    assert_eq!(
        codes_of("", &format!("{BASIS} analytics.reportin")),
        unknown(Severity::Warning)
    );
    let own = |own: &str, purpose: &str| {
        codes_of(
            &format!("purposes: {{ own: {own}, collected_for: {purpose} }}"),
            &format!("{BASIS} {purpose}"),
        )
    };
    assert_eq!(own("acme", "acme.loyalty"), []);
    // The clause, and the output.
    assert_eq!(own("acme", "acmeloyalty").len(), 2);
    assert_eq!(
        own("analytics", "analytics.reporting")[0].0,
        codes::BAD_NAME
    );
    let help = |purpose: &str| {
        let list = found("", &format!("{BASIS} {purpose}"));
        list[0].help.clone()
    };
    assert!(help("anlytics").contains("did you mean `analytics`?"));
    assert!(help("campaign_insights").contains("`analytics.reporting.campaign_insights`"));
    assert!(help("sales.offers").contains("`sales`, which is above it"));
    assert!(help("zzz").contains("docs/reference/policy.md"));
}

#[test]
fn consent_as_a_basis_asks_for_consent() {
    let basis = "basis: consent\n    purpose: sales";
    let of = |severity| [(codes::CONSENT_WITHOUT_GATE, severity)];
    assert_eq!(codes_of("", basis), of(Severity::Warning));
    let written = "purposes: { collected_for: sales }";
    assert_eq!(codes_of(written, basis), of(Severity::Error));
    let gate = "consent: { signals: [{ from: value, path: consent }] }";
    let gated = format!("{basis}\n    needs_consent: Sales");
    assert_eq!(codes_of(&format!("{gate}\n{written}"), &gated), []);
}
