//! The memory of the sidecar against its budget while it follows a topic, and
//! what it costs when little or nothing arrives.

use std::time::{Duration, Instant};

use crate::process::Process;
use crate::report;
use crate::stage::{REFERENCE, Stage};

const PER_SECOND: usize = 2_000;
const TOPIC: &str = "raw-trickle";
const TARGET: &str = "clean-trickle";

/// Follows a topic that grows slowly; with `measure` for long enough to say
/// what that costs.
///
/// # Panics
/// When an event is missing or there twice, or the drain fails.
pub fn run(stage: &Stage, measure: bool) {
    let seconds = if measure { 10 } else { 1 };
    stage.create(TOPIC, &[]);
    stage.create(TARGET, &[]);
    let mut veil = Process::start(stage.sidecar(REFERENCE, "none", TOPIC, TARGET));
    // It is up when the first event is through.
    stage.fill(TOPIC, 1);
    stage.settled(TARGET, TOPIC);
    let used = |veil: &mut Process| (veil.look().cpu, Instant::now());
    let up = used(&mut veil);
    std::thread::sleep(Duration::from_secs(seconds / 2));
    let idle = used(&mut veil);
    let mut feed = stage.feed(TOPIC);
    stage.trickle(&mut feed, PER_SECOND, seconds as usize);
    feed.finish();
    stage.settled(TARGET, TOPIC);
    let done = used(&mut veil);
    veil.terminate();
    let resident = veil.end().resident_max;
    let events = PER_SECOND as u64 * seconds;
    let found: u64 = stage.count(TARGET).iter().map(|(records, _)| records).sum();
    assert_eq!(found, events + 1, "records of {TARGET}");
    if measure {
        report::slow(
            (idle.0 - up.0).div_f64((idle.1 - up.1).as_secs_f64()),
            PER_SECOND,
            (done.0 - idle.0).div_f64(events as f64),
            resident,
        );
    }
}
