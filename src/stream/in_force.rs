//! The plan in force, and how another takes its place: looked at first, then
//! told to the outlet and only then to the intake, so that no record is read under
//! a plan whose topics nobody knows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crossbeam_channel::Sender;

use crate::kafka::client_id;
use crate::kafka::group_members::Own;
use crate::kafka::intake::Group;
use crate::kafka::messages::ToOutlet;
use crate::kafka::sizes::Sizes;
use crate::kafka::startup::Topology;
use crate::plan::{Plan, PolicyDigest};

/// Why another plan does not take the place of the one in force. Each is one
/// sentence with the next step.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotTaken {
    /// It cannot be changed while the stream runs.
    #[error("{0} cannot change while it runs; restart to take it over")]
    Restart(&'static str),
    /// It could not run at all.
    #[error("{0}")]
    Unusable(String),
    /// Both plans do not fit into memory for a moment.
    #[error(
        "the tables of the new policy and of those still in use take {held} bytes, and the memory budget has room for {room}; restart to take it over, or raise `memory`"
    )]
    Memory {
        /// What they take.
        held: u64,
        /// What they may take.
        room: u64,
    },
    /// The cluster does not agree with it, or does not answer.
    #[error("{0}")]
    Cluster(String),
    /// The stream is ending.
    #[error("the stream is ending: the next start takes the policy as it is then")]
    Ending,
}

/// A plan that was looked at and can take over.
pub struct Successor {
    pub(super) plan: Arc<Plan>,
    pub(super) topology: Topology,
    /// What is to be warned of.
    pub warnings: Vec<String>,
}

impl Successor {
    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }
}

/// Holds the plan in force.
pub(super) struct InForce {
    now: Mutex<Now>,
    /// Bytes that the tables of all plans in use may take.
    room: u64,
}

struct Now {
    plan: Arc<Plan>,
    /// What the cluster said of its topics, when it took over.
    topology: Option<Topology>,
    /// Plans that were in force before, as far as somebody still works under
    /// them.
    before: Vec<Weak<Plan>>,
    /// The digests of all that were ever in force, the first one first.
    digests: Vec<PolicyDigest>,
    path: Option<Path>,
    ended: bool,
}

/// Those who must hear of another plan.
struct Path {
    group: Weak<Group>,
    to_outlet: Sender<ToOutlet>,
    sizes: Arc<Sizes>,
}

/// While it is there, the threads of the path hear of other plans.
pub(super) struct Listening<'f>(&'f InForce);

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.locked().path = None;
    }
}

impl InForce {
    pub(super) fn new(plan: Arc<Plan>, room: u64) -> InForce {
        InForce {
            now: Mutex::new(Now {
                digests: vec![plan.digest],
                plan,
                topology: None,
                before: Vec::new(),
                path: None,
                ended: false,
            }),
            room,
        }
    }

    pub(super) fn plan(&self) -> Arc<Plan> {
        self.locked().plan.clone()
    }

    /// What other members of the group may know this instance by.
    pub(super) fn own(&self) -> Own {
        let now = self.locked();
        Own {
            name: now.plan.name.clone(),
            digests: now.digests.iter().map(client_id::prefix).collect(),
        }
    }

    /// # Errors
    /// The tables of `plan` do not fit beside those in use.
    pub(super) fn fits(&self, plan: &Plan) -> Result<(), NotTaken> {
        let mut now = self.locked();
        now.before.retain(|plan| plan.strong_count() > 0);
        let in_use = now.before.iter().filter_map(Weak::upgrade);
        let others: u64 = in_use.map(|plan| plan.reading.held()).sum();
        let held = others + now.plan.reading.held() + plan.reading.held();
        match held <= self.room {
            true => Ok(()),
            false => Err(NotTaken::Memory {
                held,
                room: self.room,
            }),
        }
    }

    /// From now on these threads, which began under `began`, hear of other plans;
    /// of the one that took over meanwhile at once.
    pub(super) fn listen(
        &self,
        began: &Plan,
        group: &Arc<Group>,
        to_outlet: Sender<ToOutlet>,
        sizes: Arc<Sizes>,
    ) -> Listening<'_> {
        let mut now = self.locked();
        let path = Path {
            group: Arc::downgrade(group),
            to_outlet,
            sizes,
        };
        if now.plan.id != began.id
            && let Some(topology) = &now.topology
        {
            path.tell(&now.plan, topology);
        }
        now.path = Some(path);
        Listening(self)
    }

    /// Puts a plan in force. Records that are read from now on are done under it.
    ///
    /// # Errors
    /// The stream has ended.
    pub(super) fn replace(&self, successor: &Successor) -> Result<(), NotTaken> {
        let mut now = self.locked();
        if now.ended {
            return Err(NotTaken::Ending);
        }
        if let Some(path) = &now.path {
            path.tell(&successor.plan, &successor.topology);
        }
        let before = std::mem::replace(&mut now.plan, successor.plan.clone());
        now.before.push(Arc::downgrade(&before));
        now.topology = Some(successor.topology.clone());
        let digest = successor.plan.digest;
        if !now.digests.contains(&digest) {
            now.digests.push(digest);
        }
        Ok(())
    }

    /// No plan takes over any more.
    pub(super) fn end(&self) {
        self.locked().ended = true;
    }

    fn locked(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Path {
    /// In this order: a batch under the plan comes to a worker that knows what
    /// its topics take, and to an outlet that knows how many partitions they have.
    fn tell(&self, plan: &Arc<Plan>, topology: &Topology) {
        self.sizes.add(plan, topology);
        // A closed outlet means that the stream ends.
        let _ = self.to_outlet.send(ToOutlet::Replaced {
            plan: plan.clone(),
            topology: topology.clone(),
        });
        if let Some(group) = self.group.upgrade() {
            group.replace(plan.clone());
        }
    }
}
