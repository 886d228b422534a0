//! How a person stands in one version of what is known.

/// How a person stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Which profile: what [`Snapshot::bits`](super::Snapshot::bits) takes. 0: nothing is known.
    pub profile: u32,
    /// What holds of the person in every category.
    pub mark: Option<Mark>,
}

/// What holds of a person in every category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Erased (GDPR article 17).
    Erased,
    /// Processing is restricted (GDPR article 18).
    Restricted,
}
