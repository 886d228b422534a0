//! Outputs that remember whom they released: one member reads all partitions, and whoever
//! takes over from it knows everybody who left before.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::Signal;

use crate::kafka::{self, Cluster, await_some};
use crate::veil::Veil;

use super::releases::{Releasing, in_classes, judge, record};
use super::stage::SETTLE;

/// A member that is gone is missed so soon.
pub(super) const SESSION: [&str; 2] = ["-X", "session.timeout.ms=6000"];

/// An output with `once_per`, and the topics that it takes.
pub(super) fn once<'a>(cluster: &'a Cluster, name: &'static str, more: &str) -> Releasing<'a> {
    let own = Releasing::new(
        cluster,
        name,
        &format!("once_per: 1d\n    {}", in_classes(more)),
    );
    kafka::create(cluster, &lease(name), 1, &[]);
    let windows = format!("veil.{name}.windows");
    kafka::create(cluster, &windows, 1, &[("cleanup.policy", "compact")]);
    own
}

fn lease(name: &str) -> String {
    format!("veil.{name}.lease.{name}.public")
}

/// Waits until all of the source is committed by the output that waits.
fn await_progress(own: &Releasing<'_>, records: i64) {
    await_some("all to be released or withheld", SETTLE, || {
        (own.progress() == records).then_some(())
    });
}

/// So many records were left out because their person had left before.
fn already(veil: &mut Veil) -> u64 {
    let reason = [("reason", "already_released")];
    veil.metrics().sum("veil_release_suppressed_total", &reason)
}

#[test]
fn each_person_leaves_once_though_who_remembered_them_is_killed() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = once(cluster, "leased-once", "max_delay: 1s");
    let mut holder = own.veil(&SESSION);
    holder.await_ready(SETTLE);
    // It stands by: the lease is taken.
    let mut other = own.veil(&SESSION);
    other.await_ready(SETTLE);
    let who = |n: u64| n % 40;
    own.produce((0..80).map(|n| record(n, who(n))));
    await_progress(&own, 80);
    let before = judge(&own.releases(), who);
    assert_eq!(
        before
            .iter()
            .map(|n| who(*n))
            .collect::<BTreeSet<_>>()
            .len(),
        40
    );
    assert_eq!(before.len(), 40);
    holder.kill();
    // Forty who left before, and twenty who did not.
    let who = |n: u64| if n < 80 { n % 40 } else { n % 60 };
    own.produce((80..200).map(|n| record(n, who(n))));
    await_progress(&own, 200);
    let left = judge(&own.releases(), who);
    let people: BTreeSet<u64> = left.iter().map(|n| who(*n)).collect();
    assert_eq!((left.len(), people.len()), (60, 60), "each person once");
    await_some("what was left out to be counted", SETTLE, || {
        (already(&mut other) >= 80).then_some(())
    });
    let ended = other.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    // What was remembered says nothing to whoever reads it.
    for row in own.rows_remembered() {
        assert!(
            row.key
                .is_some_and(|key| key.starts_with(b"o/leased-once.public/"))
        );
        assert!(
            row.value
                .is_some_and(|value| value[0] == 1 && value.len() > 37)
        );
    }
}

#[test]
fn who_was_taken_for_dead_releases_nobody_after_somebody_else_did() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = once(cluster, "asleep", "max_delay: 3s");
    let mut holder = own.veil(&SESSION);
    holder.await_ready(SETTLE);
    let mut other = own.veil(&SESSION);
    other.await_ready(SETTLE);
    own.produce((0..30).map(|n| record(n, n)));
    own.await_waiting(&mut holder, 30);
    holder.signal(Signal::STOP);
    await_progress(&own, 30);
    // What it holds is due by now, and all of it has left.
    holder.signal(Signal::CONT);
    await_some("it to let go of what it held", SETTLE, || {
        let waiting = holder.metrics().sum("veil_release_waiting_records", &[]);
        (waiting == 0).then_some(())
    });
    own.produce((30..60).map(|n| record(n, n % 35)));
    await_progress(&own, 60);
    let left = judge(&own.releases(), |n| if n < 30 { n } else { n % 35 });
    assert_eq!(left.len(), 35, "thirty, and five more");
    for member in [holder, other] {
        let ended = member.terminate();
        assert_eq!(ended.code, Some(0), "{}", ended.log);
    }
}

#[test]
fn a_lease_that_two_could_have_is_refused_with_the_command_that_mends_it() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = Releasing::new(
        cluster,
        "two",
        &format!("once_per: 1d\n    {}", in_classes("max_delay: 1s")),
    );
    kafka::create(cluster, &lease("two"), 2, &[]);
    let mut veil = own.veil(&[]);
    let told = veil.await_unready(SETTLE, &["veil.two.lease.two.public` has 2 partitions"]);
    let create = "--create --topic veil.two.windows --partitions 1 --config cleanup.policy=compact";
    assert!(told.contains(create), "{told}");
    let ended = veil.terminate();
    assert!(ended.took < Duration::from_secs(10), "{:?}", ended.took);
}
