//! The desk's thread: the only one of the process that talks to a registry.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::binder::{Binder, Key, Refusal};
use super::cache::Bindings;
use super::call::{Call, CallKind, Outcome};
use super::desk::{Desk, Next};
use super::told::{Subject, Told, Warmed};
use crate::record::lane::Lane;

/// What the desk is asked for.
pub enum Work<B> {
    /// A lane waits for that schema.
    Ask(Lane, Key),
    /// A lane does not wait any more.
    Leave(Lane),
    /// The newest version of a subject is to be bound ahead.
    Warm(Subject),
    /// Another policy, by a number of its own.
    Replace(u64, B),
    /// Whether another policy can make something of what is in use; else why not.
    Try(B, Sender<Option<String>>),
    /// The end.
    Stop,
}

/// Who makes calls.
pub trait Calls {
    /// What a call came to, and at which address.
    fn call(&mut self, call: &Call<'_>) -> (Outcome, Arc<str>);
}

/// What the desk says, for whoever reads it.
pub struct Published<T> {
    said: Mutex<Said<T>>,
    /// Grows with everything that is said.
    generation: AtomicU64,
}

struct Said<T> {
    plan: u64,
    bindings: Arc<Bindings<T>>,
    told: Vec<Told>,
    warmed: Vec<Warmed>,
    figures: Figures,
}

/// How the desk stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Schemas that are bound.
    pub bound: usize,
    /// By output the most fields that are named and that one of those lacks.
    pub missing: Vec<usize>,
    /// Lanes that wait.
    pub waiting: usize,
    /// How often each of [`Refusal::ALL`] was said.
    pub refused: [u64; Refusal::ALL.len()],
    /// Calls by kind and by [`Outcome::LABELS`].
    pub calls: [[u64; Outcome::LABELS.len()]; CallKind::ALL.len()],
    /// What keeps somebody waiting, in a sentence.
    pub trouble: Option<String>,
    /// What leaves and is not compatible, in a sentence.
    pub incompatible: Option<String>,
}

impl<T> Default for Published<T> {
    fn default() -> Self {
        let said = Said {
            plan: 0,
            bindings: Arc::default(),
            told: Vec::new(),
            warmed: Vec::new(),
            figures: Figures::default(),
        };
        Published {
            said: Mutex::new(said),
            generation: AtomicU64::new(0),
        }
    }
}

impl<T> Published<T> {
    /// A number that grows with everything that is said: who has seen it need not look.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// What is known, and the number of the policy that it is known under.
    pub fn bindings(&self) -> (u64, Arc<Bindings<T>>) {
        let said = self.locked();
        (said.plan, said.bindings.clone())
    }

    /// What lanes are told; each once.
    pub fn told(&self) -> Vec<Told> {
        std::mem::take(&mut self.locked().told)
    }

    /// What came of binding ahead; each once.
    pub fn warmed(&self) -> Vec<Warmed> {
        std::mem::take(&mut self.locked().warmed)
    }

    /// How the desk stands.
    pub fn figures(&self) -> Figures {
        self.locked().figures.clone()
    }

    fn locked(&self) -> MutexGuard<'_, Said<T>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the desk is asked, and what it says.
pub struct Counter<B: Binder> {
    /// Where it is asked. A desk that is gone is asked in vain, as at the end.
    pub work: Sender<Work<B>>,
    /// What it says.
    pub published: Arc<Published<B::Binding>>,
}

/// Runs the desk until it is told to stop, or nobody is left who could ask. The number is
/// that of its first policy; `complain` takes what is for the log.
pub fn run<B: Binder>(
    (mut desk, mut plan): (Desk<B>, u64),
    mut calls: impl Calls,
    work: &Receiver<Work<B>>,
    published: &Published<B::Binding>,
    complain: &dyn Fn(&str),
) {
    let mut made = Figures::default().calls;
    loop {
        // Between two calls everything that came is looked at, so that nobody is asked
        // about whom nothing is wanted any more.
        loop {
            match work.try_recv() {
                Ok(Work::Stop) | Err(TryRecvError::Disconnected) => return,
                Ok(work) => take(&mut desk, work, &mut plan),
                Err(TryRecvError::Empty) => break,
            }
        }
        match desk.next(Instant::now()) {
            Next::Call(call) => {
                let kind = call.kind();
                let (outcome, url) = calls.call(&call);
                let label = outcome.as_str();
                let at = Outcome::LABELS.iter().position(|l| *l == label);
                made[kind as usize][at.expect("every outcome has its label")] += 1;
                desk.answered(outcome, &url, Instant::now());
            }
            Next::More => {}
            Next::Wait(until) => {
                say(&mut desk, plan, &made, published, complain);
                let now = Instant::now();
                let came = match until {
                    Some(until) => work.recv_timeout(until.saturating_duration_since(now)),
                    None => work.recv().map_err(|_| RecvTimeoutError::Disconnected),
                };
                match came {
                    Ok(Work::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                    Ok(work) => take(&mut desk, work, &mut plan),
                    Err(RecvTimeoutError::Timeout) => {}
                }
                continue;
            }
        }
        say(&mut desk, plan, &made, published, complain);
    }
}

fn take<B: Binder>(desk: &mut Desk<B>, work: Work<B>, plan: &mut u64) {
    let now = Instant::now();
    match work {
        Work::Ask(lane, key) => desk.ask(lane, key, now),
        Work::Leave(lane) => desk.leave(&lane, now),
        Work::Warm(subject) => desk.warm(subject, now),
        Work::Replace(number, binder) => {
            *plan = number;
            desk.replace(binder, now);
        }
        Work::Try(binder, says) => {
            // Who does not wait any more does not want to know.
            let _ = says.send(desk.complaint_under(&binder));
        }
        Work::Stop => {}
    }
}

/// Says what has become known: bindings first, so that who is told finds them.
fn say<B: Binder>(
    desk: &mut Desk<B>,
    plan: u64,
    calls: &[[u64; Outcome::LABELS.len()]; CallKind::ALL.len()],
    published: &Published<B::Binding>,
    complain: &dyn Fn(&str),
) {
    while let Some(complaint) = desk.complaint() {
        complain(&complaint);
    }
    let subjects: Vec<&str> = desk.incompatible().collect();
    let incompatible = (!subjects.is_empty()).then(|| {
        format!(
            "what leaves is not compatible with what stands in the registry under {}; write to another topic, or change the compatibility of the subject",
            subjects.join(", ")
        )
    });
    let figures = Figures {
        bound: desk.bound(),
        missing: desk.fields_missing(),
        waiting: desk.waiting(),
        refused: desk.refused(),
        calls: *calls,
        trouble: desk.trouble().map(ToString::to_string),
        incompatible,
    };
    let bindings = desk.bindings().clone();
    let mut said = published.locked();
    let is_new =
        said.plan != plan || !Arc::ptr_eq(&said.bindings, &bindings) || said.figures != figures;
    (said.plan, said.bindings, said.figures) = (plan, bindings, figures);
    let before = said.told.len() + said.warmed.len();
    said.told.extend(std::iter::from_fn(|| desk.told()));
    said.warmed.extend(std::iter::from_fn(|| desk.warmed()));
    if is_new || said.told.len() + said.warmed.len() > before {
        published.generation.fetch_add(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::registry::testing::{Made, Plan, Registry, key, lane};
    use crate::schema::registry::{Bound, How, Rules};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    /// Waits until `is` gives something.
    fn awaited<T>(is: impl Fn() -> Option<T>) -> T {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(something) = is() {
                return something;
            }
            assert!(Instant::now() < end, "it never came");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn made(published: &Published<Made>, id: u32) -> Option<(u64, Made)> {
        let (plan, bindings) = published.bindings();
        match bindings.get(&key(id)) {
            Some(Bound::Ready(made)) => Some((plan, made.clone())),
            _ => None,
        }
    }

    #[test]
    fn who_asks_is_told_once_what_is_published_and_the_end_is_obeyed() {
        let mut registry = Registry::default();
        registry.has(1, "a");
        registry.has(2, "unusable");
        let (work, asked) = channel();
        let counter = Counter::<Plan> {
            work,
            published: Arc::default(),
        };
        let published = counter.published.clone();
        let complaints = Arc::<Mutex<Vec<String>>>::default();
        let heard = complaints.clone();
        let desk = Desk::new(Plan(1), Rules::default(), 7);
        let thread = std::thread::spawn(move || {
            let complain = |what: &str| heard.lock().unwrap().push(what.to_owned());
            run((desk, 0), registry, &asked, &published, &complain);
        });
        let published = &counter.published;
        assert_eq!(published.told(), []);
        counter.work.send(Work::Ask(lane(0), key(1))).unwrap();
        counter.work.send(Work::Ask(lane(1), key(2))).unwrap();
        let mut told = Vec::new();
        while told.len() < 2 {
            let before = published.generation();
            told.extend(published.told());
            awaited(|| (told.len() == 2 || published.generation() > before).then_some(()));
        }
        assert!(told.iter().all(|told| told.how == How::Known));
        let (plan, first) = made(published, 1).expect("bindings come before who is told");
        assert_eq!((plan, first.plan), (0, 1));
        awaited(|| (complaints.lock().unwrap().len() == 1).then_some(()));
        let figures = published.figures();
        assert_eq!((figures.bound, figures.refused), (1, [0, 1, 0]));
        assert_eq!(figures.calls[CallKind::Schema as usize][0], 2);

        counter.work.send(Work::Replace(5, Plan(2))).unwrap();
        let second = awaited(|| made(published, 1).filter(|(plan, _)| *plan == 5));
        assert_eq!(second.1.plan, 2);
        counter.work.send(Work::Stop).unwrap();
        thread.join().expect("it ended by itself");
        assert!(counter.work.send(Work::Stop).is_err());
    }

    #[test]
    fn a_desk_that_nobody_can_ask_ends() {
        let (work, asked) = channel::<Work<Plan>>();
        let desk = Desk::new(Plan(1), Rules::default(), 7);
        drop(work);
        run(
            (desk, 0),
            Registry::default(),
            &asked,
            &Published::default(),
            &|_| {},
        );
    }
}
