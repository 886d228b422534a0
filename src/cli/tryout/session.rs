//! A policy on the held sample: compiled, checked, tried and explained by what
//! `check`, `apply` and `explain` call.

use super::super::apply::batches::Batches;
use super::super::apply::input;
use super::super::{Exit, Failure, clock, evidence, policy};
use super::held::Sample;
use super::keys::Keys;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use veilstream::language::report;
use veilstream::pipeline::{OutBatch, Worker, quarantine, sanitize};
use veilstream::policy::diff::Said;
use veilstream::policy::{Compiled, PolicyFile, meaning};
use veilstream::record::Reason;
use veilstream::record::raw::RawBuffers;
use veilstream::trial::beside::{Beside, Each, apart};
use veilstream::trial::explain::Evidence;

/// What is tried on what.
pub struct Session {
    /// As it was read.
    pub policy: PolicyFile,
    /// The file of the sample; `None`: standard input.
    pub shown_as: Option<PathBuf>,
    pub sample: Sample,
    pub keys: Keys,
}

/// What a policy came to.
pub struct Tried {
    /// What is to be said of it, of the sample too.
    pub compiled: Compiled,
    /// What it makes of the sample; `None`: it has an error.
    pub made: Option<Made>,
}

/// What it makes of the sample.
pub struct Made {
    pub said: Said,
    pub record_type: Vec<String>,
    pub evidence: Evidence,
    /// Record after record, each a batch of its own.
    pub records: Vec<OutBatch>,
}

impl Session {
    /// Tries the policy as that text has it, on that sample.
    ///
    /// # Errors
    /// 69 when a record cannot be sanitized now.
    pub fn tried(&self, text: &str, sample: &Sample) -> Result<Tried, Failure> {
        let file = PolicyFile {
            path: self.policy.path.clone(),
            text: text.to_owned(),
        };
        let mut compiled = policy::compile_with(&file, &*self.keys.now());
        let made = match (compiled.plan.take(), compiled.said.take()) {
            (Some(plan), Some(said)) => {
                let plan = Arc::new(plan);
                let mut evidence = evidence::of_nothing(&plan, &said);
                let mut records = Vec::new();
                let source = Batches::new(&sample.lines[..], plan, sample.enveloped);
                sanitized(source, |out, is_event| {
                    match is_event {
                        true => evidence.add(&out),
                        false => evidence.add_unread(&out),
                    }
                    records.push(out);
                })?;
                records.sort_by_key(|out| out.first);
                compiled
                    .findings
                    .take(evidence.findings(&said, clock::now()));
                Some(Made {
                    record_type: meaning(&said).record_type,
                    said,
                    evidence,
                    records,
                })
            }
            _ => None,
        };
        Ok(Tried { compiled, made })
    }

    /// The same for the page, with one record beside what left of it to one output.
    pub fn answer(&self, text: &str, record: usize, output: usize) -> Result<Value, Failure> {
        let tried = self.tried(text, &self.sample)?;
        let path = self.policy.path.display().to_string();
        let findings = report::json(&tried.compiled.findings, &path, text);
        let findings: Value = serde_json::from_str(&findings).expect("findings are JSON");
        let Some(made) = &tried.made else {
            return Ok(json!({ "findings": findings, "made": null }));
        };
        let explained = made.evidence.explained().to_json();
        let each = made.records.iter().map(|out| made.each(out).to_json());
        let record = made.records.get(record).or(made.records.first());
        let beside = record.and_then(|out| made.beside(out, output));
        Ok(json!({
            "findings": findings,
            "made": {
                "policy": explained["policy"],
                "records": each.collect::<Vec<_>>(),
                "beside": beside.map(|b| b.to_json()),
                "explained": explained,
            },
        }))
    }

    /// What the page is told at its start.
    #[cfg(feature = "kafka")]
    pub fn start(&self) -> Value {
        let sample = &self.sample;
        let path = |path: &std::path::Path| path.display().to_string();
        json!({
            "policy": self.policy.text,
            "policy_path": path(&self.policy.path),
            "sample_path": self.shown_as.as_deref().map(path),
            "enveloped": sample.enveloped,
            "test_keys": matches!(self.keys, Keys::OfTests),
            "records": sample.records,
            "has_more": sample.has_more,
            "too_long": sample.too_long,
        })
    }
}

impl Made {
    pub fn each(&self, out: &OutBatch) -> Each {
        Each::of(out, &self.record_type)
    }

    /// `None`: there is no such output.
    pub fn beside(&self, out: &OutBatch, output: usize) -> Option<Beside> {
        let exists = output < out.plan.outputs.len();
        exists.then(|| Beside::of(out, &self.said, &self.record_type, output))
    }
}

/// Hands over each record as a batch of its own, and whether it was an event.
fn sanitized(
    mut source: Batches<&[u8]>,
    mut take: impl FnMut(OutBatch, bool),
) -> Result<(), Failure> {
    let mut worker = Worker::of_the_system();
    while let Some(gathered) = source
        .next_in(RawBuffers::default())
        .map_err(|e| input::failure(&e))?
    {
        for one in apart(&gathered.batch) {
            let out = sanitize(one, &mut worker).map_err(|held| {
                Failure::new(Exit::Unavailable, "a record cannot be sanitized now")
                    .why(&held.outage)
            })?;
            take(out, true);
        }
        for one in apart(&gathered.no_envelopes) {
            take(quarantine(one, Reason::NotJson, &mut worker), false);
        }
    }
    Ok(())
}
