//! The beginning of a sample, held as it came; records of Avro as `veil` shows them.

use super::super::Failure;
use super::super::apply::input::{self, Input};
use super::super::apply::lines::{Line, Lines};
use super::container;
use std::io::Read;
use std::path::PathBuf;

/// Most records that are held.
pub const RECORDS_MAX: usize = 200;
/// Most bytes of them.
pub const BYTES_MAX: usize = 4 << 20;
/// Longest line that is held. A browser is not to be drowned.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// The first lines of a sample.
pub struct Sample {
    /// Line after line. One that is too long is blank here, so that the others keep
    /// their numbers.
    pub lines: Vec<u8>,
    /// Lines are whole records.
    pub enveloped: bool,
    /// Records that are held.
    pub records: usize,
    /// The sample goes on.
    pub has_more: bool,
    /// Lines that were too long to be held.
    pub too_long: usize,
}

impl Sample {
    /// The beginning of those files; of standard input when there are none. `is_text`:
    /// lines are texts, whatever they look like.
    ///
    /// # Errors
    /// 66, 65 or 74: a file is missing, is no lines of JSON, or cannot be read.
    pub fn read(files: &[PathBuf], enveloped: bool, is_text: bool) -> Result<Sample, Failure> {
        if let [file] = files
            && container::is_one(file)
        {
            let lines = container::lines(file, (RECORDS_MAX, BYTES_MAX))?;
            let mut sample = Sample::of(&lines.text[..], false).map_err(|e| input::failure(&e))?;
            sample.has_more |= lines.has_more;
            return Ok(sample);
        }
        let mut from = Input::open(files, enveloped)?;
        if is_text {
            from = from.of_text();
        }
        Sample::of(from, enveloped).map_err(|e| input::failure(&e))
    }

    /// One event that somebody typed in.
    pub fn typed(line: &str, enveloped: bool) -> Sample {
        Sample::of(line.as_bytes(), enveloped).expect("what is in memory can be read")
    }

    fn of(from: impl Read, enveloped: bool) -> std::io::Result<Sample> {
        let mut lines = Lines::new(from, LINE_BYTES_MAX);
        let mut sample = Sample {
            lines: Vec::new(),
            enveloped,
            records: 0,
            has_more: false,
            too_long: 0,
        };
        loop {
            match lines.next()? {
                Line::End => return Ok(sample),
                Line::TooLong => sample.too_long += 1,
                Line::Whole(line) if line.iter().all(u8::is_ascii_whitespace) => {}
                Line::Whole(line) => {
                    let bytes = sample.lines.len() + line.len();
                    if sample.records == RECORDS_MAX || bytes > BYTES_MAX {
                        sample.has_more = true;
                        return Ok(sample);
                    }
                    sample.records += 1;
                    sample.lines.extend_from_slice(line);
                }
            }
            // Blank lines without end would fill the memory as well.
            if sample.lines.len() > BYTES_MAX + RECORDS_MAX {
                sample.has_more = true;
                return Ok(sample);
            }
            sample.lines.push(b'\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_is_held_and_lines_keep_their_numbers() {
        let long = "x".repeat(LINE_BYTES_MAX + 1);
        let text = format!("{{}}\n\n{long}\n{{\"a\":1}}");
        let sample = Sample::typed(&text, false);
        assert_eq!(sample.lines, b"{}\n\n\n{\"a\":1}\n");
        assert_eq!(
            (sample.records, sample.too_long, sample.has_more),
            (2, 1, false)
        );
        let many = Sample::typed(&"{}\n".repeat(RECORDS_MAX + 1), false);
        assert_eq!((many.records, many.has_more), (RECORDS_MAX, true));
        let wide = format!("{{\"a\":\"{}\"}}\n", "x".repeat(900_000));
        let wide = Sample::typed(&wide.repeat(6), false);
        assert_eq!((wide.records, wide.has_more), (4, true));
        let blank = Sample::of(std::io::repeat(b'\n'), false).unwrap();
        assert!(blank.has_more && blank.lines.len() <= BYTES_MAX + RECORDS_MAX + 1);
    }
}
