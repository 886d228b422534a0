//! Short texts to the end of a buffer, without a call for each: one copy of a
//! length that the compiler knows, and what was too much taken back.

/// The longest text that is appended without one.
const SHORT: usize = 32;

/// Appends `text`. Most texts of a record are of a few bytes, and of lengths that
/// only the record knows: two words that overlap then cover them.
// Forced: without, a call, and 1.0 % more instructions on workload A without
// crypto, 0.4 % on orders.
#[inline(always)]
pub(crate) fn append(text: &[u8], buf: &mut Vec<u8>) {
    let len = text.len();
    if len > SHORT {
        buf.extend_from_slice(text);
        return;
    }
    let at = buf.len();
    buf.extend_from_slice(&[0; SHORT]);
    let room = buf[at..].first_chunk_mut::<SHORT>().expect("just made");
    if !(ends::<16>(text, room) || ends::<8>(text, room) || ends::<4>(text, room)) {
        for (to, byte) in room.iter_mut().zip(text) {
            *to = *byte;
        }
    }
    buf.truncate(at + len);
}

/// Copies the first and the last `N` bytes; false when there are fewer.
#[inline]
fn ends<const N: usize>(text: &[u8], room: &mut [u8; SHORT]) -> bool {
    let (Some(first), Some(last)) = (text.first_chunk::<N>(), text.last_chunk::<N>()) else {
        return false;
    };
    let behind = text.len() - N;
    room[..N].copy_from_slice(first);
    room[behind..behind + N].copy_from_slice(last);
    true
}

/// Appends `len` bytes for somebody to fill in.
#[inline]
pub(crate) fn room(len: usize, buf: &mut Vec<u8>) {
    if len <= SHORT {
        padded(&[b'0'; SHORT], len, buf);
    } else {
        buf.resize(buf.len() + len, b'0');
    }
}

/// Appends the first `len` bytes: two instructions, and no call.
#[inline]
fn padded(text: &[u8; SHORT], len: usize, buf: &mut Vec<u8>) {
    let at = buf.len();
    buf.extend_from_slice(text);
    buf.truncate(at + len);
}

/// A text that is written again and again: its copy of a known length is made
/// once, so that even [`append`]'s choice of words is saved.
pub struct Spelling {
    text: Box<[u8]>,
    /// The text, if it fits, and zeros.
    padded: [u8; SHORT],
}

impl Spelling {
    /// The text as it is to be written.
    pub fn new(text: impl Into<Box<[u8]>>) -> Spelling {
        let text = text.into();
        let mut padded = [0; SHORT];
        if let Some(room) = padded.get_mut(..text.len()) {
            room.copy_from_slice(&text);
        }
        Spelling { text, padded }
    }

    /// Appends it.
    #[inline]
    pub fn write(&self, buf: &mut Vec<u8>) {
        let len = self.text.len();
        if len <= SHORT {
            padded(&self.padded, len, buf);
        } else {
            buf.extend_from_slice(&self.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_appended_whole() {
        let text: Vec<u8> = (1..=100).collect();
        for len in 0..=text.len() {
            let mut buf = b"before".to_vec();
            append(&text[..len], &mut buf);
            assert_eq!(buf, [b"before", &text[..len]].concat());
            Spelling::new(&text[..len]).write(&mut buf);
            assert_eq!(buf[6 + len..], text[..len]);
            room(len, &mut buf);
            assert_eq!(buf.len(), 6 + 3 * len);
        }
    }
}
