//! Schemas of many parts: each is done with, or refused, in no time.

use std::time::{Duration, Instant};

use super::*;
use crate::schema::tagged::tagged;

/// Runs that, and says what took longer than anyone waits for. On a machine that is busy
/// and without optimization it takes a tenth of that.
fn soon<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let made = run();
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(20), "{what} took {took:?}");
    made
}

fn joined(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(",")
}

fn fields(count: usize) -> String {
    (0..count).map(|n| format!("      f{n}: keep\n")).collect()
}

#[test]
fn many_patterns_and_branches_are_looked_at_once() {
    let patterns = joined(16_000, |n| format!("\"^{n}\":{{}}"));
    let patterns = format!("{{\"type\":\"object\",\"patternProperties\":{{{patterns}}}}}");
    soon("16,000 patterns", || {
        let plan = plan(&fields(50), &patterns).expect("a plan");
        assert!(derived(&plan).contains("\"f49\":"));
    });
    let few = joined(250, |n| format!("\"^{n}\":{{\"type\":\"string\"}}"));
    let few = format!(
        "{{\"type\":\"object\",\"additionalProperties\":false,\"patternProperties\":{{{few}}}}}"
    );
    soon("250 patterns and 400 fields", || {
        let plan = plan(&fields(400), &few).expect("a plan");
        assert!(derived(&plan).contains("\"f399\":{\"type\":\"string\""));
    });
    let refer = joined(300, |n| {
        format!("\"f{n}\":{{\"$ref\":\"#/definitions/a\"}}")
    });
    let branches = joined(15_000, |_| "{}".to_owned());
    let branches = format!(
        "{{\"type\":\"object\",\"properties\":{{{refer}}},\"definitions\":{{\"a\":{{\"anyOf\":[{branches}]}}}}}}"
    );
    soon("15,000 branches behind 300 references", || {
        let plan = plan(&fields(300), &branches).expect("a plan");
        assert!(derived(&plan).contains("\"f299\":"));
    });
}

#[test]
fn many_members_that_are_all_named_are_said_once() {
    let members = joined(8_000, |n| {
        format!("\"p{n}\":{{\"type\":\"object\",\"properties\":{{\"q\":{{\"type\":\"string\"}}}}}}")
    });
    let schema = format!("{{\"type\":\"object\",\"properties\":{{{members}}}}}");
    let named = "      \"*.q\": { names: { pseudonymize: { key: people, normalize: text, epoch: none } }, keep: { max_chars: 40 } }\n";
    soon("`*.q` over 8,000 members", || {
        let plan = plan(named, &schema).expect("a plan");
        // More of them than are said: so nothing is.
        assert!(derived(&plan).contains("\"additionalProperties\":{}"));
    });
    soon("`**.q` over 8,000 members", || {
        let said = derived_everywhere("q", &schema);
        assert!(said.is_ok_and(|text| text.contains("\"p7999\":")));
    });
}

#[test]
fn definitions_that_all_refer_to_each_other_come_to_an_end() {
    let definitions = |word: &str| {
        let one = |n: usize| {
            let all = joined(100, |m| match word {
                "properties" => format!("\"p{m}\":{{\"$ref\":\"#/definitions/d{m}\"}}"),
                _ => format!("{{\"$ref\":\"#/definitions/d{m}\"}}"),
            });
            match word {
                "properties" => {
                    format!("\"d{n}\":{{\"type\":\"object\",\"properties\":{{{all}}}}}")
                }
                word => format!("\"d{n}\":{{\"{word}\":[{all}]}}"),
            }
        };
        let all = joined(100, one);
        format!(
            "{{\"type\":\"object\",\"properties\":{{\"top\":{{\"$ref\":\"#/definitions/d0\"}}}},\"definitions\":{{{all}}}}}"
        )
    };
    for word in ["properties", "anyOf", "allOf"] {
        let text = definitions(word);
        let schema = soon(word, || Schema::read(&text, &[])).expect("a schema");
        let _ = soon(word, || tagged(&schema));
        let said = soon(word, || derived_everywhere("p1", &text));
        assert!(matches!(said, Ok(_) | Err(Unfit::TooLarge)), "{said:?}");
    }
}

#[test]
fn what_leaves_is_no_longer_than_what_can_be_read() {
    let schema = |bytes: usize| {
        let refer = joined(2_000, |n| {
            format!(
                "\"p{n}\":{{\"type\":\"object\",\"properties\":{{\"q\":{{\"$ref\":\"#/definitions/a\"}}}}}}"
            )
        });
        let long = "x".repeat(bytes);
        format!(
            "{{\"type\":\"object\",\"properties\":{{{refer}}},\"definitions\":{{\"a\":{{\"type\":\"string\",\"description\":\"{long}\"}}}}}}"
        )
    };
    let refused = soon("a long description in 2,000 places", || {
        derived_everywhere("q", &schema(400_000))
    });
    assert_eq!(refused, Err(Unfit::TooLong));
    let said = derived_everywhere("q", &schema(100)).expect("it fits");
    assert!(Schema::read(&said, &[]).is_ok());
}
