use super::{Home, run};

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
