//! Figures beside those of pyCANON 1.3.6 (`benches/anonymity/golden.py`), and by hand.

use super::unique::{ROWS_MAX, UniqueSet, uniques};
use super::*;
use crate::anonymity::testing::SplitMix;

/// The tables of `golden.py`: columns, and a value that depends on the first.
fn table(seed: u64, rows: usize, sizes: &[u64], values: u64) -> (Vec<Vec<u32>>, Vec<u32>) {
    let mut state = seed;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let columns: Vec<Vec<u32>> = sizes
        .iter()
        .map(|size| (0..rows).map(|_| (draw() % size) as u32).collect())
        .collect();
    let value = (0..rows).map(|row| {
        let own = u64::from(columns[0][row]) % values;
        let other = (draw() % 3 != 0).then(|| (draw() % values + own) % values);
        other.unwrap_or(own) as u32
    });
    let value = value.collect();
    (columns, value)
}

fn classes(columns: &[Vec<u32>]) -> Classes {
    let columns: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
    Classes::of_columns(&columns)
}

/// Seed, rows, columns, values, and what pyCANON says of them.
type Golden = (u64, usize, &'static [u64], u64, [f64; 11]);

#[test]
fn figures_are_those_of_pycanon() {
    let inf = f64::INFINITY;
    #[rustfmt::skip]
    let golden: [Golden; 4] = [
        (1, 60, &[3, 2], 3,
            [6.0, 5.0, 2.0, 1.606631, 4.5, 0.818182, 0.484848, 0.266667, 1.454545, 1.321756, 0.897942]),
        (2, 200, &[4, 3, 2], 5,
            [24.0, 2.0, 1.0, 1.0, inf, 1.0, 0.8, 0.4725, 4.0, 2.002481, 1.609438]),
        (3, 40, &[2], 4,
            [2.0, 12.0, 4.0, 3.444177, 0.866667, 0.464286, 0.1, 0.05, 0.333333, 0.333333, 0.587787]),
        (4, 500, &[5, 4], 7,
            [20.0, 14.0, 5.0, 3.109844, 2.0, 0.666667, 0.480667, 0.188667, 2.584229, 2.584229, 1.685287]),
    ];
    for (seed, rows, sizes, values, figures) in golden {
        let (columns, value) = table(seed, rows, sizes, values);
        let classes = classes(&columns);
        let of = Values::new(&classes, &value);
        let own = [
            classes.count() as f64,
            f64::from(classes.k()),
            of.distinct() as f64,
            of.entropy(),
            of.recursive(2),
            of.alpha(),
            of.t(),
            of.t_ordered(),
            of.beta(),
            of.enhanced_beta(),
            of.delta(),
        ];
        for (at, (own, golden)) in own.iter().zip(figures).enumerate() {
            let is_equal = *own == golden || (own - golden).abs() < 1e-5;
            assert!(is_equal, "table {seed}, figure {at}: {own}, not {golden}");
        }
    }
}

#[test]
fn classes_are_counted() {
    let columns = [vec![1, 1, 2, 2, 2, 9], vec![0, 0, 0, 0, 1, 0]];
    let classes = classes(&columns);
    assert_eq!(classes.sizes(), [2, 2, 1, 1]);
    assert_eq!((classes.count(), classes.rows(), classes.k()), (4, 6, 1));
    assert_eq!(classes.histogram(), [(1, 2), (2, 4)]);
    assert_eq!(classes.share_below(2), 2.0 / 6.0);
    assert_eq!(classes.share_below(3), 1.0);
    assert_eq!(classes.average_class(2), 0.75);
    // Two classes of two, and two rows that cost six each.
    assert_eq!(classes.discernibility(2), 4 + 4 + 6 + 6);
    assert_eq!(classes.discernibility(1), 4 + 4 + 1 + 1);
    let people = classes.of_people(&[7, 7, 7, 8, 8, 8]);
    assert_eq!(people.sizes(), [1, 2, 1, 1]);
    assert_eq!(people.rows(), 5);
    let nothing = Classes::of_columns(&[]);
    assert_eq!((nothing.count(), nothing.k()), (0, 0));
    assert_eq!(nothing.prosecutor().average, 0.0);
}

#[test]
fn risks_are_those_of_the_three_attackers() {
    let classes = classes(&[vec![1, 1, 1, 1, 2, 2, 3]]);
    let prosecutor = classes.prosecutor();
    assert_eq!(prosecutor.highest, 1.0);
    assert_eq!(prosecutor.average, 3.0 / 7.0);
    assert_eq!(classes.at_risk(0.2), 1.0);
    assert_eq!(classes.at_risk(0.25), 3.0 / 7.0);
    let journalist = classes.journalist(&[8, 4, 10]).unwrap();
    assert_eq!(journalist.highest, 0.25);
    assert_eq!(journalist.average, (0.5 + 0.5 + 0.1) / 7.0);
    assert_eq!(classes.marketer(&[4, 2, 1]), Some(prosecutor.average));
    // Fewer people than rows, or not one number a class.
    assert_eq!(classes.journalist(&[8, 1, 10]), None);
    assert_eq!(classes.marketer(&[8, 4]), None);
    let tenth = classes.journalist_by_share(0.1).unwrap();
    assert_eq!(tenth.highest, 0.1);
    assert!((tenth.average - 0.1 * 3.0 / 7.0).abs() < 1e-12);
    assert_eq!(classes.journalist_by_share(0.0), None);
    assert_eq!(classes.journalist_by_share(f64::NAN), None);
}

/// Every set by itself, without pruning and bits.
fn by_hand(columns: &[Vec<u32>], rows: usize) -> Vec<UniqueSet> {
    let sets = 1_usize..1 << columns.len();
    let small = sets.filter(|set| set.count_ones() <= 4);
    let of = |set: usize| (0..columns.len()).filter(move |c| set >> c & 1 == 1);
    let alone = |set: usize| -> Vec<bool> {
        let row = |r: usize| of(set).map(|c| columns[c][r]).collect::<Vec<u32>>();
        (0..rows)
            .map(|r| (0..rows).filter(|o| row(*o) == row(r)).count() == 1)
            .collect()
    };
    let share = |rows_of: &[bool]| rows_of.iter().filter(|a| **a).count() as f64 / rows as f64;
    let mut found = Vec::new();
    for set in small {
        let own = alone(set);
        let parts: Vec<Vec<bool>> = (1..set)
            .filter(|part| part & set == *part)
            .map(alone)
            .collect();
        let minimal: Vec<bool> = (0..rows)
            .map(|r| own[r] && parts.iter().all(|p| !p[r]))
            .collect();
        if share(&minimal) > 0.0 {
            let best = parts.iter().map(|p| share(p)).fold(0.0, f64::max);
            found.push(UniqueSet {
                columns: of(set).collect(),
                unique: share(&own),
                gain: share(&own) - best,
                minimal: share(&minimal),
            });
        }
    }
    found
}

#[test]
fn minimal_sets_are_found_as_by_hand() {
    let mut random = SplitMix(9);
    let mut found = 0;
    for _ in 0..60 {
        let (width, rows) = (1 + random.below(5) as usize, random.below(90) as usize);
        let spread = 2 + random.below(8);
        let column = |random: &mut SplitMix| (0..rows).map(|_| random.below(spread)).collect();
        let columns: Vec<Vec<u32>> = (0..width).map(|_| column(&mut random)).collect();
        let views: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
        let own = uniques(&views, || true);
        assert!(own.is_whole);
        let mut expected = by_hand(&columns, rows);
        let by_columns = |a: &UniqueSet, b: &UniqueSet| a.columns.cmp(&b.columns);
        expected.sort_by(by_columns);
        let mut sets = own.sets;
        assert!(
            sets.windows(2)
                .all(|pair| pair[0].minimal >= pair[1].minimal)
        );
        sets.sort_by(by_columns);
        found += sets.len();
        assert_eq!(sets.len(), expected.len());
        for (own, expected) in sets.iter().zip(&expected) {
            assert_eq!(own.columns, expected.columns);
            for (a, b) in [
                (own.unique, expected.unique),
                (own.gain, expected.gain),
                (own.minimal, expected.minimal),
            ] {
                assert!((a - b).abs() < 1e-9, "{own:?}, not {expected:?}");
            }
        }
        if !sets.is_empty() {
            let all: f64 = sets
                .iter()
                .map(|s| s.minimal * s.columns.len() as f64)
                .sum();
            let one: f64 = sets.iter().map(|s| s.minimal).sum();
            assert!((own.share_of.iter().sum::<f64>() - all / one).abs() < 1e-9);
        }
    }
    assert!(found > 100, "{found}");
}

#[test]
fn beyond_the_bounds_there_is_a_way_step_by_step() {
    let mut random = SplitMix(11);
    let column = |spread| (0..300).map(|_| random.below(spread)).collect::<Vec<u32>>();
    let columns: Vec<Vec<u32>> = [2, 3, 100, 5].map(column).into();
    let views: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
    let mut left = 5;
    let stopped = uniques(&views, || {
        left -= 1;
        left > 0
    });
    assert!(!stopped.is_whole);
    let sizes: Vec<usize> = stopped.sets.iter().map(|set| set.columns.len()).collect();
    assert_eq!(sizes, [1, 2, 3, 4]);
    assert_eq!(stopped.sets[0].columns, [2]);
    assert!(
        stopped
            .sets
            .windows(2)
            .all(|pair| pair[0].unique <= pair[1].unique)
    );
    let whole = uniques(&views, || true);
    let of_all = |found: &unique::Uniques| {
        let most = found.sets.iter().map(|set| set.unique);
        most.fold(0.0, f64::max)
    };
    assert_eq!(of_all(&stopped), of_all(&whole));
    let many = vec![views[0]; 21];
    assert!(!uniques(&many, || true).is_whole);
    let long = vec![0; ROWS_MAX + 1];
    assert!(!uniques(&[&long], || true).is_whole);
    assert!(uniques(&[], || true).sets.is_empty());
}
