//! Who else is in the stream's group: looked at before it is joined and, on a
//! thread of its own because a look blocks, while it runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};

use super::in_force::InForce;
use crate::kafka::client::Clients;
use crate::kafka::conditions::Conditions;
use crate::kafka::group_look;
use crate::kafka::group_members::Strangers;
use crate::kafka::group_watch::{Company, GroupWatch, Next, Rule, Says};
use crate::kafka::messages::End;
use crate::kafka::vital::Vital;
use crate::pipeline::observer::Observer;

/// Looks at the group, and remembers what came of it.
#[derive(Clone)]
pub(super) struct Watching {
    clients: Clients,
    in_force: Arc<InForce>,
    observer: Arc<dyn Observer>,
    conditions: Arc<Conditions>,
    company: Arc<Mutex<Company>>,
    vital: Vital,
}

impl Watching {
    pub(super) fn new(
        clients: &Clients,
        observer: &Arc<dyn Observer>,
        conditions: &Arc<Conditions>,
        in_force: &Arc<InForce>,
        vital: &Vital,
        rollout_max: Duration,
    ) -> Watching {
        let rule = Rule::of(clients, &in_force.plan().digest, rollout_max);
        Watching {
            clients: clients.clone(),
            in_force: in_force.clone(),
            observer: observer.clone(),
            conditions: conditions.clone(),
            company: Arc::new(Mutex::new(Company::new(rule))),
            vital: vital.clone(),
        }
    }

    /// Looks once: what to do, and what is not as it should be. `joined`: this
    /// instance is a member itself. Blocks for some seconds at most.
    pub(super) fn look(&self, joined: bool) -> (Next, Option<String>) {
        let seen = group_look::look(&self.clients, &self.in_force.own());
        if let (Ok(members), true) = (&seen, joined) {
            self.observer.on_members(members.counts());
        }
        let mut company = self.company.lock().unwrap_or_else(PoisonError::into_inner);
        let judged = company.judge(seen.as_ref().map_err(Clone::clone), joined, Instant::now());
        drop(company);
        judged.says.iter().for_each(Says::log);
        // What a stream waits for that has not joined is a condition of it.
        let is_condition = !joined && matches!(judged.next, Next::Wait(_));
        self.conditions
            .note(judged.note.clone().filter(|_| !is_condition));
        (judged.next, judged.note)
    }

    /// Starts the thread that looks: it is told of rebalances, and ends when nobody
    /// can tell it of one any more, or when it has told the stream to stop.
    pub(super) fn begin(&self) -> std::io::Result<Sender<()>> {
        let (rebalanced, causes) = bounded(1);
        let watching = self.clone();
        let look = move || match watching.look(true).0 {
            Next::Go(again) | Next::Wait(again) => Some(again),
            Next::Leave(strangers) => {
                watching.vital.end(misplaced(strangers));
                None
            }
        };
        let watch = GroupWatch { look, causes };
        self.vital.spawn("veil-group", move || watch.run())?;
        Ok(rebalanced)
    }
}

/// The end of a stream that has no place in its group.
pub(super) fn misplaced(strangers: Strangers) -> End {
    let Strangers { what, help } = strangers;
    End::Misplaced { what, help }
}
