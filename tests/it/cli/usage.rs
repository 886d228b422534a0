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
