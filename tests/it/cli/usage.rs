use super::{Home, PLAIN, run};

#[test]
fn a_wrong_command_line_exits_64() {
    let home = Home::empty();
    for args in [
        &["nonsense"][..],
        &["check"],
        &["apply"],
        &[
            "apply",
            "-p",
            "p.yaml",
            "--output",
            "a",
            "--output-dir",
            "b",
        ],
        &["check", "p.yaml", "--format", "xml"],
        &["--color", "sometimes", "schema"],
        &["decrypt"],
        &["keys"],
    ] {
        let ran = home.veil(args);
        assert_eq!(ran.code, 64, "{args:?}: {ran:?}");
        assert!(
            ran.out.is_empty() && !ran.err.is_empty(),
            "{args:?}: {ran:?}"
        );
    }
}

#[test]
fn help_and_version_exit_0_on_standard_output() {
    let home = Home::empty();
    for args in [
        &["--help"][..],
        &["--version"],
        &["apply", "--help"],
        &["version"],
    ] {
        let ran = home.veil(args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        assert!(!ran.out.is_empty());
    }
    assert!(
        home.veil(&["--help"])
            .out
            .contains("78  policy or settings")
    );
    assert!(home.veil(&["apply", "--help"]).out.contains("Examples:"));
}

#[test]
fn colour_obeys_flag_and_environment() {
    let home = Home::empty();
    let colored = |args: &[&str], set: &[(&str, &str)]| {
        let mut command = home.command(args);
        command.envs(set.iter().copied());
        run(command, b"").err.contains('\u{1b}')
    };
    let missing = ["check", "missing.yaml"];
    assert!(
        !colored(&missing, &[]),
        "standard error is no terminal here"
    );
    assert!(colored(&missing, &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(
        &missing,
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
    ));
    assert!(colored(
        &["--color", "always", "check", "missing.yaml"],
        &[("NO_COLOR", "1")]
    ));
    assert!(!colored(
        &["check", "missing.yaml", "--color=never"],
        &[("CLICOLOR_FORCE", "1")]
    ));
    assert!(!colored(
        &["nonsense", "--color=never"],
        &[("CLICOLOR_FORCE", "1")]
    ));
    assert!(colored(&["nonsense", "--color=always"], &[]));
}

#[test]
fn completions_name_the_commands() {
    let home = Home::empty();
    for shell in ["bash", "zsh", "fish"] {
        let ran = home.veil(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("detokenize"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let home = Home::empty();
    let ran = home.veil(&["man", "share/man"]);
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "", ""), "{ran:?}");
    let main = home.read("share/man/veil.1");
    assert!(main.starts_with(".ie") && main.contains(".TH"), "{main}");
    let listed = home.veil(&["--help"]).out;
    let commands = listed.split("Commands:\n").nth(1).expect("it lists them");
    let commands = commands.split("\n\n").next().expect("a blank line follows");
    for line in commands.lines().filter(|l| !l.starts_with("    ")) {
        let name = line.split_whitespace().next().expect("a name");
        if name != "help" {
            let page = home.read(&format!("share/man/veil-{name}.1"));
            assert!(page.contains("Examples:"), "{name}: {page}");
        }
    }
    assert!(home.read("share/man/veil-keys-new.1").contains("keyring"));

    home.write("taken", "");
    let ran = home.veil(&["man", "taken"]);
    assert_eq!(ran.code, 73, "{ran:?}");
}

/// Every command and command of a command, by its words.
fn commands(home: &Home, above: &[&str]) -> Vec<Vec<String>> {
    let mut found = vec![above.iter().map(|w| (*w).to_owned()).collect()];
    let help = home.veil(&[above, &["--help"]].concat()).out;
    let listed = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
    let listed = listed.split("\n\n").next().expect("one part at least");
    for line in listed.lines() {
        let name = line.strip_prefix("  ").filter(|l| !l.starts_with(' '));
        let Some(name) = name.and_then(|l| l.split(' ').next()) else {
            continue;
        };
        if name != "help" {
            found.extend(commands(home, &[above, &[name]].concat()));
        }
    }
    found
}

#[test]
fn every_help_fits_a_screen_of_80_columns_and_no_example_is_broken() {
    let home = Home::empty();
    let all = commands(&home, &[]);
    assert!(all.len() > 20, "{all:?}");
    let help = |words: &[String], columns: &str| {
        let mut command = home.command(&["--color", "never"]);
        command.args(words).arg("--help").env("COLUMNS", columns);
        run(command, b"").out
    };
    for words in all {
        let (narrow, wide) = (help(&words, "80"), help(&words, "100"));
        for line in narrow.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
        }
        let behind = |help: &str| {
            help.split_once("\nExamples:")
                .map(|(_, rest)| rest.to_owned())
        };
        assert_eq!(behind(&narrow), behind(&wide), "{words:?}");
    }
}

#[test]
fn what_is_said_fits_a_screen_of_80_columns_where_nobody_knows_its_width() {
    let home = Home::with(PLAIN);
    home.write("odd.yaml", PLAIN.replace("fields:", "felds:"));
    let made = home.veil(&["keys", "new", "--keyring", "other.json", "other"]);
    assert_eq!(made.code, 0, "{made:?}");
    for args in [
        &["check", "odd.yaml"][..],
        &["keys", "rotate", "other", "--keyring", "other.json"],
        &["decrypt", "--any-context", "--keyring", "nowhere.json"],
    ] {
        let ran = home.veil(args);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(!said.is_empty(), "{args:?}");
        for line in said.lines().filter(|line| !line.contains('`')) {
            assert!(line.chars().count() <= 80, "{args:?}: {line}");
        }
    }
}

/// Commands of one policy have `-p`, those of several need no flag: who mixes the two up
/// is understood.
#[test]
fn policies_stand_by_themselves_or_behind_their_flag() {
    let home = Home::with(PLAIN);
    for args in [
        &["check"][..],
        &["describe"],
        &["fmt", "--check"],
        &["report", "clear"],
        &["test"],
    ] {
        let [bare, named] = [&["policy.yaml"][..], &["-p", "policy.yaml"]]
            .map(|policy| home.veil(&[args, policy].concat()));
        assert!(bare.code <= 1, "{bare:?}");
        assert_eq!((bare.code, &bare.out), (named.code, &named.out), "{args:?}");
        assert_eq!(home.veil(args).code, 64, "{args:?}");
    }
}

/// Who applies a policy wants to know why it cannot be, not everything about it.
#[test]
fn a_policy_that_cannot_be_used_is_refused_with_its_errors_alone() {
    let home = Home::with(PLAIN);
    home.write("bad.yaml", PLAIN.replace("fields:", "felds:"));
    let ran = home.veil(&["apply", "-p", "bad.yaml"]);
    assert_eq!(ran.code, 78, "{ran:?}");
    assert!(ran.err.contains("error["), "{ran:?}");
    for less in ["warning[", "note["] {
        assert!(!ran.err.contains(less), "{ran:?}");
    }
    let checked = home.veil(&["check", "bad.yaml"]);
    let has_more = ["warning[", "note["]
        .iter()
        .any(|l| checked.out.contains(l));
    let told = ran
        .err
        .contains("`veil check bad.yaml` shows what is no error");
    assert!(has_more && told, "{ran:?} {checked:?}");
}

/// What is asked for as JSON is JSON, also where a policy has mistakes.
#[test]
fn findings_are_data_where_data_was_asked_for() {
    let home = Home::with(PLAIN);
    home.write("bad.yaml", PLAIN.replace("fields:", "felds:"));
    for args in [
        &["describe", "-p", "bad.yaml"][..],
        &["report", "dpia", "-p", "bad.yaml"],
        &["diff", "policy.yaml", "bad.yaml"],
        &["check", "bad.yaml"],
    ] {
        let ran = home.veil(&[args, &["--format", "json"]].concat());
        assert_eq!(ran.code, 78, "{ran:?}");
        let found: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        let found = found.as_array().expect("a list");
        assert!(found.iter().any(|f| f["file"] == "bad.yaml"), "{ran:?}");
        assert_eq!(ran.err, "", "{args:?}");
    }
}

#[test]
fn what_is_made_and_what_would_change_is_told_to_programs() {
    let home = Home::with(PLAIN);
    let keys = |args: &[&str]| {
        let more = ["--keyring", "keyring.json", "--format", "json"];
        let ran = home.veil(&[&["keys"], args, &more].concat());
        assert_eq!((ran.code, &*ran.err), (0, ""), "{ran:?}");
        let rows: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        (rows[0]["name"].clone(), rows[0]["version"].clone())
    };
    assert_eq!(keys(&["new", "more"]), ("more".into(), 1.into()));
    assert_eq!(keys(&["rotate", "more"]), ("more".into(), 2.into()));
    let fmt = |file: &str| {
        let ran = home.veil(&["fmt", "--check", file, "--format", "json"]);
        let rows: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        (ran.code, rows[0].clone())
    };
    let (code, row) = fmt("policy.yaml");
    assert_eq!((code, &row["in_order"]), (0, &true.into()), "{row}");
    home.write(
        "odd.yaml",
        PLAIN.replace(
            "apiVersion: veil/v1\nkind: Policy\n",
            "kind: Policy\napiVersion: veil/v1\n",
        ),
    );
    let (code, row) = fmt("odd.yaml");
    assert_eq!((code, &row["in_order"]), (1, &false.into()), "{row}");
    assert_eq!(row["from"], 1, "{row}");
}

#[cfg(feature = "kafka")]
#[test]
fn settings_and_health_are_told_to_programs() {
    let home = Home::with(PLAIN);
    let args = [
        "run",
        "-p",
        "policy.yaml",
        "-X",
        "bootstrap.servers=127.0.0.1:1",
    ];
    let more = ["-X", "linger.ms=2", "--show-settings", "--format", "json"];
    let ran = home.veil(&[&args[..], &more].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let rows: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let linger =
        serde_json::json!({"key": "kafka.properties.linger.ms", "value": "2", "source": "-X"});
    assert!(rows.as_array().unwrap().contains(&linger), "{rows}");
    let ran = home.veil(&["health", "--http", "127.0.0.1:1", "--format", "json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let answer: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert!(
        answer["status"].is_null() && answer["error"].is_string(),
        "{answer}"
    );
}
