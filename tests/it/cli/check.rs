use super::{Home, PLAIN, TWO};

/// Of which nothing is said that is more than a note.
const CLEAN: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: plain, version: 1, owner: tests }
source: { topic: raw }
keys:
  quarantine: { ref: \"file:keyring.json#quarantine\" }
classes: { fields: { (n|name): none } }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    basis: contract
    fields:
      n: { keep: { max_chars: 7 } }
      name: { generalize: { prefix: 1 } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
";

#[test]
fn codes_follow_the_gravest_finding() {
    let home = Home::with(CLEAN);
    let clean = home.veil(&["check", "policy.yaml"]);
    assert_eq!(clean.code, 0, "{}", clean.out);
    home.write("two.yaml", TWO);
    let warned = home.veil(&["check", "two.yaml"]);
    assert_eq!(warned.code, 1, "{}", warned.out);
    assert_eq!(
        home.veil(&["check", "--deny-warnings", "two.yaml"]).code,
        78
    );
    home.write("bad.yaml", CLEAN.replace("n: { keep", "n: { kep"));
    let refused = home.veil(&["check", "policy.yaml", "bad.yaml"]);
    assert_eq!(refused.code, 78, "{}", refused.out);
    assert!(refused.out.contains("bad.yaml:14:12"), "{}", refused.out);
    assert_eq!(home.veil(&["check", "missing.yaml"]).code, 66);
}

#[test]
fn the_states_of_paths_to_any_depth_are_said() {
    let deep = "\"**.n\": { names: { keep: { one_of: [a, b] } }, keep: { one_of: [1, 2] } }";
    let home = Home::with(&CLEAN.replace("n: { keep: { max_chars: 7 } }", deep));
    let checked = home.veil(&["check", "policy.yaml"]);
    // Outside and inside, each with and without an `n`; and two of every plan.
    let said = "policy.yaml: its paths need 8 of 65,536 states\n";
    assert!(checked.out.ends_with(said), "{}", checked.out);
    home.write("plain.yaml", CLEAN);
    let plain = home.veil(&["check", "plain.yaml"]);
    assert!(!plain.out.contains("states"), "{}", plain.out);
}

/// Each group reads the source for itself, and what waits takes memory.
#[cfg(feature = "kafka")]
#[test]
fn what_release_groups_cost_is_said() {
    let waits = "  - topic: public\n    purpose: analytics.reporting\n    domain: public\n    basis: contract\n    \
        k_anonymous: { k: 5, max_records: 100, free: [name] }\n    fields:\n      \
        n: { quasi: { number: { step: 5, bottom: 0, top: 90 } } }\n      name: { generalize: { prefix: 1 } }\n";
    let policy = CLEAN
        .replace("topic: raw }", "topic: raw, subject: who }")
        .replace(
            "quarantine: { topic",
            &format!("{waits}quarantine: {{ topic"),
        );
    let home = Home::with(&policy);
    let checked = home.veil(&["check", "policy.yaml"]);
    let twice = "policy.yaml: `veil run` reads the source 2 times, once for each of main, public\n";
    assert!(checked.out.contains(twice), "{}", checked.out);
    let room = "policy.yaml: for a release of public, of the default `memory`, ";
    assert!(checked.out.contains(room), "{}", checked.out);
    home.write("plain.yaml", CLEAN);
    let plain = home.veil(&["check", "plain.yaml"]);
    assert!(!plain.out.contains("reads the source"), "{}", plain.out);
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

/// Also what does not look like a key: whatever stands where a reference should.
#[test]
fn a_secret_in_the_place_of_a_key_is_not_printed_in_whatever_form() {
    let home = Home::with(TWO);
    let people = "{ ref: \"file:keyring.json#people\" }";
    for to in [
        "[hunter2horse]",
        "[{ a: hunter2horse }]",
        "{ ref: { secret: hunter2horse } }",
        "{ ref: [[hunter2horse]] }",
        "{ ref: hunter2horse }",
        "{ note: hunter2horse }",
        "hunter2horse",
    ] {
        assert!(TWO.contains(people));
        home.write("bad.yaml", TWO.replace(people, to));
        is_shown_by_no_form_of_check(&home, to);
    }
}

fn is_shown_by_no_form_of_check(home: &Home, written: &str) {
    for format in ["text", "json", "sarif", "github"] {
        let ran = home.veil(&["check", "bad.yaml", "--format", format]);
        assert_eq!(ran.code, 78, "{written}: {}{}", ran.out, ran.err);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(!said.contains("hunter2"), "{written}: {said}");
    }
}

/// What every place of a policy does not show is held where its reports are made; this
/// holds the forms of `check` and the other commands to it.
#[test]
fn a_secret_in_a_wrong_place_is_shown_by_no_command() {
    let home = Home::with(TWO);
    home.write("events.ndjson", "{\"n\":1}\n");
    for (right, wrong) in [
        ("domain:", "hunter2horse: 1\n    domain:"),
        ("purpose:", "basis: [\"hunter2 horse!\"]\n    purpose:"),
        ("metadata: {", "metadata: { dpo: { keys: hunter2horse },"),
    ] {
        assert!(TWO.contains(right), "{right}");
        home.write("bad.yaml", TWO.replacen(right, wrong, 1));
        is_shown_by_no_form_of_check(&home, wrong);
        for command in [
            "diff policy.yaml bad.yaml",
            "fmt --check bad.yaml",
            "test bad.yaml",
            "describe -p bad.yaml",
            "report clear -p bad.yaml",
            "apply -p bad.yaml events.ndjson",
            "explain -p bad.yaml --on events.ndjson",
            "explain -p bad.yaml n",
        ] {
            let ran = home.veil(&command.split(' ').collect::<Vec<_>>());
            let said = format!("{}{}", ran.out, ran.err);
            assert_eq!(ran.code, 78, "{command}: {said}");
            assert!(said.contains("bad.yaml:"), "{command}: {said}");
            assert!(!said.contains("hunter2"), "{command}: {said}");
        }
    }
}

#[test]
fn json_is_one_list_with_the_promised_members() {
    let home = Home::with(CLEAN);
    home.write(
        "bad.yaml",
        CLEAN
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
fn a_signal_with_an_empty_list_of_grants_denies_whatever_stands_there() {
    let home = Home::empty();
    let gated = PLAIN.replace("    domain:", "    needs_consent: Mail\n    domain:");
    let rest = "\
consent:
  signals:
    - { from: value, path: opted_in, category: Mail }
    - { from: value, path: opted_out, category: Mail, grants: [] }
tests:
  - { name: out, given: { n: 1, opted_in: true, opted_out: true }, withheld: clean }
  - { name: silent, given: { n: 1, opted_in: true, opted_out: null }, exactly: { clean: { n: 1 } } }
";
    assert_ne!(gated, PLAIN);
    home.write("policy.yaml", format!("{gated}{rest}"));
    let ran = home.veil(&["test", "policy.yaml"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("2 passed, 0 failed"), "{}", ran.out);
}

#[test]
fn a_test_whose_record_leaves_nowhere_does_not_pass_by_finding_nothing() {
    let home = Home::empty();
    let gated = PLAIN.replace("    domain:", "    needs_consent: Mail\n    domain:");
    let rest = "\
consent: { signals: [{ from: value, path: opted_in, category: Mail }] }
tests:
  - { name: empty, given: { n: 1, secret: x }, absent: secret, never_contains: x }
  - { name: said, given: { n: 1, secret: x }, withheld: clean, never_contains: x }
  - { name: full, given: { n: 1, opted_in: true, secret: x }, absent: secret, never_contains: x }
";
    home.write("policy.yaml", format!("{gated}{rest}"));
    let ran = home.veil(&["test", "policy.yaml"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("2 passed, 1 failed"), "{}", ran.out);
    assert!(ran.out.contains("no output got the record"), "{}", ran.out);
}

#[test]
fn check_says_what_run_would_refuse() {
    let home = Home::with(CLEAN);
    let (open, _) = CLEAN
        .split_once("quarantine: { topic")
        .expect("a quarantine");
    let open = open.replace(
        "keys:\n  quarantine: { ref: \"file:keyring.json#quarantine\" }\n",
        "",
    );
    home.write("open.yaml", &open);
    let ran = home.veil(&["check", "open.yaml"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    for part in ["V0407", "`veil run` refuses to start", "add `quarantine:"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    assert_eq!(
        home.veil(&["check", "--deny-warnings", "open.yaml"]).code,
        78
    );
    // Whoever never runs it says so, and is reminded.
    home.write(
        "files.yaml",
        format!("{open}dangerously: [{{ allow: no_quarantine, because: for files only }}]\n"),
    );
    let ran = home.veil(&["check", "files.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(
        ran.out.contains("`veil run` refuses to start"),
        "{}",
        ran.out
    );
}

#[test]
fn the_schema_is_json() {
    let ran = Home::empty().veil(&["schema"]);
    assert_eq!(ran.code, 0);
    let schema: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert!(schema["$schema"].is_string());
}

/// A key that is used thrice, and another.
fn with_uses() -> String {
    TWO.replace(
        "      n: keep\n",
        "      n: { keep: { max_chars: 9 } }\n      a: { pseudonymize: { key: people, normalize: text, epoch: none } }\n      b: { pseudonymize: { key: people, normalize: text, epoch: none } }\n",
    )
}

/// The errors about keys as JSON gives them: line, message, help.
fn key_errors(home: &Home, args: &[&str]) -> Vec<(u64, String, String)> {
    let mut all = vec!["check", "policy.yaml", "--format", "json"];
    all.extend(args);
    let ran = home.veil(&all);
    let list: Vec<serde_json::Value> = serde_json::from_str(&ran.out).expect(&ran.out);
    let errors = list.iter().filter(|f| f["severity"] == "error");
    errors
        .map(|f| {
            assert_eq!(f["code"], "V0404", "{f}");
            let text = |name: &str| f[name].as_str().expect("text").to_owned();
            let line = f["line"].as_u64().expect("a line");
            (line, text("message"), text("help"))
        })
        .collect()
}

#[test]
fn an_unusable_key_is_reported_once_with_its_cause_and_the_next_step() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::empty();
    home.write("policy.yaml", with_uses());
    let told = |args: &[&str], cause: &str, step: &str| {
        let errors = key_errors(&home, args);
        let lines: Vec<u64> = errors.iter().map(|e| e.0).collect();
        assert_eq!(lines, [6, 7, 8], "{errors:?}");
        for (_, message, help) in &errors {
            assert!(message.contains(cause), "{message}");
            assert!(help.contains(step), "{message}: {help}");
            assert!(!message.contains(step), "said twice: {message}: {help}");
        }
        errors
    };
    let missing = told(&[], "No such file", "veil keys new --keyring keyring.json");
    assert!(
        missing[0]
            .2
            .ends_with("keyring.json contact people quarantine` makes it"),
        "{missing:?}"
    );

    home.make_keys();
    assert_eq!(key_errors(&home, &[]), []);
    let keyring = home.path().join("keyring.json");
    std::fs::set_permissions(&keyring, PermissionsExt::from_mode(0o644)).expect("ours");
    told(
        &[],
        "others can reach the keyring (mode 0644)",
        "chmod 600 keyring.json",
    );

    std::fs::remove_file(&keyring).expect("ours");
    home.write_closed("right", "a long passphrase");
    home.write_closed("wrong", "another passphrase");
    let made = home.veil(&[
        "keys",
        "new",
        "--keyring",
        "keyring.json",
        "--wrap",
        "passphrase",
        "--passphrase-file",
        "right",
        "people",
        "contact",
        "quarantine",
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(key_errors(&home, &["--passphrase-file", "right"]), []);
    told(
        &["--passphrase-file", "wrong"],
        "cannot be unwrapped",
        "veil keys verify --keyring keyring.json",
    );
    told(
        &["--passphrase-file", "nowhere"],
        "cannot read the passphrase file",
        "--passphrase-file",
    );
    home.write("open", "a long passphrase");
    std::fs::set_permissions(home.path().join("open"), PermissionsExt::from_mode(0o644))
        .expect("ours");
    told(
        &["--passphrase-file", "open"],
        "others can reach the passphrase file",
        "chmod 600 open",
    );
}

#[test]
fn a_folder_is_every_policy_in_it_and_a_dash_is_standard_input() {
    let home = Home::with(PLAIN);
    std::fs::create_dir_all(home.path().join("all/deep")).unwrap();
    std::fs::create_dir(home.path().join("all/.hidden")).unwrap();
    std::fs::copy(
        home.path().join("keyring.json"),
        home.path().join("all/keyring.json"),
    )
    .unwrap();
    std::fs::copy(
        home.path().join("keyring.json"),
        home.path().join("all/deep/keyring.json"),
    )
    .unwrap();
    home.write("all/a.yaml", PLAIN);
    home.write("all/deep/b.yml", PLAIN.replace("n: { keep", "n: { kep"));
    home.write("all/veil.yaml", "http: 127.0.0.1:1\n");
    home.write("all/.hidden/c.yaml", "kind: Policy\n");
    home.write("all/notes.txt", "kind: Policy\n");
    let ran = home.veil(&["check", "all"]);
    assert_eq!(ran.code, 78, "{}", ran.out);
    assert!(ran.out.contains("all/a.yaml:6:22"), "{}", ran.out);
    assert!(ran.out.contains("all/deep/b.yml:12:12"), "{}", ran.out);
    for other in ["veil.yaml", "hidden", "notes.txt"] {
        assert!(!ran.out.contains(other), "{}", ran.out);
    }
    // One that cannot be read is not passed over.
    std::os::unix::fs::symlink("nowhere", home.path().join("all/z.yaml")).unwrap();
    let ran = home.veil(&["check", "all"]);
    assert_eq!(ran.code, 66, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("all/z.yaml"), "{}", ran.err);
}

#[test]
fn a_policy_on_standard_input_finds_its_keys_from_here() {
    let home = Home::with(TWO);
    let ran = home.veil_on(&["check", "-"], TWO);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let ran = home.veil_on(&["check", "-"], "kind: Policy\n");
    assert_eq!(ran.code, 78, "{}", ran.out);
    assert!(ran.out.contains("<stdin>"), "{}", ran.out);
    std::fs::create_dir(home.path().join("none")).unwrap();
    assert_eq!(home.veil(&["check", "none"]).code, 66);
}

/// The examples stand beside each other, as policies of one house do.
#[test]
fn the_example_policies_are_clean_together_and_share_no_domain() {
    let home = Home::empty();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).expect("config") {
        let path = entry.expect("a file").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if [".yaml", ".csv", ".avsc", ".proto"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            home.write(
                &name,
                std::fs::read(&path).expect("a policy, a table or a schema"),
            );
        }
        if name.ends_with(".yaml") {
            names.push(name);
        }
    }
    home.make_keys();
    let more = [
        "orders",
        "crm-contact",
        "delivery",
        "subjects",
        "noise",
        "state",
    ];
    let made = home.veil(&[&["keys", "new", "--keyring", "keyring.json"][..], &more].concat());
    assert_eq!(made.code, 0, "{made:?}");
    let made = home.veil(&["keys", "new", "--keyring", "subjects.json", "subjects"]);
    assert_eq!(made.code, 0, "{made:?}");
    let ran = home.veil(&["check", ".", "--format", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let found: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let found = found.as_array().expect("a list");
    assert!(found.iter().all(|f| f["severity"] == "note"), "{found:?}");
    let shared = found.iter().filter(|f| f["code"] == "V0281").count();
    assert_eq!(shared, 0, "{found:?}");

    // As a shell takes `config/*.yaml`: with the settings that lie there too.
    names.sort();
    let mut words = vec!["check"];
    words.extend(names.iter().map(String::as_str));
    let each = home.veil(&[&words[..], &["--format", "json"]].concat());
    assert_eq!(
        (each.code, &each.out),
        (0, &ran.out.replace("./", "")),
        "{each:?}"
    );
    assert!(each.err.contains("`veil.yaml` holds settings"), "{each:?}");
    let alone = home.veil(&["check", "veil.yaml"]);
    assert_eq!(alone.code, 78, "{alone:?}");
    for command in ["check", "test"] {
        let none = home.veil(&[command, "veil.yaml", "veil.yaml"]);
        assert_eq!((none.code, none.out.as_str()), (66, ""), "{none:?}");
        assert!(none.err.contains("there is no policy"), "{none:?}");
    }
}

#[test]
fn a_sample_is_held_against_one_policy() {
    let home = Home::with(PLAIN);
    home.write("sample.ndjson", "{\"N\":1,\"name\":\"x\"}\n");
    let ran = home.veil(&["check", "policy.yaml", "--on", "sample.ndjson"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.contains("V0276") && ran.out.contains("did you mean `N`?"),
        "{ran:?}"
    );
    assert_eq!(ran.err, "");
    home.write("some.ndjson", "{\"n\":1,\"name\":\"x\"}\nno JSON\n");
    let some = home.veil(&["check", "policy.yaml", "--on", "some.ndjson"]);
    let said = some.said();
    assert!(
        said.contains("1 of 2 record(s) of the sample would be quarantined (1 not_json)"),
        "{some:?}"
    );
    home.write("empty.ndjson", "");
    let empty = home.veil(&["check", "policy.yaml", "--on", "empty.ndjson"]);
    assert!(
        empty.said().contains("the sample holds no record"),
        "{empty:?}"
    );
    home.write("other.yaml", PLAIN.replace("plain", "other"));
    let two = home.veil(&[
        "check",
        "policy.yaml",
        "other.yaml",
        "--on",
        "sample.ndjson",
    ]);
    assert_eq!(two.code, 64, "{two:?}");
    let missing = home.veil(&["check", "policy.yaml", "--on", "nowhere"]);
    assert_eq!(missing.code, 66, "{missing:?}");
}

#[test]
fn findings_and_results_for_build_servers_have_the_codes_of_the_others() {
    let home = Home::with(PLAIN);
    home.write("bad.yaml", PLAIN.replace("n: { keep", "n: { kep"));
    let github = home.veil(&["check", "policy.yaml", "bad.yaml", "--format", "github"]);
    assert_eq!(github.code, 78, "{github:?}");
    let error = "\n::error file=bad.yaml,line=12,col=12,title=V0109::unknown action `kep`";
    assert!(github.out.contains(error), "{}", github.out);
    let sarif = home.veil(&["check", "policy.yaml", "bad.yaml", "--format", "sarif"]);
    assert_eq!(sarif.code, 78, "{sarif:?}");
    let log: serde_json::Value = serde_json::from_str(&sarif.out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let error = results.iter().find(|r| r["ruleId"] == "V0109").unwrap();
    let place = &error["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "bad.yaml");
    assert_eq!(place["region"]["startLine"], 12);
    let junit = home.veil(&["test", "policy.yaml", "bad.yaml", "--format", "junit"]);
    assert_eq!(junit.code, 78, "{junit:?}");
    assert!(
        junit.out.contains("<testsuite name=\"policy.yaml\""),
        "{}",
        junit.out
    );
    let refused = "<testsuite name=\"bad.yaml\" tests=\"1\" failures=\"0\" errors=\"1\">";
    assert!(junit.out.contains(refused), "{}", junit.out);
}

/// A pipe that nobody writes to would keep a reload waiting for ever, a device
/// without end would take all memory.
#[test]
fn what_is_no_regular_file_or_too_long_is_refused_at_once() {
    let home = Home::with(PLAIN);
    let pipe = home.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let long = std::fs::File::create(home.path().join("long")).unwrap();
    long.set_len(1 << 40).unwrap();
    for (file, why) in [
        ("pipe", "it is not a regular file"),
        ("/dev/zero", "it is not a regular file"),
        ("long", "it has more than"),
    ] {
        for command in [
            &["check", file][..],
            &["test", file],
            &["apply", "-p", file, "--output", "mail"],
            &["audit", "verify", file],
            &["keys", "ls", "--keyring", file],
        ] {
            let ran = home.veil(command);
            assert_ne!(ran.code, 0, "{command:?}");
            if !matches!(command[0], "audit" | "keys") {
                assert!(ran.err.contains(why), "{command:?}: {}", ran.err);
            }
        }
    }
    // Standard input may be a pipe, and has its bound too.
    let mut command = home.program("sh");
    command.args([
        "-c",
        "\"$0\" check - < /dev/zero",
        env!("CARGO_BIN_EXE_veil"),
    ]);
    let ran = super::run(command, b"");
    assert_eq!(ran.code, 74, "{}", ran.err);
    assert!(ran.err.contains("it has more than"), "{}", ran.err);
}
