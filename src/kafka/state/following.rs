//! Following topics for as long as they are there: read on from where one is, held
//! against what the cluster says of their ends, and noticed when what is known is not
//! what the topics hold any more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ends::{Answer, Bounds};
use super::follower::{Fit, Follower, Got, Row, fit, reached};
use crate::kafka::client::Clients;

/// Topics that are followed.
pub(crate) struct Following {
    clients: Clients,
    topics: Vec<Arc<str>>,
    follower: Option<Follower>,
    /// Ends that are not reached yet, with when they were asked for.
    ends: VecDeque<(Instant, Vec<Bounds>)>,
    /// Positions that the next answer is held against: they lay outside of the last.
    doubted: Option<(Instant, Vec<Vec<i64>>)>,
    trouble: Option<Arc<str>>,
}

/// What an answer of the cluster means for who follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// There is one more end to reach, or no answer, which is trouble.
    Noted,
    /// The ends are to be asked for at once: they do not go with the positions.
    Doubted,
    /// There are partitions more than before; they are read from their beginning.
    Wider,
    /// What is known is not what the topics hold, for that reason. Nothing is followed, and
    /// nobody knows what they hold.
    Lost(&'static str),
    /// Nothing is followed yet: [`Following::begin`] says from where on.
    Begins(Start),
    /// What is known is not what the topics hold, for that reason. Nothing is followed.
    Void(&'static str, Start),
}

/// Where the topics begin and end, and when that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    asked: Instant,
    /// Of each topic.
    pub(crate) bounds: Vec<Bounds>,
}

impl Start {
    /// The first offset of each partition of each topic.
    pub(crate) fn first(&self) -> Vec<Vec<i64>> {
        let low = |of: &Bounds| of.iter().map(|(low, _)| *low).collect();
        self.bounds.iter().map(low).collect()
    }
}

impl Following {
    /// Of those topics; nothing is read before [`Following::begin`].
    pub(crate) fn new(clients: &Clients, topics: &[Arc<str>]) -> Following {
        Following {
            clients: clients.clone(),
            topics: topics.to_vec(),
            follower: None,
            ends: VecDeque::new(),
            doubted: None,
            trouble: None,
        }
    }

    /// The cluster said where the topics begin and end.
    pub(crate) fn answered(&mut self, answer: Answer) -> Heard {
        let asked = answer.asked;
        let bounds = match answer.bounds {
            Ok(bounds) => bounds,
            Err(none) => {
                self.trouble = Some(none.what.into());
                if !none.is_missing || self.follower.is_none() {
                    return Heard::Noted;
                }
                self.give_up();
                return Heard::Lost("its topic is not there");
            }
        };
        let Some(positions) = self.positions().map(<[_]>::to_vec) else {
            return Heard::Begins(Start { asked, bounds });
        };
        if let Some((_, doubted)) = self.doubted.take_if(|(since, _)| asked >= *since)
            && fit(&doubted, &bounds) == Fit::Outside
        {
            self.give_up();
            let why = "it is another topic by now, or was cut";
            return Heard::Void(why, Start { asked, bounds });
        }
        let heard = match fit(&positions, &bounds) {
            Fit::Fits => Heard::Noted,
            Fit::MorePartitions => {
                self.open(extended(positions, &bounds));
                Heard::Wider
            }
            // It may have got further since it was asked. What it is now must lie within
            // what is answered next.
            Fit::Outside if self.doubted.is_none() => {
                self.doubted = Some((Instant::now(), positions));
                Heard::Doubted
            }
            Fit::Outside => Heard::Noted,
        };
        self.ends.push_back((asked, bounds));
        heard
    }

    /// Reads on from those positions: of each topic and partition, the offset of the next
    /// row. The ends of that answer are the first to reach.
    pub(crate) fn begin(&mut self, start: Start, positions: Vec<Vec<i64>>) {
        self.open(positions);
        self.ends.push_back((start.asked, start.bounds));
    }

    fn open(&mut self, positions: Vec<Vec<i64>>) {
        match Follower::open(&self.clients, &self.topics, positions) {
            Ok(follower) => {
                self.follower = Some(follower);
                self.trouble = None;
            }
            Err(what) => {
                self.follower = None;
                self.trouble = Some(what.into());
            }
        }
    }

    /// Nothing is followed any more, until the next answer begins it anew.
    pub(crate) fn give_up(&mut self) {
        self.follower = None;
        self.ends.clear();
        self.doubted = None;
    }

    /// Waits for the next row, at most so long, and shows it.
    pub(crate) fn next(&mut self, wait: Duration, show: &mut dyn FnMut(&Row<'_>)) -> Got {
        let Some(follower) = &mut self.follower else {
            std::thread::sleep(wait);
            return Got::Nothing;
        };
        let got = follower.next(wait, show);
        match &got {
            Got::Row => self.trouble = None,
            Got::Trouble(what) => self.trouble = Some(Arc::clone(what)),
            Got::Nothing | Got::Gone => {}
        }
        got
    }

    /// True when the next of the ends asked for is reached.
    pub(crate) fn is_there(&self) -> bool {
        let ends = self.ends.front().zip(self.positions());
        ends.is_some_and(|((_, ends), positions)| reached(positions, ends))
    }

    /// When the next of the ends asked for that is reached was asked for: all that the
    /// topics held then was shown.
    pub(crate) fn take_reached(&mut self) -> Option<Instant> {
        let (asked, _) = self.is_there().then(|| self.ends.pop_front())??;
        self.trouble = None;
        Some(asked)
    }

    /// Of each topic and partition, the offset of the next row; `None`: nothing is
    /// followed.
    pub(crate) fn positions(&self) -> Option<&[Vec<i64>]> {
        self.follower.as_ref().map(Follower::positions)
    }

    /// Why it does not get on, in words.
    pub(crate) fn trouble(&self) -> Option<&Arc<str>> {
        self.trouble.as_ref()
    }
}

/// The same for more partitions: those that came are read from their beginning.
fn extended(mut positions: Vec<Vec<i64>>, bounds: &[Bounds]) -> Vec<Vec<i64>> {
    for (positions, bounds) in positions.iter_mut().zip(bounds) {
        let known = positions.len();
        positions.extend(bounds.iter().skip(known).map(|(low, _)| *low));
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::decision_writer::testing::cluster;
    use crate::kafka::state::ends::NoEnds;

    #[test]
    fn partitions_that_came_are_read_from_their_beginning() {
        let bounds = vec![vec![(0, 9), (4, 9), (2, 2)], vec![(0, 0)]];
        let positions = extended(vec![vec![5], vec![0]], &bounds);
        assert_eq!(positions, [vec![5, 4, 2], vec![0]]);
    }

    #[test]
    fn what_is_told_of_the_ends_is_held_against_what_was_read() {
        let (_cluster, properties) = cluster(1, 1);
        let clients = Clients::of_decisions(&properties).unwrap();
        let mut following = Following::new(&clients, &["decisions".into()]);
        let told = |bounds: &[(i64, i64)]| Answer {
            asked: Instant::now(),
            bounds: Ok(vec![bounds.to_vec()]),
        };
        let began = match following.answered(told(&[(0, 0)])) {
            Heard::Begins(start) => start,
            other => panic!("{other:?}"),
        };
        assert_eq!(began.first(), [vec![0]]);
        let asked = began.asked;
        following.begin(began, vec![vec![7]]);
        // It has read further than that end by now.
        assert_eq!(following.take_reached(), Some(asked));
        assert_eq!(following.take_reached(), None);
        // No answer is trouble, and takes nothing back.
        let none = Answer {
            asked: Instant::now(),
            bounds: Err(NoEnds {
                what: "no broker".to_owned(),
                is_missing: false,
            }),
        };
        assert_eq!(following.answered(none.clone()), Heard::Noted);
        assert_eq!(following.trouble().map(|t| &**t), Some("no broker"));
        // An answer may be of earlier than the positions.
        assert_eq!(following.answered(told(&[(0, 5)])), Heard::Doubted);
        assert_eq!(following.answered(told(&[(0, 7)])), Heard::Noted);
        assert_eq!(following.answered(told(&[(0, 5)])), Heard::Doubted);
        // One that was asked for later cannot.
        assert!(
            matches!(following.answered(told(&[(0, 5)])), Heard::Void(_, start) if start.first() == [vec![0]])
        );
        assert_eq!(following.positions(), None);
        // Cut before the positions is the same.
        let Heard::Begins(start) = following.answered(told(&[(0, 5)])) else {
            panic!("nothing is followed");
        };
        following.begin(start, vec![vec![5]]);
        assert_eq!(following.answered(told(&[(6, 9)])), Heard::Doubted);
        assert!(matches!(
            following.answered(told(&[(6, 9)])),
            Heard::Void(..)
        ));
        // Another topic may have ends that go with the places of the one before.
        let gone = || Answer {
            bounds: Err(NoEnds {
                what: "no topic".to_owned(),
                is_missing: true,
            }),
            ..none.clone()
        };
        let Heard::Begins(start) = following.answered(told(&[(6, 9)])) else {
            panic!("nothing is followed");
        };
        let first = start.first();
        following.begin(start, first);
        assert!(matches!(following.answered(gone()), Heard::Lost(_)));
        assert_eq!(following.answered(gone()), Heard::Noted);
        // More partitions are read as well.
        let Heard::Begins(start) = following.answered(told(&[(6, 9)])) else {
            panic!("nothing is followed");
        };
        let first = start.first();
        following.begin(start, first);
        assert_eq!(following.answered(told(&[(6, 9), (3, 4)])), Heard::Wider);
        assert_eq!(following.positions(), Some(&[vec![6, 3]][..]));
        assert!(!following.is_there());
    }
}
