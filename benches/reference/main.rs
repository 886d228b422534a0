//! The reference workload through the library, beside a `serde_json::Value`
//! baseline in the same run. No broker.
//!
//! Prints CPU time per event and the ratios, which are what counts: times differ
//! from machine to machine, ratios taken in one run hardly. Variants take turns
//! pass by pass, so that a busy machine is busy for all of them.
//!
//! ```sh
//! cargo bench --no-default-features --bench reference              # 200,000 events, 9 passes
//! cargo bench --no-default-features --bench reference -- --smoke   # a second or two, to see that it works
//! ```
#![allow(
    unsafe_code,
    reason = "a global allocator that counts cannot be written without"
)]
#![allow(
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "the baseline is what one writes with the well-known crates; a bench prints"
)]

mod agree;
mod dom;
mod house;
mod measure;
mod naive;
mod ours;
mod report;
mod workload;

use std::hint::black_box;

use report::Row;
use workload::Workload;

#[global_allocator]
static ALLOCATOR: measure::Counting = measure::Counting;

/// How much work one run does.
struct Extent {
    events: usize,
    passes: usize,
    compared: usize,
}

/// A name and one pass over all events.
type Variant<'w> = (&'static str, Box<dyn FnMut() + 'w>);

const FULL: Extent = Extent {
    events: 200_000,
    passes: 9,
    compared: 20_000,
};
const SMOKE: Extent = Extent {
    events: 5_000,
    passes: 3,
    compared: 5_000,
};

fn main() {
    let smoke = std::env::args().any(|a| a == "--smoke");
    let extent = if smoke { SMOKE } else { FULL };
    let workload = Workload::generate(extent.events);
    report::workload(&workload);

    let keys = ours::Keys::of_the_tests();
    let mut naive = naive::Naive::derive(ours::DOMAIN);
    let mut house = house::House::new(&keys);
    let mut full = ours::Ours::new(ours::POLICY, &workload, ours::BATCH_RECORDS);
    let mut null = ours::Ours::new(ours::POLICY_WITHOUT_CRYPTO, &workload, ours::BATCH_RECORDS);
    let steady = steady_allocations(&workload, &mut full);

    agree::check(
        &workload,
        extent.compared,
        &keys,
        &mut full,
        &mut naive,
        &mut house,
    );

    let mut variants: Vec<Variant<'_>> = vec![
        (report::NAIVE, Box::new(|| dom_pass(&workload, &mut naive))),
        (report::DOM, Box::new(|| dom_pass(&workload, &mut house))),
        (report::OURS, Box::new(|| full.pass())),
        (report::NULL, Box::new(|| null.pass())),
        (report::UTF8, Box::new(|| utf8_pass(&workload))),
        (report::COPY, Box::new(|| copy_pass(&workload))),
    ];
    let mut times = vec![Vec::new(); variants.len()];
    for pass in 0..=extent.passes {
        for ((_, run), times) in variants.iter_mut().zip(&mut times) {
            let start = measure::cpu_ns();
            run();
            let spent = (measure::cpu_ns() - start) as f64 / extent.events as f64;
            // The first pass warms caches and buffers.
            if pass > 0 {
                times.push(spent);
            }
        }
    }
    let rows: Vec<Row> = variants
        .iter_mut()
        .zip(times)
        .map(|((name, run), times)| Row {
            name,
            ns: measure::median(times),
            allocations: measure::allocations(run) as f64 / extent.events as f64,
        })
        .collect();
    report::table(&rows, &workload);
    report::standing(&rows, &steady, smoke);
}

/// Takes the allocations of an event and of a batch apart (each batch draws a
/// salt and derives a key): by two runs over the same events, the second with
/// batches half as long.
fn steady_allocations(workload: &Workload, full: &mut ours::Ours) -> report::Allocations {
    let mut halves = ours::Ours::new(ours::POLICY, workload, ours::BATCH_RECORDS / 2);
    let count = |run: &mut ours::Ours| {
        run.pass();
        measure::allocations(|| run.pass()) as f64
    };
    let (long, short) = (count(full), count(&mut halves));
    let more = halves.batches() - full.batches();
    let per_batch = (short - long) / more as f64;
    report::Allocations {
        per_batch,
        per_event: (long - per_batch * full.batches() as f64) / workload.events.len() as f64,
    }
}

fn dom_pass(workload: &Workload, crypto: &mut impl dom::Crypto) {
    for event in workload.iter() {
        black_box(dom::sanitize(event, crypto));
    }
}

fn utf8_pass(workload: &Workload) {
    for event in workload.iter() {
        black_box(simdutf8::basic::from_utf8(event.as_bytes()).is_ok());
    }
}

fn copy_pass(workload: &Workload) {
    let mut buffer = Vec::with_capacity(4096);
    let bytes = workload.bytes.as_bytes();
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        buffer.clear();
        buffer.extend_from_slice(&bytes[start..end]);
        black_box(&buffer);
        start = end + 1;
    }
}
