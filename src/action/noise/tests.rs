use super::super::testing::{Bench, build, findings, parse, run, view};
use super::*;
use crate::canon::canonical_number;
use crate::language::finding::Findings;
use crate::record::Reason;
use crate::record::decimal::Decimal;

const AGE: &str = "laplace: { epsilon: 2, bottom: 15, top: 90, step: 1 }";
const PLAN: &str = "randomized_response: { epsilon: 1.5, of: [free, pro, team] }";

fn policy(words: &str) -> String {
    format!("{{ noise: {{ key: people, {words} }} }}")
}

fn noised(words: &str, json: &str) -> Result<Option<String>, Reason> {
    run(&policy(words), json)
}

/// What so many records of that subject get.
fn answers(words: &str, subject: Option<&'static str>, json: &str, count: u64) -> Vec<String> {
    let action = build(&policy(words));
    let mut bench = Bench::default();
    bench.subject = subject;
    let offsets = 0..count;
    let made = offsets.map(|offset| {
        bench.offset = offset;
        bench
            .apply(action.as_ref(), view(json))
            .expect("it is taken");
        bench.take(action.as_ref()).expect("it leaves")
    });
    made.collect()
}

#[test]
fn the_same_person_and_value_have_the_same_answer() {
    for (words, json, other) in [(AGE, "41", "42"), (PLAN, r#""pro""#, r#""team""#)] {
        let all = answers(words, Some("user-7"), json, 50);
        assert!(all.iter().all(|a| *a == all[0]), "{words}");
        let per_record = format!("{words}, memo: record");
        let each = answers(&per_record, None, json, 50);
        assert!(each.iter().any(|a| *a != each[0]), "{words}");
        let of_persons = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let of_persons = of_persons.map(|s| answers(words, Some(s), json, 1).remove(0));
        assert!(of_persons.iter().any(|a| *a != of_persons[0]), "{words}");
        assert!(noised(words, other).is_ok());
    }
}

#[test]
fn values_are_cut_and_rounded_before_noise_is_drawn() {
    let step = "gaussian: { rho: 1, bottom: 0, top: 10, step: 0.5 }";
    for same in [
        ["7.25", "7.3"],
        ["7.25", "7.749999"],
        ["10", "1e30"],
        ["10", "1e99999"],
        ["0", "-3"],
        ["0", "-0"],
        ["0", "0.2499"],
        ["0", "1e-999999999"],
        ["10.0", "1e1"],
    ] {
        let [one, other] = same.map(|json| noised(step, json).unwrap());
        assert_eq!(one, other, "{same:?}");
    }
    // An answer lies on a step.
    for json in ["0", "3", "9.5"] {
        let answer = noised(step, json).unwrap().unwrap();
        let answer: f64 = answer.parse().unwrap();
        assert_eq!((answer * 2.0).fract(), 0.0, "{answer}");
    }
}

#[test]
fn answers_stay_in_the_range_when_that_is_said() {
    let wide = "laplace: { epsilon: 0.1, bottom: -5, top: 5, step: 1 }, memo: record";
    let all = answers(wide, None, "0", 200);
    let outside = |a: &String| a.parse::<i64>().unwrap().abs() > 5;
    assert!(all.iter().any(outside));
    let clamped = answers(&format!("{wide}, clamp: true"), None, "0", 200);
    assert!(!clamped.iter().any(outside));
}

#[test]
fn the_mean_of_many_records_is_the_value() {
    let words = "laplace: { epsilon: 10, bottom: 0, top: 100, step: 1 }, memo: record";
    let all = answers(words, None, "41", 20_000);
    let sum: i64 = all.iter().map(|a| a.parse::<i64>().unwrap()).sum();
    // Variance 2q / (1 − q)², q = exp(−1/10): 199.8.
    let mean = sum as f64 / 20_000.0;
    assert!(
        (mean - 41.0).abs() < 3.0 * (199.8_f64 / 20_000.0).sqrt(),
        "{mean}"
    );
}

#[test]
fn a_choice_keeps_as_often_as_it_says() {
    let all = answers(&format!("{PLAN}, memo: record"), None, r#""pro""#, 20_000);
    let kept = all.iter().filter(|a| *a == r#""pro""#).count() as f64 / 20_000.0;
    let p = 1.5_f64.exp() / (1.5_f64.exp() + 2.0);
    assert!(
        (kept - p).abs() < 3.0 * (p * (1.0 - p) / 20_000.0).sqrt(),
        "{kept}"
    );
    let others = all.iter().filter(|a| *a == r#""free""#).count() as f64 / 20_000.0;
    let q = (1.0 - p) / 2.0;
    assert!(
        (others - q).abs() < 3.0 * (q * (1.0 - q) / 20_000.0).sqrt(),
        "{others}"
    );
}

#[test]
fn the_order_of_the_list_decides_nothing() {
    let turned = "randomized_response: { epsilon: 1.5, of: [team, free, pro] }, memo: record";
    let one = answers(&format!("{PLAN}, memo: record"), None, r#""pro""#, 100);
    assert_eq!(one, answers(turned, None, r#""pro""#, 100));
}

#[test]
fn what_is_not_listed_stands_for_what_the_policy_says() {
    let of = "of: [free, pro, 1, true, unknown]";
    let alone = format!("randomized_response: {{ epsilon: 20, {of} }}");
    let both = format!("randomized_response: {{ epsilon: 20, {of}, else: pro, absent: free }}");
    for (words, json, expected) in [
        (&alone, r#""free""#, Ok(Some(r#""free""#))),
        (&alone, "1.0", Ok(Some("1"))),
        (&alone, "true", Ok(Some("true"))),
        (&alone, r#""unknown""#, Ok(Some(r#""unknown""#))),
        (&alone, "null", Ok(Some("null"))),
        (&alone, r#""""#, Ok(None)),
        (&alone, r#""N/A""#, Ok(None)),
        (&alone, r#""FREE""#, Err(Reason::BadIdentifier)),
        (&alone, r#"" ""#, Err(Reason::BadIdentifier)),
        (&alone, "false", Err(Reason::BadIdentifier)),
        (&alone, "2", Err(Reason::BadIdentifier)),
        (&alone, r#""١""#, Err(Reason::BadIdentifier)),
        (&alone, r#""\u200fpro""#, Err(Reason::BadIdentifier)),
        (&alone, "[]", Err(Reason::WrongType)),
        (&alone, "{}", Err(Reason::WrongType)),
        (&both, "null", Ok(Some(r#""free""#))),
        (&both, r#""""#, Ok(Some(r#""free""#))),
        (&both, r#""\ud83d\ude00""#, Ok(Some(r#""pro""#))),
        (&both, "1e999999999", Ok(Some(r#""pro""#))),
    ] {
        let made = noised(words, json);
        let made = made.as_ref().map(Option::as_deref).map_err(|r| *r);
        assert_eq!(made, expected, "{words} {json}");
    }
}

#[test]
fn what_no_noise_can_be_added_to_is_refused() {
    let long = format!(r#""{}""#, "9".repeat(1 << 20));
    for (json, reason) in [
        (r#""41""#, Reason::WrongType),
        (r#"" ""#, Reason::WrongType),
        (&long, Reason::WrongType),
        ("true", Reason::WrongType),
        ("[41]", Reason::WrongType),
        ("{}", Reason::WrongType),
        (&format!("1.{}1", "0".repeat(70)), Reason::NumberOutOfRange),
    ] {
        assert_eq!(noised(AGE, json), Err(reason), "{:.20}", json);
    }
    assert_eq!(noised(AGE, "null"), Ok(Some("null".to_owned())));
    for json in [r#""""#, r#""None""#] {
        assert_eq!(noised(AGE, json), Ok(None));
    }
    for words in [AGE, PLAN] {
        let json = if words == AGE { "41" } else { r#""pro""# };
        let action = build(&policy(words));
        let mut bench = Bench::default();
        bench.subject = None;
        let refused = bench.apply(action.as_ref(), view(json));
        assert_eq!(refused, Err(Reason::NoSubject), "{words}");
        assert!(bench.out.0.is_empty());
    }
}

#[test]
fn wrong_parameters_are_findings() {
    let range = |numbers: &str| format!("laplace: {{ epsilon: 1, {numbers} }}");
    let epsilon = |e: &str| format!("laplace: {{ epsilon: {e}, bottom: 0, top: 9, step: 1 }}");
    let rho =
        |r: &str, top: &str| format!("gaussian: {{ rho: {r}, bottom: 0, top: {top}, step: 1 }}");
    let of = |words: &str| format!("randomized_response: {{ epsilon: 1, {words} }}");
    let many: Vec<String> = (0..257).map(|n| n.to_string()).collect();
    for (words, codes) in [
        ("memo: subject".to_owned(), &["V0301"][..]),
        (format!("{AGE}, {PLAN}"), &["V0302"]),
        (format!("{PLAN}, per: 1"), &["V0302"]),
        (format!("{PLAN}, clamp: true"), &["V0302"]),
        (rho("1", "9") + ", per: 1", &["V0302"]),
        (epsilon("0"), &["V0309"]),
        (epsilon("-1"), &["V0309"]),
        (epsilon("20.1"), &["V0309"]),
        (epsilon("0.0000001"), &["V0309"]),
        (epsilon("1.234567"), &["V0309"]),
        (epsilon("much"), &["V0006"]),
        (rho("0.1234", "9"), &["V0309"]),
        (rho("1", "1000001"), &["V0309"]),
        (rho("0.5", "1000000"), &[]),
        (rho("0.000001", "1000"), &[]),
        (rho("0.4", "1000000"), &["V0309"]),
        (range("bottom: 0, top: 0, step: 1"), &["V0309"]),
        (range("bottom: 9, top: 0, step: 1"), &["V0309"]),
        (range("bottom: 0, top: 10, step: 3"), &["V0309"]),
        (range("bottom: 0, top: 9, step: 0"), &["V0309"]),
        (range("bottom: 0, top: 9, step: -1"), &["V0309"]),
        (range("bottom: 0, top: 1e13, step: 1"), &["V0309"]),
        (range("bottom: 0, top: 1e40, step: 1e40"), &["V0309"]),
        (range("bottom: 0, top: 1, step: 1e-13"), &["V0309"]),
        (range("bottom: 0, top: 9"), &["V0005"]),
        (format!("{AGE}, per: 0"), &["V0309"]),
        (format!("{AGE}, per: 0.5"), &["V0309"]),
        (format!("{AGE}, per: 75"), &["V0309"]),
        (format!("{AGE}, per: 10"), &[]),
        (format!("{AGE}, memo: person"), &["V0004"]),
        (of("of: [a]"), &["V0309"]),
        (of(&format!("of: [{}]", many.join(", "))), &["V0309"]),
        (of("of: [a, a]"), &["V0003"]),
        (of("of: [1, 1.0]"), &["V0003"]),
        (of("of: [a, [b]]"), &["V0006"]),
        (of("of: [a, b], else: c"), &["V0309"]),
        (of("of: [a, b], absent: null"), &["V0309"]),
        (of("of: [1, 2], absent: \"1\""), &["V0309"]),
    ] {
        assert_eq!(findings(&policy(&words)), codes, "{words}");
    }
    assert_eq!(findings(&format!("{{ noise: {{ {AGE} }} }}")), ["V0005"]);
}

#[test]
fn it_says_no_more_than_is_true() {
    let says = |words: &str| {
        let spec = parse(&policy(words), &mut Findings::default());
        spec.expect("it is read").says("analytics").what
    };
    let range = says(AGE);
    assert!(
        range.contains("ε = 2 for any two values of the range"),
        "{range}"
    );
    assert!(
        range.contains("for each distinct value of one person"),
        "{range}"
    );
    // 2q / (1 − q)², q = exp(−2/75).
    assert!(range.contains("variance 2812"), "{range}");
    let per = says(&format!("{AGE}, per: 10"));
    assert!(
        per.contains("not an ε over the range") && !per.contains("any two"),
        "{per}"
    );
    let record = says(&format!("{AGE}, memo: record"));
    assert!(
        record.contains("add up") && !record.contains("one person, whose"),
        "{record}"
    );
    let clamped = says(&format!("{AGE}, clamp: true"));
    assert!(
        clamped.contains("biased") && !clamped.contains("without bias"),
        "{clamped}"
    );
    let choice = says(PLAN);
    assert!(
        choice.contains("0.6914") && choice.contains("0.1543"),
        "{choice}"
    );
    let zcdp = says("gaussian: { rho: 0.5, bottom: 0, top: 10, step: 1 }");
    assert!(
        zcdp.contains("ρ = 0.5 (zCDP)") && !zcdp.contains("ε"),
        "{zcdp}"
    );
}

#[test]
fn everything_that_decides_an_answer_is_in_the_key() {
    let id = |words: &str| {
        let policy = policy(words);
        let node = crate::language::yaml::read(&policy, &mut Findings::default()).unwrap();
        let mut findings = Findings::default();
        let inside = &node.member("noise").unwrap().value;
        let mut mapping = Mapping::open(inside, NOISE.shape, &mut findings).unwrap();
        match words.starts_with("rand") {
            true => Choice::parse(&mut mapping).unwrap().id(),
            false => Scale::parse(&mut mapping, words.split(':').next().unwrap())
                .unwrap()
                .id(),
        }
    };
    assert_eq!(id(AGE), "dlap:75:2:15:1");
    assert_eq!(id(&format!("{AGE}, per: 10")), "dlap:75:2:15:1:per:1e1");
    let gaussian = "gaussian: { rho: 0.5, bottom: -1, top: 9, step: 0.5 }";
    assert_eq!(id(gaussian), "dgauss:2e1:5e-1:-1:5e-1");
    // As docs/formats.md has it.
    let ten: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    let choice = format!(
        "randomized_response: {{ epsilon: 1.5, of: [{}] }}",
        ten.join(", ")
    );
    assert_eq!(id(&choice), "krr:1e1:15e-1");
    assert_eq!(canonical_number(&Decimal::read("-0").unwrap()), "0");
}
