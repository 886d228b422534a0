use super::super::testing::{Bench, build, findings, parse, run, view};
use super::*;
use crate::language::finding::Findings;
use crate::record::value::{Text, TextForm};
use proptest::prelude::*;

fn code(parameters: &str, json: &str) -> Result<Option<String>, Reason> {
    let policy = format!("{{ pseudonymize: {{ key: people, {parameters} }} }}");
    run(&policy, json)
}

fn facts(parameters: &str) -> Facts {
    let policy = format!("{{ pseudonymize: {{ key: people, {parameters} }} }}");
    parse(&policy, &mut Findings::default()).unwrap().facts()
}

#[test]
fn type_is_part_of_the_value_unless_normalised_away() {
    assert_ne!(code("", "42"), code("", r#""42""#));
    assert_eq!(code("", "42"), code("", "4.2e1"));
    let text = "normalize: text";
    assert_eq!(code(text, "42"), code(text, r#""42""#));
    assert_ne!(code("", "42"), code(text, "42"));
    assert_eq!(
        code("normalize: [trim, lower]", r#"" ABC\t""#),
        code("normalize: [lower, trim]", r#""\u0061bc""#)
    );
    assert_eq!(
        code("normalize: phone", r#""+49 151 12345678""#),
        code("normalize: phone(-)", r#""+4915112345678""#)
    );
    assert_ne!(
        code("normalize: phone", r#""+4915112345678""#),
        code("normalize: phone(DE)", r#""+4915112345678""#)
    );
}

#[test]
fn what_stands_for_nobody_leaves_nothing() {
    for json in ["null", r#""""#, r#""unknown""#, r#""N\/A""#] {
        assert_eq!(code("", json), Ok(None), "{json}");
    }
    assert_eq!(code("normalize: trim", r#""  ""#), Ok(None));
    assert!(matches!(code("", r#"" ""#), Ok(Some(_))));
}

#[test]
fn what_does_not_fit_is_refused() {
    for (parameters, json, reason) in [
        ("", "[1]", Reason::WrongType),
        ("", "{}", Reason::WrongType),
        ("", "1e999999999", Reason::NumberOutOfRange),
        ("normalize: email", r#""jane""#, Reason::BadIdentifier),
        ("normalize: email", "42", Reason::WrongType),
        ("normalize: text", "1.5", Reason::WrongType),
        ("normalize: phone", r#""0151 1234""#, Reason::BadIdentifier),
        ("normalize: trim", r#""a\u0000""#, Reason::BadIdentifier),
    ] {
        assert_eq!(code(parameters, json), Err(reason), "{parameters} {json}");
    }
}

#[test]
fn scopes_bind_to_output_subject_and_record() {
    let all: Vec<_> = ["domain", "output", "subject", "record"]
        .into_iter()
        .map(|scope| code(&format!("scope: {scope}"), "42").unwrap())
        .collect();
    for (i, one) in all.iter().enumerate() {
        assert!(one.is_some() && !all[..i].contains(one));
    }
    let action = build("{ pseudonymize: { key: people, scope: subject } }");
    let of = |subject| {
        let mut bench = Bench::default();
        bench.subject = subject;
        bench.apply(action.as_ref(), view("42"))?;
        Ok(bench.take(action.as_ref()))
    };
    assert_ne!(of(Some("user-7")), of(Some("user-8")));
    assert_eq!(of(Some("user-7")), of(Some("user-7")));
    assert_eq!(of(None), Err(Reason::NoSubject));
    let action = build("{ pseudonymize: { key: people, scope: record } }");
    let at = |offset| {
        let mut bench = Bench::default();
        bench.offset = offset;
        bench.apply(action.as_ref(), view("42")).unwrap();
        bench.take(action.as_ref())
    };
    assert_ne!(at(1), at(2));
    assert_eq!(at(1), at(1));
}

#[test]
fn several_siblings_are_one_value() {
    let action = build("{ pseudonymize: { key: people, from: [street, zip], normalize: lower } }");
    let of = |parts: &[Option<&str>]| {
        let views: Vec<_> = parts.iter().map(|p| p.map(view)).collect();
        let mut bench = Bench::default();
        bench.apply_parts(action.as_ref(), &views)?;
        Ok(bench.take(action.as_ref()))
    };
    let both = of(&[Some(r#""A""#), Some(r#""1""#)]).unwrap();
    assert!(both.is_some());
    assert_eq!(of(&[Some(r#""a""#), Some(r#""1""#)]), Ok(both.clone()));
    assert_ne!(of(&[Some(r#""a1""#), None]), Ok(both.clone()));
    assert_ne!(of(&[Some(r#""1""#), Some(r#""a""#)]), Ok(both));
    assert!(of(&[Some(r#""a""#), None]).unwrap().is_some());
    assert_eq!(of(&[None, Some("null")]), Ok(None));
    assert_eq!(of(&[Some(r#""a""#), Some("[1]")]), Err(Reason::WrongType));
}

#[test]
fn a_refused_value_leaves_no_job_behind() {
    let action = build("{ pseudonymize: { key: people, normalize: email, scope: subject } }");
    let mut bench = Bench::default();
    for json in [r#""jane""#, "42", "null"] {
        let _ = bench.apply(action.as_ref(), view(json));
        assert!(bench.jobs.is_empty() && bench.jobs.scratch.is_empty());
        assert!(bench.out.0.is_empty());
    }
}

#[test]
fn the_linter_learns_what_links() {
    assert!(facts("").linkable_unsaid && facts("").type_sensitive);
    let said = facts("epoch: none, normalize: text");
    assert!(said.linkable && !said.linkable_unsaid && !said.type_sensitive);
    assert!(!facts("scope: record").linkable);
    assert_eq!(facts("scope: record").join_key, None);
    assert!(facts("scope: subject").needs_subject);
    assert_eq!(facts("bits: 96").join_key, facts("encoding: hex").join_key);
    assert_ne!(facts("space: order").join_key, facts("").join_key);
    assert_ne!(facts("normalize: text").join_key, facts("").join_key);
}

#[test]
fn wrong_parameters_are_findings() {
    for (parameters, codes) in [
        ("bits: 100", &["V0007"][..]),
        ("bits: 88", &["V0007"]),
        ("encoding: uuid, bits: 128", &["V0302"]),
        ("encoding: base58", &["V0004"]),
        ("normalize: [email, trim]", &["V0307"]),
        ("normalize: upper", &["V0307"]),
        ("normalize: phone(XX)", &["V0307"]),
        ("scope: world", &["V0004"]),
        ("space: UPPER", &["V0007"]),
        ("from: [a]", &["V0007"]),
        ("from: [a, a]", &["V0003"]),
        ("epoch: 90d", &["V0001"]),
    ] {
        let policy = format!("{{ pseudonymize: {{ key: people, {parameters} }} }}");
        assert_eq!(findings(&policy), codes, "{parameters}");
    }
    assert_eq!(findings("{ pseudonymize: { key: people@2 } }"), ["V0306"]);
    assert_eq!(findings("{ pseudonymize: {} }"), ["V0005"]);
}

proptest! {
    #[test]
    fn equal_values_give_equal_codes_and_only_they(a in "\\PC{1,12}", b in "\\PC{1,12}") {
        let action = build("{ pseudonymize: { key: people } }");
        let of = |text: &str| {
            let mut bench = Bench::default();
            let view = View::Text(Text::new(text, TextForm::Plain));
            bench.apply(action.as_ref(), view).unwrap();
            bench.take(action.as_ref())
        };
        prop_assert_eq!(of(&a), of(&a));
        prop_assert!(a == b || of(&a).is_none() || of(&a) != of(&b));
    }
}
