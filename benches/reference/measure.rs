//! CPU time of this thread, and how often it asks for memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use rustix::time::{ClockId, clock_gettime};

/// CPU time that this thread has used, nanoseconds.
pub fn cpu_ns() -> u64 {
    let t = clock_gettime(ClockId::ThreadCPUTime);
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

/// The system's allocator, counting while [`allocations`] runs. Outside of it
/// the only cost is one load of a flag, so that counting slows no variant.
pub struct Counting;

static COUNT: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU64 = AtomicU64::new(0);

/// Requests for memory (new or grown) while `work` runs.
pub fn allocations(work: impl FnOnce()) -> u64 {
    let before = CALLS.load(Relaxed);
    COUNT.store(true, Relaxed);
    work();
    COUNT.store(false, Relaxed);
    CALLS.load(Relaxed) - before
}

fn count() {
    if COUNT.load(Relaxed) {
        CALLS.fetch_add(1, Relaxed);
    }
}

// SAFETY: every call is handed to the system's allocator with the arguments it
// came with; counting touches no memory that is handed out.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.realloc(at, layout, new_size) }
    }
}

/// The middle of an odd number of measurements, or the upper middle.
pub fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
