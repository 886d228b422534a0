//! Keeps the state in a file now and then, on a thread of its own, so that nobody waits
//! for the disk.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::consent::state::Snapshot;
use crate::vault::consent_file::{self, Found, Under, Unusable};

/// Between two files.
const EVERY: Duration = Duration::from_secs(600);

/// The file of one state.
pub(super) struct Keeper {
    path: PathBuf,
    under: Under,
    /// One older than this is of no use: what was taken back meanwhile may be forgotten.
    age_max_ms: i64,
    next: Instant,
    writing: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Of the file at `path`, that goes with that. One older than `age_max_ms` is of no
    /// use: the tombstones of what it holds may be gone from the topic.
    pub(super) fn new(path: PathBuf, under: Under, age_max_ms: i64) -> Keeper {
        Keeper {
            path,
            under,
            age_max_ms,
            next: Instant::now() + EVERY,
            writing: None,
        }
    }

    /// What an earlier run kept, if it is of use at that time.
    pub(super) fn found(&self, now_ms: i64) -> Option<Found> {
        let path = self.path.display();
        let found = match consent_file::load(&self.path, &self.under) {
            Ok(found) => found,
            Err(Unusable::Missing) => return None,
            Err(why) => {
                tracing::warn!("the kept consent state at `{path}` is not used: {why}");
                return None;
            }
        };
        let age_ms = now_ms.saturating_sub(found.written_ms);
        // One of tomorrow was written by a clock that is not ours.
        if age_ms < 0 || age_ms >= self.age_max_ms {
            tracing::warn!(
                age_ms,
                age_max_ms = self.age_max_ms,
                "the kept consent state at `{path}` is not used: it is older than its topic keeps tombstones, or of tomorrow"
            );
            return None;
        }
        Some(found)
    }

    /// Writes the file when it is time, and the last one is written.
    pub(super) fn tick(
        &mut self,
        now: Instant,
        now_ms: i64,
        state: impl FnOnce() -> (Arc<Snapshot>, Vec<i64>),
    ) {
        let is_busy = self.writing.as_ref().is_some_and(|w| !w.is_finished());
        if now < self.next || is_busy {
            return;
        }
        self.next = now + EVERY;
        let (snapshot, positions) = state();
        let (path, under) = (self.path.clone(), self.under.clone());
        let write = move || write(&path, &under, &positions, now_ms, &snapshot);
        let thread = std::thread::Builder::new().name("veil-state-file".to_owned());
        match thread.spawn(write) {
            Ok(writing) => self.writing = Some(writing),
            Err(error) => tracing::warn!("the consent state is not kept: {error}"),
        }
    }

    /// Writes it once more, and waits for that.
    pub(super) fn end(mut self, now_ms: i64, snapshot: &Snapshot, positions: &[i64]) {
        if let Some(writing) = self.writing.take() {
            // It says by itself what it could not do.
            let _ = writing.join();
        }
        write(&self.path, &self.under, positions, now_ms, snapshot);
    }
}

fn write(
    path: &std::path::Path,
    under: &Under,
    positions: &[i64],
    now_ms: i64,
    snapshot: &Snapshot,
) {
    let begun = Instant::now();
    match consent_file::write(path, under, positions, now_ms, snapshot) {
        Ok(()) => tracing::debug!(took_ms = begun.elapsed().as_millis(), "consent state kept"),
        Err(error) => tracing::warn!(
            "the consent state cannot be kept at `{}`: {error}; the next start reads its topic from the beginning",
            path.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::state::Table;

    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn what_is_as_old_as_tombstones_get_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = || {
            let under = Under {
                identity: [7; 32],
                topic: "veil.shop.consent".to_owned(),
            };
            Keeper::new(folder.path().join("shop.consent"), under, HOUR_MS)
        };
        let now_ms = 1_772_409_600_000;
        assert!(keeper().found(now_ms).is_none());
        let snapshot = Table::default().publish(now_ms);
        keeper().end(now_ms, &snapshot, &[3]);
        let found = |at_ms| keeper().found(at_ms).map(|found| found.positions);
        assert_eq!(found(now_ms + HOUR_MS - 1), Some(vec![3]));
        assert_eq!(found(now_ms + HOUR_MS), None);
        assert_eq!(found(now_ms - 1), None);
    }

    #[test]
    fn it_is_written_when_it_is_time_and_not_twice_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.consent");
        let under = Under {
            identity: [7; 32],
            topic: "veil.shop.consent".to_owned(),
        };
        let mut keeper = Keeper::new(path.clone(), under, HOUR_MS);
        let now = Instant::now();
        keeper.tick(now, 0, || unreachable!("it is too early"));
        let state = || (Table::default().publish(0), vec![1]);
        keeper.tick(now + EVERY, 0, state);
        keeper.tick(now + EVERY, 0, || unreachable!("it was just now"));
        keeper.writing.take().unwrap().join().unwrap();
        assert!(path.exists());
    }
}
