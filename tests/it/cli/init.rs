//! From a sample to a policy that checks, tests and applies at once.

use super::Home;
use std::io::Write;

const EVENTS: &str = include_str!("../../../config/web-events.ndjson");

/// Makes the keys that a draft names.
fn keys(home: &Home) {
    let made = home.veil(&[
        "keys",
        "new",
        "--keyring",
        "keyring.json",
        "people",
        "quarantine",
    ]);
    assert_eq!(made.code, 0, "{made:?}");
}

#[test]
fn three_commands_from_a_sample_to_the_first_sanitized_record() {
    for sample in [
        "web-events",
        "orders",
        "customers-cdc",
        "app-events",
        "minimal",
    ] {
        let home = Home::empty();
        let file = format!("{}/config/{sample}.ndjson", env!("CARGO_MANIFEST_DIR"));
        let lines = std::fs::read_to_string(&file).unwrap();
        let enveloped = lines.starts_with("{\"key\"");
        let flag: &[&str] = if enveloped { &["--envelope"] } else { &[] };
        let made =
            home.veil(&[&["init", "--from-sample", &file, "-o", "policy.yaml"], flag].concat());
        assert_eq!((made.code, made.out.as_str()), (0, ""), "{made:?}");
        assert!(
            made.err
                .contains("veil keys new --keyring keyring.json people quarantine"),
            "{}",
            made.err
        );
        keys(&home);
        let applied = home.veil(&[&["apply", "-p", "policy.yaml", &file], flag].concat());
        assert!(applied.out.lines().count() > 0, "{sample}: {applied:?}");
        let checked = home.veil(&["check", "policy.yaml"]);
        assert_eq!(checked.code, 0, "{sample}: {checked:?}");
        let tested = home.veil(&["test", "policy.yaml"]);
        assert_eq!(tested.code, 0, "{sample}: {tested:?}");
        assert!(tested.out.contains("3 passed, 0 failed"), "{}", tested.out);
    }
}

/// Of each well-known shape: no warning, tests that pass, and records that leave.
#[test]
fn drafts_of_the_eight_shapes_hold() {
    let shapes = [
        "segment",
        "rudderstack",
        "ga4",
        "snowplow",
        "shopify",
        "debezium",
        "cloudevents",
        "otlp",
    ];
    for shape in shapes {
        let home = Home::empty();
        let made = home.veil(&["generate", shape, "-n", "300", "--seed", "7"]);
        assert_eq!(made.code, 0, "{made:?}");
        home.write("events.ndjson", &made.out);
        let drafted = home.veil(&[
            "init",
            "--from-sample",
            "events.ndjson",
            "-o",
            "policy.yaml",
        ]);
        assert_eq!(drafted.code, 0, "{shape}: {drafted:?}");
        keys(&home);
        let checked = home.veil(&["check", "policy.yaml"]);
        assert_eq!(checked.code, 0, "{shape}: {checked:?}");
        let tested = home.veil(&["test", "policy.yaml"]);
        assert_eq!(tested.code, 0, "{shape}: {tested:?}");
        let applied = home.veil(&["apply", "-p", "policy.yaml", "events.ndjson"]);
        assert!(matches!(applied.code, 0 | 2), "{shape}: {applied:?}");
        assert!(applied.out.lines().count() > 0, "{shape}: {}", applied.err);
    }
}

/// What the draft of one sample is, word for word: `VEIL_UPDATE=1` writes it.
#[test]
fn the_draft_of_a_sample_is_as_it_was_read() {
    let home = Home::empty();
    let made = home.veil_on(
        &["init", "--from-sample", "-", "--name", "web-events", "-q"],
        EVENTS,
    );
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/init.yaml");
    if std::env::var_os("VEIL_UPDATE").is_some_and(|v| v == "1") {
        std::fs::write(&file, &made.out).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        made.out == kept,
        "the draft changed; VEIL_UPDATE=1 writes it, then read it"
    );
}

#[test]
fn a_file_is_never_written_over() {
    let home = Home::empty();
    home.write("policy.yaml", "mine");
    let ran = home.veil_on(&["init", "--from-sample", "-", "-o", "policy.yaml"], EVENTS);
    assert_eq!(ran.code, 73, "{ran:?}");
    assert_eq!(
        std::fs::read_to_string(home.path().join("policy.yaml")).unwrap(),
        "mine"
    );
}

#[test]
fn a_sample_without_an_event_says_what_was_wrong() {
    let home = Home::empty();
    for (input, said) in [
        ("", "no record"),
        ("{\"a\":\n\n[]\n", "not_an_object"),
        ("{}\n", "no value"),
    ] {
        let ran = home.veil_on(&["init", "--from-sample", "-"], input);
        assert_eq!((ran.code, ran.out.as_str()), (65, ""), "{input:?}: {ran:?}");
        assert!(ran.err.contains(said), "{input:?}: {}", ran.err);
    }
    let ran = home.veil(&["init", "--from-sample", "missing.ndjson"]);
    assert_eq!(ran.code, 66, "{ran:?}");
    assert_eq!(home.veil(&["init"]).code, 64);
}

/// Lines are read as `veil apply` reads them; a terminal obeys no name of a member.
#[test]
fn compressed_files_and_hostile_names_are_read() {
    let home = Home::empty();
    let lines = "{\"a\\u001b[2J\\u202eb\":\"x\",\"user_id\":7}\n".repeat(3);
    let file = std::fs::File::create(home.path().join("s.ndjson.gz")).unwrap();
    let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gz.write_all(lines.as_bytes()).unwrap();
    gz.finish().unwrap();
    let ran = home.veil(&["init", "--from-sample", "s.ndjson.gz"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
        assert!(text.contains("\\x1b[2J\\u202e"), "{text}");
    }
    home.write("policy.yaml", &ran.out);
    keys(&home);
    assert_eq!(home.veil(&["check", "policy.yaml"]).code, 0);
}

/// A list of frequent values, and a policy that reads it.
#[test]
fn the_frequent_values_of_a_path_are_a_file_that_a_policy_reads() {
    let home = Home::empty();
    let city = |name: &str, times: usize| format!("{{\"city\":\"{name}\"}}\n").repeat(times);
    let sample = [
        city("Bremen", 12),
        city("Ebstorf", 2),
        city("Ulm", 10),
        "{\"city\":7}\n".repeat(11),
    ];
    home.write("events.ndjson", sample.concat());
    let on = |more: &[&str]| {
        home.veil(&[&["init", "--top-k", "city", "--on", "events.ndjson"], more].concat())
    };
    let listed = on(&[]);
    assert_eq!(
        (listed.code, listed.out.as_str()),
        (0, "Bremen\n7\nUlm\n"),
        "{listed:?}"
    );
    assert!(
        listed.err.contains("35 record(s) read, 35 have a value"),
        "{}",
        listed.err
    );
    assert!(
        listed
            .err
            .contains("3 listed, each in 10 record(s) or more: 94 %"),
        "{}",
        listed.err
    );
    assert!(!listed.err.contains("Ebstorf") && !listed.err.contains("Bremen"));
    assert_eq!(on(&["--values", "1", "-q"]).out, "Bremen\n");
    assert_eq!(on(&["--at-least", "2"]).out.lines().count(), 4);
    assert_eq!(on(&["-o", "cities.txt"]).code, 0);
    assert_eq!(on(&["-o", "cities.txt"]).code, 73);
    home.write(
        "policy.yaml",
        "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: t, version: 1, owner: o }\nsource: { topic: raw }\noutputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    fields:\n      city: { generalize: { top_k: { file: cities.txt } } }\n",
    );
    let applied = home.veil_on(
        &["apply", "-p", "policy.yaml"],
        "{\"city\":\"Ulm\"}\n{\"city\":\"Ebstorf\"}\n{\"city\":7.0}\n",
    );
    let written = "{\"city\":\"Ulm\"}\n{\"city\":\"other\"}\n{\"city\":7}\n";
    assert_eq!(applied.out, written, "{applied:?}");
}

#[test]
fn where_nothing_is_frequent_no_list_is_made() {
    let home = Home::empty();
    let lines: String = (0..50)
        .map(|n| format!("{{\"id\":\"secret-{n}\"}}\n"))
        .collect();
    home.write("events.ndjson", &lines);
    for (path, code, said) in [
        ("id", 65, "no value of `id` is in 10 records or more"),
        ("other", 65, "correct the path"),
        ("a[?k=='x'].v", 64, "write `[*]`"),
        ("a..b", 64, "no path"),
    ] {
        let ran = home.veil(&["init", "--top-k", path, "--on", "events.ndjson"]);
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{path}: {ran:?}");
        assert!(ran.err.contains(said), "{path}: {}", ran.err);
        assert!(!ran.err.contains("secret-"), "{}", ran.err);
    }
    for args in [
        &["init", "--top-k", "id"][..],
        &["init", "--on", "events.ndjson"],
        &[
            "init",
            "--from-sample",
            "events.ndjson",
            "--top-k",
            "id",
            "--on",
            "events.ndjson",
        ],
    ] {
        assert_eq!(home.veil(args).code, 64, "{args:?}");
    }
}

#[test]
fn rules_of_another_tool_become_a_draft_and_what_has_no_equal_is_listed() {
    let home = Home::empty();
    home.write(
        "pii.json",
        r#"{"parameters":{"pii":[{"pojo":{"field":"user_id"}},
{"json":{"field":"contexts","schemaCriterion":"*","jsonPath":"$.a"}}],
"strategy":{"pseudonymize":{"hashFunction":"SHA-256","salt":"pepper123"}}}}"#,
    );
    let made = home.veil(&[
        "init",
        "--from-snowplow-pii",
        "pii.json",
        "-o",
        "policy.yaml",
    ]);
    assert_eq!((made.code, made.out.as_str()), (1, ""), "{made:?}");
    assert!(made.err.contains("pii.json:2: json.contexts: "), "{made:?}");
    assert!(made.err.contains("1 left out: no equal"), "{made:?}");
    let draft = std::fs::read_to_string(home.path().join("policy.yaml")).unwrap();
    assert!(!(draft + &made.err).contains("pepper"));
    keys(&home);
    let applied = home.veil_on(
        &["apply", "-p", "policy.yaml"],
        "{\"user_id\":\"jane\",\"page\":\"/\"}\n",
    );
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(applied.out.contains("user_id") && !applied.out.contains("jane"));
    for (args, code, said) in [
        (
            &["--from-snowplow-pii", "pii.json", "-o", "policy.yaml"][..],
            73,
            "exists",
        ),
        (
            &["--from-dlp", "pii.json"],
            65,
            "this is not a DLP template",
        ),
        (&["--from-connect", "none.json"], 66, "cannot read"),
        (
            &["--from-dlp", "pii.json", "--from-connect", "pii.json"],
            64,
            "cannot be used with",
        ),
        (
            &["--from-dlp", "pii.json", "--compat"],
            64,
            "--from-snowplow-pii",
        ),
    ] {
        let ran = home.veil(&[&["init"][..], args].concat());
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.err.contains(said), "{ran:?}");
    }
}

/// A salt is an entry of another sort than a key: the commands that follow make both.
#[test]
fn the_commands_below_a_draft_with_codes_of_another_tool_lead_to_a_policy_without_errors() {
    let home = Home::empty();
    home.write(
        "pii.json",
        r#"{"parameters":{"pii":[{"pojo":{"field":"user_id"}}],
"strategy":{"pseudonymize":{"hashFunction":"SHA-256"}}}}"#,
    );
    home.write("SALT", "a salt of more than 16 bytes\n");
    let made = home.veil(&[
        "init",
        "--from-snowplow-pii",
        "pii.json",
        "--compat",
        "-o",
        "policy.yaml",
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    let next = made.err.split_once("next: ").expect("what is next").1;
    let commands = next.lines().map(|l| l.trim().split(' '));
    let commands = commands.map(Iterator::collect::<Vec<_>>);
    let commands: Vec<_> = commands.filter(|c| c[0] == "veil").collect();
    assert_eq!(commands.len(), 3, "{made:?}");
    // With the keyring, or an entry of it, still to be made, the finding says the same.
    for (at, command) in commands.iter().enumerate() {
        let checked = home.veil(&["check", "policy.yaml"]);
        assert_eq!(checked.code, 78, "{checked:?}");
        let said = checked.err.clone() + &checked.out;
        let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let with_salt = "veil keys new --keyring keyring.json --salt-file FILE salt`";
        assert_eq!(said.contains(with_salt), at == 0, "{said}");
        assert!(
            said.contains("veil keys new --keyring keyring.json quarantine`"),
            "{said}"
        );
        assert!(!said.contains("keyring.json salt"), "{said}");
        let ran = home.veil(&command[1..]);
        assert_eq!(ran.code, 0, "{ran:?}");
        if at == 1 {
            break;
        }
    }
    // That nobody has filled a basis in is a warning.
    let checked = home.veil(&commands[2][1..]);
    assert_eq!(checked.code, 1, "{checked:?}");
    assert!(!checked.out.contains("error["), "{checked:?}");
}
