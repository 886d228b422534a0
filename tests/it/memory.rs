//! How much memory is asked for while something runs.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator. While [`peak`] runs it keeps the account of its thread.
pub struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that this thread has and gave back since the account was opened, and the most that
/// there were.
#[derive(Clone, Copy)]
struct Account {
    live: isize,
    most: isize,
}

thread_local! {
    static ACCOUNT: Cell<Option<Account>> = const { Cell::new(None) };
}

/// The most bytes that this thread has at a time of those it asks for while `work` runs.
pub fn peak(work: impl FnOnce()) -> usize {
    ACCOUNT.set(Some(Account { live: 0, most: 0 }));
    work();
    let account = ACCOUNT.take().expect("it was opened");
    usize::try_from(account.most).expect("it begins with none")
}

fn moved(bytes: isize) {
    // A thread that ends has none any more.
    let _ = ACCOUNT.try_with(|account| {
        if let Some(Account { live, most }) = account.get() {
            let live = live + bytes;
            let most = most.max(live);
            account.set(Some(Account { live, most }));
        }
    });
}

fn signed(size: usize) -> isize {
    isize::try_from(size).expect("a layout is no larger")
}

// SAFETY: every call is handed to the system's allocator with the arguments it came with;
// counting touches no memory that is handed out, and asks for none.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        moved(signed(layout.size()));
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        moved(-signed(layout.size()));
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        moved(signed(layout.size()));
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // Both are there while it is moved.
        moved(signed(new_size));
        // SAFETY: the caller's promises are `System`'s.
        let moved_to = unsafe { System.realloc(at, layout, new_size) };
        moved(-signed(layout.size()));
        moved_to
    }
}

/// Counts and sizes that no record has, as varints: 2^62, the least of 64 bits, and one that
/// is longer than any.
const HOSTILE: [&[u8]; 4] = [
    &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    &[0xfe, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0x7f],
];

/// Reading a damaged record takes no more memory than twice what whole ones of its length
/// take, and a page: cut anywhere, a bit turned over anywhere, a byte or a count that lies
/// put in anywhere. How many were tried.
pub fn assert_damage_takes_none(records: &[Vec<u8>], read: impl Fn(&[u8])) -> usize {
    const PAGE: usize = 4_096;
    let of = |bytes: &[u8]| peak(|| read(bytes));
    let whole = records
        .iter()
        .map(|bytes| of(bytes).div_ceil(bytes.len().max(1)));
    let for_a_byte = whole.max().expect("there are records");
    let mut tried = 0;
    let mut agree = |bytes: &[u8]| {
        let (took, most) = (of(bytes), 2 * for_a_byte * bytes.len() + PAGE);
        assert!(took <= most, "{took} bytes, and at most {most}: {bytes:x?}");
        tried += 1;
    };
    for whole in records.iter().filter(|bytes| bytes.len() < 300).take(6) {
        for at in 0..whole.len() {
            agree(&whole[..at]);
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                agree(&changed);
            }
            for put in [&[0][..], &[0x7f], &[0x80], &[0xff]].iter().chain(&HOSTILE) {
                let mut longer = whole.clone();
                drop(longer.splice(at..at, put.iter().copied()));
                agree(&longer);
                longer.remove(at + put.len());
                agree(&longer);
            }
        }
    }
    tried
}
