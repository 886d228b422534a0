//! A consumer group from outside: its members and how far it has got.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::Offset;

use super::{Cluster, await_some};

const ANSWER: Duration = Duration::from_secs(10);
const SETTLED: Duration = Duration::from_secs(30);

/// The committed offset of each partition of `topic`, `None` where there is
/// none. Waits for transactions that are about to commit offsets.
pub fn committed(cluster: &Cluster, group: &str, topic: &str, partitions: i32) -> Vec<Option<i64>> {
    let consumer = observer(cluster, group);
    await_some("the committed offsets", Duration::from_secs(40), || {
        ask(&consumer, topic, partitions)
    })
}

/// End (last stable offset) minus committed offset, by partition.
pub fn lag_by_partition(cluster: &Cluster, group: &str, topic: &str) -> Vec<i64> {
    let consumer = observer(cluster, group);
    await_some("the lag", Duration::from_secs(40), || lag(&consumer, topic))
}

/// Waits until the group has committed the very end of every partition.
pub fn settled(cluster: &Cluster, group: &str, topic: &str, deadline: Duration) {
    // One client for all questions: a new one costs more than its answers.
    let consumer = observer(cluster, group);
    let start = Instant::now();
    let mut last = Vec::new();
    while start.elapsed() < deadline {
        if let Some(lag) = lag(&consumer, topic) {
            if lag.iter().all(|&l| l == 0) {
                return;
            }
            last = lag;
        }
        std::thread::sleep(Duration::from_millis(20)); // how often one asks
    }
    panic!(
        "group {group} did not reach the end of {topic} within {deadline:?}; lag by partition: {last:?}"
    );
}

/// The ends are asked for first: what is committed then is of them, or later.
fn lag(consumer: &BaseConsumer, topic: &str) -> Option<Vec<i64>> {
    let metadata = consumer.fetch_metadata(Some(topic), ANSWER).ok()?;
    let partitions = i32::try_from(metadata.topics().first()?.partitions().len()).ok()?;
    let end = |p| Some(consumer.fetch_watermarks(topic, p, ANSWER).ok()?.1);
    let ends: Option<Vec<i64>> = (0..partitions).map(end).collect();
    let committed = ask(consumer, topic, partitions)?;
    let each = ends?.into_iter().zip(committed);
    Some(each.map(|(end, at)| end - at.unwrap_or(0)).collect())
}

/// The state of a group, and how many members it has.
pub fn members(cluster: &Cluster, group: &str) -> (String, usize) {
    let consumer = observer(cluster, group);
    await_some("the group's description", ANSWER, || {
        let list = consumer.fetch_group_list(Some(group), ANSWER).ok()?;
        Some(match list.groups().first() {
            Some(found) => (found.state().to_owned(), found.members().len()),
            None => ("Dead".to_owned(), 0),
        })
    })
}

/// Another program that is a member of the group and reads along, until it is
/// dropped.
pub struct Member {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Member {
    /// Joins under that client id; a member when this returns.
    pub fn join(cluster: &Cluster, group: &str, topic: &str, client_id: &str) -> Member {
        let before = members(cluster, group).1;
        let consumer: BaseConsumer = cluster
            .client()
            .set("client.id", client_id)
            .set("group.id", group)
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", "6000")
            .create()
            .expect("a consumer");
        consumer.subscribe(&[topic]).expect("it subscribes");
        let member = Self::reads(consumer);
        await_some("the other program in the group", ANSWER, || {
            (members(cluster, group).1 > before).then_some(())
        });
        member
    }

    /// The same by the newer group protocol, whose members are not described to
    /// plain clients.
    pub fn join_by_the_newer_protocol(cluster: &Cluster, group: &str, topic: &str) -> Member {
        let consumer: BaseConsumer = cluster
            .client()
            .set("group.id", group)
            .set("group.protocol", "consumer")
            .create()
            .expect("a consumer");
        consumer.subscribe(&[topic]).expect("it subscribes");
        await_some("partitions for the other program", SETTLED, || {
            let _ = consumer.poll(Duration::from_millis(100));
            let assigned = consumer.assignment().ok()?;
            (assigned.count() > 0).then_some(())
        });
        Self::reads(consumer)
    }

    fn reads(consumer: BaseConsumer) -> Member {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !told.load(Ordering::Acquire) {
                // What it reads is nobody's business: it is there.
                let _ = consumer.poll(Duration::from_millis(100));
            }
        });
        let thread = Some(thread);
        Member { stop, thread }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // It leaves the group as its consumer is dropped.
            let _ = thread.join();
        }
    }
}

/// The groups whose name holds the word, in order.
pub fn group_names(cluster: &Cluster, word: &str) -> Vec<String> {
    let probe: BaseConsumer = cluster.client().create().expect("a plain client");
    let list = probe.fetch_group_list(None, ANSWER).expect("an answer");
    let names = list.groups().iter().map(|g| g.name().to_owned());
    let mut names: Vec<String> = names.filter(|n| n.contains(word)).collect();
    names.sort_unstable();
    names
}

/// Looks at a group's committed offsets all the time, from a thread of its
/// own, and remembers every step backwards. Nothing that is correct ever moves
/// a committed offset back.
pub struct Observer {
    stop: Arc<AtomicBool>,
    looks: Arc<AtomicU64>,
    thread: JoinHandle<Vec<String>>,
}

impl Observer {
    /// Starts to look.
    pub fn of(cluster: &Cluster, group: &str, topic: &str, partitions: i32) -> Observer {
        let consumer = observer(cluster, group);
        let stop = Arc::new(AtomicBool::new(false));
        let looks = Arc::new(AtomicU64::new(0));
        let (topic, ending, count) = (topic.to_owned(), Arc::clone(&stop), Arc::clone(&looks));
        let thread = std::thread::spawn(move || {
            let mut highest: BTreeMap<usize, i64> = BTreeMap::new();
            let mut steps = Vec::new();
            while !ending.load(Ordering::Acquire) {
                // A broker that is down answers nothing: look again.
                let Some(now) = ask(&consumer, &topic, partitions) else {
                    continue;
                };
                count.fetch_add(1, Ordering::AcqRel);
                for (partition, offset) in now.into_iter().enumerate() {
                    let Some(offset) = offset else { continue };
                    let before = highest.entry(partition).or_insert(offset);
                    if offset < *before {
                        steps.push(format!("{topic}/{partition}: {before} -> {offset}"));
                    }
                    *before = offset;
                }
                std::thread::sleep(Duration::from_millis(30));
            }
            steps
        });
        Observer {
            stop,
            looks,
            thread,
        }
    }

    /// Waits until it has looked, from beginning to end, after this call.
    pub fn await_look(&self) {
        // The look that is under way may have begun before the call.
        let after = self.looks.load(Ordering::Acquire) + 2;
        await_some("a look at the offsets", ANSWER, || {
            (self.looks.load(Ordering::Acquire) >= after).then_some(())
        });
    }

    /// Stops looking; the steps backwards that were seen.
    pub fn steps_backwards(self) -> Vec<String> {
        self.await_look();
        self.stop.store(true, Ordering::Release);
        self.thread.join().expect("the observer does not panic")
    }
}

fn ask(consumer: &BaseConsumer, topic: &str, partitions: i32) -> Option<Vec<Option<i64>>> {
    let mut list = TopicPartitionList::new();
    for p in 0..partitions {
        list.add_partition(topic, p);
    }
    let answer = consumer
        .committed_offsets(list, Duration::from_secs(2))
        .ok()?;
    let mut offsets = Vec::new();
    for p in 0..partitions {
        let element = answer.find_partition(topic, p)?;
        element.error().ok()?;
        offsets.push(match element.offset() {
            Offset::Offset(o) => Some(o),
            _ => None,
        });
    }
    Some(offsets)
}

/// A client that may ask about the group and never joins it.
fn observer(cluster: &Cluster, group: &str) -> BaseConsumer {
    cluster
        .client()
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .create()
        .expect("a consumer")
}
