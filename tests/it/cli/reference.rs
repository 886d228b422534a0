//! `docs/reference/cli.md` is what `--help` says.

use super::Home;

const COMMANDS: &[&[&str]] = &[
    &["init"],
    &["keys"],
    &["keys", "new"],
    &["keys", "ls"],
    &["keys", "verify"],
    &["keys", "wrap"],
    &["keys", "rotate"],
    &["keys", "retire"],
    &["keys", "destroy"],
    &["check"],
    &["diff"],
    &["explain"],
    &["fmt"],
    &["describe"],
    &["report"],
    &["risk"],
    &["attack"],
    &["test"],
    &["apply"],
    &["try"],
    &["run"],
    &["serve"],
    &["consent"],
    &["consent", "set"],
    &["consent", "get"],
    &["consent", "import"],
    &["consent", "history"],
    &["consent", "probe"],
    &["reload"],
    &["doctor"],
    &["quarantine"],
    &["quarantine", "ls"],
    &["quarantine", "show"],
    &["quarantine", "replay"],
    &["quarantine", "purge"],
    &["health"],
    &["decrypt"],
    &["detokenize"],
    &["pseudonym"],
    &["audit"],
    &["audit", "ls"],
    &["audit", "releases"],
    &["audit", "verify"],
    &["demo"],
    &["generate"],
    &["schema"],
    &["schema", "derive"],
    &["completions"],
    &["man"],
    &["version"],
];

/// Without the sidecar two commands are missing, and the page is the whole one's.
#[cfg(feature = "kafka")]
#[test]
fn the_page_is_up_to_date() {
    let home = Home::empty();
    let mut page =
        String::from("# Commands\n\nGenerated from the program's own help; do not edit.\n");
    let mut add = |title: &str, args: &[&str]| {
        let mut all = args.to_vec();
        all.push("--help");
        let ran = home.veil(&all);
        assert_eq!(ran.code, 0, "{title}: {ran:?}");
        let text: Vec<&str> = ran.out.lines().map(str::trim_end).collect();
        page.push_str(&format!(
            "\n## {title}\n\n```text\n{}\n```\n",
            text.join("\n").trim_end()
        ));
    };
    add("veil", &[]);
    for command in COMMANDS {
        add(&format!("veil {}", command.join(" ")), command);
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/cli.md");
    if std::env::var_os("VEIL_UPDATE").is_some_and(|v| v == "1") {
        std::fs::write(&file, &page).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == page,
        "docs/reference/cli.md is not what the program says; run the tests with VEIL_UPDATE=1 and commit the page"
    );
}

/// The commands that a help lists.
fn listed(help: &str) -> Vec<&str> {
    help.lines()
        .skip_while(|l| *l != "Commands:")
        .skip(1)
        .take_while(|l| !l.is_empty())
        .filter(|l| l.starts_with("  ") && !l.starts_with("   "))
        .filter_map(|l| l.split_whitespace().next())
        .filter(|c| *c != "help")
        .collect()
}

#[test]
fn every_command_is_on_the_list_and_shows_examples() {
    let home = Home::empty();
    let help = home.veil(&["--help"]).out;
    let first = listed(&help);
    assert!(first.len() >= 9, "{help}");
    let mut open: Vec<Vec<String>> = first.iter().map(|c| vec![(*c).to_owned()]).collect();
    while let Some(command) = open.pop() {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        assert!(COMMANDS.contains(&&*words), "{words:?} is on no list");
        let help = home.veil(&[&*words, &["--help"]].concat()).out;
        assert!(help.contains("Examples:"), "{words:?}: {help}");
        let inside = listed(&help).into_iter();
        open.extend(inside.map(|inner| [&*command, &[inner.to_owned()]].concat()));
    }
}
