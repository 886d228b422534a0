//! The paths at which the owners of a schema tag a field, in whichever format it is.

use std::collections::HashSet;
use std::hash::Hash;

use crate::record::path::Step;

/// Most paths of a schema that are gone through: types that are used in many places have
/// more of them than a file has fields.
const PATHS_MAX: usize = 1 << 13;
/// Deepest path that is gone through.
pub(crate) const DEPTH_MAX: usize = 64;

/// A schema, as far as its owners tag what stands in it.
pub trait Tagged {
    /// A place in it.
    type At: Copy + Eq + Hash;
    /// The record.
    fn root(&self) -> Self::At;
    /// False of a place of which more is said than is looked at.
    fn is_looked_through(&self, _at: Self::At) -> bool {
        true
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

/// Each path at which a field has tags, with those of what it stands in; a place inside
/// itself is gone through once.
///
/// `None`: there are more paths, or more is said of one place, than is gone through.
pub fn tagged<S: Tagged>(schema: &S) -> Option<Vec<(Vec<Step>, Vec<String>)>> {
    let mut walk = Walk {
        schema,
        path: Vec::new(),
        around: HashSet::new(),
        found: Vec::new(),
        tags: Vec::new(),
        left: PATHS_MAX,
    };
    walk.inside(schema.root());
    (walk.left > 0).then_some(walk.found)
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
    fn inside(&mut self, at: S::At) {
        if self.path.len() >= DEPTH_MAX || !self.around.insert(at) {
            return;
        }
        if !self.schema.is_looked_through(at) {
            self.left = 0;
            return;
        }
        let inside = self.schema.inside(at);
        self.left = self.left.saturating_sub(inside.len());
        for Tag { step, tags, to } in inside {
            if self.left == 0 {
                return;
            }
            self.path.push(step);
            let outer = self.tags.len();
            if !tags.is_empty() {
                self.tags.extend(tags);
                self.found.push((self.path.clone(), self.tags.clone()));
            }
            to.into_iter().for_each(|at| self.inside(at));
            self.tags.truncate(outer);
            self.path.pop();
        }
        self.around.remove(&at);
    }
}

/// The paths of a schema and their tags as a test reads them.
#[cfg(test)]
pub(crate) fn said<S: Tagged>(schema: &S) -> Vec<(String, String)> {
    use crate::record::path::Selector;

    let found = tagged(schema).expect("few paths").into_iter();
    let one =
        |(steps, tags): (Vec<Step>, Vec<String>)| (Selector { steps }.to_string(), tags.join(" "));
    found.map(one).collect()
}
