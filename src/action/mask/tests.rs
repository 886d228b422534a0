//! What `mask` leaves.

use crate::action::testing::{findings, run};
use crate::record::Reason;
use proptest::prelude::*;

fn masked(parameters: &str, text: &str) -> String {
    let json = serde_json::to_string(text).unwrap();
    let out = run(&format!("{{ mask: {{ {parameters} }} }}"), &json)
        .unwrap()
        .unwrap();
    serde_json::from_str(&out).unwrap()
}

#[test]
fn everything_is_masked_and_the_length_hidden_unless_said() {
    assert_eq!(masked("", "Jane"), "********");
    assert_eq!(masked("", ""), "********");
    assert_eq!(masked("fixed_length: 3, with: x", "Jane Doe"), "xxx");
    assert_eq!(masked("fixed_length: none", "Zoë!"), "****");
    assert_eq!(
        masked("keep_first: 1, keep_last: 2", "Zoë Müller"),
        "Z********er"
    );
    assert_eq!(masked("skip: [space, '.']", "J. Doe"), "*. ***");
}

#[test]
fn a_text_not_longer_than_what_is_kept_is_masked_whole() {
    for text in ["", "a", "ab", "abc", "a-c"] {
        assert_eq!(masked("keep_first: 2, keep_last: 1", text), "********");
        assert_eq!(
            masked("keep_first: 2, keep_last: 1, skip: punctuation", text),
            "*".repeat(text.len())
        );
    }
    assert_eq!(masked("keep_first: 2, keep_last: 1", "abcd"), "ab********d");
    assert_eq!(masked("skip: punctuation", "--"), "**");
}

#[test]
fn takes_text_only() {
    assert_eq!(run("{ mask: {} }", "null"), Ok(Some("null".into())));
    for json in ["1", "true", "[]", "{}", r#"["a"]"#] {
        assert_eq!(run("{ mask: {} }", json), Err(Reason::WrongType));
    }
}

#[test]
fn wrong_parameters_are_findings() {
    assert_eq!(findings("{ mask: { with: ab } }"), ["V0007"]);
    assert_eq!(findings("{ mask: { skip: [digits] } }"), ["V0004"]);
    assert_eq!(findings("{ mask: { skip: [a] } }"), ["V0004"]);
    assert_eq!(
        findings("{ mask: { skip: [space], fixed_length: 8 } }"),
        ["V0302"]
    );
    assert_eq!(findings("{ mask: { fixed_length: 0 } }"), ["V0007"]);
    assert_eq!(findings("{ mask: { keep_first: -1 } }"), ["V0007"]);
}

#[test]
fn each_character_gives_way_to_one_of_its_class() {
    let with = "with: { upper: A, lower: a, digit: '9', other: _ }";
    for (text, expected) in [
        ("", ""),
        ("Jane Doe", "Aaaa_Aaa"),
        ("AB-998877", "AA_999999"),
        ("Zoë Ünal", "Aaa_Aaaa"),
        // Neither script has capitals; the digit is one.
        ("王芳\u{0663}", "__9"),
        ("\u{1c5}x\u{301}\n\u{1f600}", "_a___"),
    ] {
        assert_eq!(masked(with, text), expected, "{text:?}");
    }
    let hidden = "with: { upper: '●', lower: '●', digit: '●', other: '\"' }";
    assert_eq!(masked(hidden, "Jane 1"), "●●●●\"●");
}

#[test]
fn of_an_address_the_first_letters_and_the_domain_stay() {
    for (parameters, text, expected) in [
        ("", "Jane.Doe@Example.com", "j***@example.com"),
        (
            "keep_first: 3",
            "Jane.Doe@Example.com",
            "jan***@example.com",
        ),
        ("keep_first: 0", "jane@example.com", "***@example.com"),
        // Not longer than what would stay.
        ("keep_first: 3", "jan@example.com", "***@example.com"),
        ("", "j@example.com", "***@example.com"),
        (
            "keep_first: 2",
            "äöü@bücher.example",
            "äö***@xn--bcher-kva.example",
        ),
        ("domain: tld", "jane@a.b.example", "j***@***.example"),
        ("domain: none", "jane@a.b.example", "j***"),
    ] {
        let email = format!("email: {{ {parameters} }}");
        assert_eq!(masked(&email, text), expected, "{parameters} {text}");
    }
    assert_eq!(
        masked("email: {}, with: '#'", "jane@a.example"),
        "j###@a.example"
    );
}

#[test]
fn a_domain_that_stays_is_told_as_a_trait() {
    use crate::action::Grade;
    use crate::action::testing::parse;
    use crate::language::finding::Findings;
    for (domain, grade) in [
        ("keep", Some(Grade::EmailDomain)),
        ("tld", None),
        ("none", None),
    ] {
        let policy = format!("{{ mask: {{ email: {{ domain: {domain} }} }} }}");
        let facts = parse(&policy, &mut Findings::default()).unwrap().facts();
        assert_eq!(facts.grade, grade, "{domain}");
        assert!(!facts.clear && facts.length_shows.is_none());
    }
}

#[test]
fn the_characters_of_the_masks_let_out_nothing() {
    use crate::action::testing::parse;
    use crate::language::finding::Findings;
    let reveals = |with: &str| {
        let policy = format!("{{ mask: {{ with: {with} }} }}");
        let spec = parse(&policy, &mut Findings::default()).unwrap();
        spec.reveals()
    };
    let apart = "{ upper: X, lower: x, digit: n, other: _ }";
    let others = "{ upper: A, lower: a, digit: '9', other: '-' }";
    assert_eq!(reveals(apart), reveals(others));
    assert_ne!(
        reveals(apart),
        reveals("{ upper: x, lower: x, digit: n, other: _ }")
    );
}

#[test]
fn what_is_no_address_is_refused_and_nothing_of_it_is_written() {
    let policy = "{ mask: { email: { domain: none } } }";
    for json in [
        r#""""#,
        r#"" ""#,
        r#""unknown""#,
        r#""jane""#,
        r#""jane@localhost""#,
        r#""a@b@example.com""#,
        r#""@example.com""#,
        r#""jane@1.2.3.4""#,
        r#""jane@[1.2.3.4]""#,
    ] {
        assert_eq!(run(policy, json), Err(Reason::BadIdentifier), "{json}");
    }
    let huge = format!("\"{}@example.com\"", "a".repeat(1 << 20));
    assert_eq!(run(policy, &huge), Err(Reason::BadIdentifier));
    assert_eq!(run(policy, "null"), Ok(Some("null".into())));
    for json in ["1", "true", "[]", "{}"] {
        assert_eq!(run(policy, json), Err(Reason::WrongType));
    }
}

#[test]
fn whole_numbers_are_masked_as_their_digits_where_the_policy_says_so() {
    let policy = "{ mask: { keep_last: 2, numbers: as_text } }";
    for (json, expected) in [
        ("4711", r#""********11""#),
        ("47e2", r#""********00""#),
        ("-4711", r#""********11""#),
        ("11", r#""********""#),
        (r#""4711""#, r#""********11""#),
        ("null", "null"),
    ] {
        assert_eq!(run(policy, json), Ok(Some(expected.to_owned())), "{json}");
    }
    for json in ["1.5", "1e38", "1e999999999", "true", "[1]"] {
        assert!(run(policy, json).is_err(), "{json}");
    }
    let classes =
        "{ mask: { with: { upper: X, lower: x, digit: n, other: '-' }, numbers: as_text } }";
    assert_eq!(run(classes, "-120"), Ok(Some(r#""-nnn""#.to_owned())));
}

#[test]
fn words_that_do_not_go_together_are_findings() {
    let classes = "with: { upper: X, lower: x, digit: n, other: _ }";
    for (parameters, codes) in [
        (
            "with: {}".to_owned(),
            &["V0005", "V0005", "V0005", "V0005"][..],
        ),
        (
            "with: { upper: X, lower: x, digit: n }".to_owned(),
            &["V0005"],
        ),
        (
            "with: { upper: XX, lower: x, digit: n, other: _ }".to_owned(),
            &["V0007"],
        ),
        ("with: [X]".to_owned(), &["V0006"]),
        (format!("{classes}, keep_last: 4"), &["V0302"]),
        (format!("{classes}, fixed_length: none"), &["V0302"]),
        (format!("{classes}, skip: [space]"), &["V0302"]),
        (format!("{classes}, email: {{}}"), &["V0302"]),
        ("email: {}, keep_first: 1".to_owned(), &["V0302"]),
        ("email: {}, numbers: as_text".to_owned(), &["V0302"]),
        ("email: { keep_first: 4 }".to_owned(), &["V0007"]),
        ("email: { domain: all }".to_owned(), &["V0004"]),
        ("numbers: yes".to_owned(), &["V0004"]),
    ] {
        let policy = format!("{{ mask: {{ {parameters} }} }}");
        assert_eq!(findings(&policy), codes, "{parameters}");
    }
}

proptest! {
    #[test]
    fn only_the_kept_ends_depend_on_the_text(
        text in "\\PC{0,20}", other in "\\PC{0,20}", first in 0usize..4, last in 0usize..4,
    ) {
        let parameters = format!("keep_first: {first}, keep_last: {last}");
        let chars: Vec<char> = text.chars().collect();
        let out = masked(&parameters, &text);
        if chars.len() > first + last {
            let start: String = chars[..first].iter().collect();
            let end: String = chars[chars.len() - last..].iter().collect();
            prop_assert_eq!(&out, &format!("{start}********{end}"));
            let same_ends = format!("{start}{other}x{end}");
            prop_assert_eq!(masked(&parameters, &same_ends), out);
        } else {
            prop_assert_eq!(out, "********");
        }
    }
}
