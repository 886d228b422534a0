//! Whether cost grows as it should: CPU time of an event against its size, its
//! members, the depth of its nesting, the fields and the outputs of the policy.

mod dimensions;
mod fit;
mod page;
mod plot;

use crate::measure::{self, Variant};
use crate::ours::Ours;
use crate::workload::Workload;
use dimensions::Dimension;

const PASSES: usize = 15;
/// A batch or so each.
const PARTS: usize = 12;
/// A pass goes over about so many bytes, or over one event if it is longer.
const BYTES: usize = 8_000_000;
/// Above this exponent growth is called worse than linear; what is between it
/// and 1 is caches that an event no longer fits.
const LINEAR: f64 = 1.1;

/// A dimension as measured.
pub struct Measured {
    dimension: &'static Dimension,
    /// What was asked for, bytes of an event, CPU nanoseconds of an event.
    points: Vec<Point>,
    /// The exponent of the growth over the upper half of the points, where
    /// what every event costs no longer hides it.
    exponent: f64,
}

/// One point of a dimension.
#[derive(Clone, Copy)]
pub struct Point {
    /// Along the dimension.
    x: f64,
    /// Mean bytes of an event.
    bytes: f64,
    /// CPU nanoseconds of an event, each part in the pass that was disturbed
    /// least.
    ns: f64,
}

impl Measured {
    fn verdict(&self) -> &'static str {
        if self.exponent <= LINEAR {
            "linear or better"
        } else {
            "WORSE THAN LINEAR"
        }
    }
}

/// Measures and prints every dimension; with `write` also puts the plots and
/// their page into `docs/speed/`.
pub fn run(write: bool) {
    let mut all = Vec::new();
    for dimension in dimensions::ALL {
        let measured = measure(dimension);
        println!(
            "{}\n{:>12}{:>14}{:>16}{:>14}",
            dimension.what, dimension.unit, "bytes", "CPU ns/event", "ns/byte"
        );
        for p in &measured.points {
            println!(
                "{:>12}{:>14.0}{:>16.0}{:>14.2}",
                p.x,
                p.bytes,
                p.ns,
                p.ns / p.bytes
            );
        }
        println!(
            "grows with exponent {:.2}: {}\n",
            measured.exponent,
            measured.verdict()
        );
        all.push(measured);
    }
    if write {
        page::write(&all);
    }
}

/// Fits a known power law, and sends one event through every point.
///
/// # Panics
/// When the fit is wrong or an event is refused.
pub fn works() {
    let law = [1.0, 2.0, 5.0, 100.0].map(|x: f64| (x, 3.0 * x.powf(1.5)));
    let found = fit::exponent(law.into_iter());
    assert!(
        (found - 1.5).abs() < 1e-9,
        "fitted {found} to the power 1.5"
    );
    for dimension in dimensions::ALL {
        for &x in dimension.at {
            let event = |index, out: &mut String| (dimension.event)(x, index, out);
            Ours::new(&(dimension.policy)(x), &Workload::generate(1, event)).pass();
        }
    }
    println!("growth: one event at every point, none refused");
}

fn measure(dimension: &'static Dimension) -> Measured {
    let workloads: Vec<Workload> = dimension
        .at
        .iter()
        .map(|&x| workload(dimension, x))
        .collect();
    let mut runs: Vec<Ours> = dimension
        .at
        .iter()
        .zip(&workloads)
        .map(|(&x, workload)| Ours::new(&(dimension.policy)(x), workload))
        .collect();
    let mut variants: Vec<Variant<'_>> = Vec::new();
    for run in &mut runs {
        variants.push((dimension.name, Box::new(|part| run.part(part))));
    }
    let times = measure::least_disturbed(&mut variants, PARTS, PASSES);
    let points: Vec<Point> = dimension
        .at
        .iter()
        .zip(&workloads)
        .zip(times)
        .map(|((&x, workload), ns)| Point {
            x: x as f64,
            bytes: workload.sizes().mean,
            ns: ns / workload.events.len() as f64,
        })
        .collect();
    let upper = points[points.len() / 2..].iter().map(|p| (p.x, p.ns));
    Measured {
        dimension,
        exponent: fit::exponent(upper),
        points,
    }
}

fn workload(dimension: &Dimension, x: usize) -> Workload {
    let event = |index, out: &mut String| (dimension.event)(x, index, out);
    let one = Workload::generate(1, event).bytes.len();
    Workload::generate((BYTES / one).max(1), event)
}
