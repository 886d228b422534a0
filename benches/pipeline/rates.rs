//! What a record costs and how long it takes at rates far below the greatest:
//! the sidecar beside the mirror, which commits as often.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;

use crate::process::{Cost, Process};
use crate::report::{self, MIRROR, OURS, Paced};
use crate::stage::{PARTITIONS, REFERENCE, Stage};

/// Rates measured unless some are named, events a second.
pub const RATES: [usize; 4] = [0, 100, 2_000, 20_000];
/// Until a process that has just come is as it will stay.
const SETTLING: usize = 3;
/// How long each is looked at, seconds.
const LOOKED_AT: usize = 15;

/// Mirror and sidecar at each of the rates, in turn.
///
/// # Panics
/// When an event is missing, or there twice.
pub fn run(stage: &Stage, rates: &[usize]) {
    for rate in rates {
        let mirror = one(stage, *rate, MIRROR);
        let ours = one(stage, *rate, OURS);
        report::paced(*rate, &mirror, &ours);
    }
}

fn one(stage: &Stage, rate: usize, who: &'static str) -> Paced {
    let kind = if who == MIRROR { "mirror" } else { "veil" };
    let (source, target) = (format!("raw-{rate}-{kind}"), format!("clean-{rate}-{kind}"));
    stage.create(&source, &[]);
    stage.create(&target, &[]);
    let command = match who {
        MIRROR => stage.mirror("none", &source, &target, usize::MAX),
        _ => stage.sidecar(REFERENCE, "none", &source, &target),
    };
    let mut process = Process::start(command);
    // It is up when the first event is through.
    stage.fill(&source, 1);
    stage.settled(&target, &source);
    let mut feed = stage.feed(&source);
    stage.trickle(&mut feed, rate, SETTLING);
    stage.settled(&target, &source);
    let reader = Reader::follow(stage, &target);
    let before = process.look().clone();
    let sent = stage.trickle(&mut feed, rate, LOOKED_AT);
    let cost = process.look().since(&before);
    feed.finish();
    stage.settled(&target, &source);
    let latencies = latencies(&sent, &reader.end());
    let found: usize = stage.count(&target).iter().map(|(n, _)| *n as usize).sum();
    assert_eq!(found, rate * (SETTLING + LOOKED_AT) + 1, "of {target}");
    assert_eq!(latencies.len(), rate * LOOKED_AT, "of {target}, followed");
    drop(process);
    stage.remove(&source);
    stage.remove(&target);
    Paced::new(cost, Duration::from_secs(LOOKED_AT as u64), latencies)
}

/// When the records of each partition passed, in their order: both copiers keep
/// partition and order, and a policy may well coarsen a record's time.
pub type Passed = Vec<Vec<Instant>>;

/// From each record's sending to its copy being read.
fn latencies(sent: &Passed, read: &Passed) -> Vec<Duration> {
    let pairs = sent.iter().zip(read).flat_map(|(s, r)| {
        assert_eq!(s.len(), r.len(), "records of one partition");
        s.iter().zip(r)
    });
    pairs.map(|(sent, read)| *read - *sent).collect()
}

/// Reads what is committed as it comes.
struct Reader {
    ended: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Passed>,
}

impl Reader {
    fn follow(stage: &Stage, topic: &str) -> Reader {
        let consumer = stage.reader_at_end(topic);
        let ended = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&ended);
        let (at_end, is_at_end) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || read(&consumer, &at_end, &asked));
        // A reader that has just come fetches nothing for half a second.
        for _ in 0..PARTITIONS {
            is_at_end.recv().expect("the reader does not panic");
        }
        Reader { ended, thread }
    }

    fn end(self) -> Passed {
        self.ended.store(true, Ordering::Release);
        self.thread.join().expect("the reader does not panic")
    }
}

/// Until told to end and nothing more is there.
fn read(consumer: &BaseConsumer, at_end: &Sender<()>, ended: &AtomicBool) -> Passed {
    let mut passed = vec![Vec::new(); PARTITIONS as usize];
    loop {
        let last = ended.load(Ordering::Acquire);
        match consumer.poll(Duration::from_millis(500)) {
            Some(Ok(message)) => {
                passed[message.partition() as usize].push(Instant::now());
            }
            // Later nobody listens.
            Some(Err(KafkaError::PartitionEOF(_))) => drop(at_end.send(())),
            Some(Err(e)) => panic!("following: {e}"),
            None if last => {
                consumer.unassign().expect("unassigned");
                return passed;
            }
            None => {}
        }
    }
}

impl Cost {
    /// What was used since an earlier look.
    fn since(&self, before: &Cost) -> Cost {
        let mut since = self.clone();
        since.cpu = self.cpu - before.cpu;
        since.wake_ups = self.wake_ups - before.wake_ups;
        for (name, spent) in &mut since.threads {
            *spent -= before.threads.get(name).copied().unwrap_or_default();
        }
        since
    }
}
