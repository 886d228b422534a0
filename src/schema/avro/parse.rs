//! The text of a schema to its arena (Apache Avro 1.12, "Schema Declaration",
//! "Names", "Aliases").
//!
//! What the specification leaves open is refused rather than guessed at, and nothing
//! that stands in the text is lost: attributes of primitive types say what Debezium's
//! numbers are.

use std::collections::{HashMap, HashSet};

use super::node::{
    Field, FullName, Means, Named, Node, NodeId, Schema, Shape, Symbols, is_full_name, is_name,
};
use crate::schema::json::{Json, NotJson};

/// Longest text of a schema, in bytes.
pub const TEXT_BYTES_MAX: usize = 1 << 20;
/// Most types of a schema.
pub const NODES_MAX: usize = 16_384;
/// Most branches of a union.
pub const BRANCHES_MAX: usize = 256;

/// Why a text is no schema that is taken. Carries names of the schema, no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSchema {
    /// It is no JSON text.
    #[error("the schema {0}")]
    NotJson(#[from] NotJson),
    /// Its JSON is no schema.
    #[error("{what} (at `{path}` of the schema)")]
    Wrong {
        /// What is wrong, and what was expected.
        what: &'static str,
        /// Names of types and fields on the way there; empty: at the top.
        path: String,
    },
    /// A type that it names is declared neither in front of that place nor in another file.
    #[error("the type `{name}` is declared nowhere before it (at `{path}` of the schema)")]
    Undeclared {
        /// Its full name.
        name: FullName,
        /// As of [`BadSchema::Wrong`].
        path: String,
    },
    /// Two types of one name.
    #[error("the type `{name}` is declared twice (at `{path}` of the schema)")]
    Twice {
        /// Their full name.
        name: FullName,
        /// As of [`BadSchema::Wrong`].
        path: String,
    },
    /// It stands in another file than that of the records.
    #[error("in `{file}`: {bad}")]
    InFile {
        /// The file.
        file: String,
        /// What is wrong there.
        bad: Box<BadSchema>,
    },
    /// More files than are read.
    #[error("types of more than 64 other files")]
    TooManyFiles,
}

impl BadSchema {
    /// The type that is declared nowhere, where that is what is wrong.
    pub fn undeclared(&self) -> Option<&FullName> {
        match self {
            BadSchema::Undeclared { name, .. } => Some(name),
            BadSchema::InFile { bad, .. } => bad.undeclared(),
            _ => None,
        }
    }
}

impl Schema {
    /// Reads the text of a schema.
    ///
    /// # Errors
    /// [`BadSchema`] when it is longer than [`TEXT_BYTES_MAX`], no JSON, no schema after
    /// the specification, has more than [`NODES_MAX`] types or a union of more than
    /// [`BRANCHES_MAX`] branches.
    pub fn parse(text: &str) -> Result<Schema, BadSchema> {
        Schema::parse_referring([], text)
    }

    /// The same, of a text that names types of others. `others`: those, each behind the
    /// ones that it names types of itself.
    ///
    /// # Errors
    /// As [`Schema::parse`], of all of them; and when two declare one name.
    pub fn parse_referring<'t>(
        others: impl IntoIterator<Item = &'t str>,
        text: &str,
    ) -> Result<Schema, BadSchema> {
        let mut parser = Parser::default();
        for other in others {
            parser.take(&Json::read(other, TEXT_BYTES_MAX)?)?;
        }
        let root = parser.take(&Json::read(text, TEXT_BYTES_MAX)?)?;
        Ok(parser.into_schema(root))
    }
}

/// The nesting of schemas is bounded by that of their JSON.
#[derive(Default)]
pub(super) struct Parser {
    nodes: Vec<Node>,
    names: HashMap<FullName, NodeId>,
    path: Vec<Box<str>>,
}

type Members<'j> = &'j [(Box<str>, Json)];

impl Parser {
    /// The type that a text says, and all that it declares on the way.
    ///
    /// # Errors
    /// [`BadSchema`]; of [`BadSchema::Undeclared`] nothing of the text was taken.
    pub(super) fn take(&mut self, json: &Json) -> Result<NodeId, BadSchema> {
        let before = self.nodes.len();
        self.schema(json, "").inspect_err(|_| {
            self.nodes.truncate(before);
            self.names.retain(|_, node| node.index() < before);
            self.path.clear();
        })
    }

    /// All that was taken, as the schema of which this is the root.
    pub(super) fn into_schema(self, root: NodeId) -> Schema {
        let nodes = self.nodes;
        Schema { nodes, root }
    }

    fn wrong(&self, what: &'static str) -> BadSchema {
        let path = self.path.join(".");
        BadSchema::Wrong { what, path }
    }

    fn push(&mut self, node: Node) -> Result<NodeId, BadSchema> {
        match u32::try_from(self.nodes.len()) {
            Ok(id) if self.nodes.len() < NODES_MAX => {
                self.nodes.push(node);
                Ok(NodeId(id))
            }
            _ => Err(self.wrong("more than 16,384 types")),
        }
    }

    /// The type that `json` says, in that namespace.
    fn schema(&mut self, json: &Json, namespace: &str) -> Result<NodeId, BadSchema> {
        match json {
            Json::Text(name) => self.referred(name, namespace),
            Json::List(branches) => self.union(branches, namespace),
            Json::Object(members) => self.declared(members, namespace),
            _ => Err(self.wrong("expected a type: a name, a list of branches or an object")),
        }
    }

    /// A type by its name.
    fn referred(&mut self, name: &str, namespace: &str) -> Result<NodeId, BadSchema> {
        if let Some(shape) = primitive(name) {
            return self.push(Node::plain(shape));
        }
        let named = full_name(name, None, namespace);
        let no_namespace = FullName {
            namespace: "".into(),
            name: name.into(),
        };
        // A name without a dot is of the namespace around it; if that has none, of no
        // namespace, as Java's reader has it.
        let found = self.names.get(&named).or(self.names.get(&no_namespace));
        match found {
            Some(node) => Ok(*node),
            None if is_told(&named) => Err(BadSchema::Undeclared {
                name: named,
                path: self.path.join("."),
            }),
            None => Err(self.wrong("a type that is declared nowhere before it is named")),
        }
    }

    fn union(&mut self, branches: &[Json], namespace: &str) -> Result<NodeId, BadSchema> {
        if branches.len() > BRANCHES_MAX {
            return Err(self.wrong("a union of more than 256 branches"));
        }
        let union = self.push(Node::plain(Shape::Null))?;
        let mut found = Vec::with_capacity(branches.len());
        for branch in branches {
            found.push(self.schema(branch, namespace)?);
        }
        let mut seen = HashSet::new();
        for branch in &found {
            let shape = &self.nodes[branch.index()].shape;
            if matches!(shape, Shape::Union(_)) {
                return Err(self.wrong("a union inside a union"));
            }
            let name = shape.name().map(|name| name.to_string());
            if !seen.insert((std::mem::discriminant(shape), name)) {
                return Err(self.wrong("a union with two branches of one type"));
            }
        }
        self.nodes[union.index()].shape = Shape::Union(found);
        Ok(union)
    }

    fn declared(&mut self, members: Members<'_>, namespace: &str) -> Result<NodeId, BadSchema> {
        let word = match member(members, "type") {
            Some(Json::Text(word)) => &**word,
            // Some writers put a type into an object of its own.
            Some(inner) if members.len() == 1 => return self.schema(inner, namespace),
            Some(_) => {
                return Err(self.wrong("`type` holds a type, and attributes stand beside it"));
            }
            None => return Err(self.wrong("a type without `type`")),
        };
        match word {
            "record" | "error" => self.record(members, namespace),
            "enum" => self.symbols(members, namespace),
            "fixed" => self.fixed(members, namespace),
            "array" => self.around(members, namespace, "items", Shape::Array),
            "map" => self.around(members, namespace, "values", Shape::Map),
            _ => match primitive(word) {
                Some(shape) => {
                    let others = self.others(members, &["type"]);
                    self.finished(shape, others)
                }
                // Attributes would be those of the type that is referred to.
                None if members.len() == 1 => self.referred(word, namespace),
                None => Err(self.wrong("a reference to a type with attributes beside it")),
            },
        }
    }

    fn others(&self, members: Members<'_>, known: &[&str]) -> Vec<(Box<str>, Json)> {
        let others = members.iter().filter(|(name, _)| !known.contains(&&**name));
        others.cloned().collect()
    }

    fn finished(
        &mut self,
        shape: Shape,
        others: Vec<(Box<str>, Json)>,
    ) -> Result<NodeId, BadSchema> {
        let means = Means::of(&shape, &others);
        self.push(Node {
            shape,
            means,
            others,
        })
    }

    fn around(
        &mut self,
        members: Members<'_>,
        namespace: &str,
        inside: &str,
        shape: fn(NodeId) -> Shape,
    ) -> Result<NodeId, BadSchema> {
        let Some(inner) = member(members, inside) else {
            return Err(self.wrong("an array without `items`, or a map without `values`"));
        };
        let others = self.others(members, &["type", inside]);
        let node = self.finished(Shape::Null, others)?;
        let inner = self.schema(inner, namespace)?;
        self.nodes[node.index()].shape = shape(inner);
        Ok(node)
    }

    fn record(&mut self, members: Members<'_>, namespace: &str) -> Result<NodeId, BadSchema> {
        let named = self.named(members, namespace)?;
        let name = named.name.clone();
        let Some(Json::List(said)) = member(members, "fields") else {
            return Err(self.wrong("a record without a list of `fields`"));
        };
        let known = ["type", "name", "namespace", "doc", "aliases", "fields"];
        let others = self.others(members, &known);
        let shape = Shape::Record(Box::new(named), Vec::new());
        let record = self.finished(shape, others)?;
        self.declare(&name, record)?;
        self.path.push(name.name.clone());
        let mut fields: Vec<Field> = Vec::with_capacity(said.len());
        let mut seen = HashSet::new();
        for said in said {
            let field = self.field(said, &name.namespace)?;
            if !seen.insert(field.name.clone()) {
                return Err(self.wrong("a record with two fields of one name"));
            }
            fields.push(field);
        }
        self.path.pop();
        if let Shape::Record(_, empty) = &mut self.nodes[record.index()].shape {
            *empty = fields;
        }
        Ok(record)
    }

    fn field(&mut self, json: &Json, namespace: &str) -> Result<Field, BadSchema> {
        let Json::Object(members) = json else {
            return Err(self.wrong("a field that is no object"));
        };
        let name = self.name(members)?;
        if !is_name(name) {
            return Err(self.wrong(NO_NAME));
        }
        self.path.push(name.into());
        let Some(said) = member(members, "type") else {
            return Err(self.wrong("a field without `type`"));
        };
        let node = self.schema(said, namespace)?;
        let aliases = self.aliases(members, is_name)?;
        let known = ["name", "type", "doc", "default", "aliases"];
        let field = Field {
            name: name.into(),
            node,
            aliases,
            doc: self.doc(members)?,
            default: member(members, "default").cloned(),
            others: self.others(members, &known),
        };
        self.path.pop();
        Ok(field)
    }

    fn symbols(&mut self, members: Members<'_>, namespace: &str) -> Result<NodeId, BadSchema> {
        let named = self.named(members, namespace)?;
        let name = named.name.clone();
        let Some(Json::List(said)) = member(members, "symbols") else {
            return Err(self.wrong("an enum without a list of `symbols`"));
        };
        let mut names = Vec::with_capacity(said.len());
        let mut seen = HashSet::new();
        for symbol in said {
            let symbol = symbol.as_text().filter(|symbol| is_name(symbol));
            let symbol = symbol.ok_or_else(|| self.wrong(NO_NAME))?;
            if !seen.insert(symbol) {
                return Err(self.wrong("an enum with one symbol twice"));
            }
            names.push(symbol.into());
        }
        let default = match member(members, "default") {
            None => None,
            Some(default) => {
                let known = default.as_text().filter(|default| seen.contains(default));
                let known = known
                    .ok_or_else(|| self.wrong("an enum whose default is none of its symbols"))?;
                Some(known.into())
            }
        };
        let known = [
            "type",
            "name",
            "namespace",
            "doc",
            "aliases",
            "symbols",
            "default",
        ];
        let others = self.others(members, &known);
        let symbols = Symbols { names, default };
        let node = self.finished(Shape::Enum(Box::new(named), symbols), others)?;
        self.declare(&name, node)?;
        Ok(node)
    }

    fn fixed(&mut self, members: Members<'_>, namespace: &str) -> Result<NodeId, BadSchema> {
        let named = self.named(members, namespace)?;
        let name = named.name.clone();
        let size = member(members, "size").and_then(Json::as_count);
        let size = size.ok_or_else(|| self.wrong("a fixed without a `size` in bytes"))?;
        let known = ["type", "name", "namespace", "doc", "aliases", "size"];
        let others = self.others(members, &known);
        let node = self.finished(Shape::Fixed(Box::new(named), size), others)?;
        self.declare(&name, node)?;
        Ok(node)
    }

    fn declare(&mut self, name: &FullName, node: NodeId) -> Result<(), BadSchema> {
        if primitive(&name.name).is_some() {
            return Err(self.wrong("a type with the name of a primitive one"));
        }
        match self.names.insert(name.clone(), node) {
            None => Ok(()),
            Some(_) => Err(BadSchema::Twice {
                name: name.clone(),
                path: self.path.join("."),
            }),
        }
    }

    fn named(&self, members: Members<'_>, around: &str) -> Result<Named, BadSchema> {
        let name = self.name(members)?;
        let namespace = match member(members, "namespace") {
            None | Some(Json::Null) => None,
            Some(Json::Text(text)) => Some(&**text),
            Some(_) => return Err(self.wrong("a `namespace` that is no text")),
        };
        let is_good = |space: &str| space.is_empty() || is_full_name(space);
        if !is_full_name(name) || !namespace.is_none_or(is_good) {
            return Err(self.wrong(NO_NAME));
        }
        Ok(Named {
            name: full_name(name, namespace, around),
            aliases: self.aliases(members, is_full_name)?,
            doc: self.doc(members)?,
        })
    }

    fn name<'j>(&self, members: Members<'j>) -> Result<&'j str, BadSchema> {
        let name = member(members, "name").and_then(Json::as_text);
        name.ok_or_else(|| self.wrong("a named type or a field without a `name`"))
    }

    fn doc(&self, members: Members<'_>) -> Result<Option<Box<str>>, BadSchema> {
        match member(members, "doc") {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Text(doc)) => Ok(Some(doc.clone())),
            Some(_) => Err(self.wrong("a `doc` that is no text")),
        }
    }

    fn aliases(
        &self,
        members: Members<'_>,
        is_good: fn(&str) -> bool,
    ) -> Result<Vec<Box<str>>, BadSchema> {
        let said = match member(members, "aliases") {
            None | Some(Json::Null) => return Ok(Vec::new()),
            Some(Json::List(said)) => said,
            Some(_) => return Err(self.wrong("`aliases` that are no list")),
        };
        let alias = |json: &Json| match json.as_text().filter(|name| is_good(name)) {
            Some(name) => Ok(name.into()),
            None => Err(self.wrong(NO_NAME)),
        };
        said.iter().map(alias).collect()
    }
}

const NO_NAME: &str = "a name that is none: letters, digits and `_`, no digit first";

fn member<'j>(members: Members<'j>, name: &str) -> Option<&'j Json> {
    let found = members.iter().find(|(n, _)| &**n == name);
    found.map(|(_, json)| json)
}

/// The name in full: with a dot in it, it has its namespace already.
fn full_name(name: &str, namespace: Option<&str>, around: &str) -> FullName {
    let (namespace, name) = name
        .rsplit_once('.')
        .unwrap_or((namespace.unwrap_or(around), name));
    FullName {
        namespace: namespace.into(),
        name: name.into(),
    }
}

/// True of a name, and not of whatever else stands where one is expected.
fn is_told(name: &FullName) -> bool {
    const CHARS_MAX: usize = 256;
    let has_space = name.namespace.is_empty() || is_full_name(&name.namespace);
    let length = name.namespace.len() + name.name.len();
    has_space && is_name(&name.name) && length < CHARS_MAX
}

fn primitive(word: &str) -> Option<Shape> {
    Some(match word {
        "null" => Shape::Null,
        "boolean" => Shape::Boolean,
        "int" => Shape::Int,
        "long" => Shape::Long,
        "float" => Shape::Float,
        "double" => Shape::Double,
        "bytes" => Shape::Bytes,
        "string" => Shape::Text,
        _ => return None,
    })
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
