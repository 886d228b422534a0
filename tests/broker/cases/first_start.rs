//! Groups of outputs whose records wait that begin at the end of the source: what lies there
//! when they start for the first time never leaves by them, and everything after that does.

use crate::kafka;

use super::leases::{SESSION, once};
use super::releases::{Releasing, in_classes, judge, numbers, record};
use super::stage::SETTLE;

/// It is killed before its first release, and records come while it is away.
fn begins_at_the_end(own: &Releasing<'_>) {
    let settings = format!("release: {{ start: {{ {}: end }} }}\n", own.topic("public"));
    std::fs::write(own.home.path().join("veil.yaml"), settings).expect("it is written");
    let flags = ["-c", "veil.yaml", "--instance", "steady"];
    own.produce((0..20).map(|n| record(n, n)));
    let mut veil = own.veil(&flags);
    veil.await_ready(SETTLE);
    assert_eq!(own.progress(), 20, "where it begins is committed at once");
    own.produce((20..23).map(|n| record(n, n)));
    own.await_waiting(&mut veil, 3);
    veil.kill();
    own.produce((23..30).map(|n| record(n, n)));
    let mut veil = own.veil(&flags);
    own.await_waiting(&mut veil, 10);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert_eq!(judge(&own.releases(), |n| n), (20..30).collect());
    assert_eq!(numbers(&own.closed("clean")), (0..30).collect::<Vec<_>>());
}

/// The member that reads the first partition does not begin so: whoever waits for it says so,
/// holds no rebalance up meanwhile, and begins itself once the first partition is its own.
#[test]
fn a_member_that_waits_for_the_first_partition_holds_nobody_up() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = Releasing::new(cluster, "ended-two", &in_classes("max_delay: 1h"));
    let mut leaves = own.veil(&SESSION);
    leaves.await_ready(SETTLE);
    // It takes the first partition over, and the third one the other, once that has gone.
    let mut other = own.veil(&SESSION);
    other.await_ready(SETTLE);
    let settings = format!("release: {{ start: {{ {}: end }} }}\n", own.topic("public"));
    std::fs::write(own.home.path().join("veil.yaml"), settings).expect("it is written");
    let mut veil = own.veil(&[&["-c", "veil.yaml"], &SESSION[..]].concat());
    assert_eq!(leaves.terminate().code, Some(0));
    let waits = [
        "stream of ended-two.public/assignment",
        "partition 0 of `ended-two.raw`",
    ];
    veil.await_unready(SETTLE, &waits);
    own.produce((0..20).map(|n| record(n, n)));
    other.kill();
    veil.await_ready(SETTLE);
    assert_eq!(
        own.progress(),
        20,
        "it begins at the end, for all partitions"
    );
    own.produce((20..30).map(|n| record(n, n)));
    own.await_waiting(&mut veil, 10);
    assert_eq!(veil.terminate().code, Some(0));
    assert_eq!(judge(&own.releases(), |n| n), (20..30).collect());
}

#[test]
fn a_group_that_begins_at_the_end_does_so_once() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    begins_at_the_end(&Releasing::new(
        cluster,
        "ended",
        &in_classes("max_delay: 1h"),
    ));
}

#[test]
fn a_group_of_a_lease_that_begins_at_the_end_does_so_once() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    begins_at_the_end(&once(cluster, "ended-once", "max_delay: 1h"));
}
