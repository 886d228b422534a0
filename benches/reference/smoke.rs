//! Everything once over few events: shows that all variants agree and that all
//! modes work, and measures nothing.

use crate::agree;
use crate::ours::{Keys, Ours, POLICY, POLICY_WITHOUT_CRYPTO};
use crate::workload::{Workload, marketing};
use crate::{actions, avro, consent, counts, growth, primitives, protobuf, shapes};

const EVENTS: usize = 5_000;

/// Compares, and runs everything that is measured.
pub fn run() {
    let workload = Workload::generate(EVENTS, marketing::event);
    let mut full = Ours::new(POLICY, &workload);
    let mut null = Ours::new(POLICY_WITHOUT_CRYPTO, &workload);
    agree::on_marketing(&workload, EVENTS, &mut full, &mut null);
    shapes::agreement(1_500_000);
    primitives::measure(&Keys::of_the_tests(), &workload, 100, 1, 1);
    avro::works();
    actions::works();
    growth::works();
    consent::works();
    counts::works();
    protobuf::works();
    println!("a short run: it shows that the variants agree, nothing was measured");
}
