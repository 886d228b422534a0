//! Whose consent was narrowed since when: what a batch that was decided before must be
//! asked again for.

use std::collections::VecDeque;

use crate::record::SubjectId;

/// The narrowings that are remembered. A narrowing is a denial where there was none, the
/// end of a grant, or a mark.
#[derive(Default)]
pub struct Narrowings {
    /// In the order of versions.
    list: VecDeque<(u64, u64)>,
    /// Of what became visible in this version or before, not all is remembered.
    forgotten: u64,
}

/// Who became narrower with one version.
#[derive(Default)]
pub(super) struct Narrowed {
    who: Vec<u64>,
    /// Everybody may be.
    is_all: bool,
}

impl Narrowed {
    /// Somebody's consent is narrower.
    pub(super) fn push(&mut self, who: SubjectId) {
        self.who.push(Narrowings::short(who));
    }

    /// Everybody's may be.
    pub(super) fn push_all(&mut self) {
        self.is_all = true;
        self.who.clear();
    }
}

/// How many are remembered at least, when so many came.
const KEPT: usize = 100_000;

impl Narrowings {
    /// The first eight bytes of a person's name: who is taken for somebody else is asked
    /// again, no more.
    pub fn short(who: SubjectId) -> u64 {
        let [first @ .., _, _, _, _, _, _, _, _] = who.0;
        u64::from_be_bytes(first)
    }

    /// Those became narrower with that version. Versions do not go back.
    pub(super) fn push(&mut self, version: u64, narrowed: Narrowed) {
        if narrowed.is_all {
            self.forgotten = version;
            self.list.clear();
            return;
        }
        let who = narrowed.who.into_iter();
        self.list.extend(who.map(|who| (version, who)));
    }

    /// Forgets what became visible in that version or before, as far as enough stay.
    pub fn forget_to(&mut self, version: u64) {
        while self.list.len() > KEPT && self.list.front().is_some_and(|(v, _)| *v <= version) {
            if let Some((version, _)) = self.list.pop_front() {
                self.forgotten = self.forgotten.max(version);
            }
        }
    }

    /// Those who were narrowed after that version; `None`: that is not all known any more.
    pub fn since(&self, version: u64) -> Option<Vec<u64>> {
        if version < self.forgotten {
            return None;
        }
        let behind = self.list.partition_point(|(of, _)| *of <= version);
        Some(self.list.range(behind..).map(|(_, who)| *who).collect())
    }

    /// True when one of them was narrowed after that version, or that is no longer known.
    /// Where there is nobody, nobody was.
    pub fn hit(&self, since: u64, who: &[u64]) -> bool {
        if since < self.forgotten {
            return !who.is_empty();
        }
        let behind = self.list.partition_point(|(version, _)| *version <= since);
        self.list.range(behind..).any(|(_, one)| who.contains(one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(n: u8) -> Narrowed {
        let mut narrowed = Narrowed::default();
        narrowed.push(SubjectId([n; 16]));
        narrowed
    }

    #[test]
    fn who_was_narrowed_later_is_found_and_what_is_forgotten_counts_as_found() {
        let short = |n| Narrowings::short(SubjectId([n; 16]));
        let mut ring = Narrowings::default();
        ring.push(3, one(1));
        ring.push(4, Narrowed::default());
        ring.push(5, one(2));
        assert!(ring.hit(2, &[short(1)]) && ring.hit(4, &[short(9), short(2)]));
        assert_eq!(ring.since(3), Some(vec![short(2)]));
        assert_eq!(ring.since(2), Some(vec![short(1), short(2)]));
        assert!(!ring.hit(3, &[short(1)]) && !ring.hit(0, &[short(3)]) && !ring.hit(0, &[]));
        // Enough are kept, however old.
        ring.forget_to(5);
        assert!(ring.hit(2, &[short(1)]));
        for n in 0..KEPT {
            ring.push(6 + n as u64, one(3));
        }
        ring.forget_to(5);
        assert!(!ring.hit(5, &[short(1)]) && ring.hit(4, &[short(9)]));
        let mut all = one(1);
        all.push_all();
        ring.push(1_000_000, all);
        assert_eq!(
            (ring.since(999_999), ring.since(1_000_000)),
            (None, Some(vec![]))
        );
        assert!(
            ring.hit(999_999, &[short(3)])
                && !ring.hit(0, &[])
                && !ring.hit(1_000_000, &[short(3)])
        );
    }
}
