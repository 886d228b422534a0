//! Noise beside its distribution and its promise, thresholds beside their definition,
//! bounding in any order, budgets to the last digit.

use std::collections::BTreeMap;

use super::*;
use crate::anonymity::ratio::Ratio;
use crate::anonymity::testing::SplitMix;
use crate::record::SubjectId;
use crate::record::decimal::Decimal;

fn ratio(text: &str) -> Ratio {
    Ratio::of_decimal(&Decimal::read(text).unwrap()).unwrap()
}

fn contribution(cells: u32, per_cell: u32, each: u32) -> Contribution {
    Contribution {
        cells,
        per_cell,
        each,
    }
}

fn mechanism(noise: Noise, of: Contribution, epsilon: &str, delta: &str) -> Mechanism {
    Mechanism::new(noise, of, ratio(epsilon), ratio(delta)).unwrap()
}

/// The logarithm of a probability but for what is the same for all, as an exact fraction.
fn log_weight(mechanism: Mechanism, n: i64) -> (i128, i128) {
    let n = i128::from(n);
    match mechanism {
        Mechanism::Laplace { t, s } => (-n.abs() * i128::from(s), t.into()),
        Mechanism::Gaussian { a, b } => (-n * n * i128::from(b), 2 * i128::from(a)),
    }
}

#[test]
fn no_two_neighbours_are_further_apart_than_epsilon() {
    for (of, epsilon) in [
        (contribution(1, 1, 1), "1"),
        (contribution(4, 1, 1), "0.5"),
        (contribution(3, 2, 7), "0.123457"),
        (contribution(20, 1, 500), "10"),
    ] {
        let laplace = mechanism(Noise::Laplace, of, epsilon, "0");
        let epsilon = ratio(epsilon);
        let in_cell = i64::from(of.per_cell * of.each);
        // The worst output of one cell: beyond both of the two values.
        let worst = (-400..400).map(|output| {
            let (n, d) = log_weight(laplace, output);
            let (m, e) = log_weight(laplace, output - in_cell);
            assert_eq!(d, e);
            (n - m, d)
        });
        let (n, d) = worst.max().unwrap();
        // Over all of a person's cells: at most ε, and no less of it than is allowed.
        let (left, right) = (
            n * i128::from(of.cells) * i128::from(epsilon.d()),
            i128::from(epsilon.n()) * d,
        );
        assert_eq!(left, right);
    }
}

#[test]
fn gaussian_noise_keeps_the_rho_of_its_epsilon() {
    for (of, epsilon, delta) in [
        (contribution(1, 1, 1), "1", "1e-6"),
        (contribution(16, 2, 3), "0.3", "1e-9"),
        (contribution(4, 1, 1), "8", "0.001"),
    ] {
        let Mechanism::Gaussian { a, b } = mechanism(Noise::Gaussian, of, epsilon, delta) else {
            panic!("it is a Gaussian");
        };
        // ρ = Δ₂²/2σ², exactly a number of 2^-20.
        let square = u128::from(of.square().unwrap());
        let (n, d) = ((square * u128::from(b)) << 20, 2 * u128::from(a));
        assert_eq!(n % d, 0);
        let cost = |units: u128| {
            let (rho, delta) = (units as f64 / 1_048_576.0, ratio(delta).about());
            rho + 2.0 * (rho * (1.0 / delta).ln()).sqrt()
        };
        let epsilon = ratio(epsilon).about();
        assert!(cost(n / d) <= epsilon);
        assert!(cost(n / d + 1) > epsilon, "one more would be within it");
    }
}

#[test]
fn the_smaller_noise_is_taken() {
    let auto = |cells| mechanism(Noise::Auto, contribution(cells, 1, 1), "1", "1e-6");
    assert_eq!(auto(1), Mechanism::Laplace { t: 1, s: 1 });
    assert!(matches!(auto(14), Mechanism::Laplace { .. }));
    assert!(matches!(auto(15), Mechanism::Gaussian { .. }));
    // ε = 0.5 over 4 cells: the header of release.md, `scale` 8/1 and sd 11.3.
    let header = mechanism(Noise::Auto, contribution(4, 1, 1), "0.5", "0");
    assert_eq!(header, Mechanism::Laplace { t: 8, s: 1 });
    assert!((header.deviation() - 11.3).abs() < 0.05);
}

#[test]
fn what_no_noise_can_hide_is_refused() {
    let new = |noise, of, epsilon, delta| {
        let (epsilon, delta) = (ratio(epsilon), ratio(delta));
        Mechanism::new(noise, of, epsilon, delta).err()
    };
    let one = contribution(1, 1, 1);
    assert_eq!(
        new(Noise::Auto, one, "0", "0"),
        Some(NoMechanism::NoEpsilon)
    );
    assert_eq!(
        new(Noise::Gaussian, one, "1", "0"),
        Some(NoMechanism::NoDelta)
    );
    assert_eq!(
        new(Noise::Gaussian, one, "1", "1"),
        Some(NoMechanism::NoDelta)
    );
    let none = contribution(0, 1, 1);
    assert_eq!(
        new(Noise::Auto, none, "1", "0"),
        Some(NoMechanism::NoContribution)
    );
    let all = contribution(u32::MAX, u32::MAX, u32::MAX);
    assert_eq!(
        new(Noise::Laplace, all, "1", "0"),
        Some(NoMechanism::NoContribution)
    );
    let wide = contribution(1_000_000, 1_000, 1_000_000);
    assert_eq!(
        new(Noise::Auto, wide, "0.001", "0"),
        Some(NoMechanism::TooWide)
    );
    assert_eq!(
        new(Noise::Gaussian, one, "1e-9", "1e-6"),
        Some(NoMechanism::TooWide)
    );
}

/// χ² of what was drawn beside what is expected, and what it passes once in a thousand
/// times.
fn chi(mechanism: Mechanism, draws: u32, seed: u64) -> (f64, f64) {
    let mut random = SplitMix(seed);
    let mut drawn: BTreeMap<i128, u32> = BTreeMap::new();
    for _ in 0..draws {
        *drawn.entry(mechanism.draw(&mut random)).or_default() += 1;
    }
    let weight = |n: i64| {
        let (n, d) = log_weight(mechanism, n);
        (n as f64 / d as f64).exp()
    };
    let all: f64 = (-20_000..=20_000).map(weight).sum();
    let (mut chi, mut free, mut seen, mut mass) = (0.0, -1.0, 0.0, 0.0);
    for n in -20_000..=20_000_i64 {
        let expected = weight(n) / all * f64::from(draws);
        if expected >= 10.0 {
            let found = f64::from(drawn.get(&n.into()).copied().unwrap_or(0));
            chi += (found - expected).powi(2) / expected;
            free += 1.0;
            (seen, mass) = (seen + found, mass + expected);
        }
    }
    let (rest, expected) = (f64::from(draws) - seen, f64::from(draws) - mass);
    if expected >= 1.0 {
        chi += (rest - expected).powi(2) / expected;
        free += 1.0;
    }
    let spread = 2.0 / (9.0 * free);
    (
        chi,
        free * (1.0 - spread + 3.09 * f64::sqrt(spread)).powi(3),
    )
}

#[test]
fn noise_is_of_its_distribution() {
    for (at, (noise, of, epsilon, delta)) in [
        (Noise::Laplace, contribution(1, 1, 1), "1", "0"),
        (Noise::Laplace, contribution(4, 1, 1), "0.5", "0"),
        (Noise::Laplace, contribution(3, 1, 7), "2.75", "0"),
        (Noise::Gaussian, contribution(1, 1, 1), "4", "1e-3"),
        (Noise::Gaussian, contribution(20, 1, 1), "1", "1e-6"),
    ]
    .into_iter()
    .enumerate()
    {
        let mechanism = mechanism(noise, of, epsilon, delta);
        let (chi, limit) = chi(mechanism, 60_000, at as u64);
        assert!(chi < limit, "{mechanism:?}: {chi} of {limit}");
    }
    // A test that anything passes would show nothing: a scale of 2 is no scale of 2.2.
    let (mut random, mut sum) = (SplitMix(5), 0);
    let laplace = Mechanism::Laplace { t: 2, s: 1 };
    (0..60_000).for_each(|_| sum += laplace.draw(&mut random).unsigned_abs());
    let mean = sum as f64 / 60_000.0;
    let exact = 1.0 / (0.5_f64).sinh();
    assert!((mean / exact - 1.0).abs() < 0.03, "{mean} {exact}");
}

#[test]
fn thresholds_are_the_least_that_keep_delta() {
    let laplace = |epsilon| mechanism(Noise::Laplace, contribution(4, 1, 1), epsilon, "0");
    // The figures of release.md, section 4.5.
    assert_eq!(threshold(laplace("1"), 4, ratio("1e-6")), Some(60));
    assert_eq!(threshold(laplace("0.5"), 4, ratio("1e-6")), Some(118));
    let gaussian = mechanism(Noise::Gaussian, contribution(4, 1, 1), "1", "5e-7");
    for (noise, delta) in [
        (laplace("1"), "1e-9"),
        (laplace("3"), "0.01"),
        (gaussian, "5e-7"),
    ] {
        let found = threshold(noise, 4, ratio(delta)).unwrap() as i64;
        let weight = |n: i64| {
            let (n, d) = log_weight(noise, n);
            (n as f64 / d as f64).exp()
        };
        let all: f64 = (-5_000..5_000).map(weight).sum();
        let tail = |least: i64| (least..5_000).map(weight).sum::<f64>() / all;
        let most = 1.0 - (1.0 - ratio(delta).about()).powf(0.25);
        assert!(tail(found - 1) <= most * 1.000_001, "{noise:?}");
        // A Gaussian's tail is bounded from above, so it may be one or two more.
        let room = if noise == gaussian { 3 } else { 2 };
        assert!(tail(found - room) > most, "{noise:?}");
    }
    assert_eq!(threshold(laplace("1"), 4, Ratio::ZERO), None);
    assert_eq!(threshold(laplace("1"), 4, ratio("1")), None);
    assert_eq!(threshold(laplace("1"), 0, ratio("1e-6")), None);
}

fn person(number: u32) -> SubjectId {
    SubjectId(u128::from(number).to_be_bytes())
}

fn sums(window: &Window) -> Vec<(u32, i64)> {
    let cells = window.cells().into_iter();
    cells.map(|of| (of.cell, of.sum)).collect()
}

#[test]
fn what_counts_depends_on_the_set_and_not_on_its_order() {
    let mut random = SplitMix(31);
    for _ in 0..200 {
        let bound = Bound {
            cells: 1 + random.below(4) as u16,
            cell: (-3, 1 + i64::from(random.below(6))),
        };
        let mut records: Vec<Counted> = (0..random.below(300))
            .map(|_| {
                let (who, cell) = (random.below(6), random.below(12));
                Counted {
                    person: person(who),
                    cell,
                    // Few draws, so that some are equal.
                    draw: u64::from((who * 31 + cell * 17) % 7),
                    value: random.below(7) as i32 - 2,
                }
            })
            .collect();
        let count = |records: &[Counted]| {
            let mut window = Window::new(bound);
            records.iter().for_each(|record| window.count(*record));
            sums(&window)
        };
        let first = count(&records);
        crate::anonymity::permutation::shuffle(&mut records, &mut random);
        assert_eq!(count(&records), first);
        // By hand: the cells of the smallest draws, each sum cut.
        let mut sums: BTreeMap<SubjectId, BTreeMap<(u64, u32), i64>> = BTreeMap::new();
        for r in &records {
            let own = sums.entry(r.person).or_default();
            *own.entry((r.draw, r.cell)).or_default() += i64::from(r.value);
        }
        let mut cells: BTreeMap<u32, i64> = BTreeMap::new();
        for own in sums.values() {
            for ((_, cell), sum) in own.iter().take(bound.cells.into()) {
                *cells.entry(*cell).or_default() += sum.clamp(&bound.cell.0, &bound.cell.1);
            }
        }
        assert_eq!(first, cells.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn one_person_changes_no_more_than_their_contribution() {
    let mut random = SplitMix(32);
    let bound = Bound {
        cells: 3,
        cell: (0, 2),
    };
    for _ in 0..200 {
        let mut window = Window::new(bound);
        for _ in 0..random.below(200) {
            let who = random.below(5);
            window.count(Counted {
                person: person(who),
                cell: random.below(20),
                draw: u64::from(random.below(1_000)),
                value: 1,
            });
        }
        let with: BTreeMap<u32, i64> = sums(&window).into_iter().collect();
        let is_there = window.of_people().any(|(who, _)| who == person(0));
        assert_eq!(window.keep(|who| who != person(0)), is_there);
        assert!(!window.keep(|who| who != person(0)), "nobody more");
        assert!(window.people() <= 4);
        let without: BTreeMap<u32, i64> = sums(&window).into_iter().collect();
        let apart = with
            .iter()
            .map(|(cell, sum)| sum - without.get(cell).copied().unwrap_or(0));
        assert!(apart.clone().all(|apart| (0..=2).contains(&apart)));
        assert!(apart.sum::<i64>() <= 6);
    }
}

#[test]
fn a_budget_is_spent_to_the_last_digit() {
    let day = 86_400_000;
    let budget = Budget {
        epsilon: ratio("1.5"),
        per_ms: 3 * day,
    };
    let at = |n: i64| n * day as i64;
    let mut spent = Spent::default();
    for n in 0..3 {
        assert_eq!(budget.allows(&spent, at(n), ratio("0.5")), Ok(()));
        spent.add(at(n), ratio("0.5"));
    }
    assert_eq!(budget.left(&spent, at(2)), Ok(Ratio::ZERO));
    let least = ratio("1e-9");
    assert_eq!(budget.allows(&spent, at(2), least), Err(OverBudget::Spent));
    // The first window is three days old, and counts no more.
    assert_eq!(budget.left(&spent, at(3)), Ok(ratio("0.5")));
    // A late one counts all that came after it.
    assert_eq!(budget.allows(&spent, at(-5), least), Err(OverBudget::Late));
    assert_eq!(
        budget.allows(&spent, at(-1), ratio("1.6")),
        Err(OverBudget::Spent),
        "it bears none of it, whatever left"
    );
    assert_eq!(budget.spent_by(day, ratio("0.5")), Some(ratio("1.5")));
    assert_eq!(budget.spent_by(2 * day, ratio("0.5")), Some(ratio("1")));
    assert_eq!(budget.to_string(), "1.5 in 3d");
    let lower = Budget {
        epsilon: ratio("1"),
        ..budget
    };
    assert_eq!(lower.left(&spent, at(2)), Err(OverBudget::Spent));
    let mut odd = Spent::default();
    odd.add(0, Ratio::new(1, u64::MAX).unwrap());
    odd.add(0, Ratio::new(1, u64::MAX - 1).unwrap());
    assert_eq!(budget.left(&odd, 0), Err(OverBudget::NotExact));
}

#[test]
fn sums_go_by_the_ends_of_windows_whatever_order_they_were_noted_in() {
    let budget = Budget {
        epsilon: ratio("10"),
        per_ms: 3,
    };
    let mut spent = Spent::default();
    for (at_ms, epsilon) in [(5, "2"), (1, "1"), (3, "2"), (4, "1"), (3, "2")] {
        spent.add(at_ms, ratio(epsilon));
    }
    // After 2: 3, 3, 4 and 5.
    assert_eq!(budget.left(&spent, 5), Ok(ratio("3")));
    assert_eq!(budget.left(&spent, 6), Ok(ratio("7")));
    assert_eq!(budget.left(&spent, 8), Ok(ratio("10")));
}
