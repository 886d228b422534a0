use std::collections::BTreeMap;

use super::*;

fn draws(seed: u8) -> Draws {
    Draws::new(&Secret::fill(|s| *s = [seed; 32]))
}

/// χ² of what was drawn beside what is expected, with the number of classes. Classes
/// of which less than ten are expected are taken together.
fn chi(drawn: &BTreeMap<i128, u32>, count: u32, of: impl Fn(i128) -> f64) -> (f64, usize) {
    let (mut chi, mut classes) = (0.0, 0);
    let (mut seen, mut mass) = (0.0, 0.0);
    for n in -200..=200 {
        let expected = of(n) * f64::from(count);
        if expected >= 10.0 {
            let found = f64::from(drawn.get(&n).copied().unwrap_or(0));
            chi += (found - expected).powi(2) / expected;
            classes += 1;
            seen += found;
            mass += expected;
        }
    }
    let (rest, expected) = (f64::from(count) - seen, f64::from(count) - mass);
    if expected >= 1.0 {
        chi += (rest - expected).powi(2) / expected;
        classes += 1;
    }
    (chi, classes)
}

/// What χ² with so many degrees of freedom passes once in a thousand times (the
/// approximation of Wilson and Hilferty).
fn limit(classes: usize) -> f64 {
    let k = (classes - 1) as f64;
    k * (1.0 - 2.0 / (9.0 * k) + 3.09 * (2.0 / (9.0 * k)).sqrt()).powi(3)
}

fn many(count: u32, seed: u8, mut draw: impl FnMut(&mut Draws) -> i128) -> BTreeMap<i128, u32> {
    let mut draws = draws(seed);
    let mut drawn = BTreeMap::new();
    for _ in 0..count {
        *drawn.entry(draw(&mut draws)).or_default() += 1;
    }
    drawn
}

#[test]
fn laplace_is_of_its_distribution() {
    for (t, s) in [(1, 1), (5, 2), (10, 1), (1, 3)] {
        let count = 200_000;
        let drawn = many(count, 1, |d| d.laplace(t, s));
        let q = (-(s as f64) / t as f64).exp();
        let of = |n: i128| (1.0 - q) / (1.0 + q) * q.powi(n.unsigned_abs() as i32);
        let (chi, classes) = chi(&drawn, count, of);
        assert!(chi < limit(classes), "{t}/{s}: {chi} of {classes}");
    }
}

#[test]
fn gaussian_is_of_its_distribution() {
    for (a, b) in [(1, 1), (9, 2), (100, 1), (1, 4)] {
        let count = 200_000;
        let drawn = many(count, 2, |d| d.gaussian(a, b));
        let of = |n: i128| (-(n as f64).powi(2) * b as f64 / (2.0 * a as f64)).exp();
        let all: f64 = (-300..=300).map(of).sum();
        let (chi, classes) = chi(&drawn, count, |n| of(n) / all);
        assert!(chi < limit(classes), "{a}/{b}: {chi} of {classes}");
    }
}

#[test]
fn a_choice_is_of_its_distribution_and_its_estimator_unbiased() {
    for (d, epsilon) in [(2_u16, (1, 1)), (5, (3, 2)), (16, (1, 10)), (3, (4, 1))] {
        let count = 200_000;
        let drawn = many(count, 3, |s| s.one_of(d, 1, epsilon).into());
        let e = (f64::from(epsilon.0 as u32) / f64::from(epsilon.1 as u32)).exp();
        let (p, q) = (e / (e + f64::from(d) - 1.0), 1.0 / (e + f64::from(d) - 1.0));
        let of = |n: i128| match n {
            1 => p,
            n if (0..i128::from(d)).contains(&n) => q,
            _ => 0.0,
        };
        let (chi, classes) = chi(&drawn, count, of);
        assert!(chi < limit(classes), "{d}: {chi} of {classes}");
        // (n − N q) / (p − q), and three of its standard deviations.
        let n = f64::from(count);
        for (member, share) in [(1, 1.0), (0, 0.0)] {
            let found = f64::from(drawn[&member]);
            let estimate = (found - n * q) / (p - q) / n;
            let of = share * p + (1.0 - share) * q;
            let sigma = (of * (1.0 - of) / n).sqrt() / (p - q);
            assert!((estimate - share).abs() < 3.0 * sigma, "{d}: {estimate}");
        }
    }
}

#[test]
fn the_mean_of_noise_is_nothing() {
    let count = 100_000;
    for (drawn, variance) in [
        // 2q / (1 − q)², q = exp(−1/8).
        (many(count, 4, |d| d.laplace(8, 1)), 127.83),
        (many(count, 5, |d| d.gaussian(64, 1)), 64.0),
    ] {
        let n = f64::from(count);
        let sum: f64 = drawn.iter().map(|(x, k)| *x as f64 * f64::from(*k)).sum();
        let squares: f64 = drawn
            .iter()
            .map(|(x, k)| (*x as f64).powi(2) * f64::from(*k))
            .sum();
        assert!((sum / n).abs() < 3.0 * (variance / n).sqrt(), "{}", sum / n);
        assert!(
            (squares / n / variance - 1.0).abs() < 0.03,
            "{}",
            squares / n
        );
    }
}

#[test]
fn the_widest_noise_has_room() {
    let mut draws = draws(6);
    for _ in 0..200 {
        let wide = draws.laplace((1 << 40) * 1_000_000, 1);
        assert!(wide.unsigned_abs() < 1 << 70);
        let wide = draws.gaussian(((1 << 40) - 1) * 1998, 1998);
        assert!(wide.unsigned_abs() < 1 << 26);
    }
}

#[test]
fn whatever_differs_has_other_noise() {
    let root = Root::new(&[7; 32]);
    let first = |domain, label, mechanism, of, value: &[u8]| {
        let key = NoiseKey::new(&root, domain, label, mechanism).unwrap();
        key.draws(of, value, &mut Vec::new()).word()
    };
    let (one, other) = (For::Subject("a"), For::Subject("b"));
    let at = |offset| {
        For::Record(OfRecord {
            topic: "a",
            partition: 0,
            offset,
            element: None,
        })
    };
    let all = [
        first("d", "l", "m", one, b"s1"),
        first("e", "l", "m", one, b"s1"),
        first("d", "k", "m", one, b"s1"),
        first("d", "l", "n", one, b"s1"),
        first("d", "l", "m", other, b"s1"),
        first("d", "l", "m", one, b"s2"),
        first("d", "l", "m", at(0), b"s1"),
        first("d", "l", "m", at(1), b"s1"),
    ];
    for (n, word) in all.iter().enumerate() {
        assert!(!all[..n].contains(word), "{n}");
    }
    assert_eq!(all[0], first("d", "l", "m", one, b"s1"));
}
