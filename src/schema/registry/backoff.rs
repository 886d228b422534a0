//! How long to wait before a registry is asked again.

use std::time::Duration;

/// The first wait is at most so long.
const FIRST: Duration = Duration::from_millis(250);

/// Waits that double, each shortened by up to a half, so that instances that lost the
/// registry together do not come back together.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    most: Duration,
    tries: u32,
}

impl Backoff {
    /// None waited yet; no wait is longer than `most`.
    pub(super) fn new(most: Duration) -> Self {
        Backoff { most, tries: 0 }
    }

    /// The next wait.
    pub(super) fn next(&mut self, chance: &mut Chance) -> Duration {
        let longest = FIRST.saturating_mul(1 << self.tries.min(16)).min(self.most);
        self.tries = self.tries.saturating_add(1);
        longest / 2 + (longest / 2).mul_f64(chance.part())
    }

    /// An answer came: the next trouble begins anew.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}

/// Numbers to spread waits by (SplitMix64, Steele and others 2014); nothing secret hangs
/// on them.
#[derive(Clone, Debug)]
pub(super) struct Chance(pub(super) u64);

impl Chance {
    /// At least 0, and less than 1.
    pub(super) fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as u32 as f64 / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_a_quarter_of_a_second_and_differ() {
        let mut chance = Chance(7);
        let mut backoff = Backoff::new(Duration::from_secs(30));
        let waits: Vec<Duration> = (0..40).map(|_| backoff.next(&mut chance)).collect();
        let mut longest = FIRST;
        for wait in &waits {
            assert!(*wait >= longest / 2 && *wait < longest, "{wait:?}");
            longest = (longest * 2).min(Duration::from_secs(30));
        }
        assert!(waits[39] != waits[38]);
        backoff.reset();
        assert!(backoff.next(&mut chance) < FIRST);
    }
}
