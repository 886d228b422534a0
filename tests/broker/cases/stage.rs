//! One stream set up for a case: topics, policy, keys; and its verdict.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::check::{Input, Output, Quarantined, Tally, verdict};
use crate::kafka::{
    self, Cluster, Feed, Isolation, Proxy, Row, ends, offset_commits, read_all, settled,
};
use crate::traffic::{KIND, Kind, MARK, NUMBER, Topics, Traffic, policy};
use crate::veil::{Home, Veil};

/// How long an idle group may take to have committed everything. Covers a dead
/// member's session and its open transaction's timeout (10 s each).
pub const SETTLE: Duration = Duration::from_secs(90);

/// Topics, policy and keys of one case; the topics' names hold the case's.
pub struct Stage<'a> {
    /// The broker.
    pub cluster: &'a Cluster,
    home: OnceCell<Home>,
    /// Topic names.
    pub topics: Topics,
    /// Consumer group.
    pub group: String,
    /// Of the source.
    pub partitions: i32,
}

impl<'a> Stage<'a> {
    /// Everything, with topics of default settings.
    pub fn new(cluster: &'a Cluster, case: &str, partitions: i32) -> Stage<'a> {
        let stage = Self::bare(cluster, case, partitions);
        let t = &stage.topics;
        kafka::create(cluster, &t.source, partitions, &[]);
        kafka::create(cluster, &t.analytics, partitions, &[]);
        kafka::create(cluster, &t.mail, 3, &[]);
        kafka::create(cluster, &t.quarantine, 1, &[]);
        stage
    }

    /// Policy and keys only: the case makes its topics.
    pub fn bare(cluster: &'a Cluster, case: &str, partitions: i32) -> Stage<'a> {
        let topics = Topics {
            source: format!("{case}.raw"),
            analytics: format!("{case}.analytics"),
            mail: format!("{case}.mail"),
            quarantine: format!("{case}.quarantine"),
        };
        Stage {
            cluster,
            home: OnceCell::new(),
            topics,
            group: format!("group-{case}"),
            partitions,
        }
    }

    /// Writes the settings file `veil.yaml`; a case names it with `-c`.
    pub fn settings(&self, text: &str) {
        std::fs::write(self.home().path().join("veil.yaml"), text).expect("settings are written");
    }

    /// Writes a file that only its owner may read, beside the policy.
    pub fn secret(&self, name: &str, text: &str) {
        let path = self.home().path().join(name);
        std::fs::write(&path, text).expect("the secret is written");
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, private).expect("it is ours");
    }

    /// Puts another policy in the place of the one there, in one go.
    pub fn rewrite(&self, text: &str) {
        let path = self.home().path();
        std::fs::write(path.join("policy.next"), text).expect("the policy is written");
        std::fs::rename(path.join("policy.next"), path.join("policy.yaml")).expect("renamed");
    }

    /// Runs `veil doctor` of this stage on a group: its exit code, and all it says.
    pub fn doctor(&self, group: &str) -> (Option<i32>, String) {
        let bootstrap = format!("bootstrap.servers={}", self.cluster.bootstrap());
        let ran = self
            .home()
            .command()
            .args(["doctor", "-p", "policy.yaml", "-X", &bootstrap])
            .args(["--group", group, "--http", "127.0.0.1:0"])
            .output()
            .expect("veil runs");
        let said = [ran.stdout, ran.stderr].concat();
        (
            ran.status.code(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }

    /// The same under another policy than that of the traffic; before anything is asked of
    /// the stage.
    pub fn under(self, policy: &str) -> Stage<'a> {
        let unused = self.home.set(Home::new(policy)).is_ok();
        assert!(unused, "the stage has its policy already");
        self
    }

    /// The command, in the folder of the case.
    pub fn command(&self) -> std::process::Command {
        self.home().command()
    }

    /// Where policy, keys and settings lie.
    pub fn folder(&self) -> &std::path::Path {
        self.home().path()
    }

    fn home(&self) -> &Home {
        self.home.get_or_init(|| Home::new(&policy(&self.topics)))
    }

    /// Starts a `veil run` of this stage.
    pub fn veil(&self, flags: &[&str]) -> Veil {
        Veil::start(self.home(), self.cluster, &self.group, flags)
    }

    /// The same for which the broker is what the proxy makes of it.
    pub fn veil_through(&self, proxy: &Proxy, flags: &[&str]) -> Veil {
        Veil::start_at(self.home(), &proxy.bootstrap(), &self.group, flags)
    }

    /// Writes `records` into the source.
    pub fn produce(&self, records: impl IntoIterator<Item = kafka::Outgoing>) {
        kafka::produce(self.cluster, &self.topics.source, records);
    }

    /// Waits until the group has committed the end of the source.
    pub fn settle(&self) {
        settled(self.cluster, &self.group, &self.topics.source, SETTLE);
    }

    /// Where the group stands, by partition.
    pub fn committed(&self) -> Vec<Option<i64>> {
        kafka::committed(
            self.cluster,
            &self.group,
            &self.topics.source,
            self.partitions,
        )
    }

    /// How many records of the source the group has committed or passed.
    pub fn progress(&self) -> i64 {
        self.committed().into_iter().flatten().sum()
    }

    /// Waits until the group has got further than `before` while `veil` runs.
    pub fn await_progress(&self, veil: &mut Veil, before: i64) {
        let start = Instant::now();
        // Each question waits for its answer: this is no busy loop.
        while self.progress() <= before {
            assert!(
                veil.try_exit().is_none() && start.elapsed() < SETTLE,
                "no progress:\n{}",
                veil.log()
            );
        }
    }

    /// Reads everything and fails on any complaint: each of the `sent` records
    /// exactly once where it belongs, in order, in no open transaction, its
    /// time kept, and no clear value anywhere.
    pub fn verdict(&self, sent: u64) -> Tally {
        let (tally, complaints) = self.judge(sent);
        assert!(
            complaints.is_empty(),
            "{} complaints, the first:\n  {}\n{tally}",
            complaints.len(),
            complaints[..complaints.len().min(20)].join("\n  ")
        );
        tally
    }

    /// As [`Stage::verdict`], giving the complaints back.
    pub fn judge(&self, sent: u64) -> (Tally, Vec<String>) {
        let source = read_all(self.cluster, &self.topics.source, Isolation::Committed);
        let inputs = inputs(&source);
        let mut numbers: Vec<u64> = inputs.iter().map(|i| i.number).collect();
        numbers.sort_unstable();
        assert!(
            numbers.iter().copied().eq(0..sent),
            "the source itself holds every record once"
        );
        let t = &self.topics;
        let rows = [&t.analytics, &t.mail, &t.quarantine].map(|topic| (topic, self.closed(topic)));
        let [analytics, mail, quarantine] = &rows;
        let (tally, violations) = verdict(
            &inputs,
            &[
                (analytics.0, outputs(&analytics.1)),
                (mail.0, outputs(&mail.1)),
            ],
            &quarantined(&quarantine.1, &t.source),
        );
        let mut complaints: Vec<String> = violations.iter().map(ToString::to_string).collect();
        if violations.is_empty() && !tally.balances() {
            complaints.push("the tally does not balance".into());
        }
        for (topic, rows) in &rows {
            complaints.extend(marked(topic, rows));
        }
        for (topic, rows) in [analytics, mail] {
            complaints.extend(changed_times(topic, &source, rows));
        }
        (tally, complaints)
    }

    /// All committed records of an output, once no transaction is open on it.
    pub fn closed(&self, topic: &str) -> Vec<Row> {
        kafka::await_some(
            &format!("the last transaction on {topic} to end"),
            Duration::from_secs(60),
            || {
                let stable = ends(self.cluster, topic, Isolation::Committed);
                (stable == ends(self.cluster, topic, Isolation::Uncommitted)).then_some(())
            },
        );
        read_all(self.cluster, topic, Isolation::Committed)
    }

    /// Asserts that every commit of the group's offsets showed a membership;
    /// how many were taken, and how many refused.
    pub fn commits_of_members(&self) -> (usize, usize) {
        let commits = offset_commits(self.cluster, &self.group);
        let strangers: Vec<_> = commits.iter().filter(|c| !c.is_a_members()).collect();
        assert!(
            strangers.is_empty(),
            "offsets were sent without a membership: {strangers:?}"
        );
        let taken = commits.iter().filter(|c| c.taken).count();
        (taken, commits.len() - taken)
    }

    /// Records in the log of an output that no committed reader sees: work of
    /// transactions that were aborted.
    pub fn aborted(&self, topic: &str) -> usize {
        read_all(self.cluster, topic, Isolation::Uncommitted).len()
            - read_all(self.cluster, topic, Isolation::Committed).len()
    }
}

/// What the source holds, with the fate that each record's kind has.
pub fn inputs(rows: &[Row]) -> Vec<Input> {
    rows.iter()
        .map(|r| Input {
            number: number(r).expect("the source is numbered"),
            partition: r.partition,
            offset: r.offset,
            fate: Kind::from_word(r.header(KIND).expect("the source names the kind"))
                .expect("a kind of the traffic")
                .fate(),
        })
        .collect()
}

/// What an output holds. A record without a number counts as one that nobody sent.
pub fn outputs(rows: &[Row]) -> Vec<Output> {
    rows.iter()
        .map(|r| Output {
            number: number(r).unwrap_or(u64::MAX),
            partition: r.partition,
            offset: r.offset,
        })
        .collect()
}

/// Headers of a quarantined record: the last ones only where an output refused it,
/// and where one of its fields did.
const QUARANTINE: [&str; 7] = [
    "veil-reason",
    "veil-topic",
    "veil-partition",
    "veil-offset",
    "veil-output",
    "veil-field",
    "veil-action",
];

/// What the quarantine holds, from its headers; every record is of `source`.
pub fn quarantined(rows: &[Row], source: &str) -> Vec<Quarantined> {
    rows.iter()
        .map(|r| {
            let header = |name| r.header(name).unwrap_or_else(|| panic!("no header {name}"));
            assert_eq!(header("veil-topic"), source);
            let names: Vec<&str> = r.headers.iter().map(|(name, _)| name.as_str()).collect();
            assert!(
                QUARANTINE.starts_with(&names),
                "reason and places, no more: {names:?}"
            );
            assert_eq!(r.key, None, "a quarantined record has no key");
            Quarantined {
                partition: header("veil-partition").parse().expect("a partition"),
                offset: header("veil-offset").parse().expect("an offset"),
                reason: header("veil-reason").to_owned(),
            }
        })
        .collect()
}

fn number(row: &Row) -> Option<u64> {
    row.header(NUMBER)?.parse().ok()
}

/// Every personal value of the traffic holds the mark; no output record may.
pub fn marked(topic: &str, rows: &[Row]) -> Vec<String> {
    let holds = |bytes: &[u8]| {
        bytes
            .windows(MARK.len())
            .any(|w| w.eq_ignore_ascii_case(MARK.as_bytes()))
    };
    rows.iter()
        .filter(|r| {
            r.key.as_deref().is_some_and(holds)
                || r.value.as_deref().is_some_and(holds)
                || r.headers
                    .iter()
                    .any(|(n, v)| holds(n.as_bytes()) || holds(v))
        })
        .map(|r| format!("clear text in {topic}/{}@{}", r.partition, r.offset))
        .collect()
}

/// Both outputs keep the record's time.
fn changed_times(topic: &str, source: &[Row], rows: &[Row]) -> Vec<String> {
    let times: BTreeMap<u64, Option<i64>> = source
        .iter()
        .filter_map(|r| Some((number(r)?, r.timestamp_ms)))
        .collect();
    rows.iter()
        .filter(|r| {
            number(r)
                .and_then(|n| times.get(&n))
                .is_some_and(|t| *t != r.timestamp_ms)
        })
        .map(|r| format!("another time in {topic}/{}@{}", r.partition, r.offset))
        .collect()
}

/// Feeds the source from a thread of its own, at a pace, until it is told to
/// hurry; so that there is load at every moment of a case.
pub struct Load {
    sent: Arc<AtomicU64>,
    hurry: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Load {
    /// `total` records of `seed`, `per_second` until hurried.
    pub fn start(stage: &Stage<'_>, seed: u64, total: u64, per_second: u64) -> Load {
        let (sent, hurry) = (
            Arc::new(AtomicU64::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let mut feed = Feed::new(stage.cluster, &stage.topics.source);
        let traffic = Traffic::new(seed, stage.partitions);
        let (count, hurried) = (Arc::clone(&sent), Arc::clone(&hurry));
        let thread = std::thread::spawn(move || {
            let start = Instant::now();
            for (i, record) in (0..total).zip(traffic) {
                let due = start + Duration::from_micros(i * 1_000_000 / per_second);
                while Instant::now() < due && !hurried.load(Ordering::Acquire) {
                    std::thread::sleep(Duration::from_millis(1)); // the pace, not a wait
                }
                feed.send(record);
                count.store(i + 1, Ordering::Release);
            }
            feed.finish();
        });
        Load {
            sent,
            hurry,
            thread,
        }
    }

    /// How many are queued so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Acquire)
    }

    /// Sends the rest as fast as it can; returns when all is acknowledged.
    pub fn finish(self) {
        self.hurry.store(true, Ordering::Release);
        self.thread.join().expect("the load does not panic");
    }
}
