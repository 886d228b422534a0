//! Workload A through `veil apply` as a whole process, beside the library's own
//! work on it, in one run.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::measure::{self, Part};
use crate::ours::{Ours, POLICY};
use crate::workload::{Workload, marketing};

const EVENTS: usize = 400_000;
const PASSES: usize = 9;
/// Most that the process may cost, as a multiple of the library.
const TARGET: f64 = 1.4;

/// Measures both in turns, prints CPU time an event and their ratio.
pub fn run() {
    let Some(veil) = option_env!("CARGO_BIN_EXE_veil") else {
        println!("the program is not built: add `--features cli`");
        return;
    };
    let workload = Workload::generate(EVENTS, marketing::event);
    let folder = std::env::temp_dir().join(format!("veil-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the events");
    prepare(veil, &folder, &workload);
    let mut library = Ours::new(POLICY, &workload);
    library.part(Part { index: 0, of: 8 });
    let (mut alone, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..PASSES {
        alone.push(measure::cpu_of_this_thread(|| library.pass()));
        whole.push(measure::cpu_of_children(|| apply(veil, &folder)));
    }
    fs::remove_dir_all(&folder).expect("the folder can be removed");
    let an_event = |of| measure::median(of) / EVENTS as f64;
    let (alone, whole) = (an_event(alone), an_event(whole));
    println!("workload A, {EVENTS} events, CPU time an event, medians of {PASSES} passes in turns");
    println!("  library, one worker        {alone:8.0} ns");
    println!("  veil apply, whole process  {whole:8.0} ns");
    let ratio = whole / alone;
    let verdict = match ratio <= TARGET {
        true => "met",
        false => "NOT MET",
    };
    println!("  ratio                      {ratio:8.2}    (target: {TARGET}, {verdict})");
}

/// Policy, keys and events, as files.
fn prepare(veil: &str, folder: &Path, workload: &Workload) {
    fs::write(folder.join("reference.yaml"), POLICY).expect("the policy can be written");
    fs::write(folder.join("events.ndjson"), &workload.bytes).expect("events can be written");
    let made = Command::new(veil)
        .args([
            "keys",
            "new",
            "--keyring",
            "bench.json",
            "people",
            "phones",
            "contact",
        ])
        .current_dir(folder)
        .stdout(Stdio::null())
        .status();
    assert!(made.expect("the program starts").success(), "no keys");
}

fn apply(veil: &str, folder: &Path) {
    let done = Command::new(veil)
        .args(["apply", "--quiet", "-p", "reference.yaml", "events.ndjson"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .status();
    assert!(done.expect("the program starts").success(), "apply failed");
}
