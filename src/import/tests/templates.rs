//! Templates of DLP: what each transformation becomes.

use super::*;

#[test]
fn each_transformation_of_a_template_becomes_the_action_that_does_no_less() {
    let mask = |rest: &str| format!(r#""characterMaskConfig":{{{rest}}}"#);
    let bounds = |low: &str, size: u32| {
        format!(
            r#""fixedSizeBucketingConfig":{{"lowerBound":{{"integerValue":"{low}"}},"upperBound":{{"integerValue":"100"}},"bucketSize":{size}}}"#
        )
    };
    for (what, ours) in [
        (r#""redactConfig":{}"#.to_owned(), "drop"),
        (
            r#""replaceConfig":{"newValue":{"stringValue":"x: y"}}"#.to_owned(),
            "{ replace: { with: \"x: y\" } }",
        ),
        (
            r#""replaceConfig":{"newValue":{"integerValue":"7"}}"#.to_owned(),
            "{ replace: { with: 7 } }",
        ),
        (mask(""), "{ mask: {  } }"),
        (
            mask(r##""maskingCharacter":"#","numberToMask":-4"##),
            "{ mask: { keep_last: 4, with: \"#\" } }",
        ),
        (
            mask(r#""numberToMask":-4,"reverseOrder":true"#),
            "{ mask: { keep_first: 4 } }",
        ),
        (
            mask(r#""charactersToIgnore":[{"commonCharactersToIgnore":"PUNCTUATION"}]"#),
            "{ mask: { skip: [punctuation] } }",
        ),
        (
            r#""cryptoHashConfig":{"cryptoKey":{"unwrapped":{"key":"c2VjcmV0"}}}"#.to_owned(),
            "{ pseudonymize: { key: people, normalize: text, encoding: hex, bits: 256, epoch: none } }",
        ),
        (
            r#""cryptoDeterministicConfig":{}"#.to_owned(),
            "{ encrypt: { key: contact, mode: deterministic } }",
        ),
        (
            r#""cryptoReplaceFfxFpeConfig":{"commonAlphabet":"NUMERIC"}"#.to_owned(),
            "{ tokenize: { key: tokens@1, format: digits } }",
        ),
        (
            r#""cryptoReplaceFfxFpeConfig":{"customAlphabet":"ACGT"}"#.to_owned(),
            "{ tokenize: { key: tokens@1, format: { custom: \"ACGT\" } } }",
        ),
        (
            r#""replaceDictionaryConfig":{"wordList":{"words":["a","null","a"]}}"#.to_owned(),
            "{ replace: { one_of: [\"a\", \"null\"], key: people, by: record } }",
        ),
        (
            r#""replaceDictionaryConfig":{"wordList":{"words":["a"]}}"#.to_owned(),
            "{ replace: { with: \"a\" } }",
        ),
        (
            bounds("10", 10),
            "{ generalize: { bucket: 10, bottom: 10, top: 100 } }",
        ),
        (
            bounds("5", 30),
            "{ generalize: { ranges: [5, 35, 65, 95], bottom: 5, top: 100 } }",
        ),
        (
            r#""timePartConfig":{"partToExtract":"DAY_OF_WEEK"}"#.to_owned(),
            "{ generalize: { date: weekday } }",
        ),
    ] {
        let made = policy(Foreign::Dlp, &template(&[field("a.b", &what)], ""), None);
        assert_eq!(lines(&made), [format!("a.b: {ours}")], "{what}");
        assert!(!made.text.contains("c2VjcmV0"));
    }
    for what in [
        r#""characterMaskConfig":{"numberToMask":4}"#,
        r#""characterMaskConfig":{"charactersToIgnore":[{"commonCharactersToIgnore":"NUMERIC"}]}"#,
        r#""replaceWithInfoTypeConfig":{}"#,
        r#""replaceConfig":{"newValue":{"dateValue":{"year":2026}}}"#,
        r#""cryptoReplaceFfxFpeConfig":{"radix":10}"#,
        r#""bucketingConfig":{"buckets":[{"min":{"integerValue":"0"},"max":{"integerValue":"9"},"replacementValue":{"stringValue":"low"}}]}"#,
        r#""dateShiftConfig":{"lowerBoundDays":-3,"upperBoundDays":30,"context":{"name":"id"}}"#,
        r#""dateShiftConfig":{"lowerBoundDays":-30,"upperBoundDays":30}"#,
        r#""somethingNewConfig":{}"#,
        r#""replaceDictionaryConfig":{"wordList":{"words":[]}}"#,
        r#""replaceDictionaryConfig":{"wordList":{"words":["a",""]}}"#,
        r#""replaceDictionaryConfig":{}"#,
        "",
    ] {
        let text = template(&[field("a", what), field("b", r#""redactConfig":{}"#)], "");
        let made = policy(Foreign::Dlp, &text, None);
        assert_eq!(lines(&made), ["b: drop"], "{what}");
        assert_eq!(refused(&made), [(2, "fieldTransformations of a")], "{what}");
    }
}

#[test]
fn conditions_shifts_and_suppressions_of_a_template_are_kept() {
    let is = |field: &str, operator: &str, value: &str| {
        format!(r#"{{"field":{{"name":"{field}"}},"operator":"{operator}","value":{{{value}}}}}"#)
    };
    let condition = |list: &[String]| {
        format!(
            r#""condition":{{"expressions":{{"conditions":{{"conditions":[{}]}}}}}}"#,
            list.join(",")
        )
    };
    let adult = condition(&[
        is("age", "GREATER_THAN", r#""integerValue":"17""#),
        is("age", "LESS_THAN", r#""integerValue":"90""#),
    ]);
    let hash = field("email", r#""cryptoHashConfig":{}"#)
        .replace(r#""primitive"#, &format!(r#"{adult},"primitive"#));
    let shift = field(
        "seen",
        r#""dateShiftConfig":{"lowerBoundDays":-30,"upperBoundDays":30,"context":{"name":"user.id"}}"#,
    );
    let test = condition(&[is("test", "EQUAL_TO", r#""booleanValue":true"#)]);
    let text = template(
        &[hash, shift],
        &format!(r#","recordSuppressions":[{{{test}}}]"#),
    );
    let made = policy(Foreign::Dlp, &text, None);
    assert_eq!(
        lines(&made),
        [
            "email: { when: [{ if: { all: [{ age: { above: 17 } }, { age: { below: 90 } }] }, then: { pseudonymize: { key: people, normalize: text, encoding: hex, bits: 256, epoch: none } } }] }",
            "seen: { generalize: { shift: 30d, key: people } }",
        ]
    );
    assert!(made.text.contains("  subject: user.id"), "{}", made.text);
    assert!(
        made.text.contains("    where: { not: { test: true } }"),
        "{}",
        made.text
    );
    let day = condition(&[is("d", "EQUAL_TO", r#""dayOfWeekValue":"MONDAY""#)]);
    let text = template(
        &[field("b", r#""redactConfig":{}"#)],
        &format!(r#","recordSuppressions":[{{{day}}}]"#),
    );
    assert_eq!(policy(Foreign::Dlp, &text, None).refused.len(), 1);
}

#[test]
fn kinds_of_information_become_detectors_and_unknown_ones_are_named() {
    let of = |types: &str, how: &str| {
        let one = format!(
            r#"{{"fields":[{{"name":"note"}}],"infoTypeTransformations":{{"transformations":[{{"infoTypes":[{types}],"primitiveTransformation":{{"{how}":{{}}}}}}]}}}}"#
        );
        template(&[one, field("b", r#""redactConfig":{}"#)], "")
    };
    let made = policy(
        Foreign::Dlp,
        &of(
            r#"{"name":"EMAIL_ADDRESS"},{"name":"US_SOCIAL_SECURITY_NUMBER"}"#,
            "replaceWithInfoTypeConfig",
        ),
        None,
    );
    assert_eq!(
        lines(&made)[0],
        "note: { redact: { find: [email, ssn], locale: [intl, us], with: label } }"
    );
    let made = policy(
        Foreign::Dlp,
        &of(r#"{"name":"PERSON_NAME"}"#, "replaceWithInfoTypeConfig"),
        None,
    );
    assert!(
        made.refused[0].why.contains("PERSON_NAME"),
        "{:?}",
        made.refused
    );
    assert_eq!(
        policy(Foreign::Dlp, &of(r#"{"name":"URL"}"#, "redactConfig"), None)
            .refused
            .len(),
        1
    );
    // Every detector of the table is one.
    for (theirs, ..) in super::super::dlp_values::DETECTORS {
        policy(
            Foreign::Dlp,
            &of(&format!(r#"{{"name":"{theirs}"}}"#), "characterMaskConfig"),
            None,
        );
    }
}
