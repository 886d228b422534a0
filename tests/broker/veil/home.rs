//! A directory with a policy and a keyring, as a user has it.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// The directory; removed when dropped.
pub struct Home {
    dir: TempDir,
}

impl Home {
    /// A home with this policy, and the keys `people`, `contact`, `state` and
    /// `quarantine` made by `veil keys new`.
    pub fn new(policy: &str) -> Home {
        let home = Home {
            dir: tempfile::Builder::new()
                .prefix("veil-home-")
                .tempdir()
                .expect("a scratch directory"),
        };
        fs::write(home.path().join("policy.yaml"), policy).expect("the policy is written");
        let made = home
            .command()
            .args(["keys", "new", "--keyring", "keyring.json"])
            .args(["people", "contact", "state", "quarantine"])
            .output()
            .expect("veil runs");
        assert!(
            made.status.success(),
            "veil keys new: {}\n{}{}",
            made.status,
            String::from_utf8_lossy(&made.stdout),
            String::from_utf8_lossy(&made.stderr)
        );
        home
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The `veil` of this build, run in this directory, its environment clean
    /// of anything that could change what it does.
    pub fn command(&self) -> Command {
        let mut veil = Command::new(env!("CARGO_BIN_EXE_veil"));
        veil.current_dir(self.path()).env("NO_COLOR", "1");
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            if name_text.starts_with("VEIL_") || name_text.starts_with("RUST_LOG") {
                veil.env_remove(&name);
            }
        }
        veil
    }
}
