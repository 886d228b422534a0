//! Lines of standard input, long ones included, none longer than the cap.

use std::io::{self, Read};

/// Bytes read at once, and room that is kept between long lines.
const ROOM: usize = 1 << 20;

/// What came next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line<'l> {
    /// A line, without its line break.
    Whole(&'l [u8]),
    /// A line longer than the cap; its bytes were passed over.
    TooLong,
    /// Nothing more.
    End,
}

/// Reads lines that end in LF or CRLF; the last one needs no line break. A line is
/// handed out where it was read to, and looked at for its end once.
pub(crate) struct Lines<R> {
    from: R,
    buffer: Vec<u8>,
    /// First byte that was not handed out.
    start: usize,
    /// Bytes behind `start` that hold no line break.
    looked_at: usize,
    /// Behind the last byte that was read.
    end: usize,
    bytes_max: usize,
    read: u64,
    /// Bytes of the line that comes were passed over: it is too long.
    passed_over: bool,
    ended: bool,
}

impl<R: Read> Lines<R> {
    /// `bytes_max`: the longest line taken.
    pub(crate) fn new(from: R, bytes_max: usize) -> Self {
        Lines {
            from,
            buffer: vec![0; ROOM],
            start: 0,
            looked_at: 0,
            end: 0,
            bytes_max,
            read: 0,
            passed_over: false,
            ended: false,
        }
    }

    /// Bytes handed out so far, line breaks included.
    pub(crate) const fn bytes_read(&self) -> u64 {
        self.read
    }

    /// False when the next line is not in memory yet: asking for it could wait.
    pub(crate) fn has_more_at_hand(&mut self) -> bool {
        self.line_break().is_some()
    }

    /// The next line.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub(crate) fn next(&mut self) -> io::Result<Line<'_>> {
        loop {
            if let Some(len) = self.line_break() {
                return Ok(self.hand_out(len, 1));
            }
            if self.end - self.start > self.bytes_max {
                self.pass_over();
            }
            if self.ended {
                return Ok(match (self.end - self.start, self.passed_over) {
                    (0, false) => Line::End,
                    (len, _) => self.hand_out(len, 0),
                });
            }
            self.fill()?;
        }
    }

    /// How long the next line is, where its line break was read. No byte is looked
    /// at twice.
    fn line_break(&mut self) -> Option<usize> {
        let new = &self.buffer[self.start + self.looked_at..self.end];
        let found = memchr::memchr(b'\n', new);
        self.looked_at += found.unwrap_or(new.len());
        found.map(|_| self.looked_at)
    }

    /// Hands out so many bytes and passes over the line break behind them.
    fn hand_out(&mut self, len: usize, line_break: usize) -> Line<'_> {
        let line = &self.buffer[self.start..][..len];
        let too_long = std::mem::take(&mut self.passed_over) || len > self.bytes_max;
        self.start += len + line_break;
        self.read += (len + line_break) as u64;
        self.looked_at = 0;
        match too_long {
            true => Line::TooLong,
            false => Line::Whole(line.strip_suffix(b"\r").unwrap_or(line)),
        }
    }

    /// Forgets what was read of a line that is too long.
    fn pass_over(&mut self) {
        self.read += (self.end - self.start) as u64;
        (self.start, self.end, self.looked_at) = (0, 0, 0);
        self.passed_over = true;
    }

    /// Reads once, behind what is there.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(2 * self.end, 0);
        } else if self.end == 0 && self.buffer.len() > ROOM {
            // What held a huge line is not kept that large.
            self.buffer = vec![0; ROOM];
        }
        let read = loop {
            match self.from.read(&mut self.buffer[self.end..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.end += read;
        self.ended = read == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at a time.
    struct Drops<'b>(&'b [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let len = self.1.min(buf.len()).min(self.0.len());
            buf[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }

    fn all(text: &[u8], at_once: usize, bytes_max: usize) -> (Vec<String>, u64) {
        let mut lines = Lines::new(Drops(text, at_once), bytes_max);
        let mut found = Vec::new();
        loop {
            match lines.next().unwrap() {
                Line::End => break,
                Line::TooLong => found.push("too long".to_owned()),
                Line::Whole(line) => found.push(String::from_utf8(line.to_vec()).unwrap()),
            }
        }
        assert_eq!(lines.next().unwrap(), Line::End);
        (found, lines.bytes_read())
    }

    #[test]
    fn line_breaks_blank_lines_and_a_missing_last_break() {
        for at_once in 1..25 {
            let (found, read) = all(b"a\r\n\nb\nlonger than\nc", at_once, 5);
            assert_eq!(found, ["a", "", "b", "too long", "c"], "{at_once} at once");
            assert_eq!(read, 19);
        }
        assert_eq!(all(b"", 1, 5).0, [""; 0]);
        assert_eq!(all(b"too long at the end", 3, 5).0, ["too long"]);
        assert_eq!(all(b"12345\n123456", 100, 5).0, ["12345", "too long"]);
    }

    #[test]
    fn a_line_longer_than_the_room_is_whole_and_the_room_shrinks_again() {
        let long = "x".repeat(3 * ROOM + 7);
        let text = format!("a\n{long}\nb\n");
        let mut lines = Lines::new(Drops(text.as_bytes(), 4_096), 4 * ROOM);
        assert_eq!(lines.next().unwrap(), Line::Whole(b"a"));
        assert_eq!(lines.next().unwrap(), Line::Whole(long.as_bytes()));
        assert!(lines.buffer.len() > ROOM);
        assert_eq!(lines.next().unwrap(), Line::Whole(b"b"));
        assert_eq!(lines.next().unwrap(), Line::End);
        assert_eq!(lines.buffer.len(), ROOM);
        assert_eq!(lines.bytes_read(), text.len() as u64);
    }

    #[test]
    fn what_is_at_hand_is_a_whole_line() {
        let mut lines = Lines::new(Drops(b"one\ntwo\nth", 8), 5);
        assert!(!lines.has_more_at_hand());
        lines.next().unwrap();
        assert!(lines.has_more_at_hand());
        lines.next().unwrap();
        assert!(!lines.has_more_at_hand());
        assert_eq!(lines.next().unwrap(), Line::Whole(b"th"));
    }
}
