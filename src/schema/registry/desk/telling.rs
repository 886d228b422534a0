//! What a schema came to, told to all who wait for it; and what keeps them waiting.

use std::sync::Arc;
use std::time::Instant;

use super::{
    Binder, Desk, How, Key, Lane, REFUSALS_MAX, Refusal, Stage, Task, Told, Trouble, Waiter,
    Warmed, Why,
};
use crate::schema::frame::Part;

impl<B: Binder> Desk<B> {
    pub(super) fn refuse(&mut self, at: usize, refusal: Refusal, what: String, now: Instant) {
        let task = self.tasks.remove(at);
        let Some(key) = task.key else { return };
        self.refused[refusal as usize] += 1;
        self.cache.refuse(key, refusal, now);
        if refusal != Refusal::Unknown
            && self.said.len() < REFUSALS_MAX
            && self.said.insert((key, refusal))
        {
            let id = key.id;
            let complaint = format!(
                "records of schema {id} are refused as {}: {what}",
                refusal.as_str()
            );
            self.complaints.push_back(complaint);
        }
        self.done(task, key, Err((refusal, what)), now);
    }

    /// Says once of a schema of values which fields it lacks.
    pub(super) fn tell_what_lacks(&mut self, key: Key, binding: &B::Binding) {
        let is_new = key.part == Part::Value && self.lacking.len() < REFUSALS_MAX;
        if !is_new || self.lacking.contains(&key) {
            return;
        }
        if let Some(what) = self.binder.lacks(binding) {
            self.lacking.insert(key);
            self.complaints
                .push_back(format!("schema {}: {what}", key.id));
        }
    }

    /// Tells all who wait.
    pub(super) fn done(
        &mut self,
        task: Task<B::Draft>,
        key: Key,
        came: Result<(), (Refusal, String)>,
        now: Instant,
    ) {
        for waiter in task.waiters {
            self.rations.spend(&waiter.lane, waiter.waited, now);
            self.tell(waiter.lane, key, How::Known);
        }
        for subject in task.ahead {
            let came = came.clone().map(|()| Some(key));
            self.warmed.push_back(Warmed { subject, came });
        }
    }

    /// No registry has it: who may not wait any longer is told.
    pub(super) fn missing(&mut self, at: usize, now: Instant) {
        let (most, task) = (self.rules.unknown_wait, &mut self.tasks[at]);
        task.is_not_there(now, most, &mut self.chance);
        if task.missed >= most {
            return self.refuse(at, Refusal::Unknown, "no registry has it".to_owned(), now);
        }
        let Some(key) = task.key else { return };
        let is_over = |waiter: &Waiter| waiter.waited >= waiter.may_wait;
        // Others may wait on, who ask later too, and what a lane has left is its own.
        let over: Vec<Waiter> = task.waiters.extract_if(.., |w| is_over(w)).collect();
        self.refused[Refusal::Unknown as usize] += over.len() as u64;
        for waiter in over {
            self.rations.spend(&waiter.lane, waiter.waited, now);
            self.tell(waiter.lane, key, How::GivenUp);
        }
    }

    pub(super) fn in_trouble(&mut self, at: usize, why: Why, url: &Arc<str>, now: Instant) {
        let most = self.rules.outage_wait;
        let task = &mut self.tasks[at];
        task.is_in_trouble(now, most, &mut self.chance);
        let since = task.in_trouble.unwrap_or(now);
        let is_over = most.is_some_and(|most| now.saturating_duration_since(since) >= most);
        let subject = match &task.stage {
            Stage::Derived(drafting) => drafting.subject().map(Box::from),
            Stage::Latest => task.ahead.first().map(|subject| subject.name.clone()),
            Stage::Schema | Stage::References(_) | Stage::Whole => None,
        };
        let url = url.clone();
        self.trouble = Some(Trouble { url, why, subject });
        if is_over && self.tasks[at].key.is_some() {
            let what = "the registry was waited for long enough".to_owned();
            self.refuse(at, Refusal::Unknown, what, now);
        }
    }

    /// A registry is there again: nobody waits out what was to spare it.
    pub(super) fn is_reached(&mut self, now: Instant) {
        if self.trouble.take().is_some() {
            self.tasks.iter_mut().for_each(|task| task.wake(now));
        }
    }

    pub(super) fn tell(&mut self, lane: Lane, key: Key, how: How) {
        self.told.push_back(Told { lane, key, how });
    }
}
