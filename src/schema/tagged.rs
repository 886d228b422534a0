//! The paths at which the owners of a schema tag a field, in whichever format it is.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

use crate::record::path::{Selector, Step};

/// Most paths of a schema that are gone through: types that are used in many places have
/// more of them than a file has fields.
const PATHS_MAX: usize = 1 << 13;
/// Deepest path that is gone through.
pub(crate) const DEPTH_MAX: usize = 64;

/// A schema, as far as its owners tag what stands in it.
pub trait Tagged {
    /// A place in it.
    type At: Copy + Eq + Hash;
    /// Most parts of it that are looked at for what is said of one value.
    const SPEAKING_MAX: usize = usize::MAX;
    /// The record.
    fn root(&self) -> Self::At;
    /// The way from a place to one of which more is said than is looked at, where there is
    /// one: no step, the place itself; one step, what stands inside of it.
    fn overflows(&self, _at: Self::At) -> Option<Vec<Step>> {
        None
    }
    /// What stands inside of a place.
    fn inside(&self, at: Self::At) -> Vec<Tag<Self::At>>;
}

/// What stands inside of a place.
pub struct Tag<A> {
    /// How one comes to it.
    pub step: Step,
    /// What its owners call it.
    pub tags: Vec<String>,
    /// The place, or all that it can be.
    pub to: Vec<A>,
}

/// Why tags are not looked for in a schema: some of them would be missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TooMuch {
    /// It has more paths than are gone through.
    Paths,
    /// More parts speak of one value than are looked at.
    Said {
        /// Where it is; no step: the whole value.
        path: Vec<Step>,
        /// So many are.
        most: usize,
    },
}

impl fmt::Display for TooMuch {
    /// What is said of the schema, as the end of a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TooMuch::Paths => write!(f, "has more than {PATHS_MAX} paths"),
            TooMuch::Said { path, most } if path.is_empty() => {
                write!(f, "speaks of the whole value in more than {most} parts")
            }
            TooMuch::Said { path, most } => {
                let path = Selector {
                    steps: path.clone(),
                };
                write!(f, "speaks of `{path}` in more than {most} parts")
            }
        }
    }
}

/// A path at which a field has tags, and these.
pub type TaggedPath = (Vec<Step>, Vec<String>);

/// Each path at which a field has tags, with those of what it stands in; a place inside
/// itself is gone through once.
///
/// # Errors
/// [`TooMuch`], the first that is met.
pub fn tagged<S: Tagged>(schema: &S) -> Result<Vec<TaggedPath>, TooMuch> {
    let mut walk = Walk {
        schema,
        path: Vec::new(),
        around: HashSet::new(),
        found: Vec::new(),
        tags: Vec::new(),
        left: PATHS_MAX,
    };
    walk.inside(schema.root())?;
    Ok(walk.found)
}

struct Walk<'s, S: Tagged> {
    schema: &'s S,
    path: Vec<Step>,
    /// Places that are gone through now.
    around: HashSet<S::At>,
    found: Vec<(Vec<Step>, Vec<String>)>,
    /// Of all that is around: what is inside has them too.
    tags: Vec<String>,
    /// So many paths more are gone through.
    left: usize,
}

impl<S: Tagged> Walk<'_, S> {
    fn inside(&mut self, at: S::At) -> Result<(), TooMuch> {
        if self.path.len() >= DEPTH_MAX || !self.around.insert(at) {
            return Ok(());
        }
        if let Some(way) = self.schema.overflows(at) {
            let mut path = self.path.clone();
            path.extend(way);
            return Err(TooMuch::Said {
                path,
                most: S::SPEAKING_MAX,
            });
        }
        let inside = self.schema.inside(at);
        let left = self.left.checked_sub(inside.len());
        self.left = left.ok_or(TooMuch::Paths)?;
        for Tag { step, tags, to } in inside {
            self.path.push(step);
            let outer = self.tags.len();
            if !tags.is_empty() {
                self.tags.extend(tags);
                self.found.push((self.path.clone(), self.tags.clone()));
            }
            to.into_iter().try_for_each(|at| self.inside(at))?;
            self.tags.truncate(outer);
            self.path.pop();
        }
        self.around.remove(&at);
        Ok(())
    }
}

/// The paths of a schema and their tags as a test reads them.
#[cfg(test)]
pub(crate) fn said<S: Tagged>(schema: &S) -> Vec<(String, String)> {
    let found = tagged(schema).expect("few paths").into_iter();
    let one =
        |(steps, tags): (Vec<Step>, Vec<String>)| (Selector { steps }.to_string(), tags.join(" "));
    found.map(one).collect()
}
