//! CPU time of this thread, and how often it asks for memory.
//!
//! CPU time and not wall time: on a busy machine the wall clock measures the
//! neighbours.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use rustix::time::{ClockId, clock_gettime};

/// CPU time that this thread has used, nanoseconds.
fn cpu_ns() -> u64 {
    let t = clock_gettime(ClockId::ThreadCPUTime);
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

/// CPU nanoseconds of this thread while `work` runs.
pub fn cpu_of_this_thread(work: impl FnOnce()) -> f64 {
    let before = cpu_ns();
    work();
    (cpu_ns() - before) as f64
}

/// CPU nanoseconds of the processes that `work` starts and waits for, to a hundredth
/// of a second.
pub fn cpu_of_children(work: impl FnOnce()) -> f64 {
    let before = children_ns();
    work();
    children_ns() - before
}

/// See proc_pid_stat(5): `cutime` and `cstime`, in ticks of 10 ms.
fn children_ns() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux says it");
    let (_, behind_name) = stat.rsplit_once(')').expect("a name in brackets");
    let ticks = behind_name.split_ascii_whitespace().skip(13).take(2);
    let ticks: f64 = ticks.map(|t| t.parse::<f64>().expect("a number")).sum();
    ticks * 1e7
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

/// Requests for memory in steady state.
#[derive(Clone, Copy)]
pub struct Allocations {
    /// For each event.
    pub per_event: f64,
    /// For each batch of up to 1,000 events.
    pub per_batch: f64,
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

/// The `index`th of so many parts of a workload.
#[derive(Clone, Copy)]
pub struct Part {
    /// From 0.
    pub index: usize,
    /// How many there are.
    pub of: usize,
}

impl Part {
    /// All of it.
    pub const WHOLE: Part = Part { index: 0, of: 1 };

    /// Its share of `len` things in a row.
    pub fn range(self, len: usize) -> std::ops::Range<usize> {
        len * self.index / self.of..len * (self.index + 1) / self.of
    }
}

/// A name, and one part of its work.
pub type Variant<'w> = (&'static str, Box<dyn FnMut(Part) + 'w>);

/// CPU nanoseconds of all the work of each variant: the sum of its parts' medians
/// over `passes`. Variants take turns part by part, some milliseconds each: a
/// neighbour who comes and goes then disturbs all of them alike, and a part that
/// was disturbed is not the median of its passes. The first pass warms caches and
/// buffers and is not counted.
pub fn interleaved(variants: &mut [Variant<'_>], parts: usize, passes: usize) -> Vec<f64> {
    summed(times_of_parts(variants, parts, passes), median)
}

/// As [`interleaved`], but of each part the pass that was disturbed
/// least: for how one program's cost grows, where a neighbour who was there for
/// some points only would bend the line.
pub fn least_disturbed(variants: &mut [Variant<'_>], parts: usize, passes: usize) -> Vec<f64> {
    let least = |of: Vec<f64>| of.into_iter().fold(f64::INFINITY, f64::min);
    summed(times_of_parts(variants, parts, passes), least)
}

fn summed(times: Vec<Vec<Vec<f64>>>, of_passes: impl Fn(Vec<f64>) -> f64) -> Vec<f64> {
    let sum = |parts: Vec<Vec<f64>>| parts.into_iter().map(&of_passes).sum();
    times.into_iter().map(sum).collect()
}

/// CPU nanoseconds by variant, part and pass.
fn times_of_parts(variants: &mut [Variant<'_>], parts: usize, passes: usize) -> Vec<Vec<Vec<f64>>> {
    let count = variants.len();
    let mut times = vec![vec![Vec::with_capacity(passes); parts]; count];
    for pass in 0..=passes {
        for index in 0..parts {
            for (n, ((_, run), times)) in variants.iter_mut().zip(&mut times).enumerate() {
                // Each another part: none finds its input in a cache because
                // the one before it has just read it.
                let index = (index + n * parts / count) % parts;
                let start = cpu_ns();
                run(Part { index, of: parts });
                let spent = cpu_ns() - start;
                if pass > 0 {
                    times[index].push(spent as f64);
                }
            }
        }
    }
    times
}

/// The middle of an odd number of measurements, or the upper middle.
pub fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
