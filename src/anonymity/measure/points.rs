//! Of how many people a few points of their trace suffice to find the trace: de Montjoye
//! et al., "Unique in the crowd" (Scientific Reports 3, 2013).

use std::collections::BTreeMap;

use crate::anonymity::permutation::shuffle;
use crate::crypto::sampler::RandomWords;

/// Most points that somebody is taken to know.
pub const KNOWN_MAX: usize = 5;

/// The share of persons with at least [`KNOWN_MAX`] points whose trace is the only one
/// that holds one, two, … of them, drawn at random; and how many persons that are. `traces`
/// has each person's points (a time with a place or an item), as numbers. `None`: nobody
/// has so many.
pub fn unique_by_points<W: RandomWords + ?Sized>(
    traces: &[Vec<u32>],
    words: &mut W,
) -> Option<([f64; KNOWN_MAX], usize)> {
    let mut holders: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut own: Vec<Vec<u32>> = traces.to_vec();
    for (person, trace) in own.iter_mut().enumerate() {
        trace.sort_unstable();
        trace.dedup();
        for point in trace {
            holders.entry(*point).or_default().push(person as u32);
        }
    }
    let (mut unique, mut people) = ([0_u32; KNOWN_MAX], 0);
    for trace in own.iter_mut().filter(|trace| trace.len() >= KNOWN_MAX) {
        people += 1;
        shuffle(trace, words);
        let mut left: Vec<u32> = holders[&trace[0]].clone();
        for known in 0..KNOWN_MAX {
            if known > 0 {
                let those = &holders[&trace[known]];
                left.retain(|person| those.binary_search(person).is_ok());
            }
            unique[known] += u32::from(left.len() == 1);
        }
    }
    let share = |count: u32| f64::from(count) / people as f64;
    (people > 0).then(|| (unique.map(share), people))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymity::testing::SplitMix;

    #[test]
    fn a_point_that_nobody_shares_suffices() {
        let mut random = SplitMix(41);
        let apart: Vec<Vec<u32>> = (0..20).map(|p| (p * 6..p * 6 + 6).collect()).collect();
        let found = unique_by_points(&apart, &mut random);
        assert_eq!(found, Some(([1.0; KNOWN_MAX], 20)));
        let alike: Vec<Vec<u32>> = (0..20).map(|_| (0..6).collect()).collect();
        let found = unique_by_points(&alike, &mut random);
        assert_eq!(found, Some(([0.0; KNOWN_MAX], 20)));
        // Repeats are one point, and four are too few.
        let few = vec![vec![1, 2, 3, 4, 4, 4]; 3];
        assert_eq!(unique_by_points(&few, &mut random), None);
        assert_eq!(unique_by_points(&[], &mut random), None);
    }

    #[test]
    fn the_more_is_known_the_fewer_are_left() {
        let mut random = SplitMix(42);
        let trace = |random: &mut SplitMix| (0..8).map(|_| random.below(60)).collect();
        let traces: Vec<Vec<u32>> = (0..400).map(|_| trace(&mut random)).collect();
        let (shares, people) = unique_by_points(&traces, &mut random).unwrap();
        assert!(people > 390);
        assert!(shares.windows(2).all(|pair| pair[0] <= pair[1]));
        // A point is held by 50 others, two by 7, three by one: each chance is 2/15.
        assert_eq!(shares[0], 0.0);
        assert!((0.2..0.6).contains(&shares[2]), "{shares:?}");
        assert!(shares[4] > 0.9, "{shares:?}");
    }
}
