//! What a worker keeps from record to record to transform, and the jobs that
//! were put off to the end of a batch.

use super::walk::{Frame, Inside};
use crate::crypto::seal::BatchSeal;
use crate::policy::plan::Plan;
use crate::record::counts::FieldCounts;
use crate::record::value::{Cx, Jobs};

/// What became of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Outcome {
    /// The action wrote a value.
    Written,
    /// The action yielded nothing.
    Absent,
    /// `on_error: drop_field` left the field out.
    DroppedOnError,
}

/// What became of which field, in one word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fate(u32);

impl Fate {
    /// Of the field at that place in `Output::fields`.
    #[inline(always)]
    pub(super) fn new(field: u32, outcome: Outcome) -> Fate {
        debug_assert!(field < 1 << 30, "a policy is at most a mebibyte");
        Fate(field << 2 | outcome as u32)
    }

    /// Counts it, for so many records.
    pub fn count(self, records: u64, fields: &mut [FieldCounts]) {
        let counts = &mut fields[(self.0 >> 2) as usize];
        const ABSENT: u32 = Outcome::Absent as u32;
        const DROPPED_ON_ERROR: u32 = Outcome::DroppedOnError as u32;
        let count = match self.0 & 3 {
            ABSENT => &mut counts.absent,
            DROPPED_ON_ERROR => &mut counts.dropped_on_error,
            _ => &mut counts.written,
        };
        *count += records;
    }

    /// True when both lists are the same, looked at without an early end, many
    /// words at a time.
    pub fn all_equal(these: &[Fate], those: &[Fate]) -> bool {
        let differences = |all, (a, b): (&Fate, &Fate)| all | (a.0 ^ b.0);
        these.len() == those.len() && these.iter().zip(those).fold(0, differences) == 0
    }
}

/// Where a record came from and whose it is: what actions may bind to.
#[derive(Clone, Copy)]
pub(super) struct Coordinates<'r> {
    pub topic: &'r str,
    pub partition: u32,
    pub offset: u64,
    pub subject: Option<&'r str>,
}

/// What the walk leaves behind and reuses.
#[derive(Default)]
pub(super) struct Scratch {
    pub frames: Vec<Frame>,
    /// What became of the fields of the record.
    pub fields: Vec<Fate>,
    /// Buffers for sealed fields, one for each level in work.
    pub sealed: Vec<Inside>,
}

/// What actions work with.
pub(super) struct Work {
    pub jobs: Jobs,
    pub seal: BatchSeal,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Work {
    pub fn new(seal: BatchSeal) -> Work {
        Work {
            jobs: Jobs::default(),
            seal,
            text: String::new(),
            bytes: Vec::new(),
        }
    }

    /// What the actions of a record may read besides their values; whoever
    /// calls one says which.
    pub fn cx<'c>(&'c mut self, record: &Coordinates<'c>) -> Cx<'c> {
        Cx {
            action: u32::MAX,
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
        let action = &plan.actions[of_one[0].action as usize];
        action.finish(of_one, inputs, out, seal);
    }
    jobs.clear();
}
