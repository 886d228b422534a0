//! Commands that turn standard input line for line into standard output.

use super::{Exit, Failure, Outcome, audited, clock, screen};
use std::io::{BufRead, BufReader, Read, Write};
use veilstream::audit::{Audit, Batch};
use zeroize::Zeroizing;

/// Most bytes of output that are held back until they are recorded.
const HELD_MAX: usize = 1 << 20;

/// Turns every line, its line break taken off, into one line of output. A blank
/// line leaves an empty one. So does a line that cannot be turned: `turn` says
/// why, without showing any of it, and that goes to standard error.
///
/// `turn` adds what it opens or computes to the batch; a line of output is
/// written when the audit log holds that, and not before.
///
/// # Errors
/// When standard input or output or the audit log fails. Otherwise 0, or 2 when
/// some lines could not be turned.
pub fn turn_each(
    mut audit: Audit,
    turn: impl FnMut(&[u8], &mut Batch) -> Result<Zeroizing<String>, String>,
) -> Outcome {
    let mut failed = 0;
    match turn_all(&mut audit, &mut failed, turn) {
        Ok(()) => {
            audited::end(audit, true, failed)?;
            Ok(if failed == 0 { Exit::Ok } else { Exit::Partly })
        }
        Err(failure) => {
            // Why it failed is what must be said, not that its end is missing too.
            let _ = audited::end(audit, false, failed);
            Err(failure)
        }
    }
}

fn turn_all(
    audit: &mut Audit,
    failed: &mut u64,
    mut turn: impl FnMut(&[u8], &mut Batch) -> Result<Zeroizing<String>, String>,
) -> Result<(), Failure> {
    let mut input = BufReader::with_capacity(1 << 18, std::io::stdin().lock());
    let mut batch = Batch::default();
    let mut held = Held(Zeroizing::new(Vec::with_capacity(2 * HELD_MAX)));
    let mut number = 0_u64;
    loop {
        // Whoever waits for this output must not wait for more input first.
        if input.buffer().is_empty() || batch.is_full() || held.0.len() >= HELD_MAX {
            held.release(audit, &mut batch)?;
        }
        let mut line = Zeroizing::new(Vec::new());
        match input.read_until(b'\n', &mut line) {
            Ok(0) => return held.release(audit, &mut batch),
            Ok(_) => {}
            // What was turned before it is still written.
            Err(error) => {
                held.release(audit, &mut batch)?;
                return Err(unreadable(&error));
            }
        }
        number += 1;
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if !text.iter().all(u8::is_ascii_whitespace) {
            match turn(text, &mut batch) {
                Ok(turned) => held.0.extend_from_slice(turned.as_bytes()),
                Err(why) => {
                    *failed += 1;
                    screen::tell_folded(&format!("line {number}: {why}\n"));
                }
            }
        }
        held.0.push(b'\n');
    }
}

/// Output that is not recorded yet.
struct Held(Zeroizing<Vec<u8>>);

impl Held {
    fn release(&mut self, audit: &mut Audit, batch: &mut Batch) -> Result<(), Failure> {
        audit
            .values(batch, clock::now())
            .map_err(|e| audited::failure(&e))?;
        let mut out = std::io::stdout().lock();
        out.write_all(&self.0)
            .and_then(|()| out.flush())
            .map_err(|e| Failure::stdout(&e))?;
        self.0.fill(0);
        self.0.clear();
        Ok(())
    }
}

/// All of standard input, when it begins with `start`; otherwise nothing of it is
/// taken.
///
/// # Errors
/// When it cannot be read.
pub fn whole_if_it_starts_with(start: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let mut input = std::io::stdin().lock();
    let begun = input.fill_buf().map_err(|e| unreadable(&e))?;
    if !begun.starts_with(start) {
        return Ok(None);
    }
    let mut whole = Zeroizing::new(Vec::new());
    input.read_to_end(&mut whole).map_err(|e| unreadable(&e))?;
    Ok(Some(whole))
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::new(Exit::Io, "cannot read standard input").why(error)
}
