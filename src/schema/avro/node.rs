//! An Avro schema as an arena of nodes (Apache Avro 1.12 specification, "Schema
//! Declaration"). A type that is referred to by its name is one node, so a schema that
//! contains itself is a circle of places.

use crate::record::time::{Precision, TimeKind};
use crate::schema::json::Json;

/// A place in the arena of a [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// As an index of arrays that run beside the arena.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A schema. Made by [`super::parse`], or derived from one; its names are what the
/// specification takes, and every reference leads to a node.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
}

impl Schema {
    /// The type of a whole value.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// All nodes, a type before those inside it.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

/// A type and what is written beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The type itself.
    pub shape: Shape,
    /// What its values mean; `None`: nothing more than the type says.
    pub means: Option<Means>,
    /// Every other member, in the order of the text: `logicalType` and the like, and
    /// those that are nobody's but the writer's.
    pub others: Vec<(Box<str>, Json)>,
}

impl Node {
    /// A type without attributes.
    pub const fn plain(shape: Shape) -> Node {
        Node {
            shape,
            means: None,
            others: Vec::new(),
        }
    }

    /// The attribute of that name.
    pub fn other(&self, name: &str) -> Option<&Json> {
        let found = self.others.iter().find(|(other, _)| &**other == name);
        found.map(|(_, json)| json)
    }
}

/// The types.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// No value, in no byte.
    Null,
    /// One byte, 0 or 1.
    Boolean,
    /// 32 bits, as a varint in zigzag.
    Int,
    /// 64 bits, as a varint in zigzag.
    Long,
    /// IEEE 754, 4 bytes, little endian.
    Float,
    /// IEEE 754, 8 bytes, little endian.
    Double,
    /// A length and bytes.
    Bytes,
    /// A length and UTF-8.
    Text,
    /// That many bytes.
    Fixed(Box<Named>, u32),
    /// A symbol by its position.
    Enum(Box<Named>, Symbols),
    /// Blocks of elements.
    Array(NodeId),
    /// Blocks of texts, each with a value.
    Map(NodeId),
    /// A branch by its position, and its value.
    Union(Vec<NodeId>),
    /// The values of its fields, one after the other.
    Record(Box<Named>, Vec<Field>),
}

impl Shape {
    /// The name of a named type.
    pub fn name(&self) -> Option<&FullName> {
        self.named().map(|named| &named.name)
    }

    /// What a named type has beside its shape.
    pub fn named(&self) -> Option<&Named> {
        match self {
            Shape::Fixed(named, _) | Shape::Enum(named, _) | Shape::Record(named, _) => Some(named),
            _ => None,
        }
    }
}

/// The symbols of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Symbols {
    /// In order; none twice.
    pub names: Vec<Box<str>>,
    /// What a reader takes for a symbol that it does not know.
    pub default: Option<Box<str>>,
}

/// What a named type has beside its shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Named {
    /// Its full name.
    pub name: FullName,
    /// Other names that a reader may know it by, as they are spelled.
    pub aliases: Vec<Box<str>>,
    /// What its author says of it.
    pub doc: Option<Box<str>>,
}

/// A name and its namespace; the namespace may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FullName {
    /// Names with dots between them, or nothing.
    pub namespace: Box<str>,
    /// The last name.
    pub name: Box<str>,
}

/// A name: `[A-Za-z_][A-Za-z0-9_]*` ("Names").
pub(super) fn is_name(name: &str) -> bool {
    let is_letter = |b: &u8| b.is_ascii_alphabetic() || *b == b'_';
    let bytes = name.as_bytes();
    bytes.first().is_some_and(is_letter) && bytes.iter().all(|b| is_letter(b) || b.is_ascii_digit())
}

/// Names with a dot between each two.
pub(crate) fn is_full_name(name: &str) -> bool {
    name.split('.').all(is_name)
}

impl std::fmt::Display for FullName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.namespace.is_empty() {
            write!(f, "{}.", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name; no other field of the record has it.
    pub name: Box<str>,
    /// Its type.
    pub node: NodeId,
    /// Names that it had before.
    pub aliases: Vec<Box<str>>,
    /// What its author says of it.
    pub doc: Option<Box<str>>,
    /// What a reader takes where a writer did not have it. Never read as data.
    pub default: Option<Json>,
    /// Every other member, in the order of the text.
    pub others: Vec<(Box<str>, Json)>,
}

/// What values mean beyond their type: a logical type, or a name that Debezium or
/// Kafka Connect gives a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// A decimal of at most so many digits, so many of them behind the point.
    Decimal {
        /// All digits.
        precision: u32,
        /// Digits behind the point.
        scale: u32,
    },
    /// A time, counted from 1970 or from midnight.
    Time(TimeKind),
    /// A UUID, as text or as 16 bytes.
    Uuid,
}

impl Means {
    /// What the attributes of a type say of its values. What the specification calls
    /// an invalid logical type is none.
    pub(super) fn of(shape: &Shape, others: &[(Box<str>, Json)]) -> Option<Means> {
        let other = |name: &str| {
            let found = others.iter().find(|(other, _)| &**other == name);
            found.map(|(_, json)| json)
        };
        let logical = other("logicalType").and_then(Json::as_text);
        if let Some(means) = logical.and_then(|name| logical_type(name, shape, &other)) {
            return Some(means);
        }
        let name = other("connect.name")?.as_text()?;
        if name == "org.apache.kafka.connect.data.Decimal" && *shape == Shape::Bytes {
            let said = other("connect.parameters")?.member("scale")?.as_text()?;
            let scale: u32 = said.parse().ok()?;
            let precision = scale.max(CONNECT_PRECISION);
            return Some(Means::Decimal { precision, scale });
        }
        let known = CONNECT_NAMES.iter().find(|(known, _, _)| *known == name);
        known
            .filter(|(_, of, _)| of == shape)
            .map(|(_, _, means)| *means)
    }
}

/// Digits of a decimal whose schema says no number of them: what Kafka Connect's own
/// converter writes then.
const CONNECT_PRECISION: u32 = 64;

fn logical_type<'j>(
    name: &str,
    shape: &Shape,
    other: &impl Fn(&str) -> Option<&'j Json>,
) -> Option<Means> {
    if name == "decimal" {
        let precision = other("precision")?.as_count()?;
        let scale = match other("scale") {
            Some(scale) => scale.as_count()?,
            None => 0,
        };
        let fits = match shape {
            Shape::Bytes => true,
            Shape::Fixed(_, size) => f64::from(precision) <= digits_of(*size),
            _ => false,
        };
        let is_valid = fits && precision > 0 && scale <= precision;
        return is_valid.then_some(Means::Decimal { precision, scale });
    }
    let known = LOGICAL_TYPES.iter().find(|(known, of, _)| {
        let is_uuid = matches!(shape, Shape::Fixed(_, 16)) && name == "uuid";
        *known == name && (of == shape || is_uuid)
    });
    known.map(|(_, _, means)| *means)
}

/// Decimal digits that so many bytes hold for certain, in two's complement.
fn digits_of(bytes: u32) -> f64 {
    match bytes {
        0 => 0.0,
        _ => ((8.0 * f64::from(bytes) - 1.0) * std::f64::consts::LOG10_2).floor(),
    }
}

/// Apache Avro 1.12, "Logical Types".
static LOGICAL_TYPES: [(&str, Shape, Means); 10] = {
    use Precision::{Micro, Milli, Nano};
    use Shape::{Int, Long, Text};
    use TimeKind::{Date, Instant, Local, OfDay};
    [
        ("date", Int, Means::Time(Date)),
        ("time-millis", Int, Means::Time(OfDay(Milli))),
        ("time-micros", Long, Means::Time(OfDay(Micro))),
        ("timestamp-millis", Long, Means::Time(Instant(Milli))),
        ("timestamp-micros", Long, Means::Time(Instant(Micro))),
        ("timestamp-nanos", Long, Means::Time(Instant(Nano))),
        ("local-timestamp-millis", Long, Means::Time(Local(Milli))),
        ("local-timestamp-micros", Long, Means::Time(Local(Micro))),
        ("local-timestamp-nanos", Long, Means::Time(Local(Nano))),
        ("uuid", Text, Means::Uuid),
    ]
};

/// Names in `connect.name`: of Debezium's "Data types" (its `Timestamp`s have no zone)
/// and of Kafka Connect's `org.apache.kafka.connect.data`.
static CONNECT_NAMES: [(&str, Shape, Means); 11] = {
    use Precision::{Micro, Milli, Nano};
    use Shape::{Int, Long, Text};
    use TimeKind::{Date, Instant, Local, OfDay};
    [
        ("io.debezium.time.Date", Int, Means::Time(Date)),
        ("io.debezium.time.Time", Int, Means::Time(OfDay(Milli))),
        (
            "io.debezium.time.MicroTime",
            Long,
            Means::Time(OfDay(Micro)),
        ),
        ("io.debezium.time.NanoTime", Long, Means::Time(OfDay(Nano))),
        (
            "io.debezium.time.Timestamp",
            Long,
            Means::Time(Local(Milli)),
        ),
        (
            "io.debezium.time.MicroTimestamp",
            Long,
            Means::Time(Local(Micro)),
        ),
        (
            "io.debezium.time.NanoTimestamp",
            Long,
            Means::Time(Local(Nano)),
        ),
        ("io.debezium.data.Uuid", Text, Means::Uuid),
        ("org.apache.kafka.connect.data.Date", Int, Means::Time(Date)),
        (
            "org.apache.kafka.connect.data.Time",
            Int,
            Means::Time(OfDay(Milli)),
        ),
        (
            "org.apache.kafka.connect.data.Timestamp",
            Long,
            Means::Time(Instant(Milli)),
        ),
    ]
};
