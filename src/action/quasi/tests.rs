use crate::action::testing::{findings, parse, run};
use crate::language::finding::Findings;
use crate::record::Reason;

fn class(policy: &str, json: &str) -> Result<Option<String>, Reason> {
    run(&format!("{{ quasi: {{ {policy} }} }}"), json)
}

fn text(text: &str) -> Result<Option<String>, Reason> {
    Ok(Some(format!("\"{text}\"")))
}

#[test]
fn a_value_lies_in_its_finest_class() {
    const AGE: &str = "number: { step: 5, bottom: 15, top: 90 }";
    const BAND: &str = "number: { steps: [10, 50], bottom: 0, top: 100 }";
    const BORN: &str = r#"time: [1y, 10y], bottom: "1930-01-01", top: "2010-01-01""#;
    const SEEN: &str = r#"time: [1h, 1d], unit: ms, bottom: "2026-01-01", top: "2026-12-31""#;
    for (policy, json, label) in [
        (AGE, "15", "15-19"),
        (AGE, r#""27""#, "25-29"),
        (AGE, "14.9", "<15"),
        (AGE, "1e300", ">=90"),
        (BAND, "9.99", "0-9"),
        (BORN, r#""1929-12-31""#, "<1930-01-01"),
        (BORN, r#""1984-05-17T03:00:00Z""#, "[1984-01-01,1985-01-01)"),
        (
            SEEN,
            "1772361727123",
            "[2026-03-01T10:00:00Z,2026-03-01T11:00:00Z)",
        ),
        ("hierarchy: trades.csv", r#""nurse""#, "nurse"),
        ("hierarchy: trades.csv, other: root", r#""lion tamer""#, "*"),
        ("prefix: [3, 1]", r#""é""#, "é*"),
        (
            "network: { ipv4: [24], ipv6: [48] }",
            r#""2001:db8:1:2::3""#,
            "2001:db8:1::/48",
        ),
        // Made from an IPv4 address.
        (
            "network: { ipv4: [24], ipv6: [48] }",
            r#""::ffff:203.0.113.7""#,
            "203.0.113.0/24",
        ),
        // Cut to its bits it would look like one that is.
        (
            "network: { ipv4: [24], ipv6: [32] }",
            r#""64:ff9b:1::1""#,
            "64:ff9b::/32",
        ),
        ("geohash: [3]", "[52.52, 13.405]", "u33"),
    ] {
        assert_eq!(class(policy, json), text(label), "{policy} {json}");
    }
}

#[test]
fn what_is_missing_has_no_class_of_its_own() {
    for (policy, json) in [
        ("number: { step: 5, bottom: 15, top: 90 }", "null"),
        ("number: { step: 5, bottom: 15, top: 90 }", r#""""#),
        ("prefix: [3]", r#""""#),
        ("hierarchy: trades.csv", r#""n/a""#),
        ("geohash: [3]", r#""none""#),
    ] {
        assert_eq!(class(policy, json), Ok(None), "{policy} {json}");
    }
}

#[test]
fn what_has_no_class_is_refused() {
    use Reason::{BadIdentifier, BadTime, NumberOutOfRange, WrongType};
    const BORN: &str = r#"time: [1y], bottom: "1930-01-01", top: "2010-01-01""#;
    let digits = "1".repeat(65);
    for (policy, json, reason) in [
        (
            "number: { step: 5, bottom: 15, top: 90 }",
            "true",
            WrongType,
        ),
        ("number: { step: 5, bottom: 15, top: 90 }", "[1]", WrongType),
        (
            "number: { step: 5, bottom: 15, top: 90 }",
            r#""old""#,
            WrongType,
        ),
        (
            "number: { step: 5, bottom: 15, top: 90 }",
            &digits,
            NumberOutOfRange,
        ),
        (BORN, "1984", WrongType),
        (BORN, r#""soon""#, BadTime),
        ("hierarchy: trades.csv", r#""lion tamer""#, BadIdentifier),
        ("hierarchy: trades.csv", "{}", WrongType),
        ("prefix: [3]", "10115", WrongType),
        (
            "network: { ipv4: [24], ipv6: [48] }",
            r#""here""#,
            BadIdentifier,
        ),
        ("geohash: [3]", r#""91,0""#, NumberOutOfRange),
    ] {
        assert_eq!(class(policy, json), Err(reason), "{policy} {json}");
    }
}

#[test]
fn what_is_no_domain_is_found_in_the_policy() {
    for (policy, code) in [
        ("{}", "V0301"),
        ("{ prefix: [3], geohash: [3] }", "V0302"),
        ("{ prefix: [] }", "V0007"),
        ("{ prefix: [3, 5] }", "V0007"),
        ("{ prefix: [0] }", "V0007"),
        ("{ prefix: [3], unit: s }", "V0302"),
        ("{ prefix: [3], weight: 11 }", "V0007"),
        ("{ number: { bottom: 0, top: 10 } }", "V0301"),
        (
            "{ number: { step: 1, steps: [1], bottom: 0, top: 9 } }",
            "V0301",
        ),
        ("{ number: { step: 5, bottom: 90, top: 15 } }", "V0007"),
        ("{ number: { steps: [5, 7], bottom: 0, top: 35 } }", "V0007"),
        ("{ number: { step: 1e-9, bottom: 0, top: 90 } }", "V0007"),
        ("{ number: { step: 5, bottom: 0 } }", "V0005"),
        ("{ time: [1y] }", "V0005"),
        (
            "{ time: [1y, 1mo], bottom: \"1930-01-01\", top: \"2010-01-01\" }",
            "V0007",
        ),
        (
            "{ time: [0y], bottom: \"1930-01-01\", top: \"2010-01-01\" }",
            "V0304",
        ),
        ("{ time: [1y], bottom: soon, top: \"2010-01-01\" }", "V0007"),
        ("{ network: { ipv4: [24] } }", "V0005"),
        ("{ network: { ipv4: [16, 24], ipv6: [48] } }", "V0007"),
        ("{ geohash: [10] }", "V0007"),
        ("{ geohash: [4], from: [lat] }", "V0007"),
        ("{ prefix: [3], form: bounds }", "V0302"),
        (
            "{ network: { ipv4: [24], ipv6: [48] }, form: bounds }",
            "V0302",
        ),
        // Part of a day is no day.
        (
            "{ time: [1h, 1d], unit: d, bottom: \"2026-01-01\", top: \"2026-02-01\", form: bounds }",
            "V0302",
        ),
        ("{ prefix: [3], form: ends }", "V0004"),
    ] {
        let found = findings(&format!("{{ quasi: {policy} }}"));
        assert!(found.contains(&code), "{policy}: {found:?}");
    }
}

#[test]
fn both_ends_leave_where_a_class_has_them() {
    use crate::action::{ClassEnd, ClassForm, EndSpelling, Type};
    const DAYS: &str = r#"time: [1d, 1mo], bottom: "2026-01-01", top: "2026-12-01""#;
    for (policy, spelling, of) in [
        (
            "number: { step: 5, bottom: 15, top: 90 }",
            EndSpelling::Number,
            Type::Integer,
        ),
        (
            "number: { steps: [0.5, 1], bottom: 0, top: 9 }",
            EndSpelling::Number,
            Type::Number,
        ),
        (DAYS, EndSpelling::Day, Type::Text),
        (
            &format!("{DAYS}, unit: ms"),
            EndSpelling::Since1970(3),
            Type::Integer,
        ),
        (
            &format!("{DAYS}, unit: d"),
            EndSpelling::Days,
            Type::Integer,
        ),
        (
            &format!("{DAYS}, unit: basic"),
            EndSpelling::BasicDay,
            Type::Text,
        ),
        (
            r#"time: [1h, 1d], bottom: "2026-01-01", top: "2026-12-01""#,
            EndSpelling::Instant,
            Type::Text,
        ),
    ] {
        let policy = format!("{{ quasi: {{ {policy}, form: bounds }} }}");
        let spec = parse(&policy, &mut Findings::default()).unwrap();
        let ends: Vec<_> = spec
            .spread()
            .iter()
            .map(|(name, spec)| (*name, spec.facts().quasi.unwrap().form))
            .collect();
        let end = |side| ClassForm::End(side, spelling);
        assert_eq!(
            ends,
            [("_from", end(ClassEnd::From)), ("_to", end(ClassEnd::To))]
        );
        for (_, spec) in spec.spread() {
            let gives = spec.gives(Type::Text).unwrap();
            assert!(
                gives.types.has(of) && gives.types.has(Type::Null),
                "{policy}"
            );
        }
    }
    let label = "{ quasi: { number: { step: 5, bottom: 15, top: 90 } } }";
    let label = parse(label, &mut Findings::default()).unwrap();
    assert!(label.spread().is_empty());
}
