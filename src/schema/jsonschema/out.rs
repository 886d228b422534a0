//! What is said of the places of what leaves.

use std::collections::HashMap;

use super::types::Types;
use crate::schema::json::Json;

/// A place of what leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct OutId(pub(super) u32);

/// What is said of the values at a place of what leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Out {
    pub(super) types: Types,
    pub(super) format: Option<Box<str>>,
    pub(super) description: Option<Box<str>>,
    pub(super) tags: Vec<Box<str>>,
    /// Of an object of which something inside is named: its members.
    pub(super) inside: Option<Members>,
    /// Of an array of which something inside is named: what its elements can be.
    pub(super) items: Vec<OutId>,
    /// It is one of these, and nothing else is said.
    pub(super) any_of: Vec<OutId>,
    /// What was done to it.
    pub(super) said: Option<Json>,
    /// It may be that nothing is written, although a value was there.
    pub(super) may_be_absent: bool,
}

/// Members of what leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Members {
    pub(super) named: Vec<(Box<str>, OutId)>,
    /// What those of other names can be; none: there are none.
    pub(super) rest: Vec<OutId>,
    /// Where each name stands in `named`.
    places: HashMap<Box<str>, usize>,
}

impl Members {
    pub(super) fn place_of(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// Adds one of another name than all others.
    pub(super) fn push(&mut self, name: Box<str>, id: OutId) {
        self.places.insert(name.clone(), self.named.len());
        self.named.push((name, id));
    }
}

impl Out {
    /// Those types, and nothing more to say.
    pub(super) const fn of(types: Types) -> Out {
        Out {
            types,
            format: None,
            description: None,
            tags: Vec::new(),
            inside: None,
            items: Vec::new(),
            any_of: Vec::new(),
            said: None,
            may_be_absent: false,
        }
    }

    /// How many bytes of the writer's words are in it, beside names.
    pub(super) fn bytes(&self) -> usize {
        let words = self.format.iter().chain(&self.description);
        words.chain(&self.tags).map(|word| word.len()).sum()
    }

    /// The places that it leads to.
    pub(super) fn leads_to(&self) -> impl Iterator<Item = OutId> + '_ {
        let inside = self.inside.iter();
        let members = inside.flat_map(|members| {
            let named = members.named.iter().map(|(_, id)| id);
            named.chain(&members.rest)
        });
        let all = members.chain(&self.items).chain(&self.any_of);
        all.copied()
    }
}
