//! Workload A through the library and through the baselines, in one run.

use std::hint::black_box;

use crate::fates::MARKETING;
use crate::house::House;
use crate::measure::{self, Allocations, Part, Variant};
use crate::naive::Naive;
use crate::ours::{BATCH_RECORDS, DOMAIN, Keys, Ours, POLICY, POLICY_WITHOUT_CRYPTO};
use crate::report::{self, Row};
use crate::workload::{Workload, marketing};
use crate::{agree, dom, lazy, primitives, targets};

const EVENTS: usize = 200_000;
const PASSES: usize = 9;
/// Of 4,000 events each.
const PARTS: usize = 50;
const COMPARED: usize = 20_000;
const OPERATIONS: usize = 100_000;

/// Compares, measures, prints R1 to R9.
pub fn run() {
    let workload = Workload::generate(EVENTS, marketing::event);
    report::workload("A", &workload);
    let keys = Keys::of_the_tests();
    let mut naive = Naive::derive(DOMAIN);
    let (mut house, mut lazy_house) = (House::new(&keys), House::new(&keys));
    let mut lazy_out = Vec::new();
    let mut full = Ours::new(POLICY, &workload);
    let mut null = Ours::new(POLICY_WITHOUT_CRYPTO, &workload);
    let steady = steady_allocations(&workload, &mut full);
    agree::on_marketing(&workload, COMPARED, &mut full, &mut null);

    let mut variants: Vec<Variant<'_>> = vec![
        (
            report::NAIVE,
            Box::new(|part| dom_pass(&workload, part, &mut naive)),
        ),
        (
            report::DOM,
            Box::new(|part| dom_pass(&workload, part, &mut house)),
        ),
        (
            report::LAZY,
            Box::new(|part| {
                for event in workload.slice(part.range(EVENTS)) {
                    lazy::sanitize(event.as_bytes(), &mut lazy_house, &mut lazy_out);
                    black_box(&lazy_out);
                }
            }),
        ),
        (report::OURS, Box::new(|part| full.part(part))),
        (report::NULL, Box::new(|part| null.part(part))),
        (report::UTF8, Box::new(|part| utf8_pass(&workload, part))),
        (report::COPY, Box::new(|part| copy_pass(&workload, part))),
    ];
    let times = measure::interleaved(&mut variants, PARTS, PASSES);
    let rows: Vec<Row> = variants
        .iter_mut()
        .zip(times)
        .map(|((name, run), ns)| Row {
            name,
            ns: ns / EVENTS as f64,
            allocations: measure::allocations(|| run(Part::WHOLE)) as f64 / EVENTS as f64,
        })
        .collect();
    let costs = primitives::measure(&keys, &workload, OPERATIONS, PARTS, PASSES);
    report::table(&rows, &workload);
    report::primitives(&costs);
    targets::print(&rows, &costs, steady);
}

/// Takes the allocations of an event and of a batch apart (each batch draws a
/// seed): by two runs over the same events, the second with
/// batches half as long.
fn steady_allocations(workload: &Workload, full: &mut Ours) -> Allocations {
    let mut halves = Ours::in_batches_of(BATCH_RECORDS / 2, POLICY, workload);
    let count = |run: &mut Ours| {
        run.pass();
        measure::allocations(|| run.pass()) as f64
    };
    let (long, short) = (count(full), count(&mut halves));
    let more = halves.batches() - full.batches();
    let per_batch = (short - long) / more as f64;
    Allocations {
        per_batch,
        per_event: (long - per_batch * full.batches() as f64) / workload.events.len() as f64,
    }
}

fn dom_pass(workload: &Workload, part: Part, crypto: &mut impl crate::crypto::Crypto) {
    for event in workload.slice(part.range(EVENTS)) {
        black_box(dom::sanitize(event.as_bytes(), MARKETING, crypto));
    }
}

fn utf8_pass(workload: &Workload, part: Part) {
    for event in workload.slice(part.range(EVENTS)) {
        black_box(simdutf8::basic::from_utf8(event.as_bytes()).is_ok());
    }
}

fn copy_pass(workload: &Workload, part: Part) {
    let mut buffer = Vec::with_capacity(4096);
    let events = &workload.events[part.range(EVENTS)];
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return;
    };
    let bytes = &workload.bytes.as_bytes()[first.start..=last.end];
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        buffer.clear();
        buffer.extend_from_slice(&bytes[start..end]);
        black_box(&buffer);
        start = end + 1;
    }
}
