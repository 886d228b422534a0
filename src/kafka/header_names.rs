//! Names of headers that may not be UTF-8.

use std::cell::Cell;

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers, Message};

thread_local! {
    static READS_HEADER_NAMES: Cell<bool> = const { Cell::new(false) };
}

/// True while this thread reads the names of headers: a panic then is the
/// binding's way to say that one is not UTF-8, it is caught, and a panic hook
/// must let it pass.
pub fn reads_header_names() -> bool {
    READS_HEADER_NAMES.get()
}

/// The name of a header is not UTF-8.
pub struct Unreadable;

/// The headers of a message, if it has any. The client library parses them anew
/// whenever they are asked for, and its binding can only say by a panic that a
/// name is not UTF-8.
pub fn readable_headers<'m>(
    message: &'m BorrowedMessage<'_>,
) -> Result<Option<&'m BorrowedHeaders>, Unreadable> {
    let Some(headers) = message.headers() else {
        return Ok(None);
    };
    let read = || headers.iter().map(|h| h.key.len()).sum::<usize>();
    READS_HEADER_NAMES.set(true);
    let names = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    READS_HEADER_NAMES.set(false);
    names.map(|_| Some(headers)).map_err(|_| Unreadable)
}
