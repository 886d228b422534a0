//! Values that have no parts: lines of text, and bytes.

use super::{Home, Ran};

const TEXT: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: lines, version: 1, owner: tests }
source: { topic: raw, value: text }
keys:
  people: { ref: \"file:keyring.json#people\" }
  contact: { ref: \"file:keyring.json#contact\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    fields: { \".\": { redact: { find: [email, ipv4] } } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
";

fn with(from: &str, to: &str) -> String {
    assert!(TEXT.contains(from), "{from}");
    TEXT.replacen(from, to, 1)
}

fn bytes(action: &str) -> String {
    let text = with("value: text", "value: bytes");
    text.replacen("{ redact: { find: [email, ipv4] } }", action, 1)
}

const APPLY: [&str; 3] = ["apply", "-p", "policy.yaml"];

#[test]
fn each_line_is_one_text_blank_ones_too_and_leaves_as_one() {
    let home = Home::with(TEXT);
    let input = "by jane@example.com\r\n\n  \n{\"a\":\"203.0.113.7\"}\n[1,\nname,mail\nx,y";
    let ran = home.veil_on(&APPLY, input);
    assert_eq!(ran.code, 0, "{ran:?}");
    let left = "by [EMAIL]\n\n  \n{\"a\":\"[IP]\"}\n[1,\nname,mail\nx,y\n";
    assert_eq!(ran.out, left);
}

#[test]
fn what_is_no_utf8_is_quarantined_and_nothing_of_it_is_said() {
    let home = Home::with(TEXT);
    home.write("in.log", b"canary-jane \xff canary-doe\nfine\n");
    let args = [&APPLY[..], &["in.log", "--quarantine", "q.ndjson"]].concat();
    let ran = home.veil(&args);
    assert_eq!((ran.code, &*ran.out), (2, "fine\n"), "{ran:?}");
    let refused = home.read("q.ndjson");
    assert!(refused.contains("\"reason\":\"not_utf8\""), "{refused}");
    for said in [&ran.err, &refused] {
        assert!(!said.contains("canary"), "{said}");
    }
    // Who holds the key has all of it, to mend and to read again.
    let opened = home.veil_on(&["decrypt", "-p", "policy.yaml"], &refused);
    assert_eq!(opened.code, 0, "{opened:?}");
    // Not as a text: its key and its bytes would leave.
    let whole = "{\"key\":\"canary\",\"headers\":{},\"timestamp\":0,\"value\":\"x\"}\n";
    for lines in [&*opened.out, whole] {
        let ran = home.veil_on(&APPLY, lines);
        assert!(ran.code != 0 && ran.out.is_empty(), "{ran:?}");
        assert!(
            ran.err.contains("--envelope") && !ran.err.contains("canary"),
            "{ran:?}"
        );
    }
    let args = [&APPLY[..], &["--envelope", "--quarantine", "q2.ndjson"]].concat();
    let again = home.veil_on(&args, &opened.out);
    assert_eq!((again.code, &*again.out), (2, ""), "{again:?}");
    assert!(home.read("q2.ndjson").contains("not_utf8"));
}

#[test]
fn a_line_break_that_would_leave_is_an_error_and_an_envelope_takes_it() {
    let policy = with(
        "{ redact: { find: [email, ipv4] } }",
        "{ replace: { with: \"a\\nb\" } }",
    );
    let home = Home::with(&policy);
    let ran = home.veil_on(&APPLY, "x\n");
    assert_eq!((ran.code, &*ran.out), (65, ""), "{ran:?}");
    assert!(ran.said().contains("--envelope"), "{ran:?}");
    assert!(ran.said().contains("line 1 of the input"), "{ran:?}");
    let line = "{\"key\":null,\"headers\":{},\"timestamp\":5,\"value\":\"x\\ny\"}\n";
    let ran = home.veil_on(&[&APPLY[..], &["--envelope"]].concat(), line);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.ends_with("\"value\":\"a\\nb\"}\n"), "{ran:?}");
}

#[test]
fn an_envelope_of_another_value_is_refused() {
    let home = Home::with(TEXT);
    let lines = "{\"value\":{\"a\":1}}\n{\"value\":7}\n{\"value\":\"at jane@example.com\"}\n{\"value\":null}\nx\n";
    let args = [&APPLY[..], &["--envelope", "--quarantine", "q.ndjson"]].concat();
    let ran = home.veil_on(&args, lines);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.ends_with("\"value\":\"at [EMAIL]\"}\n"), "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
    let refused = home.read("q.ndjson");
    assert_eq!(refused.matches("not_json").count(), 3, "{refused}");
    let said = ran.said();
    for told in [
        "1 of them are no envelope",
        "2 of them are envelopes of another value: under `value: text` it is a text of JSON",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
}

#[test]
fn a_line_that_ends_in_two_returns_is_named_with_its_place_and_the_way_out() {
    let home = Home::with(TEXT);
    let ran = home.veil_on(&APPLY, "a\r\nb\r\r\nc\r\n");
    assert_eq!((ran.code, &*ran.out), (65, ""), "{ran:?}");
    let said = ran.said().split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "line 2 of the input leaves with a CR",
        "CR CR LF",
        "sed 's/\\r$//'",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
}

#[test]
fn what_is_certainly_no_text_is_named_and_nothing_of_it_is_read() {
    let home = Home::with(TEXT);
    for (file, is) in [
        (
            "Obj\u{1}\u{4}\u{14}avro.codec\n".as_bytes(),
            "an object container file of Avro",
        ),
        (b"\xff\xfej\0@\0x\0.\0d\0e\0\n\0j\0@\0", "UTF-16"),
    ] {
        std::fs::write(home.path().join("in"), file).expect("a file");
        for more in [&[][..], &["--envelope"]] {
            let ran = home.veil(&[&APPLY[..], more, &["in"]].concat());
            assert_eq!((ran.code, &*ran.out), (65, ""), "{ran:?}");
            assert!(ran.said().contains(is), "{ran:?}");
            assert!(ran.said().contains("one text a line"), "{ran:?}");
        }
    }
    // Whatever else a text looks like.
    for text in ["[\n", "a,b\n1,2\n", "\u{feff}x\n", "{\n"] {
        assert_eq!(home.veil_on(&APPLY, text).code, 0, "{text}");
    }
    // A whole record is not read as a text, or its key would leave.
    let ran = home.veil_on(&APPLY, "{\"key\":\"k\",\"value\":\"x\"}\n");
    assert_eq!((ran.code, &*ran.out), (65, ""), "{ran:?}");
    assert!(ran.said().contains("--envelope"), "{ran:?}");
}

#[test]
fn bytes_come_and_go_in_envelopes_as_their_base64() {
    let home = Home::with(&bytes("keep"));
    let ran = home.veil_on(&APPLY, "x\n");
    assert_eq!((ran.code, &*ran.out), (64, ""), "{ran:?}");
    assert!(ran.said().contains("--envelope"), "{ran:?}");
    let args = [&APPLY[..], &["--envelope", "--quarantine", "q.ndjson"]].concat();
    let ran = home.veil_on(
        &args,
        "{\"value\":\"AP8K\"}\n{\"value\":\"\"}\n{\"value\":\"no base64\"}\n",
    );
    assert_eq!(ran.code, 2, "{ran:?}");
    let values: Vec<_> = ran.out.lines().map(value).collect();
    assert_eq!(values, ["AP8K", ""], "{ran:?}");
    assert_eq!(home.read("q.ndjson").matches("not_json").count(), 1);
    let told = "1 of them are envelopes of another value: under `value: bytes` it is a text of JSON that is Base64";
    assert!(
        ran.said().contains(told) && !ran.said().contains("no envelope"),
        "{ran:?}"
    );
}

#[test]
fn sealed_bytes_are_opened_again() {
    let home = Home::with(&bytes("{ encrypt: { key: contact } }"));
    let ran = home.veil_on(
        &[&APPLY[..], &["--envelope"]].concat(),
        "{\"value\":\"AP8K\"}\n",
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    let sealed = data_encoding::BASE64.decode(value(ran.out.trim()).as_bytes());
    let sealed = String::from_utf8(sealed.unwrap()).unwrap();
    assert!(sealed.starts_with("veil1.contact:1."), "{sealed}");
}

/// The value of a line that is an envelope.
fn value(line: &str) -> String {
    let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
    line["value"].as_str().expect("a text").to_owned()
}

/// What `check` says of a policy.
fn checked(policy: &str) -> Ran {
    Home::with(policy).veil(&["check", "policy.yaml"])
}

#[test]
fn what_such_values_do_not_have_is_refused_before_any_record() {
    let redact = "{ \".\": { redact: { find: [email, ipv4] } } }";
    for (from, to, code, says) in [
        (
            redact,
            "{ a.b: keep }",
            "V0001",
            "the path `a.b` beside `value: text`",
        ),
        (redact, "{ \".\": keep, a: keep }", "V0001", "`value: json`"),
        (redact, "{ \".|json.a\": keep }", "V0", ""),
        (
            redact,
            "{ \".\": drop }",
            "V0119",
            "every record would be empty",
        ),
        (
            redact,
            "{ \".\": { replace: { with: null } } }",
            "V0139",
            "is null",
        ),
        (
            redact,
            "{ \".\": { mask: {}, on_error: { replace: null } } }",
            "V0139",
            "tombstone",
        ),
        (
            redact,
            "{ \".\": { as: { a: keep } } }",
            "V0001",
            "`as` beside `value: text`",
        ),
        (
            redact,
            "{ \".\": { keep: { type: boolean } } }",
            "V0139",
            "does not take text",
        ),
        ("value: text", "value: json", "V0101", "`value: text`"),
        (
            "value: text",
            "value: bytes",
            "V0139",
            "`redact` does not take bytes",
        ),
        (
            "value: text",
            "value: text, subject: user",
            "V0001",
            "the path `user`",
        ),
        (
            "value: text",
            "value: text, split: \"[]\"",
            "V0001",
            "`source.split`",
        ),
        (
            "value: text",
            "value: bytes, subject: \".\"",
            "V0001",
            "`record_key`",
        ),
    ] {
        let ran = checked(&with(from, to));
        assert_eq!(ran.code, 78, "{to}: {ran:?}");
        let said = format!("{}{}", ran.out, ran.said());
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(code), "{to}: {said}");
        assert!(said.contains(says), "{to}: {said}");
    }
}

#[test]
fn a_text_that_is_kept_whole_is_told_as_one_that_is_kept() {
    for (policy, action) in [
        (with("{ redact: { find: [email, ipv4] } }", "keep"), "keep"),
        (
            with(
                "{ redact: { find: [email, ipv4] } }",
                "{ keep: { subtree: true } }",
            ),
            "subtree",
        ),
        (bytes("{ keep: { subtree: true } }"), "subtree of bytes"),
    ] {
        let said = checked(&policy).out;
        assert!(
            said.contains("V0201") && !said.contains("V0202"),
            "{action}: {said}"
        );
    }
}

#[test]
fn every_command_that_looks_at_a_sample_looks_at_lines() {
    let home = Home::with(TEXT);
    home.write(
        "in.log",
        "by, jane@example.com\nat, 203.0.113.7\nby, jane@example.com\nas, jane\n",
    );
    home.write("other.yaml", TEXT.replace("[email, ipv4]", "[email]"));
    let bytes = bytes("{ encrypt: { key: contact } }");
    home.write("bytes.yaml", bytes);
    for (args, code, says) in [
        (
            "explain -p policy.yaml --on in.log",
            0,
            "by, [EMAIL], at, [IP], as, jane",
        ),
        ("explain -p policy.yaml .", 0, "leaves as .: the text"),
        (
            "describe policy.yaml",
            0,
            "one text in UTF-8, without quotes",
        ),
        ("describe policy.yaml", 0, ".: always there"),
        (
            "describe policy.yaml --format jsonschema",
            0,
            "\"type\": \"string\" }",
        ),
        ("describe bytes.yaml", 0, "the whole value is bytes"),
        ("diff policy.yaml other.yaml --on in.log", 2, "clean . 4 1"),
        (
            "diff policy.yaml bytes.yaml",
            2,
            "source.value - text + bytes",
        ),
        ("report minimisation policy.yaml --on in.log", 0, "."),
        ("try -p policy.yaml -i in.log", 0, "by, [EMAIL]"),
        ("init --from-sample in.log", 65, "value: text"),
    ] {
        let ran = home.veil(&args.split(' ').collect::<Vec<_>>());
        let said = format!("{}\n{}", ran.out, ran.err);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(ran.code, code, "{args}: {said}");
        assert!(said.contains(says), "{args}: {said}");
    }
}

#[test]
fn the_tests_of_a_policy_hold_texts_and_base64() {
    let of = |text: &str, test: &str| {
        let home = Home::with(&format!("{text}tests:\n  - {{ name: it, {test} }}\n"));
        home.veil(&["test", "policy.yaml"])
    };
    let sealed = bytes("keep");
    for (text, test, passes) in [
        (
            TEXT,
            "given: at 203.0.113.7, exactly: { clean: \"at [IP]\" }",
            true,
        ),
        (TEXT, "given: \"\", exactly: { clean: \"\" }", true),
        (TEXT, "raw: \"a\\nb\", exactly: { clean: \"a\\nb\" }", true),
        (TEXT, "given: x, exactly: { clean: y }", false),
        (TEXT, "given: { a: 1 }, exactly: { clean: x }", false),
        (
            TEXT,
            "given: x, exactly: { clean: x }, never_contains: [X]",
            false,
        ),
        (TEXT, "record: { value: null }, withheld: [clean]", true),
        (&sealed, "given: AP8K, exactly: { clean: AP8K }", true),
        (&sealed, "raw: hello, exactly: { clean: aGVsbG8= }", true),
        (
            &sealed,
            "raw: hello, exactly: { clean: aGVsbG8= }, never_contains: [hell]",
            false,
        ),
        (&sealed, "given: no base64, exactly: { clean: x }", false),
    ] {
        let ran = of(text, test);
        assert_eq!(ran.code == 0, passes, "{test}: {ran:?}");
    }
}
