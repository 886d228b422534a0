//! Whose consent a batch was decided by.

/// By which version of what is known a batch was decided, and who is in what leaves of it:
/// whoever is narrowed after that version must not leave so.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Decided {
    /// See [`Snapshot::version`](super::Snapshot::version); 0 where nobody is asked.
    pub version: u64,
    /// For each record that some gated output may have, every person that it names, as
    /// [`Narrowings::short`](super::Narrowings::short) shortens their names. A person can
    /// stand in it several times; it can hold people of whom nothing leaves after all.
    pub who: Vec<u64>,
}

/// The names of people are personal data: how many there are is all that is shown.
impl std::fmt::Debug for Decided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (version, count) = (self.version, self.who.len());
        write!(f, "Decided(version {version}, {count} people)")
    }
}
