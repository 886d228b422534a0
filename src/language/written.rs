//! The policy as its author wrote it: a tree with the place of every word.
//!
//! Keys and scalars keep their source text: `no`, `012` and `39.80` stay what
//! they are. Nothing is interpreted here.

use super::finding::Span;

/// One YAML node and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Its bytes in the policy text.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) kind: Kind,
}

/// The three kinds of node.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A scalar: its text, and whether it was quoted (then it is text and
    /// never a number, boolean or null).
    Scalar {
        /// The text, escapes of the quoting style resolved.
        text: String,
        /// Written in quotes or as a block.
        quoted: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping in document order; names are unique.
    Map(Vec<Member>),
}

/// One `name: value` of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The name as written.
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) name_span: Span,
    /// Its value.
    pub(crate) value: Node,
}

impl Node {
    /// The text of a scalar.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The members of a mapping.
    pub(crate) fn members(&self) -> Option<&[Member]> {
        match &self.kind {
            Kind::Map(members) => Some(members),
            _ => None,
        }
    }

    /// The member of that name of a mapping.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members()?.iter().find(|m| m.name == name)
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// What it is, for "expected …, found …".
    pub(crate) fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar { quoted: true, .. } => "text",
            Kind::Scalar {
                text,
                quoted: false,
            } => match text.as_str() {
                "" | "~" | "null" => "nothing",
                "true" | "false" => "a boolean",
                t if crate::record::is_json_number(t) => "a number",
                _ => "text",
            },
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }
}
