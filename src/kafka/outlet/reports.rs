//! What the client library has to report of a producer, served on a thread of its
//! own: nothing else may wait for it.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::producer::{BaseProducer, ProducerContext};

/// One wait for reports. The binding spins through the last part of a millisecond of
/// each, so it is long; a report ends the library's own wait at once. A producer that
/// was let go lives so long at most.
const LISTEN: Duration = Duration::from_secs(1);
/// A look at what came meanwhile, while nothing is under way: log lines, a token
/// that wants renewal.
const GLANCE: Duration = Duration::from_millis(1);
/// Between two of them.
const PAUSE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Something is under way.
    Listening,
    /// Nothing is.
    Glances,
    /// The producer goes.
    End,
}

/// The thread; told to end with this, it takes the producer along, which may take as
/// long as the broker likes.
pub(super) struct ReportThread {
    wanted: Arc<(Mutex<Wanted>, Condvar)>,
}

impl ReportThread {
    /// One that listens.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start<C: ProducerContext + 'static>(
        producer: Arc<BaseProducer<C>>,
    ) -> std::io::Result<ReportThread> {
        let wanted = Arc::new((Mutex::new(Wanted::Listening), Condvar::new()));
        let asked = Arc::clone(&wanted);
        let serve = move || {
            while let Some(wait) = next(&asked) {
                producer.poll(wait);
            }
        };
        std::thread::Builder::new()
            .name("veil-reports".to_owned())
            .spawn(serve)?;
        Ok(ReportThread { wanted })
    }

    /// Something is under way, or nothing is.
    pub(super) fn listen(&self, is_under_way: bool) {
        self.want(match is_under_way {
            true => Wanted::Listening,
            false => Wanted::Glances,
        });
    }

    fn want(&self, what: Wanted) {
        let (wanted, changed) = &*self.wanted;
        let mut wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if *wanted != what {
            *wanted = what;
            changed.notify_one();
        }
    }
}

impl Drop for ReportThread {
    fn drop(&mut self) {
        self.want(Wanted::End);
    }
}

/// How long to listen next; `None`: it ends.
fn next(wanted: &(Mutex<Wanted>, Condvar)) -> Option<Duration> {
    let (wanted, changed) = wanted;
    let wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = changed.wait_timeout_while(wanted, PAUSE, |w| *w == Wanted::Glances);
    let (wanted, _) = waited.unwrap_or_else(PoisonError::into_inner);
    match *wanted {
        Wanted::Listening => Some(LISTEN),
        Wanted::Glances => Some(GLANCE),
        Wanted::End => None,
    }
}
