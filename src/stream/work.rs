//! What a worker thread does: raw batches in, sanitized ones out. A batch that
//! cannot be sanitized now is held and tried again; until then its lane has no
//! progress, and when everything waits, the credit is used up and no more is read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::holding::Holding;
use crate::kafka::credit::Credit;
use crate::kafka::messages::{ToOutlet, Work};
use crate::kafka::sizes::Sizes;
use crate::pipeline::BufferPool;
use crate::pipeline::observer::{Observer, Onlooker};
use crate::pipeline::{InBatch, OutBatch, Worker, quarantine, sanitize};

/// From the first failure to the second attempt; twice as long with each more.
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// What all workers of a stream have.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) work: Receiver<Work>,
    pub(super) pool: Arc<BufferPool>,
    pub(super) to_outlet: Sender<ToOutlet>,
    pub(super) credit: Arc<Credit>,
    pub(super) sizes: Arc<Sizes>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) holding: Arc<Holding>,
    pub(super) onlooker: Option<Arc<dyn Onlooker>>,
}

impl Bench {
    /// Works until no more comes, or nobody takes what is done.
    pub(super) fn run(self, mut worker: Worker) {
        for Work { batch, condemned } in &self.work {
            let records = batch.raw.len();
            let taken = crate::kafka::intake::cost(&batch);
            worker.set_limits(self.sizes.now());
            let buffers = self.pool.buffers();
            buffers.into_iter().for_each(|b| worker.take_back(b));
            let begun = Instant::now();
            let (done, took) = match condemned {
                Some(reason) => (quarantine(batch, reason, &mut worker), begun.elapsed()),
                None => match self.sanitized(batch, &mut worker) {
                    Some(done) => done,
                    None => return,
                },
            };
            self.credit.true_up(taken, done.held());
            self.observer.on_batch(records, took);
            if let Some(onlooker) = &self.onlooker {
                onlooker.see(&done);
            }
            if self
                .to_outlet
                .send(ToOutlet::Batch(Box::new(done)))
                .is_err()
            {
                return;
            }
        }
    }

    /// Tries until it can be done; with the time of the last attempt. `None`:
    /// nobody waits for it any more.
    fn sanitized(&self, mut batch: InBatch, worker: &mut Worker) -> Option<(OutBatch, Duration)> {
        let mut pause = PAUSE_MIN;
        let mut hold = None;
        loop {
            let begun = Instant::now();
            match sanitize(batch, worker) {
                Ok(done) => return Some((done, begun.elapsed())),
                Err(held) => {
                    let hold = hold.get_or_insert_with(|| self.holding.hold());
                    if !hold.wait(&held.outage, pause) {
                        return None;
                    }
                    pause = (pause * 2).min(PAUSE_MAX);
                    batch = held.batch;
                }
            }
        }
    }
}
