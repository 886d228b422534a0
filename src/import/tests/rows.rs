//! Rows of a database, as Debezium writes them: columns that were changed there, and the
//! shape that a record has when a transform sees it.

use super::chain::{MASK, NULL, REPLACE, connector, said};
use super::*;

const ROW: (&str, &str, &str) = ("u", "io.debezium.transforms.ExtractNewRecordState", "");
const CODE: &str = "{ pseudonymize: { key: people, normalize: text, epoch: none } }";
const COLUMNS: &str = "\
column.exclude.list=public.customers.ssn
column.mask.hash.v2.SHA-256.with.salt.pepper123=public.customers.email
column.mask.with.12.chars=public.customers.phone
";

/// What was hashed, masked or taken out there is never offered, nor said to be in clear.
#[test]
fn nothing_that_is_changed_there_is_told_as_in_clear() {
    let flat = sample(&[
        r#"{"id":1,"email":"a@b.example","phone":"1","ssn":"2","plan":"pro","name":"J","address":{"street":"S"}}"#,
    ]);
    let rows = sample(&[
        r#"{"before":null,"after":{"id":1,"email":"a@b.example","phone":"1","ssn":"2","plan":"pro","name":"J","address":{"street":"S"}}}"#,
    ]);
    let chain = connector(&[
        ROW,
        ("m", MASK, "fields=name replacement=x"),
        ("x", REPLACE, "exclude=address renames=id:nr"),
    ]);
    for (events, at, clear) in [
        (None, "", &["id: { as: { nr: keep } }"][..]),
        (Some(&flat), "", &["id: { as: { nr: keep } }", "plan: drop"]),
        (
            Some(&rows),
            "(before|after).",
            &[
                "\"(before|after).id\": keep",
                "before: drop",
                "after.plan: drop",
            ],
        ),
    ] {
        let made = policy(Foreign::Connect, &(chain.clone() + COLUMNS), events);
        let path = |name: &str| match at {
            "" => name.to_owned(),
            _ => format!("\"{at}{name}\""),
        };
        let all = [
            ("ssn", "drop"),
            ("email", CODE),
            ("phone", "{ mask: { fixed_length: 12 } }"),
            ("name", "{ replace: { with: x } }"),
            ("address", "drop"),
        ];
        assert_eq!(
            lines(&made),
            all.map(|(name, does)| format!("{}: {does}", path(name)))
        );
        assert!(made.refused.is_empty(), "{:?}", made.refused);
        let listed = made
            .text
            .split_once("until somebody decides:\n")
            .expect("some are in clear")
            .1;
        let listed = listed.lines().take_while(|l| l.starts_with("      # "));
        let listed: Vec<&str> = listed.map(|l| &l[8..]).collect();
        assert_eq!(listed, clear);
    }
}

/// A record has its columns at the top, or in `before` and `after`.
#[test]
fn a_draft_knows_one_shape_of_a_record() {
    let mask = ("m", MASK, "fields=name");
    let made = |transforms: &[(&str, &str, &str)]| {
        policy(Foreign::Connect, &(connector(transforms) + COLUMNS), None)
    };
    let is_row = |line: &&str| line.starts_with("\"(before|after).");
    let with = made(&[ROW, mask]);
    assert_eq!(
        lines(&with).iter().filter(|l| is_row(l)).count(),
        0,
        "{}",
        with.text
    );
    assert!(with.text.contains("keep that transform"), "{}", with.text);
    for chain in [&[mask][..], &[mask, ("t", "RegexRouter", "")]] {
        let without = made(chain);
        assert!(lines(&without).iter().all(is_row), "{}", without.text);
        assert!(
            without.refused[0].why.contains("no column"),
            "{:?}",
            without.refused
        );
    }
    // Behind the mask it is too late.
    let late = made(&[mask, ROW]);
    assert!(
        lines(&late).iter().all(|l| !l.contains("name")),
        "{}",
        late.text
    );
    assert_eq!(late.refused.len(), 1, "{:?}", late.refused);
}

#[test]
fn hashes_without_a_key_become_codes_and_what_hides_more_stands() {
    let hash = (
        "h",
        "io.aiven.kafka.connect.transforms.Hash$Value",
        "field.name=email function=sha256",
    );
    let mask = ("m", MASK, "fields=email");
    let email = |does: &str| vec![format!("email: {does}")];
    assert_eq!(said(&[hash]), (email(CODE), vec![], 0));
    assert_eq!(said(&[hash, mask]), (email(NULL), vec![], 0));
    let other = ("o", MASK, "fields=other");
    let alone = vec![format!("other: {NULL}")];
    // The hash of a constant is no code of the value.
    assert_eq!(said(&[mask, hash, other]), (alone.clone(), vec![], 1));
    let whole = (
        "h",
        "io.aiven.kafka.connect.transforms.Hash$Value",
        "function=sha256",
    );
    assert_eq!(said(&[whole, other]), (alone, vec![], 1));
}
