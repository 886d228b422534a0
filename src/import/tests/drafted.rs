//! What a draft has besides its rules: topics, classes, tests.

use super::*;

/// There a rule holds for topics by a pattern; a policy names its topics.
#[test]
fn topics_of_kafka_ui_are_told_and_a_draft_has_tests_and_classes() {
    let one = "- { type: MASK, fields: [email], topicValuesPattern: 'orders-.*' }\n";
    let sample = sample(&[
        r#"{"email":"a@example.com"}"#,
        r#"{"email":"b@example.com"}"#,
    ]);
    let made = policy(Foreign::KafkaUi, one, Some(&sample));
    for line in [
        "# There, the rules hold for topics whose names match `orders-.*`: name one of them as `source.topic`.",
        "#     email: user.contact.email",
        "  - name: a field that appears tomorrow stays behind",
    ] {
        assert!(made.text.contains(line), "{line}\n{}", made.text);
    }
    passes(&made.text, 2);
    let two = format!("{one}- {{ type: REMOVE, fields: [ssn], topicValuesPattern: users }}\n");
    let made = policy(Foreign::KafkaUi, &two, None);
    assert!(
        made.text
            .contains("`orders-.*`, `users`; here they stand together"),
        "{}",
        made.text
    );
    assert!(made.text.contains("nothing leaves yet"), "{}", made.text);
}

/// Its tests run, so many, and hold.
fn passes(text: &str, count: usize) {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    let now = "2026-11-29T12:00:00Z".parse().expect("a time");
    let mut compiled = compile(&file, &TestKeys, &NoTables, now);
    let findings = compiled.findings.list();
    let plan = compiled
        .plan
        .take()
        .unwrap_or_else(|| panic!("{findings:?}\n{text}"));
    let verdicts = crate::trial::run(&Arc::new(plan), &compiled.tests);
    assert_eq!(verdicts.len(), count, "{text}");
    let differences: Vec<_> = verdicts.iter().flat_map(|v| &v.differences).collect();
    assert!(differences.is_empty(), "{differences:?}\n{text}");
}
