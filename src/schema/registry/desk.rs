//! The desk: a machine that is asked for schemas and says which call comes next.
//!
//! Nothing here blocks, and nothing here knows what time it is: who runs it brings both.
//! What a registry says is final; what it does not say is waited for.

mod telling;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backoff::Chance;
use super::binder::{Binder, Key, Refusal};
use super::cache::{Bindings, Cache, REFUSALS_MAX, REFUSED_FOR};
use super::call::{Call, Outcome};
use super::ration::Rations;
use super::task::{Drafting, Stage, Task, Turn, Waiter};
use super::texts::Texts;
use super::told::{How, Rules, Subject, Told, Warmed};
use super::trouble::{Trouble, Why};
use crate::record::lane::Lane;
use crate::schema::frame::Part;

/// Most schemas that are asked for at a time.
pub const ASKED_MAX: usize = 64;

/// What is to be done next.
#[derive(Debug)]
pub enum Next<'d> {
    /// That call; then its answer, to [`Desk::answered`], before anything else is asked.
    Call(Call<'d>),
    /// Something was done that took time; there may be more.
    More,
    /// Nothing before then; `None`: nothing until somebody asks.
    Wait(Option<Instant>),
}

/// The desk. `B` makes its bindings.
pub struct Desk<B: Binder> {
    binder: B,
    rules: Rules,
    tasks: Vec<Task<B::Draft>>,
    /// The task whose call is under way.
    asked: Option<usize>,
    cache: Cache<B::Binding>,
    texts: Texts,
    rations: Rations,
    told: VecDeque<Told>,
    warmed: VecDeque<Warmed>,
    complaints: VecDeque<String>,
    /// What was complained of; each is said once.
    said: HashSet<(Key, Refusal)>,
    /// Schemas of which it was said what they lack.
    lacking: HashSet<Key>,
    /// Subjects that what leaves is not compatible with, until that is asked again.
    incompatible: Vec<(Instant, Box<str>)>,
    trouble: Option<Trouble>,
    refused: [u64; Refusal::ALL.len()],
    chance: Chance,
}

impl<B: Binder> Desk<B> {
    /// A desk that knows nothing. `seed`: by which its waits differ from those of others.
    pub fn new(binder: B, rules: Rules, seed: u64) -> Self {
        Desk {
            binder,
            rules,
            tasks: Vec::new(),
            asked: None,
            cache: Cache::default(),
            texts: Texts::default(),
            rations: Rations::default(),
            told: VecDeque::new(),
            warmed: VecDeque::new(),
            complaints: VecDeque::new(),
            said: HashSet::new(),
            lacking: HashSet::new(),
            incompatible: Vec::new(),
            trouble: None,
            refused: [0; Refusal::ALL.len()],
            chance: Chance(seed),
        }
    }

    /// A lane cannot go on without that schema. It is told once, by [`Desk::told`]; of a
    /// lane that asks again before that only the last question holds.
    pub fn ask(&mut self, lane: Lane, key: Key, now: Instant) {
        self.leave(&lane, now);
        self.cache.tidy(now);
        if self.cache.knows(&key) {
            return self.tell(lane, key, How::Known);
        }
        let may_wait = self.rations.left(&lane, self.rules.unknown_wait, now);
        let at = self.tasks.iter().position(|t| t.key == Some(key));
        let at = at.unwrap_or_else(|| {
            let text = self.texts.of(&key.id);
            self.tasks.push(Task::new(Some(key), text, now));
            self.tasks.len() - 1
        });
        if self.tasks[at].is_missing() && may_wait.is_zero() {
            return self.tell(lane, key, How::GivenUp);
        }
        let waiter = Waiter {
            lane,
            joined: now,
            may_wait,
            waited: Duration::ZERO,
        };
        self.tasks[at].waiters.push(waiter);
    }

    /// A lane does not wait any more: it was revoked, or is read anew.
    pub fn leave(&mut self, lane: &Lane, now: Instant) {
        self.told.retain(|told| told.lane != *lane);
        for task in &mut self.tasks {
            let left = task.waiters.extract_if(.., |waiter| waiter.lane == *lane);
            for waiter in left {
                self.rations.spend(lane, waiter.waited, now);
            }
        }
    }

    /// Binds the newest version of a subject, so that a policy that cannot work with it is
    /// known before anything is read. Said once, by [`Desk::warmed`].
    pub fn warm(&mut self, subject: Subject, now: Instant) {
        let mut task = Task::new(None, None, now);
        task.ahead.push(subject);
        self.tasks.push(task);
    }

    /// Another policy: what was bound is bound anew, and who waits goes on waiting.
    pub fn replace(&mut self, binder: B, now: Instant) {
        // An answer to what was asked for the other policy is none any more.
        self.asked = None;
        self.binder = binder;
        self.said.clear();
        self.lacking.clear();
        self.incompatible.clear();
        for task in &mut self.tasks {
            if matches!(task.stage, Stage::Whole | Stage::Derived(_)) {
                task.stage = Stage::Whole;
                task.due = now;
            }
        }
        for key in self.cache.replace() {
            let text = self.texts.of(&key.id);
            if text.is_some() && !self.tasks.iter().any(|t| t.key == Some(key)) {
                let mut task = Task::new(Some(key), text, now);
                task.again = true;
                self.tasks.push(task);
            }
        }
    }

    /// Why another policy can make nothing of a schema that is bound; `None`: it can of all.
    pub fn complaint_under(&self, binder: &B) -> Option<String> {
        let bound = self.cache.bound().into_iter();
        let texts = bound.filter_map(|key| Some((key, self.texts.of(&key.id)?)));
        let mut complaints = texts.filter_map(|(key, text)| {
            let what = binder.bind(&key, &text).err()?;
            let id = key.id;
            Some(format!(
                "records of schema {id} would be refused as schema_unusable: {what}"
            ))
        });
        complaints.next()
    }

    /// What is to be done next.
    pub fn next(&mut self, now: Instant) -> Next<'_> {
        let tidied = self.cache.tidy(now);
        self.incompatible.retain(|(until, _)| *until > now);
        self.tasks.retain(|t| t.is_wanted() || t.again);
        let at = match self.pick(now) {
            Some(at) if self.tasks[at].due <= now => at,
            picked => {
                let due = picked.map(|at| self.tasks[at].due);
                return Next::Wait(due.into_iter().chain(tidied).min());
            }
        };
        match self.tasks[at].call() {
            Ok(Some(_)) => {
                self.asked = Some(at);
                self.tasks[at].was_asked_for = true;
                // Asked for twice: what was looked at first cannot leave from a branch.
                match self.tasks[at].call() {
                    Ok(Some(call)) => Next::Call(call),
                    _ => unreachable!("there was a call a moment ago"),
                }
            }
            Ok(None) => {
                self.bind(at, now);
                Next::More
            }
            Err(why) => {
                self.refuse(at, Refusal::Unusable, why.to_owned(), now);
                Next::More
            }
        }
    }

    /// The answer to the call that [`Desk::next`] gave, and whose it is.
    pub fn answered(&mut self, outcome: Outcome, url: &Arc<str>, now: Instant) {
        let Some(at) = self.asked.take() else { return };
        let task = &mut self.tasks[at];
        let turn = task.answered(outcome, self.rules.registers);
        if !matches!(turn, Turn::Trouble(_)) {
            task.reached();
        }
        match turn {
            Turn::On => {
                task.found(now);
                self.meet(at, now);
                self.is_reached(now);
            }
            Turn::Done => {
                self.finish(at, now);
                self.is_reached(now);
            }
            Turn::NoSubject => {
                let task = self.tasks.remove(at);
                for subject in task.ahead {
                    let came = Ok(None);
                    self.warmed.push_back(Warmed { subject, came });
                }
                self.is_reached(now);
            }
            Turn::Missing => {
                self.missing(at, now);
                self.is_reached(now);
            }
            Turn::Incompatible(subject) => {
                let what = format!(
                    "the schema of what leaves is not compatible with what stands under `{subject}`"
                );
                self.incompatible.retain(|(_, other)| *other != subject);
                let until = now + REFUSED_FOR;
                self.incompatible.push((until, subject));
                self.refuse(at, Refusal::Incompatible, what, now);
                self.is_reached(now);
            }
            Turn::Unusable(what) => {
                self.refuse(at, Refusal::Unusable, what, now);
                self.is_reached(now);
            }
            Turn::Trouble(why) => self.in_trouble(at, why, url, now),
        }
    }

    /// The next lane that is to be told something.
    pub fn told(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    /// The next subject of which it is known what came of binding ahead.
    pub fn warmed(&mut self) -> Option<Warmed> {
        self.warmed.pop_front()
    }

    /// The next complaint for the log: names of schemas and of the policy, no data.
    pub fn complaint(&mut self) -> Option<String> {
        self.complaints.pop_front()
    }

    /// What is known now.
    pub fn bindings(&mut self) -> &Arc<Bindings<B::Binding>> {
        self.cache.published()
    }

    /// How many schemas are bound.
    pub fn bound(&self) -> usize {
        self.cache.bindings()
    }

    /// By output the most fields that are named and that a schema which is bound lacks.
    pub fn fields_missing(&mut self) -> Vec<usize> {
        let mut most: Vec<usize> = Vec::new();
        for binding in self.cache.published().ready(Part::Value) {
            let missing = self.binder.missing(binding);
            most.resize(most.len().max(missing.len()), 0);
            most.iter_mut()
                .zip(missing)
                .for_each(|(most, n)| *most = n.max(*most));
        }
        most
    }

    /// How many lanes wait.
    pub fn waiting(&self) -> usize {
        self.tasks.iter().map(|t| t.waiters.len()).sum()
    }

    /// How many schemas have been asked for and not answered yet.
    #[cfg(test)]
    pub(crate) fn asked_for(&self) -> usize {
        self.tasks.iter().filter(|t| t.was_asked_for).count()
    }

    /// How often each of [`Refusal::ALL`] was said, of schemas and of lanes.
    pub fn refused(&self) -> [u64; Refusal::ALL.len()] {
        self.refused
    }

    /// What keeps somebody waiting now.
    pub fn trouble(&self) -> Option<&Trouble> {
        let is_in = |t: &Task<_>| t.in_trouble.is_some() && t.is_wanted();
        let trouble = self.trouble.as_ref();
        trouble.filter(|_| self.tasks.iter().any(is_in))
    }

    /// The subjects that what leaves is not compatible with.
    pub fn incompatible(&self) -> impl Iterator<Item = &str> {
        self.incompatible.iter().map(|(_, subject)| &**subject)
    }

    /// The task that is due first, of those that may be asked for: the first
    /// [`ASKED_MAX`], and before others those that somebody wants.
    fn pick(&self, now: Instant) -> Option<usize> {
        let all = || self.tasks.iter().enumerate();
        let wanted = all().filter(|(_, t)| t.is_wanted());
        let others = all().filter(|(_, t)| !t.is_wanted());
        let may_be_asked = wanted.chain(others).take(ASKED_MAX);
        let first = may_be_asked.min_by_key(|(_, t)| t.due.max(now));
        first.map(|(at, _)| at)
    }

    /// A schema whose key has just become known may be known, or asked for by others.
    fn meet(&mut self, at: usize, now: Instant) {
        let Some(key) = self.tasks[at].key else {
            return;
        };
        let is_same = |(n, t): &(usize, &Task<_>)| *n != at && t.key == Some(key);
        let other = self.tasks.iter().enumerate().find(is_same).map(|(n, _)| n);
        if self.cache.knows(&key) {
            let task = self.tasks.remove(at);
            self.done(task, key, Ok(()), now);
        } else if let Some(other) = other {
            let ahead = std::mem::take(&mut self.tasks[at].ahead);
            self.tasks[other].ahead.extend(ahead);
            self.tasks.remove(at);
        }
    }

    /// What is whole is bound; what then lacks no id is ready.
    fn bind(&mut self, at: usize, now: Instant) {
        let task = &mut self.tasks[at];
        if let Stage::References(gathering) = &task.stage {
            let text = Arc::new(gathering.whole());
            task.text = Some(text.clone());
            task.stage = Stage::Whole;
            if let Some(key) = task.key {
                self.texts.keep(key.id, text);
            }
        }
        let task = &mut self.tasks[at];
        let (Some(key), Some(text)) = (task.key, task.text.clone()) else {
            self.tasks.remove(at);
            return;
        };
        let kind = self.binder.kind(key.part);
        if text.kind != kind {
            // The registry is sure of it: to wait would let who chose the id stop the lane.
            let what = format!("it is {} and not {}", text.kind.as_str(), kind.as_str());
            return self.refuse(at, Refusal::Unusable, what, now);
        }
        match self.binder.bind(&key, &text) {
            Ok(drafted) => {
                let is_done = drafted.derived.is_empty();
                task.stage = Stage::Derived(Drafting::new(drafted));
                if is_done {
                    self.finish(at, now);
                }
            }
            Err(what) => self.refuse(at, Refusal::Unusable, what, now),
        }
    }

    fn finish(&mut self, at: usize, now: Instant) {
        let task = &mut self.tasks[at];
        let stage = std::mem::replace(&mut task.stage, Stage::Whole);
        let (Some(key), Stage::Derived(Drafting { drafted, ids, .. })) = (task.key, stage) else {
            unreachable!("only what has a draft is finished");
        };
        let binding = match self.binder.finish(drafted.draft, &ids) {
            Ok(binding) => binding,
            Err(what) => return self.refuse(at, Refusal::Unusable, what, now),
        };
        let task = self.tasks.remove(at);
        self.tell_what_lacks(key, &binding);
        let bytes = self.binder.weight(&binding);
        self.cache.ready(key, binding, bytes, now);
        self.done(task, key, Ok(()), now);
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
