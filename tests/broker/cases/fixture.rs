//! The fixture itself, against plain clients: what the other cases lean on.

use std::time::Duration;

use crate::kafka::{self, Acl, Cluster, Isolation, Outgoing, ends, read_all};
use crate::traffic::{Kind, NUMBER, Traffic};

#[test]
fn a_committed_reader_sees_committed_records_only_and_reads_to_the_end() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let topic = "fixture.transactions";
    kafka::create(cluster, topic, 3, &[]);
    let records: Vec<Outgoing> = Traffic::new(2, 3).take(1_000).collect();
    kafka::produce_transactions(cluster, topic, &records, 100, |i| {
        Traffic::new(100 + i as u64, 3).take(30).collect()
    });

    let rows = read_all(cluster, topic, Isolation::Committed);
    let mut numbers: Vec<u64> = rows
        .iter()
        .map(|r| {
            r.header(NUMBER)
                .expect("numbered")
                .parse()
                .expect("a number")
        })
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..1_000).collect::<Vec<u64>>());
    assert!(
        rows.iter().any(|r| r.value.is_none()),
        "tombstones stay tombstones"
    );
    let everything = read_all(cluster, topic, Isolation::Uncommitted);
    assert_eq!(everything.len(), 1_300, "the aborted ones are in the log");
    // Nothing is left open, and the last offset is a marker's: the end lies
    // behind the last record.
    let end = ends(cluster, topic, Isolation::Committed);
    assert_eq!(end, ends(cluster, topic, Isolation::Uncommitted));
    for (partition, end) in end.into_iter().enumerate() {
        let last = everything.iter().rfind(|r| r.partition == partition as i32);
        assert!(last.expect("each partition has records").offset + 1 < end);
    }
}

#[test]
fn a_killed_broker_comes_back_with_what_it_had() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let topic = "fixture.restart";
    kafka::create(&cluster, topic, 2, &[]);
    kafka::produce(&cluster, topic, Traffic::new(3, 2).take(500));
    cluster.kill();
    cluster.restart();
    assert_eq!(read_all(&cluster, topic, Isolation::Committed).len(), 500);
    kafka::produce(&cluster, topic, Traffic::new(4, 2).take(10));
    assert_eq!(read_all(&cluster, topic, Isolation::Committed).len(), 510);
}

#[test]
fn one_operation_on_one_topic_can_be_forbidden_and_allowed_again() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let topic = "fixture.forbidden";
    kafka::create(cluster, topic, 1, &[]);
    let record = Traffic::new(5, 1).of_kind(Kind::Full);
    let rule = Acl::deny_writing(cluster, topic);
    assert!(refused(cluster, topic, &record), "writing is forbidden");
    rule.lift();
    kafka::await_some("the rule to be gone", Duration::from_secs(10), || {
        (!refused(cluster, topic, &record)).then_some(())
    });
}

fn refused(cluster: &Cluster, topic: &str, record: &Outgoing) -> bool {
    let mut feed = kafka::Feed::new(cluster, topic);
    feed.send(record.clone());
    feed.failures() > 0
}
