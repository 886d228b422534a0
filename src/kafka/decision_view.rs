//! How everybody stands by their last decision: the topic of decisions, followed and held
//! in memory, for who shows it to people.
//!
//! The gate of a pipeline has a table of its own, which keeps less: here the time of a
//! decision is kept too. Nothing decides by this view; what it does not know is not
//! known.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

use super::client::Clients;
use super::client_log::Asked;
use super::decision_writer::Place;
use super::errors::{self, Class, Failure};
use crate::consent::state::Key;
use crate::record::SubjectId;

/// One answer is waited for so long.
const ANSWER: Duration = Duration::from_secs(3);
/// One step of waiting for a record.
const POLL: Duration = Duration::from_millis(50);
/// The ends of the topic are asked for so often.
const ASKED: Duration = Duration::from_secs(5);
/// What was known to be current longer ago is not any more.
const CURRENT: Duration = Duration::from_secs(30);
/// Most categories that are told apart: a decision in one more is not shown.
const CATEGORIES_MAX: usize = 1 << 16;

/// The last record of a person in a category: when it was appended, in milliseconds since
/// 1970, and its value. `None`: silent again.
pub type Read<T> = fn(Option<&[u8]>, i64) -> Option<T>;

/// The topic of decisions, followed. `T`: what is kept of a decision.
pub struct DecisionView<T> {
    shared: Arc<Shared<T>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared<T> {
    topic: String,
    read: Read<T>,
    stands: RwLock<Stands<T>>,
    reached: Mutex<Reached>,
    moved: Condvar,
    stop: AtomicBool,
}

struct Stands<T> {
    categories: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u16>,
    stands: HashMap<(SubjectId, u16), T>,
}

/// How far it is.
#[derive(Default)]
struct Reached {
    /// The next offset of each partition.
    positions: Vec<i64>,
    /// The ends that were asked for last.
    ends: Vec<i64>,
    /// When all ends that were asked for were reached.
    current: Option<Instant>,
    /// What is wrong, in one sentence.
    trouble: Option<String>,
}

impl<T: Copy + Send + Sync + 'static> DecisionView<T> {
    /// Begins to follow the topic, from its beginning.
    ///
    /// # Errors
    /// It is not there, or no broker answers.
    pub fn follow(clients: &Clients, topic: &str, read: Read<T>) -> Result<Self, Failure> {
        let made = |e: &KafkaError| errors::of_call("making a client", e);
        // The ends of partitions, and errors, come out of `poll`, where they are handled.
        let consumer: BaseConsumer<Asked> = clients
            .consumer()
            .create_with_context(Asked)
            .map_err(|e| made(&e))?;
        let partitions = partitions(&consumer, topic)?;
        let assign = |error: &KafkaError| errors::of_call("reading the topic of decisions", error);
        // Where a partition without any record ends is told by no record.
        let first = ends(&consumer, topic, partitions)?;
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            list.add_partition_offset(topic, partition, Offset::Beginning)
                .map_err(|e| assign(&e))?;
        }
        consumer.assign(&list).map_err(|e| assign(&e))?;
        let count = usize::try_from(partitions).unwrap_or_default();
        let shared = Arc::new(Shared {
            topic: topic.to_owned(),
            read,
            stands: RwLock::new(Stands {
                categories: Vec::new(),
                numbers: HashMap::new(),
                stands: HashMap::new(),
            }),
            reached: Mutex::new(Reached {
                positions: vec![0; count],
                ..Reached::default()
            }),
            moved: Condvar::new(),
            stop: AtomicBool::new(false),
        });
        let follower = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("veil-decisions".to_owned())
            .spawn(move || follower.run(&consumer, &first))
            .map_err(|e| Failure::new(Class::Retriable, format!("no thread: {e}")))?;
        Ok(DecisionView {
            shared,
            thread: Some(thread),
        })
    }

    /// How a person stands, by category; `None`: that is not known to be current.
    pub fn of(&self, who: SubjectId) -> Option<Vec<(String, T)>> {
        if self.trouble().is_some() {
            return None;
        }
        let stands = self.shared.stands();
        let all = stands.categories.iter().enumerate();
        let of_person = all.filter_map(|(n, name)| {
            let number = u16::try_from(n).ok()?;
            let kept = stands.stands.get(&(who, number))?;
            Some((name.to_string(), *kept))
        });
        Some(of_person.collect())
    }

    /// Why it is not known to be current, in one sentence; `None`: it is.
    pub fn trouble(&self) -> Option<String> {
        let reached = self.shared.reached();
        if reached.current.is_some_and(|at| at.elapsed() < CURRENT) {
            return None;
        }
        Some(reached.trouble.clone().unwrap_or_else(|| {
            let sum = |all: &[i64]| all.iter().sum::<i64>();
            let (read, all) = (sum(&reached.positions), sum(&reached.ends));
            format!(
                "the topic of decisions `{}` is being read: {read} of {all} records",
                self.shared.topic
            )
        }))
    }

    /// Waits until what stands at that place is seen, or the time is over. True: it is.
    pub fn wait_for(&self, place: &Place, patience: Duration) -> bool {
        let Ok(partition) = usize::try_from(place.partition) else {
            return false;
        };
        let is_behind = |reached: &mut Reached| {
            let position = reached.positions.get(partition);
            position.is_none_or(|next| *next <= place.offset)
        };
        let reached = self.shared.reached();
        let waited = self
            .shared
            .moved
            .wait_timeout_while(reached, patience, is_behind);
        let (_reached, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        !timeout.timed_out()
    }
}

impl<T> Drop for DecisionView<T> {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl<T: Copy> Shared<T> {
    /// `first`: where the partitions ended before the first record was read.
    fn run(&self, consumer: &BaseConsumer<Asked>, first: &[i64]) {
        let partitions = i32::try_from(first.len()).unwrap_or(i32::MAX);
        let mut asked: Option<Instant> = None;
        while !self.stop.load(Ordering::SeqCst) {
            match consumer.poll(POLL) {
                Some(Ok(message)) => {
                    self.take(&message);
                    self.moved_to(message.partition(), message.offset() + 1);
                }
                // Ends of transactions have offsets of their own.
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    let position = consumer.position().ok();
                    let at = position.and_then(|p| {
                        let at = p.find_partition(&self.topic, partition)?.offset();
                        at.to_raw()
                    });
                    let first = usize::try_from(partition).ok().and_then(|n| first.get(n));
                    // No position: nothing of it was read, up to an end that is no
                    // earlier than that one.
                    if let Some(at) = at.filter(|at| *at >= 0).or(first.copied()) {
                        self.moved_to(partition, at);
                    }
                }
                Some(Err(error)) => {
                    let failure = errors::of_call("reading the topic of decisions", &error);
                    self.reached().trouble = Some(failure.to_string());
                }
                None => {}
            }
            if asked.is_none_or(|at| at.elapsed() >= ASKED) {
                asked = Some(Instant::now());
                self.ask(consumer, partitions);
            }
            self.look();
        }
    }

    fn take(&self, message: &impl Message) {
        let key = message.key().unwrap_or_default();
        // Nobody knows whose it was: the reader of the pipeline counts it.
        let Some(key) = Key::read(key) else {
            return;
        };
        let appended = message.timestamp().to_millis().unwrap_or_default();
        let stand = (self.read)(message.payload(), appended);
        let mut stands = self.stands.write().unwrap_or_else(PoisonError::into_inner);
        let Some(number) = stands.number(key.category) else {
            return;
        };
        match stand {
            Some(stand) => stands.stands.insert((key.who, number), stand),
            None => stands.stands.remove(&(key.who, number)),
        };
    }

    fn moved_to(&self, partition: i32, next: i64) {
        let mut reached = self.reached();
        let at = usize::try_from(partition).unwrap_or(usize::MAX);
        if let Some(position) = reached.positions.get_mut(at) {
            *position = next.max(*position);
        }
        drop(reached);
        self.moved.notify_all();
    }

    /// Asks where the topic ends.
    fn ask(&self, consumer: &BaseConsumer<Asked>, count: i32) {
        let asked = || -> Result<Vec<i64>, Failure> {
            if partitions(consumer, &self.topic)? != count {
                let what = format!(
                    "the topic of decisions `{}` has another number of partitions: start again",
                    self.topic
                );
                return Err(Failure::new(Class::MissingTopic, what));
            }
            ends(consumer, &self.topic, count)
        };
        let ends = asked();
        let mut reached = self.reached();
        match ends {
            Ok(ends) => {
                reached.ends = ends;
                reached.trouble = None;
            }
            Err(failure) => {
                reached.ends.clear();
                reached.trouble = Some(failure.to_string());
            }
        }
    }

    /// Current is who has reached the ends that were asked for last.
    fn look(&self) {
        let mut reached = self.reached();
        let all = reached.ends.iter().zip(&reached.positions);
        let is_there = all.clone().count() > 0 && all.into_iter().all(|(end, at)| at >= end);
        if is_there {
            reached.current = Some(Instant::now());
            // An answer counts once: the next says whether it still holds.
            reached.ends.clear();
        }
    }

    fn reached(&self) -> MutexGuard<'_, Reached> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stands(&self) -> std::sync::RwLockReadGuard<'_, Stands<T>> {
        self.stands.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Stands<T> {
    fn number(&mut self, category: &str) -> Option<u16> {
        if let Some(number) = self.numbers.get(category) {
            return Some(*number);
        }
        if self.categories.len() >= CATEGORIES_MAX {
            return None;
        }
        let number = u16::try_from(self.categories.len()).ok()?;
        self.categories.push(category.into());
        self.numbers.insert(category.into(), number);
        Some(number)
    }
}

/// Where each partition ends now.
fn ends(consumer: &BaseConsumer<Asked>, topic: &str, count: i32) -> Result<Vec<i64>, Failure> {
    let end = |partition| {
        let marks = consumer.fetch_watermarks(topic, partition, ANSWER);
        marks.map(|(_, end)| end)
    };
    let ends: Result<Vec<i64>, KafkaError> = (0..count).map(end).collect();
    ends.map_err(|e| errors::of_call("asking where the topic of decisions ends", &e))
}

fn partitions(consumer: &BaseConsumer<Asked>, topic: &str) -> Result<i32, Failure> {
    let metadata = consumer
        .fetch_metadata(Some(topic), ANSWER)
        .map_err(|e| errors::of_call("asking for the topic of decisions", &e))?;
    let found = metadata.topics().iter().find(|t| t.name() == topic);
    let error = found.and_then(|t| t.error()).map(Code::from);
    let count = found.map_or(0, |t| t.partitions().len());
    match error {
        None if count > 0 => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
        error => {
            let code = error.unwrap_or(Code::UnknownTopicOrPartition);
            let class = errors::classify(code, errors::Flags::default());
            Err(Failure::new(class, errors::of_topic(topic, code)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::state::{By, Statement};
    use crate::kafka::decision_writer::DecisionWriter;
    use crate::kafka::decision_writer::testing::cluster;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn granted(value: Option<&[u8]>, _: i64) -> Option<bool> {
        use crate::consent::state::{Decision, Value};
        match Value::read(value, None) {
            Value::Silent => None,
            Value::Decided(Decision::Granted { .. }) => Some(true),
            Value::Decided(Decision::Denied | Decision::Withdrawn) | Value::Unreadable => {
                Some(false)
            }
        }
    }

    #[test]
    fn what_is_written_is_seen_and_the_last_counts() {
        let (_cluster, properties) = cluster(5, 1);
        let writer = DecisionWriter::new(&properties, "decisions", "history").unwrap();
        let write = |n: u8, category: &str, granted| {
            let statement = Statement::new(granted, 1_772_323_200_000, By::Page);
            writer
                .write(SubjectId([n; 16]), category, &statement)
                .unwrap()
        };
        write(1, "Ads", true);
        let clients = Clients::of_decisions(&properties).unwrap();
        let view = DecisionView::follow(&clients, "decisions", granted).unwrap();
        let last = write(1, "Stats", false);
        assert!(view.wait_for(&last, PATIENCE));
        let begun = Instant::now();
        while view.trouble().is_some() && begun.elapsed() < PATIENCE {
            std::thread::sleep(POLL);
        }
        let of = |n: u8| view.of(SubjectId([n; 16])).unwrap();
        let named = |name: &str, is| (name.to_owned(), is);
        let mut one = of(1);
        one.sort();
        assert_eq!(one, [named("Ads", true), named("Stats", false)]);
        assert!(of(2).is_empty());
        let again = write(1, "Ads", false);
        assert!(view.wait_for(&again, PATIENCE));
        assert!(of(1).contains(&named("Ads", false)));
        let never = Place {
            offset: again.offset + 1,
            ..again
        };
        assert!(!view.wait_for(&never, POLL));
        let missing = DecisionView::follow(&clients, "nowhere", granted);
        let said = missing.err().map(|e| e.to_string()).unwrap_or_default();
        assert!(said.contains("nowhere"), "{said}");
    }
}
