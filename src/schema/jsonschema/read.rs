//! A text to a schema: the parts that lead from its root, each read once.

mod names;
mod typed;

use std::collections::{BTreeSet, HashMap, HashSet};

use super::node::{BYTES_MAX, NODES_MAX, Node, NodeId, Rest, Schema};
use super::types::Types;
use crate::schema::json::{Json, NotJson};
use names::{anchored, decoded, id_of, inside};
use typed::{types, types_said};

/// Why a text is no schema that can be used. Names of the schema, no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is no JSON.
    #[error("the schema {0}")]
    NotJson(#[from] NotJson),
    /// One that it refers to is no JSON.
    #[error("`{name}`, which it may refer to, {why}")]
    Other {
        /// How it is called.
        name: String,
        /// What is wrong there.
        why: NotJson,
    },
    /// It is JSON, and no schema.
    #[error("a schema of JSON is an object, `true` or `false`")]
    NoSchema,
    /// It is a schema of something else.
    #[error("it is a schema of Avro: `source.value: avro` reads its records")]
    OfAvro,
    /// It has more parts than a schema may have.
    #[error("it has more than 16,384 parts")]
    TooLarge,
}

impl Schema {
    /// Reads the text of a schema. `others` are those that it may refer to, each by the
    /// name that it does so by; a reference that leads to none of them says nothing, and
    /// nothing is fetched.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn read(text: &str, others: &[(&str, &str)]) -> Result<Schema, Unusable> {
        read(text, others)
    }
}

fn read(text: &str, others: &[(&str, &str)]) -> Result<Schema, Unusable> {
    let json = Json::read(text, BYTES_MAX)?;
    match &json {
        Json::Object(_) | Json::Bool(_) => {}
        _ => return Err(Unusable::NoSchema),
    }
    let is_of_avro = |ty: &str| matches!(ty, "record" | "enum" | "fixed" | "map");
    let ty = json.member("type").and_then(Json::as_text);
    if ty.is_some_and(is_of_avro) {
        return Err(Unusable::OfAvro);
    }
    let others = others.iter();
    let others = others.map(|(name, text)| match Json::read(text, BYTES_MAX) {
        Ok(json) => Ok((*name, json)),
        Err(why) => Err(Unusable::Other {
            name: (*name).to_owned(),
            why,
        }),
    });
    let others = others.collect::<Result<Vec<_>, Unusable>>()?;
    let mut reading = Reading {
        by_name: HashMap::new(),
        known: HashMap::new(),
        nodes: Vec::new(),
        open: Vec::new(),
        anchors: HashMap::new(),
        is_beside: HashSet::new(),
        nowhere: BTreeSet::new(),
        members: HashMap::new(),
    };
    for (name, other) in &others {
        reading.by_name.insert(name, other);
        reading.index(other);
    }
    reading.index(&json);
    let root = reading.part(&json, &json)?;
    let mut at = 0;
    while at < reading.open.len() {
        let id = NodeId(u32::try_from(at).expect("at most 16,384"));
        let is_beside = reading.is_beside.contains(&id);
        reading.nodes[at] = reading.said(reading.open[at], is_beside)?;
        at += 1;
    }
    let (nodes, nowhere) = (reading.nodes, reading.nowhere);
    let title = json.member("title").and_then(Json::as_text);
    Ok(Schema {
        types: types(&nodes),
        nodes,
        root,
        title: title.map(Into::into),
        nowhere: nowhere.into_iter().map(Into::into).collect(),
    })
}

struct Reading<'t> {
    /// Schemas by the names that they are referred to by, and by their `$id`.
    by_name: HashMap<&'t str, &'t Json>,
    /// Parts by the place of their text, which is told from others by its address.
    known: HashMap<*const Json, NodeId>,
    nodes: Vec<Node>,
    /// By node: the schema that `#` means there, and its text.
    open: Vec<(&'t Json, &'t Json)>,
    /// By schema: its parts that have an anchor.
    anchors: HashMap<*const Json, HashMap<&'t str, &'t Json>>,
    /// Parts of what stands beside a reference, where it may hold or not.
    is_beside: HashSet<NodeId>,
    /// References that lead nowhere.
    nowhere: BTreeSet<&'t str>,
    /// By object that a pointer went through: its members.
    members: HashMap<*const Json, HashMap<&'t str, &'t Json>>,
}

impl<'t> Reading<'t> {
    /// Takes up whatever has an `$id`; a name that was given counts first.
    fn index(&mut self, json: &'t Json) {
        if let Some(id) = id_of(json) {
            self.by_name.entry(id).or_insert(json);
        }
        inside(json, &mut |inner| self.index(inner));
    }

    fn part(&mut self, base: &'t Json, json: &'t Json) -> Result<NodeId, Unusable> {
        if let Some(known) = self.known.get(&std::ptr::from_ref(json)) {
            return Ok(*known);
        }
        // A schema inside that has a name of its own is what `#` means there.
        let base = if id_of(json).is_some() { json } else { base };
        let id = self.push(base, json)?;
        self.known.insert(json, id);
        Ok(id)
    }

    fn push(&mut self, base: &'t Json, json: &'t Json) -> Result<NodeId, Unusable> {
        if self.nodes.len() >= NODES_MAX {
            return Err(Unusable::TooLarge);
        }
        let id = NodeId(u32::try_from(self.nodes.len()).expect("at most 16,384"));
        self.nodes.push(Node::open());
        self.open.push((base, json));
        Ok(id)
    }

    fn parts(&mut self, base: &'t Json, all: Option<&'t Json>) -> Result<Vec<NodeId>, Unusable> {
        match all {
            Some(Json::List(all)) => all.iter().map(|one| self.part(base, one)).collect(),
            _ => Ok(Vec::new()),
        }
    }

    fn named(
        &mut self,
        base: &'t Json,
        all: Option<&'t Json>,
    ) -> Result<Vec<(Box<str>, NodeId)>, Unusable> {
        match all {
            Some(Json::Object(all)) => all
                .iter()
                .map(|(name, one)| Ok((name.clone(), self.part(base, one)?)))
                .collect(),
            _ => Ok(Vec::new()),
        }
    }

    fn said(
        &mut self,
        (base, json): (&'t Json, &'t Json),
        is_beside: bool,
    ) -> Result<Node, Unusable> {
        let mut node = Node::open();
        if is_beside {
            self.said_beside(base, json, &mut node)?;
            // It may not hold: nothing is made of these.
            node.format = None;
            node.symbols = Vec::new();
            return Ok(node);
        }
        if *json == Json::Bool(false) {
            node.types = Types::NONE;
        }
        node.description = text_of(json, "description");
        node.tags = tags(json);
        let own = json.member("$ref").and_then(Json::as_text);
        let references = ["$ref", "$dynamicRef", "$recursiveRef"];
        let references = references.map(|word| json.member(word).and_then(Json::as_text));
        let references: Vec<&str> = references.into_iter().flatten().collect();
        for reference in &references {
            // One that leads nowhere says nothing.
            if let Some((base, part)) = self.resolve(base, reference) {
                node.all.push(self.part(base, part)?);
            } else if own == Some(*reference) {
                self.nowhere.insert(reference);
            }
        }
        if !references.is_empty() && !combines_references(base) {
            // Which draft it is nobody says: in some of them this holds too.
            if base.member("$schema").is_none() && says_what_is_inside(json) {
                node.maybe.push(self.beside(base, json)?);
            }
            return Ok(node);
        }
        self.said_beside(base, json, &mut node)?;
        Ok(node)
    }

    /// A part of what stands beside a reference.
    fn beside(&mut self, base: &'t Json, json: &'t Json) -> Result<NodeId, Unusable> {
        let id = self.push(base, json)?;
        self.is_beside.insert(id);
        Ok(id)
    }

    /// What a part says but by references.
    fn said_beside(
        &mut self,
        base: &'t Json,
        json: &'t Json,
        node: &mut Node,
    ) -> Result<(), Unusable> {
        node.types = node.types.and(types_said(json));
        node.format = text_of(json, "format");
        node.symbols = symbols(json);
        node.set_properties(self.named(base, json.member("properties"))?);
        let patterns = self.named(base, json.member("patternProperties"))?;
        node.patterns = patterns.into_iter().map(|(_, node)| node).collect();
        node.rest = match json.member("additionalProperties") {
            Some(Json::Bool(false)) => Rest::Closed,
            Some(rest @ Json::Object(_)) => Rest::Of(self.part(base, rest)?),
            _ => Rest::Unsaid,
        };
        (node.items, node.positions) = self.items(base, json)?;
        node.all.extend(self.parts(base, json.member("allOf"))?);
        for word in ["oneOf", "anyOf"] {
            let any = self.parts(base, json.member(word))?;
            if !any.is_empty() {
                node.either.push(any);
            }
        }
        for word in ["if", "then", "else"] {
            if let Some(part) = json.member(word) {
                node.maybe.push(self.part(base, part)?);
            }
        }
        for word in ["dependentSchemas", "dependencies"] {
            let parts = self.named(base, json.member(word))?;
            node.maybe.extend(parts.into_iter().map(|(_, node)| node));
        }
        Ok(())
    }

    /// What elements can be, those of a position and the rest; where of the rest nothing is
    /// said, so of no element, those of a position apart.
    fn items(
        &mut self,
        base: &'t Json,
        json: &'t Json,
    ) -> Result<(Vec<NodeId>, Vec<NodeId>), Unusable> {
        let (first, rest) = match (json.member("prefixItems"), json.member("items")) {
            (Some(first), rest) => (Some(first), rest),
            (None, Some(first @ Json::List(_))) => (Some(first), json.member("additionalItems")),
            (None, rest) => (None, rest),
        };
        let mut items = self.parts(base, first)?;
        match rest {
            Some(rest) => items.push(self.part(base, rest)?),
            // Of others nothing is said.
            None => return Ok((Vec::new(), items)),
        }
        Ok((items, Vec::new()))
    }

    /// A member of an object, which may have many and be referred to as often.
    fn member(&mut self, json: &'t Json, name: &str) -> Option<&'t Json> {
        match json {
            Json::Object(all) => {
                let each = || all.iter().map(|(name, one)| (&**name, one)).collect();
                let known = self.members.entry(json).or_insert_with(each);
                known.get(name).copied()
            }
            _ => None,
        }
    }

    /// What a reference leads to: by a name, a pointer (RFC 6901), or an anchor.
    fn resolve(&mut self, base: &'t Json, reference: &str) -> Option<(&'t Json, &'t Json)> {
        let (name, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let base = match name.strip_prefix("./").unwrap_or(name) {
            "" => base,
            name => self.by_name.get(name).copied()?,
        };
        if fragment.is_empty() {
            return Some((base, base));
        }
        let fragment = &*decoded(fragment)?;
        let Some(pointer) = fragment.strip_prefix('/') else {
            let anchors = self.anchors.entry(base).or_insert_with(|| {
                let mut found = HashMap::new();
                anchored(base, base, &mut found);
                found
            });
            return Some((base, anchors.get(fragment)?));
        };
        let (mut around, mut at) = (base, base);
        for step in pointer.split('/') {
            let step = step.replace("~1", "/").replace("~0", "~");
            at = match at {
                Json::List(all) => all.get(step.parse::<usize>().ok()?)?,
                other => self.member(other, &step)?,
            };
            if id_of(at).is_some() {
                around = at;
            }
        }
        Some((around, at))
    }
}

/// True of drafts in which what stands beside a reference holds too.
fn combines_references(schema: &Json) -> bool {
    let draft = schema.member("$schema").and_then(Json::as_text);
    draft.is_some_and(|draft| draft.contains("/2019-09/") || draft.contains("/2020-12/"))
}

/// True of a part that says something of what is inside by other words than references.
fn says_what_is_inside(json: &Json) -> bool {
    let words = [
        "properties",
        "patternProperties",
        "additionalProperties",
        "items",
        "prefixItems",
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "then",
        "else",
    ];
    words.iter().any(|word| json.member(word).is_some())
}

fn text_of(json: &Json, word: &str) -> Option<Box<str>> {
    json.member(word).and_then(Json::as_text).map(Into::into)
}

fn tags(json: &Json) -> Vec<Box<str>> {
    match json.member("confluent:tags") {
        Some(Json::List(tags)) => tags
            .iter()
            .filter_map(Json::as_text)
            .map(Into::into)
            .collect(),
        Some(Json::Text(tag)) => vec![tag.clone()],
        _ => Vec::new(),
    }
}

/// The words of which a value is one, if all of them are texts.
fn symbols(json: &Json) -> Vec<Box<str>> {
    match json.member("enum") {
        Some(Json::List(all)) => {
            let texts = all.iter().map(|one| one.as_text().map(Into::into));
            texts.collect::<Option<_>>().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
