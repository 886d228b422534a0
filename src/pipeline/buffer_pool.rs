//! Emptied vectors of batches that are done with, for the next batches.
//!
//! They are memory like any other: what is kept stays within its share of the
//! budget, and what one large record made grow is given back to the allocator.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{InBatch, OutBuffers};
use crate::record::raw::RawBuffers;

/// Every spare of a stream, whoever is done with it.
pub struct BufferPool {
    limit: u64,
    kept: Mutex<Spares>,
}

#[derive(Default)]
struct Spares {
    bytes: u64,
    raw: Vec<RawBuffers>,
    done: Vec<OutBuffers>,
}

impl BufferPool {
    /// Keeps at most `limit` bytes.
    pub fn new(limit: u64) -> Self {
        BufferPool {
            limit,
            kept: Mutex::default(),
        }
    }

    /// Takes in the vectors of a raw batch and the buffers of what it became,
    /// each if there is room, and if it is not much of the room alone.
    pub fn give(&self, input: InBatch, buffers: OutBuffers) {
        let raw = input.raw.into_buffers();
        let (raw_held, done_held) = (raw.held(), buffers.held());
        let mut kept = self.locked();
        if self.has_room(&kept, raw_held) {
            kept.bytes += raw_held;
            kept.raw.push(raw);
        }
        if self.has_room(&kept, done_held) {
            kept.bytes += done_held;
            kept.done.push(buffers);
        }
    }

    /// Vectors for a raw batch, new ones if none are kept.
    pub fn raw(&self) -> RawBuffers {
        let mut kept = self.locked();
        let spare = kept.raw.pop().unwrap_or_default();
        kept.bytes -= spare.held();
        spare
    }

    /// Buffers for what a batch becomes, if some are kept.
    pub fn buffers(&self) -> Option<OutBuffers> {
        let mut kept = self.locked();
        let buffers = kept.done.pop()?;
        kept.bytes -= buffers.held();
        Some(buffers)
    }

    fn has_room(&self, kept: &Spares, more: u64) -> bool {
        more <= self.limit / 4 && kept.bytes + more <= self.limit
    }

    fn locked(&self) -> MutexGuard<'_, Spares> {
        // Whatever panicked, at worst fewer bytes are kept than counted.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::testing::{Plans, field, raw, run};

    /// The batch of one record of that size, done with.
    fn done(size: usize) -> (InBatch, OutBuffers) {
        let mut plans = Plans::new();
        plans.output(&[field("n", "keep")]);
        let value = format!(r#"{{"n":"{}"}}"#, "x".repeat(size));
        run(&plans.build(), &[raw(value)]).into()
    }

    fn kept(pool: &BufferPool) -> u64 {
        pool.locked().bytes
    }

    #[test]
    fn what_is_kept_stays_within_its_share_and_is_used_again() {
        let pool = BufferPool::new(100_000);
        for _ in 0..1_000 {
            let (input, buffers) = done(5_000);
            pool.give(input, buffers);
            assert!(kept(&pool) <= 100_000);
        }
        assert!(kept(&pool) > 50_000, "nothing worth speaking of is kept");
        assert!(pool.raw().held() >= 5_000);
        while pool.buffers().is_some() {}
        while pool.raw().held() > 0 {}
        assert_eq!(kept(&pool), 0);
    }

    #[test]
    fn what_one_large_record_made_grow_is_not_kept() {
        let pool = BufferPool::new(100_000);
        let (input, buffers) = done(50_000);
        pool.give(input, buffers);
        assert_eq!(kept(&pool), 0);
        assert!(pool.buffers().is_none());
    }
}
