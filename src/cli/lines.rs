//! Commands that turn standard input line for line into standard output.

use super::{Exit, Failure, Outcome, screen};
use std::io::{BufRead, Write};
use zeroize::Zeroizing;

/// Turns every line, its line break taken off, into one line of output. A blank
/// line leaves an empty one. So does a line that cannot be turned: `turn` says
/// why, without showing any of it, and that goes to standard error.
///
/// # Errors
/// When standard input or output fails. Otherwise 0, or 2 when some lines could
/// not be turned.
pub(crate) fn turn_each(mut turn: impl FnMut(&[u8]) -> Result<Zeroizing<String>, String>) -> Outcome {
    let mut failed = 0_u64;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (number, line) in std::io::stdin().lock().split(b'\n').enumerate() {
        let line = Zeroizing::new(
            line.map_err(|e| Failure::new(Exit::Io, "cannot read standard input").why(e))?,
        );
        let text = line.strip_suffix(b"\r").unwrap_or(&line);
        if !text.iter().all(u8::is_ascii_whitespace) {
            match turn(text) {
                Ok(turned) => out
                    .write_all(turned.as_bytes())
                    .map_err(|e| Failure::stdout(&e))?,
                Err(why) => {
                    failed += 1;
                    screen::tell(&format!("line {}: {why}\n", number + 1));
                }
            }
        }
        out.write_all(b"\n").map_err(|e| Failure::stdout(&e))?;
    }
    out.flush().map_err(|e| Failure::stdout(&e))?;
    Ok(if failed == 0 { Exit::Ok } else { Exit::Partly })
}
