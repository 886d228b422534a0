use super::*;
use crate::language::finding::Severity;
use proptest::prelude::*;

fn tree(text: &str) -> Node {
    let mut findings = Findings::default();
    let node = read(text, &mut findings);
    assert!(findings.list().is_empty(), "{:?}", findings.list());
    node.expect("a tree")
}

fn codes_of(text: &str) -> Vec<&'static str> {
    let mut findings = Findings::default();
    read(text, &mut findings);
    findings.list().iter().map(|f| f.code).collect()
}

#[test]
fn words_and_scalars_stay_as_written_with_their_places() {
    let text = "no: 012\n\"quo\\\"ted\": 39.80\nü: { \"a.b[*]\": 'x''y' , empty: }\n";
    let node = tree(text);
    let members = node.members().expect("a mapping");
    let at = |s: Span| &text[s.start..s.end];
    assert_eq!(members[0].name, "no");
    assert_eq!(members[0].value.scalar(), Some("012"));
    assert_eq!(at(members[0].name_span), "no");
    assert_eq!(at(members[0].value.span), "012");
    assert_eq!(members[1].name, "quo\"ted");
    assert_eq!(at(members[1].name_span), "\"quo\\\"ted\"");
    assert_eq!(members[1].value.scalar(), Some("39.80"));
    assert_eq!(at(members[2].name_span), "ü");
    assert_eq!(at(members[2].value.span), "{ \"a.b[*]\": 'x''y' , empty: }");
    let inner = members[2].value.members().expect("a mapping");
    assert_eq!(at(inner[0].name_span), "\"a.b[*]\"");
    assert_eq!(inner[0].name, "a.b[*]");
    assert_eq!(inner[0].value.scalar(), Some("x'y"));
    assert_eq!(inner[1].value.scalar(), Some(""));
    assert_eq!(inner[1].value.kind_name(), "nothing");
}

#[test]
fn a_block_ends_where_its_last_word_ends() {
    let text = "a:\n  b: 1\n  c: [x,\n    y]\n\n# comment\nd: 2\n";
    let node = tree(text);
    let a = &node.members().expect("a mapping")[0];
    assert_eq!(
        &text[a.value.span.start..a.value.span.end],
        "b: 1\n  c: [x,\n    y]"
    );
}

#[test]
fn a_quoted_text_ends_with_its_quote() {
    for (written, inside) in [
        (r#""x #h" # c"#, Some("x #h")),
        (r#""a\"b\\" # "c""#, Some(r#"a\"b\\"#)),
        ("'it''s' # c", Some("it''s")),
        ("''", Some("")),
        ("'ä' # '", Some("ä")),
        ("plain # 'c'", None),
        ("\"open", None),
    ] {
        let found = within_quotes(written).map(|bytes| &written[1..=bytes]);
        assert_eq!(found, inside, "{written}");
    }
}

#[test]
fn a_comment_behind_a_scalar_is_no_part_of_it() {
    for scalar in [
        "x",
        "\"x\"",
        "'x'",
        "\"a \\\" # b\"",
        "'it''s # x'",
        "\"two\n    lines\"",
    ] {
        for comment in ["  # why", " # \"why\"\n  # 'more'\n", ""] {
            for text in [
                format!("a: {scalar}{comment}\nb: 1\n"),
                format!("a: {{ n: {scalar}{comment}\n  }}\n"),
                format!("a:\n  - {scalar}{comment}\n  - 1\n"),
                format!("a: {scalar}{comment}"),
            ] {
                let node = tree(&text);
                let a = &node.members().expect("a mapping")[0].value;
                let leaf = match &a.kind {
                    Kind::Map(members) => &members[0].value,
                    Kind::List(items) => &items[0],
                    Kind::Scalar { .. } => a,
                };
                assert_eq!(&text[leaf.span.start..leaf.span.end], scalar, "{text}");
            }
        }
    }
}

#[test]
fn what_a_policy_may_not_use_is_named_and_reading_goes_on() {
    assert_eq!(
        codes_of("a: &x 1\nb: *x\nc: !!str 2\n<<: 3\nc: 4\n"),
        [
            codes::YAML,
            codes::YAML,
            codes::YAML,
            codes::YAML,
            codes::DUPLICATE_NAME
        ]
    );
    assert_eq!(codes_of("a: 1\n---\nb: 2\n"), [codes::YAML]);
    assert_eq!(codes_of("a: *nowhere\n"), [codes::YAML]);
    assert_eq!(codes_of("? [a, b]\n: 1\n"), [codes::WRONG_KIND]);
    assert_eq!(codes_of(""), [codes::YAML]);
    assert_eq!(codes_of("a: [1, 2"), [codes::YAML]);
}

#[test]
fn a_second_name_points_at_the_first() {
    let text = "a: 1\nb: 2\na: { c: 3 }\n";
    let mut findings = Findings::default();
    let node = read(text, &mut findings).expect("a tree");
    assert_eq!(node.members().expect("a mapping").len(), 2);
    let f = &findings.list()[0];
    assert_eq!(f.severity, Severity::Error);
    assert_eq!(f.span, Some(Span { start: 10, end: 11 }));
    assert_eq!(
        f.also,
        Some((Span { start: 0, end: 1 }, "the first one".into()))
    );
}

#[test]
fn deep_and_long_texts_are_answered() {
    let n = 10_000;
    for text in [
        "[".repeat(n),
        "{a: ".repeat(n),
        "- ".repeat(n),
        "? ".repeat(n),
        "[".repeat(n) + &"]".repeat(n),
        (0..n).map(|i| " ".repeat(i % 200) + "a:\n").collect(),
        "x".repeat(TEXT_BYTES_MAX + 1),
    ] {
        let found = codes_of(&text);
        assert!(
            found
                .iter()
                .all(|c| [codes::TOO_LARGE, codes::YAML].contains(c))
                && !found.is_empty(),
            "{found:?} for {:?}…",
            &text[..20]
        );
    }
    assert_eq!(codes_of(&"[".repeat(n)), [codes::TOO_LARGE]);
    assert_eq!(codes_of(&"- ".repeat(n)), [codes::TOO_LARGE]);
}

#[test]
fn a_mebibyte_of_anything_is_answered() {
    let n = TEXT_BYTES_MAX;
    let anchors: String = (0..n / 12)
        .map(|i| format!("a{i}: &a 1\n"))
        .take(n / 14)
        .collect();
    let doubling: String = std::iter::once("a0: &a0 x\n".to_owned())
        .chain((1..100).map(|i| format!("a{i}: &a{i} [*a{}, *a{}]\n", i - 1, i - 1)))
        .collect();
    for text in [
        "[".repeat(n),
        "a".repeat(n),
        "\"".repeat(n),
        "# ".repeat(n / 2),
        "\n".repeat(n),
        "a: ".repeat(n / 3),
        "{".repeat(n),
        "&a ".repeat(n / 3),
        "!".repeat(n),
        "? ".repeat(n / 2),
        "a: b\n".repeat(n / 5),
        "[a,".to_owned() + &"b,".repeat(n / 2 - 3) + "]",
        "| \n".repeat(n / 3),
        "%".repeat(n),
        "- - ".repeat(n / 4),
        anchors,
        doubling,
    ] {
        let text = &text[..text.len().min(n)];
        let mut findings = Findings::default();
        read(text, &mut findings);
        assert!(findings.list().len() <= crate::language::finding::FINDINGS_MAX);
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "[a-c:\\-\\[\\]{},&*!|>'\"#%@ \\n\\t?ü~]{0,60}") {
        let mut findings = Findings::default();
        let node = read(&text, &mut findings);
        prop_assert!(node.is_some() || findings.has_errors());
        for f in findings.list() {
            if let Some(s) = f.span {
                prop_assert!(text.get(s.start..s.end).is_some());
            }
        }
    }
}
