//! What an action may ask for beside its value: it says so, and asks, before a
//! batch is walked, because then it may still fail.

use crate::crypto::batch_entropy::BatchEntropy;
use crate::crypto::seal::BatchSeal;
use crate::record::Reason;
use crate::record::lookups::{LookedUp, Request};
use crate::record::value::Applied;

/// What is made ready for an action before a batch is walked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// Random bytes ([`Cx::random`](super::Cx::random)).
    pub entropy: bool,
    /// Answers of a store ([`Cx::answer`](super::Cx::answer)); then
    /// [`Action::ask`](super::Action::ask) says what is looked up.
    pub look_ups: bool,
}

impl Asks {
    /// What both ask for.
    pub fn and(self, other: Asks) -> Asks {
        Asks {
            entropy: self.entropy || other.entropy,
            look_ups: self.look_ups || other.look_ups,
        }
    }
}

/// What an action has while it asks: all that [`Cx`](super::Cx) will have, but
/// nothing to write to.
pub struct Asking<'a> {
    /// Source topic of the record.
    pub topic: &'a str,
    /// Source partition (`apply`: 0).
    pub partition: u32,
    /// Source offset (`apply`: line number from 0).
    pub offset: u64,
    /// Canonical text of the record's subject, when the plan reads one and the
    /// record names one.
    pub subject: Option<&'a str>,
    /// For a proposal that is sealed.
    pub seal: &'a mut BatchSeal,
    /// For unescaping; content is whatever the last user left.
    pub text: &'a mut String,
    /// For bytes; content is whatever the last user left.
    pub bytes: &'a mut Vec<u8>,
    /// Random bytes of the batch.
    pub(crate) entropy: &'a mut BatchEntropy,
    /// What the batch asks for.
    pub(crate) looked_up: &'a mut LookedUp,
}

impl Asking<'_> {
    /// Asks what `register` has under `key`, and has it keep `proposal` if it
    /// has nothing; empty: nothing is kept. What a batch asks for twice is
    /// asked once, with the first proposal.
    pub fn look_up(&mut self, register: &'static str, key: &[u8], proposal: &[u8]) {
        self.looked_up.ask(Request {
            register,
            key,
            proposal,
        });
    }

    /// Fills `out` with random bytes for a proposal: the operating system's own,
    /// so that they may be a key.
    ///
    /// # Errors
    /// `not_prepared` when it gives none: the batch is held then.
    pub fn random(&mut self, out: &mut [u8]) -> Applied {
        self.entropy.fresh(out).map_err(|_| Reason::NotPrepared)
    }
}
