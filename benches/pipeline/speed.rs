//! Mirror and sidecar in turn, pass by pass, over the same topic.

use crate::process::{Cost, Process};
use crate::report::{self, Row};
use crate::stage::{CODECS, REFERENCE, Stage, WITHOUT_CRYPTO, raw};

/// What copies a topic.
#[derive(Clone, Copy)]
enum Copier {
    Mirror,
    Sidecar(&'static str),
}

const COPIERS: [(&str, Copier); 3] = [
    (report::MIRROR, Copier::Mirror),
    (report::OURS, Copier::Sidecar(REFERENCE)),
    (report::NULL, Copier::Sidecar(WITHOUT_CRYPTO)),
];

/// Runs and prints; without passes everything runs once.
pub fn run(stage: &Stage, passes: usize) {
    let coming_and_going = match passes {
        0 => [0.0; 2],
        _ => start_up(stage),
    };
    for codec in CODECS {
        let source = raw(codec);
        // What crypto costs does not depend on compression.
        let copiers = match codec {
            "none" => &COPIERS[..],
            _ => &COPIERS[..2],
        };
        let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); copiers.len()];
        // The first pass warms the broker and is not counted.
        for pass in 0..=passes {
            for (n, (_, copier)) in copiers.iter().enumerate() {
                let target = format!("clean-{codec}-{pass}-{n}");
                let cost = one_pass(stage, *copier, codec, &source, &target, stage.events);
                if pass > 0 {
                    costs[n].push(cost);
                }
            }
        }
        if passes == 0 {
            continue;
        }
        let names = copiers.iter().map(|(name, _)| *name);
        let rows: Vec<Row> = names.zip(costs).map(|(n, c)| Row::new(n, c)).collect();
        report::table(codec, stage, &rows, coming_and_going);
    }
}

/// What it costs mirror and sidecar to come and go, for one event: CPU seconds.
fn start_up(stage: &Stage) -> [f64; 2] {
    stage.create("raw-one", &[]);
    stage.fill("raw-one", 1);
    [0, 1].map(|n| {
        let (name, copier) = &COPIERS[n];
        let passes = 0..3;
        let costs = passes.map(|pass| {
            let target = format!("clean-one-{pass}-{n}");
            one_pass(stage, *copier, "none", "raw-one", &target, 1)
        });
        let row = Row::new(name, costs.collect());
        report::start_up(name, &row, stage.events);
        row.cpu()
    })
}

/// One process, from a topic to a new one, whose records are then counted.
///
/// # Panics
/// When an event is missing or there twice.
fn one_pass(
    stage: &Stage,
    copier: Copier,
    codec: &str,
    source: &str,
    target: &str,
    events: usize,
) -> Cost {
    stage.create(target, &[]);
    let mut command = match copier {
        Copier::Mirror => stage.mirror(codec, source, target, events),
        Copier::Sidecar(policy) => stage.sidecar(policy, codec, source, target),
    };
    if matches!(copier, Copier::Sidecar(_)) {
        command.arg("--once");
    }
    let cost = Process::start(command).end();
    let (read, written) = (stage.count(source), stage.count(target));
    for (partition, (read, written)) in read.iter().zip(&written).enumerate() {
        assert_eq!(read.0, written.0, "records of {target}/{partition}");
        let same = read.1 == written.1;
        let mirrored = matches!(copier, Copier::Mirror);
        assert_eq!(
            same,
            mirrored || read.0 == 0,
            "bytes of {target}/{partition}"
        );
    }
    let all: u64 = written.iter().map(|(records, _)| records).sum();
    assert_eq!(all, events as u64, "records of {target}");
    stage.remove(target);
    cost
}
