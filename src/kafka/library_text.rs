//! Texts that the client library hands over and that may not be UTF-8: names of
//! headers, what the members of a group call themselves.

use std::cell::Cell;

thread_local! {
    static READS: Cell<bool> = const { Cell::new(false) };
}

/// True while this thread reads such texts: a panic then is the binding's way to
/// say that one is not UTF-8, it is caught, and a panic hook must let it pass.
pub fn reads_library_text() -> bool {
    READS.get()
}

/// A text is not UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Whatever `read` reads of the library's texts; it must do nothing else.
///
/// # Errors
/// One of them is not UTF-8.
pub(crate) fn read<T>(read: impl FnOnce() -> T) -> Result<T, Unreadable> {
    READS.set(true);
    let texts = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    READS.set(false);
    texts.map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_said_and_ends_nothing() {
        assert_eq!(read(reads_library_text), Ok(true));
        assert!(!reads_library_text());
        let refused = read(|| std::ffi::CStr::to_str(c"\xff").expect("not UTF-8").len());
        assert_eq!(refused, Err(Unreadable));
        assert!(!reads_library_text());
    }
}
