//! Lines of standard input, long ones included, none longer than the cap.

use std::io::{self, BufRead, BufReader, Read};

/// What came next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line, without its line break.
    Whole,
    /// A line longer than the cap; its bytes were passed over.
    TooLong,
    /// Nothing more.
    End,
}

/// Reads lines that end in LF or CRLF; the last one needs no line break.
pub(crate) struct Lines<R> {
    from: BufReader<R>,
    bytes_max: usize,
    read: u64,
}

impl<R: Read> Lines<R> {
    /// `bytes_max`: the longest line taken.
    pub(crate) fn new(from: R, bytes_max: usize) -> Self {
        Lines {
            from: BufReader::with_capacity(1 << 20, from),
            bytes_max,
            read: 0,
        }
    }

    /// Bytes read so far, line breaks included.
    pub(crate) const fn bytes_read(&self) -> u64 {
        self.read
    }

    /// False when the next line is not in memory yet: asking for it could wait.
    pub(crate) fn has_more_at_hand(&self) -> bool {
        memchr::memchr(b'\n', self.from.buffer()).is_some()
    }

    /// Puts the next line into `line`, which is cleared first.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub(crate) fn next_into(&mut self, line: &mut Vec<u8>) -> io::Result<Line> {
        line.clear();
        let mut too_long = false;
        let mut any = false;
        loop {
            let buffer = match self.from.fill_buf() {
                Ok(buffer) => buffer,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            if buffer.is_empty() {
                break;
            }
            any = true;
            let end = memchr::memchr(b'\n', buffer);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            too_long |= line.len() + part.len() > self.bytes_max;
            if too_long {
                line.clear();
            } else {
                line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.from.consume(used);
            self.read += used as u64;
            if end.is_some() {
                break;
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(match (any, too_long) {
            (false, _) => Line::End,
            (true, true) => Line::TooLong,
            (true, false) => Line::Whole,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_blank_lines_and_a_missing_last_break() {
        let mut lines = Lines::new(&b"a\r\n\nb\nlonger than\nc"[..], 5);
        let mut line = Vec::new();
        let mut found = Vec::new();
        loop {
            match lines.next_into(&mut line).unwrap() {
                Line::End => break,
                Line::TooLong => found.push("too long".to_owned()),
                Line::Whole => found.push(String::from_utf8(line.clone()).unwrap()),
            }
        }
        assert_eq!(found, ["a", "", "b", "too long", "c"]);
        assert_eq!(lines.bytes_read(), 19);
    }
}
