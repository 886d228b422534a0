//! Names of members that are made for one record, and the names beside them: two of
//! one object that come out alike would be read as one.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::action::Cx;
use crate::plan::Naming;
use crate::record::Reason;
use crate::record::overwrite;
use crate::record::value::Text;

/// Up to so many names of an object are compared one by one.
const LINEAR_MAX: usize = 32;

/// The names of the objects in work that have some that are made.
#[derive(Default)]
pub(super) struct MadeNames {
    /// Characters of all names below.
    bytes: Vec<u8>,
    /// Each name by the place behind it, those of inner objects behind.
    ends: Vec<usize>,
    objects: Vec<Object>,
    /// Containers in work whose names stand among these.
    containers: Vec<Container>,
    /// By which names are hashed.
    hashing: RandomState,
}

struct Object {
    /// Its place among the frames.
    frame: usize,
    /// How many names stand before its own.
    names: usize,
    /// How many of its names have a hash, once they are many. Hashes and not names: what
    /// a name was must not outlive it.
    many: HashMap<u64, u32>,
}

struct Container {
    frame: usize,
    /// Its name's place.
    name: usize,
    is_made: bool,
}

impl MadeNames {
    /// Forgets all; what was in clear is overwritten.
    pub(super) fn clear(&mut self) {
        overwrite::cut(&mut self.bytes, 0);
        self.ends.clear();
        self.objects.clear();
        self.containers.clear();
    }

    /// Adds the name that `naming` makes to those of the object at that frame. False:
    /// there is none.
    ///
    /// # Errors
    /// The reason why it is refused; `duplicate_key` when the object has it already.
    pub(super) fn make(
        &mut self,
        frame: usize,
        naming: &Naming,
        name: Text<'_>,
        cx: &mut Cx<'_>,
    ) -> Result<bool, Reason> {
        let at = self.bytes.len();
        let made = naming.action.make(name, &mut self.bytes, cx);
        if let Ok(true) = made {
            return self.added(frame, at).map(|()| true);
        }
        overwrite::cut(&mut self.bytes, at);
        made
    }

    /// Adds a name as it stands.
    ///
    /// # Errors
    /// `duplicate_key` when the object has it already.
    pub(super) fn add(&mut self, frame: usize, name: &str) -> Result<(), Reason> {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(name.as_bytes());
        self.added(frame, at)
    }

    /// The name that was added last.
    pub(super) fn last(&self) -> &str {
        self.name(self.ends.len() - 1)
    }

    /// Takes back the name that was added last, which was not written.
    pub(super) fn forget_last(&mut self) {
        if let (Some(object), Some(_)) = (self.objects.last_mut(), self.ends.last()) {
            let name = span(&self.ends, self.ends.len() - 1);
            let hash = self.hashing.hash_one(&self.bytes[name.clone()]);
            if let Some(count) = object.many.get_mut(&hash) {
                *count -= 1;
            }
            overwrite::cut(&mut self.bytes, name.start);
            self.ends.pop();
        }
    }

    /// The name that was added last is that of the container at that frame.
    pub(super) fn hold(&mut self, frame: usize, is_made: bool) {
        self.containers.push(Container {
            frame,
            name: self.ends.len() - 1,
            is_made,
        });
    }

    /// True when the name of the container at that frame was added.
    pub(super) fn holds(&self, frame: usize) -> bool {
        self.containers.iter().rev().any(|c| c.frame == frame)
    }

    /// The name that was made for the container at that frame; `None`: its own stands.
    #[inline]
    pub(super) fn of(&self, frame: usize) -> Option<&str> {
        if self.containers.is_empty() {
            return None;
        }
        let mut innermost = self.containers.iter().rev();
        let own = innermost.find(|c| c.frame == frame && c.is_made)?;
        Some(self.name(own.name))
    }

    /// Only so many frames are left. `is_written`: the innermost that is gone was.
    pub(super) fn left(&mut self, frames: usize, is_written: bool) {
        while let Some(object) = self.objects.pop_if(|o| o.frame >= frames) {
            self.ends.truncate(object.names);
            let left = self.ends.last().copied().unwrap_or(0);
            overwrite::cut(&mut self.bytes, left);
        }
        let mut is_taken_back = false;
        while let Some(gone) = self.containers.pop_if(|c| c.frame >= frames) {
            is_taken_back |= gone.frame == frames && !is_written;
        }
        if is_taken_back {
            self.forget_last();
        }
    }

    fn name(&self, n: usize) -> &str {
        std::str::from_utf8(&self.bytes[span(&self.ends, n)]).expect("names are texts")
    }

    /// Takes what stands in `bytes` from `at` on as a name of that object.
    fn added(&mut self, frame: usize, at: usize) -> Result<(), Reason> {
        if self.objects.last().is_none_or(|o| o.frame < frame) {
            self.objects.push(Object {
                frame,
                names: self.ends.len(),
                many: HashMap::new(),
            });
        }
        let object = self.objects.last_mut().expect("just made");
        let (own, count) = (object.names, self.ends.len() - object.names);
        let (before, name) = self.bytes.split_at(at);
        let of = |n: usize| &before[span(&self.ends, n)];
        let is_among = || (own..own + count).any(|n| of(n) == name);
        let is_known = match count {
            0..LINEAR_MAX => is_among(),
            _ => {
                if object.many.is_empty() {
                    for n in own..own + count {
                        *object.many.entry(self.hashing.hash_one(of(n))).or_default() += 1;
                    }
                }
                let same = object.many.entry(self.hashing.hash_one(name)).or_default();
                // Two names may have one hash.
                let is_known = *same > 0 && is_among();
                *same += u32::from(!is_known);
                is_known
            }
        };
        if is_known {
            overwrite::cut(&mut self.bytes, at);
            return Err(Reason::DuplicateKey);
        }
        self.ends.push(self.bytes.len());
        Ok(())
    }
}

fn span(ends: &[usize], n: usize) -> std::ops::Range<usize> {
    let start = n.checked_sub(1).map_or(0, |before| ends[before]);
    start..ends[n]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_object_are_compared_and_those_of_others_not() {
        let mut names = MadeNames::default();
        assert_eq!(names.add(0, "a"), Ok(()));
        names.hold(1, true);
        assert_eq!(names.of(1), Some("a"));
        assert_eq!(names.add(1, "a"), Ok(()));
        assert_eq!(names.add(1, "a"), Err(Reason::DuplicateKey));
        names.left(1, true);
        assert_eq!(names.of(1), None);
        assert_eq!(names.add(0, "a"), Err(Reason::DuplicateKey));
        // One that was not written is free again.
        assert_eq!(names.add(0, "b"), Ok(()));
        names.hold(1, false);
        assert_eq!((names.of(1), names.holds(1)), (None, true));
        names.left(1, false);
        assert_eq!(names.add(0, "b"), Ok(()));
        names.forget_last();
        assert_eq!(names.add(0, "b"), Ok(()));
    }

    #[test]
    fn many_names_are_compared_as_well() {
        let mut names = MadeNames::default();
        for n in 0..200 {
            assert_eq!(names.add(3, &n.to_string()), Ok(()), "{n}");
            assert_eq!(names.add(3, &n.to_string()), Err(Reason::DuplicateKey));
            assert_eq!(names.add(3, "0"), Err(Reason::DuplicateKey));
        }
        names.forget_last();
        assert_eq!(names.add(3, "199"), Ok(()));
        assert_eq!(names.last(), "199");
        names.left(3, true);
        assert_eq!(names.add(3, "0"), Ok(()));
    }

    #[test]
    fn every_name_that_was_there_is_overwritten() {
        let mut names = MadeNames::default();
        overwrite::take_overwritten();
        let mut written = 0;
        for n in 0..100 {
            let name = format!("jane{n}@a.example");
            written += 2 * name.len();
            assert_eq!(names.add(0, &name), Ok(()));
            assert_eq!(names.add(0, &name), Err(Reason::DuplicateKey));
        }
        names.hold(1, true);
        assert_eq!(names.add(1, "inside"), Ok(()));
        names.left(1, false);
        written += "inside".len();
        names.clear();
        assert_eq!(overwrite::take_overwritten(), written);
    }
}
