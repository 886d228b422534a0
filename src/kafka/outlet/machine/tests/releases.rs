//! What holds something of several lanes: sent whole, or read again whole (I10).

use super::*;

fn of_releases() -> Config {
    Config {
        releases: true,
        ..Config::default()
    }
}

/// A release that brings these partitions to these batches, ten records each.
fn release(id: BatchId, epoch: u64, of: &[(i32, std::ops::Range<u64>)]) -> Event {
    let progress = of.iter().map(|(partition, seqs)| Progress {
        lane: lane(*partition),
        seqs: seqs.clone(),
        first: i64::try_from(seqs.start).unwrap() * 10,
        next: NextOffset::position(i64::try_from(seqs.end).unwrap() * 10),
    });
    Event::Arrived(Arrival {
        id,
        epoch,
        progress: Progresses::of_several(progress.collect()).unwrap(),
        records: 20,
        bytes: 100,
        plan: None,
    })
}

#[test]
fn a_release_is_one_transaction_and_brings_all_of_its_lanes_on() {
    let mut b = Bench::idle(of_releases());
    b.step(release(50, 0, &[(0, 0..3), (1, 0..1)]));
    b.step(release(51, 0, &[(0, 3..4), (1, 1..2)]));
    assert_eq!(b.asked(), None, "begin is under way");
    b.ok();
    assert_eq!(b.sent(), [(50, None)]);
    assert_eq!(b.asked(), Some(CallKind::Deliver));
    b.ok();
    let offsets = vec![
        (lane(0), NextOffset::position(30)),
        (lane(1), NextOffset::position(10)),
    ];
    assert_eq!(b.fx.last(), Some(&Effect::Call(Call::SendOffsets(offsets))));
    b.ok().ok();
    assert!(b.published());
    b.ok();
    assert_eq!(b.sent(), [(51, None)]);
}

#[test]
fn a_release_that_does_not_follow_in_each_of_its_lanes_is_read_again() {
    for wrong in [
        // A lane that is not claimed, one that is behind, one that comes again.
        [(0, 0..3), (5, 0..1)],
        [(0, 0..3), (1, 1..2)],
    ] {
        let mut b = Bench::idle(of_releases());
        b.step(release(50, 0, &wrong));
        assert_eq!(b.fx[0], Effect::Discard(vec![50]));
        assert!(matches!(b.fx[1], Effect::Rewind { epoch: 1, .. }));
        b.step(release(51, 0, &[(0, 3..4), (1, 0..2)]));
        assert_eq!(b.fx, [Effect::Discard(vec![51])]);
        b.step(release(52, 1, &[(0, 0..3), (1, 0..2)]));
        assert_eq!(b.asked(), Some(CallKind::Begin));
    }
}

#[test]
fn with_one_lane_its_release_goes_and_what_follows_is_not_sent_before_it_is_read_again() {
    let mut b = Bench::idle(of_releases());
    b.step(Event::Held(true));
    b.step(release(50, 0, &[(0, 0..3), (1, 0..1)]));
    b.step(release(51, 0, &[(0, 3..4)]));
    assert_eq!(b.asked(), None, "nothing is begun");
    // During the wait a revocation is answered, and not as clean.
    b.drain(&[(1, 1)], false);
    assert!(b.fx.contains(&Effect::Discard(vec![50])));
    let drained = Effect::Drained {
        ticket: 7,
        clean: false,
    };
    assert!(b.fx.contains(&drained));
    let rewind = Effect::Rewind {
        epoch: 1,
        lanes: vec![RewindTo {
            lane: lane(0),
            to: None,
            pace: None,
        }],
    };
    assert_eq!(b.fx.last(), Some(&rewind));
    assert!(b.fx.contains(&Effect::Discard(vec![51])));
    b.step(Event::Held(false));
    assert_eq!(b.asked(), None);
}

#[test]
fn in_an_open_transaction_nothing_is_sent_behind_what_was_dropped() {
    let mut b = Bench::idle(of_releases());
    b.step(release(50, 0, &[(0, 0..1)])).ok();
    assert_eq!(b.sent(), [(50, None)]);
    b.step(release(51, 0, &[(0, 1..2), (1, 0..1)]));
    b.step(release(52, 0, &[(0, 2..3)]));
    b.drain(&[(1, 1)], true);
    // What is under way ends, and then all is read again.
    b.ok().ok().ok();
    assert!(b.published());
    let rewound = |fx: &Effect| matches!(fx, Effect::Rewind { epoch: 1, .. });
    assert!(b.fx.iter().any(rewound));
    assert_eq!(b.sent(), []);
}

#[test]
fn a_refused_release_is_tried_again_whole_and_is_an_outage_from_the_second_time_on() {
    let mut b = Bench::idle(of_releases());
    for (times, epoch) in (1..=3).zip(0..) {
        b.step(release(50, epoch, &[(0, 0..3), (1, 0..1)]));
        if b.asked().is_none() {
            b.after(Duration::from_secs(1));
        }
        b.ok();
        assert_eq!(b.sent(), [(50, None)]);
        b.answer(Err(Class::Record), FAST);
        let told = |fx: &Effect| matches!(fx, Effect::Trouble(Some(f)) if f.class == Class::Record);
        assert_eq!(b.fx.iter().any(told), times == 2, "{times}");
        b.ok();
        let rewind = b.fx.iter().find_map(|fx| match fx {
            Effect::Rewind { lanes, .. } => Some(lanes.iter().all(|to| to.pace.is_none())),
            _ => None,
        });
        assert_eq!(rewind, Some(true));
    }
}

#[test]
fn of_one_that_moves_nothing_no_offset_tells_whether_it_took_effect() {
    let mut b = Bench::idle(of_releases());
    b.step(release(50, 0, &[(0, 0..3), (1, 0..1)])).ok();
    b.ok().ok().ok();
    assert!(b.published());
    b.step(release(51, 0, &[(0, 3..3), (1, 1..1)])).ok();
    b.ok().ok();
    b.answer(Err(Class::TimedOut), FAST);
    b.ok().ok().committed(&[(0, Some(30)), (1, Some(10))]);
    assert!(
        !b.published(),
        "what is told of it is told once it is known"
    );
    assert!(b.has(|e| *e == Effect::Discard(vec![51])));
    assert_eq!(b.rewound_to(0), Some(Some(30)));
}
