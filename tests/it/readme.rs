//! The shell commands of the README, run in their order in a copy of what they
//! name; those that build or need a broker are left out by name.

use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../../README.md");

/// How each block begins, its exit code (its last command's, as a shell has
/// it), and what it must print.
const RUN: &[(&str, i32, &[&str])] = &[
    ("veil keys new ", 0, &["people:1", "quarantine:1"]),
    (
        "veil apply -p config/minimal.yaml ",
        2,
        &["\"plan\":\"team\",\"birthdate\":1980}\n"],
    ),
    ("veil init ", 0, &["\"email\":", "\"currency\":\"EUR\""]),
    ("veil check ", 0, &[]),
    ("veil test ", 0, &["5 passed, 0 failed"]),
    (
        "sed ",
        2,
        &[
            "weaker: signups.clean: birthdate\n",
            "  = why:  `bucket` lets out more\n",
        ],
    ),
    (
        "veil apply -p config/web-events.yaml ",
        0,
        &["web.events.analytics.ndjson", "veil1.contact:1."],
    ),
    ("veil apply -p config/shop.yaml ", 2, &[]),
    (
        "veil describe ",
        0,
        &["SELECT MAX(n) AS at_least", "What leaves in clear"],
    ),
    (
        "veil explain ",
        0,
        &[
            "paths that the policy does not name",
            "can join them by row",
            "leaves as traits.email_id",
        ],
    ),
    ("veil apply -p config/customers-cdc.yaml ", 2, &[]),
    ("grep ", 0, &["Jane.Doe@example.com\n", "2126267424865\n"]),
    (
        "echo ",
        0,
        &[
            "contact:2",
            "email (encrypt)",
            "config/audit.jsonl: the chain holds",
        ],
    ),
    (
        "veil generate ",
        0,
        &["How alone people are", "Attacks on what leaves"],
    ),
    (
        "veil apply -p config/signups-public.yaml ",
        2,
        &["\"birthdate\":\"", "\"plan\":\"team\"}\n"],
    ),
    (
        "veil apply -p config/web-stats.yaml ",
        2,
        &[
            "\"window\":\"1d\",\"from\":\"2026-03-01T00:00:00Z\"",
            "\"type\":\"order\",\"value\":",
        ],
    ),
];

/// Builds, what needs a broker, and a page that is served until it is ended.
const LEFT_OUT: &[&str] = &[
    "cargo run ",
    "cargo build ",
    "cargo test ",
    "veil run -p policy.yaml ",
    "veil check config/clicks-by-id.yaml --registry ",
    "veil quarantine ",
    "veil serve ",
    "veil try ",
];

#[test]
fn every_shell_command_does_what_the_readme_says() {
    let copy = tempfile::tempdir().expect("a folder for the test");
    copy_files("config", &copy.path().join("config"));
    let veil = Path::new(env!("CARGO_BIN_EXE_veil"));
    let mut path = veil.parent().expect("a folder").as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());

    let (left_out, blocks): (Vec<&str>, Vec<&str>) = blocks("sh")
        .into_iter()
        .partition(|block| LEFT_OUT.iter().any(|start| block.starts_with(start)));
    assert_eq!(left_out.len(), LEFT_OUT.len(), "{left_out:?}");
    assert_eq!(blocks.len(), RUN.len(), "{blocks:?}");
    for (block, (start, code, printed)) in blocks.into_iter().zip(RUN) {
        assert!(block.starts_with(start), "`{start}` comes before:\n{block}");
        // The README writes into /tmp; the test keeps to its own folder.
        let here = format!("{}/", copy.path().display());
        let mut shell = Command::new("sh");
        shell.args(["-c", &block.replace("/tmp/", &here)]);
        shell.current_dir(copy.path()).env("PATH", &path);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("VEIL_") || text.contains("COLOR") || text == "COLUMNS" {
                shell.env_remove(&name);
            }
        }
        let ran = shell.output().expect("a shell");
        let (out, err) = (
            String::from_utf8(ran.stdout).expect("text"),
            String::from_utf8(ran.stderr).expect("text"),
        );
        assert_eq!(ran.status.code(), Some(*code), "{block}\n{out}{err}");
        // A word of the language is none.
        let said = err.replace("on_error", "");
        assert!(!said.contains("error"), "{block}\n{err}");
        for part in *printed {
            assert!(
                out.contains(part),
                "{part} is not printed by\n{block}\n{out}"
            );
        }
    }
    // Whoever followed every step runs the tests next: they take each policy in
    // `config/` for an example of ours.
    let kept = [files("config"), ignored()].concat();
    for name in files(copy.path().join("config")) {
        assert!(
            kept.contains(&name),
            "config/{name} is neither ours nor ignored"
        );
    }
}

/// What `.gitignore` names in `config/`.
fn ignored() -> Vec<String> {
    let lines = include_str!("../../.gitignore").lines();
    let names = lines.filter_map(|line| line.strip_prefix("/config/"));
    names.map(str::to_owned).collect()
}

#[test]
fn the_steps_are_numbered_one_by_one() {
    let steps: Vec<usize> = README
        .lines()
        .filter_map(|line| line.strip_prefix("**")?.split_once(". ")?.0.parse().ok())
        .collect();
    assert_eq!(steps, (1..=steps.len()).collect::<Vec<_>>());
    assert!(!steps.is_empty());
}

#[test]
fn the_broken_policy_is_reported_as_the_readme_shows() {
    let copy = tempfile::tempdir().expect("a folder for the test");
    copy_files("config", &copy.path().join("config"));
    let policy = copy.path().join("config/minimal.yaml");
    let text = std::fs::read_to_string(&policy).expect("it was copied");
    let broken = text.replace("birthdate: { generalize:", "birthdate: { generalise:");
    assert_ne!(text, broken);
    std::fs::write(&policy, broken).expect("it can be written");
    let ran = Command::new(env!("CARGO_BIN_EXE_veil"))
        .args(["check", "config/minimal.yaml"])
        .env("NO_COLOR", "1")
        .env_remove("COLUMNS")
        .current_dir(copy.path())
        .output()
        .expect("veil runs");
    let out = String::from_utf8(ran.stdout).expect("text");
    let shown = blocks("text");
    let report = shown.iter().find(|block| block.starts_with("error[V0109]"));
    assert!(out.contains(report.expect("the README shows it")), "{out}");
}

/// The README's blocks of one kind.
fn blocks(kind: &str) -> Vec<&'static str> {
    let fence = format!("```{kind}\n");
    README
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().expect("the text before the end"))
        .collect()
}

/// The names of what is in a folder.
fn files(folder: impl AsRef<Path>) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.expect("it can be listed").file_name();
        name.into_string().expect("our names are text")
    };
    entries.map(name).collect()
}

/// The policies and events of a folder of the repository, without a keyring
/// that somebody made there.
fn copy_files(from: &str, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(from);
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let file = entry.expect("it can be listed").path();
        let ours = file.extension().is_some_and(|e| {
            ["yaml", "ndjson", "csv", "avsc", "proto"]
                .iter()
                .any(|ours| e == *ours)
        });
        if ours {
            let name = file.file_name().expect("files have names");
            std::fs::copy(&file, to.join(name)).expect("it can be copied");
        }
    }
}

/// Each exit code of the help, and each command whose help says that it ends with 1 or
/// 2, stands in the README's table; and no other code.
/// Of all commands: without Kafka some are not there.
#[cfg(feature = "kafka")]
#[test]
fn the_exit_codes_are_those_of_the_help() {
    let help = |command: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_veil"))
            .args(command)
            .arg("--help")
            .output()
            .expect("veil starts");
        assert!(ran.status.success(), "{command:?}");
        String::from_utf8(ran.stdout).expect("text")
    };
    let rows: Vec<(&str, &str)> = README
        .split("## Exit codes")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .expect("the README has them")
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| ")?
                .strip_suffix(" |")?
                .split_once(" | ")
        })
        .collect();
    let codes: Vec<&str> = rows
        .iter()
        .flat_map(|(codes, _)| codes.split(" · "))
        .collect();
    let all = help(&[]);
    let table = all
        .split("Exit codes:\n")
        .nth(1)
        .expect("the help has them");
    let said: Vec<&str> = table
        .lines()
        .filter_map(|line| {
            line.split_once("  ")
                .map(|_| line.split_whitespace().next())?
        })
        .filter(|word| word.parse::<u8>().is_ok())
        .collect();
    assert_eq!(codes, said, "the README, and `veil --help`");
    for command in COMMANDS {
        let words: Vec<&str> = command.split(' ').collect();
        let help = help(&words);
        let own = help.split("Exit codes:").next().unwrap_or("");
        let own: String = own
            .split_whitespace()
            .flat_map(|word| [word, " "])
            .collect();
        let ends = own
            .rsplit("Exits ")
            .next()
            .filter(|_| own.contains("Exits "));
        for code in ["1", "2"] {
            let says = |end: &str| ends.is_some_and(|e| e.contains(&format!("{code} {end} ")));
            let row = rows
                .iter()
                .find(|(c, _)| *c == code)
                .map_or("", |(_, row)| row);
            if says("when") || says("after") {
                assert!(
                    row.contains(&format!("`{command}")),
                    "{command}: {code} is not in {row}"
                );
            }
        }
    }
}

/// The commands that say how they end.
#[cfg(feature = "kafka")]
const COMMANDS: &[&str] = &[
    "apply",
    "audit verify",
    "check",
    "decrypt",
    "detokenize",
    "diff",
    "fmt",
    "health",
    "pseudonym",
    "reload",
    "test",
    #[cfg(feature = "kafka")]
    "doctor",
    #[cfg(feature = "kafka")]
    "run",
    #[cfg(feature = "kafka")]
    "quarantine replay",
];
