//! Several threads sanitize, one writes, and the order stays.

use super::batches::{Batches, Gathered};
use super::input;
use crate::cli::{Exit, Failure};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use veilstream::pipeline::{BufferPool, OutBatch, Worker, quarantine, sanitize};
use veilstream::record::Reason;

/// Batches on their way for each worker: one being read, one waiting, one
/// being sanitized, one being written.
const BATCHES_PER_WORKER: usize = 4;
const WORKERS_MAX: usize = 8;
/// Most bytes of emptied buffers that are kept for each of them.
const SPARE_BYTES: usize = 4 << 20;

/// What a batch became.
pub(crate) struct Done {
    /// Its records; `None`: it held none.
    pub(crate) out: Option<OutBatch>,
    /// Its lines that were no envelopes; `None`: there were none.
    pub(crate) no_envelopes: Option<OutBatch>,
    /// Numbers, from 0, of its lines that were too long to be held.
    pub(crate) too_long: Vec<i64>,
    /// Bytes of input read up to here.
    pub(crate) bytes_read: u64,
}

type Answer = Result<(u64, Done), Failure>;

/// Reads, sanitizes and hands every batch to `write`, in input order.
///
/// # Errors
/// What `write` returns, or that the input cannot be read. Reading stops then.
pub(crate) fn in_order<R: Read + Send + 'static>(
    source: Batches<R>,
    mut write: impl FnMut(&Done) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let workers = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(WORKERS_MAX);
    let batches = workers * BATCHES_PER_WORKER;
    let pool = Arc::new(BufferPool::new((batches * SPARE_BYTES) as u64));
    let (written, may_read) = mpsc::channel();
    for _ in 0..batches {
        written.send(()).expect("the receiver is in this function");
    }
    let (give, tasks) = mpsc::channel();
    let tasks = Arc::new(Mutex::new(tasks));
    let (answer, answers) = mpsc::channel::<Answer>();
    for _ in 0..workers {
        let (tasks, pool, answer) = (Arc::clone(&tasks), Arc::clone(&pool), answer.clone());
        thread::spawn(move || work(&tasks, &pool, &answer));
    }
    let spares = Arc::clone(&pool);
    thread::spawn(move || read(source, &may_read, &spares, &give, &answer));
    let mut early = BTreeMap::new();
    let mut next = 0;
    // The threads are not joined: when `write` fails they may wait for input
    // that never comes, and the process is about to end.
    for answer in answers {
        let (seq, done) = answer?;
        early.insert(seq, done);
        while let Some(done) = early.remove(&next) {
            next += 1;
            write(&done)?;
            for out in done.out.into_iter().chain(done.no_envelopes) {
                let (input, buffers) = out.into();
                pool.give(input, buffers);
            }
            // The reader may have reached the end already.
            let _ = written.send(());
        }
    }
    Ok(())
}

fn read<R: Read>(
    mut source: Batches<R>,
    may_read: &Receiver<()>,
    pool: &BufferPool,
    give: &Sender<Gathered>,
    answer: &Sender<Answer>,
) {
    while may_read.recv().is_ok() {
        let gathered = match source.next_in(pool.raw()) {
            Ok(Some(gathered)) => gathered,
            Ok(None) => return,
            Err(error) => {
                // The writer is gone only when it has failed itself.
                let _ = answer.send(Err(input::failure(&error)));
                return;
            }
        };
        if give.send(gathered).is_err() {
            return;
        }
    }
}

fn work(tasks: &Mutex<Receiver<Gathered>>, pool: &BufferPool, answer: &Sender<Answer>) {
    let mut worker = Worker::of_the_system();
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = task else { return };
        let seq = task.batch.seq;
        pool.buffers().into_iter().for_each(|b| worker.take_back(b));
        let some = !task.batch.raw.is_empty();
        let out = match some.then(|| sanitize(task.batch, &mut worker)).transpose() {
            Ok(out) => out,
            Err(held) => {
                let failure = Failure::new(Exit::Unavailable, "a batch cannot be sanitized now");
                // The writer is gone only when it has failed itself.
                let _ = answer.send(Err(failure.why(&held.outage)));
                return;
            }
        };
        let some = !task.no_envelopes.raw.is_empty();
        let no_envelopes =
            some.then(|| quarantine(task.no_envelopes, Reason::NotJson, &mut worker));
        let done = Done {
            out,
            no_envelopes,
            too_long: task.too_long,
            bytes_read: task.bytes_read,
        };
        if answer.send(Ok((seq, done))).is_err() {
            return;
        }
    }
}
