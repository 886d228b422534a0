//! The broker is away while releases are due: nothing grows, and all of it leaves once when
//! the broker is there again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::kafka::Cluster;

use super::releases::{Releasing, in_classes, judge, numbers, record};

const RECORDS: u64 = 2_000;
/// Those that wait when it goes.
const FIRST: u64 = 90;
/// What an allocator may keep to itself.
const SLACK: u64 = 16 << 20;

fn away_for(name: &'static str, seconds: u64) {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let own = Releasing::new(&cluster, name, &in_classes("max_delay: 10s"));
    own.produce((0..FIRST).map(|n| record(n, n)));
    let mut veil = own.veil(&[]);
    // They are due while it is away.
    own.await_waiting(&mut veil, FIRST);
    cluster.kill();
    let begun = Instant::now();
    let mut seen = Vec::new();
    let mut budget = 0;
    while begun.elapsed() < Duration::from_secs(seconds) {
        assert!(veil.try_exit().is_none(), "{}", veil.log());
        let metrics = veil.metrics();
        budget = metrics.sum("veil_memory_budget_bytes", &[]);
        // What was under way at the kill has arrived by then.
        if begun.elapsed() > Duration::from_secs(5) {
            seen.push((
                metrics.sum("veil_release_waiting_records", &[]),
                metrics.sum("process_resident_memory_bytes", &[]),
            ));
        }
        std::thread::sleep(Duration::from_millis(500)); // how often one looks
    }
    let (waiting, resident) = seen[0];
    let most = |of: fn(&(u64, u64)) -> u64| seen.iter().map(of).max().unwrap_or(0);
    let (waited, grown) = (most(|s| s.0), most(|s| s.1));
    cluster.restart();
    own.produce((FIRST..RECORDS).map(|n| record(n, n)));
    own.settle();
    let back = begun.elapsed();
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    crate::say(&format!(
        "{name}: {FIRST} records waited before, {waiting} and at most {waited} while it was away, in {} MiB, at most {}, of a budget of {}; all had left {:?} after the broker went",
        resident >> 20,
        grown >> 20,
        budget >> 20,
        back
    ));
    // What could not be written is let go of, and read again.
    assert_eq!(waited, waiting, "nothing more is taken in");
    assert!(grown < resident + SLACK && grown < budget);
    let releases = own.releases();
    assert_eq!(
        judge(&releases, |n| n),
        (0..RECORDS).collect::<BTreeSet<_>>()
    );
    assert_eq!(
        numbers(&own.closed("clean")),
        (0..RECORDS).collect::<Vec<_>>()
    );
}

#[test]
fn while_the_broker_is_away_nothing_grows_and_then_all_of_it_leaves_once() {
    away_for("away", 20);
}

#[test]
#[ignore = "takes minutes: just releases"]
fn nor_while_it_is_away_for_five_minutes() {
    away_for("long-away", 300);
}
