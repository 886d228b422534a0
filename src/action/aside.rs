//! Where actions work that make their text in several steps.

use crate::record::jobs::Jobs;

/// What a worker keeps for an action that holds others, or that makes its text in
/// several steps. Content is whatever the last user left.
#[derive(Default)]
pub(crate) struct Aside {
    /// The characters of the value.
    pub(super) text: String,
    /// What is written of it.
    pub(super) made: Vec<u8>,
    /// A part of it.
    pub(super) part: Vec<u8>,
    /// For the actions inside.
    pub(super) room: Room,
}

/// Where an action inside another one works.
#[derive(Default)]
pub(super) struct Room {
    pub(super) jobs: Jobs,
    pub(super) out: Vec<u8>,
}

/// One for each level in work.
#[derive(Default)]
pub struct Asides(Vec<Aside>);

impl Asides {
    pub(super) fn pop(&mut self) -> Option<Aside> {
        self.0.pop()
    }

    pub(super) fn push(&mut self, aside: Aside) {
        self.0.push(aside);
    }
}
