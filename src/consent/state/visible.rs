//! What is visible of the state of consent: the version in force, and the fence that asks
//! what became visible since something was decided.
//!
//! A version and its narrowings become visible at one moment. A fence that is passed after
//! that moment knows of them; one that was passed before it is under way, and what is
//! withdrawn meanwhile counts as delayed until it has ended.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use super::narrowings::{Narrowed, Narrowings};
use super::table::Snapshot;

/// Narrowings are remembered for so long at least.
const KEPT_MS: i64 = 60_000;
/// Between two versions whose time is remembered.
const STEP_MS: i64 = 1_000;

/// Where a worker takes the state of consent from, once for each batch.
pub trait ConsentSource: Send {
    /// The newest version that is published.
    fn now(&self) -> Arc<Snapshot>;
}

/// The version in force, for who decides and for who asks before something leaves.
#[derive(Default)]
pub struct Visible {
    now: ArcSwap<Snapshot>,
    behind: Mutex<Behind>,
}

#[derive(Default)]
struct Behind {
    narrowings: Narrowings,
    /// When some of the last versions became visible.
    times: VecDeque<(i64, u64)>,
    /// A transaction passed the fence and has not ended.
    is_under_way: bool,
    /// When those were withdrawn that became visible meanwhile.
    waiting: Vec<i64>,
}

impl Visible {
    /// The version in force. Takes no lock.
    pub fn now(&self) -> Arc<Snapshot> {
        self.now.load_full()
    }

    /// Its number. Takes no lock.
    pub fn version(&self) -> u64 {
        self.now.load().version()
    }

    /// True when consent of one of those became narrower after the version that they were
    /// decided under, or that is no longer known.
    pub fn is_narrowed(&self, version: u64, who: &[u64]) -> bool {
        // Of what is not visible yet nobody need know.
        version < self.version() && self.behind().narrowings.hit(version, who)
    }

    /// Who became narrower after that version up to the one that is in force, which is
    /// returned too; `None`: not all of them are known any more.
    pub fn narrowed_since(&self, version: u64) -> (u64, Option<Vec<u64>>) {
        let behind = self.behind();
        (self.version(), behind.narrowings.since(version))
    }

    /// The fence: may what was decided so leave? Each part is a version and those whose
    /// records are permitted under it. When it says yes, a transaction is under way until
    /// [`Visible::ended`].
    pub fn pass<'a>(&self, decided: impl IntoIterator<Item = (u64, &'a [u64])>) -> bool {
        // Under one lock with what becomes visible: no version comes between the answer
        // and the note that something is under way.
        let mut behind = self.behind();
        let mut decided = decided.into_iter();
        if decided.any(|(version, who)| behind.narrowings.hit(version, who)) {
            return false;
        }
        behind.is_under_way = true;
        true
    }

    /// The transaction that passed the fence has ended, one way or the other. When those
    /// were withdrawn, in milliseconds since 1970, that became visible meanwhile.
    pub fn ended(&self) -> Vec<i64> {
        let mut behind = self.behind();
        behind.is_under_way = false;
        std::mem::take(&mut behind.waiting)
    }

    /// A version becomes visible, at that time. `withdrawn` says when consent was
    /// withdrawn that it shows for the first time; what comes back are those of which
    /// nothing is under way any more.
    pub(super) fn show(
        &self,
        version: Arc<Snapshot>,
        narrowed: Narrowed,
        withdrawn: Vec<i64>,
        now_ms: i64,
    ) -> Vec<i64> {
        let mut behind = self.behind();
        let number = version.version();
        behind.narrowings.push(number, narrowed);
        if behind
            .times
            .back()
            .is_none_or(|(t, _)| now_ms - t >= STEP_MS)
        {
            behind.times.push_back((now_ms, number));
        }
        while let Some((time, version)) = behind.times.front().copied()
            && now_ms - time > KEPT_MS
        {
            behind.narrowings.forget_to(version);
            behind.times.pop_front();
        }
        self.now.store(version);
        if behind.is_under_way {
            behind.waiting.extend(withdrawn);
            return Vec::new();
        }
        withdrawn
    }

    fn behind(&self) -> MutexGuard<'_, Behind> {
        // What is in there is whole after each of its calls, whoever panicked.
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConsentSource for Arc<Visible> {
    fn now(&self) -> Arc<Snapshot> {
        Visible::now(self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Decision, Table};
    use super::*;
    use crate::record::SubjectId;

    const WHO: SubjectId = SubjectId([7; 16]);

    fn deny(table: &mut Table) {
        let denied = Some(Decision::Denied);
        table.decide(WHO, "Ads", denied).unwrap();
    }

    #[test]
    fn what_is_withdrawn_under_a_passed_fence_waits_for_its_end() {
        let mut table = Table::default();
        let visible = table.visible();
        let short = [Narrowings::short(WHO)];
        let since = table.publish(0).version();
        assert!(visible.pass([(since, &short[..])]));
        deny(&mut table);
        table.withdrawn(1);
        table.publish(2);
        assert!(table.take_done().is_empty());
        // Whoever asks from here on is told.
        assert!(!visible.pass([(since, &short[..])]));
        assert!(visible.pass([(since, &[][..]), (since + 1, &short[..])]));
        assert_eq!(visible.ended(), [1]);
        assert!(visible.ended().is_empty());
        // Nothing is under way: it is done as soon as it is visible.
        table.withdrawn(3);
        table.publish(4);
        assert_eq!(table.take_done(), [3]);
    }

    #[test]
    fn what_is_not_visible_yet_narrows_nothing() {
        let mut table = Table::default();
        let visible = table.visible();
        let short = [Narrowings::short(WHO)];
        let since = table.publish(0).version();
        deny(&mut table);
        assert!(!visible.is_narrowed(since, &short) && visible.pass([(since, &short[..])]));
        table.publish(0);
        assert!(visible.is_narrowed(since, &short) && !visible.is_narrowed(since + 1, &short));
        assert_eq!(visible.version(), ConsentSource::now(&visible).version());
    }

    #[test]
    fn narrowings_are_remembered_for_a_minute_and_many_of_them() {
        let mut table = Table::default();
        let visible = table.visible();
        let since = table.publish(0).version();
        for n in 0..250_000_u32 {
            // Spread as keyed hashes are: the table is made for no others.
            let who = u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            table
                .decide(SubjectId(who.to_be_bytes()), "Ads", Some(Decision::Denied))
                .unwrap();
        }
        // Many, and young: nobody is taken for narrowed who is not.
        let then = table.publish(1_000).version();
        let stranger = [u64::MAX];
        assert!(!visible.is_narrowed(since, &stranger));
        table.publish(61_000);
        assert!(!visible.is_narrowed(since, &stranger));
        // Older than a minute, and too many to be kept.
        table.publish(62_001);
        assert!(visible.is_narrowed(since, &stranger));
        assert!(!visible.is_narrowed(then, &stranger));
    }
}
