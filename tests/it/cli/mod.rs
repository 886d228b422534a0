//! The command line's contract: forms, exit codes, what is written where.

mod apply;
mod audit;
mod avro;
mod canaries;
mod check;
mod contexts;
mod counts;
mod decisions;
mod determinism;
mod detokenize;
mod diff;
#[cfg(feature = "kafka")]
mod doctor;
mod epochs;
mod explain;
mod fmt;
mod generate;
mod hostile_texts;
mod init;
mod json_schema;
mod keys;
mod measured;
#[cfg(target_os = "linux")]
mod prompt;
mod protobuf;
mod pseudonym;
mod reference;
mod releases;
#[cfg(feature = "kafka")]
mod reload;
mod rotation;
#[cfg(feature = "kafka")]
mod run;
mod tryout;
mod update;
mod usage;

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A folder with a policy and a keyring, as a user has it.
pub struct Home(TempDir);

impl Home {
    /// An empty one.
    pub fn empty() -> Home {
        Home(tempfile::tempdir().expect("a folder for the test"))
    }

    /// With `policy.yaml` and, beside it, the keys that the policies of these
    /// tests name.
    pub fn with(policy: &str) -> Home {
        let home = Home::empty();
        home.write("policy.yaml", policy);
        home.make_keys();
        home
    }

    /// Makes `keyring.json` with the keys that the policies of these tests name.
    pub fn make_keys(&self) {
        let made = self.veil(&[
            "keys",
            "new",
            "--keyring",
            "keyring.json",
            "people",
            "contact",
            "quarantine",
        ]);
        assert_eq!(made.code, 0, "{made:?}");
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), text).expect("the file can be written");
    }

    /// As [`Home::write`], for the owner only.
    pub fn write_closed(&self, name: &str, text: impl AsRef<[u8]>) {
        use std::os::unix::fs::PermissionsExt;
        self.write(name, text);
        std::fs::set_permissions(self.path().join(name), PermissionsExt::from_mode(0o600))
            .expect("the file is ours");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name))
            .unwrap_or_else(|e| panic!("{name} can be read: {e}"))
    }

    /// `veil` with those arguments, in this folder, its environment clean.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_veil"));
        command.args(args);
        command
    }

    /// Any program, in this folder, its environment clean of what `veil` reads.
    pub fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("VEIL_") || text.contains("COLOR") || text == "COLUMNS" {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Starts it, all its streams piped.
    pub fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("veil starts")
    }

    /// Runs it without input.
    pub fn veil(&self, args: &[&str]) -> Ran {
        self.veil_on(args, "")
    }

    /// Runs it on that input.
    pub fn veil_on(&self, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
        run(self.command(args), input.as_ref())
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// What was said, however it was folded.
    pub fn said(&self) -> String {
        self.err.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Runs a prepared command on that input.
pub fn run(mut command: Command, input: &[u8]) -> Ran {
    command.stdout(Stdio::piped());
    ended(command, input)
}

/// As [`run`]; standard output goes where the command says.
pub fn ended(mut command: Command, input: impl AsRef<[u8]>) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("veil starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.as_ref().to_vec();
    let feeder = std::thread::spawn(move || {
        // A command that reads no input closes the pipe.
        let _ = stdin.write_all(&input);
    });
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().expect("veil ends");
    feeder.join().expect("the feeder does not panic");
    Ran {
        code: status.code().expect("veil is not killed by a signal"),
        out: String::from_utf8(stdout).expect("what veil writes is UTF-8"),
        err: String::from_utf8(stderr).expect("what veil writes is UTF-8"),
    }
}

/// One output, no keys needed.
pub const PLAIN: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: plain, version: 1, owner: tests }
source: { topic: raw }
keys:
  quarantine: { ref: \"file:keyring.json#quarantine\" }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    fields:
      n: { keep: { max_chars: 20 } }
      name: { keep: { max_chars: 20 } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
";

/// Two outputs in two domains.
pub const TWO: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: two, version: 1, owner: tests }
source: { topic: raw }
keys:
  people: { ref: \"file:keyring.json#people\" }
  contact: { ref: \"file:keyring.json#contact\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
outputs:
  - topic: coarse
    purpose: analytics.reporting
    domain: analytics
    fields:
      n: keep
      user: { pseudonymize: { key: people, normalize: text, epoch: none } }
  - topic: mail
    purpose: marketing.advertising.first_party.targeted
    domain: mail
    fields:
      email: { encrypt: { key: contact } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
";
