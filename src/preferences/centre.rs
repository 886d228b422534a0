//! What the pages are served from.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::caller::Proxies;
use super::idempotency::Remembered;
use super::turns::Turns;
use crate::admin::Token;
use crate::consent::state::{By, Statement};
use crate::crypto::link::LinkKey;
use crate::plan::live::Category;
use crate::record::{Reason, SubjectId};
use crate::subject::{Decisions, Ended, Event, Evidence, Is, Limits, Place};

/// Decisions that are written at a time: each waits for the store on a thread.
pub(super) const WRITES: usize = 32;

/// Whom a kind and an identifier name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A person.
    Who(SubjectId),
    /// Nobody: a word that stands for no identifier.
    Nobody,
    /// The policy has no such kind.
    NoKind,
    /// It is no identifier of that kind.
    Bad(Reason),
}

/// Something that was done, to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done<'a> {
    /// A decision was written.
    Decision {
        /// In which category, one of the policy's.
        category: &'a str,
        /// Which.
        is: Is,
        /// By which way it came.
        by: By,
    },
    /// A decision could not be recorded or written.
    Failed,
    /// A program looked up how somebody stands.
    LookedUp,
    /// Somebody asked too often.
    Refused,
}

/// Everything that the pages are served from.
pub struct Centre {
    /// What people are asked.
    pub categories: Vec<Category>,
    /// How long a grant without an end of its own lasts, in milliseconds.
    pub expires_ms: Option<i64>,
    /// Whom a kind and an identifier name.
    #[expect(clippy::type_complexity, reason = "one place names it")]
    pub named: Box<dyn Fn(&str, &str) -> Named + Send + Sync>,
    /// Seals and opens links: the key that does so now.
    pub links: Box<dyn Fn() -> Arc<LinkKey> + Send + Sync>,
    /// Where decisions are kept.
    pub decisions: Arc<dyn Decisions>,
    /// Where what happens is recorded before.
    pub evidence: Arc<dyn Evidence>,
    /// What programs must know; `None`: their calls are closed.
    pub token: Option<Token>,
    /// Under which address people reach the pages: `https://choices.example`.
    pub address: String,
    /// Whose word on where a request comes from is taken.
    pub proxies: Proxies,
    /// Told of what was done.
    pub counted: Box<dyn Fn(Done<'_>) + Send + Sync>,
    /// The clock.
    pub clock: fn() -> Timestamp,
    /// Who asked how often.
    pub limits: Limits,
    /// What was answered to calls that may be made again.
    pub remembered: Remembered,
    /// How many may write at a time.
    pub writes: Arc<Semaphore>,
    /// Whose turn it is to be written for.
    pub turns: Arc<Turns>,
}

impl Centre {
    /// As many writers as may be.
    pub fn writers() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(WRITES))
    }

    /// True when nothing is being written.
    pub fn is_idle(&self) -> bool {
        self.writes.available_permits() == WRITES
    }

    /// Records and writes decisions of one person on threads of their own, denials
    /// first; the place of the last. What was written before one failed stays written.
    ///
    /// # Errors
    /// When one is not known to be recorded and written; the cause is in the log.
    pub(super) async fn write(
        self: &Arc<Self>,
        who: SubjectId,
        decisions: Vec<(String, Statement)>,
    ) -> Result<Vec<Place>, Failed> {
        let written = self.write_and(who, decisions, |written| written).await;
        written.unwrap_or(Err(Failed))
    }

    /// As [`Centre::write`], when what came before it of the same person is written, and
    /// then tells it to `then` on the same thread. Dropped while
    /// it waits for its turn and a place among the writers nothing is written and `then` is dropped too;
    /// what has begun is finished and told, whoever still waits for it.
    ///
    /// # Errors
    /// When `then` was not told.
    pub(super) async fn write_and<T: Send + 'static>(
        self: &Arc<Self>,
        who: SubjectId,
        mut decisions: Vec<(String, Statement)>,
        then: impl FnOnce(Result<Vec<Place>, Failed>) -> T + Send + 'static,
    ) -> Result<T, Failed> {
        decisions.sort_by_key(|(_, d)| d.granted);
        let turn = self.turns.turn(who).await;
        let Ok(place) = Arc::clone(&self.writes).acquire_owned().await else {
            return Err(Failed);
        };
        let centre = Arc::clone(self);
        let written = tokio::task::spawn_blocking(move || {
            let each = decisions.iter();
            let written: Result<Vec<Place>, Failed> = each
                .map(|(category, decision)| centre.write_one(who, category, decision))
                .collect();
            if written.is_err() {
                (centre.counted)(Done::Failed);
            }
            let told = then(written);
            drop((turn, place));
            told
        });
        written.await.map_err(|_| {
            (self.counted)(Done::Failed);
            Failed
        })
    }

    fn write_one(
        &self,
        who: SubjectId,
        category: &str,
        decision: &Statement,
    ) -> Result<Place, Failed> {
        let (is, by) = (Is::of(decision), decision.by);
        let event = Event::Decision {
            who,
            category,
            is,
            by,
        };
        let ended = self.record(&event)?;
        // What was written before it in this process is seen by now, and was not when the
        // request came.
        let had = decision.had || !decision.granted && self.may_be_granted(who, category);
        let decision = &Statement {
            had,
            ..decision.clone()
        };
        let written = self.decisions.write(who, category, decision);
        ended(written.is_ok());
        let place = written.map_err(|error| {
            tracing::error!(%error, "a decision may be lost: whoever made it was told to try again");
            Failed
        })?;
        (self.counted)(Done::Decision { category, is, by });
        Ok(place)
    }

    /// False when it is known that nothing is granted.
    fn may_be_granted(&self, who: SubjectId, category: &str) -> bool {
        let now = (self.clock)();
        self.decisions.standing(who).is_none_or(|standing| {
            let stand = standing.get(category);
            stand.is_some_and(|s| s.is_granted(now, self.expires_ms))
        })
    }

    /// Records what is about to happen.
    ///
    /// # Errors
    /// When it cannot be; the cause is in the log.
    pub(super) fn record(&self, event: &Event<'_>) -> Result<Ended, Failed> {
        self.evidence.before(event).map_err(|error| {
            tracing::error!(%error, "refused: nothing is done that is not recorded before");
            Failed
        })
    }

    /// The category of that name.
    pub(super) fn category(&self, name: &str) -> Option<&Category> {
        self.categories.iter().find(|c| c.name == name)
    }
}

/// It was not done, or that is not known; the log says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed;
