//! How far a group has begun at the end of its source, by what is committed of it, and what
//! is next.
//!
//! Brokers may take a part of a commit and refuse the rest, and whoever commits may be killed
//! between two of them. So the offset of the first partition is committed twice: before all
//! others with a mark beside it, and after them without. While it stands there, nobody reads;
//! whoever has that partition goes on where the one before was stopped.

use rdkafka::error::KafkaError;

use crate::kafka::intake::unbegun::Place;

/// Stands beside the offset of the first partition while others have none.
pub(super) const MARK: &str = "veil: the group begins";

/// What is committed of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Committed {
    /// `None`: nothing.
    pub(super) offset: Option<i64>,
    /// [`MARK`] stands beside it.
    pub(super) is_marked: bool,
}

/// The offsets of a group, and the ends of what it reads.
pub(super) trait Offsets {
    /// What is committed of these partitions, in their order.
    fn committed(&self, of: &[Place]) -> Result<Vec<Committed>, KafkaError>;
    /// The end of a partition.
    fn end(&self, of: &Place) -> Result<i64, KafkaError>;
    /// Commits, with that beside each offset; an error may be one of some of them.
    fn commit(&self, offsets: &[(Place, i64)], beside: &str) -> Result<(), KafkaError>;
}

/// How far it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was ever committed.
    Nothing,
    /// The first partition is marked, and of these nothing is committed.
    Half(Vec<Place>),
    /// It is marked, there, and all others have an offset.
    Whole(i64),
    /// The group reads. A partition without an offset was added since.
    Begun,
}

impl Stage {
    /// How far the group is whose source has these partitions, of which `first` is the one
    /// that is marked.
    ///
    /// # Errors
    /// The offsets cannot be read.
    pub(super) fn of(
        offsets: &impl Offsets,
        all: &[Place],
        first: &Place,
    ) -> Result<Stage, KafkaError> {
        let committed = offsets.committed(all)?;
        let each = || all.iter().zip(&committed);
        let marked = each().find(|(place, c)| *place == first && c.is_marked);
        let missing = each().filter(|(_, c)| c.offset.is_none());
        let missing: Vec<Place> = missing.map(|(place, _)| place.clone()).collect();
        Ok(match marked.and_then(|(_, c)| c.offset) {
            Some(at) if missing.is_empty() => Stage::Whole(at),
            Some(_) => Stage::Half(missing),
            None if missing.len() == all.len() => Stage::Nothing,
            None => Stage::Begun,
        })
    }

    /// Does what is next. `first` is read by whoever does.
    ///
    /// # Errors
    /// An end cannot be read, or not all of it was committed: it is tried again from the
    /// stage that it is in then.
    pub(super) fn go_on(&self, offsets: &impl Offsets, first: &Place) -> Result<(), KafkaError> {
        match self {
            Stage::Nothing => {
                let end = offsets.end(first)?;
                offsets.commit(&[(first.clone(), end)], MARK)
            }
            Stage::Half(missing) => {
                let each = missing.iter().map(|of| Ok((of.clone(), offsets.end(of)?)));
                let ends: Result<Vec<(Place, i64)>, KafkaError> = each.collect();
                offsets.commit(&ends?, "")
            }
            Stage::Whole(at) => offsets.commit(&[(first.clone(), *at)], ""),
            Stage::Begun => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use rdkafka::error::RDKafkaErrorCode as Code;

    use super::*;

    /// Brokers with a source of which each partition ends at 100 and its number.
    #[derive(Default)]
    struct Brokers {
        committed: RefCell<BTreeMap<Place, (i64, String)>>,
        /// They refuse the offset of that one.
        refuses: Cell<Option<i32>>,
        commits: Cell<usize>,
    }

    impl Offsets for Brokers {
        fn committed(&self, of: &[Place]) -> Result<Vec<Committed>, KafkaError> {
            let all = self.committed.borrow();
            let each = of.iter().map(|place| Committed {
                offset: all.get(place).map(|(at, _)| *at),
                is_marked: all.get(place).is_some_and(|(_, beside)| beside == MARK),
            });
            Ok(each.collect())
        }

        fn end(&self, of: &Place) -> Result<i64, KafkaError> {
            Ok(100 + i64::from(of.partition))
        }

        fn commit(&self, offsets: &[(Place, i64)], beside: &str) -> Result<(), KafkaError> {
            self.commits.set(self.commits.get() + 1);
            let mut all = self.committed.borrow_mut();
            let mut done = Ok(());
            for (place, at) in offsets {
                if self.refuses.get() == Some(place.partition) {
                    done = Err(KafkaError::ConsumerCommit(Code::UnknownTopicOrPartition));
                    continue;
                }
                all.insert(place.clone(), (*at, beside.to_owned()));
            }
            done
        }
    }

    fn places(count: i32) -> Vec<Place> {
        let place = |partition| Place {
            topic: "raw".to_owned(),
            partition,
        };
        (0..count).map(place).collect()
    }

    /// Goes on so often; the stage then.
    fn after(brokers: &Brokers, all: &[Place], times: usize) -> Stage {
        for _ in 0..times {
            let stage = Stage::of(brokers, all, &all[0]).unwrap();
            let _ = stage.go_on(brokers, &all[0]);
        }
        Stage::of(brokers, all, &all[0]).unwrap()
    }

    fn offsets(brokers: &Brokers) -> Vec<(i32, i64)> {
        let all = brokers.committed.borrow();
        all.iter().map(|(p, (at, _))| (p.partition, *at)).collect()
    }

    const ALL: [(i32, i64); 3] = [(0, 100), (1, 101), (2, 102)];

    #[test]
    fn it_begins_at_every_end_and_once() {
        let (brokers, all) = (Brokers::default(), places(3));
        assert_eq!(after(&brokers, &all, 3), Stage::Begun);
        assert_eq!(offsets(&brokers), ALL);
        assert_eq!(brokers.commits.get(), 3);
        assert_eq!(after(&brokers, &all, 3), Stage::Begun);
        assert_eq!(brokers.commits.get(), 3, "it began once");
        // A partition that is added later is read from its beginning.
        assert_eq!(after(&brokers, &places(4), 1), Stage::Begun);
        assert_eq!(offsets(&brokers), ALL);
    }

    #[test]
    fn one_that_is_killed_at_any_moment_leaves_no_half_a_start() {
        for killed_after in 0..3 {
            for refused in [None, Some(0), Some(1), Some(2)] {
                let (brokers, all) = (Brokers::default(), places(3));
                brokers.refuses.set(refused);
                let then = after(&brokers, &all, killed_after);
                assert_ne!(then, Stage::Begun, "{refused:?}");
                // Another one goes on, and the brokers take all of it.
                brokers.refuses.set(None);
                assert_eq!(after(&brokers, &all, 3), Stage::Begun);
                assert_eq!(offsets(&brokers), ALL);
            }
        }
    }

    #[test]
    fn what_the_brokers_took_a_part_of_is_not_begun_and_the_rest_is_tried_again() {
        let (brokers, all) = (Brokers::default(), places(3));
        brokers.refuses.set(Some(2));
        let missing = vec![all[2].clone()];
        assert_eq!(after(&brokers, &all, 5), Stage::Half(missing));
        assert_eq!(offsets(&brokers), ALL[..2]);
        brokers.refuses.set(None);
        assert_eq!(after(&brokers, &all, 2), Stage::Begun);
        assert_eq!(offsets(&brokers), ALL);
    }

    #[test]
    fn a_group_that_has_committed_anything_has_begun() {
        // Its first partition had no record yet.
        let (brokers, all) = (Brokers::default(), places(3));
        brokers.commit(&[(all[1].clone(), 7)], "").unwrap();
        assert_eq!(after(&brokers, &all, 2), Stage::Begun);
        assert_eq!(offsets(&brokers), [(1, 7)]);
    }
}
