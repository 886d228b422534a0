//! What leaves of the events where nobody stands alone: classes of persons, and counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::events::Event;
use super::{DemoError, batch};
use crate::crypto::entropy::OsEntropy;
use crate::crypto::noise::Draws;
use crate::pipeline::{OutBatch, Worker, sanitize};
use crate::plan::Plan;
use crate::release::{Arrived, NOISE_HEADER, ReleasedRecord, ToCount, Waiting, Windows};

/// A release of an output whose records leave in classes.
pub struct Classes {
    /// The output.
    pub topic: String,
    /// Least persons of a class.
    pub k: u32,
    /// How many records waited.
    pub waited: usize,
    /// The columns.
    pub columns: Vec<String>,
    /// What each class lets out, a text a column, and how many records say so.
    pub classes: Vec<(Vec<String>, usize)>,
    /// Persons of the smallest class, and of the largest.
    pub people: (u32, u32),
    /// How many records are left out.
    pub left_out: u64,
}

/// The rows of an output that counts.
pub struct Counted {
    /// The output.
    pub topic: String,
    /// The cell, how many persons there were, and what leaves.
    pub rows: Vec<(String, usize, i64)>,
    /// The standard deviation of the noise.
    pub deviation: f64,
}

/// What leaves of the outputs of that plan whose records wait, by the code of `veil apply`.
///
/// # Errors
/// What the policy of the demo says is not what is shown: a mistake of ours.
pub(super) fn together(
    events: &[Event],
    plan: &Arc<Plan>,
    worker: &mut Worker,
) -> Result<(Vec<Classes>, Vec<Counted>), DemoError> {
    let looked_up = "its policy looks nothing up";
    let all = sanitize(batch(events, plan), worker).expect(looked_up);
    let mut alone = |event: &Event| {
        let own = batch(std::slice::from_ref(event), plan);
        sanitize(own, worker).expect(looked_up)
    };
    let fates: Vec<OutBatch> = events.iter().map(&mut alone).collect();
    let outputs = 0..plan.outputs.len();
    let classes = outputs.clone().filter_map(|at| classes(plan, at, &all));
    let counted = outputs.filter_map(|at| counted(plan, at, &all, (events, &fates)));
    Ok((classes.collect::<Result<_, _>>()?, counted.collect()))
}

fn classes(plan: &Arc<Plan>, output: usize, all: &OutBatch) -> Option<Result<Classes, DemoError>> {
    let failed = |why: String| Some(Err(DemoError::Released(why)));
    let mut words = match Draws::fresh(&mut OsEntropy) {
        Ok(words) => words,
        Err(error) => return failed(error.to_string()),
    };
    let mut waiting = Waiting::new(plan, output, &mut words)?;
    let k = waiting.held().classes.as_ref()?.demand.k;
    let mut waited = 0;
    for record in Arrived::of(all, output) {
        waiting.take(record);
        waited += 1;
    }
    let released = match waiting.release(&mut words) {
        Ok(released) => released,
        Err(error) => return failed(error.to_string()),
    };
    let figures = released.classes?;
    let mut classes: BTreeMap<Vec<(String, String)>, usize> = BTreeMap::new();
    for record in &released.records {
        *classes.entry(leaves(record)).or_default() += 1;
    }
    let columns = classes.keys().next().into_iter().flatten();
    Some(Ok(Classes {
        topic: plan.outputs[output].topic.to_string(),
        k,
        waited,
        columns: columns.map(|(name, _)| name.clone()).collect(),
        people: (
            figures.people_min(),
            figures.people.last().copied().unwrap_or(0),
        ),
        classes: classes
            .into_iter()
            .map(|(row, records)| (row.into_iter().map(|(_, text)| text).collect(), records))
            .collect(),
        left_out: waiting.left_out().total(),
    }))
}

/// The texts of a record, with their names.
fn leaves(record: &ReleasedRecord) -> Vec<(String, String)> {
    fn walk(name: &str, value: &Value, found: &mut Vec<(String, String)>) {
        match value {
            Value::Object(members) => {
                for (own, value) in members {
                    walk(own, value, found);
                }
            }
            Value::String(text) => found.push((name.to_owned(), text.clone())),
            other => found.push((name.to_owned(), other.to_string())),
        }
    }
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_slice(&record.value) {
        walk("", &value, &mut found);
    }
    found
}

fn counted(
    plan: &Arc<Plan>,
    output: usize,
    all: &OutBatch,
    (events, fates): (&[Event], &[OutBatch]),
) -> Option<Counted> {
    let mut windows = Windows::new(plan, output)?;
    ToCount::of(all, output).for_each(|record| windows.take(record, None));
    // What nobody learns who reads the topic: it is shown beside what leaves.
    let mut people: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (event, own) in events.iter().zip(fates) {
        let name = member(event.value.as_bytes(), "event");
        let name = name.filter(|_| ToCount::of(own, output).next().is_some());
        if let Some(name) = name {
            people.entry(name).or_default().insert(&event.key);
        }
    }
    let (mut rows, mut deviation) = (Vec::new(), 0.0);
    let open: Vec<(i64, i64)> = windows.open().collect();
    for window in open {
        let closed = windows.close(window);
        for row in windows.rows(&closed) {
            let name = member(&row.value, "event")?;
            let value = serde_json::from_slice::<Value>(&row.value).ok()?;
            let there = people.get(&name).map_or(0, BTreeSet::len);
            rows.push((name, there, value.get("value")?.as_i64()?));
            deviation = said(&row)?;
        }
    }
    Some(Counted {
        topic: plan.outputs[output].topic.to_string(),
        rows,
        deviation,
    })
}

/// How far a row says that it may be off.
fn said(row: &ReleasedRecord) -> Option<f64> {
    let header = row
        .headers
        .iter()
        .find(|(name, _)| name == NOISE_HEADER.as_bytes())?;
    let said: Value = serde_json::from_slice(header.1.as_deref()?).ok()?;
    said.get("sd")?.as_f64()
}

fn member(value: &[u8], name: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(value).ok()?;
    Some(value.get(name)?.as_str()?.to_owned())
}
