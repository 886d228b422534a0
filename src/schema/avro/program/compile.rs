//! The pairs of types and states that can meet, each found once.

use std::collections::HashMap;

use super::least::least;
use super::{
    CHILDREN_MAX, Child, KEYED, NODES_MAX, NOTED, Node, NodeAt, OPENED, Op, Program, Range,
    Unusable,
};
use crate::plan::automaton::{Automaton, DEAD, ROOT, WHOLE};
use crate::record::tape::{ELEMENT, HOLDS_OBJECT, Kind, READ, Slot};
use crate::schema::avro::met::met;
use crate::schema::avro::node::{Field, Means, NodeId, Schema, Shape};

impl Program {
    /// What reads records of `schema`, of which `automaton` names something.
    ///
    /// # Errors
    /// [`Unusable`] when its values are no records, or there are too many pairs.
    pub fn new(schema: &Schema, automaton: &Automaton) -> Result<Program, Unusable> {
        let is_record = |id: NodeId| {
            let shape = &schema.node(id).shape;
            matches!(shape, Shape::Record(..) | Shape::Map(_))
        };
        let has_record = match &schema.node(schema.root()).shape {
            Shape::Union(branches) => branches.iter().any(|branch| is_record(*branch)),
            _ => is_record(schema.root()),
        };
        if !has_record {
            return Err(Unusable::NoRecord);
        }
        let mut compiler = Compiler {
            schema,
            automaton,
            least: least(schema),
            holds_object: holds_object(schema),
            symbols: HashMap::new(),
            known: HashMap::new(),
            queue: Vec::new(),
            texts: HashMap::new(),
            made: Program {
                nodes: Vec::new(),
                origins: Vec::new(),
                children: Vec::new(),
                positions: Vec::new(),
                keys: Vec::new(),
                // What has no name has this one: also in a schema without any.
                texts: vec![Box::default()],
                reads: Vec::new(),
                reads_len: automaton.reads_len(),
            },
        };
        compiler.at(Pair {
            node: schema.root(),
            state: ROOT,
            place: Place::Top,
            branch: None,
        })?;
        let mut at = 0;
        while let Some(pair) = compiler.queue.get(at).copied() {
            let node = compiler.node(pair)?;
            compiler.made.nodes.push(node);
            compiler.made.origins.push(pair.node);
            if compiler.made.children.len() > CHILDREN_MAX {
                return Err(Unusable::TooLarge);
            }
            at += 1;
        }
        Ok(compiler.made)
    }
}

/// What one node of the program stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Pair {
    node: NodeId,
    state: Slot,
    place: Place,
    /// Which branch of which union it is.
    branch: Option<(NodeId, u32)>,
}

/// How it lies in what is around it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Top,
    /// A field of that name, by its number.
    Field(u32),
    Element,
    Value,
}

struct Compiler<'s> {
    schema: &'s Schema,
    automaton: &'s Automaton,
    least: Vec<u32>,
    holds_object: Vec<bool>,
    /// Of the enums met so far.
    symbols: HashMap<NodeId, Range>,
    known: HashMap<Pair, NodeAt>,
    /// By the numbers of their nodes.
    queue: Vec<Pair>,
    texts: HashMap<Box<str>, u32>,
    made: Program,
}

impl Compiler<'_> {
    /// The node of a pair; one that is made later, if it is new.
    fn at(&mut self, mut pair: Pair) -> Result<NodeAt, Unusable> {
        if pair.state <= WHOLE {
            // It is passed over, wherever it lies.
            (pair.place, pair.branch) = (Place::Top, None);
        }
        if let Some(known) = self.known.get(&pair) {
            return Ok(*known);
        }
        let at = self.queue.len();
        if at >= NODES_MAX {
            return Err(Unusable::TooLarge);
        }
        self.queue.push(pair);
        self.known.insert(pair, place(at));
        Ok(place(at))
    }

    fn text(&mut self, text: &str) -> u32 {
        if let Some(known) = self.texts.get(text) {
            return *known;
        }
        let number = place(self.made.texts.len());
        self.made.texts.push(text.into());
        self.texts.insert(text.into(), number);
        number
    }

    fn node(&mut self, pair: Pair) -> Result<Node, Unusable> {
        let schema = self.schema;
        let Pair { node, state, .. } = pair;
        let written = schema.node(node);
        let (op, kind) = match &written.shape {
            Shape::Null => (Op::Null, Kind::Null),
            Shape::Boolean => (Op::Boolean, Kind::True),
            Shape::Int => (Op::Int, kind_of(written.means, Kind::Number)),
            Shape::Long => (Op::Long, kind_of(written.means, Kind::Number)),
            Shape::Float => (Op::Float, Kind::Number),
            Shape::Double => (Op::Double, Kind::Number),
            Shape::Bytes => (Op::Bytes, kind_of(written.means, Kind::Bytes)),
            Shape::Text => (Op::Text, Kind::Text),
            Shape::Fixed(_, size) if written.means == Some(Means::Uuid) => {
                (Op::Fixed(*size), Kind::Text)
            }
            Shape::Fixed(_, size) => (Op::Fixed(*size), kind_of(written.means, Kind::Bytes)),
            Shape::Enum(_, symbols) => {
                // Those of one enum lie side by side, once.
                let texts = &mut self.made.texts;
                let range = *self
                    .symbols
                    .entry(node)
                    .or_insert_with(|| appended(texts, symbols.names.clone()));
                (Op::Enum(range), Kind::Text)
            }
            Shape::Union(branches) => (self.union(pair, branches)?, Kind::Null),
            Shape::Record(_, fields) => (self.record(state, fields)?, Kind::Object),
            Shape::Array(items) => (self.array(state, *items)?, Kind::Array),
            Shape::Map(values) => (self.map(state, *values)?, Kind::Object),
        };
        let automaton = self.automaton;
        let mut flags = match pair.place {
            Place::Element => ELEMENT,
            Place::Value => KEYED,
            Place::Top | Place::Field(_) => 0,
        };
        if state > WHOLE {
            flags |= NOTED | (u8::from(automaton.is_read(state)) * READ);
        }
        if self.holds_object[node.index()] {
            flags |= HOLDS_OBJECT;
        }
        if kind == Kind::Text && automaton.text(state) != DEAD {
            flags |= OPENED;
        }
        let at = place(self.made.reads.len());
        self.made.reads.extend_from_slice(automaton.reads(state));
        let len = place(self.made.reads.len()) - at;
        Ok(Node {
            op,
            kind,
            flags,
            means: written.means,
            state,
            name: match pair.place {
                Place::Field(name) => name,
                _ => 0,
            },
            reads: Range { at, len },
        })
    }

    fn union(&mut self, around: Pair, branches: &[NodeId]) -> Result<Op, Unusable> {
        let mut found = Vec::with_capacity(branches.len());
        for (n, branch) in branches.iter().enumerate() {
            let node = self.at(Pair {
                node: *branch,
                branch: Some((around.node, place(n))),
                ..around
            })?;
            found.push(Child { name: 0, node });
        }
        Ok(Op::Union(appended(&mut self.made.children, found)))
    }

    fn record(&mut self, state: Slot, fields: &[Field]) -> Result<Op, Unusable> {
        let mut found = Vec::with_capacity(fields.len());
        let mut unnamed = 0;
        for met in met(fields, self.automaton, state) {
            if state > WHOLE && met.state == DEAD {
                unnamed += 1;
            }
            let name = self.text(met.name);
            let node = self.at(Pair {
                node: met.field.node,
                state: met.state,
                place: Place::Field(name),
                branch: None,
            })?;
            let name = self.text(&met.field.name);
            found.push(Child { name, node });
        }
        let fields = appended(&mut self.made.children, found);
        Ok(Op::Record { fields, unnamed })
    }

    fn array(&mut self, state: Slot, items: NodeId) -> Result<Op, Unusable> {
        let automaton = self.automaton;
        let element = |state| Pair {
            node: items,
            state,
            place: Place::Element,
            branch: None,
        };
        let mut positions = Vec::new();
        for (position, child) in automaton.positions(state) {
            positions.push((*position, self.at(element(*child))?));
        }
        Ok(Op::Array {
            element: self.at(element(automaton.any_element(state)))?,
            positions: appended(&mut self.made.positions, positions),
            least: self.least[items.index()],
        })
    }

    fn map(&mut self, state: Slot, values: NodeId) -> Result<Op, Unusable> {
        let automaton = self.automaton;
        let value = |state| Pair {
            node: values,
            state,
            place: Place::Value,
            branch: None,
        };
        let mut named: Vec<_> = automaton.named_members(state).collect();
        named.sort_unstable();
        let mut keys = Vec::with_capacity(named.len());
        for (name, child) in named {
            let name = self.text(name);
            let node = self.at(value(child))?;
            keys.push(Child { name, node });
        }
        Ok(Op::Map {
            value: self.at(value(automaton.any_member(state)))?,
            keys: appended(&mut self.made.keys, keys),
            least: self.least[values.index()].saturating_add(1),
        })
    }
}

fn kind_of(means: Option<Means>, plain: Kind) -> Kind {
    match means {
        Some(Means::Time(_)) => Kind::Time,
        Some(Means::Decimal { .. }) => Kind::Number,
        Some(Means::Uuid) | None => plain,
    }
}

/// For each node whether its values may be objects, or arrays with one inside.
fn holds_object(schema: &Schema) -> Vec<bool> {
    let is_object = |shape: &Shape| matches!(shape, Shape::Record(..) | Shape::Map(_));
    let nodes = schema.nodes();
    let mut holds: Vec<bool> = nodes.iter().map(|node| is_object(&node.shape)).collect();
    // A type stands before those inside it, but for the named ones, which are known.
    for (at, node) in nodes.iter().enumerate().rev() {
        match &node.shape {
            Shape::Array(items) => holds[at] = holds[items.index()],
            Shape::Union(branches) => {
                holds[at] = branches.iter().any(|branch| holds[branch.index()]);
            }
            _ => {}
        }
    }
    holds
}

fn appended<T>(all: &mut Vec<T>, more: Vec<T>) -> Range {
    let range = Range {
        at: place(all.len()),
        len: place(more.len()),
    };
    all.extend(more);
    range
}

fn place(n: usize) -> u32 {
    u32::try_from(n).expect("a program is made of at most 65,536 nodes and 1 MiB of text")
}
