use super::*;
use crate::kafka::outlet::event::{
    BatchId, CallKind, Gathered, Progress, Progresses, Published, Refused, RewindTo,
};
use crate::pipeline::observer::TransactionEnd;
use crate::plan::PlanId;
use crate::record::lane::{Lane, NextOffset};
use std::sync::Arc;

const FAST: Duration = Duration::from_millis(1);
const SLOW: Duration = Duration::from_millis(80);

mod bench;
mod table;

use bench::*;

#[test]
fn a_transaction_goes_from_begin_to_publish() {
    let mut b = Bench::idle(Config::default());
    b.batch(0, 0, 0, 10);
    assert_eq!(b.asked(), Some(CallKind::Begin));
    b.ok();
    assert_eq!(b.sent(), [(1, None)]);
    b.batch(1, 0, 5, 3);
    assert_eq!(b.sent(), [(2, None)]);
    b.after(Duration::from_millis(99));
    assert_eq!(b.asked(), None);
    b.after(Duration::from_millis(1)).ok();
    let offsets = vec![
        (lane(0), NextOffset::position(10)),
        (lane(1), NextOffset::position(8)),
    ];
    assert_eq!(
        b.fx.last(),
        Some(&Effect::Call(Call::SendOffsets(offsets.clone())))
    );
    b.ok().ok();
    assert_eq!(
        b.fx[0],
        Effect::Publish(Published {
            batches: vec![1, 2],
            lanes: offsets,
            open: Duration::from_millis(100)
        })
    );
    assert_eq!(b.fx[1], Effect::Ended(TransactionEnd::Committed));
    assert_eq!((b.state(), b.machine.deadline()), (State::Idle, None));
}

/// Brokers forget the offsets of topics that a group does not subscribe to.
#[test]
fn what_is_committed_is_committed_again_each_hour_though_nothing_moves() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let mut b = Bench::idle(Config {
        recommit_every: Some(HOUR),
        ..Config::default()
    });
    // Of what was never committed there is nothing to repeat.
    b.after(Duration::from_secs(60));
    assert_eq!(b.asked(), None);
    b.batch(0, 0, 0, 10).ok().after(Duration::from_millis(100));
    b.ok().ok().ok();
    assert_eq!(b.state(), State::Idle);
    b.after(HOUR);
    assert_eq!(b.asked(), Some(CallKind::Begin));
    b.ok();
    assert_eq!((b.asked(), b.sent()), (Some(CallKind::Deliver), vec![]));
    b.ok();
    let offsets = vec![(lane(0), NextOffset::position(10))];
    let sent = Effect::Call(Call::SendOffsets(offsets));
    assert_eq!(b.fx.last(), Some(&sent));
    b.ok().ok();
    assert_eq!((b.state(), b.asked()), (State::Idle, None));
    // And what comes goes on as ever.
    b.batch(0, 1, 10, 3);
    assert_eq!(b.asked(), Some(CallKind::Begin));
}

#[test]
fn it_commits_when_full_of_records_or_bytes_or_for_another_plan() {
    let config = Config {
        records_max: 20,
        bytes_max: 250,
        ..Config::default()
    };
    let mut b = Bench::idle(config.clone());
    b.batch(0, 0, 0, 10).ok().batch(0, 1, 10, 10);
    assert_eq!(b.asked(), Some(CallKind::Deliver));
    let mut b = Bench::idle(config.clone());
    b.batch(0, 0, 0, 1).ok().batch(0, 1, 1, 1).batch(0, 2, 2, 1);
    assert_eq!(b.asked(), Some(CallKind::Deliver));
    let mut b = Bench::idle(config);
    let (one, other) = (PlanId::draw(), PlanId::draw());
    b.planned(0, 0, 0, 1, one).ok().planned(0, 1, 1, 1, other);
    assert_eq!((b.asked(), b.sent()), (Some(CallKind::Deliver), vec![]));
    b.ok().ok().ok();
    assert_eq!(b.asked(), Some(CallKind::Begin));
    b.ok();
    assert_eq!(b.sent(), [(2, None)]);
}

#[test]
fn it_commits_as_soon_as_all_that_was_gathered_is_sent() {
    let gathered = |counts: [u64; 2], epoch| {
        let lanes = counts.iter().zip(0..).map(|(n, p)| (lane(p), *n)).collect();
        Event::Gathered(Gathered { lanes, epoch })
    };
    // Not before the last of them has come, whatever the age.
    let mut b = Bench::open();
    b.step(gathered([2, 1], 0));
    assert_eq!(b.asked(), None);
    b.batch(0, 1, 10, 10);
    assert_eq!(b.asked(), None);
    b.batch(1, 0, 0, 5);
    assert_eq!(b.asked(), Some(CallKind::Deliver));
    b.ok().ok().ok();
    assert!(b.published());
    // It was for that transaction: the next one waits for company again.
    b.batch(0, 2, 20, 1).ok();
    assert_eq!((b.state(), b.asked()), (State::Open, None));
    // Of nothing that is open, nothing comes; of an older epoch neither.
    let mut b = Bench::idle(Config::default());
    b.step(gathered([0, 0], 0));
    b.batch(0, 0, 0, 10).ok();
    assert_eq!((b.state(), b.asked()), (State::Open, None));
    // A lane that was lost meanwhile is not waited for.
    let mut b = Bench::open();
    b.step(gathered([1, 7], 0));
    assert_eq!(b.asked(), None);
    b.drain(&[(1, 0)], true);
    assert_eq!(b.asked(), Some(CallKind::Deliver));
}

#[test]
fn batches_are_sent_in_order_once_and_only_of_this_epoch_and_of_claimed_lanes() {
    let mut b = Bench::open();
    b.batch(0, 2, 20, 10);
    assert_eq!(b.sent(), []);
    b.batch(0, 1, 10, 10);
    assert_eq!(b.sent(), [(3, None), (2, None)]);
    b.batch(0, 1, 10, 10);
    assert_eq!(b.fx, [Effect::Discard(vec![4])]);
    b.batch(5, 0, 0, 1);
    assert_eq!(b.fx, [Effect::Discard(vec![5])]);
    let mut late = Bench::committing();
    late.answer(Err(Class::Abort), FAST).ok();
    assert_eq!(late.machine.epoch(), 1);
    let old = Arrival {
        id: 99,
        epoch: 0,
        progress: Progresses::of_batch(lane(0), 1, 10, NextOffset::position(20)),
        records: 10,
        bytes: 1,
        plan: None,
    };
    late.step(Event::Arrived(old));
    assert_eq!(late.fx, [Effect::Discard(vec![99])]);
}

#[test]
fn an_abort_reads_every_lane_again_from_what_is_committed() {
    let mut b = Bench::committing();
    b.ok().ok().ok();
    assert!(b.published());
    b.batch(0, 1, 10, 5).ok().batch(1, 0, 0, 5);
    b.after(Duration::from_millis(100))
        .answer(Err(Class::Abort), FAST)
        .ok();
    assert_eq!(b.rewound_to(0), Some(Some(10)));
    assert_eq!(b.rewound_to(1), Some(None));
    assert!(b.has(|e| *e == Effect::Discard(vec![2, 3])));
    assert!(b.has(|e| *e == Effect::Ended(TransactionEnd::Aborted)));
    assert_eq!((b.state(), b.machine.epoch()), (State::Idle, 1));
}

#[test]
fn a_slow_answer_replaces_the_producer_before_the_next_begin() {
    // A slow commit is published, then: new producer, init, offsets.
    let mut b = reach(State::Committing, CallKind::Commit);
    b.answer(Ok(()), SLOW);
    assert!(b.published());
    assert!(b.has(|e| *e == Effect::Rebuild(Cause::Slow)));
    assert_eq!(
        (b.state(), b.asked()),
        (State::Rebuilding, Some(CallKind::Create))
    );
    b.ok();
    assert_eq!(b.asked(), Some(CallKind::Init));
    b.ok();
    assert_eq!(b.asked(), Some(CallKind::ReadCommitted));
    // What came meanwhile is not read again: it follows what is committed.
    b.batch(0, 1, 10, 5);
    b.committed(&[(0, Some(10)), (1, None)]);
    assert_eq!((b.machine.epoch(), b.asked()), (0, Some(CallKind::Begin)));
    b.ok();
    assert_eq!(b.sent(), [(2, None)]);
    // Unless the group has other offsets.
    let mut b = reach(State::Committing, CallKind::Commit);
    b.answer(Ok(()), SLOW).ok().ok();
    b.batch(0, 1, 10, 5).committed(&[(0, Some(4)), (1, None)]);
    assert_eq!(
        (b.rewound_to(0), b.rewound_to(1)),
        (Some(Some(4)), Some(None))
    );
    assert!(b.has(|e| *e == Effect::Discard(vec![2])));
    // Slow offsets count as well, whatever the commit took; so does an abort.
    let mut b = reach(State::Committing, CallKind::SendOffsets);
    b.answer(Ok(()), SLOW).ok();
    assert!(b.published() && b.state() == State::Rebuilding);
    let mut b = reach(State::Aborting, CallKind::Abort);
    b.answer(Ok(()), SLOW);
    assert!(!b.published() && b.state() == State::Rebuilding);
    // Waiting for deliveries is no call to the coordinator.
    let mut b = Bench::committing();
    b.answer(Ok(()), SLOW).ok().ok();
    assert_eq!(b.state(), State::Idle);
}

#[test]
fn an_unclear_commit_is_published_if_and_only_if_the_group_has_its_offsets() {
    for (found, took_effect) in [(Some(10), true), (Some(3), false), (None, false)] {
        let mut b = reach(State::Committing, CallKind::Commit);
        b.answer(Err(Class::TimedOut), FAST);
        assert!(b.has(|e| *e == Effect::Ended(TransactionEnd::Abandoned)));
        b.ok().ok().committed(&[(0, found), (1, None)]);
        assert_eq!(b.published(), took_effect);
        assert_eq!(b.has(|e| *e == Effect::Discard(vec![1])), !took_effect);
        assert_eq!(b.rewound_to(0), Some(found));
    }
    // What was never told to commit cannot have.
    let mut b = reach(State::Committing, CallKind::SendOffsets);
    b.answer(Err(Class::TimedOut), FAST);
    assert!(b.has(|e| *e == Effect::Discard(vec![1])));
}

#[test]
fn revoked_lanes_are_waited_for_committed_and_forgotten() {
    let mut b = Bench::open();
    b.drain(&[(0, 2)], false);
    assert_eq!((b.state(), b.drained()), (State::Draining, None));
    b.batch(0, 1, 10, 10);
    assert_eq!(b.asked(), Some(CallKind::Deliver));
    b.ok().ok();
    assert_eq!(b.drained(), None);
    b.ok();
    assert!(b.published());
    assert_eq!(b.drained(), Some(true));
    b.batch(0, 2, 20, 1);
    assert_eq!(b.fx, [Effect::Discard(vec![3])]);
}

#[test]
fn a_drain_past_its_deadline_aborts_and_answers() {
    let mut b = Bench::open();
    b.batch(1, 0, 0, 1).drain(&[(0, 5)], false);
    b.after(Duration::from_millis(100)).ok().ok().ok();
    // The open transaction went; its lane's next batches do not come.
    assert_eq!((b.state(), b.drained()), (State::Idle, None));
    b.batch(1, 1, 1, 1).ok();
    b.after(Duration::from_secs(5));
    assert_eq!((b.asked(), b.drained()), (Some(CallKind::Abort), None));
    b.ok();
    assert_eq!(b.drained(), Some(false));
    assert_eq!((b.rewound_to(0), b.rewound_to(1)), (None, Some(Some(1))));
}

#[test]
fn lost_lanes_are_never_committed() {
    let mut b = Bench::open();
    b.batch(1, 0, 0, 1).drain(&[(0, 1)], true);
    assert_eq!((b.state(), b.asked()), (State::Lost, Some(CallKind::Abort)));
    b.ok();
    assert_eq!(
        (b.drained(), b.rewound_to(0), b.rewound_to(1)),
        (Some(false), None, Some(None))
    );
    // A transaction that holds nothing of them goes on.
    let mut b = Bench::open();
    b.drain(&[(1, 0)], true);
    assert_eq!((b.state(), b.drained()), (State::Open, Some(false)));
    // Told while deliveries are awaited: no offset is sent.
    let mut b = Bench::committing();
    b.drain(&[(0, 1)], true).ok();
    assert_eq!((b.state(), b.asked()), (State::Lost, Some(CallKind::Abort)));
}

#[test]
fn lanes_that_are_lost_while_others_are_revoked_are_never_committed() {
    let mut b = Bench::open();
    b.drain(&[(1, 1)], false);
    assert_eq!(b.state(), State::Draining);
    b.drain(&[(0, 1)], true);
    assert_eq!((b.state(), b.asked()), (State::Lost, Some(CallKind::Abort)));
    b.ok();
    assert!(!b.published() && b.drained() == Some(false));
}

#[test]
fn a_lane_that_is_no_longer_ours_aborts_without_blame() {
    let mut b = reach(State::Committing, CallKind::SendOffsets);
    b.answer(Err(Class::Unclaimed), FAST);
    assert!(!b.has(|e| matches!(e, Effect::Trouble(_))));
    b.ok();
    assert_eq!((b.state(), b.machine.deadline()), (State::Idle, None));
}

#[test]
fn who_withdraws_before_the_fence_is_decided_anew_in_smaller_transactions() {
    let batch_records_max = |b: &Bench| {
        b.fx.iter().find_map(|e| match e {
            Effect::BatchRecordsMax(records) => Some(*records),
            _ => None,
        })
    };
    let stop = |b: &mut Bench| {
        b.answer(Err(Class::Narrowed), FAST);
        let records = batch_records_max(b);
        assert!(!b.has(|e| matches!(e, Effect::Trouble(_))));
        assert_eq!(b.asked(), Some(CallKind::Abort));
        b.ok();
        assert_eq!(b.rewound_to(0), Some(None));
        assert_eq!((b.state(), b.machine.deadline()), (State::Idle, None));
        records
    };
    let mut b = reach(State::Committing, CallKind::SendOffsets);
    // Batches stay as they are at first, and go alone.
    assert_eq!(stop(&mut b), None);
    b.batch(0, 0, 0, 10).batch(1, 0, 0, 10).ok();
    assert_eq!((b.sent().len(), b.asked()), (1, Some(CallKind::Deliver)));
    b.ok();
    assert_eq!(stop(&mut b), Some(500));
    // Ten in a row, and again.
    for seq in 0..20 {
        b.batch(0, seq, 10 * i64::try_from(seq).unwrap(), 10).ok();
        assert_eq!(b.asked(), Some(CallKind::Deliver));
        b.ok().ok().ok();
        assert!(b.published());
        let doubled = (seq == 9).then_some(1_000);
        assert_eq!(batch_records_max(&b), doubled);
    }
    b.batch(0, 20, 200, 10).ok();
    assert_eq!((b.state(), b.asked()), (State::Open, None));
}

#[test]
fn a_position_goes_along_with_the_one_batch_of_a_careful_transaction() {
    let mut b = reach(State::Committing, CallKind::SendOffsets);
    b.answer(Err(Class::Narrowed), FAST).ok();
    let next = NextOffset::position(7);
    let position = Arrival {
        id: 99,
        epoch: 1,
        progress: Progresses::of_batch(lane(1), 0, 7, next),
        records: 0,
        bytes: 0,
        plan: None,
    };
    b.step(Event::Arrived(position)).ok();
    assert_eq!((b.sent().len(), b.asked()), (1, None));
    b.batch(0, 0, 0, 10);
    assert_eq!((b.sent().len(), b.asked()), (1, Some(CallKind::Deliver)));
}

#[test]
fn what_is_held_begins_nothing_ends_what_is_open_and_lets_lanes_go() {
    let mut b = Bench::open();
    b.step(Event::Held(true));
    b.after(Duration::from_millis(100)).ok().ok().ok();
    assert!(b.published());
    b.batch(0, 1, 10, 10);
    assert_eq!((b.state(), b.asked()), (State::Idle, None));
    assert_eq!(b.machine.deadline(), None);
    // Whoever owns the lane next reads it again.
    b.drain(&[(0, 2)], false);
    assert_eq!(b.drained(), Some(false));
    b.batch(1, 0, 0, 10);
    assert_eq!(b.asked(), None);
    b.step(Event::Held(false));
    assert_eq!(b.asked(), Some(CallKind::Begin));
    // It ends when it is told to, held or not.
    let mut b = Bench::idle(Config::default());
    b.step(Event::Held(true))
        .batch(0, 0, 0, 1)
        .step(Event::Stop);
    assert_eq!(b.state(), State::Stopped);
}

#[test]
fn a_refused_record_is_found_by_halves_and_quarantined_alone() {
    let mut b = Bench::idle(Config::default());
    let refuse = |b: &mut Bench, first: i64, records: u32| {
        b.batch(0, 0, first, records);
        while b.asked() == Some(CallKind::Begin) {
            b.ok();
        }
        if b.asked() != Some(CallKind::Deliver) {
            b.after(Duration::from_millis(100));
        }
        b.answer(Err(Class::Record), FAST).ok();
        b.pace(0)
    };
    // Twice over the same first offset, then one batch a transaction, …
    assert_eq!(refuse(&mut b, 0, 8), None);
    assert_eq!(refuse(&mut b, 0, 8), Some(u32::MAX));
    // … in halves, …
    assert_eq!(refuse(&mut b, 0, 8), Some(4));
    b.batch(0, 0, 0, 4).ok();
    assert_eq!(b.asked(), Some(CallKind::Deliver));
    b.ok().ok().ok();
    assert!(b.published());
    b.batch(0, 1, 4, 4)
        .ok()
        .answer(Err(Class::Record), FAST)
        .ok();
    assert_eq!((b.pace(0), b.rewound_to(0)), (Some(2), Some(Some(4))));
    assert_eq!(refuse(&mut b, 4, 2), Some(1));
    assert_eq!(refuse(&mut b, 4, 1), Some(1));
    // … until the one is known: it goes to quarantine, sealed, then bare.
    b.batch(0, 0, 4, 1).ok();
    assert_eq!(b.sent()[0].1, Some(Refused::Sealed));
    b.answer(Err(Class::Record), FAST).ok();
    b.batch(0, 0, 4, 1).ok();
    assert_eq!(b.sent()[0].1, Some(Refused::Bare));
    b.ok().ok().ok();
    assert!(b.published());
    // Behind the batch in question everything is as before.
    b.batch(0, 1, 5, 3).ok();
    assert_eq!((b.sent()[0].1, b.asked()), (None, None));
    assert_eq!(b.state(), State::Open);
}

#[test]
fn a_quarantine_that_refuses_even_headers_is_an_outage() {
    let mut b = Bench::idle(Config::default());
    for _ in 0..4 {
        b.batch(0, 0, 0, 1).ok();
        if b.asked() != Some(CallKind::Deliver) {
            b.after(Duration::from_millis(100));
        }
        b.answer(Err(Class::Record), FAST).ok();
    }
    assert!(b.machine.trouble.is_none());
    b.batch(0, 0, 0, 1).ok();
    assert_eq!(b.sent()[0].1, Some(Refused::Bare));
    b.answer(Err(Class::Record), FAST);
    assert!(b.has(|e| matches!(e, Effect::Trouble(Some(_)))));
}

#[test]
fn a_commit_that_a_rebalance_crossed_is_no_trouble_unless_it_lasts() {
    for class in [Class::Abort, Class::Unclear] {
        let refused = || Event::Answer {
            call: CallKind::SendOffsets,
            result: Err(Failure {
                is_of_rebalance: true,
                ..Failure::new(class, "another generation")
            }),
            took: FAST,
        };
        let is_told = |b: &Bench| b.has(|e| matches!(e, Effect::Trouble(Some(_))));
        let mut b = Bench::committing();
        b.ok().step(refused());
        assert!(!is_told(&b), "{class:?}");
        if class == Class::Abort {
            b.ok();
        } else {
            b.ok().ok().committed(&[(0, None), (1, None)]);
        }
        b.batch(0, 0, 0, 10).ok().after(Duration::from_millis(100));
        b.ok().step(refused());
        assert!(is_told(&b), "{class:?}: it lasts");
    }
}

#[test]
fn a_producer_that_is_replaced_while_all_is_well_is_waited_for_before_that_is_told() {
    let is_told = |b: &Bench| b.has(|e| matches!(e, Effect::Trouble(Some(_))));
    let mut b = Bench::committing();
    b.ok().ok().answer(Ok(()), SLOW);
    assert_eq!(b.state(), State::Rebuilding);
    b.ok();
    for _ in 1..PATIENCE {
        assert_eq!(b.asked(), Some(CallKind::Init));
        b.answer(Err(Class::Retriable), FAST);
        assert!(!is_told(&b));
    }
    b.answer(Err(Class::Retriable), FAST);
    assert!(is_told(&b), "it lasts");
    b.ok().committed(&[(0, Some(10)), (1, None)]);
    assert!(b.has(|e| *e == Effect::Trouble(None)));
    // At the start something is awaited anyway: each cause is told.
    let mut b = Bench::new(Config::default());
    b.ok().answer(Err(Class::Retriable), FAST);
    assert!(is_told(&b));
}

#[test]
fn outages_back_off_are_told_and_end_with_a_commit() {
    let mut b = Bench::committing();
    b.answer(Err(Class::Authorization), FAST);
    assert!(b.has(|e| matches!(e, Effect::Trouble(Some(f)) if f.class == Class::Authorization)));
    b.ok();
    b.batch(0, 0, 0, 10);
    assert_eq!(b.asked(), None);
    b.after(Duration::from_millis(999));
    assert_eq!(b.asked(), None);
    b.after(Duration::from_millis(1));
    assert_eq!(b.asked(), Some(CallKind::Begin));
    b.ok().after(Duration::from_millis(100)).ok().ok().ok();
    assert!(b.has(|e| *e == Effect::Trouble(None)));
    // A revocation during an outage is answered at once.
    let mut b = Bench::committing();
    b.answer(Err(Class::Authorization), FAST).ok();
    b.batch(0, 0, 0, 10).drain(&[(0, 1)], false);
    assert_eq!(b.drained(), Some(false));
}

#[test]
fn waits_double_up_to_the_longest() {
    let mut b = Bench::new(Config::default());
    let mut waits = Vec::new();
    for _ in 0..9 {
        if b.machine.outstanding.is_none() {
            let at = b.machine.deadline().unwrap();
            waits.push(at.duration_since(b.now).as_millis());
            b.now = at;
            b.step(Event::Tick);
        }
        b.answer(Err(Class::Fatal), FAST);
    }
    assert_eq!(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000]);
}

#[test]
fn a_missing_topic_rebuilds_the_producer_after_the_abort() {
    let mut b = Bench::committing();
    b.answer(Err(Class::MissingTopic), FAST).ok();
    assert!(b.has(|e| *e == Effect::Rebuild(Cause::MissingTopic)));
    assert_eq!((b.state(), b.asked()), (State::Rebuilding, None));
    b.after(Duration::from_secs(1));
    assert_eq!(b.asked(), Some(CallKind::Create));
}

#[test]
fn other_sizes_replace_the_producer_between_two_transactions() {
    let mut b = Bench::open();
    b.step(Event::Resized);
    assert_eq!(b.state(), State::Open);
    b.after(Duration::from_millis(100)).ok().ok().ok();
    assert!(b.published() && b.has(|e| *e == Effect::Rebuild(Cause::Resized)));
    assert_eq!(b.asked(), Some(CallKind::Create));
    b.ok().ok().committed(&[(0, Some(10)), (1, None)]);
    assert_eq!((b.rewound_to(0), b.state()), (None, State::Idle));
    // Once; and at once while nothing is open.
    b.batch(0, 1, 10, 1);
    assert_eq!(b.asked(), Some(CallKind::Begin));
    let mut b = Bench::idle(Config::default());
    b.step(Event::Resized);
    assert_eq!(b.asked(), Some(CallKind::Create));
    // A producer that is replaced anyway is not replaced twice.
    let mut b = reach(State::Aborting, CallKind::Abort);
    b.step(Event::Resized).answer(Ok(()), SLOW);
    assert!(b.has(|e| *e == Effect::Rebuild(Cause::Slow)));
    b.ok().ok().committed(&[(0, None), (1, None)]);
    assert_eq!((b.state(), b.asked()), (State::Idle, None));
}

#[test]
fn only_a_named_instance_fenced_twice_within_a_minute_is_a_twin() {
    let fence_twice = |config: Config, between: Duration| {
        let mut b = Bench::idle(config);
        b.batch(0, 0, 0, 1).answer(Err(Class::Fenced), FAST);
        assert!(b.has(|e| *e == Effect::Rebuild(Cause::Fenced)));
        // A name gives the group time to say who is the older.
        assert_eq!(b.asked().is_none(), b.machine.config.named);
        b.after(Duration::from_secs(4));
        b.ok().ok().committed(&[(0, None), (1, None)]);
        b.after(between).batch(0, 0, 0, 1);
        while b.machine.outstanding.is_none() {
            b.after(Duration::from_millis(250));
        }
        b.answer(Err(Class::Fenced), FAST);
        b.has(|e| *e == Effect::Twin)
    };
    let minute = Duration::from_secs(60);
    assert!(fence_twice(named(), Duration::from_secs(1)));
    assert!(!fence_twice(named(), minute + Duration::from_secs(1)));
    assert!(!fence_twice(Config::default(), Duration::from_secs(1)));
}

#[test]
fn stop_commits_what_is_open_and_ends_even_while_nothing_answers() {
    let mut b = Bench::open();
    b.step(Event::Stop);
    assert_eq!(b.asked(), Some(CallKind::Deliver));
    b.ok().ok().ok();
    assert!(b.published() && b.has(|e| *e == Effect::Close));
    assert_eq!(b.state(), State::Stopped);
    for (state, call) in [
        (State::Start, CallKind::Init),
        (State::Rebuilding, CallKind::Init),
    ] {
        let mut b = reach(state, call);
        b.step(Event::Stop).answer(Err(Class::Retriable), FAST);
        assert_eq!(b.state(), State::Stopped, "{state:?}");
    }
    // Whoever asks afterwards is answered.
    b.drain(&[(0, 1)], false);
    assert_eq!(b.drained(), Some(false));
}

#[test]
fn a_drain_during_the_replacement_of_a_slow_producer_is_clean() {
    let slow = || {
        let mut b = reach(State::Committing, CallKind::Commit);
        b.answer(Ok(()), SLOW);
        assert_eq!(b.state(), State::Rebuilding);
        b
    };
    // Everything is committed: said as soon as nothing can be pending.
    let mut b = slow();
    b.drain(&[(0, 1)], false).ok();
    assert_eq!(b.drained(), None);
    b.ok();
    assert_eq!(b.drained(), Some(true));
    // Something is still to be sent: the new producer sends it first.
    let mut b = slow();
    b.batch(0, 1, 10, 5).drain(&[(0, 2)], false).ok().ok();
    assert_eq!(b.drained(), None);
    b.committed(&[(0, Some(10)), (1, None)]).ok();
    assert_eq!(b.asked(), Some(CallKind::Deliver));
    b.ok().ok().ok();
    assert!(b.published());
    assert_eq!(b.drained(), Some(true));
    // Nobody waits longer than the deadline, and nothing is claimed.
    let mut b = slow();
    b.batch(0, 1, 10, 5).drain(&[(0, 2)], false);
    b.after(Duration::from_secs(5));
    assert_eq!(b.drained(), Some(false));
    // A lost lane waits for nothing that is to be sent.
    let mut b = slow();
    b.batch(0, 1, 10, 5).drain(&[(0, 2)], true).ok().ok();
    assert_eq!(b.drained(), Some(false));
    // A stop that finds everything committed says so.
    let mut b = slow();
    b.drain(&[(0, 1)], false).step(Event::Stop);
    b.answer(Err(Class::Fatal), FAST);
    assert_eq!((b.drained(), b.state()), (Some(true), State::Stopped));
    // What was given up is not done.
    let mut b = reach(State::Rebuilding, CallKind::Init);
    b.drain(&[(0, 1)], false).ok();
    assert_eq!(b.drained(), Some(false));
}

#[test]
fn a_revocation_is_answered_while_a_call_is_repeated() {
    // Nothing was ever sent, or everything pending has ended: at once.
    for (state, call) in [
        (State::Start, CallKind::Create),
        (State::Start, CallKind::Init),
        (State::Rebuilding, CallKind::ReadCommitted),
    ] {
        let mut b = reach(state, call);
        b.drain(&[(0, 1)], false);
        assert_eq!(b.drained(), Some(false), "{state:?} {call:?}");
        b.answer(Err(Class::Retriable), FAST);
        assert_eq!(b.asked(), Some(call), "the call goes on");
    }
    // Where nothing was read there is nothing to commit.
    let mut b = reach(State::Start, CallKind::Init);
    b.drain(&[(0, 0)], false);
    assert_eq!(b.drained(), Some(true));
    // What was open may be pending at the broker: at the deadline.
    let mut b = reach(State::Rebuilding, CallKind::Init);
    b.drain(&[(0, 1)], false);
    b.answer(Err(Class::Retriable), FAST);
    assert_eq!((b.drained(), b.asked()), (None, Some(CallKind::Init)));
    b.now += Duration::from_secs(5);
    b.answer(Err(Class::Retriable), FAST);
    assert_eq!(
        (b.drained(), b.asked()),
        (Some(false), Some(CallKind::Init))
    );
}

#[test]
fn a_call_that_is_retriable_for_ever_is_given_up() {
    let mut b = reach(State::Committing, CallKind::Commit);
    for _ in 0..REPEATS_MAX {
        b.answer(Err(Class::Retriable), FAST);
        assert_eq!(b.asked(), Some(CallKind::Commit));
    }
    b.answer(Err(Class::Retriable), FAST);
    assert_eq!(b.state(), State::Rebuilding);
}

#[test]
fn a_transaction_whose_lanes_left_before_anything_was_sent_commits_no_offsets() {
    let mut b = Bench::idle(Config::default());
    b.batch(0, 0, 0, 1).drain(&[(0, 1)], true).ok();
    b.after(Duration::from_millis(100)).ok();
    assert_eq!(b.asked(), Some(CallKind::Commit));
}

#[test]
fn a_position_behind_the_last_record_is_committed_like_a_batch() {
    let mut b = Bench::idle(Config::default());
    let behind = Arrival {
        id: 50,
        epoch: 0,
        progress: Progresses::of_batch(lane(0), 0, 11, NextOffset::position(11)),
        records: 0,
        bytes: 0,
        plan: None,
    };
    b.step(Event::Arrived(behind)).ok();
    b.after(Duration::from_millis(100)).ok();
    let offsets = vec![(lane(0), NextOffset::position(11))];
    assert_eq!(b.fx.last(), Some(&Effect::Call(Call::SendOffsets(offsets))));
}

mod releases;
