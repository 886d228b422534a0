//! What withdrawals cost: the machine over a steady stream while people withdraw who are
//! active, and how it gets on by going more carefully.

use super::*;
use crate::kafka::outlet::caution::Caution;

/// Events a second, and from the last decision of a transaction to its fence.
const RATE: f64 = 100_000.0;
const TO_FENCE_S: f64 = 0.025;

/// One row: withdrawals a second, and events a second of each who withdraws.
#[derive(Clone, Copy)]
struct Load {
    withdrawals: f64,
    events_each: f64,
}

/// Uniform in [0, 1).
fn unit(dice: &mut Dice) -> f64 {
    dice.0.below(1 << 32) as f64 / (1_u64 << 32) as f64
}

/// Whether somebody withdraws between a record of theirs being decided and the fence of
/// its transaction of `records` records: each withdrawal finds as many records of that
/// person as came before it.
fn is_stopped(load: Load, records: u32, dice: &mut Dice) -> bool {
    let filling = f64::from(records) / RATE;
    let (mut at, end) = (0.0, filling + TO_FENCE_S);
    loop {
        at -= (1.0 - unit(dice)).ln() / load.withdrawals;
        if at > end {
            return false;
        }
        let none = (-load.events_each * f64::min(at, filling)).exp();
        if unit(dice) >= none {
            return true;
        }
    }
}

/// Share of transactions of that size which are stopped.
fn stopped(load: Load, records: u32) -> f64 {
    let mut dice = Dice(Random::new(u64::from(records)));
    const TIMES: u32 = 20_000;
    let stopped = (0..TIMES).filter(|_| is_stopped(load, records, &mut dice));
    stopped.count() as f64 / f64::from(TIMES)
}

/// Under the machine, over so many seconds: the share that is stopped, records committed a
/// second, and the fewest in any second.
fn with_caution(load: Load, seconds: u32) -> (f64, f64, f64) {
    let mut dice = Dice(Random::new(7));
    let (mut machine, _) = Machine::start(Config::default());
    let mut now = Instant::now();
    let begun = now;
    let answer = |call| Event::Answer {
        call,
        result: Ok(()),
        took: Duration::ZERO,
    };
    machine.step(answer(CallKind::Create), now);
    machine.step(answer(CallKind::Init), now);
    let lane = Lane {
        topic: Arc::from("raw"),
        partition: 0,
        claim: 1,
    };
    machine.step(Event::Claimed(vec![(lane.clone(), None)]), now);
    let (mut batch_records, mut next, mut seq, mut id) = (1_000_u32, 0_i64, 0, 0);
    let (mut tried, mut stops) = (0_u32, 0_u32);
    let mut each_second = vec![0_u32; seconds as usize];
    while let Some(second) = each_second.get_mut((now - begun).as_secs() as usize) {
        // Whatever waits goes in until the machine asks for an answer.
        let mut records = 0;
        let mut asked = None;
        while asked.is_none_or(|call| call == CallKind::Begin) {
            let event = match asked {
                Some(call) => answer(call),
                None => {
                    id += 1;
                    Event::Arrived(Arrival {
                        id,
                        epoch: machine.epoch(),
                        progress: Progresses::of_batch(
                            lane.clone(),
                            seq,
                            next,
                            NextOffset::position(next + i64::from(batch_records)),
                        ),
                        records: batch_records,
                        bytes: 1,
                        plan: None,
                    })
                }
            };
            if matches!(event, Event::Arrived(_)) {
                (seq, next) = (seq + 1, next + i64::from(batch_records));
                records += batch_records;
            }
            let effects = machine.step(event, now);
            asked = effects.iter().find_map(|effect| match effect {
                Effect::Call(call) => Some(call.kind()),
                _ => None,
            });
        }
        assert_eq!(asked, Some(CallKind::Deliver));
        now += Duration::from_secs_f64(f64::from(records) / RATE + TO_FENCE_S);
        machine.step(answer(CallKind::Deliver), now);
        tried += 1;
        let is_stopped = is_stopped(load, records, &mut dice);
        let mut event = answer(CallKind::SendOffsets);
        if let (Event::Answer { result, .. }, true) = (&mut event, is_stopped) {
            *result = Err(Failure::new(Class::Narrowed, "withdrawn"));
        }
        let mut effects = machine.step(event, now);
        let last = if is_stopped {
            CallKind::Abort
        } else {
            CallKind::Commit
        };
        effects.extend(machine.step(answer(last), now));
        if is_stopped {
            stops += 1;
            (seq, next) = (0, next - i64::from(records));
        } else {
            *second += records;
        }
        for effect in effects {
            if let Effect::BatchRecordsMax(records) = effect {
                batch_records = records;
            }
        }
    }
    let total: u32 = each_second.iter().sum();
    let fewest = each_second.iter().min().copied().unwrap_or(0);
    let share = f64::from(stops) / f64::from(tried);
    (
        share,
        f64::from(total) / f64::from(seconds),
        f64::from(fewest),
    )
}

/// The figures that the design of the pace was chosen by, from the same rule, and what
/// the machine makes of it: even where everything larger is stopped, something commits
/// in every second.
#[test]
fn however_many_withdraw_something_commits_in_every_second() {
    let load = |withdrawals, events_each| Load {
        withdrawals,
        events_each,
    };
    // Share stopped of transactions of 10,000, 1,000 and 100 records.
    let table = [
        (load(1.0, 1.0), [0.01, 0.0, 0.0]),
        (load(10.0, 1.0), [0.07, 0.0, 0.0]),
        (load(100.0, 1.0), [0.52, 0.03, 0.0]),
        (load(100.0, 10.0), [1.0, 0.25, 0.02]),
        (load(1_000.0, 1.0), [1.0, 0.28, 0.03]),
        (load(1_000.0, 10.0), [1.0, 0.95, 0.22]),
    ];
    println!(
        "withdrawals/s, events/s each | 10,000 | 1,000 | 100 | with the pace: stopped, records/s, least"
    );
    for (load, expected) in table {
        let shares = [10_000, 1_000, 100].map(|records| stopped(load, records));
        let (share, rate, fewest) = with_caution(load, 60);
        println!(
            "{:>5} {:>2} | {:.3} | {:.3} | {:.3} | {share:.3} {rate:.0} {fewest:.0}",
            load.withdrawals, load.events_each, shares[0], shares[1], shares[2]
        );
        for (share, expected) in shares.into_iter().zip(expected) {
            assert!(
                (share - expected).abs() < 0.03,
                "{share} and not {expected}"
            );
        }
        assert!(fewest > 0.0, "{} a second", load.withdrawals);
    }
    // Without the pace nothing would commit there; with it hardly more than at the
    // least size is stopped.
    let worst = with_caution(load(1_000.0, 10.0), 60);
    assert!(worst.0 < 0.5, "{}", worst.0);
    assert!(Caution::new(1_000, 100).batch_records_max() == 1_000);
}
