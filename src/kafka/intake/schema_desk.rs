//! The desk of a schema registry, as a stream asks it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::kafka::conditions::{Conditions, Part};
use crate::kafka::vital::Vital;
use crate::pipeline::observer::Observer;
use crate::plan::Plan;
use crate::record::lane::Lane;
use crate::schema::KnownById;
use crate::schema::registry::{
    Calls, Desk, Figures, Key, PlanBinder, Published, Rules, Subject, Told, Warmed, Work, run,
};

/// So long it is waited for what comes of another plan: longer than the desk may be busy
/// with one call.
const TRIED_WITHIN: Duration = Duration::from_secs(15);

/// Where the desk is asked, and what it says.
pub(crate) struct SchemaDesk {
    work: Sender<Work<PlanBinder>>,
    published: Arc<Published<<PlanBinder as crate::schema::registry::Binder>::Binding>>,
    /// The plan that it binds to.
    plan: Mutex<u64>,
    /// What was told of how it stands.
    told: AtomicU64,
}

impl SchemaDesk {
    /// Starts the thread of the desk, one of that stream. `seed`: by which its waits differ
    /// from those of others.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(
        calls: impl Calls + Send + 'static,
        rules: Rules,
        plan: &Arc<Plan>,
        (seed, vital): (u64, &Vital),
    ) -> std::io::Result<SchemaDesk> {
        let (work, asked) = channel();
        let published = Arc::<Published<_>>::default();
        let says = published.clone();
        let desk = Desk::new(PlanBinder(plan.clone()), rules, seed);
        let number = plan.id.number();
        vital.spawn("veil-schemas", move || {
            let complain = |what: &str| tracing::warn!(part = "schemas", "{what}");
            run((desk, number), calls, &asked, &says, &complain);
        })?;
        Ok(SchemaDesk {
            work,
            published,
            plan: Mutex::new(number),
            told: AtomicU64::new(u64::MAX),
        })
    }

    /// A lane cannot go on without that schema.
    pub(super) fn ask(&self, lane: Lane, key: Key) {
        self.send(Work::Ask(lane, key));
    }

    /// Lanes do not wait any more.
    pub(super) fn leave(&self, lanes: impl IntoIterator<Item = Lane>) {
        for lane in lanes {
            self.send(Work::Leave(lane));
        }
    }

    /// The newest version of a subject is to be bound ahead.
    pub(crate) fn warm(&self, subject: Subject) {
        self.send(Work::Warm(subject));
    }

    /// From now on schemas are bound to that plan.
    pub(crate) fn bind_to(&self, plan: &Arc<Plan>) {
        let mut bound = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        let number = plan.id.number();
        if std::mem::replace(&mut *bound, number) != number {
            self.send(Work::Replace(number, PlanBinder(plan.clone())));
        }
    }

    /// Why another plan can make nothing of the schemas that are in use, or that nobody says
    /// so in time; `None`: it can.
    pub(crate) fn tries(&self, plan: &Arc<Plan>) -> Option<String> {
        let (says, said) = channel();
        self.send(Work::Try(PlanBinder(plan.clone()), says));
        let late = "whether the schemas that are in use fit it was not known in time: the registry is slow; try again";
        match said.recv_timeout(TRIED_WITHIN) {
            Ok(complaint) => complaint,
            Err(_) => Some(late.to_owned()),
        }
    }

    /// Nobody asks any more.
    pub(crate) fn end(&self) {
        self.send(Work::Stop);
    }

    /// A number that grows with everything that is said.
    pub(super) fn generation(&self) -> u64 {
        self.published.generation()
    }

    /// What lanes are told; each once.
    pub(super) fn told(&self) -> Vec<Told> {
        self.published.told()
    }

    /// What is known, and the number of the plan that it is known under.
    pub(super) fn known(&self) -> (u64, Arc<KnownById>) {
        self.published.bindings()
    }

    /// The registry keeps somebody waiting.
    pub(crate) fn is_in_trouble(&self) -> bool {
        self.published.figures().trouble.is_some()
    }

    /// What came of binding ahead; each once.
    pub(crate) fn warmed(&self) -> Vec<Warmed> {
        self.published.warmed()
    }

    /// Says how the desk stands, if that has changed.
    pub(crate) fn tell(&self, conditions: &Conditions, observer: &dyn Observer) {
        let generation = self.published.generation();
        if self.told.swap(generation, Ordering::Relaxed) == generation {
            return;
        }
        let figures: Figures = self.published.figures();
        observer.on_schemas(&figures);
        match figures.trouble {
            Some(what) => conditions.put(Part::Schemas, what),
            None => conditions.clear(Part::Schemas),
        }
        conditions.note_schemas(figures.incompatible);
    }

    /// A desk that is gone has ended with the stream.
    fn send(&self, work: Work<PlanBinder>) {
        let _ = self.work.send(work);
    }
}
