use super::*;
use crate::language::finding::Severity;
use crate::policy::{Compiled, PolicyFile, compile};

fn compiled(classes: &str) -> Compiled {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw }}\nkeys: {{ q: {{ ref: \"file:k.json#q\" }} }}\n\
             classes: {classes}\n\
             outputs:\n  - {{ topic: out, purpose: sales, domain: d, basis: contract, fields: {{ mail: {{ keep: {{ max_chars: 4 }} }}, plan: {{ generalize: {{ prefix: 1 }} }} }} }}\n\
             quarantine: {{ topic: refused, key: q, retention: 7d }}\n"
        ),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    compile(&file, &crate::keys::TestKeys, &crate::policy::NoTables, now)
}

/// Severity, code and help of everything said about these classes.
fn said(classes: &str) -> Vec<(Severity, &'static str, String)> {
    let found = compiled(classes);
    let list = found.findings.list().iter();
    list.map(|f| (f.severity, f.code, f.help.clone())).collect()
}

#[test]
fn a_misspelt_class_is_warned_of_and_the_policy_goes_on() {
    let found = compiled("{ fields: { mail: user.contct.email } }");
    assert!(found.plan.is_some());
    let [(severity, code, help)] = &said("{ fields: { mail: user.contct.email } }")[..] else {
        panic!("{:?}", found.findings)
    };
    assert_eq!(
        (*severity, *code),
        (Severity::Warning, codes::UNKNOWN_CLASS)
    );
    assert!(
        help.contains("did you mean `user.contact.email`?"),
        "{help}"
    );
    // Spelt well, the linter is at work.
    let well = said("{ fields: { mail: user.contact.email } }");
    assert_eq!(well[0].1, codes::DIRECT_IDENTIFIER);
    assert_eq!(said("{ fields: { mail: none } }"), []);
    let by_type = "{ types: { t: { mail: [user.behavior, user.behaviour] } } }";
    let unknown = said(by_type)
        .into_iter()
        .filter(|s| s.1 == codes::UNKNOWN_CLASS);
    assert_eq!(unknown.count(), 1);
}

#[test]
fn own_classes_stand_below_a_declared_prefix() {
    for (classes, codes) in [
        (
            "{ own: acme, fields: { mail: acme.loyalty.tier } }",
            &[][..],
        ),
        (
            "{ own: [acme, shop], fields: { mail: [acme, shop.x] } }",
            &[],
        ),
        (
            "{ own: user.loyalty, fields: { mail: user.loyalty.tier } }",
            &[],
        ),
        (
            "{ own: user.behavior.clicks, fields: { mail: user.behavior.clicks.x } }",
            &[],
        ),
        (
            "{ own: acme, fields: { mail: acmes.tier } }",
            &[codes::UNKNOWN_CLASS],
        ),
        (
            "{ own: acme, fields: { mail: user.contct } }",
            &[codes::UNKNOWN_CLASS],
        ),
        // Nothing of the list can be taken away from the linter.
        (
            "{ own: user, fields: { mail: user.behavior } }",
            &[codes::BAD_NAME],
        ),
        (
            "{ own: user.contact, fields: { mail: user.behavior } }",
            &[codes::BAD_NAME],
        ),
        (
            "{ own: user.contact.email, fields: { mail: user.behavior } }",
            &[codes::BAD_NAME],
        ),
        (
            "{ own: user.genetic, fields: { mail: user.behavior } }",
            &[codes::BAD_NAME],
        ),
        (
            "{ own: none, fields: { mail: user.behavior } }",
            &[codes::BAD_NAME],
        ),
        (
            "{ own: Acme, fields: { mail: user.behavior } }",
            &[codes::BAD_NAME],
        ),
        (
            "{ own: [], fields: { mail: user.behavior } }",
            &[codes::OUT_OF_RANGE],
        ),
    ] {
        let found: Vec<&str> = said(classes).iter().map(|s| s.1).collect();
        assert_eq!(found, codes, "{classes}");
    }
}

#[test]
fn the_class_that_is_meant_is_named_and_no_other() {
    for (written, wanted) in [
        ("user.contct.email", "did you mean `user.contact.email`?"),
        ("user.email", "did you mean `user.contact.email`?"),
        ("contact.email", "did you mean `user.contact.email`?"),
        ("email", "did you mean `user.contact.email`?"),
        (
            "user.device.ip_adress",
            "did you mean `user.device.ip_address`?",
        ),
        ("user.behaviour", "did you mean `user.behavior`?"),
        ("nonee", "did you mean `none`?"),
        ("acmee.tier", "did you mean `acme.tier`?"),
        ("user.loyalti.tier", "did you mean `user.loyalty.tier`?"),
        (
            "user.contact.email.work",
            "the list has `user.contact.email`, which is above it;",
        ),
        (
            "user.financial.order_id",
            "the list has `user.financial`, which is above it;",
        ),
        ("product.name", "docs/reference/policy.md has the list;"),
        ("user.shoe_size", "docs/reference/policy.md has the list;"),
        ("loyalty", "docs/reference/policy.md has the list;"),
    ] {
        assert_eq!(
            help(written, &["acme", "user.loyalty"]),
            wanted,
            "{written}"
        );
    }
}
