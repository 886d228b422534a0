use std::sync::Arc;

use super::ledger::{Ledger, NoLedger};
use super::testing::counting_plan;
use super::{Answer, Closed, NotGranted, Spending, Windows};
use crate::anonymity::counts::OverBudget;
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
fn a_ledger_of_the_first_version_becomes_one_of_this_unless_its_last_line_is_half() {
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
    let later = text.replacen("\"v\":3", "\"v\":4", 1);
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

#[test]
fn a_ledger_of_the_second_version_goes_on_with_the_next_line() {
    let plan = plan();
    let (all, spending, lines) = three(&plan);
    let text = whole(&spending, &lines);
    let second = text.replacen("\"v\":3", "\"v\":2", 1);
    assert_eq!(second.len(), text.len());
    let read = Spending::read(&second).unwrap();
    assert!(read.anew.is_none());
    assert_eq!(ask(&read.spending, &plan, &all[2]), Ok(Answer::Again));
    assert_eq!(
        read.spending.head(),
        spending.head(),
        "its head is written over"
    );
}

/// So many days of windows, from `first` on.
fn days(plan: &Arc<Plan>, mut spending: Spending, first: i64, count: i64) -> (Spending, String) {
    let mut windows = Windows::new(plan, 0).unwrap();
    let mut lines = String::new();
    for day in first..first + count {
        let closed = windows.close((FIRST + day * DAY, FIRST + (day + 1) * DAY));
        let Ok(Answer::Anew(note)) = ask(&spending, plan, &closed) else {
            panic!("{day}: it is allowed");
        };
        lines.push_str(&note.line);
        spending.note(note);
    }
    (spending, lines)
}

#[test]
fn what_is_two_periods_old_is_folded_and_never_leaves_again() {
    let plan = plan();
    let (spending, lines) = days(&plan, Spending::begin(), 0, 100);
    let text = format!("{}{lines}", spending.head());
    let folded = Spending::folded(&text).unwrap();
    assert!(folded.len() < text.len() * 2 / 3);
    let read = Spending::read(&folded).unwrap();
    assert_eq!((read.bytes, read.is_open), (folded.len(), false));
    // Those that ended sixty days before the last one are one line.
    assert_eq!(read.spending.lines(), 61);
    assert!(
        folded.contains(r#""folded":"t","output":"out","to":"2026-04-10T00:00:00Z","windows":40,"#)
    );
    assert!(Spending::folded(&folded).is_none(), "there is no more");
    let closed = |from: i64, ms| {
        let mut windows = Windows::new(&plan, 0).unwrap();
        windows.close((from, from + ms))
    };
    let day = |day| closed(FIRST + day * DAY, DAY);
    let forgotten = Err(NotGranted::Over(OverBudget::Forgotten));
    assert_eq!(ask(&read.spending, &plan, &day(99)), Ok(Answer::Again));
    assert_eq!(ask(&read.spending, &plan, &day(40)), Ok(Answer::Again));
    for old in [day(39), day(0), day(-1), closed(FIRST + 40 * DAY - 1, 2)] {
        let answer = ask(&read.spending, &plan, &old);
        assert!(
            answer == forgotten || answer == Err(NotGranted::Otherwise),
            "{answer:?}"
        );
    }
    assert_eq!(ask(&read.spending, &plan, &day(39)), forgotten);
    // It goes on, and is folded again: what was folded before is counted in.
    let (spending, more) = days(&plan, read.spending, 100, 50);
    let text = format!(
        "{}{}{more}",
        spending.head(),
        folded.split_once('\n').unwrap().1
    );
    let again = Spending::folded(&text).unwrap();
    let read = Spending::read(&again).unwrap();
    assert_eq!(read.spending.lines(), 61);
    assert!(again.contains(r#""windows":90,"#));
    assert_eq!(ask(&read.spending, &plan, &day(39)), forgotten);
    assert_eq!(ask(&read.spending, &plan, &day(149)), Ok(Answer::Again));
    // Whoever changes what was folded changes the chain.
    let less = again.replacen("\"windows\":90", "\"windows\":9", 1);
    assert_eq!(error(&less), Some(NoLedger::Broken(2)));
}

/// Of another output of the budget it is not known any more what it could have beside it.
#[test]
fn of_what_is_folded_nobody_spends_under_another_name_or_period() {
    let plan = plan();
    let (spending, lines) = days(&plan, Spending::begin(), 0, 100);
    let text = format!("{}{lines}", spending.head());
    let read = Spending::read(&Spending::folded(&text).unwrap()).unwrap();
    let other = counting_plan("other", "1d", "2h", "15", LISTED);
    let day = |day: i64| {
        let mut windows = Windows::new(&other, 0).unwrap();
        windows.close((FIRST + day * DAY, FIRST + (day + 1) * DAY))
    };
    let forgotten = Err(NotGranted::Over(OverBudget::Forgotten));
    assert_eq!(ask(&read.spending, &other, &day(39)), forgotten);
    assert_eq!(ask(&read.spending, &other, &day(60)), forgotten);
    // A period later all of it is known: the budget is spent.
    let spent = Err(NotGranted::Over(OverBudget::Spent));
    assert_eq!(ask(&read.spending, &other, &day(69)), spent);
}
