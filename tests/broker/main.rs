//! The real-broker suite: `veil run` against a real Apache Kafka, and the
//! fixture, readers and checkers that this takes.
//!
//! What comes in: Java 17 or later and Maven on the path. The broker's jars
//! are fetched once (`pom.xml`) into `$VEIL_KAFKA_JARS`, by default
//! `${XDG_CACHE_HOME:-~/.cache}/veilstream/kafka-<version>`; a schema registry, Apicurio's,
//! once into `apicurio-<version>` beside it.
//! What goes out: verdicts, and measured figures on stderr.
//! What it promises: every verdict is computed from what a `read_committed`
//! reader sees, never from what `veil` says of itself; every checker is itself
//! tested on planted faults; seeds are printed and `VEIL_SEED` replays one; no
//! process outlives the run. Without Java or Maven the tests say loudly that
//! they were skipped; with `CI=true` or `VEIL_BROKER=required` that is a failure.
//! What it does not know: anything inside `veil`. It sees the command line,
//! the topics, the log and the HTTP pages; but the schema registry is asked through the
//! library, since no policy names a schema yet.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the suite drives a broker with plain clients, and asks its environment"
)]
#![forbid(unsafe_code)]

mod cases;
mod check;
mod kafka;
mod traffic;
mod veil;

/// Writes a line to the terminal past the test harness' capture: figures that
/// were measured, seeds, skips.
fn say(line: &str) {
    use std::io::Write;
    let mut text = String::with_capacity(line.len() + 1);
    text.push_str(line);
    text.push('\n');
    // A closed stderr must not fail a test that has passed.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
