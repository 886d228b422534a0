//! What profiles say, as one worker has found it: few people differ in what they decided.

use super::profile::Week;
use super::table::Snapshot;
use crate::record::event_time::Now;

/// What a profile says, as bits of categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What is granted.
    pub granted: u64,
    /// What is denied.
    pub denied: u64,
    /// What is denied by a decision that ended a grant.
    pub withdrawn: u64,
}

/// Answers that are kept; a power of two.
const KEPT: usize = 256;

/// Answers of one table in one week; each has one place, and the last one stays.
#[derive(Default)]
pub(in crate::consent) struct Memo {
    of: Option<(u64, Week)>,
    /// By which table and time the last record was decided.
    last: Option<(u64, i64)>,
    answers: Vec<Option<(u32, Said)>>,
}

impl Memo {
    /// From here on that version is asked, at that time.
    pub(in crate::consent) fn begin(&mut self, state: &Snapshot, now: Now) {
        let last = Some((state.table(), time(now)));
        if self.last == last {
            return;
        }
        self.last = last;
        let of = Some((state.table(), Week::of(time(now))));
        if self.of != of {
            self.of = of;
            self.answers.clear();
            self.answers.resize(KEPT, None);
        }
    }

    /// What that profile says in these categories, which are the same at every call.
    pub(in crate::consent) fn says(
        &mut self,
        state: &Snapshot,
        profile: u32,
        categories: &[String],
        now: Now,
    ) -> Said {
        if profile == 0 {
            return Said::default();
        }
        let answer = &mut self.answers[profile as usize % KEPT];
        match answer {
            Some((known, said)) if *known == profile => *said,
            _ => {
                let (granted, denied) = state.bits(profile, categories, time(now));
                let withdrawn = state.withdrawn(profile, categories);
                answer
                    .insert((
                        profile,
                        Said {
                            granted,
                            denied,
                            withdrawn,
                        },
                    ))
                    .1
            }
        }
    }
}

/// Where events are only looked at, no grant has ended.
fn time(now: Now) -> i64 {
    match now.takes_any() {
        true => i64::MIN,
        false => now.ms(),
    }
}
