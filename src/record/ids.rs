//! Places in the lists of a plan, as numbers that cannot be mixed up.

/// Place of an action among the plan's actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub u32);

/// Place of a counted field among those of its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u32);

impl ActionId {
    /// As an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl FieldId {
    /// As an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
