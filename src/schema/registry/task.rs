//! One schema on its way from an id to a binding.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backoff::{Backoff, Chance};
use super::binder::{Drafted, Key};
use super::call::{Call, Outcome, Schema, Version};
use super::fetched::{Gathering, Text};
use super::told::Subject;
use super::trouble::Why;
use crate::record::lane::Lane;
use crate::schema::frame::SchemaId;

/// Longest wait between two asks in trouble.
const TROUBLE_WAIT_MAX: Duration = Duration::from_secs(30);
/// And after one was told that there is none: who comes late comes soon.
const MISSING_WAIT_MAX: Duration = Duration::from_secs(5);

/// How far it is.
#[derive(Debug)]
pub(super) enum Stage<D> {
    /// The newest version of a subject is asked for.
    Latest,
    /// The schema is asked for.
    Schema,
    /// What it refers to is asked for.
    References(Gathering),
    /// It is whole, and to be bound.
    Whole,
    /// The ids of what leaves are asked for.
    Derived(Drafting<D>),
}

/// A draft that lacks ids.
#[derive(Debug)]
pub(super) struct Drafting<D> {
    pub(super) drafted: Drafted<D>,
    pub(super) ids: Vec<u64>,
    pub(super) step: Step,
}

/// What is asked of a schema of what leaves. Looked up first: one that is there already
/// need not be compatible with what came after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    LookUp,
    Check,
    Register,
}

/// What an answer makes of a task.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The next call, or to be bound.
    On,
    /// No registry has the schema.
    Missing,
    /// The subject has no version.
    NoSubject,
    /// The schema of what leaves is not compatible with what left before.
    Incompatible(Box<str>),
    /// It cannot be used, for that reason.
    Unusable(String),
    /// Nobody knows.
    Trouble(Why),
    /// All ids are there.
    Done,
}

/// A lane that waits.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) lane: Lane,
    pub(super) joined: Instant,
    /// So long it may wait for what no registry has.
    pub(super) may_wait: Duration,
    /// So long it has.
    pub(super) waited: Duration,
}

/// One schema on its way.
#[derive(Debug)]
pub(super) struct Task<D> {
    /// Which; `None` while only the subject is known.
    pub(super) key: Option<Key>,
    pub(super) stage: Stage<D>,
    /// The schema, once it is whole.
    pub(super) text: Option<Arc<Text>>,
    pub(super) waiters: Vec<Waiter>,
    /// It is bound ahead, for those subjects.
    pub(super) ahead: Vec<Subject>,
    /// It was bound under another policy, and is bound anew unless that meets trouble.
    pub(super) again: bool,
    /// A call was made for it.
    pub(super) was_asked_for: bool,
    /// Not asked for before.
    pub(super) due: Instant,
    /// When it was first in trouble, without an answer since.
    pub(super) in_trouble: Option<Instant>,
    /// It need not wait for its turn once, since a registry was reached.
    was_woken: bool,
    /// When a registry said last that there is none, without another answer since.
    missing: Option<Instant>,
    /// So long it has been missing in all.
    pub(super) missed: Duration,
    trouble_backoff: Backoff,
    missing_backoff: Backoff,
}

impl<D> Task<D> {
    /// One that begins now.
    pub(super) fn new(key: Option<Key>, text: Option<Arc<Text>>, now: Instant) -> Self {
        let stage = match (&key, &text) {
            (None, _) => Stage::Latest,
            (Some(_), None) => Stage::Schema,
            (Some(_), Some(_)) => Stage::Whole,
        };
        Task {
            key,
            stage,
            text,
            waiters: Vec::new(),
            ahead: Vec::new(),
            again: false,
            was_asked_for: false,
            due: now,
            in_trouble: None,
            was_woken: false,
            missing: None,
            missed: Duration::ZERO,
            trouble_backoff: Backoff::new(TROUBLE_WAIT_MAX),
            missing_backoff: Backoff::new(MISSING_WAIT_MAX),
        }
    }

    /// True when somebody waits for it.
    pub(super) fn is_wanted(&self) -> bool {
        !self.waiters.is_empty() || !self.ahead.is_empty()
    }

    /// True while a registry says that there is none.
    pub(super) fn is_missing(&self) -> bool {
        self.missing.is_some()
    }

    /// The call to be made; `None`: it is to be bound, or what it refers to cannot be used,
    /// for that reason.
    pub(super) fn call(&mut self) -> Result<Option<Call<'_>>, &'static str> {
        Ok(Some(match &mut self.stage {
            Stage::Latest => match self.ahead.first() {
                Some(subject) => Call::Version(&subject.name, Version::Latest),
                None => return Ok(None),
            },
            Stage::Schema => match &self.key {
                Some(key) => Call::Schema(key.id),
                None => return Ok(None),
            },
            Stage::References(gathering) => match gathering.wanted()? {
                Some((subject, version)) => Call::Version(subject, Version::Number(version)),
                None => return Ok(None),
            },
            Stage::Whole => return Ok(None),
            Stage::Derived(drafting) => match drafting.drafted.derived.get(drafting.ids.len()) {
                None => return Ok(None),
                Some(derived) => {
                    let (subject, kind, text) = (&*derived.subject, derived.kind, &*derived.text);
                    match drafting.step {
                        Step::LookUp => Call::LookUp(subject, kind, text),
                        Step::Check => Call::Check(subject, kind, text),
                        Step::Register => Call::Register(subject, kind, text),
                    }
                }
            },
        }))
    }

    /// Takes the answer to its call. `registers`: what leaves may be registered.
    pub(super) fn answered(&mut self, outcome: Outcome, registers: bool) -> Turn {
        match (&mut self.stage, outcome) {
            (_, Outcome::Trouble(why)) => Turn::Trouble(why),
            (Stage::Latest, Outcome::Missing) => Turn::NoSubject,
            (Stage::Latest, Outcome::Schema(schema)) => self.begins(schema),
            (Stage::Schema | Stage::References(_), Outcome::Missing) => Turn::Missing,
            (Stage::Schema, Outcome::Schema(schema)) => self.gather(schema),
            (Stage::References(gathering), Outcome::Schema(schema)) => {
                match gathering.got(schema) {
                    Ok(()) => Turn::On,
                    Err(why) => Turn::Unusable(why.to_owned()),
                }
            }
            (Stage::Derived(drafting), outcome) => drafting.answered(outcome, registers),
            _ => Turn::Trouble(Why::Unlike("an answer to another call")),
        }
    }

    /// The newest version of the subject is there.
    fn begins(&mut self, schema: Schema) -> Turn {
        let id = schema.id.and_then(|id| u32::try_from(id).ok());
        let (Some(id), Some(subject)) = (id, self.ahead.first()) else {
            return Turn::Trouble(Why::Unlike("a version without an id"));
        };
        self.key = Some(Key {
            part: subject.part,
            id: SchemaId::Number(id),
            message: subject.message,
        });
        self.gather(schema)
    }

    fn gather(&mut self, schema: Schema) -> Turn {
        self.stage = Stage::References(Gathering::new(schema));
        Turn::On
    }

    /// A registry answered, whatever it said.
    pub(super) fn reached(&mut self) {
        (self.in_trouble, self.was_woken) = (None, false);
        self.trouble_backoff.reset();
    }

    /// A registry answered somebody else: if this one waits in trouble, it need not. Once,
    /// or what troubles this schema alone would be asked for with every other.
    pub(super) fn wake(&mut self, now: Instant) {
        if self.in_trouble.is_some() && !std::mem::replace(&mut self.was_woken, true) {
            self.due = now;
        }
    }

    /// It is there.
    pub(super) fn found(&mut self, now: Instant) {
        self.missing = None;
        self.missing_backoff.reset();
        self.due = now;
    }

    /// It is not there, and is asked for again, at the latest when the first wait is over.
    /// `most`: so long it may be missing in all.
    pub(super) fn is_not_there(&mut self, now: Instant, most: Duration, chance: &mut Chance) {
        self.again = false;
        let since = self.missing.replace(now);
        let passed = |from: Instant| now.saturating_duration_since(from);
        if let Some(since) = since {
            self.missed += passed(since);
            for waiter in &mut self.waiters {
                waiter.waited += passed(since.max(waiter.joined));
            }
        }
        let left = |waiter: &Waiter| waiter.may_wait.saturating_sub(waiter.waited);
        let over = self.waiters.iter().map(left).filter(|left| !left.is_zero());
        let over = over.min().unwrap_or(Duration::MAX);
        let wait = self.missing_backoff.next(chance);
        self.due = now + wait.min(over).min(most.saturating_sub(self.missed));
    }

    /// Nobody knows, and it is asked for again. `most`: so long at most it may be so.
    pub(super) fn is_in_trouble(
        &mut self,
        now: Instant,
        most: Option<Duration>,
        chance: &mut Chance,
    ) {
        // What passes now is not waited for something that is not there.
        (self.missing, self.again) = (None, false);
        let since = *self.in_trouble.get_or_insert(now);
        let wait = self.trouble_backoff.next(chance);
        let left = most.map(|most| (since + most).saturating_duration_since(now));
        self.due = now + left.map_or(wait, |left| wait.min(left));
    }
}

impl<D> Drafting<D> {
    pub(super) fn new(drafted: Drafted<D>) -> Self {
        Drafting {
            drafted,
            ids: Vec::new(),
            step: Step::LookUp,
        }
    }

    /// The subject that is asked about.
    pub(super) fn subject(&self) -> Option<&str> {
        let derived = self.drafted.derived.get(self.ids.len());
        derived.map(|derived| &*derived.subject)
    }

    fn answered(&mut self, outcome: Outcome, registers: bool) -> Turn {
        let subject = || self.subject().unwrap_or_default();
        self.step = match (self.step, outcome) {
            (Step::LookUp | Step::Register, Outcome::Id(id)) => {
                self.ids.push(id);
                self.step = Step::LookUp;
                return match self.ids.len() == self.drafted.derived.len() {
                    true => Turn::Done,
                    false => Turn::On,
                };
            }
            (Step::LookUp, Outcome::Missing) if registers => Step::Check,
            (Step::LookUp, Outcome::Missing) => return Turn::Trouble(Why::NotRegistered),
            // Of a subject that is not there yet nothing is said.
            (Step::Check, Outcome::Compatible(true) | Outcome::Missing) => Step::Register,
            (Step::Check, Outcome::Compatible(false))
            | (Step::Check | Step::Register, Outcome::Conflict) => {
                return Turn::Incompatible(subject().into());
            }
            (_, Outcome::NoSchema) => {
                let subject = subject();
                return Turn::Unusable(format!(
                    "the registry does not take the schema of what leaves under `{subject}`"
                ));
            }
            _ => return Turn::Trouble(Why::Unlike("an answer to another call")),
        };
        Turn::On
    }
}
