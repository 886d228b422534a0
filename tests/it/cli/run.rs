//! `veil run` without a broker: what it refuses, what it says, how it ends.

use super::{Home, PLAIN, Ran, run};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Nobody listens there: the port was free a moment ago.
fn nobody() -> String {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("bootstrap.servers={}", free.local_addr().unwrap())
}

/// A running `veil run`; ended when the test ends, however it ends.
pub struct Running {
    pub child: Child,
    pub lines: Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn start(home: &Home, more: &[&str]) -> Running {
    let broker = nobody();
    let mut args = vec![
        "run",
        "-p",
        "policy.yaml",
        "-X",
        &broker,
        "--http",
        "127.0.0.1:0",
    ];
    args.extend(more);
    let mut child = home
        .command(&args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (line, lines) = channel();
    let log = BufReader::new(child.stderr.take().unwrap());
    std::thread::spawn(move || {
        for l in log.lines().map_while(Result::ok) {
            if line.send(l).is_err() {
                return;
            }
        }
    });
    Running { child, lines }
}

pub fn await_line(lines: &Receiver<String>, part: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut seen = Vec::new();
    while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        if line.contains(part) {
            return line;
        }
        seen.push(line);
    }
    panic!("no line with {part:?} in:\n{}", seen.join("\n"));
}

pub fn address(line: &str) -> String {
    let rest = &line[line.find("http://").unwrap() + 7..];
    rest[..rest
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':')
        .unwrap_or(rest.len())]
        .to_owned()
}

impl Running {
    /// The next line of the log that holds `part`.
    pub fn line_with(&self, part: &str) -> String {
        await_line(&self.lines, part)
    }

    /// Its exit code, when it ends.
    pub fn code(&mut self) -> Option<i32> {
        self.child.wait().expect("it is ours").code()
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn an_unreachable_broker_is_told_and_sigterm_ends_it_in_time() {
    let home = Home::with(PLAIN);
    let mut running = start(&home, &[]);
    let address = address(&await_line(&running.lines, "http://"));
    await_line(&running.lines, "check `bootstrap.servers`");
    let readyz = get(&address, "/readyz");
    assert!(readyz.starts_with("HTTP/1.1 503"), "{readyz}");
    assert!(readyz.contains("bootstrap.servers"), "{readyz}");
    assert!(get(&address, "/livez").starts_with("HTTP/1.1 200"));
    let metrics = get(&address, "/metrics");
    for series in [
        "veil_ready 0",
        "veil_records_received_total{topic=\"raw\"} 0",
        "veil_records_sent_total{topic=\"clean\"} 0",
        "veil_records_quarantined_total{reason=\"not_json\",topic=\"raw\"} 0",
        "veil_records_withheld_total{reason=\"no_consent\",topic=\"clean\"} 0",
        "veil_fields_total{action=\"keep\",result=\"written\",topic=\"clean\"} 0",
        "veil_policy_info{digest=\"",
        "process_resident_memory_bytes",
    ] {
        assert!(metrics.contains(series), "{series} in:\n{metrics}");
    }
    let asked = Instant::now();
    signal(&running.child, Signal::TERM);
    let status = running.child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(10));
}

#[test]
fn log_lines_are_json_when_nobody_reads_them_and_hold_no_secret() {
    let home = Home::with(PLAIN);
    home.write("password", "hunter2");
    let mut running = start(
        &home,
        &["-X", "sasl.password=file:password", "--log-level", "trace"],
    );
    let mut seen = Vec::new();
    loop {
        let line = running.lines.recv_timeout(Duration::from_secs(30)).unwrap();
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(
            json["level"].is_string() && json["timestamp"].is_string(),
            "{line}"
        );
        seen.push(line);
        if seen.last().unwrap().contains("check `bootstrap.servers`") {
            break;
        }
    }
    signal(&running.child, Signal::INT);
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
    seen.extend(running.lines.iter());
    assert!(!seen.join("\n").contains("hunter2"));
}

#[test]
fn what_cannot_work_is_refused_before_anything_starts() {
    let home = Home::with(PLAIN);
    home.write("broken.yaml", PLAIN.replace("n: { keep", "n: { kep"));
    home.write(
        "open.yaml",
        PLAIN.replace("quarantine: { topic", "# { topic"),
    );
    let order = "order: { shuffled: { pool: 1000, max_delay: 1h } }";
    home.write(
        "waits.yaml",
        PLAIN
            .replace("{ topic: raw }", "{ topic: raw, subject: n }")
            .replace(
                "    fields:",
                &format!("    {order}\n    once_per: 30d\n    fields:"),
            ),
    );
    home.write(
        "veil.yaml",
        "kafka: { brokers: a:1 }\nwokers: 3\ndelivery: at_most_once\n",
    );
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let x = ["-X", "bootstrap.servers=127.0.0.1:1"];
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["-p", "missing.yaml", x[0], x[1]], 66, &["missing.yaml"]),
        (
            &["-p", "broken.yaml", x[0], x[1]],
            78,
            &["did you mean `keep`"],
        ),
        (&["-p", "open.yaml", x[0], x[1]], 78, &["quarantine"]),
        (
            &["-p", "waits.yaml", x[0], x[1]],
            78,
            &["`clean` remembers persons", "`veil apply`"],
        ),
        (&["-p", "policy.yaml"], 78, &["kafka.brokers"]),
        (
            &["-p", "policy.yaml", "-c", "veil.yaml"],
            78,
            &[
                "veil.yaml:2: unknown setting `wokers`",
                "did you mean `workers`",
                "at_least_once",
            ],
        ),
        (
            &[
                "-p",
                "policy.yaml",
                x[0],
                x[1],
                "-X",
                "sasl.password=hunter2",
            ],
            78,
            &["file:PATH"],
        ),
        (
            &[
                "-p",
                "policy.yaml",
                x[0],
                x[1],
                "-X",
                "isolation.level=read_uncommitted",
            ],
            78,
            &["isolation.level"],
        ),
        (
            &["-p", "policy.yaml", x[0], x[1], "-X", "no.such.property=1"],
            78,
            &["no.such.property"],
        ),
        (
            &["-p", "policy.yaml", x[0], x[1], "-X", "nothing"],
            64,
            &["NAME=VALUE"],
        ),
        (
            &["-p", "policy.yaml", x[0], x[1], "--http", &taken],
            69,
            &["--http", &taken],
        ),
    ];
    for (args, code, words) in cases {
        let mut whole = vec!["run"];
        whole.extend(*args);
        let Ran {
            code: found, err, ..
        } = home.veil(&whole);
        assert_eq!(found, *code, "{args:?}: {err}");
        if *code != 64 {
            // Nobody reads along: a log of JSON, findings and the end included.
            assert_eq!(all_json(&err), err.lines().count());
            let level = err
                .lines()
                .last()
                .map(|l| l.contains("\"level\":\"ERROR\""));
            assert_eq!(level, Some(true), "{err}");
        }
        for word in *words {
            assert!(err.contains(word), "{word} in {args:?}: {err}");
        }
        assert!(!err.contains("hunter2"), "{err}");
    }
}

/// How many lines there are; each is a JSON object with a time, a level and a
/// message.
fn all_json(log: &str) -> usize {
    let lines = log.lines().map(|line| {
        let json: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        for part in ["timestamp", "level", "message"] {
            assert!(json[part].is_string(), "{part} in {line}");
        }
    });
    lines.count()
}

#[test]
fn a_log_of_json_is_all_json_and_ends_with_what_was_done() {
    let home = Home::with(PLAIN);
    home.write("veil.yaml", "log: { format: json }\n");
    // Ended by one signal, and by a second one.
    for signals in [1, 2] {
        let mut running = start(&home, &["-c", "veil.yaml"]);
        let mut log = running.line_with("check `bootstrap.servers`");
        for _ in 0..signals {
            signal(&running.child, Signal::TERM);
        }
        let code = running.code();
        let rest: Vec<String> = running.lines.iter().collect();
        log = format!("{log}\n{}", rest.join("\n"));
        assert!(all_json(&log) >= 3, "{log}");
        if signals == 1 {
            assert_eq!(code, Some(0));
            let summary = rest.iter().find(|l| l.contains("\"summary\""));
            let summary = summary.unwrap_or_else(|| panic!("no summary in {log}"));
            let summary: serde_json::Value = serde_json::from_str(summary).unwrap();
            assert_eq!(summary["received"], 0);
            assert_eq!(summary["outputs"]["clean"]["written"], 0);
            assert!(summary["seconds"].is_number());
        }
    }
    // A policy with mistakes: one line each, with their places.
    home.write("broken.yaml", PLAIN.replace("n: { keep", "n: { kep"));
    let x = ["-X", "bootstrap.servers=127.0.0.1:1"];
    let ran = home.veil(&["run", "-p", "broken.yaml", "-c", "veil.yaml", x[0], x[1]]);
    assert_eq!(ran.code, 78);
    all_json(&ran.err);
    let found = ran.err.lines().find(|l| l.contains("did you mean `keep`"));
    let found: serde_json::Value = serde_json::from_str(found.expect("it is told")).unwrap();
    assert_eq!(found["level"], "ERROR");
    assert!(
        found["line"].is_u64() && found["code"].is_string(),
        "{found}"
    );
}

#[test]
fn a_log_of_text_ends_with_lines_for_people() {
    let home = Home::with(PLAIN);
    let mut running = start(&home, &["--log-format", "text"]);
    running.line_with("check `bootstrap.servers`");
    signal(&running.child, Signal::INT);
    assert_eq!(running.code(), Some(0));
    let rest: Vec<String> = running.lines.iter().collect();
    let at = rest.iter().position(|l| l == "records in   0");
    let at = at.unwrap_or_else(|| panic!("no summary in {rest:#?}"));
    assert_eq!(rest[at + 1], "clean        0 written");
    assert_eq!(rest[at + 2], "quarantined  0");
    assert!(rest[at + 3].starts_with("took         "), "{rest:#?}");
    assert!(!rest.iter().any(|l| l.contains("librdkafka: librdkafka")));
}

#[test]
fn settings_are_shown_with_their_sources_and_without_secrets() {
    let home = Home::with(PLAIN);
    home.write("password", "hunter2");
    home.write(
        "veil.yaml",
        "kafka: { brokers: a:1, properties: { sasl.password: file:password } }\nhttp: 127.0.0.1:1\n",
    );
    let mut command = home.command(&[
        "run",
        "-p",
        "policy.yaml",
        "-c",
        "veil.yaml",
        "--show-settings",
        "--group",
        "g",
    ]);
    command.env("VEIL__HTTP", "127.0.0.1:2");
    let ran = run(command, b"");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let line = |key: &str| {
        let found = ran.out.lines().find(|l| l.starts_with(key));
        found
            .unwrap_or_else(|| panic!("{key} in {}", ran.out))
            .to_owned()
    };
    assert!(line("kafka.brokers").contains("# veil.yaml"));
    assert!(line("kafka.group").contains("# --group"));
    assert!(line("http").contains("127.0.0.1:2") && line("http").contains("VEIL__HTTP"));
    assert!(line("workers").contains("# default"));
    assert!(line("kafka.properties.sasl.password").contains("secret"));
    assert!(!ran.out.contains("hunter2"));
}

#[test]
fn the_settings_shown_are_those_of_the_policy_and_fail_as_a_run_would() {
    let home = Home::with(PLAIN);
    let show = |policy: &str, more: &[&str]| {
        let brokers = "bootstrap.servers=127.0.0.1:1";
        let args = ["run", "-p", policy, "-X", brokers, "--show-settings"];
        home.veil(&[&args, more].concat())
    };
    let ran = show("policy.yaml", &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let group = ran.out.lines().find(|l| l.starts_with("kafka.group"));
    let group = group.expect("it is shown");
    assert!(
        group.contains(" veil-plain ") && group.contains("policy"),
        "{group}"
    );
    let missing = show("nowhere.yaml", &[]);
    assert_eq!((missing.code, &*missing.out), (66, ""), "{missing:?}");
    home.write("broken.yaml", PLAIN.replace("fields:", "felds:"));
    let broken = show("broken.yaml", &[]);
    assert_eq!((broken.code, &*broken.out), (78, ""), "{broken:?}");
    let unknown = show("policy.yaml", &["-X", "foo.bar=1"]);
    assert_eq!((unknown.code, &*unknown.out), (78, ""), "{unknown:?}");
    assert!(unknown.err.contains("foo.bar"), "{unknown:?}");
}

#[test]
fn doctor_says_what_it_did_not_look_at_and_why() {
    let home = Home::with(PLAIN);
    let examined = |more: &[&str]| {
        let args = ["doctor", "-p", "policy.yaml", "--http", "127.0.0.1:0"];
        let ran = home.veil(&[&args, more].concat());
        for line in ran.out.lines().filter(|line| !line.contains('`')) {
            assert!(line.chars().count() <= 80 || !line.contains(' '), "{line}");
        }
        ran.out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let unreached = examined(&["-X", "bootstrap.servers=127.0.0.1:1"]);
    for check in ["group", "topic", "limits", "right"] {
        let said = format!("not tried {check}: not looked at: no broker can be reached");
        assert!(unreached.contains(&said), "{said}: {unreached}");
    }
    assert!(unreached.contains("nothing listens there"), "{unreached}");
    assert!(!unreached.contains("1970"), "{unreached}");
    let unsettled = examined(&[]);
    assert!(
        unsettled.contains("failed settings: `kafka.brokers`"),
        "{unsettled}"
    );
    assert!(
        unsettled.contains("not tried right: not looked at"),
        "{unsettled}"
    );
}

#[test]
fn health_says_what_readyz_says() {
    let home = Home::with(PLAIN);
    let mut running = start(&home, &[]);
    let address = address(&await_line(&running.lines, "http://"));
    await_line(&running.lines, "check `bootstrap.servers`");
    let ran = home.veil(&["health", "--http", &address]);
    assert_eq!((ran.code, &*ran.out), (1, ""), "{ran:?}");
    assert!(ran.err.contains("/readyz answers 503"), "{ran:?}");
    assert!(ran.err.contains("bootstrap.servers"), "{ran:?}");
    let ran = home.veil(&["health", "--live", "--http", &address]);
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "", ""), "{ran:?}");

    // The variable that tells `run` where to serve tells `health` where to ask.
    let mut command = home.command(&["health", "--live"]);
    command.env("VEIL__HTTP", address.replace("127.0.0.1", "0.0.0.0"));
    assert_eq!(run(command, b"").code, 0);

    running.child.kill().unwrap();
    running.child.wait().unwrap();
    let ran = home.veil(&["health", "--live", "--http", &address]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("does not answer"), "{ran:?}");
    assert_eq!(home.veil(&["health", "--http", "nowhere"]).code, 64);
}
