//! Following what people decide while the stream runs: one thread that reads all of it
//! and makes versions, one that asks the cluster where the topics end.

mod canary;
mod hold;
mod keeper;
mod reader;
mod rows;
mod staleness;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded, unbounded};

use super::StreamError;
use crate::consent::state::{Table, Visible};
use crate::kafka::canary_writer::CanaryWriter;
use crate::kafka::client::Clients;
use crate::kafka::conditions::{Conditions, Part};
use crate::kafka::state::ends::Ends;
use crate::kafka::state::progress::Progress;
use crate::kafka::state::topics::StateTopics;
use crate::kafka::vital::Vital;
use crate::pipeline::observer::Observer;
use crate::plan::Plan;
use crate::plan::live::{LiveConsent, StateFormat};
use crate::vault::consent_file::{Under, identity};
use canary::Canary;
use hold::Hold;
use keeper::Keeper;
use reader::Reader;
use rows::{Rows, Statements, Theirs};
use staleness::Staleness;

/// So long the end of the threads is waited for: the file is written meanwhile.
const END: Duration = Duration::from_secs(3);

/// Where the state is kept, and how much of it.
#[derive(Clone, Debug)]
pub struct StateConfig {
    /// The folder of the file that it is found in after a restart; `None`: the topic is
    /// read from its beginning.
    pub folder: Option<PathBuf>,
    /// Most bytes that the table may take.
    pub bytes_max: u64,
}

impl Default for StateConfig {
    fn default() -> StateConfig {
        StateConfig {
            folder: None,
            bytes_max: 128 << 20,
        }
    }
}

/// What people decided, followed.
pub(super) struct ConsentState {
    /// What workers decide by, and the outlet asks before it commits.
    pub(super) visible: Arc<Visible>,
    /// As of when it is known.
    pub(super) progress: Arc<Progress>,
    /// Whether anything is begun.
    pub(super) hold: Arc<Hold>,
    ended: Arc<AtomicBool>,
    left: Receiver<()>,
}

/// What the threads are started with.
pub(super) struct Start<'a> {
    pub(super) clients: &'a Clients,
    pub(super) plan: &'a Arc<Plan>,
    pub(super) topics: &'a StateTopics,
    pub(super) config: &'a StateConfig,
    pub(super) observer: &'a Arc<dyn Observer>,
    pub(super) conditions: &'a Arc<Conditions>,
    pub(super) vital: &'a Vital,
}

impl ConsentState {
    /// Starts to follow.
    ///
    /// # Errors
    /// No client or thread can be made.
    pub(super) fn start(
        start: &Start<'_>,
        live: &LiveConsent,
    ) -> Result<ConsentState, StreamError> {
        let Start {
            clients,
            plan,
            topics,
            config,
            observer,
            conditions,
            vital,
        } = start;
        let mut followed = vec![Arc::clone(&live.topic)];
        let mut canary = None;
        if topics.has_control {
            let writer = CanaryWriter::new(clients, &live.control).map_err(StreamError::Client)?;
            followed.push(Arc::clone(writer.topic()));
            let of = plan.waiting().map(|output| format!("/{}", output.topic));
            let name = format!("{}{}", instance(clients), of.unwrap_or_default());
            canary = Some(Canary::new(writer, &name));
        }
        let millis = |ms: i64| Duration::from_millis(u64::try_from(ms).unwrap_or(0));
        let staleness = Staleness {
            after: millis(live.stale_after_ms),
            hold: live.hold_ms.map(millis),
        };
        let keeper = config.folder.as_ref().map(|folder| {
            // Of each group one of its own: two would write over each other.
            let of = plan.waiting().map(|output| format!(".{}", output.topic));
            let name = format!("{}{}.consent", plan.name, of.unwrap_or_default());
            let path = folder.join(name);
            let under = under(plan, live);
            Keeper::new(path, under, topics.delete_retention_ms)
        });
        let rows: Box<dyn Rows> = match &live.format {
            StateFormat::Veil => Box::new(Statements {
                expires_ms: live.expires_ms,
                now_ms,
            }),
            StateFormat::Json(_) => Box::new(Theirs::new(plan, now_ms)),
        };
        let (ask, asked) = bounded(1);
        let (to_reader, answers) = unbounded();
        let ends = Ends::new(clients, &followed).map_err(StreamError::Client)?;
        let every = staleness.every();
        vital.spawn("veil-state-ends", move || {
            ends.run(&asked, every, &to_reader)
        })?;
        let progress = Arc::new(Progress::new(ask));
        let table = Table::default();
        let visible = table.visible();
        let hold = Arc::new(Hold::default());
        let ended = Arc::new(AtomicBool::new(false));
        let reader = Reader {
            clients: (*clients).clone(),
            topics: followed,
            rows,
            categories: plan.categories.clone(),
            table,
            progress: Arc::clone(&progress),
            answers,
            staleness,
            hold: Arc::clone(&hold),
            conditions: Arc::clone(conditions),
            observer: Arc::clone(observer),
            stopping: Arc::clone(&ended),
            keeper,
            canary,
            bytes_max: config.bytes_max,
            now_ms,
        };
        conditions.awaits(Part::Consent, "what people decided is not read yet");
        let (leaving, left) = bounded::<()>(0);
        vital.spawn("veil-state", move || {
            reader.run();
            drop(leaving);
        })?;
        Ok(ConsentState {
            visible,
            progress,
            hold,
            ended,
            left,
        })
    }

    /// Waits until everything that was decided before now is known, for a moment. True
    /// when it is.
    pub(super) fn is_known(&self, since: Instant) -> bool {
        self.progress.wait_for(since, Duration::from_millis(100))
    }

    /// Ends the threads; the file is written once more.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        if self.left.recv_timeout(END) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the consent state did not end in time; what is kept of it is older");
        }
    }
}

/// How this instance calls itself where others read it.
fn instance(clients: &Clients) -> String {
    match &clients.identity.instance {
        Some(name) => name.clone(),
        None => format!("{:032x}", rand::random::<u128>()),
    }
}

/// What a file of the state goes with.
fn under(plan: &Plan, live: &LiveConsent) -> Under {
    let key = plan.rights.as_ref().map(|r| r.key.root.kcv().to_string());
    let key = key.unwrap_or_default();
    let expires = live.expires_ms.map_or(String::new(), |ms| ms.to_string());
    // Theirs is kept as the policy's signals and categories understood it.
    let format = match &live.format {
        // 2: a time that was still to come when a row came puts no end off.
        StateFormat::Veil => "veil 2".to_owned(),
        StateFormat::Json(_) => plan.digest.to_string(),
    };
    let parts = [key.as_bytes(), expires.as_bytes(), format.as_bytes()];
    Under {
        identity: identity(&parts),
        topic: live.topic.to_string(),
    }
}

/// What a running state cannot change: another plan with the same is followed by the same
/// thread.
pub(super) fn is_followed_alike(one: &Plan, other: &Plan) -> bool {
    let alike = |a: &LiveConsent, b: &LiveConsent| {
        let times = |l: &LiveConsent| (l.stale_after_ms, l.hold_ms, l.expires_ms);
        let same = match (&a.format, &b.format) {
            (StateFormat::Veil, StateFormat::Veil) => true,
            // How theirs is read depends on much of the policy.
            (StateFormat::Json(_), StateFormat::Json(_)) => one.digest == other.digest,
            _ => false,
        };
        same && a.topic == b.topic && a.control == b.control && times(a) == times(b)
    };
    let key = |plan: &Plan| plan.rights.as_ref().map(|r| r.key.root.kcv());
    match (&one.live, &other.live) {
        (None, None) => true,
        (Some(a), Some(b)) => alike(a, b) && key(one) == key(other),
        _ => false,
    }
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}
