//! A file of people's decisions, in place of the topic of `consent.state`.

use super::apply::input::{self, Input};
use super::apply::lines::{Line, Lines};
use super::{Exit, Failure, clock};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::consent::state::{Snapshot, Table};
use veilstream::consent::told::{LINE_MAX, NotTold, Told};
use veilstream::plan::Plan;

/// Hands over each line of that file that is not blank, with its number from 1: the
/// decision that it tells, or why it tells none. A line that names no time is of `now_ms`,
/// in milliseconds since 1970.
///
/// # Errors
/// 66, 65 or 74: the file is missing, is no text, or cannot be read; what `take` says. No
/// value of the file stands in it.
pub fn each(
    file: &Path,
    now_ms: i64,
    mut take: impl FnMut(u64, Result<Told, NotTold>) -> Result<(), Failure>,
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
            Line::Whole(line) => Told::read(line, now_ms),
            Line::TooLong => Err(NotTold::TooLong),
        };
        take(number, told)?;
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

/// What people decided, for each of those plans: of the file, where one was named. A plan
/// that asks nothing of it knows nothing; a line about a kind or a category that only
/// another of the plans has is passed over.
///
/// # Errors
/// As [`each`]; 65 when a line tells no decision; 78 when a plan decides by `consent.state` and no file is named, for then a
/// withdrawal would not count, or when one is named and no plan asks anything of it.
pub fn known<const N: usize>(
    file: Option<&Path>,
    plans: [&Plan; N],
) -> Result<[Arc<Snapshot>; N], Failure> {
    let asked = plans.iter().any(|plan| plan.live.is_some());
    let file = match (file, asked) {
        (Some(file), true) => file,
        (None, false) => return Ok(std::array::from_fn(|_| Arc::default())),
        (None, true) => return Err(nothing_says()),
        (Some(_), false) => {
            let failure = Failure::new(
                Exit::Config,
                "the policy asks nothing that people decided elsewhere",
            );
            return Err(failure.help("leave `--consent` out, or add `state` under `consent`"));
        }
    };
    let mut tables: [Table; N] = std::array::from_fn(|_| Table::default());
    let now_ms = clock::now().as_millisecond();
    each(file, now_ms, |number, told| {
        let told = told.map_err(|why| not_told(file, number, why))?;
        let mut passed_over = Ok(());
        let mut is_told = false;
        for (plan, table) in plans.iter().zip(&mut tables) {
            if plan.live.is_none() {
                continue;
            }
            match told.put(table, plan, now_ms) {
                Ok(()) => is_told = true,
                Err(why @ (NotTold::Kind | NotTold::Category)) => passed_over = Err(why),
                Err(why) => return Err(not_told(file, number, why)),
            }
        }
        match is_told {
            true => Ok(()),
            false => passed_over.map_err(|why| not_told(file, number, why)),
        }
    })?;
    Ok(tables.map(|mut table| table.publish(now_ms)))
}

fn nothing_says() -> Failure {
    Failure::new(
        Exit::Config,
        "the policy decides by `consent.state`, and nothing says what people decided",
    )
    .why("without it a withdrawal would not count")
    .help("name a file of decisions with `--consent FILE`; an empty one says that nobody has decided anything")
}

/// Refuses decisions by standard input where the events come by it too; no file of
/// `events` is standard input as well.
///
/// # Errors
/// 64.
pub fn apart(file: Option<&Path>, events: &[PathBuf]) -> Result<(), Failure> {
    let is_stdin = |file: &Path| file.as_os_str() == "-";
    let events = events.is_empty() || events.iter().any(|file| is_stdin(file));
    match file.is_some_and(is_stdin) && events {
        true => Err(Failure::new(
            Exit::Usage,
            "decisions and events cannot both come by standard input",
        )
        .help("write one of them to a file, and name that")),
        false => Ok(()),
    }
}
