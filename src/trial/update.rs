//! The expected outputs of a policy's tests, brought to what leaves now.

use super::compare::differences;
use super::expected::{Expected, Place, fitted, written};
use super::fate::{Fate, fate, list};
use super::leaving::tree;
use super::record_keys;
use super::situation::worker_for;
use super::streamed;
use super::verdict::{batch, outputs_differ, promises_broken};
use crate::pipeline::{OutBatch, sanitize};
use crate::plan::Plan;
use crate::policy::check::PolicyTest;
use crate::policy::check::json::Json;
use std::sync::Arc;

/// What became of one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updated {
    /// Its name.
    pub name: String,
    /// What was written anew, each one sentence: as it is, and as it was expected.
    pub changes: Vec<String>,
    /// Why it fails and still does. Only what leaves is written anew: that a record
    /// leaves, is withheld or refused, and what no output may hold, is for people to
    /// say.
    pub left: Vec<String>,
}

/// Brings the expected outputs in `text`, the policy of that plan and those tests, to
/// what leaves now. Values that match stay as they are written, and so do comments
/// and layout; a part of an output that is expected stays that part.
///
/// `None` when the text cannot be written so that it says this and nothing else.
pub fn update(
    plan: &Arc<Plan>,
    tests: &[PolicyTest],
    text: &str,
) -> Option<(String, Vec<Updated>)> {
    let mut places = Vec::new();
    let mut all = Vec::new();
    for (n, test) in tests.iter().enumerate() {
        let mut updated = Updated {
            name: test.name.clone(),
            changes: Vec::new(),
            left: Vec::new(),
        };
        if !test.stream.is_empty() {
            updated.left = streamed::judge(test, plan);
            all.push(updated);
            continue;
        }
        match twice(test, plan) {
            Ok(runs) => of_test(n, test, plan, &runs, text, &mut updated, &mut places)?,
            Err(why) => updated.left.push(why),
        }
        all.push(updated);
    }
    Some((written(text, &places)?, all))
}

/// The test run by two workers: what they draw at random differs.
fn twice(test: &PolicyTest, plan: &Arc<Plan>) -> Result<[OutBatch; 2], String> {
    let run = || {
        let not_run = |why: String| format!("it was not run: {why}");
        let batch = batch(test, plan).map_err(not_run)?;
        let run = sanitize(batch, &mut worker_for(test, plan));
        run.map_err(|held| not_run(held.outage.to_string()))
    };
    Ok([run()?, run()?])
}

fn of_test(
    n: usize,
    test: &PolicyTest,
    plan: &Plan,
    [out, again]: &[OutBatch; 2],
    text: &str,
    updated: &mut Updated,
    places: &mut Vec<Place>,
) -> Option<()> {
    updated.left = promises_broken(test, plan, out);
    let mut own = Vec::new();
    let parts = [
        (Expected::Expect, &test.expect),
        (Expected::Exactly, &test.exactly),
        (Expected::RecordKeys, &test.record_keys),
    ];
    for (of, (topic, wanted)) in parts
        .iter()
        .flat_map(|(of, list)| list.iter().map(|one| (*of, one)))
    {
        let value = |out: &OutBatch| match of {
            Expected::RecordKeys => record_keys::found(topic, plan, out).ok(),
            Expected::Expect | Expected::Exactly => value_of(fate(topic, plan, out)),
        };
        let (Some(found), Some(also)) = (value(out), value(again)) else {
            continue;
        };
        // A key of text may be written as a number is.
        if of == Expected::RecordKeys && *wanted == found && found == also {
            continue;
        }
        let place = Place {
            test: n,
            of,
            topic: topic.clone(),
            found,
        };
        let chance = differences(&fitted(text, &place)?, &also, of.is_whole());
        if chance.is_empty() {
            own.push(place);
        } else {
            let whose = match of {
                Expected::RecordKeys => format!("the record key of `{topic}`"),
                Expected::Expect | Expected::Exactly => format!("`{topic}`"),
            };
            updated.left.push(format!(
                "{whose} comes out otherwise in every run, so it cannot be written down; `expect` what stays the same"
            ));
        }
    }
    let mut changes = outputs_differ(test, plan, out);
    changes.extend(record_keys::differ(test, plan, out));
    match updated.left.is_empty() {
        true => {
            updated.changes = changes;
            places.extend(own);
        }
        false => {
            let untold = |change: &String| !updated.left.contains(change);
            let changes: Vec<String> = changes.into_iter().filter(untold).collect();
            updated.left.extend(changes);
        }
    }
    Some(())
}

/// The value that left, or those of a record that was taken apart; `None`: none did.
fn value_of(fate: Fate<'_>) -> Option<Json> {
    match fate {
        Fate::Written(value) => Some(value.map_or(Json::Null, |value| tree(&value))),
        Fate::Apart(left) => Some(list(left)),
        Fate::Withheld(_) | Fate::Waits | Fate::Cleared(_) | Fate::Quarantined(_) => None,
    }
}
