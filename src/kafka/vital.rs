//! Threads without which a stream stands still: where one of them fails, the stream ends and
//! says which it was. Nothing of what was under way is committed then, and the next start
//! reads it again; a stream that went on without it would stand still, and say nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::messages::End;

/// Starts the threads of one stream, and knows why it must end, once it must.
#[derive(Clone, Default)]
pub(crate) struct Vital {
    stopping: Arc<AtomicBool>,
    verdict: Arc<Mutex<Option<End>>>,
}

/// Watches one thread from inside.
struct Watch {
    vital: Vital,
    name: String,
}

impl Vital {
    /// Of the stream that ends when that is set.
    pub(crate) fn of(stopping: &Arc<AtomicBool>) -> Vital {
        Vital {
            stopping: Arc::clone(stopping),
            verdict: Arc::default(),
        }
    }

    /// Starts a thread of that name.
    ///
    /// # Errors
    /// The system gives none.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> std::io::Result<JoinHandle<T>> {
        let watch = Watch {
            vital: self.clone(),
            name: name.to_owned(),
        };
        let thread = std::thread::Builder::new().name(name.to_owned());
        thread.spawn(move || {
            let _watch = watch;
            run()
        })
    }

    /// The stream must end, so. What was said before it counts.
    pub(crate) fn end(&self, end: End) {
        self.locked().get_or_insert(end);
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Why the stream must end; `None`: it need not.
    pub(crate) fn verdict(&self) -> Option<End> {
        self.locked().clone()
    }

    /// The stream ends, for whatever reason.
    pub(crate) fn is_ending(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn locked(&self) -> MutexGuard<'_, Option<End>> {
        self.verdict.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let what = format!(
                "the thread `{}` failed: this is a fault of the program; what was not committed is read again at the next start",
                self.name
            );
            self.vital.end(End::Unavailable { what });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_fails_ends_the_stream_by_its_name_and_one_that_ends_does_not() {
        let stopping = Arc::default();
        let vital = Vital::of(&stopping);
        let ended = vital.spawn("well", || 7).unwrap().join();
        assert_eq!(ended.ok(), Some(7));
        assert!(!vital.is_ending() && vital.verdict().is_none());
        let failed = vital.spawn("veil-some", || panic!("as a test"));
        assert!(failed.unwrap().join().is_err());
        assert!(stopping.load(Ordering::SeqCst));
        let Some(End::Unavailable { what }) = vital.verdict() else {
            panic!("it says why");
        };
        assert!(what.contains("`veil-some`"), "{what}");
        // Whatever fails after it, since it failed, is not the reason.
        vital.end(End::Done);
        assert_eq!(vital.verdict(), Some(End::Unavailable { what }));
    }
}
