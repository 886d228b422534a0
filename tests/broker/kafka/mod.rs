//! A real Apache Kafka for tests, and plain rdkafka clients to look at it; a real schema
//! registry.
//!
//! In: jars from the cache, free loopback ports. Out: a running single-node
//! broker, topics, records written and read, the offsets of a group.
//! Promises: waits end on an event or fail at a deadline that names what was
//! awaited; the broker dies with the test binary, whatever kills that.
//! Does not know: `veil`.

mod acl;
pub mod cluster;
mod group;
pub mod jars;
mod leash;
mod produce;
mod proxy;
mod raw;
mod read;
pub mod registry;
mod requests;
mod segments;
mod topics;
mod wire;

pub use acl::{Acl, Operation, hide_group, only_describe};
pub use cluster::{Cluster, free_port, shared};
pub use group::{Member, Observer, committed, group_names, lag_by_partition, members, settled};
pub use leash::Leash;
pub use produce::{Feed, Outgoing, enqueue, produce, produce_transactions, transactional_producer};
pub use proxy::Proxy;
pub use raw::{RawRecord, produce_raw};
pub use read::{Isolation, Row, ends, read_all};
pub use requests::{OffsetCommit, offset_commits};
pub use segments::{TransactionOf, transactions};
pub use topics::{create, delete, reconfigure, set_on_all_brokers, topic_names, widen};

use std::time::{Duration, Instant};

/// Asks `probe` until it answers, and fails at `deadline` naming `what`.
///
/// The pause between two questions is the only sleep of the suite, and it
/// bounds how often one asks, not how long anything takes.
pub fn await_some<T>(what: &str, deadline: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(
            start.elapsed() < deadline,
            "waited {deadline:?} in vain for {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
