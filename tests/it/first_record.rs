//! The recorded session of `docs/first-record.md`: its commands, run in their order;
//! what they print is compared but for times and for codes under new keys.
//! `VEIL_RECORD=1` records it anew, `VEIL_UPDATE=1` where it prints something else.

use crate::cli::{Home, run};
use std::path::Path;
use std::time::{Duration, Instant};

const PAGE: &str = "docs/first-record.md";

/// What is typed; the three commands from a sample to a sanitized record are those
/// that begin with `veil init`, `veil keys` and `veil apply`.
const SESSION: [&str; 7] = [
    "veil generate segment -n 1000 > events.ndjson",
    "veil init --from-sample events.ndjson -o policy.yaml",
    "veil keys new --keyring keyring.json people quarantine",
    "veil check policy.yaml",
    "veil test policy.yaml",
    "veil apply -p policy.yaml events.ndjson > clean.ndjson",
    "head -n 1 clean.ndjson",
];

/// Lines of one command that are shown, at its beginning and at its end.
const SHOWN: (usize, usize) = (12, 8);

const HEAD: &str = "\
# From a sample to a sanitized record

A recorded session. The first command stands for a sample of yours: a file of JSON, one
event a line. From there it takes three: `veil init` proposes a policy, `veil keys new`
makes the keys that it names, `veil apply` sanitizes. `veil check` and `veil test`, which
the draft passes, change nothing. Before anything leaves your house, read the draft:
what a machine proposes is a proposal.

";

/// The session as it is shown, and how long it took.
fn recorded(home: &Home) -> (String, Duration) {
    let veil = Path::new(env!("CARGO_BIN_EXE_veil")).parent();
    let mut path = veil.expect("a folder").as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let begun = Instant::now();
    let mut text = String::new();
    for typed in SESSION {
        text.push_str(&format!("{} $ {typed}\n", stamp(begun.elapsed())));
        let mut shell = home.program("sh");
        shell.args(["-c", &format!("({typed}) 2>&1")]);
        shell.env("PATH", &path);
        let ran = run(shell, b"");
        assert_eq!(ran.code, 0, "{typed}: {}", ran.out);
        let lines: Vec<&str> = ran.out.lines().collect();
        let (first, last) = SHOWN;
        if lines.len() <= first + last + 1 {
            text.push_str(&ran.out);
            continue;
        }
        let left_out = lines.len() - first - last;
        let shown = [&lines[..first], &lines[lines.len() - last..]];
        text.push_str(&format!(
            "{}\n… {left_out} more lines …\n{}\n",
            shown[0].join("\n"),
            shown[1].join("\n")
        ));
    }
    let took = begun.elapsed();
    text.push_str(&format!("{} done\n", stamp(took)));
    (text, took)
}

fn stamp(since: Duration) -> String {
    format!("[{:6.2} s]", since.as_secs_f64())
}

/// Without what differs from run to run: times, codes, check values of keys.
fn stable(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().filter(|line| !line.starts_with("Recorded ")) {
        let line = match line.strip_prefix('[').and_then(|l| l.split_once(" s] ")) {
            Some((_, rest)) => format!("[time] {rest}"),
            None => line.to_owned(),
        };
        let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_code = |word: &str| {
            let check = word.len() == 16 && word.bytes().all(|b| b.is_ascii_hexdigit());
            check || word.len() == 22
        };
        let mut rest = line.as_str();
        while let Some(start) = rest.find(word) {
            let end = rest[start..]
                .find(|c| !word(c))
                .map_or(rest.len(), |n| start + n);
            out.push_str(&rest[..start]);
            out.push_str(if is_code(&rest[start..end]) {
                "…"
            } else {
                &rest[start..end]
            });
            rest = &rest[end..];
        }
        out.push_str(rest);
        out.push('\n');
    }
    out
}

#[test]
fn the_page_shows_what_its_commands_do() {
    let home = Home::empty();
    let (session, took) = recorded(&home);
    let build = if cfg!(debug_assertions) {
        "a debug"
    } else {
        "a release"
    };
    let fresh = format!(
        "{HEAD}```text\n{session}```\n\nRecorded with {build} build, times from its start. To record it anew: `just first-record`.\n"
    );
    assert!(took < Duration::from_secs(120), "{took:?}");
    // Nobody's address leaves, and a record does.
    let clean = home.read("clean.ndjson");
    assert!(
        clean.lines().count() > 100 && !clean.contains('@'),
        "{clean}"
    );
    assert!(home.read("events.ndjson").contains('@'));

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(&file).unwrap_or_default();
    let same = stable(&page) == stable(&fresh);
    let asked = |name: &str| std::env::var_os(name).is_some_and(|v| v == "1");
    if asked("VEIL_RECORD") || asked("VEIL_UPDATE") && !same {
        std::fs::write(&file, fresh).expect("the page can be written");
        return;
    }
    assert!(
        same,
        "{PAGE} shows something else; run this test with VEIL_UPDATE=1 and commit the page\n{fresh}"
    );
    let last = page.lines().rfind(|line| line.ends_with(" s] done"));
    let seconds = last.and_then(|l| l[1..].trim_start().split(' ').next()?.parse::<f64>().ok());
    assert!(seconds.is_some_and(|s| s < 120.0), "{last:?}");
}

#[test]
fn times_codes_and_check_values_alone_are_not_compared() {
    let was = "[  0.10 s] $ veil x\n{\"a\":\"QJ4M07IvqB2nresom771yQ\",\"b\":1}\nk:1  ddbee3ce4f27e6aa\nRecorded with a debug build\n";
    let is =
        "[ 11.22 s] $ veil x\n{\"a\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"b\":1}\nk:1  0000000000000000\n";
    assert_eq!(stable(was), stable(is));
    for (from, to) in [("veil x", "veil y"), ("\"b\":1", "\"b\":2"), ("k:1", "k:2")] {
        assert_ne!(stable(was), stable(&is.replace(from, to)));
    }
}
