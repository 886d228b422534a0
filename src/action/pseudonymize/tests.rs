use super::*;
use crate::action::testing::{Bench, NOW_MS, build, findings, parse, run, view};
use crate::language::finding::Findings;
use crate::record::timestamp::Timestamp;
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
    let changing = facts("epoch: 30d");
    assert!(changing.linkable && !changing.linkable_unsaid);
    assert_ne!(changing.join_key, facts("").join_key);
    assert_ne!(changing.join_key, facts("epoch: 31d").join_key);
    assert_eq!(
        changing.join_key,
        facts("epoch: 720h, epoch_by: t, late_max: 1d").join_key
    );
    assert_eq!(changing.epochs.map(|e| e.late_max_ms), Some(7 * DAY_MS));
    assert_ne!(facts("normalize: text").join_key, facts("").join_key);
}

const DAY_MS: i64 = 86_400_000;

/// The code of 42 for an event at that time.
fn at(parameters: &str, timestamp: Timestamp, read: Result<i64, Reason>) -> Result<String, Reason> {
    let policy = format!("{{ pseudonymize: {{ key: people, {parameters} }} }}");
    let action = build(&policy);
    let mut bench = Bench::default();
    (bench.timestamp, bench.read) = (timestamp, [read]);
    bench.apply(action.as_ref(), view("42"))?;
    Ok(bench.take(action.as_ref()).expect("42 has a code"))
}

#[test]
fn a_code_changes_with_its_epoch_and_with_nothing_else() {
    let code = |parameters: &str, ms| at(parameters, Timestamp::Create(ms), Ok(0)).unwrap();
    // 2026-03-01T12:00:00Z, a Sunday, and a week before.
    let (now, before) = (NOW_MS, NOW_MS - 7 * DAY_MS);
    for same in ["epoch: none", "epoch: 30d", "epoch: quarter", "epoch: year"] {
        assert_eq!(code(same, now), code(same, before), "{same}");
    }
    for changes in ["epoch: month", "epoch: week", "epoch: 1d"] {
        assert_ne!(code(changes, now), code(changes, before), "{changes}");
        assert_eq!(
            code(changes, now),
            code(changes, now + 9 * 60_000),
            "{changes}"
        );
    }
    // Another spelling of one length; another length with a start in common.
    assert_eq!(code("epoch: 30d", now), code("epoch: 720h", now));
    assert_ne!(code("epoch: month", now), code("epoch: quarter", now));
    // How late an event may be is no part of its code, nor where its time stands.
    let wide = "epoch: month, late_max: 90d, accept_from: 2020-01-01";
    assert_eq!(code("epoch: month", now), code(wide, now));
    let read = at("epoch: month, epoch_by: t", Timestamp::None, Ok(now));
    assert_eq!(read.unwrap(), code("epoch: month", now));
}

#[test]
fn what_is_too_late_too_early_or_of_no_time_is_refused() {
    let out = Err(Reason::EpochOutOfWindow);
    let of = |parameters: &str, ms| at(parameters, Timestamp::Append(ms), Ok(0)).map(|_| ());
    for (parameters, ago_ms, taken) in [
        ("epoch: 1d", 7 * DAY_MS, Ok(())),
        ("epoch: 1d", 7 * DAY_MS + 1, out),
        ("epoch: 1d", -10 * 60_000, Ok(())),
        ("epoch: 1d", -10 * 60_000 - 1, out),
        ("epoch: 1d, late_max: 1h", 3_600_001, out),
        ("epoch: 1d, accept_from: 2026-02-01", 28 * DAY_MS, Ok(())),
        ("epoch: 1d, accept_from: 2026-02-01", 29 * DAY_MS, out),
        // A day after which everything is taken takes nothing away.
        ("epoch: 1d, accept_from: 2026-02-28", 7 * DAY_MS, Ok(())),
    ] {
        assert_eq!(
            of(parameters, NOW_MS - ago_ms),
            taken,
            "{parameters} {ago_ms}"
        );
    }
    for ms in [i64::MIN, -1, i64::MAX] {
        assert_eq!(of("epoch: 1d", ms), out, "{ms}");
    }
    let all = "epoch: 1d, accept_from: 0000-01-01";
    assert_eq!(of(all, i64::MIN), out);
    let none = |parameters| at(parameters, Timestamp::None, Ok(NOW_MS)).map(|_| ());
    assert_eq!(none("epoch: 1d"), out);
    assert_eq!(none("epoch: 1d, epoch_by: t"), Ok(()));
    let bad = at(
        "epoch: 1d, epoch_by: t",
        Timestamp::Create(NOW_MS),
        Err(Reason::BadTime),
    );
    assert_eq!(bad, Err(Reason::BadTime));
}

#[test]
fn what_has_no_code_needs_no_time() {
    let action = build("{ pseudonymize: { key: people, epoch: 1d } }");
    let mut bench = Bench::default();
    bench.timestamp = Timestamp::None;
    for json in ["null", r#""""#, r#""unknown""#] {
        assert_eq!(bench.apply(action.as_ref(), view(json)), Ok(()), "{json}");
    }
    assert!(bench.apply(action.as_ref(), view("42")).is_err());
    assert!(bench.jobs.is_empty() && bench.jobs.scratch.is_empty());
}

#[test]
fn one_batch_may_hold_epochs_that_share_a_cell() {
    let policy = "{ pseudonymize: { key: people, epoch: 1d, accept_from: 2020-01-01 } }";
    let action = build(policy);
    let mut bench = Bench::default();
    // 64 days apart, several times over, more than are made abreast.
    let days: Vec<i64> = (0..200).map(|n| [0, 64, 1, 128, 0, 65][n % 6]).collect();
    for day in &days {
        bench.timestamp = Timestamp::Create(NOW_MS - day * DAY_MS);
        bench.apply(action.as_ref(), view("42")).unwrap();
    }
    let made = bench.take(action.as_ref()).unwrap();
    let expected: String = days
        .iter()
        .map(|day| {
            let mut alone = Bench::default();
            alone.timestamp = Timestamp::Create(NOW_MS - day * DAY_MS);
            let action = build(policy);
            alone.apply(action.as_ref(), view("42")).unwrap();
            alone.take(action.as_ref()).unwrap()
        })
        .collect();
    assert_eq!(made, expected);
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
        ("epoch: fortnight", &["V0004"]),
        ("epoch: day", &["V0304"]),
        ("epoch: 1ms", &["V0304"]),
        ("epoch: 59m", &["V0304"]),
        ("epoch: 3601001ms", &["V0304"]),
        ("epoch: 100000d", &["V0304"]),
        ("epoch: [30d]", &["V0006"]),
        ("epoch: none, late_max: 7d", &["V0302"]),
        ("epoch_by: at", &["V0302"]),
        ("epoch: 30d, late_max: soon", &["V0304"]),
        ("epoch: 30d, accept_from: soon", &["V0304"]),
        ("epoch: 30d, accept_from: 2026-02-30", &["V0304"]),
        ("epoch: 30d, epoch_by: { unit: ms }", &["V0005"]),
        ("epoch: 30d, epoch_by: { path: at, unit: m }", &["V0004"]),
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
