//! Texts of others reach the terminal as text: names in a policy that somebody
//! proposes, names of files, arguments.

use super::{Home, Ran, run};

/// Erases a line, hides, turns, sets a title, begins a line of its own.
const HOSTILE: &str = "a\u{1b}[2K\r\u{1b}[8m\u{1b}]0;t\u{7}\u{9b}2K\u{202e}\u{200b}\n::stop-commands::x\n9 passed, 0 failed\n\u{1b}[31mRED";

/// The same in a text of YAML in double quotes.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

fn policy(field: &str, test: &str) -> String {
    // Of a field's name each character is one of the name.
    let field = quoted(&format!("'{field}'"));
    let test = quoted(test);
    format!(
        "\
apiVersion: veil/v1
kind: Policy
metadata: {{ name: plain, version: 1, owner: {test} }}
source: {{ topic: raw }}
keys:
  people: {{ ref: \"file:keyring.json#people\" }}
  quarantine: {{ ref: \"file:keyring.json#quarantine\" }}
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    fields:
      email: {{ pseudonymize: {{ key: people, normalize: email, epoch: none }} }}
      {field}: {{ keep: {{ max_chars: 64 }} }}
quarantine: {{ topic: refused, key: quarantine, retention: 7d }}
tests:
  - name: {test}
    given: {{ email: jane@example.com, x: {test} }}
    exactly: {{ clean: {{ email: {test} }} }}
"
    )
}

/// What of it a terminal would obey, other than this program's own colours.
fn obeyed(ran: &Ran) -> Option<String> {
    let text = format!("{}\n{}", ran.out, ran.err);
    // A build server obeys an indented command too; a cell of a table that is folded is
    // indented, and no summary.
    let forged = |line: &str| {
        line.trim_start().starts_with("::stop-commands") || line.starts_with("9 passed")
    };
    if let Some(line) = text.lines().find(|line| forged(line)) {
        return Some(format!("a line of its own: {line}"));
    }
    let mut bare = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        bare.push_str(&rest[..at]);
        rest = &rest[at..];
        let colour = rest.strip_prefix("\u{1b}[").and_then(|inside| {
            let end = inside.find('m')?;
            let codes = &inside[..end];
            let plain = codes.bytes().all(|b| b.is_ascii_digit() || b == b';');
            let hides = codes.split(';').any(|code| code == "8");
            (plain && !hides && !inside[end + 1..].starts_with("RED")).then_some(end + 3)
        });
        match colour {
            Some(bytes) => rest = &rest[bytes..],
            None => return Some(format!("an escape: {:?}", &rest[..rest.len().min(20)])),
        }
    }
    bare.push_str(rest);
    let acts = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    bare.chars().find(|c| acts(*c)).map(|c| format!("{c:?}"))
}

#[test]
fn no_command_hands_on_what_a_terminal_obeys() {
    let home = Home::with(&policy(HOSTILE, HOSTILE));
    home.write("was.yaml", policy("x", "one"));
    // A mistake beside it, so that the findings show the line.
    home.write(
        "bad.yaml",
        policy(HOSTILE, HOSTILE).replace("epoch: none", "epoch: nonesuch"),
    );
    let event =
        serde_json::json!({ "email": "jane@example.com", HOSTILE: HOSTILE, "type": HOSTILE });
    home.write("e.ndjson", format!("{event}\n"));
    let named = format!("{}.yaml", HOSTILE.replace('/', "_"));
    home.write(&named, policy("x", "one"));
    let named_bad = format!("b{named}");
    home.write(
        &named_bad,
        policy("x", "one").replace("epoch: none", "epoch: nonesuch"),
    );
    let loose = |text: String| text.replace("max_chars: 64 } }\n", "max_chars: 64 } }  \n");
    home.write("loose.yaml", loose(policy(HOSTILE, HOSTILE)));
    let named_loose = format!("c{named}");
    home.write(&named_loose, loose(policy("x", "one")));
    let missing = format!("{HOSTILE}.missing");
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["diff", "was.yaml", "policy.yaml"],
        vec!["diff", "policy.yaml", "was.yaml"],
        vec!["diff", "was.yaml", "policy.yaml", "--on", "e.ndjson"],
        vec!["diff", "was.yaml", "policy.yaml", "--format", "json"],
        vec!["diff", "was.yaml", "policy.yaml", "--format", "md"],
        vec!["diff", "was.yaml", &named],
        vec!["test", "policy.yaml"],
        vec!["test", "policy.yaml", "--format", "json"],
        vec!["test", "policy.yaml", "--update", "--dry-run"],
        vec!["test", &named],
        vec!["check", "bad.yaml", "--format", "github"],
        vec!["check", &named],
        vec!["check", &named_bad],
        vec!["check", &named_bad, "--format", "github"],
        vec!["check", &named_bad, "--format", "json"],
        vec!["check", &named_bad, "--format", "sarif"],
        vec!["check", "policy.yaml", &named],
        vec!["check", "policy.yaml", "--on", "e.ndjson"],
        vec!["check", &missing],
        vec!["check", "policy.yaml", "--format", HOSTILE],
        vec![HOSTILE],
        vec!["fmt", "loose.yaml", "--check"],
        vec!["fmt", &named_loose, "--check"],
        vec!["explain", "-p", "policy.yaml", "--on", "e.ndjson"],
        vec!["explain", "-p", "policy.yaml", HOSTILE],
        vec![
            "explain",
            "join",
            "-p",
            "policy.yaml",
            "clean.email",
            HOSTILE,
        ],
        vec!["explain", HOSTILE],
        vec!["apply", "-p", "policy.yaml", "-i", &missing],
        vec![
            "apply",
            "-p",
            "policy.yaml",
            "-i",
            "e.ndjson",
            "--output",
            "o.ndjson",
            "--explain",
        ],
        vec!["init", "-i", "e.ndjson", "-o", "new.yaml"],
        vec!["keys", "ls", "--keyring", &missing],
        vec![
            "keys",
            "ls",
            "--keyring",
            "keyring.json",
            "--used-by",
            "policy.yaml",
        ],
        vec!["decrypt", "--keyring", &missing],
        vec!["audit", "verify", &missing],
    ];
    for format in ["text", "json", "github", "sarif"] {
        commands.push(vec!["check", "bad.yaml", "policy.yaml", "--format", format]);
    }
    for report in ["clear", "ropa", "dpia", "minimisation"] {
        commands.push(vec!["report", report, "-p", "policy.yaml"]);
    }
    for format in ["text", "json", "md"] {
        commands.push(vec!["describe", "policy.yaml", "--format", format]);
    }
    let mut wrong = Vec::new();
    for command in commands {
        for when in ["always", "never"] {
            let mut args = vec!["--color", when];
            args.extend(&command);
            let ran = run(home.command(&args), b"");
            assert!(!ran.out.is_empty() || !ran.err.is_empty(), "{args:?}");
            if let Some(what) = obeyed(&ran) {
                wrong.push(format!("{args:?}: {what}\n{ran:?}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of them:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}
