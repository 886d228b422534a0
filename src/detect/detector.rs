//! One thing that whole values can look like.

/// A scalar of an event.
#[derive(Clone, Copy)]
pub enum Scalar<'a> {
    /// The characters of a text.
    Text(&'a str),
    /// A number, as the event spells it (RFC 8259).
    Number(&'a str),
}

/// Something that whole values can look like.
pub struct Detector {
    /// One word, for reports and programs.
    pub name: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// The category it speaks for; `None`: a form that says nothing of whose it is.
    pub category: Option<&'static str>,
    /// How much it means that nearly all values pass, without a word from the
    /// name; percent.
    pub confidence: u8,
    /// True for a whole value that looks so.
    pub matches: fn(Scalar<'_>) -> bool,
    /// Texts that look so, and texts that almost do; for the tests.
    #[cfg(test)]
    pub(super) examples: Examples,
}

/// What a detector takes and what it does not.
#[cfg(test)]
pub(super) struct Examples {
    pub(super) takes: &'static [&'static str],
    pub(super) refuses: &'static [&'static str],
}
