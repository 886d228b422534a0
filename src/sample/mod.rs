//! What a sample of events holds.
//!
//! **In**: the values of records, one at a time, as bytes. **Out**: for each path
//! how often it is there, which kinds of value, how many distinct ones, what they
//! look like; and for a path that is not there the nearest that is. **Promises**:
//! bounded memory whatever comes; what the stream would refuse is counted by its
//! reason; of a value nothing is kept but a keyed hash, except short words of
//! members that say what kind of event it is, and the values of the one path whose
//! [`Frequent`] ones are asked for. **Does not know**: policies, files.

mod apart;
mod asked;
mod distinct;
mod found;
mod frequent;
mod near;
mod pair;
mod stats;
mod tree;
mod walk;
mod words;
mod wrapped;

pub use distinct::Count;
pub use found::Found;
pub use frequent::{Frequent, Listed as FrequentValues};
pub use near::{Near, NearBy, nearest, skeleton_of};
pub use stats::Stats;
pub use tree::PATHS_MAX;
pub use words::{Listed, WORDS_MAX};
pub use wrapped::LOOKS_ENVELOPED;

use crate::decode::Limits;
use crate::decode::json::JsonDecoder;
use crate::plan::automaton::{Automaton, Builder};
use crate::record::Reason;
use crate::record::path::Selector;
use crate::record::tape::{Slot, Tape};
use tree::Tree;

/// A list of which each element is a record.
struct Split {
    /// The way there from the top; none: the record is the list.
    names: Vec<String>,
    /// Reads a record that is a list: it begins in that state.
    list: (Automaton, Slot),
}

/// What a sample holds. See [`Profile::add`].
pub struct Profile {
    tree: Tree,
    decoder: JsonDecoder,
    /// Names nothing: the decoder is here to refuse what the stream refuses.
    nothing: Automaton,
    /// Elements that are pairs of a key and a value have a path by their key.
    by_keys: bool,
    /// Records have no parts: each is one text of JSON.
    bare: bool,
    /// Where in a record the list stands of which each element is one.
    split: Option<Split>,
    tape: Tape,
    limits: Limits,
    records: u64,
    tombstones: u64,
    refused: [u64; Reason::COUNT],
}

impl Profile {
    /// An empty profile. `seed` keys the hashes of values; draw it at random, once
    /// a process.
    pub fn new(seed: u64) -> Profile {
        let nothing = Builder::default().build(&[]);
        Profile {
            tree: Tree::new(seed),
            decoder: JsonDecoder::new(seed),
            nothing: nothing.expect("no selectors make few states").automaton,
            by_keys: false,
            bare: false,
            split: None,
            tape: Tape::default(),
            limits: Limits::default(),
            records: 0,
            tombstones: 0,
            refused: [0; Reason::COUNT],
        }
    }

    /// The same, by keys: elements that are pairs of a key and a value (`{ key, value }`,
    /// `{ name, value }`) have a path for each key, as `[?key=='…']` chooses them.
    pub fn by_keys(seed: u64) -> Profile {
        Profile {
            by_keys: true,
            ..Profile::new(seed)
        }
    }

    /// The same of records in which a list stands, each element of it a record with
    /// all that is around the list (`source.split`). `names`: the way to the list from
    /// the top; none: the record is the list.
    pub fn of_elements(seed: u64, names: Vec<String>) -> Profile {
        let whole = Profile::new(seed);
        let list = whole.nothing.with_list(&[]);
        Profile {
            split: Some(Split { names, list }),
            ..whole
        }
    }

    /// The same of records whose value has no parts: each is shown as one text of JSON, and
    /// stands at `.`.
    pub fn of_bare(seed: u64) -> Profile {
        Profile {
            bare: true,
            ..Profile::new(seed)
        }
    }

    /// Adds the value of one record. What the stream could not read is counted
    /// and leaves nothing else behind.
    ///
    /// # Errors
    /// Why the stream would refuse it.
    pub fn add(&mut self, value: &[u8]) -> Result<(), Reason> {
        match &self.split {
            _ if self.bare => self
                .add_bare(value)
                .inspect_err(|reason| self.refuse(*reason)),
            Some(_) => self
                .add_apart(value)
                .inspect_err(|reason| self.refuse(*reason)),
            None => self.add_whole(value),
        }
    }

    fn add_apart(&mut self, value: &[u8]) -> Result<(), Reason> {
        let (Some(split), limits) = (&self.split, &self.limits) else {
            return Ok(());
        };
        let (decoder, tape) = (&mut self.decoder, &mut self.tape);
        let text = match split.names.is_empty() {
            true => decoder.decode_list(value, (&split.list.0, split.list.1), limits, tape)?,
            false => decoder.decode(value, &self.nothing, limits, tape)?,
        };
        let most = (limits.split_max, limits.value_bytes_max);
        let apart = apart::Apart::of(text, &split.names, most)?;
        let is_list = split.names.is_empty();
        for element in apart.each() {
            if is_list && !element.starts_with('{') {
                self.refuse(Reason::NotAnObject);
                continue;
            }
            self.records += 1;
            self.tree.begin_record();
            walk::walk(&element, &mut self.tree);
        }
        Ok(())
    }

    fn add_bare(&mut self, value: &[u8]) -> Result<(), Reason> {
        // What could not be read as text is not shown as one.
        let text = std::str::from_utf8(value).map_err(|_| Reason::NotUtf8)?;
        self.records += 1;
        self.tree.begin_record();
        walk::walk(text, &mut self.tree);
        Ok(())
    }

    fn add_whole(&mut self, value: &[u8]) -> Result<(), Reason> {
        let read = self
            .decoder
            .decode(value, &self.nothing, &self.limits, &mut self.tape);
        match read {
            Ok(text) => {
                self.records += 1;
                self.tree.begin_record();
                match self.by_keys {
                    true => walk::walk_by_keys(text, &mut self.tree, pair::key),
                    false => walk::walk(text, &mut self.tree),
                }
                Ok(())
            }
            Err(reason) => {
                self.refuse(reason);
                Err(reason)
            }
        }
    }

    /// Counts a record without a value.
    pub fn add_tombstone(&mut self) {
        self.tombstones += 1;
    }

    /// Counts a record that could not even be handed over.
    pub fn refuse(&mut self, reason: Reason) {
        self.refused[reason.index()] += 1;
    }

    /// Records that were read.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Records without a value.
    pub fn tombstones(&self) -> u64 {
        self.tombstones
    }

    /// Records that were refused, by reason, those that occurred.
    pub fn refused(&self) -> impl Iterator<Item = (Reason, u64)> {
        let all = Reason::ALL.into_iter();
        all.map(|reason| (reason, self.refused[reason.index()]))
            .filter(|(_, count)| *count > 0)
    }

    /// Values at paths beyond [`PATHS_MAX`], of which nothing else is known.
    pub fn overflow(&self) -> u64 {
        self.tree.overflow()
    }

    /// Every path but the top, in the order of the events, what is above first.
    pub fn paths(&self) -> Vec<Found<'_>> {
        self.tree.paths()
    }

    /// The paths that hold scalars or nothing but nulls and empty containers.
    pub fn leaves(&self) -> Vec<Found<'_>> {
        let mut leaves = self.paths();
        leaves.retain(|found| found.stats.scalars() > 0 || !found.has_inside);
        leaves
    }

    /// What stands at a path: members whose names were folded into `*` answer
    /// together, `[n]` as every element.
    pub fn find(&self, path: &Selector) -> Option<Found<'_>> {
        let (stats, has_inside, with_others) = self.tree.find(path)?;
        Some(Found {
            path: path.clone(),
            stats,
            has_inside,
            with_others,
        })
    }

    /// For a path that no record has: the nearest one that some have.
    pub fn nearest(&self, path: &Selector) -> Option<Near> {
        if self.tree.find(path).is_some() {
            return None;
        }
        nearest(path, self.paths().into_iter().map(|found| found.path))
    }
}

#[cfg(test)]
mod tests;
