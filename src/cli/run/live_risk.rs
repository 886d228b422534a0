//! How alone people are in what leaves, while it does.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use veilstream::crypto::entropy::{Entropy, OsEntropy};
use veilstream::exposure::LiveRisk;
use veilstream::pipeline::Onlooker;
use veilstream::pipeline::OutBatch;
use veilstream::plan::Plan;
use veilstream::policy::diff::Said;
use veilstream::policy::named;
use veilstream::telemetry::{RiskFigures, Watch};

/// So often the figures are told.
const EVERY: Duration = Duration::from_secs(1);

/// Looks at what leaves, and tells the figures.
pub(super) struct Looking {
    window_ms: i64,
    watch: Arc<Watch>,
    state: Mutex<State>,
}

struct State {
    /// Of the plan in force; `None`: nothing can be told of its records.
    live: Option<Arc<LiveRisk>>,
    told: Option<Instant>,
    topics: Vec<String>,
}

impl Looking {
    /// At what leaves under that plan, which was made of that policy.
    pub(super) fn new(
        window: Duration,
        watch: Arc<Watch>,
        (plan, said): (&Arc<Plan>, &Said),
    ) -> Looking {
        let looking = Looking {
            window_ms: i64::try_from(window.as_millis()).unwrap_or(i64::MAX),
            watch,
            state: Mutex::new(State {
                live: None,
                told: None,
                topics: Vec::new(),
            }),
        };
        looking.replace(plan, said);
        looking
    }

    /// Another policy is in force: all begins anew.
    pub(super) fn replace(&self, plan: &Arc<Plan>, said: &Said) {
        let mut key = [0; 32];
        OsEntropy.fill(&mut key);
        let live = LiveRisk::new(plan, &named(said), self.window_ms, &key);
        if live.is_none() {
            tracing::warn!(
                "`risk.window`: of records under a schema, or that are taken apart, nothing is measured"
            );
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for topic in state.topics.drain(..) {
            self.watch.forget_risk(&topic);
        }
        state.live = live.map(Arc::new);
        state.told = None;
    }

    /// What is looked with; and whether the figures are to be told.
    fn live(&self) -> Option<(Arc<LiveRisk>, bool)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let live = Arc::clone(state.live.as_ref()?);
        let is_due = state.told.is_none_or(|told| told.elapsed() >= EVERY);
        if is_due {
            state.told = Some(Instant::now());
        }
        Some((live, is_due))
    }
}

impl Onlooker for Looking {
    fn see(&self, batch: &OutBatch) {
        let Some((live, is_due)) = self.live() else {
            return;
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now_ms = now.map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
        live.see(batch, now_ms);
        if !is_due {
            return;
        }
        let mut topics = Vec::new();
        for (topic, figures) in live.figures() {
            self.watch.risk(&RiskFigures {
                topic: &topic,
                classes: figures.classes,
                persons: figures.people,
                unique: figures.unique,
                below: figures.below,
                average: figures.average,
            });
            topics.push(topic);
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.topics = topics;
    }
}

impl std::fmt::Debug for Looking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Looking").finish_non_exhaustive()
    }
}
