//! What an action says of a value besides what leaves of it, so that it is counted.

/// Something about one value that is worth counting: it was neither refused nor absent,
/// and still did not become what the policy is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Note {
    /// No list or table of the policy knows it, so that its constant for all others left.
    Other = 1,
    /// It was a hash already, and left as one.
    AcceptedHash = 2,
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes(u8);

impl Notes {
    /// Every note there is.
    pub(crate) const ALL: [Note; 2] = [Note::Other, Note::AcceptedHash];

    /// That one alone.
    pub(crate) const fn of(note: Note) -> Notes {
        Notes(note as u8)
    }

    /// That a constant leaves for all others, where one can.
    pub(crate) fn other_if(can: bool) -> Notes {
        match can {
            true => Notes::of(Note::Other),
            false => Notes::default(),
        }
    }

    /// Those of both.
    pub(crate) const fn and(self, other: Notes) -> Notes {
        Notes(self.0 | other.0)
    }

    /// True when that one is among them.
    pub(crate) const fn has(self, note: Note) -> bool {
        self.0 & note as u8 != 0
    }

    /// True when there is none.
    #[inline]
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        assert!(Notes::default().is_empty());
        for note in Notes::ALL {
            let others = Notes::ALL.into_iter().filter(|other| *other != note);
            for other in others {
                assert!(!Notes::of(note).has(other));
                assert!(Notes::of(note).and(Notes::of(other)).has(note));
            }
            assert!(Notes::of(note).has(note) && !Notes::default().has(note));
        }
    }
}
