//! Writing what quarantined records became, with the markers that they are done
//! with: one transaction after the other, under one fixed transactional id.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::producer::Producer;
use rdkafka::util::Timeout;

use super::client::Clients;
use super::errors::{self, Class, Failure};
use super::outlet::leaving::Plain;
use super::outlet::producer::Transactional;
use super::sizes::Sizes;
use super::startup::{self, NotYet, Topology};
use super::ways::{ReleaseWays, Ways};
use crate::pipeline::{Destination, OutBatch, SizeLimits};
use crate::plan::Plan;

/// One attempt of `init_transactions`.
const SLICE: Duration = Duration::from_secs(1);
/// So long a cluster may be silent, or an earlier transaction be open.
const PATIENCE: Duration = Duration::from_secs(90);

/// A marker to be written: to a partition of the quarantine topic.
pub struct Mark {
    /// The partition.
    pub partition: i32,
    /// Name of the header.
    pub name: &'static str,
    /// Its value.
    pub text: String,
}

/// Records of one output that leave together.
pub(crate) struct Release {
    /// The plan that made them; it has that output alone.
    pub(crate) plan: Arc<Plan>,
    /// In an order that says nothing of the one they were read in.
    pub(crate) records: Vec<Plain>,
}

/// The one writer of a quarantine topic. Whoever opens another one fences it.
pub struct QuarantineWriter {
    clients: Clients,
    topic: Arc<str>,
    topology: Topology,
    sizes: Arc<SizeLimits>,
    /// Largest record batch that any topic takes, and that all of them take.
    message_limits: (u64, u64),
    producer: Option<Transactional>,
    /// What is answered later than this may be answered twice.
    slow: Duration,
}

impl QuarantineWriter {
    /// A writer of what the plan makes of quarantined records; nothing is written
    /// before [`QuarantineWriter::open`].
    ///
    /// # Errors
    /// The topics of the plan are not there, or do not take what they must.
    pub fn new(clients: &Clients, plan: &Plan, topic: &Arc<str>) -> Result<Self, NotYet> {
        let (topology, warnings) = startup::check_topics(clients, plan)?;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        let queue = clients.memory.producer_queue;
        let sizes = Sizes::new(plan, &topology, queue).now();
        let topics = startup::destinations(plan).map(|t| &**t);
        let message_limits = topology.message_limits(topics);
        Ok(QuarantineWriter {
            clients: clients.clone(),
            topic: Arc::clone(topic),
            topology,
            sizes,
            message_limits,
            producer: None,
            slow: Duration::from_millis(clients.timeouts.retry_backoff_ms) * 3 / 4,
        })
    }

    /// What each topic takes.
    pub fn size_limits(&self) -> Arc<SizeLimits> {
        Arc::clone(&self.sizes)
    }

    /// Makes the producer anew. When this returns, nothing of an earlier one is
    /// under way any more: what it had begun is committed or void.
    ///
    /// # Errors
    /// The cluster does not let it.
    pub fn open(&mut self, stop: &dyn Fn() -> bool) -> Result<(), Failure> {
        if let Some(old) = self.producer.take() {
            old.let_go();
        }
        let (most, least) = self.message_limits;
        let producer =
            Transactional::new(&self.clients.producer(most, least), self.clients.delivery)?;
        let begun = Instant::now();
        loop {
            let answer = producer.raw().init_transactions(SLICE);
            let failure = match answer {
                Ok(()) => break,
                Err(error) => errors::of_call("beginning to write", &error),
            };
            let waits = matches!(failure.class, Class::Retriable | Class::TimedOut);
            if !waits || stop() || begun.elapsed() > PATIENCE {
                return Err(failure);
            }
        }
        self.producer = Some(producer);
        Ok(())
    }

    /// Writes the batches, but for what waits in them, the release and the markers in one
    /// transaction. After an error the transaction may have been committed or not: open
    /// anew, and look.
    ///
    /// # Errors
    /// Something was not written or not answered.
    pub(crate) fn transact(
        &mut self,
        batches: &[OutBatch],
        release: Option<&Release>,
        marks: &[Mark],
    ) -> Result<(), Failure> {
        let gone = || Failure::new(Class::Fatal, "there is no producer");
        let mut producer = self.producer.take().ok_or_else(gone)?;
        match self.write(&mut producer, (batches, release), marks) {
            Ok(commit) => {
                // A slow answer may come again, into the next transaction.
                match commit < self.slow {
                    true => self.producer = Some(producer),
                    false => producer.let_go(),
                }
                Ok(())
            }
            Err(failure) => {
                // Readers of the topics need not wait for the timeout then; where it
                // fails, they do.
                let _ = producer.raw().abort_transaction(SLICE);
                producer.let_go();
                Err(failure)
            }
        }
    }

    /// False when [`QuarantineWriter::open`] must come first.
    pub fn is_open(&self) -> bool {
        self.producer.is_some()
    }

    /// How long the commit took.
    fn write(
        &self,
        producer: &mut Transactional,
        (batches, release): (&[OutBatch], Option<&Release>),
        marks: &[Mark],
    ) -> Result<Duration, Failure> {
        producer.begin()?;
        for batch in batches {
            let ways = Ways::new(&batch.plan, &batch.lane, &self.topology);
            let waits = |to| matches!(to, Destination::Held(_));
            for record in batch.records().iter().filter(|r| !waits(r.destination)) {
                let (topic, partition) = ways.of(batch, record);
                producer.send(batch, record, topic, partition);
            }
        }
        if let Some(release) = release {
            // One instant for all of it: it says nothing of their order.
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            let now_ms = since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
            let ways = ReleaseWays::new(&release.plan, &self.topology);
            for record in &release.records {
                let (topic, partition) = ways.of(record.key.as_deref());
                producer.send_plain(record, topic, partition, now_ms);
            }
        }
        for mark in marks {
            producer.send_mark(&self.topic, mark.partition, mark.name, &mark.text);
        }
        producer.delivered()?;
        let begun = Instant::now();
        let committed = producer.raw().commit_transaction(Timeout::Never);
        committed.map_err(|e| errors::of_call("commit", &e))?;
        Ok(begun.elapsed())
    }
}
