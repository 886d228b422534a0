//! A6: whoever follows a code in two outputs finds the same person by what they did when.

use std::collections::{BTreeMap, HashMap};

use foldhash::quality::RandomState;

use super::ground::{by_code, person_of, topics, tuples};
use super::{Attack, Bounds, Found, Ground, Score, Try};

pub(super) const ATTACK: Attack = Attack {
    id: "A6",
    name: "behaviour",
    has: "both outputs, whatever their order, and the policy: which kinds of record leave where",
    means: "two codes of one person are found to be one person's",
    run,
};

/// Most codes on each side that are held against each other.
const CODES_MAX: usize = 20_000;

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for pair @ [a, b] in ground.pairs() {
        let (Some(here), Some(there)) = (a.person_code(), b.person_code()) else {
            continue;
        };
        let Some([said, said_there]) = tuples(pair) else {
            continue;
        };
        let like = ground.rows_like(a, b);
        let all: Vec<usize> = (0..b.rows.len()).collect();
        let (of_a, of_b) = (by_code(here, &like), by_code(there, &all));
        let (whose_a, whose_b) = (person_of(a, &of_a), person_of(b, &of_b));
        let first = bags(&of_a, &said);
        let second = bags(&of_b, &said_there);
        let people: Vec<Option<u32>> = of_a.keys().map(|code| whose_a.get(code).copied()).collect();
        let (best, is_cut) = best(&first, &second, bounds);
        let tries = of_b.keys().zip(&best).filter_map(|(code, near)| {
            let person = *whose_b.get(code)?;
            let is_in = near.iter().any(|at| people[*at] == Some(person));
            Some(Try::among(person, near.len(), is_in))
        });
        let tries: Vec<Try> = tries.collect();
        found.push(Found {
            attack: "A6".to_owned(),
            topics: topics(&pair),
            what: "codes whose records say the same, or most of it".to_owned(),
            score: Score::of(&tries, 1.0 / of_a.len().max(1) as f64, &mut bounds.words),
            is_cut,
        });
    }
    found
}

/// What the records of a code say, and how often.
type Bag = Vec<(u32, u32)>;

fn bags(own: &BTreeMap<u32, Vec<usize>>, said: &[u32]) -> Vec<Bag> {
    let bag = |rows: &Vec<usize>| {
        let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
        rows.iter()
            .for_each(|row| *counts.entry(said[*row]).or_default() += 1);
        counts.into_iter().collect()
    };
    own.values().take(CODES_MAX).map(bag).collect()
}

/// Of each bag of the second, those of the first that are most like it (Jaccard, of
/// multisets), and of these, if there are such, those that are most like it as well.
fn best(first: &[Bag], second: &[Bag], bounds: &mut Bounds<'_>) -> (Vec<Vec<usize>>, bool) {
    let mut holders: HashMap<u32, Vec<(usize, u32)>, RandomState> = HashMap::default();
    for (at, bag) in first.iter().enumerate() {
        for (said, n) in bag {
            holders.entry(*said).or_default().push((at, *n));
        }
    }
    let size = |bag: &Bag| bag.iter().map(|(_, n)| *n).sum::<u32>();
    let sizes: Vec<u32> = first.iter().map(size).collect();
    let mut common = vec![0_u32; first.len()];
    let mut most = vec![0.0_f64; first.len()];
    let mut near: Vec<(f64, Vec<usize>)> = Vec::with_capacity(second.len());
    let mut is_cut = false;
    for (n, bag) in second.iter().enumerate() {
        if n % 16 == 0 && !(bounds.goes_on)() {
            is_cut = true;
            break;
        }
        let mut touched: Vec<usize> = Vec::new();
        for (said, n) in bag {
            for (at, m) in holders.get(said).into_iter().flatten() {
                if common[*at] == 0 {
                    touched.push(*at);
                }
                common[*at] += n.min(m);
            }
        }
        let own = size(bag);
        let (mut top, mut those) = (0.0, Vec::new());
        for at in touched {
            let both = common[at];
            common[at] = 0;
            let alike = f64::from(both) / f64::from(own + sizes[at] - both);
            most[at] = most[at].max(alike);
            if alike > top {
                (top, those) = (alike, vec![at]);
            } else if alike == top {
                those.push(at);
            }
        }
        near.push((top, those));
    }
    let mutual = near.into_iter().map(|(top, those)| {
        let kept: Vec<usize> = those
            .iter()
            .copied()
            .filter(|at| most[*at] <= top)
            .collect();
        if kept.is_empty() { those } else { kept }
    });
    (mutual.collect(), is_cut)
}
