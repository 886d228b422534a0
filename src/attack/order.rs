//! A4: whoever reads two outputs in order finds the row of one about where it stands in
//! the other.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::ground::{topics, tuples};
use super::{Attack, Bounds, Found, Ground, Score, Try};
use crate::exposure::Table;

pub(super) const ATTACK: Attack = Attack {
    id: "A4",
    name: "order",
    has: "both outputs in the order in which they are written, and the policy: which kinds of record leave where",
    means: "a row of one output is found in the other, and with it the person's codes of both",
    run,
};

/// Rows to each side of where a row is thought to be.
const AHEAD: usize = 200;
/// Rows to each side within which codes are counted together.
const WIDTHS: [usize; 5] = [0, 1, 8, 40, AHEAD];

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for pair @ [a, b] in ground.pairs() {
        let like = ground.rows_like(a, b);
        let tuples = tuples(pair);
        let side = |n: usize| tuples.as_ref().map(|t| t[n].as_slice());
        let (candidates, is_cut) = candidates(&like, b.rows.len(), side(0), side(1), bounds);
        let chosen = chosen(pair, &like, &candidates);
        let tries: Vec<Try> = chosen
            .iter()
            .enumerate()
            .filter(|(n, _)| *n < candidates.len())
            .map(|(n, row)| {
                let person = b.rows[n].person;
                let is_right = row.is_some_and(|row| a.rows[row].person == person);
                Try::among(person, 1, is_right)
            })
            .collect();
        let guess = 1.0 / a.persons().len().max(1) as f64;
        let what = match like.len() == b.rows.len() {
            true => "row n of one is row n of the other".to_owned(),
            false => {
                format!("rows within {AHEAD} of the same part of both, codes that keep meeting")
            }
        };
        found.push(Found {
            attack: "A4".to_owned(),
            topics: topics(&pair),
            what,
            score: Score::of(&tries, guess, &mut bounds.words),
            is_cut,
        });
    }
    found
}

/// Of each row of the second, the rows of the first that it may be, nearest first: numbers
/// of rows in `like`.
fn candidates(
    like: &[usize],
    rows: usize,
    here: Option<&[u32]>,
    there: Option<&[u32]>,
    bounds: &mut Bounds<'_>,
) -> (Vec<Vec<usize>>, bool) {
    // Where both have the same column they are in step wherever it changes: what is equal
    // is looked for among what is equal, in its own order.
    let class = |of: Option<&[u32]>, row: usize| of.map_or(0, |of| of[row]);
    let mut first: HashMap<u32, Vec<usize>, RandomState> = HashMap::default();
    for row in like {
        first.entry(class(here, *row)).or_default().push(*row);
    }
    let mut second: HashMap<u32, usize, RandomState> = HashMap::default();
    for row in 0..rows {
        *second.entry(class(there, row)).or_default() += 1;
    }
    let mut passed: HashMap<u32, usize, RandomState> = HashMap::default();
    let mut all = Vec::with_capacity(rows);
    for row in 0..rows {
        if row % 256 == 0 && !(bounds.goes_on)() {
            return (all, true);
        }
        let own = class(there, row);
        let at = passed.entry(own).or_default();
        let of = first.get(&own).map_or(&[][..], Vec::as_slice);
        // The n-th of m is thought to be at that part of the others.
        let near = match (of.len(), second[&own]) {
            (len, n) if len == n => *at,
            (len, n) => {
                (((*at as f64 + 0.5) / n as f64 * len as f64) as usize).min(len.saturating_sub(1))
            }
        };
        *at += 1;
        let (from, to) = (near.saturating_sub(AHEAD), (near + AHEAD + 1).min(of.len()));
        let mut window: Vec<usize> = (from.min(to)..to).collect();
        window.sort_by_key(|at| at.abs_diff(near));
        all.push(window.into_iter().map(|at| of[at]).collect());
    }
    (all, false)
}

/// The row of the first that each of the second is taken for.
fn chosen([a, b]: [&Table; 2], like: &[usize], candidates: &[Vec<usize>]) -> Vec<Option<usize>> {
    let nearest = || candidates.iter().map(|c| c.first().copied());
    let (Some(here), Some(there)) = (a.person_code(), b.person_code()) else {
        return nearest().collect();
    };
    // How often each code of the first is near where it must be, against how often it is
    // anywhere.
    let mut often: HashMap<u32, f64, RandomState> = HashMap::default();
    for row in like {
        *often.entry(here.codes[*row]).or_default() += 1.0;
    }
    let all = like.len().max(1) as f64;
    // How far a row is from where it is thought to be is not known: that width counts at
    // which codes meet most above chance.
    let widths = WIDTHS.iter().map(|width| {
        let mut votes: HashMap<u32, HashMap<u32, f64, RandomState>, RandomState> =
            HashMap::default();
        for (row, near) in candidates.iter().enumerate() {
            let near = &near[..near.len().min(2 * width + 1)];
            let own = votes.entry(there.codes[row]).or_default();
            let mut seen: Vec<u32> = near.iter().map(|row| here.codes[*row]).collect();
            seen.sort_unstable();
            seen.dedup();
            for code in seen.into_iter().filter(|code| *code > 0) {
                let by_chance = 1.0 - (1.0 - often[&code] / all).powf(near.len() as f64);
                *own.entry(code).or_default() += 1.0 - by_chance;
            }
        }
        let best: HashMap<u32, (u32, f64), RandomState> = votes
            .into_iter()
            .filter_map(|(code, own)| {
                let most = own.into_iter();
                let best = most.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
                Some((code, best))
            })
            .collect();
        (best.values().map(|(_, votes)| votes).sum::<f64>(), best)
    });
    let best = widths.max_by(|a, b| a.0.total_cmp(&b.0));
    let best = best.map(|(_, best)| best).unwrap_or_default();
    let is_followed = |row: usize| {
        // A code of one row votes for whatever is near: there the nearest is as good.
        let code = there.codes[row];
        best.get(&code).map(|(a, _)| *a).filter(|_| code > 0)
    };
    let often_there = |code: u32| there.codes.iter().filter(|c| **c == code).count();
    let mut counts: HashMap<u32, usize, RandomState> = HashMap::default();
    candidates
        .iter()
        .enumerate()
        .map(|(row, near)| {
            let code = there.codes[row];
            let times = *counts.entry(code).or_insert_with(|| often_there(code));
            let followed = is_followed(row).filter(|_| times > 1);
            let by_code = followed.and_then(|a| near.iter().find(|row| here.codes[**row] == a));
            by_code.or(near.first()).copied()
        })
        .collect()
}
