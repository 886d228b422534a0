//! The workloads that do not look like A: twenty types of event in shuffled
//! order, and long lists. What the library gains from events that all look
//! alike must not be all it has; their instructions are counted.

use crate::agree;
use crate::fates::{self, Fates};
use crate::ours::Ours;
use crate::workload::{Workload, mixed, orders};

/// The policy of workload "mixed".
pub const MIXED: &str = include_str!("policies/mixed.yaml");
/// The policy of workload "orders".
pub const ORDERS: &str = include_str!("policies/orders.yaml");

/// Name, maker of events, policy, and the policy once more as the document
/// baseline has it.
type Shape = (&'static str, fn(u64, &mut String), &'static str, Fates);

const ALL: [Shape; 2] = [
    ("mixed", mixed::event, MIXED, fates::MIXED),
    ("orders", orders::event, ORDERS, fates::ORDERS),
];

/// Compares `bytes` of each shape, or at least one event, with the document
/// baseline.
///
/// # Panics
/// When an event differs.
pub fn agreement(bytes: usize) {
    for (name, event, policy, fates) in ALL {
        let mean = Workload::generate(1_000, event).sizes().mean;
        let events = (bytes as f64 / mean).max(1.0) as usize;
        let workload = Workload::generate(events, event);
        agree::with_the_document(name, &workload, fates, &mut Ours::new(policy, &workload));
    }
}
