//! One of the 16,384 parts of the table: who stands in it, four to a line of memory.
//!
//! A look into memory that is in no cache costs more than all else of a look-up. So a
//! person is sought line by line, from the one that their name points to up to one that is
//! not full: nearly always the first. Names are those of a keyed hash: nobody chooses them
//! so that they meet.

use std::sync::Arc;

use super::slot::{Name, Slot};

/// People of a line: 64 bytes.
const LINE: usize = 4;
/// Of five places four are taken at most.
const FULL: (usize, usize) = (4, 5);

#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Line([Slot; LINE]);

/// Those whose names begin alike. Shares its lines with its copies until it is changed.
#[derive(Clone, Default)]
pub(super) struct Shard {
    lines: Arc<[Line]>,
    people: usize,
}

impl Shard {
    /// With room for so many.
    pub(super) fn with_capacity(people: usize) -> Shard {
        Shard {
            lines: empty(lines_for(people)),
            people: 0,
        }
    }

    /// The profile of somebody; 0: nothing is known of them.
    pub(super) fn profile(&self, name: Name) -> u32 {
        let mut at = place(name, self.lines.len());
        while let Some(Line(slots)) = self.lines.get(at) {
            for slot in slots {
                if slot.is(name) {
                    return slot.profile;
                }
            }
            if !is_full(slots) {
                return 0;
            }
            at = next(at, self.lines.len());
        }
        0
    }

    /// Gives somebody a profile; 0: nothing is known of them any more.
    pub(super) fn put(&mut self, name: Name, profile: u32) {
        let known = self.profile(name) != 0;
        match (known, profile) {
            (false, 0) => {}
            // Those behind would not be found past a gap.
            (true, 0) => self.rebuild(self.people - 1, |slot| !slot.is(name)),
            (known, profile) => {
                if !known && lines_for(self.people + 1) > self.lines.len() {
                    // By a quarter: what a version copies is to be little.
                    let room = (self.people + 1).max(self.people * 5 / 4);
                    self.rebuild(room, |_| true);
                }
                self.people += usize::from(!known);
                let Name { first, then } = name;
                place_in(
                    Arc::make_mut(&mut self.lines),
                    Slot {
                        first,
                        then,
                        profile,
                    },
                );
            }
        }
    }

    /// With room for so many, and of those who are there who stays.
    fn rebuild(&mut self, room: usize, stays: impl Fn(&Slot) -> bool) {
        let mut lines = empty(lines_for(room));
        let places = Arc::get_mut(&mut lines).expect("nobody else has it yet");
        let mut people = 0;
        for slot in self.people().filter(|slot| stays(slot)) {
            place_in(places, *slot);
            people += 1;
        }
        *self = Shard { lines, people };
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.people
    }

    /// Who is there, in no order.
    pub(super) fn people(&self) -> impl Iterator<Item = &Slot> {
        let slots = self.lines.iter().flat_map(|line| &line.0);
        slots.filter(|slot| slot.profile != 0)
    }

    /// Memory that it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.lines)
    }
}

impl Slot {
    fn is(&self, name: Name) -> bool {
        self.first == name.first && self.then == name.then
    }
}

/// Fewest lines that hold so many.
fn lines_for(people: usize) -> usize {
    (people * FULL.1).div_ceil(FULL.0 * LINE)
}

fn empty(lines: usize) -> Arc<[Line]> {
    std::iter::repeat_n(Line::default(), lines).collect()
}

/// The line that a name points to. By other bits than those that chose the shard: with the
/// same, all of it would begin at one place.
fn place(name: Name, lines: usize) -> usize {
    let bits = u64::from(name.first as u32);
    ((bits * lines as u64) >> 32) as usize
}

fn next(at: usize, lines: usize) -> usize {
    if at + 1 == lines { 0 } else { at + 1 }
}

fn is_full(slots: &[Slot; LINE]) -> bool {
    // Each line is filled from its beginning.
    slots[LINE - 1].profile != 0
}

/// Puts a slot in the place of the one of that name, or in the first that is free, of
/// which there is one.
fn place_in(lines: &mut [Line], slot: Slot) {
    let Slot { first, then, .. } = slot;
    let name = Name { first, then };
    let mut at = place(name, lines.len());
    loop {
        let Line(slots) = &mut lines[at];
        let found = slots.iter_mut().find(|s| s.is(name) || s.profile == 0);
        if let Some(found) = found {
            *found = slot;
            return;
        }
        at = next(at, lines.len());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A few places only, so that lines overflow, and the last one into the first.
    fn name(n: u32) -> Name {
        let place = [0, 1, 2, u32::MAX][n as usize % 4];
        let first = u64::from(n / 3) << 32 | u64::from(place);
        Name { first, then: n }
    }

    #[test]
    fn whoever_is_put_in_is_found_and_whoever_is_taken_out_is_not() {
        let mut shard = Shard::default();
        let mut expected = BTreeMap::new();
        let mut copies = Vec::new();
        let mut state = 1_u32;
        for turn in 0..4_000_u32 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (n, profile) = (state >> 8 & 255, (state >> 16) % 5);
            shard.put(name(n), profile);
            match profile {
                0 => expected.remove(&n),
                profile => expected.insert(n, profile),
            };
            if turn % 500 == 0 {
                copies.push((shard.clone(), expected.clone()));
            }
            assert_eq!(shard.len(), expected.len());
        }
        copies.push((shard, expected));
        // Copies stay as they were.
        for (shard, expected) in &copies {
            for n in 0..256 {
                let known = expected.get(&n).copied().unwrap_or(0);
                assert_eq!(shard.profile(name(n)), known, "{n}");
            }
            assert_eq!(shard.people().count(), expected.len());
        }
    }

    #[test]
    fn a_name_of_zeros_is_a_name() {
        let zeros = Name { first: 0, then: 0 };
        let mut shard = Shard::with_capacity(3);
        assert_eq!((shard.profile(zeros), shard.len()), (0, 0));
        shard.put(zeros, 7);
        assert_eq!((shard.profile(zeros), shard.len()), (7, 1));
        shard.put(zeros, 0);
        assert_eq!((shard.profile(zeros), shard.len()), (0, 0));
        assert_eq!(Shard::default().profile(zeros), 0);
    }

    #[test]
    fn a_fifth_of_the_places_stays_free_and_not_much_more() {
        let mut shard = Shard::default();
        for n in 0..10_000_u32 {
            let first = u64::from(n.wrapping_mul(2_654_435_761));
            shard.put(Name { first, then: n }, 1);
            let places = shard.bytes() / size_of::<Slot>();
            assert!(shard.len() * 5 <= places * 4, "{n}");
            assert!(n < 100 || shard.len() * 5 >= places * 3, "{n}");
        }
    }
}
