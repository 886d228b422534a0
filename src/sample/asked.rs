//! What the detectors said of the values that came last.

use crate::detect::{COUNT, DETECTORS, Scalar};

const _: () = assert!(COUNT <= 64, "a detector is a bit");

/// Most members have few values, or the same one again and again: those are asked of
/// once. Without it `explain` took 1.6 times what `apply` does.
#[derive(Clone, Default)]
pub(super) struct Asked {
    /// By the lowest bits of the value's hash: the hash, and who takes the value.
    last: [Option<(u64, Takers)>; PLACES],
}

const PLACES: usize = 4;

/// The detectors that take a value: the bit of each in [`DETECTORS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Takers(u64);

impl Takers {
    fn of(value: Scalar<'_>) -> Takers {
        let asked = (0..).zip(DETECTORS);
        Takers(asked.fold(0, |bits, (nth, detector)| {
            bits | u64::from((detector.matches)(value)) << nth
        }))
    }

    /// Places in [`DETECTORS`].
    pub(super) fn each(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let nth = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(nth)
        })
    }
}

impl Asked {
    /// Who takes that value; `hash` is its own, keyed.
    pub(super) fn takers(&mut self, value: Scalar<'_>, hash: u64) -> Takers {
        let place = &mut self.last[hash as usize % PLACES];
        match place {
            Some((known, takers)) if *known == hash => *takers,
            _ => place.insert((hash, Takers::of(value))).1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_is_answered_as_before() {
        let values = ["a@example.com", "203.0.113.7", "x", "", "DE", "a=b&c=d"];
        let mut asked = Asked::default();
        for _ in 0..3 {
            // More values than places, so that some make room for others.
            for (hash, text) in (0..).zip(values) {
                let value = Scalar::Text(text);
                let takers = asked.takers(value, hash);
                let expected: Vec<usize> = (0..COUNT)
                    .filter(|nth| (DETECTORS[*nth].matches)(value))
                    .collect();
                assert_eq!(takers.each().collect::<Vec<_>>(), expected, "{text}");
            }
        }
    }
}
