//! The lanes of this member: their batches under way, their numbers, where
//! they started and where they must read on.

mod parked;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

use super::cost::{self, cost};
use super::known_schemas::{GivenUp, KnownSchemas, Parked};
use super::open_batch::OpenBatch;
use crate::kafka::batch_size::BatchSize;
use crate::kafka::header_names::readable_headers;
use crate::kafka::library_text::Unreadable;
use crate::kafka::messages::{Rewind, ToOutlet, Work};
use crate::kafka::outlet::event::Gathered;
use crate::kafka::outlet::event::{Pace, Start};
use crate::plan::Plan;
use crate::record::lane::{Lane, NextOffset};
use crate::record::raw::RawBuffers;
use crate::schema::registry::Key;

/// One claimed partition.
pub(crate) struct Claimed {
    /// Its name.
    pub(crate) lane: Lane,
    /// Where it started; `None`: the beginning.
    pub(crate) start: Option<NextOffset>,
    /// Where it was told to read on last; `None`: at the beginning.
    from: Option<NextOffset>,
    /// Progress handed to the workers in this epoch.
    pub(crate) next: Option<NextOffset>,
    /// Number of its next batch.
    pub(crate) seq: u64,
    /// How many of them went to the workers.
    pub(crate) handed_over: u64,
    /// First offset of the partition when it was assigned, and its end then.
    pub(crate) bounds: Option<(i64, i64)>,
    /// Its next record must be read from there; until that is done nothing of
    /// it is taken.
    pub(crate) seek: Option<Offset>,
    /// Its offset does not exist: why it is left alone.
    pub(crate) halted: Option<Arc<str>>,
    /// The schema of its next record is asked for: until that is answered nothing of it is
    /// taken, and where it lies for the client library is no progress.
    pub(crate) parked: Option<Parked>,
    /// The client library was told to leave it alone for that, and not yet to go on.
    is_held: bool,
    /// Schemas that it need not wait for.
    given_up: GivenUp,
    pace: Option<Pace>,
    filling: Option<OpenBatch>,
    /// Closed, and waiting for decisions that it may have overtaken, each until then.
    settling: VecDeque<(Instant, Work)>,
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Nobody wants it here: it was read already, or will be read again.
    Nothing,
    /// It stands in a batch, and takes so much credit.
    In(u64),
    /// It waits for its schema, and so does its lane.
    Parked(Lane, Key),
}

/// What a rewind leaves behind.
#[derive(Default)]
pub(crate) struct Rewound {
    /// Credit of batches thrown away.
    pub(crate) thrown_away: u64,
    /// Lanes that wait for no schema any more.
    pub(crate) left: Vec<Lane>,
}

/// All of them.
pub(crate) struct AssignedLanes {
    /// Which pass.
    pub(crate) epoch: u64,
    /// The plan records are read for.
    pub(crate) plan: Arc<Plan>,
    /// What is known of the schemas of records under it, where they name them.
    schemas: Option<KnownSchemas>,
    /// The lanes, in the order claimed.
    pub(crate) lanes: Vec<Claimed>,
    /// The group assigned something, if only nothing.
    pub(crate) assigned: bool,
    /// Since when the group has left this member without any, while it may still
    /// be moving some here.
    pub(crate) empty_since: Option<Instant>,
    /// All lanes are paused for want of credit.
    pub(crate) paused: bool,
    /// What was decided up to then is not known here yet: until it is, nothing is read.
    pub(crate) barred: Option<Instant>,
    /// Most records of a batch.
    batch_size: Arc<BatchSize>,
    claims: u64,
    last: usize,
}

impl Claimed {
    /// Where its next record is read, as far as that was ever said.
    pub(crate) fn reads_from(&self) -> Option<NextOffset> {
        self.next.or(self.from)
    }

    /// All of it that was read went to the workers, and it is read on from there.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.filling.is_none() && self.settling.is_empty() && self.seek.is_none()
    }

    /// It is not read, and does not seek.
    pub(crate) fn stands_still(&self) -> bool {
        self.halted.is_some() || self.parked.is_some()
    }

    /// Nothing of it is taken now.
    fn is_left_alone(&self) -> bool {
        self.seek.is_some() || self.halted.is_some() || self.parked.is_some()
    }

    /// Closes the batch under way, if there is one, and sends it, or puts it where it
    /// waits.
    fn close(&mut self, send: &mut impl FnMut(Work)) {
        let Some(filling) = self.filling.take() else {
            return;
        };
        self.seq += 1;
        match filling.settled_at() {
            None => {
                self.handed_over += 1;
                send(filling.close());
            }
            Some(at) => self.settling.push_back((at, filling.close())),
        }
    }

    /// Credit of what was never sent, which is thrown away.
    fn throw_away(&mut self) -> u64 {
        let open = self.filling.take().map_or(0, |f| f.cost());
        let settling = self.settling.drain(..);
        open + settling.map(|(_, work)| cost(&work.batch)).sum::<u64>()
    }
}

impl AssignedLanes {
    /// No lanes.
    pub(crate) fn new(plan: Arc<Plan>, batch_size: Arc<BatchSize>) -> Self {
        AssignedLanes {
            epoch: 0,
            schemas: KnownSchemas::nothing(&plan),
            plan,
            lanes: Vec::new(),
            assigned: false,
            empty_since: None,
            paused: false,
            barred: None,
            batch_size,
            claims: 0,
            last: 0,
        }
    }

    /// Takes a partition in under a number of its own.
    pub(crate) fn claim(
        &mut self,
        topic: &str,
        partition: i32,
        start: Option<NextOffset>,
    ) -> Start {
        self.claims += 1;
        let known = self.plan.source.topics.iter().find(|t| ***t == *topic);
        let lane = Lane {
            topic: known.cloned().unwrap_or_else(|| Arc::from(topic)),
            partition,
            claim: self.claims,
        };
        self.lanes.push(Claimed {
            lane: lane.clone(),
            start,
            from: start,
            next: None,
            seq: 0,
            handed_over: 0,
            bounds: None,
            seek: None,
            halted: None,
            parked: None,
            is_held: false,
            given_up: GivenUp::default(),
            pace: None,
            filling: None,
            settling: VecDeque::new(),
        });
        (lane, start)
    }

    /// The lane of a partition.
    pub(crate) fn find(&mut self, topic: &str, partition: i32) -> Option<&mut Claimed> {
        let at = self.position_of(topic, partition)?;
        self.lanes.get_mut(at)
    }

    fn position_of(&self, topic: &str, partition: i32) -> Option<usize> {
        let is = |c: &Claimed| c.lane.partition == partition && *c.lane.topic == *topic;
        if self.lanes.get(self.last).is_some_and(is) {
            return Some(self.last);
        }
        self.lanes.iter().position(is)
    }

    /// Copies a message into the batch of its lane, and sends the batch when it
    /// is full; or parks the lane.
    pub(crate) fn take<M: Message>(
        &mut self,
        message: &M,
        now: Instant,
        mut spare: impl FnMut() -> RawBuffers,
        mut send: impl FnMut(Work),
    ) -> Taken {
        let Some(at) = self.position_of(message.topic(), message.partition()) else {
            return Taken::Nothing;
        };
        self.last = at;
        let lane = &mut self.lanes[at];
        let read = lane.next.is_some_and(|next| message.offset() < next.get());
        if lane.is_left_alone() || read {
            return Taken::Nothing;
        }
        let headers = readable_headers(message);
        if let Some(schemas) = &self.schemas {
            if let Ok(headers) = headers
                && let Some(key) = schemas.unknown(message, headers)
                && !lane.given_up.has(&key, now)
            {
                lane.close(&mut send);
                let from = NextOffset::position(message.offset());
                lane.parked = Some(Parked { key, from });
                lane.is_held = true;
                return Taken::Parked(lane.lane.clone(), key);
            }
            let filling = lane.filling.as_ref();
            if filling.is_some_and(|filling| !filling.is_under(schemas.bindings())) {
                lane.close(&mut send);
            }
        }
        let unreadable = headers.is_err();
        if unreadable {
            lane.close(&mut send);
        }
        let (epoch, plan, batch_size) = (self.epoch, &self.plan, &self.batch_size);
        let opening = match lane.filling {
            None => cost::opening(plan),
            Some(_) => 0,
        };
        let filling = lane.filling.get_or_insert_with(|| {
            let name = (lane.lane.clone(), epoch, lane.seq);
            let slow = lane.pace.filter(|pace| message.offset() < pace.until.get());
            let slow = slow.map_or(usize::MAX, |pace| pace.records as usize);
            let records_max = slow.min(batch_size.records_max());
            let schemas = self.schemas.as_ref();
            let bindings = schemas.map(|schemas| schemas.bindings().clone());
            OpenBatch::new(name, (plan.clone(), bindings), records_max, spare())
        });
        let credit = match headers {
            Ok(headers) => filling.push(message, headers),
            Err(Unreadable) => filling.push_unreadable(message),
        };
        let full = filling.is_full() || unreadable;
        lane.next = Some(NextOffset::after(message.offset()));
        if full {
            lane.close(&mut send);
        }
        Taken::In(opening + credit)
    }

    /// Those that the client library is to read from elsewhere.
    pub(crate) fn to_seek(&self) -> TopicPartitionList {
        self.list(|lane| lane.seek.filter(|_| !lane.stands_still()))
    }

    /// The client library's position of a partition: behind its last record, if the end of
    /// a transaction stands there, it is progress as well.
    pub(crate) fn position(&mut self, topic: &str, partition: i32, at: i64) -> Option<ToOutlet> {
        let epoch = self.epoch;
        let lane = self.find(topic, partition)?;
        let known = lane.reads_from().map_or(0, NextOffset::get);
        // Of a lane that is parked it lies behind a record that is not done with.
        if lane.is_left_alone() || at <= known {
            return None;
        }
        let next = NextOffset::position(at);
        let seq = lane.seq;
        lane.seq += 1;
        lane.handed_over += 1;
        lane.next = Some(next);
        Some(ToOutlet::Position {
            lane: lane.lane.clone(),
            epoch,
            seq,
            next,
        })
    }

    /// Why lanes are halted, one sentence each; `None`: none is.
    pub(crate) fn halted(&self) -> Option<String> {
        let all: Vec<&str> = self
            .lanes
            .iter()
            .filter_map(|l| l.halted.as_deref())
            .collect();
        (!all.is_empty()).then(|| all.join(". "))
    }

    /// Closes all batches.
    pub(crate) fn close(&mut self, mut send: impl FnMut(Work)) {
        for lane in &mut self.lanes {
            lane.close(&mut send);
        }
    }

    /// Sends the batches that have waited long enough. True when there was one.
    pub(crate) fn release(&mut self, now: Instant, mut send: impl FnMut(Work)) -> bool {
        let mut released = false;
        for lane in &mut self.lanes {
            while let Some((_, work)) = lane.settling.pop_front_if(|(at, _)| *at <= now) {
                released = true;
                lane.handed_over += 1;
                send(work);
            }
        }
        released
    }

    /// When the next of them has; `None`: none waits.
    pub(crate) fn settled_next(&self) -> Option<Instant> {
        let first = self.lanes.iter().filter_map(|l| l.settling.front());
        first.map(|(at, _)| *at).min()
    }

    /// Credit of the batches that wait.
    pub(crate) fn settling(&self) -> u64 {
        let all = self.lanes.iter().flat_map(|l| &l.settling);
        all.map(|(_, work)| cost(&work.batch)).sum()
    }

    /// How many batches of each lane went to the workers.
    pub(crate) fn gathered(&self) -> Gathered {
        let handed_over = |l: &Claimed| (l.lane.clone(), l.handed_over);
        Gathered {
            lanes: self.lanes.iter().map(handed_over).collect(),
            epoch: self.epoch,
        }
    }

    /// True when every lane was read to the end that it had when it was assigned, if it can
    /// be read.
    pub(crate) fn is_read(&self) -> bool {
        let mut open = self.lanes.iter().filter(|lane| lane.halted.is_none());
        self.assigned
            && open.all(|lane| {
                let (low, end) = lane.bounds.unwrap_or_default();
                lane.reads_from().map_or(low, NextOffset::get) >= end
            })
    }

    /// True when some batch is open, or waits.
    pub(crate) fn is_filling(&self) -> bool {
        let is_filling = |l: &Claimed| l.filling.is_some() || !l.settling.is_empty();
        self.lanes.iter().any(is_filling)
    }

    /// Gives lanes up. Returns them with the credit of batches never closed.
    pub(crate) fn remove(&mut self, which: &TopicPartitionList) -> (Vec<Claimed>, u64) {
        let (gone, kept) = std::mem::take(&mut self.lanes).into_iter().partition(|l| {
            which
                .find_partition(&l.lane.topic, l.lane.partition)
                .is_some()
        });
        self.lanes = kept;
        self.last = 0;
        let mut gone: Vec<Claimed> = gone;
        let unsent = gone.iter_mut().map(Claimed::throw_away).sum();
        (gone, unsent)
    }

    /// Begins a new epoch: every lane is to be read again from where the
    /// outlet says, else from where it started; none waits for a schema.
    pub(crate) fn rewind(&mut self, rewind: &Rewind) -> Rewound {
        let mut rewound = Rewound::default();
        if rewind.epoch <= self.epoch {
            return rewound;
        }
        self.epoch = rewind.epoch;
        for lane in &mut self.lanes {
            rewound.thrown_away += lane.throw_away();
            if lane.parked.take().is_some() {
                rewound.left.push(lane.lane.clone());
            }
            let told = rewind.lanes.iter().find(|r| r.lane == lane.lane);
            let to = told.and_then(|r| r.to).or(lane.start);
            lane.pace = told.and_then(|r| r.pace);
            lane.seq = 0;
            lane.handed_over = 0;
            lane.next = None;
            lane.from = to;
            lane.seek = Some(to.map_or(Offset::Beginning, |next| Offset::Offset(next.get())));
        }
        rewound
    }

    /// The lanes as the client library lists them, each with that offset.
    pub(crate) fn list(&self, which: impl Fn(&Claimed) -> Option<Offset>) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for lane in &self.lanes {
            if let Some(offset) = which(lane) {
                list.add_partition_offset(&lane.lane.topic, lane.lane.partition, offset)
                    .expect("an offset that Kafka gave is one it takes");
            }
        }
        list
    }
}

/// Those that wait for a schema.
pub(crate) fn parked(lanes: &[Claimed]) -> impl Iterator<Item = Lane> {
    let parked = lanes.iter().filter(|lane| lane.parked.is_some());
    parked.map(|lane| lane.lane.clone())
}
