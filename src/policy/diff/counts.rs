//! What outputs count, and what hides a single person in it.

use super::difference::{At, Found, NOT_WRITTEN};
use super::said::Said;
use crate::action::Order;
use crate::language::duration;
use crate::policy::check::model::{Amount, Counts, Output, SaidCells};

/// Compares what two outputs of one topic count.
pub(super) fn compare(was: &Output, is: &Output, said: (&Said, &Said), found: &mut Found) {
    let topic = is.topic.value.as_str();
    let (a, b) = match (&was.counts, &is.counts) {
        (None, None) => return,
        (Some(a), None) => {
            let why = "records leave, in place of counts of them";
            let at = At::output(topic, "aggregate");
            return found.add(
                Order::Weaker,
                at,
                said.0.at(a.span),
                NOT_WRITTEN.to_owned(),
                why,
            );
        }
        (None, Some(b)) => {
            let why = "counts with noise leave, in place of records";
            let at = At::output(topic, "aggregate");
            return found.add(
                Order::Stronger,
                at,
                NOT_WRITTEN.to_owned(),
                said.1.at(b.span),
                why,
            );
        }
        (Some(a), Some(b)) => (a, b),
    };
    let mut add = |order, word: &str, was: String, is: String, why| {
        found.add(order, At::output(topic, word), was, is, why);
    };
    let (one, other) = (a.epsilon.value, b.epsilon.value);
    let why = "what the rows of one window say of one person";
    add(
        Order::of(one, other),
        "aggregate.epsilon",
        one.to_string(),
        other.to_string(),
        why,
    );
    let delta = |of: &Counts| of.made().map_or(of.epsilon.value, |made| made.delta);
    let (one, other) = (delta(a), delta(b));
    let why = "how often the promise does not hold";
    add(
        Order::of(one, other),
        "aggregate.delta",
        one.to_string(),
        other.to_string(),
        why,
    );
    let (one, other) = (a.budget.epsilon, b.budget.epsilon);
    let why = "what all windows of a period say of one person";
    add(
        Order::of(one, other),
        "aggregate.budget.epsilon",
        one.to_string(),
        other.to_string(),
        why,
    );
    let (one, other) = (a.budget.per_ms, b.budget.per_ms);
    let why = "after how long a budget is there again";
    let length = |ms: u64| duration::spell(i64::try_from(ms).unwrap_or(i64::MAX));
    add(
        Order::of(one, other).reversed(),
        "aggregate.budget.per",
        length(one),
        length(other),
        why,
    );
    let (one, other) = (&a.budget.name, &b.budget.name);
    if one != other {
        let why = "another budget, of which nothing is spent";
        add(
            Order::Weaker,
            "aggregate.budget.name",
            one.clone(),
            other.clone(),
            why,
        );
    }
    // Of other records, no more of any person.
    let length = |ms: Option<i64>| ms.map_or_else(|| NOT_WRITTEN.to_owned(), duration::spell);
    let order = match a.oldest_ms == b.oldest_ms {
        true => Order::Same,
        false => Order::Unknown,
    };
    add(
        order,
        "aggregate.oldest",
        length(a.oldest_ms),
        length(b.oldest_ms),
        "which records count",
    );
    // Longer windows are fewer; shorter ones tell more nearly when.
    let (one, other) = (a.window.value, b.window.value);
    let why = "how nearly a row tells when";
    add(
        Order::of(one, other).reversed(),
        "aggregate.window",
        a.window_text.clone(),
        b.window_text.clone(),
        why,
    );
    for (word, one, other, why) in [
        (
            "aggregate.contribution",
            contribution(a),
            contribution(b),
            "what of one person counts: noise is made for it",
        ),
        ("aggregate.count", amount(a), amount(b), "what is counted"),
        ("aggregate.keys", keys(a), keys(b), "which cells leave"),
    ] {
        let order = if one == other {
            Order::Same
        } else {
            Order::Unknown
        };
        add(order, word, one, other, why);
    }
}

fn contribution(of: &Counts) -> String {
    format!("{} cells, {} in each", of.cells, of.per_cell)
}

fn amount(of: &Counts) -> String {
    match &of.amount {
        Amount::Records => "records".to_owned(),
        Amount::People => "subjects".to_owned(),
        Amount::Sum { path, step, steps } => {
            let (mut bottom, mut top) = (String::new(), String::new());
            step.spell(steps.0.into(), &mut bottom);
            step.spell(steps.1.into(), &mut top);
            format!("sum of {} from {bottom} to {top}", path.value)
        }
    }
}

fn keys(of: &Counts) -> String {
    match &of.keys {
        SaidCells::Selected => "select".to_owned(),
        SaidCells::Listed(cells) => {
            let cells = cells.iter();
            let mut all: Vec<String> = cells
                .map(|cell| crate::policy::check::json::Json::List(cell.clone()).to_string())
                .collect();
            all.sort_unstable();
            all.join(", ")
        }
    }
}
