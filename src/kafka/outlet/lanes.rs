//! The claimed lanes: puts each back in order and remembers its progress.

use std::collections::{BTreeMap, VecDeque};

use super::event::{Arrival, BatchId, Pace, Refused, RewindTo, Start};
use crate::record::lane::{Lane, NextOffset};

/// One claimed lane.
#[derive(Debug, Default)]
struct Book {
    /// Progress that is committed; `None`: where the lane started.
    committed: Option<NextOffset>,
    /// Number of the next batch in order, within the epoch.
    next_seq: u64,
    /// Batches that came too early.
    parked: BTreeMap<u64, Arrival>,
    /// A record of it was refused at this first offset, so many times.
    refusals: Option<(i64, u32)>,
    /// Its batches go one a transaction, at that pace.
    careful: Option<Pace>,
    /// The record at this offset goes to quarantine.
    condemned: Option<(i64, Refused)>,
}

/// All claimed lanes, and their batches that wait to be sent.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    books: BTreeMap<Lane, Book>,
    ready: VecDeque<Arrival>,
}

impl Lanes {
    /// Takes lanes in.
    pub(crate) fn claim(&mut self, starts: Vec<Start>) {
        for (lane, start) in starts {
            self.books.insert(
                lane,
                Book {
                    committed: start,
                    ..Book::default()
                },
            );
        }
    }

    /// Drops lanes; returns their batches that were never sent.
    pub(crate) fn forget<'a>(&mut self, lanes: impl Iterator<Item = &'a Lane>) -> Vec<BatchId> {
        let mut dropped = Vec::new();
        for lane in lanes {
            if let Some(book) = self.books.remove(lane) {
                dropped.extend(book.parked.into_values().map(|b| b.id));
            }
            self.ready.retain(|b| {
                let keep = b.lane != *lane;
                if !keep {
                    dropped.push(b.id);
                }
                keep
            });
        }
        dropped
    }

    /// Puts a batch of the current epoch in its place. `Err` gives back the
    /// name of one that nobody wants: its lane is not claimed, or it came twice.
    pub(crate) fn arrive(&mut self, batch: Arrival) -> Result<(), BatchId> {
        let Some(book) = self.books.get_mut(&batch.lane) else {
            return Err(batch.id);
        };
        if batch.seq < book.next_seq || book.parked.contains_key(&batch.seq) {
            return Err(batch.id);
        }
        book.parked.insert(batch.seq, batch);
        while let Some(next) = book.parked.remove(&book.next_seq) {
            book.next_seq += 1;
            self.ready.push_back(next);
        }
        Ok(())
    }

    /// The next batch to send.
    pub(crate) fn front(&self) -> Option<&Arrival> {
        self.ready.front()
    }

    /// Takes it.
    pub(crate) fn pop(&mut self) -> Option<Arrival> {
        self.ready.pop_front()
    }

    /// True when batches of these lanes wait to be sent.
    pub(crate) fn waits_for<'a>(&self, mut lanes: impl Iterator<Item = &'a Lane>) -> bool {
        lanes.any(|lane| self.ready.iter().any(|b| b.lane == *lane))
    }

    /// True when the first `count` batches of a lane have come, or nobody
    /// claims it any more.
    pub(crate) fn arrived(&self, lane: &Lane, count: u64) -> bool {
        self.books.get(lane).is_none_or(|b| b.next_seq >= count)
    }

    /// True when a lane's batches go one a transaction.
    pub(crate) fn is_careful(&self, lane: &Lane) -> bool {
        self.books.get(lane).is_some_and(|b| b.careful.is_some())
    }

    /// How to send a batch: `Some` when its one record goes to quarantine.
    pub(crate) fn refused(&self, batch: &Arrival) -> Option<Refused> {
        let (offset, how) = self.books.get(&batch.lane)?.condemned?;
        (batch.records == 1 && batch.first == offset).then_some(how)
    }

    /// True when the lane is claimed.
    pub(crate) fn holds(&self, lane: &Lane) -> bool {
        self.books.contains_key(lane)
    }

    /// The names of all claimed lanes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Lane> {
        self.books.keys()
    }

    /// Notes progress.
    pub(crate) fn commit(&mut self, lane: &Lane, next: NextOffset) {
        let Some(book) = self.books.get_mut(lane) else {
            return;
        };
        book.committed = Some(next);
        book.refusals = None;
        if book.careful.is_some_and(|pace| next >= pace.until) {
            book.careful = None;
        }
        if book.condemned.is_some_and(|(at, _)| next.get() > at) {
            book.condemned = None;
        }
    }

    /// Sets progress to what the broker has. True when it was not that.
    pub(crate) fn correct(&mut self, lane: &Lane, committed: Option<NextOffset>) -> bool {
        let Some(book) = self.books.get_mut(lane) else {
            return false;
        };
        std::mem::replace(&mut book.committed, committed) != committed
    }

    /// Every batch not sent is void; where each lane reads on.
    pub(crate) fn rewind(&mut self) -> (Vec<RewindTo>, Vec<BatchId>) {
        let mut void: Vec<BatchId> = self.ready.drain(..).map(|b| b.id).collect();
        let mut to = Vec::with_capacity(self.books.len());
        for (lane, book) in &mut self.books {
            book.next_seq = 0;
            void.extend(std::mem::take(&mut book.parked).into_values().map(|b| b.id));
            to.push(RewindTo {
                lane: lane.clone(),
                to: book.committed,
                pace: book.careful,
            });
        }
        (to, void)
    }

    /// A transaction with these batches was refused because of a record. True
    /// when the one record it held had been quarantined already, in every form:
    /// then it is an outage of the quarantine topic.
    ///
    /// The second refusal over the same first offset makes a lane careful: one
    /// batch a transaction. A batch refused alone is read again in two halves,
    /// and so on down to the one record.
    pub(crate) fn refuse(&mut self, batches: &[Arrival]) -> bool {
        let mut hopeless = false;
        let mut seen: BTreeMap<&Lane, (i64, NextOffset)> = BTreeMap::new();
        for b in batches.iter().filter(|b| b.records > 0) {
            seen.entry(&b.lane).or_insert((b.first, b.next)).1 = b.next;
        }
        let alone = match batches {
            [one] => Some(one),
            _ => None,
        };
        for (lane, (first, until)) in seen {
            let Some(book) = self.books.get_mut(lane) else {
                continue;
            };
            match alone {
                Some(b) if book.careful.is_some() => {
                    book.careful = Some(Pace {
                        records: (b.records / 2).max(1),
                        until: b.next,
                    });
                    if b.records == 1 {
                        let how = match book.condemned {
                            Some((at, Refused::Sealed)) if at == b.first => Refused::Bare,
                            Some((at, Refused::Bare)) if at == b.first => {
                                hopeless = true;
                                Refused::Bare
                            }
                            _ => Refused::Sealed,
                        };
                        book.condemned = Some((b.first, how));
                    }
                }
                _ => {
                    let times = match book.refusals {
                        Some((at, times)) if at == first => times + 1,
                        _ => 1,
                    };
                    book.refusals = Some((first, times));
                    if times >= 2 {
                        book.careful = Some(Pace {
                            records: u32::MAX,
                            until,
                        });
                    }
                }
            }
        }
        hopeless
    }
}
