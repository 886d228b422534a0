use super::super::json::parse;
use super::*;

/// The text of tests with the expected output of the first one fitted.
fn updated(tests: &str, whole: bool, found: &str) -> String {
    let place = Place {
        test: 0,
        of: match whole {
            true => Expected::Exactly,
            false => Expected::Expect,
        },
        topic: "out".into(),
        found: parse(found).expect("JSON"),
    };
    written(tests, &[place]).unwrap_or_else(|| panic!("{tests} cannot be written"))
}

#[test]
fn in_braces_members_change_go_and_come() {
    let tests = "tests:\n  - exactly: { out: { a: 1, b: { c: x, d: 2 }, e: \"y\" } } # why\n";
    for (found, expected) in [
        (
            r#"{"a":1.0,"b":{"c":"x","d":2},"e":"y"}"#,
            "{ a: 1, b: { c: x, d: 2 }, e: \"y\" }",
        ),
        (
            r#"{"a":7,"b":{"c":"x","d":2},"e":"z"}"#,
            "{ a: 7, b: { c: x, d: 2 }, e: z }",
        ),
        (r#"{"b":{"d":2},"e":"y"}"#, "{ b: { d: 2 }, e: \"y\" }"),
        (r#"{"a":1}"#, "{ a: 1 }"),
        (r#"{"e":"y"}"#, "{ e: \"y\" }"),
        (
            r#"{"a":1,"b":{"c":"x","z":[1,"no"]},"e":"y","f":null}"#,
            "{ a: 1, b: { c: x, z: [1, \"no\"] }, e: \"y\", f: null }",
        ),
        (r#"{"z":1}"#, "{ z: 1 }"),
        ("{}", "{}"),
        ("null", "null"),
    ] {
        let expected = format!("tests:\n  - exactly: {{ out: {expected} }} # why\n");
        assert_eq!(updated(tests, true, found), expected, "{found}");
    }
}

#[test]
fn on_lines_of_their_own_comments_and_blanks_stay() {
    let tests = "tests:\n  - name: n\n    exactly:\n      out:\n        # the first\n        a: 1   # one\n\n        b:\n          c: x\n          d: 2\n        l:\n          - p: 1\n            q: 2\n    withheld: [other]\n";
    let found = r#"{"a":2,"b":{"c":"x","z":"3"},"l":[{"p":1,"q":3}],"m":"é\u0007"}"#;
    assert_eq!(
        updated(tests, true, found),
        "tests:\n  - name: n\n    exactly:\n      out:\n        # the first\n        a: 2   # one\n\n        b:\n          c: x\n          z: \"3\"\n        l:\n          - p: 1\n            q: 3\n        m: \"é\\x07\"\n    withheld: [other]\n"
    );
    // The first name behind a dash, a list of another length, and nothing that was.
    assert!(updated(tests, true, r#"{"a":1,"l":[{"q":2}]}"#).contains("- { q: 2 }\n"));
    assert!(
        updated(tests, true, r#"{"a":1,"l":[{"p":1,"q":2},3]}"#).contains("[{ p: 1, q: 2 }, 3]\n")
    );
    assert!(updated(tests, true, r#"{"new":1}"#).contains("        { new: 1 }\n"));
}

#[test]
fn comments_behind_values_in_quotes_stay() {
    let tests = "tests:\n  - exactly:\n      out:\n        a: \"x\"  # why\n        b: 'x' # \"b\"\n        # last\n    name: n # of it\n";
    assert_eq!(
        updated(tests, true, r#"{"a":"p","b":"q"}"#),
        tests.replace("\"x\"", "p").replace("'x'", "q")
    );
    assert_eq!(
        updated(tests, true, r#"{"a":"x","b":"x","c":1}"#),
        tests.replace("\"b\"\n", "\"b\"\n        c: 1\n")
    );
    let tests = "tests:\n  - exactly: { out: {\n      a: 'x', # one\n      b: \"y\" # two\n    } } # three\n";
    assert_eq!(
        updated(tests, true, r#"{"a":"p","b":"q"}"#),
        tests.replace("'x'", "p").replace("\"y\"", "q")
    );
    assert_eq!(
        updated(tests, true, r#"{"a":"x","b":"y","c":1}"#),
        tests.replace("\"y\"", "\"y\", c: 1")
    );
}

#[test]
fn comments_between_members_in_braces_stay() {
    let tests = "tests:\n  - exactly: { out: {\n      a: 1, # one\n      # two\n      b: 2, # three\n      c: 3 # four\n      , d: 4 # five\n    } } # six\n";
    for found in [
        r#"{"a":1,"b":2,"c":3}"#,
        r#"{"a":1,"b":2,"d":4}"#,
        r#"{"a":1,"c":3,"d":4}"#,
        r#"{"b":2,"c":3,"d":4}"#,
        r#"{"a":1,"b":2}"#,
        r#"{"a":1,"d":4}"#,
        r#"{"b":2,"c":3}"#,
        r#"{"a":1}"#,
        r#"{"b":2}"#,
        r#"{"c":3}"#,
        r#"{"d":4}"#,
        r#"{"c":3,"e":5}"#,
        r#"{"a":7,"e":5}"#,
    ] {
        let next = updated(tests, true, found);
        for comment in ["one", "two", "three", "four", "five", "six"] {
            assert!(next.contains(&format!("# {comment}\n")), "{found}: {next}");
        }
    }
    assert_eq!(
        updated(tests, true, r#"{"a":1,"c":3,"d":4}"#),
        tests.replace("b: 2, # three", "# three")
    );
}

#[test]
fn a_part_stays_a_part_and_what_matches_stays_as_it_is_written() {
    let tests = "tests:\n  - expect: { out: { a: 1, l: [{ p: 3e1 }, { p: 2 }] } }\n";
    let updated = |found| updated(tests, false, found);
    assert_eq!(
        updated(r#"{"z":0,"a":1,"l":[{"p":30,"q":1},{"p":2}]}"#),
        tests
    );
    assert_eq!(
        updated(r#"{"z":0,"a":2,"l":[{"p":30,"q":1},{"q":2}]}"#),
        "tests:\n  - expect: { out: { a: 2, l: [{ p: 3e1 }, {}] } }\n"
    );
    assert_eq!(
        updated(r#"{"l":[{"p":30,"q":1}]}"#),
        "tests:\n  - expect: { out: { l: [{ p: 3e1 }] } }\n"
    );
}

#[test]
fn texts_of_several_lines_carriage_returns_and_a_missing_last_line_break() {
    let tests = "tests:\r\n  - exactly:\r\n      out:\r\n        a: |\r\n          one\r\n          two\r\n        b: 1";
    assert_eq!(
        updated(tests, true, r#"{"a":"one\ntwo\n","b":1,"c":2}"#),
        format!("{tests}\r\n        c: 2\r\n")
    );
    let next = updated(tests, true, r#"{"a":"x","b":1}"#);
    assert!(next.contains("        a: x\r\n        b: 1"), "{next}");
    for mark in ["|-", ">", "|2-", "| # why"] {
        let tests = tests.replace('|', mark);
        let next = updated(&tests, true, r#"{"a":"x","b":1}"#);
        assert!(next.ends_with("        a: x\r\n        b: 1"), "{next}");
    }
}

#[test]
fn whatever_leaves_reads_back_as_it_left() {
    for text in [
        "",
        "no",
        "~",
        "1",
        "- a",
        "a: b",
        "#x",
        "\u{202e}\u{feff}",
        "a\nb",
        "{",
        "'",
        "\"\\",
        "🙂",
    ] {
        let found = Json::Object(vec![(text.to_owned(), Json::Text(text.to_owned()))]);
        let tests = "tests: [{ exactly: { out: { a: 1 } } }]\n";
        let place = Place {
            test: 0,
            of: Expected::Exactly,
            topic: "out".into(),
            found,
        };
        let next = written(tests, &[place]).unwrap_or_else(|| panic!("{text:?}"));
        assert!(
            next.chars().all(|c| c == '\n' || !c.is_control()),
            "{next:?}"
        );
    }
}
