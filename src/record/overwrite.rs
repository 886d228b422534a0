//! Clear values that a buffer held are overwritten before it is used for something else.

/// Cuts `bytes` off at `at`; what stood behind is overwritten.
pub(crate) fn cut(bytes: &mut Vec<u8>, at: usize) {
    let gone = &mut bytes[at..];
    gone.fill(0);
    #[cfg(test)]
    OVERWRITTEN.with(|count| count.set(count.get() + gone.len()));
    bytes.truncate(at);
}

/// Empties a text; what stood there is overwritten.
pub(crate) fn empty(text: &mut String) {
    let mut bytes = std::mem::take(text).into_bytes();
    cut(&mut bytes, 0);
    // Nothing is UTF-8, and the room is kept.
    *text = String::from_utf8(bytes).unwrap_or_default();
}

#[cfg(test)]
thread_local! {
    static OVERWRITTEN: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How many bytes were overwritten since it was asked last.
#[cfg(test)]
pub(crate) fn take_overwritten() -> usize {
    OVERWRITTEN.take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_cut_off_is_overwritten_and_the_room_is_kept() {
        let mut bytes = b"jane doe".to_vec();
        let room = bytes.capacity();
        take_overwritten();
        cut(&mut bytes, 5);
        assert_eq!((&*bytes, take_overwritten()), (&b"jane "[..], 3));
        cut(&mut bytes, 5);
        assert_eq!(take_overwritten(), 0);
        assert_eq!(bytes.capacity(), room);
        let mut text = "größe".to_owned();
        let room = text.capacity();
        empty(&mut text);
        assert_eq!((&*text, text.capacity(), take_overwritten()), ("", room, 7));
    }
}
