//! Workloads of other shapes beside workload A, per byte: what the library
//! gains from events that all look alike must not be all it has.

use std::hint::black_box;

use crate::agree;
use crate::dom;
use crate::fates::{self, Fates};
use crate::house::House;
use crate::measure::{self, InParts};
use crate::ours::{Keys, Ours, POLICY};
use crate::report;
use crate::workload::{Workload, marketing, mixed, orders};

/// The policy of workload "mixed".
pub const MIXED: &str = include_str!("policies/mixed.yaml");
/// The policy of workload "orders".
pub const ORDERS: &str = include_str!("policies/orders.yaml");

const PASSES: usize = 9;
const PARTS: usize = 20;
/// About 30 MB each.
const BYTES: usize = 30_000_000;

/// The least share of A's speed per byte that "mixed" should have.
const MIXED_TARGET: f64 = 0.8;

/// One workload, its policy, and the same as [`Fates`].
struct Shape {
    name: &'static str,
    workload: Workload,
    policy: &'static str,
    fates: Fates,
}

/// The three shapes, `per_shape` bytes of each or at least one event.
fn shapes(per_shape: usize) -> [Shape; 3] {
    let of = |name, event: fn(u64, &mut String), policy, fates| {
        let sample = Workload::generate(1_000, event).sizes().mean;
        Shape {
            name,
            workload: Workload::generate((per_shape as f64 / sample) as usize, event),
            policy,
            fates,
        }
    };
    [
        of("A", marketing::event, POLICY, fates::MARKETING),
        of("mixed", mixed::event, MIXED, fates::MIXED),
        of("orders", orders::event, ORDERS, fates::ORDERS),
    ]
}

/// Compares `bytes` of each shape with the document baseline.
///
/// # Panics
/// When an event differs.
pub fn agreement(bytes: usize) {
    for shape in shapes(bytes) {
        let mut ours = Ours::new(shape.policy, &shape.workload);
        agree::with_the_document(shape.name, &shape.workload, shape.fates, &mut ours);
    }
}

/// Measures and prints.
pub fn run() {
    agreement(BYTES / 20);
    let shapes = shapes(BYTES);
    let keys = Keys::of_the_tests();
    let mut runs: Vec<(Ours, House)> = shapes
        .iter()
        .map(|s| (Ours::new(s.policy, &s.workload), House::new(&keys)))
        .collect();
    let mut variants: Vec<InParts<'_>> = Vec::new();
    for (shape, (ours, house)) in shapes.iter().zip(&mut runs) {
        report::workload(shape.name, &shape.workload);
        variants.push((shape.name, Box::new(|part| ours.part(part))));
        variants.push((
            shape.name,
            Box::new(|part| {
                let events = part.range(shape.workload.events.len());
                for event in shape.workload.slice(events) {
                    black_box(dom::sanitize(event.as_bytes(), shape.fates, house));
                }
            }),
        ));
    }
    let times = measure::interleaved_in_parts(&mut variants, PARTS, PASSES);
    println!(
        "\n{:<10}{:>14}{:>14}{:>10}{:>22}{:>24}",
        "workload",
        "CPU ns/event",
        "CPU ns/byte",
        "MB/s",
        "speed per byte / A's",
        "DOM, our crypto / ours"
    );
    let per_byte = |i: usize| times[2 * i] / shapes[i].workload.bytes.len() as f64;
    for (i, shape) in shapes.iter().enumerate() {
        println!(
            "{:<10}{:>14.0}{:>14.3}{:>10.0}{:>22.2}{:>24.2}",
            shape.name,
            times[2 * i] / shape.workload.events.len() as f64,
            per_byte(i),
            1e3 / per_byte(i),
            per_byte(0) / per_byte(i),
            times[2 * i + 1] / times[2 * i],
        );
    }
    let mixed = per_byte(0) / per_byte(1);
    let verdict = if mixed >= MIXED_TARGET {
        "met"
    } else {
        "NOT MET"
    };
    println!(
        "mixed has {mixed:.2} of A's speed per byte; target at least {MIXED_TARGET}: {verdict}\n"
    );
}
