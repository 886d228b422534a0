//! Counts instructions by running this program again under callgrind.

use std::fs;
use std::process::{Command, Stdio};

/// What `valgrind --version` says; `None` where there is no valgrind.
pub fn version() -> Option<String> {
    let out = Command::new("valgrind").arg("--version").output().ok()?;
    out.status
        .success()
        .then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Instructions that this program executes inside [`super::counted_pass`] when
/// started with `words`.
///
/// # Panics
/// When the run fails or counts nothing.
pub fn instructions(words: &[&str]) -> u64 {
    let report = tempfile::NamedTempFile::new().expect("a temporary file");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--collect-atstart=no"])
        .arg("--toggle-collect=*counted_pass*")
        .arg(format!("--callgrind-out-file={}", report.path().display()))
        .arg(std::env::current_exe().expect("this program has a path"))
        .args(words)
        .stdout(Stdio::null())
        .status()
        .expect("valgrind starts");
    assert!(status.success(), "callgrind on {words:?}: {status}");
    let report = fs::read_to_string(report.path()).expect("callgrind wrote its report");
    let total = report
        .lines()
        .find_map(|line| line.strip_prefix("totals: "))
        .and_then(|n| n.trim().parse().ok())
        .expect("a report has its total");
    assert!(
        total > 0,
        "nothing was counted: is `counted_pass` still a function?"
    );
    total
}
