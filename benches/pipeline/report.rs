//! What a run found, as tables.

use std::time::Duration;

use veilstream::kafka::memory::BUDGET_DEFAULT;

use crate::process::Cost;
use crate::stage::Stage;

/// The yardstick.
pub const MIRROR: &str = "bare mirror, exactly once";
/// The sidecar under the reference policy.
pub const OURS: &str = "veil run";
/// The sidecar, constants in place of pseudonyms, tokens and ciphertexts.
pub const NULL: &str = "veil run, constants for crypto";

/// R8: the most that the sidecar may cost, as a multiple of the mirror.
const TARGET: f64 = 2.0;
/// What we aim for.
const STRETCH: f64 = 1.7;

/// All passes of one copier.
pub struct Row {
    name: &'static str,
    costs: Vec<Cost>,
}

impl Row {
    /// The passes, in any order; at least one.
    pub fn new(name: &'static str, mut costs: Vec<Cost>) -> Row {
        costs.sort_by_key(|c| c.cpu);
        Row { name, costs }
    }

    /// The middle pass, or the upper middle.
    fn median(&self) -> &Cost {
        &self.costs[self.costs.len() / 2]
    }

    /// CPU seconds of the middle pass.
    pub fn cpu(&self) -> f64 {
        self.median().cpu.as_secs_f64()
    }

    fn resident_max(&self) -> u64 {
        self.costs.iter().map(|c| c.resident_max).max().unwrap_or(0)
    }
}

/// CPU time of each copier, where ours goes, memory, and R8; once more without what
/// mirror and sidecar take to come and go.
pub fn table(codec: &str, stage: &Stage, rows: &[Row], coming_and_going: [f64; 2]) {
    let each = |cpu: f64| 1e6 * cpu / stage.events as f64;
    println!(
        "\ncompression {codec}: {} events, mean {:.1} bytes, median of {} passes",
        stage.events,
        stage.bytes as f64 / stage.events as f64,
        rows[0].costs.len()
    );
    println!(
        "{:<34}{:>13}{:>17}{:>15}{:>12}{:>14}",
        "copier", "CPU µs/event", "least to most", "events/s/core", "x mirror", "peak RSS MiB"
    );
    let mirror = rows[0].cpu();
    for row in rows {
        let all = || row.costs.iter().map(|c| each(c.cpu.as_secs_f64()));
        println!(
            "{:<34}{:>13.2}{:>17}{:>15.0}{:>12.2}{:>14.0}",
            row.name,
            each(row.cpu()),
            format!(
                "{:.2} to {:.2}",
                all().fold(f64::MAX, f64::min),
                all().fold(0.0, f64::max)
            ),
            stage.events as f64 / row.cpu(),
            row.cpu() / mirror,
            mib(row.resident_max())
        );
    }
    let ours = rows.iter().find(|r| r.name == OURS).expect("it has run");
    for row in [&rows[0], ours] {
        println!("where it goes, CPU µs/event by thread: {}", row.name);
        let mut threads: Vec<_> = row.median().threads.iter().collect();
        threads.sort_by_key(|(_, spent)| std::cmp::Reverse(**spent));
        for (name, spent) in threads {
            let spent = each(spent.as_secs_f64());
            if spent >= 0.005 {
                println!("    {name:<30}{spent:>13.2}");
            }
        }
    }
    let ratio = ours.cpu() / mirror;
    let verdict = match ratio {
        r if r <= STRETCH => "stretch met",
        r if r <= TARGET => "met",
        _ => "NOT MET",
    };
    println!(
        "R8  {:<40}{ratio:>8.2}{:>9} {TARGET:.1}{STRETCH:>9.1}  {verdict}",
        "sanitizing pipeline / bare mirror", "at most"
    );
    let steady = (ours.cpu() - coming_and_going[1]) / (mirror - coming_and_going[0]);
    println!("    in steady state, without coming and going: {steady:.2}");
    println!("    {}", held("at full rate", ours.resident_max()));
}

/// One copier at one rate.
pub struct Paced {
    cost: Cost,
    over: Duration,
    latencies: Vec<Duration>,
}

impl Paced {
    /// What it used over so long, and how old each record was when a reader had it.
    pub fn new(cost: Cost, over: Duration, mut latencies: Vec<Duration>) -> Paced {
        latencies.sort();
        Paced {
            cost,
            over,
            latencies,
        }
    }

    /// Processor seconds a second; the kernel's own clock by thread is finer than
    /// that of the process.
    fn load(&self) -> f64 {
        let used: Duration = self.cost.threads.values().sum();
        used.as_secs_f64() / self.over.as_secs_f64()
    }

    /// Milliseconds that so many of a hundred records took at most.
    fn latency(&self, percent: usize) -> Option<f64> {
        let at = (self.latencies.len() * percent).div_ceil(100);
        Some(1e3 * self.latencies.get(at.checked_sub(1)?)?.as_secs_f64())
    }
}

/// Mirror and sidecar at so many events a second, against the targets.
pub fn paced(rate: usize, mirror: &Paced, ours: &Paced) {
    println!("\n{rate} events a second, over {:?}", ours.over);
    println!(
        "{:<34}{:>13}{:>12}{:>12}{:>10}{:>10}{:>12}",
        "copier", "CPU µs/event", "CPU ms/s", "wake-ups/s", "p50 ms", "p99 ms", "x mirror"
    );
    for (name, paced) in [(MIRROR, mirror), (OURS, ours)] {
        let ms = |percent| {
            paced
                .latency(percent)
                .map_or("-".to_owned(), |ms| format!("{ms:.0}"))
        };
        println!(
            "{name:<34}{:>13}{:>12.2}{:>12.0}{:>10}{:>10}{:>12.2}",
            match rate {
                0 => "-".to_owned(),
                rate => format!("{:.1}", 1e6 * paced.load() / rate as f64),
            },
            1e3 * paced.load(),
            paced.cost.wake_ups as f64 / paced.over.as_secs_f64(),
            ms(50),
            ms(99),
            paced.load() / mirror.load(),
        );
    }
    println!("where it goes, CPU ms/s by thread: {OURS}");
    let mut threads: Vec<_> = ours.cost.threads.iter().collect();
    threads.sort_by_key(|(_, spent)| std::cmp::Reverse(**spent));
    for (name, spent) in threads.into_iter().take(8) {
        let load = spent.as_secs_f64() / ours.over.as_secs_f64();
        println!("    {name:<30}{:>13.3}", 1e3 * load);
    }
}

/// What it costs to come and go.
pub fn start_up(name: &str, row: &Row, events: usize) {
    println!(
        "start and end, with one event: {name:<30}{:>6.0} ms of CPU, {:.2} µs an event below",
        1e3 * row.cpu(),
        1e6 * row.cpu() / events as f64
    );
}

/// What it costs to wait, and to follow slowly.
pub fn slow(idle_a_second: Duration, per_second: usize, each: Duration, resident: u64) {
    println!(
        "idle: {:.1} ms of CPU a second; at {per_second} events a second: {:.1} µs an event, hence {:.1} ms a second",
        1e3 * idle_a_second.as_secs_f64(),
        1e6 * each.as_secs_f64(),
        1e3 * each.as_secs_f64() * per_second as f64
    );
    println!("    {}", held("at that rate", resident));
}

fn held(when: &str, resident: u64) -> String {
    let verdict = if resident <= BUDGET_DEFAULT {
        "within"
    } else {
        "NOT WITHIN"
    };
    format!(
        "peak resident memory {when}: {:.0} MiB, {verdict} the budget of {:.0} MiB",
        mib(resident),
        mib(BUDGET_DEFAULT)
    )
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
