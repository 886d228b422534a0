//! A place of a schema in words: what two schemas are compared by.

/// The place that is the whole record.
pub const RECORD: &str = "(record)";
/// The place that stands for all of what leaves, where its places are too many to be told.
pub const WHOLE: &str = "(schema)";

/// A place of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its path (`a.b`, `a[*]`, `a.*`), or [`RECORD`].
    pub path: String,
    /// What a value can be there; no names of types, which say nothing of values.
    pub said: String,
    /// How the types that a value can have there are called; `None`: they have no names.
    pub called: Option<String>,
}

#[cfg(test)]
impl Place {
    /// All of it on one line.
    pub(super) fn line(&self) -> String {
        let called = self.called.as_ref();
        let called = called.map_or_else(String::new, |called| format!(" called {called}"));
        format!("{}: {}{called}", self.path, self.said)
    }
}
