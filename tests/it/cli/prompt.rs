//! The question for a passphrase, at a terminal: a pseudo-terminal stands for
//! it, and util-linux' `setsid` makes it the one that `/dev/tty` names.

use super::Home;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const NEW: &[&str] = &[
    "keys",
    "new",
    "--keyring",
    "k.json",
    "--wrap",
    "passphrase",
    "contact",
];
const VERIFY: &[&str] = &["keys", "verify", "--keyring", "k.json"];
const ASKED: &str = "passphrase of k.json: ";
const AGAIN: &str = "the same again: ";

/// Input from a file; the terminal stays open meanwhile, or its end would show.
const KEEPING_THE_TERMINAL: &str = "exec \"$@\" 3<&0 < data";

/// How a run at a terminal ended.
#[derive(Debug)]
struct Typed {
    code: i32,
    /// What the terminal showed.
    screen: String,
    out: String,
    err: String,
}

/// Runs `veil` at a terminal and types each answer when its question is shown.
fn at_terminal(home: &Home, args: &[&str], answers: &[(&str, &str)]) -> Typed {
    run(home, args, "exec \"$@\"", answers)
}

fn run(home: &Home, args: &[&str], script: &str, answers: &[(&str, &str)]) -> Typed {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let terminal = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OpenptFlags::NOCTTY.bits().cast_signed())
        .open(std::ffi::OsStr::from_bytes(name.as_bytes()))
        .unwrap();
    let mut keyboard = File::from(keyboard);
    let shown = show(keyboard.try_clone().unwrap());

    let mut command = home.program("setsid");
    command
        .args([
            "--ctty",
            "sh",
            "-c",
            script,
            "sh",
            env!("CARGO_BIN_EXE_veil"),
        ])
        .args(args)
        .stdin(Stdio::from(terminal))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = Ended(command.spawn().unwrap());
    // Its copy of the terminal's end: with it open, the end would never show.
    drop(command);
    let mut screen = String::new();
    for (question, answer) in answers {
        await_text(&shown, &mut screen, question);
        writeln!(keyboard, "{answer}").unwrap();
    }
    loop {
        match shown.recv_timeout(PATIENCE) {
            Ok(text) => screen.push_str(&text),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => panic!("it does not end: {screen:?}"),
        }
    }
    let (mut out, mut err) = (String::new(), String::new());
    let child = &mut child.0;
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    let code = child.wait().unwrap().code().expect("no signal ends it");
    let modes = tcgetattr(&keyboard).unwrap().local_modes;
    assert!(
        modes.contains(LocalModes::ECHO),
        "the terminal shows again what is typed"
    );
    Typed {
        code,
        screen,
        out,
        err,
    }
}

/// A child that does not outlive the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the terminal shows, piece by piece, until everybody has left it.
fn show(mut terminal: File) -> Receiver<String> {
    let (piece, pieces) = channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 1024];
        // The end of a terminal that everybody has left is an error.
        while let Ok(n @ 1..) = terminal.read(&mut bytes) {
            let text = String::from_utf8_lossy(&bytes[..n]).into_owned();
            if piece.send(text).is_err() {
                return;
            }
        }
    });
    pieces
}

fn await_text(shown: &Receiver<String>, screen: &mut String, part: &str) {
    while !screen.ends_with(part) {
        match shown.recv_timeout(PATIENCE) {
            Ok(text) => screen.push_str(&text),
            Err(_) => panic!("no {part:?} on the screen: {screen:?}"),
        }
    }
}

#[test]
fn a_passphrase_is_asked_for_and_never_shown() {
    let home = Home::empty();
    let made = at_terminal(
        &home,
        NEW,
        &[(ASKED, "correct horse"), (AGAIN, "correct horse")],
    );
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(made.screen, format!("{ASKED}\r\n{AGAIN}\r\n"));

    let right = at_terminal(&home, VERIFY, &[(ASKED, "correct horse")]);
    assert_eq!(right.code, 0, "{right:?}");
    assert_eq!(right.screen, format!("{ASKED}\r\n"));
    assert!(right.out.contains("contact:1"), "{right:?}");

    for wrong in ["battery staple", ""] {
        let wrong = at_terminal(&home, VERIFY, &[(ASKED, wrong)]);
        assert_eq!(wrong.code, 78, "{wrong:?}");
        assert_eq!(wrong.screen, format!("{ASKED}\r\n"));
        assert!(!wrong.err.contains("battery") && !wrong.out.contains("contact:1"));
        assert!(wrong.err.contains("passphrase"), "{wrong:?}");
    }
}

#[test]
fn two_passphrases_that_differ_make_no_keyring() {
    let home = Home::empty();
    let ran = at_terminal(
        &home,
        NEW,
        &[(ASKED, "correct horse"), (AGAIN, "correct house")],
    );
    assert_eq!(ran.code, 78, "{ran:?}");
    assert!(ran.err.contains("the two passphrases differ"), "{ran:?}");
    assert!(!home.path().join("k.json").exists());
}

#[test]
fn standard_input_stays_free_for_data() {
    let home = Home::empty();
    home.write_closed("pw", "correct horse\n");
    let mut new = NEW.to_vec();
    new.extend(["--passphrase-file", "pw"]);
    assert_eq!(home.veil(&new).code, 0);
    home.write("data", "veil1.contact:1.AW7ywKjENNq4oKGio6SlpqeoqaqrrK2urwAAAAAAAAAAAAAAAOTkglYcbJEYsfX-Wb11ahID0DmCFdSx_bZumqnCrwKa\n");
    let args = ["decrypt", "--any-context", "--keyring", "k.json"];
    let ran = run(
        &home,
        &args,
        KEEPING_THE_TERMINAL,
        &[(ASKED, "correct horse")],
    );
    // The envelope is not of that key, so the keyring had to be opened to say so.
    assert_eq!((ran.code, ran.out.as_str()), (2, "\n"), "{ran:?}");
    assert!(ran.err.contains("line 1:"), "{ran:?}");
    assert_eq!(ran.screen, format!("{ASKED}\r\n"));
}

#[test]
fn a_version_is_destroyed_when_it_is_typed_and_not_otherwise() {
    let home = Home::empty();
    let new = ["keys", "new", "--keyring", "k.json", "contact"];
    assert_eq!(home.veil(&new).code, 0);
    let before = home.read("k.json");
    let destroy = [
        "keys",
        "destroy",
        "contact@1",
        "--leave-none-active",
        "--keyring",
        "k.json",
    ];
    const QUESTION: &str = "type contact@1 to destroy it: ";
    for typed in ["yes", "contact", "contact@2", ""] {
        let ran = at_terminal(&home, &destroy, &[(QUESTION, typed)]);
        assert_eq!(ran.code, 64, "{ran:?}");
        assert!(ran.err.contains("nothing was changed"), "{ran:?}");
        assert_eq!(home.read("k.json"), before);
    }
    assert!(!home.path().join("audit.jsonl").exists());
    // What would be refused is not asked about.
    let plainly = ["keys", "destroy", "contact@1", "--keyring", "k.json"];
    let ran = at_terminal(&home, &plainly, &[]);
    assert_eq!(ran.code, 78, "{ran:?}");
    assert!(ran.err.contains("--leave-none-active"), "{ran:?}");
    assert_eq!(home.read("k.json"), before);
    let ran = at_terminal(&home, &destroy, &[(QUESTION, "contact@1")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.screen.contains(&format!("{QUESTION}contact@1")),
        "{ran:?}"
    );
    assert!(home.read("k.json").contains("\"destroyed\""));
}

#[test]
fn a_policy_is_tried_again_and_again_under_a_passphrase_asked_for_once() {
    let home = Home::empty();
    let made = at_terminal(
        &home,
        NEW,
        &[(ASKED, "correct horse"), (AGAIN, "correct horse")],
    );
    assert_eq!(made.code, 0, "{made:?}");
    let policy = super::PLAIN
        .replace("keyring.json#quarantine", "k.json#contact")
        .replace(
            "name: { keep: { max_chars: 20 } }",
            "name: { encrypt: { key: quarantine } }",
        );
    home.write("policy.yaml", policy);
    home.write(
        "events.ndjson",
        "{\"name\":\"Jane\"}\n{\"name\":\"John\"}\n",
    );
    let args = ["try", "-p", "policy.yaml", "-i", "events.ndjson"];
    // Behind the question comes a line break, and what is typed then is shown.
    let answers = [
        (ASKED, "correct horse"),
        ("\n", "2"),
        ("\n", "explain"),
        ("\n", "quit"),
    ];
    let tried = at_terminal(&home, &args, &answers);
    assert_eq!(
        (tried.code, tried.screen.matches(ASKED).count()),
        (0, 1),
        "{tried:?}"
    );
    for word in [
        "record 1 in clean",
        "record 2 in clean",
        "veil1.contact:1.",
        "paths that the policy",
    ] {
        assert!(tried.out.contains(word), "{word}: {tried:?}");
    }
    assert!(!tried.err.contains("John"), "{tried:?}");
}
