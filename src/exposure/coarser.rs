//! One step coarser: what a column would hold if the policy said a little less.

use std::net::IpAddr;

use super::column::Column;

/// Steps of time in seconds, as policies write them.
const TIMES: [(i64, &str); 7] = [
    (1, "1s"),
    (60, "1m"),
    (900, "15m"),
    (3_600, "1h"),
    (86_400, "1d"),
    (604_800, "7d"),
    (2_419_200, "28d"),
];

/// Most different values of a column whose neighbours are joined two by two.
const RANGES_MAX: usize = 64;

/// A column one step coarser.
pub(super) struct Step {
    /// What changes, in words of the policy: `/24 → /16`.
    pub(super) says: String,
    /// The column's codes then.
    pub(super) codes: Vec<u32>,
}

/// One step coarser; `None` where there is none but to leave it out.
pub(super) fn step(column: &Column) -> Option<Step> {
    let codes = 1..=column.distinct() as u32;
    // A list of several values is left out or it stays.
    if codes.clone().any(|code| column.parts(code).len() > 1) {
        return None;
    }
    let texts: Vec<&str> = codes.map(|code| column.text(code)).collect();
    let (says, coarse) = networks(&texts)
        .or_else(|| times(column))
        .or_else(|| numbers(column))
        .or_else(|| characters(&texts))?;
    let mut numbers = std::collections::HashMap::new();
    let new: Vec<u32> = coarse
        .iter()
        .map(|value| {
            let next = numbers.len() as u32 + 1;
            *numbers.entry(value.as_str()).or_insert(next)
        })
        .collect();
    let is_coarser = numbers.len() < texts.len();
    let code = |code: &u32| match code {
        0 => 0,
        code => new[*code as usize - 1],
    };
    is_coarser.then(|| Step {
        says,
        codes: column.codes.iter().map(code).collect(),
    })
}

type Coarse = Option<(String, Vec<String>)>;

/// The step below the finest that all of `times` lie on.
fn times(column: &Column) -> Coarse {
    let all = column.times()?;
    let step = step_of(all.iter().flatten().copied())?;
    let at = TIMES.iter().position(|(seconds, _)| *seconds == step)?;
    let (next, word) = TIMES.get(at + 1)?;
    let cut = all.iter().skip(1).map(|time| match time {
        Some(time) => time.div_euclid(*next).to_string(),
        None => String::new(),
    });
    Some((format!("{} → {word}", TIMES[at].1), cut.collect()))
}

/// The coarsest step, in seconds, that all these times lie on; `None` without any.
pub fn step_of(times: impl Iterator<Item = i64>) -> Option<i64> {
    let mut rest = TIMES.map(|(seconds, _)| seconds).to_vec();
    let mut some = false;
    for time in times {
        some = true;
        // Weeks and longer begin on no day that all count from.
        rest.retain(|step| *step <= 86_400 && time.rem_euclid(*step) == 0);
    }
    some.then(|| rest.last().copied().unwrap_or(1))
}

fn networks(texts: &[&str]) -> Coarse {
    let parsed: Vec<(IpAddr, u8)> = texts.iter().map(|t| network(t)).collect::<Option<_>>()?;
    let longest = |is_v4: bool| {
        let own = parsed.iter().filter(|(ip, _)| ip.is_ipv4() == is_v4);
        own.map(|(_, bits)| *bits).max()
    };
    let next = |bits: u8, steps: &[u8]| steps.iter().copied().find(|step| *step < bits);
    let v4 = longest(true).and_then(|bits| Some((bits, next(bits, &[24, 16, 8, 0])?)));
    let v6 = longest(false).and_then(|bits| Some((bits, next(bits, &[48, 32, 16, 0])?)));
    let (from, to) = v4.or(v6)?;
    let cut = parsed.iter().map(|(ip, bits)| match ip {
        IpAddr::V4(ip) => {
            let bits = v4.map_or(*bits, |(_, to)| to.min(*bits));
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            format!("4 {}", u32::from(*ip) & mask)
        }
        IpAddr::V6(ip) => {
            let bits = v6.map_or(*bits, |(_, to)| to.min(*bits));
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            format!("6 {}", u128::from(*ip) & mask)
        }
    });
    Some((format!("/{from} → /{to}"), cut.collect()))
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (ip, bits) = match text.split_once('/') {
        Some((ip, bits)) => (ip.parse::<IpAddr>().ok()?, bits.parse().ok()?),
        None => {
            let ip = text.parse::<IpAddr>().ok()?;
            (ip, if ip.is_ipv4() { 32 } else { 128 })
        }
    };
    Some((ip, bits))
}

/// On an even step the next wider one; few uneven classes joined two by two.
fn numbers(column: &Column) -> Coarse {
    let all: Vec<f64> = column.numbers()?.into_iter().flatten().collect();
    let whole: Option<Vec<i64>> = all
        .iter()
        .map(|n| (n.fract() == 0.0 && n.abs() < 1e15).then_some(*n as i64))
        .collect();
    let mut sorted = all.clone();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    if let Some(whole) = whole {
        let mut rising = whole.clone();
        rising.sort_unstable();
        rising.dedup();
        let step = rising.iter().fold(0, |step, n| gcd(step, *n)).max(1);
        // Classes of uneven width have no step that any two neighbours are apart.
        let even = rising.windows(2).any(|pair| pair[1] - pair[0] == step);
        if even || rising.len() > RANGES_MAX {
            let next = wider(step);
            let cut = whole.iter().map(|n| n.div_euclid(next).to_string());
            return Some((format!("steps of {step} → {next}"), cut.collect()));
        }
    } else if sorted.len() > RANGES_MAX {
        let cut = all.iter().map(|n| n.floor().to_string());
        return Some(("whole numbers".to_owned(), cut.collect()));
    }
    let rank = |n: &f64| sorted.partition_point(|other| other < n) / 2;
    let cut = all.iter().map(|n| rank(n).to_string());
    Some(("its ranges joined two by two".to_owned(), cut.collect()))
}

/// 1, 5, 10, 50, 100, …: the next that a step goes into evenly.
fn wider(step: i64) -> i64 {
    let mut next = 1_i64;
    let mut by_five = true;
    while next <= step || next % step != 0 {
        next *= if by_five { 5 } else { 2 };
        by_five = !by_five;
        if next > 1_000_000_000_000 {
            return step * 2;
        }
    }
    next
}

fn gcd(a: i64, b: i64) -> i64 {
    match b {
        0 => a.abs(),
        b => gcd(b, a % b),
    }
}

/// Starts of texts of one length (postal codes, geohashes): one character less.
fn characters(texts: &[&str]) -> Coarse {
    let len = texts.first()?.chars().count();
    let is_start = |text: &&str| {
        text.chars().count() == len && text.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let has_digits = texts.iter().any(|t| t.bytes().any(|b| b.is_ascii_digit()));
    if !(2..=12).contains(&len) || !has_digits || !texts.iter().all(is_start) {
        return None;
    }
    let cut = texts
        .iter()
        .map(|text| text.chars().take(len - 1).collect());
    Some((format!("{len} → {} characters", len - 1), cut.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposure::column::Sort;

    fn column(values: &[&str]) -> Column {
        let mut column = Column::new("c", Sort::Quasi);
        values
            .iter()
            .for_each(|v| column.push(&[format!("\"{v}\"")]));
        column
    }

    fn of(values: &[&str]) -> Option<(String, Vec<u32>)> {
        step(&column(values)).map(|step| (step.says, step.codes))
    }

    #[test]
    fn each_form_has_a_next_step() {
        for (values, says, codes) in [
            (
                &["203.0.113.0/24", "203.0.7.0/24", "198.51.100.0/24"][..],
                "/24 → /16",
                [1, 1, 2],
            ),
            (
                &["2001:db8:1::/48", "2001:db8:2::/48", "2001:db9::/48"],
                "/48 → /32",
                [1, 1, 2],
            ),
            (
                &[
                    "2026-03-01T10:00:00Z",
                    "2026-03-01T17:00:00Z",
                    "2026-03-02T10:00:00Z",
                ],
                "1h → 1d",
                [1, 1, 2],
            ),
            (
                &["2026-03-01", "2026-03-04", "2026-03-12"],
                "1d → 7d",
                [1, 1, 2],
            ),
            (&["1981", "1984", "1985"], "steps of 1 → 5", [1, 1, 2]),
            (&["1940", "1950", "1990"], "steps of 10 → 50", [1, 2, 2]),
            (
                &["0", "20", "50"],
                "its ranges joined two by two",
                [1, 1, 2],
            ),
            (&["101", "10x", "205"], "3 → 2 characters", [1, 1, 2]),
        ] {
            let codes = codes.to_vec();
            assert_eq!(of(values), Some((says.to_owned(), codes)), "{values:?}");
        }
        for values in [&["ios", "android"][..], &["DE", "FR"], &["5"], &[]] {
            assert_eq!(of(values), None, "{values:?}");
        }
    }

    #[test]
    fn a_list_is_left_out_or_stays() {
        let mut list = column(&["1", "2"]);
        list.push(&["1".to_owned(), "2".to_owned()]);
        assert!(step(&list).is_none());
    }

    #[test]
    fn the_step_of_times_is_the_coarsest_that_all_lie_on() {
        assert_eq!(step_of([0, 86_400].into_iter()), Some(86_400));
        assert_eq!(step_of([0, 7_200].into_iter()), Some(3_600));
        assert_eq!(step_of([61].into_iter()), Some(1));
        assert_eq!(step_of(std::iter::empty()), None);
    }
}
