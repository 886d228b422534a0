//! An arena back to text: one text for one schema, whatever it was read from.
//!
//! Members stand in a fixed order, without blanks; a type is declared where it is first
//! met and named from there on. What is printed reads back as what was printed.

use std::collections::HashSet;

use super::node::{Field, FullName, Named, Node, NodeId, Schema, Shape};
use crate::schema::json::{Json, write_list, write_text};
use crate::schema::shown::shown;

/// The attribute that says what was done to a field; always the last one.
pub const VEIL: &str = "veil";

/// Attributes that stand in front of the others: the specification's own.
const FIRST: [&str; 3] = ["logicalType", "precision", "scale"];

impl Schema {
    /// Its text.
    pub fn print(&self) -> String {
        let text = self.printed(false);
        // What acts stands in texts alone.
        shown(&text).into_owned()
    }

    /// Its Parsing Canonical Form (Apache Avro 1.12, "Transforming into Parsing
    /// Canonical Form"): what tells apart schemas that write different bytes, and
    /// nothing more.
    pub fn canonical(&self) -> String {
        self.printed(true)
    }

    fn printed(&self, canonical: bool) -> String {
        let mut printer = Printer {
            schema: self,
            declared: HashSet::new(),
            out: Vec::new(),
            canonical,
        };
        printer.node(self.root, "");
        String::from_utf8(printer.out).expect("texts in, text out")
    }
}

struct Printer<'s> {
    schema: &'s Schema,
    declared: HashSet<NodeId>,
    out: Vec<u8>,
    canonical: bool,
}

/// The JSON of a schema nests at most 64 deep, and so does this.
impl Printer<'_> {
    fn node(&mut self, id: NodeId, around: &str) {
        let node = &self.schema.nodes[id.index()];
        if let Some(name) = node.shape.name()
            && !self.declared.insert(id)
        {
            return self.reference(name, around);
        }
        let others = if self.canonical {
            &[][..]
        } else {
            &node.others
        };
        let word = word(&node.shape);
        if matches!(node.shape, Shape::Union(_)) {
            return self.branches(node, around);
        }
        let is_primitive =
            node.shape.name().is_none() && !matches!(node.shape, Shape::Array(_) | Shape::Map(_));
        if is_primitive && others.is_empty() {
            return write_text(word, &mut self.out);
        }
        self.out.push(b'{');
        match node.shape.named() {
            // The canonical form has the name first, in full.
            Some(named) if self.canonical => {
                self.member("name", &Json::text(&named.name.to_string()));
                self.member("type", &Json::text(word));
            }
            Some(named) => {
                self.member("type", &Json::text(word));
                self.named(named, around);
            }
            None => self.member("type", &Json::text(word)),
        }
        match &node.shape {
            Shape::Fixed(_, size) => {
                self.member("size", &Json::Number(size.to_string().into()));
            }
            Shape::Enum(_, symbols) => {
                self.texts("symbols", &symbols.names);
                if let Some(default) = symbols.default.as_ref().filter(|_| !self.canonical) {
                    self.member("default", &Json::text(default));
                }
            }
            Shape::Array(items) => self.inside("items", *items, around),
            Shape::Map(values) => self.inside("values", *values, around),
            Shape::Record(named, fields) => {
                self.name("fields");
                let mut out = std::mem::take(&mut self.out);
                write_list(fields, &mut out, |field, out| {
                    self.out = std::mem::take(out);
                    self.field(field, &named.name.namespace);
                    *out = std::mem::take(&mut self.out);
                });
                self.out = out;
            }
            _ => {}
        }
        self.others(others);
        self.out.push(b'}');
    }

    /// A type that was declared before: without its namespace where that is the one
    /// around it.
    fn reference(&mut self, name: &FullName, around: &str) {
        let is_short = *name.namespace == *around && !self.canonical;
        match is_short {
            true => write_text(&name.name, &mut self.out),
            false => write_text(&name.to_string(), &mut self.out),
        }
    }

    fn branches(&mut self, node: &Node, around: &str) {
        let Shape::Union(branches) = &node.shape else {
            return;
        };
        let mut out = std::mem::take(&mut self.out);
        write_list(branches, &mut out, |branch, out| {
            self.out = std::mem::take(out);
            self.node(*branch, around);
            *out = std::mem::take(&mut self.out);
        });
        self.out = out;
    }

    fn named(&mut self, named: &Named, around: &str) {
        self.member("name", &Json::text(&named.name.name));
        if *named.name.namespace != *around {
            self.member("namespace", &Json::text(&named.name.namespace));
        }
        self.doc(named.doc.as_deref());
        if !named.aliases.is_empty() {
            self.texts("aliases", &named.aliases);
        }
    }

    fn field(&mut self, field: &Field, around: &str) {
        self.out.push(b'{');
        self.member("name", &Json::text(&field.name));
        self.inside("type", field.node, around);
        if !self.canonical {
            self.doc(field.doc.as_deref());
            if let Some(default) = &field.default {
                self.member("default", default);
            }
            if !field.aliases.is_empty() {
                self.texts("aliases", &field.aliases);
            }
            self.others(&field.others);
        }
        self.out.push(b'}');
    }

    fn doc(&mut self, doc: Option<&str>) {
        if let Some(doc) = doc {
            self.member("doc", &Json::text(doc));
        }
    }

    /// Attributes: the specification's, the writer's by name, and ours.
    fn others(&mut self, others: &[(Box<str>, Json)]) {
        let mut others: Vec<_> = others.iter().collect();
        others.sort_by_key(|(name, _)| {
            let first = FIRST.iter().position(|first| *first == &**name);
            (&**name == VEIL, first.unwrap_or(FIRST.len()), name)
        });
        for (name, json) in others {
            self.member(name, json);
        }
    }

    fn texts(&mut self, name: &str, texts: &[Box<str>]) {
        self.name(name);
        write_list(texts, &mut self.out, |text, out| write_text(text, out));
    }

    fn inside(&mut self, name: &str, id: NodeId, around: &str) {
        self.name(name);
        self.node(id, around);
    }

    fn member(&mut self, name: &str, value: &Json) {
        self.name(name);
        value.write(&mut self.out);
    }

    fn name(&mut self, name: &str) {
        if self.out.last() != Some(&b'{') {
            self.out.push(b',');
        }
        write_text(name, &mut self.out);
        self.out.push(b':');
    }
}

/// The specification's word for a type.
pub(super) fn word(shape: &Shape) -> &'static str {
    match shape {
        Shape::Null => "null",
        Shape::Boolean => "boolean",
        Shape::Int => "int",
        Shape::Long => "long",
        Shape::Float => "float",
        Shape::Double => "double",
        Shape::Bytes => "bytes",
        Shape::Text => "string",
        Shape::Fixed(..) => "fixed",
        Shape::Enum(..) => "enum",
        Shape::Array(_) => "array",
        Shape::Map(_) => "map",
        Shape::Union(_) => "union",
        Shape::Record(..) => "record",
    }
}
