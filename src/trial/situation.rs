//! The time of a test, and what people had decided by then.

use std::sync::Arc;

use crate::consent::state::{Decision, Snapshot, Table};
use crate::consent::told::{Beside, Told};
use crate::pipeline::Worker;
use crate::plan::Plan;
use crate::policy::check::{PolicyTest, TestDecided};

/// A worker for that test: at its time, and with what it says that people decided.
pub(super) fn worker_for(test: &PolicyTest, plan: &Plan) -> Worker {
    let mut table = Table::default();
    let now_ms = test.now_ms.unwrap_or(0);
    for one in &test.consent {
        let told = Told {
            kind: one.kind.clone(),
            id: one.id.clone(),
            category: one.category.clone(),
            decision: match one.decided {
                TestDecided::Granted => Decision::Granted { until_ms: None },
                TestDecided::Denied => Decision::Denied,
                TestDecided::Withdrawn => Decision::Withdrawn,
            },
            // So it has no end either.
            at_ms: None,
            beside: Beside::default(),
        };
        told.put(&mut table, plan, now_ms)
            .expect("a checked test tells of kinds, identifiers and categories of its policy");
    }
    let state = table.publish(now_ms);
    worker(test.now_ms).with_consent(Box::new(state))
}

/// A worker at the time that a test says. Without one, events of any time are taken: a
/// test must come to the same next year.
pub(super) fn worker(now_ms: Option<i64>) -> Worker {
    let worker = Worker::of_the_system().with_consent(Box::<Arc<Snapshot>>::default());
    match now_ms {
        Some(now_ms) => worker.at(now_ms),
        None => worker.for_events_of_any_time(),
    }
}
