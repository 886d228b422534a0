//! A Protobuf schema as an arena of messages and enums (Protocol Buffers Language
//! Specification, proto2 and proto3). A type that is referred to is one place, so a
//! message that contains itself is a circle of places.

use crate::schema::frame::{INDEXES_MAX, MessagePath};

/// Most fields, symbols and types of a schema.
pub const NODES_MAX: usize = 16_384;

/// A message in the arena of a [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub(super) u32);

impl MessageId {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// An enum in the arena of a [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnumId(pub(super) u32);

impl EnumId {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A schema: the types that a message is made of. Made by [`super::compile`], or derived
/// from one.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
    pub(super) root: MessageId,
    /// Syntax of the root's file.
    pub(super) syntax: Syntax,
    /// Package of the root's file; may be empty.
    pub(super) package: Box<str>,
    /// What the file says of the policy that it was derived under.
    pub(super) veil: Option<Box<str>>,
    /// Messages of the root's file by their places in it.
    pub(super) path: Vec<u32>,
}

impl Schema {
    /// The message that a whole value is.
    pub fn root(&self) -> MessageId {
        self.root
    }

    /// A message.
    pub fn message(&self, id: MessageId) -> &Message {
        &self.messages[id.index()]
    }

    /// An enum.
    pub fn symbols(&self, id: EnumId) -> &Enum {
        &self.enums[id.index()]
    }

    /// Where in its file the root is declared; `None`: deeper than a frame can say.
    pub fn path(&self) -> Option<MessagePath> {
        MessagePath::new(&self.path[..self.path.len().min(INDEXES_MAX + 1)])
    }
}

/// The two languages. Editions are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Every scalar has presence; fields may be required, or groups.
    Proto2,
    /// Scalars have presence where it is said.
    Proto3,
}

/// A message type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its full name, without a dot in front.
    pub name: Box<str>,
    /// In the order of the text; no name and no number twice.
    pub fields: Vec<Field>,
    /// Names of its oneofs.
    pub oneofs: Vec<Box<str>>,
    /// What it is, where its name means more than its fields say.
    pub known: Option<Known>,
    /// Numbers that it had or that belong to somebody else: from, to, both included.
    pub reserved: Vec<(u32, u32)>,
    /// It is of another file than the root.
    pub is_imported: bool,
    /// What its author says of it.
    pub doc: Option<Box<str>>,
}

/// The well-known types that are more than their fields (`google/protobuf/*.proto`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Known {
    /// A time, in seconds and nanoseconds since 1970.
    Timestamp,
    /// A scalar with presence: `StringValue` and the like.
    Wrapper,
    /// An object of JSON.
    Struct,
    /// A value of JSON.
    Value,
    /// An array of JSON.
    List,
    /// A message of a type that the record says; nothing in it is named.
    Any,
}

impl Known {
    /// What a message of that full name is.
    pub(super) fn of(name: &str) -> Option<Known> {
        Some(match name.strip_prefix("google.protobuf.")? {
            "Timestamp" => Known::Timestamp,
            "Struct" => Known::Struct,
            "Value" => Known::Value,
            "ListValue" => Known::List,
            "Any" => Known::Any,
            "DoubleValue" | "FloatValue" | "Int64Value" | "UInt64Value" | "Int32Value"
            | "UInt32Value" | "BoolValue" | "StringValue" | "BytesValue" => Known::Wrapper,
            _ => return None,
        })
    }
}

/// The file of Google's that declares the type of that full name, where schemas import
/// it rather than repeat it.
pub(super) fn googles_file(name: &str) -> Option<&'static str> {
    Some(match name.strip_prefix("google.protobuf.")? {
        "Timestamp" => "google/protobuf/timestamp.proto",
        "Duration" => "google/protobuf/duration.proto",
        "FieldMask" => "google/protobuf/field_mask.proto",
        "Empty" => "google/protobuf/empty.proto",
        "Any" => "google/protobuf/any.proto",
        "Struct" | "Value" | "ListValue" | "NullValue" => "google/protobuf/struct.proto",
        name => match Known::of(&format!("google.protobuf.{name}"))? {
            Known::Wrapper => "google/protobuf/wrappers.proto",
            _ => return None,
        },
    })
}

/// The last part of a full name.
pub(super) fn last(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, last)| last)
}

/// The name in JSON of a field of that name, where nothing else is said (`json_name` of
/// `google/protobuf/descriptor.proto`).
pub(super) fn json_name_of(name: &str) -> Box<str> {
    let mut out = String::with_capacity(name.len());
    let mut is_next_upper = false;
    for letter in name.chars() {
        match letter {
            '_' => is_next_upper = true,
            letter if is_next_upper => {
                out.push(letter.to_ascii_uppercase());
                is_next_upper = false;
            }
            letter => out.push(letter),
        }
    }
    out.into()
}

/// An enum type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enum {
    /// Its full name, without a dot in front.
    pub name: Box<str>,
    /// Symbols and their numbers, in the order of the text; a number may have several.
    pub symbols: Vec<(Box<str>, i32)>,
    /// It is of another file than the root.
    pub is_imported: bool,
    /// What its author says of it.
    pub doc: Option<Box<str>>,
}

/// A field of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the text.
    pub name: Box<str>,
    /// Its name in JSON.
    pub json_name: Box<str>,
    /// Its number on the wire.
    pub number: u32,
    /// How often it may stand there.
    pub label: Label,
    /// Its type; of a list that of an element.
    pub shape: Shape,
    /// Which oneof of the message it belongs to.
    pub oneof: Option<u32>,
    /// Its author would rather not have it used.
    pub is_deprecated: bool,
    /// What its author says that it is about (`confluent.field_meta`).
    pub tags: Vec<Box<str>>,
    /// What its author says of it.
    pub doc: Option<Box<str>>,
    /// What was done to it, in a derived schema.
    pub veil: Option<Box<str>>,
}

/// How often a field may stand in a message, and what it means that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Label {
    /// Once; one that is not there is its default.
    Implicit,
    /// Once; one that is not there is absent.
    Optional,
    /// Once, and it must be there.
    Required,
    /// Any number of times.
    Repeated,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A single value.
    Scalar(Scalar),
    /// A number that has a name.
    Enum(EnumId),
    /// A length and fields.
    Message(MessageId),
    /// Fields between two tags (proto2).
    Group(MessageId),
    /// Messages of a key and a value each.
    Map(Scalar, Box<Shape>),
}

/// The scalar types ("Scalar Value Types").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// `bool`.
    Bool,
    /// `int32`: two's complement, ten bytes where it is negative.
    Int32,
    /// `int64`.
    Int64,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
    /// `sint32`: zigzag.
    Sint32,
    /// `sint64`.
    Sint64,
    /// `fixed32`.
    Fixed32,
    /// `fixed64`.
    Fixed64,
    /// `sfixed32`.
    Sfixed32,
    /// `sfixed64`.
    Sfixed64,
    /// `float`: IEEE 754.
    Float,
    /// `double`.
    Double,
    /// `string`: UTF-8.
    Text,
    /// `bytes`.
    Bytes,
}

impl Scalar {
    /// The word of the language for it.
    pub const fn word(self) -> &'static str {
        match self {
            Scalar::Bool => "bool",
            Scalar::Int32 => "int32",
            Scalar::Int64 => "int64",
            Scalar::Uint32 => "uint32",
            Scalar::Uint64 => "uint64",
            Scalar::Sint32 => "sint32",
            Scalar::Sint64 => "sint64",
            Scalar::Fixed32 => "fixed32",
            Scalar::Fixed64 => "fixed64",
            Scalar::Sfixed32 => "sfixed32",
            Scalar::Sfixed64 => "sfixed64",
            Scalar::Float => "float",
            Scalar::Double => "double",
            Scalar::Text => "string",
            Scalar::Bytes => "bytes",
        }
    }

    /// How it lies on the wire.
    pub const fn wire(self) -> WireType {
        match self {
            Scalar::Fixed64 | Scalar::Sfixed64 | Scalar::Double => WireType::Eight,
            Scalar::Fixed32 | Scalar::Sfixed32 | Scalar::Float => WireType::Four,
            Scalar::Text | Scalar::Bytes => WireType::Sized,
            _ => WireType::Varint,
        }
    }
}

/// How a value lies on the wire ("Message Structure" of the encoding guide).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WireType {
    /// 7 bits a byte, least first.
    Varint = 0,
    /// Eight bytes, least first.
    Eight = 1,
    /// A length, and bytes.
    Sized = 2,
    /// Fields up to the tag that ends them.
    Group = 3,
    /// The tag that ends a group.
    GroupEnd = 4,
    /// Four bytes, least first.
    Four = 5,
}

impl Shape {
    /// How one value of it lies on the wire.
    pub const fn wire(&self) -> WireType {
        match self {
            Shape::Scalar(scalar) => scalar.wire(),
            Shape::Enum(_) => WireType::Varint,
            Shape::Message(_) | Shape::Map(..) => WireType::Sized,
            Shape::Group(_) => WireType::Group,
        }
    }

    /// Elements of it may stand behind one tag.
    pub const fn is_packable(&self) -> bool {
        matches!(
            self.wire(),
            WireType::Varint | WireType::Four | WireType::Eight
        )
    }

    /// The message that it is.
    pub const fn message(&self) -> Option<MessageId> {
        match self {
            Shape::Message(id) | Shape::Group(id) => Some(*id),
            _ => None,
        }
    }
}
