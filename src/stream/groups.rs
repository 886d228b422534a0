//! The release groups of a policy in one process: several streams that are told to stop
//! together. Each has a consumer group, a transactional id, threads and memory of its own.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{
    End, Handle, NotTaken, Probe, Stream, StreamConfig, StreamError, Successor, conductor,
};
use crate::kafka::memory;
use crate::pipeline::condition::Condition;
use crate::pipeline::observer::Observer;
use crate::plan::Plan;
use crate::plan::lease::fitted;

/// Running streams.
pub struct Groups {
    config: StreamConfig,
    all: Vec<Arc<Group>>,
    /// Told to stop: none is started anew.
    stopping: Mutex<bool>,
}

/// One of them.
struct Group {
    /// The output whose records wait; `None`: it has those that leave as they come.
    topic: Option<Arc<str>>,
    observer: Arc<dyn Observer>,
    now: Mutex<Now>,
    changed: Condvar,
}

struct Now {
    handle: Arc<Handle>,
    /// How often it began.
    times: u64,
    /// It ends to begin anew so.
    next: Option<(StreamConfig, Arc<Plan>)>,
    /// It has ended, and does not begin any more.
    is_over: bool,
}

/// Asks a group how it stands, whichever plan it runs under by then.
#[derive(Clone)]
pub struct GroupProbe(Arc<Group>);

/// A policy that was looked at and can take over.
pub struct NextGroups {
    /// For the group whose records leave as they come, if there is one.
    immediate: Option<Successor>,
    /// For each other.
    waiting: Vec<(StreamConfig, Arc<Plan>)>,
    /// What is to be warned of.
    pub warnings: Vec<String>,
}

/// The outputs whose records wait, of each group its own.
fn topics(groups: &[Arc<Plan>]) -> Vec<Option<&str>> {
    let waiting = groups.iter().map(|plan| plan.waiting());
    waiting.map(|output| Some(&*output?.topic)).collect()
}

/// The output of a plan whose records wait, if that is all that it has.
fn topic(plan: &Plan) -> Option<Arc<str>> {
    plan.waiting().map(|output| Arc::clone(&output.topic))
}

impl StreamConfig {
    /// How the release group of `plan` runs, one of `groups` of a policy, with its part of
    /// the memory.
    ///
    /// # Errors
    /// The memory does not fit the container, or what is said of single groups not the policy.
    pub fn of_group(&self, plan: &Plan, groups: &[Arc<Plan>]) -> Result<StreamConfig, StreamError> {
        let mut own = self.clone();
        let outputs = topics(groups);
        self.releases.fit(&outputs)?;
        if let Some(topic) = topic(plan) {
            own.group = fitted(format!("{}.{topic}", self.group));
            own.from_end = self.releases.from_end.contains(&*topic);
            // One composes, and one decides what it composes of.
            own.workers = Some(1);
        }
        if groups.len() > 1 {
            let limit = self.limit_beside_tables(groups.iter().map(|plan| &**plan));
            let all = memory::budget(self.memory_bytes, limit)?;
            let part = self.releases.part(all, &outputs, topic(plan).as_deref())?;
            (own.memory_bytes, own.memory_of) = (Some(part), Some(all));
            // What one of them does not name another may.
            own.unnamed = None;
            own.onlooker = None;
        }
        Ok(own)
    }
}

impl Groups {
    /// Starts a stream for each plan, as [`Stream::start`] does; `observers` watch them, in
    /// the same order.
    ///
    /// # Errors
    /// One of them cannot work, whatever the cluster says; then none runs.
    pub fn start<O: Observer + 'static>(
        config: &StreamConfig,
        plans: &[Arc<Plan>],
        observers: &[Arc<O>],
    ) -> Result<Groups, StreamError> {
        let each = plans.iter().map(|plan| {
            let own = config.of_group(plan, plans)?;
            own.clients(plan)?;
            if let (Some(output), Some(room)) = (plan.waiting(), own.room(plan)?) {
                tracing::info!(topic = %output.topic, "records of `{}` wait for a release; {room}", output.topic);
            }
            Ok((own, plan))
        });
        let each: Result<Vec<_>, StreamError> = each.collect();
        let mut groups = Groups {
            config: config.clone(),
            all: Vec::new(),
            stopping: Mutex::new(false),
        };
        for ((own, plan), observer) in each?.into_iter().zip(observers) {
            let observer: Arc<O> = Arc::clone(observer);
            match Stream::start(own, Arc::clone(plan), observer.clone()) {
                Ok(handle) => groups.all.push(Arc::new(Group {
                    topic: topic(plan),
                    observer,
                    now: Mutex::new(Now {
                        handle: Arc::new(handle),
                        times: 1,
                        next: None,
                        is_over: false,
                    }),
                    changed: Condvar::new(),
                })),
                Err(error) => {
                    groups.stop();
                    groups.wait();
                    return Err(error);
                }
            }
        }
        Ok(groups)
    }

    /// Tells all of them to finish what is under way and end. Again: no more.
    pub fn stop(&self) {
        let mut stopping = locked(&self.stopping);
        *stopping = true;
        self.all.iter().for_each(|group| group.handle().stop());
    }

    /// For asking each how it stands, in the order of the plans.
    pub fn probes(&self) -> impl Iterator<Item = GroupProbe> {
        self.all.iter().map(|group| GroupProbe(Arc::clone(group)))
    }

    /// Looks whether a policy can take the place of the one in force, as [`Handle::look_at`]
    /// does: `plans` are its groups, and the outputs whose records wait are the same. Waits
    /// for answers of the cluster, some seconds at most for each.
    ///
    /// # Errors
    /// Why not.
    pub fn look_at(&self, plans: &[Arc<Plan>]) -> Result<NextGroups, NotTaken> {
        let topics =
            |all: &mut dyn Iterator<Item = Option<Arc<str>>>| -> BTreeSet<_> { all.collect() };
        let now = topics(&mut self.all.iter().map(|group| group.topic.clone()));
        let then = topics(&mut plans.iter().map(|plan| topic(plan)));
        if now != then {
            return Err(NotTaken::Restart(
                "whether there are outputs whose records wait for a release, and which,",
            ));
        }
        let mut next = NextGroups {
            immediate: None,
            waiting: Vec::new(),
            warnings: Vec::new(),
        };
        for plan in plans {
            let group = self.all.iter().find(|group| group.topic == topic(plan));
            let group = group.expect("the same topics");
            let handle = group.handle();
            if group.topic.is_none() {
                let successor = handle.look_at(Arc::clone(plan))?;
                next.warnings.extend_from_slice(&successor.warnings);
                next.immediate = Some(successor);
                continue;
            }
            handle.reads_as(plan)?;
            let unusable = |error: StreamError| NotTaken::Unusable(error.to_string());
            let own = self.config.of_group(plan, plans).map_err(unusable)?;
            let clients = own.clients(plan).map_err(unusable)?;
            let (_, warnings) = conductor::look(&clients, plan, own.cluster)
                .map_err(|not_yet| NotTaken::Cluster(not_yet.to_string()))?;
            next.warnings.extend(warnings);
            next.waiting.push((own, Arc::clone(plan)));
        }
        Ok(next)
    }

    /// Puts a policy in force: records whose outputs leave as they come and that are read
    /// from now on are done under it. A group whose records wait ends, as it does when it is
    /// told to stop, and begins anew; the others go on meanwhile.
    ///
    /// # Errors
    /// They are ending.
    pub fn replace(&self, next: NextGroups) -> Result<(), NotTaken> {
        if *locked(&self.stopping) {
            return Err(NotTaken::Ending);
        }
        if let Some(successor) = &next.immediate {
            let immediate = self.all.iter().find(|group| group.topic.is_none());
            immediate.map_or(Ok(()), |group| group.handle().replace(successor))?;
        }
        for (own, plan) in next.waiting {
            let group = self.all.iter().find(|group| group.topic == topic(&plan));
            group.map_or(Ok(()), |group| group.begin_anew(own, plan))?;
        }
        Ok(())
    }

    /// Waits until all have ended. One that does not end well takes the others along; what
    /// it said is returned.
    pub fn wait(&self) -> End {
        let first: Mutex<Option<End>> = Mutex::default();
        std::thread::scope(|threads| {
            for group in &self.all {
                let first = &first;
                threads.spawn(move || {
                    let end = group.wait(&self.stopping);
                    if end != End::Done {
                        locked(first).get_or_insert(end);
                        self.stop();
                    } else if !self.config.once {
                        // None ends well by itself: it was stopped, or did not begin anew.
                        self.stop();
                    }
                });
            }
        });
        let first = first.into_inner().unwrap_or_else(PoisonError::into_inner);
        first.unwrap_or(End::Done)
    }
}

impl Group {
    fn handle(&self) -> Arc<Handle> {
        Arc::clone(&locked(&self.now).handle)
    }

    /// Tells it to end and to begin anew so, and waits until it has.
    fn begin_anew(&self, own: StreamConfig, plan: Arc<Plan>) -> Result<(), NotTaken> {
        let mut now = locked(&self.now);
        let times = now.times;
        now.next = Some((own, plan));
        now.handle.stop();
        let waits = |now: &mut Now| now.next.is_some() && !now.is_over;
        let now = self.changed.wait_while(now, waits);
        let now = now.unwrap_or_else(PoisonError::into_inner);
        match now.times > times {
            true => Ok(()),
            // Its end is the end of all.
            false => Err(NotTaken::Ending),
        }
    }

    /// Waits for its end, beyond those that come before it begins anew.
    fn wait(&self, stopping: &Mutex<bool>) -> End {
        loop {
            let handle = self.handle();
            let end = handle.wait();
            // Whoever stops all comes before or after: a stream that begins is told as well.
            let stopping = locked(stopping);
            let mut now = locked(&self.now);
            let next = now.next.take().filter(|_| end == End::Done && !*stopping);
            let begun = next.map(|(own, plan)| {
                self.observer.on_plan(&plan);
                Stream::start(own, plan, Arc::clone(&self.observer))
            });
            match begun {
                Some(Ok(handle)) => {
                    now.handle = Arc::new(handle);
                    now.times += 1;
                    self.changed.notify_all();
                }
                Some(Err(error)) => return self.over(&mut now, unavailable(&error)),
                None => return self.over(&mut now, end),
            }
        }
    }

    fn over(&self, now: &mut Now, end: End) -> End {
        now.is_over = true;
        self.changed.notify_all();
        end
    }
}

fn unavailable(error: &StreamError) -> End {
    End::Unavailable {
        what: error.to_string(),
    }
}

impl GroupProbe {
    fn probe(&self) -> Probe {
        self.0.handle().probe()
    }

    /// As [`Probe::conditions`].
    pub fn conditions(&self) -> Vec<Condition> {
        self.probe().conditions()
    }

    /// As [`Probe::note`].
    pub fn note(&self) -> Option<String> {
        self.probe().note()
    }

    /// As [`Probe::note_of_schemas`].
    pub fn note_of_schemas(&self) -> Option<String> {
        self.probe().note_of_schemas()
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
