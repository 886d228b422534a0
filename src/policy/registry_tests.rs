//! The lists of the language are tested as data: what it says it will have one
//! day is not what it has, and any name that an action may have works.

use crate::policy::NoTables;
use std::collections::BTreeSet;

use super::entry::compile_with;
use super::grammar;
use super::{Compiled, PolicyFile};
use crate::action::testing::named;
use crate::action::{ACTIONS, ActionDef};
use crate::keys::TestKeys;
use crate::language::shape::{Shape, Takes};

/// Every shape of the language: outside the actions and of each action.
fn shapes() -> impl Iterator<Item = &'static Shape> {
    let outside = grammar::ALL.iter().map(|(_, shape)| *shape);
    outside.chain(ACTIONS.iter().map(|def| def.shape))
}

#[test]
fn no_action_has_the_name_of_another_or_of_a_word_beside_it() {
    let names: Vec<&str> = ACTIONS.iter().map(|a| a.name).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
    let beside = [&grammar::FIELD_VALUE, &grammar::RECORD_KEY];
    for word in beside.into_iter().flat_map(|shape| shape.words) {
        assert!(!distinct.contains(word.name), "`{}`", word.name);
    }
}

#[test]
fn no_word_of_a_shape_is_announced_and_built() {
    for shape in shapes() {
        for word in shape.words {
            let same = shape.words.iter().filter(|w| w.name == word.name).count();
            assert_eq!(same, 1, "`{}` of `{}`", word.name, shape.name);
            let choices = choices(&word.takes);
            let distinct: BTreeSet<&str> = choices.iter().copied().collect();
            assert_eq!(
                distinct.len(),
                choices.len(),
                "`{}` of `{}` takes {choices:?}",
                word.name,
                shape.name
            );
        }
    }
}

/// The words that may stand behind a word, those of a later version included.
fn choices(takes: &Takes) -> Vec<&'static str> {
    match takes {
        Takes::OneOf(words) => words.to_vec(),
        Takes::OneOfSome(words, later) => [*words, *later].concat(),
        Takes::List(item) | Takes::OneOrMany(item) | Takes::MapOf(item) => choices(item),
        Takes::Either(a, b) => [choices(a), choices(b)].concat(),
        // A shape of its own, or no words.
        Takes::Object(_)
        | Takes::Text
        | Takes::Prose
        | Takes::KeyName(_)
        | Takes::EventText
        | Takes::EventScalar
        | Takes::TextLike(_)
        | Takes::Integer(..)
        | Takes::Number
        | Takes::Boolean
        | Takes::FieldValue
        | Takes::Condition
        | Takes::Test(_)
        | Takes::RecordKey
        | Takes::Scalar
        | Takes::Null
        | Takes::Anything => Vec::new(),
    }
}

/// An action that does what `keep` does, under a name of two words.
const NAMED_BY_TWO_WORDS: &[ActionDef] = &[ActionDef {
    name: "match_hash",
    ..*named("keep")
}];

fn compiled(rest: &str) -> Compiled {
    let head = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: t, version: 1, owner: o }\nsource: { topic: raw }\n";
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: format!("{head}{rest}"),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    compile_with(NAMED_BY_TWO_WORDS, &file, &TestKeys, &NoTables, now)
}

fn output(fields: &str) -> String {
    format!("outputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    fields: {fields}\n")
}

#[test]
fn an_action_named_by_two_words_is_read_like_any_other() {
    let compiled = compiled(&format!(
        "actions: {{ short: {{ match_hash: {{ max_chars: 8 }} }} }}\n{}    headers: {{ h: match_hash }}\n",
        output(
            "{ a: match_hash, b: { match_hash: { max_chars: 3 }, on_error: drop_field }, c: short }"
        ),
    ));
    let plan = compiled
        .plan
        .unwrap_or_else(|| panic!("{:?}", compiled.findings));
    let actions: Vec<&str> = plan.outputs[0].fields.iter().map(|f| f.action).collect();
    assert_eq!(actions, ["match_hash"; 4]);
}

#[test]
fn an_action_named_by_two_words_is_helped_with_like_any_other() {
    for (rest, code, said) in [
        (
            output("{ a: match_hsh }"),
            "V0109",
            "did you mean `match_hash`?",
        ),
        (
            output("{ a: match-hash }"),
            "V0109",
            "did you mean `match_hash`?",
        ),
        (
            format!(
                "actions: {{ match_hash: match_hash }}\n{}",
                output("{ a: match_hash }")
            ),
            "V0009",
            "choose another name",
        ),
        (
            format!(
                "{}    headers: {{ match_hash: [a, b] }}\n",
                output("{ a: match_hash }")
            ),
            "V0120",
            "write `headers: { a: match_hash, b: match_hash }`",
        ),
    ] {
        let compiled = compiled(&rest);
        let found = compiled.findings.list().iter().find(|f| f.code == code);
        let help = found.map(|f| f.help.as_str());
        assert_eq!(help, Some(said), "{rest}: {:?}", compiled.findings);
    }
}
