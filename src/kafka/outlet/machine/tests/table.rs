//! Every state against every class of failure.

use super::*;
use crate::kafka::outlet::told;
use std::collections::BTreeSet;

/// State and outstanding call after a failure of each class.
type Row = [(State, Option<CallKind>); 13];

#[rustfmt::skip]
fn table() -> Vec<(State, CallKind, Row)> {
    use CallKind::*;
    use State::{Aborting, Committing, Lost, Open, Rebuilding, Start, Stopped};
    let ended = (Stopped, None);
    let wait = None;
    // In the order of Class::ALL:
    // retriable, abort, record, authorization, missing topic, unclaimed,
    // narrowed, fenced, twin, timed out, txn state, fatal, unclear
    let in_transaction = |state, call| [
        (state, Some(call)),
        (Aborting, Some(Abort)), (Aborting, Some(Abort)), (Aborting, Some(Abort)),
        (Aborting, Some(Abort)), (Aborting, Some(Abort)), (Aborting, Some(Abort)),
        (Rebuilding, Some(Create)), ended, (Rebuilding, Some(Create)), (Rebuilding, Some(Create)),
        (Rebuilding, Some(Create)), (Rebuilding, Some(Create)),
    ];
    let aborting = |state| [
        (state, Some(Abort)),
        (Rebuilding, Some(Create)), (Rebuilding, Some(Create)), (Rebuilding, wait),
        (Rebuilding, wait), (Rebuilding, Some(Create)), (Rebuilding, Some(Create)),
        (Rebuilding, Some(Create)), ended, (Rebuilding, Some(Create)), (Rebuilding, Some(Create)),
        (Rebuilding, Some(Create)), (Rebuilding, Some(Create)),
    ];
    // The abort that failed in Aborting was the second failure in a row.
    let aborting_again = [
        (Aborting, Some(Abort)),
        (Rebuilding, wait), (Rebuilding, wait), (Rebuilding, wait),
        (Rebuilding, wait), (Rebuilding, wait), (Rebuilding, wait),
        (Rebuilding, wait), ended, (Rebuilding, wait), (Rebuilding, wait),
        (Rebuilding, wait), (Rebuilding, wait),
    ];
    // The first failure is tried again at once, unless somebody has to act.
    let first = |same| [
        (Start, Some(same)),
        (Start, Some(Create)), (Start, Some(Create)), (Start, wait),
        (Start, wait), (Start, Some(Create)), (Start, Some(Create)),
        (Start, Some(Create)), ended, (Start, Some(Create)), (Start, Some(Create)),
        (Start, Some(Create)), (Start, Some(Create)),
    ];
    let later = |same| [
        (Rebuilding, Some(same)),
        (Rebuilding, wait), (Rebuilding, wait), (Rebuilding, wait),
        (Rebuilding, wait), (Rebuilding, wait), (Rebuilding, wait),
        (Rebuilding, wait), ended, (Rebuilding, wait), (Rebuilding, wait),
        (Rebuilding, wait), (Rebuilding, wait),
    ];
    vec![
        (Start, Create, first(Create)),
        (Start, Init, first(Init)),
        (Open, Begin, in_transaction(Open, Begin)),
        (Committing, Deliver, in_transaction(Committing, Deliver)),
        (Committing, SendOffsets, in_transaction(Committing, SendOffsets)),
        (Committing, Commit, in_transaction(Committing, Commit)),
        (Aborting, Abort, aborting_again),
        (Lost, Abort, aborting(Lost)),
        (Rebuilding, Create, later(Create)),
        (Rebuilding, Init, later(Init)),
        (Rebuilding, ReadCommitted, later(ReadCommitted)),
    ]
}

#[test]
fn each_state_answers_each_class_of_error_as_the_table_says() {
    let mut ends = BTreeSet::new();
    for (state, call, row) in table() {
        for (class, expected) in Class::ALL.into_iter().zip(row) {
            let mut b = reach(state, call);
            b.answer(Err(class), FAST);
            let outstanding = b.machine.outstanding.as_ref().map(Call::kind);
            assert_eq!(
                (b.state(), outstanding),
                expected,
                "{state:?} {call:?} {class:?}"
            );
            assert!(!b.published(), "{state:?} {call:?} {class:?} published");
            let rebuilt = b.has(|e| matches!(e, Effect::Rebuild(_)));
            assert_eq!(
                rebuilt,
                expected.0 == State::Rebuilding && state != State::Rebuilding
            );
            ends.extend(b.machine.ways.into_iter().filter(|w| w.1 == State::Stopped));
        }
    }
    // No call is outstanding there.
    ends.insert((State::Idle, State::Stopped));
    let mut told = told::ways();
    told.retain(|way| way.1 == State::Stopped);
    assert_eq!(ends, told);
}

#[test]
fn idle_and_stopped_have_no_call_that_could_fail_and_draining_only_those_of_open() {
    assert!(Bench::idle(Config::default()).machine.outstanding.is_none());
    let mut b = Bench::open();
    b.drain(&[(0, 2)], false);
    assert_eq!(b.state(), State::Draining);
    assert!(b.machine.outstanding.is_none());
    let mut b = Bench::idle(Config::default());
    b.step(Event::Stop);
    assert_eq!(b.state(), State::Stopped);
    assert!(b.machine.outstanding.is_none() && b.has(|e| *e == Effect::Close));
}
