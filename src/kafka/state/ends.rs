//! Where the partitions of followed topics begin and end, asked anew whenever somebody
//! must know, on a thread of its own because the cluster may be silent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::client::Clients;
use crate::kafka::client_log::Asked;
use crate::kafka::errors;

/// One answer is waited for so long.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// First offset and end of each partition of one topic.
pub(crate) type Bounds = Vec<(i64, i64)>;

/// What the cluster said.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// When it was asked: the ends are those of then, or later ones.
    pub(crate) asked: Instant,
    /// Of each topic, in the order followed.
    pub(crate) bounds: Result<Vec<Bounds>, NoEnds>,
}

/// Why there are none.
#[derive(Clone, Debug)]
pub(crate) struct NoEnds {
    /// In words.
    pub(crate) what: String,
    /// A topic is not there: whatever comes under its name is another one.
    pub(crate) is_missing: bool,
}

/// True when a topic, or a part of it, is not there.
pub(crate) fn is_missing(code: Code) -> bool {
    use Code::{UnknownPartition, UnknownTopic, UnknownTopicOrPartition};
    matches!(
        code,
        UnknownTopicOrPartition | UnknownTopic | UnknownPartition
    )
}

/// Asks for the bounds of topics.
pub(crate) struct Ends {
    client: BaseConsumer<Asked>,
    topics: Vec<Arc<str>>,
}

impl Ends {
    /// Of those topics.
    ///
    /// # Errors
    /// No client can be made.
    pub(crate) fn new(clients: &Clients, topics: &[Arc<str>]) -> Result<Ends, String> {
        let mut config = clients.observer();
        // The very end: behind a transaction that hangs lies what is not visible yet, and
        // as long as it hangs nobody can say that they know everything.
        config.set("isolation.level", "read_uncommitted");
        let client = config.create_with_context(Asked);
        Ok(Ends {
            client: client.map_err(|e| errors::in_words(&e))?,
            topics: topics.to_vec(),
        })
    }

    /// Asks once.
    pub(crate) fn ask(&self) -> Answer {
        let asked = Instant::now();
        let bounds = self.topics.iter().map(|topic| self.of(topic));
        let bounds = bounds.collect::<Result<Vec<_>, _>>();
        Answer { asked, bounds }
    }

    fn of(&self, topic: &str) -> Result<Bounds, NoEnds> {
        let none = |code| NoEnds {
            what: errors::of_topic(topic, code),
            is_missing: is_missing(code),
        };
        let said = |e: KafkaError| none(errors::code_of(&e));
        let metadata = self
            .client
            .fetch_metadata(Some(topic), ANSWER_MAX)
            .map_err(said)?;
        let told = metadata.topics().iter().find(|t| t.name() == topic);
        let error = told.and_then(|t| t.error()).map(Code::from);
        let partitions = told.map_or(0, |t| t.partitions().len());
        let error = error.or((partitions == 0).then_some(Code::UnknownTopicOrPartition));
        if let Some(code) = error {
            return Err(none(code));
        }
        let all = |which| {
            let mut list = TopicPartitionList::new();
            for n in 0..partitions {
                let n = i32::try_from(n).expect("partitions are numbered so");
                list.add_partition_offset(topic, n, which)?;
            }
            self.client.offsets_for_times(list, ANSWER_MAX)
        };
        let (first, end) = (
            all(Offset::Beginning).map_err(said)?,
            all(Offset::End).map_err(said)?,
        );
        let at = |list: &TopicPartitionList, n: usize| {
            let found = list.find_partition(topic, i32::try_from(n).ok()?)?;
            match (found.error(), found.offset()) {
                (Ok(()), Offset::Offset(at)) => Some(at),
                _ => None,
            }
        };
        (0..partitions)
            .map(|n| at(&first, n).zip(at(&end, n)))
            .collect::<Option<Bounds>>()
            .ok_or_else(|| NoEnds {
                what: format!("topic `{topic}`: a partition does not tell its end"),
                is_missing: false,
            })
    }

    /// Asks whenever it is asked to, and else every so often; ends when nobody listens or
    /// asks any more.
    pub(crate) fn run(self, asked: &Receiver<()>, every: Duration, answers: &Sender<Answer>) {
        loop {
            match asked.recv_timeout(every) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if answers.send(self.ask()).is_err() {
                return;
            }
        }
    }
}
