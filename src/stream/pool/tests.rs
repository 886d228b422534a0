//! What the table of a pool says, line by line.

use std::collections::BTreeMap;

use super::event::Progress;
use super::simulation::Drafts;
use super::*;
use crate::record::lane::NextOffset;

fn lane(partition: i32) -> Lane {
    Lane {
        topic: "raw".into(),
        partition,
        claim: 1,
    }
}

fn pool(short: Short) -> (Pool<Drafts>, Instant) {
    let closes = Closes {
        records_max: 100,
        bytes_max: u64::MAX,
        delay_max: Duration::from_secs(5),
        short,
    };
    let (mut pool, now) = (Pool::new(closes, Drafts::default()), Instant::now());
    pool.step(Event::Claimed(vec![lane(0), lane(1)]), now);
    (pool, now)
}

/// A batch of one record of each of these people.
fn batch(partition: i32, seq: u64, people: &[u8]) -> Event<Drafts> {
    let first = i64::try_from(seq).unwrap() * 100;
    let records = (first..).zip(people);
    let records: Vec<_> = records
        .map(|(offset, who)| (partition as usize, offset, Some(*who)))
        .collect();
    Event::Filed(Filed {
        lane: lane(partition),
        epoch: 0,
        seq,
        first,
        next: NextOffset::after(first + records.len() as i64 - 1),
        batch: Some(records),
    })
}

fn releases(effects: Vec<Effect<Drafts>>) -> Vec<(ReleaseId, Vec<Progress>, usize, usize)> {
    let each = effects.into_iter().filter_map(|effect| match effect {
        Effect::Release(of) => {
            let (released, left_out) = (of.content.released.len(), of.content.left_out.len());
            Some((of.id, of.progress, released, left_out))
        }
        _ => None,
    });
    each.collect()
}

fn revoked(now: Instant, lanes: &[(i32, u64)]) -> Revoked {
    Revoked {
        ticket: 7,
        lanes: lanes
            .iter()
            .map(|(p, n)| (lane(*p), *n))
            .collect::<BTreeMap<_, _>>(),
        epoch: 0,
        deadline: now + Duration::from_secs(1),
        is_clean: true,
        dropped: 0,
    }
}

/// All batches of these lanes have been sent, so many of each.
fn through(lanes: &[(i32, u64)]) -> Event<Drafts> {
    Event::CaughtUp(Through {
        lanes: lanes.iter().map(|(p, n)| (lane(*p), *n)).collect(),
        epoch: 0,
    })
}

#[test]
fn what_waits_leaves_once_no_more_comes() {
    let (mut pool, now) = pool(Short::Suppress);
    pool.step(batch(0, 0, &[1, 2]), now);
    // One batch of it is still with a worker.
    assert!(releases(pool.step(through(&[(0, 1), (1, 1)]), now)).is_empty());
    let [(0, progress, 4, 0)] = &releases(pool.step(batch(1, 0, &[3, 4]), now))[..] else {
        panic!("one release of all of them");
    };
    assert_eq!(progress.len(), 2);
    pool.step(through(&[(0, 2), (1, 1)]), now);
    let [(1, progress, 0, 3)] = &releases(pool.step(batch(0, 1, &[1, 2, 3]), now))[..] else {
        panic!("they are left out");
    };
    assert_eq!(progress[0].seqs, 1..2);
    assert_eq!(pool.len(), 0);
}

#[test]
fn at_the_end_what_can_leave_does_and_the_rest_is_named() {
    for (people, left) in [(&[1, 2, 3, 4][..], 0), (&[1, 2, 3], 3)] {
        let (mut pool, now) = pool(Short::Suppress);
        pool.step(batch(0, 0, people), now);
        let effects = pool.step(Event::Stop, now);
        let ended = effects.iter().find_map(|effect| match effect {
            Effect::Ended(waiting) => Some(*waiting),
            _ => None,
        });
        assert_eq!(ended, Some(left));
        assert_eq!(releases(effects).len(), usize::from(left == 0));
    }
}

#[test]
fn too_few_wait_on_and_say_so_or_are_left_out_when_it_is_time() {
    let (mut pool, now) = pool(Short::Hold);
    pool.step(batch(0, 0, &[1, 2, 3]), now);
    let due = now + Duration::from_secs(5);
    assert_eq!(pool.deadline(), Some(due));
    assert!(releases(pool.step(Event::Tick, due)).is_empty());
    assert_eq!((pool.deadline(), pool.short_since()), (None, Some(due)));
    let [(0, _, 4, 0)] = &releases(pool.step(batch(1, 0, &[4]), due))[..] else {
        panic!("now they are enough");
    };
    assert_eq!(pool.short_since(), None);
}

#[test]
fn of_lanes_that_are_revoked_what_can_leave_is_handed_over_first() {
    let (mut pool, now) = pool(Short::Hold);
    pool.step(batch(0, 0, &[1, 2]), now);
    pool.step(batch(1, 0, &[3, 4]), now);
    // One batch of it is still with a worker.
    let effects = pool.step(Event::Drain(revoked(now, &[(0, 2)])), now);
    assert!(effects.is_empty());
    let effects = pool.step(batch(0, 1, &[5]), now);
    let told = effects.iter().find_map(|effect| match effect {
        Effect::Drain(revoked) => Some(revoked.clone()),
        _ => None,
    });
    let told = told.expect("it is answered");
    assert_eq!((told.ticket, told.is_clean), (7, true));
    assert_eq!(told.lanes[&lane(0)], 2);
    let [(0, progress, 5, 0)] = &releases(effects)[..] else {
        panic!("all that waited leaves");
    };
    assert_eq!((progress[0].first, progress[0].next.get()), (0, 101));
    // Of too few nothing leaves, and whoever has the lane next reads it again.
    pool.step(batch(1, 1, &[1]), now);
    let effects = pool.step(Event::Lost(revoked(now, &[(1, 2)])), now);
    let told = effects.iter().find_map(|effect| match effect {
        Effect::Lost(revoked) => Some(revoked.clone()),
        _ => None,
    });
    let told = told.expect("it is passed on");
    assert_eq!((told.is_clean, told.lanes[&lane(1)]), (false, 1));
    assert_eq!(told.dropped, 1);
    assert_eq!(pool.len(), 0);
    assert!(releases(effects).is_empty());
}

#[test]
fn too_few_at_the_end_wait_on_where_the_output_says_so() {
    let (mut pool, now) = pool(Short::Hold);
    pool.step(batch(0, 0, &[1, 2]), now);
    assert!(!pool.is_through());
    assert!(releases(pool.step(through(&[(0, 1), (1, 0)]), now)).is_empty());
    assert!(pool.is_through());
    assert_eq!((pool.len(), pool.short_since()), (2, Some(now)));
    // What is read again is not through before it has come again.
    pool.step(Event::Rewound(1), now);
    assert!(!pool.is_through());
}

/// Nobody of a lane waits whose records went with another lane: its offset must not wait.
#[test]
fn a_lane_of_which_nothing_waits_any_more_moves_on() {
    let (mut pool, now) = pool(Short::Hold);
    pool.step(batch(0, 0, &[1]), now);
    pool.step(batch(1, 0, &[2]), now);
    pool.step(Event::Narrowed(vec![2]), now);
    let effects = pool.step(Event::Tick, now + PROGRESS_EVERY);
    assert!(effects.is_empty() && pool.len() == 1, "it moved on at once");
    pool.step(Event::Lost(revoked(now, &[(0, 1)])), now);
    assert_eq!((pool.len(), pool.deadline()), (0, None));
}

/// Of each of two lanes a batch without a record in it.
fn positions(pool: &mut Pool<Drafts>, now: Instant, seq: u64) -> Vec<Effect<Drafts>> {
    let each = (0..2).flat_map(|partition| {
        let at = i64::try_from(seq).unwrap() * 100;
        let position = Filed {
            lane: lane(partition),
            epoch: 0,
            seq,
            first: at,
            next: NextOffset::position(at + 100),
            batch: None,
        };
        pool.step(Event::Filed(position), now)
    });
    each.collect()
}

/// The lanes of each progress that is passed on without a release.
fn passes(effects: &[Effect<Drafts>]) -> Vec<Vec<i32>> {
    let each = effects.iter().filter_map(|effect| match effect {
        Effect::Pass(progress, _) => Some(progress),
        _ => None,
    });
    each.map(|progress| progress.iter().map(|p| p.lane.partition).collect())
        .collect()
}

#[test]
fn lanes_of_which_nothing_waits_move_on_together() {
    let (mut pool, now) = pool(Short::Hold);
    // The first moves on at once, all that come within a second as one.
    assert_eq!(passes(&positions(&mut pool, now, 0)), [[0]]);
    assert!(passes(&positions(&mut pool, now, 1)).is_empty());
    let now = now + PROGRESS_EVERY;
    assert_eq!(passes(&pool.step(Event::Tick, now)), [[0, 1]]);
    // And when they are revoked, before that is answered.
    positions(&mut pool, now, 2);
    let effects = pool.step(Event::Drain(revoked(now, &[(0, 3), (1, 3)])), now);
    assert_eq!(passes(&effects[..1]), [[0, 1]]);
    let Some(Effect::Drain(told)) = effects.last() else {
        panic!("it is answered");
    };
    assert!(told.is_clean && told.lanes.values().all(|count| *count == 3));
}

#[test]
fn no_number_of_a_lane_is_given_while_it_is_in_use() {
    let (mut pool, now) = pool(Short::Hold);
    pool.next_lane = u16::MAX;
    pool.step(Event::Claimed(vec![lane(2), lane(3)]), now);
    let numbers = pool.lanes.values().map(|book| book.number);
    assert_eq!(numbers.collect::<Vec<_>>(), [0, 1, u16::MAX, 2]);
}

#[test]
fn of_a_lane_that_is_claimed_later_more_comes() {
    let (mut pool, now) = pool(Short::Suppress);
    pool.step(batch(0, 0, &[1, 2]), now);
    pool.step(Event::Claimed(vec![lane(2)]), now);
    // It was said before it was claimed.
    assert!(releases(pool.step(through(&[(0, 1), (1, 0)]), now)).is_empty());
    assert!(!pool.is_through());
    let all = through(&[(0, 1), (1, 0), (2, 1)]);
    assert!(releases(pool.step(all, now)).is_empty());
    let [(0, _, 4, 0)] = &releases(pool.step(batch(2, 0, &[3, 4]), now))[..] else {
        panic!("all of it leaves");
    };
}
