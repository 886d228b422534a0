use proptest::prelude::*;

use super::super::testing::{Bench, build, findings, run, view};
use crate::record::Reason;

/// What `{ redact: { PARAMETERS } }` makes of a text.
fn of(parameters: &str, text: &str) -> String {
    let json = serde_json::to_string(text).unwrap();
    let out = run(&format!("{{ redact: {{ {parameters} }} }}"), &json);
    serde_json::from_str(&out.unwrap().unwrap()).unwrap()
}

const TOLD: &str = "Jane (jane@a.example, +49 151 12345678) paid with 4111111111111111";

#[test]
fn what_is_found_gives_way() {
    assert_eq!(of("", TOLD), "Jane ([EMAIL], [PHONE]) paid with [CARD]");
    assert_eq!(
        of("with: mask", TOLD),
        "Jane (********, ********) paid with ********"
    );
    assert_eq!(
        of("find: [card]", TOLD),
        "Jane (jane@a.example, +49 151 12345678) paid with [CARD]"
    );
    assert_eq!(
        of("with: { mask: { keep_last: 4 } }, find: [card]", TOLD),
        "Jane (jane@a.example, +49 151 12345678) paid with [CARD:********1111]"
    );
    for text in [
        "",
        " ",
        "Jane paid",
        "0",
        "-0",
        "1e5",
        "null",
        "\u{feff}\u{200f}",
        "2026-02-31",
    ] {
        assert_eq!(of("", text), text);
    }
    // Nothing found: the text is as it would be if something had been.
    assert_eq!(
        run("{ redact: {} }", r#""a\u0041\n\ud83d\ude00""#),
        Ok(Some(r#""aA\n😀""#.into()))
    );
    assert_eq!(
        run("{ redact: {} }", r#""\u006aane@a.example""#),
        Ok(Some(r#""[EMAIL]""#.into()))
    );
}

#[test]
fn only_text_is_taken() {
    assert_eq!(run("{ redact: {} }", "null"), Ok(Some("null".into())));
    for json in [
        "1",
        "true",
        "[]",
        "{}",
        r#"["jane@a.example"]"#,
        "4111111111111111",
    ] {
        assert_eq!(
            run("{ redact: {} }", json),
            Err(Reason::WrongType),
            "{json}"
        );
    }
    let long = format!("{} jane@a.example", "x".repeat(1 << 20));
    assert!(of("", &long).ends_with("x [EMAIL]"));
}

#[test]
fn a_refusal_inside_leaves_the_label() {
    let one_of = "with: { keep: { one_of: [jane@a.example] } }";
    assert_eq!(
        of(one_of, "jane@a.example, joe@a.example"),
        "[EMAIL:jane@a.example], [EMAIL]"
    );
    assert_eq!(of("with: drop", "jane@a.example"), "[EMAIL]");
}

/// The code in a text is that of the address in a field of its own, record after record.
#[test]
fn a_code_inside_is_the_code_of_the_hit() {
    let inner = "{ pseudonymize: { key: people, normalize: email, epoch: none } }";
    let code = run(inner, r#""jane@a.example""#).unwrap().unwrap();
    let code = code.trim_matches('"');
    let action = build(&format!("{{ redact: {{ with: {inner} }} }}"));
    let mut bench = Bench::default();
    for _ in 0..3 {
        let json = r#""Jane@a.example and 203.0.113.7 and jane@A.example""#;
        bench.apply(action.as_ref(), view(json)).unwrap();
        assert!(bench.jobs.is_empty(), "nothing is put off");
        // An address of a machine is no mailbox.
        let made = bench.take(action.as_ref()).unwrap();
        assert_eq!(
            made,
            format!("\"[EMAIL:{code}] and [IP] and [EMAIL:{code}]\"")
        );
    }
}

#[test]
fn locale_and_confidence_choose() {
    let text = "SSN 078-05-1120, ruf 0151/12345678, geb. 17.05.1984";
    assert_eq!(
        of("", text),
        "SSN 078-05-1120, ruf [PHONE], geb. [BIRTH_DATE]"
    );
    assert_eq!(
        of("locale: [us]", text),
        "SSN [SSN], ruf [PHONE], geb. [BIRTH_DATE]"
    );
    assert_eq!(
        of("confidence: sure, locale: [us, de]", text),
        "SSN [SSN], ruf 0151/12345678, geb. 17.05.1984"
    );
    assert_eq!(of("", "0151/12345678"), "0151/12345678");
    assert_eq!(of("locale: [de]", "0151/12345678"), "[PHONE]");
}

#[test]
fn own_patterns_match_where_a_word_begins() {
    let order = r#"patterns: { ORDER: "A-[0-9]+", ANY_WORD: "[a-z]{0}" }"#;
    assert_eq!(
        of(order, "A-4711 BA-4711 A-jane@a.example"),
        "[ORDER] BA-4711 [EMAIL]"
    );
    let long = format!("A-{}", "1".repeat(400));
    let made = of(order, &long);
    assert!(made.starts_with("[ORDER]") && made.len() < 160, "{made}");
    // The longest counts.
    let mail = r#"patterns: { USER: "jane" }"#;
    assert_eq!(of(mail, "jane@a.example jane"), "[EMAIL] [USER]");
}

#[test]
fn wrong_parameters_are_findings() {
    for (parameters, codes) in [
        ("find: [emails]", &["V0308"][..]),
        ("find: [ssn]", &["V0308"]),
        ("find: email", &["V0006"]),
        ("find: []", &["V0007"]),
        ("locale: [xx]", &["V0308"]),
        ("locale: [DE]", &["V0308"]),
        ("confidence: high", &["V0004"]),
        ("with: [label]", &["V0006"]),
        ("with: { mask: { with: ab } }", &["V0007"]),
        ("patterns: { order: x }", &["V0009"]),
        ("patterns: { A: \"(\" }", &["V0303"]),
        ("patterns: { A: \"(?=x)\" }", &["V0303"]),
        ("patterns: { A: [] }", &["V0006"]),
        ("patterns: { A: \"\\\\w{5000}\" }", &["V0303"]),
    ] {
        let policy = format!("{{ redact: {{ {parameters} }} }}");
        assert_eq!(findings(&policy), codes, "{parameters}");
    }
    let many: Vec<String> = (0..33)
        .map(|n| format!("A{}: x", "B".repeat(n % 15) + &"_".repeat(n / 15)))
        .collect();
    let many = format!("{{ redact: {{ patterns: {{ {} }} }} }}", many.join(", "));
    assert_eq!(findings(&many), ["V0007"]);
}

#[test]
fn whole_numbers_are_read_as_their_digits_where_the_policy_says_so() {
    let policy = "{ redact: { numbers: as_text } }";
    for (json, expected) in [
        ("4111111111111111", r#""[CARD]""#),
        ("4111111111111110", r#""4111111111111110""#),
        ("47e2", r#""4700""#),
        (r#""4111 1111 1111 1111""#, r#""[CARD]""#),
        ("null", "null"),
    ] {
        assert_eq!(run(policy, json), Ok(Some(expected.to_owned())), "{json}");
    }
    for json in ["1.5", "1e38", "true", "[4111111111111111]", "{}"] {
        assert!(run(policy, json).is_err(), "{json}");
    }
    assert_eq!(run("{ redact: {} }", "4711"), Err(Reason::WrongType));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// What was found is gone: of words with blanks between them a second look finds
    /// nothing. (Where no blank stands between two things, the label of the first is the
    /// boundary that the second did not have.)
    #[test]
    fn twice_is_once(words in proptest::collection::vec(
        "[a-z]{1,4}@[a-z]{1,3}[.]de|[+]49 1?[0-9]{8,9}|4[0-9]{15}|[0-9.:-]{1,12}|\\PC{1,4}|tel|born",
        0..8,
    )) {
        let text = words.join(" ");
        thread_local! {
            static ACTION: Box<dyn super::Action> = build("{ redact: { locale: [intl, us, de, es] } }");
        }
        let made = |text: &str| {
            let mut bench = Bench::default();
            let json = serde_json::to_string(text).unwrap();
            ACTION.with(|action| {
                bench.apply(action.as_ref(), view(&json)).unwrap();
                serde_json::from_str::<String>(&bench.take(action.as_ref()).unwrap()).unwrap()
            })
        };
        let once = made(&text);
        // A number takes blanks and what is behind them, and may end within a word.
        let bounded = once.split(' ').all(|w| !w.contains(['[', ']']) || (w.starts_with('[') && w.ends_with(']')));
        prop_assume!(bounded);
        prop_assert_eq!(made(&once), once);
    }
}
