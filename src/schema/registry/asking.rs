//! The desk without a thread of its own: for who has the records before it, and waits for
//! what is known of each schema.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::binder::{Binder, Drafted, Key};
use super::cache::Bindings;
use super::call::Kind;
use super::desk::{Desk, Next};
use super::fetched::Text;
use super::thread::Calls;
use super::told::Rules;
use super::trouble::Trouble;
use crate::record::lane::Lane;
use crate::schema::frame::Part;

/// So long a registry is waited for that cannot be asked.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks whether it is told to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Asks for one schema after the other.
pub struct Asking<B: Binder, C> {
    desk: Desk<B>,
    calls: C,
    lane: Lane,
    patience: Duration,
}

/// Why nothing is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKnown {
    /// The registry cannot be asked.
    #[error("{0}")]
    Trouble(Trouble),
    /// It was told to stop.
    #[error("stopped while a schema was asked for")]
    Stopped,
}

impl<B: Binder, C: Calls> Asking<B, C> {
    /// `registers`: schemas of what leaves are registered; else they are only looked up.
    /// `seed`: by which its waits differ from those of others.
    pub fn new(binder: B, calls: C, registers: bool, seed: u64) -> Asking<B, C> {
        let rules = Rules {
            registers,
            // Whoever reads from what is there has waited before.
            unknown_wait: Duration::ZERO,
            outage_wait: None,
        };
        Asking {
            desk: Desk::new(binder, rules, seed),
            calls,
            lane: Lane {
                topic: Arc::from(""),
                partition: 0,
                claim: 0,
            },
            patience: PATIENCE,
        }
    }

    /// What is known once it is of each of `keys`; what no registry has is refused as
    /// unknown. `wait` waits at most so long, and says whether to go on.
    ///
    /// # Errors
    /// [`NotKnown`]: a registry in trouble is waited for 30 s.
    pub fn known(
        &mut self,
        keys: impl IntoIterator<Item = Key>,
        wait: &dyn Fn(Duration) -> bool,
    ) -> Result<Arc<Bindings<B::Binding>>, NotKnown> {
        for key in keys {
            self.ask(key, wait)?;
        }
        Ok(self.desk.bindings().clone())
    }

    /// The next complaint for the log: names of schemas and of the policy, no data.
    pub fn complaint(&mut self) -> Option<String> {
        self.desk.complaint()
    }

    fn ask(&mut self, key: Key, wait: &dyn Fn(Duration) -> bool) -> Result<(), NotKnown> {
        let since = Instant::now();
        self.desk.ask(self.lane.clone(), key, since);
        while self.desk.told().is_none() {
            let now = Instant::now();
            let left = match self.desk.next(now) {
                Next::Call(call) => {
                    let (outcome, url) = self.calls.call(&call);
                    self.desk.answered(outcome, &url, Instant::now());
                    Duration::ZERO
                }
                Next::More => Duration::ZERO,
                Next::Wait(until) => {
                    let is_over = now.duration_since(since) >= self.patience;
                    if let Some(trouble) = self.desk.trouble().filter(|_| is_over) {
                        return Err(NotKnown::Trouble(trouble.clone()));
                    }
                    until.map_or(LOOK, |until| until.saturating_duration_since(now))
                }
            };
            if !wait(left.min(LOOK)) {
                return Err(NotKnown::Stopped);
            }
        }
        Ok(())
    }
}

/// Binds as another does, and registers nothing: what is made then is looked at and does
/// not leave.
pub struct Unregistered<B>(pub B);

impl<B: Binder> Binder for Unregistered<B> {
    type Binding = B::Binding;
    type Draft = (B::Draft, usize);

    fn kind(&self, part: Part) -> Kind {
        self.0.kind(part)
    }

    fn bind(&self, key: &Key, text: &Text) -> Result<Drafted<Self::Draft>, String> {
        let Drafted { draft, derived } = self.0.bind(key, text)?;
        Ok(Drafted {
            draft: (draft, derived.len()),
            derived: Vec::new(),
        })
    }

    fn finish(&self, (draft, schemas): Self::Draft, _: &[u64]) -> Result<B::Binding, String> {
        self.0.finish(draft, &vec![0; schemas])
    }

    fn weight(&self, binding: &B::Binding) -> usize {
        self.0.weight(binding)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Plan, Registry, key};
    use super::super::{Bound, Refusal, Why};
    use super::*;

    fn has() -> Registry {
        let mut registry = Registry::default();
        registry.has(1, "a");
        registry.has(2, "unusable");
        registry
    }

    fn on(_: Duration) -> bool {
        true
    }

    #[test]
    fn each_schema_is_known_or_refused_before_it_goes_on() {
        let mut asking = Asking::new(Plan(7), has(), true, 1);
        let known = asking.known([key(1), key(2), key(3), key(1)], &on);
        let known = known.expect("it answers");
        let Some(Bound::Ready(made)) = known.get(&key(1)) else {
            panic!("it can be read");
        };
        assert_eq!((made.plan, &*made.ids), (7, &[1_001, 1_002][..]));
        for (id, expected) in [(2, Refusal::Unusable), (3, Refusal::Unknown)] {
            match known.get(&key(id)) {
                Some(Bound::Refused(refusal)) => assert_eq!(*refusal, expected),
                other => panic!("{other:?}"),
            }
        }
        let complaint = asking.complaint().expect("one cannot be used");
        assert!(complaint.contains("schema 2"), "{complaint}");
        assert_eq!(asking.complaint(), None);
    }

    #[test]
    fn what_is_only_looked_at_registers_nothing() {
        let mut asking = Asking::new(Unregistered(Plan(7)), has(), true, 1);
        let known = asking.known([key(1)], &on).expect("it answers");
        let Some(Bound::Ready(made)) = known.get(&key(1)) else {
            panic!("it can be read");
        };
        assert_eq!(made.ids, [0, 0]);
        assert!(asking.calls.subjects.is_empty(), "{:?}", asking.calls);
    }

    #[test]
    fn trouble_is_waited_for_and_no_longer_and_a_stop_is_obeyed() {
        let mut registry = has();
        registry.down = Some(Why::Status(503));
        let mut asking = Asking::new(Plan(7), registry, true, 1);
        assert_eq!(
            asking.known([key(1)], &|_| false).expect_err("it stops"),
            NotKnown::Stopped
        );
        asking.patience = Duration::from_millis(1);
        let Err(NotKnown::Trouble(trouble)) = asking.known([key(1)], &on) else {
            panic!("nobody answers");
        };
        assert_eq!(trouble.why, Why::Status(503));
        // What may not be registered is one too.
        let mut asking = Asking::new(Plan(7), has(), false, 1);
        asking.patience = Duration::from_millis(1);
        let Err(NotKnown::Trouble(trouble)) = asking.known([key(1)], &on) else {
            panic!("it is not there");
        };
        assert_eq!(trouble.why, Why::NotRegistered);
    }
}
