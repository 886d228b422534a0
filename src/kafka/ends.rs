//! Asks where partitions begin and end as soon as they are assigned: the client
//! library's own figures come seconds later.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::backlog::{Backlog, Now};
use super::client::Clients;
use super::client_log::Asked;
use super::errors;
use crate::pipeline::observer::Observer;
use crate::record::lane::Lane;

/// One answer is waited for this long.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// What the thread that asks works with.
pub(crate) struct Ends {
    /// How a client is made: one of its own, so that nobody waits for it.
    pub(crate) clients: Clients,
    /// What is known of the lanes.
    pub(crate) backlog: Arc<Backlog>,
    /// Who watches.
    pub(crate) observer: Arc<dyn Observer>,
    /// Lanes that were assigned. Closed: the end.
    pub(crate) assigned: Receiver<Vec<Lane>>,
    /// Asks again so often, where it matters until when everything was read.
    pub(crate) every: Option<Duration>,
}

impl Ends {
    /// Asks once for each assignment, or again and again. What is not answered the client
    /// library's figures tell later.
    pub(crate) fn run(self) {
        while let Some(lanes) = self.next() {
            if lanes.is_empty() {
                continue;
            }
            // Before it is asked: what comes meanwhile may lie behind the end.
            let at_ms = now_ms();
            match self.ask(&lanes) {
                Ok(bounds) => {
                    for (lane, bounds) in lanes.iter().zip(bounds) {
                        if let Some(bounds) = bounds {
                            self.backlog.holds(&lane.topic, lane.partition, bounds);
                            self.backlog.ended(lane, bounds.1, at_ms);
                        }
                    }
                    self.backlog.tell(Now::of_the_system(), &*self.observer);
                }
                Err(error) => tracing::debug!(
                    "the ends of the partitions are not known yet: {}",
                    errors::in_words(&error)
                ),
            }
        }
    }

    /// Whose ends are asked for next; `None`: nobody wants to know any more.
    fn next(&self) -> Option<Vec<Lane>> {
        let Some(every) = self.every else {
            return self.assigned.recv().ok();
        };
        match self.assigned.recv_timeout(every) {
            Ok(lanes) => Some(lanes),
            Err(RecvTimeoutError::Timeout) => Some(self.backlog.lanes()),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    /// First offset and end of each lane.
    fn ask(&self, lanes: &[Lane]) -> Result<Vec<Option<(i64, i64)>>, KafkaError> {
        let mut config = self.clients.observer();
        // An end behind which nothing committed lies, as for the consumer.
        config.set("isolation.level", "read_committed");
        let client: BaseConsumer<Asked> = config.create_with_context(Asked)?;
        let all = |which| {
            let mut list = TopicPartitionList::new();
            for lane in lanes {
                list.add_partition_offset(&lane.topic, lane.partition, which)?;
            }
            client.offsets_for_times(list, ANSWER_MAX)
        };
        let (first, end) = (all(Offset::Beginning)?, all(Offset::End)?);
        let at = |list: &TopicPartitionList, lane: &Lane| {
            let found = list.find_partition(&lane.topic, lane.partition)?;
            match (found.error(), found.offset()) {
                (Ok(()), Offset::Offset(at)) => Some(at),
                _ => None,
            }
        };
        let bounds = lanes.iter().map(|l| at(&first, l).zip(at(&end, l)));
        Ok(bounds.collect())
    }
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}
