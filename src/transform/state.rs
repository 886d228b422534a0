//! What a worker keeps from record to record to transform, and the jobs that
//! were put off to the end of a batch.

use super::field_outcome::FieldOutcome;
use super::made_names::MadeNames;
use super::walk::{Frame, Inside};
use crate::action::{Asides, Asking, Cx};
use crate::consent::Permitted;
use crate::crypto::batch_entropy::BatchEntropy;
use crate::crypto::seal::BatchSeal;
use crate::plan::Plan;
use crate::record::Notes;
use crate::record::Reason;
use crate::record::event_time::{EventTimes, Now};
use crate::record::format::{Mark, Reader};
use crate::record::ids::{ActionId, FieldId};
use crate::record::jobs::Jobs;
use crate::record::lookups::LookedUp;

/// Where a record came from and whose it is: what actions may bind to.
#[derive(Clone, Copy)]
pub(super) struct Coordinates<'r> {
    pub(crate) topic: &'r str,
    pub(crate) partition: u32,
    pub(crate) offset: u64,
    pub(crate) element: Option<u32>,
    pub(crate) subject: Option<&'r str>,
    pub(crate) times: EventTimes<'r>,
}

impl<'r> Coordinates<'r> {
    /// `times`: what the values say that the plan reads for it.
    #[inline]
    pub fn of<'p: 'r, R: Reader>(
        record: &Permitted<'p, R>,
        times: &'r [Result<i64, Reason>],
    ) -> Coordinates<'r> {
        let fetched = record.fetched();
        let lane = fetched.lane();
        Coordinates {
            topic: &lane.topic,
            partition: u32::try_from(lane.partition).unwrap_or(0),
            offset: u64::try_from(fetched.offset()).unwrap_or(0),
            element: record.element(),
            subject: record.subject(),
            times: EventTimes {
                timestamp: fetched.timestamp(),
                read: Some(times),
            },
        }
    }
}

/// What the walk leaves behind and reuses.
#[derive(Default)]
pub(super) struct Scratch {
    pub(crate) frames: Vec<Frame>,
    /// Of each frame that is written what the pen remembers, if it does.
    pub(crate) marks: Vec<Mark>,
    /// What became of the fields of the record.
    pub fields: Vec<FieldOutcome>,
    /// The field that refused its value, innermost first come.
    pub refused: Option<FieldId>,
    /// What the output asks of the record as a whole, answered, by the test's bit.
    pub(crate) answers: u64,
    /// The case that holds of the `when` that was asked last.
    pub(crate) case: Option<KnownCase>,
    /// What is asked about lies inside these: tape entries, and those behind.
    pub around: Vec<(u32, u32)>,
    /// Characters of a value that decides, where escapes spell them.
    pub(crate) characters: String,
    /// Names that were made, of the objects in work.
    pub(crate) made: MadeNames,
    /// Buffers for bodies, one for each level in work.
    pub(crate) bodies: Vec<Inside>,
}

/// The case of a `when` at one place of the record: the fields of one `when` follow
/// each other, and ask once.
#[derive(Clone, Copy)]
pub(super) struct KnownCase {
    pub(crate) when: u16,
    pub(crate) at: u32,
    pub(crate) case: u16,
}

/// What actions work with.
pub(super) struct WorkerState {
    pub jobs: Jobs,
    pub seal: BatchSeal,
    pub entropy: BatchEntropy,
    pub looked_up: LookedUp,
    pub text: String,
    pub bytes: Vec<u8>,
    pub asides: Asides,
}

impl WorkerState {
    pub fn new(seal: BatchSeal, entropy: BatchEntropy, looked_up: LookedUp) -> WorkerState {
        WorkerState {
            jobs: Jobs::default(),
            seal,
            entropy,
            looked_up,
            text: String::new(),
            bytes: Vec::new(),
            asides: Asides::default(),
        }
    }

    /// What the actions of a record may read besides their values; whoever
    /// calls one says which.
    pub(crate) fn cx<'c>(&'c mut self, record: &Coordinates<'c>, now: Now) -> Cx<'c> {
        Cx {
            action: ActionId(u32::MAX),
            topic: record.topic,
            partition: record.partition,
            offset: record.offset,
            element: record.element,
            subject: record.subject,
            times: record.times,
            now,
            jobs: &mut self.jobs,
            seal: &mut self.seal,
            text: &mut self.text,
            bytes: &mut self.bytes,
            entropy: &mut self.entropy,
            looked_up: &self.looked_up,
            asides: &mut self.asides,
            noted: Notes::default(),
        }
    }

    /// The same while they ask, before the batch is walked.
    pub fn asking<'c>(&'c mut self, record: &Coordinates<'c>) -> Asking<'c> {
        Asking {
            topic: record.topic,
            partition: record.partition,
            offset: record.offset,
            subject: record.subject,
            seal: &mut self.seal,
            text: &mut self.text,
            bytes: &mut self.bytes,
            entropy: &mut self.entropy,
            looked_up: &mut self.looked_up,
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
