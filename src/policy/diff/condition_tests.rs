//! Changes of `when` and `where`: which let out more.

use super::tests::{changed, said};
use super::*;

const FIELD: &str = "      country: { keep: { one_of: [DE, FR] } }\n";

fn field(value: &str) -> String {
    changed(FIELD, &format!("      country: {value}\n")).replace(
        "output: clean, field: country",
        "output: clean, field: userId",
    )
}

fn verdicts(was: &str, is: &str) -> Vec<Verdict> {
    let all = diff(&said(was), &said(is));
    all.into_iter().map(|d| d.verdict).collect()
}

const CODE: &str = "{ pseudonymize: { key: people, epoch: none } }";
const CLEAR: &str = "{ keep: { one_of: [DE, FR, IT] } }";

fn when(cases: &[(&str, &str)], otherwise: &str) -> String {
    let mut all: Vec<String> = cases
        .iter()
        .map(|(of, then)| format!("{{ if: {of}, then: {then} }}"))
        .collect();
    all.push(format!("{{ else: {otherwise} }}"));
    field(&format!("{{ when: [{}] }}", all.join(", ")))
}

#[test]
fn a_case_that_lets_out_more_is_weaker_and_one_that_lets_out_less_is_not() {
    let of = |then: &str| when(&[("{ plan: free }", then)], "drop");
    assert_eq!(verdicts(&of(CODE), &of(CODE)), []);
    let weaker = verdicts(&of("{ keep: { one_of: [DE] } }"), &of(CLEAR));
    assert_eq!(weaker, [Verdict::Weaker]);
    let stronger = verdicts(&of(CLEAR), &of("{ keep: { one_of: [DE] } }"));
    assert!(!stronger.contains(&Verdict::Weaker), "{stronger:?}");
    // The same actions, the other way round.
    let turned = verdicts(
        &when(&[("{ plan: free }", CLEAR)], CODE),
        &when(&[("{ plan: free }", CODE)], CLEAR),
    );
    assert!(turned.contains(&Verdict::Weaker), "{turned:?}");
}

#[test]
fn another_condition_is_weaker_unless_every_case_let_out_as_much() {
    let of = |condition: &str| when(&[(condition, CLEAR)], CODE);
    for (was, is) in [
        ("{ plan: free }", "{ plan: [free, pro] }"),
        ("{ plan: [free, pro] }", "{ plan: free }"),
        ("{ plan: 5 }", "{ plan: \"5\" }"),
        ("{ plan: free }", "{ not: { plan: free } }"),
        ("{ plan: { is: text } }", "{ plan: { not: { is: text } } }"),
    ] {
        let found = verdicts(&of(was), &of(is));
        assert!(found.contains(&Verdict::Weaker), "{was} {is}: {found:?}");
    }
    // A case before it decides too.
    let was = when(&[("{ a: 1 }", CODE), ("{ b: 1 }", CLEAR)], CODE);
    let is = when(&[("{ c: 1 }", CODE), ("{ b: 1 }", CLEAR)], CODE);
    assert!(verdicts(&was, &is).contains(&Verdict::Weaker));
    // Of every case it is less, or as it was for all.
    let always = field(CODE);
    assert!(!verdicts(&of("{ plan: free }"), &field("drop")).contains(&Verdict::Weaker));
    assert!(
        !verdicts(&field(CLEAR), &when(&[("{ a: 1 }", CLEAR)], "drop")).contains(&Verdict::Weaker)
    );
    assert!(verdicts(&when(&[("{ a: 1 }", CODE)], "drop"), &always).contains(&Verdict::Weaker));
    let twice = when(&[("{ a: 1 }", CLEAR)], CLEAR);
    assert!(!verdicts(&twice, &field(CLEAR)).contains(&Verdict::Weaker));
}

/// A record that is held back by one case may leave by another.
#[test]
fn a_bound_that_holds_for_fewer_records_holds_back_fewer() {
    let found = verdicts(&field(CLEAR), &when(&[("{ a: 1 }", CLEAR)], "drop"));
    assert_eq!(found, [Verdict::Changed]);
}

#[test]
fn records_that_were_not_selected_are_more() {
    let of = |condition: &str| {
        let line = match condition {
            "" => String::new(),
            condition => format!("    where: {condition}\n"),
        };
        changed(
            "    fields: { plan: keep }\n",
            &format!("{line}    fields: {{ plan: keep }}\n"),
        )
    };
    for (was, is, verdict) in [
        ("", "", None),
        ("{ a: 1 }", "{ a: 1.0 }", Some(Verdict::Weaker)),
        ("{ a: 1 }", "", Some(Verdict::Weaker)),
        ("{ a: 1, b: 2 }", "{ b: 2 }", Some(Verdict::Weaker)),
        ("{ a: 1, b: 2 }", "{ b: 2, a: 1 }", None),
        ("{ a: [1, 2] }", "{ a: 1 }", Some(Verdict::Weaker)),
    ] {
        let found = verdicts(&of(was), &of(is));
        assert_eq!(found, Vec::from_iter(verdict), "{was} {is}");
    }
    // Fewer leave there; what held others back may not hold them back any more.
    for (was, is) in [("", "{ a: 1 }"), ("{ b: 2 }", "{ a: 1, b: 2 }")] {
        assert!(
            !verdicts(&of(was), &of(is)).contains(&Verdict::Weaker),
            "{was} {is}"
        );
    }
}
