//! What an action may read besides its value.

use super::Asides;
use crate::crypto::batch_entropy::BatchEntropy;
use crate::crypto::of_record::OfRecord;
use crate::crypto::seal::BatchSeal;
use crate::record::Reason;
use crate::record::event_time::{EventTimes, Now};
use crate::record::ids::ActionId;
use crate::record::jobs::Jobs;
use crate::record::lookups::LookedUp;
use crate::record::value::{Applied, Target};
use crate::record::{Note, Notes};

/// What an action may read besides its value.
pub struct Cx<'a> {
    /// The action in work.
    pub(crate) action: ActionId,
    /// Source topic of the record.
    pub(crate) topic: &'a str,
    /// Source partition (`apply`: 0).
    pub(crate) partition: u32,
    /// Source offset (`apply`: line number from 0).
    pub(crate) offset: u64,
    /// Which element of that record it is, counted from 0, where records are taken
    /// apart.
    pub(crate) element: Option<u32>,
    /// Canonical text of the record's subject, when the plan reads one and the
    /// record names one.
    pub(crate) subject: Option<&'a str>,
    /// When the event was.
    pub(crate) times: EventTimes<'a>,
    /// What time it is.
    pub(crate) now: Now,
    /// Deferred work of the batch.
    pub(crate) jobs: &'a mut Jobs,
    /// Derived keys of this worker's batch, and the seed of the salt and nonce of each seal.
    pub(crate) seal: &'a mut BatchSeal,
    /// For unescaping; content is whatever the last user left.
    pub(crate) text: &'a mut String,
    /// For bytes; content is whatever the last user left.
    pub bytes: &'a mut Vec<u8>,
    /// Random bytes of the batch.
    pub(crate) entropy: &'a mut BatchEntropy,
    /// What was asked for before the batch was walked, with its answers.
    pub(crate) looked_up: &'a LookedUp,
    /// For actions that hold others.
    pub(crate) asides: &'a mut Asides,
    /// What was noted of the value in work.
    pub(crate) noted: Notes,
}

impl<'a> Cx<'a> {
    /// For a value that comes from no record. Only what takes nothing of a record
    /// but subject and time may be computed so. `at_ms`: when its event was, in
    /// milliseconds since 1970, whichever time of it counts.
    pub fn outside(
        (subject, at_ms): (Option<&'a str>, Option<i64>),
        jobs: &'a mut Jobs,
        seal: &'a mut BatchSeal,
        text: &'a mut String,
        bytes: &'a mut Vec<u8>,
        (entropy, looked_up, asides): (&'a mut BatchEntropy, &'a LookedUp, &'a mut Asides),
    ) -> Cx<'a> {
        Cx {
            action: ActionId(0),
            topic: "",
            partition: 0,
            offset: 0,
            element: None,
            subject,
            times: EventTimes::outside(at_ms),
            now: Now::at(0).without_judging(),
            jobs,
            seal,
            text,
            bytes,
            entropy,
            looked_up,
            asides,
            noted: Notes::default(),
        }
    }

    /// The record in work, or the element of it where records are taken apart (`splits`).
    ///
    /// # Errors
    /// `wrong_type` for a record that is taken apart and is none of its elements.
    pub(crate) fn of_record(&self, splits: bool) -> Result<OfRecord<'a>, Reason> {
        Ok(OfRecord {
            topic: self.topic,
            partition: self.partition,
            offset: self.offset,
            element: match splits {
                true => Some(self.element.ok_or(Reason::WrongType)?),
                false => None,
            },
        })
    }

    /// From now on `action` is at work.
    #[inline]
    pub fn begin(&mut self, action: ActionId) {
        self.action = action;
    }

    /// Puts work off to the end of the batch: its input is everything behind
    /// `input_at` in the scratch of the jobs, its result goes to `target`.
    #[inline]
    pub(crate) fn defer(&mut self, input_at: usize, target: Target) {
        self.jobs.push(self.action, input_at, target);
    }

    /// Has it counted, once for the value that the policy names, however many parts of it
    /// say so. Of what is refused, nothing is counted.
    #[inline]
    pub(crate) fn note(&mut self, note: Note) {
        self.noted = self.noted.and(Notes::of(note));
    }

    /// Fills `out` with random bytes that nobody had before, for a value and not
    /// for a key. It cannot run out: it is a cipher's stream under a seed that
    /// was drawn before the batch was walked.
    ///
    /// # Errors
    /// `not_prepared` when no action of the plan says that it asks for them
    /// ([`Asks::entropy`](super::Asks::entropy)).
    pub fn random(&mut self, out: &mut [u8]) -> Applied {
        self.entropy.fill(out).map_err(|_| Reason::NotPrepared)
    }

    /// What `register` has under `key`; `None`: nothing, and what that means
    /// is the action's to say.
    ///
    /// # Errors
    /// `not_prepared` when the action did not ask for it before the batch was
    /// walked ([`Action::ask`](super::Action::ask)).
    pub fn answer(&self, register: &'static str, key: &[u8]) -> Result<Option<&'a [u8]>, Reason> {
        let answer = self.looked_up.answer(register, key);
        answer.map_err(|_| Reason::NotPrepared)
    }
}
