//! Positive controls: each kind of fault, planted in a clean run, is found,
//! and a clean run is clean.

use super::*;

/// 60 records on three partitions: written twice, written once, quarantined.
fn clean() -> (Vec<Input>, Vec<Output>, Vec<Output>, Vec<Quarantined>) {
    let (mut inputs, mut a, mut b, mut q) = (vec![], vec![], vec![], vec![]);
    for number in 0..60_u64 {
        let (partition, offset) = ((number % 3) as i32, (number / 3) as i64);
        let fate = match number % 5 {
            0 => Fate::Quarantine("not_json"),
            1 => Fate::Outputs(vec![At::Written, At::Withheld("no_consent")]),
            _ => Fate::Outputs(vec![At::Written; 2]),
        };
        if let Fate::Outputs(at) = &fate {
            for (out, at) in [&mut a, &mut b].into_iter().zip(at) {
                if *at == At::Written {
                    // All into one output partition: lanes interleave there.
                    let offset = out.len() as i64;
                    out.push(Output {
                        number,
                        partition: 0,
                        offset,
                    });
                }
            }
        } else {
            let reason = "not_json".to_owned();
            q.push(Quarantined {
                partition,
                offset,
                reason,
            });
        }
        inputs.push(Input {
            number,
            partition,
            offset,
            fate,
        });
    }
    (inputs, a, b, q)
}

fn judge(inputs: &[Input], a: Vec<Output>, b: Vec<Output>, q: &[Quarantined]) -> Vec<Violation> {
    verdict(inputs, &[("a", a), ("b", b)], q).1
}

#[test]
fn a_clean_run_is_clean_and_balances() {
    let (inputs, a, b, q) = clean();
    let (tally, found) = verdict(&inputs, &[("a", a), ("b", b)], &q);
    assert_eq!(found, []);
    assert!(tally.balances(), "{tally}");
    assert_eq!(tally.written, [48, 36]);
    assert_eq!(tally.withheld[1]["no_consent"], 12);
    assert_eq!(tally.quarantined["not_json"], 12);
}

#[test]
fn a_planted_loss_is_found_at_its_output_only() {
    let (inputs, mut a, b, q) = clean();
    let gone = a.remove(7).number;
    let found = judge(&inputs, a, b, &q);
    assert_eq!(
        found,
        [Violation::Lost {
            place: "a".into(),
            number: gone
        }]
    );
}

#[test]
fn a_planted_duplicate_is_found() {
    let (inputs, a, mut b, q) = clean();
    let number = b[5].number;
    // In another partition, so that it is not out of order as well.
    b.push(Output {
        number,
        partition: 1,
        offset: 0,
    });
    let found = judge(&inputs, a, b, &q);
    assert_eq!(
        found,
        [Violation::Doubled {
            place: "b".into(),
            number,
            times: 2
        }]
    );
}

#[test]
fn two_records_of_one_lane_swapped_are_found() {
    let (inputs, mut a, b, q) = clean();
    let lane = |n: u64| n % 3;
    let second = (1..a.len())
        .find(|&i| lane(a[i].number) == lane(a[0].number))
        .expect("the lanes repeat");
    let (x, y) = (a[0].number, a[second].number);
    a[0].number = y;
    a[second].number = x;
    let found = judge(&inputs, a, b, &q);
    assert_eq!(
        found,
        [Violation::Reordered {
            place: "a".into(),
            before: y,
            after: x
        }]
    );
}

#[test]
fn records_of_different_lanes_may_change_places() {
    let (inputs, mut a, b, q) = clean();
    let (x, y) = (a[0].number, a[1].number);
    assert_ne!(x % 3, y % 3, "two lanes");
    a[0].number = y;
    a[1].number = x;
    assert_eq!(judge(&inputs, a, b, &q), []);
}

#[test]
fn a_withheld_or_poisonous_record_in_an_output_is_found() {
    for number in [1, 5] {
        let (inputs, a, mut b, q) = clean();
        b.push(Output {
            number,
            partition: 1,
            offset: 0,
        });
        let found = judge(&inputs, a, b, &q);
        assert_eq!(
            found,
            [Violation::Unexpected {
                place: "b".into(),
                number
            }]
        );
    }
}

#[test]
fn a_record_that_nobody_sent_is_found() {
    let (inputs, mut a, b, mut q) = clean();
    a.push(Output {
        number: 999,
        partition: 1,
        offset: 4,
    });
    q.push(Quarantined {
        partition: 9,
        offset: 9,
        reason: "not_json".into(),
    });
    let found = judge(&inputs, a, b, &q);
    assert_eq!(
        found,
        [
            Violation::Unknown {
                place: "a".into(),
                at: "1/4".into()
            },
            Violation::Unknown {
                place: "quarantine".into(),
                at: "9/9".into()
            },
        ]
    );
}

#[test]
fn the_quarantine_is_held_to_the_same() {
    let (inputs, a, b, q) = clean();
    let first = Violation::Lost {
        place: "quarantine".into(),
        number: 0,
    };
    assert_eq!(judge(&inputs, a.clone(), b.clone(), &q[1..]), [first]);

    let mut twice = q.clone();
    twice.push(q[0].clone());
    assert_eq!(
        judge(&inputs, a.clone(), b.clone(), &twice),
        [Violation::Doubled {
            place: "quarantine".into(),
            number: 0,
            times: 2
        }]
    );

    let mut wrong = q.clone();
    wrong[0].reason = "too_deep".into();
    assert_eq!(
        judge(&inputs, a.clone(), b.clone(), &wrong),
        [Violation::WrongReason {
            number: 0,
            expected: "not_json".into(),
            found: "too_deep".into()
        }]
    );

    let mut good = q.clone();
    good.push(Quarantined {
        partition: 2,
        offset: 0,
        reason: "not_json".into(),
    });
    assert_eq!(
        judge(&inputs, a, b, &good),
        [Violation::Unexpected {
            place: "quarantine".into(),
            number: 2
        }]
    );
}
