//! Commands that turn standard input line for line into standard output.

use super::{Exit, Failure, Outcome, audited, clock, screen};
use std::io::{self, BufRead, BufReader};
use veilstream::audit::{Audit, Batch};
use zeroize::Zeroizing;

/// Longest line that is taken: what seals the largest record that is read, in Base64.
const LINE_BYTES_MAX: usize = 32 << 20;

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
    let mut input = BufReader::with_capacity(1 << 18, io::stdin().lock());
    let mut batch = Batch::default();
    let mut held = Held(Zeroizing::new(Vec::with_capacity(2 * HELD_MAX)));
    let mut number = 0_u64;
    let mut line = Zeroizing::new(Vec::new());
    loop {
        // Whoever waits for this output must not wait for more input first.
        if input.buffer().is_empty() || batch.is_full() || held.0.len() >= HELD_MAX {
            held.release(audit, &mut batch)?;
        }
        let read = match read_line(&mut input, &mut line, LINE_BYTES_MAX) {
            Ok(read) => read,
            // What was turned before it is still written.
            Err(error) => {
                held.release(audit, &mut batch)?;
                return Err(unreadable(&error));
            }
        };
        if read == Read::End {
            return held.release(audit, &mut batch);
        }
        number += 1;
        if read == Read::TooLong {
            *failed += 1;
            screen::tell_folded(&format!(
                "line {number}: longer than {LINE_BYTES_MAX} bytes: passed over\n"
            ));
            held.0.push(b'\n');
            continue;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if !text.iter().all(u8::is_ascii_whitespace) {
            match turn(text, &mut batch) {
                Ok(turned) => append(&mut held.0, turned.as_bytes()),
                Err(why) => {
                    *failed += 1;
                    screen::tell_folded(&format!("line {number}: {}\n", screen::one_line(why)));
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
        screen::put_values(&self.0)?;
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
    let mut input = io::stdin().lock();
    let begun = input.fill_buf().map_err(|e| unreadable(&e))?;
    if !begun.starts_with(start) {
        return Ok(None);
    }
    let mut whole = Zeroizing::new(Vec::new());
    loop {
        let chunk = input.fill_buf().map_err(|e| unreadable(&e))?;
        if chunk.is_empty() {
            break;
        }
        if whole.len() + chunk.len() > LINE_BYTES_MAX {
            let what = format!("standard input holds more than {LINE_BYTES_MAX} bytes");
            return Err(Failure::new(Exit::DataErr, what)
                .help("one envelope in its binary form is taken; give several as lines of text"));
        }
        append(&mut whole, chunk);
        let used = chunk.len();
        input.consume(used);
    }
    Ok(Some(whole))
}

/// What came next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    /// A line, with its line break if it has one.
    Line,
    /// One that is longer than may be; it was passed over.
    TooLong,
    /// Nothing more.
    End,
}

/// Reads the next line into `line`, whose room is used again, and of one that is too
/// long nothing.
fn read_line(
    input: &mut impl BufRead,
    line: &mut Zeroizing<Vec<u8>>,
    bytes_max: usize,
) -> io::Result<Read> {
    wipe(line);
    let mut read = Read::End;
    loop {
        let chunk = match input.fill_buf() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            chunk => chunk?,
        };
        if chunk.is_empty() {
            return Ok(read);
        }
        let end = memchr::memchr(b'\n', chunk);
        let used = end.map_or(chunk.len(), |at| at + 1);
        if read == Read::TooLong || line.len() + used > bytes_max {
            read = Read::TooLong;
            wipe(line);
        } else {
            read = Read::Line;
            append(line, &chunk[..used]);
        }
        input.consume(used);
        if end.is_some() {
            return Ok(read);
        }
    }
}

/// Adds to `bytes`; what it held before it grew is wiped.
fn append(bytes: &mut Zeroizing<Vec<u8>>, more: &[u8]) {
    let needed = bytes.len() + more.len();
    if needed > bytes.capacity() {
        let mut grown = Zeroizing::new(Vec::with_capacity(needed.max(2 * bytes.capacity())));
        grown.extend_from_slice(bytes);
        *bytes = grown;
    }
    bytes.extend_from_slice(more);
}

fn wipe(bytes: &mut Zeroizing<Vec<u8>>) {
    bytes.fill(0);
    bytes.clear();
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::new(Exit::Io, "cannot read standard input").why(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line of the input, read in pieces of three bytes.
    fn all(text: &str, bytes_max: usize) -> Vec<Option<String>> {
        let mut input = BufReader::with_capacity(3, text.as_bytes());
        let mut line = Zeroizing::new(Vec::new());
        let mut lines = Vec::new();
        loop {
            match read_line(&mut input, &mut line, bytes_max).expect("it can be read") {
                Read::End => return lines,
                Read::TooLong => lines.push(None),
                Read::Line => lines.push(Some(String::from_utf8(line.to_vec()).expect("text"))),
            }
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_is_read() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            all("abcdefgh\nab\n\nabcdefghij", 9),
            [some("abcdefgh\n"), some("ab\n"), some("\n"), None]
        );
        assert_eq!(all("abcdefghi\nab", 9), [None, some("ab")]);
        assert_eq!(all("", 9), []);
    }
}
