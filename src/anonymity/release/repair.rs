//! One pass over the classes of a block: what lies badly goes where it lies better.

use super::Composer;
use super::ground::Group;

/// A class that takes rows in, before it is known whether it may.
struct Taking {
    at: usize,
    group: Group,
}

impl Composer<'_> {
    /// The worst class first: rows of it move one by one where the sum of losses falls
    /// most, then it is given up if all its rows fit elsewhere at a lower sum. Whoever
    /// gives and whoever takes must stay what a class must be: one row more can break what
    /// holds of the values that are not hidden.
    pub(super) fn repair(&mut self, groups: &mut Vec<Group>) {
        let mut worst: Vec<usize> = (0..groups.len()).collect();
        worst.sort_by_key(|at| std::cmp::Reverse(groups[*at].loss));
        for at in worst {
            if groups[at].loss > 0 {
                self.move_out(groups, at);
                self.give_up(groups, at);
            }
        }
        groups.retain(|group| !group.rows.is_empty());
    }

    fn move_out(&mut self, groups: &mut [Group], from: usize) {
        let mut i = 0;
        while i < groups[from].rows.len() && groups[from].rows.len() > self.law.k() as usize {
            let row = groups[from].rows[i];
            let rest = groups[from].rows.iter().copied().filter(|r| *r != row);
            let reach = self.ground.reach(rest.clone());
            let loss = self.ground.loss(&reach);
            let left = groups[from].len() - 1;
            let saved = groups[from].cost() - loss * left;
            let moved = (saved > 0)
                .then(|| rest.collect::<Vec<u32>>())
                .filter(|rest| self.law.allows(rest))
                .and_then(|rest| Some((rest, self.taker(groups, from, row, saved)?)));
            let Some((rows, Taking { at, group })) = moved else {
                i += 1;
                continue;
            };
            groups[from] = Group { rows, reach, loss };
            groups[at] = group;
        }
    }

    /// The class that takes a row in for less than `saved`, for the least, and may.
    fn taker(&mut self, groups: &[Group], from: usize, row: u32, saved: u64) -> Option<Taking> {
        let mut takers: Vec<(u64, usize)> = Vec::new();
        for (at, group) in groups.iter().enumerate() {
            if at != from && !group.rows.is_empty() {
                let least = takers.last().filter(|_| self.law.is_k_alone());
                let most = least.map_or(saved, |(grows, _)| *grows);
                if let Some(grows) = self.growth(group, row, most) {
                    takers.push((grows, at));
                }
            }
        }
        takers.sort_unstable();
        takers.into_iter().find_map(|(_, at)| {
            let group = self.with(&groups[at], row);
            self.takes(&group).then_some(Taking { at, group })
        })
    }

    /// By how much the loss of a class grows with a row more; `None`: by `most` or more.
    fn growth(&mut self, group: &Group, row: u32, most: u64) -> Option<u64> {
        let n = group.len() + 1;
        let limit = (group.cost() + most).div_ceil(n);
        self.point.clear();
        self.point.extend(self.ground.point(row));
        let loss = self.ground.loss_of_both(&group.reach, &self.point, limit);
        let grows = (loss * n).checked_sub(group.cost())?;
        (loss < limit && grows < most).then_some(grows)
    }

    fn with(&self, group: &Group, row: u32) -> Group {
        let point: Vec<_> = self.ground.point(row).collect();
        let reach = self.ground.join(&group.reach, &point);
        let mut rows = group.rows.clone();
        rows.insert(rows.partition_point(|r| *r < row), row);
        let loss = self.ground.loss(&reach);
        Group { rows, reach, loss }
    }

    /// True if a class that took rows in may be one.
    fn takes(&mut self, group: &Group) -> bool {
        #[cfg(test)]
        if self.trusts_receivers {
            return true;
        }
        // More rows are no fewer persons.
        self.law.is_k_alone() || self.law.allows(&group.rows)
    }

    /// Gives a class up if all its rows fit elsewhere for less than it loses.
    fn give_up(&mut self, groups: &mut [Group], from: usize) {
        let cost = groups[from].cost();
        let mut grown: Vec<Taking> = Vec::new();
        let mut sum = 0;
        for row in groups[from].rows.clone() {
            let mut best: Option<(u64, usize)> = None;
            for at in (0..groups.len()).filter(|at| *at != from) {
                let taking = grown.iter().find(|taking| taking.at == at);
                let group = taking.map_or(&groups[at], |taking| &taking.group);
                let most = best.map_or(cost - sum, |(grows, _)| grows);
                if !group.rows.is_empty()
                    && let Some(grows) = self.growth(group, row, most)
                {
                    best = Some((grows, at));
                }
            }
            let Some((grows, at)) = best else {
                return;
            };
            sum += grows;
            match grown.iter_mut().find(|taking| taking.at == at) {
                Some(taking) => taking.group = self.with(&taking.group, row),
                None => grown.push(Taking {
                    at,
                    group: self.with(&groups[at], row),
                }),
            }
        }
        if sum < cost && grown.iter().all(|taking| self.takes(&taking.group)) {
            groups[from].rows.clear();
            for Taking { at, group } in grown {
                groups[at] = group;
            }
        }
    }
}
