//! How well the detectors find what identifies a person, on events whose truth is
//! known: `just detectors` prints it.

use veilstream::policy::selector::selectors;
use veilstream::sample::Profile;
use veilstream::synthetic::{Shape, events};

const EVENTS: usize = 500;
const SEEDS: [u64; 3] = [7, 42, 1001];

/// A miss is a leak in waiting; a false alarm costs a line of a policy.
const RECALL_MIN: f64 = 0.99;
const PRECISION_MIN: f64 = 0.9;

#[derive(Default)]
struct Score {
    found: usize,
    missed: Vec<String>,
    alarms: Vec<String>,
}

impl Score {
    fn recall(&self) -> f64 {
        self.found as f64 / (self.found + self.missed.len()).max(1) as f64
    }

    fn precision(&self) -> f64 {
        self.found as f64 / (self.found + self.alarms.len()).max(1) as f64
    }
}

fn score(shape: Shape, seed: u64) -> Score {
    let mut profile = Profile::new(seed);
    for event in events(shape, seed).take(EVENTS) {
        profile
            .add(event.as_bytes())
            .expect("a made-up event is read");
    }
    let mut score = Score::default();
    let mut known = 0;
    for truth in shape.truth() {
        let path = selectors(truth.path).expect("a path").remove(0);
        let Some(found) = profile.find(&path).filter(|f| f.stats.scalars() > 0) else {
            // Too rare for this many events.
            continue;
        };
        known += 1;
        match (truth.direct, found.judgement().identifies()) {
            (true, true) => score.found += 1,
            (true, false) => score
                .missed
                .push(format!("{} ({:?})", truth.path, truth.category)),
            (false, true) => {
                score
                    .alarms
                    .push(format!("{} {:?}", truth.path, found.judgement().category))
            }
            (false, false) => {}
        }
    }
    let leaves = profile.leaves();
    let untold = leaves.iter().filter(|f| f.stats.scalars() > 0).count();
    assert!(
        untold <= known,
        "{}: the truth of some path is not known",
        shape.name()
    );
    score
}

#[test]
fn what_identifies_is_found_and_little_else() {
    let (mut found, mut missed, mut alarms) = (0, 0, 0);
    for shape in Shape::ALL {
        for seed in SEEDS {
            let score = score(shape, seed);
            println!(
                "{:<12} seed {seed:<3} recall {:.3} precision {:.3}  missed {:?}  alarms {:?}",
                shape.name(),
                score.recall(),
                score.precision(),
                score.missed,
                score.alarms
            );
            found += score.found;
            missed += score.missed.len();
            alarms += score.alarms.len();
        }
    }
    let recall = found as f64 / (found + missed) as f64;
    let precision = found as f64 / (found + alarms) as f64;
    println!("all shapes: recall {recall:.4}, precision {precision:.4} over {found} found");
    assert!(recall >= RECALL_MIN, "recall {recall}");
    assert!(precision >= PRECISION_MIN, "precision {precision}");
}
