//! What becomes of the topic of decisions while it is followed: deleted, cut, compacted,
//! widened, forbidden, held up, away. Never is a grant followed that it does not hold.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::kafka::{self, Acl, Isolation, Operation, await_some, read_all};

use super::super::stage::SETTLE;
use super::{Consented, PARTITIONS, decision, event};

/// What is not known to be all of it for three seconds holds everything.
const SOON_STALE: &str = ", stale: { after: 3s, hold: forever }";
const COMPACT: [(&str, &str); 5] = [
    ("cleanup.policy", "compact"),
    ("delete.retention.ms", "604800000"),
    ("message.timestamp.type", "LogAppendTime"),
    // What was written is compacted as soon as something comes behind it.
    ("segment.ms", "50"),
    ("min.cleanable.dirty.ratio", "0.0001"),
];

#[test]
fn a_topic_that_forgets_is_refused_and_said() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let decisions = "forgetful.decisions".to_owned();
    kafka::create(
        cluster,
        &decisions,
        PARTITIONS,
        &[("cleanup.policy", "delete")],
    );
    let with = Consented::over(cluster, "forgetful", "", decisions.clone());
    let mut veil = with.veil(&[]);
    veil.await_unready(SETTLE, &["forgetful.decisions", "cleanup.policy=compact"]);
    kafka::reconfigure(cluster, &decisions, &[("cleanup.policy", "compact")]);
    veil.await_ready(SETTLE);
    assert!(veil.log().contains("CreateTime"), "{}", veil.log());
    assert_eq!(veil.terminate().code, Some(0));
}
#[test]
fn what_hangs_in_the_topic_of_decisions_holds_the_stream_until_it_ends() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    use rdkafka::producer::Producer;
    let with = Consented::new(cluster, "hanging", ", stale: { after: 3s, hold: forever }");
    with.decide([(1, Some(true))]);
    let mut veil = with.veil(&[]);
    veil.await_ready(SETTLE);
    // Somebody's transaction stays open: what is behind it nobody can see.
    let hangs = kafka::transactional_producer(cluster, "hangs");
    hangs.begin_transaction().expect("as the case wrote it");
    kafka::enqueue(&hangs, &with.decisions, &decision(2, Some(true)));
    hangs.flush(SETTLE).expect("as the case wrote it");
    with.decide([(1, Some(false)), (4, Some(false))]);
    veil.await_unready(SETTLE, &["what people decided"]);
    let begun = Instant::now();
    with.stage.produce([event(0, 1)]);
    await_some("figures of the hold", SETTLE, || {
        (veil.metrics().sum("veil_consent_stale", &[]) == 1).then_some(())
    });
    assert_eq!(with.stage.progress(), 0, "nothing is committed meanwhile");
    hangs
        .abort_transaction(SETTLE)
        .expect("as the case wrote it");
    veil.await_ready(SETTLE);
    with.stage.settle();
    assert_eq!(veil.terminate().code, Some(0));
    let t = &with.stage.topics;
    assert!(with.numbers(&t.analytics, Isolation::Committed).is_empty());
    assert_eq!(with.numbers(&t.mail, Isolation::Committed).len(), 1);
    crate::say(&format!("held for {:.1?}", begun.elapsed()));
}

#[test]
fn a_topic_deleted_and_made_again_grants_only_what_it_holds_then() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let with = Consented::new(cluster, "recreated", SOON_STALE);
    with.decide([(1, Some(true)), (2, Some(true))]);
    let mut veil = with.veil(&[]);
    veil.await_ready(SETTLE);
    with.produce(&[(0, 1), (1, 2)]);
    with.stage.settle();
    kafka::delete(cluster, &with.decisions);
    veil.await_unready(SETTLE, &["what people decided", &with.decisions]);
    with.produce(&[(2, 1), (3, 2)]);
    // Of others, at the very places that were read before.
    kafka::create(cluster, &with.decisions, PARTITIONS, &COMPACT);
    with.decide([(2, Some(true)), (4, Some(true)), (7, Some(true))]);
    veil.await_ready(SETTLE);
    with.produce(&[(4, 1), (5, 2)]);
    with.stage.settle();
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0));
    let t = &with.stage.topics;
    let mut written = with.numbers(&t.analytics, Isolation::Committed);
    // What is decided while nothing is known is denied, and stays so; what comes to be
    // decided later is not.
    written.remove(&3);
    assert_eq!(written, BTreeSet::from([0, 1, 5]), "{}", ended.log);
    assert_eq!(with.numbers(&t.mail, Isolation::Committed).len(), 6);
}

#[test]
fn what_is_compacted_away_is_neither_waited_for_nor_followed() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let decisions = "thinned.decisions".to_owned();
    kafka::create(cluster, &decisions, PARTITIONS, &COMPACT);
    let with = Consented::over(cluster, "thinned", "", decisions);
    with.decide((1..=9).map(|n| (n, Some(true))));
    let mut veil = with.veil(&[]);
    veil.await_ready(SETTLE);
    assert_eq!(veil.terminate().code, Some(0));
    // What it has read and kept lies in a topic that is another one by now: most of it
    // is gone, before and behind the places that it has got to.
    for n in 0..20 {
        with.decide((1..=9).map(|who| (who, Some(n % 2 == 0))));
    }
    with.decide([(1, None), (2, Some(true))]);
    let all = 9 * 21 + 2;
    await_some("the topic to be compacted", SETTLE, || {
        with.decide((30..30 + PARTITIONS.unsigned_abs()).map(|n| (n, Some(true))));
        (read_all(cluster, &with.decisions, Isolation::Committed).len() < all / 2).then_some(())
    });
    // By what it has kept, and by the topic alone.
    for n in 0..2 {
        let mut veil = with.veil(&[]);
        veil.await_ready(SETTLE);
        assert_eq!(veil.log().contains("found again"), n == 0, "{}", veil.log());
        with.produce(&[(10 * n, 1), (10 * n + 1, 2), (10 * n + 2, 3)]);
        with.stage.settle();
        assert_eq!(veil.terminate().code, Some(0));
        let kept = with.stage.folder().join("thinned.consent");
        std::fs::remove_file(kept).expect("the state is kept");
    }
    let written = with.numbers(&with.stage.topics.analytics, Isolation::Committed);
    assert_eq!(written, BTreeSet::from([1, 11]));
}

#[test]
fn a_topic_that_gets_more_partitions_is_read_in_all_of_them() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let with = Consented::new(cluster, "widened", SOON_STALE);
    with.decide([(1, Some(true)), (2, Some(true))]);
    let mut veil = with.veil(&[]);
    veil.await_ready(SETTLE);
    kafka::widen(cluster, &with.decisions, PARTITIONS + 1);
    // Where nothing was when it began to read.
    let mut feed = kafka::Feed::new(cluster, &with.decisions);
    for (n, is) in [(1, false), (5, true)] {
        feed.send(kafka::Outgoing {
            partition: PARTITIONS,
            ..decision(n, Some(is))
        });
    }
    feed.finish();
    await_some("the partition to be read", SETTLE, || {
        let metrics = veil.metrics();
        (metrics.sum("veil_consent_withdrawals_total", &[]) == 1).then_some(())
    });
    with.produce(&[(0, 1), (1, 2), (2, 5)]);
    with.stage.settle();
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.log.contains("more partitions than before"),
        "{}",
        ended.log
    );
    let written = with.numbers(&with.stage.topics.analytics, Isolation::Committed);
    assert_eq!(written, BTreeSet::from([1, 2]));
}

#[test]
fn a_topic_that_may_not_be_read_holds_the_stream_until_it_may() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let with = Consented::new(cluster, "forbidden", SOON_STALE);
    with.decide([(1, Some(true)), (2, Some(true))]);
    let _rest = Acl::allow_all(cluster, &with.decisions);
    let rule = Acl::deny(cluster, &with.decisions, Operation::Read);
    let mut veil = with.veil(&[]);
    veil.await_unready(SETTLE, &[&with.decisions]);
    rule.lift();
    veil.await_ready(SETTLE);
    with.produce(&[(0, 1), (1, 2)]);
    with.stage.settle();
    // Later: nothing is wrong as long as nothing is missed.
    let rule = Acl::deny(cluster, &with.decisions, Operation::Read);
    with.decide([(1, Some(false))]);
    veil.await_unready(SETTLE, &["what people decided"]);
    with.produce(&[(2, 1), (3, 2)]);
    assert_eq!(with.stage.progress(), 2, "nothing is committed meanwhile");
    rule.lift();
    veil.await_ready(SETTLE);
    with.stage.settle();
    assert_eq!(veil.terminate().code, Some(0));
    let written = with.numbers(&with.stage.topics.analytics, Isolation::Committed);
    assert_eq!(written, BTreeSet::from([0, 1, 3]));
}

#[test]
fn who_cannot_reach_the_topic_begins_nothing_and_knows_all_when_it_can() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let with = Consented::new(cluster, "away", SOON_STALE);
    with.decide([(1, Some(true)), (2, Some(true))]);
    with.produce(&[(0, 1), (1, 2)]);
    let proxy = cluster.proxy();
    proxy.cut();
    let mut veil = with.veil_through(&proxy, &[]);
    veil.await_unready(SETTLE, &["127.0.0.1"]);
    proxy.mend();
    veil.await_ready(SETTLE);
    with.stage.settle();
    proxy.cut();
    // What is decided while nobody hears it counts as soon as anything leaves.
    with.decide([(1, Some(false))]);
    with.produce(&[(2, 1), (3, 2)]);
    let gone = Instant::now();
    veil.await_unready(SETTLE, &["what people decided"]);
    crate::say(&format!("away: held after {:.1?}", gone.elapsed()));
    proxy.mend();
    veil.await_ready(SETTLE);
    with.stage.settle();
    assert_eq!(veil.terminate().code, Some(0));
    let written = with.numbers(&with.stage.topics.analytics, Isolation::Committed);
    assert_eq!(written, BTreeSet::from([0, 1, 3]));
}
