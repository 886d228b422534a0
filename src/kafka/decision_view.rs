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

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::client::Clients;
use super::decision_writer::{Place, of_person};
use super::errors::{Class, Failure};
use super::state::ends::{Answer, Ends};
use super::state::follower::{Got, Row};
use super::state::following::{Following, Heard, Start};
use crate::consent::state::{Key, Value};
use crate::record::SubjectId;

/// One step of waiting for a record.
const POLL: Duration = Duration::from_millis(50);
/// The ends of the topic are asked for at most so often.
const ASKED_MIN: Duration = Duration::from_millis(100);
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
    topic: Arc<str>,
    /// What was known to be all longer ago is not known any more.
    stale_after: Duration,
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
    /// How many records there are to be read before anything is known.
    to_load: i64,
    /// As of when all that the topic held is known.
    as_of: Option<Instant>,
    /// What is wrong, in one sentence.
    trouble: Option<Arc<str>>,
}

impl<T: Copy + Send + Sync + 'static> DecisionView<T> {
    /// Begins to follow the topic, from its beginning. What was known to be all that it
    /// holds longer ago than `stale_after` is not known any more.
    ///
    /// # Errors
    /// It is not there, or no broker answers.
    pub fn follow(
        clients: &Clients,
        topic: &str,
        stale_after: Duration,
        read: Read<T>,
    ) -> Result<Self, Failure> {
        let failed = |what: String| Failure::new(Class::Retriable, what);
        let topic: Arc<str> = topic.into();
        let topics = [Arc::clone(&topic)];
        let ends = Ends::new(clients, &topics).map_err(failed)?;
        let first = ends.ask();
        if let Err(none) = &first.bounds {
            return Err(failed(none.what.clone()));
        }
        let shared = Arc::new(Shared {
            topic,
            stale_after,
            read,
            stands: RwLock::new(Stands {
                categories: Vec::new(),
                numbers: HashMap::new(),
                stands: HashMap::new(),
            }),
            reached: Mutex::default(),
            moved: Condvar::new(),
            stop: AtomicBool::new(false),
        });
        let (ask, asked) = bounded(1);
        let (to_follower, answers) = unbounded();
        let _ = to_follower.send(first);
        // As the reader of a pipeline does: three times before it is too late.
        let every = (stale_after / 3).max(ASKED_MIN);
        spawn("veil-decision-ends", move || {
            ends.run(&asked, every, &to_follower);
        })?;
        let following = Following::new(clients, &topics);
        let follower = Arc::clone(&shared);
        let thread = spawn("veil-decisions", move || {
            follower.run(following, &answers, &ask);
        })?;
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
        if reached
            .as_of
            .is_some_and(|at| at.elapsed() <= self.shared.stale_after)
        {
            return None;
        }
        if let Some(trouble) = &reached.trouble {
            return Some(trouble.to_string());
        }
        let topic = &self.shared.topic;
        Some(match reached.as_of {
            // What hangs in it holds back whatever comes behind.
            Some(at) => format!(
                "not all that the topic of decisions `{topic}` holds could be read for {} s: a transaction may be open in it",
                at.elapsed().as_secs()
            ),
            None => {
                let read: i64 = reached.positions.iter().sum();
                let all = reached.to_load;
                format!(
                    "the topic of decisions `{topic}` is being read: {} of {all} records",
                    read.min(all)
                )
            }
        })
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
    fn run(&self, mut following: Following, answers: &Receiver<Answer>, ask: &Sender<()>) {
        while !self.stop.load(Ordering::SeqCst) {
            for answer in answers.try_iter() {
                match following.answered(answer) {
                    Heard::Noted => {}
                    // Full: it will be asked anyway.
                    Heard::Doubted => {
                        let _ = ask.try_send(());
                    }
                    Heard::Wider => tracing::warn!(
                        "the topic of decisions has more partitions than before: how somebody stands whose decisions lie in another one by now is told by what is written from now on"
                    ),
                    Heard::Lost(why) => self.forget(why),
                    Heard::Begins(start) => self.begin(&mut following, start),
                    Heard::Void(why, start) => {
                        self.forget(why);
                        self.begin(&mut following, start);
                    }
                }
            }
            let partitions = following.positions().and_then(<[_]>::first).map(Vec::len);
            let partitions = partitions.map_or(i32::MAX, |n| i32::try_from(n).unwrap_or(i32::MAX));
            if following.next(POLL, &mut |row| self.take(row, partitions)) == Got::Gone {
                self.forget("what it must read next is gone");
                following.give_up();
                let _ = ask.try_send(());
            }
            self.look(&mut following);
        }
    }

    /// From the beginning of the topic.
    fn begin(&self, following: &mut Following, start: Start) {
        let first = start.first();
        self.reached().to_load = start.bounds.iter().flatten().map(|(_, end)| end).sum();
        following.begin(start, first);
    }

    /// What is known is not what the topic says: nothing of it is shown any more.
    fn forget(&self, why: &str) {
        tracing::error!(topic = &*self.topic, "the decisions are read anew: {why}");
        *self.reached() = Reached::default();
        let mut stands = self.stands.write().unwrap_or_else(PoisonError::into_inner);
        stands.stands.clear();
    }

    fn take(&self, row: &Row<'_>, partitions: i32) {
        // Nobody knows whose it was: the reader of the pipeline counts it.
        let Some(key) = Key::read(row.key) else {
            return;
        };
        // As the reader of the pipeline has it: what lies where it does not belong has no
        // order with the rest, and takes away at most.
        let is_placed = of_person(&key.who.text(), partitions) == row.partition;
        if !is_placed && !Value::read(row.value, None).denies() {
            return;
        }
        // Without the broker's time it counts as of now.
        let stand = (self.read)(row.value, row.appended_ms.unwrap_or_else(now_ms));
        let mut stands = self.stands.write().unwrap_or_else(PoisonError::into_inner);
        let Some(number) = stands.number(key.category) else {
            return;
        };
        match stand {
            Some(stand) => stands.stands.insert((key.who, number), stand),
            None => stands.stands.remove(&(key.who, number)),
        };
    }

    /// Says how far it is.
    fn look(&self, following: &mut Following) {
        let as_of = std::iter::from_fn(|| following.take_reached()).last();
        let mut reached = self.reached();
        reached.as_of = as_of.or(reached.as_of);
        reached.trouble = following.trouble().cloned();
        let positions = following.positions().and_then(<[_]>::first);
        let positions = positions.map_or(&[][..], Vec::as_slice);
        if reached.positions != positions {
            reached.positions.clear();
            reached.positions.extend_from_slice(positions);
            drop(reached);
            self.moved.notify_all();
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

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Failure> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|e| Failure::new(Class::Retriable, format!("no thread: {e}")))
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
        let view = DecisionView::follow(&clients, "decisions", PATIENCE, granted).unwrap();
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
        let missing = DecisionView::follow(&clients, "nowhere", PATIENCE, granted);
        let said = missing.err().map(|e| e.to_string()).unwrap_or_default();
        assert!(said.contains("nowhere"), "{said}");
    }
}
