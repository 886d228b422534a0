//! Revocations that wait for what a group holds: the outlet answers them once that is
//! committed.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::pool::Revoked;
use crate::kafka::messages::ToOutlet;
use crate::kafka::outlet::event::Drain;

/// What is handed over must be committed before the revocation is over.
const TO_COMMIT: Duration = Duration::from_secs(2);

/// Those that are not answered yet.
#[derive(Default)]
pub(super) struct Revocations {
    next_ticket: u64,
    /// Who waits for the answer, and until when.
    replies: HashMap<u64, (Sender<bool>, Instant)>,
}

impl Revocations {
    /// Takes one in, by another name and sooner.
    pub(super) fn take(&mut self, drain: Drain, reply: Sender<bool>) -> Revoked {
        self.next_ticket += 1;
        self.replies
            .insert(self.next_ticket, (reply, drain.deadline));
        Revoked::of(self.next_ticket, early(drain.deadline), drain)
    }

    /// What the outlet is told when all of it was handed over; `None`: it was told before.
    pub(super) fn handed_over(&mut self, revoked: Revoked, lost: bool) -> Option<ToOutlet> {
        let (reply, deadline) = self.replies.remove(&revoked.ticket)?;
        let drain = Drain {
            ticket: 0,
            lanes: revoked.lanes.into_iter().collect(),
            epoch: revoked.epoch,
            deadline,
        };
        Some(ToOutlet::Drain { drain, lost, reply })
    }
}

fn early(deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(Instant::now());
    deadline
        .checked_sub(TO_COMMIT.min(left / 2))
        .unwrap_or(deadline)
}
