//! All selectors as one deterministic automaton: one look-up a member.

use crate::record::path::Selector;
use crate::record::tape::Slot;

/// Nobody reads this value or anything below it.
pub const DEAD: Slot = 0;
/// Below a value that is taken as raw text; nothing named inside.
pub const WHOLE: Slot = 1;
/// The top-level object.
pub const ROOT: Slot = 2;

/// Number of a selector given to a [`Builder`].
pub type SelectorId = usize;

/// Collects selectors.
#[derive(Default)]
pub struct Builder {
    selectors: Vec<Selector>,
}

/// What the subset construction made.
pub struct Built {
    /// The automaton itself.
    pub automaton: Automaton,
    /// For each state: which selectors end there and which pass through it.
    pub states: Vec<StateInfo>,
}

/// Which selectors meet in a state.
#[derive(Clone, Debug, Default)]
pub struct StateInfo {
    /// Those that end here.
    pub accepts: Vec<SelectorId>,
    /// Those that go on below.
    pub passes: Vec<SelectorId>,
}

/// More than 65,536 states.
#[derive(Debug)]
pub struct TooManyStates;

impl Builder {
    /// Adds a selector; equal selectors get one number.
    pub fn add(&mut self, selector: Selector) -> SelectorId {
        if let Some(at) = self.selectors.iter().position(|s| *s == selector) {
            return at;
        }
        self.selectors.push(selector);
        self.selectors.len() - 1
    }

    /// The selector of that number.
    pub fn selector(&self, id: SelectorId) -> &Selector {
        &self.selectors[id]
    }

    /// Merges all selectors. `reads[i]` is the selector that read number `i`
    /// of the plan looks at.
    ///
    /// # Errors
    /// [`TooManyStates`] above 65,536 states.
    pub fn build(&self, reads: &[SelectorId]) -> Result<Built, TooManyStates> {
        let _ = reads;
        todo!("subset construction")
    }
}

/// The automaton: a state per place that somebody reads.
pub struct Automaton {}
