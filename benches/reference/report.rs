//! What the run found, as a table, and where it stands against the targets.

use crate::workload::Workload;

/// serde_json document, crates as first written.
pub const NAIVE: &str = "serde_json Value, naive crypto";
/// serde_json document, the library's own crypto.
pub const DOM: &str = "serde_json Value, our crypto";
/// The library.
pub const OURS: &str = "veilstream";
/// The library, constants in place of pseudonyms, tokens and ciphertexts.
pub const NULL: &str = "veilstream, constants for crypto";
/// A floor: the bytes are looked at once.
pub const UTF8: &str = "floor: UTF-8 validation";
/// A floor: the bytes are moved once.
pub const COPY: &str = "floor: split at line feeds, copy";

/// One variant.
pub struct Row {
    /// One of the names above.
    pub name: &'static str,
    /// CPU nanoseconds per event, median of the passes.
    pub ns: f64,
    /// Requests for memory per event, in a pass of its own.
    pub allocations: f64,
}

/// Requests for memory of the library in steady state.
pub struct Allocations {
    /// For each event.
    pub per_event: f64,
    /// For each batch of up to 1,000 events.
    pub per_batch: f64,
}

/// A ratio with the least (or, for `at_most`, the greatest) it should be.
struct Target {
    name: &'static str,
    what: &'static str,
    measured: f64,
    target: f64,
    at_most: bool,
}

/// Says what is measured.
pub fn workload(workload: &Workload) {
    let sizes = workload.sizes();
    println!(
        "workload: {} events, {} to {} bytes, mean {:.1} (line feed included)\n",
        workload.events.len(),
        sizes.min,
        sizes.max,
        sizes.mean
    );
}

/// CPU time, speed and allocations of every variant.
pub fn table(rows: &[Row], workload: &Workload) {
    let mean = workload.sizes().mean;
    println!(
        "{:<36}{:>12}{:>14}{:>10}{:>16}",
        "variant", "CPU ns/event", "events/s/core", "MB/s", "allocs/event"
    );
    for row in rows {
        println!(
            "{:<36}{:>12.0}{:>14.0}{:>10.0}{:>16.2}",
            row.name,
            row.ns,
            1e9 / row.ns,
            mean * 1e3 / row.ns,
            row.allocations
        );
    }
    println!();
}

/// Where the library stands. A short run says that its figures mean nothing.
pub fn standing(rows: &[Row], steady: &Allocations, smoke: bool) {
    let row = |name: &str| {
        rows.iter()
            .find(|r| r.name == name)
            .expect("every variant has run")
    };
    let (ours, null) = (row(OURS), row(NULL));
    let targets = [
        Target {
            name: "R1",
            what: "serde_json Value with naive crypto / veilstream",
            measured: row(NAIVE).ns / ours.ns,
            target: 7.0,
            at_most: false,
        },
        Target {
            name: "R2",
            what: "serde_json Value with our crypto / veilstream",
            measured: row(DOM).ns / ours.ns,
            target: 4.0,
            at_most: false,
        },
        Target {
            name: "R4",
            what: "veilstream without crypto / split and copy",
            measured: null.ns / row(COPY).ns,
            target: 24.0,
            at_most: true,
        },
        Target {
            name: "R5",
            what: "veilstream without crypto / UTF-8 validation",
            measured: null.ns / row(UTF8).ns,
            target: 18.0,
            at_most: true,
        },
        Target {
            name: "R9",
            what: "allocations per event in steady state",
            // Counts are whole numbers; less than one in ten thousand events is
            // a buffer that grew once.
            measured: (steady.per_event * 1e4).round() / 1e4,
            target: 0.0,
            at_most: true,
        },
    ];
    for t in targets {
        let met = if t.at_most {
            t.measured <= t.target
        } else {
            t.measured >= t.target
        };
        println!(
            "{} {:<48}{:>8.2}   target {} {:<4} {}",
            t.name,
            t.what,
            t.measured,
            if t.at_most { "at most" } else { "at least" },
            t.target,
            if met { "met" } else { "not met" }
        );
    }
    println!(
        "   and {:.1} allocations per batch of 1,000 (its salt and its key)",
        steady.per_batch
    );
    if smoke {
        println!("\na short run: it shows that the bench works, its figures mean nothing");
    }
}
