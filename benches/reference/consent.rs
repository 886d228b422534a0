//! What consent costs: reading signals of each shape, and the table of live consent at
//! so many people: memory, loading, looking up with and without a writer beside it, and
//! publishing a version; writing it down and finding it again. Targets: at most 0.35 µs of the gate for a signal or a person,
//! and no request for memory.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use veilstream::consent::signals::{consent_mode, gpc, gpp, pairs, tcf};
use veilstream::consent::state::{Decision, Snapshot, Table};
use veilstream::record::SubjectId;

use crate::workload::random::SplitMix64;
use crate::{gate, measure};

const TCF: &str = "CQdWToAQgYw8AAfACBENAqEoALAAAEIAAAYgAOOGQABAAwAiAAAA.IAOIEAAB.YAAAAAAAAAAA";
const TCF_BITS: &str = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw";
const GPP: &str = "DBACr0M~CAABAAAAAABA.QA~BAgAAABA.QA~BAgAAAQA.QA";

/// A reader of one text; what it found is of no interest here.
type Reads = fn(&str) -> bool;

const SHAPES: [(&str, &str, Reads); 7] = [
    ("tcf, few vendors", TCF, |t| tcf::read(t, 28).is_ok()),
    ("tcf, disclosed vendors as bits", TCF_BITS, |t| {
        tcf::read(t, 755).is_ok()
    }),
    ("gpp, three sections", GPP, |t| gpp::read(t).is_ok()),
    (
        "pairs, four groups",
        "C0001:1,C0002:0,C0003:1,C0004:1",
        |t| {
            let mut granted = 0;
            pairs::each(t, |_, on| granted += usize::from(on)).is_ok() && granted == 3
        },
    ),
    ("consent_mode, gcs", "G111", |t| {
        consent_mode::read(t).is_ok()
    }),
    ("consent_mode, gcd", "13t3t3t3t5", |t| {
        consent_mode::read(t).is_ok()
    }),
    ("gpc", "1", gpc::denies),
];

/// Reads each shape, and fills and asks a table of so many people.
pub fn run(people: u64) {
    signals(1_000_000);
    // Before the gate: what that gives back would be taken again, and not be counted.
    state(people, Duration::from_secs(3));
    gate::run(50_000, people, 9);
}

/// Everything once, small.
pub fn works() {
    signals(100);
    state(10_000, Duration::from_millis(20));
    gate::run(500, 1_000, 1);
}

fn signals(times: u64) {
    for (name, text, reads) in SHAPES {
        assert!(reads(text), "{name}");
        let all = || {
            for _ in 0..times {
                black_box(reads(black_box(text)));
            }
        };
        let ns = measure::cpu_of_this_thread(all) / times as f64;
        let asked = measure::allocations(all);
        println!("{name:32} {ns:7.1} ns, {asked} requests for memory");
        assert_eq!(asked, 0, "{name}");
    }
}

/// Names spread as those of HMAC are.
pub fn who(n: u64) -> SubjectId {
    let mix = |seed| SplitMix64::seeded(seed).next();
    let bytes = u128::from(mix(2 * n)) << 64 | u128::from(mix(2 * n + 1));
    SubjectId(bytes.to_be_bytes())
}

const CATEGORIES: [&str; 3] = ["Ads", "Analytics", "Mail"];

/// As in life: most decide once for all categories, each grant with its own end.
fn decision(n: u64, category: usize) -> Decision {
    match n >> category & 1 {
        0 => Decision::Denied,
        _ => Decision::Granted {
            until_ms: Some(1_772_409_600_000 + (n % 400) as i64 * 86_400_000),
        },
    }
}

fn fill(table: &mut Table, people: u64) {
    for n in 0..people {
        for (at, category) in CATEGORIES.into_iter().enumerate() {
            let decided = table.decide(who(n), category, Some(decision(n, at)));
            decided.expect("there are few profiles");
        }
    }
}

/// Resident memory in bytes; see proc_pid_status(5).
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says it");
    let line = status.lines().find(|l| l.starts_with("VmRSS:"));
    let kib = line.and_then(|l| l.split_ascii_whitespace().nth(1));
    kib.and_then(|n| n.parse::<u64>().ok())
        .map_or(0, |kib| kib << 10)
}

fn state(people: u64, beside: Duration) {
    let before = resident();
    let mut table = Table::default();
    let took = measure::cpu_of_this_thread(|| fill(&mut table, people)) / 1e9;
    let held = resident().saturating_sub(before);
    assert_eq!(table.people(), people);
    println!(
        "{people} people, three decisions each: {took:.2} s, {:.0} MiB, {:.1} bytes a person",
        held as f64 / f64::from(1 << 20),
        held as f64 / people as f64,
    );
    let snapshot = table.publish(0);
    let mut asking = Asking::anybody(people);
    let asked = measure::allocations(|| asking.look_up(&snapshot, 1_000));
    assert_eq!(asked, 0, "looking up takes no memory");
    let ns = measure::cpu_of_this_thread(|| asking.look_up(&snapshot, 2_000_000));
    black_box(asking.state);
    println!("looked up, half of them not there: {:.0} ns", ns / 2e6);
    for changes in [1, 10, 100] {
        println!(
            "published {changes:3} changes: {:.1} µs",
            publish(&mut table, people, changes)
        );
    }
    beside_a_writer(&mut table, people, beside);
    #[cfg(feature = "key-files")]
    kept(&mut table);
}

/// Written down and found again: target, ten million people within a second.
#[cfg(feature = "key-files")]
fn kept(table: &mut Table) {
    use veilstream::vault::consent_file::{Under, identity, load, write};
    let path = std::env::temp_dir().join(format!("veil-bench-{}.consent", std::process::id()));
    let under = Under {
        identity: identity(&[b"bench"]),
        topic: "veil.bench.consent".to_owned(),
    };
    let snapshot = table.publish(0);
    let begun = Instant::now();
    write(&path, &under, &[0; 8], 0, &snapshot).expect("the folder for passing files takes it");
    let wrote = begun.elapsed();
    let bytes = std::fs::metadata(&path).map_or(0, |m| m.len());
    let begun = Instant::now();
    let found = load(&path, &under);
    let loaded = begun.elapsed();
    // Of no use to anybody.
    let _ = std::fs::remove_file(&path);
    let found = found.unwrap_or_else(|why| panic!("what was written is found: {why}"));
    assert_eq!(found.table.people(), table.people());
    println!(
        "kept in a file of {:.0} MiB: written and synced {:.2} s, found again {:.2} s",
        bytes as f64 / f64::from(1 << 20),
        wrote.as_secs_f64(),
        loaded.as_secs_f64(),
    );
}

/// Looks people up all over the table, every second of them unknown. Whom it asks for next
/// follows from what it found, so that no two looks wait for memory at once.
struct Asking {
    state: u64,
    people: u64,
}

impl Asking {
    fn anybody(people: u64) -> Asking {
        Asking { state: 7, people }
    }

    fn look_up(&mut self, snapshot: &Snapshot, times: u64) {
        for _ in 0..times {
            let next = self.state.wrapping_mul(6_364_136_223_846_793_005);
            let standing = snapshot.of(who((next >> 20) % (2 * self.people)));
            let found = u64::from(standing.profile) << 1;
            self.state = next.wrapping_add(1_442_695_040_888_963_407 ^ found);
        }
    }
}

/// Microseconds of publishing so many changes.
fn publish(table: &mut Table, people: u64, changes: u64) -> f64 {
    const ROUNDS: u64 = 100;
    let mut kept = table.publish(0);
    let took = measure::cpu_of_this_thread(|| {
        for round in 0..ROUNDS {
            for n in 0..changes {
                let somebody = who((round * 7_919 + n * 104_729) % people);
                let turned = match round % 2 {
                    0 => Decision::Denied,
                    _ => Decision::Granted { until_ms: None },
                };
                let decided = table.decide(somebody, "Ads", Some(turned));
                decided.expect("there are few profiles");
            }
            kept = table.publish(0);
        }
    });
    drop(kept);
    took / 1e3 / ROUNDS as f64
}

/// A thousand changes a second, ten to a version, while another thread looks up.
fn beside_a_writer(table: &mut Table, people: u64, time: Duration) {
    let shared = Mutex::new(table.publish(0));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut times, mut ns) = (0, 0.0);
            let mut asking = Asking::anybody(people);
            while !done.load(Ordering::Relaxed) {
                let snapshot = Arc::clone(&shared.lock().expect("nobody panics with it"));
                ns += measure::cpu_of_this_thread(|| asking.look_up(&snapshot, 1_000));
                times += 1_000;
            }
            black_box(asking.state);
            ns / f64::from(times)
        });
        let begun = Instant::now();
        let mut n = 0;
        while begun.elapsed() < time {
            for _ in 0..10 {
                n += 1;
                let turned = Decision::Granted { until_ms: None };
                let decided = table.decide(who(n * 7_919 % people), "Ads", Some(turned));
                decided.expect("there are few profiles");
            }
            *shared.lock().expect("nobody panics with it") = table.publish(0);
            std::thread::sleep(Duration::from_millis(10));
        }
        done.store(true, Ordering::Relaxed);
        let ns = reader.join().expect("it does not panic");
        println!("looked up beside a writer of 1,000 changes/s: {ns:.0} ns");
    });
}
