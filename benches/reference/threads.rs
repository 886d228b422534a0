//! One thread and two, each with a worker and events of its own, as in the
//! pipeline: they share nothing, so that the second should give nearly as much
//! as the first.
//!
//! Wall time, since that is the question: only a quiet machine with two free
//! cores gives an answer. Beside it the CPU time an event costs, which grows
//! when threads disturb each other's caches and hardly when neighbours do.

use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use crate::measure;
use crate::ours::{Ours, POLICY};
use crate::report;
use crate::workload::{Workload, marketing};

const EVENTS: usize = 50_000;
const ROUNDS: usize = 4;
const PASSES: usize = 7;
/// The least that two threads should do, one thread being 1.
const TARGET: f64 = 1.8;

/// What one pass came to.
#[derive(Clone, Copy)]
struct Pass {
    events_per_second: f64,
    cpu_ns_per_event: f64,
}

/// Measures and prints.
pub fn run() {
    let workload = Workload::generate(EVENTS, marketing::event);
    report::workload("A", &workload);
    let mut workers = [Ours::new(POLICY, &workload), Ours::new(POLICY, &workload)];
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for pass in 0..=PASSES {
        let (single, both) = (together(&mut workers[..1]), together(&mut workers));
        if pass > 0 {
            one.push(single);
            two.push(both);
        }
    }
    let median =
        |of: &[Pass], what: fn(&Pass) -> f64| measure::median(of.iter().map(what).collect());
    println!(
        "\n{:<10}{:>16}{:>16}",
        "threads", "events/s", "CPU ns/event"
    );
    for (n, passes) in [(1, &one), (2, &two)] {
        println!(
            "{n:<10}{:>16.0}{:>16.0}",
            median(passes, |p| p.events_per_second),
            median(passes, |p| p.cpu_ns_per_event)
        );
    }
    let ratios = one.iter().zip(&two);
    let gain = measure::median(
        ratios
            .map(|(a, b)| b.events_per_second / a.events_per_second)
            .collect(),
    );
    let verdict = if gain >= TARGET { "met" } else { "NOT MET" };
    println!(
        "two threads do {gain:.2} times the work of one; target at least {TARGET}: {verdict}\n"
    );
}

/// Lets all workers run at once, a thread each.
fn together(workers: &mut [Ours]) -> Pass {
    let events = (workers.len() * ROUNDS * EVENTS) as f64;
    let ready = Barrier::new(workers.len() + 1);
    thread::scope(|scope| {
        let running: Vec<_> = workers
            .iter_mut()
            .map(|worker| {
                let ready = &ready;
                scope.spawn(move || {
                    ready.wait();
                    let start = measure::cpu_ns();
                    for _ in 0..ROUNDS {
                        worker.pass();
                    }
                    measure::cpu_ns() - start
                })
            })
            .collect();
        ready.wait();
        let start = Instant::now();
        let cpu: u64 = running
            .into_iter()
            .map(|thread| thread.join().expect("a worker does not panic"))
            .sum();
        Pass {
            events_per_second: events / start.elapsed().as_secs_f64(),
            cpu_ns_per_event: cpu as f64 / events,
        }
    })
}
