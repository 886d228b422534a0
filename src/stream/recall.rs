//! What a release group remembers, read back by whoever takes its lease: on a thread of its
//! own, because the cluster may be silent.
//!
//! It is read when the lease was taken, and again when the outlet has given up what it had:
//! what was remembered of that never was. Until it is known the intake reads nothing, and a
//! rewind does not reach it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use super::StreamError;
use crate::crypto::state_key::StateKey;
use crate::kafka::client::Clients;
use crate::kafka::conditions::{Conditions, Part};
use crate::kafka::lease::Lease;
use crate::kafka::messages::Rewind;
use crate::kafka::vital::Vital;
use crate::kafka::windows_topic;
use crate::plan::lease::Lease as Planned;
use crate::record::state_row::StateRow;

/// Between two attempts to read.
const AGAIN: Duration = Duration::from_secs(1);

/// True of the keys of rows that are wanted.
pub(super) type IsOwn = Box<dyn Fn(&[u8]) -> bool + Send>;

/// What becomes of a row that does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unopened {
    /// Nothing is known before it does.
    Awaited,
    /// It says nothing: it has no bytes.
    Empty,
}

/// A question, by its number; `true`: it is told that the answer is awaited.
pub(super) type Question = (u64, bool);

/// Asks for what is remembered, and holds back what must wait for it.
pub(super) struct Recall {
    lease: Arc<Lease>,
    to_reader: Sender<Question>,
    answers: Receiver<Recalled>,
    /// The number of the last question.
    asked: u64,
    /// What was taken last.
    taken: u64,
    rewind: Option<Rewind>,
    /// Nobody wants to know any more.
    ended: Arc<AtomicBool>,
}

impl Drop for Recall {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// What a group remembers, opened, in the order in which it was written.
pub(super) struct Recalled {
    asked: u64,
    rows: Vec<StateRow>,
}

impl Recall {
    /// Starts the thread that reads; `is_own` says which rows, `unopened` what becomes of
    /// those that do not open.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(
        clients: &Clients,
        (planned, lease): (&Planned, &Arc<Lease>),
        (conditions, vital): (&Arc<Conditions>, &Vital),
        (is_own, unopened): (IsOwn, Unopened),
    ) -> Result<Recall, StreamError> {
        let (to_reader, questions) = unbounded();
        let (to_pool, answers) = unbounded();
        let ended = Arc::new(AtomicBool::new(false));
        let reader = Reader {
            clients: clients.clone(),
            windows: Arc::clone(&planned.windows),
            key: StateKey::new(&planned.key),
            conditions: Arc::clone(conditions),
            is_own,
            unopened,
            questions,
            answers: to_pool,
            ended: Arc::clone(&ended),
        };
        vital.spawn("veil-recall", move || reader.run())?;
        Ok(Recall::over(lease, to_reader, answers, ended))
    }

    fn over(
        lease: &Arc<Lease>,
        to_reader: Sender<Question>,
        answers: Receiver<Recalled>,
        ended: Arc<AtomicBool>,
    ) -> Recall {
        Recall {
            lease: Arc::clone(lease),
            to_reader,
            answers,
            asked: 0,
            taken: 0,
            rewind: None,
            ended,
        }
    }

    /// Where answers come.
    pub(super) fn answers(&self) -> &Receiver<Recalled> {
        &self.answers
    }

    /// The lease was taken, for the n-th time.
    pub(super) fn taken(&mut self, taken: u64) {
        self.noted(taken);
        self.ask(true);
    }

    /// The same, and what is remembered is asked for later.
    pub(super) fn noted(&mut self, taken: u64) {
        self.taken = taken;
    }

    /// Everything is void: what is remembered is read anew, and then the intake reads on.
    pub(super) fn rewound(&mut self, rewind: Rewind) {
        self.rewind = Some(rewind);
        self.ask(true);
    }

    /// Asks for what is remembered now. `is_awaited`: nothing goes on before it is known.
    pub(super) fn ask(&mut self, is_awaited: bool) {
        self.asked += 1;
        // A reader that is gone means that the stream ends.
        let _ = self.to_reader.send((self.asked, is_awaited));
    }

    /// What is remembered; `None`: something was asked since, and what comes is newer.
    pub(super) fn hear(&self, recalled: Recalled) -> Option<Vec<StateRow>> {
        (recalled.asked == self.asked).then_some(recalled.rows)
    }

    /// It was understood: the intake may read, from there if something was given up.
    pub(super) fn resumed(&mut self) -> Option<Rewind> {
        self.lease.knows(self.taken);
        self.rewind.take()
    }
}

#[cfg(test)]
impl Recall {
    /// One without a reader: what it asks, and where it is answered.
    pub(super) fn of_a_test(lease: &Arc<Lease>) -> (Recall, Receiver<Question>, Sender<Recalled>) {
        let (to_reader, questions) = unbounded();
        let (to_pool, answers) = unbounded();
        let recall = Recall::over(lease, to_reader, answers, Arc::default());
        (recall, questions, to_pool)
    }
}

#[cfg(test)]
impl Recalled {
    /// The answer to that question.
    pub(super) fn of_a_test(asked: u64, rows: Vec<StateRow>) -> Recalled {
        Recalled { asked, rows }
    }
}

struct Reader {
    clients: Clients,
    windows: Arc<str>,
    key: StateKey,
    conditions: Arc<Conditions>,
    is_own: IsOwn,
    unopened: Unopened,
    questions: Receiver<Question>,
    answers: Sender<Recalled>,
    ended: Arc<AtomicBool>,
}

impl Reader {
    /// Reads whenever it is asked to, until nobody asks any more.
    fn run(self) {
        let mut next = self.questions.recv().ok();
        while let Some(question) = next {
            // Only the last question is of interest.
            let question = self.questions.try_iter().last().unwrap_or(question);
            let (asked, is_awaited) = question;
            if is_awaited {
                let what = format!("reading what is remembered in `{}`", self.windows);
                self.conditions.awaits(Part::Memory, what);
            }
            next = match self.read() {
                Ok(Some(rows)) => {
                    // A pool that is gone means that the stream ends.
                    let _ = self.answers.send(Recalled { asked, rows });
                    self.questions.recv().ok()
                }
                // It was asked again, or the stream ends.
                Ok(None) => self.questions.recv().ok(),
                Err(what) => {
                    self.conditions.put(Part::Memory, what);
                    match self.questions.recv_timeout(AGAIN) {
                        Ok(newer) => Some(newer),
                        Err(RecvTimeoutError::Timeout) => Some(question),
                        Err(RecvTimeoutError::Disconnected) => None,
                    }
                }
            };
        }
    }

    /// What is there now, opened; `None`: nobody wants to know any more.
    fn read(&self) -> Result<Option<Vec<StateRow>>, String> {
        // A question that comes meanwhile stays there; nobody who can ask is the end.
        let is_wanted = || self.questions.is_empty() && !self.ended.load(Ordering::Relaxed);
        let sealed = windows_topic::read(&self.clients, &self.windows, &self.is_own, &is_wanted)?;
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let opened = sealed.into_iter().map(|row| self.open(row));
        Ok(Some(opened.collect::<Result<_, _>>()?))
    }

    fn open(&self, row: StateRow) -> Result<StateRow, String> {
        let sealed = row.value.as_deref().unwrap_or_default();
        let opened = match (self.key.open(&row.key, sealed), self.unopened) {
            (Err(_), Unopened::Empty) => Ok(Default::default()),
            (opened, _) => opened,
        };
        let value = opened.map_err(|why| {
            format!(
                "the row `{}` of `{}` does not open: {why}; nobody is released before it does, because nobody knows who was: name the key that sealed it, or stop all instances and make the topic anew, which releases everybody again",
                row.key.escape_ascii(),
                self.windows
            )
        })?;
        Ok(StateRow {
            value: Some(value.to_vec()),
            ..row
        })
    }
}
