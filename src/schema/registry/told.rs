//! What an operator decides of a desk, and what it tells those who asked.

use std::time::Duration;

use super::binder::{Key, Refusal};
use crate::record::lane::Lane;
use crate::schema::frame::{MessagePath, Part};

/// What an operator decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Schemas of what leaves are registered; else only looked up.
    pub registers: bool,
    /// So long a schema that no registry has is waited for, and so long in ten minutes a
    /// lane waits for such.
    pub unknown_wait: Duration,
    /// So long a registry is waited for; `None`: without end.
    pub outage_wait: Option<Duration>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            registers: true,
            unknown_wait: Duration::from_secs(60),
            outage_wait: None,
        }
    }
}

/// What a lane is told that asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who asked.
    pub lane: Lane,
    /// For what.
    pub key: Key,
    /// What came of it.
    pub how: How,
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The bindings say it.
    Known,
    /// No registry has it, and the lane has waited long enough: to it the schema is
    /// unknown for now, though others still wait.
    GivenUp,
}

/// What came of binding ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warmed {
    /// Which subject.
    pub subject: Subject,
    /// It has no version, or which schema that is; or why that cannot be used.
    pub came: Result<Option<Key>, (Refusal, String)>,
}

/// A source subject whose newest version is to be bound before anything is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// Of keys or of values.
    pub part: Part,
    /// Its name.
    pub name: Box<str>,
    /// Which message of a Protobuf file.
    pub message: MessagePath,
}
