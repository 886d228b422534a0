//! What the whole pipeline costs, on a real Apache Kafka: `veil run` beside a
//! bare copy of the topic that is exactly once too, CPU time of the whole
//! process per event.
//!
//! ```sh
//! cargo bench --no-default-features --features kafka,cli --bench pipeline             # against target R8
//! cargo bench --no-default-features --features kafka,cli --bench pipeline -- EVENTS   # with so many events a pass
//! cargo bench --no-default-features --features kafka,cli --bench pipeline -- EVENTS linger.ms=50   # both clients' properties
//! cargo bench --no-default-features --features kafka,cli --bench pipeline -- --rate        # cost and latency at 0, 100, 2,000 and 20,000 events a second
//! cargo bench --no-default-features --features kafka,cli --bench pipeline -- --rate 500    # or at these
//! cargo bench --no-default-features --features kafka,cli --bench pipeline -- --smoke  # seconds: does all of it work?
//! ```
//! Needs Java 17 and Maven, as the broker suite does, whose broker it starts.
//! Every pass reads the same topic under a group of its own into a topic of its
//! own, which is then read back: a pass counts only if every event is there.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the mirror and the readers are plain clients; the broker's code asks its environment"
)]
#![allow(clippy::print_stdout, reason = "a bench prints")]
#![forbid(unsafe_code)]

mod memory;
mod mirror;
mod process;
mod rates;
mod report;
mod speed;
mod stage;

#[allow(
    dead_code,
    unused_imports,
    reason = "the broker suite's own; a bench needs a part of it"
)]
#[path = "../../tests/broker/kafka/mod.rs"]
mod kafka;

#[allow(dead_code, reason = "the library's bench uses all of it")]
#[path = "../reference/workload/mod.rs"]
mod workload;

use std::process::ExitCode;

/// Enough that joining the group, which costs the same for one event, weighs
/// little.
const EVENTS: usize = 500_000;
/// Median of so many; one more goes first and warms the broker.
const PASSES: usize = 5;

fn main() -> ExitCode {
    // Cargo adds `--bench` by itself, and a recipe's words may begin with `--`.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench" && a != "--")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => run(EVENTS, PASSES, &[]),
        ["--smoke"] => run(3_000, 0, &[]),
        ["--rate", ref rest @ ..]
            if rest
                .iter()
                .all(|r| r.contains('=') || r.parse::<usize>().is_ok()) =>
        {
            let (properties, rates): (Vec<&str>, Vec<&str>) =
                rest.iter().partition(|r| r.contains('='));
            let rates: Vec<usize> = rates.iter().filter_map(|r| r.parse().ok()).collect();
            at_rates(
                if rates.is_empty() {
                    &rates::RATES
                } else {
                    &rates
                },
                &properties,
            )
        }
        // What a pass of the mirror starts.
        [mirror::WORD, ref order @ ..] => {
            mirror::run(order);
            ExitCode::SUCCESS
        }
        [events, ref properties @ ..]
            if events.parse::<usize>().is_ok_and(|n| n > 0)
                && properties.iter().all(|p| p.contains('=')) =>
        {
            run(events.parse().expect("seen just now"), PASSES, properties)
        }
        _ => {
            say(&format!(
                "what is {words:?}? See the first lines of benches/pipeline/main.rs"
            ));
            ExitCode::from(64)
        }
    }
}

/// Measures with that many events and passes; without passes everything runs
/// once and nothing is measured.
fn run(events: usize, passes: usize, properties: &[&str]) -> ExitCode {
    let Some(stage) = stage::Stage::set(events, properties) else {
        return ExitCode::SUCCESS; // the skip was said
    };
    speed::run(&stage, passes);
    memory::run(&stage, passes > 0);
    if passes == 0 {
        say("a short run: it shows that every event arrives once, nothing was measured");
    }
    ExitCode::SUCCESS
}

/// Follows topics that grow at such rates.
fn at_rates(rates: &[usize], properties: &[&str]) -> ExitCode {
    if let Some(stage) = stage::Stage::set(1, properties) {
        rates::run(&stage, rates);
    }
    ExitCode::SUCCESS // a skip was said
}

/// Prints a line.
fn say(line: &str) {
    println!("{line}");
}
