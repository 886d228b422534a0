//! Keys live and die: `veil keys rotate`, `retire`, `destroy`, and what the other
//! commands make of their versions.

use super::{Home, Ran, TWO, run};
use std::io::{BufRead, BufReader, Write};

const K: [&str; 2] = ["--keyring", "keyring.json"];
const APPLY: &[&str] = &["apply", "-p", "policy.yaml", "--output", "mail"];

fn keys(home: &Home, args: &[&str]) -> Ran {
    home.veil(&[&["keys"], args, &K].concat())
}

fn keyring(home: &Home) -> serde_json::Value {
    serde_json::from_str(&home.read("keyring.json")).unwrap()
}

/// Lets the second version of `name` have begun.
fn time_passes(home: &Home, name: &str) {
    let mut keyring = keyring(home);
    let entries = keyring["keys"].as_array_mut().unwrap();
    let entry = entries.iter_mut().find(|e| e["name"] == name).unwrap();
    entry["versions"][1]["use_from"] = "2026-01-01T00:00:00Z".into();
    home.write_closed("keyring.json", keyring.to_string());
}

fn envelope(home: &Home) -> String {
    let ran = home.veil_on(APPLY, "{\"email\":\"jane@example.com\"}\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    let out: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    out["email"].as_str().unwrap().to_owned()
}

fn pseudonym(home: &Home) -> String {
    let args = ["apply", "-p", "policy.yaml", "--output", "coarse"];
    let ran = home.veil_on(&args, "{\"user\":42}\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out
}

fn decrypt(home: &Home, envelopes: &str) -> Ran {
    home.veil_on(&[&["decrypt", "--any-context"], &K[..]].concat(), envelopes)
}

/// Without a terminal, wherever the tests run.
fn unasked(home: &Home, args: &[&str]) -> Ran {
    let mut command = home.program("setsid");
    command.args(["--wait", env!("CARGO_BIN_EXE_veil"), "keys"]);
    command.args(args).args(K);
    run(command, b"")
}

#[test]
fn a_version_seals_from_its_time_on_opens_when_retired_and_is_erased() {
    let home = Home::with(TWO);
    let (first, code) = (envelope(&home), pseudonym(&home));
    let rotated = keys(&home, &["rotate", "contact"]);
    assert_eq!(rotated.code, 0, "{rotated:?}");
    for part in ["contact:2", "begins at", "read their policy again"] {
        assert!(rotated.said().contains(part), "{part}: {}", rotated.err);
    }
    assert_eq!(keys(&home, &["rotate", "people"]).code, 0);
    assert!(envelope(&home).starts_with("veil1.contact:1."), "not yet");
    assert_eq!(home.veil(&["keys", "verify", K[0], K[1]]).code, 0);
    assert_eq!(keyring(&home)["generation"], 3);

    let only = keys(&home, &["retire", "contact@1"]);
    assert_eq!(only.code, 78, "{only:?}");
    assert!(only.err.contains("--leave-none-active"), "{}", only.err);
    time_passes(&home, "contact");
    time_passes(&home, "people");
    let second = envelope(&home);
    assert!(second.starts_with("veil1.contact:2."));
    assert_eq!(pseudonym(&home), code, "pseudonyms keep their version");
    let retired = keys(&home, &["retire", "contact@1"]);
    assert_eq!(retired.code, 0, "{retired:?}");
    let both = format!("{first}\n{second}\n");
    let opened = decrypt(&home, &both);
    assert_eq!(opened.out, "jane@example.com\njane@example.com\n");

    let gone = keys(&home, &["destroy", "contact@1", "--yes", "contact@1"]);
    assert_eq!(gone.code, 0, "{gone:?}");
    for part in [
        "veil1.contact:1.",
        "unreadable for ever",
        "cannot be computed again",
        "no policy was given",
        "backups",
    ] {
        assert!(gone.err.contains(part), "{part}: {}", gone.err);
    }
    let opened = decrypt(&home, &both);
    assert_eq!(
        (opened.code, opened.out.as_str()),
        (2, "\njane@example.com\n")
    );
    assert!(opened.err.contains("erased"), "{}", opened.err);
    let again = keys(&home, &["destroy", "contact@1", "--yes", "contact@1"]);
    assert_eq!(again.code, 78, "{again:?}");
    assert!(again.err.contains("destroyed already"), "{}", again.err);

    // The first version of a key that pseudonymizes: the policy ends with it.
    let gone = keys(
        &home,
        &[
            "destroy",
            "people@1",
            "--yes",
            "people@1",
            "-p",
            "policy.yaml",
        ],
    );
    assert!(
        gone.err
            .contains("coarse: user (pseudonymize): needed as long as"),
        "{}",
        gone.err
    );
    let checked = home.veil(&["check", "policy.yaml"]);
    assert_eq!(checked.code, 78, "{checked:?}");
    assert!(checked.out.contains("was destroyed"), "{}", checked.out);
}

#[test]
fn a_process_keeps_the_version_that_it_began_with() {
    let home = Home::with(TWO);
    let mut sidecar = home.start(APPLY);
    let mut input = sidecar.stdin.take().unwrap();
    let mut output = BufReader::new(sidecar.stdout.take().unwrap());
    // More than is held back before it is written.
    let many = "{\"email\":\"jane@example.com\"}\n".repeat(20_000);
    let (one, two) = many.split_at(many.len() / 2);
    let (one, two) = (one.to_owned(), two.to_owned());
    let (changed, wait) = std::sync::mpsc::channel();
    let feeder = std::thread::spawn(move || {
        input.write_all(one.as_bytes()).unwrap();
        wait.recv().unwrap();
        input.write_all(two.as_bytes()).unwrap();
    });
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(line.contains("veil1.contact:1."), "{line}");
    assert_eq!(keys(&home, &["rotate", "contact"]).code, 0);
    time_passes(&home, "contact");
    assert!(envelope(&home).starts_with("veil1.contact:2."));
    changed.send(()).unwrap();
    let lines: Vec<String> = output.lines().map(Result::unwrap).collect();
    feeder.join().unwrap();
    assert!(sidecar.wait().unwrap().success());
    assert_eq!(lines.len(), 19_999);
    assert!(lines.iter().all(|l| l.contains("veil1.contact:1.")));
}

#[test]
fn a_keyring_in_doubt_is_refused_by_everything() {
    let home = Home::with(TWO);
    assert_eq!(keys(&home, &["rotate", "contact"]).code, 0);
    let good = home.read("keyring.json");
    let mut same = keyring(&home);
    same["keys"][1]["versions"][1]["use_from"] = "1970-01-01T01:00:00+01:00".into();
    for (bad, why) in [
        (same.to_string(), "does not begin after version 1"),
        (good[..good.len() / 2].to_owned(), "ends too early"),
    ] {
        home.write_closed("keyring.json", &bad);
        for args in [
            &["keys", "ls", K[0], K[1]][..],
            &["keys", "rotate", "contact", K[0], K[1]],
            &["keys", "retire", "contact@2", K[0], K[1]],
            &[
                "keys",
                "destroy",
                "contact@1",
                "--yes",
                "contact@1",
                K[0],
                K[1],
            ],
            &["decrypt", "--any-context", K[0], K[1]],
            APPLY,
        ] {
            let ran = home.veil(args);
            assert_eq!(ran.code, 78, "{args:?}: {ran:?}");
            assert!(ran.err.contains(why), "{args:?}: {}", ran.err);
        }
        assert_eq!(home.read("keyring.json"), bad);
    }
}

#[test]
fn a_time_too_soon_or_not_in_order_is_refused() {
    let home = Home::with(TWO);
    let before = home.read("keyring.json");
    let from = |time: &str| keys(&home, &["rotate", "contact", "--from", time]);
    for (time, code) in [("2020-01-01T00:00:00Z", 78), ("tomorrow", 64), ("", 64)] {
        assert_eq!(from(time).code, code, "{time}");
    }
    assert_eq!(home.read("keyring.json"), before);
    assert_eq!(from("2200-01-01T00:00:00Z").code, 0);
    for time in ["2200-01-01T00:00:00Z", "2199-12-31T23:59:59Z"] {
        let ran = from(time);
        assert_eq!(ran.code, 78);
        assert!(ran.err.contains("after version 2"), "{}", ran.err);
    }
    assert_eq!(keys(&home, &["rotate", "contact"]).code, 78);
    assert_eq!(keys(&home, &["rotate", "nobody"]).code, 78);
    for version in [
        "contact",
        "contact@0",
        "contact@01",
        "contact:1",
        "contact@x",
    ] {
        assert_eq!(keys(&home, &["retire", version]).code, 64, "{version}");
    }
    // As a list shows it.
    let shown = keys(&home, &["retire", "contact:1"]);
    assert!(shown.said().contains("write `contact@1`"), "{shown:?}");
}

#[test]
fn nothing_is_destroyed_unasked() {
    let home = Home::with(TWO);
    let before = home.read("keyring.json");
    // The only version in force, as `retire` has it.
    for args in [
        &["destroy", "contact@1"][..],
        &["destroy", "contact@1", "--yes", "contact@1"],
    ] {
        let ran = unasked(&home, args);
        assert_eq!(ran.code, 78, "{ran:?}");
        assert!(ran.err.contains("--leave-none-active"), "{ran:?}");
        assert_eq!(home.read("keyring.json"), before);
    }
    let ran = unasked(&home, &["destroy", "contact@1", "--leave-none-active"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.err.contains("--yes contact@1"), "{}", ran.err);
    let other = unasked(&home, &["destroy", "contact@1", "--yes", "people@1"]);
    assert_eq!(other.code, 64, "{other:?}");
    let none = unasked(&home, &["destroy", "contact@2", "--yes", "contact@2"]);
    assert_eq!(none.code, 78, "{none:?}");
    assert_eq!(home.read("keyring.json"), before);
    let said = [
        "destroy",
        "contact@1",
        "--yes",
        "contact@1",
        "--leave-none-active",
    ];
    assert_eq!(unasked(&home, &said).code, 0);
    assert_ne!(home.read("keyring.json"), before);
}

#[test]
fn a_policy_of_another_keyring_says_so() {
    let home = Home::with(TWO);
    home.write("other.yaml", TWO.replace("keyring.json", "elsewhere.json"));
    home.write(
        "some.yaml",
        TWO.replace("{ encrypt: { key: contact } }", "{ replace: { with: x } }"),
    );
    let mut args = vec!["destroy", "contact@1", "--yes", "contact@1"];
    args.extend(["-p", "other.yaml", "-p", "some.yaml"]);
    let ran = unasked(&home, &args);
    let said = ran.said();
    assert!(
        said.contains("other.yaml: takes no key of this keyring: its keys are in `elsewhere.json`"),
        "{ran:?}"
    );
    assert!(
        said.contains("some.yaml: does not take contact:1"),
        "{ran:?}"
    );
    let listed = keys(&home, &["ls", "-p", "other.yaml", "-p", "some.yaml"]);
    assert!(
        listed
            .out
            .contains("other.yaml: takes no key of this keyring"),
        "{listed:?}"
    );
}

#[test]
fn what_still_needs_a_version_is_said_as_far_as_policies_tell() {
    let home = Home::with(TWO);
    for name in ["contact", "quarantine"] {
        assert_eq!(keys(&home, &["rotate", name]).code, 0);
    }
    let needs = |version: &str| unasked(&home, &["destroy", version, "-p", "policy.yaml"]).err;
    assert!(
        needs("contact@1")
            .contains("policy.yaml: mail: email (encrypt): it seals with this version now")
    );
    assert!(
        needs("quarantine@1").contains("refused (quarantine): the quarantine is sealed to it now")
    );
    assert!(needs("contact@1").contains("no other version is in force"));
    assert!(needs("contact@2").contains("contact:2 has not begun to seal"));
    for name in ["contact", "quarantine"] {
        time_passes(&home, name);
    }
    assert!(needs("contact@2").contains("after that another version seals"));
    let contact = needs("contact@1");
    assert!(
        contact.contains("a time that no policy states"),
        "{contact}"
    );
    let quarantine = needs("quarantine@1");
    // Seven days after the second version began.
    assert!(
        quarantine.contains("until 2026-01-08T00:00:00Z"),
        "{quarantine}"
    );
}

#[test]
fn a_list_says_who_takes_which_version() {
    let home = Home::with(TWO);
    assert_eq!(keys(&home, &["rotate", "contact"]).code, 0);
    time_passes(&home, "contact");
    assert_eq!(keys(&home, &["rotate", "people"]).code, 0);
    let text = keys(&home, &["ls", "-p", "policy.yaml"]);
    assert_eq!((text.code, text.err.as_str()), (0, ""), "{text:?}");
    for line in [
        "people:1      policy.yaml: coarse: user (pseudonymize)\n",
        "contact:2     policy.yaml: mail: email (encrypt)\n",
        "quarantine:1  policy.yaml: refused (quarantine)\n",
        "since 2026-01-01T00:00:00Z",
        "from 20",
    ] {
        assert!(text.out.contains(line), "{line}: {}", text.out);
    }
    let json = keys(&home, &["ls", "-p", "policy.yaml", "--format", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json.out).unwrap();
    let row = |name: &str, version: u32| {
        let mut rows = rows.iter();
        rows.find(|r| r["name"] == name && r["version"] == version)
            .unwrap()
    };
    assert_eq!(row("contact", 1)["used_by"], serde_json::json!([]));
    assert_eq!(
        row("contact", 2)["used_by"],
        serde_json::json!([{"policy": "policy.yaml", "output": "mail", "field": "email", "action": "encrypt"}])
    );
    assert_eq!(row("contact", 2)["in_force"], true);
    assert_eq!(row("people", 2)["in_force"], false);
    assert!(row("people", 2)["age_s"].as_i64().unwrap() < 3_600);
    let mut destroy = vec!["destroy", "people@1", "--yes", "people@1"];
    destroy.push("--leave-none-active");
    let gone = keys(&home, &destroy);
    assert_eq!(gone.code, 0);
    let text = keys(&home, &["ls", "-p", "policy.yaml"]);
    assert!(
        text.said().contains("no version that this can take"),
        "{}",
        text.err
    );
    home.write("bad.yaml", "kind: Policy\n");
    let bad = keys(&home, &["ls", "-p", "bad.yaml"]);
    assert_eq!(bad.code, 78, "{bad:?}");
}

#[test]
fn operators_at_once_lose_nothing() {
    let home = Home::with(TWO);
    let done: usize = std::thread::scope(|scope| {
        let operators: Vec<_> = (0..4)
            .map(|n| {
                let home = &home;
                scope.spawn(move || {
                    let name = ["people", "contact", "quarantine", "people"][n];
                    let year = |i: usize| format!("{}-01-01T00:00:00Z", 2100 + 10 * i + n);
                    let ran = (0..5).map(|i| keys(home, &["rotate", name, "--from", &year(i)]));
                    ran.filter(|ran| ran.code == 0).count()
                })
            })
            .collect();
        operators.into_iter().map(|o| o.join().unwrap()).sum()
    });
    let keyring = keyring(&home);
    let versions = keyring["keys"].as_array().unwrap().iter();
    let versions: usize = versions
        .map(|k| k["versions"].as_array().unwrap().len())
        .sum();
    assert!(done > 0);
    assert_eq!(versions, 3 + done);
    assert_eq!(keyring["generation"], 1 + done);
    assert!(!home.path().join("keyring.json.new").exists());
    // Each of them is in the log as done.
    let log = home.veil(&["audit", "verify", "audit.jsonl"]);
    assert_eq!(log.code, 0, "{log:?}");
    let ends = home.read("audit.jsonl");
    let ends = ends.lines().filter(|l| l.contains(r#""done":true"#));
    assert_eq!(ends.count(), done);
}

#[test]
fn a_log_in_the_place_of_the_draft_is_no_part_of_the_keyring() {
    let home = Home::with(TWO);
    let before = home.read("keyring.json");
    for log in ["keyring.json.new", "keyring.json"] {
        let ran = keys(&home, &["rotate", "contact", "--audit", log]);
        assert_ne!(ran.code, 0, "{ran:?}");
        assert_eq!(home.read("keyring.json"), before);
    }
    assert_eq!(keys(&home, &["rotate", "contact"]).code, 0);
}

#[test]
fn a_policy_whose_key_has_not_begun_is_not_used() {
    let home = Home::with(TWO);
    assert_eq!(keys(&home, &["rotate", "contact"]).code, 0);
    let retire = ["retire", "contact@1", "--leave-none-active"];
    assert_eq!(keys(&home, &retire).code, 0);
    let checked = home.veil(&["check", "policy.yaml"]);
    assert_eq!(checked.code, 78, "{checked:?}");
    for part in [
        "has no version in force: version 2 begins at",
        "wait until it begins",
    ] {
        assert!(checked.out.contains(part), "{part}: {}", checked.out);
    }
    time_passes(&home, "contact");
    assert!(envelope(&home).starts_with("veil1.contact:2."));
}
