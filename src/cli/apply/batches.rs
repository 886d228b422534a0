//! Lines gathered into batches of the one lane that a pipe is.

use super::envelope;
use super::lines::{Line, Lines};
use super::workers::Buffers;
use std::io::{self, Read};
use std::sync::Arc;
use veilstream::policy::plan::Plan;
use veilstream::record::Reason;
use veilstream::record::batch::{At, InBatch, Lane, Timestamp};

const RECORDS_MAX: usize = 1_000;
const BYTES_MAX: usize = 1 << 20;
/// Room for what an envelope holds besides the value.
const ENVELOPE_BYTES: usize = 1 << 20;

/// A line that could not even become a record.
#[derive(Clone, Copy, Debug)]
pub struct Unread {
    /// Its number from 0.
    pub line: i64,
    /// Why.
    pub reason: Reason,
}

/// Records to sanitize, and lines that are none.
pub struct Gathered {
    /// The records.
    pub batch: InBatch,
    /// The other lines, in order.
    pub unread: Vec<Unread>,
    /// Bytes of input read up to here.
    pub bytes_read: u64,
}

/// Reads batches from lines.
pub struct Batches<R> {
    lines: Lines<R>,
    plan: Arc<Plan>,
    lane: Lane,
    enveloped: bool,
    line: Vec<u8>,
    number: i64,
    seq: u64,
    value_bytes_max: usize,
    ended: bool,
}

impl<R: Read> Batches<R> {
    /// Lines of `from`: values, or envelopes when `enveloped`.
    pub fn new(from: R, plan: Arc<Plan>, enveloped: bool) -> Self {
        let value_bytes_max = plan.limits.value_bytes_max as usize;
        let topic = plan
            .source
            .topics
            .first()
            .cloned()
            .unwrap_or_else(|| Arc::from(""));
        Batches {
            // One byte above the cap of a value is enough for the pipeline to
            // refuse it and still seal all of it.
            lines: Lines::new(from, 4 * value_bytes_max + ENVELOPE_BYTES),
            lane: Lane {
                topic,
                partition: 0,
                claim: 0,
            },
            plan,
            enveloped,
            line: Vec::new(),
            number: 0,
            seq: 0,
            value_bytes_max,
            ended: false,
        }
    }

    /// The next batch, in `buffers`; `None` at the end. A batch ends early when
    /// the next line is not at hand, so that a live pipe flows.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn next_in(&mut self, buffers: Buffers) -> io::Result<Option<Gathered>> {
        if self.ended {
            return Ok(None);
        }
        let Buffers {
            mut records,
            mut headers,
            mut bytes,
        } = buffers;
        records.clear();
        headers.clear();
        bytes.clear();
        let mut unread = Vec::new();
        loop {
            let line = self.number;
            match self.lines.next_into(&mut self.line)? {
                Line::End => {
                    self.ended = true;
                    break;
                }
                Line::TooLong => unread.push(Unread {
                    line,
                    reason: Reason::TooLarge,
                }),
                Line::Whole if self.line.iter().all(u8::is_ascii_whitespace) => {}
                Line::Whole if !self.enveloped => records.push(At {
                    offset: line,
                    timestamp: Timestamp::None,
                    key: None,
                    value: Some(envelope::push(&mut bytes, &self.line)),
                    headers: (0, 0),
                }),
                Line::Whole => match envelope::read(&self.line, &mut bytes) {
                    Ok(read) => {
                        let from = headers.len();
                        headers.extend(read.headers);
                        let place =
                            |n: usize| u32::try_from(n).expect("a batch is far below 4 GiB");
                        records.push(At {
                            offset: line,
                            timestamp: read.timestamp,
                            key: read.key,
                            value: read.value,
                            headers: (place(from), place(headers.len())),
                        });
                    }
                    Err(envelope::NoEnvelope) => unread.push(Unread {
                        line,
                        reason: Reason::NotJson,
                    }),
                },
            }
            self.number += 1;
            let full = records.len() + unread.len() >= RECORDS_MAX || bytes.len() >= BYTES_MAX;
            if full || !self.lines.has_more_at_hand() {
                break;
            }
        }
        // A buffer that held a huge line is not kept that large.
        if self.line.capacity() > self.value_bytes_max.max(BYTES_MAX) {
            self.line = Vec::new();
        }
        let seq = self.seq;
        self.seq += 1;
        Ok(Some(Gathered {
            batch: InBatch {
                lane: self.lane.clone(),
                epoch: 0,
                seq,
                plan: Arc::clone(&self.plan),
                records,
                headers,
                bytes,
            },
            unread,
            bytes_read: self.lines.bytes_read(),
        }))
    }
}
