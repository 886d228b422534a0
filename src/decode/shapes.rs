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
    /// The learned names of all shapes, in the order they were learned.
    names: Vec<Learned>,
    /// What all learned names look like in the input: `"name":`.
    spelled: Vec<u8>,
    spilled: u32,
}

struct Shape {
    /// Its names: their entries.
    names: Vec<u16>,
    /// Open addressing over them: entry plus one, 0 = free; at most half full.
    index: Vec<u16>,
    /// The name that came first last time.
    first: u32,
}

impl Default for Shape {
    fn default() -> Self {
        Shape {
            names: Vec::new(),
            index: Vec::new(),
            first: NONE,
        }
    }
}

/// One learned name. It needs no escapes in JSON, so `"name"` in the input is
/// this name and nothing else.
struct Learned {
    /// The first 16 bytes of `"name":`, and which of them count.
    head: u128,
    mask: u128,
    /// Number of the object that it was last seen in.
    object: u64,
    hash: u64,
    /// Where it leads.
    child: Slot,
    /// The name that followed it last time.
    next: u32,
    /// Where `"name":` stands in `spelled`.
    at: u32,
    /// Length of the name in bytes.
    len: u16,
}

/// Bytes of a window into the input.
const WINDOW: usize = 16;
/// Bytes around a name: two quotes and a colon.
pub const AROUND: usize = 3;

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
    pub len: u16,
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

    /// The name `entry`, if `"name":` is what stands at `start` in the input.
    #[inline(always)]
    pub fn guess(&mut self, entry: u32, object: u64, input: &[u8], start: usize) -> Option<Found> {
        let name = self.names.get_mut(entry as usize)?;
        if (window(input, start) ^ name.head) & name.mask != 0 {
            return None;
        }
        let len = usize::from(name.len);
        if len + AROUND > WINDOW {
            let rest = &self.spelled[name.at as usize..][WINDOW..len + AROUND];
            if input.get(start + WINDOW..start + len + AROUND) != Some(rest) {
                return None;
            }
        }
        Some(name.found(entry, object))
    }

    /// The entry of a name, by its hash.
    pub fn find(&mut self, shape: u32, hash: u64, name: &[u8], object: u64) -> Option<Found> {
        let shape = &self.shapes[shape as usize];
        let mask = shape.index.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let entry = shape.index[at].checked_sub(1)?;
            let known = &mut self.names[usize::from(entry)];
            if known.hash == hash && known.is(name, &self.spelled) {
                return Some(known.found(u32::from(entry), object));
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
        if shape.names.len() == SHAPE_MAX || self.names.len() == ALL_MAX {
            self.spilled += 1;
            return None;
        }
        let at = self.spelled.len();
        self.spelled.push(b'"');
        self.spelled.extend_from_slice(name);
        self.spelled.extend_from_slice(b"\":");
        let spelled = &self.spelled[at..];
        let counts = 8 * spelled.len().min(WINDOW) as u32;
        let entry = small(self.names.len());
        self.names.push(Learned {
            head: window(spelled, 0),
            mask: u128::MAX >> (128 - counts),
            object,
            hash,
            child,
            next: NONE,
            at: u32::try_from(at).expect("at most 16,384 names of at most 64 bytes are learned"),
            len: small(name.len()),
        });
        shape.names.push(entry);

        if shape.index.len() < 2 * shape.names.len() {
            let room = (4 * shape.names.len()).next_power_of_two().max(32);
            shape.index.clear();
            shape.index.resize(room, 0);
            for entry in &shape.names {
                let hash = self.names[usize::from(*entry)].hash;
                put(&mut shape.index, hash, *entry);
            }
        } else {
            put(&mut shape.index, hash, entry);
        }
        Some(u32::from(entry))
    }

    /// Notes that `entry` came behind `last`.
    pub fn follow(&mut self, shape: u32, last: u32, entry: u32) {
        match self.names.get_mut(last as usize) {
            Some(name) => name.next = entry,
            None => self.shapes[shape as usize].first = entry,
        }
    }
}

impl Learned {
    /// It stands in that object.
    #[inline(always)]
    fn found(&mut self, entry: u32, object: u64) -> Found {
        let twice = self.object == object;
        self.object = object;
        Found {
            entry,
            next: self.next,
            child: self.child,
            len: self.len,
            twice,
        }
    }

    fn is(&self, name: &[u8], spelled: &[u8]) -> bool {
        let at = self.at as usize + 1;
        spelled[at..at + usize::from(self.len)] == *name
    }
}

/// The 16 bytes at `start`, as a little-endian number; zeros behind the end.
#[inline(always)]
fn window(input: &[u8], start: usize) -> u128 {
    match input.get(start..).and_then(<[u8]>::first_chunk::<WINDOW>) {
        Some(chunk) => u128::from_le_bytes(*chunk),
        None => window_at_the_end(input, start),
    }
}

#[inline(never)]
fn window_at_the_end(input: &[u8], start: usize) -> u128 {
    let rest = input.get(start..).unwrap_or_default();
    match input.last_chunk::<WINDOW>() {
        Some(last) if !rest.is_empty() => u128::from_le_bytes(*last) >> (8 * (WINDOW - rest.len())),
        _ => {
            let mut chunk = [0; WINDOW];
            chunk[..rest.len()].copy_from_slice(rest);
            u128::from_le_bytes(chunk)
        }
    }
}

fn put(index: &mut [u16], hash: u64, entry: u16) {
    let mask = index.len() - 1;
    let mut at = hash as usize & mask;
    while index[at] != 0 {
        at = (at + 1) & mask;
    }
    index[at] = entry + 1;
}

fn small(n: usize) -> u16 {
    u16::try_from(n).expect("at most 16,384 names of at most 64 bytes are learned")
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
            for (n, padding) in (1..).zip(["", "1", "1234567", "1234567890123456"]) {
                let mut guess = |object, text: String| {
                    let at = text.find('"').unwrap();
                    shapes.guess(entry, object, text.as_bytes(), at)
                };
                let good = format!("{{\"{name}\":{padding}");
                let found = guess(n, good.clone()).unwrap();
                assert_eq!(
                    (found.child, usize::from(found.len), found.twice),
                    (5, len, false)
                );
                assert!(guess(n, good).unwrap().twice);
                for bad in [
                    format!("\"{name}n\":{padding}"),
                    format!("\"{name}\\\":{padding}"),
                    format!("\"{name}\" :{padding}"),
                    format!("\"{name}\""),
                    format!("\"{name}"),
                ] {
                    assert!(guess(n + 100, bad).is_none());
                }
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
