//! What stands inside an action, for a part of its text, is looked at like the rest.

use super::testing::{Small, found};

const SUBJECT: &str = "writers: own, subject: user";
const CODE: &str = "user: { pseudonymize: { key: people, normalize: text, epoch: none } }";

/// The same action for a whole field, and for a part of one.
fn whole_and_part(action: &str) -> [String; 4] {
    [
        format!("a: {action}"),
        format!("a: {{ url: {{ query: {{ q: {action} }} }} }}"),
        format!("a: {{ each: {{ split: \"|\", do: {action} }} }}"),
        format!("a: {{ url: {{ query: {{ q: {{ each: {{ split: \"|\", do: {action} }} }} }} }} }}"),
    ]
}

#[test]
fn noise_that_repeats_is_told_wherever_it_stands() {
    let memo = "{ noise: { key: people, memo: record, laplace: { epsilon: 1, bottom: 15, top: 90, step: 5 } } }";
    for fields in whole_and_part(memo) {
        let policy = Small {
            source: SUBJECT,
            fields: &fields,
            ..Small::PLAIN
        };
        assert!(policy.codes().contains(&"V0271"), "{fields}");
    }
    // Noise of every value, and a code in a part by which a person is followed.
    let noise =
        "n: { noise: { key: people, laplace: { epsilon: 1, bottom: 15, top: 90, step: 5 } } }";
    let code = "{ pseudonymize: { key: people, normalize: text, epoch: none } }";
    for fields in whole_and_part(code) {
        let fields = format!("{noise}, {fields}");
        let policy = Small {
            source: SUBJECT,
            fields: &fields,
            ..Small::PLAIN
        };
        assert!(policy.codes().contains(&"V0271"), "{fields}");
    }
    let alone = Small {
        source: SUBJECT,
        fields: noise,
        ..Small::PLAIN
    };
    assert!(!alone.codes().contains(&"V0271"));
}

#[test]
fn traits_and_times_in_parts_count() {
    let network = "{ generalize: { ipv4: 24, ipv6: 48 } }";
    let birth = "b: { generalize: { date: year, bottom: 1940 } }";
    for fields in whole_and_part(network) {
        let fields = format!("{fields}, {birth}");
        let policy = Small {
            classes: "fields: { b: user.demographic.date_of_birth, a: none }",
            fields: &fields,
            ..Small::PLAIN
        };
        assert!(policy.codes().contains(&"V0262"), "{fields}");
    }
    for fields in whole_and_part("{ generalize: { time: 1h } }") {
        for (timestamp, code) in [("keep", "V0222"), ("now", "V0248")] {
            let output = format!("basis: contract\n    timestamp: {timestamp}");
            let policy = Small {
                output: &output,
                fields: &fields,
                ..Small::PLAIN
            };
            assert!(policy.codes().contains(&code), "{fields} {timestamp}");
        }
    }
}

/// Two outputs with one trait each, joined by a code in a part.
#[test]
fn a_code_in_a_part_joins_two_outputs() {
    let code = "{ pseudonymize: { key: people, normalize: text, epoch: none } }";
    for fields in whole_and_part(code) {
        let first = format!("{fields}, n: {{ generalize: {{ ipv4: 24, ipv6: 48 }} }}");
        let second = format!(
            "  - topic: other\n    purpose: sales\n    domain: d\n    basis: contract\n    fields: {{ {CODE}, b: {{ generalize: {{ date: year, bottom: 1940 }} }} }}\n"
        );
        let policy = Small {
            classes: "fields: { b: user.demographic.date_of_birth }",
            fields: &first,
            rest: &second,
            ..Small::PLAIN
        };
        assert!(policy.codes().contains(&"V0262"), "{fields}");
    }
}

/// A part that is clear does not make its field clear, and one that is hidden protects.
#[test]
fn nothing_is_said_of_a_field_that_is_true_of_a_part_only() {
    let kept = "m.*: { keep: { type: boolean }, names: { pseudonymize: { key: people, normalize: text, epoch: none } } }";
    let policy = Small {
        fields: kept,
        ..Small::PLAIN
    };
    assert!(!policy.codes().contains(&"V0263"), "{:?}", policy.codes());
    let unprotected = Small {
        fields: "m.a: { keep: { type: boolean } }",
        ..Small::PLAIN
    };
    assert!(unprotected.codes().contains(&"V0263"));
    let parts = "m.*: { mask: {}, names: { keep: { one_of: [x] } } }";
    let text = Small {
        fields: parts,
        ..Small::PLAIN
    }
    .text();
    let text = text.replace("classes: { fields: { other: none } }\n", "");
    let codes: Vec<&str> = found(&text).iter().map(|f| f.code).collect();
    assert!(!codes.contains(&"V0264"), "{codes:?}");
}
