//! The audit log: what commands leave in it, and that nothing is opened, computed
//! or changed that it does not hold.

use super::{Home, Ran, TWO, run};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, symlink};

const K: [&str; 2] = ["--keyring", "keyring.json"];
const PSEUDONYM: &[&str] = &[
    "pseudonym",
    "-p",
    "policy.yaml",
    "--output",
    "coarse",
    "--field",
    "user",
];

fn lines(home: &Home) -> Vec<serde_json::Value> {
    let log = home.read("audit.jsonl");
    log.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

fn verify(home: &Home, more: &[&str]) -> Ran {
    home.veil(&[&["audit", "verify", "audit.jsonl"], more].concat())
}

fn envelope(home: &Home) -> String {
    let args = ["apply", "-p", "policy.yaml", "--output", "mail"];
    let ran = home.veil_on(&args, "{\"email\":\"jane@example.com\"}\n");
    let out: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    out["email"].as_str().unwrap().to_owned()
}

#[test]
fn every_command_that_opens_or_computes_is_in_it_and_no_value_is() {
    let home = Home::with(&TWO.replace(
        "      n: keep",
        "      n: { tokenize: { key: people@1, format: digits } }",
    ));
    let envelope = envelope(&home);
    let opened = home.veil_on(
        &[&["decrypt", "--any-context", "--why", "ticket 7"], &K[..]].concat(),
        format!("{envelope}\nnone\n{envelope}\n"),
    );
    assert_eq!(opened.code, 2, "{opened:?}");
    let mut field = PSEUDONYM.to_vec();
    let codes = home.veil_on(&field, "jane\n");
    assert_eq!(codes.code, 0, "{codes:?}");
    *field.last_mut().unwrap() = "n";
    let token = home.veil_on(&field, "123456\n").out;
    field[0] = "detokenize";
    assert_eq!(home.veil_on(&field, &token).out, "123456\n");
    for args in [
        &["rotate", "contact"][..],
        &["retire", "people@1", "--leave-none-active"],
        &[
            "destroy",
            "contact@1",
            "--yes",
            "contact@1",
            "--leave-none-active",
        ],
    ] {
        let ran = home.veil(&[&["keys"], args, &K].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
    }

    let log = home.read("audit.jsonl");
    for value in [
        "jane",
        "123456",
        envelope.as_str(),
        codes.out.trim(),
        token.trim(),
    ] {
        assert!(!log.contains(value), "{value}: {log}");
    }
    let lines = lines(&home);
    let begun: Vec<&str> = lines.iter().filter_map(|l| l["command"].as_str()).collect();
    assert_eq!(
        begun,
        [
            "decrypt",
            "pseudonym",
            "pseudonym",
            "detokenize",
            "keys rotate",
            "keys retire",
            "keys destroy"
        ]
    );
    let (begin, values, end) = (&lines[1], &lines[2], &lines[3]);
    assert_eq!(begin["why"], "ticket 7");
    assert_eq!(begin["about"]["keyring"], "keyring.json");
    assert_eq!(values["opened"][0]["key"], "contact:1");
    let hashes = values["opened"][0]["values"].as_array().unwrap();
    assert_eq!((hashes.len(), &hashes[0]), (2, &hashes[1]));
    assert_eq!((&end["count"], &end["failed"]), (&2.into(), &1.into()));
    // What was tokenized and what was turned back is one value under one key.
    let of = |at: usize| {
        let begun = lines
            .iter()
            .filter(|l| l["command"].is_string())
            .nth(at)
            .unwrap();
        let mut values = lines.iter().filter(|l| l["run"] == begun["run"]);
        values.find(|l| l["event"] == "values").unwrap()["opened"].clone()
    };
    assert_eq!(of(2), of(3));
    let pseudonym = lines.iter().find(|l| l["command"] == "pseudonym").unwrap();
    assert_eq!(pseudonym["policy"]["name"], "two");
    assert_eq!(pseudonym["about"]["field"], "user");
    assert_eq!(pseudonym["key"], "people:1");
    let destroy = lines
        .iter()
        .find(|l| l["command"] == "keys destroy")
        .unwrap();
    assert_eq!(destroy["key"], "contact:1");

    let mode = std::fs::metadata(home.path().join("audit.jsonl")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o7777, 0o600);
    let whole = verify(&home, &[]);
    assert_eq!(whole.code, 0, "{whole:?}");
    assert!(whole.out.contains("commands: 7"), "{}", whole.out);
    let json = verify(&home, &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        (&json["whole"], &json["without_end"]),
        (&true.into(), &0.into())
    );
    let head = json["head"].as_str().unwrap();
    assert!(whole.out.contains(head));
    assert_eq!(verify(&home, &["--expect", head]).code, 0);
    let other = verify(&home, &["--expect", &"0".repeat(64)]);
    assert_eq!(other.code, 2, "{other:?}");
    assert_eq!(verify(&home, &["--expect", "x"]).code, 64);
    assert_eq!(home.veil(&["audit", "verify", "none"]).code, 66);
    home.write_closed("audit.jsonl", log.replace("ticket 7", "ticket 8"));
    let broken = verify(&home, &[]);
    assert_eq!(broken.code, 2, "{broken:?}");
    assert!(
        broken.out.contains("audit.jsonl:3: the chain is broken"),
        "{}",
        broken.out
    );
}

/// Every command that must not go on without evidence, with its input and what it
/// must not do.
fn refused(home: &Home, prepare: impl Fn(&mut std::process::Command), code: i32, why: &str) {
    let keyring = home.read("keyring.json");
    let envelope = envelope(home);
    let decrypt: &[&str] = &["decrypt", "--any-context", K[0], K[1]];
    for (args, input) in [
        (decrypt, envelope.as_str()),
        (PSEUDONYM, "jane"),
        (&["keys", "rotate", "contact", K[0], K[1]], ""),
        (
            &[
                "keys",
                "retire",
                "contact@1",
                "--leave-none-active",
                K[0],
                K[1],
            ],
            "",
        ),
        (
            &[
                "keys",
                "destroy",
                "contact@1",
                "--yes",
                "contact@1",
                "--leave-none-active",
                K[0],
                K[1],
            ],
            "",
        ),
    ] {
        let mut command = home.program("sh");
        command.args([
            "-c",
            "trap '' XFSZ; ulimit -f ${BLOCKS:-unlimited}; exec \"$@\"",
            "sh",
        ]);
        command.arg(env!("CARGO_BIN_EXE_veil")).args(args);
        prepare(&mut command);
        let ran = run(command, format!("{input}\n").as_bytes());
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (code, ""),
            "{args:?}: {ran:?}"
        );
        assert!(ran.said().contains(why), "{args:?}: {}", ran.err);
    }
    assert_eq!(home.read("keyring.json"), keyring);
}

#[test]
fn without_evidence_nothing_is_opened_computed_or_changed() {
    let home = Home::with(TWO);
    let log = |path: &'static str| {
        move |command: &mut std::process::Command| {
            command.env("VEIL_AUDIT", path);
        }
    };
    refused(&home, log("/dev/full"), 77, "not a regular file");
    refused(
        &home,
        log("no/folder/audit.jsonl"),
        73,
        "open the audit log",
    );
    refused(&home, log("."), 77, "not a regular file");
    home.write("open.jsonl", "");
    std::fs::set_permissions(
        home.path().join("open.jsonl"),
        PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    refused(&home, log("open.jsonl"), 77, "chmod 600");
    symlink("elsewhere.jsonl", home.path().join("link.jsonl")).unwrap();
    refused(&home, log("link.jsonl"), 77, "is a link");
    assert!(!home.path().join("elsewhere.jsonl").exists());
    home.write_closed("cut.jsonl", "{\"seq\":0");
    refused(&home, log("cut.jsonl"), 74, "last line is cut");
    home.write_closed("other.jsonl", "hello\n");
    refused(&home, log("other.jsonl"), 74, "none of an audit log");
}

#[test]
fn a_full_disk_ends_a_command_before_it_shows_what_it_cannot_record() {
    let home = Home::with(TWO);
    // No byte can be written to any file.
    refused(
        &home,
        |command| {
            command.env("BLOCKS", "0");
        },
        74,
        "write the audit log",
    );
    // It is full half-way: whole chunks were recorded and shown, and no other.
    std::fs::remove_file(home.path().join("audit.jsonl")).unwrap();
    let values: String = (0..20_000).map(|n| format!("user-{n}\n")).collect();
    let mut command = home.program("sh");
    // In blocks of 512 or 1,024 bytes: 100 to 200 kB, six chunks at most.
    command.args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$@\"", "sh"]);
    command.arg(env!("CARGO_BIN_EXE_veil")).args(PSEUDONYM);
    let ran = run(command, values.as_bytes());
    assert_eq!(ran.code, 74, "{}", ran.err);
    let shown = ran.out.lines().count();
    let recorded: usize = lines(&home)
        .iter()
        .filter(|l| l["event"] == "values")
        .map(|l| l["opened"][0]["values"].as_array().unwrap().len())
        .sum();
    assert_eq!(shown, recorded);
    assert!(shown > 0 && shown < 20_000, "{shown}");
    // No half of a line is left, and with room again the log goes on.
    assert_eq!(verify(&home, &[]).code, 0);
    assert_eq!(home.veil_on(PSEUDONYM, "jane\n").code, 0);
    assert_eq!(verify(&home, &[]).code, 0);
}

#[test]
fn processes_side_by_side_make_one_chain_line_by_line() {
    let home = Home::with(TWO);
    std::thread::scope(|scope| {
        for process in 0..2 {
            let home = &home;
            scope.spawn(move || {
                let mut child = home.start(PSEUDONYM);
                let mut input = child.stdin.take().unwrap();
                let mut output = BufReader::new(child.stdout.take().unwrap());
                // Each answer is awaited, so each value is a line of the log.
                for n in 0..500 {
                    writeln!(input, "user-{process}-{n}").unwrap();
                    let mut code = String::new();
                    output.read_line(&mut code).unwrap();
                    assert_eq!(code.len(), 23);
                }
                drop(input);
                assert!(child.wait().unwrap().success());
            });
        }
    });
    assert_eq!(lines(&home).len(), 1 + 2 * 502);
    let whole = verify(&home, &[]);
    assert_eq!(whole.code, 0, "{whole:?}");
}

#[test]
fn many_values_are_recorded_by_the_thousand() {
    let home = Home::with(TWO);
    let values: String = (0..2_500).map(|n| format!("user-{n}\n")).collect();
    let ran = home.veil_on(PSEUDONYM, values);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 2_500));
    let lines = lines(&home);
    let counts = lines
        .iter()
        .filter(|l| l["event"] == "values")
        .map(|l| l["opened"][0]["values"].as_array().unwrap().len());
    let counts: Vec<usize> = counts.collect();
    assert_eq!(counts.iter().sum::<usize>(), 2_500);
    assert!(counts.iter().all(|&n| n <= 1_000), "{counts:?}");
    assert_eq!(lines.last().unwrap()["count"], 2_500);
}

#[test]
fn a_killed_command_has_no_end_and_stops_nobody() {
    let home = Home::with(TWO);
    let mut child = home.start(PSEUDONYM);
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "jane").unwrap();
    let mut code = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut code)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(lines(&home).len(), 3, "it was recorded before it was shown");
    let whole = verify(&home, &[]);
    assert!(
        whole.out.contains("1 of them without an end"),
        "{}",
        whole.out
    );
    assert_eq!(home.veil_on(PSEUDONYM, "jane\n").code, 0);
}

#[test]
fn a_reason_can_be_required_and_is_one_line() {
    let home = Home::with(TWO);
    let with = |set: &[(&str, &str)], more: &[&str]| {
        let mut command = home.command(&[PSEUDONYM, more].concat());
        command.envs(set.iter().copied());
        run(command, b"jane\n")
    };
    let required = [("VEIL_REQUIRE_WHY", "1")];
    let ran = with(&required, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{ran:?}");
    assert!(ran.err.contains("--why TEXT"), "{}", ran.err);
    assert_eq!(with(&[], &["--require-why"]).code, 64);
    for why in ["", "  ", "two\nlines", &"x".repeat(1_025)] {
        assert_eq!(with(&[], &["--why", why]).code, 64, "{why:?}");
    }
    assert!(!home.path().join("audit.jsonl").exists());
    assert_eq!(with(&required, &["--why", "ticket 7"]).code, 0);
    assert_eq!(with(&[("VEIL_REQUIRE_WHY", "0")], &[]).code, 0);
    assert_eq!(with(&[("VEIL_AUDIT", "other.jsonl")], &[]).code, 0);
    assert_eq!(home.veil(&["audit", "verify", "other.jsonl"]).code, 0);
}

#[test]
fn a_list_says_who_opened_what_when_and_why_and_no_value() {
    let home = Home::with(TWO);
    let envelope = envelope(&home);
    let args = [&["decrypt", "--any-context", "--why", "ticket 7"], &K[..]].concat();
    assert_eq!(home.veil_on(&args, format!("{envelope}\nnone\n")).code, 2);
    assert_eq!(home.veil_on(PSEUDONYM, "jane\n").code, 0);
    let rotate = [&["keys", "rotate", "contact"], &K[..]].concat();
    assert_eq!(home.veil(&rotate).code, 0);
    let ls = |more: &[&str]| home.veil(&[&["audit", "ls", "audit.jsonl"], more].concat());
    let text = ls(&[]);
    assert_eq!(text.code, 0, "{text:?}");
    for part in [
        "decrypt",
        "ticket 7",
        "contact:1",
        "pseudonym",
        "keys rotate",
        "20",
    ] {
        assert!(text.out.contains(part), "{part}: {text:?}");
    }
    let json = ls(&["--format", "json"]);
    for ran in [&text, &json] {
        for value in ["jane", "example.com", &*envelope] {
            assert!(!ran.out.contains(value), "{value}: {ran:?}");
        }
    }
    let found: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let commands = found["commands"].as_array().unwrap();
    let named: Vec<&str> = commands
        .iter()
        .map(|c| c["command"].as_str().unwrap())
        .collect();
    assert_eq!(named, ["decrypt", "pseudonym", "keys rotate"]);
    let decrypt = &commands[0];
    assert_eq!(decrypt["why"], "ticket 7");
    assert_eq!(
        decrypt["values"]["contact:1"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(decrypt["end"]["failed"], 1);
    assert!(decrypt["uid"].is_u64());
    assert_eq!(commands[1]["policy"]["name"], "two");
    assert!(found["broken"].is_null());
    // What stands behind a break is nobody's word.
    let log = home.read("audit.jsonl");
    let mut lines: Vec<&str> = log.lines().collect();
    lines.remove(4);
    home.write_closed("audit.jsonl", lines.join("\n") + "\n");
    let cut = ls(&["--format", "json"]);
    assert_eq!(cut.code, 2, "{cut:?}");
    let found: serde_json::Value = serde_json::from_str(&cut.out).unwrap();
    assert_eq!(found["broken"]["line"], 5);
    assert_eq!(found["commands"].as_array().map(Vec::len), Some(1));
    assert_eq!(home.veil(&["audit", "ls", "none.jsonl"]).code, 66);
}
