//! The calls that the machine asks for, and what they were answered.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::producer::Producer;
use rdkafka::util::Timeout;
use rdkafka::{Offset, TopicPartitionList};

use super::{Offsets, Outlet, Running, Sendable};
use crate::kafka::conditions::Part;
use crate::kafka::delivery::Delivery;
use crate::kafka::errors::{self, Class, Failure};
use crate::kafka::intake::Group;
use crate::kafka::outlet::event::{Call, CallKind, Event, Start};
use crate::kafka::outlet::fence::Fence;
use crate::kafka::outlet::producer::Transactional;
use crate::kafka::startup;
use crate::pipeline::observer::{ConsentFigure, FenceAt};
use crate::record::lane::{Lane, NextOffset};

/// One attempt of `init_transactions` or of reading offsets.
const SLICE: Duration = Duration::from_secs(1);

impl Running {
    pub(super) fn call(&mut self, call: Call) -> Event {
        let kind = call.kind();
        match kind {
            CallKind::Deliver => self.decided = Instant::now(),
            CallKind::Begin => {
                self.sent.clear();
                if let Some(fence) = &mut self.outlet.fence {
                    fence.begin();
                }
            }
            _ => {}
        }
        let begun = Instant::now();
        let liveness = self.outlet.liveness.clone();
        liveness.asks(begun);
        let is_again = |f: &Failure| f.class == Class::Retriable;
        let result = match call {
            Call::ReadCommitted(lanes) => {
                let committed = self.read_committed(&lanes);
                if !committed.as_ref().is_err_and(is_again) {
                    liveness.answered();
                }
                return Event::Committed(committed);
            }
            Call::Create => self.create(),
            // Nothing of it was sent: what it was made of is read again.
            Call::SendOffsets(_) if self.is_missing_a_release() => {
                let what = "a release could not be written down";
                Err(Failure::new(Class::Narrowed, what))
            }
            call => match self.outlet.clients.delivery {
                Delivery::ExactlyOnce => self.ask_producer(&call),
                Delivery::AtLeastOnce => self.without_transaction(&call),
            },
        };
        let took = begun.elapsed();
        if !result.as_ref().is_err_and(is_again) {
            liveness.answered();
        }
        if kind == CallKind::Commit && result.is_ok() {
            // It went all the way to the cluster and back.
            self.outlet.conditions.clear_as_of(Part::Connection, begun);
        }
        // Without an answer it may still take effect: that is over when a new producer is
        // initialised.
        if result.is_ok() && matches!(kind, CallKind::Commit | CallKind::Abort | CallKind::Init) {
            self.passed_is_over();
        }
        let is_narrowed = result.as_ref().is_err_and(|f| f.class == Class::Narrowed);
        if is_narrowed && !self.is_missing_a_release() {
            let figure = ConsentFigure::FenceHit(FenceAt::Commit);
            self.outlet.observer.on_consent(figure);
        }
        if result.as_ref().is_err_and(|f| f.class == Class::Record) {
            // Full: they are asked already. Closed: nobody can ask.
            let _ = self.outlet.refusals.try_send(());
        }
        if kind == CallKind::Commit {
            self.outlet
                .observer
                .on_commit_answered(self.decided.elapsed());
        }
        Event::Answer {
            call: kind,
            result,
            took,
        }
    }

    /// True when the open transaction holds a release that could not be written down.
    fn is_missing_a_release(&self) -> bool {
        let mut sent = self.sent.iter().filter_map(|id| self.held.get(id));
        sent.any(Sendable::is_unrecorded)
    }

    fn ask_producer(&mut self, call: &Call) -> Result<(), Failure> {
        let gone = || Failure::new(Class::Fatal, "there is no producer");
        let producer = self.producer.as_mut().ok_or_else(gone)?;
        let said = |during, result: Result<(), KafkaError>| {
            result.map_err(|e| errors::of_call(during, &e))
        };
        match call {
            Call::Init => said("init_transactions", producer.raw().init_transactions(SLICE)),
            Call::Begin => producer.begin(),
            Call::Deliver => producer.delivered(),
            Call::SendOffsets(offsets) => {
                let outlet = &self.outlet;
                let consumer = outlet.consumer.upgrade().ok_or_else(unclaimed)?;
                // Metadata first, then the claims: metadata of the next
                // generation would commit for a partition just given away, and
                // the metadata of no member at all is taken by every broker.
                let metadata = consumer.group_metadata().ok_or_else(unclaimed)?;
                ours(outlet, &consumer, offsets)?;
                // The fence last: what becomes visible from here on finds the
                // transaction under way.
                let sent = self
                    .sent
                    .iter()
                    .filter_map(|id| Some(self.held.get(id)?.decided()));
                if let Some(fence) = &outlet.fence
                    && !fence.passes(sent)
                {
                    let what = "somebody withdrew after their records were decided";
                    return Err(Failure::new(Class::Narrowed, what));
                }
                let at_most = Duration::from_millis(outlet.clients.timeouts.transaction_ms);
                let list = list(offsets.iter().map(|(l, n)| (l, Offset::Offset(n.get()))));
                let sent = producer
                    .raw()
                    .send_offsets_to_transaction(&list, &metadata, at_most);
                said("sending offsets", sent)
            }
            // Bounded by the transaction timeout inside the client library.
            Call::Commit => said("commit", producer.raw().commit_transaction(Timeout::Never)),
            Call::Abort => said("abort", producer.raw().abort_transaction(Timeout::Never)),
            Call::Create | Call::ReadCommitted(_) => unreachable!("answered by the caller"),
        }
    }

    /// The same calls where nothing is transactional: what was sent is
    /// acknowledged, then its offsets are committed to the group, which refuses
    /// them of a member of an older generation.
    fn without_transaction(&mut self, call: &Call) -> Result<(), Failure> {
        let gone = || Failure::new(Class::Fatal, "there is no producer");
        let producer = self.producer.as_mut().ok_or_else(gone)?;
        match call {
            Call::Init => Ok(()),
            Call::Begin => producer.begin(),
            Call::Deliver => producer.delivered(),
            Call::SendOffsets(offsets) => {
                // What was sent has left; what was not is read again.
                let fence = self.outlet.fence.as_ref();
                if fence.is_some_and(Fence::is_missing_one) {
                    let what = "a batch could not be decided anew";
                    return Err(Failure::new(Class::Narrowed, what));
                }
                self.offsets.clone_from(offsets);
                Ok(())
            }
            Call::Commit => {
                let outlet = &self.outlet;
                let consumer = outlet.consumer.upgrade().ok_or_else(unclaimed)?;
                ours(outlet, &consumer, &self.offsets)?;
                let offsets = self.offsets.iter();
                let list = list(offsets.map(|(l, n)| (l, Offset::Offset(n.get()))));
                let committed = consumer.commit(&list, CommitMode::Sync);
                committed.map_err(|e| errors::of_call("committing offsets", &e))
            }
            Call::Abort => {
                producer.forget();
                Ok(())
            }
            Call::Create | Call::ReadCommitted(_) => unreachable!("answered by the caller"),
        }
    }

    fn create(&mut self) -> Result<(), Failure> {
        if let Some(old) = self.producer.take() {
            old.let_go();
            // Partitions may have been added, or a topic made anew.
            match startup::topics(&self.outlet.clients, &self.outlet.plan) {
                Ok(fresh) => self.outlet.topology.refresh(&fresh, false),
                Err(not_yet) => tracing::debug!("{not_yet}"),
            }
        }
        let (most, least) = self.outlet.message_limits();
        let config = self.outlet.clients.producer(most, least);
        self.producer = Some(Transactional::new(&config, self.outlet.clients.delivery)?);
        Ok(())
    }

    fn read_committed(&self, lanes: &[Lane]) -> Result<Vec<Start>, Failure> {
        if self.outlet.offsets == Offsets::Memory {
            let known = |l: &Lane| (l.clone(), self.outlet.claims.progress(l));
            return Ok(lanes.iter().map(known).collect());
        }
        let gone = || Failure::new(Class::Unclear, "the consumer is gone");
        let consumer = self.outlet.consumer.upgrade().ok_or_else(gone)?;
        let asked = list(lanes.iter().map(|l| (l, Offset::Invalid)));
        let said = |e: KafkaError| {
            let failure = errors::of_call("reading the group's offsets", &e);
            match errors::code_of(&e) {
                // Nothing was changed by asking: ask again.
                Code::OperationTimedOut | Code::WaitingForCoordinator => Failure {
                    class: Class::Retriable,
                    ..failure
                },
                _ => failure,
            }
        };
        let answer = consumer.committed_offsets(asked, SLICE).map_err(said)?;
        lanes
            .iter()
            .map(|lane| {
                let element = answer
                    .find_partition(&lane.topic, lane.partition)
                    .ok_or_else(|| Failure::new(Class::Unclear, "an offset was not answered"))?;
                element.error().map_err(said)?;
                let next = match element.offset() {
                    Offset::Offset(next) => Some(NextOffset::position(next)),
                    _ => None,
                };
                Ok((lane.clone(), next))
            })
            .collect()
    }
}

fn unclaimed() -> Failure {
    Failure::new(Class::Unclaimed, "a partition was given away")
}

/// Every lane of these offsets is still ours.
fn ours(
    outlet: &Outlet,
    consumer: &BaseConsumer<Group>,
    offsets: &[(Lane, NextOffset)],
) -> Result<(), Failure> {
    let lanes = offsets.iter().map(|(lane, _)| lane);
    let ours = !consumer.assignment_lost() && outlet.claims.hold_all(lanes);
    ours.then_some(()).ok_or_else(unclaimed)
}

fn list<'a>(elements: impl Iterator<Item = (&'a Lane, Offset)>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for (lane, offset) in elements {
        list.add_partition_offset(&lane.topic, lane.partition, offset)
            .expect("an offset that Kafka gave is one it takes");
    }
    list
}
