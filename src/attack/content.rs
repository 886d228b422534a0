//! A5: whoever reads two outputs finds the row of one in the other by what both say.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::ground::{topics, tuples};
use super::{Attack, Bounds, Found, Ground, Score, Try};

pub(super) const ATTACK: Attack = Attack {
    id: "A5",
    name: "content",
    has: "both outputs, and the policy: which kinds of record leave where",
    means: "a row of one output is found in the other, whatever the codes",
    run,
};

fn run(ground: &Ground<'_>, bounds: &mut Bounds<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for pair @ [a, b] in ground.pairs() {
        let Some([here, there]) = tuples(pair) else {
            continue;
        };
        let like = ground.rows_like(a, b);
        let mut with: HashMap<u32, usize, RandomState> = HashMap::default();
        for row in &like {
            *with.entry(here[*row]).or_default() += 1;
        }
        let tries = crate::exposure::both(pair).into_iter().map(|[row, other]| {
            let candidates = with.get(&there[other]).copied().unwrap_or(0);
            let is_in = here[row] == there[other];
            Try::among(b.rows[other].person, candidates, is_in)
        });
        let tries: Vec<Try> = tries.collect();
        let guess = 1.0 / like.len().max(1) as f64;
        let shared = crate::exposure::shared(a, b, None);
        let names: Vec<String> = shared.iter().map(|(name, _)| format!("`{name}`")).collect();
        found.push(Found {
            attack: "A5".to_owned(),
            topics: topics(&pair),
            what: format!("rows that say the same in {}", names.join(", ")),
            score: Score::of(&tries, guess, &mut bounds.words),
            is_cut: false,
        });
    }
    found
}
