//! Asks about the topics again while the stream runs: partitions are added, and
//! limits change.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::startup::{NotYet, Topology};

/// So often without a cause.
pub(crate) const EVERY: Duration = Duration::from_secs(60);
/// So soon again while something is wrong with the topics.
pub(crate) const AGAIN: Duration = Duration::from_secs(5);
/// So long between two questions, whatever the causes.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// What the thread that asks works with.
pub(crate) struct TopologyWatch<A, T> {
    /// What is known.
    pub(crate) known: Topology,
    /// Asks the cluster.
    pub(crate) ask: A,
    /// Is told what is wrong with the topics, with each answer; `None`: nothing.
    pub(crate) tell: T,
    /// So often without a cause.
    pub(crate) every: Duration,
    /// So soon again while something is wrong.
    pub(crate) again: Duration,
    /// So long between two questions, whatever the causes.
    pub(crate) pause: Duration,
    /// Causes to ask at once: a record was refused. Closed: the end.
    pub(crate) causes: Receiver<()>,
    /// Every answer that differs from the one before.
    pub(crate) answers: Sender<Topology>,
}

impl<A, T> TopologyWatch<A, T>
where
    A: FnMut() -> Result<Topology, NotYet>,
    T: FnMut(Option<String>),
{
    /// Asks until nobody wants to know any more. What cannot be asked now is
    /// asked again, and what is known stays.
    pub(crate) fn run(mut self) {
        let mut said = None;
        let mut wait = self.every;
        loop {
            match self.causes.recv_timeout(wait) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            match (self.ask)() {
                Ok(topology) => {
                    said = None;
                    wait = self.every;
                    (self.tell)(None);
                    if topology != self.known {
                        self.known = topology.clone();
                        if self.answers.send(topology).is_err() {
                            return;
                        }
                    }
                }
                Err(NotYet::Problems(what)) => {
                    wait = self.again;
                    (self.tell)(Some(what));
                }
                // Who has a connection that works says so; what was known of the
                // topics still is.
                Err(not_yet) => {
                    wait = self.again;
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
            Err(NotYet::Unanswered("no broker".into())),
            Err(NotYet::Problems("no topic".into())),
            Ok(of(4)),
            Err(NotYet::Problems("no topic".into())),
            Ok(of(4)),
            Ok(of(5)),
        ]
        .into_iter();
        let (causes, at_once) = bounded(1);
        let (answers, told) = unbounded();
        let (problems, wrong) = unbounded();
        let survey = TopologyWatch {
            known: of(3),
            ask: move || script.next().unwrap_or(Ok(of(5))),
            tell: move |problem| problems.send(problem).expect("somebody listens"),
            every: Duration::ZERO,
            again: Duration::ZERO,
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
        let mut wrong: Vec<Option<String>> = wrong.iter().collect();
        wrong.dedup();
        let no_topic = || Some("no topic".to_owned());
        assert_eq!(wrong, [None, no_topic(), None, no_topic(), None]);
    }

    #[test]
    fn a_cause_is_asked_about_before_the_time_is_over() {
        let (causes, at_once) = bounded(1);
        let (answers, told) = unbounded();
        let survey = TopologyWatch {
            known: Topology::default(),
            ask: || Ok(Topology::of(&[("out", 1, 500)])),
            tell: |_| {},
            every: Duration::from_secs(3_600),
            again: Duration::from_secs(3_600),
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
