//! The whole stream over the client library's embedded cluster, which shows
//! threads, order and ends; only a real broker shows exactly once.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use rdkafka::{Offset, TopicPartitionList};

use super::*;
use crate::kafka::properties::Origin;
use crate::pipeline::observer::Committed;
use crate::pipeline::observer::{Cause, Lag, TransactionEnd};
use crate::pipeline::testing::{Plans, field};
use crate::plan::held::{Counted, Held, Layout, Short};
use crate::record::lookups::{Answers, Lookups, Outage, Requests};

pub(super) const PARTITIONS: i32 = 3;

pub(super) struct Embedded {
    pub(super) cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Embedded {
    pub(super) fn new(topics: &[&str]) -> Embedded {
        let cluster = MockCluster::new(1).unwrap();
        // Where a stream puts what it refuses.
        for topic in topics.iter().chain(&["quarantine"]) {
            cluster.create_topic(topic, PARTITIONS, 1).unwrap();
        }
        Embedded { cluster }
    }

    pub(super) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.cluster.bootstrap_servers());
        config
    }

    /// `n` records round robin, every seventh not JSON.
    fn fill(&self, n: i64) {
        self.fill_from(0, n);
    }

    fn fill_from(&self, first: i64, n: i64) {
        let producer: BaseProducer = self.client().create().unwrap();
        for i in first..first + n {
            let value = if i % 7 == 6 {
                "{oops".to_owned()
            } else {
                format!(r#"{{"n":{i},"secret":"s"}}"#)
            };
            let record = BaseRecord::to("raw")
                .partition(i32::try_from(i % i64::from(PARTITIONS)).unwrap())
                .key("k")
                .payload(&value);
            producer.send(record).map_err(|(e, _)| e).unwrap();
        }
        producer.flush(Duration::from_secs(30)).unwrap();
    }

    /// Everything in a topic, by partition.
    fn read(&self, topic: &str) -> BTreeMap<i32, Vec<String>> {
        let text = |value| String::from_utf8(value).unwrap();
        let all = self.read_bytes(topic).into_iter();
        all.map(|(partition, values)| (partition, values.into_iter().map(text).collect()))
            .collect()
    }

    /// The same, byte for byte.
    pub(super) fn read_bytes(&self, topic: &str) -> BTreeMap<i32, Vec<Vec<u8>>> {
        let consumer: BaseConsumer = self.client().set("group.id", "reader").create().unwrap();
        let mut left = 0;
        let mut all = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            let (_, high) = consumer
                .fetch_watermarks(topic, partition, Duration::from_secs(10))
                .unwrap();
            left += high;
            all.add_partition_offset(topic, partition, Offset::Beginning)
                .unwrap();
        }
        consumer.assign(&all).unwrap();
        let mut read: BTreeMap<i32, Vec<Vec<u8>>> = BTreeMap::new();
        while left > 0 {
            if let Some(Ok(m)) = consumer.poll(Duration::from_secs(10)) {
                let value = m.payload().map(<[u8]>::to_vec);
                read.entry(m.partition())
                    .or_default()
                    .push(value.unwrap_or_default());
                left -= 1;
            }
        }
        read
    }

    pub(super) fn config(&self) -> StreamConfig {
        let mut properties = Properties::default();
        properties
            .set(
                "bootstrap.servers",
                &self.cluster.bootstrap_servers(),
                Origin::Settings,
            )
            .unwrap();
        // On a busy machine a commit of the embedded cluster may take longer
        // than a real one's.
        properties
            .set("retry.backoff.ms", "2000", Origin::Settings)
            .unwrap();
        StreamConfig {
            once: true,
            cluster: Cluster::Mock,
            ..StreamConfig::new("g", properties)
        }
    }
}

#[derive(Default)]
pub(super) struct Figures {
    pub(super) received: AtomicU64,
    written: AtomicU64,
    pub(super) quarantined: AtomicU64,
    committed: AtomicU64,
    aborted: AtomicU64,
    rebuilt: AtomicU64,
}

impl Observer for Figures {
    fn on_commit(&self, batch: &Committed<'_>) {
        assert!(batch.counts.balances());
        self.received
            .fetch_add(batch.counts.received, Ordering::Relaxed);
        self.written
            .fetch_add(batch.counts.outputs[0].written, Ordering::Relaxed);
        self.quarantined
            .fetch_add(batch.counts.quarantined_total(), Ordering::Relaxed);
    }

    fn on_transaction(&self, outcome: TransactionEnd, _open: Duration) {
        let count = match outcome {
            TransactionEnd::Committed => &self.committed,
            TransactionEnd::Aborted | TransactionEnd::Abandoned => &self.aborted,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn on_rebuild(&self, _cause: Cause) {
        self.rebuilt.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the stream says of every condition that is not met.
fn unmet(stream: &Handle) -> Vec<String> {
    let text = |condition: Condition| match condition.standing {
        Standing::Met => None,
        Standing::Awaited(text) | Standing::Failed(text) => Some(text.to_string()),
    };
    let list = stream.probe().conditions();
    list.into_iter().filter_map(text).collect()
}

fn plan() -> Arc<Plan> {
    let mut plans = Plans::new();
    plans.output(&[field("n", "keep")]);
    plans.quarantine();
    plans.build()
}

#[test]
fn everything_there_is_read_written_in_order_and_counted_once() {
    let kafka = Embedded::new(&["raw", "out0"]);
    kafka.fill(2_100);
    let figures = Arc::new(Figures::default());
    let stream = Stream::start(kafka.config(), plan(), figures.clone()).unwrap();
    assert_eq!(stream.wait(), End::Done);
    let read = |n: &AtomicU64| n.load(Ordering::Relaxed);
    assert_eq!(read(&figures.received), 2_100);
    assert_eq!(
        (read(&figures.written), read(&figures.quarantined)),
        (1_800, 300)
    );
    assert!(read(&figures.committed) >= 1);
    let out = kafka.read("out0");
    for partition in 0..PARTITIONS {
        let expected: Vec<String> = (0..2_100)
            .filter(|i| i % 7 != 6 && i % i64::from(PARTITIONS) == i64::from(partition))
            .map(|i| format!(r#"{{"n":{i}}}"#))
            .collect();
        assert_eq!(out[&partition], expected, "partition {partition}");
    }
}

/// Nothing is wrong here, so once it is ready nothing takes that back: a moment
/// between two parts that come up would.
#[test]
fn a_group_that_begins_at_the_end_reads_what_comes_from_then_on_and_begins_once() {
    let kafka = Embedded::new(&["raw", "out0"]);
    kafka.fill(30);
    let run = || {
        let config = StreamConfig {
            from_end: true,
            ..kafka.config()
        };
        let figures = Arc::new(Figures::default());
        let stream = Stream::start(config, plan(), figures.clone()).unwrap();
        assert_eq!(stream.wait(), End::Done);
        figures.received.load(Ordering::Relaxed)
    };
    assert_eq!(run(), 0, "what was there is left out");
    kafka.fill_from(30, 9);
    // It has begun, though it committed nothing of what it read.
    assert_eq!(run(), 9);
}

#[test]
fn a_stream_is_ready_when_everything_is_up_and_not_for_a_moment_before() {
    let kafka = Embedded::new(&["raw", "out0"]);
    kafka.fill(300);
    let figures = Arc::new(Figures::default());
    let stream = Stream::start(kafka.config(), plan(), figures.clone()).unwrap();
    let begun = unmet(&stream);
    assert!(!begun.is_empty(), "nothing is up yet");
    let mut ready = false;
    while figures.received.load(Ordering::Relaxed) < 300 {
        let unmet = unmet(&stream);
        assert!(!ready || unmet.is_empty(), "{unmet:?}");
        ready |= unmet.is_empty();
    }
    assert!(ready, "records flowed, and it was never ready");
    assert_eq!(stream.wait(), End::Done);
}

/// Aborts and rebuilds go through the real client library: the intake seeks
/// back, and what is counted is counted once. (The embedded cluster shows
/// aborted records to everybody, so the topic itself proves nothing here.)
#[test]
fn after_an_abort_and_after_a_rebuild_everything_is_read_again_and_counted_once() {
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
    let kafka = Embedded::new(&["raw", "out0"]);
    kafka.fill(700);
    let produce = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED];
    kafka
        .cluster
        .request_errors(RDKafkaApiKey::Produce, &produce);
    let end = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_PRODUCER_FENCED];
    kafka.cluster.request_errors(RDKafkaApiKey::EndTxn, &end);
    let figures = Arc::new(Figures::default());
    let stream = Stream::start(kafka.config(), plan(), figures.clone()).unwrap();
    assert_eq!(stream.wait(), End::Done);
    let read = |n: &AtomicU64| n.load(Ordering::Relaxed);
    assert_eq!(read(&figures.received), 700);
    assert_eq!(
        (read(&figures.written), read(&figures.quarantined)),
        (600, 100)
    );
    assert!(read(&figures.aborted) >= 1, "nothing was aborted");
    assert!(read(&figures.rebuilt) >= 1, "no producer was replaced");
}

/// The outlet repeats its call for half a minute; it must hear of the end
/// between two attempts.
#[test]
fn a_stream_ends_while_its_transactions_cannot_be_initialised() {
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
    let kafka = Embedded::new(&["raw", "out0"]);
    let loading = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS; 1_000];
    kafka
        .cluster
        .request_errors(RDKafkaApiKey::InitProducerId, &loading);
    let nobody = Arc::new(crate::pipeline::observer::Nobody);
    let stream = Stream::start(kafka.config(), plan(), nobody).unwrap();
    loop {
        match unmet(&stream)
            .iter()
            .any(|w| w.contains("init_transactions"))
        {
            true => break,
            false => std::thread::yield_now(),
        }
    }
    stream.stop();
    assert_eq!(stream.wait(), End::stopped_early());
}

/// An offset behind the end looks like everything done, and is not.
#[test]
fn once_fails_and_names_a_partition_whose_offset_does_not_exist() {
    use rdkafka::consumer::CommitMode;
    let kafka = Embedded::new(&["raw", "out0"]);
    kafka.fill(30);
    // Once with work left in the other partitions, and once without.
    for (group, others, received) in [("g", 3, 14), ("h", 10, 0)] {
        let earlier: BaseConsumer = kafka.client().set("group.id", group).create().unwrap();
        let mut offsets = TopicPartitionList::new();
        for (partition, at) in [(0, others), (1, 50), (2, others)] {
            let at = Offset::Offset(at);
            offsets.add_partition_offset("raw", partition, at).unwrap();
        }
        earlier.commit(&offsets, CommitMode::Sync).unwrap();
        let config = StreamConfig {
            group: group.to_owned(),
            ..kafka.config()
        };
        let figures = Arc::new(Figures::default());
        let stream = Stream::start(config, plan(), figures.clone()).unwrap();
        match stream.wait() {
            End::Unavailable { what } => {
                assert!(what.contains("partition 1 of `raw` is halted"), "{what}");
                assert!(what.contains("offset 50"), "{what}");
            }
            other => panic!("{group}: {other:?}"),
        }
        assert_eq!(figures.received.load(Ordering::Relaxed), received);
    }
}

#[test]
fn a_missing_topic_is_told_until_the_stream_is_stopped() {
    let kafka = Embedded::new(&["raw", "out0"]);
    kafka
        .cluster
        .topic_error(
            "out0",
            rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        )
        .unwrap();
    let stream = Stream::start(
        kafka.config(),
        plan(),
        Arc::new(crate::pipeline::observer::Nobody),
    )
    .unwrap();
    let why = loop {
        match unmet(&stream).into_iter().find(|w| w.contains("out0")) {
            Some(why) => break why,
            None => std::thread::yield_now(),
        }
    };
    assert!(why.contains("create the topic"), "{why}");
    stream.stop();
    assert_eq!(stream.wait(), End::stopped_early());
}

/// Fails on the thread of that name, as soon as it has something to tell.
struct Fails(&'static str);

impl Fails {
    fn here(&self) {
        let thread = std::thread::current();
        let is_it = thread.name().is_some_and(|name| name.starts_with(self.0));
        assert!(!is_it, "as a test");
    }
}

impl Observer for Fails {
    fn on_batch(&self, _: usize, _: Duration) {
        self.here();
    }

    fn on_transaction(&self, _: TransactionEnd, _: Duration) {
        self.here();
    }

    fn on_under_way(&self, _: u64) {
        self.here();
    }

    fn on_lag(&self, _: &str, _: i32, _: Lag) {
        self.here();
    }

    fn on_waiting(&self, _: &str, _: usize, _: Duration) {
        self.here();
    }
}

/// It would stand still, and nobody would know.
#[test]
fn a_stream_of_which_a_thread_fails_ends_and_names_it() {
    for (fails, plan, records) in [
        ("veil-worker", plan(), 30),
        ("veil-outlet", plan(), 30),
        ("veil-intake", plan(), 30),
        ("veil-ends", plan(), 30),
        ("veil-pool", waits(|_| ()), 0),
    ] {
        let kafka = Embedded::new(&["raw", "out0"]);
        kafka.fill(records);
        let config = StreamConfig {
            once: false,
            drain_deadline: Duration::from_millis(300),
            ..kafka.config()
        };
        let stream = Stream::start(config, plan, Arc::new(Fails(fails))).unwrap();
        let End::Unavailable { what } = stream.wait() else {
            panic!("{fails}: it ends otherwise");
        };
        assert!(what.contains(&format!("`{fails}")), "{fails}: {what}");
    }
}

/// A plan whose records wait for a release, changed so.
fn waits(change: impl FnOnce(&mut Held)) -> Arc<Plan> {
    let mut plans = Plans::new();
    plans.quarantine();
    let mut held = Held {
        marks: None,
        people: Counted {
            kind: 0,
            index: None,
        },
        records_min: 1_000,
        people_min: 100,
        records_max: 4_000,
        delay_max_ms: 60_000,
        short: Short::Hold,
        once_per_ms: None,
        classes: None,
        layout: Layout::default(),
    };
    change(&mut held);
    plans.output(&[field("n", "keep")]).held = Some(Box::new(held));
    plans.build()
}

#[test]
fn a_stream_without_brokers_or_with_a_wrong_property_is_refused() {
    let nobody = || Arc::new(crate::pipeline::observer::Nobody);
    let refused = Stream::start(
        StreamConfig::new("g", Properties::default()),
        plan(),
        nobody(),
    );
    assert!(matches!(
        refused,
        Err(StreamError::Property(PropertyError::NoBroker))
    ));
    let mut plans = Plans::new();
    plans.output(&[field("n", "keep")]);
    let config = StreamConfig::new("g", Properties::default());
    let refused = Stream::start(config, plans.build(), nobody());
    assert!(matches!(refused, Err(StreamError::NoQuarantine)));
    let mut properties = Properties::default();
    properties
        .set("bootstrap.servers", "127.0.0.1:1", Origin::Flag)
        .unwrap();
    let config = || StreamConfig::new("g", properties.clone());
    let refused = Stream::start(config(), waits(|held| held.once_per_ms = Some(1)), nobody());
    assert!(matches!(refused, Err(StreamError::Remembers(topic)) if &*topic == "out0"));
    let refused = Stream::start(config(), waits(|held| held.records_min = 900_000), nobody());
    let Err(StreamError::Pool {
        records: 900_000,
        would_do: Some(mib),
        ..
    }) = refused
    else {
        panic!("so many do not fit");
    };
    let with = |mib: u64| {
        let plan = waits(|held| held.records_min = 900_000);
        let config = StreamConfig {
            memory_bytes: Some(mib << 20),
            ..config()
        };
        config.clients(&plan).is_ok()
    };
    assert!(with(mib) && !with(mib - mib / 50), "{mib}");
    let refused = Stream::start(
        config(),
        waits(|held| held.records_min = 9_000_000),
        nobody(),
    );
    assert!(refused.is_err_and(|error| error.to_string().contains("no memory would do")));
    let twice = StreamConfig {
        delivery: Delivery::AtLeastOnce,
        ..config()
    };
    let refused = Stream::start(twice, waits(|_| ()), nobody());
    assert!(matches!(refused, Err(StreamError::WaitsTwice(_))));
    properties
        .set("no.such.property", "1", Origin::Flag)
        .unwrap();
    let refused = Stream::start(StreamConfig::new("g", properties), plan(), nobody());
    assert!(matches!(
        refused,
        Err(StreamError::Property(PropertyError::Refused { .. }))
    ));
}

/// Answers a number with itself, unless it is down.
#[derive(Clone)]
struct Echo {
    is_down: Arc<AtomicBool>,
    calls: Arc<AtomicU64>,
}

impl Lookups for Echo {
    fn resolve(&mut self, requests: &Requests, answers: &mut Answers) -> Result<(), Outage> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) {
            return Err(Outage::new("the store is down; start it"));
        }
        for request in requests.iter() {
            answers.push(Some(request.key));
        }
        Ok(())
    }
}

impl Echo {
    fn down() -> Echo {
        Echo {
            is_down: Arc::new(AtomicBool::new(true)),
            calls: Arc::default(),
        }
    }

    fn config(&self, kafka: &Embedded) -> StreamConfig {
        let echo = self.clone();
        StreamConfig {
            stores: Some(Stores::new(move || Box::new(echo.clone()))),
            drain_deadline: Duration::from_millis(300),
            ..kafka.config()
        }
    }

    fn plan() -> Arc<Plan> {
        let mut plans = Plans::new();
        plans.output(&[field("n", "answered")]);
        plans.quarantine();
        plans.build()
    }
}

pub(super) fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::yield_now();
    }
}

#[test]
fn while_a_store_is_down_nothing_leaves_and_afterwards_everything_does_once() {
    let kafka = Embedded::new(&["raw", "out0"]);
    kafka.fill(300);
    let (echo, figures) = (Echo::down(), Arc::new(Figures::default()));
    let stream = Stream::start(echo.config(&kafka), Echo::plan(), figures.clone()).unwrap();
    until("the store is asked again and again", || {
        echo.calls.load(Ordering::SeqCst) > 6
    });
    let workers = |c: &Condition| c.name == "workers";
    let told = stream.probe().conditions().into_iter().find(workers);
    let failed = Standing::Failed("the store is down; start it".into());
    assert_eq!(told.map(|c| c.standing), Some(failed));
    assert_eq!(kafka.read("out0"), BTreeMap::new());
    assert_eq!(figures.received.load(Ordering::Relaxed), 0);
    echo.is_down.store(false, Ordering::SeqCst);
    let end = stream.wait();
    assert_eq!(end, End::Done);
    let read = |n: &AtomicU64| n.load(Ordering::Relaxed);
    assert_eq!(
        (read(&figures.received), read(&figures.quarantined)),
        (300, 42)
    );
    let out = kafka.read("out0");
    for partition in 0..PARTITIONS {
        let expected: Vec<String> = (0..300)
            .filter(|i| i % 7 != 6 && i % i64::from(PARTITIONS) == i64::from(partition))
            .map(|i| format!(r#"{{"n":"{i}"}}"#))
            .collect();
        assert_eq!(out[&partition], expected, "partition {partition}");
    }
}

#[test]
fn a_stream_that_holds_batches_stops_when_it_is_told_to_and_its_workers_end() {
    let kafka = Embedded::new(&["raw", "out0"]);
    kafka.fill(300);
    let (echo, figures) = (Echo::down(), Arc::new(Figures::default()));
    let stream = Stream::start(echo.config(&kafka), Echo::plan(), figures.clone()).unwrap();
    until("a batch is held", || echo.calls.load(Ordering::SeqCst) > 0);
    stream.stop();
    assert!(matches!(stream.wait(), End::Unavailable { .. }));
    assert_eq!(figures.received.load(Ordering::Relaxed), 0);
    assert_eq!(kafka.read("out0"), BTreeMap::new());
    until("the workers let go", || Arc::strong_count(&echo.calls) == 1);
}

#[test]
fn a_policy_that_looks_up_is_refused_where_nothing_answers() {
    let kafka = Embedded::new(&["raw", "out0"]);
    let nobody = Arc::new(crate::pipeline::observer::Nobody);
    let refused = Stream::start(kafka.config(), Echo::plan(), nobody);
    assert!(matches!(refused, Err(StreamError::NoStore)));
}

/// A plan that marks what it writes to both outputs by what it keeps.
fn marking(kept: &[&'static str]) -> Arc<Plan> {
    let mut plans = Plans::new();
    let fields: Vec<_> = kept.iter().map(|name| field(name, "keep")).collect();
    plans.output(&fields);
    plans.output(&fields);
    plans.quarantine();
    plans.build()
}

#[test]
fn a_record_is_done_under_one_plan_while_plans_replace_each_other() {
    const RECORDS: i64 = 4_200;
    let kafka = Embedded::new(&["raw", "out0", "out1"]);
    let figures = Arc::new(Figures::default());
    let config = StreamConfig {
        once: false,
        ..kafka.config()
    };
    let stream = Stream::start(config, marking(&["n"]), figures.clone()).unwrap();
    let received = || i64::try_from(figures.received.load(Ordering::Relaxed)).unwrap();
    let mut replaced = 0;
    // The first half may be under way when the plan takes over, the second is not.
    for filled in (0..RECORDS).step_by(300) {
        kafka.fill_from(filled, 150);
        let kept: &[&'static str] = [&["n", "secret"][..], &["n"]][replaced % 2];
        let successor = stream.look_at(marking(kept)).unwrap();
        stream.replace(&successor).unwrap();
        replaced += 1;
        kafka.fill_from(filled + 150, 150);
        until("the filling is read", || received() >= filled + 300);
    }
    stream.stop();
    assert_eq!(stream.wait(), End::Done);
    assert_eq!(replaced, 14);
    assert_eq!(
        figures.aborted.load(Ordering::Relaxed),
        0,
        "nothing was read twice"
    );
    assert_eq!(received(), RECORDS);
    let (out0, out1) = (kafka.read("out0"), kafka.read("out1"));
    assert_eq!(out0, out1, "one plan for both outputs of a record");
    let all: Vec<&String> = out0.values().flatten().collect();
    let marked = all.iter().filter(|v| v.contains("secret")).count();
    assert!(
        marked > 0 && marked < all.len(),
        "{marked} of {}",
        all.len()
    );
    for partition in 0..PARTITIONS {
        let plain = out0[&partition]
            .iter()
            .map(|v| v.replace(r#","secret":"s""#, ""));
        let expected = (0..RECORDS)
            .filter(|i| i % 7 != 6 && i % i64::from(PARTITIONS) == i64::from(partition))
            .map(|i| format!(r#"{{"n":{i}}}"#));
        assert!(
            plain.eq(expected),
            "partition {partition}: lost, doubled or out of order"
        );
    }
    let ended = stream.replace(&Successor {
        plan: marking(&["n"]),
        topology: Default::default(),
        warnings: Vec::new(),
    });
    assert_eq!(ended, Err(NotTaken::Ending));
}

#[test]
fn a_plan_that_cannot_take_over_says_why_and_the_stream_goes_on() {
    let kafka = Embedded::new(&["raw", "out0", "out1"]);
    let figures = Arc::new(Figures::default());
    let config = StreamConfig {
        once: false,
        ..kafka.config()
    };
    let stream = Stream::start(config, plan(), figures.clone()).unwrap();
    let refused = |change: &dyn Fn(&mut Plan)| {
        let mut plans = Plans::new();
        plans.output(&[field("n", "keep")]);
        plans.quarantine();
        change(&mut plans.plan);
        match stream.look_at(plans.build()) {
            Err(why) => why.to_string(),
            Ok(_) => panic!("it can take over"),
        }
    };
    let why = refused(&|plan| plan.source.topics.push("more".into()));
    assert!(
        why.contains("source.topics") && why.contains("restart"),
        "{why}"
    );
    let why = refused(&|plan| plan.name = "other".into());
    assert!(why.contains("name") && why.contains("restart"), "{why}");
    let why = refused(&|plan| plan.quarantine = None);
    assert!(why.contains("quarantine"), "{why}");
    let gone = rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    kafka.cluster.topic_error("out1", gone).unwrap();
    let why = match stream.look_at(marking(&["n"])) {
        Err(NotTaken::Cluster(why)) => why,
        _ => panic!("the topic of an output is missing"),
    };
    assert!(why.contains("out1"), "{why}");
    kafka.fill(21);
    while figures.received.load(Ordering::Relaxed) < 21 {
        std::thread::yield_now();
    }
    stream.stop();
    assert_eq!(stream.wait(), End::Done);
}
