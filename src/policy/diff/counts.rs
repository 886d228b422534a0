//! What outputs count, and what hides a single person in it.

use super::difference::{At, Found, NOT_WRITTEN, STATE_FORGOTTEN};
use super::said::Said;
use crate::action::Order;
use crate::language::duration;
use crate::policy::check::model::{Amount, Counts, Output, STATE_ALIAS, SaidCells};

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
        (
            "aggregate.subject",
            said.0.subject_kind(a.subject.as_ref()),
            said.1.subject_kind(b.subject.as_ref()),
            "somebody else is a person, whom the noise hides",
        ),
        (
            "aggregate.key",
            said.0.key_written(&a.key.value),
            said.1.key_written(&b.key.value),
            "other noise on the same records: who has both rows knows more of them",
        ),
        (
            "aggregate.time",
            time(a),
            time(b),
            "in which window a record counts",
        ),
        (
            "aggregate.late",
            duration::spell(a.late_ms),
            duration::spell(b.late_ms),
            "how long a window waits: other records count, under other noise",
        ),
        (
            "aggregate.oldest",
            oldest(a),
            oldest(b),
            "which records count",
        ),
        (
            "keys: state",
            said.0.key_written(STATE_ALIAS),
            said.1.key_written(STATE_ALIAS),
            STATE_FORGOTTEN,
        ),
    ] {
        let order = if one == other {
            Order::Same
        } else {
            Order::Unknown
        };
        add(order, word, one, other, why);
    }
}

fn time(of: &Counts) -> String {
    match &of.time {
        Some((path, unit)) => format!("{}, {}", path.value, unit.as_str()),
        None => "the record's timestamp".to_owned(),
    }
}

fn oldest(of: &Counts) -> String {
    (of.oldest_ms).map_or_else(|| NOT_WRITTEN.to_owned(), duration::spell)
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

#[cfg(test)]
mod tests {
    use super::super::diff;
    use super::super::tests::said;

    const BASE: &str = r#"
apiVersion: veil/v1
kind: Policy
metadata: { name: shop, version: 1, owner: data }
source: { topic: raw, writers: own, subject: { customer: id, purchase: tx } }
keys: { noise: { ref: "file:keyring.json#noise" }, other: { ref: "file:keyring.json#other" }, state: { ref: "file:keyring.json#state" }, quarantine: { ref: "file:keyring.json#quarantine" } }
classes: { fields: { id: user.unique_id, tx: user.unique_id, plan: none } }
outputs:
  - topic: counts
    purpose: analytics.reporting
    domain: public
    basis: contract
    aggregate:
      window: 1d
      late: 2h
      time: { from: value.at, unit: ms }
      subject: customer
      by: { plan: { keep: { one_of: [free, team] } } }
      count: subjects
      contribution: { cells: 1 }
      epsilon: 0.5
      key: noise
      keys: { list: [free, team] }
      budget: { name: web, epsilon: 15, per: 30d }
quarantine: { topic: refused, key: quarantine, retention: 7d }
"#;

    fn found(from: &str, to: &str) -> Vec<(String, String)> {
        assert_eq!(BASE.matches(from).count(), 1, "`{from}` stands once");
        let list = diff(&said(BASE), &said(&BASE.replacen(from, to, 1)));
        let each = list.iter();
        each.map(|d| (d.field.clone(), format!("{:?}", d.verdict)))
            .collect()
    }

    #[test]
    fn who_is_hidden_by_which_noise_and_when_cannot_be_shown_to_stay() {
        for (from, to, field) in [
            (
                "subject: customer",
                "subject: purchase",
                "aggregate.subject",
            ),
            ("      subject: customer\n", "", ""),
            ("key: noise", "key: other", "aggregate.key"),
            ("value.at,", "value.seen,", "aggregate.time"),
            ("unit: ms", "unit: s", "aggregate.time"),
            (
                "      time: { from: value.at, unit: ms }\n",
                "",
                "aggregate.time",
            ),
            ("late: 2h", "late: 3h", "aggregate.late"),
            (
                "      late: 2h\n",
                "      late: 2h\n      oldest: 400d\n",
                "aggregate.oldest",
            ),
            ("json#state", "json#others", "keys: state"),
        ] {
            let expected = match field {
                "" => Vec::new(),
                field => vec![(field.to_owned(), "Changed".to_owned())],
            };
            assert_eq!(found(from, to), expected, "{from} to {to}");
        }
        assert_eq!(
            found("epsilon: 0.5", "epsilon: 0.25"),
            [("aggregate.epsilon".to_owned(), "Stronger".to_owned())]
        );
    }
}
