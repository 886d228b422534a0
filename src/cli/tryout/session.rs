//! A policy on the held sample: compiled, checked, tried and explained by what
//! `check`, `apply` and `explain` call.

use super::super::apply::batches::Batches;
use super::super::apply::input;
use super::super::{Exit, Failure, clock, decisions, evidence, policy};
use super::container;
use super::held::Sample;
use super::keys::Keys;
use std::path::PathBuf;
use std::sync::Arc;
use veilstream::pipeline::{OutBatch, elements, quarantine, sanitize};
use veilstream::policy::diff::Said;
use veilstream::policy::{Compiled, PolicyFile, meaning};
use veilstream::record::Reason;
use veilstream::record::raw::RawBuffers;
use veilstream::trial::beside::{Beside, OneRecord, apart};
use veilstream::trial::explain::Evidence;

/// What is tried on what.
pub struct Session {
    /// As it was read.
    pub policy: PolicyFile,
    pub sample: Sample,
    /// The file of what people decided; read anew with each try, as the policy is.
    pub consent: Option<PathBuf>,
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
    pub records: Vec<OneRecord>,
}

impl Session {
    /// Tries the policy as that text has it, on that sample.
    ///
    /// # Errors
    /// 69 when a record cannot be sanitized now; what [`decisions::known`] says of the
    /// file of decisions, and where one is missing.
    pub fn tried(&self, text: &str, sample: &Sample) -> Result<Tried, Failure> {
        let file = PolicyFile {
            path: self.policy.path.clone(),
            text: text.to_owned(),
        };
        let mut compiled = policy::compile_with(&file, &*self.keys.now());
        let made = match (compiled.plan.take(), compiled.said.take()) {
            (Some(plan), Some(said)) => {
                let plan = Arc::new(plan);
                let [known] = decisions::known(self.consent.as_deref(), [&plan])?;
                let mut evidence = evidence::of_nothing(&plan, &said);
                let mut records = Vec::new();
                let source = Batches::new(&sample.lines[..], plan, sample.enveloped);
                let source = source.of_a_sample().knowing(known);
                sanitized(source, |out, is_event| {
                    match is_event {
                        true => evidence.add(&out),
                        false => evidence.add_unread(&out),
                    }
                    records.push(OneRecord::new(out, &mut evidence));
                })?;
                records.sort_by_key(|one| one.out.first);
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
}

impl Made {
    /// `None`: there is no such output.
    pub fn beside(&self, one: &OneRecord, output: usize) -> Option<Beside> {
        let exists = output < one.out.plan.outputs.len();
        exists.then(|| Beside::of(one, &self.said, &self.record_type, output))
    }
}

/// Hands over each record as a batch of its own, and whether it was an event.
fn sanitized(
    mut source: Batches<&[u8]>,
    mut take: impl FnMut(OutBatch, bool),
) -> Result<(), Failure> {
    let mut worker = source.worker();
    while let Some(gathered) = source
        .next_in(RawBuffers::default())
        .map_err(|e| input::failure(&e))?
    {
        let plan = Arc::clone(&gathered.batch.plan);
        let batch = container::written(gathered.batch, &plan);
        let batch = elements(batch, &worker);
        for one in apart(&batch) {
            let out = sanitize(one, &mut worker).map_err(|held| {
                Failure::new(Exit::Unavailable, "a record cannot be sanitized now")
                    .why(&held.outage)
            })?;
            let shown = out.shown();
            take(shown.map_or(out, |shown| shown.batch), true);
        }
        for one in apart(&gathered.no_envelopes) {
            take(quarantine(one, Reason::NotJson, &mut worker), false);
        }
    }
    Ok(())
}
