//! What has no exact equal is refused, or done by something stronger; what is written
//! compiles, however far its numbers lie from what is usual.

use super::*;
use crate::pipeline::sanitize;
use crate::pipeline::testing::{batch, raw, value_of, worker};

/// What leaves of these events under the draft.
fn leave(made: &Imported, events: &[&str]) -> Vec<String> {
    let plan = compiles(&made.text);
    let events: Vec<_> = events.iter().map(raw).collect();
    let out = sanitize(batch(&plan, &events), &mut worker()).expect("nothing is looked up");
    let clean = out.records().iter();
    clean.filter_map(|record| value_of(&out, record)).collect()
}

fn suppressed(operator: &str, value: &str) -> Imported {
    let text = template(
        &[field(
            "n",
            r#""replaceConfig":{"newValue":{"stringValue":"x"}}"#,
        )],
        &format!(
            r#","recordSuppressions":[{{"condition":{{"expressions":{{"conditions":{{"conditions":[{{"field":{{"name":"v"}},"operator":"{operator}","value":{{{value}}}}}]}}}}}}}}]"#
        ),
    );
    policy(Foreign::Dlp, &text, None)
}

/// DLP compares "a string if the string value can be parsed as an integer", and a text
/// with values of all kinds: a record that is withheld there is withheld here.
#[test]
fn a_suppression_withholds_whatever_is_compared_across_kinds() {
    let all = [
        r#"17"#,
        r#""17""#,
        r#""+17""#,
        r#"" 17""#,
        r#"17.0"#,
        r#"true"#,
        r#""true""#,
        r#""old""#,
        r#"18"#,
        r#""18""#,
        r#"null"#,
        r#"false"#,
    ];
    let texts = [r#""17""#, r#""+17""#, r#"" 17""#, r#""18""#];
    for (operator, value, withheld) in [
        ("LESS_THAN", r#""integerValue":"18""#, &["17", "17.0"][..]),
        (
            "LESS_THAN_OR_EQUALS",
            r#""floatValue":17.5"#,
            &["17", "17.0"],
        ),
        ("GREATER_THAN", r#""integerValue":"17""#, &["18"]),
        ("GREATER_THAN_OR_EQUALS", r#""integerValue":"18""#, &["18"]),
        ("EQUAL_TO", r#""integerValue":"17""#, &["17", "17.0"]),
    ] {
        let made = suppressed(operator, value);
        assert!(made.refused.is_empty(), "{:?}", made.refused);
        assert!(made.text.contains("whatever it spells"), "{}", made.text);
        for v in all {
            let event = format!(r#"{{"n":"a","v":{v}}}"#);
            let gone = leave(&made, &[&event]).is_empty();
            // A text that spells no number may go too.
            let must = withheld.contains(&v) || texts.contains(&v);
            let may = must || v.starts_with('"');
            assert!(gone || !must, "{operator} {value}: {v} leaves");
            assert!(!gone || may, "{operator} {value}: {v} is withheld");
        }
    }
    for (value, withheld) in [
        (r#""stringValue":"17""#, &["17", "17.0", r#""17""#][..]),
        (r#""stringValue":"true""#, &["true", r#""true""#]),
        (r#""stringValue":"old""#, &[r#""old""#]),
        (r#""booleanValue":true"#, &["true"]),
    ] {
        let made = suppressed("EQUAL_TO", value);
        for v in withheld {
            let event = format!(r#"{{"n":"a","v":{v}}}"#);
            assert!(leave(&made, &[&event]).is_empty(), "{value}: {v} leaves");
        }
        // What nobody takes for the other leaves.
        for v in ["null", r#""new""#] {
            let event = format!(r#"{{"n":"a","v":{v}}}"#);
            assert_eq!(leave(&made, &[&event]), [r#"{"n":"x"}"#], "{value}: {v}");
        }
    }
    let made = suppressed("EQUAL_TO", r#""stringValue":"old""#);
    assert!(
        made.text.contains("where: { not: { v: \"old\" } }"),
        "{}",
        made.text
    );
    let made = suppressed("NOT_EQUAL_TO", r#""integerValue":"17""#);
    assert!(leave(&made, &[r#"{"v":"x"}"#, r#"{"v":18}"#, "{}"]).is_empty());
}

#[test]
fn a_suppression_that_cannot_be_said_is_named_above_the_draft() {
    for (operator, value) in [
        ("GREATER_THAN", r#""stringValue":"m""#),
        ("LESS_THAN", r#""stringValue":"2026-03-01T00:00:00Z""#),
        ("LESS_THAN", r#""booleanValue":true"#),
        ("EQUAL_TO", r#""integerValue":"0x10""#),
        ("EQUAL_TO", r#""dayOfWeekValue":"MONDAY""#),
        ("LIKE", r#""stringValue":"m""#),
    ] {
        let made = suppressed(operator, value);
        assert_eq!(
            refused(&made),
            [(3, "recordSuppressions")],
            "{operator} {value}"
        );
        assert!(
            made.text
                .contains("# Line 3: the records that it withholds"),
            "{}",
            made.text
        );
    }
    let value = format!(r#""integerValue":"{}""#, "9".repeat(65));
    assert_eq!(suppressed("EQUAL_TO", &value).refused.len(), 1);
}

/// Equal values that DLP holds apart by another field must not meet.
#[test]
fn what_a_context_holds_apart_is_refused() {
    let redact = |how: &str| {
        format!(
            r#"{{"fields":[{{"name":"a"}}],"infoTypeTransformations":{{"transformations":[{{"infoTypes":[{{"name":"EMAIL_ADDRESS"}}],"primitiveTransformation":{{{how}}}}}]}}}}"#
        )
    };
    let context = r#""context":{"name":"id"}"#;
    let sealed = |rest: &str| format!(r#""cryptoDeterministicConfig":{{{rest}}}"#);
    let token =
        |rest: &str| format!(r#""cryptoReplaceFfxFpeConfig":{{"commonAlphabet":"NUMERIC"{rest}}}"#);
    for (with, without) in [
        (field("a", &sealed(context)), field("a", &sealed(""))),
        (
            field("a", &token(&format!(",{context}"))),
            field("a", &token("")),
        ),
        (redact(&sealed(context)), redact(&sealed(""))),
    ] {
        let b = || field("b", r#""redactConfig":{}"#);
        let made = policy(Foreign::Dlp, &template(&[with, b()], ""), None);
        assert_eq!(lines(&made), ["b: drop"]);
        assert!(
            made.refused[0].why.starts_with("`context`"),
            "{:?}",
            made.refused
        );
        let made = policy(Foreign::Dlp, &template(&[without, b()], ""), None);
        assert_eq!(
            (lines(&made).len(), made.refused.len()),
            (2, 0),
            "{}",
            made.text
        );
        assert!(!made.text.contains("are the context"), "{}", made.text);
    }
}

/// Every number at the ends of its type and of what an action takes, every text empty,
/// long and strange: no panic, and a draft that is written compiles.
#[test]
fn whatever_the_numbers_and_texts_are_a_draft_compiles() {
    let numbers = [
        "0",
        "1",
        "-1",
        "64",
        "65",
        "256",
        "1024",
        "1025",
        "2000",
        "3650",
        "3651",
        "4294967296",
        "-9223372036854775808",
        "9223372036854775807",
        "9223372036854775808",
        "1e9",
        "x",
        "",
    ];
    let long = "x".repeat(5_000);
    let texts = [
        "",
        "a",
        "ab",
        "aa",
        "a b",
        "é",
        "\u{1f642}",
        "null",
        "{}",
        &long,
    ];
    let mut values = Vec::new();
    for n in numbers {
        for m in numbers {
            values.push(format!(r#""dateShiftConfig":{{"lowerBoundDays":"{m}","upperBoundDays":"{n}","context":{{"name":"id"}}}}"#));
            values.push(format!(r#""bucketingConfig":{{"buckets":[{{"min":{{"integerValue":"{n}"}},"max":{{"integerValue":"{m}"}}}},{{"min":{{"integerValue":"{m}"}},"max":{{"integerValue":"{n}"}}}}]}}"#));
            values.push(format!(r#""fixedSizeBucketingConfig":{{"lowerBound":{{"integerValue":"{n}"}},"upperBound":{{"integerValue":"{m}"}},"bucketSize":"7"}}"#));
        }
        values.push(format!(r#""characterMaskConfig":{{"numberToMask":"{n}"}}"#));
        values.push(format!(
            r#""characterMaskConfig":{{"numberToMask":"-{n}","reverseOrder":true}}"#
        ));
        values.push(format!(
            r#""replaceConfig":{{"newValue":{{"integerValue":"{n}"}}}}"#
        ));
        values.push(format!(r#""fixedSizeBucketingConfig":{{"lowerBound":{{"integerValue":"0"}},"upperBound":{{"integerValue":"9223372036854775807"}},"bucketSize":"{n}"}}"#));
    }
    for text in texts {
        values.push(format!(
            r#""characterMaskConfig":{{"maskingCharacter":"{text}"}}"#
        ));
        values.push(format!(
            r#""characterMaskConfig":{{"charactersToIgnore":[{{"charactersToSkip":"{text}"}}]}}"#
        ));
        values.push(format!(
            r#""replaceConfig":{{"newValue":{{"stringValue":"{text}"}}}}"#
        ));
        values.push(format!(
            r#""cryptoReplaceFfxFpeConfig":{{"customAlphabet":"{text}"}}"#
        ));
    }
    let fields: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(n, v)| field(&format!("f{n}"), v))
        .collect();
    // A few at a time: what one is refused for must not hide the next.
    for some in fields.chunks(40) {
        let made = policy(
            Foreign::Dlp,
            &template(&[some, &[field("b", r#""redactConfig":{}"#)]].concat(), ""),
            None,
        );
        assert!(
            made.refused.iter().all(|r| !r.why.contains("xxxx")),
            "{:?}",
            made.refused
        );
    }
    for n in numbers {
        for option in [
            format!("mask.with.{n}.chars"),
            format!("truncate.to.{n}.chars"),
        ] {
            let text = format!("column.exclude.list=a.b.c\ncolumn.{option}=a.b.d\n");
            policy(Foreign::Connect, &text, None);
        }
    }
    for text in texts {
        let name = text.replace(' ', "\\ ");
        let chain = format!(
            "column.exclude.list=a.b.c\ntransforms=u,m,r\ntransforms.u.type=io.debezium.transforms.ExtractNewRecordState\ntransforms.m.type=org.apache.kafka.connect.transforms.MaskField$Value\ntransforms.m.fields=z,{name}\ntransforms.m.replacement={text}\ntransforms.r.type=org.apache.kafka.connect.transforms.ReplaceField$Value\ntransforms.r.renames=z:{name}\n"
        );
        policy(Foreign::Connect, &chain, None);
    }
}

/// A path, or a question, or a place: one too many is refused, and the rest compiles.
#[test]
fn one_too_many_is_refused() {
    let drop = |name: &str| field(name, r#""redactConfig":{}"#);
    let deep = vec!["a"; 51].join(".");
    let long = "x".repeat(500);
    let made = policy(
        Foreign::Dlp,
        &template(&[drop("b"), drop(&deep), drop(&long)], ""),
        None,
    );
    assert_eq!((lines(&made), made.refused.len()), (vec!["b: drop"], 2));
    let adult = |n: usize| {
        field(&format!("f{n}"), r#""cryptoHashConfig":{}"#).replace(
            r#""primitive"#,
            &format!(r#""condition":{{"expressions":{{"conditions":{{"conditions":[{{"field":{{"name":"age"}},"operator":"EQUAL_TO","value":{{"integerValue":"{n}"}}}}]}}}}}},"primitive"#),
        )
    };
    let many: Vec<String> = (0..70).map(adult).collect();
    let made = policy(Foreign::Dlp, &template(&many, ""), None);
    assert_eq!((lines(&made).len(), made.refused.len()), (64, 6));
    // A column by its name, and by a pattern that the sample answers.
    let columns = sample(&[r#"{"before":null,"after":{"email":"a@b.example","phone":"1"}}"#]);
    let text =
        "column.exclude.list=crm.c.email\ncolumn.mask.with.5.chars=crm\\\\.c\\\\.(email|phone)\n";
    let made = policy(Foreign::Connect, text, Some(&columns));
    assert_eq!(
        lines(&made),
        [
            "\"(before|after).email\": drop",
            "\"(before|after).phone\": { mask: { fixed_length: 5 } }"
        ]
    );
    assert_eq!(made.refused.len(), 1, "{:?}", made.refused);
}

/// What makes something of a member needs its path; what takes it out does not.
#[test]
fn members_at_any_depth_are_taken_out_and_nothing_else() {
    for (rule, taken) in [
        ("{ type: REMOVE, fields: [ssn, id] }", true),
        ("{ type: MASK, fields: [ssn] }", false),
        ("{ type: REPLACE, fields: [ssn], replacement: x }", false),
    ] {
        let text = format!("- {rule}\n- {{ type: REMOVE, fields: [other] }}\n");
        let made = policy(Foreign::KafkaUi, &text, None);
        assert_eq!(made.refused.is_empty(), taken, "{rule}");
        assert!(
            taken || made.refused[0].why.contains("--on"),
            "{:?}",
            made.refused
        );
        let events = sample(&[r#"{"ssn":"1","id":2,"other":3,"user":{"ssn":"4"}}"#]);
        let made = policy(Foreign::KafkaUi, &text, Some(&events));
        assert!(made.refused.is_empty(), "{rule}: {:?}", made.refused);
    }
}
