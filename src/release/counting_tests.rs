use std::collections::BTreeMap;
use std::sync::Arc;

use super::testing::counting_plan;
use super::{Answer, Closed, NotGranted, Spending, ToCount, WhyLeftOut, Windows};
use crate::anonymity::counts::OverBudget;
use crate::anonymity::permutation::shuffle;
use crate::anonymity::seeded::Seeded;
use crate::pipeline::{InBatch, OutBatch, Worker, sanitize};
use crate::plan::Plan;
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;

const DAY: i64 = 86_400_000;
/// 2026-03-01.
const FIRST: i64 = 20_513 * DAY;

fn plan(counts: &str) -> Arc<Plan> {
    counting_plan("out", "1d", "2h", "15", counts)
}

const LISTED: &str = "      by: { country: keep, kind: keep }\n      count: records\n      \
    contribution: { cells: 2, per_cell: 3 }\n      epsilon: 0.5\n      \
    keys: { product: { country: [DE, FR], kind: [page, order] } }\n";
const SELECTED: &str = "      by: { country: keep, kind: keep }\n      count: records\n      \
    contribution: { cells: 2 }\n      epsilon: 0.5\n      delta: 1e-6\n      keys: select\n";
const SUMMED: &str = "      by: { country: keep }\n      \
    sum: { path: paid, bottom: -5, top: 20, step: 0.05 }\n      contribution: { cells: 1, per_cell: 2 }\n      \
    epsilon: 0.5\n      delta: 1e-6\n      keys: select\n";

fn sanitized(plan: &Arc<Plan>, values: &[String]) -> OutBatch {
    sanitized_of(plan, values, Timestamp::None)
}

fn sanitized_of(plan: &Arc<Plan>, values: &[String], written: Timestamp) -> OutBatch {
    let lane = Lane {
        topic: "raw".into(),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    for (offset, value) in (0..).zip(values) {
        batch
            .raw
            .push(offset, written, None, Some(value.as_bytes()), []);
    }
    let out = sanitize(batch, &mut Worker::of_the_system());
    let out = out.unwrap_or_else(|_| panic!("nothing is asked"));
    assert!(out.counts.balances());
    out
}

fn counted(plan: &Arc<Plan>, values: &[String]) -> Windows {
    let mut windows = Windows::new(plan, 0).unwrap();
    // In batches of several partitions.
    for some in values.chunks(40) {
        let out = sanitized(plan, some);
        ToCount::of(&out, 0).for_each(|record| windows.take(record, None));
    }
    windows
}

fn record(who: u32, day: i64, country: &str, kind: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(FIRST + day * DAY + 3_600_000).unwrap();
    format!(r#"{{"who":{who},"at":"{at}","country":"{country}","kind":"{kind}","paid":1.23}}"#)
}

fn many(count: u32, seed: u64) -> Vec<String> {
    let mut random = Seeded::new(seed);
    let mut one = |of: &[&str]| of[random.below(of.len() as u32) as usize].to_owned();
    let numbers: Vec<String> = (0..30).map(|n: u32| n.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    (0..count)
        .map(|_| {
            let (who, day) = (one(&numbers), one(&["0", "1", "2"]));
            let (country, kind) = (one(&["DE", "FR"]), one(&["page", "order"]));
            record(who.parse().unwrap(), day.parse().unwrap(), &country, &kind)
        })
        .collect()
}

fn rows(windows: &mut Windows) -> Vec<(Closed, Vec<String>)> {
    let open: Vec<(i64, i64)> = windows.open().collect();
    let each = open.into_iter().map(|window| {
        let closed = windows.close(window);
        let rows = windows.rows(&closed).into_iter();
        let rows = rows.map(|row| String::from_utf8(row.value).unwrap());
        (closed, rows.collect())
    });
    each.collect()
}

#[test]
fn the_same_records_give_the_same_rows_in_whatever_order_they_come() {
    for policy in [LISTED, SELECTED, SUMMED] {
        let plan = plan(policy);
        let mut values = many(400, 3);
        let first = rows(&mut counted(&plan, &values));
        assert_eq!(first.len(), 3);
        let mut random = Seeded::new(5);
        for _ in 0..5 {
            shuffle(&mut values, &mut random);
            let again = rows(&mut counted(&plan, &values));
            let cuts = |of: &[(Closed, Vec<String>)]| -> Vec<_> {
                of.iter().map(|(c, rows)| (c.cut, rows.clone())).collect()
            };
            assert_eq!(cuts(&again), cuts(&first));
        }
        // One record more, and all noise of its window is another, and no other window's.
        values.push(record(77, 1, "DE", "page"));
        let other = rows(&mut counted(&plan, &values));
        assert_eq!(other[0].1, first[0].1);
        assert_ne!(other[1].0.cut, first[1].0.cut);
        assert_eq!(other[2].1, first[2].1);
    }
}

#[test]
fn every_listed_cell_leaves_whether_somebody_is_in_it_or_not() {
    let plan = plan(LISTED);
    let mut windows = counted(&plan, &[record(1, 0, "DE", "page")]);
    let [(_, rows)] = &rows(&mut windows)[..] else {
        panic!("one window");
    };
    let cells: Vec<(String, String)> = rows
        .iter()
        .map(|row| {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            assert_eq!(row["window"], "1d");
            assert_eq!(row["from"], "2026-03-01T00:00:00Z");
            assert_eq!(row["to"], "2026-03-02T00:00:00Z");
            assert!(row["value"].is_i64());
            (row["country"].to_string(), row["kind"].to_string())
        })
        .collect();
    let wanted = [
        ("DE", "order"),
        ("DE", "page"),
        ("FR", "order"),
        ("FR", "page"),
    ];
    let wanted = wanted.map(|(a, b)| (format!("\"{a}\""), format!("\"{b}\"")));
    assert_eq!(cells, wanted);
    // A window in which nobody is has as many rows.
    let empty = windows.close((FIRST + 9 * DAY, FIRST + 10 * DAY));
    assert_eq!(windows.rows(&empty).len(), 4);
}

/// Δ₁ = 2 cells × 3, ε = 0.5: scale 12, a standard deviation of 16.96. Of so many draws it
/// is found to 3 %, and the mean of values to a few tenths.
#[test]
fn values_are_off_by_what_the_header_says() {
    let plan = plan(LISTED);
    let mut windows = counted(&plan, &[]);
    let counting = plan.outputs[0].counting.as_ref().unwrap();
    let header = String::from_utf8(counting.header.to_vec()).unwrap();
    let said: serde_json::Value = serde_json::from_str(&header).unwrap();
    assert_eq!(said["mechanism"], "discrete_laplace");
    assert_eq!(
        (&said["scale"], &said["epsilon"]),
        (&"12/1".into(), &"1/2".into())
    );
    assert_eq!(said["delta"], "0/1");
    let values: Vec<f64> = (0..2_500)
        .flat_map(|day| {
            let from = FIRST + day * DAY;
            let closed = windows.close((from, from + DAY));
            windows.rows(&closed)
        })
        .map(|row| {
            let row: serde_json::Value = serde_json::from_slice(&row.value).unwrap();
            row["value"].as_f64().unwrap()
        })
        .collect();
    let n = values.len() as f64;
    assert_eq!(n, 10_000.0);
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|v| v * v).sum::<f64>() / n).sqrt();
    let wanted = said["sd"].as_f64().unwrap();
    assert!((wanted - 16.96).abs() < 0.05, "{header}");
    assert!(
        (deviation / wanted - 1.0).abs() < 0.03,
        "{deviation} of {wanted}"
    );
    assert!(mean.abs() < 3.5 * wanted / n.sqrt(), "{mean}");
}

#[test]
fn one_person_changes_no_more_than_their_contribution_however_much_they_send() {
    let plan = plan(LISTED);
    let mut values = many(200, 8);
    let cells = |closed: &Closed| -> BTreeMap<Vec<u8>, i64> {
        closed
            .cells
            .iter()
            .map(|(name, sum, _)| (name.to_vec(), *sum))
            .collect()
    };
    let without: Vec<_> = rows(&mut counted(&plan, &values))
        .iter()
        .map(|(c, _)| cells(c))
        .collect();
    for n in 0..2_000 {
        let (country, kind) = (["DE", "FR"][n % 2], ["page", "order"][n / 2 % 2]);
        values.push(record(999, 0, country, kind));
    }
    let with: Vec<_> = rows(&mut counted(&plan, &values))
        .iter()
        .map(|(c, _)| cells(c))
        .collect();
    let apart: i64 = with[0]
        .iter()
        .map(|(cell, n)| n - without[0].get(cell).copied().unwrap_or(0))
        .sum();
    assert_eq!(apart, 6, "two cells, three times each");
    assert_eq!(with[1..], without[1..]);
    // Taken out again it is as if they had never been there.
    let mut windows = counted(&plan, &values);
    let out = sanitized(&plan, &[record(999, 0, "DE", "page")]);
    let person = ToCount::of(&out, 0).next().unwrap().person.unwrap();
    windows.keep(&mut |who| who != person);
    let forgotten: Vec<_> = rows(&mut windows).iter().map(|(c, _)| cells(c)).collect();
    assert_eq!(forgotten, without);
}

#[test]
fn sums_are_cut_to_steps_and_to_what_one_person_may_change() {
    let plan = plan(SUMMED);
    let paid = |who: u32, paid: &str| {
        format!(r#"{{"who":{who},"at":"2026-03-01T10:00:00Z","country":"DE","paid":{paid}}}"#)
    };
    let sum = |values: &[String]| {
        let mut windows = counted(&plan, values);
        let cells = rows(&mut windows).remove(0).0.cells;
        (
            cells.first().map(|(_, sum, people)| (*sum, *people)),
            *windows.left_out(),
        )
    };
    assert_eq!(
        sum(&[paid(1, "1.24"), paid(2, "-0.26")]).0,
        Some((25 - 5, 2))
    );
    // 20 at most for each record, 40 in all for each person; −5 and −10 at least.
    let rich: Vec<String> = (0..9).map(|_| paid(1, "1e400")).collect();
    assert_eq!(sum(&rich).0, Some((800, 1)));
    let poor: Vec<String> = (0..9).map(|_| paid(1, "-1e400")).collect();
    assert_eq!(sum(&poor).0, Some((-200, 1)));
    let (found, left_out) = sum(&[
        paid(1, "\"12\""),
        paid(1, "null"),
        paid(1, "[3]"),
        paid(2, "0"),
    ]);
    assert_eq!(found, Some((0, 1)));
    assert_eq!(left_out.of(WhyLeftOut::NoValue), 3);
}

#[test]
fn a_record_tells_no_time_after_it_was_written_and_one_that_is_refused_none() {
    let plan = plan(LISTED);
    let hour = 3_600_000;
    let now = FIRST + 9 * DAY;
    let told = |value: String, written: Timestamp| -> Vec<Option<i64>> {
        let out = sanitized_of(&plan, &[value], written);
        let each = ToCount::of(&out, 0);
        each.map(|record| record.tells_ms(now)).collect()
    };
    let written = FIRST + 2 * hour;
    // It was before it was written; it says a day after that, long ago by now.
    assert_eq!(
        told(record(1, 0, "DE", "page"), Timestamp::Append(written)),
        [Some(FIRST + hour)]
    );
    for of in [Timestamp::Append(written), Timestamp::Create(written)] {
        assert_eq!(told(record(1, 1, "DE", "page"), of), [Some(written)]);
    }
    // Nothing says when it was written, as in files: the clock alone bounds it.
    let later = Some(FIRST + DAY + hour);
    assert_eq!(told(record(1, 1, "DE", "page"), Timestamp::None), [later]);
    assert_eq!(
        told(record(1, 10, "DE", "page"), Timestamp::Append(written)),
        [None],
        "it is left out for its time"
    );
    let no_json = record(1, 1, "DE", "page").replace('}', "");
    assert_eq!(told(no_json, Timestamp::Append(now)), [], "quarantined");
}

#[test]
fn what_is_not_counted_is_counted_as_that() {
    let plan = plan(LISTED);
    let mut windows = Windows::new(&plan, 0).unwrap();
    let now = FIRST + DAY;
    let mut take = |value: String, now: Option<i64>| {
        let out = sanitized(&plan, &[value]);
        ToCount::of(&out, 0).for_each(|record| windows.take(record, now));
    };
    let ahead = |ms: i64| {
        let at = jiff::Timestamp::from_millisecond(now + ms).unwrap();
        format!(r#"{{"who":1,"at":"{at}","country":"DE","kind":"page"}}"#)
    };
    take(
        r#"{"at":"2026-03-01T10:00:00Z","country":"DE","kind":"page"}"#.into(),
        Some(now),
    );
    take(
        r#"{"who":1,"country":"DE","kind":"page"}"#.into(),
        Some(now),
    );
    take(
        r#"{"who":1,"at":"yesterday","country":"DE","kind":"page"}"#.into(),
        Some(now),
    );
    take(
        r#"{"who":1,"at":12,"country":"DE","kind":"page"}"#.into(),
        Some(now),
    );
    take(ahead(5 * 60_000 + 1_000), Some(now));
    take(ahead(5 * 60_000), Some(now));
    take(record(1, 0, "DE", "page"), Some(now));
    take(record(1, 0, "US", "page"), Some(now));
    take(
        r#"{"who":1,"at":"2026-03-01T10:00:00Z","kind":"page"}"#.into(),
        Some(now),
    );
    // The clock has jumped back an hour, or a year: what was is still no future.
    take(record(1, 0, "DE", "page"), Some(now - 3_600_000));
    take(record(1, 0, "DE", "page"), Some(now - 365 * DAY));
    let left_out = *windows.left_out();
    for (why, count) in [
        (WhyLeftOut::NoSubject, 1),
        (WhyLeftOut::TimeOutOfRange, 5),
        (WhyLeftOut::OtherCell, 2),
    ] {
        assert_eq!(left_out.of(why), count, "{why:?}");
    }
    assert_eq!(left_out.total(), 8);
    let closed = windows.close((FIRST, FIRST + DAY));
    assert_eq!(closed.records, 2);
    let out = sanitized(
        &plan,
        &[record(1, 0, "DE", "page"), record(1, 1, "DE", "page")],
    );
    ToCount::of(&out, 0).for_each(|record| windows.take(record, None));
    assert_eq!(windows.left_out().of(WhyLeftOut::Late), 1);
    // A window that never closes leaves nothing, and says so.
    assert!(!windows.is_over(FIRST + 2 * DAY, FIRST + 2 * DAY + 7_199_999));
    assert!(windows.is_over(FIRST + 2 * DAY, FIRST + 2 * DAY + 7_200_000));
    windows.leave_open();
    assert_eq!(windows.left_out().of(WhyLeftOut::NotOver), 2);
    assert_eq!(windows.open().next(), None);
}

/// One wrong date makes no window of its own, neither at once nor later; a window is left out
/// whole or not at all.
#[test]
fn what_is_older_than_oldest_makes_no_window() {
    let oldest = format!("      oldest: 3d\n{LISTED}");
    let plan = plan(&oldest);
    let mut windows = Windows::new(&plan, 0).unwrap();
    let values: Vec<String> = [0, 1, 2, 3, -20_000]
        .into_iter()
        .map(|day| record(1, day, "DE", "page"))
        .collect();
    let out = sanitized(&plan, &values);
    // In the fifth day: the first one ended three days before.
    let now = Some(FIRST + 4 * DAY);
    ToCount::of(&out, 0).for_each(|record| windows.take(record, now));
    let open: Vec<i64> = windows
        .open()
        .map(|(from, _)| (from - FIRST) / DAY)
        .collect();
    assert_eq!(open, [1, 2, 3]);
    assert_eq!(windows.left_out().of(WhyLeftOut::Late), 2);
    // Who does not judge by the clock counts all.
    let mut all = Windows::new(&plan, 0).unwrap();
    ToCount::of(&out, 0).for_each(|record| all.take(record, None));
    assert_eq!(all.open().count(), 5);
}

#[test]
fn cells_leave_only_where_enough_persons_are() {
    let plan = plan(SELECTED);
    let counting = plan.outputs[0].counting.as_ref().unwrap();
    let header = String::from_utf8(counting.header.to_vec()).unwrap();
    let said: serde_json::Value = serde_json::from_str(&header).unwrap();
    let threshold = said["threshold"].as_i64().unwrap();
    let mut values: Vec<String> = (0..2_000).map(|who| record(who, 0, "DE", "page")).collect();
    values.push(record(1, 0, "FR", "order"));
    values.push(record(2, 1, "FR", "order"));
    let found = rows(&mut counted(&plan, &values));
    let [(_, first), (_, second)] = &found[..] else {
        panic!("two windows");
    };
    assert_eq!(first.len(), 1, "{first:?}");
    let row: serde_json::Value = serde_json::from_str(&first[0]).unwrap();
    assert_eq!(
        (&row["country"], &row["kind"]),
        (&"DE".into(), &"page".into())
    );
    let value = row["value"].as_i64().unwrap();
    assert!((1_800..2_200).contains(&value) && value >= threshold);
    assert!(second.is_empty());
}

/// Whoever sends another cell with each record takes no memory and no time by it.
#[test]
fn names_of_cells_are_kept_only_while_somebody_counts_in_them() {
    let plan = plan(SELECTED);
    let mut windows = Windows::new(&plan, 0).unwrap();
    for some in 0..50 {
        let values: Vec<String> = (0..400)
            .map(|n| record(n % 3, 0, &format!("c{}", some * 400 + n), "page"))
            .collect();
        let out = sanitized(&plan, &values);
        ToCount::of(&out, 0).for_each(|record| windows.take(record, None));
    }
    assert!(windows.names() <= 1_024, "{}", windows.names());
    let closed = windows.close((FIRST, FIRST + DAY));
    assert_eq!(closed.records, 20_000);
    assert_eq!(closed.cells.len(), 6, "three persons, two cells each");
}

fn ask(spending: &Spending, plan: &Plan, closed: &Closed) -> Result<Answer, NotGranted> {
    let counting = plan.outputs[0].counting.as_ref().unwrap();
    spending.ask(&plan.outputs[0], counting, closed)
}

#[test]
fn a_ledger_refuses_what_the_budget_does_not_bear_and_a_second_look() {
    let plan = plan(LISTED);
    let mut windows = counted(&plan, &many(100, 4));
    let mut spending = Spending::begin();
    let closed: Vec<Closed> = (0..40)
        .map(|day| windows.close((FIRST + day * DAY, FIRST + (day + 1) * DAY)))
        .collect();
    for (n, closed) in closed.iter().enumerate() {
        match ask(&spending, &plan, closed) {
            Ok(Answer::Anew(note)) => spending.note(note),
            other => panic!("{n}: {other:?}"),
        }
    }
    // 0.5 a day: 30 days take all of 15, and a day later one of them counts no more. One
    // more in between is too much.
    let hour = |at: i64| Closed {
        window: (at, at + 3_600_000),
        records: 0,
        cells: Vec::new(),
        cut: [0; 32],
    };
    let before = hour(FIRST - 3_600_000);
    let late = NotGranted::Over(OverBudget::Late);
    assert_eq!(ask(&spending, &plan, &before), Err(late));
    assert!(matches!(
        ask(&spending, &plan, &hour(FIRST + 40 * DAY)),
        Ok(Answer::Anew(_)) | Err(_)
    ));
    // The very same again; counted of other records; a part of a window that left.
    assert_eq!(ask(&spending, &plan, &closed[1]), Ok(Answer::Again));
    let mut more = many(100, 4);
    more.push(record(77, 1, "DE", "page"));
    let mut other = counted(&plan, &more);
    let other = other.close((FIRST + DAY, FIRST + 2 * DAY));
    assert_eq!(ask(&spending, &plan, &other), Err(NotGranted::Otherwise));
    assert_eq!(
        ask(&spending, &plan, &hour(FIRST + 5 * DAY)),
        Err(NotGranted::Otherwise)
    );
}
