//! The whole pipeline on an embedded broker, for looking.
//!
//! **In**: a seed. **Out**: what became of a thousand synthetic events, read
//! back from the output topics. **Promises**: the code that runs is the code of
//! `veil run`; keys exist in memory only; the figures reported were read, not
//! assumed. **Does not know**: terminals; real brokers: the embedded one proves
//! nothing about exactly-once.
#![expect(
    clippy::disallowed_types,
    reason = "the embedded broker needs a plain producer and a plain reader beside the pipeline"
)]

mod broker;
pub(crate) mod events;
mod together;

pub use together::{Classes, Counted};

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::keys::EphemeralKeys;
use crate::language::report;
use crate::pipeline::observer::{Committed, Observer};
use crate::pipeline::{Destination, InBatch, OutBatch};
use crate::pipeline::{Worker, sanitize};
use crate::plan::Plan;
use crate::policy::{NoTables, PolicyFile, compile_groups};
use crate::record::Reason;
use crate::record::counts::Counts;
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;
use crate::stream::{Cluster, End, Stream, StreamConfig, StreamError};
use broker::{Broker, Read};
use events::Event;

/// The policy of the demo.
pub const POLICY: &str = include_str!("policy.yaml");

/// Events of one run.
pub const RECORDS: usize = 1_000;

/// Longest time that a demo may take before it gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why the demo did not run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The embedded broker, or a client of it.
    #[error("the embedded broker: {0}")]
    Broker(String),
    /// The policy of the demo is broken: a mistake of ours.
    #[error("its policy does not compile:\n{0}")]
    Policy(String),
    /// The stream.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// The stream did not come to its end.
    #[error("the stream ended early: {0}")]
    Ended(String),
    /// What waits could not be released.
    #[error("what waits was not released: {0}")]
    Released(String),
    /// What was read back is not what was reported.
    #[error("`{topic}` holds {found} records, the pipeline reported {reported}")]
    Mismatch {
        /// The topic.
        topic: String,
        /// What was read.
        found: usize,
        /// What was reported.
        reported: u64,
    },
}

/// What became of the events.
pub struct Report {
    /// The plan that ran, of the outputs whose records leave as they come.
    pub plan: Arc<Plan>,
    /// Everything that was committed.
    pub counts: Counts,
    /// A few records before and after.
    pub samples: Vec<Sample>,
    /// What leaves where records wait until nobody stands alone.
    pub classes: Vec<Classes>,
    /// What leaves where records are counted.
    pub counted: Vec<Counted>,
    /// From the start of the stream to its end.
    pub took: Duration,
    /// Events a second that one thread sanitizes, measured on these events in
    /// memory.
    pub per_second: u64,
}

/// One event and its fate at each output.
pub struct Sample {
    /// What kind of event.
    pub what: &'static str,
    /// Its record key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Topic and fate.
    pub fates: Vec<(String, Fate)>,
}

/// What became of one event at one output.
pub enum Fate {
    /// It was read back from the topic.
    Written {
        /// Its record key.
        key: Option<String>,
        /// Its value.
        value: String,
    },
    /// It does not go there.
    Withheld(Reason),
    /// It went to the quarantine instead.
    Quarantined(Reason),
}

/// Runs the demo.
///
/// # Errors
/// When anything of it fails, or the outputs do not hold what was reported.
pub fn run(seed: u64) -> Result<Report, DemoError> {
    let (whole, plan) = plans()?;
    let (whole, plan) = (Arc::new(whole), Arc::new(plan));
    let events = events::generate(seed, RECORDS);
    let broker = Broker::start(&plan)?;
    let source = plan.source.topics.first().expect("the demo has a source");
    broker.produce(source, &events)?;

    let begun = Instant::now();
    let (counts, took) = stream(&broker, &plan, begun)?;
    let mut outputs = Vec::new();
    for (output, counted) in plan.outputs.iter().zip(&counts.outputs) {
        outputs.push(read_back(&broker, &output.topic, counted.written)?);
    }
    let quarantine = plan.quarantine.as_ref().expect("the demo has a quarantine");
    read_back(&broker, &quarantine.topic, counts.quarantined_total())?;

    let mut worker = Worker::of_the_system();
    let fates: Vec<OutBatch> = events
        .iter()
        .map(|event| sanitize(batch(std::slice::from_ref(event), &plan), &mut worker))
        .collect::<Result<_, _>>()
        .expect("its policy looks nothing up");
    let (classes, counted) = together::together(&events, &whole, &mut worker)?;
    Ok(Report {
        classes,
        counted,
        samples: samples(&events, &fates, &outputs, &plan),
        per_second: per_second(&events, &plan, &mut worker),
        plan,
        counts,
        took,
    })
}

/// The events of that seed as `veil apply --envelope` reads them, one a line.
/// Those that are no JSON cannot stand in an envelope and are left out.
pub fn envelopes(seed: u64) -> String {
    events::generate(seed, RECORDS)
        .iter()
        .filter(|e| serde_json::from_str::<serde::de::IgnoredAny>(&e.value).is_ok())
        .map(|e| {
            format!(
                "{{\"key\":\"{}\",\"timestamp\":{},\"value\":{}}}\n",
                e.key, e.timestamp_ms, e.value
            )
        })
        .collect()
}

/// The plan of all outputs, and that of those whose records leave as they come.
fn plans() -> Result<(Plan, Plan), DemoError> {
    let file = PolicyFile {
        path: "demo.yaml".into(),
        text: POLICY.to_owned(),
    };
    // No allowance of the demo's policy has a last day.
    let mut compiled = compile_groups(
        &file,
        &EphemeralKeys::default(),
        &NoTables,
        jiff::Timestamp::UNIX_EPOCH,
    );
    let own = compiled.groups.drain(..).next();
    compiled.plan.take().zip(own).ok_or_else(|| {
        DemoError::Policy(report::text(
            &compiled.findings,
            "demo.yaml",
            POLICY,
            false,
            None,
        ))
    })
}

/// Runs the events through the stream of `veil run`, to the end of the topic.
fn stream(
    broker: &Broker,
    plan: &Arc<Plan>,
    begun: Instant,
) -> Result<(Counts, Duration), DemoError> {
    let observer = Arc::new(Tally(Mutex::new(plan.counts())));
    let config = StreamConfig {
        once: true,
        cluster: Cluster::Mock,
        ..StreamConfig::new("veil-demo", broker.properties()?)
    };
    let watching: Arc<dyn Observer> = Arc::clone(&observer) as Arc<dyn Observer>;
    let handle = Stream::start(config, Arc::clone(plan), watching)?;
    std::thread::scope(|scope| {
        let (done, over) = std::sync::mpsc::channel::<()>();
        let watchdog = &handle;
        scope.spawn(move || {
            if over
                .recv_timeout(PATIENCE)
                .is_err_and(|e| e == std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                watchdog.stop();
            }
        });
        let end = handle.wait();
        drop(done);
        match end {
            End::Done => Ok(()),
            other => Err(DemoError::Ended(other.to_string())),
        }
    })?;
    let counts = observer
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    Ok((counts, begun.elapsed()))
}

/// Adds up what was committed.
struct Tally(Mutex<Counts>);

impl Observer for Tally {
    fn on_commit(&self, batch: &Committed<'_>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.add(batch.counts);
    }
}

fn read_back(broker: &Broker, topic: &str, reported: u64) -> Result<Vec<Read>, DemoError> {
    let found = broker.read(topic)?;
    if found.len() as u64 == reported {
        return Ok(found);
    }
    Err(DemoError::Mismatch {
        topic: topic.to_owned(),
        found: found.len(),
        reported,
    })
}

/// The events as one batch, as the intake makes them.
fn batch(events: &[Event], plan: &Arc<Plan>) -> InBatch {
    let lane = Lane {
        topic: Arc::clone(plan.source.topics.first().expect("the demo has a source")),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    for (offset, event) in (0..).zip(events) {
        batch.raw.push(
            offset,
            Timestamp::Create(event.timestamp_ms),
            Some(event.key.as_bytes()),
            Some(event.value.as_bytes()),
            [],
        );
    }
    batch
}

/// Which events are shown: one of each kind, and one that was refused.
const SHOWN: &[(&str, &str)] = &[
    ("identify", "\"type\":\"identify\""),
    ("track / Order Completed", "\"event\":\"Order Completed\""),
    (
        "track / Support Message Sent",
        "\"event\":\"Support Message Sent\"",
    ),
];

fn samples(
    events: &[Event],
    fates: &[OutBatch],
    outputs: &[Vec<Read>],
    plan: &Plan,
) -> Vec<Sample> {
    let reason =
        |counts: &[u64; Reason::COUNT]| Reason::ALL.into_iter().find(|r| counts[r.index()] > 0);
    let refused = |at: usize| reason(&fates[at].counts.quarantined);
    let all_written = |at: usize| {
        let outputs = &fates[at].counts.outputs;
        refused(at).is_none() && outputs.iter().all(|o| o.written == 1)
    };
    let of_kind = |mark: &str| {
        let kind = |at: &usize| events[*at].value.contains(mark) && refused(*at).is_none();
        let all: Vec<usize> = (0..events.len()).filter(kind).collect();
        // One that reaches every output shows most.
        let first = |wanted: &dyn Fn(usize) -> bool| all.iter().copied().find(|at| wanted(*at));
        first(&all_written)
            .or_else(|| first(&|at| fates[at].counts.outputs.iter().any(|o| o.written == 1)))
            .or_else(|| all.first().copied())
    };
    let mut shown: Vec<(&'static str, usize)> = SHOWN
        .iter()
        .filter_map(|(what, mark)| Some((*what, of_kind(mark)?)))
        .collect();
    shown.extend(
        (0..events.len())
            .find(|at| refused(*at).is_some())
            .map(|at| ("an event that cannot be read", at)),
    );
    shown
        .into_iter()
        .map(|(what, at)| Sample {
            what,
            key: events[at].key.clone(),
            value: events[at].value.clone(),
            fates: plan
                .outputs
                .iter()
                .enumerate()
                .map(|(output, o)| {
                    let fate = if let Some(reason) = refused(at) {
                        Fate::Quarantined(reason)
                    } else if let Some(reason) = reason(&fates[at].counts.outputs[output].withheld)
                    {
                        Fate::Withheld(reason)
                    } else {
                        written(output, at, fates, &outputs[output])
                    };
                    (o.topic.to_string(), fate)
                })
                .collect(),
        })
        .collect()
}

/// Each output keeps the order of its source, so the n-th event that goes there
/// is the n-th record read back.
fn written(output: usize, at: usize, fates: &[OutBatch], read: &[Read]) -> Fate {
    let goes = |batch: &OutBatch| {
        batch
            .records()
            .iter()
            .any(|r| matches!(r.destination, Destination::Output(o) if usize::from(o) == output))
    };
    let n = fates[..at].iter().filter(|batch| goes(batch)).count();
    Fate::Written {
        key: read[n].key.clone(),
        value: read[n].value.clone(),
    }
}

/// Sanitizes the events over and over for a moment, in memory, on this thread.
fn per_second(events: &[Event], plan: &Arc<Plan>, worker: &mut Worker) -> u64 {
    let begun = Instant::now();
    let mut done = 0;
    while begun.elapsed() < Duration::from_millis(300) {
        let out = sanitize(batch(events, plan), worker).expect("its policy looks nothing up");
        done += out.counts.received;
        let (_, buffers) = out.into();
        worker.take_back(buffers);
    }
    (done as f64 / begun.elapsed().as_secs_f64()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::TestKeys;
    use crate::policy::compile;
    use crate::trial;

    #[test]
    fn its_policy_has_nothing_to_complain_about_and_its_tests_pass() {
        let file = PolicyFile {
            path: "demo.yaml".into(),
            text: POLICY.to_owned(),
        };
        let mut compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
        let report = report::text(&compiled.findings, "demo.yaml", POLICY, false, None);
        assert!(
            compiled.findings.worst() <= Some(crate::language::finding::Severity::Note),
            "{report}"
        );
        let plan = Arc::new(compiled.plan.take().expect("no errors"));
        let verdicts = trial::run(&plan, &compiled.tests);
        assert_eq!(verdicts.len(), 4);
        for verdict in verdicts {
            assert_eq!(
                verdict.differences,
                Vec::<String>::new(),
                "{}",
                verdict.name
            );
        }
    }

    #[test]
    fn it_shows_what_it_read_back() {
        let report = run(7).unwrap();
        assert!(report.counts.balances());
        assert_eq!(report.counts.received, RECORDS as u64);
        assert_eq!(report.samples.len(), 4);
        let [classes] = &report.classes[..] else {
            panic!("one output leaves in classes");
        };
        assert!(classes.people.0 >= classes.k && classes.k == 5);
        let left: usize = classes.classes.iter().map(|(_, records)| records).sum();
        assert_eq!(left as u64 + classes.left_out, classes.waited as u64);
        assert!(classes.classes.iter().all(|(row, _)| row.len() == 2));
        let [counted] = &report.counted[..] else {
            panic!("one output counts");
        };
        // Farther off than sixteen times the scale it is once in ten million runs.
        let far = |(_, there, left): &(String, usize, i64)| left.abs_diff(*there as i64) > 32;
        assert!(counted.rows.len() == 2 && !counted.rows.iter().any(far));
        assert!(counted.rows.iter().all(|(_, there, _)| *there > 10));
        let clear: Vec<&str> = report.samples.iter().map(|s| s.key.as_str()).collect();
        for sample in &report.samples {
            for (_, fate) in &sample.fates {
                if let Fate::Written {
                    key: Some(key),
                    value,
                } = fate
                {
                    assert!(
                        !clear.contains(&key.as_str()) && !value.contains("@"),
                        "{value}"
                    );
                }
            }
        }
    }
}
