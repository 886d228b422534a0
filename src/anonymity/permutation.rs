//! An order that says nothing of the one before it.

use crate::crypto::sampler::{RandomWords, below};

/// Puts things into an order of which each is as likely (R. Fisher and F. Yates; R.
/// Durstenfeld, algorithm 235, 1964), by draws that are not biased. A retry of a release
/// must draw anew: two orders of the same records, one of them known, tell nothing more.
pub fn shuffle<T, W: RandomWords + ?Sized>(things: &mut [T], words: &mut W) {
    for last in (1..things.len()).rev() {
        let other = below(words, last as u128 + 1);
        things.swap(last, other as usize);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::anonymity::testing::SplitMix;

    #[test]
    fn each_order_is_as_likely() {
        let mut random = SplitMix(21);
        for n in 1..=6_u8 {
            let orders: u32 = (1..=u32::from(n)).product();
            let draws = 40_000.max(orders * 100);
            let mut seen: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
            for _ in 0..draws {
                let mut order: Vec<u8> = (0..n).collect();
                shuffle(&mut order, &mut random);
                *seen.entry(order).or_default() += 1;
            }
            assert_eq!(seen.len() as u32, orders);
            let expected = f64::from(draws) / f64::from(orders);
            let chi = seen
                .values()
                .map(|c| (f64::from(*c) - expected).powi(2) / expected);
            let (chi, free) = (chi.sum::<f64>(), f64::from(orders - 1).max(1.0));
            // Once in a thousand (Wilson and Hilferty).
            let spread = 2.0 / (9.0 * free);
            let limit = free * (1.0 - spread + 3.09 * spread.sqrt()).powi(3);
            assert!(chi < limit, "{n}: {chi} of {limit}");
        }
    }

    #[test]
    fn nothing_is_lost() {
        let mut order: Vec<u32> = (0..10_000).collect();
        shuffle(&mut order, &mut SplitMix(22));
        // Neighbours of before are neighbours twice, on the mean.
        let near = order
            .windows(2)
            .filter(|p| p[0].abs_diff(p[1]) == 1)
            .count();
        assert!(near < 12, "{near}");
        order.sort_unstable();
        assert!(order.iter().copied().eq(0..10_000));
        shuffle::<u8, _>(&mut [], &mut SplitMix(1));
    }
}
