//! Several threads sanitize, one writes, and the order stays.

use super::batches::{self, Batches, Gathered};
use super::input;
use crate::cli::{Exit, Failure};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use veilstream::consent::state::Snapshot;
use veilstream::pipeline::{BufferPool, OutBatch, elements, quarantine, sanitize};
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
    /// Its lines that were no envelopes, or ones of other values; `None`: there were none.
    pub(crate) no_envelopes: Option<OutBatch>,
    /// How many of those were envelopes.
    pub(crate) other_values: u64,
    /// Numbers, from 0, of its lines that were too long to be held.
    pub(crate) too_long: Vec<i64>,
    /// Of one that is shown: numbers, from 0, of values that are no JSON, and why.
    pub(crate) unread: Vec<(i64, Reason)>,
    /// Bytes of input read up to here.
    pub(crate) bytes_read: u64,
}

/// What the writer is told.
enum Answer {
    /// A batch is done, or nothing comes of it and of what is behind it; its number.
    Done(u64, Result<Box<Done>, Failure>),
    /// No batch is read any more: at the end, or because somebody asked.
    Stopped,
}

/// How far reading came, shared with whoever may stop it.
#[derive(Default)]
pub(crate) struct Reading {
    state: Mutex<State>,
    stopped: Condvar,
}

#[derive(Default)]
struct State {
    /// Batches that were read.
    given: u64,
    stopped: bool,
}

impl Reading {
    /// No batch is read from now on. What was read is still done.
    pub(crate) fn stop(&self) {
        self.locked().stopped = true;
        self.stopped.notify_all();
    }

    /// True when it was stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.locked().stopped
    }

    /// Counts a batch; `false`: it comes too late to be done.
    fn give(&self) -> bool {
        let mut state = self.locked();
        state.given += u64::from(!state.stopped);
        !state.stopped
    }

    /// Waits until it is stopped.
    fn wait(&self) {
        let state = self.locked();
        let stopped = self.stopped.wait_while(state, |state| !state.stopped);
        drop(stopped);
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads, sanitizes and hands every batch to `write`, in input order, up to the end
/// of the input or until reading is stopped.
///
/// # Errors
/// What `write` returns; or, once everything before it is written, that the input
/// cannot be read or a batch not be sanitized. Reading stops then.
pub(crate) fn in_order<R: Read + Send + 'static>(
    source: Batches<R>,
    reading: &Arc<Reading>,
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
        let kind = (source.is_sample(), source.state());
        thread::spawn(move || work(&tasks, kind, &pool, &answer));
    }
    // The reader may wait for input that never comes: its end cannot be waited for.
    let (stopping, woken) = (Arc::clone(reading), answer.clone());
    thread::spawn(move || {
        stopping.wait();
        // The writer may be done already.
        let _ = woken.send(Answer::Stopped);
    });
    let (spares, counted) = (Arc::clone(&pool), Arc::clone(reading));
    thread::spawn(move || {
        let end = read(source, &counted, &may_read, &spares, &give);
        // As above.
        let _ = answer.send(end);
    });
    let mut early = BTreeMap::new();
    let mut next = 0;
    // The threads are not joined: when `write` fails they may wait for input
    // that never comes, and the process is about to end.
    let mut last = None;
    for answer in answers {
        match answer {
            Answer::Done(seq, done) => _ = early.insert(seq, done),
            Answer::Stopped => last = Some(reading.locked().given),
        }
        while let Some(done) = early.remove(&next) {
            next += 1;
            let done = *done?;
            write(&done)?;
            for out in done.out.into_iter().chain(done.no_envelopes) {
                let (input, buffers) = out.into();
                pool.give(input, buffers);
            }
            // The reader may have reached the end already.
            let _ = written.send(());
        }
        if last == Some(next) {
            break;
        }
    }
    Ok(())
}

/// Reads up to the end; how that came.
fn read<R: Read>(
    mut source: Batches<R>,
    reading: &Reading,
    may_read: &Receiver<()>,
    pool: &BufferPool,
    give: &Sender<Gathered>,
) -> Answer {
    while may_read.recv().is_ok() {
        let gathered = match source.next_in(pool.raw()) {
            Ok(Some(gathered)) => gathered,
            Ok(None) => break,
            // It has its turn behind all that was read before it.
            Err(error) => return Answer::Done(reading.locked().given, Err(input::failure(&error))),
        };
        if !reading.give() || give.send(gathered).is_err() {
            break;
        }
    }
    Answer::Stopped
}

fn work(
    tasks: &Mutex<Receiver<Gathered>>,
    (is_sample, state): (bool, Arc<Snapshot>),
    pool: &BufferPool,
    answer: &Sender<Answer>,
) {
    let mut worker = batches::worker(is_sample, state);
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = task else { return };
        let seq = task.batch.seq;
        pool.buffers().into_iter().for_each(|b| worker.take_back(b));
        let some = !task.batch.raw.is_empty();
        // A sample is looked at as what its records are taken apart into.
        let batch = match is_sample {
            true => elements(task.batch, &worker),
            false => task.batch,
        };
        let out = match some.then(|| sanitize(batch, &mut worker)).transpose() {
            Ok(out) => out,
            Err(held) => {
                let failure = Failure::new(Exit::Unavailable, "a batch cannot be sanitized now");
                // The writer is gone only when it has failed itself.
                let _ = answer.send(Answer::Done(seq, Err(failure.why(&held.outage))));
                return;
            }
        };
        let some = !task.no_envelopes.raw.is_empty();
        let no_envelopes =
            some.then(|| quarantine(task.no_envelopes, Reason::NotJson, &mut worker));
        let done = Done {
            out,
            no_envelopes,
            other_values: task.other_values,
            too_long: task.too_long,
            unread: Vec::new(),
            bytes_read: task.bytes_read,
        };
        if answer.send(Answer::Done(seq, Ok(Box::new(done)))).is_err() {
            return;
        }
    }
}
