//! Decisions that live as long as the process: for looking at the page, and for tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::decisions::{Decisions, NotWritten, Place, Stand, Standings};
use crate::consent::state::Statement;
use crate::record::SubjectId;

/// A store in memory: one topic of one partition.
pub struct Memory {
    topic: Arc<str>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    stands: HashMap<SubjectId, Standings>,
    count: i64,
    is_gone: bool,
}

impl Memory {
    /// Nobody has decided anything.
    pub fn new(topic: &str) -> Memory {
        Memory {
            topic: topic.into(),
            kept: Mutex::default(),
        }
    }

    /// From now on nothing is known and nothing can be written, or it can again.
    pub fn is_gone(&self, is_gone: bool) {
        self.kept().is_gone = is_gone;
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
