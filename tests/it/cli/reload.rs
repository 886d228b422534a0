//! Another policy without a broker: what is refused, how it is told, and that
//! nothing but the end ends `veil run`.

use super::run::{Running, address, signal, start};
use super::{Home, PLAIN};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A running sidecar that finds no broker, with its address.
struct Sidecar {
    home: Home,
    running: Running,
    address: String,
}

impl Sidecar {
    fn start(settings: &str, more: &[&str]) -> Sidecar {
        let home = Home::with(PLAIN);
        home.write("veil.yaml", settings);
        home.write("token", format!("{TOKEN}\n"));
        close(&home, "token", 0o600);
        let mut args = vec!["-c", "veil.yaml"];
        args.extend(more);
        let running = start(&home, &args);
        let address = address(&running.line_with("metrics and health at http://"));
        running.line_with("no broker answers");
        Sidecar {
            home,
            running,
            address,
        }
    }

    /// Status and text of an answer.
    fn ask(&self, method: &str, path: &str, more: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: x\r\n{more}content-length: 0\r\nconnection: close\r\n\r\n"
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok());
        let (_, text) = answer.split_once("\r\n\r\n").expect("a head and a body");
        (status.expect("a status"), text.to_owned())
    }

    fn reload(&self, query: &str) -> (u16, serde_json::Value) {
        let bearer = format!("authorization: Bearer {TOKEN}\r\n");
        let (status, text) = self.ask("POST", &format!("/reload{query}"), &bearer);
        let json = serde_json::from_str(&text);
        (status, json.unwrap_or_else(|_| panic!("{status}: {text}")))
    }

    fn reloads(&self, outcome: &str) -> u64 {
        let (_, page) = self.ask("GET", "/metrics", "");
        let start = format!("veil_policy_reloads_total{{outcome=\"{outcome}\"}} ");
        let line = page.lines().find_map(|l| l.strip_prefix(&start));
        line.expect("the series is there")
            .parse()
            .expect("a number")
    }

    fn signal(&self, signal: Signal) {
        super::run::signal(&self.running.child, signal);
    }
}

fn close(home: &Home, name: &str, mode: u32) {
    let mode = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(home.path().join(name), mode).expect("it is ours");
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

const SETTINGS: &str = "admin: { token_file: token }\n";

#[test]
fn what_cannot_be_taken_over_is_told_and_the_policy_before_runs_on() {
    let mut sidecar = Sidecar::start(SETTINGS, &[]);
    let home = &sidecar.home;
    home.write("policy.yaml", PLAIN.replacen("fields", "felds", 1));
    let (status, told) = sidecar.reload("");
    assert_eq!(
        (status, &told["outcome"]),
        (422, &"invalid".into()),
        "{told}"
    );
    assert!(
        told["mistakes"][0]
            .as_str()
            .is_some_and(|m| m.contains("felds")),
        "{told}"
    );
    let (_, page) = sidecar.ask("GET", "/readyz", "");
    assert!(
        page.contains("note: policy: ") && page.contains("(invalid)"),
        "{page}"
    );

    let weaker = PLAIN.replacen("fields:\n", "fields:\n      more: keep\n", 1);
    assert_ne!(weaker, PLAIN);
    home.write("policy.yaml", &weaker);
    let (status, told) = sidecar.reload("");
    assert_eq!(
        (status, &told["outcome"]),
        (409, &"weaker".into()),
        "{told}"
    );
    assert_eq!(told["differences"][0]["field"], "more", "{told}");
    let digest = told["digest"].as_str().expect("a digest").to_owned();
    let (_, page) = sidecar.ask("GET", "/readyz", "");
    assert!(
        page.contains(&format!("--accept-weaker {digest}")),
        "{page}"
    );
    // Named, it comes as far as the cluster, and there is none.
    let (status, told) = sidecar.reload(&format!("?accept_weaker={digest}"));
    assert_eq!(
        (status, &told["outcome"]),
        (503, &"refused".into()),
        "{told}"
    );
    assert!(
        told["message"]
            .as_str()
            .is_some_and(|m| m.contains("no broker answers")),
        "{told}"
    );
    let other = "0".repeat(64);
    let (status, _) = sidecar.reload(&format!("?accept_weaker={other}"));
    assert_eq!(status, 409);

    home.write("policy.yaml", PLAIN.replacen("name: ", "name: x", 1));
    let (status, told) = sidecar.reload("");
    assert_eq!(status, 409, "another name is no stronger policy: {told}");
    let digest = told["digest"].as_str().expect("a digest").to_owned();
    let (_, told) = sidecar.reload(&format!("?accept_weaker={digest}"));
    assert!(
        told["message"]
            .as_str()
            .is_some_and(|m| m.contains("restart")),
        "{told}"
    );

    std::fs::remove_file(home.path().join("policy.yaml")).expect("it is there");
    let (status, told) = sidecar.reload("");
    assert_eq!(
        (status, &told["outcome"]),
        (422, &"invalid".into()),
        "{told}"
    );
    let counts = ["applied", "invalid", "weaker", "refused"].map(|o| sidecar.reloads(o));
    assert_eq!(counts, [0, 2, 3, 2]);
    let (_, page) = sidecar.ask("GET", "/metrics", "");
    assert_eq!(page.matches("veil_policy_info{").count(), 1, "{page}");

    sidecar.signal(Signal::TERM);
    assert_eq!(sidecar.running.code(), Some(0));
}

#[test]
fn the_page_is_closed_without_the_token() {
    let sidecar = Sidecar::start(SETTINGS, &[]);
    for (more, status) in [
        ("", 401),
        (
            "authorization: Bearer 0123456789abcdef0123456789abcdeF\r\n",
            401,
        ),
        ("authorization: Bearer \r\n", 401),
    ] {
        assert_eq!(sidecar.ask("POST", "/reload", more).0, status, "{more}");
    }
    let right = format!("authorization: Bearer {TOKEN}\r\n");
    assert_eq!(sidecar.ask("GET", "/reload", &right).0, 405);
    assert_eq!(
        sidecar.ask("POST", "/reload?accept_weaker=1", &right).0,
        400
    );
    assert_eq!(sidecar.reloads("refused"), 0);

    // The command reads the same settings.
    let home = &sidecar.home;
    let reload = |more: &[&str]| {
        let mut args = vec!["reload", "-c", "veil.yaml", "--http", &sidecar.address];
        args.extend(more);
        home.veil(&args)
    };
    let ran = reload(&[]);
    assert_eq!(ran.code, 69, "no broker answers: {ran:?}");
    assert!(ran.out.contains("refused: no broker answers"), "{ran:?}");
    let ran = reload(&["--format", "json"]);
    assert!(ran.out.contains("\"outcome\": \"refused\""), "{ran:?}");
    home.write(
        "policy.yaml",
        PLAIN.replacen("fields:\n", "fields:\n      more: keep\n", 1),
    );
    let ran = reload(&[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.out.contains("weaker: ") && ran.out.contains("+ keep"),
        "{ran:?}"
    );
    home.write("policy.yaml", "no: policy");
    let ran = reload(&[]);
    assert_eq!(ran.code, 78, "{ran:?}");
    home.write("token", "another-token-that-is-long-enough");
    let ran = reload(&[]);
    assert_eq!(ran.code, 77, "{ran:?}");
    assert!(!ran.err.contains("another-token"), "{ran:?}");
    close(home, "token", 0o644);
    assert_eq!(reload(&[]).code, 77);
    std::fs::remove_file(home.path().join("token")).expect("it is there");
    assert_eq!(reload(&[]).code, 66);
    home.write("veil.yaml", "log: { level: info }\n");
    let ran = reload(&[]);
    assert_eq!(ran.code, 78, "{ran:?}");
    assert!(ran.err.contains("admin.token_file"), "{ran:?}");
    let ran = home.veil(&["reload", "--accept-weaker", "12"]);
    assert_eq!(ran.code, 64, "{ran:?}");

    let closed = Sidecar::start("log: { level: info }\n", &[]);
    let (status, text) = closed.ask("POST", "/reload", &right);
    assert_eq!(status, 403);
    assert!(text.contains("admin.token_file"), "{text}");
}

#[test]
fn sighup_reads_the_policy_again_and_never_ends_the_process() {
    let mut sidecar = Sidecar::start(SETTINGS, &[]);
    sidecar.home.write("policy.yaml", "no: policy");
    sidecar.signal(Signal::HUP);
    until("it was read", || sidecar.reloads("invalid") == 1);
    sidecar.signal(Signal::TERM);
    sidecar.running.line_with("draining");
    assert_eq!(sidecar.running.code(), Some(0));
}

#[test]
fn sighup_right_after_the_start_is_heeded_later() {
    let home = Home::with(PLAIN);
    let mut running = start(&home, &[]);
    // As soon as it catches signals, which is first of all.
    until("it catches SIGHUP", || {
        let path = format!("/proc/{}/status", running.child.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let caught = status.lines().find_map(|l| l.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|m| u64::from_str_radix(m.trim(), 16).ok());
        caught.is_some_and(|mask| mask & 1 == 1)
    });
    signal(&running.child, Signal::HUP);
    running.line_with("reading the policy again");
    signal(&running.child, Signal::TERM);
    assert_eq!(running.code(), Some(0));
}

#[test]
fn a_watched_policy_is_read_again_however_it_is_replaced() {
    let sidecar = Sidecar::start(SETTINGS, &["--watch"]);
    let (home, path) = (&sidecar.home, sidecar.home.path());
    let invalid = |n| until("it was read", || sidecar.reloads("invalid") == n);
    home.write("next.yaml", "no: policy");
    std::fs::rename(path.join("next.yaml"), path.join("policy.yaml")).expect("renamed");
    invalid(1);
    std::fs::File::create(path.join("policy.yaml")).expect("cut to nothing");
    invalid(2);
    // Half of it, then all of it: what is half written is refused and looked at again.
    home.write("policy.yaml", &PLAIN[..PLAIN.len() / 2]);
    invalid(3);
    home.write("policy.yaml", PLAIN);
    until("the whole was read", || sidecar.reloads("refused") == 1);
    home.write("other.yaml", "no: policy");
    std::os::unix::fs::symlink("other.yaml", path.join("link")).expect("a link");
    std::fs::rename(path.join("link"), path.join("policy.yaml")).expect("renamed");
    invalid(4);
    std::os::unix::fs::symlink("nowhere.yaml", path.join("link")).expect("a link");
    std::fs::rename(path.join("link"), path.join("policy.yaml")).expect("renamed");
    invalid(5);
    home.write("nowhere.yaml", PLAIN);
    until("what the link names was read", || {
        sidecar.reloads("refused") == 2
    });
    // The keyring is looked at as well.
    home.write_closed("keyring.json", "{");
    invalid(6);
}

#[test]
fn a_restart_is_no_way_around_where_the_policy_is_remembered() {
    let settings = "state_dir: state\nadmin: { token_file: token }\n";
    let mut first = Sidecar::start(settings, &[]);
    first.signal(Signal::TERM);
    assert_eq!(first.running.code(), Some(0));
    let home = &first.home;
    let state = home.path().join("state");
    let mode = |path: &std::path::Path| {
        std::fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(&state), 0o700);
    assert_eq!(mode(&state.join("accepted-policy.json")), 0o600);

    let weaker = PLAIN.replacen("fields:\n", "fields:\n      more: keep\n", 1);
    home.write("policy.yaml", &weaker);
    let run = |more: &[&str]| {
        let mut args = vec!["run", "-p", "policy.yaml", "-c", "veil.yaml"];
        args.extend([
            "-X",
            "bootstrap.servers=127.0.0.1:1",
            "--http",
            "127.0.0.1:0",
        ]);
        args.extend(["--log-format", "text"]);
        args.extend(more);
        home.veil(&args)
    };
    let ran = run(&[]);
    assert_eq!(ran.code, 78, "{ran:?}");
    assert!(
        ran.err.contains("weaker than the one accepted last"),
        "{ran:?}"
    );
    assert!(
        ran.err.contains("more") && ran.err.contains("+ keep"),
        "{ran:?}"
    );
    let digest = ran
        .err
        .split("--accept-weaker ")
        .nth(1)
        .expect("its digest");
    let digest = digest[..64].to_owned();
    let mut second = start(home, &["-c", "veil.yaml", "--accept-weaker", &digest]);
    second.line_with("no broker answers");
    signal(&second.child, Signal::TERM);
    assert_eq!(second.code(), Some(0));
    // Accepted once, it is the one that counts; so is a stronger one, without a word.
    home.write("policy.yaml", PLAIN);
    let mut third = start(home, &["-c", "veil.yaml"]);
    third.line_with("no broker answers");
    signal(&third.child, Signal::TERM);
    assert_eq!(third.code(), Some(0));
    home.write("policy.yaml", &weaker);
    assert_eq!(run(&[]).code, 78, "the stronger one was accepted meanwhile");

    std::fs::write(state.join("accepted-policy.json"), "{").expect("it is ours");
    let ran = run(&[]);
    assert_eq!(ran.code, 78, "{ran:?}");
    assert!(ran.err.contains("damaged"), "{ran:?}");
    close(home, "state", 0o777);
    assert_eq!(run(&[]).code, 77);
}
