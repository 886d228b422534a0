//! Lines gathered into batches of the one lane that a pipe is.

use super::super::clock;
use super::bare::NotRead;
use super::lines::{Line, Lines};
use super::{bare, input, opened};
use std::io::{self, Read};
use std::sync::Arc;
use veilstream::consent::state::Snapshot;
use veilstream::decode::Limits;
use veilstream::pipeline::{InBatch, Worker};
use veilstream::plan::Plan;
use veilstream::record::lane::Lane;
use veilstream::record::raw::{Raw, RawBuffers};
use veilstream::record::timestamp::Timestamp;
use veilstream::schema::Bindings;

const RECORDS_MAX: usize = 1_000;
const BYTES_MAX: usize = 1 << 20;
/// Room for what an envelope holds besides the value.
const ENVELOPE_BYTES: usize = 1 << 20;

/// Records to sanitize, and lines that are none.
pub(crate) struct Gathered {
    /// The records.
    pub(crate) batch: InBatch,
    /// Lines that are no envelope, or one of a value that is not read, each as the value of
    /// a record of its own: they are quarantined `not_json` without being looked into.
    pub(crate) no_envelopes: InBatch,
    /// How many of those are envelopes.
    pub(crate) other_values: u64,
    /// Numbers, from 0, of lines too long to be held: nothing of them is kept.
    pub(crate) too_long: Vec<i64>,
    /// Bytes of input read up to here.
    pub(crate) bytes_read: u64,
}

/// Reads batches from lines.
pub(crate) struct Batches<R> {
    lines: Lines<R>,
    plan: Arc<Plan>,
    lane: Lane,
    enveloped: bool,
    /// Of records that say none.
    timestamp: Timestamp,
    is_sample: bool,
    /// What people decided elsewhere.
    state: Arc<Snapshot>,
    number: i64,
    seq: u64,
    ended: bool,
    /// Said once the lines before it were handed out.
    unread: Option<io::Error>,
}

impl<R: Read> Batches<R> {
    /// Lines of `from`: values, or envelopes when `enveloped`.
    pub(crate) fn new(from: R, plan: Arc<Plan>, enveloped: bool) -> Self {
        let value_bytes_max = Limits::default().value_bytes_max as usize;
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
            timestamp: Timestamp::None,
            is_sample: false,
            state: Arc::default(),
            number: 0,
            seq: 0,
            ended: false,
            unread: None,
        }
    }

    /// The same, where records that say no timestamp have that one.
    pub(crate) fn timestamped(mut self, timestamp: Timestamp) -> Self {
        self.timestamp = timestamp;
        self
    }

    /// The same, where people decided that elsewhere; without, nobody has decided.
    pub(crate) fn knowing(mut self, state: Arc<Snapshot>) -> Self {
        self.state = state;
        self
    }

    /// The same for a sample, which is looked at: no event of it is too late for its
    /// epoch, and one that says no timestamp is of now.
    pub(crate) fn of_a_sample(self) -> Self {
        let now = Timestamp::Create(clock::now().as_millisecond());
        let batches = self.timestamped(now);
        Batches {
            is_sample: true,
            ..batches
        }
    }

    /// A worker for these records.
    pub(crate) fn worker(&self) -> Worker {
        worker(self.is_sample, self.state())
    }

    /// What people decided elsewhere.
    pub(crate) fn state(&self) -> Arc<Snapshot> {
        Arc::clone(&self.state)
    }

    /// They are looked at.
    pub(crate) fn is_sample(&self) -> bool {
        self.is_sample
    }

    /// The next batch, in `buffers`; `None` at the end. A batch ends early when
    /// the next line is not at hand, so that a live pipe flows.
    ///
    /// # Errors
    /// When the input cannot be read, once every whole line before that was handed out.
    pub(crate) fn next_in(&mut self, buffers: RawBuffers) -> io::Result<Option<Gathered>> {
        if let Some(error) = self.unread.take() {
            return Err(error);
        }
        if self.ended {
            return Ok(None);
        }
        let mut batch = self.batch(buffers);
        let mut no_envelopes = self.batch(RawBuffers::default());
        let mut too_long = Vec::new();
        let mut other_values = 0;
        loop {
            let line = self.number;
            let next = match self.lines.next() {
                Ok(next) => next,
                // What comes behind it is not looked for.
                Err(error) => {
                    (self.ended, self.unread) = (true, Some(error));
                    break;
                }
            };
            match next {
                Line::End => {
                    self.ended = true;
                    break;
                }
                Line::TooLong => too_long.push(line),
                // A text may be blank, and is a record all the same.
                Line::Whole(text) if bare::is_passed_over(text, &self.plan, self.enveloped) => {}
                // Else its key, and what `decrypt` opened, would leave in a text.
                Line::Whole(text)
                    if line == 0 && !self.enveloped && bare::is_whole_record(text, &self.plan) =>
                {
                    return Err(input::whole_record());
                }
                Line::Whole(text) if !self.enveloped => {
                    push_value(&mut batch.raw, line, self.timestamp, text)
                }
                Line::Whole(text) => match bare::enveloped(text, &self.plan) {
                    Ok((read, value)) => batch.raw.push(
                        line,
                        said_or(read.timestamp, self.timestamp),
                        read.key.as_deref().map(str::as_bytes),
                        value.as_deref(),
                        read.headers
                            .iter()
                            .map(|(name, v)| (name.as_bytes(), v.as_deref().map(str::as_bytes))),
                    ),
                    Err(why) => match opened::read(text) {
                        Some(read) => batch.raw.push_element(
                            (line, read.element),
                            said_or(read.timestamp, self.timestamp),
                            read.key.as_deref(),
                            read.value.as_deref(),
                            read.headers.iter().map(|(n, v)| (&**n, v.as_deref())),
                        ),
                        None => {
                            other_values += u64::from(why == NotRead::OtherValue);
                            push_value(&mut no_envelopes.raw, line, Timestamp::None, text);
                        }
                    },
                },
            }
            self.number += 1;
            let lines = batch.raw.len() + no_envelopes.raw.len() + too_long.len();
            let held = batch.raw.bytes_len() + no_envelopes.raw.bytes_len();
            let full = lines >= RECORDS_MAX || held >= BYTES_MAX;
            if full || !self.lines.has_more_at_hand() {
                break;
            }
        }
        self.seq += 1;
        Ok(Some(Gathered {
            batch,
            no_envelopes,
            other_values,
            too_long,
            bytes_read: self.lines.bytes_read(),
        }))
    }

    fn batch(&self, buffers: RawBuffers) -> InBatch {
        InBatch {
            raw: Raw::within(self.lane.clone(), buffers),
            epoch: 0,
            seq: self.seq,
            plan: Arc::clone(&self.plan),
            tries: 0,
            keeps_unread: false,
            bindings: None,
        }
    }
}

/// An empty batch of the lane that a pipe is, of records under these schemas; the one
/// behind it has the next number.
pub(super) fn bound(plan: &Arc<Plan>, bindings: &Arc<Bindings>, seq: &mut u64) -> InBatch {
    let topics = &plan.source.topics;
    let lane = Lane {
        topic: topics.first().cloned().unwrap_or_else(|| Arc::from("")),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    batch.bindings = Some(Arc::clone(bindings));
    batch.seq = *seq;
    *seq += 1;
    batch
}

/// A worker for records, of a sample or to be written.
pub(crate) fn worker(is_sample: bool, state: Arc<Snapshot>) -> Worker {
    let worker = Worker::of_the_system().with_consent(Box::new(state));
    match is_sample {
        true => worker.for_events_of_any_time(),
        false => worker,
    }
}

/// What the record says; another timestamp where it says none.
fn said_or(said: Timestamp, other: Timestamp) -> Timestamp {
    match said {
        Timestamp::None => other,
        said => said,
    }
}

/// A record of a value alone.
fn push_value(raw: &mut Raw, line: i64, timestamp: Timestamp, value: &[u8]) {
    raw.push(line, timestamp, None, Some(value), []);
}
