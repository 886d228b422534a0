//! Names of headers that may not be UTF-8.

use rdkafka::message::{Headers, Message};

use super::library_text::{self, Unreadable};

/// The headers of a message, if it has any. The client library parses them anew
/// whenever they are asked for, and its binding can only say by a panic that a
/// name is not UTF-8.
pub fn readable_headers<M: Message>(message: &M) -> Result<Option<&M::Headers>, Unreadable> {
    let Some(headers) = message.headers() else {
        return Ok(None);
    };
    let names = library_text::read(|| headers.iter().map(|h| h.key.len()).sum::<usize>());
    names.map(|_| Some(headers))
}
