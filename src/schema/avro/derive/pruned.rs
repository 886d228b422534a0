//! The writer's types of which something is named, each with what is made of it.

use std::collections::{HashMap, HashSet};

use super::Unfit;
use super::writers_default::WritersDefault;
use crate::plan::automaton::{Automaton, DEAD};
use crate::record::tape::Slot;
use crate::schema::avro::met::met;
use crate::schema::avro::node::{Field, Node, NodeId, Schema, Shape};
use crate::schema::avro::parse::NODES_MAX;
use crate::schema::avro::print::VEIL;
use crate::schema::derived::{Fields, Leaf, Made};
use crate::schema::json::Json;

/// Attribute that says what a value is about.
const TAGS: &str = "confluent:tags";
/// Attributes that say what a type of Kafka Connect it is.
const CONNECT: &str = "connect.";

/// What a place became.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) node: NodeId,
    /// It is what it was.
    pub(super) is_same: bool,
    /// There may be nothing to write there.
    pub(super) may_be_absent: bool,
}

pub(super) struct Pruning<'p> {
    pub(super) schema: &'p Schema,
    automaton: &'p Automaton,
    fields: &'p dyn Fields,
    pub(super) out: Vec<Node>,
    /// Records in a state, once begun; `None`: nothing of it is named.
    records: HashMap<(NodeId, Slot), Option<Found>>,
    /// Named types that are copied whole.
    copies: HashMap<NodeId, NodeId>,
    path: Vec<Box<str>>,
}

impl<'p> Pruning<'p> {
    pub(super) fn new(
        schema: &'p Schema,
        automaton: &'p Automaton,
        fields: &'p dyn Fields,
    ) -> Pruning<'p> {
        Pruning {
            schema,
            automaton,
            fields,
            out: Vec::new(),
            records: HashMap::new(),
            copies: HashMap::new(),
            path: Vec::new(),
        }
    }

    pub(super) fn path(&self) -> String {
        self.path.join(".")
    }

    pub(super) fn push(&mut self, node: Node) -> Result<NodeId, Unfit> {
        match u32::try_from(self.out.len()) {
            Ok(at) if self.out.len() < NODES_MAX => {
                self.out.push(node);
                Ok(NodeId(at))
            }
            _ => Err(Unfit::TooLarge),
        }
    }

    /// The type of a whole value. Of what nothing is named, a record without fields.
    pub(super) fn root(&mut self, node: NodeId, state: Slot) -> Result<NodeId, Unfit> {
        let branches = match &self.schema.node(node).shape {
            Shape::Union(branches) => branches.clone(),
            _ => vec![node],
        };
        let mut found = Vec::new();
        for branch in branches {
            let pruned = self.inside(branch, state, &[])?;
            let written = self.schema.node(branch);
            match (&written.shape, pruned) {
                (_, Some(pruned)) => found.push(pruned.node),
                (Shape::Record(named, _), None) => {
                    let shape = Shape::Record(named.clone(), Vec::new());
                    found.push(self.push(Node::plain(shape))?);
                }
                (Shape::Map(_), None) => {
                    let none = self.push(Node::plain(Shape::Null))?;
                    found.push(self.push(Node::plain(Shape::Map(none)))?);
                }
                // Never a value: the decoder refuses it.
                _ => {}
            }
        }
        match found.is_empty() {
            true => Err(Unfit::NoRecord),
            false => self.united(found, false),
        }
    }

    /// A type as it is.
    pub(super) fn copied(&mut self, node: NodeId) -> Result<NodeId, Unfit> {
        if let Some(known) = self.copies.get(&node) {
            return Ok(*known);
        }
        let written = self.schema.node(node);
        let mut own = written.clone();
        own.others.retain(is_the_writers);
        let copy = self.push(own)?;
        if written.shape.name().is_some() {
            self.copies.insert(node, copy);
        }
        let mut shape = written.shape.clone();
        match &mut shape {
            Shape::Array(inner) | Shape::Map(inner) => *inner = self.copied(*inner)?,
            Shape::Union(branches) => {
                for branch in branches {
                    *branch = self.copied(*branch)?;
                }
            }
            Shape::Record(_, fields) => {
                for field in fields {
                    field.others.retain(is_the_writers);
                    field.node = self.copied(field.node)?;
                }
            }
            _ => {}
        }
        self.out[copy.index()].shape = shape;
        Ok(copy)
    }

    /// The records of the writer, by their states, of which nothing is named.
    pub(super) fn empty(&self) -> HashSet<(NodeId, Slot)> {
        let all = self.records.iter();
        all.filter(|(_, found)| found.is_none())
            .map(|(record, _)| *record)
            .collect()
    }

    /// What is left of a type of which something inside is named; `None`: it has nothing
    /// of that. `others`: what is made of values that hold none of it.
    fn inside(
        &mut self,
        node: NodeId,
        state: Slot,
        others: &[Leaf<'_>],
    ) -> Result<Option<Found>, Unfit> {
        let found = match &self.schema.node(node).shape {
            Shape::Union(branches) => return self.union(branches, state, others),
            Shape::Record(..) => self.record(node, state),
            Shape::Array(items) => {
                let positions = self.automaton.positions(state);
                let positions = positions.iter().map(|(_, child)| (None, *child));
                let mut states: Vec<_> = positions.collect();
                states.push((None, self.automaton.any_element(state)));
                let leaves_gaps = !self.fields.removes_gaps(state);
                self.around(node, *items, &states, leaves_gaps, Shape::Array)
            }
            Shape::Map(values) => {
                let named = self.automaton.named_members(state);
                let mut states: Vec<_> = named.map(|(name, child)| (Some(name), child)).collect();
                states.push((Some("*"), self.automaton.any_member(state)));
                // A value that yields nothing is left out, with its key.
                self.around(node, *values, &states, false, Shape::Map)
            }
            _ => Ok(None),
        }?;
        match (found, others) {
            (None, [leaf]) => self.leaf(node, leaf, true, WritersDefault::None).map(Some),
            (None, [_, ..]) => Err(Unfit::SeveralTypes { path: self.path() }),
            (found, _) => Ok(found),
        }
    }

    /// An array or a map, whose elements may be in several states, those of a map each with
    /// the name that the policy has for it, and have one type.
    fn around(
        &mut self,
        node: NodeId,
        inner: NodeId,
        states: &[(Option<&str>, Slot)],
        leaves_gaps: bool,
        shape: fn(NodeId) -> Shape,
    ) -> Result<Option<Found>, Unfit> {
        let mut found: Option<Found> = None;
        for (name, state) in states.iter().filter(|(_, state)| *state != DEAD) {
            self.path.extend(name.map(Into::into));
            let next = match self.fields.at(*state) {
                Made::Nothing => None,
                Made::Inside(others) => self.inside(inner, *state, others)?,
                Made::Leaves([leaf]) => {
                    Some(self.leaf(inner, leaf, leaves_gaps, WritersDefault::None)?)
                }
                Made::Leaves(_) | Made::Torn => {
                    return Err(Unfit::SeveralTypes { path: self.path() });
                }
            };
            if name.is_some() {
                self.path.pop();
            }
            found = match (found, next) {
                (Some(one), Some(other)) => {
                    let mut seen = Vec::new();
                    if !self.are_equal(one.node, other.node, &mut seen) {
                        self.path.extend(name.map(|_| "*".into()));
                        return Err(Unfit::SeveralTypes { path: self.path() });
                    }
                    Some(one)
                }
                (one, other) => one.or(other),
            };
        }
        let Some(found) = found else {
            return Ok(None);
        };
        let mut inner = found.node;
        let is_union = matches!(self.out[inner.index()].shape, Shape::Union(_));
        if found.may_be_absent && leaves_gaps && !is_union {
            inner = self.united(vec![inner], true)?;
        }
        let is_same = found.is_same && inner == found.node;
        let others = self.others(&self.schema.node(node).others, is_same, is_same);
        let node = self.push(Node {
            shape: shape(inner),
            means: None,
            others,
        })?;
        Ok(Some(Found {
            node,
            is_same,
            may_be_absent: false,
        }))
    }

    fn union(
        &mut self,
        branches: &[NodeId],
        state: Slot,
        others: &[Leaf<'_>],
    ) -> Result<Option<Found>, Unfit> {
        let mut found = Vec::new();
        let (mut is_same, mut had_null, mut may_be_absent) = (true, false, false);
        let mut in_order = Vec::new();
        for branch in branches {
            let inside = self.inside(*branch, state, others)?;
            let is_null = |found: &Found| self.out[found.node.index()].shape == Shape::Null;
            match (&self.schema.node(*branch).shape, inside) {
                (Shape::Null, found) if found.as_ref().is_none_or(is_null) => {
                    had_null = true;
                    in_order.push(self.push(Node::plain(Shape::Null))?);
                }
                (_, Some(inside)) => {
                    is_same &= inside.is_same;
                    may_be_absent |= inside.may_be_absent;
                    match &self.out[inside.node.index()].shape {
                        Shape::Null => may_be_absent = true,
                        // A leaf of one type may become several.
                        Shape::Union(several) => {
                            let several = several.clone();
                            let is_value = |id: &NodeId| self.out[id.index()].shape != Shape::Null;
                            found.extend(several.into_iter().filter(is_value));
                            may_be_absent = true;
                            is_same = false;
                        }
                        _ => {
                            found.push(inside.node);
                            in_order.push(inside.node);
                        }
                    }
                }
                // A branch of records that have none of it: nothing is there then.
                (Shape::Record(..) | Shape::Map(_) | Shape::Array(_), None) => {
                    (is_same, may_be_absent) = (false, true);
                }
                // A value that no path foresees is refused.
                _ => is_same = false,
            }
        }
        if found.is_empty() && !may_be_absent {
            return Ok(None);
        }
        if found.is_empty() && others.is_empty() {
            return Ok(None);
        }
        let node = match is_same {
            true => self.push(Node::plain(Shape::Union(in_order)))?,
            false => self.united(found, had_null || may_be_absent)?,
        };
        Ok(Some(Found {
            node,
            is_same,
            may_be_absent: had_null || may_be_absent,
        }))
    }

    fn record(&mut self, node: NodeId, state: Slot) -> Result<Option<Found>, Unfit> {
        if let Some(known) = self.records.get(&(node, state)) {
            return Ok(*known);
        }
        let written = self.schema.node(node);
        let Shape::Record(named, fields) = &written.shape else {
            return Ok(None);
        };
        let record = self.push(Node::plain(Shape::Record(named.clone(), Vec::new())))?;
        let begun = Found {
            node: record,
            // Of one inside itself it is not known yet.
            is_same: false,
            may_be_absent: false,
        };
        self.records.insert((node, state), Some(begun));
        let mut made: Vec<Field> = Vec::new();
        let mut is_same = true;
        let mut before: HashSet<Slot> = HashSet::new();
        for met in met(fields, self.automaton, state) {
            self.path.push(met.name.into());
            is_same &= met.name == &*met.field.name;
            if met.state != DEAD && self.fields.makes_names(met.state) {
                return Err(Unfit::MadeName { path: self.path() });
            }
            let default = |leaf| WritersDefault::of(met.field.default.as_ref(), leaf);
            // A key lacks no part of itself: none of it is null in place of a default.
            let could_lack = |default| match self.fields.are_of_keys() {
                true => WritersDefault::None,
                false => default,
            };
            match self.fields.at(met.state) {
                _ if met.state == DEAD => is_same = false,
                Made::Nothing => is_same = false,
                Made::Torn => return Err(Unfit::SeveralTypes { path: self.path() }),
                Made::Inside(others) => match self.inside(met.field.node, met.state, others)? {
                    None => is_same = false,
                    Some(mut found) => {
                        let default = default(None);
                        found.is_same &= default != WritersDefault::Goes;
                        is_same &= found.is_same;
                        let could_lack = could_lack(default) != WritersDefault::None;
                        if !found.is_same && could_lack && !found.may_be_absent {
                            found.node = self.united(vec![found.node], true)?;
                            found.may_be_absent = true;
                        }
                        made.push(self.field(met.field, met.name, (found, default), None));
                    }
                },
                Made::Leaves(leaves) => {
                    for leaf in leaves {
                        let default = default(Some(leaf));
                        let found = self.leaf(met.field.node, leaf, true, could_lack(default))?;
                        if leaf.parts.iter().any(|part| before.contains(part)) {
                            is_same = false;
                            continue;
                        }
                        is_same &= found.is_same && leaf.is_kept && leaf.name.is_none();
                        made.push(self.field(met.field, met.name, (found, default), Some(leaf)));
                    }
                }
            }
            before.insert(met.state);
            self.path.pop();
        }
        let mut names = HashSet::new();
        if let Some(twice) = made.iter().find(|field| !names.insert(&field.name)) {
            self.path.push(twice.name.clone());
            return Err(Unfit::SameName { path: self.path() });
        }
        let found = (!made.is_empty()).then_some(Found { is_same, ..begun });
        self.records.insert((node, state), found);
        let others = self.others(&written.others, is_same, is_same);
        let out = &mut self.out[record.index()];
        out.shape = Shape::Record(named.clone(), made);
        out.others = others;
        Ok(found)
    }

    /// A field of what leaves. `leaf`: `None` where only something inside is named.
    fn field(
        &self,
        field: &Field,
        name: &str,
        (found, default): (Found, WritersDefault),
        leaf: Option<&Leaf<'_>>,
    ) -> Field {
        let new_name = leaf.and_then(|leaf| leaf.name);
        let is_kept = leaf.is_some_and(|leaf| leaf.is_kept);
        let mut others = self.others(&field.others, found.is_same, is_kept);
        others.retain(|(name, _)| &**name != "order");
        if let Some(leaf) = leaf {
            others.push((VEIL.into(), leaf.said.clone()));
        }
        let aliases = match new_name {
            None => field
                .aliases
                .iter()
                .filter(|alias| &***alias != name)
                .cloned()
                .collect(),
            Some(_) => Vec::new(),
        };
        let default = match found.is_same && default != WritersDefault::Goes {
            true => field.default.clone(),
            false => found.may_be_absent.then_some(Json::Null),
        };
        Field {
            name: new_name.unwrap_or(name).into(),
            node: found.node,
            aliases,
            doc: field.doc.clone(),
            default,
            others,
        }
    }

    /// What of the writer's attributes is still true.
    fn others(
        &self,
        others: &[(Box<str>, Json)],
        is_same: bool,
        is_kept: bool,
    ) -> Vec<(Box<str>, Json)> {
        let holds = |name: &str| match name {
            TAGS => is_kept,
            _ => is_same || !name.starts_with(CONNECT),
        };
        let others = others.iter().filter(|(name, _)| holds(name));
        others
            .filter(|other| is_the_writers(other))
            .cloned()
            .collect()
    }

    /// True when two types are the same, all that is inside included. Of two that are
    /// compared already, it is so until it is found not to be.
    fn are_equal(&self, one: NodeId, other: NodeId, seen: &mut Vec<(NodeId, NodeId)>) -> bool {
        if one == other || seen.contains(&(one, other)) {
            return true;
        }
        seen.push((one, other));
        let (a, b) = (&self.out[one.index()], &self.out[other.index()]);
        if a.means != b.means || a.others != b.others {
            return false;
        }
        match (&a.shape, &b.shape) {
            (Shape::Array(a), Shape::Array(b)) | (Shape::Map(a), Shape::Map(b)) => {
                self.are_equal(*a, *b, seen)
            }
            (Shape::Union(a), Shape::Union(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.are_equal(*a, *b, seen))
            }
            (Shape::Record(name, a), Shape::Record(other_name, b)) => {
                name == other_name
                    && a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| {
                        let same = Field {
                            node: b.node,
                            ..a.clone()
                        } == *b;
                        same && self.are_equal(a.node, b.node, seen)
                    })
            }
            (a, b) => a == b,
        }
    }
}

/// Attributes that say how a value is read, or whose catalogue it is in: the only ones of a
/// writer that are in the schema of what leaves. What another one says nobody has named:
/// generators of test data keep examples of values there.
const READ_BY: &[&str] = &[
    "avro.java.string",
    "connect.doc",
    "connect.name",
    "connect.parameters",
    "connect.version",
    "java-class",
    "java-element-class",
    "java-key-class",
    "logicalType",
    "order",
    "precision",
    "scale",
    TAGS,
];

/// True of an attribute of the writer's that may stay. What says what was done to a field is
/// ours, and a writer's own may not pose as that.
fn is_the_writers((name, _): &(Box<str>, Json)) -> bool {
    READ_BY.contains(&&**name)
}
