//! A counter in a simulated world, under seeds: members that are killed, fenced and relieved
//! at each step, transactions that fail and commits of which nobody knows, batches that
//! overtake each other, records that are late, early, long written or say no time, partitions that stop,
//! a clock that jumps back, others who spend of the same budget, people who withdraw, a
//! state that is damaged. Every record is counted once or left out once; the rows of a window
//! are those of the very records that are counted in it, whoever makes them and however
//! often; a window leaves once, and no more than the budget is spent.

mod commits;
mod notes;
mod world;

use world::{Seen, Way, World};

fn run(seeds: std::ops::Range<u64>, way: Way) -> Seen {
    let mut all = Seen::default();
    for seed in seeds {
        all.add(World::new(seed, way).run());
    }
    println!("{way:?}: {all:?}");
    all
}

#[test]
fn over_kills_and_aborts_a_window_has_the_same_rows_and_leaves_once() {
    for is_listed in [true, false] {
        let way = Way {
            is_listed,
            ..Way::default()
        };
        let all = run(0..60, way);
        assert!(all.released > 180 && all.counted > 2_000, "{all:?}");
        assert!(all.kills > 60 && all.rewinds > 60, "{all:?}");
        assert!(all.in_doubt > 10 && all.between > 4, "{all:?}");
        assert!(all.left_out > 100, "{all:?}");
        assert_eq!((all.lost, all.refused), (0, 0), "{all:?}");
    }
}

#[test]
fn after_a_long_stop_a_false_time_makes_no_record_late() {
    for is_listed in [true, false] {
        let way = Way {
            is_listed,
            stopped: true,
            ..Way::default()
        };
        let all = run(4_000..4_012, way);
        assert!(all.released > 60 && all.counted > 1_000, "{all:?}");
        assert!(all.late > 10, "some are late indeed: {all:?}");
    }
}

#[test]
fn what_others_spend_counts_by_who_wrote_first() {
    let way = Way {
        others: true,
        ..Way::default()
    };
    let all = run(1_000..1_050, way);
    assert!(all.refused > 20 && all.released > 20, "{all:?}");
}

#[test]
fn a_damaged_state_costs_its_windows_and_never_makes_wrong_rows() {
    for is_listed in [true, false] {
        let way = Way {
            is_listed,
            damage: true,
            ..Way::default()
        };
        let all = run(2_000..2_050, way);
        assert!(all.lost > 5 && all.released > 20, "{all:?}");
    }
}

#[test]
fn a_partition_that_is_not_read_to_its_end_holds_every_window_back() {
    let all = run(
        3_000..3_020,
        Way {
            stuck: true,
            ..Way::default()
        },
    );
    // But for those that were over before its first record was written.
    assert!(all.released < 20, "{all:?}");
    assert!(all.counted > 200, "{all:?}");
}
