use super::super::testing::{Bench, build, findings, run, view};
use super::*;
use crate::language::finding::Findings;

fn made(policy: &str, json: &str) -> Option<String> {
    run(policy, json).unwrap_or_else(|reason| panic!("{policy} of {json}: {reason}"))
}

#[test]
fn parts_of_a_text_are_trimmed_and_those_for_nothing_left_out() {
    let keep = "{ each: { split: ',', do: keep } }";
    for (json, expected) in [
        (r#""a,b""#, Some(r#""a,b""#)),
        (r#"" a ,\tb\u00a0,, ""#, Some(r#""a,b""#)),
        (r#""a,unknown,NULL,b""#, Some(r#""a,b""#)),
        (r#""one alone""#, Some(r#""one alone""#)),
        (r#""""#, None),
        (r#"", ,none""#, None),
        ("null", Some("null")),
    ] {
        assert_eq!(made(keep, json).as_deref(), expected, "{json}");
    }
    for (policy, expected) in [
        (
            "{ each: { split: ', ', take: first, do: keep } }",
            r#""a,b""#,
        ),
        ("{ each: { split: ',', take: last, do: keep } }", r#""c""#),
        ("{ each: { split: ',b, ', do: keep } }", r#""a,b, c""#),
        ("{ each: { split: 'ü', do: keep } }", r#""a,b, c""#),
    ] {
        assert_eq!(
            made(policy, r#""a,b, c""#).as_deref(),
            Some(expected),
            "{policy}"
        );
    }
}

#[test]
fn each_part_is_protected_by_itself() {
    let code = "{ pseudonymize: { key: people, normalize: text, epoch: none } }";
    let of = |json: &str| made(code, json).expect("a code").replace('"', "");
    let list = format!("{{ each: {{ split: ';', do: {code} }} }}");
    assert_eq!(
        made(&list, r#""a; b;a""#),
        Some(format!(r#""{0};{1};{0}""#, of(r#""a""#), of(r#""b""#)))
    );
    let lists = "{ each: { split: '|', do: { each: { split: ',', take: first, do: keep } } } }";
    assert_eq!(made(lists, r#""a,b|,|c""#).as_deref(), Some(r#""a|c""#));
}

#[test]
fn one_part_that_is_refused_refuses_all_unless_it_says_otherwise() {
    let with = |more: &str| {
        format!("{{ each: {{ split: ',', do: {{ generalize: {{ ipv4: 24 }}{more} }} }} }}")
    };
    let json = r#""10.1.2.3,x""#;
    assert_eq!(run(&with(""), json), Err(Reason::BadIdentifier));
    assert_eq!(
        made(&with(", on_error: drop_field"), json).as_deref(),
        Some(r#""10.1.2.0/24""#)
    );
    assert_eq!(made(&with(", on_error: drop_field"), r#""x,y""#), None);
}

#[test]
fn other_kinds_are_refused_without_their_value() {
    for json in ["1", "true", "[]", r#"["a"]"#, r#"{"a":1}"#] {
        assert_eq!(
            run("{ each: { split: ',', do: keep } }", json),
            Err(Reason::WrongType),
            "{json}"
        );
    }
    for json in [r#"[["a"]]"#, r#"[{"a":1}]"#, r#"{"a":1}"#, r#"["a",[],2]"#] {
        assert_eq!(
            run("{ each: { do: keep } }", json),
            Err(Reason::WrongType),
            "{json}"
        );
    }
}

#[test]
fn elements_of_an_array_keep_their_places_and_their_types() {
    let keep = "{ each: { do: keep } }";
    for (json, expected) in [
        ("12.50", Some("12.50")),
        ("true", Some("true")),
        ("null", Some("null")),
        (r#""a,\"b""#, Some(r#""a,\"b""#)),
        (
            r#"[ 1.0 , "a\"]," ,null,true ]"#,
            Some(r#"[1.0,"a\"],",null,true]"#),
        ),
        ("[]", None),
        ("[null, null]", None),
    ] {
        assert_eq!(made(keep, json).as_deref(), expected, "{json}");
    }
    let coarse = "{ each: { do: { generalize: { bucket: 10 } } } }";
    assert_eq!(
        made(coarse, "[17,null,-3]").as_deref(),
        Some("[10,null,-10]")
    );
    for (take, expected) in [("first", "10"), ("last", "-10")] {
        let one = format!("{{ each: {{ take: {take}, do: {{ generalize: {{ bucket: 10 }} }} }} }}");
        assert_eq!(
            made(&one, r#"[null,"",17,-3," none "]"#).as_deref(),
            Some(expected)
        );
        assert_eq!(made(&one, "17").as_deref(), Some("10"));
        assert_eq!(made(&one, "[]"), None);
    }
}

#[test]
fn a_list_is_of_a_thousand_parts_at_most() {
    let keep = build("{ each: { split: ',', do: keep } }");
    let array = build("{ each: { do: keep } }");
    let mut bench = Bench::default();
    let mut of = |action: &dyn Action, json: &str| {
        let applied = bench.apply(action, view(json));
        applied.map(|()| bench.take(action).map(|made| made.len()))
    };
    let text = |n: usize| format!("\"{}\"", vec!["a"; n].join(","));
    assert_eq!(of(&*keep, &text(1_000)), Ok(Some(2_001)));
    assert_eq!(of(&*keep, &text(1_001)), Err(Reason::TooComplex));
    // What is left out counts too: what is refused does not depend on words.
    assert_eq!(
        of(&*keep, &format!("\"{}\"", ",".repeat(1_000))),
        Err(Reason::TooComplex)
    );
    let list = |n: usize| format!("[{}]", vec!["1"; n].join(","));
    assert_eq!(of(&*array, &list(1_000)), Ok(Some(2_001)));
    assert_eq!(of(&*array, &list(1_001)), Err(Reason::TooComplex));
}

#[test]
fn tokens_of_a_list_turn_back_part_by_part() {
    let tokens =
        build("{ each: { split: ' / ', do: { tokenize: { key: phones@1, format: digits } } } }");
    let mut bench = Bench::default();
    bench
        .apply(&*tokens, view(r#""0151 1234567 / 030 7654321""#))
        .expect("tokens");
    let made = bench.take(&*tokens).expect("a text");
    assert!(!made.contains("1234567"), "{made}");
    let reverse = tokens.as_reverse().expect("a way back");
    let mut clear = String::new();
    reverse
        .reverse(made.trim_matches('"'), 0, &mut clear)
        .expect("its own");
    assert_eq!(clear, "0151 1234567 / 030 7654321");
}

#[test]
fn what_cannot_be_meant_is_a_finding() {
    for (policy, code) in [
        ("{ each: { split: ',' } }", "V0005"),
        ("{ each: { split: '', do: keep } }", "V0007"),
        ("{ each: { split: '123456789', do: keep } }", "V0007"),
        ("{ each: { take: second, do: keep } }", "V0004"),
    ] {
        assert_eq!(findings(policy), [code], "{policy}");
    }
}

/// What leaves is taken apart into the parts that were made, or does not leave.
#[test]
fn parts_that_could_not_be_told_apart_are_refused() {
    // A class of a table, of which `veil check` cannot know.
    let table = "{ generalize: { hierarchy: { file: occupations.csv, level: 1 } } }";
    let classes = format!("{{ each: {{ split: 'eal', do: {table} }} }}");
    let job = r#""nurse""#;
    assert_eq!(made(table, job).as_deref(), Some(r#""health""#));
    assert_eq!(run(&classes, job), Err(Reason::FormatDomain));
    let one = format!("{{ each: {{ split: 'eal', take: first, do: {table} }} }}");
    assert_eq!(made(&one, job).as_deref(), Some(r#""health""#));
    // Ends as what stands between begins, so that it would be found earlier.
    let tail = format!("{{ each: {{ split: 'hh', do: {table} }} }}");
    assert_eq!(made(&tail, job).as_deref(), Some(r#""health""#));
    assert_eq!(run(&tail, r#""nursehhnurse""#), Err(Reason::FormatDomain));
    // A part that has some of it already is one part all the same.
    let keep = "{ each: { split: '--', do: keep } }";
    assert_eq!(made(keep, r#""a---b""#).as_deref(), Some(r#""a---b""#));
}

#[test]
fn what_can_stand_in_a_part_is_told_before() {
    let blurred = |policy: &str| {
        let spec = super::super::testing::parse(policy, &mut Findings::default());
        let spec = spec.expect("an action");
        spec.blurred().map(|b| (b.shared, b.in_constant))
    };
    for (policy, expected) in [
        (
            "split: '-', do: { pseudonymize: { key: people } }",
            Some('-'),
        ),
        (
            "split: '-', take: last, do: { pseudonymize: { key: people } }",
            None,
        ),
        (
            "split: '-', do: { pseudonymize: { key: people, encoding: hex } }",
            None,
        ),
        (
            "split: a, do: { pseudonymize: { key: people, encoding: hex } }",
            Some('a'),
        ),
        (
            "split: ' - ', do: { pseudonymize: { key: people } }",
            Some('-'),
        ),
        (
            "split: a, do: { tokenize: { key: phones@1, format: alnum36 } }",
            Some('a'),
        ),
        (
            "split: x, do: { tokenize: { key: phones@1, format: { custom: ACGTx } } }",
            Some('x'),
        ),
        (
            "split: '-', do: { tokenize: { key: phones@1, format: digits } }",
            None,
        ),
        ("split: '*', do: { mask: {} }", Some('*')),
        ("split: ':', do: { redact: {} }", None),
        (
            "split: ':', do: { redact: { with: { mask: {} } } }",
            Some(':'),
        ),
        ("split: ',', do: { replace: { with: 'a,b' } }", Some(',')),
        ("split: ',', do: keep", None),
        ("do: { mask: {} }", None),
        (
            "split: '|', do: { each: { split: ';', do: { mask: { with: '|' } } } }",
            Some('|'),
        ),
    ] {
        let policy = format!("{{ each: {{ {policy} }} }}");
        assert_eq!(blurred(&policy), expected.map(|c| (c, false)), "{policy}");
    }
}
