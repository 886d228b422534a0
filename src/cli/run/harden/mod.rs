//! What the process gives up, before it reads a record: it parses what strangers
//! write, and holds keys. Every part is asked for by itself; what the system
//! refuses is said, never passed over.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
mod memory;

pub(crate) use memory::undumpable;

use super::super::{Exit, Failure};
use std::path::Path;
use veilstream::settings::Sandbox;

/// Takes from this process, and from every thread that it starts from now on, what
/// it never needs: to write files anywhere but in `writable`, to start programs,
/// to look into other processes, to be swapped out.
///
/// # Errors
/// 77 when some of it is refused and the settings require all.
pub(crate) fn confine(how: Sandbox, writable: &[&Path]) -> Result<(), Failure> {
    if how == Sandbox::Off {
        tracing::warn!("`sandbox: off`: the process keeps every right of its user");
        return Ok(());
    }
    let mut refused = Vec::new();
    let mut in_force = Vec::new();
    for (what, outcome) in parts(writable) {
        match outcome {
            Ok(()) => in_force.push(what),
            Err(why) => refused.push(format!("{what}: {why}")),
        }
    }
    tracing::info!(in_force = in_force.join(", "), "confined");
    match refused.as_slice() {
        [] => Ok(()),
        refused if how == Sandbox::Required => Err(Failure::new(
            Exit::NotPermitted,
            "this system does not confine the process, which `sandbox: required` asks for",
        )
        .why(refused.join("; "))
        .help("see \"What the process gives up\" in docs/operations.md, or write `sandbox: auto`")),
        refused => {
            for part in refused {
                tracing::info!("not confined, {part}");
            }
            Ok(())
        }
    }
}

type Part = (&'static str, Result<(), String>);

#[cfg(target_os = "linux")]
fn parts(writable: &[&Path]) -> Vec<Part> {
    vec![
        ("memory is not swapped out", memory::lock()),
        ("no file is written", files::confine(writable)),
        ("no program is started", calls::confine()),
    ]
}

#[cfg(not(target_os = "linux"))]
fn parts(_writable: &[&Path]) -> Vec<Part> {
    let none = || Err("only Linux offers it".to_owned());
    vec![
        ("memory is not swapped out", none()),
        ("no file is written", none()),
        ("no program is started", none()),
    ]
}
