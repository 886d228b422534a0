//! A row of what a release group remembers.

/// Longest value of a row before it is sealed, in bytes: whoever has more to say writes
/// several rows.
pub const VALUE_MAX: usize = 512 << 10;

/// A row of a compacted topic: the newest value of each key counts. What its value says is
/// known to whoever made it; to everybody else it is sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct StateRow {
    /// Begins with the kind of the row and the topic of its output; in clear.
    pub key: Vec<u8>,
    /// `None`: the row is taken back.
    pub value: Option<Vec<u8>>,
}

impl StateRow {
    /// Bytes of key and value.
    pub fn len(&self) -> u64 {
        (self.key.len() + self.value.as_ref().map_or(0, Vec::len)) as u64
    }

    /// True of a row without a single byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Debug for StateRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.value.as_ref().map(Vec::len);
        write!(f, "StateRow({}, {value:?} bytes)", self.key.escape_ascii())
    }
}
