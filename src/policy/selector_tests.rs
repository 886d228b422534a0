use super::*;
use proptest::prelude::*;

fn shown(text: &str) -> Vec<String> {
    selectors(text)
        .unwrap_or_else(|e| panic!("{text}: {e:?}"))
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn refused(text: &str) -> (String, Range<usize>) {
    let e = selectors(text).expect_err(text);
    (e.message, e.range)
}

#[test]
fn steps_are_read_as_written() {
    assert_eq!(shown("a"), ["a"]);
    assert_eq!(shown("a.b[*].c[0][1]"), ["a.b[*].c[0][1]"]);
    assert_eq!(shown("*"), ["*"]);
    assert_eq!(shown("a.*.c"), ["a.*.c"]);
    assert_eq!(shown("@type.$id"), ["@type.$id"]);
    assert_eq!(shown("'@case'.a"), ["'@case'.a"]);
    assert_eq!(shown("Order Completed.x"), ["Order Completed.x"]);
    let list = selectors("a.'b.c'[*].'it''s'").expect("quoted names");
    assert_eq!(
        list[0].steps,
        [
            Step::Name("a".into()),
            Step::Name("b.c".into()),
            Step::AnyElement,
            Step::Name("it's".into())
        ]
    );
    assert_eq!(
        selectors("''").expect("empty name")[0].steps,
        [Step::Name(String::new())]
    );
}

#[test]
fn alternatives_are_written_out_in_order() {
    assert_eq!(shown("(a|b).c"), ["a.c", "b.c"]);
    assert_eq!(
        shown("(a|'x.y').(c|d)"),
        ["a.c", "a.d", "'x.y'.c", "'x.y'.d"]
    );
    let bomb = "(a|b)".to_owned() + &".(a|b)".repeat(20);
    assert!(refused(&bomb).0.contains("more than 1024 paths"));
}

#[test]
fn mistakes_point_at_their_place() {
    assert_eq!(refused("").1, 0..0);
    assert_eq!(refused("a..b").1, 2..3);
    assert_eq!(refused("a.").1, 2..2);
    assert_eq!(refused("[0].a").1, 0..1);
    assert_eq!(refused("a[01]").1, 1..5);
    assert_eq!(refused("a[x]").1, 1..4);
    assert_eq!(refused("a[0").1, 1..3);
    assert_eq!(refused("a.(b|c").1, 2..6);
    assert_eq!(refused("(a|a)").1, 3..4);
    assert_eq!(refused("a|b").1, 1..2);
    assert_eq!(refused("a.'b").1, 2..4);
    assert_eq!(refused("(a | b)").1, 1..3);
    assert_eq!(refused("a*b").1, 1..2);
    assert!(refused(&vec!["a"; 65].join(".")).0.contains("64 steps"));
}

#[test]
fn any_depth_stands_once_and_before_a_name() {
    for text in ["**.a", "a.**.b", "a.**.*", "a[*].**.b.c[*]", "a|json.**.b"] {
        assert_eq!(shown(text), [text]);
    }
    assert_eq!(shown("**.(a|b)"), ["**.a", "**.b"]);
    assert_eq!(shown("l[?k=='x'].**.b"), ["l[?k=='x'].**.b"]);
    assert_eq!(refused("**").1, 0..2);
    assert_eq!(refused("a.**").1, 2..4);
    assert_eq!(refused("**[*].a").1, 0..2);
    assert_eq!(refused("***").1, 0..2);
    assert_eq!(refused("**.a.**.b").1, 5..7);
    assert_eq!(refused("**.a|json.b").1, 4..9);
    assert_eq!(refused("**.a[?k==1].b").1, 4..11);
}

#[test]
fn paths_of_any_depth_cover_and_meet() {
    let path = |text: &str| selectors(text).expect("a path").remove(0);
    for (outer, inner) in [
        ("**.x", "x"),
        ("**.x", "a.b[*].x"),
        ("**.x", "a.**.x"),
        ("a.**.x", "a.x"),
        ("a.**.*", "a.b"),
        ("**.a.x", "**.b.a.x"),
    ] {
        assert!(path(outer).leads_to(&path(inner)), "{outer} {inner}");
        assert!(
            path(outer).covers(&path(&format!("{inner}.more"))),
            "{outer} {inner}"
        );
        assert!(path(outer).meets(&path(inner)), "{outer} {inner}");
    }
    for (outer, inner) in [
        ("**.x", "a.b"),
        ("a.**.x", "**.x"),
        ("a.x", "**.x"),
        ("**.a.x", "**.x"),
        ("**.x", "t|json.x"),
    ] {
        assert!(!path(outer).leads_to(&path(inner)), "{outer} {inner}");
    }
    for (a, b, meets) in [
        ("**.x", "a.*", true),
        ("**.x", "a.y", true),
        ("a.**.x", "b", false),
        ("a.**.x", "*.**.y.x", true),
        ("a.**.x", "b.**.x", false),
        ("**.x.y", "a.x", true),
    ] {
        assert_eq!(path(a).meets(&path(b)), meets, "{a} {b}");
        assert_eq!(path(b).meets(&path(a)), meets, "{b} {a}");
    }
    assert!(path("**.x").specificity(&path("*.x")).is_lt());
    assert!(path("**.x").specificity(&path("**.a.x")).is_lt());
}

#[test]
fn filters() {
    for text in [
        "a[?key=='x'].v",
        "a[?key=='it''s'].v",
        "a[?k.n=='x'*].v",
        "a[?'k=='==true]",
        "a[?n==-1.5].b[*][?k=='x']",
        "a[?k==''].v",
        "a[?k=n==0].v",
    ] {
        let read = selectors(text).expect(text);
        let again = selectors(&read[0].to_string()).expect(text);
        assert_eq!((read.len(), &read), (1, &again), "{text}");
    }
    let several = selectors("a[?key==('x'|'y'*|2)].(b|c)").expect("it can be read");
    let several: Vec<String> = several.iter().map(ToString::to_string).collect();
    assert_eq!(several.len(), 6);
    assert_eq!(several[3], "a[?key=='y'*].c");
    let filter = |text: &str| {
        let e = selectors(text).expect_err(text);
        assert!(e.filter, "{text}: {}", e.message);
        (e.range, e.message)
    };
    assert_eq!(filter("a[?=='x']").0, 1..5);
    assert_eq!(filter("a[?key=x]").0, 8..9);
    assert_eq!(filter("a[?key==x].v").0, 8..9);
    assert_eq!(filter("a[?key==''*].v").0, 8..11);
    assert_eq!(filter("a[?key==('x'|'x')].v").0, 13..16);
    assert_eq!(filter("a[?key=='x' ].v").0, 11..12);
    for number in ["1.0", "01", "-0", "1e3", "0.10", "- 1"] {
        filter(&format!("a[?n=={number}].v"));
    }
    for text in [
        "a[?key=='x",
        "a[?key==('x'",
        "a[?",
        "a[?k*=='x']",
        "a[?k==]",
        "a[?k==1][*]",
    ] {
        filter(text);
    }
    for text in ["a[?key=='x'].v", "a[?key==1].b[?c==true].v", "a|json.v"] {
        assert_eq!(single(text).expect("one value").to_string(), text);
    }
    for text in ["a[?key=='x'*].v", "a[?key==('x'|'y')].v", "a[?key=='x'].*"] {
        let e = single(text).expect_err(text);
        assert!(
            e.filter && e.message.contains("several values"),
            "{}",
            e.message
        );
    }
}

#[test]
fn texts_that_are_opened() {
    for text in [
        "p|json.email",
        "a[*]|json.b|json[*].c",
        "p.q|json",
        "a[?k=='x'].v|json.w",
    ] {
        let read = selectors(text).expect(text);
        assert_eq!(read[0].to_string(), text);
        assert_eq!(single(text).is_err(), text.contains('*'), "{text}");
    }
    let deep = "a|json.b|json.c|json.d|json.e";
    assert!(selectors(deep).is_ok());
    for text in [
        "|json.a",
        "a|jsonb",
        "a|json|json",
        "a[?k=='x']|json.v",
        &format!("{deep}|json.f"),
    ] {
        assert!(selectors(text).is_err(), "{text}");
    }
}

#[test]
fn a_single_path_names_one_value() {
    assert!(single("a.b[0].c").is_ok());
    for text in ["a.*", "a[*]", "(a|b)"] {
        assert!(single(text).is_err(), "{text}");
    }
}

#[test]
fn places() {
    assert_eq!(place("record_key"), Ok(PlaceName::RecordKey));
    assert_eq!(place("header.ce_id"), Ok(PlaceName::Header("ce_id".into())));
    assert!(matches!(place("value.a.b"), Ok(PlaceName::Value(_))));
    assert!(matches!(
        place("record_key.id"),
        Ok(PlaceName::RecordKeyPath(_))
    ));
    assert!(
        place("userId")
            .expect_err("no place")
            .help
            .contains("value.userId")
    );
    assert_eq!(place("value.a..b").expect_err("bad path").range, 8..9);
}

#[test]
fn type_names() {
    use TypePattern::{Exact, Other, Prefix};
    assert_eq!(type_patterns("*"), Ok(vec![Other]));
    assert_eq!(type_patterns("page"), Ok(vec![Exact("page".into())]));
    assert_eq!(type_patterns("track/*"), Ok(vec![Prefix("track/".into())]));
    let dotted = ["com.example.", "com.acme."].map(|name| Prefix(name.into()));
    assert_eq!(type_patterns("com.example.*"), Ok(dotted[..1].to_vec()));
    assert_eq!(
        type_patterns("(com.example.|com.acme.)*"),
        Ok(dotted.to_vec())
    );
    assert_eq!(
        type_patterns("track/(Order Completed|v1.2)"),
        Ok(vec![
            Exact("track/Order Completed".into()),
            Exact("track/v1.2".into())
        ])
    );
    assert_eq!(
        type_patterns("track/'Signed Up (App)'"),
        Ok(vec![Exact("track/Signed Up (App)".into())])
    );
    for text in ["", "a/", "*/a", "tr*", "a/*/b", "(a|b", "a.*.b", ".*x"] {
        assert!(type_patterns(text).is_err(), "{text}");
    }
}

#[test]
fn a_place_inside_a_quoted_scalar_is_found() {
    let source = "x: \"a..b\"";
    let span = Span { start: 3, end: 9 };
    assert_eq!(
        place_inside(source, span, "a..b", &(2..3)),
        Span { start: 6, end: 7 }
    );
    let escaped = "x: 'it''s'";
    let span = Span { start: 3, end: 10 };
    assert_eq!(place_inside(escaped, span, "it's", &(0..1)), span);
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "[a-c.*'()|\\[\\]0-2/?= ]{0,24}") {
        for range in [selectors(&text).err(), type_patterns(&text).err()].into_iter().flatten().map(|e| e.range) {
            prop_assert!(text.get(range).is_some());
        }
    }

    #[test]
    fn what_is_written_is_read_back(names in proptest::collection::vec("\\PC{0,6}", 1..5)) {
        let selector = Selector { steps: names.into_iter().map(Step::Name).collect() };
        let written = selector.to_string();
        // Names that start or end with white space are quoted by their author.
        if let Ok(read) = selectors(&written) {
            prop_assert_eq!(read, vec![selector]);
        }
    }
}
