//! What a mapping may hold: the shape is the only list of its words, so that
//! parser, JSON Schema and reference page cannot disagree.

/// The words one mapping may hold.
#[derive(Debug)]
pub(crate) struct Shape {
    /// What the mapping is called in messages: `output`, `keep`, ….
    pub(crate) name: &'static str,
    /// Its words.
    pub(crate) words: &'static [Word],
}

/// One word of the language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// As written.
    pub(crate) name: &'static str,
    /// What may stand behind it.
    pub(crate) takes: Takes,
    /// Must be present.
    pub(crate) required: bool,
    /// Need not be where that word is.
    pub(crate) unless: Option<&'static str>,
    /// The default, as the reference prints it; empty when there is none.
    pub(crate) default: &'static str,
    /// One sentence for the reference page and the editor.
    pub(crate) doc: &'static str,
    /// False: a word of the language that this version lacks (`V0001`).
    pub(crate) built: bool,
    /// An empty list has a meaning here; everywhere else it is refused.
    pub(crate) may_be_empty: bool,
}

/// What may stand behind a word.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// Any text. A report shows it where it looks like a name or a path.
    Text,
    /// Text for people, that reports show.
    Prose,
    /// A name under `keys:`, with what the action pins; a regular expression says how
    /// it is written, none where it is nothing but the name.
    KeyName(&'static str),
    /// Text of a made-up event; no report shows it.
    EventText,
    /// Any scalar but `null`, of a made-up event; no report shows it.
    EventScalar,
    /// Text that matches a regular expression (for the schema; the reader checks by its own type).
    TextLike(&'static str),
    /// An integer in a range, both ends included.
    Integer(i64, i64),
    /// A number in JSON's grammar.
    Number,
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of the first words; the others belong to a later version.
    OneOfSome(&'static [&'static str], &'static [&'static str]),
    /// A list of something.
    List(&'static Takes),
    /// One of something, or a list of it.
    OneOrMany(&'static Takes),
    /// A mapping with free names.
    MapOf(&'static Takes),
    /// A mapping of that shape.
    Object(&'static Shape),
    /// A field value: a bare word, or one action (see `transform`).
    FieldValue,
    /// A condition: `PATH: TEST`, `any`, `all`, `not`, or `from` with `is`.
    Condition,
    /// What is asked of a value: a scalar, a list of them, or a mapping of that shape.
    Test(&'static Shape),
    /// How the record key is made: `from`, `like`, or one action.
    RecordKey,
    /// Any scalar but `null`.
    Scalar,
    /// `null`.
    Null,
    /// Anything (the value of a test event); no report shows its scalars.
    Anything,
    /// Either of two.
    Either(&'static Takes, &'static Takes),
}

/// A word with no default that need not be there.
pub(crate) const fn word(name: &'static str, takes: Takes, doc: &'static str) -> Word {
    Word {
        name,
        takes,
        required: false,
        unless: None,
        default: "",
        doc,
        built: true,
        may_be_empty: false,
    }
}

impl Word {
    /// The same word, required.
    pub(crate) const fn required(mut self) -> Word {
        self.required = true;
        self
    }

    /// The same word, required where another is not written.
    pub(crate) const fn required_unless(mut self, other: &'static str) -> Word {
        self.unless = Some(other);
        self.required()
    }

    /// The same word with a default.
    pub(crate) const fn default(mut self, default: &'static str) -> Word {
        self.default = default;
        self
    }

    /// The same word; an empty list behind it means what it says.
    pub(crate) const fn may_be_empty(mut self) -> Word {
        self.may_be_empty = true;
        self
    }

    /// The same word, known but not built yet.
    pub(crate) const fn not_in_this_version(mut self) -> Word {
        self.built = false;
        self
    }
}
