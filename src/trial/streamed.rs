//! Tests of outputs whose records wait: several records, and what leaves of them.

use std::sync::Arc;

use super::compare::differences;
use super::leaving::{contains, tree};
use super::situation::worker_for;
use crate::crypto::entropy::Entropy;
use crate::crypto::noise::Draws;
use crate::pipeline::{Destination, InBatch, OutBatch, sanitize};
use crate::plan::Plan;
use crate::policy::check::PolicyTest;
use crate::policy::check::json::Json;
use crate::record::Reason;
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;
use crate::release::{Arrived, Released, ReleasedRecord, ToCount, Waiting, Windows};

/// The draws of tests are always the same, so that what leaves can be written down.
struct OfTests;

impl Entropy for OfTests {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(0x5a);
    }
}

/// What becomes of the records of a test at one output where they wait.
struct Became {
    topic: Arc<str>,
    released: Vec<Json>,
    values: Vec<Vec<u8>>,
    left_out: u64,
}

/// Runs the records of the test, then ends the stream; what differs from what it says.
pub(super) fn judge(test: &PolicyTest, plan: &Arc<Plan>) -> Vec<String> {
    let out = match sanitize(batch(test, plan), &mut worker_for(test, plan)) {
        Ok(out) => out,
        Err(held) => return vec![format!("it was not run: {}", held.outage)],
    };
    let mut differences = refusals(test, &out);
    let all: Vec<Became> = (0..plan.outputs.len())
        .filter_map(|output| {
            became(plan, output, &out).or_else(|| counted(plan, output, &out, test.now_ms))
        })
        .collect();
    for (topic, wanted) in &test.released {
        match all.iter().find(|became| *became.topic == **topic) {
            Some(became) => differences.extend(rows_differ(wanted, became)),
            None => differences.push(format!("records of `{topic}` wait for no release")),
        }
    }
    for (topic, wanted) in &test.suppressed {
        let found = all.iter().find(|became| *became.topic == **topic);
        let found = found.map_or(0, |became| became.left_out);
        if found != *wanted {
            differences.push(format!(
                "`{topic}`: {found} records are left out, expected {wanted}"
            ));
        }
    }
    for became in &all {
        differences.extend(must_not_leave(test, became));
    }
    differences
}

fn batch(test: &PolicyTest, plan: &Arc<Plan>) -> InBatch {
    let topic = plan.source.topics.first();
    let lane = Lane {
        topic: topic.cloned().unwrap_or_else(|| Arc::from("")),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    for (offset, value) in (0..).zip(&test.stream) {
        batch
            .raw
            .push(offset, Timestamp::None, None, Some(value), []);
    }
    batch
}

fn refusals(test: &PolicyTest, out: &OutBatch) -> Vec<String> {
    let refused = |reason: &Reason| out.counts.quarantined[reason.index()] > 0;
    let found: Vec<Reason> = Reason::ALL.into_iter().filter(refused).collect();
    let mut differences: Vec<String> = found
        .iter()
        .filter(|reason| test.quarantined != Some(**reason))
        .map(|reason| format!("a record is quarantined `{reason}`, which the test does not expect"))
        .collect();
    if let Some(wanted) = test.quarantined.filter(|wanted| !found.contains(wanted)) {
        differences.push(format!("no record is quarantined, expected `{wanted}`"));
    }
    differences
}

fn became(plan: &Arc<Plan>, output: usize, out: &OutBatch) -> Option<Became> {
    let mut words = Draws::fresh(&mut OfTests).ok()?;
    let mut waiting = Waiting::new(plan, output, &mut words)?;
    let mut became = Became {
        topic: Arc::clone(&plan.outputs[output].topic),
        released: Vec::new(),
        values: Vec::new(),
        left_out: 0,
    };
    let mut add = |released: Released| became.add(released.records);
    for record in Arrived::of(out, output) {
        waiting.take(record);
        if waiting.is_full()
            && let Ok(released) = waiting.release(&mut words)
        {
            add(released);
        }
    }
    match waiting.release(&mut words) {
        Ok(released) => add(released),
        Err(_) => waiting.leave_out(),
    }
    became.left_out = waiting.left_out().total();
    Some(became)
}

/// The windows that are over when the stream ends, or all of them where nothing says what
/// time it is; no budget is asked.
fn counted(plan: &Arc<Plan>, output: usize, out: &OutBatch, now_ms: Option<i64>) -> Option<Became> {
    let mut windows = Windows::new(plan, output)?;
    ToCount::of(out, output).for_each(|record| windows.take(record, now_ms));
    let mut became = Became {
        topic: Arc::clone(&plan.outputs[output].topic),
        released: Vec::new(),
        values: Vec::new(),
        left_out: 0,
    };
    let open: Vec<(i64, i64)> = windows.open().collect();
    for window in open {
        if now_ms.is_none_or(|now| windows.is_over(window.1, now)) {
            let closed = windows.close(window);
            became.add(windows.rows(&closed));
        }
    }
    windows.leave_open();
    became.left_out = windows.left_out().total();
    Some(became)
}

impl Became {
    fn add(&mut self, records: Vec<ReleasedRecord>) {
        for record in records {
            self.released.push(tree(&record.value));
            self.values.push(record.value);
        }
    }
}

/// The rows of one side that the other has not, whatever their order.
fn rows_differ(wanted: &[Json], became: &Became) -> Vec<String> {
    let mut left: Vec<&Json> = became.released.iter().collect();
    let mut said = Vec::new();
    for row in wanted {
        let is_it = |found: &&Json| differences(row, found, true).is_empty();
        match left.iter().position(is_it) {
            Some(at) => drop(left.swap_remove(at)),
            None => said.push(format!(
                "`{}`: {row} does not leave, expected",
                became.topic
            )),
        }
    }
    let more = left.into_iter();
    said.extend(more.map(|row| format!("`{}`: {row} leaves, not expected", became.topic)));
    said
}

fn must_not_leave(test: &PolicyTest, became: &Became) -> Vec<String> {
    let mut differences = Vec::new();
    for path in &test.absent {
        let holds = |row: &Json| super::compare::exists(row, path);
        if became.released.iter().any(holds) {
            let topic = &became.topic;
            differences.push(format!("`{topic}` holds `{path}`, which must be absent"));
        }
    }
    for text in &test.never_contains {
        if became.values.iter().any(|value| contains(value, text)) {
            let topic = &became.topic;
            differences.push(format!(
                "`{topic}` contains {text:?}, which must never leave"
            ));
        }
    }
    differences
}

/// True where a record of the batch waits for a release of that topic.
pub(super) fn waits(topic: &str, plan: &Plan, out: &OutBatch) -> bool {
    out.records().iter().any(|record| match record.destination {
        Destination::Held(at) => *plan.outputs[usize::from(at)].topic == *topic,
        _ => false,
    })
}
