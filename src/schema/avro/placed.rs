//! Finds the places of a derived schema again from the nodes of the writer's program: the
//! two are walked side by side, once for each output.

use std::collections::HashMap;

use super::derive::Derived;
use super::node::{Field, Means, Node, NodeId, Schema, Shape};
use super::program::{NodeAt, Op, Program};
use super::typed::{Branch, Form, Typed};
use crate::plan::automaton::Automaton;
use crate::record::tape::Slot;
use crate::schema::derived::{Fields, Leaf, Made};

/// The places of the values that one node of a program reads.
#[derive(Default)]
pub(in crate::schema) struct Placed {
    /// Each field that stands there, in the order of the derived schema; of an element or
    /// the value of a map one, without a name.
    pub(in crate::schema) fields: Vec<Place>,
    /// Where a container is written.
    pub(in crate::schema) container: Option<Branch>,
}

/// A field of the derived schema.
pub(in crate::schema) struct Place {
    pub(in crate::schema) name: Box<str>,
    pub(in crate::schema) typed: Typed,
    /// The place has the very type that the writer's has, all branches included: bytes
    /// can be copied.
    pub(in crate::schema) is_same: bool,
}

/// The places of all nodes.
pub(in crate::schema) struct Places {
    pub(in crate::schema) nodes: Vec<Placed>,
    pub(in crate::schema) symbols: Vec<Box<[Box<str>]>>,
}

/// Finds them. `None`: the two do not belong together, which is a mistake of this
/// program; nothing is written then.
pub(in crate::schema) fn places(
    writer: &Schema,
    automaton: &Automaton,
    program: &Program,
    fields: &dyn Fields,
    derived: &Derived,
) -> Option<Places> {
    let mut finding = Finding {
        writer,
        automaton,
        program,
        fields,
        derived,
        out: &derived.schema,
        nodes: Vec::new(),
        symbols: Vec::new(),
        known_symbols: HashMap::new(),
        open: Vec::new(),
        entered: HashMap::new(),
    };
    finding
        .nodes
        .resize_with(program.nodes.len(), Placed::default);
    finding.root()?;
    while let Some((node, ty)) = finding.open.pop() {
        finding.inside(node, ty)?;
    }
    Some(Places {
        nodes: finding.nodes,
        symbols: finding.symbols,
    })
}

struct Finding<'f> {
    writer: &'f Schema,
    automaton: &'f Automaton,
    program: &'f Program,
    fields: &'f dyn Fields,
    derived: &'f Derived,
    out: &'f Schema,
    nodes: Vec<Placed>,
    symbols: Vec<Box<[Box<str>]>>,
    known_symbols: HashMap<NodeId, u32>,
    /// Containers whose inside is still to be looked at, and their derived types.
    open: Vec<(NodeAt, NodeId)>,
    entered: HashMap<NodeAt, NodeId>,
}

/// What becomes of the values at a place.
#[derive(Clone, Copy)]
enum How<'f> {
    Inside(&'f [Leaf<'f>]),
    Leaf,
}

impl<'f> Finding<'f> {
    fn root(&mut self) -> Option<()> {
        let types = branches(self.out, self.out.root());
        let mut types = types.into_iter().enumerate();
        let is_union = matches!(self.out.node(self.out.root()).shape, Shape::Union(_));
        for node in self.branches(0) {
            let written = &self.writer.node(self.origin(node)).shape;
            if !matches!(written, Shape::Record(..) | Shape::Map(_)) {
                continue;
            }
            // Each record and map of the root is there, if only as an empty one.
            let (n, ty) = types.next()?;
            let branch = if is_union {
                Branch::of(n)
            } else {
                Branch::BARE
            };
            self.enter(node, ty, branch)?;
        }
        Some(())
    }

    fn origin(&self, node: NodeAt) -> NodeId {
        self.program.origins[node as usize]
    }

    fn branches(&self, node: NodeAt) -> Vec<NodeAt> {
        match self.program.nodes[node as usize].op {
            Op::Union(children) => children
                .of(&self.program.children)
                .iter()
                .map(|child| child.node)
                .collect(),
            _ => vec![node],
        }
    }

    fn enter(&mut self, node: NodeAt, ty: NodeId, branch: Branch) -> Option<()> {
        let container = &mut self.nodes[node as usize].container;
        if container
            .replace(branch)
            .is_some_and(|other| other != branch)
        {
            return None;
        }
        match self.entered.insert(node, ty) {
            None => self.open.push((node, ty)),
            // Equal types were made one.
            Some(before) if before == ty => {}
            Some(_) => return None,
        }
        Some(())
    }

    fn inside(&mut self, node: NodeAt, ty: NodeId) -> Option<()> {
        let (program, out, fields) = (self.program, self.out, self.fields);
        match (program.nodes[node as usize].op, &out.node(ty).shape) {
            (Op::Record { fields: all, .. }, Shape::Record(_, made)) => {
                let find = |name: &str| made.iter().position(|field| *field.name == *name);
                let mut before: Vec<Slot> = Vec::new();
                for child in all.of(&program.children) {
                    let read = &program.nodes[child.node as usize];
                    let name = &*program.texts[read.name as usize];
                    match fields.at(read.state) {
                        Made::Nothing | Made::Torn => {}
                        Made::Inside(others) => {
                            if let Some(at) = find(name) {
                                self.place(child.node, &made[at], How::Inside(others), false)?;
                            }
                        }
                        Made::Leaves(leaves) => {
                            let mut found: Vec<usize> = Vec::new();
                            for leaf in leaves {
                                if leaf.parts.iter().any(|part| before.contains(part)) {
                                    continue;
                                }
                                found.push(find(leaf.name.unwrap_or(name))?);
                            }
                            found.sort_unstable();
                            for at in found {
                                self.place(child.node, &made[at], How::Leaf, false)?;
                            }
                        }
                    }
                    before.push(read.state);
                }
            }
            (
                Op::Array {
                    element, positions, ..
                },
                Shape::Array(items),
            ) => {
                let positions = positions.of(&program.positions).iter();
                let all = positions.map(|(_, node)| *node).chain([element]);
                self.list(all.collect(), *items)?;
            }
            (Op::Map { value, keys, .. }, Shape::Map(values)) => {
                let keys = keys.of(&program.keys).iter();
                let all = keys.map(|key| key.node).chain([value]);
                self.list(all.collect(), *values)?;
            }
            _ => return None,
        }
        Some(())
    }

    /// The elements of an array, or the values of a map.
    fn list(&mut self, nodes: Vec<NodeAt>, ty: NodeId) -> Option<()> {
        let nameless = Field {
            name: "".into(),
            node: ty,
            aliases: Vec::new(),
            doc: None,
            default: None,
            others: Vec::new(),
        };
        for node in nodes {
            let how = match self.fields.at(self.program.nodes[node as usize].state) {
                Made::Nothing | Made::Torn => continue,
                Made::Inside(others) => How::Inside(others),
                Made::Leaves(_) => How::Leaf,
            };
            self.place(node, &nameless, how, true)?;
        }
        Some(())
    }

    /// The values that `node` reads stand at that field.
    fn place(&mut self, node: NodeAt, field: &Field, how: How<'_>, in_list: bool) -> Option<()> {
        let out = self.out;
        let types = branches(out, field.node);
        let is_union = matches!(out.node(field.node).shape, Shape::Union(_));
        let branch_of = |at: Option<usize>| match at {
            None => Branch::NONE,
            Some(_) if !is_union => Branch::BARE,
            Some(at) => Branch::of(at),
        };
        let plain = |shape: &Shape| {
            let is_it = |ty: &NodeId| {
                let ty = out.node(*ty);
                ty.shape == *shape && ty.means.is_none()
            };
            branch_of(types.iter().position(is_it))
        };
        let place = self.origin(node);
        let is_same = matches!(how, How::Leaf) && same_bytes(self.writer, place, out, field.node);
        let mut seen = Seen::default();
        for branch in self.branches(node) {
            let written = self.writer.node(self.origin(branch));
            let state = self.program.nodes[branch as usize].state;
            let is_container = matches!(
                written.shape,
                Shape::Record(..) | Shape::Map(_) | Shape::Array(_)
            );
            let goes_on = match how {
                How::Leaf => false,
                How::Inside(_) => is_container && self.has_inside(self.origin(branch), state),
            };
            // Of what has nothing inside there is nothing, unless it is a leaf.
            let is_leaf = match how {
                How::Leaf => true,
                How::Inside(others) => !others.is_empty() && !goes_on,
            };
            let mut typed = Typed {
                null: plain(&Shape::Null),
                bool: plain(&Shape::Boolean),
                int: plain(&Shape::Int),
                long: plain(&Shape::Long),
                double: plain(&Shape::Double),
                text: plain(&Shape::Text),
                same: Branch::NONE,
                form: Form::Whole,
                in_list,
            };
            if goes_on || is_leaf {
                let nth = seen.nth(&written.shape);
                let alike = |ty: &&usize| alike(&out.node(types[**ty]).shape, &written.shape);
                let at = (0..types.len()).collect::<Vec<_>>();
                let at = at.iter().filter(alike).nth(nth).copied();
                if goes_on {
                    let ty = types[at?];
                    self.enter(branch, ty, branch_of(at))?;
                } else if at
                    .is_some_and(|at| same_bytes(self.writer, self.origin(branch), out, types[at]))
                {
                    typed.same = branch_of(at);
                    typed.form = self.form(self.origin(branch), written);
                }
            }
            self.nodes[branch as usize].fields.push(Place {
                name: field.name.clone(),
                typed,
                is_same,
            });
        }
        Some(())
    }

    /// True when something of what is inside of such a value is written.
    fn has_inside(&self, node: NodeId, state: Slot) -> bool {
        let inner = |node: NodeId, state: Slot| match self.fields.at(state) {
            Made::Nothing | Made::Torn => false,
            Made::Leaves(_) => true,
            Made::Inside(others) => !others.is_empty() || self.has_inside(node, state),
        };
        match &self.writer.node(node).shape {
            Shape::Record(..) => !self.derived.empty.contains(&(node, state)),
            Shape::Array(items) => {
                let positions = self.automaton.positions(state).iter();
                let states = positions.map(|(_, child)| *child);
                let mut states = states.chain([self.automaton.any_element(state)]);
                states.any(|state| inner(*items, state))
            }
            Shape::Map(values) => {
                let mut states = self.automaton.members(state);
                states.any(|state| inner(*values, state))
            }
            Shape::Union(branches) => branches.iter().any(|b| self.has_inside(*b, state)),
            _ => false,
        }
    }

    fn form(&mut self, id: NodeId, node: &Node) -> Form {
        match (&node.shape, node.means) {
            (Shape::Int, Some(Means::Time(kind))) => Form::Time { kind, is_int: true },
            (Shape::Long, Some(Means::Time(kind))) => Form::Time {
                kind,
                is_int: false,
            },
            (Shape::Bytes, Some(Means::Decimal { scale, .. })) => {
                Form::Decimal { scale, size: None }
            }
            (Shape::Fixed(_, size), Some(Means::Decimal { scale, .. })) => Form::Decimal {
                scale,
                size: Some(*size),
            },
            (Shape::Fixed(..), Some(Means::Uuid)) => Form::Uuid,
            (Shape::Boolean, _) => Form::Bool,
            (Shape::Int, _) => Form::Int,
            (Shape::Long, _) => Form::Long,
            (Shape::Float, _) => Form::Float,
            (Shape::Double, _) => Form::Double,
            (Shape::Bytes, _) => Form::Bytes,
            (Shape::Fixed(_, size), _) => Form::Fixed(*size),
            (Shape::Text, _) => Form::Text,
            (Shape::Enum(_, symbols), _) => {
                let next = u32::try_from(self.symbols.len()).expect("one for each type at most");
                let known = *self.known_symbols.entry(id).or_insert(next);
                if known == next {
                    self.symbols.push(symbols.names.clone().into());
                }
                Form::Symbol(known)
            }
            _ => Form::Whole,
        }
    }
}

/// How many types of each kind were met: those of one kind keep their order.
#[derive(Default)]
struct Seen(Vec<(std::mem::Discriminant<Shape>, usize)>);

impl Seen {
    fn nth(&mut self, shape: &Shape) -> usize {
        let kind = std::mem::discriminant(shape);
        match self.0.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => {
                *count += 1;
                *count - 1
            }
            None => {
                self.0.push((kind, 1));
                0
            }
        }
    }
}

fn alike(one: &Shape, other: &Shape) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// The types of a union, or the one type.
fn branches(schema: &Schema, node: NodeId) -> Vec<NodeId> {
    match &schema.node(node).shape {
        Shape::Union(branches) => branches.clone(),
        _ => vec![node],
    }
}

/// True when values of both are the same bytes, and mean the same.
fn same_bytes(a: &Schema, one: NodeId, b: &Schema, other: NodeId) -> bool {
    let mut open = vec![(one, other)];
    let mut seen = std::collections::HashSet::new();
    while let Some((one, other)) = open.pop() {
        if !seen.insert((one, other)) {
            continue;
        }
        let (x, y) = (a.node(one), b.node(other));
        if x.means != y.means {
            return false;
        }
        match (&x.shape, &y.shape) {
            (Shape::Fixed(_, m), Shape::Fixed(_, n)) if m == n => {}
            (Shape::Enum(_, m), Shape::Enum(_, n)) if m.names == n.names => {}
            (Shape::Array(m), Shape::Array(n)) | (Shape::Map(m), Shape::Map(n)) => {
                open.push((*m, *n));
            }
            (Shape::Union(m), Shape::Union(n)) if m.len() == n.len() => {
                open.extend(m.iter().copied().zip(n.iter().copied()));
            }
            (Shape::Record(_, m), Shape::Record(_, n)) if m.len() == n.len() => {
                let names = |(m, n): (&Field, &Field)| m.name == n.name;
                if !m.iter().zip(n).all(names) {
                    return false;
                }
                let nodes = |(m, n): (&Field, &Field)| (m.node, n.node);
                open.extend(m.iter().zip(n).map(nodes));
            }
            (
                Shape::Fixed(..)
                | Shape::Enum(..)
                | Shape::Union(_)
                | Shape::Record(..)
                | Shape::Array(_)
                | Shape::Map(_),
                _,
            ) => return false,
            (m, n) if m == n => {}
            _ => return false,
        }
    }
    true
}
