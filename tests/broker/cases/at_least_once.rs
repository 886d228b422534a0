//! `delivery: at_least_once`, for clusters without transactions: nothing is lost,
//! some may come twice, and no transaction is ever begun.

use std::collections::BTreeSet;

use crate::check::{At, Fate, Input};
use crate::kafka::{self, Isolation, read_all};
use crate::traffic::{Dice, Traffic};

use super::stage::{SETTLE, Stage, inputs, outputs, quarantined};

#[test]
fn killed_again_and_again_it_loses_nothing_and_begins_no_transaction() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    const RECORDS: u64 = 20_000;
    let stage = Stage::new(cluster, "least", 4);
    stage.settings("delivery: at_least_once\n");
    stage.produce(Traffic::new(71, 4).take(RECORDS as usize));
    let flags = [
        "-c",
        "veil.yaml",
        "--instance",
        "least",
        "-X",
        "session.timeout.ms=6000",
    ];
    let mut dice = Dice::new(3);
    for _ in 0..2 {
        let mut veil = stage.veil(&flags);
        let before = stage.progress();
        stage.await_progress(&mut veil, before + dice.below(2_000) as i64);
        veil.kill();
    }
    let mut veil = stage.veil(&flags);
    veil.await_ready(SETTLE);
    stage.settle();
    let metrics = veil.metrics();
    let labels = [("delivery", "at_least_once")];
    assert_eq!(
        metrics.sum("veil_delivery_info", &labels),
        1,
        "it says what it promises"
    );
    assert!(veil.log().contains("written again"), "{}", veil.log());
    assert_eq!(veil.terminate().code, Some(0));

    let t = &stage.topics;
    let read = |topic: &str| read_all(cluster, topic, Isolation::Committed);
    let written: BTreeSet<u64> = outputs(&read(&t.analytics))
        .iter()
        .map(|o| o.number)
        .collect();
    let refused: BTreeSet<(i32, i64)> = quarantined(&read(&t.quarantine), &t.source)
        .iter()
        .map(|q| (q.partition, q.offset))
        .collect();
    let sources = inputs(&read(&t.source));
    let due = |input: &&Input| matches!(&input.fate, Fate::Outputs(at) if at[0] == At::Written);
    let due: BTreeSet<u64> = sources.iter().filter(due).map(|i| i.number).collect();
    let held = |input: &&Input| matches!(input.fate, Fate::Quarantine(_));
    let held = sources.iter().filter(held).map(|i| (i.partition, i.offset));
    assert_eq!(written, due);
    assert_eq!(refused, held.collect());
    let doubled = outputs(&read(&t.analytics)).len() - written.len();
    // Ends of transactions would have offsets of their own.
    for topic in [&t.analytics, &t.mail, &t.quarantine] {
        let ends: i64 = kafka::ends(cluster, topic, Isolation::Uncommitted)
            .into_iter()
            .sum();
        assert_eq!(
            ends,
            read(topic).len() as i64,
            "{topic} holds ends of transactions"
        );
    }
    crate::say(&format!(
        "at least once: {RECORDS} records, 2 kills, 0 lost, {doubled} written twice"
    ));
}
