//! Three persons and then nobody: no release is ever so small, however long they wait.

use std::time::{Duration, Instant};

use crate::kafka::{self, await_some};

use super::releases::{Releasing, in_classes, record};
use super::stage::SETTLE;

const MAX_DELAY: Duration = Duration::from_secs(2);

#[test]
fn a_quiet_topic_of_three_persons_releases_nobody_and_is_done_with_only_where_it_says_so() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let both = ["suppress", "hold"].map(|short| {
        let name = match short {
            "hold" => "quiet-held",
            _ => "quiet-left-out",
        };
        let waits = in_classes(&format!("max_delay: 2s, short: {short}"));
        let own = Releasing::new(cluster, name, &waits);
        own.produce((0..3).map(|n| record(n, n)));
        let veil = own.veil(&[]);
        (own, veil)
    });
    let [(left_out, mut leaves), (held, mut holds)] = both;
    held.await_waiting(&mut holds, 3);
    let begun = Instant::now();
    await_some("the offsets to move", SETTLE, || {
        (left_out.progress() == 3).then_some(())
    });
    assert!(begun.elapsed() < MAX_DELAY + SETTLE / 2);
    while begun.elapsed() < 3 * MAX_DELAY {
        assert_eq!(held.progress(), 0);
        std::thread::sleep(MAX_DELAY / 4); // how often one looks
    }
    // What is left out is counted, and what is held waits still.
    let suppressed = await_some("what was left out to be counted", SETTLE, || {
        let metrics = leaves.metrics();
        let all = metrics.sum("veil_release_suppressed_total", &[]);
        (all == 3).then_some(metrics)
    });
    let short = [("reason", "short")];
    assert_eq!(suppressed.sum("veil_release_suppressed_total", &short), 3);
    let metrics = holds.metrics();
    assert_eq!(metrics.sum("veil_release_waiting_records", &[]), 3);
    assert_eq!(metrics.sum("veil_release_suppressed_total", &[]), 0);
    for (own, veil) in [(&left_out, leaves), (&held, holds)] {
        let ended = veil.terminate();
        assert_eq!(ended.code, Some(0), "{}", ended.log);
        assert_eq!(own.closed("public").len(), 0);
    }
    assert_eq!((left_out.progress(), held.progress()), (3, 0));
}
