//! The list of kinds is itself tested as data.

use std::path::Path;

use super::super::testing::{findings, parse, run};
use super::{GENERALIZE, KINDS, KindDef};
use crate::action::Example;
use crate::language::finding::Findings;
use crate::language::shape::Takes;
use crate::language::written::Member;
use crate::language::yaml;
use crate::record::Reason;

/// The members of an example, each as the policy writes it: `bucket: 10`.
fn written(example: &Example) -> Vec<(String, &'static str)> {
    let mut findings = Findings::default();
    let node = yaml::read(example.policy, &mut findings).expect("the example is YAML");
    let inside = node.member("generalize").expect("an example of it");
    let members = inside.value.members().expect("words and values");
    let text = |m: &Member| &example.policy[m.name_span.start..m.value.span.end];
    members.iter().map(|m| (m.name.clone(), text(m))).collect()
}

/// A deciding word as some example writes it.
fn example_of(kind: &KindDef, word: &str) -> &'static str {
    let all = kind.examples.iter().flat_map(written);
    all.filter(|(name, _)| name == word)
        .map(|(_, text)| text)
        .next()
        .unwrap_or_else(|| panic!("{}: no example of `{word}`", kind.what))
}

/// What an author gets who writes all of these.
fn together(words: &[&str]) -> String {
    format!("{{ generalize: {{ {} }} }}", words.join(", "))
}

#[test]
fn every_kind_is_documented() {
    for kind in KINDS {
        let name = kind.what;
        assert!(
            kind.what.starts_with("a ") || kind.what.starts_with("an "),
            "{name}"
        );
        assert!(
            kind.doc.starts_with("**") && kind.doc.ends_with('.'),
            "{name}"
        );
        assert!(
            kind.leaks.is_empty() || kind.leaks.ends_with('.'),
            "{name}: {}",
            kind.leaks
        );
        assert!(!kind.decides.is_empty(), "{name}");
        for word in kind.decides.iter().chain(kind.further) {
            assert!(
                word.built && word.doc.ends_with('.'),
                "{name}.{}",
                word.name
            );
            let said = [format!("`{}`", word.name), format!("`{}:", word.name)];
            assert!(
                said.iter().any(|said| kind.doc.contains(said)),
                "{name}: its text says nothing of `{}`",
                word.name
            );
            let owners = KINDS
                .iter()
                .filter(|k| k.words().any(|w| w == word.name))
                .count();
            assert_eq!(owners, 1, "`{}` is a word of two kinds", word.name);
        }
        assert_eq!(KINDS.iter().filter(|k| k.what == name).count(), 1, "{name}");
    }
}

#[test]
fn every_deciding_word_decides_alone() {
    for kind in KINDS {
        for word in kind.decides {
            let policy = together(&[example_of(kind, word.name)]);
            assert_eq!(findings(&policy), [""; 0], "{policy}");
        }
    }
}

#[test]
fn the_action_has_what_its_kinds_have() {
    for kind in KINDS {
        assert!(GENERALIZE.summary.contains(kind.what), "{}", kind.what);
        assert!(GENERALIZE.doc.contains(kind.doc), "{}", kind.what);
        assert!(GENERALIZE.leaks.contains(kind.leaks), "{}", kind.what);
    }
    let words: Vec<&str> = GENERALIZE.shape.words.iter().map(|w| w.name).collect();
    let of_kinds = KINDS.iter().flat_map(|k| k.words());
    let expected: Vec<&str> = of_kinds.collect();
    assert_eq!(words, expected);
    let examples = GENERALIZE.examples.iter().map(|e| e.policy);
    let of_kinds = KINDS.iter().flat_map(|k| k.examples).map(|e| e.policy);
    assert!(examples.eq(of_kinds));
}

#[test]
fn two_kinds_never_go_together() {
    for (n, one) in KINDS.iter().enumerate() {
        for other in &KINDS[n + 1..] {
            let policy = together(&[one, other].map(|k| example_of(k, k.decides[0].name)));
            let mut findings = Findings::default();
            assert!(parse(&policy, &mut findings).is_none(), "{policy}");
            let [finding] = findings.list() else {
                panic!("{policy}: {findings:?}")
            };
            assert_eq!(finding.code, "V0301");
            for kind in [one, other] {
                assert!(finding.message.contains(kind.what), "{}", finding.message);
            }
        }
    }
}

#[test]
fn deciding_words_of_one_kind_exclude_each_other_where_the_kind_says_so() {
    for kind in KINDS {
        for (n, one) in kind.decides.iter().enumerate() {
            for other in &kind.decides[n + 1..] {
                let policy = together(&[one, other].map(|w| example_of(kind, w.name)));
                let expected: &[&str] = if kind.is_one_of { &["V0302"] } else { &[] };
                assert_eq!(findings(&policy), expected, "{policy}");
            }
        }
    }
}

/// The values that let most through, as an author writes them.
fn widest(takes: &Takes) -> Vec<String> {
    match takes {
        Takes::Integer(_, max) => vec![max.to_string()],
        Takes::Number => vec!["1".to_owned()],
        // Two siblings.
        Takes::Text => vec!["a".to_owned(), "b".to_owned()],
        Takes::List(item) => vec![format!("[{}]", widest(item).join(", "))],
        Takes::OneOf(words) => words.iter().map(|w| (*w).to_owned()).collect(),
        // The finest step of a time, the shortest shift.
        Takes::TextLike(_) => vec!["1s".to_owned(), "1d, key: people".to_owned()],
        Takes::KeyName(_) => vec!["people, shift: 30d".to_owned()],
        Takes::Object(shape) if shape.name == "top_k" => vec!["{ of: [a] }".to_owned()],
        Takes::Object(_) => vec!["{ file: occupations.csv, level: 1 }".to_owned()],
        other => panic!("say which value of {other:?} lets most through"),
    }
}

#[test]
fn a_kind_that_can_leave_a_value_whole_says_with_which_word() {
    let mut clear = Vec::new();
    for kind in KINDS {
        for word in kind.decides.iter().chain(kind.further) {
            for value in widest(&word.takes) {
                let policy = together(&[&format!("{}: {value}", word.name)]);
                let spec = parse(&policy, &mut Findings::default());
                if spec.is_some_and(|spec| spec.facts().clear) {
                    let said = format!("`{}", word.name);
                    assert!(kind.leaks.contains(&said), "{policy} leaves values whole");
                    clear.push(word.name);
                }
            }
        }
    }
    assert!(!clear.is_empty(), "nothing was tried");
}

#[test]
fn every_kind_leaves_null_as_it_is_and_refuses_arrays_and_objects() {
    for kind in KINDS {
        let policy = kind.examples[0].policy;
        assert_eq!(run(policy, "null"), Ok(Some("null".to_owned())), "{policy}");
        for json in ["[]", "{}", "[1]", r#"{"a":1}"#] {
            assert_eq!(run(policy, json), Err(Reason::WrongType), "{policy} {json}");
        }
    }
}

#[test]
fn every_deciding_word_stands_in_a_golden_folder() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let cases = std::fs::read_dir(golden).expect("tests/golden exists");
    let policies: Vec<String> = cases
        .map(|case| case.expect("it can be listed"))
        .filter(|case| {
            case.file_name()
                .to_string_lossy()
                .starts_with("generalize-")
        })
        .map(|case| std::fs::read_to_string(case.path().join("policy.yaml")))
        .map(|text| text.expect("the case has a policy"))
        .collect();
    for word in KINDS.iter().flat_map(|k| k.decides) {
        let written = ["{", ","].map(|before| format!("{before} {}: ", word.name));
        let stands = |line: &str| {
            let inside = line.split_once("generalize: ");
            inside.is_some_and(|(_, inside)| written.iter().any(|w| inside.contains(w)))
        };
        assert!(
            policies.iter().flat_map(|text| text.lines()).any(stands),
            "`{}` stands in no golden folder",
            word.name
        );
    }
}
