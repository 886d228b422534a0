//! Asks about the topics again while the stream runs: partitions are added, and
//! limits change.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::startup::{NotYet, Topology};

/// So often without a cause.
pub(crate) const EVERY: Duration = Duration::from_secs(60);
/// So long between two questions, whatever the causes.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// What the thread that asks works with.
pub(crate) struct TopologyWatch<A> {
    /// What is known.
    pub(crate) known: Topology,
    /// Asks the cluster.
    pub(crate) ask: A,
    /// So often without a cause.
    pub(crate) every: Duration,
    /// So long between two questions, whatever the causes.
    pub(crate) pause: Duration,
    /// Causes to ask at once: a record was refused. Closed: the end.
    pub(crate) causes: Receiver<()>,
    /// Every answer that differs from the one before.
    pub(crate) answers: Sender<Topology>,
}

impl<A: FnMut() -> Result<Topology, NotYet>> TopologyWatch<A> {
    /// Asks until nobody wants to know any more. What cannot be asked now is
    /// asked again, and what is known stays.
    pub(crate) fn run(mut self) {
        let mut said = None;
        loop {
            match self.causes.recv_timeout(self.every) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            match (self.ask)() {
                Ok(topology) => {
                    said = None;
                    if topology != self.known {
                        self.known = topology.clone();
                        if self.answers.send(topology).is_err() {
                            return;
                        }
                    }
                }
                Err(not_yet) => {
                    if said.as_ref() != Some(&not_yet) {
                        tracing::warn!("the topics were looked at again: {not_yet}");
                    }
                    said = Some(not_yet);
                }
            }
            std::thread::sleep(self.pause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::{bounded, unbounded};

    #[test]
    fn a_change_is_told_once_and_a_failure_changes_nothing() {
        let of = |partitions| Topology::of(&[("out", partitions, 1_000)]);
        let mut script = vec![
            Ok(of(3)),
            Err(NotYet("no broker".into())),
            Ok(of(4)),
            Ok(of(4)),
            Ok(of(5)),
        ]
        .into_iter();
        let (causes, at_once) = bounded(1);
        let (answers, told) = unbounded();
        let survey = TopologyWatch {
            known: of(3),
            ask: move || script.next().unwrap_or(Ok(of(5))),
            every: Duration::ZERO,
            pause: Duration::ZERO,
            causes: at_once,
            answers,
        };
        let thread = std::thread::spawn(|| survey.run());
        assert_eq!(told.recv(), Ok(of(4)));
        assert_eq!(told.recv(), Ok(of(5)));
        drop(causes);
        thread.join().unwrap();
        assert!(told.recv().is_err(), "nothing else was told");
    }

    #[test]
    fn a_cause_is_asked_about_before_the_time_is_over() {
        let (causes, at_once) = bounded(1);
        let (answers, told) = unbounded();
        let survey = TopologyWatch {
            known: Topology::default(),
            ask: || Ok(Topology::of(&[("out", 1, 500)])),
            every: Duration::from_secs(3_600),
            pause: Duration::ZERO,
            causes: at_once,
            answers,
        };
        let thread = std::thread::spawn(|| survey.run());
        causes.send(()).unwrap();
        assert_eq!(told.recv(), Ok(Topology::of(&[("out", 1, 500)])));
        drop(causes);
        thread.join().unwrap();
    }
}
