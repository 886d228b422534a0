//! The policy that shows every part of the language, and what hostile text
//! does to the reader.

use proptest::prelude::*;
use veilstream::keys::TestKeys;
use veilstream::language::report;
use veilstream::policy::{Compiled, NoTables, PolicyFile, compile};

const MODEL: &str = include_str!("model.yaml");

fn compiled(text: &str) -> Compiled {
    let file = PolicyFile {
        path: "model.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    compile(&file, &TestKeys, &NoTables, now)
}

#[test]
fn the_model_policy_compiles() {
    let found = compiled(MODEL);
    let report = report::text(&found.findings, "model.yaml", MODEL, false, None);
    let plan = found.plan.unwrap_or_else(|| panic!("{report}"));
    let codes: Vec<&str> = found.findings.list().iter().map(|f| f.code).collect();
    assert_eq!(
        codes,
        [
            "V0204", "V0201", "V0251", "V0253", "V0262", "V0210", "V0249", "V0250", "V0212",
            "V0248"
        ],
        "{report}"
    );
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
    report::text(&found.findings, "p", text, true, None);
    report::json(&found.findings, "p", text);
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

/// Policies of almost a mebibyte that multiply in every way the language has.
#[test]
fn policies_that_multiply_are_answered() {
    let head = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: m, version: 1, owner: o }\nsource: { topic: raw, type: t }\n";
    let key = "keys: { k: { ref: \"file:keyring.json#people\" } }\n";
    let output = |i: usize, rest: &str| {
        format!("  - topic: out{i}\n    purpose: sales\n    domain: d{i}\n{rest}\n")
    };
    let names = |n: usize| {
        let list: Vec<String> = (0..n).map(|i| format!("n{i}")).collect();
        format!("({})", list.join("|"))
    };
    let lines = |n: usize, line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    let many = lines(5_000, &|i| format!("      f{i}: drop\n"));
    let cases = [
        // Fields, and every field with every class.
        format!(
            "{head}classes:\n  fields:\n{}outputs:\n{}",
            lines(5_000, &|i| format!("    f{i}: user.behavior\n")),
            output(0, &format!("    fields:\n{many}"))
        ),
        // Alternatives of alternatives.
        format!(
            "{head}outputs:\n{}",
            output(0, &format!("    fields: {{ {0}.{0}: drop }}", names(32)))
        ),
        // Types times fields times outputs.
        format!(
            "{head}outputs:\n{}",
            lines(60, &|i| output(
                i,
                &format!(
                    "    fields: {{}}\n    types: {{ {0}: {{ {0}: drop }} }}",
                    names(900)
                )
            ))
        ),
        // Stars in every place.
        format!(
            "{head}outputs:\n{}",
            output(
                0,
                &format!(
                    "    fields:\n{}",
                    lines(40, &|i| {
                        let steps: Vec<String> = (0..40)
                            .map(|j| if i == j { "a".into() } else { "*".into() })
                            .collect();
                        format!("      \"{}\": drop\n", steps.join("."))
                    })
                )
            )
        ),
        // A long list of sealed fields at many places.
        format!(
            "{head}{key}actions:\n  seal:\n    encrypt:\n      key: k\n      fields:\n{}outputs:\n{}",
            lines(2_000, &|i| format!("        f{i}: drop\n")),
            output(
                0,
                &format!(
                    "    fields:\n{}",
                    lines(2_000, &|i| format!("      o{i}: seal\n"))
                )
            )
        ),
        // New names that could meet.
        format!(
            "{head}outputs:\n{}",
            output(
                0,
                &format!(
                    "    fields:\n{}",
                    lines(12_000, &|i| format!(
                        "      f{i}: {{ as: {{ g{i}: keep }} }}\n"
                    ))
                )
            )
        ),
        // Positions, and fields made of siblings.
        format!(
            "{head}{key}outputs:\n{}",
            output(
                0,
                &format!(
                    "    fields:\n      \"l[*].both\": {{ pseudonymize: {{ key: k, from: [a, b] }} }}\n{}",
                    lines(1_000, &|i| format!("      \"l[{i}].c\": drop\n"))
                )
            )
        ),
        // Names of types.
        format!(
            "{head}outputs:\n{}",
            output(
                0,
                &format!(
                    "    fields: {{ a: drop }}\n    types:\n{}",
                    lines(10_000, &|i| format!("      t{i}: {{}}\n"))
                )
            )
        ),
        // Consent.
        format!(
            "{head}consent:\n  signals:\n{}outputs:\n{}",
            lines(3_000, &|i| format!(
                "    - {{ from: value, path: c{i}, category: k{i} }}\n"
            )),
            output(
                0,
                &format!(
                    "    needs_consent: [{}]\n    fields: {{ a: drop }}",
                    lines(10_000, &|i| format!("k{i}, "))
                )
            )
        ),
    ];
    let refused: Vec<bool> = cases
        .iter()
        .map(|case| {
            assert!(case.len() < 1 << 20, "{}", case.len());
            let found = compiled(case);
            assert_eq!(found.plan.is_some(), !found.findings.has_errors());
            found.findings.list().iter().any(|f| f.code == "V0008")
        })
        .collect();
    assert_eq!(
        refused,
        [false, false, true, true, true, true, false, true, true]
    );
}
