//! Decisions that live as long as the process: for looking at the page, and for tests.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::decisions::{Decisions, NotWritten, Place, Stand, Standings};
use crate::consent::state::Statement;
use crate::record::SubjectId;

/// A store in memory: one topic of one partition.
pub struct Memory {
    topic: Arc<str>,
    kept: Mutex<Kept>,
    turn: Condvar,
}

#[derive(Default)]
struct Kept {
    stands: HashMap<SubjectId, Standings>,
    count: i64,
    is_gone: bool,
    is_held: bool,
    /// Writes that came, and how many of them are through: each in its turn.
    came: u64,
    through: u64,
}

impl Memory {
    /// Nobody has decided anything.
    pub fn new(topic: &str) -> Memory {
        Memory {
            topic: topic.into(),
            kept: Mutex::default(),
            turn: Condvar::new(),
        }
    }

    /// From now on nothing is known and nothing can be written, or it can again.
    pub fn is_gone(&self, is_gone: bool) {
        self.kept().is_gone = is_gone;
    }

    /// From now on writing waits, or goes on: in the order in which it came.
    pub fn hold(&self, is_held: bool) {
        self.kept().is_held = is_held;
        self.turn.notify_all();
    }

    /// How many writes wait.
    pub fn waiting(&self) -> u64 {
        let kept = self.kept();
        kept.came - kept.through
    }

    /// How many decisions were written.
    pub fn count(&self) -> i64 {
        self.kept().count
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Decisions for Memory {
    fn topic(&self) -> Arc<str> {
        Arc::clone(&self.topic)
    }

    fn standing(&self, who: SubjectId) -> Option<Standings> {
        let kept = self.kept();
        match kept.is_gone {
            true => None,
            false => Some(kept.stands.get(&who).cloned().unwrap_or_default()),
        }
    }

    fn write(
        &self,
        who: SubjectId,
        category: &str,
        statement: &Statement,
    ) -> Result<Place, NotWritten> {
        let mut kept = self.kept();
        let number = kept.came;
        kept.came += 1;
        let waited = self
            .turn
            .wait_while(kept, |kept| kept.is_held || kept.through < number);
        kept = waited.unwrap_or_else(PoisonError::into_inner);
        kept.through += 1;
        self.turn.notify_all();
        if kept.is_gone {
            let why = "the store is not there".to_owned();
            return Err(NotWritten { why });
        }
        let of_person = kept.stands.entry(who).or_default();
        of_person.insert(category.to_owned(), Stand::of(statement));
        kept.count += 1;
        Ok(Place {
            topic: Arc::clone(&self.topic),
            partition: 0,
            offset: kept.count - 1,
        })
    }
}
