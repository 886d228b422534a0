//! Where the library stands against its targets: ratios of CPU time taken in
//! one run, because times differ from machine to machine and ratios hardly.

use crate::measure::Allocations;
use crate::primitives::Costs;
use crate::report::{COPY, DOM, LAZY, NAIVE, NULL, OURS, Row, UTF8};

/// A ratio, and the least or the greatest it should be.
struct Target {
    id: &'static str,
    what: &'static str,
    bound: Bound,
    target: f64,
    stretch: f64,
    measured: f64,
}

#[derive(Clone, Copy)]
enum Bound {
    AtLeast,
    AtMost,
}

impl Bound {
    fn word(self) -> &'static str {
        match self {
            Bound::AtLeast => "at least",
            Bound::AtMost => "at most",
        }
    }

    fn holds(self, measured: f64, bound: f64) -> bool {
        match self {
            Bound::AtLeast => measured >= bound,
            Bound::AtMost => measured <= bound,
        }
    }
}

/// Prints R1 to R9.
pub fn print(rows: &[Row], costs: &Costs, steady: Allocations) {
    use Bound::{AtLeast, AtMost};
    let ns = |name: &str| {
        let row = rows.iter().find(|r| r.name == name);
        row.expect("every variant has run").ns
    };
    let ours = ns(OURS);
    // Less than one in ten thousand events is a buffer that grew once.
    let allocations = (steady.per_event * 1e4).round() / 1e4;
    let targets = [
        (
            "R1",
            "DOM with naive crypto / ours",
            AtLeast,
            7.0,
            10.0,
            ns(NAIVE) / ours,
        ),
        (
            "R2",
            "DOM with our crypto / ours",
            AtLeast,
            4.0,
            5.5,
            ns(DOM) / ours,
        ),
        (
            "R3",
            "sonic-rs lazy with our crypto / ours",
            AtLeast,
            1.6,
            2.2,
            ns(LAZY) / ours,
        ),
        (
            "R4",
            "ours without crypto / split and copy",
            AtMost,
            24.0,
            15.0,
            ns(NULL) / ns(COPY),
        ),
        (
            "R5",
            "ours without crypto / UTF-8 validation",
            AtMost,
            18.0,
            11.0,
            ns(NULL) / ns(UTF8),
        ),
        (
            "R6",
            "our crypto / sum of its primitives",
            AtMost,
            1.25,
            0.8,
            (ours - ns(NULL)) / costs.sum(),
        ),
        (
            "R7",
            "FF1 of 10 digits / one AES-256 block",
            AtMost,
            19.0,
            12.0,
            costs.ff1_in_blocks(),
        ),
        (
            "R9",
            "allocations per event, steady state",
            AtMost,
            0.0,
            0.0,
            allocations,
        ),
    ]
    .map(|(id, what, bound, target, stretch, measured)| Target {
        id,
        what,
        bound,
        target,
        stretch,
        measured,
    });
    println!(
        "{:<4}{:<42}{:>9}{:>18}{:>10}",
        "", "ratio", "measured", "target", "stretch"
    );
    for t in &targets {
        if t.id == "R9" {
            println!("R8  pipeline / bare copy of the topic: needs a broker, see benches/pipeline");
        }
        println!(
            "{:<4}{:<42}{:>9.2}{:>12} {:>5}{:>10}  {}",
            t.id,
            t.what,
            t.measured,
            t.bound.word(),
            t.target,
            t.stretch,
            t.verdict()
        );
    }
    println!(
        "    and {:.1} allocations per batch of 1,000 (its seed)\n",
        steady.per_batch
    );
}

impl Target {
    fn verdict(&self) -> &'static str {
        if self.bound.holds(self.measured, self.stretch) {
            "stretch met"
        } else if self.bound.holds(self.measured, self.target) {
            "met"
        } else {
            "NOT MET"
        }
    }
}
