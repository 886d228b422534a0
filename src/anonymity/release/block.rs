//! Putting together from below: what is alike joins what it is most like.
//!
//! Greedy agglomeration after Byun et al., "Efficient k-anonymization using clustering
//! techniques" (DASFAA 2007), on sets small enough for it.

use super::Composer;
use super::ground::Group;

/// Most rows of a set that is put together from below.
pub(super) const BLOCK: usize = 128;

impl Composer<'_> {
    /// Puts rows together that may be a class as a whole.
    pub(super) fn block(&mut self, rows: Vec<u32>, out: &mut Vec<Group>) {
        let mut groups = self.alike(rows);
        self.join_up(&mut groups);
        let mut groups = self.cut_again(groups);
        self.repair(&mut groups);
        let mut groups = self.cut_again(groups);
        out.append(&mut groups);
    }

    /// Rows of equal codes, in the order of these.
    fn alike(&self, mut rows: Vec<u32>) -> Vec<Group> {
        let codes = |row: u32| self.ground.of(row);
        rows.sort_unstable_by(|a, b| codes(*a).cmp(codes(*b)).then(a.cmp(b)));
        rows.chunk_by(|a, b| codes(*a) == codes(*b))
            .map(|same| self.ground.group(same.to_vec()))
            .collect()
    }

    /// As long as one may not be a class: that of the fewest persons joins where the loss
    /// grows least; of equal ones, the first.
    fn join_up(&mut self, groups: &mut Vec<Group>) {
        let mut people: Vec<u32> = Vec::with_capacity(groups.len());
        let mut is_legal: Vec<bool> = Vec::with_capacity(groups.len());
        for group in groups.iter() {
            people.push(self.law.people(&group.rows));
            is_legal.push(self.law.allows(&group.rows));
        }
        loop {
            let illegal =
                (0..groups.len()).filter(|x| !is_legal[*x] && !groups[*x].rows.is_empty());
            let Some(x) = illegal.min_by_key(|x| people[*x]) else {
                break;
            };
            // All in one may be a class, so there is another.
            let Some(y) = self.nearest(groups, x) else {
                break;
            };
            let (into, gone) = (x.min(y), x.max(y));
            let other = std::mem::take(&mut groups[gone].rows);
            let reach = self.ground.join(&groups[into].reach, &groups[gone].reach);
            let joined = &mut groups[into];
            joined.rows.extend(other);
            joined.loss = self.ground.loss(&reach);
            joined.reach = reach;
            people[into] = self.law.people(&joined.rows);
            is_legal[into] = self.law.allows(&joined.rows);
        }
        groups.retain(|group| !group.rows.is_empty());
        for group in groups {
            group.rows.sort_unstable();
        }
    }

    /// Where the loss of all grows least if `x` joins.
    fn nearest(&self, groups: &[Group], x: usize) -> Option<usize> {
        let own = &groups[x];
        let mut best: Option<(i64, usize)> = None;
        for (y, other) in groups.iter().enumerate() {
            if y == x || other.rows.is_empty() {
                continue;
            }
            let (n, before) = (own.len() + other.len(), own.cost() + other.cost());
            let most = best.map_or(u64::MAX, |(grows, _)| {
                before.saturating_add_signed(grows).div_ceil(n)
            });
            let loss = self.ground.loss_of_both(&own.reach, &other.reach, most);
            if loss < most {
                let grows = (n * loss) as i64 - before as i64;
                if best.is_none_or(|(least, _)| grows < least) {
                    best = Some((grows, y));
                }
            }
        }
        best.map(|(_, y)| y)
    }

    /// What has grown to twice k persons may be cut once more.
    fn cut_again(&mut self, groups: Vec<Group>) -> Vec<Group> {
        let mut out = Vec::with_capacity(groups.len());
        for group in groups {
            self.cut(group.rows, 0, &mut out);
        }
        out
    }
}
