//! What a run found, as tables.

use crate::primitives::Costs;
use crate::workload::Workload;

/// serde_json document, crates as first written.
pub const NAIVE: &str = "serde_json Value, naive crypto";
/// serde_json document, the library's own crypto.
pub const DOM: &str = "serde_json Value, our crypto";
/// sonic-rs, member by member, the library's own crypto.
pub const LAZY: &str = "sonic-rs lazy and checked, our crypto";
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

/// Says what is measured.
pub fn workload(name: &str, workload: &Workload) {
    let sizes = workload.sizes();
    println!(
        "workload {name}: {} events, {} to {} bytes, mean {:.1} (line feed included)",
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
        "\n{:<40}{:>12}{:>14}{:>10}{:>14}",
        "variant", "CPU ns/event", "events/s/core", "MB/s", "allocs/event"
    );
    for row in rows {
        println!(
            "{:<40}{:>12.0}{:>14.0}{:>10.0}{:>14.2}",
            row.name,
            row.ns,
            1e9 / row.ns,
            mean * 1e3 / row.ns,
            row.allocations
        );
    }
    println!();
}

/// What each primitive costs alone.
pub fn primitives(costs: &Costs) {
    println!("{:<40}{:>12}", "primitive alone", "CPU ns");
    for (name, ns) in costs.rows() {
        println!("{name:<40}{ns:>12.1}");
    }
    println!("{:<40}{:>12.1}\n", "sum of those of one event", costs.sum());
}
