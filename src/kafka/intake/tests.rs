//! What takes the client library to show: messages, and a consumer that fails.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use rdkafka::{Offset, TopicPartitionList};

use super::assigned_lanes::{AssignedLanes, Taken};
use super::*;
use crate::kafka::claims::Claims;
use crate::kafka::conditions::Conditions;
use crate::kafka::credit::Credit;
use crate::kafka::messages::{End, Rewind, ToOutlet, Work};
use crate::pipeline::BufferPool;
use crate::pipeline::observer::Nobody;
use crate::pipeline::testing::{Plans, field};
use crate::plan::Plan;

fn plan() -> Arc<Plan> {
    let mut plans = Plans::new();
    plans.output(&[field("n", "keep")]);
    plans.build()
}

/// `n` empty records of partition 0 of `raw`, and whoever reads them.
fn filled(n: i64) -> (MockCluster<'static, DefaultProducerContext>, BaseConsumer) {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("raw", 1, 1).unwrap();
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", cluster.bootstrap_servers());
    let producer: BaseProducer = client.create().unwrap();
    for _ in 0..n {
        let empty = BaseRecord::<[u8], [u8]>::to("raw").partition(0);
        producer.send(empty).map_err(|(e, _)| e).unwrap();
    }
    producer.flush(Duration::from_secs(30)).unwrap();
    let consumer: BaseConsumer = client.set("group.id", "g").create().unwrap();
    let mut all = TopicPartitionList::new();
    all.add_partition_offset("raw", 0, Offset::Beginning)
        .unwrap();
    consumer.assign(&all).unwrap();
    (cluster, consumer)
}

/// Reads `n` records into a table with the lane `raw` 0; the credit they took,
/// and the batches closed meanwhile.
fn taken(
    assigned_lanes: &mut AssignedLanes,
    consumer: &BaseConsumer,
    n: usize,
) -> (u64, Vec<Work>) {
    let (mut credit, mut sent) = (0, Vec::new());
    for _ in 0..n {
        let message = loop {
            if let Some(message) = consumer.poll(Duration::from_secs(10)) {
                break message.unwrap();
            }
        };
        let (now, spare) = (Instant::now(), Default::default);
        match assigned_lanes.take(&message, now, spare, |work| sent.push(work)) {
            Taken::In(costs) if costs > 0 => credit += costs,
            other => panic!("{other:?}: a record costs something"),
        }
    }
    (credit, sent)
}

/// I5: what is in flight is what the credit says is.
#[test]
fn all_credit_taken_is_named_again_by_the_batches_sent_and_thrown_away() {
    let (_cluster, consumer) = filled(2_500);
    let prices = |sent: &[Work]| sent.iter().map(|w| cost(&w.batch)).sum::<u64>();
    let mut assigned_lanes = AssignedLanes::new(plan(), Arc::default());
    assigned_lanes.claim("raw", 0, None);
    let (credit, sent) = taken(&mut assigned_lanes, &consumer, 1_200);
    assert_eq!(sent.len(), 1, "one full batch, one open");
    let lanes = Vec::new();
    let thrown_away = assigned_lanes
        .rewind(&Rewind { epoch: 1, lanes })
        .thrown_away;
    assert_eq!(credit, prices(&sent) + thrown_away);

    // The lane was told to seek; here its records just go on.
    assigned_lanes.lanes[0].seek = None;
    let (credit, sent) = taken(&mut assigned_lanes, &consumer, 1_300);
    let mut given_up = TopicPartitionList::new();
    given_up.add_partition("raw", 0);
    let (gone, unsent) = assigned_lanes.remove(&given_up);
    assert_eq!((gone.len(), sent.len()), (1, 1));
    assert_eq!(credit, prices(&sent) + unsent);
}

#[test]
fn a_failed_subscription_ends_the_stream_and_tells_the_outlet() {
    let mut plan = Arc::into_inner(plan()).expect("the plan is nobody else's");
    // The client library subscribes to no topic without a name.
    plan.source.topics = vec!["".into()];
    let (to_outlet, inbox) = crossbeam_channel::unbounded();
    let (to_workers, _work) = crossbeam_channel::unbounded();
    let (_rewinds, rewound) = crossbeam_channel::unbounded();
    let membership = Membership {
        from_end: false,
        to_outlet,
        to_workers,
        claims: Arc::new(Claims::default()),
        credit: Arc::new(Credit::new(1)),
        backlog: Arc::default(),
        batch_size: Arc::default(),
        state: None,
        schemas: None,
        lease: None,
        to_ends: crossbeam_channel::unbounded().0,
        conditions: Arc::new(Conditions::default()),
        liveness: Arc::new(Liveness::default()),
        stopping: Arc::new(AtomicBool::new(false)),
        observer: Arc::new(Nobody),
        drain_deadline: Duration::from_secs(5),
        instance: None,
        once: false,
        gather: Duration::from_millis(10),
        rebalanced: crossbeam_channel::bounded(1).0,
        settled_after: Duration::from_secs(12),
        silent_after: Duration::from_secs(30),
    };
    let consumer: Arc<Consumer> = Arc::new(
        ClientConfig::new()
            .set("bootstrap.servers", "127.0.0.1:1")
            .set("group.id", "g")
            .create_with_context(Group::new(Arc::new(plan), membership))
            .unwrap(),
    );
    let intake = Intake::new(consumer, rewound, Arc::new(BufferPool::new(0)));
    match intake.run() {
        End::Unavailable { what } => assert!(what.contains("subscribed"), "{what}"),
        other => panic!("{other:?}"),
    }
    let told: Vec<ToOutlet> = inbox.try_iter().collect();
    assert!(matches!(told[..], [ToOutlet::Stop]));
}
