use super::{Home, PLAIN, TWO, ended, run};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;

const APPLY: &[&str] = &["apply", "-p", "policy.yaml"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut args: Vec<&str> = APPLY.to_vec();
    args.extend(more);
    args
}

#[test]
fn output_keeps_input_order_and_digits() {
    let home = Home::with(PLAIN);
    let input: String = (0..5_000)
        .map(|n| format!("{{\"x\":\"{}\",\"n\":{n}.50}}\n", "y".repeat(n % 300)))
        .collect();
    let ran = home.veil_on(APPLY, &input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let expected: String = (0..5_000).map(|n| format!("{{\"n\":{n}.50}}\n")).collect();
    assert!(ran.out == expected, "order or digits differ");
    assert!(ran.err.contains("5000 written"), "{}", ran.err);
}

#[test]
fn blank_lines_crlf_and_a_missing_last_line_break() {
    let home = Home::with(PLAIN);
    let ran = home.veil_on(APPLY, "{\"n\":1}\r\n\n  \r\n{\"n\":2}");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "{\"n\":1}\n{\"n\":2}\n"),
        "{}",
        ran.err
    );
    let nothing = home.veil_on(APPLY, "");
    assert_eq!((nothing.code, nothing.out.as_str()), (0, ""));
}

#[test]
fn quarantined_records_exit_2_and_are_sealed_in_a_closed_file() {
    let home = Home::with(PLAIN);
    home.write("q.ndjson", "older, open to others");
    std::fs::set_permissions(
        home.path().join("q.ndjson"),
        PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    let input =
        "{\"n\":1}\n\n{\"name\":\"CANARY\" \n{\"n\":{\"a\":\"CANARY\"}}\n{\"n\":2,\"n\":3}\n";
    let ran = home.veil_on(&with(&["--quarantine", "q.ndjson"]), input);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (2, "{\"n\":1}\n"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("1 not_json") && !ran.err.contains("CANARY"),
        "{}",
        ran.err
    );
    let text = home.read("q.ndjson");
    let rows: Vec<serde_json::Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let told: Vec<(u64, &str)> = rows
        .iter()
        .map(|r| (r["line"].as_u64().unwrap(), r["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [(3, "not_json"), (4, "wrong_type"), (5, "duplicate_key")]
    );
    // Only the second was refused by a field.
    let places: Vec<[&serde_json::Value; 3]> = rows
        .iter()
        .map(|r| ["output", "field", "action"].map(|name| &r[name]))
        .collect();
    let none = &serde_json::Value::Null;
    assert_eq!((places[0], places[2]), ([none; 3], [none; 3]));
    assert!(places[1].iter().all(|word| word.is_string()), "{places:?}");
    for row in &rows {
        assert!(
            row["sealed"]
                .as_str()
                .unwrap()
                .starts_with("veil1.quarantine:1.")
        );
    }
    assert!(!text.contains("CANARY") && !text.contains("older"));
    let sealed: String = rows
        .iter()
        .map(|r| format!("{}\n", r["sealed"].as_str().unwrap()))
        .collect();
    let opened = home.veil_on(
        &["decrypt", "--any-context", "--keyring", "keyring.json"],
        sealed,
    );
    let values: Vec<String> = opened
        .out
        .lines()
        .map(|l| {
            serde_json::from_str::<serde_json::Value>(l).unwrap()["value"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let lines: Vec<&str> = input.lines().skip(2).collect();
    assert_eq!(values, lines, "{}", opened.err);

    // As the topic holds it: alone, printed with a line break behind it, or in
    // base64 by line.
    let in_text = rows[1]["sealed"].as_str().unwrap();
    let of_version = in_text.strip_prefix("veil1.quarantine:1.").unwrap();
    let mut binary = b"VEIL\x01\x0cquarantine:1".to_vec();
    binary.extend(
        data_encoding::BASE64URL_NOPAD
            .decode(of_version.as_bytes())
            .unwrap(),
    );
    let mut with_break = binary.clone();
    with_break.push(b'\n');
    let base64 = data_encoding::BASE64.encode(&binary).into_bytes();
    for form in [binary.clone(), with_break, base64] {
        let opened = home.veil_on(
            &["decrypt", "--any-context", "--keyring", "keyring.json"],
            form,
        );
        let record: serde_json::Value = serde_json::from_str(&opened.out).expect(&opened.err);
        assert_eq!((opened.code, &record["value"]), (0, &lines[1].into()));
    }
    binary.pop();
    let cut = home.veil_on(
        &["decrypt", "--any-context", "--keyring", "keyring.json"],
        binary,
    );
    assert_eq!((cut.code, cut.out.as_str()), (2, ""), "{}", cut.err);
    assert!(cut.err.starts_with("standard input: "), "{}", cut.err);
    let mode = std::fs::metadata(home.path().join("q.ndjson"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn several_outputs_need_a_choice_and_the_error_names_them() {
    let home = Home::with(TWO);
    let ran = home.veil_on(APPLY, "{}\n");
    assert_eq!((ran.code, ran.out.as_str()), (64, ""));
    assert!(
        ran.err.contains("`coarse`") && ran.err.contains("`mail`"),
        "{}",
        ran.err
    );
    let ran = home.veil_on(&with(&["--output", "course"]), "{}\n");
    assert_eq!(ran.code, 64);
    assert!(ran.err.contains("`coarse`"), "{}", ran.err);
    let ran = home.veil_on(&with(&["--output", "coarse"]), "{\"n\":1,\"user\":42}\n");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.starts_with("{\"n\":1,\"user\":\"") && !ran.out.contains("42"),
        "{}",
        ran.out
    );
}

#[test]
fn a_folder_gets_a_file_for_each_topic() {
    let home = Home::with(TWO);
    let input = "{\"n\":1,\"email\":\"a@example.com\"}\n{\"n\":2}\n";
    let ran = home.veil_on(&with(&["--output-dir", "out/deep"]), input);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(
        home.read("out/deep/coarse.ndjson"),
        "{\"n\":1}\n{\"n\":2}\n"
    );
    let mail = home.read("out/deep/mail.ndjson");
    assert!(mail.starts_with("{\"email\":\"veil1.contact:1."), "{mail}");
    assert!(mail.ends_with("{}\n"), "{mail}");

    let opened = home.veil_on(
        &["decrypt", "--any-context", "--keyring", "keyring.json"],
        mail.split('"').nth(3).unwrap(),
    );
    assert_eq!(
        (opened.code, opened.out.as_str()),
        (0, "a@example.com\n"),
        "{}",
        opened.err
    );
}

#[test]
fn envelopes_carry_key_headers_timestamp_and_tombstones() {
    let policy = PLAIN.replace("    fields:", "    key: { from: record_key, keep: {} }\n    headers: { trace: keep }\n    timestamp: keep\n    tombstones: forward\n    fields:");
    let home = Home::with(&policy);
    let input = "{\"key\":\"k1\",\"headers\":{\"trace\":[\"a\",\"b\"],\"secret\":\"CANARY\"},\"timestamp\":1700000000000,\"value\":{\"n\" : 1.10}}\n\
                 {\"key\":\"k2\",\"value\":null}\n\
                 {\"n\":5}\n";
    let ran = home.veil_on(&with(&["--envelope", "--quarantine", "q.ndjson"]), input);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(
        lines[0],
        "{\"key\":\"k1\",\"headers\":{\"trace\":[\"a\",\"b\"]},\"timestamp\":1700000000000,\"value\":{\"n\":1.10}}"
    );
    assert!(
        lines[1].starts_with("{\"key\":\"k2\",") && lines[1].ends_with(",\"value\":null}"),
        "{}",
        lines[1]
    );
    assert_eq!(lines.len(), 2);
    assert!(ran.err.contains("no envelope"), "{}", ran.err);
    let row: serde_json::Value = serde_json::from_str(&home.read("q.ndjson")).unwrap();
    assert_eq!(
        (&row["line"], &row["reason"]),
        (&3.into(), &"not_json".into())
    );
    assert!(row["sealed"].is_string());
}

/// The digest is that of the file, as `sha256sum` and `veil_policy_info` say it.
#[test]
fn an_output_says_the_policy_of_its_records_where_it_is_asked_to() {
    const INPUT: &str = "{\"key\":\"k\",\"value\":{\"n\":1}}\n{\"value\":{\"n\":2}}\n";
    let headers = |home: &Home| -> Vec<serde_json::Value> {
        let ran = home.veil_on(&with(&["--envelope"]), INPUT);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let lines = ran.out.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["headers"].clone()
        });
        lines.collect()
    };
    let plain = Home::with(PLAIN);
    assert_eq!(
        headers(&plain),
        [serde_json::json!({}), serde_json::json!({})]
    );

    let policy = PLAIN.replace("    fields:", "    policy_header: true\n    fields:");
    let home = Home::with(&policy);
    let sha256 = std::process::Command::new("sha256sum")
        .arg(home.path().join("policy.yaml"))
        .output()
        .unwrap();
    let stamp = format!(
        "plain@1#{}",
        std::str::from_utf8(&sha256.stdout[..8]).unwrap()
    );
    let expected = serde_json::json!({ "veil-policy": stamp });
    assert_eq!(headers(&home), [expected.clone(), expected]);

    home.write("events.ndjson", "{\"n\":1}\n");
    let asked: [&[&str]; 3] = [
        &["describe", "-p", "policy.yaml"],
        &["describe", "-p", "policy.yaml", "--format", "json"],
        &["explain", "-p", "policy.yaml", "--on", "events.ndjson"],
    ];
    for args in asked {
        let ran = home.veil(args);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains(&stamp), "{args:?}: {}", ran.out);
    }
    home.write("before.yaml", PLAIN);
    for pair in [
        ["policy.yaml", "before.yaml"],
        ["before.yaml", "policy.yaml"],
    ] {
        let ran = home.veil(&["diff", pair[0], pair[1]]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        assert!(ran.out.contains("veil-policy"), "{}", ran.out);
    }
}

#[test]
fn hostile_lines_are_quarantined_and_never_shown() {
    let home = Home::with(PLAIN);
    let mut input: Vec<u8> = Vec::new();
    let deep = format!("{{\"n\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let huge = format!("{{\"name\":\"{}\"}}", "CANARY".repeat(3 << 20));
    for line in [
        deep.as_bytes(),
        huge.as_bytes(),
        b"{\"name\":\"CANARY\xff\"}",
        b"{\"name\":\"\\ud800CANARY\"}",
        b"[{\"name\":\"CANARY\"}]",
        b"{\"n\":1}{\"name\":\"CANARY\"}",
        b"\xef\xbb\xbf{\"name\":\"CANARY\"}",
        b"{\"n\":1,\"\\u006e\":2}",
        b"null",
    ] {
        input.extend_from_slice(line);
        input.push(b'\n');
    }
    let ran = home.veil_on(&with(&["--quarantine", "q.ndjson"]), &input);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    let text = home.read("q.ndjson");
    let reasons: Vec<String> = text
        .lines()
        .map(|l| {
            let row: serde_json::Value = serde_json::from_str(l).unwrap();
            row["reason"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        reasons,
        [
            "too_deep",
            "too_large",
            "not_utf8",
            "bad_text",
            "not_an_object",
            "not_json",
            "not_json",
            "duplicate_key",
            "not_an_object"
        ]
    );
    assert!(!ran.err.contains("CANARY") && !text.contains("CANARY"));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let home = Home::with(PLAIN);
    let mut child = home.start(APPLY);
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        let line = format!("{{\"name\":\"{}\",\"n\":1}}\n", "x".repeat(10)).repeat(1_000);
        // Until veil has ended and its end of the pipe is closed.
        while stdin.write_all(line.as_bytes()).is_ok() {}
    });
    let mut first = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut first).unwrap();
    assert!(first.contains("\"n\":1"));
    drop(out);
    let ended = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!said.contains("error") && !said.contains("panic"), "{said}");
}

#[test]
fn what_could_not_be_written_is_not_counted_as_written() {
    let home = Home::with(TWO);
    let lines: String = (0..2_500).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    let folder = home.path().join("out");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.join("mail.ndjson")).unwrap();
    let args = with(&["--output-dir", "out", "--format", "json"]);
    let ran = home.veil_on(&args, &lines);
    assert_eq!(ran.code, 74, "{}", ran.err);
    let (summary, said) = ran.err.split_once('\n').unwrap();
    assert!(said.contains("mail.ndjson"), "{said}");
    let summary: serde_json::Value = serde_json::from_str(summary).unwrap();
    assert_eq!(summary["complete"], false);
    assert_eq!(summary["outputs"]["mail"]["written"], 0);
    let coarse = summary["outputs"]["coarse"]["written"].as_u64().unwrap();
    assert!(coarse <= home.read("out/coarse.ndjson").lines().count() as u64);

    let args = with(&["--output", "mail"]);
    let mut full = home.command(&args);
    full.stdout(std::fs::File::create("/dev/full").unwrap());
    let ran = ended(full, "{}\n");
    assert_eq!(ran.code, 74, "{}", ran.err);
    assert!(ran.err.contains("mail         0 written"), "{}", ran.err);
    assert!(ran.err.contains("ended early"), "{}", ran.err);
    assert!(!ran.err.contains("coarse"), "{}", ran.err);
    let chosen = home.veil_on(&args, "{}\n");
    assert!(!chosen.err.contains("ended early") && !chosen.err.contains("coarse"));

    home.write("policy.yaml", PLAIN);
    let args = with(&["--quarantine", "/dev/full"]);
    let ran = home.veil_on(&args, "no json\n{\"n\":1}\n");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (74, "{\"n\":1}\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("clean        0 written"), "{}", ran.err);
    assert!(
        ran.err.contains("part of it may have been written"),
        "{}",
        ran.err
    );
}

#[test]
fn a_reader_that_goes_away_does_not_hide_the_quarantined() {
    let home = Home::with(PLAIN);
    let mut child = home.start(&with(&["--quarantine", "q.ndjson"]));
    let mut stdin = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    stdin.write_all(b"no json\n{\"n\":1}\n").unwrap();
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    drop(out);
    while stdin.write_all(b"{\"n\":2}\n").is_ok() {}
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(
        said.contains("ended early") && !said.contains("error"),
        "{said}"
    );
}

#[test]
fn an_envelopes_key_is_text_unless_the_policy_reads_json() {
    let policy = PLAIN.replace(
        "    fields:",
        "    key: { from: record_key, keep: {} }\n    fields:",
    );
    let home = Home::with(&policy);
    let input = "{\"key\":{\"id\":1},\"value\":{\"n\":1}}\n{\"key\":\"k\",\"value\":{\"n\":2}}\n{\"key\":42,\"value\":{\"n\":3}}\n";
    let args = with(&["--envelope", "--format", "json"]);
    let ran = home.veil_on(&args, input);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.out.starts_with("{\"key\":\"k\",") && ran.out.lines().count() == 1);
    assert!(ran.err.contains("{\"not_json\":2}"), "{}", ran.err);
    let json = policy
        .replace("{ topic: raw }", "{ topic: raw, key: json }")
        .replace("from: record_key,", "from: record_key.id,");
    home.write("policy.yaml", json);
    let ran = home.veil_on(&args, input.lines().next().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("{\"key\":\"1\","), "{}", ran.out);
}

#[test]
fn the_summary_as_json_adds_up() {
    let home = Home::with(PLAIN);
    let ran = home.veil_on(&with(&["--format", "json"]), "{\"n\":1}\nx\n");
    let summary: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(summary["complete"], true);
    assert_eq!(summary["received"], 2);
    assert_eq!(summary["outputs"]["clean"]["written"], 1);
    assert_eq!(summary["quarantined"]["not_json"], 1);
    let quiet = home.veil_on(&with(&["--quiet"]), "{\"n\":1}\n");
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
}

#[test]
fn unusable_policies_keys_and_files_have_their_codes() {
    let home = Home::with(PLAIN);
    home.write("broken.yaml", PLAIN.replace("n: { keep", "n: { kep"));
    for (args, code) in [
        (&["apply", "-p", "missing.yaml"][..], 66),
        (&["apply", "-p", "broken.yaml"], 78),
        (
            &[
                "apply",
                "-p",
                "policy.yaml",
                "--quarantine",
                "no/such/folder",
            ],
            73,
        ),
        (
            &["apply", "-p", "policy.yaml", "--output-dir", "policy.yaml"],
            73,
        ),
    ] {
        let ran = home.veil_on(args, "{\"n\":1}\n");
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (code, ""),
            "{args:?}: {}",
            ran.err
        );
        assert!(!ran.err.is_empty());
    }
    assert!(
        home.veil(&["apply", "-p", "broken.yaml"])
            .err
            .contains("did you mean `keep`")
    );
    std::fs::remove_file(home.path().join("keyring.json")).unwrap();
    let ran = home.veil_on(APPLY, "{\"n\":1}\n");
    assert_eq!(ran.code, 78, "{}", ran.err);
}

#[test]
fn the_environment_names_the_passphrase_file() {
    let home = Home::empty();
    home.write("policy.yaml", PLAIN);
    home.write_closed("pw", "correct horse\n");
    let made = home.veil(&[
        "keys",
        "new",
        "--keyring",
        "keyring.json",
        "--wrap",
        "passphrase",
        "--passphrase-file",
        "pw",
        "quarantine",
    ]);
    assert_eq!(made.code, 0, "{}", made.err);
    let mut command = home.command(APPLY);
    command.env("VEIL_PASSPHRASE_FILE", "pw");
    let ran = run(command, b"{\"n\":1}\n");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "{\"n\":1}\n"),
        "{}",
        ran.err
    );
    home.write_closed("pw", "wrong\n");
    let mut command = home.command(APPLY);
    command.env("VEIL_PASSPHRASE_FILE", "pw");
    let ran = run(command, b"{\"n\":1}\n");
    assert_eq!((ran.code, ran.out.as_str()), (78, ""), "{}", ran.err);
}

#[test]
fn a_file_that_is_read_or_written_already_is_not_emptied() {
    let home = Home::with(PLAIN);
    let input = "{\"id\":1}\n";
    home.write("same.ndjson", input);
    let mut command = home.command(&with(&["--quarantine", "same.ndjson"]));
    let file = std::fs::File::open(home.path().join("same.ndjson")).expect("just written");
    let ran = command.stdin(file).output().expect("veil starts");
    assert_eq!(ran.status.code(), Some(64));
    assert_eq!(home.read("same.ndjson"), input);
    for stream in ["output", "error"] {
        let mut file = std::fs::OpenOptions::new();
        let file = file.append(true).open(home.path().join("same.ndjson"));
        let file = file.expect("there");
        let mut command = home.command(&with(&["--quarantine", "same.ndjson"]));
        match stream {
            "output" => command.stdout(file),
            _ => command.stderr(file),
        };
        let ran = command.output().expect("veil starts");
        assert_eq!(ran.status.code(), Some(64), "{stream}");
        assert!(home.read("same.ndjson").starts_with(input), "{stream}");
    }

    for source in ["policy.yaml", "keyring.json", "./keyring.json"] {
        let before = home.read(source);
        let ran = home.veil_on(&with(&["--quarantine", source]), input);
        assert_eq!(ran.code, 64, "{ran:?}");
        assert!(ran.err.contains(source), "{ran:?}");
        assert_eq!(home.read(source), before);
    }
    let both = ["--output-dir", "out", "--quarantine", "out/clean.ndjson"];
    for _ in 0..2 {
        let ran = home.veil_on(&with(&both), input);
        assert_eq!(ran.code, 64, "{ran:?}");
        assert!(ran.err.contains("out/clean.ndjson"), "{ran:?}");
        home.write("out/clean.ndjson", "as it was");
    }
    assert_eq!(home.read("out/clean.ndjson"), "as it was");
}

#[test]
fn a_timestamp_at_the_end_of_time_is_quarantined() {
    let home = Home::with(PLAIN);
    let line = format!("{{\"timestamp\":{},\"value\":{{\"id\":1}}}}\n", i64::MIN);
    let ran = home.veil_on(&with(&["--envelope"]), line);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("number_out_of_range"), "{ran:?}");
}

#[test]
fn files_are_read_one_after_the_other_compressed_or_not() {
    use std::io::Write;
    let home = Home::with(PLAIN);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(b"{\"n\":2}\n{\"n\":3}").unwrap();
    home.write("b.gz", gz.finish().unwrap());
    home.write("a.ndjson", "\u{feff}{\"n\":1}");
    let ran = home.veil_on(&with(&["a.ndjson", "b.gz", "-"]), "{\"n\":4}\n");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.out, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n");
    let ran = home.veil(&with(&["a.ndjson", "missing"]));
    assert_eq!((ran.code, ran.out.as_str()), (66, ""), "{}", ran.err);
    let ran = home.veil(&with(&[
        "--output-dir",
        "o",
        "--quarantine",
        "a.ndjson",
        "a.ndjson",
    ]));
    assert_eq!(ran.code, 64, "{}", ran.err);
    assert_eq!(
        home.read("a.ndjson"),
        "\u{feff}{\"n\":1}",
        "it is not emptied"
    );
}

#[test]
fn of_a_cut_archive_every_line_before_the_cut_is_written() {
    use std::io::{Read, Write};
    let home = Home::with(PLAIN);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for n in 0..20_000_u64 {
        let x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        writeln!(gz, "{{\"n\":{n},\"x\":\"{x:x}\"}}").unwrap();
    }
    let whole = gz.finish().unwrap();
    for part in [2, 3, 5] {
        let cut = &whole[..whole.len() - whole.len() / part];
        home.write("cut.gz", cut);
        let mut readable = Vec::new();
        flate2::read::MultiGzDecoder::new(cut)
            .read_to_end(&mut readable)
            .expect_err("it is cut");
        let lines = readable.iter().filter(|b| **b == b'\n').count();
        let expected: String = (0..lines).map(|n| format!("{{\"n\":{n}}}\n")).collect();
        let ran = home.veil(&with(&["cut.gz"]));
        assert_eq!(ran.code, 74, "{}", ran.err);
        assert_eq!(ran.out.lines().count(), lines);
        assert!(ran.out == expected, "order differs");
        assert!(ran.err.contains(&format!("{lines} written")), "{}", ran.err);
    }
}

#[test]
fn what_is_no_lines_of_json_is_named_once() {
    let home = Home::with(PLAIN);
    for (input, named) in [
        (&b"[{\"n\":1},{\"n\":2}]"[..], "one JSON array"),
        (b"{\n  \"n\": 1\n}\n", "over several lines"),
        (b"n,email\n1,CANARY\n", "CSV"),
        (b"\xff\xfe{\0", "UTF-16"),
        (b"\0\0\0\0\x01{\"n\":1}", "schema registry"),
    ] {
        let ran = home.veil_on(APPLY, input);
        assert_eq!((ran.code, ran.out.as_str()), (65, ""), "{}", ran.err);
        assert!(
            ran.err.contains(named) && ran.err.contains("= help:"),
            "{}",
            ran.err
        );
        assert!(!ran.err.contains("CANARY"), "{}", ran.err);
    }
}

/// Stops `apply` by that signal while it waits for more; standard output was a pipe.
fn stopped_by(signal: rustix::process::Signal, partial: &str) -> (i32, String, String) {
    let home = Home::with(PLAIN);
    let mut child = home.start(&with(&["--format", "json"]));
    let mut input = child.stdin.take().expect("piped");
    let whole: String = (0..3_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    input.write_all(whole.as_bytes()).expect("it reads");
    input.write_all(partial.as_bytes()).expect("it reads");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut first = String::new();
    out.read_line(&mut first)
        .expect("a line comes before the end");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, signal).expect("it runs");
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut out, &mut rest).expect("text");
    let ended = child.wait_with_output().expect("it ends");
    // Only now: an end of the input would end it as well.
    drop(input);
    let code = ended.status.code().expect("it ends by itself");
    let said = String::from_utf8(ended.stderr).expect("text");
    (code, first + &rest, said)
}

#[test]
fn a_signal_ends_it_with_its_summary_and_no_half_line() {
    use rustix::process::Signal;
    for signal in [Signal::INT, Signal::TERM] {
        let (code, out, said) = stopped_by(signal, "{\"n\":");
        assert_eq!(code, 130, "{said}");
        let lines: Vec<&str> = out.lines().collect();
        assert!(out.ends_with('\n'));
        for (n, line) in lines.iter().enumerate() {
            assert_eq!(*line, format!("{{\"n\":{n}}}"));
        }
        let summary: serde_json::Value = serde_json::from_str(&said).expect("a summary");
        assert_eq!(summary["interrupted"], true, "{said}");
        assert_eq!(summary["complete"], false, "{said}");
        assert_eq!(summary["received"], lines.len(), "{said}");
        // As people read it.
        assert!(said.starts_with("{\"complete\":"), "{said}");
    }
}

#[test]
fn what_was_refused_is_opened_and_applied_again_through_a_pipe() {
    let home = Home::with(PLAIN);
    let refused = with(&["--quarantine", "q.ndjson"]);
    let ran = home.veil_on(&refused, "{\"n\":1}\nno JSON\n{\"n\":{\"o\":1}}\n");
    assert_eq!(ran.code, 2, "{ran:?}");
    let opened = home.veil_on(
        &["decrypt", "--any-context", "--keyring", "keyring.json"],
        home.read("q.ndjson"),
    );
    assert_eq!(
        (opened.code, opened.out.lines().count()),
        (0, 2),
        "{opened:?}"
    );
    // The policy of today takes the object.
    home.write(
        "policy.yaml",
        PLAIN.replacen("max_chars: 20", "subtree: true", 1),
    );
    let again = home.veil_on(
        &with(&["--envelope", "--quarantine", "r.ndjson"]),
        &opened.out,
    );
    assert_eq!(again.code, 2, "{again:?}");
    let written: serde_json::Value = serde_json::from_str(again.out.trim()).expect("one record");
    assert_eq!(written["value"], serde_json::json!({"n": {"o": 1}}));
    // What is refused again comes back in the same form, and opens to the same record.
    let still = home.veil_on(
        &["decrypt", "--any-context", "--keyring", "keyring.json"],
        home.read("r.ndjson"),
    );
    let value = |line: &str| {
        let record: serde_json::Value = serde_json::from_str(line).expect("JSON");
        record["value"].clone()
    };
    assert_eq!(
        still.out.lines().map(value).collect::<Vec<_>>(),
        ["no JSON"]
    );
}

/// Two whole records, read as events.
const ENVELOPES: &str = "\
{\"key\":\"k\",\"headers\":{},\"timestamp\":1,\"value\":{\"n\":1,\"name\":\"SECRET-A\"}}
{\"key\":null,\"headers\":{},\"timestamp\":2,\"value\":{\"n\":2}}
";

#[test]
fn a_forgotten_envelope_is_said_and_nothing_is_read_in_another_way() {
    let home = Home::with(PLAIN);
    home.write("whole.ndjson", ENVELOPES);
    let on = ["-p", "policy.yaml", "--on", "whole.ndjson"];
    let apply = ["apply", "-p", "policy.yaml", "whole.ndjson"];
    let ran = home.veil(&apply);
    assert_eq!((ran.code, &*ran.out), (0, "{}\n{}\n"), "{ran:?}");
    assert!(ran.said().contains("pass --envelope"), "{ran:?}");
    let ran = home.veil(&[&apply[..], &["--format", "json"]].concat());
    assert!(ran.err.contains("\"looks_enveloped\":true"), "{ran:?}");
    let check = ["check", "policy.yaml", "--on", "whole.ndjson"];
    let explain = [&["explain"][..], &on].concat();
    let report = [&["report", "minimisation"][..], &on].concat();
    let init = [
        "init",
        "--from-sample",
        "whole.ndjson",
        "--output",
        "d.yaml",
    ];
    for args in [&check[..], &explain, &report, &init] {
        let ran = home.veil(args);
        let both = [&*ran.out, &*ran.err].concat();
        assert!(both.contains("--envelope"), "{args:?}: {ran:?}");
        assert!(!both.contains("SECRET"), "{args:?}: {ran:?}");
        assert!(!both.contains("ratio: 1"), "{args:?}: {ran:?}");
    }
    // Who passes it, or whose events are made so, is told nothing.
    let named = PLAIN.replace("      n: ", "      value.n: ");
    home.write("named.yaml", named);
    for args in [
        [&apply[..], &["--envelope"]].concat(),
        vec!["apply", "-p", "named.yaml", "whole.ndjson"],
        vec!["explain", "-p", "named.yaml", "--on", "whole.ndjson"],
        vec![
            "report",
            "minimisation",
            "-p",
            "named.yaml",
            "--on",
            "whole.ndjson",
        ],
    ] {
        let ran = home.veil(&args);
        let both = [&*ran.out, &*ran.err].concat();
        assert!(!both.contains("pass --envelope"), "{args:?}: {ran:?}");
    }
}
