//! Who watches a stream: figures, and nothing else, leave through here.

use std::time::Duration;

use super::OutBatch;
use crate::consent::state::{By, Is};
use crate::crypto::release_set::SetMark;
use crate::plan::Plan;
use crate::record::counts::Counts;
use crate::schema::registry::Figures;

/// Told what happens, from the stream's own threads: must not block. Every
/// method may be left out.
pub trait Observer: Send + Sync {
    /// Another plan is in force: records that are read from now on are done
    /// under it.
    fn on_plan(&self, plan: &Plan) {
        let _ = plan;
    }

    /// A worker sanitized a batch.
    fn on_batch(&self, records: usize, took: Duration) {
        let _ = (records, took);
    }

    /// A transaction with this batch was committed. Nothing is told before.
    fn on_commit(&self, batch: &Committed<'_>) {
        let _ = batch;
    }

    /// A transaction with this release was committed.
    fn on_release(&self, release: &Released<'_>) {
        let _ = release;
    }

    /// A transaction with that of an output that counts was committed.
    fn on_counted(&self, topic: &str, figures: &CountFigures) {
        let _ = (topic, figures);
    }

    /// How the windows of an output stand.
    fn on_counting(&self, topic: &str, now: CountsNow) {
        let _ = (topic, now);
    }

    /// So many records of an output wait for its next release; `overdue`: for so long the
    /// oldest waits longer than it should.
    fn on_waiting(&self, topic: &str, records: usize, overdue: Duration) {
        let _ = (topic, records, overdue);
    }

    /// A transaction ended. `open`: from its begin to the broker's answer.
    fn on_transaction(&self, outcome: TransactionEnd, open: Duration) {
        let _ = (outcome, open);
    }

    /// A commit was answered after so long, counted from the decision.
    fn on_commit_answered(&self, took: Duration) {
        let _ = took;
    }

    /// The transactional producer is replaced.
    fn on_rebuild(&self, cause: Cause) {
        let _ = cause;
    }

    /// The partitions of this instance changed; it has so many now.
    fn on_rebalance(&self, change: Change, partitions: usize) {
        let _ = (change, partitions);
    }

    /// How far behind a source partition is.
    fn on_lag(&self, topic: &str, partition: i32, lag: Lag) {
        let _ = (topic, partition, lag);
    }

    /// The stream has so many workers and room for so many bytes under way.
    fn on_room(&self, workers: usize, bytes: u64) {
        let _ = (workers, bytes);
    }

    /// So many bytes are under way between the intake and the end of a
    /// transaction.
    fn on_under_way(&self, bytes: u64) {
        let _ = bytes;
    }

    /// So many bytes are fetched and wait to be read.
    fn on_fetched(&self, bytes: u64) {
        let _ = bytes;
    }

    /// For so long more nothing was read for want of room.
    fn on_held_up(&self, how: HeldUp, time: Duration) {
        let _ = (how, time);
    }

    /// The members of the group were looked at: so many of each of
    /// [`Kin::ALL`].
    fn on_members(&self, members: [usize; Kin::ALL.len()]) {
        let _ = members;
    }

    /// What became of the state of consent, and of records because of it.
    fn on_consent(&self, figure: ConsentFigure<'_>) {
        let _ = figure;
    }

    /// How the desk of a schema registry stands.
    fn on_schemas(&self, figures: &Figures) {
        let _ = figures;
    }

    /// A source partition is no longer read here.
    fn on_lane_gone(&self, topic: &str, partition: i32) {
        let _ = (topic, partition);
    }
}

/// What is told of windows that are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountFigures {
    /// What became of windows, by [`CountFigures::OUTCOMES`].
    pub windows: [u64; CountFigures::OUTCOMES.len()],
    /// Rows that left.
    pub rows: u64,
    /// How many records were left out, by [`CountFigures::WHY`].
    pub left_out: [u64; CountFigures::WHY.len()],
}

impl CountFigures {
    /// What becomes of a window.
    pub const OUTCOMES: [&'static str; 6] = [
        "released",
        "budget_spent",
        "smaller_budget",
        "late_window",
        "left_before",
        "state_lost",
    ];
    /// Why a record is not counted.
    pub const WHY: [&'static str; 6] = [
        "no_subject",
        "time_out_of_range",
        "no_value",
        "other_cell",
        "late",
        "state_lost",
    ];
}

/// How windows stand that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountsNow {
    /// How many are open.
    pub open: usize,
    /// Bytes of memory that they take, about.
    pub bytes: u64,
    /// For how long the first of them should have been closed; 0: none should.
    pub overdue: Duration,
}

/// A committed release.
#[derive(Clone, Copy, Debug)]
pub struct Released<'a> {
    /// The output's topic.
    pub topic: &'a str,
    /// What is told of it.
    pub figures: &'a ReleaseFigures,
}

/// What is told of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseFigures {
    /// Records in it; 0: those that waited were too few, and are left out.
    pub records: u64,
    /// Persons they are of.
    pub people: u64,
    /// Its classes; `None`: it was shuffled, and no more, or is empty.
    pub classes: Option<ReleasedClasses>,
    /// How long its oldest record waited.
    pub waited: Duration,
    /// How long it took to compose.
    pub composed_in: Duration,
    /// How many records were left out, by [`ReleaseFigures::WHY`].
    pub left_out: [u64; ReleaseFigures::WHY.len()],
    /// The mark of which records are in it; `None`: none is, or no key marks them.
    pub set: Option<SetMark>,
}

/// The classes of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleasedClasses {
    /// How many persons each has, the smallest first.
    pub people: Vec<u32>,
    /// The mean loss of a record that is in one, 0 to 1.
    pub loss: f64,
    /// The same of all that were put together: what was set aside loses all.
    pub penalty: f64,
    /// Of each floor that the output demands, what the class that is nearest to it reached.
    pub reached: Vec<f64>,
}

impl ReleaseFigures {
    /// Why a record that waited is in no release.
    pub const WHY: [&'static str; 5] = [
        "short",
        "no_subject",
        "over_cap",
        "remainder",
        "already_released",
    ];
}

/// Writes releases down before anything of them leaves.
pub trait ReleaseLog: Send + Sync + std::fmt::Debug {
    /// A release of the one output of `plan` is composed, for which so much of the source was
    /// read; its number.
    ///
    /// # Errors
    /// Why it cannot be written down: then nothing of it may leave.
    fn composed(
        &self,
        plan: &Plan,
        figures: &ReleaseFigures,
        read: &[Covered<'_>],
    ) -> Result<u64, String>;

    /// The release of that number has left.
    fn left(&self, number: u64);
}

/// Records of a source partition that a release has covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered<'a> {
    /// Source topic.
    pub topic: &'a str,
    /// Its partition.
    pub partition: i32,
    /// Offset of the first.
    pub from: i64,
    /// Offset behind the last.
    pub to: i64,
}

/// Looks at what leaves, from the workers' threads, before it is sent: what is read again
/// is seen again.
pub trait Onlooker: Send + Sync + std::fmt::Debug {
    /// What a batch became.
    fn see(&self, batch: &OutBatch);
}

/// A figure of live consent.
#[derive(Clone, Copy, Debug)]
pub enum ConsentFigure<'a> {
    /// Something is known of so many people, in so many bytes.
    Known {
        /// People.
        people: u64,
        /// Bytes of memory.
        bytes: u64,
    },
    /// A category of the policy is granted by so many, and denied by so many.
    Standing {
        /// The category.
        category: &'a str,
        /// Who granted it.
        granted: u64,
        /// Who denied it.
        denied: u64,
    },
    /// A decision came.
    Decision {
        /// In that category, of whichever name.
        category: &'a str,
        /// What it says.
        is: Is,
        /// Where it was made.
        by: By,
    },
    /// Somebody withdrew, or denied for the first time.
    Withdrawal {
        /// In that category, of whichever name.
        category: &'a str,
    },
    /// Nothing leaves any more of who withdrew so long ago.
    WithdrawalDelay(Duration),
    /// A row was seen so long after it was written.
    Lag(Duration),
    /// It is not known to be current, or is.
    Stale(bool),
    /// For so long more nothing was begun for that.
    Held(Duration),
    /// A record of the topic could not be read, or lies in a wrong partition.
    BadRecord,
    /// Somebody withdrew after their records were decided.
    FenceHit(FenceAt),
    /// So many bytes wait for decisions that they may have overtaken.
    Settling(u64),
}

/// Where records of who withdrew were stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FenceAt {
    /// Before they were sent: they are decided anew.
    Send,
    /// Before their transaction was committed: it is read again.
    Commit,
}

impl FenceAt {
    /// Every place.
    pub(crate) const ALL: [FenceAt; 2] = [FenceAt::Send, FenceAt::Commit];

    /// The metric label.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            FenceAt::Send => "send",
            FenceAt::Commit => "commit",
        }
    }
}

/// Watches nothing.
#[cfg(test)]
pub(crate) struct Nobody;

#[cfg(test)]
impl Observer for Nobody {}

/// A batch of a committed transaction.
pub struct Committed<'a> {
    /// The plan it was counted under: by it, and no other, are the outputs and
    /// fields of `counts` named.
    pub(crate) plan: &'a Plan,
    /// Source topic.
    pub(crate) topic: &'a str,
    /// What happened to its records.
    pub(crate) counts: &'a Counts,
    /// Timestamp of its oldest record, milliseconds since 1970.
    pub(crate) oldest_ms: Option<i64>,
}

/// What a member of the group is to this instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kin {
    /// It started under a text of the policy that this instance has, or has had,
    /// in force; this instance is one of them.
    OwnDigest,
    /// It started under another text of the same policy.
    OtherDigest,
    /// It runs another policy.
    OtherPolicy,
    /// It is another program.
    Foreign,
}

impl Kin {
    /// Every kind, in the order of its discriminant.
    pub const ALL: [Kin; 4] = [
        Kin::OwnDigest,
        Kin::OtherDigest,
        Kin::OtherPolicy,
        Kin::Foreign,
    ];

    /// The metric label.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Kin::OwnDigest => "own_digest",
            Kin::OtherDigest => "other_digest",
            Kin::OtherPolicy => "other_policy",
            Kin::Foreign => "foreign",
        }
    }
}

/// How far a source partition is behind its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// Offsets between the committed position and the end.
    pub records: i64,
    /// Age of the first record that was read and is not committed; where none is
    /// under way, for how long there has been one to read; zero at the end.
    pub time: Duration,
}

/// How reading is held up while there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldUp {
    /// What is fetched waits.
    Starved,
    /// Nothing is fetched any more.
    Paused,
}

impl HeldUp {
    /// Every way.
    pub(crate) const ALL: [HeldUp; 2] = [HeldUp::Starved, HeldUp::Paused];

    /// The metric label.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            HeldUp::Starved => "starved",
            HeldUp::Paused => "paused",
        }
    }
}

/// How the partitions of an instance changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Some, or none, were added.
    Assigned,
    /// Some were asked back, and finished first.
    Revoked,
    /// All were taken away: polled or answered too late.
    Lost,
}

impl Change {
    /// The metric label.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Change::Assigned => "assigned",
            Change::Revoked => "revoked",
            Change::Lost => "lost",
        }
    }
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionEnd {
    /// It committed.
    Committed,
    /// It was aborted and is read again.
    Aborted,
    /// Its producer was given up with it; the broker's offsets decide.
    Abandoned,
}

impl TransactionEnd {
    /// Every outcome.
    pub(crate) const ALL: [TransactionEnd; 3] = [
        TransactionEnd::Committed,
        TransactionEnd::Aborted,
        TransactionEnd::Abandoned,
    ];

    /// The metric label.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            TransactionEnd::Committed => "committed",
            TransactionEnd::Aborted => "aborted",
            TransactionEnd::Abandoned => "abandoned",
        }
    }
}

/// Why a producer is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A call was slow or went unanswered: a late copy of it may still arrive,
    /// and must not meet a later transaction of the same producer.
    Slow,
    /// It was fenced, or its transaction timed out.
    Fenced,
    /// A topic was gone.
    MissingTopic,
    /// The topics take other sizes than before.
    Resized,
    /// Any other failure it cannot survive.
    Failed,
}

impl Cause {
    /// Every cause.
    pub(crate) const ALL: [Cause; 5] = [
        Cause::Slow,
        Cause::Fenced,
        Cause::MissingTopic,
        Cause::Resized,
        Cause::Failed,
    ];

    /// The metric label.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Cause::Slow => "slow",
            Cause::Fenced => "fenced",
            Cause::MissingTopic => "missing_topic",
            Cause::Resized => "resized",
            Cause::Failed => "failed",
        }
    }
}
