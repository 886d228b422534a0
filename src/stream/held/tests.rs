//! The thread of a group whose records wait, told what intake, workers and outlet tell it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::*;
use crate::crypto::entropy::OsEntropy;
use crate::kafka::outlet::event::Drain;
use crate::kafka::outlet::leaving::Recorded;
use crate::kafka::properties::{Origin, Properties};
use crate::keys::TestKeys;
use crate::pipeline::condition::Standing;
use crate::pipeline::observer::{Covered, Nobody, ReleaseFigures, ReleaseLog};
use crate::pipeline::{InBatch, OutBatch, Worker, sanitize};
use crate::policy::{NoTables, PolicyFile, compile_groups};
use crate::record::lane::Lane;
use crate::record::lane::NextOffset;
use crate::record::state_row::StateRow;
use crate::record::timestamp::Timestamp;
use crate::stream::{StreamConfig, StreamError};

mod leased;
mod withdrawn;

const ROOM: u64 = 16 << 20;

/// The plan of the group whose records wait, beside one of records that do not.
fn plan(short: &str) -> Arc<Plan> {
    plan_that(short, "")
}

/// The same with that beside `k_anonymous`, and a key for what is remembered.
fn plan_that(short: &str, beside: &str) -> Arc<Plan> {
    let text = format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
         source: {{ topic: raw, subject: who }}\n\
         keys:\n  quarantine: {{ ref: \"file:keyring.json#quarantine\" }}\n\
         \x20 state: {{ ref: \"file:keyring.json#state\" }}\n\
         outputs:\n  - topic: clean\n    purpose: sales\n    domain: a\n    fields: {{ n: keep }}\n\
         \x20 - topic: out\n    purpose: sales\n    domain: b\n    \
         {beside}k_anonymous: {{ k: 5, max_records: 100, max_delay: 1h, short: {short}, free: [n] }}\n    \
         fields:\n      age: {{ quasi: {{ number: {{ step: 5, bottom: 15, top: 90 }} }} }}\n      n: keep\n\
         quarantine: {{ topic: q, key: quarantine }}\n"
    );
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text,
    };
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    let compiled = compile_groups(&file, &TestKeys, &NoTables, now);
    let findings = compiled.findings.list();
    let mut groups = compiled.groups;
    assert_eq!(groups.len(), 2, "{findings:?}");
    let out = groups.remove(1);
    // What only the other group names does not exist here, and what nobody can read goes to
    // quarantine once.
    assert!(groups[0].waiting().is_none() && groups[0].quarantines_unread);
    assert_eq!(out.outputs.len(), 1);
    assert!(!out.quarantines_unread);
    Arc::new(out)
}

fn lane(partition: i32) -> Lane {
    Lane {
        topic: "raw".into(),
        partition,
        claim: u64::from(partition.unsigned_abs()) + 1,
    }
}

/// A batch of these people, and behind them one record that nobody can read.
fn batch(plan: &Arc<Plan>, partition: i32, seq: u64, people: std::ops::Range<i64>) -> OutBatch {
    let batch = raw(plan, partition, seq, people);
    sanitize(batch, &mut Worker::of_the_system()).unwrap_or_else(|_| panic!("nothing is asked"))
}

/// The same as it was read.
fn raw(plan: &Arc<Plan>, partition: i32, seq: u64, people: std::ops::Range<i64>) -> InBatch {
    let mut batch = InBatch::new(lane(partition), Arc::clone(plan));
    batch.seq = seq;
    let end = people.end;
    for who in people {
        let value = format!(r#"{{"n":{who},"who":"w{who}","age":{}}}"#, 16 + who);
        let at = Timestamp::Create(1_772_361_727_123);
        batch.raw.push(who, at, None, Some(value.as_bytes()), []);
    }
    let at = Timestamp::Create(1_772_361_727_123);
    batch.raw.push(end, at, None, Some(b"{"), []);
    batch
}

struct Case {
    plan: Arc<Plan>,
    to_pool: Sender<ToOutlet>,
    handed_over: Receiver<ToOutlet>,
    rewind: Sender<Rewind>,
    rewound: Receiver<Rewind>,
    credit: Arc<Credit>,
    conditions: Arc<Conditions>,
    vital: Vital,
    thread: std::thread::JoinHandle<()>,
}

impl Case {
    fn new(short: &str) -> Case {
        Case::with_room(short, ROOM)
    }

    fn with_room(short: &str, credit_bytes: u64) -> Case {
        Case::of(plan(short), credit_bytes, None, u64::MAX)
    }

    fn of(plan: Arc<Plan>, credit_bytes: u64, recall: Option<Recall>, memory_max: u64) -> Case {
        Case::with(plan, credit_bytes, recall, memory_max, None)
    }

    /// One that hears of whoever withdraws.
    fn following(plan: Arc<Plan>, visible: &Arc<Visible>) -> Case {
        Case::with(plan, ROOM, None, u64::MAX, Some(Arc::clone(visible)))
    }

    /// One whose releases are written down there.
    fn logged(log: &Arc<Log>) -> Case {
        let log: Arc<dyn ReleaseLog> = Arc::clone(log) as _;
        Case::begin(plan("suppress"), ROOM, None, u64::MAX, None, Some(log))
    }

    fn with(
        plan: Arc<Plan>,
        credit_bytes: u64,
        recall: Option<Recall>,
        memory_max: u64,
        visible: Option<Arc<Visible>>,
    ) -> Case {
        Case::begin(plan, credit_bytes, recall, memory_max, visible, None)
    }

    fn begin(
        plan: Arc<Plan>,
        credit_bytes: u64,
        recall: Option<Recall>,
        memory_max: u64,
        visible: Option<Arc<Visible>>,
        log: Option<Arc<dyn ReleaseLog>>,
    ) -> Case {
        let mut worker = Worker::of_the_system();
        if let Some(visible) = &visible {
            worker = worker.with_consent(Box::new(Arc::clone(visible)));
        }
        let decide = move |batch: OutBatch| {
            let (input, buffers) = batch.into();
            worker.take_back(buffers);
            sanitize(input, &mut worker).ok()
        };
        let (to_pool, inbox) = unbounded();
        let (to_outlet, handed_over) = unbounded();
        let (rewind, rewinds) = unbounded();
        let (to_intake, rewound) = unbounded();
        let credit = Arc::new(Credit::new(ROOM));
        let vital = Vital::default();
        let conditions: Arc<Conditions> = Arc::default();
        let group = HeldGroup {
            plan: plan.clone(),
            inbox,
            to_outlet,
            rewinds,
            to_intake,
            credit: credit.clone(),
            credit_bytes,
            memory_for: Box::new(Some),
            buffers: Arc::new(BufferPool::new(1 << 20)),
            conditions: conditions.clone(),
            observer: Arc::new(Nobody),
            vital: vital.clone(),
            liveness: Arc::default(),
            recall,
            memory_max,
            visible,
            decide: Box::new(decide),
            log,
        };
        let words = Draws::fresh(&mut OsEntropy).unwrap();
        let case = Case {
            plan,
            to_pool,
            handed_over,
            rewind,
            rewound,
            credit,
            conditions,
            vital,
            thread: std::thread::spawn(move || group.run(words)),
        };
        case.to_pool
            .send(ToOutlet::Claimed(vec![(lane(0), None), (lane(1), None)]))
            .unwrap();
        assert!(matches!(case.next(), ToOutlet::Claimed(lanes) if lanes.len() == 2));
        case
    }

    fn batch(&self, partition: i32, seq: u64, people: std::ops::Range<i64>) {
        let batch = batch(&self.plan, partition, seq, people);
        // As a worker trued it up.
        self.credit.take(batch.held());
        self.to_pool.send(ToOutlet::Batch(Box::new(batch))).unwrap();
    }

    /// Nothing of a partition but a position.
    fn position(&self, partition: i32, epoch: u64) {
        let position = ToOutlet::Position {
            lane: lane(partition),
            epoch,
            seq: 0,
            next: NextOffset::position(9),
        };
        self.to_pool.send(position).unwrap();
    }

    fn caught_up(&self, counts: [u64; 2], epoch: u64) {
        let lanes = (0..).zip(counts).map(|(p, n)| (lane(p), n)).collect();
        let all = Gathered { lanes, epoch };
        self.to_pool.send(ToOutlet::CaughtUp(all)).unwrap();
    }

    fn next(&self) -> ToOutlet {
        let patience = Duration::from_secs(30);
        self.handed_over
            .recv_timeout(patience)
            .expect("something is handed over")
    }

    fn release(&self) -> Box<Leaving> {
        match self.next() {
            ToOutlet::Release(release) => release,
            _ => panic!("a release comes"),
        }
    }

    fn end(self) {
        self.to_pool.send(ToOutlet::Stop).unwrap();
        assert!(matches!(self.next(), ToOutlet::Stop));
        self.thread.join().unwrap();
    }
}

#[test]
fn what_waits_leaves_as_one_with_the_progress_of_all_its_lanes() {
    let case = Case::new("suppress");
    case.batch(0, 0, 0..4);
    case.batch(1, 0, 10..13);
    case.caught_up([1, 1], 0);
    let release = case.release();
    assert_eq!((release.epoch, release.records.len()), (0, 7));
    let mut progress: Vec<_> = release
        .progress
        .iter()
        .map(|p| (p.lane.partition, p.seqs.clone(), p.first, p.next.get()))
        .collect();
    progress.sort_by_key(|p| p.0);
    assert_eq!(progress, [(0, 0..1, 0, 5), (1, 0..1, 10, 14)]);
    let [counted] = &release.counts[..] else {
        panic!("one source topic");
    };
    let counts = &counted.counts;
    assert_eq!((counts.received, counts.elsewhere), (9, 2));
    assert_eq!(counts.outputs[0].written, 7);
    assert!(counts.balances() && release.refused.is_empty());
    let figures = release.figures.unwrap();
    assert_eq!(
        (figures.records, figures.people, figures.left_out),
        (7, 7, [0; ReleaseFigures::WHY.len()])
    );
    assert!(figures.classes.unwrap().people[0] >= 5);
    // All that is under way is what left, and it says how much that is.
    assert_eq!(case.credit.in_use(), release.held);
    // What is handed over is named in a revocation.
    let (reply, _answer) = bounded(1);
    let drain = Drain {
        ticket: 0,
        lanes: vec![(lane(0), 1)],
        epoch: 0,
        deadline: Instant::now() + Duration::from_secs(5),
    };
    let message = ToOutlet::Drain {
        drain,
        lost: false,
        reply,
    };
    case.to_pool.send(message).unwrap();
    match case.next() {
        ToOutlet::Drain { drain, lost, .. } => {
            assert_eq!((drain.lanes, lost), (vec![(lane(0), 1)], false));
        }
        _ => panic!("the revocation is passed on"),
    }
    case.end();
}

#[test]
fn a_rewind_empties_the_pool_and_gives_its_credit_back_before_the_intake_hears() {
    let case = Case::new("suppress");
    case.batch(0, 0, 0..4);
    let lanes = Vec::new();
    case.rewind.send(Rewind { epoch: 1, lanes }).unwrap();
    let patience = Duration::from_secs(30);
    assert_eq!(case.rewound.recv_timeout(patience).unwrap().epoch, 1);
    // Either the batch came before it, or it is of an older epoch now.
    case.caught_up([0, 0], 1);
    case.position(1, 1);
    let passed = case.release();
    assert_eq!((passed.epoch, passed.records.len()), (1, 0));
    assert!(passed.figures.is_none() && passed.counts.is_empty());
    assert_eq!(case.credit.in_use(), 0);
    case.end();
}

#[test]
fn too_few_at_the_end_of_the_source_are_left_out_or_end_the_stream_and_wait_on() {
    let case = Case::new("suppress");
    case.batch(0, 0, 0..3);
    case.caught_up([1, 0], 0);
    let release = case.release();
    assert_eq!((release.records.len(), release.progress.len()), (0, 1));
    assert_eq!(release.counts[0].counts.outputs[0].left_out, 3);
    assert_eq!(release.figures.unwrap().left_out, [3, 0, 0, 0, 0]);
    assert!(!case.vital.is_ending());
    case.end();

    let case = Case::new("hold");
    case.batch(0, 0, 0..3);
    case.caught_up([1, 0], 0);
    let begun = Instant::now();
    while !case.vital.is_ending() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is told");
        std::thread::yield_now();
    }
    assert_eq!(case.vital.verdict(), Some(End::Done));
    assert!(case.handed_over.try_recv().is_err(), "nothing leaves");
    case.end();
}

/// A log of releases, that may be full.
#[derive(Debug, Default)]
struct Log {
    is_full: AtomicBool,
    lines: Mutex<Vec<String>>,
}

impl ReleaseLog for Log {
    fn composed(
        &self,
        plan: &Plan,
        figures: &ReleaseFigures,
        read: &[Covered<'_>],
    ) -> Result<u64, String> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err("no space left".to_owned());
        }
        let mut read: Vec<_> = read.iter().map(|c| (c.partition, c.from, c.to)).collect();
        read.sort_unstable();
        let topic = &plan.outputs[0].topic;
        let line = format!(
            "{topic} {} {read:?} {}",
            figures.records,
            figures.set.is_some()
        );
        let mut lines = self.lines.lock().unwrap();
        lines.push(line);
        Ok(lines.len() as u64)
    }

    fn left(&self, number: u64) {
        self.lines.lock().unwrap().push(format!("{number} left"));
    }
}

#[test]
fn a_release_is_handed_over_once_it_is_written_down() {
    let log = Arc::new(Log::default());
    let case = Case::logged(&log);
    case.batch(0, 0, 0..4);
    case.batch(1, 0, 10..13);
    case.caught_up([1, 1], 0);
    let release = case.release();
    assert!(matches!(release.recorded, Recorded::As(_, 1)));
    let composed = "out 7 [(0, 0, 5), (1, 10, 14)] true";
    assert_eq!(*log.lines.lock().unwrap(), [composed]);
    release.has_left();
    assert_eq!(*log.lines.lock().unwrap(), [composed, "1 left"]);
    case.end();

    log.is_full.store(true, Ordering::SeqCst);
    let case = Case::logged(&log);
    case.batch(0, 0, 0..4);
    case.batch(1, 0, 10..13);
    case.caught_up([1, 1], 0);
    let release = case.release();
    assert!(matches!(release.recorded, Recorded::Failed));
    assert!(!case.conditions.is_met(Part::Release));
    release.has_left();
    assert_eq!(log.lines.lock().unwrap().len(), 2);
    case.end();
}

/// Long before the oldest of them is late.
#[test]
fn too_few_that_fill_the_memory_are_told_as_long_as_they_do() {
    let case = Case::with_room("hold", 1_024);
    case.batch(0, 0, 0..4);
    let begun = Instant::now();
    while case.conditions.is_met(Part::Release) {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is told");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(case.conditions.noted().is_none(), "nobody is late");
    // Four of the five persons are there: what they take, a quarter, and an eighth of that.
    let Standing::Failed(told) = case.conditions.now(Part::Release) else {
        panic!("too few are no state that passes");
    };
    let mib: u64 = told
        .split("MiB of `memory` would do")
        .next()
        .and_then(|before| before.rsplit(' ').next()?.parse().ok())
        .expect("it says what would do");
    assert!((1_024..4_096).contains(&mib), "{told}");
    case.batch(1, 0, 10..12);
    assert_eq!(case.release().records.len(), 6);
    while !case.conditions.is_met(Part::Release) {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is over");
        std::thread::sleep(Duration::from_millis(20));
    }
    case.end();
}

/// So that partitions are given up in time, whoever is slow.
#[test]
fn what_cannot_be_composed_within_a_quarter_of_the_drain_is_refused_with_what_would_do() {
    let plan = plan("suppress");
    let with = |drain_ms| {
        let mut properties = Properties::default();
        let broker = properties.set("bootstrap.servers", "127.0.0.1:1", Origin::Settings);
        broker.expect("it is taken");
        let config = StreamConfig {
            drain_deadline: Duration::from_millis(drain_ms),
            ..StreamConfig::new("g", properties)
        };
        config.clients(&plan).map(|_| ())
    };
    // A hundred records.
    assert!(with(5).is_ok());
    let Err(StreamError::Composes {
        needed_ms: 5,
        most: 80,
        ..
    }) = with(4)
    else {
        panic!("it takes too long");
    };
}

/// What no group can read is of the first one alone; what its own plan refuses is not.
#[test]
fn what_nobody_can_read_goes_to_quarantine_once() {
    let plan = plan("suppress");
    let mut batch = InBatch::new(lane(0), Arc::clone(&plan));
    let long = vec![b' '; (16 << 20) + 1];
    let none: &[u8] = br#"{"n":{},"who":"w","age":30}"#;
    for (offset, value) in (0..).zip([&b"{\"n\":\"\xff\"}"[..], &long, b"[]", none]) {
        let at = Timestamp::Create(1_772_361_727_123);
        batch.raw.push(offset, at, None, Some(value), []);
    }
    let out = sanitize(batch, &mut Worker::of_the_system());
    let out = out.unwrap_or_else(|_| panic!("nothing is asked"));
    assert!(out.counts.balances());
    assert_eq!((out.counts.received, out.counts.elsewhere), (4, 3));
    assert_eq!(out.counts.quarantined.iter().sum::<u64>(), 1);
}
