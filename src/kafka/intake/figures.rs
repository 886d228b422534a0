//! What the client library's own figures say: of the connection, of the ends of
//! partitions, of what is fetched.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rdkafka::statistics::{Broker, Statistics};

use super::group::Group;
use crate::kafka::backlog::Now;
use crate::kafka::conditions::Part;

/// Partitions that are named of a broker.
const NAMED: usize = 8;

impl Group {
    pub(super) fn figures(&self, statistics: &Statistics) {
        let is_reachable = statistics
            .brokers
            .values()
            .any(|b| b.nodeid >= 0 && b.state == "UP");
        // Without its coordinator nothing can be committed.
        let has_coordinator = statistics.cgrp.as_ref().is_none_or(|g| g.state == "up");
        self.connection(is_reachable && has_coordinator);
        self.leaders(self.unread(statistics));
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

    /// What it says of the brokers that lead what is read: here too once may be a moment.
    fn leaders(&self, silent: Option<String>) {
        let conditions = &self.shared.conditions;
        let before = match silent {
            Some(_) => self.silent.fetch_add(1, Ordering::Relaxed),
            None => self.silent.swap(0, Ordering::Relaxed),
        };
        match silent {
            None => conditions.clear(Part::Leaders),
            Some(what) if before > 0 => conditions.put(Part::Leaders, what),
            Some(_) => {}
        }
    }

    /// Which partitions are not read though they are to be, and by whose fault: of one whose
    /// leader is silent not even its end is known, and so no lag shows it.
    fn unread(&self, statistics: &Statistics) -> Option<String> {
        let assigned_lanes = self.locked();
        if assigned_lanes.paused {
            return None;
        }
        let lanes = assigned_lanes.lanes.iter().filter(|l| !l.stands_still());
        let places = lanes.map(|l| (&*l.lane.topic, l.lane.partition));
        unread_of(statistics, places, self.shared.silent_after)
    }
}

/// The same of these partitions.
fn unread_of<'p>(
    statistics: &Statistics,
    places: impl Iterator<Item = (&'p str, i32)>,
    silent_after: Duration,
) -> Option<String> {
    let mut silent: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for (topic, number) in places {
        let known = statistics.topics.get(topic);
        let partition = known.and_then(|topic| topic.partitions.get(&number));
        // Without a leader the library asks for one, and says so elsewhere; -1 is the number
        // of addresses of which it is not known whose they are, too.
        let leader = partition.map(|partition| partition.leader);
        let Some(leader) = leader.filter(|leader| *leader >= 0) else {
            continue;
        };
        // Beside each broker that is the coordinator stands another entry, for what is asked
        // of it as that: it may keep who joins waiting for long.
        let is_it = |b: &&Broker| b.nodeid == leader && b.source != "logical";
        let broker = statistics.brokers.values().find(is_it);
        if broker.is_some_and(|broker| !answers(broker, silent_after)) {
            let name = format!("partition {number} of `{topic}`");
            silent.entry(leader).or_default().push(name);
        }
    }
    let (broker, mut names) = silent.into_iter().next()?;
    names.sort_unstable();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "broker {broker} does not answer, and nothing is read of {}{more}; look at it and at the network to it",
        names.join(", ")
    ))
}

/// It is connected, and owes no answer for long.
fn answers(broker: &Broker, silent_after: Duration) -> bool {
    let silent = Duration::from_micros(broker.rxidle.unsigned_abs());
    broker.state == "UP" && (broker.waitresp_cnt == 0 || silent < silent_after)
}

#[cfg(test)]
mod tests {
    use rdkafka::statistics::{Partition, Topic};

    use super::*;

    fn broker(id: i32, source: &str, state: &str, owes: i64, silent_s: i64) -> (String, Broker) {
        let broker = Broker {
            nodeid: id,
            source: source.to_owned(),
            state: state.to_owned(),
            waitresp_cnt: owes,
            rxidle: silent_s * 1_000_000,
            ..Broker::default()
        };
        (format!("{source}/{id}"), broker)
    }

    /// Two brokers, of which the second leads partition 1 and 2.
    fn seen(second: (&str, i64, i64)) -> Statistics {
        let leads = |(number, leader)| {
            let partition = Partition {
                partition: number,
                leader,
                ..Partition::default()
            };
            (number, partition)
        };
        let raw = Topic {
            partitions: [(0, 1), (1, 2), (2, 2), (3, -1)].map(leads).into(),
            ..Topic::default()
        };
        let (state, owes, silent_s) = second;
        Statistics {
            brokers: [
                broker(1, "learned", "UP", 1, 0),
                broker(2, "learned", state, owes, silent_s),
                broker(-1, "configured", "DOWN", 0, 0),
                // Who joins the group is kept waiting.
                broker(1, "logical", "UP", 1, 200),
            ]
            .into(),
            topics: [("raw".to_owned(), raw)].into(),
            ..Statistics::default()
        }
    }

    fn told(second: (&str, i64, i64), read: &[i32]) -> Option<String> {
        let places = read.iter().map(|n| ("raw", *n));
        unread_of(&seen(second), places, Duration::from_secs(30))
    }

    #[test]
    fn a_leader_that_cannot_be_reached_or_owes_an_answer_is_named_with_what_it_leads() {
        let all = [0, 1, 2, 3];
        assert_eq!(told(("UP", 1, 0), &all), None);
        assert_eq!(told(("UP", 0, 500), &all), None, "nothing is asked of it");
        assert_eq!(told(("UP", 1, 29), &all), None);
        for second in [("UP", 1, 31), ("DOWN", 0, 0), ("APIVERSION_QUERY", 1, 0)] {
            let what = told(second, &all).unwrap_or_else(|| panic!("{second:?}"));
            assert!(what.starts_with("broker 2 does not answer"), "{what}");
            let named = "of partition 1 of `raw`, partition 2 of `raw`;";
            assert!(what.contains(named), "{what}");
            assert_eq!(told(second, &[0, 3]), None, "nothing of it is read");
        }
    }
}
