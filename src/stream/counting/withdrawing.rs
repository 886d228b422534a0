//! Whoever withdraws is taken out of the windows that are open.

use std::collections::HashSet;

use foldhash::quality::RandomState;

use super::*;
use crate::consent::state::Narrowings;

impl<T: Tally> Counter<T> {
    /// Takes those of these people out of open windows who may not stay. What is cut has
    /// nobody in it that could be taken out.
    pub(super) fn narrow(&mut self, people: &[u64], now: Now) {
        let people: HashSet<u64, RandomState> = people.iter().copied().collect();
        let stays = self.tally.stays(now.ms);
        let is_one = |who| people.contains(&Narrowings::short(who));
        self.windows.keep(&mut |who| match &stays {
            Stays::Everybody => true,
            Stays::Of(stays) => !is_one(who) || stays(who, true),
            Stays::Unknown => !is_one(who),
        });
    }

    /// Takes out of open windows who may not stay by all that is known now. False: that is
    /// nothing to go by.
    pub(super) fn keep_who_may_stay(&mut self, now: Now) -> bool {
        match self.tally.stays(now.ms) {
            Stays::Everybody => true,
            Stays::Of(stays) => {
                self.windows.keep(&mut |who| stays(who, false));
                true
            }
            Stays::Unknown => false,
        }
    }
}
