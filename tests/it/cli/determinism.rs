//! The same policy, keys and input give the same pseudonyms and tokens in every
//! process, on one core and on all, however the input arrives; only what is
//! encrypted differs, as it must.

use super::{Home, Ran};
use std::collections::BTreeSet;
use std::io::Write;

const POLICY: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: same, version: 1, owner: tests }
source: { topic: raw }
keys:
  people: { ref: \"file:keyring.json#people\" }
  contact: { ref: \"file:keyring.json#contact\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    fields:
      n: keep
      user: { pseudonymize: { key: people, normalize: email, epoch: none } }
      card: { tokenize: { key: people@1, format: digits } }
      mail: { encrypt: { key: contact } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
";
const APPLY: &[&str] = &["apply", "-p", "policy.yaml", "--quarantine", "refused"];
/// More than one batch of the reader.
const EVENTS: usize = 5_000;

/// Every seventh user returns, and no line is as long as the one before it.
fn event(n: usize) -> String {
    format!(
        "{{\"n\":{n},\"user\":\"u{}@example.com\",\"card\":\"{:010}\",\"mail\":\"m@example.com\",\"x\":\"{}\"}}\n",
        n % 7,
        n * 7_919,
        "é".repeat(n % 90)
    )
}

fn sanitized(home: &Home, input: &str) -> Vec<serde_json::Value> {
    let ran = home.veil_on(APPLY, input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines = ran.out.lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn column<'a>(rows: &'a [serde_json::Value], name: &str) -> Vec<&'a str> {
    rows.iter().map(|r| r[name].as_str().unwrap()).collect()
}

#[test]
fn two_processes_agree_in_all_but_what_is_encrypted() {
    let home = Home::with(POLICY);
    let input: String = (0..EVENTS).map(event).collect();
    let first = sanitized(&home, &input);
    on_one_core();
    let second = sanitized(&home, &input);
    for rows in [&first, &second] {
        let order = rows.iter().map(|r| r["n"].as_u64().unwrap());
        assert!(order.eq(0..EVENTS as u64), "the order of the input");
    }
    for name in ["user", "card"] {
        assert_eq!(column(&first, name), column(&second, name));
    }
    let users: BTreeSet<&str> = column(&first, "user").into_iter().collect();
    let cards: BTreeSet<&str> = column(&first, "card").into_iter().collect();
    assert_eq!((users.len(), cards.len()), (7, EVENTS));

    // One clear text, and not one ciphertext twice, in one process or in two.
    let (one, two) = (column(&first, "mail"), column(&second, "mail"));
    let sealed: BTreeSet<&str> = one.iter().chain(&two).copied().collect();
    assert_eq!(sealed.len(), 2 * EVENTS);
    for sealed in [one, two] {
        let opened = home.veil_on(
            &["decrypt", "--any-context", "--keyring", "keyring.json"],
            sealed.join("\n") + "\n",
        );
        assert_eq!(opened.code, 0, "{}", opened.err);
        assert!(opened.out == "m@example.com\n".repeat(EVENTS));
    }
}

#[test]
fn how_the_input_arrives_changes_nothing() {
    let home = Home::with(&POLICY.replace("      mail: { encrypt: { key: contact } }\n", ""));
    let mut input: String = (0..300).map(event).collect();
    input += "\n{\"n\":1\n\r\n{\"n\":-0.50}\r\n\u{e9}\n";
    input += &format!("{{\"n\":9,\"x\":\"{}\"}}\n", "ü".repeat(40_000));
    input += "{\"n\":10}"; // and no line break at the end
    let whole = home.veil_on(APPLY, &input);
    assert_eq!(whole.code, 2, "{}", whole.err);
    assert_eq!(whole.out.lines().count(), 300 + 3);
    let refused = refusals(&home);
    assert_eq!(refused, ["302 not_json", "305 not_json"]);

    for size in [1, 7, 4_095, 4_096, 65_536] {
        let ran = in_pieces(&home, input.as_bytes(), size);
        assert_eq!((ran.code, ran.err.as_str()), (2, whole.err.as_str()));
        assert!(ran.out == whole.out, "pieces of {size}");
        assert_eq!(refusals(&home), refused, "pieces of {size}");
    }
    home.write("input", &input);
    let mut file = home.command(&["apply", "-p", "policy.yaml", "--quarantine", "refused"]);
    file.stdin(std::fs::File::open(home.path().join("input")).unwrap());
    let output = file.output().unwrap();
    assert!(output.stdout == whole.out.as_bytes(), "from a file");
    assert_eq!(refusals(&home), refused);
}

/// Line and reason of each record in the quarantine file.
fn refusals(home: &Home) -> Vec<String> {
    let text = home.read("refused");
    text.lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap())
        .map(|r| format!("{} {}", r["line"], r["reason"].as_str().unwrap()))
        .collect()
}

/// Runs it on the input, written to it in pieces of that size.
fn in_pieces(home: &Home, input: &[u8], size: usize) -> Ran {
    let mut child = home.start(APPLY);
    let mut stdin = child.stdin.take().unwrap();
    // What it prints fits into its pipes: the input is written from here.
    for piece in input.chunks(size) {
        stdin.write_all(piece).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// From here on this thread, and the processes that it starts, have one core,
/// hence one worker; where the system can say so.
fn on_one_core() {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        let allowed = sched_getaffinity(None).unwrap();
        let first = (0..CpuSet::MAX_CPU).find(|&cpu| allowed.is_set(cpu));
        let mut one = CpuSet::new();
        one.set(first.expect("it runs somewhere"));
        sched_setaffinity(None, &one).unwrap();
    }
}
