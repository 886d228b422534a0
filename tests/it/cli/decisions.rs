//! People's decisions out of a file, in place of the topic of `consent.state`: one way for
//! every command that sanitizes events.

use super::{Home, PLAIN};

const APPLY: &[&str] = &["apply", "-p", "policy.yaml"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [APPLY, more].concat()
}

/// One output that needs consent.
const DECIDED: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: decided, version: 1, owner: tests }
source: { topic: raw, subject: { customer: user } }
keys:
  subjects: { ref: \"file:keyring.json#subjects\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
rights: { key: subjects }
consent: { state: {}, signals: [{ from: value, path: consent }] }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    needs_consent: Ads
    fields: { n: { keep: { max_chars: 20 } } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
";

/// A home whose keyring has the key of people too.
fn decided() -> Home {
    let home = Home::with(DECIDED);
    let made = home.veil(&["keys", "new", "--keyring", "keyring.json", "subjects"]);
    assert_eq!(made.code, 0, "{made:?}");
    home
}

fn decision(id: &str, is: &str) -> String {
    format!(
        "{{\"kind\":\"customer\",\"id\":\"{id}\",\"category\":\"Ads\",\"is\":\"{is}\",\"at\":\"2026-03-01T00:00:00Z\"}}\n"
    )
}

#[test]
fn decisions_of_a_file_decide_and_the_last_of_a_person_counts() {
    let home = decided();
    let decisions = [
        decision("a", "denied"),
        decision("b", "granted"),
        "\n".to_owned(),
        decision("a", "granted"),
        decision("c", "granted"),
        decision("c", "denied"),
    ];
    home.write("decisions.ndjson", decisions.concat());
    let input = "{\"user\":\"a\",\"n\":1}\n{\"user\":\"b\",\"n\":2,\"consent\":{\"Ads\":false}}\n\
                 {\"user\":\"c\",\"n\":3,\"consent\":{\"Ads\":true}}\n{\"user\":\"d\",\"n\":4,\"consent\":{\"Ads\":true}}\n\
                 {\"user\":{},\"n\":5}\n";
    let ran = home.veil_on(&with(&["--consent", "decisions.ndjson"]), input);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (2, "{\"n\":1}\n{\"n\":4}\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("2 no_consent"), "{}", ran.err);
    assert!(ran.err.contains("1 bad_identifier"), "{}", ran.err);
    // Nobody has decided anything: a file that says so.
    home.write("nobody.ndjson", "");
    let ran = home.veil_on(&with(&["--consent", "nobody.ndjson", "-q"]), input);
    assert_eq!(ran.out, "{\"n\":3}\n{\"n\":4}\n", "{}", ran.err);
}

#[test]
fn without_decisions_nothing_is_decided() {
    let home = decided();
    let ran = home.veil_on(
        APPLY,
        "{\"user\":\"a\",\"n\":1,\"consent\":{\"Ads\":true}}\n",
    );
    assert_eq!((ran.code, ran.out.as_str()), (78, ""), "{ran:?}");
    assert!(ran.said().contains("`--consent FILE`"), "{}", ran.err);
    // And where none are asked for, none are taken.
    let home = Home::with(PLAIN);
    home.write("decisions.ndjson", decision("a", "granted"));
    let ran = home.veil_on(&with(&["--consent", "decisions.ndjson"]), "{\"n\":1}\n");
    assert_eq!((ran.code, ran.out.as_str()), (78, ""), "{ran:?}");
}

#[test]
fn a_line_that_tells_no_decision_is_named_by_its_number_alone() {
    let home = decided();
    let good = decision("a", "granted");
    for (line, why) in [
        ("{\"kind\":\"customer\",\"id\":\"CANARY\"}", "expected"),
        ("CANARY", "expected"),
        (&*good.replace("granted", "CANARY"), "\"is\" must be"),
        (
            &*good.replace("2026-03-01T", "CANARY"),
            "\"at\" and \"until\"",
        ),
        (&*good.replace("customer", "CANARY"), "\"kind\" is none"),
        (&*good.replace("Ads", "CANARY"), "\"category\" is none"),
        (
            &*good.replace("\"a\"", "\"CANARY\\u0000\""),
            "\"id\" is no identifier",
        ),
        (&*good.replace("\"a\"", "\"n/a\""), "stands for nobody"),
        (
            &*good.replace("\"a\"", &format!("\"CANARY{}\"", "x".repeat(70_000))),
            "longer than",
        ),
    ] {
        home.write("decisions.ndjson", format!("{good}\n{}\n", line.trim()));
        let ran = home.veil_on(&with(&["--consent", "decisions.ndjson"]), "{\"n\":1}\n");
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (65, ""),
            "{line:.80}: {}",
            ran.err
        );
        assert!(ran.said().contains("line 3 of"), "{}", ran.err);
        assert!(ran.said().contains(why), "{why}: {}", ran.err);
        assert!(!ran.err.contains("CANARY"), "{}", ran.err);
    }
    home.write("decisions.ndjson", &good);
    let ran = home.veil_on(
        &with(&[
            "--consent",
            "decisions.ndjson",
            "--quarantine",
            "decisions.ndjson",
        ]),
        "",
    );
    assert_eq!(ran.code, 64, "{}", ran.err);
    let ran = home.veil_on(&with(&["--consent", "none.ndjson"]), "");
    assert_eq!(ran.code, 66, "{}", ran.err);
}

/// What each of them prints of that sample tells whether `a`, who granted there alone, is
/// written.
#[test]
fn whatever_looks_at_a_sample_knows_decisions_or_refuses() {
    let home = decided();
    let next = DECIDED.replace("max_chars: 20", "max_chars: 10");
    home.write("next.yaml", next);
    home.write("events.ndjson", "{\"user\":\"a\",\"n\":\"one\"}\n");
    home.write("decisions.ndjson", decision("a", "granted"));
    home.write("nobody.ndjson", "");
    home.write("broken.ndjson", "CANARY\n");
    home.write("plain.yaml", PLAIN);
    let policy = |name| [name, "-p", "policy.yaml"];
    let explain = [&policy("explain")[..], &["--on", "events.ndjson"]].concat();
    let check = vec!["check", "policy.yaml", "--on", "events.ndjson"];
    let tried = [&policy("try")[..], &["-i", "events.ndjson"]].concat();
    let diff = vec!["diff", "policy.yaml", "next.yaml", "--on", "events.ndjson"];
    let risk = [&policy("risk")[..], &["--on", "events.ndjson"]].concat();
    let attack = [&policy("attack")[..], &["--on", "events.ndjson"]].concat();
    let from = |args: &[&str], file: &str| home.veil(&[args, &["--consent", file]].concat());
    for args in [&explain, &check, &tried, &diff, &risk, &attack] {
        let ran = home.veil(args);
        assert_eq!(ran.code, 78, "{args:?}: {ran:?}");
        assert!(ran.said().contains("`--consent FILE`"), "{}", ran.err);
        let ran = from(args, "broken.ndjson");
        assert_eq!(ran.code, 65, "{args:?}: {ran:?}");
        assert!(ran.said().contains("line 1 of"), "{}", ran.err);
        assert!(!ran.err.contains("CANARY"), "{}", ran.err);
        assert_eq!(from(args, "none.ndjson").code, 66, "{args:?}");
        let plain: Vec<&str> = args.iter().map(|arg| named(arg)).collect();
        let ran = from(&plain, "decisions.ndjson");
        assert_eq!(ran.code, 78, "{plain:?}: {ran:?}");
        assert!(ran.said().contains("leave `--consent` out"), "{}", ran.err);
    }
    let ran = from(&explain, "decisions.ndjson");
    assert!(!ran.out.contains("no_consent"), "{}", ran.out);
    let ran = from(&explain, "nobody.ndjson");
    assert!(ran.out.contains("no_consent"), "{}", ran.out);
    let nothing_left = |file| from(&risk, file).out.contains("Nothing of the sample left");
    assert!(!nothing_left("decisions.ndjson") && nothing_left("nobody.ndjson"));
    let never = |ran: &super::Ran| ran.out.contains("V0276");
    assert!(!never(&from(&check, "decisions.ndjson")));
    let ran = from(&tried, "decisions.ndjson");
    assert!(!ran.out.contains("no_consent"), "{}", ran.out);
    assert!(from(&tried, "nobody.ndjson").out.contains("no_consent"));
    // Events and decisions are two things.
    let ran = home.veil(&[
        "explain",
        "-p",
        "policy.yaml",
        "--on",
        "-",
        "--consent",
        "-",
    ]);
    assert_eq!(ran.code, 64, "{ran:?}");
}

/// The policies of that command without what people decided.
fn named(arg: &str) -> &str {
    match arg {
        "policy.yaml" | "next.yaml" => "plain.yaml",
        other => other,
    }
}

/// A line of a category that one of two policies lacks is the other's to read.
#[test]
fn a_file_of_decisions_serves_two_policies() {
    let home = decided();
    home.write("events.ndjson", "{\"user\":\"a\",\"n\":\"one\"}\n");
    let all = [
        decision("a", "granted"),
        decision("a", "granted").replace("Ads", "Mail"),
    ];
    home.write("decisions.ndjson", all.concat());
    let diff = |next: &str| {
        home.write("next.yaml", next);
        home.veil(&[
            "diff",
            "policy.yaml",
            "next.yaml",
            "--on",
            "events.ndjson",
            "--consent",
            "decisions.ndjson",
        ])
    };
    let ran = diff(&DECIDED.replace("needs_consent: Ads", "needs_consent: Mail"));
    assert_ne!(ran.code, 65, "{ran:?}");
    // Neither has it: it is a mistake of the file.
    let ran = diff(DECIDED);
    assert_eq!(ran.code, 65, "{ran:?}");
    assert!(ran.said().contains("\"category\" is none"), "{}", ran.err);
    // And a policy that asks nothing needs no line.
    home.write("decisions.ndjson", decision("a", "granted"));
    let ran = diff(&DECIDED.replace("state: {}, ", ""));
    assert!(!matches!(ran.code, 65 | 78), "{ran:?}");
}
