//! Ledgers that were cut, or are none: nothing leaves beside what nobody knows.

use super::{APPLY, begin, home, line};

#[test]
fn wherever_a_ledger_is_cut_its_last_window_does_not_leave_again_otherwise() {
    let home = home();
    let first = home.veil_on(&begin(), line("u-1", 1) + &line("u-1", 2));
    assert_eq!(first.code, 0, "{}", first.err);
    let ledger = home.read("spent.ndjson");
    let lines: Vec<&str> = ledger.split_inclusive('\n').collect();
    let [head, one, _] = lines[..] else {
        panic!("{ledger}");
    };
    // Of the second day more records: a second look.
    let other = line("u-1", 2) + &line("u-2", 2);
    for cut in [
        0,
        head.len() - 1,
        head.len(),
        head.len() + one.len() - 1,
        head.len() + one.len(),
        head.len() + one.len() + 9,
        ledger.len() - 2,
    ] {
        home.write("spent.ndjson", &ledger[..cut]);
        let ran = home.veil_on(APPLY, &other);
        assert_eq!((ran.code, ran.out.as_str()), (65, ""), "{cut}: {}", ran.err);
        assert!(ran.err.contains("restore it from a backup"), "{}", ran.err);
        assert_eq!(
            home.read("spent.ndjson"),
            ledger[..cut],
            "nothing is mended"
        );
    }
    // The line feed alone: the line is there, and is spent.
    home.write("spent.ndjson", &ledger[..ledger.len() - 1]);
    let ran = home.veil_on(APPLY, &other);
    assert_eq!((ran.code, ran.out.as_str()), (69, ""), "{}", ran.err);
    assert_eq!(home.read("spent.ndjson"), ledger);
}

#[test]
fn killed_before_the_head_is_written_half_a_line_spent_nothing() {
    let home = home();
    assert_eq!(home.veil_on(&begin(), line("u-1", 1)).code, 0);
    let one = home.read("spent.ndjson");
    assert_eq!(home.veil_on(APPLY, line("u-1", 2)).code, 0);
    let two = home.read("spent.ndjson");
    let head = one.find('\n').unwrap() + 1;
    // The head of one line, and behind it a second one, whole or not.
    let killed = format!("{}{}", &one[..head], &two[head..]);
    for cut in [one.len() + 20, killed.len()] {
        home.write("spent.ndjson", &killed[..cut]);
        let ran = home.veil_on(APPLY, line("u-1", 2));
        assert_eq!((ran.code, ran.out.lines().count()), (0, 2), "{}", ran.err);
        assert_eq!(home.read("spent.ndjson"), two);
    }
}

#[test]
fn a_ledger_of_the_first_version_goes_on_as_one_of_this() {
    let home = home();
    assert_eq!(home.veil_on(&begin(), line("u-1", 1)).code, 0);
    let second = home.read("spent.ndjson");
    let (_, lines) = second.split_once('\n').unwrap();
    home.write(
        "spent.ndjson",
        format!("{{\"veil\":\"budget\",\"v\":1}}\n{lines}"),
    );
    let other = home.veil_on(APPLY, line("u-1", 1) + &line("u-2", 1));
    assert_eq!((other.code, other.out.as_str()), (69, ""), "{}", other.err);
    assert_eq!(home.read("spent.ndjson"), second);
}

#[test]
fn what_is_no_regular_file_is_no_ledger() {
    let home = home();
    let pipe = home.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    std::fs::create_dir(home.path().join("folder")).unwrap();
    for name in ["pipe", "folder", "/dev/null"] {
        let args = ["apply", "-p", "policy.yaml", "--ledger", name];
        let ran = home.veil_on(&args, line("u-1", 1));
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (64, ""),
            "{name}: {}",
            ran.err
        );
        assert!(ran.err.contains("is no file"), "{name}: {}", ran.err);
    }
}

#[test]
fn what_goes_to_standard_output_or_error_never_stands_in_the_ledger() {
    let home = home();
    assert_eq!(home.veil_on(&begin(), line("u-1", 1)).code, 0);
    let ledger = home.read("spent.ndjson");
    let append = || {
        let mut options = std::fs::OpenOptions::new();
        options
            .append(true)
            .open(home.path().join("spent.ndjson"))
            .unwrap()
    };
    let mut out = home.command(APPLY);
    out.stdout(append());
    let ran = super::super::ended(out, line("u-1", 2).as_bytes());
    assert_eq!(ran.code, 64, "{}", ran.err);
    assert!(
        ran.err.contains("standard output goes to the ledger"),
        "{}",
        ran.err
    );
    assert_eq!(
        home.read("spent.ndjson"),
        ledger,
        "nothing is written behind it"
    );
}
