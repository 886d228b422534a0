//! `each` beyond what golden folders show: record key and headers, and what other
//! rooms see of the action inside.

use std::sync::Arc;

use crate::pipeline::testing::{Raw, key_of, raw, run};
use crate::policy::compile::testing;
use crate::policy::{Compiled, meaning};

fn compiled(source: &str, members: &str) -> Compiled {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw, writers: own, {source} }}\nkeys: {{ k: {{ ref: \"file:keyring.json#people\" }} }}\nclasses: {{ fields: {{ mail: user.contact.email, one: user.contact.email, n: none }} }}\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    basis: contract\n    {members}\n"
    );
    testing::compiled(text)
}

/// The codes of all that is wrong, notes left out.
fn codes(members: &str) -> Vec<&'static str> {
    let compiled = compiled("key: json", members);
    let list = compiled.findings.list().iter();
    let told = list.filter(|f| !["V0204", "V0405", "V0407"].contains(&f.code));
    told.map(|f| f.code).collect()
}

const CODE: &str = "{ pseudonymize: { key: k, normalize: email, epoch: none } }";

#[test]
fn a_record_key_is_made_of_a_list_and_headers_of_their_parts() {
    let members = format!(
        "key: {{ from: record_key.mails, each: {{ take: first, do: {CODE} }} }}\n    headers: {{ X-Forwarded-For: {{ each: {{ split: ',', take: first, do: {{ generalize: {{ ipv4: 24, ipv6: 48, port: drop }} }} }} }} }}\n    fields: {{ mail: {CODE} }}"
    );
    let plan = compiled("key: json", &members).plan.expect("a plan");
    let with = |key: &str, header: &str| Raw {
        key: Some(key.into()),
        headers: vec![("X-Forwarded-For", Some(header.into()))],
        ..raw(r#"{"mail":"jane@example.com"}"#)
    };
    let records = [
        with(
            r#"{"mails":[null,"Jane@example.com","joe@example.com"]}"#,
            "203.0.113.7:80, 198.51.100.1",
        ),
        with(r#"{"mails":"jane@example.com"}"#, "unknown"),
        with(r#"{"mails":[]}"#, "2001:db8:1:2::7,10.0.0.1"),
        with(r#"{"mails":[{"a":1}]}"#, "10.0.0.1"),
    ];
    let out = run(&Arc::new(plan), &records);
    let code = key_of(&out, &out.records()[0]).expect("a key");
    let value = crate::pipeline::testing::value_of(&out, &out.records()[0]);
    assert_eq!(value, Some(format!(r#"{{"mail":"{code}"}}"#)));
    assert_eq!(key_of(&out, &out.records()[1]), Some(code));
    assert_eq!(key_of(&out, &out.records()[2]), None);
    assert_eq!(
        out.records()[3].destination,
        crate::pipeline::Destination::Quarantine(crate::record::Reason::WrongType)
    );
    let header = |n: usize| {
        let headers = out.headers(&out.records()[n]);
        let values = headers.map(|(_, value)| value.expect("a value").to_vec());
        let texts = values.map(|v| String::from_utf8(v).expect("text"));
        texts.collect::<Vec<_>>()
    };
    assert_eq!(header(0), ["203.0.113.0/24"]);
    assert_eq!(header(1), [""; 0]);
    assert_eq!(header(2), ["2001:db8:1::/48"]);
}

#[test]
fn what_stands_inside_is_what_leaves() {
    let each =
        |inner: &str| format!("fields: {{ mail: {{ each: {{ split: ',', do: {inner} }} }} }}");
    for (inner, codes_of) in [
        (CODE, &[][..]),
        // In clear, and directly of a person.
        ("keep", &["V0263", "V0201", "V0214"]),
        // Linkable without a word for it.
        ("{ pseudonymize: { key: k, normalize: email } }", &["V0210"]),
        (
            "{ pseudonymize: { key: other, normalize: email, epoch: none } }",
            &["V0401"],
        ),
        ("drop", &["V0302"]),
        (
            "{ pseudonymize: { key: k, scope: subject, epoch: none } }",
            &["V0005"],
        ),
    ] {
        assert_eq!(codes(&each(inner)), codes_of, "{inner}");
    }
    let without = |site: &str| format!("fields: {{ {site} }}");
    let elements = format!("{{ each: {{ do: {CODE} }} }}");
    assert_eq!(codes(&without(&format!("mail: {elements}"))), ["V0110"]);
    assert_eq!(
        codes(&without(&format!("mail: {{ as: {{ a: {elements} }} }}"))),
        ["V0110"]
    );
}

#[test]
fn a_list_of_codes_joins_what_the_code_joins() {
    let members = format!(
        "fields: {{ one: {CODE}, mail: {{ each: {{ split: ',', do: {CODE} }} }}, n: {{ each: {{ split: ',', do: {{ pseudonymize: {{ key: k, normalize: email, space: other, epoch: none }} }} }} }} }}"
    );
    let said = compiled("key: json", &members)
        .said
        .expect("it can be read");
    let said = meaning(&said);
    let [one, mail, other] = &said.outputs[0].columns[..] else {
        panic!("three columns");
    };
    assert!(one.joins_by.is_some());
    assert_eq!(one.joins_by, mail.joins_by);
    assert_ne!(one.joins_by, other.joins_by);
    assert_eq!(mail.action.name, "pseudonymize");
}
