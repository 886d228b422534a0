//! What the client library's own figures say: of the connection, of the ends of
//! partitions, of what is fetched.

use std::sync::atomic::Ordering;

use rdkafka::statistics::Statistics;

use super::group::Group;
use crate::kafka::backlog::Now;
use crate::kafka::conditions::Part;

impl Group {
    pub(super) fn figures(&self, statistics: &Statistics) {
        let is_reachable = statistics
            .brokers
            .values()
            .any(|b| b.nodeid >= 0 && b.state == "UP");
        // Without its coordinator nothing can be committed.
        let has_coordinator = statistics.cgrp.as_ref().is_none_or(|g| g.state == "up");
        self.connection(is_reachable && has_coordinator);
        let shared = &self.shared;
        let mut fetched = 0;
        for (name, topic) in &statistics.topics {
            for (number, partition) in &topic.partitions {
                fetched += partition.fetchq_size;
                let end = match partition.ls_offset {
                    stable if stable >= 0 => stable,
                    _ => partition.hi_offset,
                };
                // Negative: nothing was fetched of it yet.
                if end >= 0 {
                    let bounds = (partition.lo_offset.max(0), end);
                    shared.backlog.holds(name, *number, bounds);
                }
            }
        }
        shared.observer.on_fetched(fetched);
        let left = shared.backlog.tell(Now::of_the_system(), &*shared.observer);
        // What waits for a release is read already.
        let waits = self.locked().plan.waiting().is_some();
        let left = if waits { shared.backlog.unread() } else { left };
        shared.liveness.lag(left);
    }

    /// What a look at the client library's figures says of the connection. Once
    /// may be a moment between two connections; twice is an outage that no error
    /// told of.
    fn connection(&self, works: bool) {
        if works {
            self.unconnected.store(0, Ordering::Relaxed);
            self.shared.conditions.clear(Part::Connection);
        } else if self.unconnected.fetch_add(1, Ordering::Relaxed) > 0
            && self.shared.conditions.is_met(Part::Connection)
        {
            let what = "no broker, or no coordinator of the group, can be reached; look at the brokers and the network";
            self.shared.conditions.put(Part::Connection, what);
        }
    }
}
