//! Why a schema cannot be used under a plan.

use crate::record::types::Type;
use crate::schema::avro::derive::Unfit;
use crate::schema::avro::program::Unusable;
use crate::schema::jsonschema;
#[cfg(feature = "protobuf")]
use crate::schema::protobuf;

/// Why a schema cannot be used under a plan. Names of the schema and of the policy; no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Complaint {
    /// Its records cannot be read.
    #[error("{0}")]
    Unusable(#[from] Unusable),
    /// An output can make no schema of it.
    #[error("the output `{topic}`: {unfit}")]
    Output {
        /// Its topic.
        topic: String,
        /// Why.
        unfit: Unfit,
    },
    /// The type of a record is its name, and the schema has no one name for its records.
    #[error(
        "it is a union or a map, and has no one name for its records: `source.type: {{ from: schema }}` needs one"
    )]
    NoName,
    /// A field is named by its name and by one that it had before, and what is said of the
    /// two is not the same.
    #[error(
        "`{path}` is the name of the field that was `{former}` before: the policy names it by both, and what it says of the two is not the same"
    )]
    Shadowed {
        /// The topic of the first output of which it is so; `None`: it is so of what is read
        /// and does not leave.
        topic: Option<String>,
        /// Its path.
        path: String,
        /// The one by its former name.
        former: String,
    },
    /// A key that leaves as a record could be without any field.
    #[error("the output `{topic}`: each field of `key` may be null, and a record needs a key")]
    Key {
        /// Its topic.
        topic: String,
    },
    /// A key that leaves as a record would be one without fields.
    #[error(
        "the output `{topic}`: nothing that `key` names is in the schema, and a record needs a key"
    )]
    EmptyKey {
        /// Its topic.
        topic: String,
    },
    /// An output can make no schema of JSON of it.
    #[error("the output `{topic}`: {unfit}")]
    Json {
        /// Its topic.
        topic: String,
        /// Why.
        unfit: jsonschema::derive::Unfit,
    },
    /// Messages of Protobuf cannot be read.
    #[cfg(feature = "protobuf")]
    #[error("{0}")]
    Messages(#[from] protobuf::program::Unusable),
    /// An output can make no schema of Protobuf of it.
    #[cfg(feature = "protobuf")]
    #[error("the output `{topic}`: {unfit}")]
    Protobuf {
        /// Its topic.
        topic: String,
        /// Why.
        unfit: protobuf::derive::Unfit,
    },
}

impl Complaint {
    /// True where an action takes no number, and one stands there.
    pub fn is_of_a_number(&self) -> bool {
        let is_number =
            |ty: &Type| matches!(ty, Type::Int | Type::Long | Type::Float | Type::Double);
        match self {
            Complaint::Output {
                unfit: Unfit::NotTaken { ty, .. },
                ..
            } => is_number(ty),
            Complaint::Json {
                unfit: jsonschema::derive::Unfit::NotTaken { ty, .. },
                ..
            } => ty
                .split(' ')
                .any(|word| matches!(word, "integer" | "number")),
            #[cfg(feature = "protobuf")]
            Complaint::Protobuf {
                unfit: protobuf::derive::Unfit::NotTaken { ty, .. },
                ..
            } => is_number(ty),
            _ => false,
        }
    }
}
