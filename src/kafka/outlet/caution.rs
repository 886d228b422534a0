//! How carefully the outlet goes while people withdraw: the smaller a transaction, the
//! less often somebody in it withdraws before it is over.
//!
//! A transaction that is stopped at the fence is followed by transactions of one batch
//! each, with half as many records after every further one, down to a least; ten that
//! commit in a row double them again, and then everything is as before.

/// Between a transaction stopped at the fence and larger ones again.
const COMMITS: u32 = 10;

/// How careful it is at present.
#[derive(Debug)]
pub(crate) struct Caution {
    /// Most records of a batch anyway, and the least that they are cut down to.
    most: u32,
    least: u32,
    /// One batch a transaction, of at most so many records.
    records: Option<u32>,
    commits: u32,
}

impl Caution {
    /// None. Batches have at most `most` records anyway, and at least `least` where they
    /// are cut down.
    pub(crate) fn new(most: u32, least: u32) -> Caution {
        Caution {
            most,
            least: least.clamp(1, most.max(1)),
            records: None,
            commits: 0,
        }
    }

    /// True when a transaction holds one batch.
    pub(crate) fn is_careful(&self) -> bool {
        self.records.is_some()
    }

    /// Most records of a batch from now on.
    pub(crate) fn batch_records_max(&self) -> u32 {
        self.records.unwrap_or(self.most)
    }

    /// A transaction was stopped at the fence.
    pub(crate) fn stopped(&mut self) {
        self.commits = 0;
        self.records = Some(match self.records {
            None => self.most,
            Some(records) => (records / 2).max(self.least),
        });
    }

    /// A transaction committed.
    pub(crate) fn committed(&mut self) {
        let Some(records) = self.records else {
            return;
        };
        self.commits += 1;
        if self.commits < COMMITS {
            return;
        }
        self.commits = 0;
        self.records = match records < self.most {
            true => Some(records.saturating_mul(2).min(self.most)),
            false => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_halves_down_to_the_least_and_doubles_after_ten_commits_in_a_row() {
        let mut caution = Caution::new(1_000, 100);
        let stopped = |caution: &mut Caution| {
            caution.stopped();
            caution.batch_records_max()
        };
        assert_eq!(
            (caution.is_careful(), caution.batch_records_max()),
            (false, 1_000)
        );
        let down: Vec<u32> = (0..6).map(|_| stopped(&mut caution)).collect();
        assert_eq!(down, [1_000, 500, 250, 125, 100, 100]);
        let ten = |caution: &mut Caution| {
            for _ in 0..9 {
                let before = caution.batch_records_max();
                caution.committed();
                assert_eq!(caution.batch_records_max(), before);
            }
            caution.committed();
            (caution.is_careful(), caution.batch_records_max())
        };
        let up: Vec<_> = (0..5).map(|_| ten(&mut caution)).collect();
        let careful = [200, 400, 800, 1_000].map(|records| (true, records));
        assert_eq!(up[..4], careful);
        assert_eq!(up[4], (false, 1_000));
        // In a row.
        stopped(&mut caution);
        (0..9).for_each(|_| caution.committed());
        assert_eq!(stopped(&mut caution), 500);
        assert_eq!(ten(&mut caution), (true, 1_000));
    }
}
