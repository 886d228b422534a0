//! How far behind each lane is, in records and in time: what intake, outlet and the
//! client library's figures know of it, put together.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::pipeline::observer::{Lag, Observer};
use crate::record::lane::{Lane, NextOffset};
use crate::record::raw::Raw;

/// The lanes of a member.
#[derive(Default)]
pub(crate) struct Backlog {
    lanes: Mutex<BTreeMap<Lane, Behind>>,
}

/// One lane.
#[derive(Default)]
struct Behind {
    /// First offset of the partition and its end, as last seen.
    bounds: Option<(i64, i64)>,
    /// Its end as it was asked for, and when, milliseconds since 1970.
    end_at: Option<(i64, i64)>,
    /// How far it is committed.
    committed: Option<NextOffset>,
    /// First offset and timestamp of each batch handed over and not committed.
    under_way: VecDeque<(i64, Option<i64>)>,
    /// Since when there is lag and nothing is under way.
    waits_since: Option<Instant>,
}

/// A moment, on both clocks.
#[derive(Clone, Copy)]
pub(crate) struct Now {
    at: Instant,
    /// Milliseconds since 1970.
    ms: i64,
}

impl Now {
    /// This moment.
    pub(crate) fn of_the_system() -> Now {
        let ms = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
        Now {
            at: Instant::now(),
            ms,
        }
    }
}

impl Backlog {
    /// The intake takes lanes, each with what the group had committed.
    pub(crate) fn claim(&self, lanes: impl IntoIterator<Item = (Lane, Option<NextOffset>)>) {
        let mut all = self.locked();
        for (lane, committed) in lanes {
            let behind = Behind {
                committed,
                ..Behind::default()
            };
            all.insert(lane, behind);
        }
    }

    /// The intake gives lanes up.
    pub(crate) fn release<'a>(&self, lanes: impl IntoIterator<Item = &'a Lane>) {
        let mut all = self.locked();
        for lane in lanes {
            all.remove(lane);
        }
    }

    /// A batch goes to the workers.
    pub(crate) fn handed_over(&self, batch: &Raw) {
        let Some((first, _)) = batch.offsets() else {
            return;
        };
        if let Some(behind) = self.locked().get_mut(batch.lane()) {
            behind.under_way.push_back((first, batch.first_ms()));
        }
    }

    /// Everything is read again: nothing is under way.
    pub(crate) fn rewound(&self) {
        for behind in self.locked().values_mut() {
            behind.under_way.clear();
        }
    }

    /// The outlet committed so far.
    pub(crate) fn committed(&self, lanes: &[(Lane, NextOffset)]) {
        let mut all = self.locked();
        for (lane, next) in lanes {
            if let Some(behind) = all.get_mut(lane) {
                behind.committed = Some(*next);
                let is_done = |(first, _): &mut (i64, _)| *first < next.get();
                while behind.under_way.pop_front_if(is_done).is_some() {}
            }
        }
    }

    /// A partition holds the offsets from `low` up to `end` now.
    pub(crate) fn holds(&self, topic: &str, partition: i32, (low, end): (i64, i64)) {
        let mut all = self.locked();
        let of_it = |lane: &Lane| lane.partition == partition && *lane.topic == *topic;
        if let Some((_, behind)) = all.iter_mut().find(|(lane, _)| of_it(lane)) {
            behind.bounds = Some((low, end));
        }
    }

    /// A partition ended there at that time, milliseconds since 1970.
    pub(crate) fn ended(&self, lane: &Lane, end: i64, at_ms: i64) {
        if let Some(behind) = self.locked().get_mut(lane) {
            behind.end_at = Some((end, at_ms));
        }
    }

    /// When a lane ended where it is read from now, or before that: milliseconds since
    /// 1970; `None`: that is not known.
    pub(crate) fn read_by(&self, lane: &Lane, reads_from: Option<NextOffset>) -> Option<i64> {
        let lanes = self.locked();
        let behind = lanes.get(lane)?;
        let (end, at_ms) = behind.end_at?;
        let (low, _) = behind.bounds?;
        let at = reads_from.map_or(low, NextOffset::get);
        (at >= end).then_some(at_ms)
    }

    /// The lanes that it knows.
    pub(crate) fn lanes(&self) -> Vec<Lane> {
        self.locked().keys().cloned().collect()
    }

    /// Says how far each lane is behind of which that is known; how many records
    /// are left in all of them. Under the lock: of a lane that was given up nothing
    /// is told later.
    pub(crate) fn tell(&self, now: Now, observer: &dyn Observer) -> i64 {
        let mut left = 0;
        for (lane, behind) in self.locked().iter_mut() {
            if let Some(lag) = behind.look(now) {
                observer.on_lag(&lane.topic, lane.partition, lag);
                left += lag.records;
            }
        }
        left
    }

    /// How many records are left in partitions of which nothing is under way: where records
    /// wait, what is under way may be so for long.
    pub(crate) fn unread(&self) -> i64 {
        let lanes = self.locked();
        let at_rest = lanes.values().filter(|b| b.under_way.is_empty());
        at_rest.map(Behind::records).sum()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<Lane, Behind>> {
        // Each change is whole between two calls, whoever panicked.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Behind {
    /// Between what is committed and the end, as far as that is known.
    fn records(&self) -> i64 {
        self.bounds.map_or(0, |(low, end)| {
            let done = self.committed.map_or(low, NextOffset::get);
            (end - done).max(0)
        })
    }

    fn look(&mut self, now: Now) -> Option<Lag> {
        self.bounds?;
        let records = self.records();
        if records == 0 || !self.under_way.is_empty() {
            self.waits_since = None;
        } else {
            self.waits_since.get_or_insert(now.at);
        }
        let waits = self.waits_since.map(|since| now.at.duration_since(since));
        let oldest = self.under_way.iter().find_map(|(_, ms)| *ms);
        // A producer's clock may run ahead of ours.
        let age = |ms: i64| u64::try_from(now.ms.saturating_sub(ms)).unwrap_or(0);
        let time = match (records, waits, oldest) {
            (0, ..) | (_, None, None) => Duration::ZERO,
            (_, Some(waits), _) => waits,
            (_, None, Some(ms)) => Duration::from_millis(age(ms)),
        };
        Some(Lag { records, time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::timestamp::Timestamp;

    fn lane() -> Lane {
        Lane {
            topic: "raw".into(),
            partition: 0,
            claim: 1,
        }
    }

    fn batch(first: i64, ms: i64) -> Raw {
        let mut raw = Raw::new(lane());
        for n in 0..10 {
            let time = Timestamp::Create(ms + n);
            raw.push(first + n, time, None, Some(b"{}"), []);
        }
        raw
    }

    /// What was told of the one lane.
    #[derive(Default)]
    struct Seen(Mutex<Option<Lag>>);

    impl Observer for Seen {
        fn on_lag(&self, _: &str, _: i32, lag: Lag) {
            *self.0.lock().unwrap() = Some(lag);
        }
    }

    #[test]
    fn what_waits_is_behind_and_not_unread() {
        let case = Case::new(None);
        case.backlog.holds("raw", 0, (0, 25));
        assert_eq!(case.backlog.unread(), 25);
        case.backlog.handed_over(&batch(0, 1));
        case.backlog.handed_over(&batch(10, 1));
        assert_eq!((case.backlog.unread(), case.at(5).unwrap().0), (0, 25));
        case.commit(20);
        assert_eq!((case.backlog.unread(), case.at(5).unwrap().0), (5, 5));
    }

    struct Case {
        backlog: Backlog,
        began: Instant,
    }

    impl Case {
        fn new(committed: Option<i64>) -> Case {
            let backlog = Backlog::default();
            backlog.claim([(lane(), committed.map(NextOffset::position))]);
            Case {
                backlog,
                began: Instant::now(),
            }
        }

        /// Records and milliseconds, so many milliseconds after 1970.
        fn at(&self, ms: u64) -> Option<(i64, u128)> {
            let now = Now {
                at: self.began + Duration::from_millis(ms),
                ms: i64::try_from(ms).unwrap(),
            };
            let seen = Seen::default();
            let left = self.backlog.tell(now, &seen);
            let seen = seen.0.into_inner().unwrap();
            assert_eq!(left, seen.map_or(0, |l| l.records));
            seen.map(|l| (l.records, l.time.as_millis()))
        }

        fn commit(&self, next: i64) {
            let next = NextOffset::position(next);
            self.backlog.committed(&[(lane(), next)]);
        }
    }

    #[test]
    fn what_is_read_and_not_committed_tells_the_time() {
        let case = Case::new(None);
        assert_eq!(case.at(0), None, "its end is not known yet");
        case.backlog.holds("raw", 0, (100, 130));
        // So many in the partition, none read: since when that is seen.
        assert_eq!(case.at(5_000), Some((30, 0)));
        assert_eq!(case.at(6_500), Some((30, 1_500)));
        case.backlog.handed_over(&batch(100, 1_000));
        case.backlog.handed_over(&batch(110, 4_000));
        assert_eq!(case.at(7_000), Some((30, 6_000)));
        case.commit(110);
        assert_eq!(case.at(7_000), Some((20, 3_000)));
        case.commit(120);
        assert_eq!(case.at(7_500), Some((10, 0)));
        assert_eq!(case.at(8_000), Some((10, 500)));
        case.backlog.handed_over(&batch(120, 9_000));
        assert_eq!(case.at(8_000), Some((10, 0)), "a clock that runs ahead");
        case.commit(130);
        assert_eq!(case.at(99_000), Some((0, 0)));
    }

    #[test]
    fn an_idle_partition_is_at_its_end_from_the_first_look_on() {
        let case = Case::new(Some(130));
        case.backlog.holds("raw", 0, (100, 130));
        assert_eq!(case.at(5_000), Some((0, 0)));
        // One comes after an hour: its own age counts, not that of the last one.
        case.backlog.holds("raw", 0, (100, 131));
        assert_eq!(case.at(3_600_000), Some((1, 0)));
        // An empty one where nothing was ever committed.
        let case = Case::new(None);
        case.backlog.holds("raw", 0, (7, 7));
        assert_eq!(case.at(5_000), Some((0, 0)));
    }

    #[test]
    fn what_is_void_or_given_up_counts_no_more() {
        let case = Case::new(Some(100));
        case.backlog.holds("raw", 0, (100, 130));
        case.backlog.handed_over(&batch(100, 0));
        case.backlog.rewound();
        assert_eq!(case.at(5_000), Some((30, 0)));
        case.backlog.release([&lane()]);
        assert_eq!(case.at(5_000), None);
    }
}
