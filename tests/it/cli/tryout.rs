//! `veil try`: a policy and a sample side by side, on the terminal and in the browser.

use super::{Home, Ran};

const POLICY: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: web, version: 3, owner: tests }
source: { topic: raw, type: [type] }
keys:
  people: { ref: \"file:keyring.json#people\" }
  contact: { ref: \"file:keyring.json#contact\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
consent:
  signals: [{ from: value, path: ok, category: Ads, grants: [true] }]
outputs:
  - topic: web.clean
    purpose: analytics.reporting
    domain: analytics
    key: { like: userId }
    fields:
      userId: { pseudonymize: { key: people, normalize: text, epoch: none } }
      plan: { keep: { one_of: [free, pro] }, on_error: drop_field }
      amount: { generalize: { bucket: 10 } }
      secret: drop
    types:
      order:
        items[*].sku: { keep: { max_chars: 8 } }
        box: { encrypt: { key: contact, fields: { name: { keep: { max_chars: 8 } } } } }
        home: { pseudonymize: { key: people, from: [street, zip], epoch: none } }
      page: {}
  - topic: web.ads
    purpose: marketing.advertising
    domain: ads
    needs_consent: Ads
    fields:
      amount: { generalize: { bucket: 100 } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
";

const SAMPLE: &str = "\
{\"type\":\"order\",\"userId\":\"u-1\",\"plan\":\"free\",\"amount\":12,\"note\":\"NOTE\",\"secret\":1,\"items\":[{\"sku\":\"A\",\"name\":\"mug\"},{\"sku\":\"B\"}],\"box\":{\"name\":\"Jane\"},\"street\":\"S\",\"zip\":\"Z\"}
{\"type\":\"page\",\"userId\":\"u-2\",\"plan\":\"other\",\"amount\":25,\"ok\":true}
{\"type\":\"page\",\"userId\":\"u-3\",\"amount\":\"AMOUNT\"}
no JSON <script>alert(1)</script>
{\"type\":\"else\",\"amount\":1}
";

fn home() -> Home {
    let home = Home::with(POLICY);
    home.write("sample.ndjson", SAMPLE);
    home
}

const TRY: [&str; 5] = ["try", "-p", "policy.yaml", "-i", "sample.ndjson"];

fn shown(home: &Home, words: &str) -> Ran {
    let ran = home.veil_on(&TRY, words);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran
}

#[test]
fn on_the_terminal_a_record_is_asked_for_and_the_policy_is_read_again() {
    let home = home();
    let first = shown(&home, "1\n");
    for word in [
        "record 1 in web.clean",
        "record 1 in web.ads",
        "items[1].sku",
        "no_consent",
        "nobody named it",
    ] {
        assert!(first.out.contains(word), "{word}: {}", first.out);
    }
    let next = shown(&home, "2\n\nquit\n1\n");
    assert!(next.out.contains("record 3 in web.clean"), "{}", next.out);
    assert!(
        next.out.contains("wrong_type") && !next.out.contains("record 1 "),
        "{}",
        next.out
    );
    let typed = shown(&home, "{\"type\":\"page\",\"amount\":77}\n");
    assert!(typed.out.contains("70"), "{}", typed.out);
    assert!(
        shown(&home, "check\n").out.contains("V0"),
        "the note is said"
    );
    assert!(
        shown(&home, "explain\n")
            .out
            .contains("paths that the policy does not name")
    );
    let none = shown(&home, "6\nwhat\n");
    assert!(
        none.out.is_empty() && none.err.contains("there are records 1 to 5"),
        "{none:?}"
    );
    home.write("policy.yaml", POLICY.replace("bucket: 10 ", "bucket: 5 "));
    assert!(shown(&home, "2\n").out.contains("25"));
    home.write("policy.yaml", POLICY.replace("bucket: 10 ", "bucket: ten "));
    let broken = shown(&home, "2\n");
    assert!(broken.out.contains("error[V"), "{broken:?}");
}

#[test]
fn with_nobody_to_ask_every_record_is_shown_and_an_empty_sample_is_said() {
    let home = home();
    let all = home.veil(&TRY);
    assert_eq!(all.code, 0, "{all:?}");
    assert_eq!(all.out.matches("in web.clean").count(), 5);
    let piped = home.veil_on(&["try", "-p", "policy.yaml"], SAMPLE);
    assert_eq!(piped.out.matches("in web.clean").count(), 5);
    assert_eq!(home.veil_on(&["try", "-p", "policy.yaml"], "1\n").code, 0);
    let empty = home.veil_on(&["try", "-p", "policy.yaml", "-i", "-"], "\n\n");
    assert!(empty.out.contains("holds no record"), "{empty:?}");
    let missing = home.veil(&["try", "-p", "policy.yaml", "-i", "none.ndjson"]);
    assert_eq!(missing.code, 66, "{missing:?}");
    home.write("policy.yaml", "kind: Policy\n");
    assert_eq!(home.veil(&TRY).code, 78);
}

#[test]
fn of_a_long_sample_the_beginning_is_tried_and_that_is_said() {
    let home = home();
    let long = format!("{}\n", "x".repeat((1 << 20) + 1));
    home.write("sample.ndjson", long + &"{\"type\":\"page\"}\n".repeat(300));
    let ran = home.veil(&TRY);
    assert_eq!(ran.out.matches("in web.clean").count(), 200);
    let said = ran.said();
    assert!(said.contains("only the first 200 records"), "{said}");
    assert!(said.contains("1 line(s) are too long"), "{said}");
}

#[test]
fn a_line_too_long_to_be_shown_is_said_and_the_next_one_is_read() {
    let home = home();
    let x = "x".repeat(2 << 20);
    for long in [format!("{{\"a\":\"{x}\"}}"), x] {
        let ran = shown(&home, &format!("{long}\n1\n"));
        assert!(ran.said().contains("longer than"), "{}", ran.err);
        assert!(!ran.err.contains("xxx") && !ran.out.contains("xxx"));
        assert!(ran.out.contains("record 1 in web.clean"), "{}", ran.out);
        let ran = shown(&home, &long);
        assert!(ran.said().contains("longer than"), "{}", ran.err);
    }
    let fits = format!("{{\"{}\":1}}", "x".repeat((1 << 20) - 6));
    let ran = shown(&home, &fits);
    assert!(!ran.err.contains("longer than"), "{}", ran.err);
}

/// Whoever wrote into it may be gone: it is read at the start, and not again.
#[test]
fn a_pipe_with_a_passphrase_is_not_waited_for_while_a_policy_is_edited() {
    use std::io::{BufRead, BufReader, Read, Write};
    let home = home();
    home.write_closed("pw", "correct horse\n");
    let made = home.veil(&[
        "keys",
        "new",
        "--keyring",
        "wrapped.json",
        "--wrap",
        "passphrase",
        "--passphrase-file",
        "pw",
        "people",
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        home.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let mut child = home.start(&[&TRY[..], &["--passphrase-file", "pipe"]].concat());
    let mut input = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    writeln!(input, "1").unwrap();
    let mut line = String::new();
    while !line.contains("record 1 in web.ads") {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "it ended");
    }
    home.write(
        "policy.yaml",
        POLICY.replace("keyring.json#people", "wrapped.json#people"),
    );
    writeln!(input, "1").unwrap();
    drop(input);
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        tell.send(rest).unwrap();
    });
    let rest = told.recv_timeout(std::time::Duration::from_secs(60));
    let _ = child.kill();
    child.wait().unwrap();
    let rest = rest.expect("it waits for the pipe");
    let rest: String = rest.split_whitespace().flat_map(|w| [w, " "]).collect();
    assert!(rest.contains("read at the start alone"), "{rest}");
}

#[test]
fn keys_of_tests_need_no_keyring_and_are_not_mixed_with_one() {
    let home = Home::empty();
    home.write("policy.yaml", POLICY);
    home.write("sample.ndjson", SAMPLE);
    assert_eq!(home.veil(&TRY).code, 78);
    let tried = home.veil(&[&TRY[..], &["--test-keys"]].concat());
    assert!(
        tried.code == 0 && tried.out.contains("written"),
        "{tried:?}"
    );
    let both = home.veil(&[&TRY[..], &["--test-keys", "--keyring-group-read"]].concat());
    assert_eq!(both.code, 64, "{both:?}");
}

#[test]
fn names_of_a_hostile_event_do_nothing_on_the_terminal() {
    let home = home();
    let line = "{\"type\":\"page\",\"\\u001b[31mred\":\"\\u001b]0;x\\u0007\",\"\\u202eab\":\"<b>|`*`\",\"\\u0000\":1}\n";
    home.write("sample.ndjson", line);
    let ran = home.veil(&TRY);
    let acts = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!ran.out.contains(acts), "{ran:?}");
    assert!(ran.out.contains("[31mred"), "{ran:?}");
}

#[cfg(feature = "kafka")]
mod served;
