//! The pairs of types and states that can meet, each found once.

use std::collections::{BTreeMap, HashMap};

use super::{
    FIELDS_MAX, FieldAt, Fields, KEYED, MapAt, NO_BIT, NODES_MAX, NOTED, NamedOtherwise, Node,
    NodeAt, OPENED, Once, Op, Place, Program, Range, Rest, Unusable, Values,
};
use crate::plan::automaton::{Automaton, DEAD, ROOT, WHOLE};
use crate::record::tape::{ELEMENT, Kind, READ, Slot};
use crate::schema::protobuf::met::{is_whole, met, of_wrapper};
use crate::schema::protobuf::node::{EnumId, Known, Label, MessageId, Scalar, Schema, Shape};

impl Program {
    /// What reads messages of `schema`, of which `automaton` names something.
    ///
    /// # Errors
    /// [`Unusable`] when there are too many pairs.
    pub fn new(schema: &Schema, automaton: &Automaton) -> Result<Program, Unusable> {
        let mut compiler = Compiler {
            schema,
            automaton,
            symbols: HashMap::new(),
            known: HashMap::new(),
            queue: Vec::new(),
            texts: HashMap::new(),
            made: Program {
                nodes: Vec::new(),
                places: Vec::new(),
                fields: Vec::new(),
                positions: Vec::new(),
                keys: Vec::new(),
                rests: Vec::new(),
                symbols: Vec::new(),
                values: Vec::new(),
                texts: Vec::new(),
                reads: Vec::new(),
                reads_len: automaton.reads_len(),
                otherwise: Vec::new(),
            },
        };
        compiler.at(Pair {
            what: What::Message(schema.root()),
            state: ROOT,
            place: Place::Top,
            is_in_json: false,
        })?;
        let mut at = 0;
        while let Some(pair) = compiler.queue.get(at).copied() {
            let node = compiler.node(pair)?;
            compiler.made.nodes.push(node);
            compiler.made.places.push(pair.place);
            if compiler.made.fields.len() > FIELDS_MAX {
                return Err(Unusable::TooLarge);
            }
            at += 1;
        }
        compiler.made.otherwise.sort_unstable();
        compiler.made.otherwise.dedup();
        Ok(compiler.made)
    }
}

/// What one node of the program stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Pair {
    what: What,
    state: Slot,
    place: Place,
    /// It is what a value of JSON says.
    is_in_json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Scalar(Scalar),
    Enum(EnumId),
    Message(MessageId),
    Group(MessageId),
    /// A field that repeats, by its message and its place in it.
    List(MessageId, u32),
    Map(MessageId, u32),
    Null,
}

impl What {
    fn of(shape: &Shape) -> What {
        match shape {
            Shape::Scalar(scalar) => What::Scalar(*scalar),
            Shape::Enum(symbols) => What::Enum(*symbols),
            Shape::Message(message) => What::Message(*message),
            Shape::Group(message) => What::Group(*message),
            Shape::Map(..) => unreachable!("the value of a map, or an element, is no map"),
        }
    }
}

struct Compiler<'s> {
    schema: &'s Schema,
    automaton: &'s Automaton,
    /// Of the enums met so far.
    symbols: HashMap<EnumId, Range>,
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
            pair.place = Place::Top;
            pair.is_in_json = false;
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
        let (op, kind) = self.op(pair)?;
        let automaton = self.automaton;
        let Pair { state, place, .. } = pair;
        let mut flags = match place {
            Place::Element(..) | Place::Item => ELEMENT,
            Place::Value(..) | Place::Member => KEYED,
            Place::Top | Place::Field(..) => 0,
        };
        if state > WHOLE {
            flags |= NOTED | (u8::from(automaton.is_read(state)) * READ);
        }
        if kind == Kind::Text && automaton.text(state) != DEAD {
            flags |= OPENED;
        }
        let reads = automaton.reads(state).to_vec();
        Ok(Node {
            op,
            kind,
            flags,
            name: match place {
                Place::Field(message, nth) => {
                    let schema = self.schema;
                    self.text(&schema.message(message).fields[nth as usize].name)
                }
                _ => 0,
            },
            key: match place {
                Place::Value(_, _, key) => key,
                _ => Scalar::Text,
            },
            is_in_json: pair.is_in_json,
            state,
            reads: appended(&mut self.made.reads, reads),
        })
    }

    fn op(&mut self, pair: Pair) -> Result<(Op, Kind), Unusable> {
        let schema = self.schema;
        Ok(match pair.what {
            What::Null => (Op::Null, Kind::Null),
            What::Scalar(scalar) => (Op::Scalar(scalar), kind_of(scalar)),
            What::Enum(symbols) => (Op::Enum(self.enumerated(symbols)), Kind::Text),
            What::List(message, nth) => (self.list(pair, message, nth)?, Kind::Array),
            What::Map(message, nth) => {
                let field = &schema.message(message).fields[nth as usize];
                let Shape::Map(key, value) = &field.shape else {
                    unreachable!("only maps are called so")
                };
                (Op::Map(self.map(pair, *key, value)?), Kind::Object)
            }
            What::Group(message) => (Op::Group(self.message(pair, message)?), Kind::Object),
            What::Message(id) => {
                let message = schema.message(id);
                let first = message.fields.first().map(|field| &field.shape);
                match (message.known, first) {
                    (None | Some(Known::Any), _) => {
                        (Op::Message(self.message(pair, id)?), Kind::Object)
                    }
                    (Some(Known::Timestamp), _) => (Op::Timestamp, Kind::Time),
                    (Some(Known::Wrapper), Some(Shape::Scalar(inner))) => {
                        (Op::Wrapper(*inner), kind_of(*inner))
                    }
                    (Some(Known::Struct), Some(Shape::Map(key, value))) => {
                        (Op::Struct(self.map(pair, *key, value)?), Kind::Object)
                    }
                    (Some(Known::List), Some(value)) => {
                        let (element, positions) = self.elements(pair, What::of(value))?;
                        (Op::Array { element, positions }, Kind::Array)
                    }
                    (Some(Known::Value), _) => (self.value(pair, id)?, Kind::Null),
                    _ => unreachable!("well-known types were looked at when they were read"),
                }
            }
        })
    }

    fn enumerated(&mut self, id: EnumId) -> Range {
        if let Some(known) = self.symbols.get(&id) {
            return *known;
        }
        let symbols = &self.schema.symbols(id).symbols;
        let mut numbers = BTreeMap::new();
        for (name, number) in symbols {
            let name = self.text(name);
            // Of several names the first.
            numbers.entry(*number).or_insert(name);
        }
        let range = appended(&mut self.made.symbols, numbers.into_iter().collect());
        self.symbols.insert(id, range);
        range
    }

    fn message(&mut self, around: Pair, id: MessageId) -> Result<Fields, Unusable> {
        let message = self.schema.message(id);
        let mut found = Vec::with_capacity(message.fields.len());
        let count = u16_of(message.fields.len());
        let bits = count + u16_of(message.oneofs.len());
        let mut rests = Vec::new();
        let all = met(message, self.schema, self.automaton, around.state);
        for (nth, met) in (0u32..).zip(all) {
            let field = met.field;
            if met.is_named_otherwise {
                self.made.otherwise.push(NamedOtherwise {
                    field: field.name.clone(),
                    json_name: field.json_name.clone(),
                });
            }
            let name = self.text(&field.name);
            let what = match (&field.shape, field.label) {
                (Shape::Map(..), _) => What::Map(id, nth),
                (_, Label::Repeated) => What::List(id, nth),
                (shape, _) => What::of(shape),
            };
            let node = self.at(Pair {
                what,
                state: met.state,
                place: Place::Field(id, nth),
                is_in_json: false,
            })?;
            let bit = u16_of(nth as usize);
            let oneof = field.oneof.map(|n| count + u16_of(n as usize));
            found.push(FieldAt {
                number: field.number,
                node,
                wire: field.shape.wire(),
                once: match what {
                    What::Map(..) => Once::Map(bit),
                    What::List(..) => Once::List(bit),
                    _ => Once::Singular(bit, oneof.unwrap_or(NO_BIT)),
                },
                is_implicit: field.label == Label::Implicit,
                name,
            });
            match field.label {
                Label::Required => rests.push((Rest::Required, node, bit)),
                Label::Implicit if met.state > WHOLE => rests.push((Rest::Default, node, bit)),
                _ => {}
            }
        }
        found.sort_unstable_by_key(|field| field.number);
        Ok(Fields {
            is_dense: (1..).zip(&found).all(|(n, field)| field.number == n),
            all: appended(&mut self.made.fields, found),
            bits,
            rests: appended(&mut self.made.rests, rests),
        })
    }

    fn list(&mut self, pair: Pair, message: MessageId, nth: u32) -> Result<Op, Unusable> {
        let shape = &self.schema.message(message).fields[nth as usize].shape;
        let (element, positions) = self.elements(pair, What::of(shape))?;
        Ok(Op::List {
            element,
            positions,
            is_one: positions.len > 0 || is_whole(self.automaton, pair.state),
        })
    }

    /// The nodes of elements: where they have no position of their own, and those.
    fn elements(&mut self, around: Pair, what: What) -> Result<(NodeAt, Range), Unusable> {
        let automaton = self.automaton;
        let place = match around.what {
            What::List(message, nth) => Place::Element(message, nth),
            _ => Place::Item,
        };
        let at = |what, state| Pair {
            what,
            state,
            place,
            is_in_json: false,
        };
        let mut positions = Vec::new();
        for (position, child) in automaton.positions(around.state) {
            let state = self.unwrapped(what, *child);
            positions.push((*position, self.at(at(what, state))?));
        }
        let state = self.unwrapped(what, automaton.any_element(around.state));
        let element = self.at(at(what, state))?;
        Ok((element, appended(&mut self.made.positions, positions)))
    }

    fn map(&mut self, around: Pair, key: Scalar, value: &Shape) -> Result<MapAt, Unusable> {
        let automaton = self.automaton;
        let what = What::of(value);
        let place = match around.what {
            What::Map(message, nth) => Place::Value(message, nth, key),
            _ => Place::Member,
        };
        let at = |state| Pair {
            what,
            state,
            place,
            is_in_json: false,
        };
        let mut named: Vec<_> = automaton.named_members(around.state).collect();
        named.sort_unstable();
        let mut keys = Vec::with_capacity(named.len());
        for (name, child) in named {
            let name = self.text(name);
            let state = self.unwrapped(what, child);
            keys.push((name, self.at(at(state))?));
        }
        let state = self.unwrapped(what, automaton.any_member(around.state));
        Ok(MapAt {
            key,
            value: self.at(at(state))?,
            wire: value.wire(),
            keys: appended(&mut self.made.keys, keys),
        })
    }

    fn unwrapped(&self, what: What, state: Slot) -> Slot {
        match what {
            What::Message(id) if self.schema.message(id).known == Some(Known::Wrapper) => {
                of_wrapper(self.automaton, state)
            }
            _ => state,
        }
    }

    fn value(&mut self, pair: Pair, id: MessageId) -> Result<Op, Unusable> {
        let fields = &self.schema.message(id).fields;
        let number = place(self.made.values.len());
        // The places are those of google/protobuf/struct.proto, which it was held against.
        let [object, array] = [4, 5].map(|n: usize| What::of(&fields[n].shape));
        let mut of = |what| {
            self.at(Pair {
                what,
                is_in_json: true,
                ..pair
            })
        };
        let values = Values {
            null: of(What::Null)?,
            number: of(What::Scalar(Scalar::Double))?,
            text: of(What::Scalar(Scalar::Text))?,
            boolean: of(What::Scalar(Scalar::Bool))?,
            object: of(object)?,
            array: of(array)?,
        };
        self.made.values.push(values);
        Ok(Op::Value(number))
    }
}

/// What a scalar is on the tape.
fn kind_of(scalar: Scalar) -> Kind {
    match scalar {
        Scalar::Bool => Kind::True,
        Scalar::Text => Kind::Text,
        Scalar::Bytes => Kind::Bytes,
        _ => Kind::Number,
    }
}

fn appended<T>(all: &mut Vec<T>, more: Vec<T>) -> Range {
    let range = Range {
        at: place(all.len()),
        len: place(more.len()),
    };
    all.extend(more);
    range
}

fn u16_of(n: usize) -> u16 {
    u16::try_from(n).expect("a schema has at most 16,384 fields")
}

fn place(n: usize) -> u32 {
    u32::try_from(n).expect("a program is made of at most 65,536 nodes and 4 MiB of text")
}
