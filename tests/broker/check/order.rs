//! Says the order inside of releases anything of the order their records came in?

use crate::traffic::Dice;

/// Tenths of a release that are told apart, on either side.
const TENTHS: usize = 10;

/// χ² of (9 · 9) degrees of freedom is above this once in a thousand.
pub const CHI_SQUARE_MOST: f64 = 126.1;

/// Kolmogorov and Smirnov's distance of `n` values from uniform is above it, by √n, once in
/// a thousand.
pub const SMIRNOV_MOST: f64 = 1.949;

/// χ² of which tenth of a release a record lies in against the tenth it came in, over
/// releases of numbers that rise as they came. Around 81 where every order is as likely.
pub fn chi_square(releases: &[Vec<u64>]) -> f64 {
    let mut found = [[0.0; TENTHS]; TENTHS];
    let mut expected = [[0.0; TENTHS]; TENTHS];
    let mut spread = [[0.0; TENTHS]; TENTHS];
    for release in releases.iter().filter(|release| release.len() >= TENTHS) {
        let n = release.len();
        let tenth = |at: usize| at * TENTHS / n;
        let mut came: Vec<usize> = (0..n).collect();
        came.sort_by_key(|at| release[*at]);
        for (rank, at) in came.into_iter().enumerate() {
            found[tenth(rank)][tenth(at)] += 1.0;
        }
        let mut sizes = [0.0; TENTHS];
        (0..n).for_each(|at| sizes[tenth(at)] += 1.0);
        for row in 0..TENTHS {
            for column in 0..TENTHS {
                let mean = sizes[row] * sizes[column] / n as f64;
                expected[row][column] += mean;
                // How many lie in a row and in a column is certain, which spreads a cell more
                // than the sum over all cells would have it.
                spread[row][column] += mean * n as f64 / (n - 1) as f64;
            }
        }
    }
    let cells = (0..TENTHS).flat_map(|row| (0..TENTHS).map(move |column| (row, column)));
    cells
        .filter(|(row, column)| spread[*row][*column] > 0.0)
        .map(|(row, column)| {
            (found[row][column] - expected[row][column]).powi(2) / spread[row][column]
        })
        .sum()
}

/// How far the places of those that came first are from uniform, by √n: one value a release.
pub fn smirnov_of_the_first(releases: &[Vec<u64>]) -> f64 {
    // Anywhere in its place, so that releases of all sizes are alike.
    let mut dice = Dice::new(1);
    let mut places = Vec::new();
    for release in releases {
        let (at, _) = release
            .iter()
            .enumerate()
            .min_by_key(|(_, n)| **n)
            .expect("a record");
        let within = dice.below(1 << 32) as f64 / (1_u64 << 32) as f64;
        places.push((at as f64 + within) / release.len() as f64);
    }
    places.sort_by(f64::total_cmp);
    let n = places.len() as f64;
    let apart = places.iter().enumerate().map(|(at, place)| {
        let (below, with) = (at as f64 / n, (at + 1) as f64 / n);
        (place - below).abs().max((with - place).abs())
    });
    apart.fold(0.0, f64::max) * n.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Releases of 100 and some, in an order that `order` makes of the one they came in.
    fn releases(mut order: impl FnMut(&mut Vec<u64>)) -> Vec<Vec<u64>> {
        let release = |n: u64| {
            let mut release: Vec<u64> = (n * 1_000..n * 1_000 + 100 + n % 7).collect();
            order(&mut release);
            release
        };
        (0..500).map(release).collect()
    }

    fn shuffle(dice: &mut Dice, part: &mut [u64]) {
        for at in (1..part.len()).rev() {
            let to = dice.below(at as u64 + 1);
            part.swap(at, usize::try_from(to).expect("a place"));
        }
    }

    #[test]
    fn every_order_as_likely_is_within_and_what_is_planted_is_not() {
        let mut dice = Dice::new(7);
        let even = releases(|release| shuffle(&mut dice, release));
        assert!(chi_square(&even) < CHI_SQUARE_MOST, "{}", chi_square(&even));
        assert!(chi_square(&even) > 40.0, "{}", chi_square(&even));
        assert!(smirnov_of_the_first(&even) < SMIRNOV_MOST);
        // Halves that are shuffled each by itself, and one record that stays where it was.
        let halves = releases(|release| {
            let half = release.len() / 2;
            shuffle(&mut dice, &mut release[..half]);
            shuffle(&mut dice, &mut release[half..]);
        });
        assert!(chi_square(&halves) > CHI_SQUARE_MOST);
        assert!(smirnov_of_the_first(&halves) > SMIRNOV_MOST);
        let first = releases(|release| shuffle(&mut dice, &mut release[1..]));
        assert!(smirnov_of_the_first(&first) > SMIRNOV_MOST);
        assert!(chi_square(&releases(|_| ())) > CHI_SQUARE_MOST);
    }
}
