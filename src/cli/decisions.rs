//! A file of people's decisions, in place of the topic of `consent.state`.

use super::apply::input::{self, Input};
use super::apply::lines::{Line, Lines};
use super::{Exit, Failure, clock};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::consent::state::{Snapshot, Table};
use veilstream::consent::told::{LINE_MAX, NotTold, Told};
use veilstream::plan::Plan;

/// Hands over each decision of that file, with the number of its line from 1; blank lines
/// are skipped.
///
/// # Errors
/// 66, 65 or 74: the file is missing, a line tells no decision, or it cannot be read. No
/// value of the file stands in it.
pub fn each(
    file: &Path,
    mut take: impl FnMut(u64, Told) -> Result<(), NotTold>,
) -> Result<(), Failure> {
    let files = [PathBuf::from(file)];
    // Text of any kind, as far as the look at its beginning goes: each line is judged.
    let mut lines = Lines::new(Input::open(&files, true)?, LINE_MAX);
    let mut number = 0;
    loop {
        number += 1;
        let told = match lines.next().map_err(|e| input::failure(&e))? {
            Line::End => return Ok(()),
            Line::Whole(line) if line.iter().all(u8::is_ascii_whitespace) => continue,
            Line::Whole(line) => Told::read(line),
            Line::TooLong => Err(NotTold::TooLong),
        };
        told.and_then(|told| take(number, told))
            .map_err(|why| not_told(file, number, why))?;
    }
}

fn not_told(file: &Path, line: u64, why: NotTold) -> Failure {
    Failure::new(
        Exit::DataErr,
        format!("line {line} of `{}` tells no decision", file.display()),
    )
    .why(why)
    .help("a line is {\"kind\": \"customer\", \"id\": \"…\", \"category\": \"…\", \"is\": \"granted\", \"at\": \"2026-03-01T10:42:07Z\"}")
}

/// What is known when all of that file was told; the last line of a person in a category
/// counts.
///
/// # Errors
/// As [`each`]; 78 when the policy asks nothing of it.
pub fn known(file: &Path, plan: &Plan) -> Result<Arc<Snapshot>, Failure> {
    if plan.live.is_none() {
        let failure = Failure::new(
            Exit::Config,
            "the policy asks nothing that people decided elsewhere",
        );
        return Err(failure.help("leave `--consent` out, or add `state` under `consent`"));
    }
    let mut table = Table::default();
    let now_ms = clock::now().as_millisecond();
    each(file, |_, told| told.put(&mut table, plan, now_ms))?;
    Ok(table.publish(now_ms))
}
