use std::collections::HashSet;

use super::*;
use crate::action::ACTIONS;
use crate::language::codes;
use crate::language::finding::{Finding, Severity};
use crate::language::shape::{Shape, Takes};
use crate::policy::{PolicyFile, compile, grammar};

/// The first error of a policy whose only field has that value.
fn error_of(value: &str) -> Option<Finding> {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw }}\nkeys: {{ people: {{ ref: \"file:k.json#people\" }} }}\n\
             outputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    fields: {{ a: {value} }}\n"
        ),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    let found = compile(&file, &crate::keys::TestKeys, &crate::policy::NoTables, now);
    let mut list = found.findings.list().iter();
    list.find(|f| f.severity == Severity::Error).cloned()
}

/// What stands between backticks.
fn quoted(help: &str) -> impl Iterator<Item = &str> {
    help.split('`').skip(1).step_by(2)
}

/// What may be written in `of`, besides free names.
fn known(of: &str) -> Vec<&'static str> {
    if of == FIELD_VALUE {
        let own = grammar::FIELD_VALUE.words.iter().map(|w| w.name);
        let built = ACTIONS.iter().map(|a| a.name).chain(own);
        let bare = ACTIONS.iter().filter(|a| a.bare.is_some());
        return built.chain(bare.map(|a| a.name)).collect();
    }
    let shapes = grammar::ALL.iter().map(|(_, shape)| *shape);
    let shapes: Vec<&Shape> = shapes.chain(ACTIONS.iter().map(|a| a.shape)).collect();
    if let Some(shape) = shapes.iter().find(|s| s.name == of) {
        let built = shape.words.iter().filter(|w| w.built);
        return built.map(|w| w.name).collect();
    }
    // A word may stand in several shapes, and take other words in each.
    let all = shapes.iter().flat_map(|s| s.words).filter(|w| w.name == of);
    let one_of: Vec<&str> = all
        .filter_map(|w| match &w.takes {
            Takes::OneOf(words)
            | Takes::OneOfSome(words, _)
            | Takes::Either(Takes::OneOf(words), _) => Some(words.to_vec()),
            _ => None,
        })
        .flatten()
        .collect();
    assert!(
        !one_of.is_empty(),
        "`{of}` is neither a shape nor a word that takes one of several"
    );
    one_of
}

#[test]
fn what_is_offered_instead_is_of_this_version() {
    for Brought { of, help, .. } in ALL {
        let known = known(of);
        let mut offered = quoted(help);
        let first = offered.next().expect("something is offered");
        for text in std::iter::once(first).chain(offered) {
            if text.starts_with('{') {
                let value = text
                    .replace("NAME@", "people@")
                    .replace("key: NAME", "key: people");
                assert_eq!(error_of(&value), None, "{help}");
            }
        }
        assert!(first.starts_with('{') || known.contains(&first), "{help}");
    }
}

#[test]
fn no_word_of_ours_is_taken_for_a_strange_one() {
    let mut seen = HashSet::new();
    for Brought { of, words, .. } in ALL {
        let known = known(of);
        for word in words.split(' ') {
            assert!(!known.contains(&word), "{word} in {of}");
            assert!(seen.insert((of, word)), "{word} in {of}");
        }
    }
}

#[test]
fn people_are_told_what_to_write_here() {
    for (value, wanted) in [
        ("hash", "{ pseudonymize:"),
        ("{ hmac: { key: people } }", "{ pseudonymize:"),
        ("SHA-256", "{ pseudonymize:"),
        ("anonymize", "no action makes a person anonymous"),
        ("remove", "`drop`"),
        ("delete", "`drop`"),
        ("{ rename: b }", "{ as:"),
        ("{ truncate: 3 }", "prefix"),
        ("{ generalize: { truncate: 3 } }", "`prefix`"),
        ("{ keep: {}, on_error: drop }", "`drop_field`"),
        ("{ generalize: { time: 1h, unit: millis } }", "`ms`"),
        ("{ bucket: 10 }", "`{ generalize: { bucket: … } }`"),
        ("{ kep: { max_chars: 3 } }", "did you mean `keep`?"),
    ] {
        let help = error_of(value).expect("an error").help;
        assert!(help.contains(wanted), "{value}: {help}");
        assert!(!help.contains("did you mean `mask`"), "{value}: {help}");
    }
    let redact = error_of("redact").expect("an error");
    assert_eq!(redact.code, codes::UNKNOWN_ACTION);
    assert!(redact.help.contains("{ redact: { … } }"), "{}", redact.help);
}

#[test]
fn a_unit_is_never_guessed() {
    for unit in ["m", "h", "ks", "cs", "y", "sm"] {
        let value = format!("{{ generalize: {{ time: 1d, unit: {unit} }} }}");
        let help = error_of(&value).expect("an error").help;
        assert_eq!(help, "known here: iso, s, ms, us, ns, d, basic", "{unit}");
    }
}

#[test]
fn what_was_found_is_not_called_what_was_wanted() {
    for (value, code) in [
        ("{ as: {} }", codes::WRONG_KIND),
        ("{ generalize: { bucket: .5 } }", codes::WRONG_KIND),
        ("{ generalize: { bucket: 012 } }", codes::WRONG_KIND),
        ("{ generalize: { ranges: [+1] } }", codes::WRONG_KIND),
        ("{ generalize: { ipv4: 012 } }", codes::WRONG_KIND),
        (
            "{ generalize: { ipv4: 99999999999999999999 } }",
            codes::OUT_OF_RANGE,
        ),
    ] {
        let error = error_of(value).expect("an error");
        assert_eq!(error.code, code, "{value}");
        assert!(!error.help.is_empty(), "{value}");
        for kind in ["a mapping", "a number"] {
            let times = error.message.matches(kind).count();
            assert!(times < 2, "{value}: {}", error.message);
        }
    }
}
