//! The list of actions is itself tested as data.

use super::testing::{findings, run};
use super::{ACTIONS, action};

#[test]
fn every_action_is_documented() {
    for def in ACTIONS {
        assert!(
            def.name.bytes().all(|b| b.is_ascii_lowercase()),
            "{}",
            def.name
        );
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
        if let Some(bare) = def.bare {
            assert_eq!(bare().name(), def.name);
        }
    }
}
