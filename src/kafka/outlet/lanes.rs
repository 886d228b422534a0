//! The claimed lanes: puts each back in order and remembers its progress.

use std::collections::{BTreeMap, VecDeque};

use super::event::{Arrival, BatchId, Pace, Progress, Refused, RewindTo, Start};
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

/// Something that is not taken, or is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotTaken {
    /// Its name.
    pub(crate) id: BatchId,
    /// It holds something of a lane that is still claimed, which has to be read again.
    pub(crate) is_missed: bool,
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

    /// Drops lanes; returns what was never sent of them. What holds something of other
    /// lanes as well goes whole.
    pub(crate) fn forget<'a>(&mut self, lanes: impl Iterator<Item = &'a Lane>) -> Vec<NotTaken> {
        let mut dropped = Vec::new();
        for lane in lanes {
            if let Some(book) = self.books.remove(lane) {
                let parked = book.parked.into_values();
                dropped.extend(parked.map(|b| NotTaken {
                    id: b.id,
                    is_missed: false,
                }));
            }
        }
        let books = &self.books;
        self.ready.retain(|b| {
            let is_claimed = |p: &Progress| books.contains_key(&p.lane);
            let keep = b.progress.iter().all(is_claimed);
            if !keep {
                dropped.push(NotTaken {
                    id: b.id,
                    is_missed: b.progress.iter().any(is_claimed),
                });
            }
            keep
        });
        dropped
    }

    /// Puts a batch of the current epoch in its place. `Err` gives back the
    /// name of one that nobody wants: its lane is not claimed, or it came twice; or, of
    /// several lanes, it is not next in order for each of them.
    pub(crate) fn arrive(&mut self, batch: Arrival) -> Result<(), NotTaken> {
        if batch.progress.is_of_several() {
            return self.arrive_whole(batch);
        }
        let Progress { lane, seqs, .. } = batch.progress.first();
        let not_taken = NotTaken {
            id: batch.id,
            is_missed: false,
        };
        let book = self.books.get_mut(lane).ok_or(not_taken)?;
        if seqs.start < book.next_seq || book.parked.contains_key(&seqs.start) {
            return Err(not_taken);
        }
        book.parked.insert(seqs.start, batch);
        while let Some(next) = book.parked.remove(&book.next_seq) {
            book.next_seq = next.progress.first().seqs.end;
            self.ready.push_back(next);
        }
        Ok(())
    }

    /// The same of what holds several lanes.
    fn arrive_whole(&mut self, release: Arrival) -> Result<(), NotTaken> {
        let books = &mut self.books;
        let is_next = |p: &Progress| {
            let book = books.get(&p.lane);
            book.is_some_and(|book| book.next_seq == p.seqs.start)
        };
        if !release.progress.iter().all(is_next) {
            let is_claimed = |p: &Progress| books.contains_key(&p.lane);
            return Err(NotTaken {
                id: release.id,
                is_missed: release.progress.iter().any(is_claimed),
            });
        }
        for progress in release.progress.iter() {
            if let Some(book) = books.get_mut(&progress.lane) {
                book.next_seq = progress.seqs.end;
            }
        }
        self.ready.push_back(release);
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
        lanes.any(|lane| self.ready.iter().any(|b| b.progress.is_of(lane)))
    }

    /// True when the first `count` batches of a lane have come, or nobody
    /// claims it any more.
    pub(crate) fn arrived(&self, lane: &Lane, count: u64) -> bool {
        self.books.get(lane).is_none_or(|b| b.next_seq >= count)
    }

    /// True when the batches of its lane go one a transaction.
    pub(crate) fn is_careful(&self, batch: &Arrival) -> bool {
        let mut lanes = batch.progress.iter().map(|p| &p.lane);
        lanes.any(|lane| self.books.get(lane).is_some_and(|b| b.careful.is_some()))
    }

    /// How to send a batch: `Some` when its one record goes to quarantine.
    pub(crate) fn refused(&self, batch: &Arrival) -> Option<Refused> {
        let Progress { lane, first, .. } = batch.progress.first();
        let (offset, how) = self.books.get(lane)?.condemned?;
        (batch.records == 1 && *first == offset).then_some(how)
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

    /// What is committed of each lane of which anything is.
    pub(crate) fn committed(&self) -> impl Iterator<Item = (Lane, NextOffset)> {
        let books = self.books.iter();
        books.filter_map(|(lane, book)| Some((lane.clone(), book.committed?)))
    }

    /// True of a lane that is claimed, and of which so much is not committed as far as is
    /// known here.
    pub(crate) fn is_behind(&self, lane: &Lane, next: NextOffset) -> bool {
        let book = self.books.get(lane);
        book.is_some_and(|book| book.committed.is_none_or(|committed| committed < next))
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

    /// A release was refused because of a record: half of it would be none, so it is tried
    /// again whole. True from the second refusal over the same first offset on: then its
    /// topic does not take what it was said to take.
    pub(crate) fn refuse_whole(&mut self, release: &Arrival) -> bool {
        let Progress { lane, first, .. } = release.progress.first();
        let Some(book) = self.books.get_mut(lane) else {
            return false;
        };
        let times = match book.refusals {
            Some((at, times)) if at == *first => times + 1,
            _ => 1,
        };
        book.refusals = Some((*first, times));
        times >= 2
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
            let Progress {
                lane, first, next, ..
            } = b.progress.first();
            seen.entry(lane).or_insert((*first, *next)).1 = *next;
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
                        until,
                    });
                    if b.records == 1 {
                        let how = match book.condemned {
                            Some((at, Refused::Sealed)) if at == first => Refused::Bare,
                            Some((at, Refused::Bare)) if at == first => {
                                hopeless = true;
                                Refused::Bare
                            }
                            _ => Refused::Sealed,
                        };
                        book.condemned = Some((first, how));
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
