use std::sync::Arc;

use super::testing::planned;
use super::{Answer, Closed, NotGranted, Outcome, Spending, Windows};
use crate::anonymity::counts::OverBudget;
use crate::plan::Plan;

const DAY: i64 = 86_400_000;
/// 2026-03-01.
const FIRST: i64 = 20_513 * DAY;

/// An output that spends so much a day of a budget of that size.
fn plan(topic: &str, epsilon: &str, size: &str) -> Arc<Plan> {
    planned(format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
         source: {{ topic: raw, subject: who }}\nkeys: {{ noise: {{ ref: \"file:k.json#noise\" }} }}\n\
         outputs:\n  - topic: {topic}\n    purpose: sales\n    domain: d\n    aggregate:\n      \
         window: 1d\n      time: {{ from: value.at }}\n      late: 2h\n      key: noise\n      \
         budget: {{ name: web, {size} }}\n      by: {{ kind: keep }}\n      count: records\n      \
         contribution: {{ cells: 1 }}\n      epsilon: {epsilon}\n      keys: {{ list: [a] }}\n"
    ))
}

fn closed(plan: &Arc<Plan>, day: i64) -> Closed {
    let mut windows = Windows::new(plan, 0).unwrap();
    windows.close((FIRST + day * DAY, FIRST + (day + 1) * DAY))
}

/// The window of that day leaves, if it may.
fn leave(spending: &mut Spending, plan: &Arc<Plan>, day: i64) -> Result<(), NotGranted> {
    let counting = plan.outputs[0].counting.as_ref().unwrap();
    match spending.ask(&plan.outputs[0], counting, &closed(plan, day))? {
        Answer::Anew(note) => spending.note(note),
        Answer::Again => panic!("{day} left before"),
    }
    Ok(())
}

fn grants(spending: &Spending, plan: &Arc<Plan>, day: i64) -> Result<(), NotGranted> {
    let counting = plan.outputs[0].counting.as_ref().unwrap();
    spending.grants(&plan.outputs[0], counting, &closed(plan, day))
}

/// The row of the window of that day.
fn row(plan: &Arc<Plan>, day: i64) -> Vec<u8> {
    let counting = plan.outputs[0].counting.as_ref().unwrap();
    let closed = closed(plan, day);
    let note = Spending::in_rows().note_of(&plan.outputs[0], counting, &closed);
    note.row()
}

/// The same as it was written before rows said how much the budget was.
fn first_row(plan: &Arc<Plan>, day: i64) -> Vec<u8> {
    let row = row(plan, day);
    let text = std::str::from_utf8(&row[1..]).unwrap();
    let (before, rest) = text.split_once(r#""budget_epsilon""#).unwrap();
    let (_, behind) = rest.split_once(r#""output""#).unwrap();
    let open = format!(r#"{before}"output"{behind}"#);
    let (open, _) = open.split_once(r#","line":"#).unwrap();
    let line = super::entry::after(&format!(r#"{open},"line":""}}"#));
    format!("\x01{open},\"line\":\"{line}\"}}").into_bytes()
}

/// Of what is spent under the smaller size the larger one brings nothing back, whichever
/// asks last; what is over the smaller one says so, and names both.
#[test]
fn of_two_sizes_of_one_budget_the_smaller_holds() {
    let small = plan("small", "0.5", "epsilon: 5, per: 10d");
    let large = |topic: &str| plan(topic, "0.5", "epsilon: 8, per: 10d");
    let (one, two) = (large("one"), large("two"));
    let mut spending = Spending::begin();
    for day in 0..3 {
        assert_eq!(leave(&mut spending, &small, day), Ok(()));
    }
    for day in 1..4 {
        assert_eq!(leave(&mut spending, &one, day), Ok(()));
        assert_eq!(leave(&mut spending, &two, day), Ok(()));
    }
    assert_eq!(leave(&mut spending, &one, 4), Ok(()));
    // Five are spent, of five and of eight.
    let refused = leave(&mut spending, &two, 4).unwrap_err();
    assert_eq!(Outcome::from(&refused), Outcome::SmallerBudget);
    let said = refused.to_string();
    for part in ["`web`", "8 in 10d here", "was 5 in 10d"] {
        assert!(said.contains(part), "{said}");
    }
    let spent = NotGranted::Over(OverBudget::Spent);
    assert_eq!(leave(&mut spending, &small, 4), Err(spent.clone()));
    // The last window of the smaller one ends with day 2: it counts for day 11, and for day
    // 12 no more.
    let mut leaving = |day| {
        let topics = (0..20).map(|n| large(&format!("out{n}")));
        let left = topics.map(|plan| leave(&mut spending, &plan, day));
        let left: Vec<_> = left.collect();
        let (left, refused): (Vec<_>, Vec<_>) = left.into_iter().partition(Result::is_ok);
        (left.len(), refused[0].clone().unwrap_err())
    };
    let (left, refused) = leaving(11);
    assert_eq!((left, Outcome::from(&refused)), (4, Outcome::SmallerBudget));
    assert_eq!(leaving(12), (9, spent));
}

#[test]
fn a_longer_period_holds_as_a_smaller_budget_does() {
    let long = plan("long", "0.3", "epsilon: 3, per: 10d");
    let short = plan("short", "1", "epsilon: 3, per: 2d");
    let mut spending = Spending::begin();
    assert_eq!(leave(&mut spending, &long, 0), Ok(()));
    assert_eq!(leave(&mut spending, &short, 3), Ok(()));
    assert_eq!(leave(&mut spending, &short, 6), Ok(()));
    let refused = leave(&mut spending, &short, 9).unwrap_err();
    assert_eq!(Outcome::from(&refused), Outcome::SmallerBudget);
    assert_eq!(leave(&mut spending, &short, 10), Ok(()));
}

#[test]
fn the_same_again_is_the_same_however_much_the_budget_is_by_now() {
    let (was, is) = (
        plan("out", "0.4", "epsilon: 5, per: 10d"),
        plan("out", "0.4", "epsilon: 8, per: 20d"),
    );
    let mut spending = Spending::begin();
    leave(&mut spending, &was, 0).unwrap();
    let counting = is.outputs[0].counting.as_ref().unwrap();
    let again = spending.ask(&is.outputs[0], counting, &closed(&is, 0));
    assert_eq!(again, Ok(Answer::Again));
}

#[test]
fn rows_of_the_first_version_are_read_and_say_nothing_of_a_size() {
    let (small, large) = (
        plan("small", "0.1", "epsilon: 1, per: 10d"),
        plan("large", "0.9", "epsilon: 9, per: 10d"),
    );
    let mut spending = Spending::in_rows();
    let said = spending.add_row(&first_row(&small, 0)).unwrap();
    assert_eq!((&*said.budget, &*said.output), ("web", "small"));
    assert_eq!(grants(&spending, &large, 1), Ok(()));
    spending.add_row(&row(&small, -1)).unwrap();
    let refused = grants(&spending, &large, 1).unwrap_err();
    assert_eq!(Outcome::from(&refused), Outcome::SmallerBudget);
    // Each says its version.
    for (bad, version) in [(first_row(&small, 2), 2), (row(&small, 2), 1)] {
        let bad = [&[version], &bad[1..]].concat();
        assert!(Spending::in_rows().add_row(&bad).is_err());
    }
    // Whoever goes on with a window that is cut knows its row, whichever version it is of.
    let counting = small.outputs[0].counting.as_ref().unwrap();
    let is_own = |row: &[u8], day| {
        Spending::is_row_of(row, &small.outputs[0], counting, &closed(&small, day))
    };
    assert!(is_own(&first_row(&small, 0), 0) && is_own(&row(&small, 0), 0));
    assert!(!is_own(&first_row(&small, 0), 1) && !is_own(&row(&large, 0), 0));
}

/// Rows are taken away two periods behind what leaves: of a period that becomes more than
/// twice as long nobody knows for a while what was spent in it.
#[test]
fn what_a_longer_period_would_have_to_know_is_not_taken_for_nothing() {
    let (short, long) = (
        plan("out", "0.9", "epsilon: 9, per: 2d"),
        plan("out", "0.9", "epsilon: 9, per: 10d"),
    );
    let mut spending = Spending::in_rows();
    for day in 0..9 {
        spending.add_row(&row(&short, day)).unwrap();
    }
    let old = |spending: &Spending, plan: &Arc<Plan>| {
        let counting = plan.outputs[0].counting.as_ref().unwrap();
        let old = spending.outlived(&plan.outputs[0], counting, FIRST + 9 * DAY);
        old.into_iter()
            .map(|(from, _)| (from - FIRST) / DAY)
            .collect::<Vec<_>>()
    };
    assert_eq!(old(&spending, &short), [0, 1, 2, 3, 4]);
    // By the longest period that the budget has had.
    assert!(old(&spending, &long).is_empty());
    let not_kept = Err(NotGranted::Over(OverBudget::NotKept));
    assert_eq!(grants(&spending, &long, 9), not_kept);
    assert_eq!(grants(&spending, &long, 14), not_kept);
    assert_eq!(grants(&spending, &long, 15), Ok(()));
    assert_eq!(grants(&spending, &short, 9), Ok(()));
    let late = Err(NotGranted::Over(OverBudget::Late));
    assert_eq!(grants(&spending, &short, -1), late);
}

#[test]
fn a_window_that_stands_there_twice_is_never_the_same_again() {
    let plan = plan("out", "1", "epsilon: 9, per: 2d");
    let mut spending = Spending::in_rows();
    let counting = plan.outputs[0].counting.as_ref().unwrap();
    let ask = |spending: &Spending| spending.ask(&plan.outputs[0], counting, &closed(&plan, 0));
    spending.add_row(&row(&plan, 0)).unwrap();
    assert_eq!(ask(&spending), Ok(Answer::Again));
    spending.add_row(&row(&plan, 0)).unwrap();
    assert_eq!(ask(&spending), Err(NotGranted::Otherwise));
}
