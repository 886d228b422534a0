//! Groups of outputs whose records wait that begin at the end of the source: what lies there
//! when they start for the first time never leaves by them, and everything after that does.

use crate::kafka;

use super::leases::once;
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
