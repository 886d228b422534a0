//! What a worker keeps from record to record to transform, and the jobs that
//! were put off to the end of a batch.

use super::field_outcome::FieldOutcome;
use super::walk::{Frame, Inside};
use crate::action::Cx;
use crate::crypto::seal::BatchSeal;
use crate::plan::Plan;
use crate::record::format::Mark;
use crate::record::ids::ActionId;
use crate::record::jobs::Jobs;

/// Where a record came from and whose it is: what actions may bind to.
#[derive(Clone, Copy)]
pub(super) struct Coordinates<'r> {
    pub(crate) topic: &'r str,
    pub(crate) partition: u32,
    pub(crate) offset: u64,
    pub(crate) subject: Option<&'r str>,
}

/// What the walk leaves behind and reuses.
#[derive(Default)]
pub(super) struct Scratch {
    pub(crate) frames: Vec<Frame>,
    /// Of each frame that is written what the pen remembers, if it does.
    pub(crate) marks: Vec<Mark>,
    /// What became of the fields of the record.
    pub(crate) fields: Vec<FieldOutcome>,
    /// Buffers for bodies, one for each level in work.
    pub(crate) bodies: Vec<Inside>,
}

/// What actions work with.
pub(super) struct WorkerState {
    pub(crate) jobs: Jobs,
    pub(crate) seal: BatchSeal,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl WorkerState {
    pub(crate) fn new(seal: BatchSeal) -> WorkerState {
        WorkerState {
            jobs: Jobs::default(),
            seal,
            text: String::new(),
            bytes: Vec::new(),
        }
    }

    /// What the actions of a record may read besides their values; whoever
    /// calls one says which.
    pub(crate) fn cx<'c>(&'c mut self, record: &Coordinates<'c>) -> Cx<'c> {
        Cx {
            action: ActionId(u32::MAX),
            topic: record.topic,
            partition: record.partition,
            offset: record.offset,
            subject: record.subject,
            jobs: &mut self.jobs,
            seal: &mut self.seal,
            text: &mut self.text,
            bytes: &mut self.bytes,
        }
    }
}

/// Has every action finish its jobs, several at once; none are left.
pub(super) fn finish(plan: &Plan, inside: &mut Inside, seal: &mut BatchSeal) {
    finish_jobs(plan, &mut inside.jobs, &mut inside.bytes, seal);
}

/// As [`finish`], for jobs and the buffer that their targets lie in.
pub(super) fn finish_jobs(plan: &Plan, jobs: &mut Jobs, out: &mut [u8], seal: &mut BatchSeal) {
    if jobs.is_empty() {
        return;
    }
    let (by_action, inputs) = jobs.by_action();
    for of_one in by_action {
        let action = &plan.actions[of_one[0].action.index()];
        action.finish(of_one, inputs, out, seal);
    }
    jobs.clear();
}
