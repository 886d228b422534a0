//! What a schema comes to: who makes bindings, and why there may be none.

use super::call::Kind;
use super::fetched::Text;
use crate::record::Reason;
use crate::schema::frame::{MessagePath, Part, SchemaId};

/// What a part of a record was written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Of the key or the value: they have subjects of their own.
    pub part: Part,
    /// Which schema.
    pub id: SchemaId,
    /// Which message of a Protobuf file.
    pub message: MessagePath,
}

/// Why the records of a schema cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No registry has it.
    Unknown,
    /// It cannot be parsed, or not be bound to the policy.
    Unusable,
    /// What leaves is not compatible with what left before.
    Incompatible,
}

impl Refusal {
    /// Every one.
    pub const ALL: [Refusal; 3] = [Refusal::Unknown, Refusal::Unusable, Refusal::Incompatible];

    /// Its word: that of the record's reason, and the metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Refusal::Unknown => "schema_unknown",
            Refusal::Unusable => "schema_unusable",
            Refusal::Incompatible => "schema_incompatible",
        }
    }

    /// What is said of the records.
    pub const fn reason(self) -> Reason {
        match self {
            Refusal::Unknown => Reason::SchemaUnknown,
            Refusal::Unusable => Reason::SchemaUnusable,
            Refusal::Incompatible => Reason::SchemaIncompatible,
        }
    }
}

/// Makes bindings: what the desk needs of those who know schemas and the policy.
pub trait Binder {
    /// What reads the records of one schema and says what leaves of them.
    type Binding;
    /// A binding that lacks the ids of the schemas of what leaves.
    type Draft;

    /// What the schemas of that part must be.
    fn kind(&self, part: Part) -> Kind;

    /// Binds a writer's schema. Pure; the same text gives the same draft.
    ///
    /// # Errors
    /// Why it cannot be bound: names of the schema and the policy, no data.
    fn bind(&self, key: &Key, text: &Text) -> Result<Drafted<Self::Draft>, String>;

    /// Puts the ids in, in the order of [`Drafted::derived`].
    ///
    /// # Errors
    /// Why records cannot be written with those.
    fn finish(&self, draft: Self::Draft, ids: &[u64]) -> Result<Self::Binding, String>;

    /// By output how many fields it names that the schema of values does not have.
    fn missing(&self, _binding: &Self::Binding) -> Vec<usize> {
        Vec::new()
    }

    /// Which those are, in a sentence for the log; `None`: none.
    fn lacks(&self, _binding: &Self::Binding) -> Option<String> {
        None
    }

    /// Memory that a binding takes, in bytes.
    fn weight(&self, binding: &Self::Binding) -> usize;
}

/// A binding before the registry knows what leaves.
#[derive(Debug)]
pub struct Drafted<D> {
    /// The rest of it.
    pub draft: D,
    /// The schemas of what leaves; at most one for each output and part.
    pub derived: Vec<Derived>,
}

/// A schema of what leaves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Derived {
    /// The subject that it is a version of.
    pub subject: Box<str>,
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: Box<str>,
}
