use super::*;
use crate::keys::TestKeys;
use crate::policy::{NoTables, PolicyFile, compile};

fn compiled(fields: &str) -> crate::policy::Compiled {
    let file = PolicyFile {
        path: "p.yaml".into(),
        text: format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: p, version: 1, owner: o }}\n\
             source: {{ topic: raw, key: json }}\nkeys: {{ k: {{ ref: \"file:k.json#k\" }} }}\noutputs:\n  \
             - {{ topic: x, purpose: analytics.reporting, domain: d, fields: {{ {fields} }} }}\n"
        ),
    };
    compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH)
}

fn meant(fields: &str) -> Said {
    compiled(fields).said.expect("it can be read")
}

fn changed(was: &str, is: &str) -> Vec<String> {
    let found = for_consumers(&meant(was), &meant(is));
    let changes = found.iter().flat_map(|o| &o.changes);
    changes.map(ToString::to_string).collect()
}

const CODE: &str = "u: { pseudonymize: { key: k, normalize: text, epoch: none } }";

#[test]
fn the_same_policy_breaks_nothing() {
    assert_eq!(changed(CODE, CODE), [""; 0]);
}

#[test]
fn columns_that_are_gone_new_or_called_otherwise() {
    assert_eq!(changed("a: keep, b: keep", "a: keep"), ["`b` is gone"]);
    assert_eq!(changed("a: keep", "a: keep, b: keep"), ["`b` is new"]);
    assert_eq!(
        changed("a: keep", "a: { as: { z: keep } }"),
        ["`a` is called `z`"]
    );
    let found = for_consumers(&meant("a: keep"), &meant("a: keep, b: keep"));
    assert!(!found[0].breaks());
}

#[test]
fn a_member_that_a_key_gains_or_loses_makes_every_key_another() {
    let of = |members: &str| format!("a: keep }}, key: {{ fields: {{ {members} }} ");
    let (one, two) = (of("id: keep"), of("id: keep, b: keep"));
    for (was, is, says) in [
        (&one, &two, "`key.b` is new, "),
        (&two, &one, "`key.b` is gone, "),
    ] {
        let found = for_consumers(&meant(was), &meant(is));
        let says =
            format!("{says}so every record key is another, and finds nothing written before");
        assert_eq!(changed(was, is), [says]);
        assert!(found[0].breaks());
    }
    // Where there was no key, no reader found anything by one.
    let found = for_consumers(&meant("a: keep"), &meant(&one));
    assert!(!found[0].breaks());
}

#[test]
fn the_header_of_the_policy_is_new_for_readers_and_neither_weaker_nor_stronger() {
    let on = "a: keep }, policy_header: true, headers: { h: keep";
    let off = on.replace("true", "false");
    let found = for_consumers(&meant(&off), &meant(on));
    assert!(!found[0].breaks());
    assert_eq!(
        found[0].changes,
        [Change::PolicyHeader { now: true }],
        "{off}"
    );
    let found = for_consumers(&meant(on), &meant(&off));
    assert!(found[0].breaks());
    assert_eq!(
        changed(on, &off),
        ["the header `veil-policy` is written no more"]
    );
    let said = |fields: &str| compiled(fields).said.expect("it can be read");
    for (was, is) in [(on, &*off), (&*off, on)] {
        assert_eq!(crate::policy::diff::diff(&said(was), &said(is)), []);
    }
}

#[test]
fn other_types_and_other_codes_are_told() {
    assert_eq!(
        changed("a: { mask: {} }", "a: { replace: { with: 1 } }"),
        ["`a` is integer and was null or text"]
    );
    let [told] = &changed(CODE, &CODE.replace("text,", "text, space: s,"))[..] else {
        panic!("one change");
    };
    assert!(told.starts_with("`u` has other codes"), "{told}");
    assert_eq!(
        changed(CODE, "u: { mask: {} }"),
        [
            "`u` is null or text and was text",
            "`u` holds codes no more: joins over it break"
        ]
    );
}

#[test]
fn codes_in_names_and_inside_of_actions_are_told_with_only_what_differs() {
    let names = "\"n.*\": { keep: { one_of: [a] }, names: { pseudonymize: { key: k, normalize: text, epoch: none } } }";
    assert_eq!(
        changed(names, &names.replace("none", "month")),
        [
            "`n.*` has other codes in the names of members, so it joins with nothing written before: \
          `epoch` differs: none and `month`; two lengths of epochs never meet, nor an epoch and codes that stay"
        ]
    );
    let text =
        "t: { redact: { with: { pseudonymize: { key: k, normalize: email, epoch: none } } } }";
    assert_eq!(
        changed(text, "t: { redact: {} }"),
        ["`t` holds codes inside `redact` under `with` no more: joins over it break"]
    );
}

#[test]
fn another_condition_is_no_other_name() {
    let when = "m: { when: [{ if: { c: [DE, FR] }, then: { mask: {} } }, { else: drop }] }";
    assert_eq!(
        changed(when, &when.replace("[DE, FR]", "DE")),
        ["`m` is made so when `c` is \"DE\", and was when `c` is one of \"DE\", \"FR\""]
    );
}
