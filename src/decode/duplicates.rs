//! Names already seen in the objects now open: the slow half of the check for
//! duplicates, for names that [`super::learned_names`] has no room for.

/// Above this many names an object gets a hash table.
const LINEAR_MAX: usize = 32;

/// The name stands in its object already.
#[derive(Debug)]
pub(crate) struct Duplicate;

/// A stack of sets of names, one set an open object, in one list.
#[derive(Default)]
pub(crate) struct Duplicates {
    names: Vec<Name>,
    /// Characters of names that are spelled with escapes in the input.
    spelled: Vec<u8>,
    /// Open-addressing tables of the levels: place in `names` plus one, 0 = free.
    table: Vec<u32>,
    levels: Vec<Level>,
    #[cfg(test)]
    pub(super) steps: u64,
}

/// One open object that holds such names.
struct Level {
    /// Number of the object.
    object: u64,
    names_at: usize,
    spelled_at: usize,
    table_at: usize,
    /// Which hashes can be here, by their top six bits.
    filter: u64,
}

#[derive(Clone, Copy)]
struct Name {
    hash: u64,
    at: u32,
    len: u32,
    /// In `spelled`, not in the input.
    escaped: bool,
}

impl Duplicates {
    /// Forgets everything; gives back what an unusually wide record took.
    pub(crate) fn clear(&mut self) {
        self.names.clear();
        self.spelled.clear();
        self.table.clear();
        self.levels.clear();
        self.names.shrink_to(4096);
        self.spelled.shrink_to(65_536);
        self.table.shrink_to(16_384);
    }

    /// Adds a name to the object of that number, which must be the innermost
    /// open one. `at` is its place in `input`; `escaped` are its characters
    /// when it has escapes.
    ///
    /// # Errors
    /// [`Duplicate`] when the object holds it already.
    pub(crate) fn insert(
        &mut self,
        object: u64,
        hash: u64,
        input: &[u8],
        at: usize,
        len: usize,
        escaped: Option<&[u8]>,
    ) -> Result<(), Duplicate> {
        if self.levels.last().is_none_or(|l| l.object != object) {
            self.levels.push(Level {
                object,
                names_at: self.names.len(),
                spelled_at: self.spelled.len(),
                table_at: self.table.len(),
                filter: 0,
            });
        }
        let bytes = escaped.unwrap_or(&input[at..at + len]);
        self.look_for(hash, bytes, input)?;

        let (at, len) = match escaped {
            None => (at, len),
            Some(chars) => {
                self.spelled.extend_from_slice(chars);
                (self.spelled.len() - chars.len(), chars.len())
            }
        };
        let small = |n: usize| u32::try_from(n).expect("records are at most 4 GiB");
        self.names.push(Name {
            hash,
            at: small(at),
            len: small(len),
            escaped: escaped.is_some(),
        });
        self.note_last(hash);
        Ok(())
    }

    /// The innermost object is closed.
    #[inline]
    pub(crate) fn close(&mut self, object: u64) {
        if let Some(level) = self.levels.pop_if(|l| l.object == object) {
            self.names.truncate(level.names_at);
            self.spelled.truncate(level.spelled_at);
            self.table.truncate(level.table_at);
        }
    }

    fn look_for(&mut self, hash: u64, bytes: &[u8], input: &[u8]) -> Result<(), Duplicate> {
        let level = self.levels.last().expect("pushed above");
        let same = |name: &Name| {
            name.hash == hash
                && bytes
                    == &if name.escaped { &self.spelled } else { input }[name.at as usize..]
                        [..name.len as usize]
        };
        let table = &self.table[level.table_at..];
        if table.is_empty() {
            if level.filter & filter_bit(hash) == 0 {
                return Ok(());
            }
            let names = &self.names[level.names_at..];
            #[cfg(test)]
            {
                self.steps += names.len() as u64;
            }
            return match names.iter().any(same) {
                true => Err(Duplicate),
                false => Ok(()),
            };
        }
        let mask = table.len() - 1;
        let mut at = hash as usize & mask;
        while table[at] != 0 {
            #[cfg(test)]
            {
                self.steps += 1;
            }
            if same(&self.names[table[at] as usize - 1]) {
                return Err(Duplicate);
            }
            at = (at + 1) & mask;
        }
        Ok(())
    }

    /// Makes the name pushed last findable.
    fn note_last(&mut self, hash: u64) {
        let level = self.levels.last_mut().expect("pushed by insert");
        level.filter |= filter_bit(hash);
        let count = self.names.len() - level.names_at;
        let (names_at, table_at) = (level.names_at, level.table_at);
        let room = self.table.len() - table_at;
        if count <= LINEAR_MAX {
            return;
        }
        if room >= 2 * count {
            place(&mut self.table[table_at..], hash, self.names.len());
            return;
        }
        // Only the innermost object grows, so its table is the last one.
        let grown = (4 * count).next_power_of_two();
        self.table.truncate(table_at);
        self.table.resize(table_at + grown, 0);
        for (n, name) in self.names.iter().enumerate().skip(names_at) {
            place(&mut self.table[table_at..], name.hash, n + 1);
        }
    }
}

fn filter_bit(hash: u64) -> u64 {
    1 << (hash >> 58)
}

fn place(table: &mut [u32], hash: u64, number: usize) {
    let mask = table.len() - 1;
    let mut at = hash as usize & mask;
    while table[at] != 0 {
        at = (at + 1) & mask;
    }
    table[at] = u32::try_from(number).expect("a record of 4 GiB has fewer names");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(name: &[u8]) -> u64 {
        name.iter()
            .fold(7, |h: u64, b| {
                (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3)
            })
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    fn put(seen: &mut Duplicates, object: u64, name: &str) -> Result<(), Duplicate> {
        seen.insert(
            object,
            hash(name.as_bytes()),
            name.as_bytes(),
            0,
            name.len(),
            None,
        )
    }

    #[test]
    fn small_and_large_sets_find_their_duplicates() {
        for n in [1, 32, 33, 64, 65, 1000] {
            let all: String = (0..n).map(|i| format!("{i:08}")).collect();
            let mut seen = Duplicates::default();
            let mut insert = |i: usize| {
                let bytes = &all.as_bytes()[i * 8..][..8];
                seen.insert(1, hash(bytes), all.as_bytes(), i * 8, 8, None)
            };
            (0..n).for_each(|i| insert(i).unwrap());
            assert!((0..n).all(|i| insert(i).is_err()), "{n}");
        }
    }

    #[test]
    fn inner_objects_leave_the_outer_ones_alone() {
        let mut seen = Duplicates::default();
        put(&mut seen, 1, "a").unwrap();
        put(&mut seen, 2, "a").unwrap();
        assert!(put(&mut seen, 2, "a").is_err());
        seen.close(2);
        seen.close(7);
        assert!(put(&mut seen, 1, "a").is_err());
    }

    #[test]
    fn escaped_names_compare_by_their_characters() {
        let mut seen = Duplicates::default();
        let h = hash(b"email");
        let input = br"em\u0061il email";
        seen.insert(1, h, input, 0, 10, Some(b"email")).unwrap();
        assert!(seen.insert(1, h, input, 11, 5, None).is_err());
    }

    #[test]
    fn equal_hashes_are_no_duplicates() {
        let mut seen = Duplicates::default();
        seen.insert(1, 9, b"ab", 0, 1, None).unwrap();
        seen.insert(1, 9, b"ab", 1, 1, None).unwrap();
    }
}
