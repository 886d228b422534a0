use std::sync::Arc;

use super::ledger::{Ledger, NoLedger};
use super::testing::counting_plan;
use super::{Answer, Closed, NotGranted, Spending, Windows};
use crate::plan::Plan;

const DAY: i64 = 86_400_000;
/// 2026-03-01.
const FIRST: i64 = 20_513 * DAY;
const LISTED: &str = "      by: { kind: keep }\n      count: records\n      \
    contribution: { cells: 2 }\n      epsilon: 0.5\n      keys: { list: [a] }\n";

fn plan() -> Arc<Plan> {
    counting_plan("out", "1d", "2h", "15", LISTED)
}

fn ask(spending: &Spending, plan: &Plan, closed: &Closed) -> Result<Answer, NotGranted> {
    let counting = plan.outputs[0].counting.as_ref().unwrap();
    spending.ask(&plan.outputs[0], counting, closed)
}

/// Three windows that left, and the lines of the ledger.
fn three(plan: &Arc<Plan>) -> (Vec<Closed>, Spending, Vec<String>) {
    let mut windows = Windows::new(plan, 0).unwrap();
    let mut spending = Spending::begin();
    let (mut all, mut lines) = (Vec::new(), Vec::new());
    for day in 0..3 {
        let closed = windows.close((FIRST + day * DAY, FIRST + (day + 1) * DAY));
        let Ok(Answer::Anew(note)) = ask(&spending, plan, &closed) else {
            panic!("it is allowed");
        };
        lines.push(note.line.clone());
        spending.note(note);
        all.push(closed);
    }
    (all, spending, lines)
}

fn whole(spending: &Spending, lines: &[String]) -> String {
    format!("{}{}", spending.head(), lines.concat())
}

fn error(text: &str) -> Option<NoLedger> {
    Spending::read(text).err()
}

#[test]
fn whatever_is_cut_off_no_window_that_left_may_leave_again_otherwise() {
    let plan = plan();
    let (all, spending, lines) = three(&plan);
    let text = whole(&spending, &lines);
    for cut in 0..text.len() {
        match Spending::read(&text[..cut]) {
            Ok(Ledger {
                spending,
                bytes,
                is_open,
                ..
            }) => {
                // The line feed alone is gone: all that it says is there.
                assert_eq!((cut, bytes, is_open), (text.len() - 1, cut, true));
                for closed in &all {
                    assert_eq!(ask(&spending, &plan, closed), Ok(Answer::Again));
                }
            }
            Err(NoLedger::Cut { found, written }) => assert!(found < written, "at {cut}"),
            Err(NoLedger::Other) => assert!(cut < spending.head().len(), "at {cut}"),
            Err(other) => panic!("at {cut}: {other}"),
        }
    }
    let read = Spending::read(&text).unwrap();
    assert_eq!((read.bytes, read.is_open), (text.len(), false));
    assert_eq!(read.spending.head(), spending.head());
}

#[test]
fn a_line_that_the_head_does_not_count_spent_nothing_where_it_is_half_and_counts_where_it_is_whole()
{
    let plan = plan();
    let (all, _, lines) = three(&plan);
    let mut two = Spending::begin();
    for closed in &all[..2] {
        let Ok(Answer::Anew(note)) = ask(&two, &plan, closed) else {
            panic!("it is allowed");
        };
        two.note(note);
    }
    // Killed before the head was written: no row had left for the third line.
    let text = whole(&two, &lines);
    let begins = text.len() - lines[2].len();
    for cut in begins..text.len() {
        let read = Spending::read(&text[..cut]).unwrap();
        let answer = ask(&read.spending, &plan, &all[2]);
        match cut == text.len() - 1 {
            true => assert_eq!(answer, Ok(Answer::Again)),
            false => {
                assert!(matches!(answer, Ok(Answer::Anew(_))), "at {cut}");
                assert_eq!(read.bytes, begins, "what is half is taken away");
            }
        }
        assert_eq!(ask(&read.spending, &plan, &all[1]), Ok(Answer::Again));
    }
    let read = Spending::read(&text).unwrap();
    assert_eq!(ask(&read.spending, &plan, &all[2]), Ok(Answer::Again));
}

#[test]
fn heads_are_as_long_as_each_other() {
    let plan = plan();
    let (_, spending, _) = three(&plan);
    assert_eq!(spending.head().len(), Spending::begin().head().len());
}

#[test]
fn a_ledger_of_the_first_version_becomes_one_of_the_second_unless_its_last_line_is_half() {
    let plan = plan();
    let (all, spending, lines) = three(&plan);
    let first = format!("{{\"veil\":\"budget\",\"v\":1}}\n{}", lines.concat());
    for text in [&first[..], first.trim_end()] {
        let anew = Spending::read(text).unwrap().anew.unwrap();
        assert_eq!(anew, whole(&spending, &lines));
        let read = Spending::read(&anew).unwrap();
        assert!(read.anew.is_none());
        assert_eq!(ask(&read.spending, &plan, &all[2]), Ok(Answer::Again));
    }
    assert_eq!(error(&first[..first.len() - 3]), Some(NoLedger::Half));
}

#[test]
fn a_ledger_that_was_changed_is_none() {
    let plan = plan();
    let (_, spending, lines) = three(&plan);
    let text = whole(&spending, &lines);
    let head = spending.head();
    assert_eq!(error(""), Some(NoLedger::Other));
    assert_eq!(error("{}\n"), Some(NoLedger::Other));
    let later = text.replacen("\"v\":2", "\"v\":3", 1);
    assert_eq!(error(&later), Some(NoLedger::Other));
    let no_number = text.replacen("0000000003", "+000000003", 1);
    assert_eq!(error(&no_number), Some(NoLedger::Other));
    let cheaper = text.replacen("1/2", "1/9", 1);
    assert_eq!(error(&cheaper), Some(NoLedger::Broken(2)));
    let without = [&head, &lines[1], &lines[2]].map(String::as_str).concat();
    assert_eq!(error(&without), Some(NoLedger::Broken(2)));
    let odd = format!("{text}{}\n", r#"{"after":"x"}"#);
    assert_eq!(error(&odd), Some(NoLedger::Line(5)));
    let no_number = lines[0].replace("1/2", "a half");
    assert_eq!(
        error(&format!("{head}{no_number}")),
        Some(NoLedger::Line(2))
    );
    let fewer = NoLedger::Cut {
        found: 2,
        written: 3,
    };
    assert_eq!(
        error(&[&head, &lines[0], &lines[1]].map(String::as_str).concat()),
        Some(fewer)
    );
}
