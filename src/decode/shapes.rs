//! What a worker has learned about the names of objects: the shape hints.
//!
//! For each state of the automaton the names seen so far stand in a list, each
//! with where it leads and which name followed it last time. While records look
//! alike, a member costs one compare of 16 bytes: no search for the closing
//! quote, no hash, no look-up. The same entry notes in which object it was last
//! seen, so the check for duplicates costs one compare more.
//!
//! The lists live beside the plan, not in it: each worker learns its own.

use crate::record::tape::Slot;

/// No entry.
pub const NONE: u32 = u32::MAX;
/// Longest name that is learned, in bytes.
const NAME_MAX: usize = 64;
/// Most names learned for one state, and for all of them.
const SHAPE_MAX: usize = 1024;
const ALL_MAX: usize = 16_384;
/// After so many names without room everything is learned anew: a stream may
/// have changed, or random names may have filled the lists.
const SPILLED_MAX: u32 = 65_536;

/// The lists of all states.
#[derive(Default)]
pub struct Shapes {
    shapes: Vec<Shape>,
    /// Characters of all learned names.
    bytes: Vec<u8>,
    learned: usize,
    spilled: u32,
}

#[derive(Default)]
struct Shape {
    names: Vec<Learned>,
    /// Open addressing over `names`: place plus one, 0 = free; at most half full.
    index: Vec<u16>,
    /// The name that came first last time.
    first: u32,
}

/// One learned name. It needs no escapes in JSON, so `name"` in the input is
/// this name and nothing else.
struct Learned {
    /// Its first 16 bytes with the closing quote, and which of them count.
    head: [u64; 2],
    mask: [u64; 2],
    /// Number of the object that it was last seen in.
    object: u64,
    /// Where it leads.
    child: Slot,
    /// The name that followed it last time.
    next: u32,
    /// Its characters.
    at: u32,
    len: u32,
    hash: u64,
}

/// A name that was found.
#[derive(Clone, Copy)]
pub struct Found {
    /// Its entry.
    pub entry: u32,
    /// The name that followed it last time.
    pub next: u32,
    /// Where it leads.
    pub child: Slot,
    /// Its length in bytes.
    pub len: usize,
    /// It stands in this object already.
    pub twice: bool,
}

impl Shapes {
    /// Between records: starts anew when that is due.
    pub fn settle(&mut self) {
        if self.spilled > SPILLED_MAX {
            *self = Shapes::default();
        }
    }

    /// Opens a shape, making room for it: the name that came first last time.
    #[inline]
    pub fn open(&mut self, shape: u32) -> u32 {
        if shape as usize >= self.shapes.len() {
            self.shapes.resize_with(shape as usize + 1, Shape::default);
        }
        self.shapes[shape as usize].first
    }

    /// The name `entry`, if that is what stands at `start` in the input.
    #[inline(always)]
    pub fn guess(
        &mut self,
        shape: u32,
        entry: u32,
        object: u64,
        input: &[u8],
        start: usize,
    ) -> Option<Found> {
        let shape = &mut self.shapes[shape as usize];
        let name = shape.names.get_mut(entry as usize)?;
        let [lo, hi] = head(input.get(start..)?.first_chunk::<16>()?);
        if lo & name.mask[0] != name.head[0] || hi & name.mask[1] != name.head[1] {
            return None;
        }
        let len = name.len as usize;
        if len >= 16 {
            let known = &self.bytes[name.at as usize..][..len];
            if input.get(start + 16..start + len) != Some(&known[16..])
                || input.get(start + len) != Some(&b'"')
            {
                return None;
            }
        }
        let twice = name.object == object;
        name.object = object;
        Some(Found {
            entry,
            next: name.next,
            child: name.child,
            len,
            twice,
        })
    }

    /// The entry of a name, by its hash.
    pub fn find(&mut self, shape: u32, hash: u64, name: &[u8], object: u64) -> Option<Found> {
        let shape = &mut self.shapes[shape as usize];
        let mask = shape.index.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let place = shape.index[at].checked_sub(1)?;
            let known = &mut shape.names[usize::from(place)];
            if self.bytes[known.at as usize..][..known.len as usize] == *name {
                let twice = known.object == object;
                known.object = object;
                return Some(Found {
                    entry: u32::from(place),
                    next: known.next,
                    child: known.child,
                    len: name.len(),
                    twice,
                });
            }
            at = (at + 1) & mask;
        }
    }

    /// Learns a name that [`Shapes::find`] does not know, seen in `object`.
    /// `None`: no room, or a name that JSON must escape.
    pub fn learn(
        &mut self,
        shape: u32,
        hash: u64,
        name: &[u8],
        child: Slot,
        object: u64,
    ) -> Option<u32> {
        if name.len() > NAME_MAX || name.iter().any(|b| matches!(b, 0..0x20 | b'"' | b'\\')) {
            return None;
        }
        let shape = &mut self.shapes[shape as usize];
        if shape.names.len() == SHAPE_MAX || self.learned == ALL_MAX {
            self.spilled += 1;
            return None;
        }
        let mut window = [0; 16];
        let mut mask = [0; 16];
        for (i, b) in name.iter().chain(b"\"").take(16).enumerate() {
            window[i] = *b;
            mask[i] = 0xff;
        }
        let entry = shape.names.len();
        shape.names.push(Learned {
            head: head(&window),
            mask: head(&mask),
            object,
            child,
            next: NONE,
            at: small(self.bytes.len()),
            len: small(name.len()),
            hash,
        });
        self.bytes.extend_from_slice(name);
        self.learned += 1;

        if shape.index.len() < 2 * shape.names.len() {
            let room = (4 * shape.names.len()).next_power_of_two().max(32);
            shape.index.clear();
            shape.index.resize(room, 0);
            for (place, known) in shape.names.iter().enumerate() {
                put(&mut shape.index, known.hash, place);
            }
        } else {
            put(&mut shape.index, hash, entry);
        }
        Some(small(entry))
    }

    /// Notes that `entry` came behind `last`.
    pub fn follow(&mut self, shape: u32, last: u32, entry: u32) {
        let shape = &mut self.shapes[shape as usize];
        match shape.names.get_mut(last as usize) {
            Some(name) => name.next = entry,
            None => shape.first = entry,
        }
    }
}

#[inline(always)]
fn head(window: &[u8; 16]) -> [u64; 2] {
    let both = u128::from_le_bytes(*window);
    [both as u64, (both >> 64) as u64]
}

fn put(index: &mut [u16], hash: u64, place: usize) {
    let mask = index.len() - 1;
    let mut at = hash as usize & mask;
    while index[at] != 0 {
        at = (at + 1) & mask;
    }
    index[at] = u16::try_from(place + 1).expect("a shape holds at most 1,024 names");
}

fn small(n: usize) -> u32 {
    u32::try_from(n).expect("at most 16,384 names of at most 64 bytes are learned")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(name: &[u8]) -> u64 {
        name.iter().map(|b| u64::from(*b)).sum()
    }

    fn learn(shapes: &mut Shapes, name: &str, child: Slot) -> u32 {
        shapes.open(0);
        let h = hash(name.as_bytes());
        shapes.learn(0, h, name.as_bytes(), child, 0).unwrap()
    }

    #[test]
    fn a_guess_is_right_or_none() {
        for len in [0, 1, 7, 8, 14, 15, 16, 17, 40, 64] {
            let name = "n".repeat(len);
            let mut shapes = Shapes::default();
            let entry = learn(&mut shapes, &name, 5);
            shapes.follow(0, NONE, entry);
            assert_eq!(shapes.open(0), entry);
            let padding = " ".repeat(16);
            let good = format!("{name}\"{padding}");
            let found = shapes.guess(0, entry, 1, good.as_bytes(), 0).unwrap();
            assert_eq!((found.child, found.len, found.twice), (5, len, false));
            assert!(shapes.guess(0, entry, 1, good.as_bytes(), 0).unwrap().twice);
            for bad in [
                format!("{name}n\"{padding}"),
                format!("{name}\\\"{padding}"),
                name.clone(),
            ] {
                assert!(shapes.guess(0, entry, 2, bad.as_bytes(), 0).is_none());
            }
        }
    }

    #[test]
    fn names_that_need_escapes_are_not_learned() {
        let mut shapes = Shapes::default();
        shapes.open(0);
        for name in ["a\\", "a\"b", "a\nb", &"x".repeat(65)] {
            let h = hash(name.as_bytes());
            assert!(shapes.learn(0, h, name.as_bytes(), 5, 0).is_none());
        }
    }

    #[test]
    fn learned_names_are_found_until_there_is_no_room() {
        let mut shapes = Shapes::default();
        let names: Vec<_> = (0..SHAPE_MAX).map(|i| format!("{i}")).collect();
        for (i, name) in (0..).zip(&names) {
            assert_eq!(learn(&mut shapes, name, i), i);
        }
        for (i, name) in (0..).zip(&names) {
            let h = hash(name.as_bytes());
            let found = shapes.find(0, h, name.as_bytes(), 3).unwrap();
            assert_eq!((found.child, found.twice), (i, false));
            assert!(shapes.find(0, h, name.as_bytes(), 3).unwrap().twice);
        }
        assert!(shapes.learn(0, 1, b"more", 1, 0).is_none());
    }
}
