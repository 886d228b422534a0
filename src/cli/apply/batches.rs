//! Lines gathered into batches of the one lane that a pipe is.

use super::envelope;
use super::lines::{Line, Lines};
use super::workers::Buffers;
use std::io::{self, Read};
use std::sync::Arc;
use veilstream::plan::Plan;
use veilstream::record::batch::{At, HeaderAt, InBatch, Lane, Span, Timestamp};

const RECORDS_MAX: usize = 1_000;
const BYTES_MAX: usize = 1 << 20;
/// Room for what an envelope holds besides the value.
const ENVELOPE_BYTES: usize = 1 << 20;

/// Records to sanitize, and lines that are none.
pub struct Gathered {
    /// The records.
    pub batch: InBatch,
    /// Lines that are no envelope, each as the value of a record of its own:
    /// they are quarantined `not_json` without being looked into.
    pub no_envelopes: InBatch,
    /// Numbers, from 0, of lines too long to be held: nothing of them is kept.
    pub too_long: Vec<i64>,
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
        let mut no_envelopes = self.batch(Vec::new(), Vec::new(), Vec::new());
        let mut too_long = Vec::new();
        loop {
            let line = self.number;
            match self.lines.next_into(&mut self.line)? {
                Line::End => {
                    self.ended = true;
                    break;
                }
                Line::TooLong => too_long.push(line),
                Line::Whole if self.line.iter().all(u8::is_ascii_whitespace) => {}
                Line::Whole if !self.enveloped => {
                    records.push(value_alone(line, envelope::push(&mut bytes, &self.line)));
                }
                Line::Whole => {
                    match envelope::read(&self.line, self.plan.source.key_is_json, &mut bytes) {
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
                        Err(envelope::NoEnvelope) => {
                            let value = envelope::push(&mut no_envelopes.bytes, &self.line);
                            no_envelopes.records.push(value_alone(line, value));
                        }
                    }
                }
            }
            self.number += 1;
            let lines = records.len() + no_envelopes.records.len() + too_long.len();
            let held = bytes.len() + no_envelopes.bytes.len();
            let full = lines >= RECORDS_MAX || held >= BYTES_MAX;
            if full || !self.lines.has_more_at_hand() {
                break;
            }
        }
        // A buffer that held a huge line is not kept that large.
        if self.line.capacity() > self.value_bytes_max.max(BYTES_MAX) {
            self.line = Vec::new();
        }
        let batch = self.batch(records, headers, bytes);
        self.seq += 1;
        Ok(Some(Gathered {
            batch,
            no_envelopes,
            too_long,
            bytes_read: self.lines.bytes_read(),
        }))
    }

    fn batch(&self, records: Vec<At>, headers: Vec<HeaderAt>, bytes: Vec<u8>) -> InBatch {
        InBatch {
            lane: self.lane.clone(),
            epoch: 0,
            seq: self.seq,
            plan: Arc::clone(&self.plan),
            records,
            headers,
            bytes,
        }
    }
}

fn value_alone(line: i64, value: Span) -> At {
    At {
        offset: line,
        timestamp: Timestamp::None,
        key: None,
        value: Some(value),
        headers: (0, 0),
    }
}
