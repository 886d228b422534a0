//! The policy that shows every part of the language, and what hostile text
//! does to the reader.

use proptest::prelude::*;
use veilstream::keys::TestKeys;
use veilstream::policy::{Compiled, PolicyFile, compile, render};

const MODEL: &str = include_str!("model.yaml");

fn compiled(text: &str) -> Compiled {
    let file = PolicyFile {
        path: "model.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    compile(&file, &TestKeys, now)
}

#[test]
fn the_model_policy_compiles() {
    let found = compiled(MODEL);
    let report = render::text(&found.findings, "model.yaml", MODEL, false);
    let plan = found.plan.unwrap_or_else(|| panic!("{report}"));
    let codes: Vec<&str> = found.findings.list().iter().map(|f| f.code).collect();
    assert_eq!(codes, ["V0204", "V0201", "V0210", "V0212"], "{report}");
    assert_eq!(plan.outputs.len(), 2);
    assert_eq!(plan.categories, ["Analytics", "Advertising", "Mail"]);
    // page, identify, two orders, all others.
    assert_eq!(plan.types.columns, 5);
    assert_eq!(plan.outputs[1].by_type.iter().flatten().count(), 1);
    assert!(plan.quarantine.is_some());
    assert_eq!(found.tests.len(), 1);
    assert_eq!(found.keys.len(), 3);
}

/// One line of the model with one change: the policies people write.
fn changed() -> impl Strategy<Value = String> {
    let lines: Vec<&str> = MODEL.lines().collect();
    let n = lines.len();
    (
        0..n,
        0usize..200,
        0usize..12,
        prop_oneof![
            Just(String::new()),
            "[\\PC]{0,6}".prop_map(|s| s),
            "[-:{}\\[\\],&*!|>'\"%@`#?~. \\t]{1,4}".prop_map(|s| s),
            Just("\n".to_owned()),
            Just("null".to_owned()),
            Just("**".to_owned()),
        ],
    )
        .prop_map(move |(line, at, cut, insert)| {
            let mut text: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
            let chars: Vec<char> = text[line].chars().collect();
            let at = at.min(chars.len());
            let end = (at + cut).min(chars.len());
            text[line] = chars[..at]
                .iter()
                .copied()
                .chain(insert.chars())
                .chain(chars[end..].iter().copied())
                .collect();
            text.join("\n")
        })
}

fn answered(text: &str) -> Result<(), TestCaseError> {
    let found = compiled(text);
    prop_assert_eq!(found.plan.is_some(), !found.findings.has_errors());
    for f in found.findings.list() {
        if let Some(s) = f.span {
            prop_assert!(text.get(s.start..s.end).is_some(), "{:?}", f);
        }
    }
    render::text(&found.findings, "p", text, true);
    render::json(&found.findings, "p", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_changed_policy_is_answered(text in changed()) {
        answered(&text)?;
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        answered(&String::from_utf8_lossy(&bytes))?;
    }
}

#[test]
fn a_policy_cut_anywhere_is_answered() {
    for (at, _) in MODEL.char_indices().step_by(7) {
        answered(&MODEL[..at]).expect("an answer");
    }
}
