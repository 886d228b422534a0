//! What lies in a quarantine topic now: one pass over its headers.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::choice::Choice;
use super::done::Done;
use super::entry::{Entry, Found};
use super::listing::{Common, Listing, Row};
use crate::kafka::errors::Failure;
use crate::kafka::stored_topic::StoredTopic;

/// What lies in the topic.
pub struct Survey {
    /// By partition.
    pub parts: Vec<Partition>,
    /// What was chosen and is not done with, counted.
    pub rows: Vec<Row>,
    /// How many records are done with.
    pub done: u64,
    /// How many records are neither quarantined ones nor markers.
    pub unreadable: u64,
}

/// One partition.
pub struct Partition {
    /// Its number.
    pub partition: i32,
    /// The first offset looked at.
    pub first: i64,
    /// Behind the last offset looked at.
    pub end: i64,
    /// What is done with.
    pub done: Done,
    /// Offsets that were chosen and are not done with, ascending.
    pub chosen: Vec<i64>,
    /// The first offset that was not chosen and is not done with.
    pub left: Option<i64>,
}

impl Survey {
    /// How many records were chosen.
    pub fn chosen(&self) -> u64 {
        self.parts.iter().map(|p| p.chosen.len() as u64).sum()
    }
}

/// A quarantined record until it is known whether it is done with: the markers
/// stand behind what they mark.
struct Lying {
    offset: i64,
    at_ms: Option<i64>,
    common: u32,
    is_chosen: bool,
}

/// Looks at everything that lies in the topic, transactions that are open waited
/// for. `None`: told to stop.
///
/// # Errors
/// The topic cannot be read.
pub fn survey(
    topic: &StoredTopic,
    choice: &Choice,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Survey>, Failure> {
    let mut survey = Survey {
        parts: Vec::new(),
        rows: Vec::new(),
        done: 0,
        unreadable: 0,
    };
    let mut listing = Listing::default();
    for partition in topic.partitions() {
        let bounds = topic.bounds(partition)?;
        let mut part = Partition {
            partition,
            first: bounds.first,
            end: bounds.end,
            done: Done::default(),
            chosen: Vec::new(),
            left: None,
        };
        let mut commons = Commons::default();
        let mut lying = Vec::new();
        let whole = topic.read(partition, (bounds.first, bounds.end), stop, |record| {
            match Found::read(record.headers(), record.at_ms, record.value.len()) {
                Ok(Found::Done(done)) => part.done.merge(&done),
                Ok(Found::Entry(entry)) => lying.push(Lying {
                    offset: record.offset,
                    at_ms: record.at_ms,
                    is_chosen: choice.fits(&entry, partition, record.offset),
                    common: commons.number(&entry),
                }),
                // It stays, and nothing behind it is cut off.
                Err(_) => {
                    survey.unreadable += 1;
                    part.left.get_or_insert(record.offset);
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if !whole {
            return Ok(None);
        }
        for record in lying {
            if part.done.contains(record.offset) {
                survey.done += 1;
            } else if record.is_chosen {
                part.chosen.push(record.offset);
                listing.add(&commons.list[record.common as usize], record.at_ms);
            } else {
                let first = part.left.map_or(record.offset, |l| l.min(record.offset));
                part.left = Some(first);
            }
        }
        survey.parts.push(part);
    }
    survey.rows = listing.rows();
    Ok(Some(survey))
}

/// What records have in common, once each.
#[derive(Default)]
struct Commons {
    list: Vec<Common>,
    numbers: HashMap<Common, u32>,
}

impl Commons {
    fn number(&mut self, entry: &Entry) -> u32 {
        let common = Common::of(entry);
        if let Some(number) = self.numbers.get(&common) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).expect("fewer than there are offsets");
        self.list.push(common.clone());
        self.numbers.insert(common, number);
        number
    }
}
