//! What the running sidecar has given up, read from the system.

use std::fs;

use crate::kafka;

use super::stage::{SETTLE, Stage};

/// Every thread of it, those of the client library too: they were all started
/// after, or were there and were told.
#[test]
fn every_thread_of_a_running_sidecar_is_confined() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "confined", 1);
    let mut veil = stage.veil(&[]);
    veil.await_ready(SETTLE);
    let tasks = format!("/proc/{}/task", veil.id());
    let mut threads = 0;
    for task in fs::read_dir(&tasks).unwrap() {
        // A thread that has ended meanwhile has no status: some start, do their work and end.
        let Ok(status) = fs::read_to_string(task.unwrap().path().join("status")) else {
            continue;
        };
        let says = |line: &str| {
            status
                .lines()
                .any(|l| l.split_whitespace().eq(line.split(' ')))
        };
        assert!(says("Seccomp: 2"), "{status}");
        assert!(says("NoNewPrivs: 1"), "{status}");
        threads += 1;
    }
    assert!(threads > 5, "{threads} threads");
    let log = veil.log();
    let said = log.lines().find(|line| line.contains("confined"));
    let said = said.unwrap_or_else(|| panic!("nothing is said of it:\n{log}"));
    assert!(said.contains("no program is started"), "{said}");
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
}
