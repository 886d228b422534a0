use super::{Home, PLAIN, TWO};

#[test]
fn codes_follow_the_gravest_finding() {
    let home = Home::with(PLAIN);
    let clean = home.veil(&["check", "policy.yaml"]);
    assert_eq!(clean.code, 0, "{}", clean.out);
    home.write("two.yaml", TWO);
    let warned = home.veil(&["check", "two.yaml"]);
    assert_eq!(warned.code, 1, "{}", warned.out);
    assert_eq!(
        home.veil(&["check", "--deny-warnings", "two.yaml"]).code,
        78
    );
    home.write("bad.yaml", PLAIN.replace("n: { keep", "n: { kep"));
    let refused = home.veil(&["check", "policy.yaml", "bad.yaml"]);
    assert_eq!(refused.code, 78, "{}", refused.out);
    assert!(refused.out.contains("bad.yaml:12:12"), "{}", refused.out);
    assert_eq!(home.veil(&["check", "missing.yaml"]).code, 66);
}

#[test]
fn a_key_in_the_place_of_a_name_is_not_printed() {
    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let home = Home::with(TWO);
    let people = "ref: \"file:keyring.json#people\"";
    for (from, to) in [
        (people, format!("ref: \"file:keyring.json#{KEY}\"")),
        (people, format!("ref: [{KEY}]")),
        (people, format!("{people}, ref: {KEY}")),
        (people, format!("ref: {{ {KEY}: x }}")),
        ("{ key: people, n", format!("{{ key: {KEY}, n")),
        ("{ key: people, n", format!("{{ key: [{KEY}], n")),
        ("  people: {", format!("  {KEY}: {{")),
        ("key: quarantine,", format!("key: {KEY},")),
        ("domain: mail", format!("domain: {KEY}")),
    ] {
        assert!(TWO.contains(from), "{from}");
        home.write("bad.yaml", TWO.replace(from, &to));
        let text = home.veil(&["check", "bad.yaml"]);
        let json = home.veil(&["check", "bad.yaml", "--format", "json"]);
        let apply = home.veil(&["apply", "-p", "bad.yaml", "--output", "mail"]);
        for ran in [text, json, apply] {
            assert_eq!(ran.code, 78, "{to}: {}{}", ran.out, ran.err);
            let said = format!("{}{}", ran.out, ran.err);
            assert!(!said.contains(&KEY[..12]), "{to}: {said}");
            assert!(said.contains("bad.yaml"), "{to}: {said}");
        }
    }
}

#[test]
fn json_is_one_list_with_the_promised_members() {
    let home = Home::with(PLAIN);
    home.write(
        "bad.yaml",
        PLAIN
            .replace("n: { keep", "n: { kep")
            .replace("domain:", "domane:"),
    );
    let ran = home.veil(&["check", "policy.yaml", "bad.yaml", "--format", "json"]);
    assert_eq!(ran.code, 78);
    let list: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(&ran.out).unwrap();
    let errors: Vec<_> = list.iter().filter(|f| f["severity"] == "error").collect();
    assert!(errors.len() >= 2, "{}", ran.out);
    for finding in &list {
        let mut names: Vec<&str> = finding.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "code", "column", "file", "help", "line", "message", "severity"
            ]
        );
    }
    assert!(errors.iter().all(|f| f["file"] == "bad.yaml"));
    let clean: Vec<serde_json::Value> =
        serde_json::from_str(&home.veil(&["check", "policy.yaml", "--format", "json"]).out)
            .unwrap();
    assert!(clean.iter().all(|f| f["severity"] == "note"));
}

#[test]
fn a_policys_own_tests_run_and_their_failures_are_shown() {
    let tests = "\
tests:
  - name: kept as it is
    given: { n: 39.80, secret: x }
    exactly: { clean: { n: 39.80 } }
    never_contains: [secret]
  - name: refused
    raw: '{\"n\":'
    quarantined: not_json
  - name: wrong on purpose
    given: { n: 1 }
    exactly: { clean: { n: 2 } }
";
    let home = Home::empty();
    home.write("policy.yaml", format!("{PLAIN}{tests}"));
    let ran = home.veil(&["test", "policy.yaml"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("2 passed, 1 failed"), "{}", ran.out);
    assert!(ran.out.contains("`n` is 1, expected 2"), "{}", ran.out);
    let rows: Vec<serde_json::Value> =
        serde_json::from_str(&home.veil(&["test", "policy.yaml", "--format", "json"]).out).unwrap();
    let passed: Vec<bool> = rows
        .iter()
        .map(|r| r["passed"].as_bool().unwrap())
        .collect();
    assert_eq!(passed, [true, true, false]);
    home.write(
        "policy.yaml",
        format!("{PLAIN}{}", tests.replace("n: 2 }", "n: 1.0 }")),
    );
    assert_eq!(home.veil(&["test", "policy.yaml"]).code, 0);
}

#[test]
fn the_schema_is_json() {
    let ran = Home::empty().veil(&["schema"]);
    assert_eq!(ran.code, 0);
    let schema: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert!(schema["$schema"].is_string());
}
