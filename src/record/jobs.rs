//! Work that actions put off to the end of a batch.

use super::ids::ActionId;
use super::overwrite;
use super::value::Target;

/// Work put off to the end of the batch, so that several values can be
/// computed abreast. Everything that can fail has failed before a job exists.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Which action finishes it.
    pub(crate) action: ActionId,
    /// Its input: a span of [`Jobs::scratch`].
    pub(crate) input_at: u32,
    /// Length of the input in bytes.
    pub(crate) input_len: u32,
    /// Where the result goes.
    pub(crate) target: Target,
}

impl Job {
    /// Its input in [`Jobs::scratch`].
    pub(crate) fn input<'a>(&self, scratch: &'a [u8]) -> &'a [u8] {
        &scratch[self.input_at as usize..][..self.input_len as usize]
    }
}

/// The jobs of one batch and their inputs.
#[derive(Default)]
pub struct Jobs {
    /// In the order pushed, so in the order of their targets.
    list: Vec<Job>,
    /// Inputs of all jobs, one after the other. Clear values: zeroed when reused.
    pub(crate) scratch: Vec<u8>,
    /// The list by action, and where each action's jobs end: see
    /// [`Jobs::by_action`]. A list for each action would keep the room of the
    /// largest batch of each, and what a record fills is up to who writes it.
    grouped: Vec<Job>,
    ends: Vec<u32>,
}

impl Jobs {
    /// Adds a job whose input is everything behind `input_at` in the scratch.
    pub(crate) fn push(&mut self, action: ActionId, input_at: usize, target: Target) {
        let narrow = |n: usize| u32::try_from(n).expect("a batch has less than 4 GiB of inputs");
        self.list.push(Job {
            action,
            input_at: narrow(input_at),
            input_len: narrow(self.scratch.len() - input_at),
            target,
        });
    }

    /// True when there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes back every job whose target starts at or behind `out_len`, when
    /// the output was truncated to that length.
    pub(crate) fn truncate(&mut self, out_len: usize) {
        while let Some(job) = self.list.last() {
            if (job.target.at as usize) < out_len {
                break;
            }
            let kept = job.input_at as usize;
            self.withdraw(kept);
            self.list.pop();
        }
    }

    /// Moves every target that starts at or behind `from` by `by` bytes: bytes
    /// were put in front of what had been written already.
    ///
    /// # Panics
    /// When a target would be moved beyond 4 GiB.
    #[cfg_attr(
        not(feature = "protobuf"),
        allow(dead_code, reason = "Protobuf alone puts lengths in front")
    )]
    pub(crate) fn shift(&mut self, from: usize, by: usize) {
        let by = u32::try_from(by).expect("what is put in front is a count or a length");
        let behind = |job: &&mut Job| job.target.at as usize >= from;
        for job in self.list.iter_mut().rev().take_while(behind) {
            let at = job.target.at.checked_add(by);
            job.target.at = at.expect("a batch stays below 4 GiB");
        }
    }

    /// The jobs of each action, in the order pushed, and all inputs.
    pub fn by_action(&mut self) -> (impl Iterator<Item = &[Job]>, &[u8]) {
        let actions = self.list.iter().map(|j| j.action.index() + 1).max();
        self.ends.clear();
        self.ends.resize(actions.unwrap_or(0), 0);
        for job in &self.list {
            self.ends[job.action.index()] += 1;
        }
        // Counts become beginnings, and these ends as the jobs are put in place.
        let mut before = 0;
        for end in &mut self.ends {
            before += std::mem::replace(end, before);
        }
        self.grouped.clone_from(&self.list);
        for job in &self.list {
            let end = &mut self.ends[job.action.index()];
            self.grouped[*end as usize] = *job;
            *end += 1;
        }
        let of_one = |a: &Job, b: &Job| a.action == b.action;
        (self.grouped.chunk_by(of_one), &self.scratch)
    }

    /// Takes back the input behind `input_at`, of a job that was not pushed or
    /// is taken back too. It is overwritten first: it was a clear value.
    pub(crate) fn withdraw(&mut self, input_at: usize) {
        overwrite::cut(&mut self.scratch, input_at);
    }

    /// Empties the list; the inputs are overwritten first, they were clear values.
    pub fn clear(&mut self) {
        self.list.clear();
        overwrite::cut(&mut self.scratch, 0);
    }
}
