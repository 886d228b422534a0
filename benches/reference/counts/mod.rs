//! Instructions per event under callgrind: the same on a busy machine as on a
//! quiet one, hence the gate against regressions that times cannot be.
//!
//! Instructions are not time. Valgrind knows no SHA instructions, so that
//! hashing is done in software there and weighs more than it costs. Compare a
//! count with the same count of yesterday, with nothing else.

mod cases;
mod valgrind;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::process::ExitCode;

use crate::ours::Ours;

/// What is accepted, beside this file.
const EXPECTED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/benches/reference/counts/expected.tsv"
);
/// Counts of one build repeat to the last digit or nearly; what differs by more
/// is named.
const NAMED: f64 = 0.01;
/// Another machine's libc, and crates that look at the processor, choose other
/// routines; what is worse by more fails.
const FAILS: f64 = 0.05;

/// Counts every case and compares with what was accepted; with `accept` writes
/// the new counts instead. Fails when a count grew by more than the tolerance,
/// or, when `required`, where there is no valgrind.
pub fn run(accept: bool, required: bool) -> ExitCode {
    let Some(version) = valgrind::version() else {
        println!("SKIPPED: NO INSTRUCTION WAS COUNTED, valgrind is not installed");
        return if required {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    };
    let expected = expected();
    let mut accepted =
        format!("# instructions per event, {version}; written by `counts --accept`\n");
    let mut worse = Vec::new();
    println!(
        "{:<20}{:>14}{:>14}{:>9}",
        "instructions/event", "accepted", "now", "change"
    );
    let cases = cases::all();
    for &(name, events, ..) in &cases {
        let now = valgrind::instructions(&["counted", name]) as f64 / events as f64;
        writeln!(accepted, "{name}\t{now:.0}").expect("a string takes all");
        let Some(&before) = expected.get(name) else {
            println!("{name:<20}{:>14}{now:>14.0}{:>9}  not accepted yet", "", "");
            worse.push(name);
            continue;
        };
        let change = now / before - 1.0;
        let word = if change > FAILS {
            worse.push(name);
            "  WORSE"
        } else if change > NAMED {
            "  worse: accept it with the reason, or mend it"
        } else if change < -NAMED {
            "  better: accept it, or the gain can be lost unseen"
        } else {
            ""
        };
        println!(
            "{name:<20}{before:>14.0}{now:>14.0}{:>+8.1}%{word}",
            100.0 * change
        );
    }
    for name in expected.keys() {
        if !accept && !cases.iter().any(|case| case.0 == name) {
            println!("{name:<20} was accepted and is no case any more: accept anew");
        }
    }
    if accept {
        fs::write(EXPECTED, accepted).expect("the source tree is writable");
        println!("accepted: commit benches/reference/counts/expected.tsv with the reason");
        return ExitCode::SUCCESS;
    }
    if worse.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!(
        "worse by more than {:.0} %, or new: {}\nif that is the price of something: `cargo bench --no-default-features --bench reference -- counts --accept`",
        100.0 * FAILS,
        worse.join(", ")
    );
    ExitCode::FAILURE
}

/// One case under callgrind: a pass that warms, a pass that is counted.
pub fn counted(name: &str) {
    let mut ours = cases::prepare(name);
    ours.pass();
    counted_pass(&mut ours);
}

/// Runs every case once, without counting.
///
/// # Panics
/// When an event is refused.
pub fn works() {
    for (name, ..) in cases::all() {
        cases::prepare(name).pass();
    }
    println!("counts: every case runs, no event refused");
}

/// Callgrind counts while this function runs; it finds it by its name.
#[inline(never)]
fn counted_pass(ours: &mut Ours) {
    ours.pass();
    // Keeps the call above from becoming a jump.
    black_box(ours);
}

/// The accepted counts by name.
///
/// # Panics
/// When the file is not as [`run`] writes it.
fn expected() -> BTreeMap<String, f64> {
    let accepted = fs::read_to_string(EXPECTED).expect("counts were accepted");
    accepted
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, count) = line.split_once('\t').expect("name, tab, count");
            (name.to_owned(), count.parse().expect("a count"))
        })
        .collect()
}
