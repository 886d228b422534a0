//! Streams of Protobuf messages, each with its length in front: what `writeDelimitedTo`
//! and its like in every language write (Protocol Buffers, "Streaming Multiple
//! Messages").
//!
//! Messages are told apart by their lengths, not by reading them, so one that is none goes
//! to quarantine, as everywhere. A stream that ends inside a message ends the run.

use super::batches;
use super::workers::{Done, Reading};
use crate::cli::{Exit, Failure};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::consent::state::Snapshot;
use veilstream::decode::Limits;
use veilstream::pipeline::{InBatch, sanitize};
use veilstream::plan::Plan;
use veilstream::record::timestamp::Timestamp;
use veilstream::schema::binding::Binding;
use veilstream::schema::writer::Writer;
use veilstream::schema::{Bindings, Bound};

const RECORDS_MAX: usize = 1_000;
const BYTES_MAX: usize = 1 << 20;

/// Files of messages, read one after the other.
pub struct Messages {
    plan: Arc<Plan>,
    /// The open file, and those behind it.
    file: Option<(PathBuf, Delimited<Box<dyn Read + Send>>)>,
    more: VecDeque<PathBuf>,
    timestamp: Timestamp,
    bindings: Arc<Bindings>,
    missing: Box<[Box<[Box<str>]>]>,
    is_sample: bool,
    /// Numbers of messages, from 0, over all files.
    number: i64,
    seq: u64,
    bytes_read: u64,
}

impl Messages {
    /// Opens the first file; standard input when there is none.
    ///
    /// # Errors
    /// 66 when it is not there, 65 when the policy can make nothing of its schema.
    pub fn open(
        files: &[PathBuf],
        plan: &Arc<Plan>,
        timestamp: Timestamp,
    ) -> Result<Messages, Failure> {
        let mut more: VecDeque<PathBuf> = match files {
            [] => [PathBuf::from("-")].into(),
            files => files.to_vec().into(),
        };
        let first = more.pop_front().expect("there is one");
        let file = open(&first)?;
        let binding = bind(plan)?;
        Ok(Messages {
            plan: Arc::clone(plan),
            file: Some((first, file)),
            more,
            timestamp,
            missing: binding.missing.clone(),
            bindings: Arc::new(Bindings::of_file(Bound::Ready(Arc::new(binding)))),
            is_sample: false,
            number: 0,
            seq: 0,
            bytes_read: 0,
        })
    }

    /// By output the fields that the policy names and the schema does not have.
    pub fn missing(&self) -> Box<[Box<[Box<str>]>]> {
        self.missing.clone()
    }

    /// The same for a sample, which is looked at: no event of it is too late.
    pub fn of_a_sample(self) -> Messages {
        Messages {
            is_sample: true,
            ..self
        }
    }

    /// Reads, sanitizes and hands every batch to `write`, in input order, up to the end
    /// of the input or until reading is stopped.
    ///
    /// # Errors
    /// What `write` returns; 65 when a stream ends inside a message, once all before it is
    /// written.
    pub fn in_order(
        mut self,
        state: Arc<Snapshot>,
        reading: &Reading,
        mut write: impl FnMut(&Done) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut worker = batches::worker(self.is_sample, state);
        loop {
            let (batch, too_long, ended) = self.next(reading);
            let is_empty = batch.raw.is_empty();
            let out = match is_empty {
                true => None,
                false => Some(sanitize(batch, &mut worker).map_err(|held| {
                    Failure::new(Exit::Unavailable, "a batch cannot be sanitized now")
                        .why(&held.outage)
                })?),
            };
            if out.is_some() || !too_long.is_empty() {
                write(&Done {
                    out,
                    no_envelopes: None,
                    other_values: 0,
                    too_long,
                    unread: Vec::new(),
                    bytes_read: self.bytes_read,
                })?;
            }
            match ended {
                None => {}
                Some(ended) => return ended,
            }
        }
    }

    /// The next batch, numbers of messages that are too long to be held, and how reading
    /// ended, if it did.
    fn next(&mut self, reading: &Reading) -> (InBatch, Vec<i64>, Option<Result<(), Failure>>) {
        let (mut batch, mut too_long) = (self.batch(), Vec::new());
        let mut message = Vec::new();
        while batch.raw.len() < RECORDS_MAX && batch.raw.bytes_len() < BYTES_MAX {
            if reading.is_stopped() {
                return (batch, too_long, Some(Ok(())));
            }
            let Some((name, file)) = &mut self.file else {
                let Some(name) = self.more.pop_front() else {
                    return (batch, too_long, Some(Ok(())));
                };
                match open(&name) {
                    Ok(file) => self.file = Some((name, file)),
                    Err(failure) => return (batch, too_long, Some(Err(failure))),
                }
                continue;
            };
            match file.next(&mut message) {
                Ok(Next::End) => {
                    self.file = None;
                    continue;
                }
                Ok(Next::Message) => {
                    let value = Some(&message[..]);
                    batch.raw.push(self.number, self.timestamp, None, value, []);
                    self.bytes_read += message.len() as u64;
                }
                Ok(Next::TooLong) => too_long.push(self.number),
                Err(error) => {
                    let failure = refused(name, &error);
                    return (batch, too_long, Some(Err(failure)));
                }
            }
            self.number += 1;
        }
        (batch, too_long, None)
    }

    fn batch(&mut self) -> InBatch {
        batches::bound(&self.plan, &self.bindings, &mut self.seq)
    }
}

/// The schema that the plan names, bound to it: that was done once when it was made.
fn bind(plan: &Plan) -> Result<Binding, Failure> {
    let unusable = |why: String| {
        Failure::new(Exit::DataErr, "the schema of the policy cannot be used").why(why)
    };
    let writer = Writer::of(&plan.source.format).ok_or_else(|| {
        Failure::new(Exit::Config, "records name their schemas by id, and no registry is asked here")
            .help("say which schema the messages of the file are of, in a copy of the policy: `source: { schema: { file: FILE.proto } }`")
    })?;
    let writer = writer.map_err(unusable)?;
    writer.bind(plan).map_err(|c| unusable(c.to_string()))
}

/// Appends a message with its length in front.
pub fn write(message: &[u8], out: &mut Vec<u8>) {
    let mut left = message.len();
    while left >= 0x80 {
        out.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
    out.extend_from_slice(message);
}

/// What comes next in a stream.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Message,
    /// It was passed over.
    TooLong,
    End,
}

/// A stream of messages.
struct Delimited<R> {
    source: BufReader<R>,
    bytes_max: u64,
}

impl<R: Read> Delimited<R> {
    fn new(source: R, bytes_max: u64) -> Delimited<R> {
        Delimited {
            source: BufReader::with_capacity(1 << 16, source),
            bytes_max,
        }
    }

    /// Reads the next message into `message`.
    fn next(&mut self, message: &mut Vec<u8>) -> io::Result<Next> {
        message.clear();
        if self.source.fill_buf()?.is_empty() {
            return Ok(Next::End);
        }
        let len = self.len()?;
        let mut body = (&mut self.source).take(len);
        if len > self.bytes_max {
            let passed = io::copy(&mut body, &mut io::sink())?;
            return match passed == len {
                true => Ok(Next::TooLong),
                false => Err(cut()),
            };
        }
        match body.read_to_end(message)? as u64 == len {
            true => Ok(Next::Message),
            false => Err(cut()),
        }
    }

    /// A varint of at most 64 bits ("Base 128 Varints").
    fn len(&mut self) -> io::Result<u64> {
        let mut len = 0;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.source.read_exact(&mut byte).map_err(|_| cut())?;
            if shift == 63 && byte[0] > 1 {
                break;
            }
            len |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                return Ok(len);
            }
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a length has more than 64 bits",
        ))
    }
}

fn cut() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "it ends inside a message or its length",
    )
}

fn open(name: &Path) -> Result<Delimited<Box<dyn Read + Send>>, Failure> {
    let source: Box<dyn Read + Send> = match name == Path::new("-") {
        true => Box::new(io::stdin()),
        false => {
            Box::new(File::open(name).map_err(|e| Failure::unreadable("the input", name, &e))?)
        }
    };
    // One byte above the cap of a value is enough for the pipeline to refuse it and
    // still seal all of it.
    let bytes_max = 4 * u64::from(Limits::default().value_bytes_max);
    Ok(Delimited::new(source, bytes_max))
}

fn refused(name: &Path, error: &io::Error) -> Failure {
    let exit = match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => Exit::DataErr,
        _ => Exit::Io,
    };
    let name = match name == Path::new("-") {
        true => "standard input".to_owned(),
        false => format!("`{}`", name.display()),
    };
    Failure::new(exit, format!("{name} cannot be read"))
        .why(error)
        .help("under `value: protobuf` messages are read, each with its length in front (a varint); what stands before was written")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], bytes_max: u64) -> (Vec<Vec<u8>>, usize, Option<io::ErrorKind>) {
        let mut stream = Delimited::new(bytes, bytes_max);
        let (mut found, mut too_long, mut message) = (Vec::new(), 0, Vec::new());
        loop {
            match stream.next(&mut message) {
                Ok(Next::Message) => found.push(message.clone()),
                Ok(Next::TooLong) => too_long += 1,
                Ok(Next::End) => return (found, too_long, None),
                Err(error) => return (found, too_long, Some(error.kind())),
            }
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let mut bytes = Vec::new();
        let messages = [vec![], vec![1], vec![2; 127], vec![3; 128], vec![4; 20_000]];
        for message in &messages {
            write(message, &mut bytes);
        }
        assert_eq!(all(&bytes, 1 << 20), (messages.to_vec(), 0, None));
        let (found, too_long, error) = all(&bytes, 127);
        assert_eq!((found.len(), too_long, error), (3, 2, None));
    }

    #[test]
    fn a_stream_that_ends_inside_a_message_says_so() {
        let mut bytes = Vec::new();
        write(&[7; 200], &mut bytes);
        write(&[8; 3], &mut bytes);
        for cut in 1..bytes.len() {
            let (found, _, error) = all(&bytes[..cut], 1 << 20);
            let is_border = cut == 202;
            assert_eq!(error.is_none(), is_border, "{cut}");
            assert_eq!(found.len(), usize::from(cut >= 202), "{cut}");
        }
        let endless = [0xff; 11];
        assert_eq!(all(&endless, 1 << 20).2, Some(io::ErrorKind::InvalidData));
        let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1];
        assert_eq!(all(&huge, 1 << 20).2, Some(io::ErrorKind::UnexpectedEof));
    }
}
