//! The broker, the raw topics, and the two programs that read them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::Offset;
use tempfile::TempDir;

use crate::kafka::cluster::Flavour;
use crate::kafka::{self, Cluster, Feed, Outgoing};
use crate::mirror;
use crate::rates::Passed;
use crate::workload::{Workload, marketing};

/// Partitions of every topic.
pub const PARTITIONS: i32 = 6;
/// Settings of every topic: what is deleted is gone at once.
const TOPIC: &[(&str, &str)] = &[("file.delete.delay.ms", "100")];
const PATIENCE: Duration = Duration::from_secs(60);

/// A broker as one runs it, not as the tests need it.
const BROKER: Flavour = Flavour {
    jvm: &["-Xms1g", "-Xmx1g", "-XX:+UseSerialGC"],
    requests_are_logged: false,
};

/// How a topic is compressed, and what is written to it.
pub const CODECS: [&str; 2] = ["none", "lz4"];

/// Workload A with its pseudonyms, tokens and ciphertexts.
pub const REFERENCE: &str = include_str!("../reference/policies/reference.yaml");
/// The same with constants in their place.
pub const WITHOUT_CRYPTO: &str = include_str!("../reference/policies/reference-null.yaml");

/// Everything that a pass needs.
pub struct Stage {
    cluster: Cluster,
    home: TempDir,
    /// Of the clients of both programs, `name=value`.
    properties: Vec<String>,
    /// Events in each raw topic.
    pub events: usize,
    /// Bytes of all events.
    pub bytes: u64,
}

impl Stage {
    /// Starts the broker and fills the raw topics; `None` when this machine
    /// cannot run one, which is then said.
    pub fn set(events: usize, properties: &[&str]) -> Option<Stage> {
        let cluster = Cluster::start_as(&BROKER)?;
        let home = tempfile::Builder::new()
            .prefix("veil-bench-")
            .tempdir()
            .expect("a scratch directory");
        let mut stage = Stage {
            cluster,
            home,
            properties: properties.iter().map(|p| (*p).to_owned()).collect(),
            events,
            bytes: 0,
        };
        let made = stage
            .veil()
            .args(["keys", "new", "--keyring", "bench.json"])
            .args(["people", "phones", "contact", "quarantine"])
            .status()
            .expect("veil runs");
        assert!(made.success(), "veil keys new: {made}");
        stage.create("quarantine", &[("retention.ms", "86400000")]);
        for codec in CODECS {
            // The broker compresses anew, whatever the feed does.
            stage.create(&raw(codec), &[("compression.type", broker_word(codec))]);
            stage.bytes = stage.fill(&raw(codec), events);
        }
        Some(stage)
    }

    /// Makes a topic.
    pub fn create(&self, topic: &str, settings: &[(&str, &str)]) {
        kafka::create(
            &self.cluster,
            topic,
            PARTITIONS,
            &[TOPIC, settings].concat(),
        );
    }

    /// Writes the first events of workload A, in turn to every partition; their
    /// bytes.
    pub fn fill(&self, topic: &str, events: usize) -> u64 {
        let mut feed = Feed::new(&self.cluster, topic);
        let mut bytes = 0;
        let mut partitions = (0..PARTITIONS).cycle();
        for_each_event(0..events, |event| {
            bytes += event.len() as u64;
            let partition = partitions.next().expect("a cycle has no end");
            feed.send(outgoing(partition, event));
        });
        feed.finish();
        bytes
    }

    /// A producer for one topic. One that has just come takes half a second to send.
    pub fn feed(&self, topic: &str) -> Feed {
        Feed::new(&self.cluster, topic)
    }

    /// Writes so many events a second for so long, in turn to every partition; when
    /// each was sent.
    pub fn trickle(&self, feed: &mut Feed, per_second: usize, seconds: usize) -> Passed {
        let mut passed: Passed = vec![Vec::new(); PARTITIONS as usize];
        let mut partitions = (0..PARTITIONS).cycle();
        let (began, portions) = (Instant::now(), 100 * seconds);
        for portion in 0..=portions {
            let due = began + Duration::from_millis(10 * portion as u64);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let until = |portion: usize| portion * per_second / 100;
            if portion == portions {
                break;
            }
            for_each_event(until(portion)..until(portion + 1), |event| {
                let partition = partitions.next().expect("a cycle has no end");
                passed[partition as usize].push(Instant::now());
                feed.send(outgoing(partition, event));
            });
        }
        passed
    }

    /// Waits until the group has committed the end of the topic.
    pub fn settled(&self, group: &str, topic: &str) {
        kafka::settled(&self.cluster, group, topic, PATIENCE);
    }

    /// The mirror, from one topic to another.
    pub fn mirror(&self, codec: &str, source: &str, target: &str, events: usize) -> Command {
        let mut mirror = Command::new(std::env::current_exe().expect("this program has a path"));
        mirror
            .arg(mirror::WORD)
            .args([source, target, &events.to_string()])
            .args(self.properties(codec));
        mirror
    }

    /// `veil run` under a policy, from one topic to another.
    pub fn sidecar(&self, policy: &str, codec: &str, source: &str, target: &str) -> Command {
        let mut veil = self.veil();
        veil.arg("run")
            .arg("-p")
            .arg(self.policy(policy, source, target))
            .args(["--group", target, "--http", "127.0.0.1:0"])
            .args(["--log-level", "error"]);
        for property in self.properties(codec) {
            veil.args(["-X", &property]);
        }
        veil
    }

    /// A reader of what is committed in a topic from now on.
    pub fn reader_at_end(&self, topic: &str) -> BaseConsumer {
        let ends = kafka::ends(&self.cluster, topic, kafka::Isolation::Committed);
        self.reader(topic, "10", |partition| {
            Offset::Offset(ends[partition as usize])
        })
    }

    /// Records and bytes of values that a reader of committed records finds in
    /// each partition.
    ///
    /// # Panics
    /// When the topic cannot be read to its end.
    pub fn count(&self, topic: &str) -> Vec<(u64, u64)> {
        let consumer = self.reader(topic, "500", |_| Offset::Beginning);
        let mut found = vec![(0, 0); PARTITIONS as usize];
        let mut open = PARTITIONS;
        while open > 0 {
            match consumer.poll(PATIENCE) {
                Some(Ok(message)) => {
                    let (records, bytes) = &mut found[message.partition() as usize];
                    *records += 1;
                    *bytes += message.payload_len() as u64;
                }
                Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
                Some(Err(e)) => panic!("reading {topic}: {e}"),
                None => panic!("reading {topic}: nothing for {PATIENCE:?}"),
            }
        }
        found
    }

    /// The broker holds a fetch back for at most so many milliseconds: one that waits
    /// for committed records does not hear of every commit.
    fn reader(&self, topic: &str, wait: &str, from: impl Fn(i32) -> Offset) -> BaseConsumer {
        let consumer: BaseConsumer = self
            .cluster
            .client()
            .set("group.id", "bench-reader") // never joined
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed")
            .set("fetch.wait.max.ms", wait)
            .create()
            .expect("a consumer");
        let mut list = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            list.add_partition_offset(topic, partition, from(partition))
                .expect("a valid offset");
        }
        consumer.assign(&list).expect("assigned");
        consumer
    }

    /// Deletes a topic.
    pub fn remove(&self, topic: &str) {
        let admin: AdminClient<DefaultClientContext> =
            self.cluster.client().create().expect("an admin client");
        let deleted = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime without drivers")
            .block_on(admin.delete_topics(&[topic], &AdminOptions::new()))
            .expect("the broker answers");
        for topic in deleted {
            topic.unwrap_or_else(|(topic, e)| panic!("deleting {topic}: {e}"));
        }
    }

    fn properties(&self, codec: &str) -> Vec<String> {
        let mut all = vec![
            format!("bootstrap.servers={}", self.cluster.bootstrap()),
            format!("compression.type={codec}"),
        ];
        all.extend_from_slice(&self.properties);
        all
    }

    fn veil(&self) -> Command {
        let mut veil = Command::new(env!("CARGO_BIN_EXE_veil"));
        veil.current_dir(self.home.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VEIL_") {
                veil.env_remove(&name);
            }
        }
        veil
    }

    /// The policy of the bench, between these topics, with the quarantine that a
    /// sidecar needs.
    fn policy(&self, policy: &str, source: &str, target: &str) -> PathBuf {
        let (head, rest) = policy.split_once("outputs:\n").expect("it has outputs");
        let keys = if head.contains("keys:\n") {
            ""
        } else {
            "keys:\n"
        };
        let text = format!(
            "{head}{keys}  quarantine: {{ ref: \"file:bench.json#quarantine\" }}\noutputs:\n{rest}
quarantine: {{ topic: quarantine, key: quarantine, retention: 1d }}\n"
        )
        .replace("reference.raw", source)
        .replace("reference.clean", target);
        let path = Path::new(self.home.path()).join(format!("{target}.yaml"));
        fs::write(&path, text).expect("the policy is written");
        path
    }
}

/// The raw topic of a codec.
pub fn raw(codec: &str) -> String {
    format!("raw-{codec}")
}

/// What the broker calls it.
fn broker_word(codec: &str) -> &str {
    if codec == "none" {
        "uncompressed"
    } else {
        codec
    }
}

/// Hands out events of workload A, some at a time, so that they need no memory
/// to speak of.
fn for_each_event(numbers: std::ops::Range<usize>, mut take: impl FnMut(&str)) {
    const AT_ONCE: usize = 10_000;
    let mut first = numbers.start;
    while first < numbers.end {
        let some = AT_ONCE.min(numbers.end - first);
        let event = |n, out: &mut String| marketing::event(first as u64 + n, out);
        Workload::generate(some, event).iter().for_each(&mut take);
        first += some;
    }
}

fn outgoing(partition: i32, event: &str) -> Outgoing {
    Outgoing {
        partition,
        value: Some(event.as_bytes().to_vec()),
        ..Outgoing::default()
    }
}
