//! The list of actions is itself tested as data.

use super::testing::{findings, run};
use super::{ACTIONS, action};

/// Words of lower-case letters, joined by `_`: what a policy, a metric label, a
/// file, a folder and the anchor of a page take alike. `-` ends the name in
/// that of a golden folder.
fn is_action_name(name: &str) -> bool {
    name.split('_')
        .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
}

#[test]
fn an_action_may_be_named_by_several_words() {
    for name in ["keep", "match_hash", "a_b_c"] {
        assert!(is_action_name(name), "{name}");
    }
    for name in [
        "",
        "_",
        "_keep",
        "keep_",
        "match__hash",
        "match-hash",
        "Keep",
        "h3",
    ] {
        assert!(!is_action_name(name), "{name}");
    }
}

#[test]
fn every_action_is_documented() {
    for def in ACTIONS {
        assert!(is_action_name(def.name), "{}", def.name);
        for text in [def.summary, def.doc, def.leaks] {
            assert!(
                text.ends_with('.') && text.len() > 7,
                "{}: {text}",
                def.name
            );
        }
        assert!(!def.reversible.is_empty(), "{}", def.name);
        assert_eq!(def.shape.name, def.name);
        assert!(!def.examples.is_empty(), "{}", def.name);
        for word in def.shape.words {
            assert!(!word.doc.is_empty(), "{}.{}", def.name, word.name);
        }
        let same = ACTIONS.iter().filter(|d| d.name == def.name).count();
        assert_eq!(same, 1, "{}", def.name);
    }
}

#[test]
fn every_example_gives_exactly_what_it_says() {
    for def in ACTIONS {
        for example in def.examples {
            assert!(example.policy.contains(def.name), "{}", example.policy);
            let written = run(example.policy, example.input);
            assert_eq!(
                written,
                Ok(example.output.map(str::to_owned)),
                "{}",
                example.policy
            );
        }
    }
}

#[test]
fn every_action_has_its_own_name_and_refuses_unknown_words() {
    for def in ACTIONS {
        assert_eq!(action(def.name).map(|d| d.name), Some(def.name));
        let mut codes = findings(&format!("{{ {}: {{ nonsense: 1 }} }}", def.name));
        assert!(codes.contains(&"V0004"), "{}: {codes:?}", def.name);
        codes.retain(|c| *c == "V0004");
        assert_eq!(codes.len(), 1, "{}", def.name);
        let is_shown = def.examples.iter().any(|e| e.policy == def.name);
        assert!(def.bare.is_none() || is_shown, "{}: run it bare", def.name);
    }
}
