//! The whole chain of proof, tried on a pipeline that is not ours: an honest
//! one passes, and each fault built into it on purpose is caught.

use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::Producer;
use rdkafka::topic_partition_list::Offset;

use crate::check::{At, Fate};
use crate::kafka::{self, Cluster, Isolation, Outgoing, Row, enqueue, read_all};
use crate::traffic::{KIND, Kind, NUMBER, Traffic};

use super::stage::Stage;

const RECORDS: u64 = 600;
const PATIENCE: Duration = Duration::from_secs(20);

/// What is wrong with the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing.
    None,
    /// A transaction is aborted and the next one goes on behind it.
    AbortWithoutRewind,
    /// A transaction commits, and its records are read and written again.
    CommitForgotten,
    /// Two records of one partition change places.
    Swapped,
    /// What is withheld goes out.
    GateOpen,
    /// What cannot be read goes out as it is, instead of to the quarantine.
    PassThrough,
    /// The quarantine gets the right record with a wrong reason.
    WrongReason,
    /// A header that nobody named stays.
    HeaderKept,
    /// A tombstone is taken for nothing.
    TombstoneLost,
}

#[test]
fn an_honest_imitation_passes_and_every_planted_fault_is_caught() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let planted = [
        (Fault::None, ""),
        (Fault::AbortWithoutRewind, "Lost"),
        (Fault::CommitForgotten, "Doubled"),
        (Fault::Swapped, "Reordered"),
        (Fault::GateOpen, "Unexpected"),
        (Fault::PassThrough, "clear text"),
        (Fault::WrongReason, "WrongReason"),
        (Fault::HeaderKept, "clear text"),
        (Fault::TombstoneLost, "Lost"),
    ];
    // Side by side: each spends its time waiting for the broker.
    std::thread::scope(|scope| {
        let runs = planted.map(|(fault, word)| {
            let run = scope.spawn(move || complaints(cluster, fault));
            (fault, word, run)
        });
        for (fault, word, run) in runs {
            let found = run.join().expect("the imitation does not panic");
            if fault == Fault::None {
                assert_eq!(found, Vec::<String>::new());
            } else {
                assert!(
                    found.iter().any(|c| c.contains(word)),
                    "{fault:?}: {found:?}"
                );
            }
        }
    });
}

/// Committed offsets that move back are seen by the observer.
#[test]
fn an_offset_that_moves_back_is_seen() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let topic = "controls.back";
    kafka::create(cluster, topic, 1, &[]);
    let consumer: BaseConsumer = cluster
        .client()
        .set("group.id", "controls.back")
        .create()
        .expect("a consumer");
    let commit = |offset| {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, 0, Offset::Offset(offset))
            .expect("a valid offset");
        consumer
            .commit(&list, rdkafka::consumer::CommitMode::Sync)
            .expect("a group without members takes any offset");
    };
    let observer = kafka::Observer::of(cluster, "controls.back", topic, 1);
    for offset in [10, 20, 15] {
        commit(offset);
        observer.await_look();
    }
    assert_eq!(observer.steps_backwards(), ["controls.back/0: 20 -> 15"]);
}

fn complaints(cluster: &Cluster, fault: Fault) -> Vec<String> {
    let stage = Stage::new(cluster, &format!("controls.{fault:?}"), 3);
    stage.produce(Traffic::new(41, 3).take(RECORDS as usize));
    imitate(&stage, fault);
    stage.judge(RECORDS).1
}

/// A pipeline in 40 lines: reads the source, treats each record as its kind
/// says, writes in transactions of 50.
fn imitate(stage: &Stage<'_>, fault: Fault) {
    let producer = kafka::transactional_producer(stage.cluster, &stage.group);
    let mut rows = read_all(stage.cluster, &stage.topics.source, Isolation::Committed);
    if fault == Fault::Swapped {
        rows.retain(|r| kind(r) == Kind::Full || r.partition > 0);
        rows.swap(0, 1);
        let mut all = read_all(stage.cluster, &stage.topics.source, Isolation::Committed);
        all.retain(|r| kind(r) != Kind::Full && r.partition == 0);
        rows.extend(all);
    }
    for (i, chunk) in rows.chunks(50).enumerate() {
        let times = if fault == Fault::CommitForgotten && i == 3 {
            2
        } else {
            1
        };
        for _ in 0..times {
            producer.begin_transaction().expect("begin");
            for row in chunk {
                for (topic, record) in treat(stage, row, fault) {
                    enqueue(&producer, &topic, &record);
                }
            }
            producer.flush(PATIENCE).expect("flushed");
            if fault == Fault::AbortWithoutRewind && i == 3 {
                producer.abort_transaction(PATIENCE).expect("abort");
            } else {
                producer.commit_transaction(PATIENCE).expect("commit");
            }
        }
    }
}

fn treat(stage: &Stage<'_>, row: &Row, fault: Fault) -> Vec<(String, Outgoing)> {
    let t = &stage.topics;
    let number = row.header(NUMBER).expect("numbered").as_bytes().to_vec();
    let mut headers = vec![(NUMBER.to_owned(), number)];
    if fault == Fault::HeaderKept {
        headers.clone_from(&row.headers);
    }
    let written = |value: Option<Vec<u8>>| Outgoing {
        partition: 0,
        value,
        headers: headers.clone(),
        timestamp_ms: row.timestamp_ms,
        ..Outgoing::default()
    };
    let clean = || row.value.is_some().then(|| b"{}".to_vec());
    match kind(row).fate() {
        Fate::Quarantine(_) if fault == Fault::PassThrough => {
            vec![(t.analytics.clone(), written(row.value.clone()))]
        }
        Fate::Quarantine(reason) => {
            let reason = if fault == Fault::WrongReason {
                "too_deep"
            } else {
                reason
            };
            let headers = [
                ("veil-reason", reason.to_owned()),
                ("veil-topic", t.source.clone()),
                ("veil-partition", row.partition.to_string()),
                ("veil-offset", row.offset.to_string()),
            ];
            let record = Outgoing {
                headers: headers
                    .map(|(n, v)| (n.to_owned(), v.into_bytes()))
                    .to_vec(),
                value: Some(b"sealed".to_vec()),
                ..Outgoing::default()
            };
            vec![(t.quarantine.clone(), record)]
        }
        Fate::Outputs(at) => [&t.analytics, &t.mail]
            .into_iter()
            .zip(at)
            .filter(|(_, at)| *at == At::Written || fault == Fault::GateOpen)
            .filter(|_| !(fault == Fault::TombstoneLost && row.value.is_none()))
            .map(|(topic, _)| (topic.clone(), written(clean())))
            .collect(),
    }
}

fn kind(row: &Row) -> Kind {
    Kind::from_word(row.header(KIND).expect("the source names the kind")).expect("a kind")
}
