//! A row of our own in the control topic now and then: how long it takes until it is seen
//! here says how late a withdrawal would be, by one clock, withdrawals or not.

use std::time::{Duration, Instant};

use crate::kafka::canary_writer::CanaryWriter;

/// Between two of them.
const EVERY: Duration = Duration::from_secs(10);

/// Writes them and knows them again.
pub(super) struct Canary {
    writer: CanaryWriter,
    key: String,
    /// The one under way: its number, and when it was written.
    under_way: Option<(u64, Instant)>,
    number: u64,
    next: Instant,
}

impl Canary {
    /// Of that instance.
    pub(super) fn new(writer: CanaryWriter, instance: &str) -> Canary {
        Canary {
            writer,
            key: format!("c/{instance}"),
            under_way: None,
            number: 0,
            next: Instant::now(),
        }
    }

    /// Writes the next when it is time. What it waits for in vain is given up: the
    /// staleness of the state tells then.
    pub(super) fn tick(&mut self, now: Instant) {
        self.writer.serve();
        if now < self.next {
            return;
        }
        self.next = now + EVERY;
        self.number += 1;
        let value = format!(r#"{{"v":1,"n":{}}}"#, self.number);
        self.under_way = match self.writer.write(&self.key, Some(&value)) {
            true => Some((self.number, now)),
            false => None,
        };
    }

    /// A row of the control topic was seen: how long it was under way, when it is ours.
    pub(super) fn seen(&mut self, key: &[u8], value: Option<&[u8]>) -> Option<Duration> {
        let (number, written) = self.under_way?;
        let ours = format!(r#"{{"v":1,"n":{number}}}"#);
        if key != self.key.as_bytes() || value != Some(ours.as_bytes()) {
            return None;
        }
        self.under_way = None;
        Some(written.elapsed())
    }

    /// Takes the last one away: this instance writes no more.
    pub(super) fn end(&self) {
        self.writer.write(&self.key, None);
        self.writer.finish();
    }
}
