//! What the client library and the outlet do in it: hand over, seek, pause, commit, rewind.

use std::collections::VecDeque;

use rdkafka::message::{OwnedMessage, Timestamp};
use rdkafka::{Offset, TopicPartitionList};

use super::{Asked, BROKEN, Fate, Reader, World};
use crate::decode::avro::json_of;
use crate::kafka::intake::assigned_lanes::{Taken, parked};
use crate::kafka::intake::cost::cost;
use crate::kafka::messages::{Rewind, ToOutlet, Work};
use crate::kafka::outlet::event::RewindTo;
use crate::pipeline::{Destination, OutBatch, sanitize};
use crate::record::lane::NextOffset;
use crate::schema::avro::node::Schema;
use crate::schema::frame::{Part, SchemaId};
use crate::schema::registry::PlanBinder;
use crate::schema::registry::testing::FRAMING;
use crate::schema::registry::testing::{Scene, framed, long};

impl World {
    pub(super) fn assign(&mut self, n: usize) {
        if self.partitions[n].reader.is_some() {
            return;
        }
        let committed = self.partitions[n].committed;
        let start = NextOffset::position(committed);
        let (lane, _) = self.lanes.claim("raw", n as i32, Some(start));
        self.partitions[n].reader = Some(Reader {
            at: committed,
            says: None,
            is_paused: self.lanes.paused,
            lane,
            pending: VecDeque::new(),
            expected: 0,
        });
    }

    /// The library hands a record over.
    pub(super) fn poll(&mut self, n: usize) {
        let partition = &mut self.partitions[n];
        let Some(reader) = partition.reader.as_mut().filter(|r| !r.is_paused) else {
            return;
        };
        let Some(row) = partition.rows.iter().find(|row| row.offset >= reader.at) else {
            // At the end it stands behind what ended the last transaction.
            (reader.at, reader.says) = (partition.end, Some(partition.end));
            return;
        };
        (reader.at, reader.says) = (row.offset + 1, Some(row.offset + 1));
        let value = match row.schema {
            BROKEN => long(row.n),
            id => framed(id, &long(row.n)),
        };
        let time = Timestamp::NotAvailable;
        let topic = "raw".to_owned();
        let message = OwnedMessage::new(Some(value), None, topic, time, n as i32, row.offset, None);
        let mut sent = Vec::new();
        let now = self.scene.now;
        let send = |work| sent.push(work);
        match self.lanes.take(&message, now, Default::default, send) {
            Taken::Nothing => {}
            Taken::In(credit) => self.credit += credit,
            Taken::Parked(lane, key) => {
                self.parked += 1;
                // Where it refuses that, it hands over what comes behind.
                if self.roll(4) > 0 {
                    self.pause(n, true);
                }
                self.asked.push_back(Asked::Ask(lane, key));
            }
        }
        sent.into_iter().for_each(|work| self.hand_over(work));
    }

    pub(super) fn pause(&mut self, n: usize, pauses: bool) {
        if let Some(reader) = &mut self.partitions[n].reader {
            reader.is_paused = pauses;
        }
    }

    /// A batch goes through a worker to the outlet.
    fn hand_over(&mut self, work: Work) {
        self.credit -= cost(&work.batch);
        let out = sanitize(work.batch, &mut self.worker).expect("nothing is looked up");
        let n = out.lane.partition as usize;
        if let Some(reader) = &mut self.partitions[n].reader
            && reader.lane == out.lane
            && out.epoch == self.epoch
        {
            reader.pending.push_back((out.seq, out.next, Some(out)));
        }
    }

    pub(super) fn close(&mut self) {
        let mut sent = Vec::new();
        self.lanes.close(|work| sent.push(work));
        sent.into_iter().for_each(|work| self.hand_over(work));
    }

    /// Carries out what the lanes want of the library, as far as it does.
    pub(super) fn seek_and_resume(&mut self) {
        for found in self.lanes.to_seek().elements() {
            let n = found.partition() as usize;
            if self.roll(4) == 0 {
                continue; // Refused: tried again.
            }
            let at = match found.offset() {
                Offset::Offset(at) => at,
                _ => 0,
            };
            let reader = self.partitions[n].reader.as_mut().expect("it is assigned");
            (reader.at, reader.says) = (at, None);
            let lane = self.lanes.find("raw", n as i32).expect("it is assigned");
            lane.seek = None;
        }
        if !self.lanes.paused {
            let list = self.lanes.to_resume(false);
            self.resume(&list);
        }
    }

    pub(super) fn resume(&mut self, list: &TopicPartitionList) {
        for found in list.elements() {
            self.pause(found.partition() as usize, false);
        }
        self.lanes.resumed(list);
    }

    /// Where the library is counts as progress.
    pub(super) fn positions(&mut self) {
        // Asked for at the end of what there is, when nothing is half done.
        if self.lanes.is_filling() {
            return;
        }
        for n in 0..self.partitions.len() {
            let Some(at) = self.partitions[n].reader.as_ref().and_then(|r| r.says) else {
                continue;
            };
            let Some(moved) = self.lanes.position("raw", n as i32, at) else {
                continue;
            };
            let ToOutlet::Position { seq, next, .. } = moved else {
                panic!("a position is one");
            };
            let reader = self.partitions[n].reader.as_mut().expect("it says so");
            reader.pending.push_back((seq, next, None));
        }
    }

    /// The outlet commits what it has of a partition, or some of it.
    pub(super) fn commit(&mut self, n: usize, most: u32) {
        for _ in 0..most {
            let partition = &mut self.partitions[n];
            let Some(reader) = &mut partition.reader else {
                return;
            };
            let Some((seq, next, out)) = reader.pending.pop_front() else {
                return;
            };
            assert_eq!(seq, reader.expected, "batches have no gaps");
            reader.expected += 1;
            let from = partition.committed;
            partition.committed = next.get();
            let mut fates = Vec::new();
            if let Some(out) = &out {
                assert!(out.first >= from, "read twice");
                for fetched in out.raw().fetched() {
                    let fate = fate(out, fetched.offset(), &self.scene);
                    fates.push((fetched.offset(), fate));
                }
            }
            let partition = &mut self.partitions[n];
            partition.done.extend(fates);
            let skipped = partition
                .rows
                .iter()
                .filter(|row| row.offset < next.get() && row.offset >= from);
            let last = partition.done.iter().filter(|(at, _)| *at >= from);
            assert_eq!(skipped.count(), last.count(), "offsets pass no record");
        }
    }

    pub(super) fn rewind(&mut self) {
        self.epoch += 1;
        let mut lanes = Vec::new();
        for partition in &mut self.partitions {
            if let Some(reader) = &mut partition.reader {
                reader.pending.clear();
                reader.expected = 0;
                lanes.push(RewindTo {
                    lane: reader.lane.clone(),
                    to: Some(NextOffset::position(partition.committed)),
                    pace: None,
                });
            }
        }
        let epoch = self.epoch;
        let rewound = self.lanes.rewind(&Rewind { epoch, lanes });
        self.credit -= rewound.thrown_away;
        self.asked
            .extend(rewound.left.into_iter().map(Asked::Leave));
    }

    /// Partitions are taken away; of those that are lost nothing more is committed.
    pub(super) fn revoke(&mut self, which: &[usize], lost: bool) {
        if !lost {
            self.close();
        }
        let mut list = TopicPartitionList::new();
        for n in which {
            list.add_partition("raw", *n as i32);
        }
        let (gone, unsent) = self.lanes.remove(&list);
        self.credit -= unsent;
        self.asked.extend(parked(&gone).map(Asked::Leave));
        for n in which {
            if !lost {
                self.commit(*n, u32::MAX);
            }
            self.partitions[*n].reader = None;
        }
    }
}

/// What became of the record at that offset.
fn fate(out: &OutBatch, offset: i64, scene: &Scene<PlanBinder>) -> Fate {
    let mut of = out.records().iter().filter(|r| r.source_offset == offset);
    let (Some(record), None) = (of.next(), of.next()) else {
        panic!("a record leaves once");
    };
    match record.destination {
        Destination::Quarantine(reason) => Fate::Refused(reason),
        Destination::Held(_) => unreachable!("its outputs wait for nothing"),
        Destination::Output(_) => {
            let value = out.bytes(record.value.expect("it has one"));
            let framed = FRAMING.read(Part::Value, value, std::iter::empty());
            let framed = framed.expect("what leaves is framed");
            let SchemaId::Number(id) = framed.id else {
                panic!("{:?}", framed.id);
            };
            let text = &scene.registry.schemas[&id].text;
            let schema = Schema::parse(text).expect("it was registered");
            let json = json_of(&schema, framed.body).expect("it is one of that schema");
            assert_eq!(json, format!("{{\"n\":{}}}", offset * 7));
            Fate::Read
        }
    }
}
